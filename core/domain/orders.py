"""Orders (credits spent on an offer) and requests (credits asked of a member)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import Credits, MemberId, Number, PoolId


class OrderState(StrEnum):
    """Where an order stands (rules, section 7; disputes come with a later table)."""

    HELD = "held"
    DELIVERED = "delivered"
    SETTLED = "settled"
    CANCELLED = "cancelled"


ORDER_STEPS: Steps[OrderState] = {
    OrderState.HELD: frozenset({OrderState.DELIVERED, OrderState.SETTLED, OrderState.CANCELLED}),
    OrderState.DELIVERED: frozenset({OrderState.SETTLED}),
}


@dataclass(frozen=True, slots=True)
class Order:
    """Credits held for an offer until it is delivered. `month` is the one it was taken in."""

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
