"""The local platform as a stage for transcripts.

A transcript that is about several platforms has a room for each of them here, too: the same
people at the same keyboard, in two groups that share one pool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bots.local_bot.bot import LocalBot, Post
from bots.transcripts.neutral import Rows, neutral_buttons
from bots.transcripts.script import Where
from bots.transcripts.stage import CannotAct, Seen

HOP = timedelta(hours=1)
LONG_WAIT = timedelta(days=2)


def hops(by: timedelta) -> Iterator[timedelta]:
    """Time passes in hops, so that what is due in between happens in its order.

    Through a long wait the clock is looked at every other hour: a year has 8,760.
    """
    hop = HOP if by <= LONG_WAIT else 2 * HOP
    while by > timedelta():
        yield min(hop, by)
        by -= hop


PHOTO = b"\xff\xd8\xff\xe0 a picture of two mended chairs \xff\xd9"


@dataclass
class Moment:
    """A clock that stands until somebody moves it; an instant in UTC."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant at which it stands."""
        return self.now


class LocalStage:
    """Plays on one `LocalBot`, or on several: `own` says which is a person's when they do not.

    `tick` does what is due, `quiet` waits until all is shown.
    """

    def __init__(
        self,
        bots: Sequence[LocalBot],
        moment: Moment,
        tick: Callable[[], Awaitable[None]],
        quiet: Callable[[], Awaitable[None]],
        own: Mapping[str, str] | None = None,
    ) -> None:
        self.platforms: Sequence[str] = tuple(bot.name for bot in bots)
        self.posts: dict[tuple[str, str], Post] = {}
        self._bots = {bot.name: bot for bot in bots}
        self._moment = moment
        self._tick = tick
        self._quiet = quiet
        self._own = own or {}
        self._last = bots[0]
        self._asked: dict[str, LocalBot] = {}
        self._seen: list[Seen] = []
        for bot in bots:
            bot.on_post = partial(self._note, bot.name)

    def _note(self, platform: str, post: Post) -> None:
        self.posts[platform, post.message] = post
        text = post.text
        if post.joint is not None:
            # One message in several: what was seen is the whole, and the last part is pressed.
            text = f"{self._seen.pop().text}{post.joint}{text}"
        if post.reply.question:
            self._asked[post.audience] = self._bots[platform]
        seen = Seen(
            audience=post.audience,
            platform=platform,
            message=post.message,
            text=text,
            buttons=post.rows,
            edited=post.edited,
            in_group=post.in_group,
        )
        self._seen.append(seen)

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last."""
        seen, self._seen = self._seen, []
        return seen

    def labels(self, seen: Seen, language: str) -> Rows:
        """What stands on a message's buttons, as somebody with this language would read it."""
        post = self.posts[seen.platform, seen.message]
        return neutral_buttons(post.reply, replace(post.voice, language=language))

    def _bot(self, who: str, platform: str = "") -> LocalBot:
        """The room in which somebody acts; only one is there as a rule."""
        wanted = platform or self._own.get(who, "")
        self._last = self._bots.get(wanted) or next(iter(self._bots.values()))
        return self._last

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody types a message."""
        content = PHOTO if photo else None
        bot = self._bot(who, where.platform)
        private = where.private and bot.powers.direct_messages
        await bot.says(who, text, private=private, photo=content, replies_to=replies_to)
        await self._quiet()

    async def answers(self, who: str, text: str) -> None:
        """Somebody answers where they were asked."""
        self._last = self._asked.get(who, self._last)
        await self._last.answers(who, text)
        await self._quiet()

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button."""
        post = self.posts[on.platform, on.message]
        button = post.button(label)
        if writes and button.asks is None:
            raise CannotAct(f"[{label}] asks for no words")
        await self._bot(who, on.platform).press(who, post, button.token, writes)
        await self._quiet()

    async def again(self) -> None:
        """The last event arrives once more."""
        await self._last.again()
        await self._quiet()

    async def waits(self, by: timedelta) -> None:
        """Time passes."""
        for hop in hops(by):
            self._moment.now += hop
            await self._tick()
            await self._quiet()
