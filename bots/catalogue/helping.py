"""Greeting, help, privacy, and what is open to all: the pool in numbers, its rules, its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Kind
from bots.catalogue.first_steps import greeting
from bots.catalogue.setup import not_waiting
from bots.catalogue.showing import button, explain, show
from bots.catalogue.unclear import (
    CardTooOld,
    NobodyCalled,
    NotAChoice,
    NotACount,
    NotADate,
    NotAnAmount,
    NotANumber,
    NotATime,
    NotAWorth,
    NotForOthers,
    NothingToAnswer,
    NotInPlainLetters,
    NotMoney,
    NotYourQuestion,
    OtherCurrency,
    PoolChoice,
    QuestionOver,
    TooLong,
    TooMuchAtOnce,
    UnknownCommand,
    WhichMember,
    WhichPool,
)
from bots.languages import one_of_ours
from bots.replies import (
    Amount,
    Block,
    Code,
    Name,
    Ref,
    Reply,
    Say,
    Sum,
    Typed,
    heading,
    in_pairs,
    in_threes,
    item,
    line,
    reply,
    say,
    says,
    word,
)
from core.domain.refusals import (
    AnotherKind,
    Busy,
    KeyReused,
    NoSuchThing,
    NotThere,
    NotYours,
    OutOfDate,
    Refused,
    SomeOutOfDate,
)
from core.domain.units import PoolId
from core.usecases.pools import ChatFollowed

THINGS = {
    "listing": word("kind of thing", "an offer or a need"),
    "offer": word("kind of thing", "an offer"),
    "need": word("kind of thing", "a need"),
    "commitment": word("kind of thing", "a promise"),
    "order": word("kind of thing", "an order"),
    "request": word("kind of thing", "a request for credits"),
    "entry": word("kind of thing", "a line in the books"),
    "chat": word("kind of thing", "a chat that asked to join"),
    "cash": word("kind of thing", "cash to come"),
    "cash_out": word("kind of thing", "a cash-out"),
    "expense": word("kind of thing", "an expense"),
    "decision": word("kind of thing", "something that waits for a yes or no"),
    "term": word("kind of thing", "a term of office"),
    "dispute": word("kind of thing", "a dispute"),
    "concern": word("kind of thing", "a call for help"),
    "rule_change": word("kind of thing", "a change of the rules"),
    "template": word("kind of thing", "something for every month"),
    "plan": word("kind of thing", "a membership plan"),
    "gathering": word("kind of thing", "a gathering"),
    "ending": word("kind of thing", "something that goes on"),
}

STATES = {
    "open": word("state", "open"),
    "closed": word("state", "closed"),
    "expired": word("state", "no longer on the board"),
    "withdrawn": word("state", "withdrawn"),
    "in_force": word("state", "in force"),
    "done": word("state", "done and waiting for a steward"),
    "confirmed": word("state", "confirmed"),
    "missed": word("state", "missed"),
    "held": word("state", "waiting to be delivered"),
    "delivered": word("state", "delivered"),
    "settled": word("state", "delivered and paid"),
    "cancelled": word("state", "cancelled"),
    "waiting": word("state", "waiting"),
    "bound": word("state", "part of the pool"),
    "paused": word("state", "paused"),
    "ended": word("state", "turned away"),
    "active": word("state", "going on"),
    "announced": word("state", "announced"),
    "received": word("state", "received"),
    "reversed": word("state", "taken back"),
    "lapsed": word("state", "off"),
    "requested": word("state", "waiting for a steward"),
    "proposed": word("state", "waiting for another steward"),
    "approved": word("state", "approved"),
    "returning": word("state", "waiting for another steward"),
    "paid": word("state", "paid"),
    "refused": word("state", "refused"),
    "disputed": word("state", "disputed"),
    "opened": word("state", "waiting for a steward"),
    "talk": word("state", "in a steward’s hands"),
    "panel": word("state", "with three others who decide"),
    "circle": word("state", "left to the whole group"),
    "resolved": word("state", "settled"),
    "compensated": word("state", "settled"),
    "over": word("state", "over"),
}

STATES_OF = {
    ("template", "ended"): word("state", "ended"),
    ("gathering", "cancelled"): word("state", "called off"),
}
"""Where a state of one kind of thing means something else than with the others."""


MONEY = frozenset({"cash", "cash_out", "expense"})
"""Kinds of things that are about cash."""

IN_THE_QUEUE = frozenset({"cash", "decision"})
"""Kinds of things that only stewards are asked for: their numbers are not on the board."""

HOW_THINGS_STAND = say(
    "{mine} and {board} show how things stand now.", mine=Code("/mine"), board=Code("/board")
)

CHOICES_MAX = 10
"""As many pools as rows of two buttons can show."""


async def start(asking: Asking) -> Reply:
    """`/start`: greet, and say the one next thing to do."""
    greeting = await _greeting(asking)
    return replace(greeting, blocks=(*greeting.blocks, *_other_language(asking)))


def _other_language(asking: Asking) -> tuple[Block, ...]:
    """Where another language is spoken than the caller's client does: that it can be chosen."""
    theirs = one_of_ours(asking.call.caller.language)
    if not theirs or theirs == asking.voice.language:
        return ()
    too = say("I speak English too: {language}", language=Code(f"/language {theirs}"))
    return (line(replace(too, language=theirs)),)


async def _greeting(asking: Asking) -> Reply:
    if asking.somewhere is None:
        return await _start_without_pool(asking)
    member = await asking.membership()
    hello = say("Hello! I keep the promises of {pool}.", pool=Typed(asking.pool.name))
    if not member:
        return reply(hello, say("Take part with {join}.", join=Code("/join")))
    return Reply(
        (line(hello, say("{help} shows what you can do.", help=Code("/help"))),),
        (
            (
                button(say("See the board"), "board", asking.pool.id),
                button(say("My things"), "mine", asking.pool.id),
            ),
        ),
    )


async def _start_without_pool(asking: Asking) -> Reply:
    pools = asking.known.pools if asking.known else ()
    if pools and asking.call.place.private:
        raise Refused(WhichPool(tuple(PoolChoice(each.id, each.name) for each in pools)))
    if not asking.call.place.private:
        await not_waiting(asking)
        return Reply((), card=greeting())
    return reply(
        say("Hello! I keep a group's promises: who gives what, and what it is worth."),
        say("Type {join} in your group to take part.", join=Code("/join")),
    )


HELP = {
    "board": say("Offers and needs"),
    "promises": say("Promises"),
    "credits": say("Credits"),
    "monthly": say("Every month"),
    "money": say("Money"),
    "gatherings": say("Gatherings"),
    "people": say("You and your data"),
    "pool": say("The pool"),
    "stewards": say("For stewards"),
    "setup": say("Setting up"),
}


async def help_me(asking: Asking) -> Reply:
    """`/help`: by role, on one screen; or one topic whole."""
    pressed = asking.word if asking.word in HELP else ""
    topic = pressed or asking.maybe("topic", str)
    if topic:
        return _topic(asking, topic)
    steward = asking.somewhere is not None and await asking.is_steward()
    pool = asking.somewhere.id if asking.somewhere else PoolId(0)
    shown = STEWARD_HELP if steward else MEMBER_HELP
    blocks = [line(say("This is what people use most."))]
    blocks += [item(_in_short(asking.commands[name], asking.names_in)) for name in shown]
    topics = [key for key in HELP if key != "stewards" or steward]
    buttons = [button(HELP[key], "help", pool, word=key) for key in topics]
    return Reply(tuple(blocks), in_threes(buttons))


MEMBER_HELP = ("board", "offer", "need", "take", "done", "send", "balance", "mine")
STEWARD_HELP = ("queue", "confirm", "thank", "register", "record", "appoint", "board", "mine")


def _in_short(command: Command, language: str) -> Say:
    """A command by the name that the reader types, and what it is for."""
    typed = Code(f"/{command.called(language)}")
    return say("{command} {summary}", command=typed, summary=command.summary)


def _topic(asking: Asking, topic: str) -> Reply:
    pool = asking.somewhere.id if asking.somewhere else PoolId(0)
    lines = [
        item(
            say(
                "{command} {summary}",
                command=Code(usage(command, asking.names_in)),
                summary=command.summary,
            )
        )
        for command in asking.commands.values()
        if command.topic == topic and not command.hidden
    ]
    seen = tuple(dict.fromkeys(lines))
    back = button(say("All of it"), "help", pool)
    return Reply((heading(HELP[topic]), *seen), ((back,),))


def with_topics(commands: Sequence[Command]) -> tuple[Command, ...]:
    """The commands, with `/help offer` for the topic in which `/offer` stands."""
    names = {
        topic: tuple(
            name
            for command in commands
            if command.topic == topic and not command.hidden
            for name in (command.name, *dict(command.aliases).values())
        )
        for topic in HELP
    }
    (about,) = next(each.arguments for each in commands if each.name == "help")
    choices = tuple(replace(each, also=names[each.value]) for each in about.choices)
    return tuple(
        replace(each, arguments=(replace(about, choices=choices),)) if each.name == "help" else each
        for each in commands
    )


def usage(command: Command, language: str = "en") -> str:
    """How a command is typed: `/send <member> <credits> [note]`."""
    parts = [f"/{command.called(language)}"]
    for argument in filter(lambda each: each.typed, command.arguments):
        if argument.option:
            parts.append(f"{argument.name}:" if argument.required else f"[{argument.name}:]")
        else:
            parts.append(f"<{argument.name}>" if argument.required else f"[{argument.name}]")
    return " ".join(parts)


async def privacy(asking: Asking) -> Reply:
    """`/privacy`: what is stored, who sees it, how to leave."""
    return Reply(
        (
            line(
                say(
                    "I keep your name, your account's number, what you offer, need and promise, and"
                    " what cash you bring or are paid."
                ),
            ),
            line(
                say("Everybody in the pool sees offers, needs and kept promises."),
                say("Your balance and history are shown to you alone; stewards see your cash too."),
            ),
            line(
                say("I read only what is written to me."),
                say(
                    "{mydata} shows all of it, and {leave} erases you.",
                    mydata=Code("/mydata"),
                    leave=Code("/leave"),
                ),
            ),
        )
    )


async def status(asking: Asking) -> Reply:
    """`/status`: the pool in numbers."""
    now = await asking.doors.reading.status(asking.pool.id, asking.doors.now())
    return Reply(
        (
            line(say("{pool} today.", pool=Typed(asking.pool.name))),
            item(says("{count} member", "{count} members", now.members)),
            item(says("{count} steward", "{count} stewards", now.stewards)),
            item(says("{count} offer on the board", "{count} offers on the board", now.offers)),
            item(says("{count} need on the board", "{count} needs on the board", now.needs)),
            item(says("{count} open promise", "{count} open promises", now.open_commitments)),
            item(
                says(
                    "{count} kept promise waits for a steward",
                    "{count} kept promises wait for a steward",
                    now.waiting,
                )
            ),
            item(say("{credits} issued so far", credits=Amount(now.issued))),
            item(say("{credits} in members' hands or held", credits=Amount(now.outstanding))),
            item(say("{credits} in the common fund", credits=Amount(now.common_fund))),
        )
    )


async def audit(asking: Asking) -> Reply:
    """`/audit`: proof that the books balance and nothing was altered."""
    proof = await asking.doors.reading.audit(asking.pool.id)
    counted = says("{count} line in the books.", "{count} lines in the books.", proof.entries)
    if proof.faults:
        return Reply(
            (
                line(counted, say("The books do not agree. Please tell whoever runs me.")),
                *(item(say("{fault}", fault=Typed(fault))) for fault in proof.faults[:5]),
            )
        )
    return reply(
        counted,
        say("They balance, and nothing in them was changed."),
        say("Fingerprint: {fingerprint}", fingerprint=Code(proof.fingerprint[:16])),
    )


@show.register
def _(followed: ChatFollowed, pool: PoolId) -> Reply:
    return reply(say("I am here."))


@explain.register
def _(refusal: NoSuchThing, pool: PoolId) -> Reply:
    return reply(
        say("There is no {number} in this pool.", number=Ref(refusal.number)),
        say("{mine} and {board} show the numbers.", mine=Code("/mine"), board=Code("/board")),
    )


@explain.register
def _(refusal: AnotherKind, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} is {is_a}, and this wants {wanted}.",
            number=Ref(refusal.number),
            is_a=THINGS[refusal.is_a],
            wanted=THINGS[refusal.wanted],
        ),
        say("{queue} shows what waits.", queue=Code("/queue"))
        if refusal.wanted in IN_THE_QUEUE
        else say("{mine} and {board} show the numbers.", mine=Code("/mine"), board=Code("/board")),
    )


@explain.register
def _(refusal: OutOfDate, pool: PoolId) -> Reply:
    return reply(
        say("{number} has changed since I showed you this.", number=Ref(refusal.number)),
        HOW_THINGS_STAND,
    )


@explain.register
def _(refusal: SomeOutOfDate, pool: PoolId) -> Reply:
    return reply(
        say("Some of these have changed since I showed you this, so nothing was done."),
        say("{queue} shows what waits now.", queue=Code("/queue")),
    )


@explain.register
def _(refusal: NotYours, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} belongs to {name}.", number=Ref(refusal.number), name=Name(refusal.owner.name)
        ),
        say("{mine} shows what is yours.", mine=Code("/mine")),
    )


@explain.register
def _(refusal: NotThere, pool: PoolId) -> Reply:
    if refusal.kind == "request":
        return reply(say("That request was answered already."), HOW_THINGS_STAND)
    state = STATES_OF.get((refusal.kind, refusal.state)) or STATES[refusal.state]
    said = say("{number} is {state} now.", number=Ref(refusal.number), state=state)
    if refusal.kind == "rule_change":
        return reply(said, say("{rules} shows what holds and what comes.", rules=Code("/rules")))
    if refusal.kind == "gathering":
        return reply(
            said, say("{gatherings} shows what is coming.", gatherings=Code("/gatherings"))
        )
    if refusal.kind == "chat":
        return reply(said, say("{queue} shows what waits.", queue=Code("/queue")))
    if refusal.kind in MONEY:
        return reply(said, say("{treasury} shows what there is.", treasury=Code("/treasury")))
    return reply(said, HOW_THINGS_STAND)


@explain.register
def _(refusal: KeyReused, pool: PoolId) -> Reply:
    return reply(say("I have answered this already."), say("Please type it once more."))


@explain.register
def _(refusal: TooMuchAtOnce, pool: PoolId) -> Reply:
    return reply(
        says(
            "That was a lot at once. Please wait {count} second, then go on.",
            "That was a lot at once. Please wait {count} seconds, then go on.",
            refusal.seconds,
        )
    )


@explain.register
def _(refusal: Busy, pool: PoolId) -> Reply:
    return reply(
        say("I have my hands full just now, and nothing was done."),
        say("Please try again in a minute."),
    )


@explain.register
def _(refusal: NotAnAmount, pool: PoolId) -> Reply:
    return reply(
        say("{said} is not a number of credits I can use.", said=Typed(refusal.said)),
        say("Write a whole number in digits, like {example}.", example=Code("5")),
    )


@explain.register
def _(refusal: NotAWorth, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as a worth.", said=Typed(refusal.said)),
        say(
            "Write {credits} for credits, {hours} or {minutes} for time, or {money} for money.",
            credits=Code("4"),
            hours=Code("2h"),
            minutes=Code("90min"),
            money=Sum(40),
        ),
    )


@explain.register
def _(refusal: NotMoney, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as an amount of money.", said=Typed(refusal.said)),
        say("Write it in digits, like {whole} or {cents}.", whole=Code("50"), cents=Code("12.50")),
    )


@explain.register
def _(refusal: OtherCurrency, pool: PoolId) -> Reply:
    return reply(
        say("This pool counts money in {currency}.", currency=refusal.currency),
        say("Write it like {example}.", example=Code(f"40 {refusal.currency}")),
    )


@explain.register
def _(refusal: NotACount, pool: PoolId) -> Reply:
    return reply(
        say("{said} is not a count.", said=Typed(refusal.said)),
        say("Write a whole number in digits, like {example}.", example=Code("3")),
    )


@explain.register
def _(refusal: NotANumber, pool: PoolId) -> Reply:
    return reply(
        say("{said} is not the number of a thing.", said=Typed(refusal.said)),
        say(
            "It looks like {example}; {mine} and {board} show the numbers.",
            example=Code("#12"),
            mine=Code("/mine"),
            board=Code("/board"),
        ),
    )


@explain.register
def _(refusal: NotADate, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as a day.", said=Typed(refusal.said)),
        say("Write {iso}, tomorrow, {days} or fri.", iso=Code("2026-12-05"), days=Code("+3d")),
    )


@explain.register
def _(refusal: NotATime, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as a day and a time.", said=Typed(refusal.said)),
        say(
            "Write {iso}, tomorrow {early} or fri {late}: the day, then the time by 24 hours.",
            iso=Code("2026-12-05 14:00"),
            early=Code("9:30"),
            late=Code("18:30"),
        ),
    )


@explain.register
def _(refusal: NotAChoice, pool: PoolId) -> Reply:
    return reply(
        say("{said} does not fit here.", said=Typed(refusal.said)),
        say("Write one of these: {words}", words=Code(", ".join(refusal.fitting))),
    )


@explain.register
def _(refusal: TooLong, pool: PoolId) -> Reply:
    return reply(
        say(
            "That is {length} characters long, and {most} fit.",
            length=refusal.length,
            most=refusal.length_max,
        ),
        say("Please say it in fewer words."),
    )


@explain.register
def _(refusal: NotInPlainLetters, pool: PoolId) -> Reply:
    return reply(
        say("I need a name with letters or digits in it."), say("Please write it once more.")
    )


@explain.register
def _(refusal: NobodyCalled, pool: PoolId) -> Reply:
    called = say("Nobody in the pool is called {said}.", said=Typed(refusal.said))
    if refusal.said.isdigit():
        example = Code(f"@name {refusal.said}")
        return reply(
            called, say("The name comes first, then the number: {example}", example=example)
        )
    return reply(
        called,
        say("Ask them to type {join} in the group, or look at the spelling.", join=Code("/join")),
    )


@explain.register
def _(refusal: WhichMember, pool: PoolId) -> Reply:
    return reply(say("Whom do you mean by {said}?", said=Typed(refusal.said)))


@explain.register
def _(refusal: UnknownCommand, pool: PoolId) -> Reply:
    if refusal.nearest:
        return reply(
            say("I do not know {said}.", said=Typed(f"/{refusal.said}")),
            say("Did you mean {nearest}?", nearest=Code(f"/{refusal.nearest}")),
        )
    return reply(
        say("I do not know {said}.", said=Typed(f"/{refusal.said}")),
        say("{help} shows what you can do.", help=Code("/help")),
    )


@explain.register
def _(refusal: WhichPool, pool: PoolId) -> Reply:
    choices = [
        button(say("{pool}", pool=Typed(each.name)), "choose", each.pool)
        for each in refusal.pools[:CHOICES_MAX]
    ]
    return reply(
        say("You are in several pools."),
        say("Which one shall we talk about here?"),
        buttons=in_pairs(choices),
    )


@explain.register
def _(refusal: NotForOthers, pool: PoolId) -> Reply:
    return reply(
        say(
            "{command} is something people type for themselves.",
            command=Code(f"/{refusal.command}"),
        ),
        say("You can record what they offer, need, promise, send or spend."),
    )


@explain.register
def _(refusal: QuestionOver, pool: PoolId) -> Reply:
    return reply(say("That question was answered or has run out."), say("Please start once more."))


@explain.register
def _(refusal: NotYourQuestion, pool: PoolId) -> Reply:
    return reply(
        say("That question is somebody else's."),
        say("{help} shows what you can do.", help=Code("/help")),
    )


@explain.register
def _(refusal: CardTooOld, pool: PoolId) -> Reply:
    return reply(
        say("This card is out of date."),
        HOW_THINGS_STAND,
    )


@explain.register
def _(refusal: NothingToAnswer, pool: PoolId) -> Reply:
    if refusal.meant:
        return reply(
            say("Did you mean {nearest}?", nearest=Code(f"/{refusal.meant}")),
            say("What I am to do begins with a slash."),
        )
    return reply(
        say("I did not ask anything just now, so I am not sure what you mean."),
        say("{help} shows what you can do.", help=Code("/help")),
    )


COMMANDS = (
    Command(
        "start",
        say("Say hello"),
        start,
        (Argument("payload", Kind.TEXT, say("Where you come from"), required=False, typed=False),),
        whose=For.ANYONE,
        writes=False,
        without_pool=True,
        topic="people",
    ),
    Command(
        "help",
        say("What you can do"),
        help_me,
        (
            Argument(
                "topic",
                Kind.CHOICE,
                say("About what"),
                required=False,
                choices=tuple(Choice(key, label) for key, label in HELP.items()),
            ),
        ),
        whose=For.ANYONE,
        writes=False,
        without_pool=True,
        topic="people",
    ),
    Command(
        "privacy",
        say("What is stored, and how to leave"),
        privacy,
        whose=For.ANYONE,
        writes=False,
        without_pool=True,
        topic="people",
    ),
    Command(
        "status", say("The pool in numbers"), status, whose=For.ANYONE, writes=False, topic="pool"
    ),
    Command(
        "audit",
        say("Proof that the books balance"),
        audit,
        whose=For.ANYONE,
        writes=False,
        topic="pool",
    ),
)
