"""The local platform put together: a stage for transcripts; the chat in terminal and browser.

The chat lives on a database of its own, `demo.db` in the data folder, never on the one that
DATABASE_URL names. It is made, once, by playing a transcript through the engine.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bots.app import App, collect_garbage, now, stopped_by_signals
from bots.catalogue.commands import Command
from bots.delivery import CardOf
from bots.local_bot.bot import FULL, PLATFORM, LocalBot
from bots.local_bot.browser.listening import Listening
from bots.local_bot.console import Console
from bots.local_bot.keyboard import keyboard_for
from bots.local_bot.powers import Powers
from bots.local_bot.screen import Screen, has_colour
from bots.local_bot.stage import LocalStage, Moment, hops
from bots.local_bot.talk import Talk
from bots.settings import Settings
from bots.transcripts.player import Played, play
from bots.transcripts.script import MIXED, Script, read_script
from bots.transcripts.stage import Stage
from bots.transcripts.translating import translate


def steady_draw(seed: str) -> Callable[[int], bytes]:
    """Random bytes that are the same on every run: what is played twice reads the same."""
    numbers = count()

    def draw(length: int) -> bytes:
        return hashlib.shake_256(f"{seed}:{next(numbers)}".encode()).digest(length)

    return draw


@asynccontextmanager
async def local_stage(
    script: Script,
    settings: Settings,
    url: str,
    *,
    commands: Sequence[Command] | None = None,
    card_of: CardOf | None = None,
    powers: Powers = FULL,
) -> AsyncIterator[LocalStage]:
    """The local platform on a database of its own, at the instant where a transcript begins.

    A transcript that is only for several platforms has them all here, each as a room of its own.
    """
    moment = Moment(script.start.instant(now()))
    people = {PLATFORM: script.people}
    if MIXED in script.only:
        people = {each: script.on(each) for each in script.platforms}
    app = App(
        settings,
        url=url,
        clock=moment,
        draw=steady_draw(script.title),
        commands=commands,
        card_of=card_of,
        rooms=[
            partial(LocalBot, people=there, title=script.title, platform=platform, powers=powers)
            for platform, there in people.items()
        ],
        limits=None,
        ticking=False,
    )
    own = {actor.nick: actor.platform for actor in script.people}
    async with app:
        bots = [local_bot_of(app, each) for each in people]
        yield LocalStage(bots, moment, app.ticker.tick, app.quiet, own)


def local_bot_of(app: App, platform: str = PLATFORM) -> LocalBot:
    """The local room of an app that has one."""
    bot = app.delivery.rooms[platform]
    if not isinstance(bot, LocalBot):
        raise TypeError(f"another room is called {platform}")
    return bot


async def play_locally(
    script: Script, settings: Settings, url: str = "", powers: Powers = FULL
) -> Played:
    """Play a transcript on the local platform; without `url` on a database that is then gone."""
    if url:
        async with local_stage(script, settings, url, powers=powers) as stage:
            return await _played(script, stage)
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'played.db'}"
        return await play_locally(script, settings, url, powers)


async def _played(script: Script, stage: Stage) -> Played:
    return await play(script, stage, script.start.instant(now()))


async def translate_locally(script: Script, settings: Settings, language: str) -> Played:
    """A transcript in another language, as the local platform plays it; `after` is the file."""

    @asynccontextmanager
    async def opened(spoken: Script) -> AsyncIterator[LocalStage]:
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'played.db'}"
            async with local_stage(spoken, settings, url) as stage:
                yield stage

    return await translate(script, language, opened, script.start.instant(now()))


# --- the chat in the terminal --------------------------------------------------------------

DEMO = Path(__file__).parent / "local_bot" / "demo.txt"
FIRST = "juma"
"""Whose eyes one looks through at first."""

AHEAD = "local clock ahead"
"""The note that says by how many seconds the demo's clock is ahead of the real one."""


class Ahead:
    """The real clock, and how far somebody who tries things out has moved it."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        """The demo's instant, in UTC."""
        return now() + self.by


def demo_script(language: str = "en") -> Script:
    """The transcript that the demo is made of, for a group that speaks this language."""
    text = DEMO.read_text(encoding="utf-8")
    return read_script(text.replace("language:en", f"language:{language}"))


async def chat(settings: Settings, listening: Listening, powers: Powers) -> int:
    """Talk in the terminal, or with a pipe, until the lines end; gives the exit code.

    Meanwhile a browser on this computer shows the same.

    Raises:
        CannotOpen: as for `App`, when the demo is open in another terminal; when the page's
            address is taken.
    """
    # Late: whoever plays a transcript needs no server.
    from bots.local_bot.browser.server import serving

    script = demo_script(settings.locale)
    stopping = asyncio.Event()
    with stopped_by_signals(stopping):
        url = await demo_url(script, settings)
        clock = Ahead()
        room = partial(LocalBot, people=script.people, title=script.title, powers=powers)
        async with App(settings, url=url, clock=clock, rooms=[room], limits=None) as app:
            collect_garbage()
            clock.by = timedelta(seconds=int(await app.house.notes.get(AHEAD) or 0))
            talk = Talk(local_bot_of(app), app.inside, advancing(app, clock), app.quiet)
            async with serving(talk, listening, FIRST) as page:
                console = Console(talk, Screen(print, has_colour()), page)
                keyboard = keyboard_for(app.inside, talk.bot, lambda: (console.nick, console.voice))
                await console.run(keyboard, FIRST, stopping)
    return 0


async def demo_url(script: Script, settings: Settings) -> str:
    """The demo's database; it is made beside its place and moved there when it is whole."""
    place = settings.data_dir / "demo.db"
    if not place.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="demo-", dir=settings.data_dir) as folder:
            made = Path(folder) / place.name
            await _make_demo(script, settings, f"sqlite:///{made}")
            made.rename(place)
    return f"sqlite:///{place}"


async def _make_demo(script: Script, settings: Settings, url: str) -> None:
    async with local_stage(script, settings, url) as stage:
        played = await _played(script, stage)
    if played.faults:
        raise RuntimeError(f"the demo cannot be made: {played.faults}")


def advancing(app: App, clock: Ahead) -> Callable[[timedelta], Awaitable[None]]:
    """How the demo's time is let pass, with all that falls due on the way."""

    async def advance(by: timedelta) -> None:
        for hop in hops(by):
            clock.by += hop
            await app.ticker.tick()
            await app.quiet()
        await app.house.notes.put(AHEAD, str(int(clock.by.total_seconds())))

    return advance
