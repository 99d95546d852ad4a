"""The board: putting offers and needs on it, changing them, taking them off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import CommitmentState
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import Who
from core.domain.neutral import Command, Outcome
from core.domain.orders import OrderState
from core.domain.pools import LISTING_LASTS
from core.domain.refusals import (
    BelowTaken,
    InThePast,
    NothingChanged,
    NotThere,
    NotYours,
    Refused,
)
from core.domain.rules import Payer
from core.domain.units import Carry, Credits, Number, PoolId, Worth, whole_credits
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.orders import announced, must_be_open
from core.usecases.posting import held_by
from core.usecases.standing import Acting, By, acting, drawn_for, known, thing, who

STILL_ORDERED = (OrderState.HELD, OrderState.DELIVERED, OrderState.DISPUTED)
STILL_PROMISED = (CommitmentState.OPEN, CommitmentState.DONE, CommitmentState.MISSED)


@dataclass(frozen=True, slots=True)
class PostListing(Command):
    """Put an offer or a need on the board.

    `quantity` is None for the usual: one, or without a limit when the price is for one of
    something. `until` is None for the usual time on the board.
    """

    pool: PoolId
    by: By
    kind: ListingKind
    price: Worth
    text: str
    per: str = ""
    quantity: int | None = None
    every: Every = Every.ONCE
    until: datetime | None = None
    place: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Posted(Outcome):
    """It is on the board.

    `credits` is what its owner pays for a need that is met, 0 where the pool does; `balance` what
    they have now.
    """

    listing: Number
    kind: ListingKind
    text: str
    until: datetime
    behalf: Who | None
    credits: Credits = Credits(0)
    balance: int = 0


def post_listing(work: Work, command: PostListing, at: At) -> Posted:
    """Put an offer or a need on the board and show its card to the group.

    Raises:
        Refused: who may (`acting`), InThePast.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    until = command.until or at.now + LISTING_LASTS
    if until <= at.now:
        raise Refused(InThePast(until))
    open_ended = command.quantity is None and command.per and command.every is Every.ONCE
    listing = Listing(
        pool=command.pool,
        number=here.number(),
        kind=command.kind,
        owner=acts.member.id,
        text=command.text,
        price=command.price,
        opened_at=at.now,
        until=until,
        per=command.per,
        quantity=None if open_ended else command.quantity or 1,
        every=command.every,
        place=command.place,
        category=command.category,
    )
    here.listings.add(listing)
    here.card(announced(listing), listing.number)
    behalf = who(acts.member) if acts.behalf else None
    credits = _to_pay(here, listing)
    balance = held_by(here, acts.member.account) if credits else 0
    return Posted(listing.number, listing.kind, listing.text, until, behalf, credits, balance)


def _to_pay(here: Here, listing: Listing) -> Credits:
    """What whoever has a need pays for it, as the rules are now; 0 where the pool does."""
    if listing.kind is ListingKind.OFFER or here.pool.rules.payer is not Payer.RECEIVER:
        return Credits(0)
    credits, _ = whole_credits(listing.price, Carry(), here.pool.rules.rates)
    return credits


@dataclass(frozen=True, slots=True)
class EditListing(Command):
    """Change what is said; None leaves a part as it is."""

    pool: PoolId
    by: By
    listing: Number
    price: Worth | None = None
    text: str | None = None
    per: str | None = None
    quantity: int | None = None
    every: Every | None = None
    until: datetime | None = None
    place: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Edited(Outcome):
    """The listing says something else now, and so do its cards."""

    listing: Number
    kind: ListingKind
    text: str


def edit_listing(work: Work, command: EditListing, at: At) -> Edited:
    """Change an open listing; orders and commitments made before keep their terms.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours, NotThere, InThePast, BelowTaken,
            NothingChanged.
    """
    here = work.enter(command.pool)
    listing = _own(here, acting(here, command.by, at.now), command.listing)
    must_be_open(listing)
    parts = ("price", "text", "per", "quantity", "every", "until", "place", "category")
    said = {part: getattr(command, part) for part in parts if getattr(command, part) is not None}
    changed = replace(listing, **said)
    if changed == listing:
        raise Refused(NothingChanged(listing.number))
    if changed.until <= at.now:
        raise Refused(InThePast(changed.until))
    month = here.pool.month_of(at.now)
    if listing.quantity is None or listing.every is not changed.every:
        still_open, counted_from = _still_open(here, changed, month), Number(here.head.next_number)
        changed = replace(changed, taken=still_open, taken_in=month, counted_from=counted_from)
    taken = changed.taken_by(month)
    if changed.quantity is not None and changed.quantity < taken:
        raise Refused(BelowTaken(listing.number, taken))
    here.listings.save(replace(changed, version=listing.version + 1))
    here.card(announced(listing), listing.number)
    return Edited(listing.number, listing.kind, changed.text)


def _still_open(here: Here, listing: Listing, month: str) -> int:
    """How many of a listing are ordered or promised and not there yet, by what it says now.

    Where a limit is set, or counts for another time than before, all that ended is past.
    """
    orders = here.orders.find(offer=listing.number, state=STILL_ORDERED)
    promises = [
        *here.commitments.find(need=listing.number, state=STILL_PROMISED),
        *here.commitments.find(
            need=listing.number, state=CommitmentState.DISPUTED, confirmed_by=None
        ),
    ]
    spoken_for = [(order.month, order.quantity) for order in orders]
    changes = here.rule_changes.find()
    spoken_for += [(here.pool.month_then(each.made_at, changes), 1) for each in promises]
    once = listing.every is Every.ONCE
    return sum(quantity for when, quantity in spoken_for if once or when == month)


def _own(here: Here, acts: Acting, number: Number) -> Listing:
    listing = thing(here, here.listings, number, "listing")
    if listing.owner != acts.member.id:
        raise Refused(NotYours(number, known(here, listing.owner)))
    return listing


@dataclass(frozen=True, slots=True)
class CloseListing(Command):
    """Take a listing off the board."""

    pool: PoolId
    by: By
    listing: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Closed(Outcome):
    """It is off the board; what was ordered or promised stands."""

    listing: Number
    kind: ListingKind
    text: str


def close_listing(work: Work, command: CloseListing, at: At) -> Closed:
    """Take one's listing off the board.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    listing = _own(here, acting(here, command.by, at.now), command.listing)
    must_be_open(listing)
    drawn_for(listing.version, command.version, listing.number)
    here.listings.save(replace(listing, state=ListingState.CLOSED, version=listing.version + 1))
    here.card(announced(listing), listing.number)
    return Closed(listing.number, listing.kind, listing.text)


@dataclass(frozen=True, slots=True)
class RenewListing(Command):
    """Keep a listing on the board for longer."""

    pool: PoolId
    by: By
    listing: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Renewed(Outcome):
    """It stays until then."""

    listing: Number
    kind: ListingKind
    text: str
    until: datetime


def renew_listing(work: Work, command: RenewListing, at: At) -> Renewed:
    """Renew an open or expired listing for the usual time.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    listing = _own(here, acting(here, command.by, at.now), command.listing)
    if listing.state not in (ListingState.OPEN, ListingState.EXPIRED):
        raise Refused(NotThere(listing.number, listing.kind, listing.state))
    drawn_for(listing.version, command.version, listing.number)
    until = at.now + LISTING_LASTS
    renewed = replace(listing, state=ListingState.OPEN, until=until, version=listing.version + 1)
    here.listings.save(renewed)
    here.card(announced(listing), listing.number)
    return Renewed(listing.number, listing.kind, listing.text, until)
