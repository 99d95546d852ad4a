"""A pretended Discord as a stage for transcripts: the real library between people and the bot.

`discord_stage(script, folder)` plays on Discord alone. Where several platforms share a pool,
`DiscordStage` is one of them: `room` makes the bot's room, `opens` lets everybody in.

A typed line becomes what the client sends: a slash command with options that were picked and
filled in. What the client asks for by itself (an option that is required, the field of a form)
counts as seen in the words that stand there, as it is the bot's question on other platforms.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bots.app import App, now
from bots.calls import Call, Caller, Mention, Place
from bots.catalogue.arguments import Given, Raw, from_line, missing, written
from bots.catalogue.commands import Argument, Command, Group, Kind
from bots.discord_bot import DiscordBot
from bots.discord_bot.client import PoolClient
from bots.discord_bot.drawing import ANSWERS
from bots.discord_bot.slash import name_of
from bots.local_bot.stage import PHOTO, Moment, hops
from bots.rooms import Inside
from bots.tokens import read_token
from bots.transcripts.neutral import with_file, with_picture
from bots.transcripts.script import Actor, Script, Where
from bots.transcripts.stage import CannotAct, Seen
from bots.words import Voice, choose_language, spoken
from tests.pretended.discord import (
    Channel,
    Interaction,
    Message,
    NotPossible,
    PretendedDiscord,
    Upload,
    User,
)
from tests.pretended.discord.messages import Draft
from tests.pretended.discord.texts import plain
from tests.stages._app import app_of

PLATFORM = "discord"
NAMED = re.compile(r"@(\w+)")
CLIENT_LANGUAGES = {"": "de", "en": "en-US", "fr": "fr"}
"""Discord's client always says a language: '' is one that the bot does not speak. The client
knows no Swahili: who speaks it says so to the bot."""

NOBODY = Caller(PLATFORM, "", "")
LEARNS = "language"
VIEWERS = re.compile(r"\d{2} \w+ \d{4} \d{2}:\d{2} \((?P<ours>.+?)\)")
"""An instant as Discord shows it to the reader, and behind it as it is shown everywhere."""


class QuickClient(PoolClient):
    """Waits for nothing when it logs in."""

    def __init__(self, inside: Inside, **options: Any) -> None:
        super().__init__(inside, guild_ready_timeout=0.05, **options)


class WatchedDiscord(PretendedDiscord):
    """Keeps what was shown, in order: each message as it stood then, and whether it is new."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Message, str, tuple[tuple[str, ...], ...], bool]] = []

    def post(self, message: Message, draft: Draft, *, ring: bool = True) -> Message:
        posted = super().post(message, draft, ring=ring)
        self._note(posted, is_new=True)
        return posted

    def edit(self, message: Message, draft: Draft) -> Message:
        is_new = message.loading
        edited = super().edit(message, draft)
        self._note(edited, is_new=is_new)
        return edited

    def _note(self, message: Message, *, is_new: bool) -> None:
        if not message.loading and message.author is self.bot_user:
            text = VIEWERS.sub(r"\g<ours>", message.text).replace(f"/{Group.STEWARD} ", "/")
            for each in message.attachments:
                is_picture = each.filename.endswith((".jpg", ".png"))
                text = with_picture(text) if is_picture else with_file(text, each.filename)
            self.shown.append((message, text, _rows(message), is_new))


def _rows(message: Message) -> tuple[tuple[str, ...], ...]:
    """What stands on the buttons, without the one that only Discord needs."""
    rows = [
        tuple(each.label for each in row if not _answers(each.custom_id)) for row in message.buttons
    ]
    return tuple(row for row in rows if row)


def _answers(custom_id: str | None) -> bool:
    token = read_token(custom_id or "")
    return token is not None and token.verb == ANSWERS


@dataclass(frozen=True)
class Begun:
    """A command that somebody is filling in: the client wants `lacking` next."""

    command: Command
    given: Given
    where: Where
    photo: bool
    lacking: Argument


class DiscordStage:
    """Plays on a pretended Discord. Everybody is in the one guild, with its one channel."""

    platforms = (PLATFORM,)

    def __init__(
        self, discord: WatchedDiscord, script: Script, moment: Moment, people: Sequence[Actor]
    ) -> None:
        self._discord = discord
        self._moment = moment
        self._actors = {actor.nick: actor for actor in people}
        self._users = {actor.nick: _user(discord, actor) for actor in people}
        admins = [self._users[actor.nick] for actor in people if actor.admin]
        self.guild = discord.guild(script.title, members=self._users.values(), admins=admins)
        self._begun: dict[str, Begun] = {}
        self._forms: dict[str, Interaction] = {}
        self._questions: dict[str, Message] = {}
        self._messages: dict[str, Message] = {}
        self._seen: list[Seen] = []
        self._last: Interaction | None = None
        self._bot: DiscordBot | None = None
        self._app: App | None = None

    # --- coming and going ----------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, object]:
        """The settings by which a bot finds this Discord."""
        return {
            "discord_token": self._discord.token,
            "discord_api_url": self._discord.api_url,
            "discord_gateway_url": self._discord.gateway_url,
        }

    def room(self, inside: Inside) -> DiscordBot:
        """The bot's room."""
        self._bot = DiscordBot(inside, QuickClient)
        return self._bot

    async def opens(self, app: App) -> None:
        """Those whose language Discord's client does not have tell it to the bot."""
        self._app = app
        for nick, actor in self._actors.items():
            if actor.language not in CLIENT_LANGUAGES:
                act = self._discord.slash_dm(self._users[nick], LEARNS, **{LEARNS: actor.language})
                await self._settled(act)
        self._discord.shown.clear()
        self._last = None

    @property
    def _here(self) -> App:
        assert self._app is not None
        return self._app

    async def _settled(self, act: Interaction) -> Interaction:
        """Wait until somebody has their answer, and all that follows from it was shown."""
        self._last = act
        await act.answered()
        await self._here.quiet()
        return act

    # --- acting --------------------------------------------------------------------------------

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody calls a command. Nothing else that is written reaches the bot."""
        self._forget(who)
        if not text.startswith("/"):
            if where.private:
                raise CannotAct("the bot does not read what is written on Discord")
            return
        command, line = self._command(text)
        call = Call(NOBODY, Place(PLATFORM), "", replied_to=self._mention(replies_to))
        await self._fill(who, command, from_line(command, call, line), where, photo=photo)

    async def answers(self, who: str, text: str) -> None:
        """Somebody fills in what the client asks for, or the form below a question."""
        begun, form = self._begun.pop(who, None), self._forms.pop(who, None)
        if begun is not None:
            begun.given.add(begun.lacking.name, text)
            await self._fill(who, begun.command, begun.given, begun.where, photo=begun.photo)
            return
        if form is None:
            form = await self._opened(who)
        await self._acts(lambda: self._discord.submit(self._user(who), form, words=text))

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button, and fills in the form that may open."""
        self._look()
        self._forget(who)
        message = self._messages[on.message]
        act = await self._acts(lambda: self._discord.press(self._user(who), message, label))
        if act.modal is None:
            if writes:
                raise CannotAct(f"[{label}] asks for no words")
            return
        self._forms[who] = act
        if writes:
            await self.answers(who, writes)
            return
        asked = act.modal.components[0]["content"]
        self._client_asks(who, _plain(asked), in_group=on.in_group)

    async def again(self) -> None:
        """The last event arrives once more.

        A process that knows it drops it. So this one forgets, as one does that was restarted.
        """
        assert self._bot is not None
        if self._last is None:
            return
        last, client = self._last, self._bot._clients[0]
        self._discord.redeliver(last)
        shown, attempts = len(self._discord.shown), last.attempts
        await self._here.quiet()
        assert (len(self._discord.shown), last.attempts) == (shown, attempts)
        client.answering._seen.clear()
        self._discord.redeliver(last)
        await self._discord.until(lambda: last.attempts > attempts)
        await self._here.quiet()

    async def waits(self, by: timedelta) -> None:
        """Time passes."""
        for hop in hops(by):
            self._moment.now += hop
            await self._here.ticker.tick()
            await self._here.quiet()

    async def _acts(self, act: Any) -> Interaction:
        try:
            return await self._settled(act())
        except NotPossible as why:
            raise CannotAct(str(why)) from why

    def _user(self, who: str) -> User:
        if who not in self._users:
            raise CannotAct(f"{who} is not on Discord")
        return self._users[who]

    def _forget(self, who: str) -> None:
        """What somebody had begun or was asked before is not what they do now."""
        for kept in (self._begun, self._forms, self._questions):
            kept.pop(who, None)

    async def _opened(self, who: str) -> Interaction:
        """The form below the question that somebody was asked."""
        self._look()
        question = self._questions.pop(who, None)
        if question is None:
            raise CannotAct(f"{who} was not asked anything")
        last = self._last
        act = await self._acts(
            lambda: self._discord.press_id(self._user(who), question, _answer_id(question))
        )
        self._last = last
        return act

    # --- from a line to options ----------------------------------------------------------------

    def _command(self, text: str) -> tuple[Command, str]:
        name, _, line = text.removeprefix("/").partition(" ")
        if name == Group.POOL:
            word, _, line = line.partition(" ")
            name = f"{name} {word}"
        for command in self._here.desk.commands:
            names = [name_of(command), *(alias for _, alias in command.aliases)]
            if name in names and not command.hidden:
                return command, line
        raise CannotAct(f"Discord's client offers no /{name}")

    async def _fill(
        self, who: str, command: Command, given: Given, where: Where, *, photo: bool
    ) -> None:
        """Send a command, or have the client ask for the next option that is required."""
        lacking = missing(command, given)
        # The client knows what is not there; that a part is missing is for the bot to say.
        if lacking is not None and lacking.name not in given.values:
            self._begun[who] = Begun(command, given, where, photo, lacking)
            asked = lacking.question or lacking.summary
            voice = await self._voice(who)
            self._client_asks(who, spoken(asked, voice), in_group=not where.private)
            return
        by_name = {each.name: each for each in command.arguments}
        options = {
            name: self._option(by_name[name], said)
            for name, said in given.values.items()
            if name in by_name
        }
        if photo:
            options["photo"] = Upload("photo.jpg", PHOTO, "image/jpeg")
        words = _path(command)
        await self._acts(
            lambda: self._discord.slash(
                self._user(who), self._channel(who, where), words, **options
            )
        )
        elsewhere = [
            said[0]
            for name, said in given.values.items()
            if options.get(name) is self._discord.bot_user
        ]
        if elsewhere:
            await self._name(who, str(elsewhere[0]))

    async def _name(self, who: str, whom: str) -> None:
        """Tell the bot whom one means who is not on Discord; its question is overlooked."""
        self._look()
        if who in self._questions:
            asked = [seen for seen in self._seen if seen.audience == who]
            self._seen.remove(asked[-1])
            await self.answers(who, whom)

    def _option(self, argument: Argument, said: Sequence[Raw]) -> object:
        text = " ".join(map(written, said))
        match argument.kind:
            case Kind.MEMBER if not argument.of:
                return self._picked(said[0])
            case Kind.CREDITS | Kind.COUNT:
                if not (text.isascii() and text.isdecimal()):
                    raise CannotAct(f"{argument.name} takes a number, not {text!r}")
                return int(text)
            case Kind.TEXT | Kind.MEMBERS:
                return NAMED.sub(self._mentioned, text)
            case _:
                return text

    def _picked(self, said: Raw) -> User:
        """Whom one picks: a user, or for anybody else the bot, which asks for the name then."""
        for nick, user in self._users.items():
            by_id = isinstance(said, Mention) and said.external == str(user.id)
            if by_id or (isinstance(said, str) and said.lstrip("@") in (nick, user.name)):
                return user
        return self._discord.bot_user

    def _mentioned(self, found: re.Match[str]) -> str:
        user = self._users.get(found[1])
        return found[0] if user is None else user.mention

    def _mention(self, nick: str) -> Mention | None:
        return Mention(str(self._users[nick].id), self._actors[nick].name) if nick else None

    def _channel(self, who: str, where: Where) -> Channel:
        return self._discord.dm(self._user(who)) if where.private else self.guild.channel

    async def _voice(self, who: str) -> Voice:
        """How the client's own questions would be said to somebody."""
        known = await self._here.house.readers.known(PLATFORM, str(self._user(who).id))
        chosen = known.person.language if known else ""
        return Voice(choose_language(chosen, self._users[who].locale, ""))

    # --- looking -------------------------------------------------------------------------------

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last."""
        self._look()
        seen, self._seen = self._seen, []
        return seen

    def _client_asks(self, who: str, text: str, *, in_group: bool) -> None:
        self._look()
        name = f"client:{len(self._messages)}:{len(self._seen)}"
        self._seen.append(Seen(who, PLATFORM, name, text, in_group=in_group))

    def _look(self) -> None:
        """Take note of what was shown since the last look."""
        for message, text, rows, is_new in self._discord.shown:
            whom = message.visible_to or message.channel.recipient
            audience = self._nick(whom) if whom else "group"
            name = str(message.id)
            self._messages[name] = message
            if whom and any(_answers(each.custom_id) for row in message.buttons for each in row):
                self._questions[audience] = message
            seen = Seen(
                audience=audience,
                platform=PLATFORM,
                message=name,
                text=text,
                buttons=rows,
                edited=not is_new and whom is None,
                in_group=message.channel.guild is not None,
            )
            self._seen.append(seen)
        self._discord.shown.clear()

    def _nick(self, user: User) -> str:
        return next(nick for nick, each in self._users.items() if each is user)


def _answer_id(message: Message) -> str:
    return next(
        each.custom_id
        for row in message.buttons
        for each in row
        if each.custom_id and _answers(each.custom_id)
    )


def _plain(markdown: str) -> str:
    return plain(markdown, lambda kind, key: f"<{kind}{key}>")


def _path(command: Command) -> str:
    group = f"{command.group} " if command.group else ""
    return f"{group}{command.name}"


def _user(discord: PretendedDiscord, actor: Actor) -> User:
    locale = CLIENT_LANGUAGES.get(actor.language, CLIENT_LANGUAGES[""])
    return discord.user(actor.username or actor.nick, actor.name, locale=locale)


@asynccontextmanager
async def discord_stage(script: Script, folder: Path, url: str = "") -> AsyncIterator[DiscordStage]:
    """Discord alone, on a database of its own, at the instant where a transcript begins."""
    moment = Moment(script.start.instant(now()))
    async with WatchedDiscord() as discord:
        stage = DiscordStage(discord, script, moment, script.people)
        app = app_of(script, folder, url, moment, stage.settings, [stage.room])
        with discord.reroute():
            async with app:
                await stage.opens(app)
                yield stage
