"""Partners turn credits into cash: held from the request, reserved at approval, paid, retired."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import Photo
from core.domain.ledger import AccountKind, Draft, EntryKind, Posting
from core.domain.members import Member, Role, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.refusals import (
    ApprovedByYou,
    CashOutMeans,
    CashOutOff,
    HasNoRole,
    NotInTreasury,
    NotThere,
    NotYours,
    OverCap,
    OwnCashOut,
    PartnersOnly,
    Refused,
)
from core.domain.rules import CashingOut
from core.domain.states import may_become
from core.domain.treasury import CASH_OUT_STEPS, CashOut, CashOutState, Terms
from core.domain.units import AMOUNT_MAX, Cents, Credits, MemberId, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import enter, moved, must_have, rests_anew
from core.usecases.standing import By, acting, drawn_for, known, serves, steward, thing, who
from core.usecases.treasury import cash_moved, free_cash, health

# --- asking for it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestCashOut(Command):
    """Ask, as a partner, for cash in exchange for credits."""

    pool: PoolId
    by: By
    credits: Credits


@dataclass(frozen=True, slots=True)
class CashOutRequested(Outcome):
    """The credits are held. `approved` of them are approved already, where the rules do that."""

    cash_out: Number
    credits: Credits
    approved: Credits
    cents: Cents
    balance: int
    version: int


def request_cash_out(work: Work, command: RequestCashOut, at: At) -> CashOutRequested:
    """Hold a partner's credits for a cash-out, which a steward or the cap approves.

    They are credits that the partner has: a debit limit lends help, never the pool's cash.

    Raises:
        Refused: who may (`acting`), CashOutOff, PartnersOnly, OverCap, NotEnough, NotInTreasury.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    _must_be_on(here)
    if not serves(here, acts.member, Role.PARTNER, at.now):
        raise Refused(PartnersOnly())
    asked = CashOut(
        pool=command.pool,
        number=here.number(),
        partner=acts.member.id,
        credits=command.credits,
        month=here.pool.month_of(at.now),
        requested_at=at.now,
    )
    _hold_cap(here, asked)
    must_have(here, acts.member, command.credits, own=True)
    here.cash_outs.add(asked)
    _move(here, EntryKind.CASH_OUT_HOLD, asked, acts.actor.id, command.credits, at, acts.behalf)
    if _approves_itself(here, asked):
        asked = _reserve(here, asked, None, at)
    return CashOutRequested(
        asked.number,
        asked.credits,
        asked.approved,
        asked.cents,
        here.balance(acts.member.account),
        asked.version,
    )


def _must_be_on(here: Here) -> None:
    if here.pool.rules.cashing_out is CashingOut.OFF:
        raise Refused(CashOutOff())


def _hold_cap(here: Here, asked: CashOut) -> None:
    """Hold that a cash-out stays within its partner's cap for the month."""
    left = _left_of_cap(here, asked)
    if left is not None and asked.credits > left:
        raise Refused(OverCap(left, here.pool.rules.cash_out_cap_credits))


def _left_of_cap(here: Here, asked: CashOut) -> Credits | None:
    """What the month's cap leaves a partner beside their other cash-outs; None without a cap."""
    rules = here.pool.rules
    if rules.cashing_out is CashingOut.APPROVAL or not rules.cash_out_cap_credits:
        return None
    taken = sum(each.counts for each in _others(here, asked))
    return Credits(max(rules.cash_out_cap_credits - taken, 0))


def _others(here: Here, asked: CashOut) -> list[CashOut]:
    """The same partner's other cash-outs of the month."""
    same = here.cash_outs.find(partner=asked.partner, month=asked.month)
    return [each for each in same if each.number != asked.number]


def _approves_itself(here: Here, asked: CashOut) -> bool:
    """Whether the cap is approval enough: there is one, and two stewards are not needed."""
    rules = here.pool.rules
    capped = rules.cashing_out is CashingOut.CAP and rules.cash_out_cap_credits > 0
    return capped and not _needs_two(here, asked)


def _needs_two(here: Here, asked: CashOut) -> bool:
    """Whether it is past a threshold, in the credits that go or in the cash that they bring."""
    rules = here.pool.rules
    dear = asked.credits * rules.cash_out_cents > rules.two_stewards_from_cents
    return dear or asked.credits > rules.two_stewards_from_credits


def _move(
    here: Here,
    kind: EntryKind,
    out: CashOut,
    actor: MemberId | None,
    credits: Credits,
    at: At,
    behalf: MemberId | None = None,
) -> None:
    """Hold a partner's credits, or let go of held ones."""
    partner = _partner(here, out)
    held = here.address(AccountKind.HELD)
    ways = (partner.account, held) if kind is EntryKind.CASH_OUT_HOLD else (held, partner.account)
    draft = Draft(kind, actor, (moved(*ways, credits),), on_behalf=behalf, cause=out.number)
    enter(here, draft, at)


def _partner(here: Here, out: CashOut) -> Member:
    partner = here.members.get(out.partner)
    if partner is None:
        raise LookupError(out.partner)
    return partner


# --- approving -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApproveCashOut(Command):
    """Approve a cash-out, as far as the treasury has it. `sure` once its effect was shown."""

    pool: PoolId
    by: By
    cash_out: Number
    version: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class CashOutGranted(Outcome):
    """The cash is reserved. What could not be approved is back with the partner."""

    cash_out: Number
    partner: Who
    credits: Credits
    approved: Credits
    cents: Cents


@dataclass(frozen=True, slots=True)
class CashOutSeconded(Outcome):
    """So many credits need a second steward, too."""

    cash_out: Number
    partner: Who
    credits: Credits


@dataclass(frozen=True, slots=True)
class CashOutComes(Notice):
    """Tells the partner what was approved; `back` credits return."""

    cash_out: Number
    by: Who
    approved: Credits
    cents: Cents
    fee: Cents
    back: Credits


def approve_cash_out(
    work: Work, command: ApproveCashOut, at: At
) -> CashOutGranted | CashOutSeconded:
    """Reserve the cash for a cash-out: all of it, or as much as there is.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCashOut, NotThere, OutOfDate,
            CashOutOff, HasNoRole, ApprovedByYou, OverCap, NotInTreasury, CashOutMeans.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    out = _decidable(here, actor, command.cash_out, CashOutState.APPROVED, command.version)
    _must_be_on(here)
    _still_a_partner(here, out, at.now)
    if out.first_by == actor.id:
        raise Refused(ApprovedByYou(out.number))
    _hold_cap(here, out)
    terms = _terms(here, out)
    approved = _most(here, out, terms)
    if not command.sure:
        raise Refused(_meaning(here, out, terms, approved))
    if _needs_two(here, out) and out.first_by is None:
        here.cash_outs.save(replace(out, first_by=actor.id, version=out.version + 1))
        return CashOutSeconded(out.number, known(here, out.partner), out.credits)
    granted = _reserve(here, out, actor, at)
    return CashOutGranted(
        out.number, known(here, out.partner), out.credits, granted.approved, granted.cents
    )


def _decidable(
    here: Here, actor: Member, number: Number, state: CashOutState, seen: int | None
) -> CashOut:
    """A cash-out that somebody else asked for and that may take this step."""
    out = thing(here, here.cash_outs, number, "cash_out")
    if out.partner == actor.id:
        raise Refused(OwnCashOut(number))
    _must_step(out, state)
    drawn_for(out.version, seen, number)
    return out


def _must_step(out: CashOut, state: CashOutState) -> None:
    if not may_become(CASH_OUT_STEPS, out.state, state):
        raise Refused(NotThere(out.number, "cash_out", out.state))


def _still_a_partner(here: Here, out: CashOut, now: datetime) -> None:
    partner = _partner(here, out)
    if not serves(here, partner, Role.PARTNER, now):
        raise Refused(HasNoRole(who(partner), Role.PARTNER))


def _terms(here: Here, out: CashOut) -> Terms:
    rules = here.pool.rules
    before = sum(each.settled for each in _others(here, out))
    return Terms(rules.cash_out_cents, rules.fee, Credits(before))


def _most(here: Here, out: CashOut, terms: Terms) -> Credits:
    """As many of the credits as there is cash for."""
    free = free_cash(here)
    most = terms.most(out.credits, Cents(min(free, AMOUNT_MAX)))
    if not most:
        raise Refused(NotInTreasury(free, terms.paid_for(out.credits)))
    return most


def _meaning(here: Here, out: CashOut, terms: Terms, approved: Credits) -> CashOutMeans:
    cents = terms.paid_for(approved)
    now = health(here)
    then = now.after(approved, cents)
    return CashOutMeans(
        out.number,
        known(here, out.partner),
        out.credits,
        approved,
        cents,
        now.backing,
        then.backing,
        now.cover,
        then.cover,
        now.falls(approved, cents),
    )


def _reserve(here: Here, out: CashOut, actor: Member | None, at: At) -> CashOut:
    """Reserve the cash; credits that there is no cash for return. Without an actor: by the cap."""
    terms = _terms(here, out)
    approved = _most(here, out, terms)
    granted = replace(
        out,
        state=CashOutState.APPROVED,
        approved=approved,
        cents=terms.paid_for(approved),
        fee=terms.fee_on(approved),
        approved_by=actor.id if actor else None,
        approved_at=at.now,
        version=out.version + 1,
    )
    here.cash_outs.save(granted)
    back = Credits(out.credits - approved)
    if back:
        by = actor.id if actor else None
        _move(here, EntryKind.CASH_OUT_RELEASE, out, by, back, at)
    if actor is not None:
        told = CashOutComes(out.number, who(actor), approved, granted.cents, granted.fee, back)
        here.tell(out.partner, told)
    return granted


@dataclass(frozen=True, slots=True)
class RefuseCashOut(Command):
    """Turn a cash-out down, and say why."""

    pool: PoolId
    by: By
    cash_out: Number
    why: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CashOutTurnedDown(Outcome):
    """The credits are back with the partner, who knows why."""

    cash_out: Number
    partner: Who
    credits: Credits


@dataclass(frozen=True, slots=True)
class CashOutRefused(Notice):
    """Tells the partner."""

    cash_out: Number
    by: Who
    credits: Credits
    why: str


def refuse_cash_out(work: Work, command: RefuseCashOut, at: At) -> CashOutTurnedDown:
    """Give the held credits back, with a reason.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCashOut, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    out = _decidable(here, actor, command.cash_out, CashOutState.REFUSED, command.version)
    _give_back(here, replace(out, reason=command.why), CashOutState.REFUSED, actor.id, at)
    told = CashOutRefused(out.number, who(actor), out.credits, command.why)
    here.tell(out.partner, told)
    return CashOutTurnedDown(out.number, known(here, out.partner), out.credits)


def _give_back(
    here: Here,
    out: CashOut,
    state: CashOutState,
    actor: MemberId | None,
    at: At,
    behalf: MemberId | None = None,
) -> None:
    _move(here, EntryKind.CASH_OUT_RELEASE, out, actor, out.held, at, behalf)
    here.cash_outs.save(replace(out, state=state, version=out.version + 1))


@dataclass(frozen=True, slots=True)
class CancelCashOut(Command):
    """Call one's own cash-out off, before it is paid."""

    pool: PoolId
    by: By
    cash_out: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CashOutCalledOff(Outcome):
    """The credits are back with the partner, reserved cash is free."""

    cash_out: Number
    credits: Credits


def cancel_cash_out(work: Work, command: CancelCashOut, at: At) -> CashOutCalledOff:
    """Call a cash-out off, requested or approved.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    out = thing(here, here.cash_outs, command.cash_out, "cash_out")
    if out.partner != acts.member.id:
        raise Refused(NotYours(out.number, known(here, out.partner)))
    _must_step(out, CashOutState.CANCELLED)
    drawn_for(out.version, command.version, out.number)
    call_off_cash_out(here, out, acts.actor.id, at, acts.behalf)
    return CashOutCalledOff(out.number, out.held)


def call_off_cash_out(
    here: Here, out: CashOut, actor: MemberId | None, at: At, behalf: MemberId | None = None
) -> None:
    """Return what is held for an open cash-out."""
    _give_back(here, out, CashOutState.CANCELLED, actor, at, behalf)


# --- paying --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PayCashOut(Command):
    """Record that a cash-out was paid, with a word or a photo as proof."""

    pool: PoolId
    by: By
    cash_out: Number
    proof: str = ""
    photo: bytes = b""
    photo_hash: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CashOutPaid(Outcome):
    """The cash is out, the credits are retired; `treasury` is what there is now."""

    cash_out: Number
    partner: Who
    credits: Credits
    cents: Cents
    treasury: Cents


@dataclass(frozen=True, slots=True)
class CashOutPaidOut(Notice):
    """Tells the partner; `photo` says that there is a picture to look at."""

    cash_out: Number
    by: Who
    credits: Credits
    cents: Cents
    proof: str
    photo: bool


def pay_cash_out(work: Work, command: PayCashOut, at: At) -> CashOutPaid:
    """Retire the credits and take the cash out of the treasury, in one entry.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCashOut, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    out = _decidable(here, actor, command.cash_out, CashOutState.PAID, command.version)
    held, issuance = here.address(AccountKind.HELD), here.address(AccountKind.ISSUANCE)
    retired = moved(held, issuance, out.approved)
    draft = Draft(EntryKind.CASH_OUT, actor.id, (retired, *_paid(here, out)), cause=out.number)
    enter(here, draft, at)
    # What was retired lay in the pool's account; it is the partner's spending all the same.
    rests_anew(here, _partner(here, out).account)
    here.cash_outs.save(
        replace(
            out,
            state=CashOutState.PAID,
            paid_by=actor.id,
            paid_at=at.now,
            proof=command.proof,
            photo=command.photo_hash,
            version=out.version + 1,
        )
    )
    if command.photo:
        here.keep_photo(Photo(command.pool, command.photo_hash, actor.id, command.photo))
    told = CashOutPaidOut(
        out.number, who(actor), out.approved, out.cents, command.proof, bool(command.photo)
    )
    here.tell(out.partner, told)
    treasury = Cents(here.cash_in(AccountKind.TREASURY))
    return CashOutPaid(out.number, known(here, out.partner), out.approved, out.cents, treasury)


def _paid(here: Here, out: CashOut) -> tuple[Posting, ...]:
    """The cash that leaves; a fee may take all of very little."""
    if not out.cents:
        return ()
    return (cash_moved(here, AccountKind.TREASURY, AccountKind.OUTSIDE, out.cents),)
