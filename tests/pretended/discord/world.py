"""Everything that stands in the pretended Discord: people, places, messages, memory."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.patience import PATIENCE
from tests.pretended.discord.clock import Clock, Noticeboard, Snowflakes, real_clock
from tests.pretended.discord.commands import CommandRegistry, Sync
from tests.pretended.discord.errors import ApiError, Fault, missing_access, unknown
from tests.pretended.discord.gateway import (
    DIRECT_MESSAGES,
    GUILD_MESSAGES,
    Gateway,
)
from tests.pretended.discord.injection import Injection
from tests.pretended.discord.interactions import Interaction
from tests.pretended.discord.messages import (
    LOADING,
    V2,
    Attachment,
    Draft,
    Message,
    Upload,
)
from tests.pretended.discord.permissions import Permission
from tests.pretended.discord.places import DIRECT, Channel, Guild, User
from tests.pretended.discord.texts import Pings, pings_of

Seen = TypeVar("Seen")

NONCE_SECONDS = 300


@dataclass(frozen=True)
class Call:
    """One REST call of the bot, and how it was answered."""

    method: str
    path: str
    status: int | None
    body: Any


class World:
    """The state behind REST and gateway; both read and change it, and nothing else does."""

    def __init__(self, clock: Clock = real_clock) -> None:
        self.clock = clock
        self.board = Noticeboard()
        self.next_id = Snowflakes(clock).next
        self.application_id = self.next_id()
        self.bot_user = User(self.application_id, "poolkeeper-under-test", bot=True)
        self.token = _pretended_token(self.application_id)
        self.origin = ""
        self.users: dict[int, User] = {self.bot_user.id: self.bot_user}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.uploads: dict[str, Attachment] = {}
        self.commands = CommandRegistry(self.application_id, self.next_id)
        self.interactions: dict[str, Interaction] = {}
        self.injection = Injection()
        self.gateway = Gateway(self)
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.history: list[Message] = []

    # ------------------------------------------------------------ watching

    async def until(
        self,
        predicate: Callable[[], Seen],
        timeout: float = PATIENCE,  # noqa: ASYNC109
        what: str = "a condition",
    ) -> Seen:
        """Wait until the predicate gives something true, looking after each thing that happens.

        Raises:
            AssertionError: It did not come true in time.
        """
        return await self.board.until(predicate, timeout, what)

    @property
    def syncs(self) -> list[Sync]:
        """Each time that the bot changed its registered commands."""
        return self.commands.syncs

    @property
    def identifies(self) -> int:
        """How often the bot logged in at the gateway (resuming does not count)."""
        return len(self.gateway.identifies)

    def fault(self, kind: str, detail: str) -> None:
        """Note that the bot broke a rule."""
        self.faults.append(Fault(kind, detail))

    def forgive(self, part: str) -> list[Fault]:
        """Strike out the faults whose text contains this: the test provoked them.

        Raises:
            AssertionError: There is no such fault.
        """
        forgiven = [fault for fault in self.faults if part in str(fault)]
        if not forgiven:
            raise AssertionError(f"no fault contains {part!r}; there are {self.faults}")
        self.faults = [fault for fault in self.faults if fault not in forgiven]
        return forgiven

    def excuse(self, *interactions: Interaction) -> None:
        """Do not count it as a fault that these were left without an answer."""
        for interaction in interactions:
            interaction.excused = True

    def assert_no_faults(self) -> None:
        """Fail if the bot broke a rule, called what does not exist, or left somebody waiting.

        Raises:
            AssertionError: With all of it.
        """
        faults = [*self.faults, *self._left_waiting()]
        if faults:
            listed = "\n".join(f"- {fault}" for fault in faults)
            raise AssertionError(f"the pretended Discord saw {len(faults)} fault(s):\n{listed}")

    def _left_waiting(self) -> list[Fault]:
        left = []
        for interaction in self.interactions.values():
            if interaction.excused:
                continue
            if not interaction.attempts:
                left.append(Fault("no answer", f"{interaction} was never acknowledged"))
            elif interaction.thinking:
                left.append(Fault("no answer", f"{interaction} was deferred and left thinking"))
        return left

    # ------------------------------------------------------------ places

    def dm(self, user: User) -> Channel:
        """The direct messages between a user and the bot."""
        for channel in self.channels.values():
            if channel.kind == DIRECT and channel.recipient is user:
                return channel
        channel = Channel(self.next_id(), f"dm-{user.name}", DIRECT, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def known_guild(self, guild_id: int) -> Guild:
        """The guild, as the bot may see it.

        Raises:
            ApiError: 10004, or 50001 when the bot is not in it.
        """
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise unknown("Guild", 10004)
        if not guild.has_bot:
            raise missing_access()
        return guild

    def known_channel(self, channel_id: int, *needed: Permission) -> Channel:
        """The channel, if the bot sees it and may do what is needed there.

        Raises:
            ApiError: 10003, 50001 or 50013.
        """
        channel = self.channels.get(channel_id)
        if channel is None or channel.deleted:
            raise unknown("Channel", 10003)
        if channel.guild and not channel.guild.has_bot:
            raise missing_access()
        granted = channel.permissions_of(self.bot_user)
        if Permission.VIEW_CHANNEL not in granted:
            raise missing_access()
        for permission in needed:
            if permission not in granted:
                raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def known_message(self, channel: Channel, message_id: int) -> Message:
        """A message that stands in the channel for all to see.

        Raises:
            ApiError: 10008.
        """
        message = channel.contents.get(message_id)
        if message is None or message.deleted or message.ephemeral:
            raise unknown("Message", 10008)
        return message

    # ------------------------------------------------------------ messages

    def keep(self, place: int, upload: Upload, description: str | None = None) -> Attachment:
        """Put a file where it can be fetched."""
        key = self.next_id()
        path = f"/cdn/attachments/{place}/{key}/{upload.filename}"
        kind = upload.content_type
        kept = Attachment(
            key, upload.filename, upload.content, kind, self.origin + path, description
        )
        self.uploads[path] = kept
        return kept

    def post(self, message: Message, draft: Draft, *, ring: bool = True) -> Message:
        """Let a new message stand in its channel, and tell the bot's sessions."""
        self.fill(message, draft, ring=ring)
        message.channel.contents[message.id] = message
        self.history.append(message)
        self._announce("MESSAGE_CREATE", message)
        return message

    def fill(self, message: Message, draft: Draft, *, ring: bool) -> None:
        """Write the draft into the message; only what is new rings anybody's phone."""
        message.content = draft.content
        message.embeds = draft.embeds
        message.components = draft.components
        message.flags = draft.flags | (message.flags & V2)
        message.attachments = draft.kept_attachments + [
            self.keep(message.channel.id, upload, description)
            for upload, description in draft.new_files
        ]
        self._resolve_media(message)
        if ring:
            message.pings = self._pings(message, draft)

    def edit(self, message: Message, draft: Draft) -> Message:
        """Change a message; the first change of one that is "thinking" makes it new."""
        first = message.loading
        draft.flags &= ~LOADING
        if not first:
            message.versions.append(message.raw)
            message.old_components.append(message.components)
            message.edits += 1
            message.edited_at = self.clock()
        self.fill(message, draft, ring=first)
        self._announce("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        self._announce_deletion(message)

    def earlier_with_nonce(self, channel: Channel, nonce: str) -> Message | None:
        """The bot's message of the past few minutes that carries this nonce."""
        now = self.clock()
        for message in channel.contents.values():
            age = (now - message.created_at).total_seconds()
            if message.nonce == nonce and message.author.bot and age <= NONCE_SECONDS:
                return message
        return None

    def _pings(self, message: Message, draft: Draft) -> Pings:
        guild = message.channel.guild
        roles = guild.roles.values() if guild else []
        texts = [message.raw]
        granted = message.channel.permissions_of(message.author)
        return pings_of(
            texts,
            draft.allowed_mentions,
            replied_to=message.reference.author.id if message.reference else None,
            may_call_everyone=Permission.MENTION_EVERYONE in granted,
            mentionable_roles=frozenset(role.id for role in roles if role.mentionable),
        )

    def _resolve_media(self, message: Message) -> None:
        """Turn ``attachment://name`` into the address of the file."""
        urls = {attachment.filename: attachment.url for attachment in message.attachments}

        def resolve(thing: Any) -> None:
            if isinstance(thing, list):
                for part in thing:
                    resolve(part)
            elif isinstance(thing, dict):
                url = thing.get("url")
                if isinstance(url, str) and url.startswith("attachment://"):
                    thing["url"] = urls.get(url.removeprefix("attachment://"), url)
                    thing |= {"proxy_url": thing["url"], "loading_state": 2, "placeholder": ""}
                for part in thing.values():
                    resolve(part)

        resolve(message.components)
        resolve(message.embeds)

    def _announce(self, event: str, message: Message) -> None:
        if message.ephemeral:
            return
        guild = message.channel.guild
        data = message.payload()
        if guild:
            data["guild_id"] = str(guild.id)
            member = guild.members.get(message.author.id)
            if member:
                data["member"] = member.payload(with_user=False)
        self._dispatch_in(message.channel, event, data)

    def _announce_deletion(self, message: Message) -> None:
        if message.ephemeral:
            return
        data = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild:
            data["guild_id"] = str(message.channel.guild.id)
        self._dispatch_in(message.channel, "MESSAGE_DELETE", data)

    def _dispatch_in(self, channel: Channel, event: str, data: dict[str, Any]) -> None:
        intent = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
        guild_id = channel.guild.id if channel.guild else None
        self.gateway.dispatch(event, data, guild_id=guild_id, intent=intent)
        self.board.notify()


def _pretended_token(application_id: int) -> str:
    """A token in the shape of a real one, made of the word "pretended"."""
    owner = base64.urlsafe_b64encode(str(application_id).encode()).decode().rstrip("=")
    return f"{owner}.Pretnd.{('pretended-' * 4)[:38]}"
