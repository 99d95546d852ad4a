"""Setting the stage: people, guilds, channels, rights, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.pretended.discord.gateway import GUILD_MEMBERS, GUILDS, Identify
from tests.pretended.discord.injection import Failure, Hang, compile_route
from tests.pretended.discord.messages import Draft, Message
from tests.pretended.discord.permissions import EVERYONE, NOTHING, Permission, permissions_named
from tests.pretended.discord.places import (
    FORUM,
    PUBLIC_THREAD,
    TEXT,
    VOICE,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
)
from tests.pretended.discord.world import World


class Scenery(World):
    """What a test arranges before and around the acts of people."""

    # ------------------------------------------------------------ people

    def user(self, name: str, global_name: str | None = None, locale: str = "en-US") -> User:
        """A new person."""
        user = User(self.next_id(), name, global_name, locale)
        self.users[user.id] = user
        return user

    def dm_closed(self, user: User, closed: bool = True) -> None:
        """Let a person take direct messages from strangers no more (or again)."""
        user.dm_closed = closed

    # ------------------------------------------------------------ guilds

    def guild(
        self,
        name: str,
        members: Iterable[User] = (),
        admins: Iterable[User] = (),
        locale: str = "en-US",
    ) -> Guild:
        """A new guild with the bot in it and one text channel, ``guild.channel``.

        The first admin owns it, or somebody whom nobody knows.
        """
        admins = list(admins)
        owner = admins[0] if admins else self.user(f"owner-of-{name}"[:32])
        guild = Guild(self.next_id(), name, owner, locale, self.clock())
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE, position=0)
        bot_role = self._new_role(guild, self.bot_user.name, EVERYONE, managed=True)
        admin_role = self._new_role(guild, "Admin", Permission.ADMINISTRATOR)
        guild.members[self.bot_user.id] = Member(self.bot_user, self.clock(), [bot_role])
        for user in dict.fromkeys([owner, *admins, *members]):
            roles = [admin_role] if user in admins else []
            guild.members[user.id] = Member(user, self.clock(), roles)
        self._place(Channel(self.next_id(), "general", TEXT, guild))
        self.guilds[guild.id] = guild
        self._welcome(guild)
        return guild

    def _welcome(self, guild: Guild) -> None:
        data = guild.gateway_payload(self.bot_user, joined=True)
        self.gateway.dispatch("GUILD_CREATE", data, guild_id=guild.id, intent=GUILDS)

    def remove_bot(self, guild: Guild) -> None:
        """Throw the bot out."""
        guild.has_bot = False
        self._tell(guild, "GUILD_DELETE", {"id": str(guild.id)})

    def invite_bot(self, guild: Guild) -> None:
        """Let the bot in again."""
        guild.has_bot = True
        self._welcome(guild)

    def join(self, guild: Guild, user: User, nick: str | None = None) -> None:
        """Let a person join a guild."""
        member = Member(user, self.clock(), nick=nick)
        guild.members[user.id] = member
        data = member.payload() | {"guild_id": str(guild.id)}
        self._tell(guild, "GUILD_MEMBER_ADD", data, GUILD_MEMBERS)

    def leave(self, guild: Guild, user: User) -> None:
        """Let a person leave a guild."""
        del guild.members[user.id]
        data = {"guild_id": str(guild.id), "user": user.payload()}
        self._tell(guild, "GUILD_MEMBER_REMOVE", data, GUILD_MEMBERS)

    def rename(self, guild: Guild, user: User, nick: str | None) -> None:
        """Give a person another name in the guild."""
        guild.members[user.id].nick = nick

    def role(
        self,
        guild: Guild,
        name: str,
        members: Iterable[User] = (),
        permissions: Iterable[str] = (),
        mentionable: bool = False,
    ) -> Role:
        """A new role, and who has it."""
        bits = permissions_named(tuple(permissions))
        role = self._new_role(guild, name, bits, mentionable=mentionable)
        for user in members:
            guild.members[user.id].roles.append(role)
        data = {"guild_id": str(guild.id), "role": role.payload()}
        self._tell(guild, "GUILD_ROLE_CREATE", data)
        return role

    def _new_role(
        self,
        guild: Guild,
        name: str,
        permissions: Permission,
        *,
        managed: bool = False,
        mentionable: bool = False,
    ) -> Role:
        position = len(guild.roles)
        role = Role(self.next_id(), name, permissions, position, managed, mentionable)
        guild.roles[role.id] = role
        return role

    # ------------------------------------------------------------ channels

    def channel(
        self, guild: Guild, name: str, *, forum: bool = False, voice: bool = False
    ) -> Channel:
        """A new text channel, or a forum, or the chat of a voice channel."""
        kind = FORUM if forum else VOICE if voice else TEXT
        channel = Channel(self.next_id(), name, kind, guild)
        self._place(channel)
        self._tell(guild, "CHANNEL_CREATE", channel.payload())
        return channel

    def thread(
        self, parent: Channel, name: str, *, archived: bool = False, locked: bool = False
    ) -> Channel:
        """A new thread below a channel."""
        guild = _guild_of(parent)
        owner = guild.owner.id
        key, now = self.next_id(), self.clock()
        thread = Channel(key, name, PUBLIC_THREAD, guild, None, parent, owner, now)
        thread.archived, thread.locked = archived, locked
        self._place(thread)
        self._tell(guild, "THREAD_CREATE", thread.payload())
        return thread

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Put a thread away; a locked one stays away."""
        thread.archived, thread.locked = True, locked
        self._tell(_guild_of(thread), "THREAD_UPDATE", thread.payload())

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel with all that stands in it."""
        channel.deleted = True
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self._tell(_guild_of(channel), event, channel.payload())

    def delete_message(self, message: Message) -> None:
        """Let a moderator remove a message."""
        self.delete(message)

    def _place(self, channel: Channel) -> None:
        guild = _guild_of(channel)
        guild.channels[channel.id] = channel
        self.channels[channel.id] = channel

    # ------------------------------------------------------------ rights

    def deny_bot(self, place: Guild | Channel, *permissions: str) -> None:
        """Take rights from the bot, such as ``send_messages``, in a guild's channels or in one."""
        bits = permissions_named(permissions)
        for channel in _channels_of(place):
            self._overwrite(channel, allow=NOTHING, deny=bits)

    def allow_bot(self, place: Guild | Channel, *permissions: str) -> None:
        """Give rights to the bot in a guild's channels or in one channel."""
        bits = permissions_named(permissions)
        for channel in _channels_of(place):
            self._overwrite(channel, allow=bits, deny=NOTHING)

    def _overwrite(self, channel: Channel, *, allow: Permission, deny: Permission) -> None:
        overwrite = channel.overwrites.setdefault(self.bot_user.id, Overwrite(kind=1))
        overwrite.allow = overwrite.allow & ~deny | allow
        overwrite.deny = overwrite.deny & ~allow | deny
        self._tell(_guild_of(channel), "CHANNEL_UPDATE", channel.payload())

    def _tell(self, guild: Guild, event: str, data: dict[str, Any], intent: int = GUILDS) -> None:
        self.gateway.dispatch(event, data, guild_id=guild.id, intent=intent)
        self.board.notify()

    # ------------------------------------------------------------ talk

    def say(self, user: User, channel: Channel, text: str) -> Message:
        """Let a person write an ordinary message."""
        message = Message(self.next_id(), channel, user, self.clock())
        return self.post(message, Draft(text, [], [], [], 0, None))

    # ------------------------------------------------------------ trouble

    def fail(
        self,
        route_pattern: str,
        status: int | None,
        code: int | None = None,
        retry_after: float | None = None,
        times: int = 1,
        after_effect: bool = False,
    ) -> Failure:
        """Let the next calls of a route fail.

        Args:
            route_pattern: ``POST /channels/*/messages``; ``**`` takes the rest of a path.
            status: The status to answer; ``None`` cuts the connection.
            code: Discord's error code in the body.
            retry_after: For 429, how many seconds to wait.
            times: How many calls fail.
            after_effect: The call does its work first, only its answer is lost.
        """
        route = compile_route(route_pattern)
        failure = Failure(
            route, status, code, None, retry_after, times=times, after_effect=after_effect
        )
        return self.injection.add(failure)

    def hang(self, route_pattern: str) -> Hang:
        """Hold back the calls of a route until ``.release()``; ``.reached`` tells of the first."""
        return self.injection.hang(route_pattern)

    def enable_privileged_intents(self, bits: int) -> None:
        """Switch on privileged intents, as in the developer portal; all are off at first."""
        self.gateway.enabled_privileged_intents = bits

    def want_shards(self, count: int) -> None:
        """Ask the bot to log in in so many shards, as Discord does when it has many guilds."""
        self.gateway.shards = count

    @property
    def logins(self) -> list[Identify]:
        """Each login at the gateway, with its intents and shard."""
        return self.gateway.identifies

    @property
    def resumes(self) -> int:
        """How often a session was resumed."""
        return self.gateway.resumes

    @property
    def connected(self) -> bool:
        """Whether a bot is logged in at the gateway, on a line that stands."""
        return any(session.connection for session in self.gateway.sessions.values())

    def drop_connection(self) -> None:
        """Break the bot's line to the gateway; its session can be resumed."""
        for connection in list(self.gateway.connections):
            connection.cut()

    def request_reconnect(self) -> None:
        """Ask the bot to reconnect, as Discord does now and then."""
        for connection in self.gateway.connections:
            connection.ask_to_reconnect()

    def invalidate_session(self, *, resumable: bool = False) -> None:
        """Tell the bot that its session is over (or, resumable, that it must come back)."""
        if not resumable:
            self.gateway.forget_sessions()
        for connection in self.gateway.connections:
            connection.invalidate(resumable=resumable)


def _guild_of(channel: Channel) -> Guild:
    assert channel.guild is not None, "direct messages belong to no guild"
    return channel.guild


def _channels_of(place: Guild | Channel) -> list[Channel]:
    if isinstance(place, Guild):
        return [channel for channel in place.channels.values() if not channel.is_thread]
    return [place]
