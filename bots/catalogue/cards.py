"""Cards in the group: a thing as it stands, posted once and edited when its state changes."""

from __future__ import annotations

from bots.catalogue.meeting import gathering_card
from bots.catalogue.rules import rule_card
from bots.catalogue.terms import term_card
from bots.catalogue.things import Names, all_taken, headline, listing_buttons, promised, where
from bots.replies import Name, Ref, Reply, Say, Valued, line, reply, say, says, word
from core.domain.commitments import Commitment, CommitmentState
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import Term
from core.domain.pools import Pool
from core.domain.rules import RuleChange
from core.domain.units import PoolId
from core.reads import Attended, Shown

LISTING_ENDS = {
    ListingState.CLOSED: word("state of a listing", "Closed."),
    ListingState.EXPIRED: word("state of a listing", "Its time is over."),
    ListingState.WITHDRAWN: word("state of a listing", "Withdrawn."),
}


def card_of(thing: Shown, names: Names, pool: Pool) -> Reply:
    """The card of an offer, a need, a kept promise, a gathering or a change of the rules.

    Raises:
        TypeError: for things that have no card.
    """
    match thing:
        case Listing():
            return _listing_card(thing, names[thing.owner], pool.id)
        case Commitment():
            return _kept_card(thing, names[thing.maker])
        case RuleChange():
            return rule_card(thing)
        case Attended():
            return gathering_card(thing, pool.id)
        case Term():
            return term_card(thing, names[thing.member])
        case _:
            raise TypeError(f"{type(thing).__name__} has no card")


def _listing_card(listing: Listing, name: str, pool: PoolId) -> Reply:
    if not name:
        return reply(say("{number} is gone: its owner has left.", number=Ref(listing.number)))
    blocks = [line(headline(listing, name), *where(listing), *_how_many(listing))]
    if _is_met(listing):
        blocks.append(line(word("state of a listing", "Met. Thank you!")))
    elif listing.state in LISTING_ENDS:
        blocks.append(line(LISTING_ENDS[listing.state]))
    elif all_taken(listing):
        blocks.append(line(word("state of a listing", "Spoken for.")))
    buttons = listing_buttons(listing, pool)
    return Reply(tuple(blocks), (buttons,) if buttons else ())


def _is_met(listing: Listing) -> bool:
    wanted = listing.kind is ListingKind.NEED and all_taken(listing)
    return wanted and listing.state is ListingState.CLOSED


def _how_many(listing: Listing) -> tuple[Say, ...]:
    """A card stands for months, so of what renews monthly it says how many there are in all."""
    if listing.quantity is None:
        return ()
    if listing.every is Every.MONTH:
        return (says("{count} every month.", "{count} every month.", listing.quantity),)
    if listing.quantity == 1:
        return ()
    left = listing.quantity - listing.taken
    return (says("{count} of {all} left.", "{count} of {all} left.", left, all=listing.quantity),)


def _kept_card(commitment: Commitment, name: str) -> Reply:
    if commitment.state is CommitmentState.REVERSED:
        return reply(
            say(
                "{number} was taken back: {text} ({worth}).",
                number=Ref(commitment.number),
                text=promised(commitment.text),
                worth=Valued(commitment.worth),
            )
        )
    return reply(
        say(
            "{name} kept a promise: {text} ({worth}). Thank you! {number}",
            name=Name(name),
            text=promised(commitment.text),
            worth=Valued(commitment.worth),
            number=Ref(commitment.number),
        )
    )
