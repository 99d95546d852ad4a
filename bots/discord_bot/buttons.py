"""What people press, choose and fill in, none of which needs a memory of having been shown.

A button's id is its token; so is a form's. discord.py would remember each view and each form
that is sent, in order to find its callbacks; ours are stopped before they are sent, which it
takes for "not to be remembered": they work the same after a restart, and months later.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import discord
from discord import ui

from bots.discord_bot.drawing import Face, Menu, short
from bots.replies import Style
from bots.tokens import PATTERN, Token, read_token

Interaction = discord.Interaction[discord.Client]
Pressed = Callable[[Interaction, Token, str], Awaitable[None]]
Chosen = Callable[[Interaction, Token, Sequence[str]], Awaitable[None]]

STYLES = {
    Style.PLAIN: discord.ButtonStyle.secondary,
    Style.YES: discord.ButtonStyle.success,
    Style.NO: discord.ButtonStyle.danger,
}
TITLE_MAX = 45
WORDS = "words"
"""The id of a form's one field."""


def dynamic_item(pressed: Pressed, chosen: Chosen) -> type[ui.DynamicItem[ui.Item[Any]]]:
    """The kind of item by which discord.py finds who handles every token, however old."""

    class Press(ui.DynamicItem[ui.Item[Any]], template=PATTERN):
        @classmethod
        async def from_custom_id(
            cls, _interaction: Interaction, item: ui.Item[Any], _match: re.Match[str], /
        ) -> Self:
            return cls(item)

        async def callback(self, interaction: Interaction) -> None:
            token = read_token(self.custom_id)
            if token is None:
                return
            if isinstance(self.item, ui.Button):
                await pressed(interaction, token, self.item.label or "")
            else:
                data: Any = interaction.data
                await chosen(interaction, token, data.get("values") or ())

    return Press


def _button(face: Face) -> ui.Button[Any]:
    return ui.Button(label=face.label, custom_id=face.token, style=STYLES[face.style])


def buttons_below(rows: Sequence[Sequence[Face]], menu: Menu | None = None) -> ui.View | None:
    """The buttons below a text, and a menu below these; None for neither."""
    if not rows and menu is None:
        return None
    view = ui.View(timeout=None)
    if menu is not None:
        view.add_item(_select(menu, row=len(rows)))
    for number, row in enumerate(rows):
        for face in row:
            button = _button(face)
            button.row = number
            view.add_item(button)
    view.stop()
    return view


def _select(menu: Menu, row: int) -> ui.Select[Any]:
    options = [discord.SelectOption(label=label, value=value) for label, value in menu.options]
    return ui.Select(
        custom_id=menu.token,
        placeholder=menu.prompt,
        min_values=1,
        max_values=len(options),
        options=options,
        row=row,
    )


def card(text: str, rows: Sequence[Sequence[Face]]) -> ui.LayoutView:
    """A card: a text in a frame, its buttons below."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(text)))
    for row in rows:
        view.add_item(ui.ActionRow(*map(_button, row)))
    view.stop()
    return view


def form(token: Token, title: str, question: str, label: str, length_max: int) -> ui.Modal:
    """A form with one field, for the words that a press needs. `question` is markdown."""
    long = length_max > 100
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=WORDS, style=style, required=True, max_length=length_max
    )
    modal = ui.Modal(title=short(title, TITLE_MAX), custom_id=str(token), timeout=None)
    modal.add_item(ui.TextDisplay(question))
    modal.add_item(ui.Label(text=short(label, TITLE_MAX), component=field))
    modal.stop()
    return modal


def words_of(interaction: Interaction) -> str:
    """What somebody wrote into a form, '' for nothing."""
    data: Any = interaction.data or {}
    for component in data.get("components", ()):
        inner = component.get("component") or {}
        if inner.get("custom_id") == WORDS:
            return str(inner.get("value") or "").strip()
    return ""
