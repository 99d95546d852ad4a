"""Which money a pool counts in, as long as nothing in it is counted in money."""

from __future__ import annotations

from sqlalchemy import bindparam, literal, select, union_all, update

from core.domain.ledger import CREDITS
from core.domain.units import Measure, PoolId
from storage import tables
from storage.database import Session
from storage.statements import Statement, equal

_COUNTED = (
    (tables.posting, tables.posting.c.unit != CREDITS),
    (tables.cash, tables.cash.c.cents > 0),
    (tables.plan, tables.plan.c.dues > 0),
    (tables.template, tables.template.c.worth_measure == Measure.CENTS),
    (tables.listing, tables.listing.c.price_measure == Measure.CENTS),
    (tables.commitment, tables.commitment.c.worth_measure == Measure.CENTS),
)
"""What is counted in money. What ended counts as well: people can still read it.

Expenses and cash-outs need cash in the treasury, of which the postings tell.
"""

_IS_COUNTED = Statement(
    lambda: select(
        union_all(
            *(
                select(literal(1).label("one")).where(equal(table, ["pool_id"]), counted)
                for table, counted in _COUNTED
            )
        )
        .subquery()
        .c.one
    ).limit(1)
)
_RECOUNT = Statement(
    lambda: (
        update(tables.balance)
        .where(equal(tables.balance, ["pool_id"]), tables.balance.c.unit != CREDITS)
        .values(unit=bindparam("currency"))
    )
)


def is_counted(session: Session, pool: PoolId) -> bool:
    """Whether anything in a pool is counted in money."""
    return session.row(_IS_COUNTED, pool_id=pool) is not None


def recount(session: Session, pool: PoolId, currency: str) -> None:
    """Have the empty cash accounts of a pool hold another currency."""
    session.write(_RECOUNT, pool_id=pool, currency=currency)
