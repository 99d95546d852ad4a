"""What a pretended Telegram is made of: people, chats, messages, and their JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.pretended.telegram_text import Json, units

GROUP_ANONYMOUS_BOT = 1087968824
"""The account that speaks for an administrator who remains anonymous."""

CHANNEL_BOT = 136817688
"""The account that speaks for whoever writes in the name of their channel."""

SERVICE_ACCOUNT = 777000
"""The account that carries a linked channel's posts into its group."""


class Standing(StrEnum):
    """What somebody is in a chat. In a private chat: the bot's own standing."""

    OWNER = "creator"
    ADMIN = "administrator"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"

    @property
    def present(self) -> bool:
        return self not in {Standing.LEFT, Standing.KICKED}

    @property
    def administers(self) -> bool:
        return self in {Standing.OWNER, Standing.ADMIN}


@dataclass(eq=False)
class User:
    """A person, or a bot. Change one through the pretended Telegram, not by hand."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    is_deactivated: bool = False

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name)))

    def json(self) -> Json:
        return _without_nones(
            id=self.id,
            is_bot=self.is_bot,
            first_name=self.first_name,
            last_name=self.last_name,
            username=self.username,
            language_code=self.language_code,
        )


@dataclass(eq=False)
class Topic:
    """A topic of a forum; its thread id is that of the message that opened it."""

    thread: int
    name: str
    is_closed: bool = False
    is_deleted: bool = False


@dataclass(eq=False)
class Chat:
    """A private chat, a group, a supergroup, or a channel that posts into one."""

    id: int
    kind: str
    title: str | None = None
    person: User | None = None
    is_forum: bool = False
    is_general_closed: bool = False
    hides_members: bool = False
    bot_may_send: bool = True
    migrated_to: Chat | None = field(default=None, repr=False)
    standings: dict[int, Standing] = field(default_factory=dict, repr=False)
    topics: dict[int, Topic] = field(default_factory=dict, repr=False)
    messages: dict[int, Message] = field(default_factory=dict, repr=False)

    @property
    def is_private(self) -> bool:
        return self.kind == "private"

    @property
    def is_group(self) -> bool:
        return self.kind in {"group", "supergroup"}

    def standing_of(self, user: User) -> Standing:
        return self.standings.get(user.id, Standing.LEFT)

    def json(self) -> Json:
        person = self.person.json() if self.person else {}
        return _without_nones(
            id=self.id,
            type=self.kind,
            title=self.title,
            username=person.get("username"),
            first_name=person.get("first_name"),
            last_name=person.get("last_name"),
            is_forum=self.is_forum or None,
        )


@dataclass(frozen=True)
class Button:
    """An inline button: its label, and what pressing it means."""

    label: str
    data: str | None = None
    url: str | None = None
    style: str | None = None
    copies: str | None = None


@dataclass(eq=False)
class File:
    """A photo or a document on the server."""

    id: str
    kind: str
    content: bytes = field(repr=False)
    name: str
    is_gone: bool = False

    @property
    def unique_id(self) -> str:
        return hashlib.sha256(self.id.encode()).hexdigest()[:16]

    @property
    def path(self) -> str:
        return f"{self.kind}s/{self.name}"

    def json(self) -> Any:
        size: Json = {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.content),
        }
        if self.kind == "photo":
            return [{**size, "width": 90, "height": 90}, {**size, "width": 800, "height": 800}]
        return {**size, "file_name": self.name}


@dataclass(eq=False)
class Message:
    """A message as it stands now. `text` is a photo's caption where there is one."""

    id: int
    chat: Chat
    sender: User
    date: int
    text: str = ""
    html: str = ""
    entities: list[Json] = field(default_factory=list, repr=False)
    file: File | None = None
    buttons: list[list[Button]] = field(default_factory=list, repr=False)
    reply_markup: Json | None = field(default=None, repr=False)
    reply_to: Message | None = field(default=None, repr=False)
    thread: int | None = None
    is_silent: bool = False
    has_link_preview: bool = True
    edits: int = 0
    is_deleted: bool = False
    sender_chat: Chat | None = None
    is_forwarded: bool = False
    is_automatic_forward: bool = False
    service: Json = field(default_factory=dict, repr=False)
    reactions: list[str] = field(default_factory=list)
    ephemeral_id: int | None = None
    receiver: User | None = field(default=None, repr=False)
    """Whom an ephemeral message is for; its `id` is 0, and only this person and the bot see it."""

    @property
    def labels(self) -> list[str]:
        """The labels of all inline buttons, row by row."""
        return [button.label for button in self.all_buttons()]

    def all_buttons(self) -> Iterator[Button]:
        for row in self.buttons:
            yield from row

    def button(self, label: str) -> Button:
        """The button with this label; AssertionError when there is none."""
        for button in self.all_buttons():
            if button.label == label:
                return button
        raise AssertionError(f"message {self.id} has no button {label!r}, only {self.labels}")

    def json(self, *, nested: bool = False) -> Json:
        """The message as the Bot API shows it; inside another one, without its reply."""
        return _without_nones(
            message_id=self.id,
            ephemeral_message_id=self.ephemeral_id,
            date=self.date,
            edit_date=self.date + self.edits if self.edits else None,
            chat=self.chat.json(),
            **{"from": self.sender.json()},
            sender_chat=self.sender_chat.json() if self.sender_chat else None,
            is_automatic_forward=self.is_automatic_forward or None,
            forward_origin=self._origin() if self.is_forwarded else None,
            message_thread_id=self.thread,
            is_topic_message=True if self.thread and self.chat.is_forum else None,
            reply_to_message=None
            if nested or not self.reply_to
            else self.reply_to.json(nested=True),
            reply_markup=self.reply_markup if self.buttons else None,
            **self._content(),
            **self.service,
        )

    def _content(self) -> Json:
        text, entities = ("caption", "caption_entities") if self.file else ("text", "entities")
        content: Json = {}
        if self.file:
            content[self.file.kind] = self.file.json()
        if self.text:
            content[text] = self.text
        if self.entities:
            content[entities] = self.entities
        return content

    def _origin(self) -> Json:
        return {"type": "user", "date": self.date, "sender_user": self.sender.json()}


@dataclass(frozen=True)
class Shown:
    """One thing the bot did to a chat, as it stood at that moment."""

    act: str
    """`sent`, `edited` or `deleted`."""
    message_id: int
    chat: Chat
    text: str
    html: str
    buttons: tuple[tuple[Button, ...], ...]
    is_silent: bool
    thread: int | None
    message: Message = field(repr=False, compare=False)
    """The message as it stands now, not at that moment."""

    @classmethod
    def now(cls, act: str, message: Message) -> Shown:
        return cls(
            act=act,
            message_id=message.id,
            chat=message.chat,
            text=message.text,
            html=message.html,
            buttons=tuple(tuple(row) for row in message.buttons),
            is_silent=message.is_silent,
            thread=message.thread,
            message=message,
        )


@dataclass(frozen=True)
class Popup:
    """What an answerCallbackQuery showed to the one who pressed."""

    user: User
    text: str
    show_alert: bool
    url: str | None
    query_id: str


@dataclass(eq=False)
class Query:
    """A press of a button, waiting for its answer."""

    id: str
    user: User
    chat: Chat
    data: str
    at: float
    is_answered: bool = False


@dataclass(eq=False)
class Call:
    """A request of the bot. `status` is None while it has no answer yet."""

    method: str
    params: Json
    at: float
    status: int | None = None
    description: str = ""


@dataclass(frozen=True)
class Menu:
    """Commands as the bot set them, by scope and language."""

    scope: tuple[str, int | None, int | None]
    language: str
    commands: tuple[tuple[str, str], ...]
    alone: frozenset[str] = frozenset()
    """Those that the app sends so that only the bot sees them."""


def text_mention(user: User, offset: int) -> Json:
    """The entity that names a person who has no username."""
    return {
        "type": "text_mention",
        "offset": offset,
        "length": units(user.first_name),
        "user": user.json(),
    }


def _without_nones(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
