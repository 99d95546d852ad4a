"""The menus of commands behind the slash: set in each language, only when they changed.

A menu is a list to choose from and no right: what somebody may do is asked in core. Lists of
several scopes do not add up, so the administrators' list repeats the members'.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError

from bots.catalogue.commands import Command, Group
from bots.telegram_bot.drawing import NOTHING, units
from bots.telegram_bot.reading import WITH_SUBCOMMAND
from bots.words import LANGUAGES, Voice, spoken
from core.desk import Notes

log = logging.getLogger(__name__)

SUMMARY_UNITS = 256

IN_GROUPS = ("offer", "need", "board", "commit", "done", "send", "balance", "help")
"""The eight that members use most in a group; `/help` and buttons lead to all others."""

IN_PRIVATE = ("board", "mine", "balance", "history", "offer", "need", "settings", "help")
FOR_STEWARDS = ("queue", "confirm", "thank", WITH_SUBCOMMAND)

Menu = list[tuple[str, str]]


async def set_menus(bot: Bot, notes: Notes, commands: Sequence[Command]) -> None:
    """Set the menus, unless they are the ones that were set last."""
    menus = list(menus_of(commands))
    fingerprint = sha256(
        json.dumps([(scope.type, *rest) for scope, *rest in menus]).encode()
    ).hexdigest()
    note = f"telegram {bot.id} menus"
    if await notes.get(note) == fingerprint:
        return
    try:
        for scope, language, menu in menus:
            listed = [BotCommand(name, summary) for name, summary in menu]
            await bot.set_my_commands(listed, scope, language or None)
    except TelegramError as error:
        log.warning("the menus could not be set (%s); the next start tries", type(error).__name__)
        return
    await notes.put(note, fingerprint)


def menus_of(commands: Sequence[Command]) -> Iterator[tuple[BotCommandScope, str, Menu]]:
    """Each menu with its scope and language; '' is English, for all who have none of their own."""
    known = _by_name(commands)
    members = _picked(known, IN_GROUPS)
    stewards = _picked(known, FOR_STEWARDS)
    lists: list[tuple[BotCommandScope, list[Command]]] = [
        (BotCommandScopeAllPrivateChats(), _picked(known, IN_PRIVATE)),
        (BotCommandScopeAllGroupChats(), members),
        (BotCommandScopeAllChatAdministrators(), [*members, *stewards]),
    ]
    for scope, listed in lists:
        for language in LANGUAGES:
            if listed:
                yield scope, "" if language == "en" else language, _menu(listed, language)


def _by_name(commands: Sequence[Command]) -> Mapping[str, Command]:
    """The commands by the name that is typed; of `/pool` the first stands for all."""
    known: dict[str, Command] = {}
    for command in commands:
        known.setdefault(typed_name(command), command)
    return known


def typed_name(command: Command) -> str:
    """What is typed behind the slash."""
    return WITH_SUBCOMMAND if command.group is Group.POOL else command.name


def _picked(known: Mapping[str, Command], names: Sequence[str]) -> list[Command]:
    return [known[name] for name in names if name in known]


def _menu(listed: Sequence[Command], language: str) -> Menu:
    voice = Voice(language)
    return [(typed_name(each), _short(spoken(each.summary, voice))) for each in listed]


def _short(summary: str) -> str:
    if units(summary) <= SUMMARY_UNITS:
        return summary or NOTHING
    return f"{summary[: SUMMARY_UNITS // 2]}{NOTHING}"
