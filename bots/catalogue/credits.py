"""Credits: sending, asking, undoing, spending on offers, and what one has."""

from __future__ import annotations

from dataclasses import replace

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, Kind
from bots.catalogue.people import MEMBER
from bots.catalogue.plainly import count_of
from bots.catalogue.showing import button, explain, show, tell, yes_to
from bots.catalogue.support import how_it_was_buttons
from bots.catalogue.things import ordered, request_buttons
from bots.catalogue.whom import as_typed
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Day,
    Name,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    Valued,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.ledger import EntryKind
from core.domain.members import Who
from core.domain.refusals import (
    AreYouSure,
    NoPart,
    NotEnough,
    NothingToUndo,
    NotWhole,
    SpentAlready,
    TooLarge,
    TooLateToUndo,
)
from core.domain.units import Credits, MemberId, Number, PoolId
from core.reads import Line
from core.usecases.credits import (
    AnswerRequest,
    Ask,
    Asked,
    AskedInVain,
    CreditsAsked,
    CreditsCame,
    RequestDeclined,
    RequestPaid,
    Send,
    Sent,
    TransferUndone,
    Undo,
    Undone,
    answer_request,
    ask,
    send,
    undo,
)
from core.usecases.deciding import CallOff, call_off
from core.usecases.orders import (
    Cancelled,
    Deliver,
    Delivered,
    OrderCame,
    OrderCancelled,
    Ordered,
    OrderPaid,
    OrderSettled,
    SaidDelivered,
    Settled,
    Spend,
    deliver,
    spend,
)
from core.usecases.passing import TimePassed

PAGE_SIZE = 8

WAS_ALL_WELL = say("Was all well?")


async def send_credits(asking: Asking) -> Reply:
    """`/send`: credits to a member."""
    command = Send(
        asking.pool.id,
        asking.by,
        MemberId(asking.get("member", str)),
        Credits(asking.get("credits", int)),
        asking.text("note"),
        asking.sure,
    )
    return show(await asking.decide(send, command), asking.pool.id)


async def ask_for_credits(asking: Asking) -> Reply:
    """`/ask`: ask a member for credits."""
    command = Ask(
        asking.pool.id,
        asking.by,
        MemberId(asking.get("member", str)),
        Credits(asking.get("credits", int)),
        asking.text("note"),
    )
    return show(await asking.decide(ask, command), asking.pool.id)


async def grant(asking: Asking) -> Reply:
    """The button that pays a request."""
    return await _answer(asking, pay=True)


async def keep(asking: Asking) -> Reply:
    """The button that turns a request down."""
    return await _answer(asking, pay=False)


async def _answer(asking: Asking, *, pay: bool) -> Reply:
    number = Number(asking.get("request", int))
    command = AnswerRequest(asking.pool.id, asking.by, number, pay, asking.version, asking.sure)
    return show(await asking.decide(answer_request, command), asking.pool.id)


async def undo_transfer(asking: Asking) -> Reply:
    """`/undo`: take back one's last transfer."""
    entry = asking.maybe("entry", int)
    command = Undo(asking.pool.id, asking.by, Number(entry) if entry else None)
    return show(await asking.decide(undo, command), asking.pool.id)


async def spend_credits(asking: Asking) -> Reply:
    """`/spend`: order an offer with credits."""
    number = Number(asking.get("offer", int))
    quantity = asking.maybe("qty", int) or (count_of(asking.word) if asking.word else 1)
    command = Spend(asking.pool.id, asking.by, number, quantity, asking.version)
    return show(await asking.decide(spend, command), asking.pool.id)


async def delivered(asking: Asking) -> Reply:
    """`/delivered`: either side says that an order was delivered."""
    return show(await asking.decide_on("order", deliver, Deliver), asking.pool.id)


async def cancel(asking: Asking) -> Reply:
    """`/cancel`: call off an order, a cash-out, or cash that was announced."""
    return show(await asking.decide_on("order", call_off, CallOff), asking.pool.id)


async def balance(asking: Asking) -> Reply:
    """`/balance`: what one has, held, and how one trades."""
    member, pool = await asking.me(), asking.pool.id
    now = await asking.doors.reading.balance(pool, member.id)
    blocks = [line(say("You have {credits}.", credits=Amount(now.free)))]
    if now.held:
        blocks.append(line(say("I hold {credits} more for your orders.", credits=Amount(now.held))))
    if now.cashing_out:
        held = Amount(now.cashing_out)
        blocks.append(line(say("I hold {credits} more for your cash-out.", credits=held)))
    blocks.append(line(_trade(now.trade)))
    return Reply(tuple(blocks), ((button(say("My history"), "history", pool),),))


def _trade(trade: int) -> Say:
    if trade > 0:
        return say("You have given {credits} more than you took.", credits=Amount(trade))
    if trade < 0:
        return say("You have taken {credits} more than you gave.", credits=Amount(-trade))
    return say("What you gave and what you took are even.")


async def history(asking: Asking) -> Reply:
    """`/history`: the lines of one's statement, newest first, each with its reason."""
    member, pool = await asking.me(), asking.pool.id
    page = max(int(asking.word), 1) if asking.word.isdigit() else 1
    lines, total = await asking.doors.reading.history(pool, member.id, page, PAGE_SIZE)
    if not total:
        return reply(
            say("You have neither received nor given credits yet."),
            say("See what others offer and need: {board}", board=Code("/board")),
        )
    return Reply(tuple(_statement_line(each) for each in lines), _turning(pool, page, total))


def _turning(pool: PoolId, page: int, total: int) -> tuple[tuple[Button, ...], ...]:
    buttons = []
    if page > 1:
        buttons.append(button(say("Newer"), "history", pool, word=str(page - 1)))
    if page * PAGE_SIZE < total:
        buttons.append(button(say("Older"), "history", pool, word=str(page + 1)))
    return (tuple(buttons),) if buttons else ()


def _statement_line(entry: Line) -> Block:
    signed = f"{entry.amount:+d}"
    sentences = [
        say("{day} {amount}", day=Day(entry.at), amount=signed),
        reason(entry),
    ]
    if entry.on_behalf is not None and entry.actor is not None:
        sentences.append(say("Recorded by {name}.", name=Name(entry.actor.name)))
    if entry.reversed_by is not None:
        sentences.append(say("Taken back with {entry}.", entry=Ref(entry.reversed_by)))
    return item(
        *sentences, say("Then: {balance}. ({entry})", balance=entry.balance, entry=Ref(entry.entry))
    )


def reason(entry: Line) -> Say:
    """Why a balance changed, in one plain sentence."""
    other = Name(entry.other.name if entry.other else "")
    came = entry.amount > 0
    match entry.kind:
        case EntryKind.WORK:
            return say("You kept a promise: {text}.", text=Typed(entry.subject))
        case EntryKind.MET:
            return _met(came=came, other=other, text=entry.subject)
        case EntryKind.SEND:
            return _sent(came=came, other=other, note=entry.note)
        case EntryKind.HOLD:
            return say("Held for your order: {text}.", text=Typed(entry.subject))
        case EntryKind.SETTLE:
            return say("Your offer was delivered: {text}.", text=Typed(entry.subject))
        case EntryKind.RELEASE:
            return say("An order was cancelled: {text}.", text=Typed(entry.subject))
        case EntryKind.UNDO:
            return _undone(came=came, other=other)
        case EntryKind.LEAVE:
            return (
                say("A member left and passed this on to you.")
                if came
                else say("You passed these on when you left.")
            )
        case EntryKind.REVERSE:
            return say("A steward took an entry back: “{why}”.", why=Typed(entry.note))
        case _:
            return PLAIN_REASONS[entry.kind]


PLAIN_REASONS = {
    EntryKind.LINK: say("From your other account."),
    EntryKind.STIPEND: say("For your time as a steward."),
    EntryKind.COVER: say("The common fund bears what you had spent already."),
    EntryKind.COMPENSATE: say("A dispute is settled, and a part goes back."),
    EntryKind.FREEZE: say("Set aside until a dispute is settled."),
    EntryKind.THAW: say("A dispute is settled."),
    EntryKind.EXPIRE: say("These rested too long and went to the common fund."),
    EntryKind.DEMURRAGE: say("The month’s charge on resting credits."),
    EntryKind.SHARE: say("Your share of what resting credits cost that month."),
    EntryKind.BUY: say("You bought these with cash."),
    EntryKind.GIFT: say("You gave cash."),
    EntryKind.PLEDGE: say("For your monthly pledge."),
    EntryKind.DUES: say("For your membership."),
    EntryKind.BACKING: say("Cash set aside as backing."),
    EntryKind.EXPENSE: say("The pool paid for something."),
    EntryKind.CASH_OUT_HOLD: say("Held for your cash-out."),
    EntryKind.CASH_OUT_RELEASE: say("Back from a cash-out."),
    EntryKind.CASH_OUT: say("Cashed out."),
}
"""Reasons that need no name and no text beside them."""


def _sent(*, came: bool, other: Name, note: str) -> Say:
    if note:
        return (
            say("{name} sent you credits: “{note}”.", name=other, note=Typed(note))
            if came
            else say("You sent credits to {name}: “{note}”.", name=other, note=Typed(note))
        )
    if came:
        return say("{name} sent you credits.", name=other)
    return say("You sent credits to {name}.", name=other)


def _met(*, came: bool, other: Name, text: str) -> Say:
    if came:
        return say("{name} paid for your help: {text}.", name=other, text=Typed(text))
    return say("You paid {name} for help: {text}.", name=other, text=Typed(text))


def _undone(*, came: bool, other: Name) -> Say:
    if came:
        return say("You took back a transfer to {name}.", name=other)
    return say("{name} took back a transfer.", name=other)


@show.register
def _(sent: Sent, pool: PoolId) -> Reply:
    credits, name = Amount(sent.credits), Name(sent.to.name)
    return reply(
        say("You sent {credits} to {name}.", credits=credits, name=name),
        *_taxed(sent.tax),
        say("You have {balance} now.", balance=Amount(sent.balance)),
        buttons=((button(say("Undo"), "undo", pool, sent.entry),),),
    )


def _taxed(tax: Credits) -> tuple[Say, ...]:
    """What a transfer cost beside it, if anything."""
    return (say("The tax on it: {tax}.", tax=Amount(tax)),) if tax else ()


@tell.register
def _(came: CreditsCame, pool: PoolId) -> Reply:
    said = say(
        "{name} sent you {credits}.", name=Name(came.sender.name), credits=Amount(came.credits)
    )
    have = say("You have {balance} now.", balance=Amount(came.balance))
    if not came.note:
        return reply(said, have)
    return Reply((line(said), _quoted(came.note), line(have)))


def _quoted(note: str) -> Block:
    """What somebody wrote, on a line of its own: its last mark is theirs."""
    return line(say("“{note}”", note=Typed(note)))


@show.register
def _(undone: Undone, pool: PoolId) -> Reply:
    return reply(
        say(
            "You took back {credits} from {name}.",
            credits=Amount(undone.credits),
            name=Name(undone.to.name),
        ),
        say("You have {balance} now.", balance=Amount(undone.balance)),
    )


@tell.register
def _(undone: TransferUndone, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} took back {credits} sent a moment ago.",
            name=Name(undone.sender.name),
            credits=Amount(undone.credits),
        ),
        say("You have {balance} now.", balance=Amount(undone.balance)),
    )


@show.register
def _(asked: Asked, pool: PoolId) -> Reply:
    return reply(
        say(
            "I have asked {name} for {credits}.",
            name=Name(asked.payer.name),
            credits=Amount(asked.credits),
        ),
        say("You hear from me when they answer. {number}", number=Ref(asked.number)),
    )


@tell.register
def _(asked: CreditsAsked, pool: PoolId) -> Reply:
    said = say(
        "{name} asks you for {credits}. {number}",
        name=Name(asked.asker.name),
        credits=Amount(asked.credits),
        number=Ref(asked.number),
    )
    note = (_quoted(asked.note),) if asked.note else ()
    buttons = request_buttons(asked.number, asked.credits, asked.version, pool)
    return Reply((line(said), *note), (buttons,))


@show.register
def _(paid: RequestPaid, pool: PoolId) -> Reply:
    return reply(
        say(
            "You sent {credits} to {name}.",
            credits=Amount(paid.credits),
            name=Name(paid.asker.name),
        ),
        *_taxed(paid.tax),
        say("You have {balance} now.", balance=Amount(paid.balance)),
        buttons=((button(say("Undo"), "undo", pool, paid.entry),),),
    )


@show.register
def _(declined: RequestDeclined, pool: PoolId) -> Reply:
    return reply(
        say("All right, nothing was sent."),
        say("I tell {name} that it is a no for now.", name=Name(declined.asker.name)),
    )


@tell.register
def _(declined: AskedInVain, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} cannot send you {credits} at present.",
            name=Name(declined.payer.name),
            credits=Amount(declined.credits),
        )
    )


@show.register
def _(made: Ordered, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} You ordered {what} from {name}.",
            number=Ref(made.order),
            what=ordered(made.quantity, made.text),
            name=Name(made.giver.name),
        ),
        say(
            "I hold {credits} for it, and you have {balance} left.",
            credits=Amount(made.credits),
            balance=Amount(made.balance),
        ),
        buttons=(
            (
                button(
                    say("I got it"),
                    "delivered",
                    pool,
                    made.order,
                    made.version,
                    style=Style.YES,
                ),
                button(say("Cancel"), "cancel", pool, made.order, made.version),
            ),
        ),
    )


@tell.register
def _(came: OrderCame, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} {name} would like {what}, for {credits}.",
            number=Ref(came.order),
            name=Name(came.spender.name),
            what=ordered(came.quantity, came.text),
            credits=Amount(came.credits),
        ),
        say("The credits are held until it is delivered."),
        buttons=(
            (
                button(
                    say("Delivered"), "delivered", pool, came.order, came.version, style=Style.YES
                ),
                button(say("Cancel"), "cancel", pool, came.order, came.version),
            ),
        ),
    )


@show.register
def _(said: Delivered, pool: PoolId) -> Reply:
    return reply(
        say("Thank you! I ask {name} whether it arrived.", name=Name(said.spender.name)),
        say(
            "You get {credits} when they say so, or in 48 hours.",
            credits=Amount(said.credits),
        ),
    )


@tell.register
def _(said: SaidDelivered, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} says that your order is delivered: {text} ({number}).",
            name=Name(said.giver.name),
            number=Ref(said.order),
            text=Typed(said.text),
        ),
        say(
            "If I hear nothing, they get {credits} in 48 hours.",
            credits=Amount(said.credits),
        ),
        buttons=(
            (
                button(
                    say("I got it"), "delivered", pool, said.order, said.version, style=Style.YES
                ),
            ),
        ),
    )


@show.register
def _(settled: Settled, pool: PoolId) -> Reply:
    return reply(
        say(
            "Thank you! {name} gets {credits}.",
            name=Name(settled.giver.name),
            credits=Amount(settled.credits),
        ),
        WAS_ALL_WELL,
        buttons=(how_it_was_buttons(settled.order, pool),),
    )


@tell.register
def _(settled: OrderSettled, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} paid you {credits} for “{text}”.",
            credits=Amount(settled.credits),
            text=Typed(settled.text),
            name=Name(settled.spender.name),
        ),
        say("You have {balance} now.", balance=Amount(settled.balance)),
        WAS_ALL_WELL,
        buttons=(how_it_was_buttons(settled.order, pool),),
    )


@tell.register
def _(paid: OrderPaid, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} got {credits} for “{text}”, as I heard nothing else from you.",
            credits=Amount(paid.credits),
            text=Typed(paid.text),
            name=Name(paid.giver.name),
        ),
        WAS_ALL_WELL,
        buttons=(how_it_was_buttons(paid.order, pool),),
    )


@show.register
def _(cancelled: Cancelled, pool: PoolId) -> Reply:
    if cancelled.own:
        return reply(
            say("{number} is off.", number=Ref(cancelled.order)),
            say("You get {credits} back.", credits=Amount(cancelled.credits)),
        )
    return reply(
        say("{number} is off.", number=Ref(cancelled.order)),
        say(
            "{name} gets {credits} back.",
            name=Name(cancelled.spender.name),
            credits=Amount(cancelled.credits),
        ),
    )


@tell.register
def _(cancelled: OrderCancelled, pool: PoolId) -> Reply:
    number, text = Ref(cancelled.order), Typed(cancelled.text)
    if cancelled.by is None:
        said = say("{number} “{text}” waited for thirty days and is off.", number=number, text=text)
    else:
        said = say(
            "{name} cancelled {number} “{text}”.",
            name=Name(cancelled.by.name),
            number=number,
            text=text,
        )
    if not cancelled.back:
        return reply(said)
    return reply(said, say("You get {credits} back.", credits=Amount(cancelled.credits)))


@show.register
def _(passed: TimePassed, pool: PoolId) -> Reply:
    return reply(says("{count} thing has run out.", "{count} things have run out.", passed.changed))


@explain.register
def _(refusal: NotEnough, pool: PoolId) -> Reply:
    wanted, lacking = Amount(refusal.wanted), refusal.wanted - refusal.free
    if refusal.free:
        said = say(
            "This takes {wanted}, and you can spend {free}.",
            wanted=wanted,
            free=Amount(refusal.free),
        )
    else:
        said = say("This takes {wanted}, and you have none just now.", wanted=wanted)
    return reply(
        said,
        say(
            "Keep a promise to earn some ({board}), or ask somebody: {ask}",
            board=Code("/board"),
            ask=Code(f"/ask @name {lacking}"),
        ),
    )


@explain.register
def _(refusal: TooLarge, pool: PoolId) -> Reply:
    return reply(say("That is more than can move at once."), say("Please take a smaller amount."))


@explain.register
def _(refusal: AreYouSure, pool: PoolId) -> Reply:
    return reply(
        say(
            "That is a lot: {credits} to {name}.",
            credits=Amount(refusal.credits),
            name=Name(refusal.to.name),
        ),
        say("Shall I send them?"),
    )


@yes_to.register
def _(refusal: AreYouSure) -> Say:
    return say("Yes, send them")


@explain.register
def _(refusal: NothingToUndo, pool: PoolId) -> Reply:
    return reply(
        say("Nothing you sent can be taken back just now."),
        say("{history} shows what moved.", history=Code("/history")),
    )


@explain.register
def _(refusal: TooLateToUndo, pool: PoolId) -> Reply:
    said = say(
        "You sent {credits} to {name} more than ten minutes ago, too late to take them back.",
        credits=Amount(refusal.credits),
        name=Name(refusal.to.name),
    )
    return reply(said, *_ask_instead(refusal.to, refusal.credits))


def _ask_instead(who: Who, credits: Credits) -> tuple[Say, ...]:
    """A line to ask for the credits with, unless who got them has left."""
    if not who.name:
        return (say("{history} shows what moved.", history=Code("/history")),)
    command = Code(f"/ask {as_typed(who.name)} {credits}")
    return (say("Ask for them instead: {ask}", ask=command),)


@explain.register
def _(refusal: SpentAlready, pool: PoolId) -> Reply:
    said = say(
        "{name} has already spent the {credits} that you sent.",
        name=Name(refusal.to.name),
        credits=Amount(refusal.credits),
    )
    return reply(said, *_ask_instead(refusal.to, refusal.credits))


@explain.register
def _(refusal: NotWhole, pool: PoolId) -> Reply:
    fewer = refusal.quantity // refusal.least * refusal.least
    more = fewer + refusal.least
    would = (
        say("{fewer} or {more} would: which shall it be?", fewer=fewer, more=more)
        if fewer
        else say("{more} would: shall it be so many?", more=more)
    )
    return reply(
        says(
            "At {price} each, {count} does not make whole credits.",
            "At {price} each, {count} do not make whole credits.",
            refusal.quantity,
            price=Valued(refusal.price),
        ),
        would,
        buttons=(
            tuple(
                button(
                    says("{count}", "{count}", each), "spend", pool, refusal.number, word=str(each)
                )
                for each in (fewer, more)
                if each
            ),
        ),
    )


@explain.register
def _(refusal: NoPart, pool: PoolId) -> Reply:
    return reply(
        say("{number} is between two other members.", number=Ref(refusal.number)),
        say("{mine} shows what is yours.", mine=Code("/mine")),
    )


AMOUNT = Argument(
    "credits",
    Kind.CREDITS,
    say("How many credits"),
    say("How many credits? A whole number, like 5."),
)
NOTE = Argument("note", Kind.TEXT, say("What for"), required=False, length_max=200)
ORDER = Argument(
    "order",
    Kind.NUMBER,
    say("The number of the order"),
    say("Which order? Give me its number, like #12."),
    of="order",
)
REQUEST = Argument("request", Kind.NUMBER, say("The number of the request"))

COMMANDS = (
    Command(
        "send",
        say("Send credits to somebody"),
        send_credits,
        (MEMBER, AMOUNT, NOTE),
        recorded=True,
        topic="credits",
    ),
    Command(
        "ask",
        say("Ask somebody for credits"),
        ask_for_credits,
        (MEMBER, AMOUNT, NOTE),
        recorded=True,
        topic="credits",
    ),
    Command(
        "grant",
        say("Pay what was asked"),
        grant,
        (REQUEST,),
        press="request",
        hidden=True,
        topic="credits",
    ),
    Command(
        "keep",
        say("Turn a request down"),
        keep,
        (REQUEST,),
        press="request",
        hidden=True,
        topic="credits",
    ),
    Command(
        "undo",
        say("Take back your last transfer"),
        undo_transfer,
        (Argument("entry", Kind.NUMBER, say("Its number"), required=False, typed=False),),
        recorded=True,
        press="entry",
        topic="credits",
    ),
    Command(
        "spend",
        say("Spend credits on an offer"),
        spend_credits,
        (
            Argument(
                "offer",
                Kind.NUMBER,
                say("The number of the offer"),
                say("Which offer? Give me its number, like #12."),
                of="offer",
            ),
            Argument("qty", Kind.COUNT, say("How many"), required=False, option=True),
        ),
        recorded=True,
        press="offer",
        topic="credits",
    ),
    Command(
        "delivered",
        say("Say that an order was delivered"),
        delivered,
        (ORDER,),
        recorded=True,
        press="order",
        topic="credits",
    ),
    Command(
        "cancel",
        say("Call off an order, a cash-out or cash to come"),
        cancel,
        (replace(ORDER, of="under way"),),
        recorded=True,
        press="order",
        topic="credits",
    ),
    Command(
        "balance",
        say("What you have"),
        balance,
        writes=False,
        recorded=True,
        topic="credits",
    ),
    Command(
        "history",
        say("What moved, and why"),
        history,
        writes=False,
        recorded=True,
        topic="credits",
    ),
)
