"""What the end of a month takes from a member: credits that expire, and the charge on resting ones.

Pure. All of it goes to the common fund; no charge takes anybody below zero, and credits that are
held or disputed lie in other accounts, so none of it touches them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.domain.ledger import Tally
from core.domain.months import month_of, months_after, months_between, next_month, starts_at
from core.domain.rules import Expiry, Rules
from core.domain.units import MILLION, Credits, Ppm
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Charge:
    """What a month takes from one account, and what is carried on, in millionths of a credit."""

    expired: Credits
    demurrage: Credits
    accrued: int


def charge_of(
    tally: Tally,
    since: datetime,
    month: str,
    time_zone: str,
    rules: Rules,
    lots: Mapping[str, int],
) -> Charge:
    """The charge of a month on an account as it stood when the month ended.

    `since` is when its holder joined: from then on a balance rests that never moved. `lots` are
    the credits in it by the month of their issue, where they expire so.
    """
    expired = 0
    if rules.expiry is Expiry.REST and has_rested(
        tally.moved_at or since, month, time_zone, rules.expiry_months
    ):
        expired = max(tally.amount, 0)
    if rules.expiry is Expiry.LOT:
        expired = min(too_old(lots, month, rules.expiry_months), max(tally.amount, 0))
    left = max(tally.amount - expired, 0)
    whole, accrued = accrue(tally.accrued, left, rules.demurrage_ppm)
    taken = min(whole, left)
    return Charge(Credits(expired), Credits(taken), accrued + (whole - taken) * MILLION)


def too_old(lots: Mapping[str, int], month: str, months: int) -> int:
    """How many of these credits expire at the end of a month, so many months after their issue."""
    return sum(lots[each] for each in lots if months_between(each, month) >= months)


def accrue(accrued: int, credits: int, rate: Ppm) -> tuple[int, int]:
    """The whole credits that a rate of so many makes with what had accrued, and what is left.

    Rules, section 5: a balance of 10 at 2 % gives a credit in the fifth month.
    """
    due = accrued + credits * rate
    whole = max(due // MILLION, 0)
    return whole, due - whole * MILLION


def has_rested(since: datetime, month: str, time_zone: str, months: int) -> bool:
    """Whether a balance that moved last then has rested for so many whole months at this end."""
    return months_between(month_of(since, time_zone), month) >= months


def rests_until(since: datetime, now: datetime, time_zone: str, months: int) -> datetime:
    """When a balance that moved last then expires, unless it moves before.

    What came to it, or began to expire at all, once it had rested so long goes with this month.
    """
    rested = months_after(month_of(since, time_zone), months)
    return starts_at(next_month(max(rested, month_of(now, time_zone))), time_zone)
