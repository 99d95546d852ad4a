"""The queue of updates, with the real server's rules of offset and long polling."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import TypeVar

from tests.pretended.telegram_errors import ApiError
from tests.pretended.telegram_text import Json

T = TypeVar("T")

UPDATE_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    }
)
UNLESS_ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that only come when `allowed_updates` names them."""


class Bell:
    """Rings whenever something happened, and wakes those who wait for a condition."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Let everyone who waits look again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], T], seconds: float | None) -> T:
        """The condition's first true value; TimeoutError when there is none in time."""
        async with asyncio.timeout(seconds):
            while not (value := condition()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
            return value


class UpdateQueue:
    """Updates on their way to the bot.

    An update stays until getUpdates asks for a higher offset; then it is
    confirmed and forgotten. An update that is delivered again is given once,
    whatever the offset: the server lost the confirmation.
    """

    def __init__(self, bell: Bell, first_id: int = 900_000_001) -> None:
        self._bell = bell
        self._next_id = first_id
        self._all: dict[int, Json] = {}
        self._waiting: dict[int, Json] = {}
        self._again: set[int] = set()
        self._given_again: set[int] = set()
        self._allowed: frozenset[str] = UPDATE_KINDS - UNLESS_ASKED_FOR
        self._poll: object | None = None
        self._is_closed = False
        self.confirmed: set[int] = set()
        self.withheld: set[int] = set()

    @property
    def waiting(self) -> list[int]:
        """Ids that the bot has not confirmed."""
        return sorted({*self._waiting, *self._again, *self._given_again})

    @property
    def allowed(self) -> frozenset[str]:
        """The kinds that the bot asked for last."""
        return self._allowed

    @property
    def is_polled(self) -> bool:
        """Whether a long poll is open now."""
        return self._poll is not None

    def put(self, kind: str, payload: Json, *, withheld: bool = False) -> int:
        """Queue an update as it stands now; a withheld one only takes up an id."""
        update_id = self._next_id
        self._next_id += 1
        self._all[update_id] = {"update_id": update_id, kind: copy.deepcopy(payload)}
        if withheld or kind not in self._allowed:
            self.withheld.add(update_id)
        else:
            self._waiting[update_id] = self._all[update_id]
        self._bell.ring()
        return update_id

    def put_again(self, update_id: int) -> None:
        """Deliver an update once more, as if its confirmation had been lost."""
        assert update_id in self._all, f"there never was an update {update_id}"
        if update_id not in self._waiting:
            self._given_again.discard(update_id)
            self._again.add(update_id)
        self._bell.ring()

    def written(self, update_id: int) -> Json:
        """An update as it is brought to a webhook."""
        return self._all[update_id]

    def confirm(self, update_id: int) -> None:
        """The webhook took an update."""
        self._waiting.pop(update_id, None)
        self._again.discard(update_id)
        self.confirmed.add(update_id)
        self._bell.ring()

    def drop_all(self) -> None:
        """Forget what waits (drop_pending_updates)."""
        self._waiting.clear()
        self._again.clear()
        self._given_again.clear()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember what the bot wants to hear; None keeps the last choice."""
        if kinds is not None:
            self._allowed = frozenset(kinds) or UPDATE_KINDS - UNLESS_ASKED_FOR

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """The next updates, at once or as soon as there are some.

        Without news it is held for so many seconds. A newer poll ends an older
        one, which is told of the conflict.
        """
        self._confirm(offset)
        poll = self._poll = object()
        self._bell.ring()
        try:
            await self._bell.until(lambda: self._may_answer(poll, seconds), seconds or None)
        except TimeoutError:
            return []
        finally:
            is_current = self._poll is poll
            self._poll = None if is_current else self._poll
        if not is_current:
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request;"
                " make sure that only one bot instance is running",
            )
        return self._give(limit)

    def close(self) -> None:
        """End every long poll with an empty answer."""
        self._is_closed = True
        self._bell.ring()

    def _may_answer(self, poll: object, seconds: float) -> bool:
        has_news = bool(self._waiting or self._again)
        return self._poll is not poll or self._is_closed or not seconds or has_news

    def _confirm(self, offset: int) -> None:
        self.confirmed |= self._given_again
        self._given_again.clear()
        if offset < 0:
            offset = (sorted(self._waiting)[offset:] or [0])[0]
        for update_id in [known for known in self._waiting if known < offset]:
            del self._waiting[update_id]
            self.confirmed.add(update_id)

    def _give(self, limit: int) -> list[Json]:
        ids = sorted({*self._waiting, *self._again})[:limit]
        again = self._again.intersection(ids)
        self._again -= again
        self._given_again |= again
        return [self._all[update_id] for update_id in ids]
