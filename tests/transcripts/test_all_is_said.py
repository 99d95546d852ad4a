"""All that can be said stands in a transcript, in each language, and goes so in the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bots.app import now
from bots.catalogue.all import COMMANDS
from bots.catalogue.showing import explain, show, tell
from bots.catalogue.unclear import NotYourQuestion, TooMuchAtOnce
from bots.languages import LANGUAGES
from bots.playing import local_stage
from bots.replies import Reply
from bots.settings import Settings
from bots.transcripts.neutral import neutral_text
from bots.transcripts.player import Played, play
from bots.transcripts.script import MIXED, Act, Script, Taps, read_script
from bots.words import Voice
from core.domain.neutral import Neutral, Notice, Outcome
from core.domain.refusals import (
    Busy,
    ChatUnbound,
    KeyReused,
    NeedsYes,
    NoPromise,
    NoSuchPool,
    NotDecidedYet,
    NotOnPanel,
    Refusal,
    SomeOutOfDate,
)
from core.domain.units import Number, PersonId, PoolId
from core.usecases.closing import ChunkClosed
from core.usecases.passing import TimePassed
from core.usecases.people import Met
from core.usecases.pools import (
    AnnouncesElsewhere,
    CannotAnnounce,
    ChannelClosed,
    ChatFollowed,
)
from tests.transcripts.watching import Watch, full_name

HERE = Path(__file__).parent
WRITTEN_IN = "en"

DISCORD_ALONE = "Discord alone closes places: tests/discord_bot/test_places.py"

UNHEARD: dict[Outcome | Refusal | Notice, str] = {
    Met(PersonId("juma")): "the bot takes note of somebody; nobody asked for it",
    TimePassed(2): "the clock asks, not a person",
    ChunkClosed(done=True): "the clock closes months, not a person",
    ChatFollowed(None): "the platform tells of a chat that moved, not a person",
    ChannelClosed("Garden"): "a terminal has no topics that could be closed",
    NoPromise(Number(3)): "only a forged button asks for a promise where none goes with it",
    Busy(): "more is waiting than people can type: tests/storage floods the writer",
    KeyReused(): "a platform gives an event's key to another event, which none does",
    NoSuchPool(): "only a forged button names a pool that is not there",
    CannotAnnounce("Riverside", "general", ("view_channel", "send_messages")): DISCORD_ALONE,
    CannotAnnounce("Riverside", "", ()): DISCORD_ALONE,
    CannotAnnounce("Riverside", "general", ()): DISCORD_ALONE,
    AnnouncesElsewhere("Riverside", "Offers", "general"): DISCORD_ALONE,
    SomeOutOfDate(): "several are chosen at once on Discord alone: tests/discord_bot/test_queue.py",
    NotYourQuestion(): "a question is shown to one person alone; only a forged press reaches it",
    TooMuchAtOnce(3): "a transcript is typed faster than by hand, so all of it is let in",
    ChatUnbound(): "the chat is let go between the look at it and the decision",
    NotDecidedYet(Number(12)): "the buttons to agree come with the decision",
    NotOnPanel(Number(12)): "the buttons of a panel are shown to the three alone",
}
"""What never comes of what people do here, and why; it can be said all the same."""


def folder(language: str) -> Path:
    return HERE if language == WRITTEN_IN else HERE / language


def scripts(language: str) -> dict[str, Script]:
    """The transcripts of a language by the names of their files."""
    return {
        file.name: read_script(file.read_text(encoding="utf-8"))
        for file in sorted(folder(language).glob("*.txt"))
    }


async def played(script: Script, watch: Watch, home: Path) -> Played:
    settings = Settings(data_dir=home)
    url = settings.database.get_secret_value()
    commands = watch.commands(COMMANDS)
    async with local_stage(script, settings, url, commands=commands) as stage:
        return await play(script, stage, script.start.instant(now()))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_is_said_in_transcripts_that_go_as_they_are_written(
    language: str, tmp_path: Path
) -> None:
    watch = Watch()
    faults: list[str] = []
    with watch.sayings():
        for name, script in scripts(language).items():
            went = await played(script, watch, tmp_path / name)
            if not went.well:
                faults += [*went.faults, went.difference(f"{language}: {name}")]
    assert not faults, "\n".join(faults)
    assert sorted(_sayable() - watch.said, key=str) == []
    assert {full_name(command) for command in COMMANDS} - watch.ran == set()


def _sayable() -> set[type]:
    """Every kind of outcome, refusal and notice that a person may come to see."""
    above = {Outcome, Notice, Refusal, NeedsYes}
    kinds = {
        kind for kind in Neutral.kinds.values() if issubclass(kind, (Outcome, Notice, Refusal))
    }
    return {kind for kind in kinds - above if _is_of_the_house(kind)} - {*map(type, UNHEARD)}


def _is_of_the_house(kind: type) -> bool:
    """Tests make kinds of their own, which are nobody's to say."""
    return not kind.__module__.startswith("test")


@pytest.mark.parametrize("thing", UNHEARD, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_can_bring_about_could_be_said(
    thing: Outcome | Refusal | Notice, language: str
) -> None:
    assert neutral_text(_said_of(thing), Voice(language))


def _said_of(thing: Outcome | Refusal | Notice) -> Reply:
    if isinstance(thing, Refusal):
        return explain(thing, PoolId(1))
    return tell(thing, PoolId(1)) if isinstance(thing, Notice) else show(thing, PoolId(1))


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != WRITTEN_IN])
def test_every_language_tells_the_same_stories(language: str) -> None:
    """To write one anew: python -m bots play FILE --language sw --into tests/transcripts/sw."""
    ours, theirs = scripts(WRITTEN_IN), scripts(language)
    assert list(theirs) == list(ours)
    for name, script in theirs.items():
        assert _acts(script) == _acts(ours[name]), name
        assert {each.language for each in script.people} == {language}, name


def _acts(script: Script) -> list[tuple[Act, frozenset[str]]]:
    """What is done where a language is played; a button's label is in the language."""
    return [
        (replace(step.act, label="") if isinstance(step.act, Taps) else step.act, step.only)
        for step in script.steps
        if MIXED in script.only or not step.only or "local" in step.only
    ]
