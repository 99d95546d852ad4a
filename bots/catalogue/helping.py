"""Greeting, help, privacy, and what is open to all: the pool in numbers, its rules, its proof."""

from __future__ import annotations

from datetime import datetime

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Kind
from bots.catalogue.people import ROLE_WORDS
from bots.catalogue.showing import button, explain, show
from bots.catalogue.unclear import (
    CardTooOld,
    NobodyCalled,
    NotAChoice,
    NotACount,
    NotADate,
    NotAnAmount,
    NotANumber,
    NotAWorth,
    NotForOthers,
    NothingToAnswer,
    NotInPlainLetters,
    NotYourQuestion,
    OtherCurrency,
    PoolChoice,
    QuestionOver,
    TooLong,
    UnknownCommand,
    WhichMember,
    WhichPool,
)
from bots.replies import (
    Amount,
    Block,
    Code,
    Instant,
    Name,
    Ref,
    Reply,
    Say,
    Typed,
    Valued,
    heading,
    in_pairs,
    item,
    line,
    reply,
    say,
    says,
    word,
)
from core.domain.members import Role
from core.domain.refusals import (
    AnotherKind,
    Busy,
    KeyReused,
    NoSuchThing,
    NotThere,
    NotYours,
    OutOfDate,
    Refused,
)
from core.domain.units import Measure, PoolId, Worth
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
    "term": word("kind of thing", "a term of office"),
}

STATES = {
    "open": word("state", "open"),
    "closed": word("state", "closed"),
    "expired": word("state", "no longer on the board"),
    "withdrawn": word("state", "withdrawn"),
    "done": word("state", "done and waiting for a steward"),
    "confirmed": word("state", "confirmed"),
    "missed": word("state", "missed"),
    "held": word("state", "waiting to be delivered"),
    "delivered": word("state", "delivered"),
    "settled": word("state", "delivered and paid"),
    "cancelled": word("state", "cancelled"),
    "paid": word("state", "paid"),
    "declined": word("state", "turned down"),
    "waiting": word("state", "waiting"),
    "bound": word("state", "part of the pool"),
    "paused": word("state", "paused"),
    "ended": word("state", "turned away"),
}


CHOICES_MAX = 10
"""As many pools as rows of two buttons can show."""


async def start(asking: Asking) -> Reply:
    """`/start`: greet, and say the one next thing to do."""
    if asking.somewhere is None:
        return await _start_without_pool(asking)
    member = asking.known and await asking.doors.reading.member(
        asking.pool.id, asking.known.person.id
    )
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
    hello = say("Hello! I keep a group's promises: who gives what, and what it is worth.")
    if asking.call.place.private:
        return reply(hello, say("Type {join} in your group to take part.", join=Code("/join")))
    return reply(
        hello,
        say(
            "Somebody who administers this chat begins with {create}.", create=Code("/pool create")
        ),
    )


HELP = {
    "board": say("Offers and needs"),
    "promises": say("Promises"),
    "credits": say("Credits"),
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
    steward = await _is_steward(asking)
    pool = asking.somewhere.id if asking.somewhere else PoolId(0)
    shown = STEWARD_HELP if steward else MEMBER_HELP
    blocks = [line(say("This is what people use most."))]
    blocks += [
        item(say("{command} {summary}", command=Code(f"/{name}"), summary=_summary(asking, name)))
        for name in shown
    ]
    topics = [key for key in HELP if key != "stewards" or steward]
    buttons = [button(HELP[key], "help", pool, word=key) for key in topics]
    return Reply(tuple(blocks), (tuple(buttons[:3]), tuple(buttons[3:])))


MEMBER_HELP = ("board", "offer", "need", "take", "done", "send", "balance", "mine")
STEWARD_HELP = ("queue", "confirm", "thank", "register", "record", "appoint", "board", "mine")


async def _is_steward(asking: Asking) -> bool:
    if asking.somewhere is None or asking.known is None:
        return False
    member = await asking.doors.reading.member(asking.pool.id, asking.known.person.id)
    return member is not None and await asking.serves(member, Role.STEWARD)


def _summary(asking: Asking, name: str) -> Say:
    return asking.commands[name].summary


def _topic(asking: Asking, topic: str) -> Reply:
    pool = asking.somewhere.id if asking.somewhere else PoolId(0)
    lines = [
        item(
            say(
                "{command} {summary}",
                command=Code(usage(command)),
                summary=command.summary,
            )
        )
        for command in asking.commands.values()
        if command.topic == topic and not command.hidden
    ]
    seen = tuple(dict.fromkeys(lines))
    back = button(say("All of it"), "help", pool)
    return Reply((heading(HELP[topic]), *seen), ((back,),))


def usage(command: Command) -> str:
    """How a command is typed: `/send <member> <credits> [note]`."""
    parts = [
        f"/{command.group.value} {command.name}" if command.group == "pool" else f"/{command.name}"
    ]
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
                    "I keep your name, your account's number, and what you offer, need and promise."
                ),
            ),
            line(
                say("Everybody in the pool sees offers, needs and kept promises."),
                say("Your balance and history are shown to you alone."),
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
                    "{count} claim waits for a steward",
                    "{count} claims wait for a steward",
                    now.waiting,
                )
            ),
            item(say("{credits} issued so far", credits=Amount(now.issued))),
            item(say("{credits} in members' hands or held", credits=Amount(now.outstanding))),
            item(say("{credits} in the common fund", credits=Amount(now.common_fund))),
        )
    )


async def rules(asking: Asking) -> Reply:
    """`/rules`: the rules in plain words, and who serves."""
    pool = asking.pool
    serving = await asking.doors.reading.serving(pool.id, asking.doors.now())
    rates = pool.rules.rates
    return Reply(
        (
            heading(say("The rules of {pool}", pool=Typed(pool.name))),
            item(
                say(
                    "One credit stands for {time} of work or {money}.",
                    time=Valued(Worth(Measure.MINUTES, rates.minutes)),
                    money=Valued(Worth(Measure.CENTS, rates.cents)),
                )
            ),
            item(say("Credits come into being when a promise was kept and a steward says so.")),
            item(say("Nobody confirms their own.")),
            item(_floor(pool.rules.debit_limit_credits)),
            item(say("You can take back a transfer within ten minutes.")),
            item(
                say(
                    "I ask before more than {credits} are sent at once.",
                    credits=Amount(pool.rules.ask_before_credits),
                )
            ),
            item(
                say("Credits for an order are held until it is delivered, for thirty days at most.")
            ),
            heading(say("Who serves")),
            *(_serving(who.name, role, until) for who, role, until in serving),
        )
    )


def _floor(limit: int) -> Say:
    if limit:
        return say("You may go {credits} below zero.", credits=Amount(limit))
    return say("Nobody goes below zero.")


def _serving(name: str, role: Role, until: datetime | None) -> Block:
    if until is not None:
        return item(
            say(
                "{name}, {role} until {day}",
                name=Name(name),
                role=ROLE_WORDS[role],
                day=Instant(until, date_only=True),
            )
        )
    return item(say("{name}, {role}", name=Name(name), role=ROLE_WORDS[role]))


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
        say("{mine} and {board} show the numbers.", mine=Code("/mine"), board=Code("/board")),
    )


@explain.register
def _(refusal: OutOfDate, pool: PoolId) -> Reply:
    return reply(
        say("{number} has changed since this button was drawn.", number=Ref(refusal.number)),
        say("{mine} and {board} show how it stands now.", mine=Code("/mine"), board=Code("/board")),
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
    return reply(
        say("{number} is {state} now.", number=Ref(refusal.number), state=STATES[refusal.state]),
        say("{mine} and {board} show what is open.", mine=Code("/mine"), board=Code("/board")),
    )


@explain.register
def _(refusal: KeyReused, pool: PoolId) -> Reply:
    return reply(say("I have answered this already."), say("Please type it once more."))


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
            money=Code("$40"),
        ),
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
            "It looks like {example}; {mine} shows yours.", example=Code("#12"), mine=Code("/mine")
        ),
    )


@explain.register
def _(refusal: NotADate, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as a day.", said=Typed(refusal.said)),
        say(
            "Write {iso}, {tomorrow}, {days} or {weekday}.",
            iso=Code("2026-12-05"),
            tomorrow=Code("tomorrow"),
            days=Code("+3d"),
            weekday=Code("fri"),
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
    return reply(
        say("Nobody in the pool is called {said}.", said=Typed(refusal.said)),
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
        say("{help} shows what I can do.", help=Code("/help")),
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
        )
    )


@explain.register
def _(refusal: QuestionOver, pool: PoolId) -> Reply:
    return reply(say("That question was answered or has run out."), say("Please start once more."))


@explain.register
def _(refusal: NotYourQuestion, pool: PoolId) -> Reply:
    return reply(say("That question is somebody else's."))


@explain.register
def _(refusal: CardTooOld, pool: PoolId) -> Reply:
    return reply(
        say("This card is out of date."),
        say(
            "{board} and {mine} show how things stand now.",
            board=Code("/board"),
            mine=Code("/mine"),
        ),
    )


@explain.register
def _(refusal: NothingToAnswer, pool: PoolId) -> Reply:
    return reply(
        say("I did not ask anything just now, so I am not sure what you mean."),
        say("{help} shows what you can type.", help=Code("/help")),
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
        aliases=(("sw", "msaada"), ("fr", "aide")),
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
        "rules",
        say("The rules in plain words"),
        rules,
        whose=For.ANYONE,
        writes=False,
        topic="pool",
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
