"""The local platform: reads what its people type and press, keeps what each of them sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from bots.calls import Call, Caller, Mention, Place
from bots.platform import Unreachable
from bots.replies import Button, Reply
from bots.rooms import Inside
from bots.tokens import read_token
from bots.transcripts.neutral import neutral_buttons, neutral_text
from bots.transcripts.script import Actor
from bots.words import Voice, spoken

PLATFORM = "local"
GROUP = "group"
"""The one group chat; what everybody in it sees has this audience."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it stands: who sees it (a short name, or everybody in the group).

    `message` stays the same when a message is edited. `in_group` says where it stands; what
    one person alone sees may stand in the group too.
    """

    message: str
    audience: str
    reply: Reply
    voice: Voice
    in_group: bool
    edited: bool = False

    @property
    def text(self) -> str:
        """What it says, as neutral text."""
        return neutral_text(self.reply, self.voice)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The labels of its buttons."""
        return neutral_buttons(self.reply, self.voice)

    @property
    def buttons(self) -> Sequence[Button]:
        """Its buttons, in order."""
        return [button for row in self.reply.buttons for button in row]

    def button(self, label: str) -> Button:
        """The button with this label.

        Raises:
            KeyError: there is none.
        """
        return {spoken(each.label, self.voice): each for each in self.buttons}[label]


class LocalBot:
    """A room (`bots.rooms.Room`) whose people sit at one keyboard.

    Where a transcript is about several platforms there is a room for each, with its `platform`.
    """

    knows_nonces = True
    seconds_between_messages = 0.0
    messages_per_minute = 0

    def __init__(
        self, inside: Inside, people: Sequence[Actor], title: str, platform: str = PLATFORM
    ) -> None:
        self.name = platform
        self.people = {actor.nick: actor for actor in people}
        self.on_post: Callable[[Post], None] = lambda _: None
        self._inside = inside
        self._title = title
        # Events and messages of another run must not be taken for those of this one.
        self._run = inside.doors.word(8)
        self._events = count(1)
        self._messages = count(1)
        self._asked: dict[str, str] = {}
        self._last: tuple[Call, bool] | None = None

    async def start(self) -> None:
        """Nothing has to be reached."""

    async def stop(self) -> None:
        """Whoever types has stopped already."""

    # --- what people do --------------------------------------------------------------------

    async def says(
        self,
        nick: str,
        text: str,
        *,
        private: bool,
        photo: bytes | None = None,
        replies_to: str = "",
    ) -> None:
        """A message: a command, an answer, or talk that is none of the bot's business."""
        call = self._call(nick, private=private)
        if text.startswith("/"):
            command, line = _command(text)
            call = replace(call, command=command, line=line, mentions=self._mentions(line))
        elif private or self._asked.get(nick) == call.place.chat:
            call = replace(call, answer=text)
        else:
            return
        if replies_to:
            call = replace(call, replied_to=self._mention(replies_to))
        if photo is not None:
            call = replace(call, photo=_giving(photo))
        await self._handle(call, in_group=not private)

    async def answers(self, nick: str, text: str) -> None:
        """Words for the question that somebody was asked last, where they were asked."""
        await self.says(nick, text, private=self._asked.get(nick, "") == "")

    async def press(self, nick: str, post: Post, button: Button, writes: str = "") -> None:
        """A button; `writes` is what was written when it asked for words."""
        call = self._call(nick, private=not post.in_group)
        token = read_token(button.token)
        await self._handle(replace(call, token=token, line=writes), in_group=post.in_group)

    async def again(self) -> None:
        """The last event arrives once more, as platforms do it when a connection breaks."""
        if self._last is not None:
            await self._handle(*self._last)

    async def _handle(self, call: Call, in_group: bool) -> None:
        self._last = (call, in_group)
        with self._inside.underway:
            answer = await self._inside.desk.answer(call)
        nick = call.caller.external
        if answer.reply.question:
            self._asked[nick] = call.place.chat
        elif call.answer:
            self._asked.pop(nick, None)
        self._post(nick, answer.reply, answer.voice, in_group=in_group)

    def _call(self, nick: str, *, private: bool) -> Call:
        actor = self.people[nick]
        caller = Caller(self.name, nick, actor.name, actor.username, actor.language)
        place = Place(self.name)
        if not private:
            place = Place(self.name, GROUP, self._title, is_admin=_saying(actor.admin))
        return Call(caller, place, key=f"{self.name}:{self._run}:{next(self._events)}")

    def _mentions(self, line: str) -> dict[str, Mention]:
        """Those who have no username are named as a platform names them, by their account."""
        return {
            f"@{nick}": self._mention(nick)
            for nick, actor in self.people.items()
            if not actor.username and f"@{nick}" in line.split()
        }

    def _mention(self, nick: str) -> Mention:
        return Mention(nick, self.people[nick].name)

    # --- what the bot says first -----------------------------------------------------------

    async def show_card(  # here a group has one channel, and nothing arrives twice
        self,
        chat: str,
        channel: str,  # noqa: ARG002
        message: str,
        reply: Reply,
        voice: Voice,
        nonce: str,  # noqa: ARG002
    ) -> str:
        """Show a card in the group; one of an earlier run is shown anew, as edited."""
        if chat != GROUP:
            raise Unreachable(chat)
        return self._post(GROUP, reply, voice, in_group=True, message=message)

    async def tell(
        self,
        external: str,
        reply: Reply,
        voice: Voice,
        nonce: str,  # noqa: ARG002
    ) -> None:
        """Tell somebody in private."""
        if external not in self.people:
            raise Unreachable(external)
        self._post(external, reply, voice, in_group=False)

    def _post(
        self, audience: str, reply: Reply, voice: Voice, *, in_group: bool, message: str = ""
    ) -> str:
        known = message or f"{self._run}-{next(self._messages)}"
        self.on_post(Post(known, audience, reply, voice, in_group, edited=bool(message)))
        return known


def _command(text: str) -> tuple[str, str]:
    """The name of a command and the words behind it; `/pool` takes its first word along."""
    name, _, line = text[1:].strip().partition(" ")
    if name.casefold() == "pool":
        word, _, line = line.strip().partition(" ")
        name = f"{name} {word}".strip()
    return name, line.strip()


def _giving(content: bytes) -> Callable[[], Awaitable[bytes | None]]:
    async def given() -> bytes | None:
        return content

    return given


def _saying(admin: bool) -> Callable[[], Awaitable[bool]]:
    async def said() -> bool:
        return admin

    return said
