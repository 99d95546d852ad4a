"""What time alone brings about: what runs out, what settles by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.commitments import CommitmentState
from core.domain.listings import ListingState
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import OrderState
from core.domain.pools import HELD_AT_MOST, SETTLES_AFTER
from core.domain.units import Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.disputes import go_on
from core.usecases.gatherings import pass_gatherings
from core.usecases.orders import (
    OrderCancelled,
    OrderPaid,
    announced,
    release,
    settle,
    text_of,
)
from core.usecases.posting import take_effect
from core.usecases.recurring import tell_lapsed, tell_missed
from core.usecases.roles import end_terms
from core.usecases.standing import known
from core.usecases.treasury import lapse_cash

MISSED_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PassTime(Command):
    """Let a pool catch up with the clock."""

    pool: PoolId


@dataclass(frozen=True, slots=True)
class TimePassed(Outcome):
    """How many things changed."""

    changed: int


@dataclass(frozen=True, slots=True)
class ListingRanOut(Notice):
    """Tells the owner, with a button to renew it."""

    listing: Number
    text: str
    version: int


def pass_time(work: Work, command: PassTime, at: At) -> TimePassed:
    """Let run out what has run out (rules, section 7).

    Orders delivered two days ago settle, orders held for thirty days return, listings expire,
    promises are missed a day after they were due, what was decided in disputes holds, cash that
    did not come is not waited for, and terms end. Those who come to a gathering are reminded.
    """
    here = work.enter(command.pool)
    take_effect(here)
    changed = _settle_delivered(here, at) + _return_held(here, at)
    changed += _expire_listings(here, at.now) + _miss_promises(here, at.now) + go_on(here, at)
    changed += _lapse_cash(here, at)
    changed += pass_gatherings(work, here, at)
    changed += end_terms(here, at.now)
    return TimePassed(changed)


def _lapse_cash(here: Here, at: At) -> int:
    lapsed = lapse_cash(here, at.now)
    for cash in lapsed:
        tell_lapsed(here, cash, at)
    return len(lapsed)


def _settle_delivered(here: Here, at: At) -> int:
    due = [
        order
        for order in here.orders.find(state=OrderState.DELIVERED)
        if order.delivered_at and order.delivered_at <= at.now - SETTLES_AFTER
    ]
    for order in due:
        settle(here, order, None, at)
        paid = OrderPaid(
            order.number, text_of(here, order), known(here, order.giver), order.credits
        )
        here.tell(order.spender, paid)
    return len(due)


def _return_held(here: Here, at: At) -> int:
    held = here.orders.find(state=OrderState.HELD)
    due = [order for order in held if order.ordered_at <= at.now - HELD_AT_MOST]
    for order in due:
        release(here, order, None, at)
        for member, back in ((order.spender, True), (order.giver, False)):
            told = OrderCancelled(order.number, text_of(here, order), None, order.credits, back)
            here.tell(member, told)
    return len(due)


def _expire_listings(here: Here, now: datetime) -> int:
    due = [each for each in here.listings.find(state=ListingState.OPEN) if each.until <= now]
    for listing in due:
        expired = replace(listing, state=ListingState.EXPIRED, version=listing.version + 1)
        here.listings.save(expired)
        here.card(announced(listing), listing.number)
        told = ListingRanOut(listing.number, listing.text, expired.version)
        here.tell(listing.owner, told)
    return len(due)


def _miss_promises(here: Here, now: datetime) -> int:
    promised = here.commitments.find(state=CommitmentState.OPEN)
    # Not due + 24 h: a day in the year 9999 is a day too, and has no day after.
    due = [each for each in promised if each.due and each.due <= now - MISSED_AFTER]
    for promise in due:
        missed = replace(promise, state=CommitmentState.MISSED, version=promise.version + 1)
        here.commitments.save(missed)
        tell_missed(here, missed)
    return len(due)
