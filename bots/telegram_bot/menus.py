"""The menus of commands behind the slash: set in each language, only when they changed.

A menu is a list to choose from and no right: what somebody may do is asked in core. Lists of
several scopes do not add up, so the administrators' list repeats the members'. Stewards who do not
administer the group have one of their own (`bots.telegram_bot.stewards`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from telegram import (
    Bot,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import BadRequest, TelegramError

from bots.catalogue.commands import Command, Group
from bots.languages import LANGUAGES
from bots.telegram_bot.drawing import NOTHING, units
from bots.telegram_bot.reading import WITH_SUBCOMMAND
from bots.telegram_bot.wire import listed
from bots.words import Voice, spoken
from core.desk import Notes

log = logging.getLogger(__name__)

SUMMARY_UNITS = 256

IN_GROUPS = ("offer", "need", "board", "commit", "done", "send", "balance", "help")
"""The eight that members use most in a group; `/help` and buttons lead to all others."""

IN_PRIVATE = ("board", "mine", "balance", "history", "offer", "need", "settings", "help")
FOR_STEWARDS = (*IN_GROUPS, "queue", "confirm", "thank", WITH_SUBCOMMAND)


class Line(NamedTuple):
    """A line of a menu. What only asks is typed `alone`: the group does not see that either."""

    name: str
    summary: str
    alone: bool


Menu = list[Line]


async def set_menus(bot: Bot, notes: Notes, commands: Sequence[Command]) -> None:
    """Set the menus, unless they are the ones that were set last."""
    if await are_set(notes, str(bot.id), commands):
        return
    try:
        for scope, language, menu in menus_of(commands):
            await set_menu(bot, scope, language, menu)
    except TelegramError as error:
        log.warning("the menus could not be set (%s); the next start tries", type(error).__name__)
        return
    await notes.put(_note(str(bot.id)), _fingerprint(commands))


async def are_set(notes: Notes, bot: str, commands: Sequence[Command]) -> bool:
    """Whether a bot's menus, as they were set last, are those of these commands."""
    return await notes.get(_note(bot)) == _fingerprint(commands)


def _note(bot: str) -> str:
    return f"telegram {bot} menus"


def _fingerprint(commands: Sequence[Command]) -> str:
    return fingerprint_of([(scope.type, *rest) for scope, *rest in menus_of(commands)])


async def set_menu(bot: Bot, scope: BotCommandScope, language: str, menu: Menu) -> None:
    """Set one menu. Of a server that is older than ephemeral commands, all see what is typed."""
    is_shared = not isinstance(scope, BotCommandScopeAllPrivateChats)
    lines = [listed(*each[:2], alone=each.alone and is_shared) for each in menu]
    try:
        await bot.set_my_commands(lines, scope, language or None)
    except BadRequest as error:
        if not any(line.api_kwargs for line in lines):
            raise
        log.info("a menu is set without ephemeral commands: %s", error.message)
        plain = [listed(*each[:2], alone=False) for each in menu]
        await bot.set_my_commands(plain, scope, language or None)


def fingerprint_of(menus: object) -> str:
    """A short text that changes when the menus do."""
    return sha256(json.dumps(menus).encode()).hexdigest()


def menus_of(commands: Sequence[Command]) -> Iterator[tuple[BotCommandScope, str, Menu]]:
    """Each menu with its scope and language; '' is English, for all who have none of their own."""
    lists: list[tuple[BotCommandScope, Sequence[str]]] = [
        (BotCommandScopeAllPrivateChats(), IN_PRIVATE),
        (BotCommandScopeAllGroupChats(), IN_GROUPS),
        (BotCommandScopeAllChatAdministrators(), FOR_STEWARDS),
    ]
    for scope, names in lists:
        for language, menu in in_languages(commands, names):
            yield scope, language, menu


def in_languages(commands: Sequence[Command], names: Sequence[str]) -> Iterator[tuple[str, Menu]]:
    """A menu of these commands in each language."""
    known = _by_name(commands)
    shown = [known[name] for name in names if name in known]
    for language in LANGUAGES:
        if shown:
            yield "" if language == "en" else language, _menu(shown, language)


def _by_name(commands: Sequence[Command]) -> Mapping[str, Command]:
    """The commands by the name that is typed; of `/pool` the first stands for all."""
    known: dict[str, Command] = {}
    for command in commands:
        known.setdefault(typed_name(command), command)
    return known


def typed_name(command: Command, language: str = "en") -> str:
    """What is typed behind the slash, in a language."""
    return WITH_SUBCOMMAND if command.group is Group.POOL else command.called(language)


def _menu(shown: Sequence[Command], language: str) -> Menu:
    voice = Voice(language)
    return [
        Line(typed_name(each, language), _short(spoken(each.summary, voice)), not each.writes)
        for each in shown
    ]


def _short(summary: str) -> str:
    if units(summary) <= SUMMARY_UNITS:
        return summary or NOTHING
    return f"{summary[: SUMMARY_UNITS // 2]}{NOTHING}"
