"""Turning to the stewards: for help, with a word, or when an exchange was not quite well."""

from __future__ import annotations

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, For, Group, Kind
from bots.catalogue.disputes_said import quoted
from bots.catalogue.showing import button, explain, show, tell
from bots.replies import (
    Button,
    Code,
    Name,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    line,
    reply,
    say,
    word,
)
from core.domain.disputes import Concern, ConcernKind
from core.domain.refusals import InHand, SaidAlready
from core.domain.units import Number, PoolId
from core.usecases.helping import (
    ClosedUp,
    CloseUp,
    HelpComes,
    HelpEnded,
    HelpSought,
    HelpWanted,
    HowItWas,
    SayHowItWas,
    SeekHelp,
    TakenUp,
    TakeUp,
    close_up,
    say_how_it_was,
    seek_help,
    take_up,
)

ANSWER = say("What came of it? The one who asked reads your words.")
NOT_WELL = say("What was not well? Only a steward reads your words.")

CONCERNS = {
    ConcernKind.SUPPORT: word("what somebody wants of the stewards", "help"),
    ConcernKind.FEEDBACK: word("what somebody wants of the stewards", "a word to you"),
    ConcernKind.EXCHANGE: word("what somebody wants of the stewards", "an exchange went badly"),
}


async def support(asking: Asking) -> Reply:
    """`/support`: a steward's help, at once and until it is closed."""
    return await _seek(asking, ConcernKind.SUPPORT)


async def feedback(asking: Asking) -> Reply:
    """`/feedback`: a word to the stewards, which waits in their queue."""
    return await _seek(asking, ConcernKind.FEEDBACK)


async def _seek(asking: Asking, kind: ConcernKind) -> Reply:
    pool = asking.pool.id
    wanted = SeekHelp(pool, asking.by, kind, asking.get("text", str))
    return show(await asking.decide(seek_help, wanted), pool)


async def take(asking: Asking) -> Reply:
    """The button with which a steward looks after a call."""
    pool = asking.pool.id
    return show(
        await asking.decide(take_up, TakeUp(pool, asking.by, _number(asking), asking.version)), pool
    )


def _number(asking: Asking) -> Number:
    return Number(asking.get("concern", int))


async def close(asking: Asking) -> Reply:
    """The button with which a steward closes a call, with an answer."""
    pool, answer = asking.pool.id, asking.get("answer", str)
    wanted = CloseUp(pool, asking.by, _number(asking), answer)
    return show(await asking.decide(close_up, wanted), pool)


async def settled(asking: Asking) -> Reply:
    """The button with which the one who asked closes it."""
    pool = asking.pool.id
    return show(await asking.decide(close_up, CloseUp(pool, asking.by, _number(asking))), pool)


async def all_well(asking: Asking) -> Reply:
    """The button that says that all was well."""
    return await _how_it_was(asking, well=True)


async def not_well(asking: Asking) -> Reply:
    """The button that says that something was not, and what."""
    return await _how_it_was(asking, well=False)


async def _how_it_was(asking: Asking, *, well: bool) -> Reply:
    pool, order = asking.pool.id, Number(asking.get("order", int))
    wanted = SayHowItWas(pool, asking.by, order, well, asking.text("text"))
    return show(await asking.decide(say_how_it_was, wanted), pool)


def how_it_was_buttons(order: Number, pool: PoolId) -> tuple[Button, ...]:
    """What both sides of a paid order are asked, once."""
    return (
        button(say("All was well"), "allwell", pool, order, style=Style.YES),
        button(say("Not quite"), "notwell", pool, order, asks=NOT_WELL),
    )


def concern_line(concern: Concern, name: str) -> tuple[Say, ...]:
    """What somebody turned to the stewards with, in one line."""
    said = say(
        "{number} {name}, {kind}: “{text}”",
        number=Ref(concern.number),
        name=Name(name),
        kind=CONCERNS[concern.kind],
        text=Typed(concern.text),
    )
    if concern.taken_by is None:
        return (said,)
    return said, say("A steward looks after it.")


def concern_buttons(concern: Concern, pool: PoolId) -> tuple[Button, ...]:
    """What a steward can do with it; a word needs nobody to look after it."""
    number = Ref(concern.number)
    close_it = _closing(say("Close {number}", number=number), concern.number, pool)
    if concern.taken_by is not None or concern.kind is ConcernKind.FEEDBACK:
        return (close_it,)
    label = say("Look after {number}", number=number)
    takes = button(label, "takeup", pool, concern.number, concern.version, style=Style.YES)
    return takes, close_it


def _closing(label: Say, number: Number, pool: PoolId) -> Button:
    return button(label, "closeup", pool, number, asks=ANSWER)


def _own_close(number: Number, pool: PoolId) -> tuple[tuple[Button, ...], ...]:
    return ((button(say("It is settled"), "settled", pool, number),),)


@show.register
def _(sought: HelpSought, pool: PoolId) -> Reply:
    if sought.kind is ConcernKind.FEEDBACK:
        return reply(say("Thank you! The stewards will read it."))
    return reply(
        say("{number} The stewards have your words.", number=Ref(sought.concern)),
        say("You hear from me who looks after it."),
        buttons=_own_close(sought.concern, pool),
    )


@tell.register
def _(wanted: HelpWanted, pool: PoolId) -> Reply:
    name = wanted.who.name if wanted.who else wanted.name
    said = say("{name} needs a steward. ({number})", name=Name(name), number=Ref(wanted.concern))
    look_after = button(
        say("I look after it"), "takeup", pool, wanted.concern, wanted.version, style=Style.YES
    )
    about = (
        (say("It is about the order {number}.", number=Ref(wanted.order)),) if wanted.order else ()
    )
    return Reply((line(said, *about), quoted(wanted.text)), ((look_after,),))


@show.register
def _(taken: TakenUp, pool: PoolId) -> Reply:
    said = say("Thank you! {number} is in your hands.", number=Ref(taken.concern))
    return Reply(
        (line(said, say("I have told them that you will be in touch.")), quoted(taken.text)),
        ((_closing(say("Close"), taken.concern, pool),),),
    )


@tell.register
def _(comes: HelpComes, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} looks after it and will be in touch. ({number})",
            name=Name(comes.by.name),
            number=Ref(comes.concern),
        ),
        buttons=_own_close(comes.concern, pool),
    )


@show.register
def _(closed: ClosedUp, pool: PoolId) -> Reply:
    said = say("{number} is closed.", number=Ref(closed.concern))
    if closed.told:
        return reply(said, say("I have passed your words on."))
    return reply(said, say("Good that it is settled!"))


@tell.register
def _(ended: HelpEnded, pool: PoolId) -> Reply:
    said = say("{name} closed {number}.", name=Name(ended.by.name), number=Ref(ended.concern))
    again = say("If it is not settled, write again: {support}", support=Code("/support"))
    return Reply((line(said), quoted(ended.answer), line(again)))


@show.register
def _(was: HowItWas, pool: PoolId) -> Reply:
    if was.well:
        return reply(say("Good to hear, thank you!"))
    return reply(say("Thank you for telling me."), say("A steward reads it, and nobody else."))


@explain.register
def _(refusal: InHand, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} already looks after {number}.",
            name=Name(refusal.by.name),
            number=Ref(refusal.number),
        ),
        say("{queue} shows what waits.", queue=Code("/queue")),
    )


@explain.register
def _(refusal: SaidAlready, pool: PoolId) -> Reply:
    return reply(say("You have told me already, thank you."))


CONCERN = Argument("concern", Kind.NUMBER, say("Its number"))
ORDER = Argument("order", Kind.NUMBER, say("The number of the order"))

COMMANDS = (
    Command(
        "support",
        say("Ask a steward for help"),
        support,
        (
            Argument(
                "text",
                Kind.TEXT,
                say("What you need"),
                say("What do you need? Only the stewards read your words."),
            ),
        ),
        whose=For.ANYONE,
        topic="people",
    ),
    Command(
        "feedback",
        say("Tell the stewards something"),
        feedback,
        (
            Argument(
                "text",
                Kind.TEXT,
                say("What you want to say"),
                say("What would you like to say? Only the stewards read your words."),
            ),
        ),
        whose=For.ANYONE,
        topic="people",
    ),
    Command(
        "takeup",
        say("Look after a call for help"),
        take,
        (CONCERN,),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="concern",
        hidden=True,
        topic="stewards",
    ),
    Command(
        "closeup",
        say("Close a call for help"),
        close,
        (CONCERN, Argument("answer", Kind.TEXT, say("What came of it"), ANSWER)),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="concern",
        hidden=True,
        topic="stewards",
    ),
    Command(
        "settled",
        say("Say that it is settled"),
        settled,
        (CONCERN,),
        press="concern",
        hidden=True,
        topic="people",
    ),
    Command(
        "allwell",
        say("Say that all was well"),
        all_well,
        (ORDER,),
        press="order",
        hidden=True,
        topic="credits",
    ),
    Command(
        "notwell",
        say("Say what was not well"),
        not_well,
        (ORDER, Argument("text", Kind.TEXT, say("What was not well"), NOT_WELL)),
        press="order",
        hidden=True,
        topic="credits",
    ),
)
