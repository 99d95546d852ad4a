"""Discord's REST API, as far as a chat bot goes: places, people, messages, commands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.pretended.discord.commands import without_translations
from tests.pretended.discord.errors import ApiError, Form, missing_permissions, unknown
from tests.pretended.discord.gateway import GUILD_MEMBERS, GUILDS
from tests.pretended.discord.messages import (
    REPLY,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    V2,
    Draft,
    Message,
    read_draft,
)
from tests.pretended.discord.permissions import Permission
from tests.pretended.discord.places import (
    CANCELED,
    EXTERNAL,
    FORUM,
    PUBLIC_THREAD,
    Channel,
    ScheduledEvent,
)
from tests.pretended.discord.routing import Request, route
from tests.pretended.discord.world import World

CHANNEL_MESSAGE_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2


class Rest:
    """One method per route. Each returns the JSON to answer; ``None`` is 204."""

    def __init__(self, world: World) -> None:
        self.world = world

    # ------------------------------------------------------------ the bot itself

    @route("GET", "/users/@me")
    def get_me(self, request: Request) -> Any:
        """Who the token belongs to."""
        return self.world.bot_user.payload() | {"verified": True, "mfa_enabled": False}

    @route("GET", "/oauth2/applications/@me")
    @route("GET", "/applications/@me")
    def get_application(self, request: Request) -> Any:
        """What the application is."""
        bot = self.world.bot_user
        return {
            "id": str(self.world.application_id),
            "name": bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": bot.payload(),
            "team": None,
            "verify_key": "0" * 64,
            "flags": 0,
            "interactions_endpoint_url": None,
            "approximate_guild_count": len(self.world.guilds),
        }

    @route("GET", "/gateway")
    def get_gateway(self, request: Request) -> Any:
        """Where the gateway is."""
        return {"url": self.world.gateway.url}

    @route("GET", "/gateway/bot")
    def get_gateway_bot(self, request: Request) -> Any:
        """Where the gateway is, and how many logins are left today."""
        left = 1000 - self.world.identifies
        limit = {"total": 1000, "remaining": left, "reset_after": 0, "max_concurrency": 1}
        shards = self.world.gateway.shards
        return {"url": self.world.gateway.url, "shards": shards, "session_start_limit": limit}

    @route("GET", "/users/@me/guilds")
    def get_my_guilds(self, request: Request) -> Any:
        """Where the bot is a member."""
        guilds = [guild for guild in self.world.guilds.values() if guild.has_bot]
        bot = self.world.bot_user
        return [
            guild.payload() | {"permissions": str(int(guild.permissions_of(bot)))}
            for guild in guilds
        ]

    @route("DELETE", "/users/@me/guilds/{guild_id}")
    def leave_guild(self, request: Request) -> Any:
        """The bot goes of its own will."""
        guild = self.world.known_guild(request.id("guild_id"))
        guild.has_bot = False
        data = {"id": str(guild.id)}
        self.world.gateway.dispatch("GUILD_DELETE", data, guild_id=guild.id, intent=GUILDS)

    @route("POST", "/users/@me/channels")
    def open_dm(self, request: Request) -> Any:
        """The direct messages with somebody; opening them always works."""
        form = Form()
        recipient = str(request.form().get("recipient_id"))
        user = self.world.users.get(int(recipient)) if recipient.isdigit() else None
        form.need(user, "recipient_id", "INVALID_RECIPIENT", "Invalid Recipient(s)")
        form.settle()
        assert user is not None
        if user.bot:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        return self.world.dm(user).payload()

    @route("GET", "/users/{user_id}")
    def get_user(self, request: Request) -> Any:
        """Anybody."""
        user = self.world.users.get(request.id("user_id"))
        if user is None:
            raise unknown("User", 10013)
        return user.payload()

    # ------------------------------------------------------------ guilds

    @route("GET", "/guilds/{guild_id}")
    def get_guild(self, request: Request) -> Any:
        """A guild."""
        guild = self.world.known_guild(request.id("guild_id"))
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return guild.payload() | (counts if request.query.get("with_counts") else {})

    @route("GET", "/guilds/{guild_id}/channels")
    def get_guild_channels(self, request: Request) -> Any:
        """Its channels, without threads."""
        guild = self.world.known_guild(request.id("guild_id"))
        places = guild.channels.values()
        return [one.payload() for one in places if not (one.deleted or one.is_thread)]

    @route("GET", "/guilds/{guild_id}/threads/active")
    def get_active_threads(self, request: Request) -> Any:
        """Its threads that are not put away."""
        guild = self.world.known_guild(request.id("guild_id"))
        threads = [one for one in guild.channels.values() if one.is_thread]
        threads = [one for one in threads if not (one.deleted or one.archived)]
        return {"threads": [one.payload() for one in threads], "members": []}

    @route("GET", "/guilds/{guild_id}/roles")
    def get_roles(self, request: Request) -> Any:
        """Its roles."""
        guild = self.world.known_guild(request.id("guild_id"))
        return [role.payload() for role in guild.roles.values()]

    @route("GET", "/guilds/{guild_id}/members/search")
    def search_members(self, request: Request) -> Any:
        """Members whose name begins like this; needs no privileged intent."""
        guild = self.world.known_guild(request.id("guild_id"))
        form = Form()
        query = request.query.get("query")
        form.text("query", query, 1, 100)
        limit = request.query.get("limit", "1")
        fits = limit.isdigit() and 1 <= int(limit) <= 1000
        form.need(fits, "limit", "NUMBER_TYPE_RANGE", "int value should be 1 to 1000.")
        form.settle()
        found = [
            member.payload()
            for member in guild.members.values()
            if any(
                name.casefold().startswith(str(query).casefold())
                for name in (member.user.name, member.display_name)
            )
        ]
        return found[: int(limit)]

    @route("GET", "/guilds/{guild_id}/members/{user_id}")
    def get_member(self, request: Request) -> Any:
        """One member."""
        guild = self.world.known_guild(request.id("guild_id"))
        member = guild.members.get(request.id("user_id"))
        if member is None:
            known = request.id("user_id") in self.world.users
            raise unknown("Member", 10007) if known else unknown("User", 10013)
        return member.payload()

    @route("GET", "/guilds/{guild_id}/members")
    def list_members(self, request: Request) -> Any:
        """All members; only with the privileged intent."""
        guild = self.world.known_guild(request.id("guild_id"))
        if not self.world.gateway.enabled_privileged_intents & GUILD_MEMBERS:
            raise ApiError(403, 50001, "Missing Access", fault=True)
        limit = int(request.query.get("limit", "1"))
        after = int(request.query.get("after", "0"))
        members = [guild.members[key] for key in sorted(guild.members) if key > after]
        return [member.payload() for member in members[:limit]]

    # ------------------------------------------------------------ events

    @route("POST", "/guilds/{guild_id}/scheduled-events")
    def plan_event(self, request: Request) -> Any:
        """Put something into the guild's list of events."""
        guild = self.world.known_guild(request.id("guild_id"))
        granted = guild.permissions_of(self.world.bot_user)
        if not granted & (Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS):
            raise missing_permissions()
        body = request.form()
        self._check_event(body)
        event = ScheduledEvent(
            self.world.next_id(),
            guild,
            self.world.bot_user,
            body["name"],
            body.get("description") or "",
            body["entity_metadata"]["location"],
            datetime.fromisoformat(body["scheduled_start_time"]),
            datetime.fromisoformat(body["scheduled_end_time"]),
        )
        guild.events[event.id] = event
        return event.payload()

    def _check_event(self, body: dict[str, Any]) -> None:
        form = Form()
        form.text("name", body.get("name"), 1, 100)
        form.text("description", body.get("description", ""), 0, 1000)
        form.choice("entity_type", body.get("entity_type"), (EXTERNAL,))
        form.choice("privacy_level", body.get("privacy_level"), (2,))
        form.text("location", (body.get("entity_metadata") or {}).get("location"), 1, 100)
        self._check_times(form, body)
        form.settle()

    def _check_times(self, form: Form, body: dict[str, Any]) -> None:
        times = [body.get(f"scheduled_{each}_time") for each in ("start", "end")]
        if not all(form.need(each, "time", "BASE_TYPE_REQUIRED", "Required.") for each in times):
            return
        starts, ends = (datetime.fromisoformat(str(each)) for each in times)
        form.need(starts < ends, "scheduled_end_time", "END_BEFORE_START", "Ends before it starts.")

    @route("GET", "/guilds/{guild_id}/scheduled-events/{event_id}")
    def get_event(self, request: Request) -> Any:
        """One event."""
        return self._known_event(request).payload()

    @route("PATCH", "/guilds/{guild_id}/scheduled-events/{event_id}")
    def change_event(self, request: Request) -> Any:
        """Change it, or call it off, which is for good."""
        event, body = self._known_event(request), request.form()
        granted = event.guild.permissions_of(self.world.bot_user)
        own = event.creator is self.world.bot_user and Permission.CREATE_EVENTS in granted
        if not own and Permission.MANAGE_EVENTS not in granted:
            raise missing_permissions()
        if event.status == CANCELED:
            raise ApiError(400, 180000, "Cannot modify finished event", fault=True)
        event.status = body.get("status", event.status)
        event.name = body.get("name", event.name)
        event.place = (body.get("entity_metadata") or {}).get("location", event.place)
        event.edits += 1
        return event.payload()

    def _known_event(self, request: Request) -> ScheduledEvent:
        guild = self.world.known_guild(request.id("guild_id"))
        event = guild.events.get(request.id("event_id"))
        if event is None:
            raise unknown("Guild Scheduled Event", 10070)
        return event

    # ------------------------------------------------------------ channels

    @route("GET", "/channels/{channel_id}")
    def get_channel(self, request: Request) -> Any:
        """A channel."""
        return self.world.known_channel(request.id("channel_id")).payload()

    @route("PATCH", "/channels/{channel_id}")
    def change_channel(self, request: Request) -> Any:
        """Put a thread away or take it out again, or rename a place."""
        channel = self.world.known_channel(request.id("channel_id"))
        changes = request.form()
        granted = channel.permissions_of(self.world.bot_user)
        needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
        own = channel.owner_id == self.world.bot_user.id
        reopened = channel.is_thread and changes == {"archived": False} and not channel.locked
        if needed not in granted and not own and not reopened:
            raise missing_permissions()
        form = Form()
        if "name" in changes:
            form.text("name", changes["name"], 1, 100)
        form.settle()
        for key in {"name", "archived", "locked"} & set(changes):
            setattr(channel, key, changes[key])
        self._tell_of_place(channel, "UPDATE")
        return channel.payload()

    @route("POST", "/channels/{channel_id}/typing")
    def show_typing(self, request: Request) -> Any:
        """Show that the bot is typing."""
        self.world.known_channel(request.id("channel_id"), Permission.SEND_MESSAGES)

    @route("POST", "/channels/{channel_id}/threads")
    @route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
    def start_thread(self, request: Request) -> Any:
        """Begin a thread, below a channel or below one of its messages."""
        needed = Permission.CREATE_PUBLIC_THREADS
        parent = self.world.known_channel(request.id("channel_id"), needed)
        key = self.world.next_id()
        if "message_id" in request.parts:
            key = self.world.known_message(parent, request.id("message_id")).id
            if key in self.world.channels:
                message = "A thread has already been created for this message"
                raise ApiError(400, 160004, message)
        form = Form()
        name = request.form().get("name")
        form.text("name", name, 1, 100)
        form.settle()
        post = self._read_forum_post(parent, request)
        owner, now = self.world.bot_user.id, self.world.clock()
        guild = parent.guild
        assert guild is not None
        thread = Channel(key, str(name), PUBLIC_THREAD, guild, None, parent, owner, now)
        guild.channels[key] = self.world.channels[key] = thread
        self._tell_of_place(thread, "CREATE")
        if post is None:
            return thread.payload()
        first = Message(key, thread, self.world.bot_user, now)
        self.world.post(first, post)
        return thread.payload() | {"message": first.payload()}

    def _read_forum_post(self, parent: Channel, request: Request) -> Draft | None:
        """What a new post in a forum begins with; elsewhere threads begin empty."""
        if parent.kind != FORUM:
            return None
        body = request.form().get("message")
        form = Form()
        form.need(isinstance(body, dict), "message", "BASE_TYPE_REQUIRED", "Required")
        form.settle()
        return read_draft(dict(body or {}), request.files, allowed_flags=CHANNEL_MESSAGE_FLAGS)

    def _tell_of_place(self, place: Channel, what: str) -> None:
        assert place.guild is not None
        event = f"{'THREAD' if place.is_thread else 'CHANNEL'}_{what}"
        guild_id = place.guild.id
        self.world.gateway.dispatch(event, place.payload(), guild_id=guild_id, intent=GUILDS)

    # ------------------------------------------------------------ messages

    @route("GET", "/channels/{channel_id}/messages")
    def list_messages(self, request: Request) -> Any:
        """The newest messages."""
        channel = self.world.known_channel(request.id("channel_id"))
        if Permission.READ_MESSAGE_HISTORY not in channel.permissions_of(self.world.bot_user):
            return []
        limit = int(request.query.get("limit", "50"))
        before = int(request.query.get("before", str(2**63)))
        after = int(request.query.get("after", "0"))
        standing = [
            message
            for message in channel.contents.values()
            if after < message.id < before and not (message.deleted or message.ephemeral)
        ]
        return [message.payload() for message in standing[::-1][:limit]]

    @route("POST", "/channels/{channel_id}/messages")
    def send_message(self, request: Request) -> Any:
        """Post a message."""
        channel = self.world.known_channel(request.id("channel_id"))
        self._check_may_post(channel, bool(request.files))
        body = request.form()
        draft = read_draft(body, request.files, allowed_flags=CHANNEL_MESSAGE_FLAGS)
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce"):
            earlier = self.world.earlier_with_nonce(channel, str(nonce))
            if earlier:
                return earlier.payload()
        message = Message(self.world.next_id(), channel, self.world.bot_user, self.world.clock())
        message.nonce = None if nonce is None else str(nonce)
        self._refer_back(message, body.get("message_reference"))
        if channel.archived:
            channel.archived = False
            self._tell_of_place(channel, "UPDATE")
        return self.world.post(message, draft).payload()

    def _check_may_post(self, channel: Channel, with_files: bool) -> None:
        if channel.recipient:
            self._check_dm(channel)
            return
        if channel.kind == FORUM:
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel", fault=True)
        granted = channel.permissions_of(self.world.bot_user)
        needed = Permission.SEND_MESSAGES
        if channel.is_thread:
            needed = Permission.SEND_MESSAGES_IN_THREADS
            if channel.archived and channel.locked and Permission.MANAGE_THREADS not in granted:
                raise ApiError(400, 50083, "Thread is archived")
        if with_files:
            needed |= Permission.ATTACH_FILES
        if needed & ~granted:
            raise missing_permissions()

    def _check_dm(self, channel: Channel) -> None:
        assert channel.recipient is not None
        if channel.recipient.dm_closed:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        guilds = [guild for guild in self.world.guilds.values() if guild.has_bot]
        shared = any(channel.recipient.id in guild.members for guild in guilds)
        if not shared:
            message = "Cannot send messages to this user due to having no mutual guilds"
            raise ApiError(403, 50278, message)

    def _refer_back(self, message: Message, reference: dict[str, Any] | None) -> None:
        if not reference:
            return
        key = int(reference["message_id"])
        target = message.channel.contents.get(key)
        if target is None or target.deleted or target.ephemeral:
            if not reference.get("fail_if_not_exists", True):
                return
            form = Form()
            form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.settle()
        message.reference, message.kind = target, REPLY

    @route("GET", "/channels/{channel_id}/messages/{message_id}")
    def get_message(self, request: Request) -> Any:
        """One message."""
        channel = self.world.known_channel(
            request.id("channel_id"), Permission.READ_MESSAGE_HISTORY
        )
        return self.world.known_message(channel, request.id("message_id")).payload()

    @route("PATCH", "/channels/{channel_id}/messages/{message_id}")
    def edit_message(self, request: Request) -> Any:
        """Change a message of the bot."""
        channel = self.world.known_channel(request.id("channel_id"))
        message = self.world.known_message(channel, request.id("message_id"))
        if message.author is not self.world.bot_user:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        if channel.archived:
            raise ApiError(400, 50083, "Thread is archived")
        draft = read_draft(
            request.form(), request.files, allowed_flags=CHANNEL_MESSAGE_FLAGS, was=message
        )
        return self.world.edit(message, draft).payload()

    @route("DELETE", "/channels/{channel_id}/messages/{message_id}")
    def delete_message(self, request: Request) -> Any:
        """Take a message away."""
        channel = self.world.known_channel(request.id("channel_id"))
        message = self.world.known_message(channel, request.id("message_id"))
        granted = channel.permissions_of(self.world.bot_user)
        own = message.author is self.world.bot_user
        if not own and Permission.MANAGE_MESSAGES not in granted:
            raise missing_permissions()
        self.world.delete(message)

    @route("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
    def react(self, request: Request) -> Any:
        """Put an emoji below a message."""
        needed = (Permission.READ_MESSAGE_HISTORY, Permission.ADD_REACTIONS)
        channel = self.world.known_channel(request.id("channel_id"), *needed)
        message = self.world.known_message(channel, request.id("message_id"))
        people = message.reactions.setdefault(request.parts["emoji"], set())
        people.add(self.world.bot_user.id)

    @route("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
    def unreact(self, request: Request) -> Any:
        """Take it back."""
        channel = self.world.known_channel(request.id("channel_id"))
        message = self.world.known_message(channel, request.id("message_id"))
        message.reactions.get(request.parts["emoji"], set()).discard(self.world.bot_user.id)

    # ------------------------------------------------------------ commands

    @route("GET", "/applications/{application_id}/commands")
    @route("GET", "/applications/{application_id}/guilds/{guild_id}/commands")
    def list_commands(self, request: Request) -> Any:
        """What is registered."""
        commands = self.world.commands.all(self._scope(request))
        if request.query.get("with_localizations", "").lower() in ("1", "true"):
            return commands
        return [without_translations(command) for command in commands]

    @route("PUT", "/applications/{application_id}/commands")
    @route("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
    def replace_commands(self, request: Request) -> Any:
        """Register these and no others."""
        scope = self._scope(request)
        return self.world.commands.replace(scope, list(request.body or []))

    @route("POST", "/applications/{application_id}/commands")
    @route("POST", "/applications/{application_id}/guilds/{guild_id}/commands")
    def add_command(self, request: Request) -> Any:
        """Register one more."""
        return self.world.commands.add(self._scope(request), request.form())

    @route("GET", "/applications/{application_id}/commands/{command_id}")
    @route("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    def get_command(self, request: Request) -> Any:
        """One of them."""
        return self.world.commands.get(self._scope(request), request.parts["command_id"])

    @route("PATCH", "/applications/{application_id}/commands/{command_id}")
    @route("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    def change_command(self, request: Request) -> Any:
        """Change one of them."""
        key = request.parts["command_id"]
        return self.world.commands.change(self._scope(request), key, request.form())

    @route("DELETE", "/applications/{application_id}/commands/{command_id}")
    @route("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
    def remove_command(self, request: Request) -> Any:
        """Remove one of them."""
        self.world.commands.remove(self._scope(request), request.parts["command_id"])

    def _scope(self, request: Request) -> int | None:
        if request.id("application_id") != self.world.application_id:
            raise ApiError(403, 20012, "You are not authorized to perform this action", fault=True)
        if "guild_id" not in request.parts:
            return None
        return self.world.known_guild(request.id("guild_id")).id
