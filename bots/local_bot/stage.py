"""The local platform as a stage for transcripts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.local_bot.bot import PLATFORM, LocalBot, Post
from bots.transcripts.script import Where
from bots.transcripts.stage import CannotAct, Seen

HOP = timedelta(hours=1)
"""Time passes in hops, so that what is due in between happens in its order."""

PHOTO = b"\xff\xd8\xff\xe0 a picture of two mended chairs \xff\xd9"


@dataclass
class Moment:
    """A clock that stands until somebody moves it; an instant in UTC."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant at which it stands."""
        return self.now


class LocalStage:
    """Plays on a `LocalBot`. `tick` does what is due, `quiet` waits until all is shown."""

    platforms = (PLATFORM,)

    def __init__(
        self,
        bot: LocalBot,
        moment: Moment,
        tick: Callable[[], Awaitable[None]],
        quiet: Callable[[], Awaitable[None]],
    ) -> None:
        self.posts: dict[str, Post] = {}
        self._bot = bot
        self._moment = moment
        self._tick = tick
        self._quiet = quiet
        self._seen: list[Seen] = []
        bot.on_post = self._note

    def _note(self, post: Post) -> None:
        self.posts[post.message] = post
        seen = Seen(
            audience=post.audience,
            platform=PLATFORM,
            message=post.message,
            text=post.text,
            buttons=post.rows,
            edited=post.edited,
            in_group=post.in_group,
        )
        self._seen.append(seen)

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last."""
        seen, self._seen = self._seen, []
        return seen

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody types a message."""
        content = PHOTO if photo else None
        await self._bot.says(who, text, private=where.private, photo=content, replies_to=replies_to)
        await self._quiet()

    async def answers(self, who: str, text: str) -> None:
        """Somebody answers where they were asked."""
        await self._bot.answers(who, text)
        await self._quiet()

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button."""
        post = self.posts[on.message]
        button = post.button(label)
        if writes and button.asks is None:
            raise CannotAct(f"[{label}] asks for no words")
        await self._bot.press(who, post, button, writes)
        await self._quiet()

    async def again(self) -> None:
        """The last event arrives once more."""
        await self._bot.again()
        await self._quiet()

    async def waits(self, by: timedelta) -> None:
        """Time passes, hour by hour."""
        end = self._moment.now + by
        while self._moment.now < end:
            self._moment.now = min(self._moment.now + HOP, end)
            await self._tick()
            await self._quiet()
