"""The people and the places, and how Discord describes them in JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.pretended.discord.permissions import ALL, IN_DIRECT_MESSAGES, NOTHING, Permission

if TYPE_CHECKING:
    from tests.pretended.discord.messages import Message

EXTERNAL = 3
SCHEDULED, CANCELED = 1, 4
TEXT, DIRECT, VOICE, PUBLIC_THREAD, FORUM = 0, 1, 2, 11, 15


@dataclass(eq=False)
class User:
    """Somebody with a Discord account."""

    id: int
    name: str
    global_name: str | None = None
    locale: str = "en-US"
    bot: bool = False
    dm_closed: bool = False

    @property
    def display_name(self) -> str:
        """What others read."""
        return self.global_name or self.name

    @property
    def mention(self) -> str:
        """How a text names this person."""
        return f"<@{self.id}>"

    def payload(self) -> dict[str, Any]:
        """As Discord describes a user."""
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.global_name,
            "discriminator": "0000" if self.bot else "0",
            "avatar": None,
            "bot": self.bot,
            "system": False,
            "public_flags": 0,
        }

    def __repr__(self) -> str:
        return f"<User {self.name}>"


@dataclass(eq=False)
class Role:
    """A role of a guild."""

    id: int
    name: str
    permissions: Permission
    position: int = 1
    managed: bool = False
    mentionable: bool = False

    @property
    def mention(self) -> str:
        """How a text names this role."""
        return f"<@&{self.id}>"

    def payload(self) -> dict[str, Any]:
        """As Discord describes a role."""
        return {
            "id": str(self.id),
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": self.position,
            "permissions": str(int(self.permissions)),
            "managed": self.managed,
            "mentionable": self.mentionable,
            "flags": 0,
        }


@dataclass(eq=False)
class Member:
    """A user inside one guild."""

    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None

    @property
    def display_name(self) -> str:
        """What the guild reads."""
        return self.nick or self.user.display_name

    def payload(self, *, with_user: bool = True) -> dict[str, Any]:
        """As Discord describes a member."""
        described: dict[str, Any] = {
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": [str(role.id) for role in self.roles],
            "joined_at": self.joined_at.isoformat(),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
        }
        if with_user:
            described["user"] = self.user.payload()
        return described


@dataclass
class Overwrite:
    """What a channel allows and denies to one role or member."""

    kind: int
    allow: Permission = NOTHING
    deny: Permission = NOTHING


@dataclass(eq=False)
class Channel:
    """A text channel, the chat of a voice channel, a thread, a forum, or direct messages."""

    id: int
    name: str
    kind: int = TEXT
    guild: Guild | None = None
    recipient: User | None = None
    parent: Channel | None = None
    owner_id: int | None = None
    created_at: datetime | None = None
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    contents: dict[int, Message] = field(default_factory=dict)

    @property
    def mention(self) -> str:
        """How a text names this channel."""
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread below another channel."""
        return self.kind == PUBLIC_THREAD

    def permissions_of(self, user: User) -> Permission:
        """What this user may do here."""
        if self.guild is None:
            return IN_DIRECT_MESSAGES if user.bot or user is self.recipient else NOTHING
        return self.guild.permissions_of(user, self.parent if self.is_thread else self)

    def payload(self) -> dict[str, Any]:
        """As Discord describes a channel."""
        described: dict[str, Any] = {
            "id": str(self.id),
            "type": self.kind,
            "flags": 0,
            "last_message_id": str(max(self.contents)) if self.contents else None,
        }
        if self.guild is None:
            assert self.recipient is not None
            return described | {"recipients": [self.recipient.payload()]}
        described |= {
            "guild_id": str(self.guild.id),
            "name": self.name,
            "parent_id": str(self.parent.id) if self.parent else None,
            "rate_limit_per_user": 0,
        }
        return described | (self._thread_details() if self.is_thread else self._text_details())

    def _text_details(self) -> dict[str, Any]:
        voice = {"bitrate": 64000, "user_limit": 0} if self.kind == VOICE else {}
        return {
            **voice,
            "position": 0,
            "topic": None,
            "nsfw": False,
            "available_tags": [],
            "permission_overwrites": [
                {
                    "id": str(target),
                    "type": overwrite.kind,
                    "allow": str(int(overwrite.allow)),
                    "deny": str(int(overwrite.deny)),
                }
                for target, overwrite in self.overwrites.items()
            ],
        }

    def _thread_details(self) -> dict[str, Any]:
        assert self.created_at is not None
        return {
            "owner_id": str(self.owner_id),
            "message_count": len(self.contents),
            "member_count": 1,
            "total_message_sent": len(self.contents),
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": self.created_at.isoformat(),
                "create_timestamp": self.created_at.isoformat(),
            },
        }

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"


@dataclass(eq=False)
class ScheduledEvent:
    """Something that a guild plans, outside of Discord."""

    id: int
    guild: Guild
    creator: User
    name: str
    description: str
    place: str
    starts_at: datetime
    ends_at: datetime
    status: int = SCHEDULED
    edits: int = 0

    def payload(self) -> dict[str, Any]:
        """As Discord describes an event."""
        return {
            "id": str(self.id),
            "guild_id": str(self.guild.id),
            "channel_id": None,
            "creator_id": str(self.creator.id),
            "name": self.name,
            "description": self.description,
            "scheduled_start_time": self.starts_at.isoformat(),
            "scheduled_end_time": self.ends_at.isoformat(),
            "privacy_level": 2,
            "status": self.status,
            "entity_type": EXTERNAL,
            "entity_id": None,
            "entity_metadata": {"location": self.place},
        }


@dataclass(eq=False)
class Guild:
    """A server: a community with members, roles and channels."""

    id: int
    name: str
    owner: User
    locale: str
    created_at: datetime
    members: dict[int, Member] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    events: dict[int, ScheduledEvent] = field(default_factory=dict)
    has_bot: bool = True

    @property
    def channel(self) -> Channel:
        """The text channel that every guild begins with."""
        return next(iter(self.channels.values()))

    @property
    def everyone(self) -> Role:
        """The role that everybody has; its id is the guild's."""
        return self.roles[self.id]

    def display_name_of(self, user: User) -> str:
        """What this guild calls somebody."""
        member = self.members.get(user.id)
        return member.display_name if member else user.display_name

    def permissions_of(self, user: User, channel: Channel | None = None) -> Permission:
        """What a user may do in the guild, or in one of its channels."""
        member = self.members.get(user.id)
        if member is None:
            return NOTHING
        granted = self.everyone.permissions
        for role in member.roles:
            granted |= role.permissions
        if user is self.owner or Permission.ADMINISTRATOR in granted:
            return ALL
        return self._overwritten(granted, member, channel) if channel else granted

    def _overwritten(self, granted: Permission, member: Member, channel: Channel) -> Permission:
        """Apply the channel's overwrites in Discord's order: everyone, roles, member."""
        tiers = [[self.id], [role.id for role in member.roles], [member.user.id]]
        for tier in tiers:
            overwrites = [channel.overwrites[key] for key in tier if key in channel.overwrites]
            for overwrite in overwrites:
                granted &= ~overwrite.deny
            for overwrite in overwrites:
                granted |= overwrite.allow
        return granted if Permission.VIEW_CHANNEL in granted else NOTHING

    def payload(self) -> dict[str, Any]:
        """As Discord describes a guild over REST."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "owner_id": str(self.owner.id),
            "preferred_locale": self.locale,
            "features": [],
            "roles": [role.payload() for role in self.roles.values()],
            "emojis": [],
            "stickers": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "vanity_url_code": None,
            "max_members": 500000,
            "premium_progress_bar_enabled": False,
        }

    def gateway_payload(self, bot: User, *, joined: bool = False) -> dict[str, Any]:
        """As GUILD_CREATE describes it: with channels, threads and the bot's own member.

        A guild that the bot has just ``joined`` says nothing of being available again.
        """
        places = [channel for channel in self.channels.values() if not channel.deleted]
        return (
            self.payload()
            | ({} if joined else {"unavailable": False})
            | self._contents_payload(bot, places)
        )

    def _contents_payload(self, bot: User, places: list[Channel]) -> dict[str, Any]:
        return {
            "joined_at": self.members[bot.id].joined_at.isoformat(),
            "large": False,
            "member_count": len(self.members),
            "members": [self.members[bot.id].payload()],
            "channels": [place.payload() for place in places if not place.is_thread],
            "threads": [
                place.payload() for place in places if place.is_thread and not place.archived
            ],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"
