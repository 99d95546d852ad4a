"""What reaches the bot, in one form for every platform: who calls, from where, for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field

from bots.replies import Say
from bots.tokens import Token
from core.records import dataclass


async def _nobody() -> bool:
    return False


async def _nothing() -> Sequence[Say]:
    return ()


@dataclass(frozen=True, slots=True)
class Caller:
    """An account on a platform, as it was seen. `language` is the client's hint, '' for none.

    `names_in` is the language in which the client itself names the commands, '' where any of a
    command's names can be typed.
    """

    platform: str
    external: str
    name: str
    username: str = ""
    language: str = ""
    names_in: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call comes from. `chat` is '' in a direct message.

    `channel` is the topic or channel within the chat. `is_admin` asks the platform, just now,
    whether the caller administers the chat. `lacks` are the rights without which the bot cannot
    announce things there, as far as the platform says so by itself; `obstacles` asks it, and says
    where each is put right.
    """

    platform: str
    chat: str = ""
    title: str = ""
    channel: str = ""
    is_admin: Callable[[], Awaitable[bool]] = _nobody
    lacks: tuple[str, ...] = ()
    obstacles: Callable[[], Awaitable[Sequence[Say]]] = _nothing

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
    that this one answers. `photo` fetches a picture that came along. `card` is the message
    on which a press stands, where all of the group sees it.
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
    card: str = ""
