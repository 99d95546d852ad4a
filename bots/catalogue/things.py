"""How a thing of the pool is shown to one member: one line in a list, and its buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args, get_type_hints

from bots.catalogue.showing import button
from bots.replies import (
    Amount,
    Block,
    Button,
    Instant,
    Month,
    Name,
    Ref,
    Say,
    Style,
    Typed,
    Value,
    Valued,
    item,
    line,
    say,
    says,
    word,
)
from core.domain.commitments import Commitment, CommitmentState
from core.domain.disputes import Dispute, DisputeState, Ruling
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.orders import Order, OrderState, Request
from core.domain.recurring import Template, TemplateKind, TemplateState
from core.domain.units import Credits, MemberId, Number, PoolId
from core.reads import Reading, Shown
from core.usecases.commitments import Issued

Names = Mapping[MemberId, str]
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
Texts = Mapping[Number, str]

COMMITMENT_STATES = {
    CommitmentState.OPEN: word("state of a promise", "open"),
    CommitmentState.DONE: word("state of a promise", "done, waits for a steward"),
    CommitmentState.CONFIRMED: word("state of a promise", "confirmed"),
    CommitmentState.WITHDRAWN: word("state of a promise", "withdrawn"),
    CommitmentState.MISSED: word("state of a promise", "missed so far"),
    CommitmentState.DISPUTED: word("state of a promise", "disputed"),
    CommitmentState.REVERSED: word("state of a promise", "taken back"),
}

ORDER_STATES = {
    OrderState.HELD: word("state of an order", "not delivered yet"),
    OrderState.DELIVERED: word("state of an order", "delivered, says the giver"),
    OrderState.SETTLED: word("state of an order", "paid"),
    OrderState.CANCELLED: word("state of an order", "cancelled"),
    OrderState.DISPUTED: word("state of an order", "disputed"),
}

TEMPLATE_STATES = {
    TemplateState.ACTIVE: word("state of something monthly", "going on"),
    TemplateState.PAUSED: word("state of something monthly", "paused"),
    TemplateState.ENDED: word("state of something monthly", "ended"),
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


def promised(text: str) -> Value:
    """What was promised; a month stands for a steward's own time in it (core's `closing`)."""
    if not MONTH.fullmatch(text):
        return Typed(text)
    return say("time as a steward in {month}", month=Month(text))


def commitment_line(commitment: Commitment) -> tuple[Say, ...]:
    """A promise in one line."""
    said = say(
        "{number} You promised: {text} ({worth}), {state}.",
        number=Ref(commitment.number),
        text=promised(commitment.text),
        worth=Valued(commitment.worth),
        state=COMMITMENT_STATES[commitment.state],
    )
    if commitment.due is None:
        return (said,)
    return said, say("It is due {day}.", day=Instant(commitment.due, date_only=True))


def thanked_lines(issued: Sequence[Issued], text: str) -> tuple[Block, ...]:
    """Who was thanked for what, and what each of them got."""
    head = line(
        says(
            "{count} person is thanked: {text}.",
            "{count} people are thanked: {text}.",
            len(issued),
            text=Typed(text),
        )
    )
    each_line = (
        item(
            say(
                "{number} {name}: {credits}",
                number=Ref(each.commitment),
                name=Name(each.maker.name),
                credits=Amount(each.credits),
            )
        )
        for each in issued
    )
    return (head, *each_line)


def ordered(quantity: int, text: str) -> Say:
    """What was ordered: '3 × a warm meal'."""
    if quantity > 1:
        return say("{quantity} × {text}", text=Typed(text), quantity=quantity)
    return say("{text}", text=Typed(text))


async def offers_of(orders: Sequence[Order], reading: Reading) -> Texts:
    """What the offers say that were ordered, by their numbers."""
    numbers = {order.offer: order.pool for order in orders}
    found = [await reading.thing(pool, number) for number, pool in numbers.items()]
    return {each.number: each.text for each in found if isinstance(each, Listing)}


def order_line(order: Order, reader: MemberId, names: Names, offers: Texts) -> tuple[Say, ...]:
    """An order in one line, from the reader's side."""
    places: dict[str, Value] = {
        "number": Ref(order.number),
        "credits": Amount(order.credits),
        "what": ordered(order.quantity, offers[order.offer]),
        "state": ORDER_STATES[order.state],
    }
    if order.spender == reader:
        giver = Name(names[order.giver])
        return (
            say(
                "{number} You ordered {what} from {name}: {credits}, {state}.",
                name=giver,
                **places,
            ),
        )
    spender = Name(names[order.spender])
    return (say("{number} {name} ordered {what}: {credits}, {state}.", name=spender, **places),)


def request_line(request: Request, reader: MemberId, names: Names) -> tuple[Say, ...]:
    """A request for credits in one line, from the reader's side."""
    places: dict[str, Value] = {"number": Ref(request.number), "credits": Amount(request.credits)}
    if request.asker == reader:
        payer = Name(names[request.payer])
        return (say("{number} You asked {name} for {credits}.", name=payer, **places),)
    asker = Name(names[request.asker])
    return (say("{number} {name} asks you for {credits}.", name=asker, **places),)


def template_line(template: Template) -> tuple[Say, ...]:
    """Something monthly in one line, to the one who promised it."""
    places: dict[str, Value] = {
        "number": Ref(template.number),
        "worth": Valued(template.worth),
        "state": TEMPLATE_STATES[template.state],
    }
    if template.kind is TemplateKind.PLEDGE:
        return (say("{number} You pledge {worth} every month, {state}.", **places),)
    text = Typed(template.text)
    if template.kind is TemplateKind.DUES:
        return (say("{number} Membership {text}: {worth} a month, {state}.", text=text, **places),)
    return (say("{number} Every month: {text} ({worth}), {state}.", text=text, **places),)


DISPUTE_STATES = {
    DisputeState.OPENED: word("state of a dispute", "waits for a steward"),
    DisputeState.TALK: word("state of a dispute", "a steward helps"),
    DisputeState.PANEL: word("state of a dispute", "three others decide"),
    DisputeState.CIRCLE: word("state of a dispute", "the group finds a way"),
}


def own_dispute_line(dispute: Dispute, reader: MemberId) -> tuple[Say, ...]:
    """A dispute in one line, to one of its two sides."""
    decided = dispute.state is DisputeState.TALK and dispute.ruling is not Ruling.UNDECIDED
    state = word("state of a dispute", "decided") if decided else DISPUTE_STATES[dispute.state]
    places: dict[str, Value] = {
        "number": Ref(dispute.number),
        "about": Ref(dispute.about),
        "why": Typed(dispute.why),
        "state": state,
    }
    if dispute.opener == reader:
        return (say("{number} You said that {about} is not right: “{why}”, {state}.", **places),)
    return (say("{number} Somebody says that {about} is not right: “{why}”, {state}.", **places),)


def own_dispute_buttons(dispute: Dispute, reader: MemberId, pool: PoolId) -> tuple[Button, ...]:
    """What one of its two sides can do with a dispute: agree, appeal, withdraw."""
    number = dispute.number

    def one(label: Say, verb: str) -> Button:
        return button(labelled(label, number, numbered=True), verb, pool, number)

    withdraw = (one(say("Withdraw"), "dropit"),) if dispute.opener == reader else ()
    open_to_both = dispute.state in (DisputeState.OPENED, DisputeState.TALK)
    if open_to_both and dispute.ruling is not Ruling.UNDECIDED:
        return (one(say("I agree"), "agree"), one(say("Appeal"), "appeal"), *withdraw)
    return withdraw


def labelled(label: Say, number: int, *, numbered: bool) -> Say:
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
            labelled(label, listing.number, numbered=numbered),
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
        labelled(say("Renew"), number, numbered=numbered), "renew", pool, number, version
    )
    close = button(
        labelled(say("Close"), number, numbered=numbered), "close", pool, number, version
    )
    if listing.state is ListingState.OPEN:
        return renew, close
    return (renew,) if listing.state is ListingState.EXPIRED else ()


def request_buttons(
    number: Number, credits: Credits, version: int, pool: PoolId
) -> tuple[Button, ...]:
    """What somebody can do who is asked for credits."""
    give = say("Send {credits}", credits=Amount(credits))
    return (
        button(give, "grant", pool, number, version, style=Style.YES),
        button(say("Not now"), "keep", pool, number, version),
    )


def own_commitment_buttons(
    commitment: Commitment, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What its maker can do with a promise."""
    number, version = commitment.number, commitment.version
    done = button(
        labelled(say("Done"), number, numbered=numbered),
        "done",
        pool,
        number,
        version,
        style=Style.YES,
    )
    withdraw = button(
        labelled(say("Withdraw"), number, numbered=numbered), "withdraw", pool, number, version
    )
    if commitment.state is CommitmentState.OPEN:
        return done, withdraw
    return (done,) if commitment.state is CommitmentState.MISSED else ()


def own_template_buttons(
    template: Template, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What one can do with something monthly of one's own."""
    number, version = template.number, template.version
    end = button(labelled(say("End"), number, numbered=numbered), "end", pool, number, version)
    pause = button(
        labelled(say("Pause"), number, numbered=numbered), "pause", pool, number, version
    )
    go_on = button(
        labelled(say("Go on"), number, numbered=numbered), "resume", pool, number, version
    )
    if template.state is TemplateState.ACTIVE:
        return pause, end
    return (go_on, end) if template.state is TemplateState.PAUSED else ()


def own_order_buttons(
    order: Order, reader: MemberId, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What either side can do with an order."""
    number, version = order.number, order.version
    got = say("I got it") if order.spender == reader else say("Delivered")
    delivered = button(
        labelled(got, number, numbered=numbered),
        "delivered",
        pool,
        number,
        version,
        style=Style.YES,
    )
    cancel = button(
        labelled(say("Cancel"), number, numbered=numbered), "cancel", pool, number, version
    )
    if order.state is OrderState.HELD:
        return delivered, cancel
    both = order.state is OrderState.DELIVERED and order.spender == reader
    return (delivered,) if both else ()


def members_in(thing: Shown) -> list[MemberId]:
    """The members that a thing names, whichever of its fields they stand in."""
    hints = get_type_hints(type(thing))
    fields = [
        name for name, hint in hints.items() if hint is MemberId or MemberId in get_args(hint)
    ]
    named = (getattr(thing, field) for field in fields)
    return [member for member in named if member is not None]
