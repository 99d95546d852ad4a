"""What an interaction says about the people and things that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.pretended.discord.errors import NotPossible
from tests.pretended.discord.messages import Message, Upload
from tests.pretended.discord.places import Channel, Guild, Role, User

if TYPE_CHECKING:
    from tests.pretended.discord.world import World


class Resolved:
    """Collects the ``resolved`` part of an interaction while it is being made."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._parts: dict[str, dict[str, Any]] = {}

    def refer(self, thing: object) -> str:
        """Name a thing by its id and remember what it is; what stands in a form is an id."""
        if isinstance(thing, str) and thing.isdecimal():
            thing = self._world.users.get(int(thing), thing)
        if isinstance(thing, User):
            return self._refer_user(thing)
        if isinstance(thing, Upload):
            kept = self._world.keep(self._channel.id, thing)
            return self._add("attachments", kept.id, kept.payload() | {"ephemeral": True})
        if isinstance(thing, Channel):
            rights = str(int(thing.permissions_of(self._world.bot_user)))
            return self._add("channels", thing.id, thing.payload() | {"permissions": rights})
        if isinstance(thing, Message):
            return self._add("messages", thing.id, thing.payload())
        if isinstance(thing, Role):
            return self._add("roles", thing.id, thing.payload())
        raise NotPossible(f"{thing!r} is neither a person, a place, a role nor a file")

    def payload(self) -> dict[str, Any]:
        """All of it, empty if nothing was named."""
        return self._parts

    def _refer_user(self, user: User) -> str:
        guild = self._channel.guild
        member = guild.members.get(user.id) if guild else None
        if guild and member:
            described = member_payload(guild, user, self._channel)
            del described["user"]
            self._add("members", user.id, described)
        return self._add("users", user.id, user.payload())

    def _add(self, kind: str, key: int, described: dict[str, Any]) -> str:
        self._parts.setdefault(kind, {})[str(key)] = described
        return str(key)


def member_payload(guild: Guild, user: User, channel: Channel) -> dict[str, Any]:
    """A member as an interaction describes one, with what they may do in the channel."""
    permissions = int(channel.permissions_of(user))
    return guild.members[user.id].payload() | {"permissions": str(permissions)}
