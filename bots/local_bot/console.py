"""The chat in the terminal: whose eyes one looks through, where one stands, what one types.

Every person has two views that never mix: the group, and the private talk with the bot. What was
said while one looked elsewhere is shown when one comes back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bots.local_bot.album import Album
from bots.local_bot.bot import GROUP, LocalBot, Post
from bots.local_bot.keyboard import Keyboard
from bots.local_bot.screen import DIM, HEADING, Screen
from bots.replies import Button, Code, Instant, Name, Say, Typed, say, says
from bots.rooms import Inside
from bots.words import Voice, choose_language, spoken
from core.domain.members import Role

FRAME = re.compile(
    r"/(?:(?P<command>as|in|clock)(?:\s+(?P<what>\S+))?|(?P<alone>group|private|quit|who))\s*"
)
PRESS = re.compile(r"(?P<marked>@press\s+)?(?P<number>\d{1,3})")
AHEAD = re.compile(r"\+(?P<count>\d{1,3})(?P<unit>[hdw])")
UNITS = {"h": "hours", "d": "days", "w": "weeks"}
SHOWN_AT_MOST = 12
"""So many messages are shown at once to somebody who was away."""

ROLES = {
    Role.STEWARD: say("looks after the pool as a steward"),
    Role.PARTNER: say("is a partner of the pool"),
    Role.BACKER: say("backs credits with cash"),
    Role.MANAGER: say("manages a project"),
    Role.GUARDIAN: say("acts for somebody else"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a view: a message of the bot, or what `typist` typed."""

    in_group: bool
    audience: str
    post: Post | None = None
    typist: str = ""
    typed: str = ""

    def seen_by(self, nick: str, *, private: bool) -> bool:
        """Whether it stands in this person's private talk, or in the group as they see it."""
        return self.in_group is not private and self.audience in (nick, GROUP)


class Console:
    """A conversation with the local bot.

    `advance` lets the demo's time pass, `quiet` waits until all that follows has been shown.
    """

    def __init__(
        self,
        bot: LocalBot,
        inside: Inside,
        screen: Screen,
        advance: Callable[[timedelta], Awaitable[None]],
        quiet: Callable[[], Awaitable[None]],
    ) -> None:
        self.nick = next(iter(bot.people))
        self.private = False
        self.voice = Voice()
        self._bot = bot
        self._inside = inside
        self._screen = screen
        self._album = Album(inside.settings.data_dir / "photos")
        self._advance = advance
        self._quiet = quiet
        self._entries: list[Entry] = []
        self._read: dict[tuple[str, bool], int] = {}
        self._buttons: list[tuple[Post, Button]] = []
        self._asks = False
        self._waiting = False
        bot.on_post = self._note

    def _note(self, post: Post) -> None:
        """Keep a message; one that comes while nobody acts is shown at once."""
        self._entries.append(Entry(post.in_group, post.audience, post))
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
            if line is None or line.strip() == "/quit":
                break
            if line.strip():
                await self._take(line.strip())
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
        name = Name(self._bot.people[self.nick].name)
        if self.private:
            return say("{name}, in private> ", name=name)
        return say("{name}, in the group> ", name=name)

    async def _greet(self) -> None:
        await self._look()
        name = Name(self._bot.people[self.nick].name)
        self._tell(
            say("A demo with made-up people, on this computer alone. You are {name}.", name=name)
        )
        self._tell(
            say(
                "Try {board}, {help} or {send}. A number presses the button that shows it.",
                board=Code("/board"),
                help=Code("/help"),
                send=Code("/send @wanjiru 1"),
            )
        )
        self._tell(
            say(
                "{switch} makes you somebody else, {private} and {group} change the place, "
                "{quit} ends.",
                switch=Code("/as amina"),
                private=Code("/private"),
                group=Code("/group"),
                quit=Code("/quit"),
            )
        )

    async def _take(self, line: str) -> None:
        """A line: a command of the frame, a press, or something for the bot."""
        frame = FRAME.fullmatch(line)
        press = PRESS.fullmatch(line)
        if frame is not None:
            await self._frame(frame["command"] or frame["alone"], frame["what"] or "")
        elif press is not None and (press["marked"] or not self._asks):
            await self._press(int(press["number"]))
        else:
            await self._speak(line)

    async def _speak(self, line: str) -> None:
        if not self.private:
            self._entries.append(Entry(True, GROUP, typist=self.nick, typed=line))
        await self._bot.says(self.nick, line, private=self.private)
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
        await self._bot.press(self.nick, post, button, writes)
        await self._after()

    async def _after(self) -> None:
        """Show what followed."""
        await self._quiet()
        await self._look()
        self._show_new()
        self._mark()

    # --- the frame -------------------------------------------------------------------------

    async def _frame(self, command: str, what: str) -> None:
        if command == "as":
            await self._become(what.casefold().lstrip("@"))
        elif command == "who":
            await self._who()
        elif command == "clock":
            await self._clock(what)
        elif (what or command) in ("group", "private"):
            await self._go(private=(what or command) == "private")
        else:
            self._tell(
                say(
                    "There are two places: {group} and {private}.",
                    group=Code("/group"),
                    private=Code("/private"),
                )
            )

    async def _become(self, nick: str) -> None:
        if nick not in self._bot.people:
            names = ", ".join(self._bot.people)
            self._tell(
                say("You can be {names}: {example}", names=Typed(names), example=Code("/as amina"))
            )
            return
        self.nick = nick
        await self._enter()

    async def _go(self, *, private: bool) -> None:
        self.private = private
        await self._enter()

    async def _enter(self) -> None:
        """Stand in another view: say where, show what is new there."""
        await self._look()
        name = Name(self._bot.people[self.nick].name)
        if self.private:
            self._tell(say("— {name} and the bot, in private —", name=name), HEADING)
        else:
            self._tell(say("— The group, as {name} sees it —", name=name), HEADING)
        self._buttons, self._asks = [], False
        self._show_new()
        self._mark()

    async def _who(self) -> None:
        reading, doors = self._inside.doors.reading, self._inside.doors
        for nick, actor in self._bot.people.items():
            known = await reading.known(self._bot.name, nick)
            pool = known.pools[0] if known and known.pools else None
            member = await reading.member(pool.id, known.person.id) if known and pool else None
            roles = await reading.roles(pool.id, member.id, doors.now()) if pool and member else ()
            about = [ROLES[role] for role in roles] or [
                say("is a member") if member else say("is not in the pool yet")
            ]
            for each in about:
                self._tell(
                    say(
                        "{nick}: {name} {about}",
                        nick=Code(f"/as {nick}"),
                        name=Name(actor.name),
                        about=each,
                    )
                )

    async def _clock(self, what: str) -> None:
        """Let the demo's time pass; it never goes back."""
        ahead = AHEAD.fullmatch(what)
        if ahead is not None:
            await self._advance(timedelta(**{UNITS[ahead["unit"]]: int(ahead["count"])}))
            await self._look()
        self._tell(say("It is {instant} here.", instant=Instant(self._inside.doors.now())))
        if ahead is None:
            self._tell(say("{example} lets a day pass.", example=Code("/clock +1d")))
        self._show_new()
        self._mark()

    # --- showing ---------------------------------------------------------------------------

    def _tell(self, sentence: Say, colour: str = "") -> None:
        self._screen.say(sentence, self.voice, colour)

    async def _look(self) -> None:
        """Find out how this person is spoken to."""
        known = await self._inside.doors.reading.known(self._bot.name, self.nick)
        chosen = known.person.language if known else ""
        pool = known.pools[0] if known and known.pools else None
        language = choose_language(
            chosen, self._bot.people[self.nick].language, self._inside.settings.locale
        )
        self.voice = Voice(language, pool.currency, pool.time_zone) if pool else Voice(language)

    def _new(self, nick: str, *, private: bool) -> Sequence[Entry]:
        read = self._read.get((nick, private), 0)
        return [
            each
            for each in self._entries[read:]
            if each.seen_by(nick, private=private) and each.typist != nick
        ]

    def _show_new(self) -> None:
        """Show what this person has not seen here; the numbers of its buttons begin at 1."""
        new = self._new(self.nick, private=self.private)
        self._read[self.nick, self.private] = len(self._entries)
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
            name = self._bot.people[entry.typist].name
            self._screen.runs([(f"{name}: {entry.typed}", DIM)])
            return
        post = entry.post
        kept = self._album.keep(post.reply.picture) if post.reply.picture else None
        self._screen.post(post, self._head(post), self.voice, len(self._buttons) + 1, kept)
        self._buttons += [(post, button) for button in post.buttons]
        self._asks = self._asks or bool(post.reply.question)

    def _head(self, post: Post) -> Say:
        if post.audience != GROUP:
            name = Name(self._bot.people[post.audience].name)
            return say("Only {name} sees this:", name=name)
        if post.edited:
            return say("Everybody sees this (changed):")
        return say("Everybody sees this:")

    def _mark(self) -> None:
        """Say for whom something is new that stands in another view."""
        for nick, actor in self._bot.people.items():
            count = len(self._new(nick, private=True))
            if not count or (nick == self.nick and self.private):
                continue
            where = Code("/private") if nick == self.nick else Code(f"/as {nick}")
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
