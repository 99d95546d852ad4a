"""Proving the dates of credits, in pools where they expire by the month of their issue.

Every credit that can expire has a date, and none has two. A date is a month in which credits came
into being or left the pool's own accounts, or the one in which expiry by issue began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from core.domain.ledger import Entry
from core.domain.months import next_month
from core.domain.pools import Pool
from core.domain.rules import ChangeState, Expiry
from storage import tables
from storage.database import Session
from storage.statements import Row, Statement, equal

_LOT, _CHANGE = tables.lot.c, tables.rule_change.c
_LOTS = Statement(
    lambda: (
        select(_LOT.address, _LOT.month, _LOT.amount)
        .where(equal(tables.lot, ["pool_id"]))
        .order_by(_LOT.address, _LOT.month)
    )
)
_CHANGES = Statement(
    lambda: select(_CHANGE.number, _CHANGE.value, _CHANGE.from_at, _CHANGE.state).where(
        equal(tables.rule_change, ["pool_id"]), _CHANGE.rule == "expiry"
    )
)
_ANYWHERE = timedelta(hours=14)
"""No clock is further from UTC: a pool may have had another one when it dated something."""


@dataclass
class Months:
    """In which months anything happened, by whichever clocks."""

    seen: set[str] = field(default_factory=set)

    def see(self, entry: Entry) -> None:
        """Credits may carry the month of this entry."""
        self.seen |= {f"{entry.at + by:%Y-%m}" for by in (-_ANYWHERE, timedelta(0), _ANYWHERE)}


def lot_faults(
    session: Session, pool: Pool, held: Mapping[str, int], months: Months
) -> Iterator[str]:
    """What is wrong with the dates, given what each account that has any holds."""
    changes = session.rows(_CHANGES, pool_id=pool.id)
    if pool.rules.expiry is not Expiry.LOT or _is_to_be_dated(pool, changes):
        return
    begun = {pool.month_of(at) for _, value, at, _ in changes if value == Expiry.LOT}
    known = months.seen | begun | {pool.month_of(pool.founded_at)}
    known |= {next_month(month) for month in known}  # Shares of a charge, closed on time.
    dated: dict[str, int] = defaultdict(int)
    for address, month, amount in session.rows(_LOTS, pool_id=pool.id):
        dated[address] += amount
        if amount <= 0:
            yield f"account {address}: {amount} credits are of {month}"
        if month not in known:
            yield f"account {address}: credits are of {month}, when none were issued"
    for address in sorted(held.keys() | dated.keys()):
        has = max(held.get(address, 0), 0)
        if dated[address] != has:
            yield f"account {address}: {dated[address]} of its {has} credits have a date"


def _is_to_be_dated(pool: Pool, changes: Sequence[Row]) -> bool:
    """Whether expiry by issue is in force, and the clock has not struck since."""
    ahead = {each.number for each in pool.coming}
    return any(
        state == ChangeState.WAITING and number not in ahead for number, _, _, state in changes
    )
