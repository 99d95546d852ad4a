"""The state behind a pretended Telegram, and the rules that hold everywhere in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.pretended.telegram_errors import ApiError, forbidden, refused, too_many, wrong
from tests.pretended.telegram_model import (
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
from tests.pretended.telegram_params import Params
from tests.pretended.telegram_text import Json
from tests.pretended.telegram_updates import Bell, UpdateQueue

Place = Chat | User
"""Where a message goes: a chat, or a person's private chat with the bot."""

_FIRST_PERSON = 2**51 + 1
_FIRST_GROUP = -4_200_000_001
_FIRST_SUPERGROUP = -1_004_300_000_001


class Known(StrEnum):
    """What a server makes of the parameters of ephemeral messages."""

    WELL = "well"
    REFUSED = "refused"
    OVERLOOKED = "overlooked"
    """As servers do with whatever they do not know: the message is shown to everybody."""


class World:
    """People, chats, messages and files, and everything the bot did to them.

    Ids are as awkward as the real ones: people beyond 32 bits, groups below
    zero. Message ids run on over all private chats and groups together, but
    start again in each supergroup.
    """

    def __init__(self, clock: Callable[[], float], bot: User, query_lifetime: float) -> None:
        self.clock = clock
        self.bot = bot
        self.query_lifetime = query_lifetime
        self.download_limit = 20 * 1024 * 1024
        self.bot_reads_all = False
        self.bell = Bell()
        self.queue = UpdateQueue(self.bell)
        self.pace: Pace | None = None
        self.webhook: Json = {}
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.menus: dict[tuple[tuple[str, int | None, int | None], str], Menu] = {}
        self.about: dict[tuple[str, str], str] = {}
        self.calls: list[Call] = []
        self.history: list[Shown] = []
        self.popups: list[Popup] = []
        self.whispers: list[Message] = []
        self.knows_whispers = Known.WELL
        self.faults: list[str] = []
        self._people = 0
        self._groups = 0
        self._message_id = 0

    # ------------------------------------------------------------ making things

    def new_user(self, user: User) -> User:
        """Know a person, and their private chat with the bot."""
        self.users[user.id] = user
        chat = self.chats[user.id] = Chat(user.id, "private", person=user)
        chat.standings[user.id] = Standing.MEMBER
        return user

    def next_person_id(self) -> int:
        """An id for a person, beyond 32 bits and within 52."""
        self._people += 1
        return _FIRST_PERSON + self._people * 7919

    def new_group(self, kind: str, title: str, *, is_forum: bool = False) -> Chat:
        """A group, supergroup or channel without members."""
        self._groups += 1
        first = _FIRST_GROUP if kind == "group" else _FIRST_SUPERGROUP
        chat = Chat(first - self._groups * 101, kind, title, is_forum=is_forum)
        self.chats[chat.id] = chat
        return chat

    def new_message(self, chat: Chat, sender: User, **details: object) -> Message:
        """A message in a chat, with the next id there."""
        message = Message(
            id=self._next_message_id(chat),
            chat=chat,
            sender=sender,
            date=int(self.clock()),
            **details,  # type: ignore[arg-type]
        )
        chat.messages[message.id] = message
        return message

    def new_whisper(self, chat: Chat, sender: User, receiver: User, **details: object) -> Message:
        """An ephemeral message: it has no id of its own in the chat, only one beside it."""
        message = Message(
            id=0,
            chat=chat,
            sender=sender,
            date=int(self.clock()),
            receiver=receiver,
            ephemeral_id=len(self.whispers) + 1,
            **details,  # type: ignore[arg-type]
        )
        self.whispers.append(message)
        return message

    def new_file(self, kind: str, content: bytes, name: str | None = None) -> File:
        """Keep a photo or a document."""
        number = len(self.files) + 1
        name = name or f"file_{number}.jpg"
        file = File(f"pretended-{kind}-{number}", kind, content, name)
        self.files[file.id] = file
        return file

    def _next_message_id(self, chat: Chat) -> int:
        if chat.kind in {"supergroup", "channel"}:
            return max(chat.messages, default=0) + 1
        self._message_id += 1
        return self._message_id

    # ------------------------------------------------------------- finding things

    def place(self, place: Place) -> Chat:
        """The chat meant: itself, or a person's private chat."""
        return self.chats[place.id] if isinstance(place, User) else place

    def chat_asked_for(self, params: Params, name: str = "chat_id") -> Chat:
        """The chat that a request names; refused when the bot cannot know it."""
        if params.get(name) in {None, ""}:
            raise wrong(f"{name} is empty")
        chat = self.chats.get(params.needed_number(name))
        if chat is None or (chat.is_group and self.bot.id not in chat.standings):
            raise refused("chat not found")
        return chat

    def chat_to_write_to(self, params: Params) -> Chat:
        """The chat that a request names, if the bot may write there now."""
        chat = self.chat_asked_for(params)
        if chat.migrated_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to.id},
            )
        if chat.is_private:
            self._check_private(chat)
        else:
            self._check_group(chat)
        return chat

    def _check_private(self, chat: Chat) -> None:
        assert chat.person is not None
        if chat.person.is_bot:
            raise forbidden("bot can't send messages to bots")
        if chat.person.is_deactivated:
            raise forbidden("user is deactivated")
        standing = chat.standing_of(self.bot)
        if standing is Standing.KICKED:
            raise forbidden("bot was blocked by the user")
        if not standing.present:
            raise forbidden("bot can't initiate conversation with a user")

    def _check_group(self, chat: Chat) -> None:
        standing = chat.standing_of(self.bot)
        if standing is Standing.KICKED:
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if not standing.present:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        if not chat.bot_may_send and not standing.administers:
            raise refused("not enough rights to send text messages to the chat")

    # ------------------------------------------------------------------- reporting

    def fault(self, sentence: str) -> None:
        """Note what a correct bot would not have done."""
        self.faults.append(sentence)

    def show(self, act: str, message: Message) -> None:
        """Add to the history what the bot just did to a message."""
        self.history.append(Shown.now(act, message))

    def keep_pace(self, chat: Chat, *, is_new: bool) -> None:
        """Refuse what comes faster than the enforced pace, if one is enforced."""
        if self.pace is not None:
            self.pace.check(chat, is_new=is_new)


@dataclass
class Pace:
    """Telegram's flood limits: a message a second in a chat, twenty a minute in a group.

    Edits count among a group's twenty, but not against the one a second.
    """

    clock: Callable[[], float]
    per_minute: int = 20

    def __post_init__(self) -> None:
        self._sent: dict[int, list[tuple[float, bool]]] = {}

    def check(self, chat: Chat, *, is_new: bool) -> None:
        """Count a message, or refuse it with the seconds to wait."""
        now = self.clock()
        recent = [entry for entry in self._sent.get(chat.id, []) if now - entry[0] < 60]
        new = [at for at, was_new in recent if was_new]
        if is_new and new and now - new[-1] < 1:
            raise too_many(1)
        if chat.is_group and len(recent) >= self.per_minute:
            raise too_many(max(1, int(recent[0][0] + 60 - now) + 1))
        self._sent[chat.id] = [*recent, (now, is_new)]
