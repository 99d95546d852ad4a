"""Amounts and ids: whole numbers only, one type a meaning.

Credits are whole, cash is in cents (the minor unit of the pool's currency), rates are in
parts per million. Nothing here is ever a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NewType

from core.records import dataclass

Credits = NewType("Credits", int)
Cents = NewType("Cents", int)
Minutes = NewType("Minutes", int)
Ppm = NewType("Ppm", int)

PoolId = NewType("PoolId", int)
PersonId = NewType("PersonId", str)
MemberId = NewType("MemberId", str)
Address = NewType("Address", str)
Number = NewType("Number", int)
"""What a thing is called in its pool: one count for everything that can be named."""

PPM = 1_000_000
"""The whole, in parts per million."""

AMOUNT_MAX = 1_000_000_000
"""The most one act may move, in credits, cents or minutes (goals.md, "overflow")."""


MILLION = 1_000_000
"""Rates are in parts of a million, and what made no whole credit yet in millionths of one."""


class Measure(StrEnum):
    """What a worth is counted in."""

    CREDITS = "credits"
    MINUTES = "minutes"
    CENTS = "cents"


@dataclass(frozen=True, slots=True)
class Worth:
    """What something is worth, in the measure in which it was said."""

    measure: Measure
    amount: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What one credit stands for: so many minutes of work, so many cents."""

    minutes: int = 30
    cents: int = 1000

    def of(self, measure: Measure) -> int:
        """How many of this measure make one credit."""
        if measure is Measure.MINUTES:
            return self.minutes
        return self.cents if measure is Measure.CENTS else 1


@dataclass(frozen=True, slots=True)
class Carry:
    """What made no whole credit yet and counts towards a member's next claim."""

    minutes: int = 0
    cents: int = 0

    def of(self, measure: Measure) -> int:
        """What is carried in this measure; credits are whole and carry nothing."""
        if measure is Measure.MINUTES:
            return self.minutes
        return self.cents if measure is Measure.CENTS else 0

    def holding(self, measure: Measure, rest: int) -> Carry:
        """The same carry with `rest` in this measure."""
        if measure is Measure.MINUTES:
            return Carry(rest, self.cents)
        return Carry(self.minutes, rest) if measure is Measure.CENTS else self


def whole_credits(worth: Worth, carry: Carry, rates: Rates) -> tuple[Credits, Carry]:
    """Credits that a worth issues together with what was carried, and what is carried on.

    Rules, section 3: 95 minutes are 3 credits and 5 minutes carried; 45 + 45 minutes are 3. Below
    zero is carried what a confirmation that was taken back had lent to the next one.
    """
    total, rate = worth.amount + carry.of(worth.measure), rates.of(worth.measure)
    credits = max(total // rate, 0)
    return Credits(credits), carry.holding(worth.measure, total - credits * rate)


def price_of(price: Worth, quantity: int, rates: Rates) -> Credits | None:
    """Credits for `quantity` at `price` each, or None when they make no whole number."""
    credits, rest = divmod(price.amount * quantity, rates.of(price.measure))
    return None if rest else Credits(credits)


def least_whole_quantity(price: Worth, rates: Rates) -> int:
    """The smallest quantity at which a price makes whole credits."""
    return Fraction(price.amount, rates.of(price.measure)).denominator


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Shares of `total` by weights, by largest remainder (rules, section 4).

    Ties go to the larger weight, then to the earlier one. The sum is `total`.

    Raises:
        ValueError: when no weight is above zero or one is below it.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are counts, and at least one is above zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)),
        key=lambda index: (-(total * weights[index] % whole), -weights[index], index),
    )
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
