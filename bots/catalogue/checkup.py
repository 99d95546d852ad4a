"""`/doctor`: how the bot is, for stewards; short, without a secret, and with what to do.

What it takes to run the bot (tokens, addresses, disks) is for the one who runs it to see, by
`python -m bots doctor`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Command, For, Group
from bots.catalogue.setup import PLATFORMS
from bots.health import LATE, Health
from bots.replies import Block, Code, Instant, Reply, Say, Typed, item, line, say, says
from core.domain.pools import Chat, ChatState

WHO_RUNS_ME = say(
    "Please tell whoever runs me; {doctor} says more.", doctor=Code("python -m bots doctor")
)


async def doctor(asking: Asking) -> Reply:
    """`/doctor`: what works, what waits, what to do."""
    await asking.steward()
    pool, reading = asking.pool.id, asking.doors.reading
    health = await asking.doors.health()
    broken = list(_broken(health))
    here = [*_chats(await reading.chats(pool)), *await asking.call.place.obstacles()]
    status = await reading.status(pool, asking.doors.now())
    if status.stewards < 2:
        here.append(
            say(
                "There is one steward alone, and nobody confirms their own: {appoint}",
                appoint=Code("/appoint @name steward"),
            )
        )
    blocks = [_first(health, broken), *map(item, broken), *map(item, here)]
    if broken:
        blocks.append(line(WHO_RUNS_ME))
    return Reply(tuple(blocks))


def _first(health: Health, broken: list[Say]) -> Block:
    if broken:
        return line(say("Not all is well with me."))
    if not health.waiting:
        return line(say("All is well: I hear you all, and nothing waits."))
    return line(
        say("All is well: I hear you all."),
        says(
            "{count} message is on its way.", "{count} messages are on their way.", health.waiting
        ),
    )


def _broken(health: Health) -> Iterator[Say]:
    """What only the one who runs the bot can put right."""
    for name, listens in health.rooms.items():
        if not listens:
            yield say("I do not reach {platform} just now.", platform=PLATFORMS.get(name, name))
    if not health.writes:
        yield say("I cannot write anything down just now.")
    if not health.ticks:
        yield say("My clock stands still: reminders and the month’s end wait.")
    if health.said_since is not None and health.said_late >= LATE:
        yield say("Messages wait since {since}.", since=Instant(health.said_since))
    if health.heard_since is not None and health.heard_late >= LATE:
        yield say("What you sent me waits since {since}.", since=Instant(health.heard_since))
    if health.given_up:
        yield says(
            "{count} message could not be delivered in the end.",
            "{count} messages could not be delivered in the end.",
            health.given_up,
        )


def _chats(chats: Sequence[Chat]) -> Iterator[Say]:
    """What somebody in a chat of the pool can put right."""
    for chat in chats:
        if chat.state is ChatState.PAUSED:
            yield say("I am no longer in {title}: please add me again.", title=Typed(chat.title))
        elif chat.state is ChatState.WAITING:
            yield say(
                "{title} waits for a steward’s yes: {queue}",
                title=Typed(chat.title),
                queue=Code("/queue"),
            )


COMMANDS = (
    Command(
        "doctor",
        say("Is all well with me?"),
        doctor,
        group=Group.STEWARD,
        whose=For.STEWARD,
        writes=False,
        topic="stewards",
    ),
)
