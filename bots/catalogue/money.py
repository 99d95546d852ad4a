"""Money: bringing cash, spending it, cashing out, and what the treasury has."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import bots.catalogue.money_words  # noqa: F401 - what is said of money
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.credits import AMOUNT as CREDITS
from bots.catalogue.money_lines import WHY_NOT
from bots.catalogue.money_words import treasury_page
from bots.catalogue.people import MEMBER
from bots.catalogue.showing import explain, show
from bots.replies import Ref, Reply, line, reply, say
from core.domain.refusals import NoPart
from core.domain.treasury import CashKind, CashOut
from core.domain.units import Cents, Credits, MemberId, Number
from core.usecases.cashing_out import PayCashOut, RequestCashOut, pay_cash_out, request_cash_out
from core.usecases.deciding import Approve, Refuse, approve, refuse
from core.usecases.expenses import ProposeExpense, propose_expense
from core.usecases.treasury import Back, Buy, Give, HandOver, Receive, back, buy, give
from core.usecases.treasury import hand_over as record_cash
from core.usecases.treasury import receive as receive_cash


async def give_cash(asking: Asking) -> Reply:
    """`/give`: announce cash as a gift."""
    pool, cents = asking.pool.id, Cents(asking.get("amount", int))
    command = Give(pool, asking.by, cents, asking.text("note"))
    return show(await asking.decide(give, command), pool)


async def buy_credits(asking: Asking) -> Reply:
    """`/buy`: announce cash for credits."""
    return await _buy(asking, Cents(asking.get("amount", int)), odd_too=False)


async def bring(asking: Asking) -> Reply:
    """The button that says what is brought where not all of it buys credits."""
    return await _buy(asking, Cents(asking.get("cents", int)), odd_too=True)


async def _buy(asking: Asking, cents: Cents, *, odd_too: bool) -> Reply:
    pool = asking.pool.id
    return show(await asking.decide(buy, Buy(pool, asking.by, cents, odd_too)), pool)


async def set_aside(asking: Asking) -> Reply:
    """`/back`: announce cash as backing."""
    pool, cents = asking.pool.id, Cents(asking.get("amount", int))
    return show(await asking.decide(back, Back(pool, asking.by, cents)), pool)


async def received(asking: Asking) -> Reply:
    """`/received`: cash that was announced has come."""
    pool, numbers = asking.pool.id, asking.get("cash", tuple)
    command = Receive(pool, asking.by, numbers, asking.version)
    return show(await asking.decide(receive_cash, command), pool)


async def hand_over(asking: Asking) -> Reply:
    """`/cash`: cash that a member handed over the table."""
    pool = asking.pool.id
    command = HandOver(
        pool,
        asking.by,
        MemberId(asking.get("member", str)),
        Cents(asking.get("amount", int)),
        CashKind(asking.get("as", str)),
        asking.sure,
    )
    return show(await asking.decide(record_cash, command), pool)


async def spend_cash(asking: Asking) -> Reply:
    """`/expense`: what the pool is to pay for."""
    pool, cents = asking.pool.id, Cents(asking.get("amount", int))
    command = ProposeExpense(pool, asking.by, cents, asking.get("what", str))
    return show(await asking.decide(propose_expense, command), pool)


async def cash_out(asking: Asking) -> Reply:
    """`/cashout`: a partner asks for cash in exchange for credits."""
    pool, credits = asking.pool.id, Credits(asking.get("credits", int))
    return show(
        await asking.decide(request_cash_out, RequestCashOut(pool, asking.by, credits)), pool
    )


async def say_yes(asking: Asking) -> Reply:
    """`/approve`: yes to a cash-out, an expense, a stipend, a chat."""
    pool, number = asking.pool.id, Number(asking.get("what", int))
    command = Approve(pool, asking.by, number, asking.version, asking.sure)
    return show(await asking.decide(approve, command), pool)


async def say_no(asking: Asking) -> Reply:
    """`/refuse`: no to one of these, with the reason."""
    pool, number = asking.pool.id, Number(asking.get("what", int))
    command = Refuse(pool, asking.by, number, asking.get("why", str), asking.version)
    return show(await asking.decide(refuse, command), pool)


async def pay(asking: Asking) -> Reply:
    """`/paid`: a cash-out was paid; a photo may go with it."""
    pool = asking.pool.id
    photo = await asking.call.photo() if asking.call.photo else None
    command = PayCashOut(
        pool,
        asking.by,
        Number(asking.get("cashout", int)),
        asking.text("proof"),
        photo or b"",
        sha256(photo).hexdigest() if photo else "",
        asking.version,
    )
    shown = show(await asking.decide(pay_cash_out, command), pool)
    if asking.call.photo is None or photo:
        return shown
    without = say("Only the photo did not arrive: it has to be a JPEG or PNG of at most 5 MB.")
    return replace(shown, blocks=(*shown.blocks, line(without)))


async def receipt(asking: Asking) -> Reply:
    """The button that shows a partner the picture of what they were paid."""
    reader, pool, number = await asking.me(), asking.pool.id, Number(asking.get("cashout", int))
    out = await asking.doors.reading.thing(pool, number)
    if not isinstance(out, CashOut) or out.partner != reader.id:
        return explain(NoPart(number), pool)
    picture = await asking.doors.reading.receipt(pool, number)
    if picture is None:
        return reply(say("There is no photo of {number} any more.", number=Ref(number)))
    return Reply((line(say("The photo of {number}.", number=Ref(number))),), picture=picture)


async def treasury(asking: Asking) -> Reply:
    """`/treasury`: the pool's cash beside its credits."""
    return treasury_page(asking.pool, await asking.doors.reading.treasury(asking.pool.id))


AMOUNT = Argument(
    "amount",
    Kind.MONEY,
    say("How much money, like 50 or 12.50"),
    say("How much? An amount of money, like 50 or 12.50."),
)


def _number(name: str, of: str) -> Argument:
    return Argument(
        name,
        Kind.NUMBER,
        say("Its number"),
        say("Which one? Give me its number, like #12."),
        of=of,
    )


COMMANDS = (
    Command(
        "give",
        say("Give cash to the pool"),
        give_cash,
        (
            AMOUNT,
            Argument("note", Kind.TEXT, say("What for"), required=False, length_max=200),
        ),
        recorded=True,
        topic="money",
    ),
    Command(
        "buy", say("Get credits for cash"), buy_credits, (AMOUNT,), recorded=True, topic="money"
    ),
    Command(
        "bringcash",
        say("Bring so much cash"),
        bring,
        (Argument("cents", Kind.NUMBER, say("How many cents")),),
        press="cents",
        hidden=True,
        topic="money",
    ),
    Command(
        "back",
        say("Set cash aside as backing"),
        set_aside,
        (AMOUNT,),
        recorded=True,
        topic="money",
    ),
    Command(
        "cashout",
        say("Turn credits into cash, as a partner"),
        cash_out,
        (CREDITS,),
        recorded=True,
        topic="money",
    ),
    Command(
        "treasury",
        say("The pool’s money beside its credits"),
        treasury,
        whose=For.ANYONE,
        writes=False,
        topic="money",
    ),
    Command(
        "received",
        say("Say that cash has come"),
        received,
        (
            Argument(
                "cash",
                Kind.NUMBERS,
                say("Their numbers"),
                say("Which ones? Give me their numbers, like #12 #14."),
                of="cash",
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="cash",
        topic="stewards",
    ),
    Command(
        "cash",
        say("Record cash that somebody handed you"),
        hand_over,
        (
            MEMBER,
            AMOUNT,
            Argument(
                "as",
                Kind.CHOICE,
                say("As a gift, for credits, or as a pledge"),
                say("Is it a gift, for credits, or a pledge? Write gift, buy or pledge."),
                option=True,
                choices=(
                    Choice(CashKind.GIFT.value, say("A gift")),
                    Choice(CashKind.BUY.value, say("For credits")),
                    Choice(CashKind.PLEDGE.value, say("A pledge")),
                ),
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "expense",
        say("Record what the pool is to pay for"),
        spend_cash,
        (
            AMOUNT,
            Argument(
                "what",
                Kind.TEXT,
                say("For what"),
                say("What is it for? A few words are enough."),
                length_max=200,
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "approve",
        say("Say yes to a cash-out, an expense, or a chat that wants to join"),
        say_yes,
        (_number("what", "decision"),),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="what",
        topic="stewards",
    ),
    Command(
        "refuse",
        say("Say no to one of these, and say why"),
        say_no,
        (_number("what", "decision"), Argument("why", Kind.TEXT, say("Why"), WHY_NOT)),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="what",
        topic="stewards",
    ),
    Command(
        "paid",
        say("Say that a cash-out was paid"),
        pay,
        (
            _number("cashout", "cashout"),
            Argument("proof", Kind.TEXT, say("A word about it"), required=False, length_max=200),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="cashout",
        photo=True,
        topic="stewards",
    ),
    Command(
        "receipt",
        say("See the photo of a cash-out that was paid"),
        receipt,
        (_number("cashout", "cashout"),),
        press="cashout",
        writes=False,
        hidden=True,
        beside=True,
        topic="money",
    ),
)
