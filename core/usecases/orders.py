"""Credits spent on an offer: held until it is delivered, then the giver's."""

from __future__ import annotations

from dataclasses import replace

from core.domain.chance import At
from core.domain.ledger import AccountKind, Draft, EntryKind
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import ORDER_STEPS, Order, OrderState
from core.domain.pools import Announced
from core.domain.refusals import (
    AnotherKind,
    NoPart,
    NothingLeft,
    NotThere,
    NotWhole,
    OwnListing,
    Refused,
)
from core.domain.states import may_become
from core.domain.units import (
    Credits,
    MemberId,
    Number,
    PoolId,
    least_whole_quantity,
    price_of,
)
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import enter, moved, must_have, rests_anew
from core.usecases.standing import By, acting, drawn_for, known, thing, who


@dataclass(frozen=True, slots=True)
class Spend(Command):
    """Order an offer with credits."""

    pool: PoolId
    by: By
    offer: Number
    quantity: int = 1
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Ordered(Outcome):
    """The credits are held; `balance` is what the spender has left."""

    order: Number
    offer: Number
    text: str
    quantity: int
    per: str
    giver: Who
    credits: Credits
    balance: int
    version: int


@dataclass(frozen=True, slots=True)
class OrderCame(Notice):
    """Tells the giver, with buttons."""

    order: Number
    text: str
    quantity: int
    per: str
    spender: Who
    credits: Credits
    version: int


def spend(work: Work, command: Spend, at: At) -> Ordered:
    """Hold the credits for an offer and count it as taken.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotThere, OutOfDate, OwnListing, NothingLeft, NotWhole,
            NotEnough.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    offer = thing(here, here.listings, command.offer, "offer")
    _must_be_open_offer(offer, command.version)
    if offer.owner == acts.member.id:
        raise Refused(OwnListing(offer.number))
    month = here.pool.month_of(at.now)
    _must_have_left(offer, command.quantity, month)
    credits = _whole(here, offer, command.quantity)
    balance = must_have(here, acts.member, credits)
    order = Order(
        pool=command.pool,
        number=here.number(),
        offer=offer.number,
        spender=acts.member.id,
        giver=offer.owner,
        quantity=command.quantity,
        credits=credits,
        ordered_at=at.now,
        month=month,
    )
    here.orders.add(order)
    take(here, offer, command.quantity, month)
    posting = moved(acts.member.account, here.address(AccountKind.HELD), credits)
    draft = Draft(
        EntryKind.HOLD, acts.actor.id, (posting,), on_behalf=acts.behalf, cause=order.number
    )
    enter(here, draft, at)
    came = OrderCame(
        order.number, offer.text, order.quantity, offer.per, who(acts.member), credits, 1
    )
    here.tell(offer.owner, came)
    return Ordered(
        order.number,
        offer.number,
        offer.text,
        order.quantity,
        offer.per,
        known(here, offer.owner),
        credits,
        balance - credits,
        order.version,
    )


def _must_be_open_offer(offer: Listing, version: int | None) -> None:
    if offer.kind is not ListingKind.OFFER:
        raise Refused(AnotherKind(offer.number, "need", "offer"))
    must_be_open(offer)
    drawn_for(offer.version, version, offer.number)


def must_be_open(listing: Listing) -> None:
    """Hold that a listing is on the board.

    Raises:
        Refused: NotThere.
    """
    if listing.state is not ListingState.OPEN:
        raise Refused(NotThere(listing.number, listing.kind, listing.state))


def _must_have_left(listing: Listing, quantity: int, month: str) -> None:
    left = listing.left(month)
    if quantity < 1 or (left is not None and quantity > left):
        raise Refused(NothingLeft(listing.number, left or 0))


def _whole(here: Here, offer: Listing, quantity: int) -> Credits:
    rates = here.pool.rules.rates
    credits = price_of(offer.price, quantity, rates)
    if credits is None:
        least = least_whole_quantity(offer.price, rates)
        raise Refused(NotWhole(offer.number, offer.price, quantity, least))
    return credits


def take(here: Here, listing: Listing, quantity: int, month: str) -> None:
    """Count so many of a listing as spoken for (below zero: given back) and redraw its card.

    What there is without a limit is not counted.
    """
    if listing.quantity is None:
        return
    taken = listing.taken_by(month) + quantity
    here.listings.save(replace(listing, taken=taken, taken_in=month, version=listing.version + 1))
    here.card(announced(listing), listing.number)


def announced(listing: Listing) -> Announced:
    """Under which heading of the pool's settings a listing is shown."""
    return Announced.OFFERS if listing.kind is ListingKind.OFFER else Announced.NEEDS


def give_back(
    here: Here, number: Number, quantity: int, month: str, paid_by: Number | None = None
) -> None:
    """What was spoken for in a month and is not any more returns to the listing.

    A monthly quantity that has started anew since then has nothing to take back, nor has a limit
    that was set after the entry that paid for it. A machine's clock may go back over a month's
    end: all the same, never less than none is taken.
    """
    listing = here.listings.get(number)
    if listing is None:
        return
    renewed = listing.every is Every.MONTH and listing.taken_in != month
    past = paid_by is not None and paid_by < listing.counted_from
    if not (renewed or past):
        take(here, listing, -min(quantity, listing.taken), listing.taken_in)


@dataclass(frozen=True, slots=True)
class Deliver(Command):
    """Say that an order was delivered."""

    pool: PoolId
    by: By
    order: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered(Outcome):
    """The giver's word: it settles in 48 hours, or at once on the spender's."""

    order: Number
    credits: Credits
    spender: Who


@dataclass(frozen=True, slots=True)
class Settled(Outcome):
    """The spender's word: the credits are the giver's."""

    order: Number
    credits: Credits
    giver: Who


@dataclass(frozen=True, slots=True)
class SaidDelivered(Notice):
    """Asks the spender to say so too."""

    order: Number
    text: str
    giver: Who
    credits: Credits
    version: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Notice):
    """Tells the spender that what they were silent about is paid."""

    order: Number
    text: str
    giver: Who
    credits: Credits


@dataclass(frozen=True, slots=True)
class OrderSettled(Notice):
    """Tells the giver that the credits are theirs."""

    order: Number
    text: str
    spender: Who
    credits: Credits
    balance: int


def deliver(work: Work, command: Deliver, at: At) -> Delivered | Settled:
    """Take the word of giver or spender that an order was delivered.

    Raises:
        Refused: NoSuchThing, AnotherKind, NoPart, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    order = thing(here, here.orders, command.order, "order")
    spender_says = order.spender == acts.member.id
    if not spender_says and order.giver != acts.member.id:
        raise Refused(NoPart(order.number))
    _must_step(order, OrderState.SETTLED if spender_says else OrderState.DELIVERED)
    if not spender_says:
        drawn_for(order.version, command.version, order.number)
    if spender_says:
        settle(here, order, acts.actor.id, at, acts.behalf)
        return Settled(order.number, order.credits, known(here, order.giver))
    return _giver_says(here, order, at)


def _must_step(order: Order, state: OrderState) -> None:
    """Hold that it may become so by either side's word: what is disputed is decided there."""
    if order.state is OrderState.DISPUTED or not may_become(ORDER_STEPS, order.state, state):
        raise Refused(NotThere(order.number, "order", order.state))


def _giver_says(here: Here, order: Order, at: At) -> Delivered:
    said = replace(
        order, state=OrderState.DELIVERED, delivered_at=at.now, version=order.version + 1
    )
    here.orders.save(said)
    told = SaidDelivered(
        order.number,
        text_of(here, order),
        known(here, order.giver),
        order.credits,
        said.version,
    )
    here.tell(order.spender, told)
    return Delivered(order.number, order.credits, known(here, order.spender))


def text_of(here: Here, order: Order) -> str:
    """What was ordered, in the giver's words."""
    offer = here.listings.get(order.offer)
    return offer.text if offer else ""


def settle(
    here: Here, order: Order, actor: MemberId | None, at: At, behalf: MemberId | None = None
) -> None:
    """Pay the giver what was held."""
    giver = here.members.get(order.giver)
    if giver is None:
        raise LookupError(order.giver)
    posting = moved(here.address(AccountKind.HELD), giver.account, order.credits)
    draft = Draft(EntryKind.SETTLE, actor, (posting,), on_behalf=behalf, cause=order.number)
    entry = enter(here, draft, at)
    settled = replace(order, state=OrderState.SETTLED, ended_at=at.now, entry=entry.number)
    here.orders.save(replace(settled, version=order.version + 1))
    spender = here.members.get(order.spender)
    if spender is not None:
        # What they paid with lay in the pool's account; it is their spending all the same.
        rests_anew(here, spender.account)
    told = OrderSettled(
        order.number,
        text_of(here, order),
        known(here, order.spender),
        order.credits,
        here.balance(giver.account),
    )
    here.tell(giver.id, told)


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Call an order off; the credits return."""

    pool: PoolId
    by: By
    order: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Cancelled(Outcome):
    """The order is off, the credits are back with the spender."""

    order: Number
    credits: Credits
    spender: Who
    giver: Who
    own: bool


@dataclass(frozen=True, slots=True)
class OrderCancelled(Notice):
    """Tells the other side. `by` is None when the time for it was over."""

    order: Number
    text: str
    by: Who | None
    credits: Credits
    back: bool


def cancel(work: Work, command: Cancel, at: At) -> Cancelled:
    """Call an order off, by either side, before it was delivered.

    Raises:
        Refused: NoSuchThing, AnotherKind, NoPart, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    order = thing(here, here.orders, command.order, "order")
    if acts.member.id not in (order.spender, order.giver):
        raise Refused(NoPart(order.number))
    _must_step(order, OrderState.CANCELLED)
    drawn_for(order.version, command.version, order.number)
    release(here, order, acts.actor.id, at, acts.behalf)
    own = acts.member.id == order.spender
    told = OrderCancelled(
        order.number, text_of(here, order), who(acts.member), order.credits, back=not own
    )
    here.tell(order.giver if own else order.spender, told)
    return Cancelled(
        order.number, order.credits, known(here, order.spender), known(here, order.giver), own
    )


def release(
    here: Here, order: Order, actor: MemberId | None, at: At, behalf: MemberId | None = None
) -> None:
    """Give held credits back and count the offer as free again."""
    here.orders.save(
        replace(order, state=OrderState.CANCELLED, ended_at=at.now, version=order.version + 1)
    )
    pay_back(here, order, actor, at, behalf)


def pay_back(
    here: Here, order: Order, actor: MemberId | None, at: At, behalf: MemberId | None = None
) -> None:
    """Let the spender have again what was held for an order, and others what was ordered."""
    spender = here.members.get(order.spender)
    if spender is None:
        raise LookupError(order.spender)
    posting = moved(here.address(AccountKind.HELD), spender.account, order.credits)
    draft = Draft(EntryKind.RELEASE, actor, (posting,), on_behalf=behalf, cause=order.number)
    enter(here, draft, at)
    give_back(here, order.offer, order.quantity, order.month, order.entry)
