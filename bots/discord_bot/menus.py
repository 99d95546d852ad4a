"""What stands in the menu of a person and of a message: a command begun with what was chosen.

Choosing it opens a form for the rest. The form's id names the command, and its fields are the
command's arguments: nothing has to be remembered until it is sent, however long that takes. It
names the act by which it was opened too: where the answer to a form was lost, Discord leaves it
open and people send it once more, which is the same event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bots.calls import Mention
from bots.catalogue.commands import Argument, Command, Kind
from bots.discord_bot.buttons import TITLE_MAX, Interaction
from bots.discord_bot.drawing import short
from bots.replies import Say, say
from bots.tokens import Token
from bots.words import Voice, spoken
from core.domain.units import Number, PoolId
from core.records import dataclass

FILLS = "fill"
"""The verb of a form that fills in a whole command; its word is the command."""

TYPED_MAX = 100
"""Characters of a field for anything but a text."""

HINT_MAX = 100
HALF = 10**10
"""Discord's ids have up to twenty digits, and a token two numbers of up to twelve."""

Chosen = discord.User | discord.Member | discord.Message
Given = Mapping[str, str | Mention]


@dataclass(frozen=True, slots=True)
class Menu:
    """A command in a menu: what was chosen `fills` one argument, the form `asks` for these."""

    command: str
    label: Say
    on_people: bool
    fills: str
    asks: tuple[str, ...]


MENUS = (
    Menu("send", say("Send credits"), True, "member", ("member", "credits", "note")),
    Menu("offer", say("Turn into an offer"), False, "what", ("what", "worth")),
)


def form_of(menu: Menu, command: Command, given: Given, voice: Voice, opener: int) -> ui.Modal:
    """The form for a command, with what is given already; `opener` is the act that opens it."""
    by_name = {each.name: each for each in command.arguments}
    first, last = divmod(opener, HALF)
    token = Token(FILLS, PoolId(first), Number(last), command.name)
    title = short(spoken(menu.label, voice), TITLE_MAX)
    modal = ui.Modal(title=title, custom_id=str(token), timeout=None)
    for name in menu.asks:
        modal.add_item(_label(by_name[name], given.get(name), voice))
    # See `bots.discord_bot.buttons`: what is stopped is not remembered.
    modal.stop()
    return modal


def opener_of(token: Token) -> int:
    """The act that opened a form."""
    return token.pool * HALF + token.number


def _label(argument: Argument, given: str | Mention | None, voice: Voice) -> ui.Label[Any]:
    hint = None if argument.question is None else short(spoken(argument.question, voice), HINT_MAX)
    return ui.Label(
        text=short(spoken(argument.summary, voice), TITLE_MAX),
        description=hint,
        component=_field(argument, given),
    )


def _field(argument: Argument, given: str | Mention | None) -> ui.Item[Any]:
    if argument.kind is Kind.MEMBER:
        # Discord's own default for this field is that it may be left empty.
        return ui.UserSelect(
            custom_id=argument.name, required=argument.required, default_values=_chosen(given)
        )
    is_text = argument.kind is Kind.TEXT
    most = argument.length_max if is_text else TYPED_MAX
    return ui.TextInput(
        custom_id=argument.name,
        required=argument.required,
        style=discord.TextStyle.paragraph if most > TYPED_MAX else discord.TextStyle.short,
        max_length=most,
        default=short(given, most) if isinstance(given, str) and given else None,
    )


def _chosen(given: str | Mention | None) -> Sequence[discord.SelectDefaultValue]:
    if not isinstance(given, Mention):
        return ()
    kind = discord.SelectDefaultValueType.user
    return [discord.SelectDefaultValue(id=int(given.external), type=kind)]


def filled_in(interaction: Interaction) -> dict[str, str | Mention]:
    """What stood in the fields of a form when it was sent, by their names."""
    data: Any = interaction.data or {}
    people = (data.get("resolved") or {}).get("users") or {}
    given: dict[str, str | Mention] = {}
    for component in data.get("components", ()):
        field = component.get("component") or {}
        for external in field.get("values") or ():
            user = people.get(external) or {}
            name = user.get("global_name") or user.get("username") or ""
            given[str(field["custom_id"])] = Mention(str(external), name)
        if text := str(field.get("value") or "").strip():
            given[str(field["custom_id"])] = text
    return given
