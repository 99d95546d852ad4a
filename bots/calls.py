"""What reaches the bot, in one form for every platform: who calls, from where, for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bots.tokens import Token


async def _nobody() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Caller:
    """An account on a platform, as it was seen. `language` is the client's hint, '' for none."""

    platform: str
    external: str
    name: str
    username: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call comes from. `chat` is '' in a direct message.

    `channel` is the topic or channel within the chat. `is_admin` asks the platform, just now,
    whether the caller administers the chat.
    """

    platform: str
    chat: str = ""
    title: str = ""
    channel: str = ""
    is_admin: Callable[[], Awaitable[bool]] = _nobody

    @property
    def private(self) -> bool:
        """Whether nobody else reads along."""
        return not self.chat


@dataclass(frozen=True, slots=True)
class Mention:
    """A member named by the platform itself: by the account's id, not by what was typed."""

    external: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """Something somebody wants, on its way to the catalogue.

    Exactly one of these says what: `command` (with `line`, the words behind it, or `options`,
    the platform's typed ones), `token` (a press; `line` holds what the platform asked for
    first), or `answer` (words that answer a question asked before).

    `key` is the event's, unique overall. `mentions` holds, for each text in the line that the
    platform marked as naming somebody, whom it names. `replied_to` is the author of the message
    that this one answers. `photo` fetches a picture that came along.
    """

    caller: Caller
    place: Place
    key: str
    command: str = ""
    line: str = ""
    options: Mapping[str, str | Mention] | None = None
    token: Token | None = None
    answer: str = ""
    mentions: Mapping[str, Mention] = field(default_factory=dict)
    replied_to: Mention | None = None
    photo: Callable[[], Awaitable[bytes | None]] | None = None
