"""What the end of the month would take if it came now, by whichever rules: in counts and sums."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from core.domain.charges import charge_of
from core.domain.ledger import CREDITS, Tally
from core.domain.months import starts_at
from core.domain.pools import Pool
from core.domain.rules import Confirming, Expiry, Payer, Rules
from core.domain.units import Carry, Credits, Measure, PoolId, Worth, whole_credits
from core.reads import Forecast
from storage import mapping, tables
from storage.database import Session
from storage.statements import Statement, chosen, equal
from storage.trading import traders
from storage.work import HOLDERS

_POOL = Statement(lambda: chosen(tables.pool, "id"))
_LAST = Statement(lambda: select(tables.pool.c.place).where(equal(tables.pool, ["id"])))
_HOLDERS = Statement(lambda: HOLDERS)
_LOTS = Statement(
    lambda: select(tables.lot.c.address, tables.lot.c.month, tables.lot.c.amount).where(
        equal(tables.lot, ["pool_id"]), tables.lot.c.cause == 0
    )
)

_RENEWING = Statement(
    lambda: (
        select(func.count())
        .select_from(tables.template)
        .where(equal(tables.template, ["pool_id"]), tables.template.c.state == "active")
    )
)
_claim, _need, _owner = tables.commitment.c, tables.listing.c, tables.member.c
_OWNER = and_(_owner.pool_id == _need.pool_id, _owner.id == _need.owner, _owner.state != "left")
UNSAID = (
    select(_claim.number, _need.owner)
    .select_from(tables.commitment)
    .join(tables.listing, and_(_need.pool_id == _claim.pool_id, _need.number == _claim.need))
    .join(tables.member, _OWNER)
    .where(
        equal(tables.commitment, ["pool_id"]),
        _claim.state == "done",
        ~_claim.kept,
        _need.owner != _claim.maker,
    )
)
"""Claims of which the one they were for has not said yet that they were kept."""
_UNSAID = Statement(lambda: select(func.count()).select_from(UNSAID.subquery("unsaid")))
_NEEDS = Statement(
    lambda: (
        select(_need.price_measure, _need.price_amount, tables.balance.c.amount)
        .select_from(tables.listing)
        .join(tables.member, _OWNER)
        .join(
            tables.balance,
            (tables.balance.c.pool_id == _owner.pool_id)
            & (tables.balance.c.address == _owner.account)
            & (tables.balance.c.unit == CREDITS),
        )
        .where(
            equal(tables.listing, ["pool_id"]),
            _need.kind == "need",
            _need.state == "open",
            or_(_need.quantity.is_(None), _need.taken < _need.quantity, _need.every == "month"),
        )
    )
)


def forecast(session: Session, pool: PoolId, rules: Rules, now: datetime) -> Forecast:
    """What a month's end would take from the balances there are."""
    row = session.row(_POOL, id=pool)
    if row is None:
        raise LookupError(pool)
    stands = mapping.pool_made(row)
    month = stands.month_of(now)
    by_issue = rules.expiry is stands.at(now).rules.expiry is Expiry.LOT
    lots = _lots(session, pool) if by_issue else {}
    (renewing,) = session.row(_RENEWING, pool_id=pool) or (0,)
    expired, charged, above, below = [], [], 0, 0
    for _, address, joined_at, *columns in session.rows(_HOLDERS, pool_id=pool):
        tally = Tally(*columns)
        charge = charge_of(tally, joined_at, month, stands.time_zone, rules, lots.get(address, {}))
        expired.append(charge.expired)
        charged.append(charge.demurrage)
        above += 0 < rules.holding_limit_credits <= tally.amount
        below += tally.amount < 0
    return Forecast(
        Credits(sum(expired)),
        sum(map(bool, expired)),
        Credits(sum(charged)),
        sum(map(bool, charged)),
        above,
        below,
        renewing,
        _unsaid(session, pool, rules),
        *_needs(session, pool, rules),
        *_shared(session, stands, rules, now, sum(charged)),
    )


def _shared(
    session: Session, pool: Pool, rules: Rules, now: datetime, charged: int
) -> tuple[Credits, int]:
    """What those who traded so far would get of the month's charge, and how many they are."""
    if not rules.demurrage_share:
        return Credits(0), 0
    row = session.row(_LAST, id=pool.id)
    begun = starts_at(pool.month_of(now), pool.time_zone)
    last = row[0] if row else 0
    sharing = len(traders(session, pool.id, begun, now + timedelta.resolution, last))
    return Credits(charged // sharing * sharing if sharing else 0), sharing


def _unsaid(session: Session, pool: PoolId, rules: Rules) -> int:
    if rules.confirming is not Confirming.BOTH:
        return 0
    (unsaid,) = session.row(_UNSAID, pool_id=pool) or (0,)
    return int(unsaid)


def _needs(session: Session, pool: PoolId, rules: Rules) -> tuple[int, int]:
    """How many needs are paid by who has them, and for how many of those they have too little."""
    if rules.payer is not Payer.RECEIVER:
        return 0, 0
    needs = short = 0
    for measure, amount, has in session.rows(_NEEDS, pool_id=pool):
        credits, _ = whole_credits(Worth(Measure(measure), amount), Carry(), rules.rates)
        needs += 1
        short += credits > has + rules.debit_limit_credits
    return needs, short


def _lots(session: Session, pool: PoolId) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for address, month, amount in session.rows(_LOTS, pool_id=pool):
        found[address][month] = amount
    return found
