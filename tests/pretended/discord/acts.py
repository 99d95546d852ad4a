"""What people do: they call commands, press buttons, choose, fill in forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.pretended.discord.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    INTEGER,
    MENTIONABLE,
    MESSAGE_MENU,
    NUMBER,
    ROLE,
    STRING,
    USER,
    USER_MENU,
    descend,
    option_names,
    typed_value,
)
from tests.pretended.discord.components import (
    BUTTON,
    CHANNEL_SELECT,
    MENTIONABLE_SELECT,
    ROLE_SELECT,
    STRING_SELECT,
    USER_SELECT,
    Select,
    walk,
)
from tests.pretended.discord.errors import NotPossible
from tests.pretended.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Modal,
)
from tests.pretended.discord.messages import MAX_UPLOAD_BYTES, Message, Upload
from tests.pretended.discord.permissions import Permission
from tests.pretended.discord.places import Channel, Role, User
from tests.pretended.discord.resolved import Resolved, member_payload
from tests.pretended.discord.scenery import Scenery

Payload = dict[str, Any]

THINGS: dict[int, tuple[type, ...]] = {
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    ATTACHMENT: (Upload,),
}
SELECTABLE: dict[int, tuple[type, ...]] = {
    USER_SELECT: (User,),
    ROLE_SELECT: (Role,),
    MENTIONABLE_SELECT: (User, Role),
    CHANNEL_SELECT: (Channel,),
}


class Acts(Scenery):
    """Each act goes to the bot as an interaction, and only if the client would let it pass."""

    # ------------------------------------------------------------ commands

    def slash(
        self, user: User, channel: Channel, command: str | Sequence[str], /, **options: Any
    ) -> Interaction:
        """Call a slash command: ``slash(user, channel, "send", member=other, credits=5)``.

        Args:
            user: Who calls it.
            channel: Where; the direct messages with the bot are ``dm(user)``.
            command: Its name, with subcommands: ``"steward confirm"``, ``("pool", "new")``.
            options: What is filled in; ``None`` leaves an option out.

        Raises:
            NotPossible: The client would not offer the command, or not send these options.
        """
        found, passed, known = self._find_command(user, channel, command)
        resolved = Resolved(self, channel)
        given = {name: value for name, value in options.items() if value is not None}
        _refuse_unknown(known, given)
        missing = [part["name"] for part in known if part.get("required")]
        missing = [name for name in missing if name not in given]
        if missing:
            raise NotPossible(f"{command!r} needs {missing}")
        filled = [
            _fill(part, given[part["name"]], resolved) for part in known if part["name"] in given
        ]
        data = _command_data(found, passed, filled, resolved)
        return self._act(COMMAND, user, channel, data)

    def slash_dm(self, user: User, command: str | Sequence[str], /, **options: Any) -> Interaction:
        """Call a slash command in the direct messages with the bot."""
        return self.slash(user, self.dm(user), command, **options)

    def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str | Sequence[str],
        /,
        *,
        focused: str,
        value: str = "",
        **others: Any,
    ) -> Interaction:
        """Type into an option and wait for suggestions; see ``choices`` of the result.

        Args:
            user: Who types.
            channel: Where.
            command: The command's name, with subcommands.
            focused: The option that is being typed into.
            value: What stands in it so far.
            others: Options that were filled in before.
        """
        found, passed, known = self._find_command(user, channel, command)
        resolved = Resolved(self, channel)
        _refuse_unknown(known, {focused, *others})
        filled = [
            _fill(part, others[part["name"]], resolved)
            for part in known
            if others.get(part["name"]) is not None
        ]
        typed = next(part for part in known if part["name"] == focused)
        if not typed.get("autocomplete"):
            raise NotPossible(f"{focused!r} suggests nothing: it has no autocomplete")
        entered = typed_value(typed, value, unfinished=True)
        filled.append({"name": focused, "type": typed["type"], "value": entered, "focused": True})
        data = _command_data(found, passed, filled, resolved)
        return self._act(AUTOCOMPLETE, user, channel, data)

    def context(
        self, user: User, channel: Channel, name: str, target: User | Message
    ) -> Interaction:
        """Choose a command from the menu of a person or a message."""
        kind = USER_MENU if isinstance(target, User) else MESSAGE_MENU
        self._check_presence(user, channel)
        command = self._offered(user, channel, kind, name)
        if isinstance(target, Message):
            _check_sight(user, target)
        resolved = Resolved(self, channel)
        data = {"id": command["id"], "name": name, "type": kind}
        data |= {"target_id": resolved.refer(target), "resolved": resolved.payload()}
        return self._act(COMMAND, user, channel, data)

    def _find_command(
        self, user: User, channel: Channel, command: str | Sequence[str]
    ) -> tuple[Payload, list[Payload], list[Payload]]:
        words = tuple(command.split()) if isinstance(command, str) else tuple(command)
        self._check_presence(user, channel)
        found = self._offered(user, channel, CHAT_INPUT, words[0])
        passed, known = descend(found, words[1:])
        return found, passed, known

    def _offered(self, user: User, channel: Channel, kind: int, name: str) -> Payload:
        guild = channel.guild
        command = self.commands.find(kind, name, guild.id if guild else None)
        needed = command["default_member_permissions"]
        if guild and needed is not None:
            granted = channel.permissions_of(user)
            wanted = Permission(int(needed)) or Permission.ADMINISTRATOR
            if wanted & ~granted:
                raise NotPossible(f"the command {name!r} is not shown to {user.name}")
        return command

    # ------------------------------------------------------------ components

    def press(self, user: User, message: Message, label: str) -> Interaction:
        """Press the button with this label, as the message stands now."""
        _check_sight(user, message)
        buttons = [one for row in message.buttons for one in row if one.label == label]
        if len(buttons) != 1:
            raise NotPossible(f"{len(buttons)} buttons say {label!r}; there are {message.labels}")
        button = buttons[0]
        if button.disabled or button.custom_id is None:
            raise NotPossible(f"the button {label!r} cannot be pressed")
        return self._press(user, message, button.custom_id, message.components)

    def press_id(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button by its id, even one that is not there (any more): old or forged.

        The bot is shown the message as it was when it held the button. Discord's
        server lets an old button pass when the press and the edit cross on their way.
        """
        components = message.components_with(custom_id)
        return self._press(user, message, custom_id, components)

    def _press(
        self, user: User, message: Message, custom_id: str, components: list[Payload]
    ) -> Interaction:
        pressed = next(part for part in walk(components) if part.get("custom_id") == custom_id)
        data: Payload = {"component_type": BUTTON, "custom_id": custom_id, "id": pressed["id"]}
        shown = message.payload() | {"components": components}
        return self._act(COMPONENT, user, message.channel, data, message, shown)

    def select(
        self, user: User, message: Message, values: Any, custom_id: str | None = None
    ) -> Interaction:
        """Choose from a select menu: by label or value, or people, roles, channels.

        Args:
            user: Who chooses.
            message: Where the menu stands.
            values: One choice or several.
            custom_id: Which menu, where there are several.
        """
        _check_sight(user, message)
        menus = [one for one in message.selects if custom_id in (None, one.custom_id)]
        if len(menus) != 1 or menus[0].disabled:
            raise NotPossible(f"{len(menus)} menus to choose from; say which is meant")
        resolved = Resolved(self, message.channel)
        listed = list(values) if isinstance(values, list | tuple) else [values]
        chosen = [_selected(menus[0], value, resolved) for value in listed]
        if not menus[0].least <= len(chosen) <= menus[0].most:
            raise NotPossible(f"the menu takes {menus[0].least} to {menus[0].most} choices")
        data: Payload = {"component_type": menus[0].kind, "custom_id": menus[0].custom_id}
        data |= {"id": menus[0].component_id, "values": chosen}
        if resolved.payload():
            data["resolved"] = resolved.payload()
        return self._act(COMPONENT, user, message.channel, data, message)

    # ------------------------------------------------------------ forms

    def submit(self, user: User, modal: Modal | Interaction, /, **fields: Any) -> Interaction:
        """Fill in a form and send it; fields go by custom id or by label.

        Args:
            user: Who fills it in; only the one for whom it opened can.
            modal: The form, or the interaction that opened it.
            fields: What is entered. What is left out keeps what stood there.
        """
        form = modal.modal if isinstance(modal, Interaction) else modal
        if form is None:
            raise NotPossible("no form has opened")
        opened_by = form.interaction
        if user is not opened_by.user:
            raise NotPossible(f"the form opened for {opened_by.user.name}, not {user.name}")
        resolved = Resolved(self, opened_by.channel)
        components = form.submission(fields, resolved.refer)
        data: Payload = {"custom_id": form.custom_id, "components": components}
        if resolved.payload():
            data["resolved"] = resolved.payload()
        return self._act(MODAL_SUBMIT, user, opened_by.channel, data, opened_by.message)

    # ------------------------------------------------------------ delivery

    def redeliver(self, interaction: Interaction) -> Interaction:
        """Send the bot the same interaction once more, with the same id."""
        self._deliver(interaction)
        return interaction

    def _act(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Payload,
        message: Message | None = None,
        shown: Payload | None = None,
    ) -> Interaction:
        self._check_presence(user, channel)
        key = self.next_id()
        interaction = Interaction(
            key, f"interaction-{key}", kind, user, channel, self.clock(), self.board
        )
        interaction.message = message
        interaction.payload = self._describe(interaction, data)
        if message:
            interaction.payload["message"] = shown or message.payload()
        self.interactions[interaction.token] = interaction
        self._deliver(interaction)
        return interaction

    def _deliver(self, interaction: Interaction) -> None:
        guild_id = interaction.guild.id if interaction.guild else None
        told = self.gateway.dispatch("INTERACTION_CREATE", interaction.payload, guild_id=guild_id)
        if not told:
            del self.interactions[interaction.token]
            raise NotPossible("the bot is not connected, the client says that the act failed")
        interaction.deliveries += 1

    def _describe(self, interaction: Interaction, data: Payload) -> Payload:
        channel, guild, user = interaction.channel, interaction.guild, interaction.user
        rights = int(channel.permissions_of(self.bot_user))
        place = channel.payload() | {"permissions": str(int(channel.permissions_of(user)))}
        described: Payload = {
            "id": str(interaction.id),
            "application_id": str(self.application_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": place,
            "app_permissions": str(rights),
            "locale": user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
            "context": 0 if guild else 1,
            "attachment_size_limit": MAX_UPLOAD_BYTES,
        }
        if guild is None:
            return described | {"user": user.payload()}
        return described | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": member_payload(guild, user, channel),
        }

    def _check_presence(self, user: User, channel: Channel) -> None:
        if channel.deleted:
            raise NotPossible(f"{channel} is gone")
        if channel.guild and not channel.guild.has_bot:
            raise NotPossible(f"the bot is not in {channel.guild}")
        if channel.guild is None and user is not channel.recipient:
            raise NotPossible(f"{user.name} cannot read somebody else's direct messages")
        needed = Permission.VIEW_CHANNEL
        if channel.guild:
            needed |= Permission.USE_APPLICATION_COMMANDS
        if needed & ~channel.permissions_of(user):
            raise NotPossible(f"{user.name} cannot use commands in {channel}")


def _check_sight(user: User, message: Message) -> None:
    if message.deleted:
        raise NotPossible("the message is gone")
    if message.ephemeral and message.visible_to is not user:
        raise NotPossible(f"{user.name} does not see this message")


def _refuse_unknown(known: list[Payload], given: Any) -> None:
    unknown = sorted(set(given) - set(option_names(known)))
    if unknown:
        raise NotPossible(f"no option {unknown}, only {list(option_names(known))}")


def _fill(option: Payload, value: Any, resolved: Resolved) -> Payload:
    kind = option["type"]
    if kind in (STRING, INTEGER, BOOLEAN, NUMBER):
        sent = typed_value(option, value)
    else:
        _check_thing(option, value)
        sent = resolved.refer(value)
    return {"name": option["name"], "type": kind, "value": sent}


def _check_thing(option: Payload, value: Any) -> None:
    if not isinstance(value, THINGS[option["type"]]):
        raise NotPossible(f"{option['name']} cannot be {value!r}")
    kinds = option.get("channel_types")
    if isinstance(value, Channel) and kinds and value.kind not in kinds:
        raise NotPossible(f"{option['name']} does not take this kind of channel")


def _selected(menu: Select, value: Any, resolved: Resolved) -> str:
    if menu.kind != STRING_SELECT:
        if not isinstance(value, SELECTABLE[menu.kind]):
            raise NotPossible(f"the menu does not offer {value!r}")
        return resolved.refer(value)
    for option in menu.options:
        if value in (option.name, option.value):
            return str(option.value)
    raise NotPossible(f"the menu offers {[one.name for one in menu.options]}, not {value!r}")


def _command_data(
    command: Payload, passed: list[Payload], filled: list[Payload], resolved: Resolved
) -> Payload:
    options = filled
    for step in reversed(passed):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    data: Payload = {"id": command["id"], "name": command["name"], "type": CHAT_INPUT}
    data["options"] = options
    if command.get("guild_id"):
        data["guild_id"] = command["guild_id"]
    if resolved.payload():
        data["resolved"] = resolved.payload()
    return data
