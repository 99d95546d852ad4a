"""A gathering stands in the guild's own list of events too, where the bot may put it there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.clocks import Clock, Draw
from tests.discord_bot.riverside import Riverside
from tests.pretended.discord import PretendedDiscord
from tests.pretended.discord.places import CANCELED, SCHEDULED, ScheduledEvent

EVENTS = "POST /guilds/*/scheduled-events"
STARTS = datetime(2026, 12, 5, 15, 30, tzinfo=UTC)


@pytest.fixture
async def planning(
    server: PretendedDiscord, tmp_path: Path, clock: Clock, draw: Draw
) -> AsyncIterator[Riverside]:
    """A guild where the bot may make events, and nothing of others."""
    place = Riverside(server, tmp_path, clock, draw)
    server.role(place.guild, "Planner", [server.bot_user], ["create_events"])
    await place.start()
    await place.found()
    yield place
    await place.stop()


async def gather(there: Riverside, what: str = "Repair café", **options: str) -> str:
    """Claire calls a gathering; its number."""
    when = "2026-12-05 18:30"
    act = await there.slash(there.claire, "gather", when=when, what=what, **options)
    return act.text.split("#")[1].split()[0].rstrip(".:,")


def events(place: Riverside) -> list[ScheduledEvent]:
    return list(place.guild.events.values())


async def test_a_gathering_is_an_event_of_the_guild_until_it_is_called_off_c24(
    planning: Riverside,
) -> None:
    """C24: made with the card, called off with it; who comes changes nothing in it."""
    place = planning
    number = await gather(place, place="The old school")
    (event,) = events(place)
    assert (event.name, event.place, event.status) == ("Repair café", "The old school", SCHEDULED)
    assert (event.starts_at, event.ends_at) == (STARTS, STARTS + timedelta(hours=2))
    assert f"/going {number}" in event.description
    await place.slash(place.juma, "going", gathering=number)
    assert (len(events(place)), event.edits) == (1, 0)
    await place.restart()
    await place.slash(place.claire, "end", what=number)
    assert (len(events(place)), event.status) == (1, CANCELED)


async def test_what_is_typed_fits_into_an_event_and_stays_what_it_is_c24(
    planning: Riverside,
) -> None:
    """C24: names are text on Discord, without markup; without a place, it is the guild's."""
    place = planning
    await gather(place, "*Potluck* @everyone " + "and more " * 8)
    (event,) = events(place)
    assert event.name.startswith("*Potluck* @everyone and more")
    assert len(event.name) <= 100
    assert event.place == "Riverside"


async def test_without_the_right_nothing_is_tried_and_the_card_stands_c24(
    riverside: Riverside,
) -> None:
    """C24: nobody is asked for a right that is only nice to have."""
    place = riverside
    await gather(place)
    assert events(place) == []
    assert not any("scheduled-events" in call.path for call in place.server.calls)
    assert "Repair café" in place.cards[-1].text


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (400, 50035), (None, 0)])
async def test_a_refused_event_keeps_no_card_back_c24(
    planning: Riverside, status: int | None, code: int
) -> None:
    """C24: the card is what counts, and is shown once."""
    place = planning
    place.server.fail(EVENTS, status, code=code, times=2)
    number = await gather(place)
    assert events(place) == []
    assert sum("Repair café" in each.text for each in place.cards) == 1
    await place.slash(place.juma, "going", gathering=number)
    assert sum("Juma" in each.text for each in place.cards) == 1


async def test_an_event_that_somebody_removed_is_not_made_anew_c24(planning: Riverside) -> None:
    """C24: who administers the guild has the last word about its list."""
    place = planning
    number = await gather(place)
    place.guild.events.clear()
    await place.slash(place.claire, "end", what=number)
    assert events(place) == []
    assert "Called off." in place.cards[-1].text
