"""Leaving a pool: what is open is settled, the rest given away, the name forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind, Draft, EntryKind
from core.domain.listings import ListingState
from core.domain.members import Member, MemberState, TermState
from core.domain.neutral import Command, Outcome
from core.domain.orders import OrderState, RequestState
from core.domain.refusals import (
    InDispute,
    LastSteward,
    LeavingMeans,
    OwesFirst,
    Refused,
    Yourself,
)
from core.domain.treasury import CashOutState, CashState
from core.domain.units import Carry, Credits, MemberId, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.cashing_out import call_off_cash_out
from core.usecases.commitments import call_off
from core.usecases.gatherings import cancel_answers
from core.usecases.orders import announced, release, settle
from core.usecases.posting import enter, held_by, moved_whole
from core.usecases.recurring import end_all
from core.usecases.standing import Acting, By, acting, other, stewards, who
from core.usecases.treasury import lapse

PROMISED = (CommitmentState.OPEN, CommitmentState.DONE)


@dataclass(frozen=True, slots=True)
class Leave(Command):
    """Leave the pool. The rest goes to the common fund, or to the member named.

    `sure` is set once the member was told what leaving means.
    """

    pool: PoolId
    by: By
    heir: MemberId | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Left(Outcome):
    """They are a former member: name and accounts are gone, the ledger stands.

    `elsewhere` says that they are in another pool too, so their accounts stay known.
    """

    pool: str
    credits: Credits
    elsewhere: bool


def leave(work: Work, command: Leave, at: At) -> Left:
    """Leave a pool: settle what is open, give the rest away, forget who it was.

    Raises:
        Refused: who may (`acting`), InDispute, LastSteward, OwesFirst, NoSuchMember, MemberLeft,
            Yourself, LeavingMeans.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    _may_leave(here, acts.member, at.now)
    heir = other(here, command.heir) if command.heir else None
    if heir is not None and heir.id == acts.member.id:
        raise Refused(Yourself())
    elsewhere = _is_elsewhere(work, acts.member)
    if not command.sure:
        raise Refused(_meaning(here, acts.member, heir, elsewhere=elsewhere))
    _close_all(here, acts, at)
    rest = here.balance(acts.member.account)
    _give_rest(here, acts, heir, rest, at)
    _forget(work, here, acts.member)
    return Left(here.pool.name, Credits(rest), elsewhere)


def _may_leave(here: Here, member: Member, now: datetime) -> None:
    for side in ("opener", "other"):
        for dispute in here.disputes.find(**{side: member.id}):
            if dispute.open:
                raise Refused(InDispute(dispute.number))
    if stewards(here, now) == [member.id]:
        raise Refused(LastSteward())
    balance = held_by(here, member.account)
    if balance < 0:
        raise Refused(OwesFirst(Credits(-balance)))


def _is_elsewhere(work: Work, member: Member) -> bool:
    return member.person is not None and len(work.people.pools(member.person)) > 1


def _meaning(here: Here, member: Member, heir: Member | None, *, elsewhere: bool) -> LeavingMeans:
    ordered = here.orders.find(spender=member.id, state=OrderState.HELD)
    asked = here.orders.find(giver=member.id, state=OrderState.HELD)
    earned = here.orders.find(giver=member.id, state=OrderState.DELIVERED)
    out = here.cash_outs.find(partner=member.id)
    comes = sum(order.credits for order in (*ordered, *earned)) + sum(each.held for each in out)
    promised = here.commitments.find(maker=member.id, state=PROMISED)
    return LeavingMeans(
        here.pool.name,
        Credits(here.balance(member.account) + comes),
        len({order.number for order in (*ordered, *asked)}),
        len(promised),
        who(heir) if heir else None,
        elsewhere,
    )


def _close_all(here: Here, acts: Acting, at: At) -> None:
    _withdraw_listings(here, acts.member)
    end_all(here, acts.member.id, at)
    if acts.member.person is not None:
        cancel_answers(here, acts.member.person, at)
    _withdraw_commitments(here, acts.member)
    _end_orders(here, acts, at)
    _end_money(here, acts, at)
    _drop_requests(here, acts.member)
    for term in here.terms.find(member=acts.member.id, state=TermState.SERVING):
        here.terms.save(term.ended(TermState.STEPPED_DOWN, at.now))


def _withdraw_listings(here: Here, member: Member) -> None:
    for listing in here.listings.find(owner=member.id, state=ListingState.OPEN):
        here.listings.save(
            replace(listing, state=ListingState.WITHDRAWN, version=listing.version + 1)
        )
        here.card(announced(listing), listing.number)


def _withdraw_commitments(here: Here, member: Member) -> None:
    for commitment in here.commitments.find(maker=member.id, state=CommitmentState.DONE):
        here.commitments.save(
            replace(commitment, state=CommitmentState.OPEN, version=commitment.version + 1)
        )
    for commitment in here.commitments.find(maker=member.id, state=CommitmentState.OPEN):
        call_off(here, commitment)


def _end_orders(here: Here, acts: Acting, at: At) -> None:
    """What was delivered is paid, what was not goes back."""
    for side in ("spender", "giver"):
        for order in here.orders.find(state=OrderState.DELIVERED, **{side: acts.member.id}):
            settle(here, order, acts.actor.id, at, acts.behalf)
        for order in here.orders.find(state=OrderState.HELD, **{side: acts.member.id}):
            release(here, order, acts.actor.id, at, acts.behalf)


def _end_money(here: Here, acts: Acting, at: At) -> None:
    """Nobody waits for cash any more that was announced; cash-outs that are not paid go back."""
    for cash in here.cash.find(giver=acts.member.id, state=CashState.ANNOUNCED):
        lapse(here, cash)
    waiting = (CashOutState.REQUESTED, CashOutState.APPROVED)
    for out in here.cash_outs.find(partner=acts.member.id, state=waiting):
        call_off_cash_out(here, out, acts.actor.id, at, acts.behalf)


def _drop_requests(here: Here, member: Member) -> None:
    for side in ("asker", "payer"):
        for request in here.requests.find(state=RequestState.OPEN, **{side: member.id}):
            here.requests.save(
                replace(request, state=RequestState.DECLINED, version=request.version + 1)
            )


def _give_rest(here: Here, acts: Acting, heir: Member | None, rest: int, at: At) -> None:
    if rest == 0:
        return
    target = heir.account if heir else here.address(AccountKind.COMMON)
    postings = moved_whole(acts.member.account, target, rest)
    enter(here, Draft(EntryKind.LEAVE, acts.actor.id, postings, on_behalf=acts.behalf), at)


def _forget(work: Work, here: Here, member: Member) -> None:
    gone = replace(
        member,
        person=None,
        name="",
        state=MemberState.LEFT,
        carry=Carry(),
        acted_by=None,
        shares_public=False,
        shares_aid=False,
        version=member.version + 1,
    )
    here.members.save(gone)
    _erase(here, member)
    if member.person is not None and not work.people.pools(member.person):
        work.people.forget(member.person)


def _erase(here: Here, gone: Member) -> None:
    """Erase a former member, and the memberships that were folded into theirs."""
    here.erase(gone)
    for folded in here.members.find(folded_into=gone.id):
        _erase(here, folded)
