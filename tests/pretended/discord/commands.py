"""Application commands: what may be registered, and finding the one that somebody calls."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.pretended.discord.errors import ApiError, Form, NotPossible

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE = 1, 2, 3, 4, 5, 6, 7, 8
MENTIONABLE, NUMBER, ATTACHMENT = 9, 10, 11
MAX_SAFE = 2**53
MOST_OF_KIND = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}

# Discord's clients know these languages and no others: no Swahili among them.
LOCALES = frozenset(
    locale
    for line in (
        "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr",
        "cs el bg ru uk hi th zh-CN ja zh-TW ko",
    )
    for locale in line.split()
)

Payload = dict[str, Any]


@dataclass(frozen=True)
class Sync:
    """One change of what is registered: how, where, and what came of it."""

    method: str
    guild_id: int | None
    names: tuple[str, ...]


class CommandCheck:
    """Checks one command against Discord's rules."""

    def __init__(self, form: Form, path: str) -> None:
        self._form = form
        self._path = path

    def check(self, command: Payload) -> None:
        """Note everything that is wrong with a command."""
        path, form = self._path, self._form
        kind = command.get("type", CHAT_INPUT)
        if not form.choice(f"{path}type", kind, (1, 2, 3)):
            return
        self._check_places(command)
        if kind == CHAT_INPUT:
            self._check_named(path, command)
            self._check_options(path, command.get("options") or [], depth=0)
            message = "Command exceeds maximum size (8000)"
            code = "APPLICATION_COMMAND_TOO_LARGE"
            form.need(_weight(command) <= 8000, f"{path}name", code, message)
        else:
            form.text(f"{path}name", command.get("name"), 1, 32)
            bare = not command.get("description") and not command.get("options")
            message = "Context menu commands cannot have a description or options"
            form.need(bare, path + "description", "APPLICATION_COMMAND_CONTEXT_MENU", message)
            self._check_translations(f"{path}name_localizations", command, "name", 32)

    def _check_places(self, command: Payload) -> None:
        for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
            for index, value in enumerate(command.get(key) or []):
                self._form.choice(f"{self._path}{key}.{index}", value, allowed)
        needed = command.get("default_member_permissions")
        fits = needed is None or str(needed).isdigit()
        path = f"{self._path}default_member_permissions"
        self._form.need(fits, path, "NUMBER_TYPE_COERCE", "Must be a number in a string.")

    def _check_named(self, path: str, thing: Payload) -> None:
        if self._form.text(f"{path}name", thing.get("name"), 1, 32):
            self._check_name(f"{path}name", thing["name"])
        self._form.text(f"{path}description", thing.get("description"), 1, 100)
        self._check_translations(f"{path}name_localizations", thing, "name", 32)
        self._check_translations(f"{path}description_localizations", thing, "description", 100)
        for locale, name in (thing.get("name_localizations") or {}).items():
            self._check_name(f"{path}name_localizations.{locale}", name)

    def _check_name(self, path: str, name: str) -> None:
        message = "Command name is invalid: letters, digits, - and _ in lower case only"
        good = name == name.lower() and all(map(_is_name_character, name))
        self._form.need(good, path, "APPLICATION_COMMAND_INVALID_NAME", message)

    def _check_translations(self, path: str, thing: Payload, key: str, most: int) -> None:
        for locale, text in (thing.get(f"{key}_localizations") or {}).items():
            message = f"Unknown locale {locale}."
            self._form.need(locale in LOCALES, f"{path}.{locale}", "LOCALE_INVALID", message)
            self._form.text(f"{path}.{locale}", text, 1, most)

    def _check_options(self, path: str, options: list[Payload], depth: int) -> None:
        form = self._form
        form.size(f"{path}options", options, 0, 25, "in length")
        self._check_kinds(path, options, depth)
        self._check_order(path, options)
        for key in ("name", *sorted(LOCALES)):
            names = [_name_in(option, key) for option in options]
            names = [name for name in names if name is not None]
            message = "Option names must be unique"
            code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
            form.need(len(names) == len(set(names)), f"{path}options", code, message)
        for index, option in enumerate(options):
            self._check_option(f"{path}options.{index}.", option, depth)

    def _check_kinds(self, path: str, options: list[Payload], depth: int) -> None:
        kinds = {option.get("type") for option in options}
        branches = kinds & {SUBCOMMAND, GROUP}
        message = "Subcommands and other options cannot stand side by side, nor too deep."
        allowed = {0: {SUBCOMMAND, GROUP}, 1: {SUBCOMMAND}, 2: set()}[depth]
        sound = not branches or (branches == kinds and branches <= allowed)
        code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
        self._form.need(sound, f"{path}options", code, message)

    def _check_order(self, path: str, options: list[Payload]) -> None:
        required = [bool(option.get("required")) for option in options]
        message = "Required options must be placed before non-required options"
        in_order = required == sorted(required, reverse=True)
        code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        self._form.need(in_order, f"{path}options", code, message)

    def _check_option(self, path: str, option: Payload, depth: int) -> None:
        kind = option.get("type")
        if not self._form.choice(f"{path}type", kind, tuple(range(1, 12))):
            return
        self._check_named(path, option)
        if kind == GROUP:
            only = all(part.get("type") == SUBCOMMAND for part in option.get("options") or [])
            message = "A group holds subcommands only."
            self._form.need(only, f"{path}options", "BASE_TYPE_CHOICES", message)
            self._check_options(path, option.get("options") or [], 1)
        elif kind == SUBCOMMAND:
            self._check_options(path, option.get("options") or [], 2)
        else:
            self._check_value_rules(path, option)

    def _check_value_rules(self, path: str, option: Payload) -> None:
        kind, form = option["type"], self._form
        choices = option.get("choices") or []
        typed = kind in (STRING, INTEGER, NUMBER)
        message = "Only texts and numbers have choices, autocomplete or a range."
        ruled = choices or option.get("autocomplete") or _range_of(option) != (None, None)
        form.need(typed or not ruled, path + "type", "APPLICATION_COMMAND_OPTION_TYPE", message)
        exclusive = not (choices and option.get("autocomplete"))
        message = "Choices and autocomplete exclude each other."
        form.need(exclusive, path + "autocomplete", "APPLICATION_COMMAND_AUTOCOMPLETE", message)
        form.size(f"{path}choices", choices, 0, 25, "in length")
        for index, choice in enumerate(choices):
            check_choice(form, f"{path}choices.{index}.", choice, kind)
        if kind == STRING:
            self._check_lengths(path, option)

    def _check_lengths(self, path: str, option: Payload) -> None:
        least, most = option.get("min_length"), option.get("max_length")
        fits = (least is None or 0 <= least <= 6000) and (most is None or 1 <= most <= 6000)
        message = "Must be between 0 and 6000."
        self._form.need(fits, f"{path}max_length", "NUMBER_TYPE_RANGE", message)


def check_choice(form: Form, path: str, choice: Payload, kind: int) -> None:
    """Note what is wrong with a choice of an option or of an autocomplete."""
    form.text(f"{path}name", choice.get("name"), 1, 100)
    for locale, name in (choice.get("name_localizations") or {}).items():
        known = form.need(locale in LOCALES, f"{path}name_localizations", "LOCALE_INVALID", locale)
        if known:
            form.text(f"{path}name_localizations.{locale}", name, 1, 100)
    value = choice.get("value")
    if kind == STRING:
        form.text(f"{path}value", value, 1, 100)
    else:
        whole = isinstance(value, int) or kind != INTEGER
        fits = isinstance(value, int | float) and whole and abs(value) <= MAX_SAFE
        form.need(fits, f"{path}value", "NUMBER_TYPE_COERCE", "Not a number that fits.")


def _is_name_character(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    return unicodedata.name(char, "").startswith(("DEVANAGARI", "THAI"))


def _name_in(option: Payload, key: str) -> str | None:
    if key == "name":
        return option.get("name")
    return (option.get("name_localizations") or {}).get(key)


def _range_of(option: Payload) -> tuple[Any, Any]:
    return option.get("min_value"), option.get("max_value")


def _weight(thing: Payload) -> int:
    """How many of the 8000 characters a command uses; of translations the longest counts."""
    total = 0
    for key in ("name", "description"):
        texts = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        total += max(map(len, texts))
    if isinstance(thing.get("value"), str):
        total += len(thing["value"])
    below = [*(thing.get("options") or []), *(thing.get("choices") or [])]
    return total + sum(map(_weight, below))


class CommandRegistry:
    """What the application has registered, everywhere and per guild."""

    def __init__(self, application_id: int, next_id: Any) -> None:
        self._application_id = application_id
        self._next_id = next_id
        self._scopes: dict[int | None, dict[tuple[int, str], Payload]] = {}
        self.syncs: list[Sync] = []

    def all(self, guild_id: int | None) -> list[Payload]:
        """What is registered in one scope; ``None`` is everywhere."""
        return list(self._scopes.get(guild_id, {}).values())

    def get(self, guild_id: int | None, command_id: str) -> Payload:
        """One command by its id.

        Raises:
            ApiError: 10063, there is none.
        """
        for command in self.all(guild_id):
            if command["id"] == command_id:
                return command
        raise ApiError(404, 10063, "Unknown application command")

    def replace(self, guild_id: int | None, commands: list[Payload]) -> list[Payload]:
        """Register these and no others."""
        form = Form()
        for index, command in enumerate(commands):
            CommandCheck(form, f"{index}.").check(command)
        form.settle()
        before = self._scopes.get(guild_id, {})
        scope = {_key(command): self._stored(guild_id, command, before) for command in commands}
        self._refuse_crowd(scope, doubled=len(scope) < len(commands))
        self._scopes[guild_id] = scope
        self._note("PUT", guild_id, commands)
        return self.all(guild_id)

    def add(self, guild_id: int | None, command: Payload) -> Payload:
        """Register one, in place of one with the same name."""
        form = Form()
        CommandCheck(form, "").check(command)
        form.settle()
        scope = dict(self._scopes.get(guild_id, {}))
        scope[_key(command)] = self._stored(guild_id, command, scope)
        self._refuse_crowd(scope)
        self._scopes[guild_id] = scope
        self._note("POST", guild_id, [command])
        return scope[_key(command)]

    def change(self, guild_id: int | None, command_id: str, changes: Payload) -> Payload:
        """Change one."""
        before = self.get(guild_id, command_id)
        after = before | changes
        form = Form()
        CommandCheck(form, "").check(after)
        form.settle()
        scope = self._scopes[guild_id]
        del scope[_key(before)]
        scope[_key(after)] = self._stored(guild_id, after, {_key(after): before})
        self._note("PATCH", guild_id, [after])
        return scope[_key(after)]

    def remove(self, guild_id: int | None, command_id: str) -> None:
        """Remove one."""
        command = self.get(guild_id, command_id)
        del self._scopes[guild_id][_key(command)]
        self._note("DELETE", guild_id, [command])

    def find(self, kind: int, name: str, guild_id: int | None) -> Payload:
        """The command that a person in this place would pick.

        Raises:
            NotPossible: None is offered there.
        """
        everywhere = self._scopes.get(None, {}).get((kind, name))
        here = self._scopes.get(guild_id, {}).get((kind, name)) if guild_id else None
        command = here or everywhere
        if command is None:
            known = sorted(key[1] for scope in self._scopes.values() for key in scope)
            raise NotPossible(f"no command {name!r} is registered here, only {known}")
        contexts = command.get("contexts")
        if contexts is None and command.get("dm_permission") is False:
            contexts = [0]
        place = 0 if guild_id else 1
        if contexts is not None and place not in contexts:
            where = "in a guild" if guild_id else "in direct messages"
            raise NotPossible(f"the command {name!r} is not offered {where}")
        return command

    def doubled_names(self) -> set[str]:
        """Names that people see twice: registered everywhere and in a guild."""
        everywhere = set(self._scopes.get(None, {}))
        keys = {key for guild, scope in self._scopes.items() if guild for key in scope}
        return {name for _, name in everywhere & keys}

    def _refuse_crowd(self, scope: dict[tuple[int, str], Payload], doubled: bool = False) -> None:
        form = Form()
        message = "Application command names must be unique"
        form.need(not doubled, "name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        form.settle()
        for kind, most in MOST_OF_KIND.items():
            if sum(1 for key in scope if key[0] == kind) > most:
                message = "Maximum number of application commands reached"
                raise ApiError(400, 30032, message, fault=True)

    def _stored(
        self, guild_id: int | None, command: Payload, before: dict[tuple[int, str], Payload]
    ) -> Payload:
        known = before.get(_key(command))
        stored: Payload = {
            "description": "",
            "options": [],
            "default_member_permissions": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
        } | copy.deepcopy(command)
        stored["type"] = command.get("type", CHAT_INPUT)
        stored["id"] = known["id"] if known else str(self._next_id())
        stored["application_id"] = str(self._application_id)
        stored["version"] = str(self._next_id())
        if guild_id:
            stored["guild_id"] = str(guild_id)
        return stored

    def _note(self, method: str, guild_id: int | None, commands: list[Payload]) -> None:
        names = tuple(str(command.get("name")) for command in commands)
        self.syncs.append(Sync(method, guild_id, names))


def _key(command: Payload) -> tuple[int, str]:
    return command.get("type", CHAT_INPUT), command["name"]


def without_translations(command: Payload) -> Payload:
    """A command as it is listed when translations are not asked for."""

    def bare(thing: Any) -> Any:
        if isinstance(thing, list):
            return [bare(part) for part in thing]
        if isinstance(thing, dict):
            kept = {key: part for key, part in thing.items() if not key.endswith("_localizations")}
            return {key: bare(part) for key, part in kept.items()}
        return thing

    stripped: Payload = bare(command)
    return stripped


def descend(command: Payload, path: tuple[str, ...]) -> tuple[list[Payload], list[Payload]]:
    """Follow the words of a call into its subcommands.

    Returns:
        The groups and the subcommand passed on the way, and the options at its end.

    Raises:
        NotPossible: There is no such subcommand, or one has to be chosen.
    """
    passed: list[Payload] = []
    options = command.get("options") or []
    for word in path:
        found = [option for option in options if option["name"] == word]
        if not found or found[0]["type"] not in (SUBCOMMAND, GROUP):
            raise NotPossible(f"{command['name']!r} has no subcommand {word!r}")
        passed.append(found[0])
        options = found[0].get("options") or []
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
        names = [option["name"] for option in options]
        raise NotPossible(f"{command['name']!r} cannot be called by itself; choose of {names}")
    return passed, options


def typed_value(option: Payload, value: Any, *, unfinished: bool = False) -> Any:
    """What the client would send for a text, number or yes-no that somebody entered.

    Raises:
        NotPossible: The client would not let it pass.
    """
    kind, name = option["type"], option["name"]
    if option.get("choices"):
        return _chosen_value(option, value)
    if unfinished:
        return value if kind == STRING else str(value)
    if kind == BOOLEAN:
        _possible(isinstance(value, bool), f"{name} is yes or no, not {value!r}")
    elif kind == STRING:
        _check_text(option, value)
    else:
        _check_number(option, value)
    return value


def _chosen_value(option: Payload, value: Any) -> Any:
    for choice in option["choices"]:
        names = {choice["name"], *(choice.get("name_localizations") or {}).values()}
        if value == choice["value"] or value in names:
            return choice["value"]
    offered = [choice["name"] for choice in option["choices"]]
    raise NotPossible(f"{option['name']} offers {offered}, not {value!r}")


def _check_text(option: Payload, value: Any) -> None:
    name = option["name"]
    _possible(isinstance(value, str), f"{name} is a text, not {value!r}")
    least, most = option.get("min_length") or 0, option.get("max_length") or 6000
    _possible(
        value != "" and least <= len(value) <= most, f"{name} needs {least} to {most} letters"
    )


def _check_number(option: Payload, value: Any) -> None:
    name, whole = option["name"], option["type"] == INTEGER
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    typed = isinstance(value, kinds) and not isinstance(value, bool)
    _possible(typed, f"{name} is a {'whole ' if whole else ''}number, not {value!r}")
    least, most = _range_of(option)
    least, most = -MAX_SAFE if least is None else least, MAX_SAFE if most is None else most
    _possible(least <= value <= most, f"{name} lies between {least} and {most}, not {value!r}")


def _possible(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotPossible(otherwise)


def option_names(options: list[Payload]) -> Iterator[str]:
    """The names of options, for a message to the test's author."""
    return (option["name"] for option in options)
