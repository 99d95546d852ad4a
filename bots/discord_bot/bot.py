"""The room of Discord."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import discord

from bots.discord_bot.client import PoolClient, point_library_at, shard_of
from bots.discord_bot.reading import PLATFORM
from bots.discord_bot.sending import NO_ANSWER
from bots.platform import TryLater
from bots.replies import Reply
from bots.rooms import CannotStart, Inside
from bots.words import Voice

log = logging.getLogger(__name__)

READY_SECONDS = 60
POLITE_SECONDS = 2.0
AUTHENTICATION_FAILED = 4004
REFUSED = (
    "Discord does not know DISCORD_TOKEN."
    " Copy the token once more from the Bot page of your application."
)


class DiscordBot:
    """A room (`bots.rooms.Room`): `DiscordBot(inside)`, then `start`, and `stop` at the end.

    It uses all of `inside` but inbox and outbox. One at a time may run in a process: where
    Discord is found is set once for the whole library. `client` makes the connections, one for
    each shard that Discord wants, which is one up to a thousand guilds; tests pass one that
    waits less.
    """

    name = PLATFORM
    knows_nonces = True
    # The library keeps to Discord's limits by itself, chat by chat.
    seconds_between_messages = 0.0
    messages_per_minute = 0
    messages_per_second = 0

    def __init__(self, inside: Inside, client: Callable[..., PoolClient] = PoolClient) -> None:
        self._inside = inside
        self._make = client
        self._clients: list[PoolClient] = []
        self._tasks = AsyncExitStack()

    async def start(self) -> None:
        """Log in and listen; returns once calls can come in.

        Raises:
            CannotStart: the token is wrong or missing.
            TryLater: Discord is out of reach, or the bot has logged in too often lately.
        """
        point_library_at(self._inside.settings)
        try:
            await self._log_in()
            for client in self._clients:
                await self._listen(client)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take no further events, and finish those that have begun."""
        clients, self._clients = self._clients, []
        for client in clients:
            client.answering.close()
        for client in clients:
            await client.answering.busy.none()
            await client.close()
        await self._tasks.aclose()

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        """Show a card in a channel, or edit it; see `bots.platform.Platform`."""
        client = self._hearing_of(chat)
        with client.answering.busy:
            await _after_answers(client)
            return await client.sender.show_card(chat, channel, message, reply, voice, nonce)

    async def tell(self, external: str, reply: Reply, voice: Voice, nonce: str) -> None:
        """Send a direct message; see `bots.platform.Platform`."""
        client = self._first()
        with client.answering.busy:
            await _after_answers(client)
            await client.sender.tell(int(external), reply, voice, nonce)

    def _first(self) -> PoolClient:
        """The one that hears of direct messages."""
        if not self._clients:
            raise TryLater
        return self._clients[0]

    def _hearing_of(self, guild: str) -> PoolClient:
        first = self._first()
        return self._clients[shard_of(guild, len(self._clients))] if guild.isdecimal() else first

    async def _log_in(self) -> None:
        """Show the token, and learn how many shards Discord wants."""
        token = self._inside.settings.discord_token
        if token is None:
            raise CannotStart("DISCORD_TOKEN is not set.")
        first = self._make(self._inside)
        self._clients = [first]
        try:
            await first.login(token.get_secret_value())
            shards, _, _ = await first.http.get_bot_gateway()
            if shards > 1:
                await first.close()
                self._clients = [
                    self._make(self._inside, shard_id=number, shard_count=shards)
                    for number in range(shards)
                ]
                for client in self._clients:
                    await client.login(token.get_secret_value())
        except discord.LoginFailure:
            # "from None": nothing that came with the refusal belongs into a log.
            raise CannotStart(REFUSED) from None
        except (discord.HTTPException, discord.GatewayNotFound, *NO_ANSWER) as error:
            raise TryLater from error

    async def _listen(self, client: PoolClient) -> None:
        """Connect to the gateway, and wait until it has said that all is ready."""
        late = await client.logins.late()
        if late > READY_SECONDS:
            log.warning("Discord: logged in too often lately; the next login is in %d s", late)
            raise TryLater(late)
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        client.when_ready = lambda: None if ready.done() else ready.set_result(None)
        tasks = await self._tasks.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(_connection(client, ready), name="discord")
        try:
            async with asyncio.timeout(READY_SECONDS):
                await ready
        except TimeoutError as out_of_time:
            raise TryLater from out_of_time


async def _after_answers(client: PoolClient) -> None:
    """Let those go first who wait for an answer at this instant, but not without end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(POLITE_SECONDS):
            await client.answering.awaited.none()


async def _connection(client: PoolClient, ready: asyncio.Future[None]) -> None:
    """Stay connected until the client is closed, or Discord hangs up for good."""
    error: Exception = TryLater()
    try:
        await client.connect()
    except discord.ConnectionClosed as closed:
        if closed.code == AUTHENTICATION_FAILED:
            error = CannotStart(REFUSED)
        # The code says it all; where in the library it came from helps nobody.
        log.error("Discord has hung up (%s). Nobody is answered there now.", closed.code)  # noqa: TRY400
    except Exception as broken:  # a door: the other platforms go on
        log.exception("the connection to Discord is lost. Nobody is answered there now.")
        error = broken
    if not ready.done():
        ready.set_exception(error)
