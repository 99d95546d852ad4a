"""Staying connected: a broken line is taken up again, and logins are kept scarce.

To go on with a session costs nothing. But Discord takes its token from a bot that logs in a
thousand times a day, and discord.py's own loop logs in again as often as a session is declared
over. So the loop is ours: it pauses where lines break at once, and counts logins, also those of
processes before this one, so that a supervisor that starts a failing bot again and again does no
harm. What it uses of the library is held to one minor version by a test.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from core.desk import Notes

log = logging.getLogger(__name__)

LOGINS_NOTE = "discord:logins"
MINUTES = timedelta(minutes=10)
MINUTES_MAX = 5
"""Logins of one shard in ten minutes."""

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
DAY_FREELY = 26
"""Logins of one shard in a day; of further ones there is one an hour, which makes fifty."""

CONNECTING_SECONDS = 60
STEADY_SECONDS = 60
"""A line that stood for so long is taken up again at once."""

PAUSE_MAX_SECONDS = 60
BROKEN = (
    OSError,
    TimeoutError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
)


class Logins:
    """When the bot logged in, kept over restarts, and when it may do so again.

    `shards` log in beside one another, each as often as one bot may.
    """

    def __init__(self, notes: Notes, now: Callable[[], datetime], shards: int = 1) -> None:
        self._notes = notes
        self._now = now
        self._shards = shards
        self._one_at_a_time = asyncio.Lock()

    async def late(self) -> float:
        """In how many seconds the next login may be."""
        now = self._now()
        return max((self._next(await self._past(now)) - now).total_seconds(), 0.0)

    async def take(self) -> float:
        """Count a login, if it may be now; else in how many seconds it may."""
        async with self._one_at_a_time:
            late = await self.late()
            if not late:
                now = self._now()
                past = [*await self._past(now), now]
                await self._notes.put(LOGINS_NOTE, json.dumps([at.timestamp() for at in past]))
            return late

    async def _past(self, now: datetime) -> list[datetime]:
        """The logins of the last day, oldest first."""
        kept = json.loads(await self._notes.get(LOGINS_NOTE) or "[]")
        past = [datetime.fromtimestamp(each, UTC) for each in kept]
        return [at for at in past if now - DAY < at <= now]

    def _next(self, past: list[datetime]) -> datetime:
        """The first instant that keeps to both limits."""
        earliest = datetime.min.replace(tzinfo=UTC)
        few, many = MINUTES_MAX * self._shards, DAY_FREELY * self._shards
        if len(past) >= few:
            earliest = past[-few] + MINUTES
        if len(past) >= many:
            earliest = max(earliest, past[-self._shards] + HOUR)
        return earliest


@dataclass(slots=True)
class Line:
    """The line of one shard to the gateway, until `end` is called.

    `pause_seconds` is the first pause after a line that broke at once; `look_seconds`, how often
    a long wait looks at the clock.
    """

    client: discord.Client
    logins: Logins
    pause_seconds: float = 1.0
    look_seconds: float = 60.0
    _session: dict[str, Any] = field(default_factory=dict)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _until: asyncio.Timeout | None = None
    _broke: int = 0
    _began: bool = False

    async def hold(self) -> None:
        """Stay connected until the end.

        Raises:
            discord.ConnectionClosed: Discord hung up for good, as with a wrong token.
        """
        try:
            await self._stay()
        finally:
            # A line that was made while the end came is nobody else's to close.
            await _hang_up(self.client.ws)

    async def _stay(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._ended.is_set():
            since = loop.time()
            try:
                if self._session or await self._may_log_in():
                    await self._listen()
            except ReconnectWebSocket as again:
                self._session = _kept(self.client.ws) if again.resume else {}
            except BROKEN as error:
                if self._ended.is_set():
                    return
                log.warning("the line to Discord broke: %s", type(error).__name__)
                self._session = _kept(self.client.ws)
            await self._pause(loop.time() - since)

    def end(self) -> None:
        """Hear nothing more, from this instant on."""
        self._ended.set()
        if self._until is not None:
            self._until.reschedule(0)

    async def _listen(self) -> None:
        """Connect, with the session that there is or by a login, and hear what comes."""
        first, self._began = not self._began and not self.client.shard_id, True
        async with asyncio.timeout(CONNECTING_SECONDS):
            self.client.ws = await DiscordWebSocket.from_client(
                self.client, initial=first, shard_id=self.client.shard_id, **self._session
            )
        async with asyncio.timeout(None) as self._until:
            while not self._ended.is_set():
                await self.client.ws.poll_event()

    async def _may_log_in(self) -> bool:
        """Wait until the bot may log in; False when it ends meanwhile."""
        said = False
        while late := await self.logins.take():
            if not said:
                log.warning("Discord: logged in too often lately; the next login is in %d s", late)
                said = True
            if await self._closed_in(min(late, self.look_seconds)):
                return False
        return not self._ended.is_set()

    async def _pause(self, stood: float) -> None:
        """Wait longer after each line that broke at once."""
        self._broke = 1 if stood > STEADY_SECONDS else self._broke + 1
        if self._broke > 1:
            doubled = self.pause_seconds * 2.0 ** min(self._broke - 2, 10)
            await self._closed_in(min(doubled, PAUSE_MAX_SECONDS))

    async def _closed_in(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self._ended.is_set()


async def _hang_up(socket: DiscordWebSocket | None) -> None:
    if socket is not None and socket.open:
        await socket.close(code=1000)


def _kept(socket: DiscordWebSocket | None) -> dict[str, Any]:
    """What is needed to go on with a session, nothing where there is none."""
    if socket is None or socket.session_id is None:
        return {}
    return {
        "resume": True,
        "session": socket.session_id,
        "sequence": socket.sequence,
        "gateway": socket.gateway,
    }
