"""Leaving a pool: what is open is settled, the rest given away, the name forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind, Draft, EntryKind
from core.domain.listings import ListingState
from core.domain.members import Member, MemberState, TermState
from core.domain.neutral import Command, Outcome
from core.domain.orders import OrderState, RequestState
from core.domain.refusals import LastSteward, LeavingMeans, OwesFirst, Refused, Yourself
from core.domain.units import Carry, Credits, MemberId, PoolId
from core.ports import Here, Work
from core.usecases.commitments import call_off
from core.usecases.orders import announced, release, settle
from core.usecases.posting import enter, moved_whole
from core.usecases.standing import Acting, By, acting, other, stewards, who

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
    """They are a former member: name and accounts are gone, the ledger stands."""

    pool: str
    credits: Credits


def leave(work: Work, command: Leave, at: At) -> Left:
    """Leave a pool: settle what is open, give the rest away, forget who it was.

    Raises:
        Refused: who may (`acting`), LastSteward, OwesFirst, NoSuchMember, MemberLeft, Yourself,
            LeavingMeans.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    _may_leave(here, acts.member, at.now)
    heir = other(here, command.heir) if command.heir else None
    if heir is not None and heir.id == acts.member.id:
        raise Refused(Yourself())
    if not command.sure:
        raise Refused(_meaning(here, acts.member, heir))
    _close_all(here, acts, at)
    rest = here.balance(acts.member.account)
    _give_rest(here, acts, heir, rest, at)
    _forget(work, here, acts.member)
    return Left(here.pool.name, Credits(rest))


def _may_leave(here: Here, member: Member, now: datetime) -> None:
    if stewards(here, now) == [member.id]:
        raise Refused(LastSteward())
    balance = here.balance(member.account)
    if balance < 0:
        raise Refused(OwesFirst(Credits(-balance)))


def _meaning(here: Here, member: Member, heir: Member | None) -> LeavingMeans:
    ordered = here.orders.find(spender=member.id, state=OrderState.HELD)
    asked = here.orders.find(giver=member.id, state=OrderState.HELD)
    earned = here.orders.find(giver=member.id, state=OrderState.DELIVERED)
    comes = sum(order.credits for order in (*ordered, *earned))
    promised = here.commitments.find(maker=member.id, state=PROMISED)
    return LeavingMeans(
        Credits(here.balance(member.account) + comes),
        len({order.number for order in (*ordered, *asked)}),
        len(promised),
        who(heir) if heir else None,
    )


def _close_all(here: Here, acts: Acting, at: At) -> None:
    _withdraw_listings(here, acts.member)
    _withdraw_commitments(here, acts.member)
    _end_orders(here, acts, at)
    _drop_requests(here, acts.member)
    for term in here.terms.find(member=acts.member.id, state=TermState.SERVING):
        here.terms.save(replace(term, state=TermState.STEPPED_DOWN, version=term.version + 1))


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
