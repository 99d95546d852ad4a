"""Things drawn anew, for somebody whose button was drawn when they stood otherwise.

Such a press does nothing. Its answer says why, and the thing is shown as it stands now: on the
card itself where the press was on one, else below, with what this one person can do with it.
"""

from __future__ import annotations

from dataclasses import replace

from bots.catalogue.asking import Asking
from bots.catalogue.cards import card_of
from bots.catalogue.commitments import claim_buttons, claim_line
from bots.catalogue.meeting import gathering_card
from bots.catalogue.money_lines import (
    cash_buttons,
    cash_line,
    cash_out_buttons,
    cash_out_line,
    expense_buttons,
    expense_line,
    own_cash_line,
    own_cash_out_line,
    own_money_buttons,
)
from bots.catalogue.setup import chat_buttons, chat_line
from bots.catalogue.showing import button, explain
from bots.catalogue.things import (
    Names,
    commitment_line,
    listing_buttons,
    members_in,
    offers_of,
    order_line,
    own_commitment_buttons,
    own_listing_buttons,
    own_order_buttons,
    own_template_buttons,
    request_buttons,
    request_line,
    template_line,
)
from bots.catalogue.unclear import CardTooOld
from bots.replies import Button, Reply, Say, line, reply, say
from bots.tokens import QUESTION_VERBS
from core.domain.commitments import Commitment, CommitmentState
from core.domain.listings import Listing
from core.domain.members import Member, Role
from core.domain.orders import Order, Request, RequestState
from core.domain.pools import Chat, ChatState
from core.domain.recurring import Template
from core.domain.refusals import NotThere, OutOfDate, Refusal
from core.domain.treasury import Cash, CashOut, CashState, Expense, ExpenseState
from core.domain.units import Number, PoolId
from core.reads import Attended, Shown


async def stands_now(asking: Asking, refusal: Refusal) -> Reply | None:
    """Why a press did nothing, and its thing as it stands now; None where nothing is to be seen."""
    number, reading = _outdated(asking, refusal), asking.doors.reading
    if number is None:
        return None
    explained = explain(refusal, asking.pool.id)
    thing = await reading.thing(asking.pool.id, number)
    if thing is None:
        return None if asking.call.card else replace(explained, buttons=(_ways(asking),))
    names = await reading.names(asking.pool.id, members_in(thing))
    if asking.call.card:
        return _on_card(asking, explained, thing, names)
    shown = await _to_reader(asking, thing, names)
    if shown is None:
        return None
    why = explained.blocks[0].sentences[0]
    return replace(shown, blocks=(line(why, say("This is how it stands:")), *shown.blocks))


def _outdated(asking: Asking, refusal: Refusal) -> Number | None:
    """Whose button was out of date, if that is why a press was refused."""
    token = asking.call.token
    match refusal:
        case OutOfDate() | NotThere():
            return refusal.number
        case CardTooOld() if token is not None and token.verb not in QUESTION_VERBS:
            return token.number
        case _:
            return None


def _ways(asking: Asking) -> tuple[Button, ...]:
    """Where all things are found, for a button that names none."""
    pool = asking.pool.id
    return button(say("See the board"), "board", pool), button(say("My things"), "mine", pool)


def _on_card(asking: Asking, explained: Reply, thing: Shown, names: Names) -> Reply | None:
    """The explanation to the one who pressed, and the card for all, where cards have buttons."""
    if not isinstance(thing, (Listing, Attended)):
        return None
    return replace(explained, card=card_of(thing, names, asking.pool))


async def _to_reader(asking: Asking, thing: Shown, names: Names) -> Reply | None:
    """A thing and what one member can do with it; None for what is not theirs to see."""
    pool = asking.pool.id
    if isinstance(thing, Attended):
        return gathering_card(thing, pool)
    reader = await asking.me()
    match thing:
        case Listing():
            own = thing.owner == reader.id
            buttons = own_listing_buttons(thing, pool) if own else listing_buttons(thing, pool)
            return Reply(card_of(thing, names, asking.pool).blocks, _row(buttons))
        case Commitment() if thing.maker == reader.id:
            return _one(commitment_line(thing), own_commitment_buttons(thing, pool))
        case Template() if thing.member == reader.id:
            return _one(template_line(thing), own_template_buttons(thing, pool))
        case Commitment() if await _may_decide(asking, reader, thing):
            return _one(claim_line(thing, names[thing.maker]), claim_buttons(thing, pool))
        case Order() if reader.id in (thing.spender, thing.giver):
            buttons = own_order_buttons(thing, reader.id, pool)
            offers = await offers_of([thing], asking.doors.reading)
            return _one(order_line(thing, reader.id, names, offers), buttons)
        case Request(state=RequestState.OPEN) if thing.payer == reader.id:
            buttons = request_buttons(thing.number, thing.credits, thing.version, pool)
            return _one(request_line(thing, reader.id, names), buttons)
        case Cash() | CashOut() | Expense():
            waits = _own_money(thing, reader, pool)
            serves = await asking.serves(reader, Role.STEWARD)
            return waits or (_money(thing, names, pool) if serves else None)
        case Chat(state=ChatState.WAITING) if await asking.serves(reader, Role.STEWARD):
            return _one((chat_line(thing),), chat_buttons(thing.number, thing.version, pool))
        case _:
            return None


def _own_money(thing: Cash | CashOut | Expense, reader: Member, pool: PoolId) -> Reply | None:
    """Money of the reader's own that is under way; None for what is not."""
    match thing:
        case Cash(state=CashState.ANNOUNCED) if thing.giver == reader.id:
            return _one(own_cash_line(thing), own_money_buttons(thing, pool))
        case CashOut() if thing.held and thing.partner == reader.id:
            return _one(own_cash_out_line(thing), own_money_buttons(thing, pool))
        case _:
            return None


def _money(thing: Cash | CashOut | Expense, names: Names, pool: PoolId) -> Reply | None:
    """Money that waits, to a steward; None where nothing is to be done with it any more."""
    match thing:
        case Cash(state=CashState.ANNOUNCED):
            return _one(cash_line(thing, names[thing.giver]), cash_buttons(thing, pool))
        case CashOut() if thing.held:
            return _one(cash_out_line(thing, names[thing.partner]), cash_out_buttons(thing, pool))
        case Expense(state=ExpenseState.PROPOSED | ExpenseState.RETURNING):
            return _one(expense_line(thing, names[thing.asked_by]), expense_buttons(thing, pool))
        case _:
            return None


async def _may_decide(asking: Asking, reader: Member, claim: Commitment) -> bool:
    """Whether a claim waits for this member's word."""
    waits = claim.state is CommitmentState.DONE and claim.claimed_by != reader.id
    return waits and await asking.serves(reader, Role.STEWARD)


def _one(sentences: tuple[Say, ...], buttons: tuple[Button, ...]) -> Reply:
    return reply(*sentences, buttons=_row(buttons))


def _row(buttons: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    return (buttons,) if buttons else ()
