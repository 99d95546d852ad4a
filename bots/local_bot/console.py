"""The chat in the terminal: whose eyes one looks through, where one stands, what one types.

Every person has two views that never mix: the group, and the private talk with the bot. What was
said while one looked elsewhere is shown when one comes back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from bots.local_bot.album import Album
from bots.local_bot.bot import GROUP, Post
from bots.local_bot.frame import Framed, called, framed, nearly
from bots.local_bot.keyboard import Keyboard
from bots.local_bot.screen import DIM, HEADING, Screen
from bots.local_bot.talk import MONTH, Entry, Talk
from bots.replies import Button, Code, Instant, Name, Reply, Say, Typed, say, says
from bots.words import Voice, spoken

PRESS = re.compile(r"(?P<marked>@press\s+)?(?P<number>\d{1,3})")
SHOWN_AT_MOST = 12
"""So many messages are shown at once to somebody who was away."""


class Console:
    """A part in the talk, by keyboard. `page` is where a browser finds the same, if it can."""

    def __init__(self, talk: Talk, screen: Screen, page: str = "") -> None:
        self.nick = next(iter(talk.bot.people))
        self.private = False
        self.voice = Voice()
        self._talk = talk
        self._people = talk.bot.people
        self._desk = talk.inside.desk
        self._screen = screen
        self._page = page
        self._album = Album(talk.inside.settings.data_dir / "photos")
        self._read: dict[tuple[str, bool], int] = {}
        self._marked: dict[str, int] = {}
        self._buttons: list[tuple[Post, Button]] = []
        self._asks = False
        self._waiting = False
        talk.watchers.append(self._note)

    def _note(self, _: Entry) -> None:
        """What is said while nobody acts here is shown at once."""
        if self._waiting:
            self._show_new()
            self._mark()

    # --- the conversation ------------------------------------------------------------------

    async def run(self, keyboard: Keyboard, first: str, stopping: asyncio.Event) -> None:
        """Talk until the lines end, somebody quits, or the program is stopped."""
        self._keyboard = keyboard
        self.nick = first
        await self._greet()
        while not stopping.is_set():
            line = await _unless(stopping, self._line)
            said = (line or "").strip()
            own = framed(said)
            if line is None or (own is not None and own.command == "quit"):
                break
            if own is not None:
                await self._frame(own)
            elif said:
                await self._take(said)
        self._tell(say("Goodbye! What you did here stays as it is."))

    async def _line(self) -> str | None:
        prompt = spoken(self._prompt(), self.voice)
        self._waiting = True
        try:
            line = await self._keyboard.line(prompt)
        finally:
            self._waiting = False
        if line is not None and not self._keyboard.echoes:
            self._screen.write(f"{prompt}{line}")
        return line

    def _prompt(self) -> Say:
        name = Name(self._people[self.nick].name)
        if self.private:
            return say("{name}, in private> ", name=name)
        return say("{name}, in the group> ", name=name)

    async def _greet(self) -> None:
        await self._look()
        name = Name(self._people[self.nick].name)
        self._tell(
            say("A demo with made-up people, on this computer alone. You are {name}.", name=name)
        )
        self._tell(
            say(
                "Try {board}, {help} or {send}. A number presses the button that shows it.",
                board=self._asked("board"),
                help=self._asked("help"),
                send=self._asked("send", "@wanjiru 1"),
            )
        )
        self._tell(
            say(
                "{switch} makes you somebody else, {private} and {group} change the place, "
                "{quit} ends.",
                switch=self._typed("as", "amina"),
                private=self._typed("private"),
                group=self._typed("group"),
                quit=self._typed("quit"),
            )
        )
        if self._page:
            self._tell(say("The same in a browser: {address}", address=Code(self._page)))

    async def _take(self, line: str) -> None:
        """A line: a press, a slip in a command of the frame, or something for the bot."""
        press = PRESS.fullmatch(line)
        language = self.voice.language
        meant = line.startswith("/") and nearly(line, self._desk.names(language), language)
        if press is not None and (press["marked"] or not self._asks):
            await self._press(int(press["number"]))
        elif meant:
            self._tell(say("Did you mean {nearest}?", nearest=Code(f"/{meant}")))
        else:
            await self._speak(line)

    async def _speak(self, line: str) -> None:
        """Something for the bot, or for the group alone."""
        is_talk = not (line.startswith("/") or self._asks or self.private)
        # A word that answers a question ends it, unless what follows asks again.
        self._asks = self._asks and line.startswith("/")
        await self._talk.says(self.nick, line, private=self.private)
        if is_talk:
            example = self._asked(line) if self._desk.meant(line, "") else self._asked("help")
            self._tell(
                say(
                    "The group reads this; the bot takes what begins with a slash: {example}",
                    example=example,
                ),
                DIM,
            )
        await self._after()

    async def _press(self, number: int) -> None:
        if not 1 <= number <= len(self._buttons):
            self._tell(say("No button has this number at the moment."))
            return
        post, button = self._buttons[number - 1]
        writes = ""
        if button.asks is not None:
            self._tell(button.asks)
            writes = (await self._keyboard.line("> ") or "").strip()
            if not writes:
                self._tell(say("All right, nothing was done."))
                return
        await self._talk.bot.press(self.nick, post, button.token, writes)
        await self._after()

    async def _after(self) -> None:
        """Show what followed."""
        await self._talk.quiet()
        await self._look()
        self._show_new()
        self._mark()

    # --- the frame -------------------------------------------------------------------------

    async def _frame(self, own: Framed) -> None:
        command, what = own.command, own.what
        if command == "as":
            await self._become(what.lstrip("@"))
        elif command == "who":
            await self._who()
        elif command == "clock":
            await self._clock(what)
        elif command in ("group", "private"):
            await self._go(private=command == "private")
        elif (place := framed(f"/{what}")) and place.command in ("group", "private"):
            await self._go(private=place.command == "private")
        else:
            self._tell(
                say(
                    "There are two places: {group} and {private}.",
                    group=self._typed("group"),
                    private=self._typed("private"),
                )
            )

    async def _become(self, nick: str) -> None:
        if nick not in self._people:
            names = ", ".join(self._people)
            self._tell(
                say(
                    "You can be {names}: {example}",
                    names=Typed(names),
                    example=self._typed("as", "amina"),
                )
            )
            return
        self.nick = nick
        await self._enter()

    async def _go(self, *, private: bool) -> None:
        if private and not self._talk.bot.powers.direct_messages:
            self._tell(say("Here nobody can talk to the bot in private."))
            return
        self.private = private
        await self._enter()

    async def _enter(self) -> None:
        """Stand in another view: say where, show what is new there."""
        await self._look()
        name = Name(self._people[self.nick].name)
        if self.private:
            self._tell(say("— {name} and the bot, in private —", name=name), HEADING)
        else:
            self._tell(say("— The group, as {name} sees it —", name=name), HEADING)
        self._buttons, self._asks = [], False
        self._show_new()
        self._mark()

    async def _who(self) -> None:
        for nick, actor in self._people.items():
            for each in await self._talk.about(nick):
                self._tell(
                    say(
                        "{nick}: {name} {about}",
                        nick=self._typed("as", nick),
                        name=Name(actor.name),
                        about=each,
                    )
                )

    async def _clock(self, what: str) -> None:
        """Let the demo's time pass; it never goes back."""
        passed = await self._talk.passes(what)
        await self._look()
        self._tell(say("It is {instant} here.", instant=Instant(self._talk.now)))
        if not passed:
            self._tell(
                say(
                    "{day} lets a day pass, {month} goes on to the next month.",
                    day=self._typed("clock", "+1d"),
                    month=self._typed("clock", MONTH.get(self.voice.language, "month")),
                )
            )
        self._show_new()
        self._mark()

    # --- showing ---------------------------------------------------------------------------

    def _tell(self, sentence: Say, colour: str = "") -> None:
        self._screen.say(sentence, self.voice, colour)

    def _asked(self, words: str, what: str = "") -> Code:
        """The command of the bot that words begin with, as it is typed in the reader's language."""
        return Code(f"/{self._desk.meant(words, self.voice.language)} {what}".rstrip())

    def _typed(self, command: str, what: str = "") -> Code:
        """A command of the frame as somebody types it in the language they are spoken to."""
        return Code(f"/{called(command, self.voice.language)} {what}".rstrip())

    async def _look(self) -> None:
        """Find out how this person is spoken to."""
        self.voice = await self._talk.voice(self.nick)

    def _new(self, nick: str, *, private: bool) -> Sequence[Entry]:
        read = self._read.get((nick, private), 0)
        return [
            each
            for each in self._talk.entries[read:]
            if each.seen_by(nick, private=private) and each.typist != nick
        ]

    def _show_new(self) -> None:
        """Show what this person has not seen here; the numbers of its buttons begin at 1."""
        new = self._new(self.nick, private=self.private)
        self._read[self.nick, self.private] = len(self._talk.entries)
        if len(new) > SHOWN_AT_MOST:
            left_out = len(new) - SHOWN_AT_MOST
            self._tell(says("… {count} earlier message", "… {count} earlier messages", left_out))
        posts = [each.post for each in new if each.post is not None]
        if any(post.reply.buttons or post.reply.question for post in posts):
            self._buttons, self._asks = [], False
        for each in new[-SHOWN_AT_MOST:]:
            self._show(each)

    def _show(self, entry: Entry) -> None:
        if entry.post is None:
            name = self._people[entry.typist].name
            self._screen.runs([(f"{name}: {entry.typed}", DIM)])
            return
        post = entry.post
        self._screen.post(
            post, self._head(post), self.voice, len(self._buttons) + 1, self._kept(post.reply)
        )
        self._buttons += [(post, button) for button in post.buttons]
        self._asks = self._asks or bool(post.reply.question)

    def _kept(self, reply: Reply) -> Say | None:
        """Put down the picture or the file that comes with a reply, and say where."""
        if reply.file is not None:
            path = self._album.keep_as(reply.file.name, reply.file.content)
            return say("A file, kept as {path}", path=Code(str(path)))
        if reply.picture:
            path = self._album.keep(reply.picture)
            return say("A photo, kept as {path}", path=Code(str(path)))
        return None

    def _head(self, post: Post) -> Say:
        if post.audience != GROUP:
            name = Name(self._people[post.audience].name)
            return say("Only {name} sees this:", name=name)
        if post.edited:
            return say("Everybody sees this (changed):")
        return say("Everybody sees this:")

    def _mark(self) -> None:
        """Say, once, for whom something is new that stands in another view."""
        for nick, actor in self._people.items():
            count = len(self._new(nick, private=True))
            told, self._marked[nick] = self._marked.get(nick, 0), count
            if count <= told or (nick == self.nick and self.private):
                continue
            mine = nick == self.nick
            where = self._typed("private") if mine else self._typed("as", nick)
            self._tell(
                says(
                    "{count} new for {name}: {where}",
                    "{count} new for {name}: {where}",
                    count,
                    name=Name(actor.name),
                    where=where,
                ),
                DIM,
            )


async def _unless(stopping: asyncio.Event, ask: Callable[[], Awaitable[str | None]]) -> str | None:
    """What is asked for, or None as soon as the program is to stop."""
    async with asyncio.TaskGroup() as group:
        line = group.create_task(_awaited(ask))
        stop = group.create_task(stopping.wait())
        await asyncio.wait((line, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not line.done():
            line.cancel()
            return None
    return line.result()


async def _awaited(ask: Callable[[], Awaitable[str | None]]) -> str | None:
    return await ask()
