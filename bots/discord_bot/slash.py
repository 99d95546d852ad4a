"""Slash commands, made from the catalogue: typed options, suggestions, languages beside English.

Of our languages, those that Discord's clients know stand beside the English. Swahili is none of
them: who reads it sees English names and is answered in Swahili.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bots.catalogue.commands import Argument, Command, Group, Kind
from bots.discord_bot.buttons import Interaction
from bots.discord_bot.drawing import short
from bots.discord_bot.menus import MENUS, Menu
from bots.languages import one_of_ours
from bots.replies import Say, say, word
from bots.words import Voice, spoken
from core.desk import Notes

Called = Callable[[Interaction, Command, Mapping[str, object]], Awaitable[None]]
Suggested = Callable[
    [Interaction, Command, Argument, str], Awaitable[list[app_commands.Choice[str]]]
]
Chosen = Callable[[Interaction, Menu, Any], Awaitable[None]]

DESCRIPTION_MAX = 100
MENU_MAX = 32
CHOICES_MAX = 25
"""Of more than so many, what fits is suggested while it is typed."""
AMOUNT_MAX = 1_000_000_000
NAME = re.compile(r"[-_'\w]{1,32}")
NO_COMMAND_HERE = frozenset[str]()
"""Commands that mean nothing on Discord."""

ENGLISH = Voice("en")
BESIDE = {
    each.value: Voice(language)
    for each in discord.Locale
    if (language := one_of_ours(each.value)) not in ("", "en")
}
"""How it is said in each language of Discord's clients that is one of ours, English aside."""

PHOTO = "photo"
GROUPS = {
    Group.STEWARD: say("What stewards do: confirm, thank, appoint"),
    Group.POOL: say("Make a pool here, or bring this server into one"),
}
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
IN_GUILDS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
BY_GUILDS = app_commands.AppInstallationType(guild=True, user=False)


class Translator(app_commands.Translator):
    """Gives what stands beside each English text in a language of Discord's clients."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - the library names it
    ) -> str | None:
        """The text in a language of Discord's clients, None where English serves."""
        found = string.extras.get(str(locale))
        return None if found is None else str(found)


def name_of(command: Command) -> str:
    """By which name the desk finds a command."""
    return f"pool {command.name}" if command.group is Group.POOL else command.name


def add_commands(
    tree: app_commands.CommandTree[Any],
    commands: Sequence[Command],
    called: Called,
    suggested: Suggested,
) -> None:
    """Put the catalogue's commands into the tree."""
    groups = {group: _group(group) for group in GROUPS}
    for command in commands:
        if command.hidden or command.name in NO_COMMAND_HERE:
            continue
        parent = groups.get(command.group)
        made = _slash(command, called, suggested, parent)
        (parent or tree).add_command(made)
    for group in groups.values():
        if group.commands:
            tree.add_command(group)


def add_menus(
    tree: app_commands.CommandTree[Any], commands: Sequence[Command], chosen: Chosen
) -> None:
    """Put into the menus of people and of messages what the catalogue has a command for."""
    names = {command.name for command in commands}
    for menu in MENUS:
        if menu.command in names:
            tree.add_command(_menu(menu, chosen))


def _menu(menu: Menu, chosen: Chosen) -> app_commands.ContextMenu:
    async def on_person(interaction: Interaction, target: discord.User) -> None:
        await chosen(interaction, menu, target)

    async def on_message(interaction: Interaction, target: discord.Message) -> None:
        await chosen(interaction, menu, target)

    # discord.py reads from the annotation what kind of menu it is, and wants to see types there.
    callback: Any = on_person if menu.on_people else on_message
    callback.__annotations__["target"] = discord.User if menu.on_people else discord.Message
    return app_commands.ContextMenu(
        name=_described(menu.label, MENU_MAX),
        callback=callback,
        # In direct messages nobody stands but the bot.
        allowed_contexts=IN_GUILDS if menu.on_people else EVERYWHERE,
        allowed_installs=BY_GUILDS,
    )


def _group(group: Group) -> app_commands.Group:
    return app_commands.Group(
        name=_called(group.value, {}),
        description=_described(GROUPS[group]),
        # Explicit on groups too: `guild_only` alone would say so in a field that is out of use.
        allowed_contexts=IN_GUILDS if group is Group.POOL else EVERYWHERE,
        allowed_installs=BY_GUILDS,
    )


def _slash(
    command: Command, called: Called, suggested: Suggested, parent: app_commands.Group | None
) -> app_commands.Command[Any, ..., None]:
    aliases = {language: name.split()[-1] for language, name in command.aliases}
    return app_commands.Command(
        name=_called(command.name, aliases),
        description=_described(command.summary),
        callback=_callback(command, called, suggested),
        parent=parent,
        allowed_contexts=None if parent else EVERYWHERE,
        allowed_installs=None if parent else BY_GUILDS,
    )


def _callback(command: Command, called: Called, suggested: Suggested) -> Any:
    """A coroutine function whose signature is the command's: that is what discord.py reads."""

    async def callback(interaction: Interaction, **filled: object) -> None:
        by_name = {name.removeprefix("_"): value for name, value in filled.items()}
        await called(interaction, command, by_name)

    made: Any = callback
    first = inspect.Parameter(
        "interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction
    )
    arguments = [_parameter(argument) for argument in command.arguments]
    photo = [_optional(PHOTO, discord.Attachment)] if command.photo else []
    made.__signature__ = inspect.Signature([first, *arguments, *photo])
    _describe(made, command)
    for argument in command.arguments:
        if argument.of or len(argument.choices) > CHOICES_MAX:
            completing = _completing(command, argument, suggested)
            made = app_commands.autocomplete(**{_python(argument.name): completing})(made)
    return made


def _describe(made: Any, command: Command) -> None:
    """Names, descriptions and choices of the options, in all languages."""
    texts = {_python(each.name): _summary(each) for each in command.arguments}
    if command.photo:
        texts[_python(PHOTO)] = say("A photo of it, if you like")
    app_commands.describe(**{name: _described(text) for name, text in texts.items()})(made)
    names = {name: name.removeprefix("_") for name in texts}
    app_commands.rename(**{name: _option_name(shown) for name, shown in names.items()})(made)
    choices = {
        _python(each.name): [_choice(one.label, one.value) for one in each.choices]
        for each in command.arguments
        if 0 < len(each.choices) <= CHOICES_MAX
    }
    app_commands.choices(**choices)(made)


def _summary(argument: Argument) -> Say:
    if argument.required and _is_picker(argument):
        return say("{whom} (not on Discord? Pick me instead)", whom=argument.summary)
    return argument.summary


def _is_picker(argument: Argument) -> bool:
    return argument.kind is Kind.MEMBER and not argument.of


def _python(name: str) -> str:
    """An argument's name as a parameter's: `as` and `for` could not be one."""
    return f"_{name}"


def _parameter(argument: Argument) -> inspect.Parameter:
    if not argument.required:
        return _optional(argument.name, _type(argument))
    return inspect.Parameter(
        _python(argument.name), inspect.Parameter.KEYWORD_ONLY, annotation=_type(argument)
    )


def _optional(name: str, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(
        _python(name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None
    )


def _type(argument: Argument) -> Any:
    """The type of an option, as discord.py wants to see it."""
    match argument.kind:
        case Kind.MEMBER if _is_picker(argument):
            # Not discord.Member: that one is refused in direct messages.
            return discord.User
        case Kind.CREDITS | Kind.COUNT:
            return app_commands.Range[int, 1, AMOUNT_MAX]
        case Kind.TEXT:
            return app_commands.Range[str, 1, argument.length_max]
        case _:
            return str


def _completing(command: Command, argument: Argument, suggested: Suggested) -> Any:
    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, command, argument, typed)

    return complete


# --- languages -------------------------------------------------------------------------------


def _described(text: Say, most: int = DESCRIPTION_MAX) -> locale_str:
    beside = {locale: short(spoken(text, voice), most) for locale, voice in BESIDE.items()}
    return locale_str(short(spoken(text, ENGLISH), most), **beside)


def _choice(label: Say, value: str) -> app_commands.Choice[str]:
    return app_commands.Choice(name=_described(label), value=value)


def _option_name(name: str) -> locale_str:
    words = {voice.language: spoken(option_word(name), voice) for voice in BESIDE.values()}
    return _called(name, words)


def option_word(name: str) -> Say:
    """An option's name as the catalogues know it: one short word in small letters."""
    return word("option", name)


def _called(name: str, words: Mapping[str, str]) -> locale_str:
    """A name with the word for it in each language, where it can be a name; else the English."""
    beside = {locale: words.get(voice.language, "").lower() for locale, voice in BESIDE.items()}
    fitting = {locale: each if NAME.fullmatch(each) else name for locale, each in beside.items()}
    return locale_str(name, **fitting)


# --- what is registered ----------------------------------------------------------------------


async def payload(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """The commands as Discord would be told them, translations included."""
    translator = tree.translator or Translator()
    return [
        dict(await command.get_translated_payload(tree, translator))
        for command in tree.get_commands()
    ]


COMMANDS_NOTE = "discord:commands"
"""The note of what was registered last: for which application, and the fingerprint."""


def fingerprint(application: int, commands: Sequence[Mapping[str, Any]]) -> str:
    """Tells whether the commands of an application are as they were."""
    text = json.dumps([application, *commands], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def are_registered(notes: Notes, commands: Sequence[Command]) -> bool:
    """Whether Discord was told these commands last, for whichever application that was."""
    application, _, told = (await notes.get(COMMANDS_NOTE)).partition(" ")
    client = discord.Client(intents=discord.Intents.none())
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(client)
    add_commands(tree, commands, _never_called, _never_called)
    add_menus(tree, commands, _never_called)
    return bool(told) and fingerprint(int(application), await payload(tree)) == told


async def _never_called(*_: object) -> Any:
    """Stands for what answers, in a tree that is only looked at."""
