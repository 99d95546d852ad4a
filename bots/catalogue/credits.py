"""Credits: sending, asking, undoing, spending on offers, and what one has."""

from __future__ import annotations

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, Kind
from bots.catalogue.people import MEMBER
from bots.catalogue.plainly import count_of
from bots.catalogue.showing import button, explain, show, tell, yes_to
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Instant,
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
from core.usecases.orders import (
    Cancel,
    Cancelled,
    Deliver,
    Delivered,
    OrderCame,
    OrderCancelled,
    Ordered,
    OrderSettled,
    SaidDelivered,
    Settled,
    Spend,
    cancel,
    deliver,
    spend,
)
from core.usecases.passing import TimePassed

PAGE_SIZE = 8


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


async def give(asking: Asking) -> Reply:
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
    number = Number(asking.get("order", int))
    command = Deliver(asking.pool.id, asking.by, number, asking.version)
    return show(await asking.decide(deliver, command), asking.pool.id)


async def cancel_order(asking: Asking) -> Reply:
    """`/cancel`: call an order off."""
    number = Number(asking.get("order", int))
    command = Cancel(asking.pool.id, asking.by, number, asking.version)
    return show(await asking.decide(cancel, command), asking.pool.id)


async def balance(asking: Asking) -> Reply:
    """`/balance`: what one has, held, and how one trades."""
    member, pool = await asking.me(), asking.pool.id
    now = await asking.doors.reading.balance(pool, member.id)
    blocks = [line(say("You have {credits}.", credits=Amount(now.free)))]
    if now.held:
        blocks.append(line(say("I hold {credits} more for your orders.", credits=Amount(now.held))))
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
            say("Nothing has moved yet."),
            say("Keep a promise or ask for one: {board}", board=Code("/board")),
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
        say("{day} {amount}", day=Instant(entry.at, date_only=True), amount=signed),
        reason(entry),
    ]
    if entry.note:
        sentences.append(say("“{note}”", note=Typed(entry.note)))
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
        case EntryKind.SEND:
            return (
                say("{name} sent you credits.", name=other)
                if came
                else say("You sent credits to {name}.", name=other)
            )
        case EntryKind.HOLD:
            return say("Held for your order: {text}.", text=Typed(entry.subject))
        case EntryKind.SETTLE:
            return say("Your offer was delivered: {text}.", text=Typed(entry.subject))
        case EntryKind.RELEASE:
            return say("An order was cancelled: {text}.", text=Typed(entry.subject))
        case EntryKind.UNDO:
            return _undone(came=came, other=other)
        case EntryKind.LINK:
            return say("From your other account.")
        case EntryKind.LEAVE:
            return (
                say("A member left and passed this on to you.")
                if came
                else say("You passed these on when you left.")
            )


def _undone(*, came: bool, other: Name) -> Say:
    if came:
        return say("You took back a transfer to {name}.", name=other)
    return say("{name} took back a transfer.", name=other)


@show.register
def _(sent: Sent, pool: PoolId) -> Reply:
    credits, name = Amount(sent.credits), Name(sent.to.name)
    return reply(
        say("You sent {credits} to {name}.", credits=credits, name=name),
        say("You have {balance} now.", balance=Amount(sent.balance)),
        buttons=((button(say("Undo"), "undo", pool, sent.entry),),),
    )


@tell.register
def _(came: CreditsCame, pool: PoolId) -> Reply:
    said = say(
        "{name} sent you {credits}.", name=Name(came.sender.name), credits=Amount(came.credits)
    )
    have = say("You have {balance} now.", balance=Amount(came.balance))
    note = (say("“{note}”", note=Typed(came.note)),) if came.note else ()
    return reply(said, *note, have)


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
    note = (say("“{note}”", note=Typed(asked.note)),) if asked.note else ()
    return reply(
        said,
        *note,
        buttons=(
            (
                button(
                    say("Send {credits}", credits=Amount(asked.credits)),
                    "give",
                    pool,
                    asked.number,
                    asked.version,
                    style=Style.YES,
                ),
                button(say("Not now"), "keep", pool, asked.number, asked.version),
            ),
        ),
    )


@show.register
def _(paid: RequestPaid, pool: PoolId) -> Reply:
    return reply(
        say(
            "You sent {credits} to {name}.",
            credits=Amount(paid.credits),
            name=Name(paid.asker.name),
        ),
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
def _(ordered: Ordered, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} You ordered {what} from {name}.",
            number=Ref(ordered.order),
            what=_ordered_what(ordered.quantity, ordered.per, ordered.text),
            name=Name(ordered.giver.name),
        ),
        say(
            "I hold {credits} for it, and you have {balance} left.",
            credits=Amount(ordered.credits),
            balance=Amount(ordered.balance),
        ),
        buttons=(
            (
                button(
                    say("I got it"),
                    "delivered",
                    pool,
                    ordered.order,
                    ordered.version,
                    style=Style.YES,
                ),
                button(say("Cancel"), "cancel", pool, ordered.order, ordered.version),
            ),
        ),
    )


def _ordered_what(quantity: int, per: str, text: str) -> Say:
    if per:
        return say(
            "{text} ({quantity} × {unit})", text=Typed(text), quantity=quantity, unit=Typed(per)
        )
    if quantity > 1:
        return say("{text} ({quantity} ×)", text=Typed(text), quantity=quantity)
    return say("{text}", text=Typed(text))


@tell.register
def _(came: OrderCame, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} {name} would like {what}, for {credits}.",
            number=Ref(came.order),
            name=Name(came.spender.name),
            what=_ordered_what(came.quantity, came.per, came.text),
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
        )
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
    return reply(
        say(
            "You can spend {free}, and this takes {wanted}; nothing was moved.",
            free=Amount(refusal.free),
            wanted=Amount(refusal.wanted),
        ),
        say("Keep a promise to earn some: {board}", board=Code("/board")),
    )


@explain.register
def _(refusal: TooLarge, pool: PoolId) -> Reply:
    return reply(say("That is more than one step may move."), say("Please take a smaller amount."))


@explain.register
def _(refusal: AreYouSure, pool: PoolId) -> Reply:
    return reply(
        say(
            "That is much: {credits} to {name}.",
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
        say("There is no transfer of yours to take back."),
        say("{history} shows what moved.", history=Code("/history")),
    )


@explain.register
def _(refusal: TooLateToUndo, pool: PoolId) -> Reply:
    return reply(
        say("The ten minutes to take back {entry} are over.", entry=Ref(refusal.entry)),
        say(
            "Ask {name} to send it back: {ask}",
            name=Name(refusal.to.name),
            ask=Code("/ask"),
        ),
    )


@explain.register
def _(refusal: SpentAlready, pool: PoolId) -> Reply:
    return reply(
        say("{name} has spent these credits already.", name=Name(refusal.to.name)),
        say("You can ask for them: {ask}", ask=Code("/ask")),
    )


@explain.register
def _(refusal: NotWhole, pool: PoolId) -> Reply:
    quantities = [refusal.least * times for times in (1, 2, 3)]
    return reply(
        say(
            "At {price} each, that makes no whole number of credits.",
            price=Valued(refusal.price),
        ),
        say("How many would you like?"),
        buttons=(
            tuple(
                button(
                    says("{count}", "{count}", each), "spend", pool, refusal.number, word=str(each)
                )
                for each in quantities
            ),
        ),
    )


@explain.register
def _(refusal: NoPart, pool: PoolId) -> Reply:
    return reply(say("{number} is between two other members.", number=Ref(refusal.number)))


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
        aliases=(("sw", "tuma"), ("fr", "envoyer")),
        topic="credits",
    ),
    Command(
        "ask",
        say("Ask somebody for credits"),
        ask_for_credits,
        (MEMBER, AMOUNT, NOTE),
        recorded=True,
        aliases=(("sw", "omba"), ("fr", "demander")),
        topic="credits",
    ),
    Command(
        "give",
        say("Pay what was asked"),
        give,
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
        aliases=(("sw", "tengua"), ("fr", "annuler")),
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
        aliases=(("sw", "tumia"), ("fr", "commander")),
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
        say("Call an order off"),
        cancel_order,
        (ORDER,),
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
        aliases=(("sw", "salio"), ("fr", "solde")),
        topic="credits",
    ),
    Command(
        "history",
        say("What moved, and why"),
        history,
        writes=False,
        recorded=True,
        aliases=(("sw", "historia"), ("fr", "historique")),
        topic="credits",
    ),
)
