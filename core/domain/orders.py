"""Orders (credits spent on an offer) and requests (credits asked of a member)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import Credits, MemberId, Number, PoolId
from core.records import dataclass


class OrderState(StrEnum):
    """Where an order stands (rules, section 7)."""

    HELD = "held"
    DELIVERED = "delivered"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"


ORDER_STEPS: Steps[OrderState] = {
    OrderState.HELD: frozenset(
        {OrderState.DELIVERED, OrderState.SETTLED, OrderState.CANCELLED, OrderState.DISPUTED}
    ),
    OrderState.DELIVERED: frozenset({OrderState.SETTLED, OrderState.DISPUTED}),
    OrderState.DISPUTED: frozenset({OrderState.SETTLED, OrderState.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class Order:
    """Credits held for an offer until it is delivered. `month` is the one it was taken in.

    `entry` is the line in the books that paid the giver. Afterwards each side is asked once whether
    all was well: None until they said so.
    """

    pool: PoolId
    number: Number
    offer: Number
    spender: MemberId
    giver: MemberId
    quantity: int
    credits: Credits
    ordered_at: datetime
    month: str
    state: OrderState = OrderState.HELD
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    spender_content: bool | None = None
    giver_content: bool | None = None
    entry: Number | None = None
    version: int = 1


class RequestState(StrEnum):
    """Where a request for credits stands."""

    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"


REQUEST_STEPS: Steps[RequestState] = {
    RequestState.OPEN: frozenset({RequestState.PAID, RequestState.DECLINED}),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One member asks another for credits; answered with one button."""

    pool: PoolId
    number: Number
    asker: MemberId
    payer: MemberId
    credits: Credits
    note: str
    asked_at: datetime
    state: RequestState = RequestState.OPEN
    version: int = 1
