"""Sending credits, asking for them, taking a transfer back."""

from __future__ import annotations

from dataclasses import replace

from core.domain.chance import At
from core.domain.charges import accrue
from core.domain.disputes import DisputeState
from core.domain.ledger import AccountKind, Draft, Entry, EntryKind, Tally
from core.domain.members import Member, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import REQUEST_STEPS, Request, RequestState
from core.domain.pools import UNDO_WITHIN
from core.domain.refusals import (
    AreYouSure,
    DisputedAlready,
    NoPart,
    NothingToUndo,
    NotThere,
    Refused,
    SpentAlready,
    TooLateToUndo,
    Yourself,
)
from core.domain.states import may_become
from core.domain.units import MILLION, Address, Credits, MemberId, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import (
    enter,
    held_by,
    moved,
    must_have,
    must_have_room,
    reverse,
    tally_of,
)
from core.usecases.standing import (
    Acting,
    By,
    acting,
    drawn_for,
    holder,
    known,
    other,
    thing,
    who,
)


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
    """Credits were sent; `balance` is what the sender has now, `tax` went to the common fund."""

    entry: Number
    to: Who
    credits: Credits
    balance: int
    behalf: Who | None = None
    tax: Credits = Credits(0)


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
    tax = _affordable(here, acts.member, receiver, command.credits)
    if command.credits > here.pool.rules.ask_before_credits and not command.sure:
        raise Refused(AreYouSure(command.credits, who(receiver)))
    entry = transfer(here, acts, receiver, command.credits, tax, command.note, None, at)
    return Sent(
        entry.number,
        who(receiver),
        command.credits,
        here.balance(acts.member.account),
        who(acts.member) if acts.behalf else None,
        tax.credits,
    )


@dataclass(frozen=True, slots=True)
class _Tax:
    """What a transfer costs its sender beside it, and what is carried on."""

    credits: Credits
    tally: Tally | None = None
    accrued: int = 0


def _affordable(here: Here, sender: Member, receiver: Member, credits: Credits) -> _Tax:
    """The tax on a transfer that the sender can pay and the receiver may hold."""
    balance = must_have(here, sender, credits)
    tax = _tax_on(here, sender.account, credits)
    if balance - credits - tax.credits < here.pool.floor_credits:
        must_have(here, sender, credits + tax.credits)
    must_have_room(here, receiver, credits)
    return tax


def _tax_on(here: Here, sender: Address, credits: Credits) -> _Tax:
    rate = here.pool.rules.tax_ppm
    if not rate:
        return _Tax(Credits(0))
    tally = tally_of(here, sender)
    whole, accrued = accrue(tally.accrued, credits, rate)
    return _Tax(Credits(whole), tally, accrued)


def transfer(
    here: Here,
    acts: Acting,
    receiver: Member,
    credits: Credits,
    tax: _Tax,
    note: str,
    cause: Number | None,
    at: At,
) -> Entry:
    """Enter a transfer with its tax and tell the receiver."""
    sender = acts.member.account
    postings = [moved(sender, receiver.account, credits)]
    if tax.credits:
        postings.append(moved(sender, here.address(AccountKind.COMMON), tax.credits))
    if tax.tally:
        here.charged(sender, tax.tally.charged_through, tax.accrued)
    draft = Draft(
        EntryKind.SEND,
        acts.actor.id,
        tuple(postings),
        on_behalf=acts.behalf,
        cause=cause,
        note=note,
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
        Refused: NothingToUndo, DisputedAlready, TooLateToUndo, SpentAlready.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    entry = here.last_send(acts.member.account)
    if entry is None or here.reversal_of(entry.number) is not None:
        raise Refused(NothingToUndo())
    if command.entry is not None and entry.number != command.entry:
        raise Refused(NothingToUndo())
    must_not_be_disputed(here, entry.number)
    posting, *taxed = entry.postings
    receiver, credits = holder(here, posting.target), Credits(posting.amount)
    if receiver.id == acts.member.id:
        raise Refused(NothingToUndo())
    if max(at.now, here.head.at) - entry.at > UNDO_WITHIN:
        raise Refused(TooLateToUndo(credits, who(receiver)))
    if held_by(here, receiver.account) < credits:
        raise Refused(SpentAlready(credits, who(receiver)))
    accrue_back(here, entry)
    # It comes from the account that the receiver has now.
    where_it_is = replace(entry, postings=(replace(posting, target=receiver.account), *taxed))
    draft = Draft(EntryKind.UNDO, acts.actor.id, (), on_behalf=acts.behalf)
    reversal = reverse(here, where_it_is, draft, at)
    told = TransferUndone(entry.number, who(acts.member), credits, here.balance(receiver.account))
    here.tell(receiver.id, told)
    balance = here.balance(acts.member.account)
    return Undone(entry.number, reversal.number, who(receiver), credits, balance)


def must_not_be_disputed(here: Here, *about: Number) -> None:
    """Hold that there is no dispute about any of these: what there is one about is decided there.

    Raises:
        Refused: DisputedAlready.
    """
    for dispute in here.disputes.find(about=about):
        if dispute.state is not DisputeState.WITHDRAWN:
            raise Refused(DisputedAlready(dispute.about, dispute.number))


def accrue_back(here: Here, entry: Entry) -> None:
    """What a transfer that is taken back had accrued as tax counts no more.

    It had by the rules of its day, and its sender may have another account now.
    """
    sent, *taxed = entry.postings
    then = here.pool.as_of(entry.at, here.rule_changes.find())
    if rate := then.rules.tax_ppm:
        account = holder(here, sent.source).account
        tally = tally_of(here, account)
        back = sent.amount * rate - sum(each.amount for each in taxed) * MILLION
        here.charged(account, tally.charged_through, tally.accrued - back)


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
    """The request was paid; `balance` is what the payer has now, `tax` went to the common fund."""

    number: Number
    entry: Number
    asker: Who
    credits: Credits
    balance: int
    tax: Credits = Credits(0)


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
    tax = _affordable(here, acts.member, asker, request.credits)
    if request.credits > here.pool.rules.ask_before_credits and not sure:
        raise Refused(AreYouSure(request.credits, who(asker)))
    here.requests.save(replace(request, state=RequestState.PAID, version=request.version + 1))
    entry = transfer(here, acts, asker, request.credits, tax, request.note, request.number, at)
    left = here.balance(acts.member.account)
    return RequestPaid(request.number, entry.number, who(asker), request.credits, left, tax.credits)
