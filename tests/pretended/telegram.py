"""A pretended Telegram: a server on the loopback interface that speaks the Bot API.

The real library runs against it unmodified::

    async with PretendedTelegram() as telegram:
        amina = telegram.user("Amina", username="amina")
        telegram.starts(amina)
        ...  # run a bot with telegram.url and telegram.token
        await telegram.until(lambda: telegram.messages(amina))

It is as strict as the real server, and stricter where a correct bot loses
nothing: what no correct bot does (a text too long, broken HTML, a button with
too much data, a second answer to one press, an unknown method or parameter)
is answered with the real error *and* fails the test at the end. Lengths are
counted in UTF-16 units.

Not pretended: reply keyboards that request people, inline mode, payments,
stickers, albums, polls.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from aiohttp import ClientSession

from tests.patience import PATIENCE
from tests.pretended.telegram_model import (
    Button,
    Call,
    Chat,
    File,
    Menu,
    Message,
    Popup,
    Query,
    Shown,
    Standing,
    User,
)
from tests.pretended.telegram_people import People
from tests.pretended.telegram_server import Server
from tests.pretended.telegram_weather import Failure, Hang, Weather
from tests.pretended.telegram_world import Known, Pace, Place, World

__all__ = [
    "Button",
    "Call",
    "Chat",
    "File",
    "Hang",
    "Known",
    "Menu",
    "Message",
    "Popup",
    "PretendedTelegram",
    "Query",
    "Shown",
    "Standing",
    "User",
]

T = TypeVar("T")

_BOT_ID = 7_000_000_001
_BOT_USERNAME = "pretended_pool_bot"


class PretendedTelegram(People):
    """The server, the people on it, and a look at what the bot did.

    `clock` tells Unix seconds and dates everything. A press of a button can be
    answered for `query_lifetime` seconds of that clock.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.time, query_lifetime: float = 60
    ) -> None:
        bot = User(_BOT_ID, "Poolkeeper", username=_BOT_USERNAME, is_bot=True)
        super().__init__(World(clock, bot, query_lifetime))
        self.token = f"{_BOT_ID}:{secrets.token_hex(17)}x"
        self._weather = Weather(self._world.bell)
        self._server = Server(self._world, self._weather, self.token)

    async def __aenter__(self) -> Self:
        await self._server.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.close()
        if error is None:
            self.assert_no_faults()

    # ------------------------------------------------------------------ where and who

    @property
    def url(self) -> str:
        """Where the server listens; the Bot API is below /bot, files below /file/bot."""
        return self._server.url

    @property
    def bot_id(self) -> int:
        """The bot's id, which its token begins with."""
        return self._world.bot.id

    @property
    def bot_username(self) -> str:
        """The bot's username, without @."""
        return str(self._world.bot.username)

    @property
    def bot(self) -> User:
        """The bot as a user, to be named in a text."""
        return self._world.bot

    # -------------------------------------------------------------------------- faults

    @property
    def faults(self) -> list[str]:
        """What the bot did that no correct bot does."""
        return self._world.faults

    def assert_no_faults(self) -> None:
        """AssertionError with all faults, if there are any."""
        assert not self.faults, "the bot broke Telegram's rules:\n" + "\n".join(self.faults)

    def forgive(self, words: str) -> list[str]:
        """Take back the faults with these words, which the test provoked; at least one."""
        forgiven = [fault for fault in self.faults if words in fault]
        assert forgiven, f"no fault with {words!r} among {self.faults}"
        self._world.faults = [fault for fault in self.faults if words not in fault]
        return forgiven

    # ----------------------------------------------------------------- what the bot did

    def messages(self, chat: Place) -> list[Message]:
        """The bot's messages in a chat as they stand now, without deleted ones."""
        known = self._world.place(chat).messages.values()
        return [one for one in known if one.sender is self.bot and not one.is_deleted]

    def whispers(self, user: User, chat: Chat) -> list[Message]:
        """The bot's ephemeral messages to a person in a group as they stand now."""
        return [
            one
            for one in self._world.whispers
            if one.receiver is user and one.chat is chat and not one.is_deleted
        ]

    @property
    def history(self) -> list[Shown]:
        """Everything the bot sent, edited and deleted, in order."""
        return self._world.history

    @property
    def calls(self) -> list[Call]:
        """All requests of the bot, in order; downloads of files are called `download`."""
        return self._world.calls

    def calls_of(self, method: str) -> list[Call]:
        """The requests for one method."""
        return [call for call in self.calls if call.method == method]

    def popups(self, user: User) -> list[Popup]:
        """What answers to their presses showed to a person."""
        return [popup for popup in self._world.popups if popup.user is user]

    def unanswered(self) -> list[Query]:
        """Presses that the bot has not answered."""
        return [query for query in self._world.queries.values() if not query.is_answered]

    @property
    def menus(self) -> list[Menu]:
        """Every list of commands that the bot has set."""
        return list(self._world.menus.values())

    def menu(self, user: User, chat: Place) -> list[tuple[str, str]]:
        """The commands that a person sees in a chat: the first list that fits, not a sum."""
        where = self._world.place(chat)
        for scope in _scopes(user, where):
            for language in (user.language_code or "", ""):
                found = self._world.menus.get((scope, language))
                if found:
                    return list(found.commands)
        return []

    def about(self, field: str, language: str = "") -> str:
        """The bot's `name`, `description` or `short_description` in a language."""
        return self._world.about.get((field, language), "")

    # ------------------------------------------------------------------------- updates

    @property
    def acknowledged(self) -> frozenset[int]:
        """Ids of all updates that the bot has confirmed by its offset."""
        return frozenset(self._world.queue.confirmed)

    @property
    def waiting(self) -> list[int]:
        """Ids of updates that the bot has not confirmed."""
        return self._world.queue.waiting

    @property
    def withheld(self) -> frozenset[int]:
        """Ids of acts that the bot is not told: privacy mode, or not in allowed_updates."""
        return frozenset(self._world.queue.withheld)

    @property
    def allowed_updates(self) -> frozenset[str]:
        """The kinds of updates that the bot asked for."""
        return self._world.queue.allowed

    @property
    def is_polled(self) -> bool:
        """Whether the bot holds a long poll open."""
        return self._world.queue.is_polled

    def forget_updates(self) -> None:
        """Drop what the bot has not confirmed, so that a test begins with a clean queue."""
        self._world.queue.drop_all()

    def redeliver(self, update_id: int) -> None:
        """Deliver an identical update again, as if its confirmation had been lost."""
        self._world.queue.put_again(update_id)

    async def brings(self, update_id: int, to: str, *, secret: str | None = None) -> int:
        """Bring an update to the bot's webhook, whose requests a web server passes on `to` a host.

        The answer's status; only 200 confirms the update. Another `secret` than the bot's own is
        a stranger's, '' says none at all.
        """
        hook = self._world.webhook
        secret = hook["secret_token"] if secret is None else secret
        async with ClientSession() as session:
            answer = await session.post(
                f"http://{to}{urlsplit(hook['url']).path}",
                json=self._world.queue.written(update_id),
                headers={"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {},
            )
        if answer.status == HTTPStatus.OK:
            self._world.queue.confirm(update_id)
        return answer.status

    @property
    def webhook(self) -> str:
        """The address to which updates are brought, '' for none."""
        return str(self._world.webhook.get("url", ""))

    # ------------------------------------------------------------------------- waiting

    async def until(self, condition: Callable[[], T], timeout: float = PATIENCE) -> T:  # noqa: ASYNC109
        """The condition's first true value; looked at after every act and every call."""
        try:
            return await self._world.bell.until(condition, timeout)
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s; last calls: {self._last()}") from None

    async def quiet(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Wait until all updates are confirmed and no request is being handled.

        The bot may confirm an update before it acts on it.
        """
        await self.until(lambda: not self.waiting and not self._server.handling, timeout)

    def _last(self, count: int = 8) -> str:
        return ", ".join(f"{call.method} {call.status}" for call in self.calls[-count:]) or "none"

    # ------------------------------------------------------------------------- trouble

    def fail(
        self,
        method: str,
        status: int | None = 502,
        *,
        retry_after: int | None = None,
        times: int = 1,
        after_effect: bool = False,
        description: str | None = None,
    ) -> None:
        """Let the next calls of a method fail; status None drops the connection.

        `after_effect`: the call has its effect all the same. `retry_after`
        belongs to 429. The method `download` is the fetching of a file.
        """
        if retry_after is not None:
            status = 429
        self._weather.add_failure(
            Failure(method, status, description, retry_after, times, after_effect)
        )

    def hang(
        self,
        method: str,
        times: int = 1,
        *,
        after_effect: bool = True,
        seconds: float | None = None,
    ) -> Hang:
        """Hold the answers to the next calls of a method until they are released.

        With `seconds`, each is held for so long at most.
        """
        return self._weather.add_hang(method, times, after_effect, seconds)

    def fair_weather(self) -> None:
        """Release what hangs, and forget failures that were not met."""
        self._weather.clear()

    def enforce_pace(
        self, clock: Callable[[], float] | None = None, *, per_minute: int = 20
    ) -> None:
        """Answer 429 beyond one message a second in a chat, and twenty a minute in a group."""
        self._world.pace = Pace(clock or time.monotonic, per_minute)

    def turn_privacy_off(self) -> None:
        """Let the bot hear everything in groups, as its owner can choose."""
        self._world.bot_reads_all = True

    def knows_whispers(self, known: Known) -> None:
        """What the server makes of ephemeral messages: a Bot API before 10.2 knows none."""
        self._world.knows_whispers = known

    def limit_downloads(self, size: int) -> None:
        """The largest file that the bot may fetch, in bytes (20 MB in truth)."""
        self._world.download_limit = size


def _scopes(user: User, chat: Chat) -> list[tuple[str, int | None, int | None]]:
    """The scopes of a person in a chat, the narrowest first."""
    if chat.is_private:
        return [
            ("chat", chat.id, None),
            ("all_private_chats", None, None),
            ("default", None, None),
        ]
    is_admin = chat.standing_of(user).administers
    return [
        ("chat_member", chat.id, user.id),
        *([("chat_administrators", chat.id, None)] if is_admin else []),
        ("chat", chat.id, None),
        *([("all_chat_administrators", None, None)] if is_admin else []),
        ("all_group_chats", None, None),
        ("default", None, None),
    ]
