"""The local platform: reads what its people type and press, keeps what each of them sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count

from bots.calls import Call, Caller, Mention, Place
from bots.catalogue.desk import Answer
from bots.local_bot.powers import Joint, Powers, parted
from bots.pictures import fit_to_keep
from bots.platform import Unreachable
from bots.replies import Button, Name, Reply, reply, say
from bots.rooms import Inside
from bots.tokens import UNREADABLE, read_token
from bots.transcripts.neutral import neutral_buttons, neutral_text
from bots.transcripts.script import Actor
from bots.words import Voice, spoken
from core.records import dataclass

PLATFORM = "local"
FULL = Powers()
PART = "."
"""What stands between a message's id and the number of the part that goes on with it."""

GROUP = "group"
"""The one group chat; what everybody in it sees has this audience."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it stands: who sees it (a short name, or everybody in the group).

    `message` stays the same when a message is edited. `in_group` says where it stands; what
    one person alone sees may stand in the group too. One that was too long goes on in the next:
    `joint` is what joins it to the one before, None where it begins.
    """

    message: str
    audience: str
    reply: Reply
    voice: Voice
    in_group: bool
    edited: bool = False
    joint: Joint | None = None

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
    messages_per_second = 0

    def __init__(
        self,
        inside: Inside,
        people: Sequence[Actor],
        title: str,
        platform: str = PLATFORM,
        powers: Powers = FULL,
    ) -> None:
        self.name = platform
        self.powers = powers
        self.people = {actor.nick: actor for actor in people}
        self.on_post: Callable[[Post], None] = lambda _: None
        self._inside = inside
        self.title = title
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
        if private and not self.powers.private_in_group and not text.startswith("/"):
            # What was asked in the group could only be asked in private, and is answered there.
            private = self._asked.get(nick) != GROUP
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
            call = replace(call, photo=_giving(fit_to_keep(photo)))
        await self._handle(call, in_group=not private)

    async def answers(self, nick: str, text: str) -> None:
        """Words for the question that somebody was asked last, where they were asked."""
        await self.says(nick, text, private=self._asked.get(nick, "") == "")

    async def press(self, nick: str, post: Post, token: str, writes: str = "") -> None:
        """A button of a message; `writes` is what was written when it asked for words."""
        call = self._call(nick, private=not post.in_group)
        card = post.message if post.audience == GROUP else ""
        pressed = replace(call, token=read_token(token) or UNREADABLE, line=writes, card=card)
        await self._handle(pressed, in_group=post.in_group)

    async def again(self) -> None:
        """The last event arrives once more, as platforms do it when a connection breaks."""
        if self._last is not None:
            await self._handle(*self._last)

    async def _handle(self, call: Call, in_group: bool) -> None:
        self._last = (call, in_group)
        with self._inside.underway:
            answer = await self._inside.desk.answer(call)
        if answer.needless:
            return
        nick = call.caller.external
        if answer.reply.question:
            self._asked[nick] = call.place.chat
        elif call.answer:
            self._asked.pop(nick, None)
        if not answer.reply.is_silent:
            self._answer(nick, answer, in_group=in_group)
        if answer.reply.card is not None:
            on = answer.reply.stands_on or call.card
            self._card(answer.reply.card, answer.aloud, on)

    def _answer(self, nick: str, answer: Answer, *, in_group: bool) -> None:
        """Show an answer to the one who asked, in a way that nobody else sees."""
        if not in_group or self.powers.private_in_group:
            self._tell(nick, answer.reply, answer.voice, in_group=in_group)
        elif self.powers.direct_messages:
            self._tell(nick, answer.reply, answer.voice, in_group=False)
        elif not answer.reply.carded:
            name = Name(self.people[nick].name)
            cannot = say("{name}, I have no way to answer you in private here.", name=name)
            self._card(reply(cannot), answer.voice, "")

    def _call(self, nick: str, *, private: bool) -> Call:
        actor = self.people[nick]
        caller = Caller(self.name, nick, actor.name, actor.username, actor.language)
        place = Place(self.name)
        if not private:
            place = Place(self.name, GROUP, self.title, is_admin=_saying(actor.admin))
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
        return self._card(reply, voice, message)

    async def tell(
        self,
        external: str,
        reply: Reply,
        voice: Voice,
        nonce: str,  # noqa: ARG002
    ) -> None:
        """Tell somebody in private."""
        if external not in self.people or not self.powers.direct_messages:
            raise Unreachable(external)
        self._tell(external, reply, voice, in_group=False)

    def _tell(self, nick: str, reply: Reply, voice: Voice, *, in_group: bool) -> None:
        """Show something to one person."""
        self._post(Post(self._new(), nick, reply, voice, in_group))

    def _card(self, reply: Reply, voice: Voice, message: str) -> str:
        """Show a card to all, or put it in the place of the one that is there; its id."""
        known = message.partition(PART)[0] or self._new()
        self._post(Post(known, GROUP, reply, voice, in_group=True, edited=bool(message)))
        return known

    def _new(self) -> str:
        return f"{self._run}-{next(self._messages)}"

    def _post(self, whole: Post) -> None:
        """Show a message, in as many as it needs."""
        parts = parted(whole.reply, whole.voice, self.powers.text_max)
        for number, (joint, part) in enumerate(parts):
            if number:
                goes_on = f"{whole.message}{PART}{number}"
                self.on_post(replace(whole, message=goes_on, reply=part, joint=joint))
            else:
                self.on_post(replace(whole, reply=part))


def _command(text: str) -> tuple[str, str]:
    """The name of a command and the words behind it; `/pool` takes its first word along."""
    name, _, line = text[1:].strip().partition(" ")
    if name.casefold() == "pool":
        word, _, line = line.strip().partition(" ")
        name = f"{name} {word}".strip()
    return name, line.strip()


def _giving(content: bytes | None) -> Callable[[], Awaitable[bytes | None]]:
    async def given() -> bytes | None:
        return content

    return given


def _saying(admin: bool) -> Callable[[], Awaitable[bool]]:
    async def said() -> bool:
        return admin

    return said
