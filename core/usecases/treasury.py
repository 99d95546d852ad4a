"""Cash that comes in, and what the treasury has to give. The bot records cash, it moves none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import Commitment, CommitmentState
from core.domain.ledger import AccountKind, Draft, EntryKind, Posting
from core.domain.members import Member, Role, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.refusals import (
    BackersOnly,
    NotInTreasury,
    NotThere,
    NotYours,
    OddPart,
    OddPartGiven,
    OwnCash,
    Refused,
    TooLarge,
    TooLittleToBuy,
)
from core.domain.states import may_become
from core.domain.treasury import (
    CASH_LAPSES_AFTER,
    CASH_STEPS,
    Cash,
    CashKind,
    CashOutState,
    CashState,
    Health,
    backing_of,
    bought,
)
from core.domain.units import AMOUNT_MAX, Cents, Credits, MemberId, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import enter, moved
from core.usecases.standing import (
    By,
    acting,
    drawn_for,
    known,
    other,
    serves,
    steward,
    thing,
    who,
)

# --- what there is -------------------------------------------------------------------------


def free_cash(here: Here) -> Cents:
    """Cash in the treasury that is not reserved for an approved cash-out."""
    approved = here.cash_outs.find(state=CashOutState.APPROVED)
    return Cents(here.cash_in(AccountKind.TREASURY) - sum(each.cents for each in approved))


def must_be_free(here: Here, cents: Cents) -> None:
    """Hold that so much may leave the treasury.

    Raises:
        Refused: NotInTreasury.
    """
    free = free_cash(here)
    if cents > free:
        raise Refused(NotInTreasury(free, cents))


def health(here: Here) -> Health:
    """How much cash stands behind the credits that are out now."""
    approved = here.cash_outs.find(state=CashOutState.APPROVED)
    out = -here.balance(here.address(AccountKind.ISSUANCE)) - sum(each.held for each in approved)
    rules = here.pool.rules
    return Health(free_cash(here), Credits(out), Cents(rules.rates.cents), rules.cash_out_cents)


def cash_moved(here: Here, source: AccountKind, target: AccountKind, cents: Cents) -> Posting:
    """A posting of cash in the pool's currency.

    Raises:
        Refused: TooLarge.
    """
    if cents > AMOUNT_MAX:
        raise Refused(TooLarge())
    return Posting(here.address(source), here.address(target), cents, here.pool.currency)


# --- announcing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Give(Command):
    """Announce cash as a gift."""

    pool: PoolId
    by: By
    cents: Cents
    note: str = ""


@dataclass(frozen=True, slots=True)
class Buy(Command):
    """Announce cash for credits. `odd_too` gives the part that buys none, once it was asked."""

    pool: PoolId
    by: By
    cents: Cents
    odd_too: bool = False


@dataclass(frozen=True, slots=True)
class Back(Command):
    """Announce cash that is set aside as backing."""

    pool: PoolId
    by: By
    cents: Cents


@dataclass(frozen=True, slots=True)
class CashAnnounced(Outcome):
    """The cash is expected; it counts when a steward has received it."""

    cash: Number
    kind: CashKind
    cents: Cents
    credits: Credits
    gift: Cents
    version: int


def give(work: Work, command: Give, at: At) -> CashAnnounced:
    """Announce a gift of cash; it issues nothing.

    Raises:
        Refused: who may (`acting`).
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    gift = _cash(here, acts.member, CashKind.GIFT, command.cents, at.now, note=command.note)
    return _announce(here, gift)


def buy(work: Work, command: Buy, at: At) -> CashAnnounced:
    """Announce a purchase of credits.

    Raises:
        Refused: who may (`acting`), TooLittleToBuy, OddPart.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    purchase = _cash(here, acts.member, CashKind.BUY, command.cents, at.now)
    if purchase.gift and not command.odd_too:
        whole = Cents(purchase.cents - purchase.gift)
        raise Refused(OddPart(purchase.credits, whole, purchase.gift))
    return _announce(here, purchase)


def back(work: Work, command: Back, at: At) -> CashAnnounced:
    """Announce cash that a backer sets aside, for no commitment in particular.

    Raises:
        Refused: who may (`acting`), BackersOnly.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    if not serves(here, acts.member, Role.BACKER, at.now):
        raise Refused(BackersOnly())
    return _announce(here, _cash(here, acts.member, CashKind.BACKING, command.cents, at.now))


def _cash(
    here: Here, giver: Member, kind: CashKind, cents: Cents, now: datetime, note: str = ""
) -> Cash:
    """Cash of a member as it would be announced, with what it buys at today's rate.

    Raises:
        Refused: TooLittleToBuy.
    """
    credits, odd = _buys(here, kind, cents)
    gift = cents if kind is CashKind.GIFT else odd
    number = here.number()
    return Cash(here.pool.id, number, kind, giver.id, cents, now, credits, gift, note)


def _buys(here: Here, kind: CashKind, cents: Cents) -> tuple[Credits, Cents]:
    """What cash of a kind issues, and what of a purchase buys nothing."""
    if kind is CashKind.PLEDGE and here.pool.rules.pledge_issues:
        return bought(cents, here.pool.rules.rates)[0], Cents(0)
    if kind is not CashKind.BUY:
        return Credits(0), Cents(0)
    credits, odd = bought(cents, here.pool.rules.rates)
    if not credits:
        raise Refused(TooLittleToBuy(Cents(here.pool.rules.rates.cents), cents))
    return credits, odd


def _announce(here: Here, cash: Cash) -> CashAnnounced:
    here.cash.add(cash)
    return CashAnnounced(cash.number, cash.kind, cash.cents, cash.credits, cash.gift, cash.version)


@dataclass(frozen=True, slots=True)
class BackingDue(Notice):
    """Tells a backer what they owe for what was issued to so many helpers in their name."""

    cents: Cents
    credits: Credits
    helpers: int
    text: str


def owe_backing(
    here: Here, backer: Member, issued: Mapping[Number, Credits], text: str, now: datetime
) -> None:
    """Note what a backer owes for the credits that the commitments of one act issued, as one sum.

    It is known by the first of them.

    Raises:
        Refused: TooLarge.
    """
    rules = here.pool.rules
    owed = sum(backing_of(credits, rules.rates, rules.backing_ppm) for credits in issued.values())
    if owed > AMOUNT_MAX:
        raise Refused(TooLarge())
    if owed:
        cents, credits = Cents(owed), Credits(sum(issued.values()))
        due = _cash(here, backer, CashKind.BACKING, cents, now, note=text)
        here.cash.add(replace(due, cause=min(issued)))
        here.tell(backer.id, BackingDue(cents, credits, len(issued), text))


# --- receiving -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receive(Command):
    """Record that announced cash has come. All of it, or none."""

    pool: PoolId
    by: By
    cash: tuple[Number, ...]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HandOver(Command):
    """Record cash that a member handed over the table, announced or not."""

    pool: PoolId
    by: By
    member: MemberId
    cents: Cents
    kind: CashKind
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """One amount of cash that has come, and what it issued."""

    cash: Number
    kind: CashKind
    giver: Who
    cents: Cents
    credits: Credits
    gift: Cents


@dataclass(frozen=True, slots=True)
class CashRecorded(Outcome):
    """The cash counts; `treasury` is what there is now."""

    received: tuple[Received, ...]
    treasury: Cents


@dataclass(frozen=True, slots=True)
class CashArrived(Notice):
    """Tells the giver that it was recorded; `balance` is what they have in credits."""

    cash: Number
    kind: CashKind
    by: Who
    cents: Cents
    credits: Credits
    gift: Cents
    balance: int


def receive(work: Work, command: Receive, at: At) -> CashRecorded:
    """Record announced cash as received, and issue what it buys in the same entry.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCash, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    numbers = dict.fromkeys(command.cash)
    expected = [_expected(here, actor, number, command.version) for number in numbers]
    received = tuple(_record(here, actor, cash, at) for cash in expected)
    return CashRecorded(received, Cents(here.cash_in(AccountKind.TREASURY)))


def _expected(here: Here, actor: Member, number: Number, seen: int | None) -> Cash:
    cash = thing(here, here.cash, number, "cash")
    _not_their_own(actor, cash.giver)
    _must_step(cash, CashState.RECEIVED)
    drawn_for(cash.version, seen, number)
    return cash


def _not_their_own(actor: Member, giver: MemberId) -> None:
    if giver == actor.id:
        raise Refused(OwnCash())


def _must_step(cash: Cash, state: CashState) -> None:
    if not may_become(CASH_STEPS, cash.state, state):
        raise Refused(NotThere(cash.number, "cash", cash.state))


def hand_over(work: Work, command: HandOver, at: At) -> CashRecorded:
    """Record cash at once; what its giver announced before is what has come now.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, OwnCash, TooLittleToBuy, OddPartGiven.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    giver = other(here, command.member)
    _not_their_own(actor, giver.id)
    cash = _announced(here, giver, command)
    if cash is None:
        cash = _cash(here, giver, command.kind, command.cents, at.now)
        if cash.kind is CashKind.BUY and cash.gift and not command.sure:
            whole = Cents(cash.cents - cash.gift)
            raise Refused(OddPartGiven(who(giver), cash.credits, whole, cash.gift))
        here.cash.add(cash)
    received = _record(here, actor, cash, at)
    return CashRecorded((received,), Cents(here.cash_in(AccountKind.TREASURY)))


def _announced(here: Here, giver: Member, command: HandOver) -> Cash | None:
    """The oldest announcement of just this, so that it does not wait on when it has come."""
    expected = here.cash.find(
        giver=giver.id, kind=command.kind, cents=command.cents, state=CashState.ANNOUNCED
    )
    return expected[0] if expected else None


def _record(here: Here, actor: Member, cash: Cash, at: At) -> Received:
    giver = here.members.get(cash.giver)
    if giver is None:
        raise LookupError(cash.giver)
    credits = cash.credits
    if cash.kind is CashKind.PLEDGE:
        # What a pledge issues is the rule of the day on which it is kept.
        credits, _ = _buys(here, cash.kind, cash.cents)
    came = cash_moved(here, AccountKind.OUTSIDE, AccountKind.TREASURY, cash.cents)
    issued = _issued(here, giver, credits)
    draft = Draft(EntryKind(cash.kind.value), actor.id, (came, *issued), cause=cash.number)
    entry = enter(here, draft, at)
    here.cash.save(
        replace(
            cash,
            state=CashState.RECEIVED,
            credits=credits,
            received_at=at.now,
            received_by=actor.id,
            entry=entry.number,
            version=cash.version + 1,
        )
    )
    told = CashArrived(
        cash.number,
        cash.kind,
        who(actor),
        cash.cents,
        credits,
        cash.gift,
        here.balance(giver.account),
    )
    here.tell(giver.id, told)
    return Received(cash.number, cash.kind, who(giver), cash.cents, credits, cash.gift)


def _issued(here: Here, giver: Member, credits: Credits) -> tuple[Posting, ...]:
    if not credits:
        return ()
    return (moved(here.address(AccountKind.ISSUANCE), giver.account, credits),)


# --- what does not come, and what goes back ------------------------------------------------


@dataclass(frozen=True, slots=True)
class CancelCash(Command):
    """Say that announced cash will not come after all."""

    pool: PoolId
    by: By
    cash: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CashCalledOff(Outcome):
    """Nobody waits for it any more."""

    cash: Number
    cents: Cents


@dataclass(frozen=True, slots=True)
class CashLapsed(Notice):
    """Tells the giver that nobody waits for it any more."""

    cash: Number
    kind: CashKind
    cents: Cents


def cancel_cash(work: Work, command: CancelCash, at: At) -> CashCalledOff:
    """Call one's own announcement off.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    cash = thing(here, here.cash, command.cash, "cash")
    if cash.giver != acts.member.id:
        raise Refused(NotYours(cash.number, known(here, cash.giver)))
    _must_step(cash, CashState.LAPSED)
    drawn_for(cash.version, command.version, cash.number)
    lapse(here, cash)
    return CashCalledOff(cash.number, cash.cents)


def lapse(here: Here, cash: Cash) -> None:
    """Wait for it no longer."""
    here.cash.save(replace(cash, state=CashState.LAPSED, version=cash.version + 1))


def lapse_cash(here: Here, now: datetime) -> list[Cash]:
    """Let lapse what was announced thirty days ago and did not come, and say what that was."""
    expected = here.cash.find(state=CashState.ANNOUNCED)
    due = [each for each in expected if each.announced_at <= now - CASH_LAPSES_AFTER]
    for cash in due:
        lapse(here, cash)
    return due


def unreceive(here: Here, cash: Cash) -> None:
    """Let cash not have been received; the entry that says so is the caller's.

    Raises:
        Refused: NotThere, NotInTreasury (what is reserved stays).
    """
    _must_step(cash, CashState.REVERSED)
    must_be_free(here, cash.cents)
    here.cash.save(replace(cash, state=CashState.REVERSED, version=cash.version + 1))


def drop_backing(here: Here, undone: Commitment) -> None:
    """Nobody owes backing any more for credits that a commitment did not issue after all.

    Of a sum that is owed for several, as much less is owed as it had of their credits.
    """
    if undone.backer is None:
        return
    first = undone.shown_with or undone.number
    together = here.commitments.find(shown_with=first)
    stand = [each for each in together if each.state is not CommitmentState.REVERSED]
    left = sum(_issued_by(here, each) for each in stand if each.number != undone.number)
    for cash in here.cash.find(cause=first, state=CashState.ANNOUNCED):
        if not left:
            lapse(here, cash)
            continue
        gone = _issued_by(here, undone)
        less = Cents(cash.cents - cash.cents * gone // (gone + left))
        here.cash.save(replace(cash, cents=less, version=cash.version + 1))


def _issued_by(here: Here, commitment: Commitment) -> int:
    """The credits that a commitment brought."""
    entry = here.entry(commitment.entry) if commitment.entry else None
    return entry.postings[0].amount if entry else 0
