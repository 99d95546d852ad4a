"""Offers and needs: what people say they can give, or want. They bind nobody."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import MemberId, Number, PoolId, Worth
from core.records import dataclass


class ListingKind(StrEnum):
    """Which side of the board."""

    OFFER = "offer"
    NEED = "need"


class ListingState(StrEnum):
    """Where a listing stands (rules, section 7)."""

    OPEN = "open"
    CLOSED = "closed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


LISTING_STEPS: Steps[ListingState] = {
    ListingState.OPEN: frozenset(
        {ListingState.CLOSED, ListingState.EXPIRED, ListingState.WITHDRAWN}
    ),
    ListingState.EXPIRED: frozenset({ListingState.OPEN}),
}


class Every(StrEnum):
    """How often the quantity is there."""

    ONCE = "once"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Listing:
    """An offer or a need on the board.

    `price` is for one `per` ('' means the whole). `quantity` is how many there are, None without
    a limit; `taken` how many of them are spoken for, in the month of `taken_in` ('2026-11', in
    the pool's time zone) when it renews monthly. What had ended before `counted_from`, a number of
    the pool's one count, is not among them: then the limit was set, or began to count otherwise.
    """

    pool: PoolId
    number: Number
    kind: ListingKind
    owner: MemberId
    text: str
    price: Worth
    opened_at: datetime
    until: datetime
    per: str = ""
    quantity: int | None = 1
    every: Every = Every.ONCE
    taken: int = 0
    taken_in: str = ""
    counted_from: Number = Number(0)
    place: str = ""
    category: str = ""
    state: ListingState = ListingState.OPEN
    version: int = 1

    def taken_by(self, month: str) -> int:
        """How many are spoken for in this month; a monthly quantity starts anew."""
        fresh = self.every is Every.MONTH and self.taken_in != month
        return 0 if fresh else self.taken

    def left(self, month: str) -> int | None:
        """How many are still to be had in this month, or None without a limit."""
        return None if self.quantity is None else self.quantity - self.taken_by(month)
