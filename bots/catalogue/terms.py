"""The terms of stewards: handing one over, being away, and when one is over."""

from __future__ import annotations

from datetime import datetime

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, For, Group, Kind
from bots.catalogue.people import MEMBER, ROLE_WORDS
from bots.catalogue.showing import explain, show, tell
from bots.replies import Code, Instant, Name, Reply, reply, say
from core.domain.members import Term, TermState
from core.domain.refusals import NeedsAccount
from core.domain.units import MemberId, PoolId
from core.usecases.roles import (
    AwaySet,
    GoAway,
    Rotate,
    Rotated,
    TermOver,
    go_away,
    rotate,
)


async def hand_over(asking: Asking) -> Reply:
    """`/rotate`: another member takes over from a steward."""
    pool = asking.pool.id
    wanted = Rotate(
        pool,
        asking.by,
        MemberId(asking.get("steward", str)),
        MemberId(asking.get("member", str)),
        asking.maybe("until", datetime),
    )
    return show(await asking.decide(rotate, wanted), pool)


async def away(asking: Asking) -> Reply:
    """`/away`: the others are nudged meanwhile."""
    pool = asking.pool.id
    wanted = GoAway(pool, asking.by, asking.maybe("until", datetime))
    return show(await asking.decide(go_away, wanted), pool)


@show.register
def _(rotated: Rotated, pool: PoolId) -> Reply:
    return reply(
        say(
            "{incoming} serves as steward until {day}, in place of {outgoing}.",
            incoming=Name(rotated.incoming.name),
            outgoing=Name(rotated.outgoing.name),
            day=Instant(rotated.until, date_only=True),
        )
    )


@show.register
def _(kept: AwaySet, pool: PoolId) -> Reply:
    if kept.until is None:
        return reply(say("Welcome back! I tell you again what waits."))
    day = Instant(kept.until, date_only=True)
    return reply(
        say("Until {day} I tell the other stewards what waits, not you.", day=day),
        say("Type {away} when you are back.", away=Code("/away")),
    )


@tell.register
def _(over: TermOver, pool: PoolId) -> Reply:
    return reply(
        say("Your term as {role} is over.", role=ROLE_WORDS[over.role]),
        say("Thank you for all you did!"),
    )


def term_card(term: Term, name: str) -> Reply:
    """What the group hears of a steward's term that is over; the last one serves on."""
    if term.state is TermState.SERVING:
        return reply(
            say("The term of {name} as steward is over, and nobody else serves.", name=Name(name)),
            say("It is time to choose stewards: {appoint}", appoint=Code("/appoint @name steward")),
        )
    return reply(
        say("The term of {name} as steward is over.", name=Name(name)),
        say("Until another serves, what needs two stewards waits."),
    )


@explain.register
def _(refusal: NeedsAccount, pool: PoolId) -> Reply:
    return reply(
        say("{name} has no account of their own, and a steward needs one.",
            name=Name(refusal.who.name)),
        say("Appoint somebody who can type here themselves."),
    )  # fmt: skip


UNTIL = Argument("until", Kind.DATE, say("Until which day"), required=False, option=True)

COMMANDS = (
    Command(
        "rotate",
        say("Hand a steward’s term over"),
        hand_over,
        (
            Argument(
                "steward",
                Kind.MEMBER,
                say("Who serves now"),
                say("Whose term ends? Write @name."),
            ),
            MEMBER,
            UNTIL,
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "away",
        say("Be away, or back again"),
        away,
        (UNTIL,),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
)
