"""Taking back what is in the books: a new entry the other way, whole, by who has no part in it.

Credits that are spent already are laid out by the common fund, as a line of its own in the books;
so the entry that takes back is always the mirror of the one that it names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.chance import At
from core.domain.commitments import Commitment, CommitmentState
from core.domain.ledger import CREDITS, AccountKind, Draft, Entry, EntryKind, Posting
from core.domain.members import Member, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.pools import Announced
from core.domain.refusals import (
    AlreadyReversed,
    AnotherKind,
    Involved,
    MemberLeft,
    NoSuchThing,
    NothingToUndo,
    NotToReverse,
    Refused,
)
from core.domain.treasury import CashKind
from core.domain.units import Address, Cents, Credits, MemberId, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.credits import accrue_back, must_not_be_disputed
from core.usecases.expenses import ReturnAsked, ask_return, expense_named
from core.usecases.orders import give_back, pay_back
from core.usecases.posting import enter, held_by, moved
from core.usecases.standing import By, holder, now_is, steward, who
from core.usecases.treasury import drop_backing, unreceive

FOR_PROMISES = (EntryKind.WORK, EntryKind.STIPEND, EntryKind.MET)
"""What a confirmed promise brings: issued by the pool, or paid by the one in need."""
CASH_IN = tuple(EntryKind(kind.value) for kind in CashKind)
REVERSIBLE = (EntryKind.SEND, EntryKind.SETTLE, *FOR_PROMISES, *CASH_IN)


@dataclass(frozen=True, slots=True)
class Reverse(Command):
    """Take back an entry, and say why."""

    pool: PoolId
    by: By
    entry: Number
    why: str


@dataclass(frozen=True, slots=True)
class Reversed(Outcome):
    """It is taken back; `covered` is what the common fund bears, `cents` cash that goes back."""

    entry: Number
    reversal: Number
    credits: Credits
    covered: Credits
    cents: Cents


@dataclass(frozen=True, slots=True)
class TakenBack(Notice):
    """Tells whoever lost or got credits; `balance` is what they have now."""

    entry: Number
    by: Who
    why: str
    balance: int
    covered: Credits


def reverse_entry(work: Work, command: Reverse, at: At) -> Reversed | ReturnAsked:
    """Reverse a transfer, a confirmation, a paid order or cash that came, whole and once.

    An expense, which took two stewards, takes another one to be taken back.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, NotToReverse, Involved, AlreadyReversed,
            DisputedAlready, MemberLeft, NotInTreasury, NotThere.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    expense = expense_named(here, command.entry)
    if expense is not None:
        return ask_return(here, actor, expense, command.why, at)
    entry = meant(here, command.entry)
    if entry.kind not in REVERSIBLE:
        raise Refused(NotToReverse(entry.number))
    touched = sides(here, entry)
    if actor.id in {each.id for each in (*touched, *recorded_by(here, entry))}:
        raise Refused(Involved(_named(entry)))
    must_stand(here, entry)
    reversal, covered = take_back(here, entry, actor.id, command.why, at)
    for member in touched:
        balance = held_by(here, member.account)
        told = TakenBack(_named(entry), who(actor), command.why, balance, covered)
        here.tell(member.id, told)
    credits, cents = _in(entry, CREDITS), _in(entry, here.pool.currency)
    return Reversed(_named(entry), reversal.number, Credits(credits), covered, Cents(cents))


def recorded_by(here: Here, entry: Entry) -> tuple[Member, ...]:
    """Who recorded an entry, and for whom, as who they are since accounts were linked."""
    named = (here.members.get(each) for each in (entry.actor, entry.on_behalf) if each)
    return tuple(now_is(here, each) for each in named if each is not None)


def _named(entry: Entry) -> Number:
    """What those involved know it by: cash by the number under which it was announced."""
    return entry.cause if entry.kind in CASH_IN and entry.cause else entry.number


def meant(here: Here, number: Number) -> Entry:
    """The entry of this number, or the one by which a promise or an order was paid, or cash came.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotToReverse.
    """
    paid = here.commitments.get(number) or here.orders.get(number) or here.cash.get(number)
    if paid is not None and paid.entry is None:
        raise Refused(NotToReverse(number))
    entry = here.entry(paid.entry if paid and paid.entry else number)
    if entry is None:
        is_a = here.kind_of(number)
        raise Refused(NoSuchThing(number) if is_a is None else AnotherKind(number, is_a, "entry"))
    return entry


def sides(here: Here, entry: Entry) -> tuple[Member, ...]:
    """The members between whom credits moved; of an order the spender too, of cash its giver."""
    cash = here.cash.get(entry.cause) if entry.cause else None
    if cash is not None:
        giver = here.members.get(cash.giver)
        return (now_is(here, giver),) if giver else ()
    order = here.orders.get(entry.cause) if entry.cause else None
    if order is not None:
        named = [here.members.get(order.spender), here.members.get(order.giver)]
        return tuple(each for each in named if each is not None)
    accounts = [each for posting in entry.postings for each in (posting.source, posting.target)]
    found = (_behind(here, account) for account in dict.fromkeys(accounts))
    return tuple(dict.fromkeys(now_is(here, each) for each in found if each is not None))


def _behind(here: Here, account: Address) -> Member | None:
    """Whose account it is; None for the pool's own."""
    members = here.members.find(account=account)
    return members[0] if members else None


def must_stand(here: Here, entry: Entry) -> None:
    """Hold that an entry was not taken back before, and that who is to have it again is here.

    Raises:
        Refused: AlreadyReversed, DisputedAlready, MemberLeft.
    """
    before = here.reversal_of(entry.number)
    if before is not None:
        raise Refused(AlreadyReversed(_named(entry), before))
    must_not_be_disputed(here, entry.number, entry.cause or entry.number)
    if entry.kind in CASH_IN:
        return  # It goes back out of the pool.
    payers = [each for each in sides(here, entry) if each.id != _receiver(here, entry)]
    if not all(each.here for each in payers):
        raise Refused(MemberLeft())


def _receiver(here: Here, entry: Entry) -> MemberId:
    """Who got the credits of an entry that can be reversed; its first posting brought them."""
    return holder(here, entry.postings[0].target).id


def take_back(
    here: Here, entry: Entry, actor: MemberId | None, note: str, at: At
) -> tuple[Entry, Credits]:
    """Reverse an entry and what followed from it; how much of it the common fund bears."""
    back = tuple(_mirrored(here, posting) for posting in reversed(entry.postings))
    cash = here.cash.get(entry.cause) if entry.cause else None
    if cash is not None:
        unreceive(here, cash)
    covered = cover(here, back, actor, entry.number, at)
    if entry.kind is EntryKind.SEND:
        accrue_back(here, entry)
    draft = Draft(EntryKind.REVERSE, actor, back, cause=entry.cause, reverses=entry.number)
    reversal = enter(here, replace(draft, note=note), at)
    commitment = here.commitments.get(entry.cause) if entry.cause else None
    if commitment is not None and entry.kind in FOR_PROMISES:
        unconfirm(here, commitment)
    order = here.orders.get(entry.cause) if entry.cause else None
    if order is not None:
        pay_back(here, order, actor, at)
    return reversal, covered


def _mirrored(here: Here, posting: Posting) -> Posting:
    """A posting the other way, between the accounts that its holders have now."""
    source, target = _present(here, posting.target), _present(here, posting.source)
    if source == target:
        raise Refused(NothingToUndo())
    return replace(posting, source=source, target=target)


def _present(here: Here, account: Address) -> Address:
    member = _behind(here, account)
    return account if member is None else now_is(here, member).account


def cover(
    here: Here, back: Sequence[Posting], actor: MemberId | None, cause: Number, at: At
) -> Credits:
    """Lay out what members are to give back and do not have, from the common fund."""
    lacking = [
        (posting.source, short)
        for posting in back
        if posting.unit == CREDITS
        and _behind(here, posting.source)
        and (short := posting.amount - max(held_by(here, posting.source), 0)) > 0
    ]
    if lacking:
        common = here.address(AccountKind.COMMON)
        postings = tuple(moved(common, account, short) for account, short in lacking)
        enter(here, Draft(EntryKind.COVER, actor, postings, cause=cause), at)
    return Credits(sum(short for _, short in lacking))


def unconfirm(here: Here, commitment: Commitment) -> None:
    """Let a confirmation not have been: the state, what was carried on, what was spoken for.

    A confirmed one is disputed first, as the table of states has it.
    """
    if commitment.state is CommitmentState.CONFIRMED:
        commitment = _as(here, commitment, CommitmentState.DISPUTED)
    _as(here, commitment, CommitmentState.REVERSED)
    maker = here.members.get(commitment.maker)
    if maker is not None and commitment.carried:
        measure = commitment.worth.measure
        carry = maker.carry.holding(measure, maker.carry.of(measure) - commitment.carried)
        here.members.save(replace(maker, carry=carry, version=maker.version + 1))
    drop_backing(here, commitment)
    _redraw(here, commitment)
    if commitment.need is not None:
        month = here.pool.month_then(commitment.made_at, here.rule_changes.find())
        give_back(here, commitment.need, 1, month, commitment.entry)


def _redraw(here: Here, undone: Commitment) -> None:
    """Show on the card of what was confirmed in one act that this was taken back."""
    first = undone.shown_with or undone.number
    others = here.commitments.find(shown_with=first) if undone.shown_with else ()
    rest = [each.number for each in others if each.number != first]
    here.redraw(Announced.CONFIRMATIONS, first, *rest)


def _as(here: Here, commitment: Commitment, state: CommitmentState) -> Commitment:
    then = replace(commitment, state=state, version=commitment.version + 1)
    here.commitments.save(then)
    return then


def _in(entry: Entry, unit: str) -> int:
    return sum(posting.amount for posting in entry.postings if posting.unit == unit)
