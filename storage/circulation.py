"""How credits move within a month: how fast they are spent, how long they rest, in whose hands.

All of it is worked out from the journal up to the month's end, so a month that is counted late has
the same figures.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, bindparam, case, cast, func, select, union_all

from core.domain.ledger import CREDITS, EntryKind
from core.domain.pools import Pool
from core.domain.units import MILLION, Address, PoolId, Ppm
from storage import tables
from storage.database import Session
from storage.statements import Statement, equal
from storage.trading import TRADERS_OF

_entry, _posting = tables.entry.c, tables.posting.c
_source, _target = (tables.account.alias(name).c for name in ("source", "target"))
_FIRST = bindparam("first", type_=_entry.place.type)
_UNTIL = bindparam("until", type_=_entry.place.type)

_MOVES = Statement(
    lambda: (
        select(
            _entry.kind, _entry.at, _entry.cause, _posting.source, _posting.target, _posting.amount
        )
        .join(
            tables.posting, (_posting.pool_id == _entry.pool_id) & (_posting.entry == _entry.number)
        )
        .where(
            equal(tables.entry, ["pool_id"]),
            _entry.place < bindparam("until", type_=_entry.place.type),
            _posting.unit == CREDITS,
        )
        .order_by(_entry.place, _posting.line)
    )
)

# What issuance gives, and takes back when credits are retired, and when.
_CREATED = Statement(
    lambda: (
        select(
            _entry.at,
            case((_source.kind == "issuance", _posting.amount), else_=-_posting.amount),
        )
        .select_from(tables.entry)
        .join(
            tables.posting, (_posting.pool_id == _entry.pool_id) & (_posting.entry == _entry.number)
        )
        .join(
            _source.kind.table,
            (_source.pool_id == _posting.pool_id) & (_source.address == _posting.source),
        )
        .join(
            _target.kind.table,
            (_target.pool_id == _posting.pool_id) & (_target.address == _posting.target),
        )
        .where(
            equal(tables.entry, ["pool_id"]),
            _entry.place >= _FIRST,
            _entry.place < _UNTIL,
            (_source.kind == "issuance") | (_target.kind == "issuance"),
        )
        .order_by(_entry.place)
    )
)
_LATER = union_all(
    *(
        select(account.label("address"), (sign * _posting.amount).label("amount"))
        .join(
            tables.entry, (_entry.pool_id == _posting.pool_id) & (_entry.number == _posting.entry)
        )
        .where(equal(tables.posting, ["pool_id"]), _posting.unit == CREDITS, _entry.place >= _UNTIL)
        for account, sign in ((_posting.source, 1), (_posting.target, -1))
    )
).subquery("later")
_MOVED_LATER = Statement(
    lambda: select(_LATER.c.address, cast(func.sum(_LATER.c.amount), BigInteger)).group_by(
        _LATER.c.address
    )
)
_HELD = Statement(
    lambda: (
        select(tables.balance.c.address, tables.balance.c.amount)
        .join(
            tables.member,
            (tables.member.c.pool_id == tables.balance.c.pool_id)
            & (tables.member.c.account == tables.balance.c.address),
        )
        .where(equal(tables.balance, ["pool_id"]), tables.balance.c.unit == CREDITS)
    )
)
_EXCHANGES = Statement(
    lambda: select(TRADERS_OF.c.id, func.count(TRADERS_OF.c.number.distinct())).group_by(
        TRADERS_OF.c.id
    )
)


def velocity(
    session: Session,
    pool: Pool,
    month: str,
    places: tuple[int, int],
    spent: int,
    outstanding: int,
) -> Ppm | None:
    """Credits spent in a month against the mean of what was out at the end of each of its days.

    `outstanding` is what was out when it ended. None where nothing was ever out.
    """
    zone = ZoneInfo(pool.time_zone)
    days = monthrange(int(month[:4]), int(month[5:]))[1]
    rows = session.rows(_CREATED, pool_id=pool.id, first=places[0], until=places[1])
    # What came on a day was out at the end of it and of each later day.
    before = outstanding - sum(amount for _, amount in rows)
    total = before * days + sum(
        amount * (days + 1 - at.astimezone(zone).day) for at, amount in rows
    )
    return Ppm(spent * MILLION * days // total) if total > 0 else None


@dataclass(frozen=True, slots=True)
class Concentration:
    """What a tenth of the members has: of all credits, and of all parts in exchanges."""

    credits: Ppm | None
    exchanges: Ppm | None


def concentration(
    session: Session, pool: PoolId, places: tuple[int, int], members: int
) -> Concentration:
    """How much is with the tenth of the members (rounded up) who have most of it."""
    tenth = -(-members // 10)
    moved = dict(map(tuple, session.rows(_MOVED_LATER, pool_id=pool, until=places[1])))
    held = [
        amount + moved.get(Address(address), 0)
        for address, amount in session.rows(_HELD, pool_id=pool)
    ]
    parts = session.rows(_EXCHANGES, pool_id=pool, first=places[0], until=places[1])
    return Concentration(_top(held, tenth), _top([row[1] for row in parts], tenth))


def _top(amounts: Sequence[int], count: int) -> Ppm | None:
    above = sorted((each for each in amounts if each > 0), reverse=True)
    return Ppm(sum(above[:count]) * MILLION // sum(above)) if above else None


# --- how long credits rest -----------------------------------------------------------------

_SPENT = (EntryKind.SETTLE, EntryKind.MET)
_ASIDE = (EntryKind.HOLD, EntryKind.CASH_OUT_HOLD, EntryKind.FREEZE)
_OUT = (EntryKind.SETTLE, EntryKind.CASH_OUT)
_RETURN = (EntryKind.RELEASE, EntryKind.CASH_OUT_RELEASE, EntryKind.THAW)

_Part = tuple[datetime, int]
"""So many credits, and when they were received."""


@dataclass(slots=True)
class _Rests:
    """Who has which credits since when: the oldest are spent first.

    `held` is what is set aside, for an order, a cash-out or a dispute.
    """

    had: dict[str, deque[_Part]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[int, deque[_Part]] = field(default_factory=dict)
    seconds: int = 0
    credits: int = 0

    def spend(self, parts: Iterable[_Part], at: datetime) -> None:
        """These are spent."""
        for since, amount in parts:
            self.seconds += int((at - since).total_seconds()) * amount
            self.credits += amount

    def give_back(self, cause: int, address: str, amount: int, at: datetime) -> None:
        """What was set aside is as old as it was; what had been paid already comes anew."""
        if cause in self.held:
            self.had[address].extendleft(reversed(_oldest(self.held[cause], amount)))
        else:
            self.had[address].append((at, amount))


def _oldest(had: deque[_Part], amount: int) -> list[_Part]:
    """Take so many of the oldest."""
    parts = []
    while amount and had:
        since, has = had.popleft()
        part = min(has, amount)
        amount -= part
        parts.append((since, part))
        if has > part:
            had.appendleft((since, has - part))
    return parts


def rested_days(session: Session, pool: PoolId, start: datetime, until: int) -> int | None:
    """The mean of the days since they were received over the credits spent in the month."""
    rests = _Rests()
    for kind, at, cause, source, target, amount in session.stream(
        _MOVES, pool_id=pool, until=until
    ):
        if kind in _RETURN:
            rests.give_back(cause, target, amount, at)
            continue
        aside = rests.held.pop(cause, deque()) if kind in _OUT else None
        taken = _oldest(rests.had[source] if aside is None else aside, amount)
        if kind in _SPENT and at >= start:
            rests.spend(taken, at)
        if kind in _ASIDE:
            rests.held[cause] = deque(taken)
        else:
            rests.had[target].append((at, amount))
    if not rests.credits:
        return None
    return rests.seconds // (rests.credits * timedelta(days=1) // timedelta(seconds=1))
