"""What members may be reminded of: found by query, each with who it is for.

A hint as all that readers find; `core.usecases.reminding` looks again and notes what was said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, cast, func, null, or_, select

from core.domain.charges import rests_until, too_old
from core.domain.ledger import CREDITS
from core.domain.months import next_month, starts_at
from core.domain.pools import Pool
from core.domain.reminders import (
    FURTHEST,
    WAITED_LONG,
    Reminder,
    Reminds,
    ToRemind,
    step_now,
    word_step,
)
from core.domain.rules import Confirming, Expiry
from core.domain.units import MemberId, Number
from storage import tables
from storage.forecast import UNSAID
from storage.statements import Row, Statement, any_of, equal
from storage.views import View

_commitment, _listing, _term = tables.commitment.c, tables.listing.c, tables.term.c
_cash, _member, _balance = tables.cash.c, tables.member.c, tables.balance.c
_order, _dispute, _concern = tables.spend_order.c, tables.dispute.c, tables.concern.c
_NOW = bindparam("now", type_=_term.until.type)
_UNTIL = bindparam("until", type_=_term.until.type)
_BEFORE = bindparam("before", type_=_term.until.type)

_ALIKE: tuple[tuple[Reminds, Statement], ...] = (
    (
        Reminds.COMMITMENT,
        Statement(
            lambda: select(
                _commitment.maker, _commitment.number, _commitment.text, _commitment.due
            ).where(
                equal(tables.commitment, ["pool_id"]),
                _commitment.state == "open",
                _commitment.due > _NOW,
                _commitment.due <= _UNTIL,
            )
        ),
    ),
    (
        Reminds.LISTING,
        Statement(
            lambda: select(_listing.owner, _listing.number, _listing.text, _listing.until).where(
                equal(tables.listing, ["pool_id"]),
                _listing.state == "open",
                _listing.until > _NOW,
                _listing.until <= _UNTIL,
            )
        ),
    ),
    (
        Reminds.TERM,
        Statement(
            lambda: select(_term.member, _term.number, _term.role, _term.until).where(
                equal(tables.term, ["pool_id"]),
                _term.state == "serving",
                _term.until > _NOW,
                _term.until <= _UNTIL,
            )
        ),
    ),
)
_PLEDGED = Statement(
    lambda: select(_cash.giver, _cash.number, _cash.cents, _cash.month).where(
        equal(tables.cash, ["pool_id"]), _cash.state == "announced", _cash.kind == "pledge"
    )
)
_HELD = (
    select(func.coalesce(cast(func.sum(_order.credits), BigInteger), 0))
    .where(
        _order.pool_id == _member.pool_id,
        _order.spender == _member.id,
        any_of(_order.state, "held", "delivered", "disputed"),
    )
    .correlate(tables.member)
    .scalar_subquery()
)
_THEIRS = (
    (_balance.pool_id == _member.pool_id)
    & (_balance.address == _member.account)
    & (_balance.unit == CREDITS)
)
_RESTING = Statement(
    lambda: (
        select(_member.id, _balance.amount, _balance.moved_at, _member.joined_at)
        .select_from(tables.member)
        .join(tables.balance, _THEIRS)
        .where(
            equal(tables.member, ["pool_id"]),
            _member.person.is_not(None),
            _balance.amount > 0,
            func.coalesce(_balance.moved_at, _member.joined_at) <= _BEFORE,
        )
    )
)
_LOTS = Statement(
    lambda: (
        select(_member.id, tables.lot.c.month, tables.lot.c.amount)
        .select_from(tables.member)
        .join(
            tables.lot,
            (tables.lot.c.pool_id == _member.pool_id)
            & (tables.lot.c.address == _member.account)
            & (tables.lot.c.cause == 0),
        )
        .where(equal(tables.member, ["pool_id"]), _member.person.is_not(None))
    )
)
_FAR = bindparam("far", type_=BigInteger())
_UNEVEN = Statement(
    lambda: (
        select(_member.id, cast(_balance.trade + _HELD, BigInteger))
        .select_from(tables.member)
        .join(tables.balance, _THEIRS)
        .where(
            equal(tables.member, ["pool_id"]),
            _member.person.is_not(None),
            or_(_balance.trade + _HELD > _FAR, _balance.trade + _HELD < -_FAR),
        )
    )
)
_UNSAID = Statement(lambda: UNSAID.add_columns(_commitment.text, _commitment.done_at))
_STEWARDS = Statement(
    lambda: select(_term.member, _term.away_until).where(
        equal(tables.term, ["pool_id"]), _term.role == "steward", _term.state == "serving"
    )
)
_WAITING_LONG = (
    # What one did or recorded oneself is for the others to confirm.
    Statement(
        lambda: select(_commitment.number, _commitment.maker, _commitment.claimed_by).where(
            equal(tables.commitment, ["pool_id"]),
            _commitment.state == "done",
            _commitment.done_at <= _BEFORE,
        )
    ),
    Statement(
        lambda: select(_concern.number, null(), null()).where(
            equal(tables.concern, ["pool_id"]),
            _concern.state == "open",
            _concern.opened_at <= _BEFORE,
        )
    ),
    Statement(
        lambda: select(_dispute.number, _dispute.opener, _dispute.other).where(
            equal(tables.dispute, ["pool_id"]),
            _dispute.state == "opened",
            _dispute.opened_at <= _BEFORE,
        )
    ),
)


async def to_remind(view: View, pool: Pool, now: datetime) -> Sequence[ToRemind]:
    """What each member of a pool may be reminded of at this instant."""
    items: dict[MemberId, list[Reminder]] = defaultdict(list)
    for about, question in _ALIKE:
        rows = await view.rows(question, pool_id=pool.id, now=now, until=now + FURTHEST)
        for member, number, text, at in rows:
            for step in _step(about, at, now, pool):
                items[member].append(Reminder(about, number, step, text, at=at))
    for member, reminder in await _others(view, pool, now):
        items[member].append(reminder)
    return [ToRemind(member, tuple(found)) for member, found in sorted(items.items())]


def _step(about: Reminds, at: datetime, now: datetime, pool: Pool) -> Iterator[int]:
    step = step_now(about, at, now, pool.time_zone)
    if step is not None:
        yield step


async def _others(view: View, pool: Pool, now: datetime) -> list[tuple[MemberId, Reminder]]:
    unsaid = await _unsaid(view, pool)
    return [
        *_words(unsaid, now),
        *await _pledges(view, pool, now),
        *await _resting(view, pool, now),
        *await _old_lots(view, pool, now),
        *await _waiting(view, pool, now, {number for number, *_ in unsaid}),
        *await _uneven(view, pool, now),
    ]


async def _unsaid(view: View, pool: Pool) -> Sequence[Row]:
    """Claims that wait for the word of the one they were for, where the rules want it."""
    if pool.rules.confirming is not Confirming.BOTH:
        return ()
    return await view.rows(_UNSAID, pool_id=pool.id)


def _words(unsaid: Sequence[Row], now: datetime) -> Iterator[tuple[MemberId, Reminder]]:
    for number, owner, text, done_at in unsaid:
        step = word_step(done_at, now)
        if step is not None:
            yield owner, Reminder(Reminds.WORD, number, step, text, at=done_at)


async def _pledges(view: View, pool: Pool, now: datetime) -> list[tuple[MemberId, Reminder]]:
    """A month's pledge is due by the end of its month."""
    found = []
    for member, number, cents, month in await view.rows(_PLEDGED, pool_id=pool.id):
        if not month:
            continue
        at = starts_at(next_month(month), pool.time_zone) - timedelta(seconds=1)
        found += [
            (member, Reminder(Reminds.PLEDGE, number, step, amount=cents, at=at))
            for step in _step(Reminds.PLEDGE, at, now, pool)
        ]
    return found


async def _resting(view: View, pool: Pool, now: datetime) -> list[tuple[MemberId, Reminder]]:
    if pool.rules.expiry is not Expiry.REST:
        return []
    months = pool.rules.expiry_months
    rows = await view.rows(_RESTING, pool_id=pool.id, before=now)
    found = []
    for member, amount, moved_at, joined_at in rows:
        at = rests_until(moved_at or joined_at, now, pool.time_zone, months)
        found += [
            (member, Reminder(Reminds.EXPIRY, _day(at), step, amount=amount, at=at))
            for step in _step(Reminds.EXPIRY, at, now, pool)
        ]
    return found


async def _old_lots(view: View, pool: Pool, now: datetime) -> list[tuple[MemberId, Reminder]]:
    """What expires at the end of the month, where each issue does so after its months."""
    month = pool.month_of(now)
    at = starts_at(next_month(month), pool.time_zone)
    step = step_now(Reminds.LOT, at, now, pool.time_zone)
    if pool.rules.expiry is not Expiry.LOT or step is None:
        return []
    lots: dict[MemberId, dict[str, int]] = defaultdict(dict)
    for member, issued, amount in await view.rows(_LOTS, pool_id=pool.id):
        lots[member][issued] = amount
    old = {who: too_old(has, month, pool.rules.expiry_months) for who, has in lots.items()}
    return [
        (who, Reminder(Reminds.LOT, _day(at), step, amount=amount, at=at))
        for who, amount in old.items()
        if amount
    ]


def _day(at: datetime) -> Number:
    """What a balance's end is known by: the day on which it is."""
    return Number(at.date().toordinal())


async def _waiting(
    view: View, pool: Pool, now: datetime, unsaid: Collection[Number]
) -> list[tuple[MemberId, Reminder]]:
    """What waits for three days nudges the stewards who are not away, else all of them.

    What waits for another's word first is not theirs to decide yet.
    """
    waits: list[Row] = []
    for question in _WAITING_LONG:
        rows = await view.rows(question, pool_id=pool.id, before=now - WAITED_LONG)
        waits += [row for row in rows if row[0] not in unsaid]
    if not waits:
        return []
    serving = await view.rows(_STEWARDS, pool_id=pool.id)
    there = [member for member, away in serving if away is None or away <= now]
    asked = there or [member for member, _ in serving]
    return [nudge for member in asked for nudge in _nudge(member, waits)]


def _nudge(member: MemberId, waits: Sequence[Row]) -> Iterator[tuple[MemberId, Reminder]]:
    """A nudge for what this steward may decide, if there is any; known by the newest of it."""
    theirs = [number for number, *own in waits if member not in own]
    if theirs:
        yield member, Reminder(Reminds.QUEUE, Number(max(theirs)), 0, amount=len(theirs))


async def _uneven(view: View, pool: Pool, now: datetime) -> list[tuple[MemberId, Reminder]]:
    """Who gave or took far more than the other: once a month, kindly."""
    far = pool.rules.nudge_past_credits
    if not far:
        return []
    month = int(pool.month_of(now).replace("-", ""))
    rows = await view.rows(_UNEVEN, pool_id=pool.id, far=far)
    return [
        (member, Reminder(Reminds.TRADE, Number(0), month, amount=trade)) for member, trade in rows
    ]
