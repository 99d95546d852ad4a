"""How a thing of the pool is shown to one member: one line in a list, and its buttons."""

from __future__ import annotations

from collections.abc import Mapping

from bots.catalogue.showing import button
from bots.replies import (
    Amount,
    Button,
    Instant,
    Name,
    Ref,
    Say,
    Style,
    Typed,
    Value,
    Valued,
    say,
    says,
    word,
)
from core.domain.commitments import Commitment, CommitmentState
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.orders import Order, OrderState, Request
from core.domain.units import MemberId, PoolId

Names = Mapping[MemberId, str]

COMMITMENT_STATES = {
    CommitmentState.OPEN: word("state of a promise", "open"),
    CommitmentState.DONE: word("state of a promise", "done, waits for a steward"),
    CommitmentState.CONFIRMED: word("state of a promise", "confirmed"),
    CommitmentState.WITHDRAWN: word("state of a promise", "withdrawn"),
    CommitmentState.MISSED: word("state of a promise", "missed so far"),
}

ORDER_STATES = {
    OrderState.HELD: word("state of an order", "credits held"),
    OrderState.DELIVERED: word("state of an order", "delivered, says the giver"),
    OrderState.SETTLED: word("state of an order", "paid"),
    OrderState.CANCELLED: word("state of an order", "cancelled"),
}


def listing_line(listing: Listing, name: str, month: str) -> tuple[Say, ...]:
    """A listing in one line, with what is left of it in this month ('2026-11')."""
    return (headline(listing, name), *_details(listing, month))


def headline(listing: Listing, name: str) -> Say:
    """Who offers or needs what, for how much."""
    if listing.kind is ListingKind.OFFER:
        return say("{number} {name} offers: {text} ({price}).", name=Name(name), **_parts(listing))
    return say("{number} {name} needs: {text} ({price}).", name=Name(name), **_parts(listing))


def own_listing_line(listing: Listing, month: str) -> tuple[Say, ...]:
    """A listing in one line, to its owner."""
    if listing.kind is ListingKind.OFFER:
        said = say("{number} You offer: {text} ({price}).", **_parts(listing))
    else:
        said = say("{number} You need: {text} ({price}).", **_parts(listing))
    return (said, *_details(listing, month))


def _parts(listing: Listing) -> dict[str, Value]:
    return {
        "number": Ref(listing.number),
        "text": Typed(listing.text),
        "price": price(listing),
    }


def price(listing: Listing) -> Say:
    """What a listing costs: '2 h', or '1 credit per loaf'."""
    worth = Valued(listing.price)
    if listing.per:
        return say("{worth} per {unit}", worth=worth, unit=Typed(listing.per))
    return say("{worth}", worth=worth)


def _details(listing: Listing, month: str) -> tuple[Say, ...]:
    left = listing.left(month)
    if left is None or listing.quantity is None:
        return where(listing)
    if listing.every is Every.MONTH:
        counted = says(
            "{count} of {all} left this month.",
            "{count} of {all} left this month.",
            left,
            all=listing.quantity,
        )
        return (*where(listing), counted)
    if listing.quantity == 1:
        return where(listing)
    counted = says("{count} of {all} left.", "{count} of {all} left.", left, all=listing.quantity)
    return (*where(listing), counted)


def where(listing: Listing) -> tuple[Say, ...]:
    """Its place, if it has one."""
    return (say("Place: {place}.", place=Typed(listing.place)),) if listing.place else ()


def commitment_line(commitment: Commitment) -> tuple[Say, ...]:
    """A promise in one line."""
    said = say(
        "{number} You promised: {text} ({worth}), {state}.",
        number=Ref(commitment.number),
        text=Typed(commitment.text),
        worth=Valued(commitment.worth),
        state=COMMITMENT_STATES[commitment.state],
    )
    if commitment.due is None:
        return (said,)
    return said, say("Due {day}.", day=Instant(commitment.due, date_only=True))


def order_line(order: Order, reader: MemberId, names: Names) -> tuple[Say, ...]:
    """An order in one line, from the reader's side."""
    places: dict[str, Value] = {
        "number": Ref(order.number),
        "credits": Amount(order.credits),
        "offer": Ref(order.offer),
        "state": ORDER_STATES[order.state],
    }
    if order.spender == reader:
        giver = Name(names[order.giver])
        return (
            say(
                "{number} You ordered {offer} from {name}: {credits}, {state}.",
                name=giver,
                **places,
            ),
        )
    spender = Name(names[order.spender])
    return (say("{number} {name} ordered {offer}: {credits}, {state}.", name=spender, **places),)


def request_line(request: Request, reader: MemberId, names: Names) -> tuple[Say, ...]:
    """A request for credits in one line, from the reader's side."""
    places: dict[str, Value] = {"number": Ref(request.number), "credits": Amount(request.credits)}
    if request.asker == reader:
        payer = Name(names[request.payer])
        return (say("{number} You asked {name} for {credits}.", name=payer, **places),)
    asker = Name(names[request.asker])
    return (say("{number} {name} asks you for {credits}.", name=asker, **places),)


def _labelled(label: Say, number: int, *, numbered: bool) -> Say:
    """A button's label; in a list it says for which thing."""
    return say("{label} {number}", label=label, number=Ref(number)) if numbered else label


def listing_buttons(
    listing: Listing, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What others can do with a listing: spend credits on an offer, promise to meet a need."""
    if listing.state is not ListingState.OPEN or all_taken(listing):
        return ()
    offered = listing.kind is ListingKind.OFFER
    label = say("I would like this") if offered else say("I will do it")
    verb = "spend" if offered else "take"
    return (
        button(
            _labelled(label, listing.number, numbered=numbered),
            verb,
            pool,
            listing.number,
            listing.version,
            style=Style.YES,
        ),
    )


def all_taken(listing: Listing) -> bool:
    """Whether all of a listing is spoken for, for good."""
    once = listing.every is Every.ONCE
    return once and listing.quantity is not None and listing.taken >= listing.quantity


def own_listing_buttons(
    listing: Listing, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What its owner can do with a listing."""
    number, version = listing.number, listing.version
    renew = button(
        _labelled(say("Renew"), number, numbered=numbered), "renew", pool, number, version
    )
    close = button(
        _labelled(say("Close"), number, numbered=numbered), "close", pool, number, version
    )
    return (renew,) if listing.state is ListingState.EXPIRED else (renew, close)


def own_commitment_buttons(
    commitment: Commitment, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What its maker can do with a promise."""
    number, version = commitment.number, commitment.version
    done = button(
        _labelled(say("Done"), number, numbered=numbered),
        "done",
        pool,
        number,
        version,
        style=Style.YES,
    )
    withdraw = button(
        _labelled(say("Withdraw"), number, numbered=numbered), "withdraw", pool, number, version
    )
    if commitment.state is CommitmentState.OPEN:
        return done, withdraw
    return (done,) if commitment.state is CommitmentState.MISSED else ()


def own_order_buttons(
    order: Order, reader: MemberId, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What either side can do with an order."""
    number, version = order.number, order.version
    got = say("I got it") if order.spender == reader else say("Delivered")
    delivered = button(
        _labelled(got, number, numbered=numbered),
        "delivered",
        pool,
        number,
        version,
        style=Style.YES,
    )
    cancel = button(
        _labelled(say("Cancel"), number, numbered=numbered), "cancel", pool, number, version
    )
    if order.state is OrderState.HELD:
        return delivered, cancel
    both = order.state is OrderState.DELIVERED and order.spender == reader
    return (delivered,) if both else ()
