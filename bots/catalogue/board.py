"""The board: offers and needs, what fits them, and one's own things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from rapidfuzz import fuzz

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, Kind
from bots.catalogue.money_lines import (
    RECORDS_ONLY,
    own_cash_line,
    own_cash_out_line,
    own_money_buttons,
)
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.things import (
    commitment_line,
    listing_buttons,
    listing_line,
    offers_of,
    order_line,
    own_commitment_buttons,
    own_dispute_buttons,
    own_dispute_line,
    own_listing_buttons,
    own_listing_line,
    own_order_buttons,
    own_template_buttons,
    request_line,
    template_line,
)
from bots.catalogue.whom import folded
from bots.replies import (
    ROWS_MAX,
    Amount,
    Button,
    Code,
    Instant,
    Ref,
    Reply,
    Say,
    Sum,
    Typed,
    in_pairs,
    item,
    line,
    reply,
    say,
    says,
    word,
)
from core.domain.listings import Every, Listing, ListingKind
from core.domain.refusals import (
    BelowTaken,
    NothingChanged,
    NothingLeft,
    OwnListing,
)
from core.domain.units import Number, PoolId, Worth
from core.reads import Mine
from core.usecases.board import (
    Closed,
    CloseListing,
    Edited,
    EditListing,
    Posted,
    PostListing,
    Renewed,
    RenewListing,
    close_listing,
    edit_listing,
    post_listing,
    renew_listing,
)
from core.usecases.passing import ListingRanOut

PAGE_SIZE = 5
FITS = 60
"""How alike (0 to 100) the words of an offer and a need have to be for the one to fit the other."""
BEST = 3
MATCHES_MAX = 2 * ROWS_MAX
"""As many as there can be buttons, two in a row."""

OTHER_SIDE = {ListingKind.OFFER: ListingKind.NEED, ListingKind.NEED: ListingKind.OFFER}


async def offer(asking: Asking) -> Reply:
    """`/offer`: put an offer on the board."""
    return await _post(asking, ListingKind.OFFER)


async def need(asking: Asking) -> Reply:
    """`/need`: put a need on the board."""
    return await _post(asking, ListingKind.NEED)


async def _post(asking: Asking, kind: ListingKind) -> Reply:
    pool = asking.pool.id
    every = asking.maybe("every", str)
    command = PostListing(
        pool,
        asking.by,
        kind,
        asking.get("worth", Worth),
        asking.get("what", str),
        per=asking.text("per"),
        quantity=asking.maybe("qty", int),
        every=Every(every) if every else Every.ONCE,
        until=asking.maybe("until", datetime),
        place=asking.text("place"),
        category=asking.text("category"),
    )
    posted = await asking.decide(post_listing, command)
    shown = show(posted, pool)
    fitting = await _fitting(asking, await _listing(asking, posted.listing))
    if not fitting:
        return shown
    offered = await _this_may_fit(asking, fitting)
    return Reply((*shown.blocks, *offered.blocks), offered.buttons)


async def _listing(asking: Asking, number: Number) -> Listing:
    """A listing that was just written, as it stands."""
    listing = await asking.doors.reading.thing(asking.pool.id, number)
    if not isinstance(listing, Listing):
        raise TypeError(f"#{number} is no listing")
    return listing


async def _fitting(asking: Asking, listing: Listing) -> list[Listing]:
    """The best counterparts of a listing, if any."""
    others = await asking.doors.reading.open_listings(asking.pool.id, OTHER_SIDE[listing.kind])
    return counterparts(listing, others)


async def _this_may_fit(asking: Asking, fitting: Sequence[Listing]) -> Reply:
    """Counterparts, each with the button that takes it."""
    pool = asking.pool.id
    names = await asking.doors.reading.names(pool, [each.owner for each in fitting])
    lines = [item(*listing_line(each, names[each.owner], asking.month)) for each in fitting]
    takes = [each for listing in fitting for each in listing_buttons(listing, pool, numbered=True)]
    return Reply((line(say("This may fit:")), *lines), in_pairs(takes))


def counterparts(listing: Listing, others: Sequence[Listing]) -> list[Listing]:
    """The open listings of the other side that fit best, best first; never one's own."""
    scored = [(alike(listing, other), other) for other in others if other.owner != listing.owner]
    fitting = [pair for pair in scored if pair[0] >= FITS]
    fitting.sort(key=lambda pair: (-pair[0], pair[1].number))
    return [other for _, other in fitting[:BEST]]


def alike(one: Listing, other: Listing) -> float:
    """How well two listings fit, 0 to 100: by their words, and by a category that both name."""
    words = fuzz.token_set_ratio(folded(one.text), folded(other.text))
    same = bool(one.category) and folded(one.category) == folded(other.category)
    return max(words, FITS) + 10 if same else words


async def board(asking: Asking) -> Reply:
    """`/board`: what is offered and needed, five at a time."""
    pool, reading = asking.pool, asking.doors.reading
    member = await asking.me()
    search = asking.text("search")
    wanted, page = _view(asking.word)
    found = await reading.board(pool.id, search, wanted, page, PAGE_SIZE)
    if not found.total:
        return _empty_board(search, pool.id)
    names = await reading.names(pool.id, [each.owner for each in found.listings])
    lines = [item(*listing_line(each, names[each.owner], asking.month)) for each in found.listings]
    takes = [
        each
        for listing in found.listings
        if listing.owner != member.id
        for each in listing_buttons(listing, pool.id, numbered=True)
    ]
    head = says("{count} thing on the board.", "{count} things on the board.", found.total)
    paging = () if search else _paging(pool.id, wanted, page, found.total)
    return Reply((line(head), *lines), tuple(row for row in (*in_pairs(takes), *paging) if row))


def _empty_board(search: str, pool: PoolId) -> Reply:
    if search:
        return reply(
            say("Nothing on the board has {search} in it.", search=Typed(search)),
            say("Ask for it: {need}", need=Code(f"/need 2h {search}")),
        )
    return reply(
        say("The board is empty yet."),
        say("Be the first: {offer}", offer=Code("/offer 2h …")),
    )


def _view(said: str) -> tuple[ListingKind | None, int]:
    """Which side and which page a button's word names: 'offer-2', 'all-1'."""
    side, _, page = said.partition("-")
    kind = ListingKind(side) if side in tuple(ListingKind) else None
    return kind, int(page) if page.isdigit() else 1


def _paging(
    pool: PoolId, kind: ListingKind | None, page: int, total: int
) -> tuple[tuple[Button, ...], ...]:
    side = kind.value if kind else "all"
    turning = []
    if page > 1:
        turning.append(button(say("Back"), "board", pool, word=f"{side}-{page - 1}"))
    if page * PAGE_SIZE < total:
        turning.append(button(say("More"), "board", pool, word=f"{side}-{page + 1}"))
    sides = [
        button(label, "board", pool, word=f"{value}-1")
        for value, label in (
            ("offer", say("Only offers")),
            ("need", say("Only needs")),
            ("all", say("Everything")),
        )
        if value != side
    ]
    return tuple(turning), tuple(sides) if kind or total > PAGE_SIZE else ()


async def mine(asking: Asking) -> Reply:
    """`/mine`: one's own open things, each with its buttons."""
    member, pool = await asking.me(), asking.pool.id
    own = await asking.doors.reading.mine(pool, member.id)
    if not _anything(own):
        return reply(
            say("Nothing of yours is open."),
            say("See what others offer and need: {board}", board=Code("/board")),
        )
    others = {
        *(side for each in own.orders for side in (each.spender, each.giver)),
        *(side for each in own.requests for side in (each.asker, each.payer)),
    }
    names = await asking.doors.reading.names(pool, sorted(others))
    offers = await offers_of(own.orders, asking.doors.reading)
    lines = [
        *(item(*own_listing_line(each, asking.month)) for each in own.listings),
        *(item(*commitment_line(each)) for each in own.commitments),
        *(item(*order_line(each, member.id, names, offers)) for each in own.orders),
        *(item(*request_line(each, member.id, names)) for each in own.requests),
        *(item(*template_line(each)) for each in own.templates),
        *(item(*own_cash_line(each)) for each in own.cash),
        *(item(*own_cash_out_line(each)) for each in own.cash_outs),
        *(item(*own_dispute_line(each, member.id)) for each in own.disputes),
        *((line(RECORDS_ONLY),) if own.cash or own.cash_outs else ()),
    ]
    rows = [
        *(own_listing_buttons(each, pool, numbered=True) for each in own.listings),
        *(own_commitment_buttons(each, pool, numbered=True) for each in own.commitments),
        *(own_order_buttons(each, member.id, pool, numbered=True) for each in own.orders),
        *(own_template_buttons(each, pool, numbered=True) for each in own.templates),
        *(own_money_buttons(each, pool) for each in own.cash),
        *(own_money_buttons(each, pool) for each in own.cash_outs),
        *(own_dispute_buttons(each, member.id, pool) for each in own.disputes),
    ]
    return Reply((line(say("These are your open things.")), *lines), _rows(rows))


def _anything(own: Mine) -> bool:
    """Whether anything of a member's is open."""
    return any(getattr(own, each.name) for each in fields(own))


def _rows(rows: Sequence[tuple[Button, ...]]) -> tuple[tuple[Button, ...], ...]:
    """At most five rows: that is what every platform shows."""
    return tuple(row for row in rows if row)[:5]


async def matches(asking: Asking) -> Reply:
    """`/matches`: what fits one's own listings."""
    member, pool = await asking.me(), asking.pool.id
    reading = asking.doors.reading
    own = (await reading.mine(pool, member.id)).listings
    if not own:
        return reply(
            say("You have nothing on the board yet."),
            say("Start with {offer} or {need}.", offer=Code("/offer"), need=Code("/need")),
        )
    fitting = {each.number: each for listing in own for each in await _fitting(asking, listing)}
    if not fitting:
        return reply(
            say("Nothing on the board fits your things yet."),
            say("I look again whenever you ask."),
        )
    return await _this_may_fit(asking, list(fitting.values())[:MATCHES_MAX])


async def edit(asking: Asking) -> Reply:
    """`/edit`: change what a listing says."""
    every = asking.maybe("every", str)
    command = EditListing(
        asking.pool.id,
        asking.by,
        Number(asking.get("listing", int)),
        price=asking.maybe("worth", Worth),
        text=asking.maybe("what", str),
        per=asking.maybe("per", str),
        quantity=asking.maybe("qty", int),
        every=Every(every) if every else None,
        until=asking.maybe("until", datetime),
        place=asking.maybe("place", str),
        category=asking.maybe("category", str),
    )
    edited = await asking.decide(edit_listing, command)
    shown, listing = show(edited, asking.pool.id), await _listing(asking, edited.listing)
    until = say("On the board until {day}.", day=Instant(listing.until, date_only=True))
    now = item(*own_listing_line(listing, asking.month), until)
    return replace(shown, blocks=(*shown.blocks, now))


async def close(asking: Asking) -> Reply:
    """`/close`: take a listing off the board."""
    return show(await asking.decide_on("listing", close_listing, CloseListing), asking.pool.id)


async def renew(asking: Asking) -> Reply:
    """`/renew`: keep a listing on the board."""
    return show(await asking.decide_on("listing", renew_listing, RenewListing), asking.pool.id)


@show.register
def _(posted: Posted, pool: PoolId) -> Reply:
    number, day = Ref(posted.listing), Instant(posted.until, date_only=True)
    offered = posted.kind is ListingKind.OFFER
    said = (
        say("Your offer is on the board as {number}.", number=number)
        if offered
        else say("Your need is on the board as {number}.", number=number)
    )
    stays = say("It stays there until {day}.", day=day)
    return Reply((line(said, stays, *_pays(posted)),), carded=True)


def _pays(posted: Posted) -> tuple[Say, ...]:
    """That whoever has a need pays for it, where the rules say so."""
    if not posted.credits:
        return ()
    return (
        say(
            "When it is done you pay {credits} for it; you have {balance} now.",
            credits=Amount(posted.credits),
            balance=Amount(posted.balance),
        ),
    )


@show.register
def _(edited: Edited, pool: PoolId) -> Reply:
    return Reply((line(say("Changed. This is how it stands now:")),), carded=True)


@show.register
def _(closed: Closed, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} “{text}” is off the board.",
            number=Ref(closed.listing),
            text=Typed(closed.text),
        ),
        say("What was promised or ordered before stands."),
    )


@show.register
def _(renewed: Renewed, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} “{text}” stays on the board until {day}.",
            number=Ref(renewed.listing),
            day=Instant(renewed.until, date_only=True),
            text=Typed(renewed.text),
        )
    )


@tell.register
def _(ran_out: ListingRanOut, pool: PoolId) -> Reply:
    return reply(
        say(
            "Your {number} “{text}” has gone off the board.",
            number=Ref(ran_out.listing),
            text=Typed(ran_out.text),
        ),
        say("One tap puts it back."),
        buttons=((button(say("Renew"), "renew", pool, ran_out.listing, ran_out.version),),),
    )


@explain.register
def _(refusal: OwnListing, pool: PoolId) -> Reply:
    return reply(
        say("{number} is your own.", number=Ref(refusal.number)),
        say("{board} shows what others offer and need.", board=Code("/board")),
    )


@explain.register
def _(refusal: NothingChanged, pool: PoolId) -> Reply:
    return reply(
        say("That says what {number} says already.", number=Ref(refusal.number)),
        say(
            "Write what should be different, for example: {example}",
            example=Code(f"/edit #{refusal.number} qty:3"),
        ),
    )


@explain.register
def _(refusal: NothingLeft, pool: PoolId) -> Reply:
    if refusal.left == 0:
        return reply(
            say("All of {number} is spoken for just now.", number=Ref(refusal.number)),
            say("{board} shows what else there is.", board=Code("/board")),
        )
    return reply(
        says(
            "Only {count} is left of {number}.",
            "Only {count} are left of {number}.",
            refusal.left,
            number=Ref(refusal.number),
        ),
        say(
            "To order what is left: {spend}",
            spend=Code(f"/spend #{refusal.number} qty:{refusal.left}"),
        ),
    )


@explain.register
def _(refusal: BelowTaken, pool: PoolId) -> Reply:
    return reply(
        says(
            "{count} of {number} is spoken for already.",
            "{count} of {number} are spoken for already.",
            refusal.taken,
            number=Ref(refusal.number),
        ),
        say(
            "Give that many or more: {example}",
            example=Code(f"/edit #{refusal.number} qty:{refusal.taken}"),
        ),
    )


WORTH = Argument(
    "worth",
    Kind.WORTH,
    say("Its worth: 4 credits, 2h, 90min or $40"),
    say("What is it worth? Write 4 for credits, 2h for time, or {money}.", money=Sum(40)),
)

OPTIONS = (
    Argument(
        "per",
        Kind.WORD,
        say("Price for one: hour, loaf, meal"),
        required=False,
        option=True,
        length_max=32,
    ),
    Argument("qty", Kind.COUNT, say("How many"), required=False, option=True),
    Argument(
        "every",
        Kind.CHOICE,
        say("How often this quantity comes"),
        required=False,
        option=True,
        choices=(
            Choice("once", word("how often", "once")),
            Choice("month", word("how often", "every month")),
        ),
    ),
    Argument("until", Kind.DATE, say("On the board until"), required=False, option=True),
    Argument("place", Kind.WORD, say("Where"), required=False, option=True, length_max=64),
    Argument(
        "category", Kind.WORD, say("What kind of thing"), required=False, option=True, length_max=32
    ),
)

LISTING = Argument(
    "listing",
    Kind.NUMBER,
    say("Its number"),
    say("Which one? Give me its number, like #12."),
    of="own listing",
)


def _what(question: Say) -> Argument:
    return Argument("what", Kind.TEXT, say("In a few words"), question, length_max=200)


COMMANDS = (
    Command(
        "offer",
        say("Offer something"),
        offer,
        (WORTH, _what(say("What do you offer? A few words are enough.")), *OPTIONS),
        recorded=True,
        topic="board",
    ),
    Command(
        "need",
        say("Ask for something"),
        need,
        (WORTH, _what(say("What do you need? A few words are enough.")), *OPTIONS),
        recorded=True,
        topic="board",
    ),
    Command(
        "board",
        say("What others offer and need"),
        board,
        (Argument("search", Kind.TEXT, say("A word to look for"), required=False, length_max=64),),
        writes=False,
        topic="board",
    ),
    Command(
        "mine",
        say("Your own things, with buttons"),
        mine,
        writes=False,
        topic="board",
    ),
    Command("matches", say("What fits your things"), matches, writes=False, topic="board"),
    Command(
        "edit",
        say("Change an offer or a need"),
        edit,
        (
            LISTING,
            Argument("worth", Kind.WORTH, say("What it is worth"), required=False, option=True),
            *OPTIONS,
            Argument("what", Kind.TEXT, say("In a few words"), required=False, length_max=200),
        ),
        recorded=True,
        press="listing",
        topic="board",
    ),
    Command(
        "close",
        say("Take an offer or a need off the board"),
        close,
        (LISTING,),
        recorded=True,
        press="listing",
        topic="board",
    ),
    Command(
        "renew",
        say("Keep an offer or a need on the board"),
        renew,
        (LISTING,),
        recorded=True,
        press="listing",
        topic="board",
    ),
)
