"""A pretended Telegram as a stage for transcripts: the real library between people and the bot.

`telegram_stage(script, folder)` plays on Telegram alone. Where several platforms share a pool,
`TelegramStage` is one of them: `room` makes the bot's room, `opens` lets people and bot in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from telegram import Update

from bots.app import App, now
from bots.local_bot.stage import PHOTO, Moment, hops
from bots.rooms import Inside
from bots.telegram_bot import TelegramBot
from bots.telegram_bot.drawing import JOINER, NOTHING
from bots.transcripts.neutral import with_file, with_picture
from bots.transcripts.script import Actor, Script, Where
from bots.transcripts.stage import CannotAct, Seen
from tests.pretended.telegram import Chat, Message, PretendedTelegram, Shown, User
from tests.stages._app import app_of

PLATFORM = "telegram"
NAMED = re.compile(r"@(\w+)")


class Unpaced(TelegramBot):
    """The bot without its pauses: a transcript's clock stands still. Keeps the latest event."""

    seconds_between_messages = 0.0
    messages_per_minute = 0
    messages_per_second = 0
    latest: tuple[Update, str] | None = None

    async def handle(self, update: Update, key: str) -> None:
        self.latest = (update, key)
        await super().handle(update, key)


class TelegramStage:
    """Plays on a pretended Telegram. Everybody has started the bot and is in the one group."""

    platforms = (PLATFORM,)

    def __init__(
        self, telegram: PretendedTelegram, script: Script, moment: Moment, people: Sequence[Actor]
    ) -> None:
        self._telegram = telegram
        self._moment = moment
        self._users = {actor.nick: _user(telegram, actor) for actor in people}
        admins = [self._users[actor.nick] for actor in people if actor.admin]
        self.group = telegram.supergroup(script.title, members=self._users.values(), admins=admins)
        self._questions: dict[str, Message] = {}
        self._messages: dict[str, Message] = {}
        self._seen: list[Seen] = []
        self._shown = 0
        self._popped: dict[str, int] = {}
        self._bot: Unpaced | None = None
        self._app: App | None = None

    # --- coming and going ----------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, object]:
        """The settings by which a bot finds this Telegram."""
        return {"telegram_token": self._telegram.token, "telegram_api_url": self._telegram.url}

    def room(self, inside: Inside) -> Unpaced:
        """The bot's room."""
        self._bot = Unpaced(inside)
        return self._bot

    async def opens(self, app: App) -> None:
        """Everybody starts the bot, and it is added to the group; nobody looks yet."""
        self._app = app
        for user in self._users.values():
            self._telegram.starts(user)
        self._telegram.adds_bot(next(iter(self._users.values())), self.group)
        await self._settled()
        self._look()
        self._seen.clear()

    async def _settled(self) -> None:
        assert self._app is not None
        await self._telegram.quiet()
        await self._app.quiet()
        await self._telegram.quiet()

    # --- acting --------------------------------------------------------------------------------

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody types a message."""
        self._questions.pop(who, None)
        place = self._place(who, where)
        before = self._message_of(replies_to, place) if replies_to else None
        content = PHOTO if photo else None
        await self._write(who, place, text, reply_to=before, photo=content)

    async def answers(self, who: str, text: str) -> None:
        """Somebody answers the question they were asked last: in a group, by a reply to it."""
        question = self._questions.pop(who, None)
        place = question.chat if question else self._users[who]
        await self._write(who, place, text, reply_to=question)

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button, and answers the question that may follow."""
        self._look()
        self._questions.pop(who, None)
        self._telegram.taps(self._users[who], self._messages[on.message], label)
        await self._settled()
        self._look()
        if writes:
            self._overlook_question(who, label)
            await self.answers(who, writes)

    def _overlook_question(self, who: str, label: str) -> None:
        """What a button asks first is no answer: other platforms ask it in a window of its own."""
        asked = [seen for seen in self._seen if seen.audience == who]
        if not asked:
            raise CannotAct(f"[{label}] asks for no words")
        self._seen.remove(asked[-1])

    async def again(self) -> None:
        """The last event arrives once more.

        Delivered again, it is known and dropped. So it is handled again as after a crash, when
        all was done but that had not been noted.
        """
        assert self._bot is not None
        assert self._app is not None
        if self._bot.latest is None:
            return
        self._telegram.redeliver(self._bot.latest[0].update_id)
        shown = len(self._telegram.history)
        await self._settled()
        assert len(self._telegram.history) == shown, "an event that came twice was handled twice"
        with self._app.underway:
            await self._bot.handle(*self._bot.latest)
        await self._settled()

    async def waits(self, by: timedelta) -> None:
        """Time passes."""
        assert self._app is not None
        for hop in hops(by):
            self._moment.now += hop
            await self._app.ticker.tick()
            await self._settled()

    async def _write(
        self,
        who: str,
        place: Chat | User,
        text: str,
        *,
        reply_to: Message | None = None,
        photo: bytes | None = None,
    ) -> None:
        self._telegram.says(
            self._users[who], place, list(self._parts(text)), reply_to=reply_to, photo=photo
        )
        await self._settled()
        self._look()

    def _place(self, who: str, where: Where) -> Chat | User:
        return self._users[who] if where.private else self.group

    def _parts(self, text: str) -> Iterator[str | User]:
        """A text as the app composes it: who has no username is picked from a list, by name."""
        for index, part in enumerate(NAMED.split(text)):
            user = self._users.get(part)
            if index % 2 == 0:
                yield part
            else:
                yield user if user is not None and not user.username else f"@{part}"

    def _message_of(self, who: str, place: Chat | User) -> Message:
        """The latest message of somebody in a place; they say something if there is none."""
        chat = self._telegram.private(place) if isinstance(place, User) else place
        user = self._users[who]
        said = [each for each in chat.messages.values() if each.sender is user]
        return said[-1] if said else self._telegram.message_of(self._telegram.says(user, chat, "…"))

    # --- looking -------------------------------------------------------------------------------

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last."""
        self._look()
        seen, self._seen = self._seen, []
        return seen

    def _look(self) -> None:
        """Take note of what the bot showed since the last look."""
        history = self._telegram.history
        self._seen += filter(None, map(self._what, history[self._shown :]))
        self._shown = len(history)
        for nick, user in self._users.items():
            popups = self._telegram.popups(user)
            for popup in popups[self._popped.get(nick, 0) :]:
                name = f"popup:{popup.query_id}"
                self._seen.append(Seen(nick, PLATFORM, name, popup.text, in_group=True))
            self._popped[nick] = len(popups)

    def _what(self, shown: Shown) -> Seen | None:
        """What an audience sees of something that was shown."""
        message = shown.message
        if shown.act == "deleted" or self._only_lost_buttons(shown) or self._is_wordless(shown):
            return None
        text = shown.text.replace(JOINER, "")
        if message.file is not None:
            name = message.file.name if message.file.kind == "document" else ""
            text = with_file(text, name) if name else with_picture(text)
        audience, in_group = "group", True
        if message.receiver is not None:
            audience = self._nick(message.receiver)
        elif shown.chat.person is not None:
            audience, in_group = self._nick(shown.chat.person), False
        elif asked := self._asked(message):
            audience = self._nick(asked)
            self._questions[audience] = message
            text = text.removeprefix(f"{asked.name}\n")
        name = _name_of(shown)
        self._messages[name] = message
        return Seen(
            audience=audience,
            platform=PLATFORM,
            message=name,
            text=text,
            buttons=tuple(tuple(button.label for button in row) for row in shown.buttons),
            edited=shown.act == "edited" and audience == "group",
            in_group=in_group,
        )

    def _only_lost_buttons(self, shown: Shown) -> bool:
        """Whether a question that is over is all there is to see."""
        if shown.act != "edited" or shown.buttons:
            return False
        if shown.message.receiver is not None:
            return self._messages.get(_name_of(shown)) is shown.message
        return shown.chat.person is not None

    def _is_wordless(self, shown: Shown) -> bool:
        """Whether an ephemeral message holds no words yet: the bot tries if it can send one."""
        return shown.message.receiver is not None and shown.text == NOTHING

    def _asked(self, message: Message) -> User | None:
        """Who is asked by a question in the group; None for what is meant for all."""
        if message.reply_to is not None:
            return message.reply_to.sender
        if not (message.reply_markup or {}).get("force_reply"):
            return None
        ids = [entity["user"]["id"] for entity in message.entities if "user" in entity]
        return next((user for user in self._users.values() if user.id in ids), None)

    def _nick(self, user: User) -> str:
        return next(nick for nick, each in self._users.items() if each is user)


def _name_of(shown: Shown) -> str:
    return f"{shown.chat.id}:{shown.message_id}:{shown.message.ephemeral_id or ''}"


def _user(telegram: PretendedTelegram, actor: Actor) -> User:
    return telegram.user(
        actor.name, username=actor.username or None, language_code=actor.language or None
    )


@asynccontextmanager
async def telegram_stage(
    script: Script, folder: Path, url: str = ""
) -> AsyncIterator[TelegramStage]:
    """Telegram alone, on a database of its own, at the instant where a transcript begins."""
    moment = Moment(script.start.instant(now()))
    clock: Callable[[], float] = lambda: moment().timestamp()  # noqa: E731
    async with PretendedTelegram(clock=clock) as telegram:
        stage = TelegramStage(telegram, script, moment, script.people)
        app = app_of(script, folder, url, moment, stage.settings, [stage.room])
        async with app:
            await stage.opens(app)
            yield stage
