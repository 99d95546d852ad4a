"""Sending credits, asking for them, taking a transfer back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.chance import At
from core.domain.ledger import Draft, Entry, EntryKind
from core.domain.members import Member, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import REQUEST_STEPS, Request, RequestState
from core.domain.pools import UNDO_WITHIN
from core.domain.refusals import (
    AreYouSure,
    NoPart,
    NothingToUndo,
    NotThere,
    Refused,
    SpentAlready,
    TooLateToUndo,
    Yourself,
)
from core.domain.states import may_become
from core.domain.units import Address, Credits, MemberId, Number, PoolId
from core.ports import Here, Work
from core.usecases.posting import enter, moved, must_have, reverse
from core.usecases.standing import Acting, By, acting, drawn_for, known, other, thing, who


@dataclass(frozen=True, slots=True)
class Send(Command):
    """Send credits to a member. `sure` is set once the sender was asked about a large amount."""

    pool: PoolId
    by: By
    to: MemberId
    credits: Credits
    note: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Sent(Outcome):
    """Credits were sent; `balance` is what the sender has now."""

    entry: Number
    to: Who
    credits: Credits
    balance: int
    behalf: Who | None = None


@dataclass(frozen=True, slots=True)
class CreditsCame(Notice):
    """Tells the receiver."""

    entry: Number
    sender: Who
    credits: Credits
    note: str
    balance: int


def send(work: Work, command: Send, at: At) -> Sent:
    """Move credits from one member to another.

    Raises:
        Refused: who may (`acting`), NoSuchMember, MemberLeft, Yourself, NotEnough, AreYouSure,
            TooLarge.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    receiver = other(here, command.to)
    if receiver.id == acts.member.id:
        raise Refused(Yourself())
    balance = must_have(here, acts.member, command.credits)
    if command.credits > here.pool.rules.ask_before_credits and not command.sure:
        raise Refused(AreYouSure(command.credits, who(receiver)))
    entry = transfer(here, acts, receiver, command.credits, command.note, None, at)
    return Sent(
        entry.number,
        who(receiver),
        command.credits,
        balance - command.credits,
        who(acts.member) if acts.behalf else None,
    )


def transfer(
    here: Here,
    acts: Acting,
    receiver: Member,
    credits: Credits,
    note: str,
    cause: Number | None,
    at: At,
) -> Entry:
    """Enter a transfer and tell the receiver."""
    posting = moved(acts.member.account, receiver.account, credits)
    draft = Draft(
        EntryKind.SEND, acts.actor.id, (posting,), on_behalf=acts.behalf, cause=cause, note=note
    )
    entry = enter(here, draft, at)
    came = CreditsCame(
        entry.number, who(acts.member), credits, note, here.balance(receiver.account)
    )
    here.tell(receiver.id, came)
    return entry


@dataclass(frozen=True, slots=True)
class Undo(Command):
    """Take back one's last transfer. `entry` is set when a button names it."""

    pool: PoolId
    by: By
    entry: Number | None = None


@dataclass(frozen=True, slots=True)
class Undone(Outcome):
    """A transfer was taken back."""

    entry: Number
    reversal: Number
    to: Who
    credits: Credits
    balance: int


@dataclass(frozen=True, slots=True)
class TransferUndone(Notice):
    """Tells the one who had received the credits."""

    entry: Number
    sender: Who
    credits: Credits
    balance: int


def undo(work: Work, command: Undo, at: At) -> Undone:
    """Take back the sender's latest transfer, whole, within ten minutes by the ledger's clock.

    Raises:
        Refused: NothingToUndo, TooLateToUndo, SpentAlready.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    entry = here.last_send(acts.member.account)
    if entry is None or here.reversal_of(entry.number) is not None:
        raise Refused(NothingToUndo())
    if command.entry is not None and entry.number != command.entry:
        raise Refused(NothingToUndo())
    (posting,) = entry.postings
    receiver = _holder(here, posting.target)
    if max(at.now, here.head.at) - entry.at > UNDO_WITHIN:
        raise Refused(TooLateToUndo(entry.number, who(receiver)))
    if here.balance(posting.target) < posting.amount:
        raise Refused(SpentAlready(entry.number, who(receiver)))
    reversal = reverse(
        here, entry, Draft(EntryKind.UNDO, acts.actor.id, (), on_behalf=acts.behalf), at
    )
    credits = Credits(posting.amount)
    told = TransferUndone(entry.number, who(acts.member), credits, here.balance(receiver.account))
    here.tell(receiver.id, told)
    balance = here.balance(acts.member.account)
    return Undone(entry.number, reversal.number, who(receiver), credits, balance)


def _holder(here: Here, account: Address) -> Member:
    """Whose account it is, be it closed: since two were linked, the one both are now."""
    (holder,) = here.members.find(account=account)
    while holder.folded_into is not None and (one := here.members.get(holder.folded_into)):
        holder = one
    return holder


@dataclass(frozen=True, slots=True)
class Ask(Command):
    """Ask a member for credits."""

    pool: PoolId
    by: By
    of: MemberId
    credits: Credits
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked(Outcome):
    """The member was asked."""

    number: Number
    payer: Who
    credits: Credits


@dataclass(frozen=True, slots=True)
class CreditsAsked(Notice):
    """Asks the payer, with buttons; the request is shown as it stands."""

    number: Number
    asker: Who
    credits: Credits
    note: str
    version: int


def ask(work: Work, command: Ask, at: At) -> Asked:
    """Ask another member for credits; nothing moves until they say yes.

    Raises:
        Refused: who may (`acting`), NoSuchMember, MemberLeft, Yourself.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    payer = other(here, command.of)
    if payer.id == acts.member.id:
        raise Refused(Yourself())
    request = Request(
        pool=command.pool,
        number=here.number(),
        asker=acts.member.id,
        payer=payer.id,
        credits=command.credits,
        note=command.note,
        asked_at=at.now,
    )
    here.requests.add(request)
    asked = CreditsAsked(
        request.number, who(acts.member), request.credits, request.note, request.version
    )
    here.tell(payer.id, asked)
    return Asked(request.number, who(payer), request.credits)


@dataclass(frozen=True, slots=True)
class AnswerRequest(Command):
    """Say yes or no to a request for credits."""

    pool: PoolId
    by: By
    request: Number
    pay: bool
    version: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class RequestPaid(Outcome):
    """The request was paid; `balance` is what the payer has now."""

    number: Number
    entry: Number
    asker: Who
    credits: Credits
    balance: int


@dataclass(frozen=True, slots=True)
class RequestDeclined(Outcome):
    """The request was turned down; the asker is told without a reason."""

    number: Number
    asker: Who
    credits: Credits


@dataclass(frozen=True, slots=True)
class AskedInVain(Notice):
    """Tells the asker that it is a no."""

    number: Number
    payer: Who
    credits: Credits


def answer_request(work: Work, command: AnswerRequest, at: At) -> RequestPaid | RequestDeclined:
    """Pay a request, or turn it down.

    Raises:
        Refused: NoSuchThing, AnotherKind, NoPart, NotThere, OutOfDate, NotEnough, AreYouSure.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    request = thing(here, here.requests, command.request, "request")
    if request.payer != acts.member.id:
        raise Refused(NoPart(request.number))
    answered = RequestState.PAID if command.pay else RequestState.DECLINED
    if not may_become(REQUEST_STEPS, request.state, answered):
        raise Refused(NotThere(request.number, "request", request.state))
    drawn_for(request.version, command.version, request.number)
    if not command.pay:
        return _decline(here, acts, request)
    return _pay(here, acts, request, command.sure, at)


def _decline(here: Here, acts: Acting, request: Request) -> RequestDeclined:
    here.requests.save(replace(request, state=RequestState.DECLINED, version=request.version + 1))
    told = AskedInVain(request.number, who(acts.member), request.credits)
    here.tell(request.asker, told)
    return RequestDeclined(request.number, known(here, request.asker), request.credits)


def _pay(here: Here, acts: Acting, request: Request, sure: bool, at: At) -> RequestPaid:
    asker = other(here, request.asker)
    balance = must_have(here, acts.member, request.credits)
    if request.credits > here.pool.rules.ask_before_credits and not sure:
        raise Refused(AreYouSure(request.credits, who(asker)))
    here.requests.save(replace(request, state=RequestState.PAID, version=request.version + 1))
    entry = transfer(here, acts, asker, request.credits, request.note, request.number, at)
    left = balance - request.credits
    return RequestPaid(request.number, entry.number, who(asker), request.credits, left)
