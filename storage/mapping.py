"""Rows to frozen dataclasses and back, by hand. A row never leaves this floor."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Table

from core.domain.commitments import Commitment, CommitmentState
from core.domain.ledger import Account, AccountKind, Entry, EntryKind, Posting
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import (
    Identity,
    LinkCode,
    Member,
    MemberState,
    Person,
    Role,
    Term,
    TermState,
)
from core.domain.orders import Order, OrderState, Request, RequestState
from core.domain.pools import (
    Chat,
    ChatState,
    Invitation,
    Pool,
    Profile,
    Rules,
)
from core.domain.pools import Posting as PostedAs
from core.domain.units import Carry, Measure, Rates, Worth
from core.ports import Head
from storage import tables
from storage.statements import Row

Thing = TypeVar("Thing")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mapped(Generic[Thing]):
    """How things of one kind lie in their table. `key` is their key within the pool."""

    table: Table
    key: str
    values: Callable[[Thing], Values]
    made: Callable[[Row], Thing]


# --- people --------------------------------------------------------------------------------


def person_values(person: Person) -> Values:
    """A person as a row."""
    return {
        "id": person.id,
        "language": person.language,
        "pool_id": person.pool,
        "version": person.version,
    }


def person_made(row: Row) -> Person:
    """A row as a person."""
    return Person(*row)


def identity_values(identity: Identity) -> Values:
    """An account on a platform as a row."""
    return {
        "platform": identity.platform,
        "external": identity.external,
        "person": identity.person,
        "name": identity.name,
        "username": identity.username,
        "language": identity.language,
        "reachable": identity.reachable,
        "rebound": identity.rebound,
        "username_folded": identity.username.casefold(),
    }


def identity_made(row: Row) -> Identity:
    """A row as an account on a platform."""
    platform, external, person, name, username, language, reachable, rebound, _ = row
    return Identity(platform, external, person, name, username, language, reachable, rebound)


def link_code_values(code: LinkCode) -> Values:
    """A code that links two accounts as a row."""
    return {
        "code": code.code,
        "person": code.person,
        "expires_at": code.expires_at,
        "used": code.used,
    }


def link_code_made(row: Row) -> LinkCode:
    """A row as a code that links two accounts."""
    return LinkCode(*row)


# --- pools ---------------------------------------------------------------------------------


def rules_text(rules: Rules) -> str:
    """The rules as text. A rule that is not written down has the profile's default."""
    return json.dumps(
        {
            "version": rules.version,
            "minutes": rules.rates.minutes,
            "cents": rules.rates.cents,
            "debit_limit_credits": rules.debit_limit_credits,
            "ask_before_credits": rules.ask_before_credits,
            "term_days": rules.term_days,
        }
    )


@lru_cache(maxsize=1024)
def rules_read(text: str) -> Rules:
    """The rules that were written as text. Equal texts are read once: rules seldom change."""
    written = json.loads(text)
    rates = Rates(written.pop("minutes"), written.pop("cents"))
    return Rules(rates=rates, **written)


def pool_values(pool: Pool) -> Values:
    """A pool's settings as a row, without its id and its head."""
    return {
        "name": pool.name,
        "profile": pool.profile.value,
        "currency": pool.currency,
        "time_zone": pool.time_zone,
        "language": pool.language,
        "founded_at": pool.founded_at,
        "rules": rules_text(pool.rules),
        "offers": pool.offers.value,
        "needs": pool.needs.value,
        "confirmations": pool.confirmations.value,
        "version": pool.version,
    }


def head_values(head: Head) -> Values:
    """A pool's head as a part of its row."""
    return {
        "next_number": head.next_number,
        "place": head.place,
        "hash": head.hash,
        "at": head.at,
    }


def pool_made(row: Row) -> Pool:
    """A row as a pool."""
    return Pool(
        id=row[0],
        name=row[1],
        profile=Profile(row[2]),
        currency=row[3],
        time_zone=row[4],
        language=row[5],
        founded_at=row[6],
        rules=rules_read(row[7]),
        offers=PostedAs(row[8]),
        needs=PostedAs(row[9]),
        confirmations=PostedAs(row[10]),
        version=row[11],
    )


def head_made(row: Row) -> Head:
    """A pool's row as its head."""
    return Head(row[12], row[13], row[14], row[15])


def chat_values(chat: Chat) -> Values:
    """A chat as a row."""
    return {
        "pool_id": chat.pool,
        "number": chat.number,
        "platform": chat.platform,
        "external": chat.external,
        "title": chat.title,
        "channel": chat.channel,
        "state": chat.state.value,
        "asked_by": chat.asked_by,
        "asked_at": chat.asked_at,
        "version": chat.version,
    }


def chat_made(row: Row) -> Chat:
    """A row as a chat."""
    pool, number, platform, external, title, channel, state, asked_by, asked_at, version = row
    return Chat(
        pool,
        number,
        platform,
        external,
        title,
        channel,
        ChatState(state),
        asked_by,
        asked_at,
        version,
    )


def invitation_values(invitation: Invitation) -> Values:
    """An invitation as a row."""
    return {
        "pool_id": invitation.pool,
        "code": invitation.code,
        "made_by": invitation.made_by,
        "expires_at": invitation.expires_at,
        "used": invitation.used,
    }


def invitation_made(row: Row) -> Invitation:
    """A row as an invitation."""
    return Invitation(*row)


def member_values(member: Member) -> Values:
    """A member as a row."""
    return {
        "pool_id": member.pool,
        "id": member.id,
        "person": member.person,
        "name": member.name,
        "state": member.state.value,
        "joined_at": member.joined_at,
        "account": member.account,
        "carry_minutes": member.carry.minutes,
        "carry_cents": member.carry.cents,
        "acted_by": member.acted_by,
        "folded_into": member.folded_into,
        "version": member.version,
    }


def member_made(row: Row) -> Member:
    """A row as a member."""
    (
        pool,
        id_,
        person,
        name,
        state,
        joined_at,
        account,
        carry_minutes,
        carry_cents,
        acted_by,
        folded_into,
        version,
    ) = row
    return Member(
        pool,
        id_,
        person,
        name,
        MemberState(state),
        joined_at,
        account,
        Carry(carry_minutes, carry_cents),
        acted_by,
        folded_into,
        version,
    )


def term_values(term: Term) -> Values:
    """A term as a row."""
    return {
        "pool_id": term.pool,
        "number": term.number,
        "member": term.member,
        "role": term.role.value,
        "since": term.since,
        "until": term.until,
        "state": term.state.value,
        "version": term.version,
    }


def term_made(row: Row) -> Term:
    """A row as a term."""
    pool, number, member, role, since, until, state, version = row
    return Term(pool, number, member, Role(role), since, until, TermState(state), version)


# --- ledger --------------------------------------------------------------------------------


def account_values(account: Account) -> Values:
    """An account as a row."""
    return {"pool_id": account.pool, "address": account.address, "kind": account.kind.value}


def account_made(row: Row) -> Account:
    """A row as an account."""
    return Account(row[0], row[1], AccountKind(row[2]))


def entry_values(entry: Entry) -> Values:
    """An entry as a row; its postings lie in a table of their own."""
    return {
        "pool_id": entry.pool,
        "number": entry.number,
        "place": entry.place,
        "kind": entry.kind.value,
        "actor": entry.actor,
        "on_behalf": entry.on_behalf,
        "cause": entry.cause,
        "reverses": entry.reverses,
        "key": entry.key,
        "rules_version": entry.rules_version,
        "at": entry.at,
        "note_hash": entry.note_hash,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def entry_made(row: Row, postings: tuple[Posting, ...]) -> Entry:
    """A row and its postings as an entry."""
    (
        pool,
        number,
        place,
        kind,
        actor,
        on_behalf,
        cause,
        reverses,
        key,
        rules_version,
        at,
        note_hash,
        previous_hash,
        hash_,
    ) = row
    return Entry(
        pool,
        number,
        place,
        EntryKind(kind),
        actor,
        on_behalf,
        cause,
        reverses,
        key,
        rules_version,
        at,
        postings,
        note_hash,
        previous_hash,
        hash_,
    )


def posting_values(entry: Entry, line: int, posting: Posting) -> Values:
    """A posting as a row."""
    return {
        "pool_id": entry.pool,
        "entry": entry.number,
        "line": line,
        "source": posting.source,
        "target": posting.target,
        "amount": posting.amount,
        "unit": posting.unit,
    }


def posting_made(row: Row) -> Posting:
    """A row (source, target, amount, unit) as a posting."""
    return Posting(*row)


# --- board, promises, credits --------------------------------------------------------------


def listing_values(listing: Listing) -> Values:
    """A listing as a row."""
    return {
        "pool_id": listing.pool,
        "number": listing.number,
        "kind": listing.kind.value,
        "owner": listing.owner,
        "text": listing.text,
        "price_measure": listing.price.measure.value,
        "price_amount": listing.price.amount,
        "opened_at": listing.opened_at,
        "until": listing.until,
        "per": listing.per,
        "quantity": listing.quantity,
        "every": listing.every.value,
        "taken": listing.taken,
        "taken_in": listing.taken_in,
        "place": listing.place,
        "category": listing.category,
        "state": listing.state.value,
        "version": listing.version,
        "search": search_text(listing),
    }


def search_text(listing: Listing) -> str:
    """What a search looks in: text, category and place, casefolded."""
    return "\n".join((listing.text, listing.category, listing.place)).casefold()


def listing_made(row: Row) -> Listing:
    """A row as a listing."""
    (
        pool,
        number,
        kind,
        owner,
        text,
        price_measure,
        price_amount,
        opened_at,
        until,
        per,
        quantity,
        every,
        taken,
        taken_in,
        place,
        category,
        state,
        version,
        _search,
    ) = row
    return Listing(
        pool,
        number,
        ListingKind(kind),
        owner,
        text,
        Worth(Measure(price_measure), price_amount),
        opened_at,
        until,
        per,
        quantity,
        Every(every),
        taken,
        taken_in,
        place,
        category,
        ListingState(state),
        version,
    )


def commitment_values(commitment: Commitment) -> Values:
    """A commitment as a row."""
    return {
        "pool_id": commitment.pool,
        "number": commitment.number,
        "maker": commitment.maker,
        "text": commitment.text,
        "worth_measure": commitment.worth.measure.value,
        "worth_amount": commitment.worth.amount,
        "made_at": commitment.made_at,
        "due": commitment.due,
        "need": commitment.need,
        "state": commitment.state.value,
        "note": commitment.note,
        "photo": commitment.photo,
        "kept": commitment.kept,
        "reason": commitment.reason,
        "done_at": commitment.done_at,
        "claimed_by": commitment.claimed_by,
        "confirmed_at": commitment.confirmed_at,
        "confirmed_by": commitment.confirmed_by,
        "entry": commitment.entry,
        "version": commitment.version,
    }


def commitment_made(row: Row) -> Commitment:
    """A row as a commitment."""
    (
        pool,
        number,
        maker,
        text,
        worth_measure,
        worth_amount,
        made_at,
        due,
        need,
        state,
        note,
        photo,
        kept,
        reason,
        done_at,
        claimed_by,
        confirmed_at,
        confirmed_by,
        entry,
        version,
    ) = row
    return Commitment(
        pool,
        number,
        maker,
        text,
        Worth(Measure(worth_measure), worth_amount),
        made_at,
        due,
        need,
        CommitmentState(state),
        note,
        photo,
        kept,
        reason,
        done_at,
        claimed_by,
        confirmed_at,
        confirmed_by,
        entry,
        version,
    )


def order_values(order: Order) -> Values:
    """An order as a row."""
    return {
        "pool_id": order.pool,
        "number": order.number,
        "offer": order.offer,
        "spender": order.spender,
        "giver": order.giver,
        "quantity": order.quantity,
        "credits": order.credits,
        "ordered_at": order.ordered_at,
        "month": order.month,
        "state": order.state.value,
        "delivered_at": order.delivered_at,
        "ended_at": order.ended_at,
        "version": order.version,
    }


def order_made(row: Row) -> Order:
    """A row as an order."""
    (
        pool,
        number,
        offer,
        spender,
        giver,
        quantity,
        credits,
        ordered_at,
        month,
        state,
        delivered_at,
        ended_at,
        version,
    ) = row
    return Order(
        pool,
        number,
        offer,
        spender,
        giver,
        quantity,
        credits,
        ordered_at,
        month,
        OrderState(state),
        delivered_at,
        ended_at,
        version,
    )


def request_values(request: Request) -> Values:
    """A request as a row."""
    return {
        "pool_id": request.pool,
        "number": request.number,
        "asker": request.asker,
        "payer": request.payer,
        "credits": request.credits,
        "note": request.note,
        "asked_at": request.asked_at,
        "state": request.state.value,
        "version": request.version,
    }


def request_made(row: Row) -> Request:
    """A row as a request."""
    pool, number, asker, payer, credits, note, asked_at, state, version = row
    return Request(
        pool, number, asker, payer, credits, note, asked_at, RequestState(state), version
    )


MEMBERS = Mapped(tables.member, "id", member_values, member_made)
TERMS = Mapped(tables.term, "number", term_values, term_made)
CHATS = Mapped(tables.chat, "number", chat_values, chat_made)
LISTINGS = Mapped(tables.listing, "number", listing_values, listing_made)
COMMITMENTS = Mapped(tables.commitment, "number", commitment_values, commitment_made)
ORDERS = Mapped(tables.spend_order, "number", order_values, order_made)
REQUESTS = Mapped(tables.request, "number", request_values, request_made)
