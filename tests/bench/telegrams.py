"""Telegram for benchmarks: people who write and wait for the answer, with and without a network."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from tests.pretended.telegram import PretendedTelegram

TOKEN = "7000000001:pretended"
NOWHERE = "http://127.0.0.1:9"
CONSTANT = "You have 100 credits."
POLL_MAX = 100


class Telegram(ABC):
    """A place where people write to the bot. Each is told when the bot's next answer is there."""

    people: Sequence[int]
    """Who there is, by id: person0, person1 ..."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[str]] = {}

    @abstractmethod
    def says(self, user: int, text: str) -> None:
        """Somebody writes to the bot in private."""

    async def ask(self, user: int, text: str) -> str:
        """Write, and wait for the answer."""
        answer = self._waiting[user] = asyncio.get_running_loop().create_future()
        self.says(user, text)
        return await answer

    def answered(self, user: int, text: str) -> None:
        """The bot's text has arrived, whole."""
        answer = self._waiting.pop(user, None)
        if answer is not None and not answer.done():
            answer.set_result(text)


class Served(Telegram):
    """The pretended Telegram, behind HTTP on the loopback interface."""

    def __init__(self, server: PretendedTelegram, people: int) -> None:
        super().__init__()
        self._server = server
        self._users = {
            user.id: user
            for user in (server.user(f"Person {n}", username=f"person{n}") for n in range(people))
        }
        for user in self._users.values():
            server.starts(user)
        server.forget_updates()
        self.people = list(self._users)
        world = server._world
        show = world.show

        def shown(act: str, message: Any) -> None:
            show(act, message)
            self.answered(message.chat.id, message.text)

        world.show = shown  # type: ignore[method-assign]

    def says(self, user: int, text: str) -> None:
        """Write to the bot in private."""
        self._server.says(self._users[user], self._users[user], text)


class Wireless(Telegram, BaseRequest):
    """The library's request without a network: bytes in, bytes out, and next to no time."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.people = [2**51 + 7919 * n for n in range(1, people + 1)]
        self._numbers = {user: n for n, user in enumerate(self.people)}
        self._updates: list[str] = []
        self._news = asyncio.Event()
        self._number = 900_000_000

    @property
    def read_timeout(self) -> float | None:
        """How long the library waits; it never has to."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    def says(self, user: int, text: str) -> None:
        """Write to the bot in private."""
        self._number += 1
        number = self._numbers[user]
        person = {"id": user, "first_name": f"Person {number}", "username": f"person{number}"}
        chat = {**person, "type": "private"}
        command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
        message = {
            "message_id": self._number,
            "date": 1_795_000_000,
            "chat": chat,
            "from": {**person, "is_bot": False, "language_code": "en"},
            "text": text,
            "entities": [command],
        }
        self._updates.append(json.dumps({"update_id": self._number, "message": message}))
        self._news.set()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """What Telegram would answer."""
        name = url.rsplit("/", 1)[1]
        given = request_data.parameters if request_data else {}
        if name == "getUpdates":
            result = await self._polled(patient=bool(given.get("timeout")))
        elif name == "getMe":
            result = json.dumps({"id": 7000000001, "is_bot": True, "first_name": "Pool",
                                 "username": "pool_bot"})  # fmt: skip
        elif name == "sendMessage" and request_data is not None:
            # The library's own cost of writing its parameters down belongs to both.
            result = self._sent(request_data.json_parameters)
        else:
            result = "true"
        return 200, b'{"ok":true,"result":%s}' % result.encode()

    async def _polled(self, *, patient: bool) -> str:
        while patient and not self._updates:
            self._news.clear()
            await self._news.wait()
        given, self._updates = self._updates[:POLL_MAX], self._updates[POLL_MAX:]
        return f"[{','.join(given)}]"

    def _sent(self, given: dict[str, str]) -> str:
        user = int(given["chat_id"])
        self.answered(user, given["text"])
        self._number += 1
        message = {"message_id": self._number, "date": 1_795_000_000, "text": given["text"]}
        return json.dumps({**message, "chat": {"id": user, "type": "private", "first_name": "P"}})


@asynccontextmanager
async def bare_bot(request: BaseRequest, token: str, url: str, at_once: int) -> AsyncIterator[None]:
    """The floor: the bare library, whose one handler answers a constant."""

    async def constant(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(CONSTANT)

    polling = request if isinstance(request, Wireless) else HTTPXRequest(connection_pool_size=1)
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{url}/bot")
        .request(request)
        .get_updates_request(polling)
        .concurrent_updates(at_once)
        .build()
    )
    application.add_handler(CommandHandler(["balance", "send"], constant))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=50)
        try:
            yield
        finally:
            await application.updater.stop()
            await application.stop()
