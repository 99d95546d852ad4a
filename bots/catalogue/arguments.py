"""From what was typed, picked or tapped to the values a command wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeGuard

from babel.numbers import is_currency

from bots.calls import Call, Mention
from bots.catalogue.commands import Argument, Choice, Command, Kind
from bots.catalogue.plainly import (
    CASH_IN_WORDS,
    CREDITS_IN_WORDS,
    MONEY_AHEAD,
    SHILLINGS_AHEAD,
    TIME_IN_WORDS,
    amount_of,
    count_of,
    currency_of,
    day_of,
    has_time,
    money_of,
    number_of,
    shows_something,
    text_of,
    when_of,
    worth_of,
)
from bots.catalogue.unclear import NoPoolHere, NotAChoice
from bots.catalogue.whom import folded, meant_by
from bots.languages import LANGUAGES
from bots.words import Voice, spoken
from core.domain.pools import Pool
from core.domain.refusals import Refused
from core.domain.units import MemberId, Number
from core.reads import Reading


@dataclass(frozen=True, slots=True)
class Picked:
    """A member who was picked from several: known by id, which nobody can type."""

    member: MemberId


Raw = str | Mention | Picked
QUOTED = '"[^"]*"|“[^”]*”|«[^»]*»'
OPTION = re.compile(rf"(?<!\S)(?P<name>[a-z]+):(?P<value>{QUOTED}|\S+) ?")
SEVERAL_MAY_FOLLOW = frozenset({Kind.WORD, Kind.TEXT, Kind.MEMBER})
FIGURED = frozenset({Kind.CREDITS, Kind.MONEY, Kind.WORTH, Kind.NUMBER, Kind.COUNT})


@dataclass(slots=True)
class Given:
    """What was given, by argument, as it came: one text or mention, or several in a row."""

    values: dict[str, list[Raw]] = field(default_factory=dict)

    def add(self, name: str, value: Raw) -> None:
        """Give one more value to an argument."""
        self.values.setdefault(name, []).append(value)


def from_line(command: Command, call: Call, line: str, currency: str = "") -> Given:
    """Tell apart what stands in a line: options anywhere, the rest in order.

    An amount may be two words: three capitals behind a number are a currency, and so is
    `currency`, the pool's, however it is written.
    """
    given = Given()
    rest = _options(command, line, given)
    ordered = [argument for argument in command.arguments if not argument.option]
    for index, argument in enumerate(ordered):
        last = index == len(ordered) - 1
        if argument.kind in (Kind.WORTH, Kind.MONEY):
            has_text = any(each.kind is Kind.TEXT and each.required for each in ordered[index:])
            if not (has_text and _names_no_amount(rest.strip())):
                rest = _worth(argument, rest.strip(), currency, given)
        elif argument.kind is Kind.MEMBER:
            rest = _member(
                argument, rest.strip(), call, given, None if last else ordered[index + 1]
            )
        else:
            rest = _next(argument, rest, call, given, last=last)
    rest = _chosen_in_passing(command, rest, given)
    if rest.strip() and not ordered:
        _said_bare(command, rest.strip(), call, given)
    if rest.strip() and ordered and ordered[-1].kind is not Kind.TEXT:
        given.add(ordered[-1].name, rest.strip())
    return given


def _said_bare(command: Command, rest: str, call: Call, given: Given) -> None:
    """A command's only option may stand without its name: `/away tomorrow`, `/leave @juma`."""
    if len(command.arguments) == 1 and not given.values:
        (option,) = command.arguments
        if option.kind is not Kind.MEMBER or _names_somebody(rest, call):
            given.add(option.name, rest)


def _first(rest: str) -> tuple[str, str]:
    """The first word, and what stands behind it; words are parted by any white space."""
    first, *others = rest.split(maxsplit=1)[:2] or [""]
    return first, "".join(others)


def _options(command: Command, line: str, given: Given) -> str:
    """Take `name:value` out of a line, for names that the command knows."""
    known = {argument.name: argument for argument in command.arguments if argument.option}

    def taken(found: re.Match[str]) -> str:
        if found["name"] not in known:
            return found[0]
        given.add(found["name"], found["value"].strip('"“”«» '))
        return ""

    return OPTION.sub(taken, _closed_up(known, line) if known else line)


def _closed_up(known: Mapping[str, Argument], line: str) -> str:
    """A line without the blank that a phone puts behind a colon.

    Who writes "place: the old mill" means all of it, up to the next option or the line's end; a
    day or a number is one word there too.
    """
    names = "|".join(known)
    ends = rf"(?=[ \t](?:{names}):|$)"
    labelled = rf"(?<!\S)(?P<name>{names}):[ \t]+(?P<value>{QUOTED}|\S.*?{ends})"

    def closed(found: re.Match[str]) -> str:
        name, value = found["name"], found["value"]
        if known[name].kind in SEVERAL_MAY_FOLLOW and not re.fullmatch(QUOTED, value):
            value = '"{}"'.format(value.replace('"', ""))
        return f"{name}:{value}"

    return re.sub(labelled, closed, line, flags=re.MULTILINE)


def _chosen_in_passing(command: Command, rest: str, given: Given) -> str:
    """What is left of a line, but for a choice that has to be made: `50 buy` is `50 as:buy`."""
    for argument in command.required():
        is_choice = folded(rest) in _meanings(argument.choices)
        if argument.name not in given.values and is_choice:
            given.add(argument.name, rest.strip())
            return ""
    return rest


def _next(argument: Argument, rest: str, call: Call, given: Given, *, last: bool) -> str:
    """Give an argument its words from the front of a line; what is left is returned."""
    rest = rest.strip()
    if argument.kind is Kind.TEXT and last:
        if rest:
            given.add(argument.name, rest)
        return ""
    if argument.kind in (Kind.MEMBERS, Kind.NUMBERS):
        return _several(argument, rest, call, given)
    first, others = _first(rest)
    if first:
        given.add(argument.name, first)
    if argument.kind is Kind.WHEN and has_time(_first(others)[0]):
        first, others = _first(others)
        given.add(argument.name, first)
    return others


def _member(
    argument: Argument, rest: str, call: Call, given: Given, following: Argument | None
) -> str:
    first, others = _first(rest)
    if call.replied_to and not _names_somebody(first, call):
        given.add(argument.name, call.replied_to)
        return rest
    if following is not None and first not in call.mentions:
        first, others = _whole_name(rest, following)
    if first:
        given.add(argument.name, first)
    return others


def _whole_name(rest: str, following: Argument) -> tuple[str, str]:
    """A name of several words, up to the figure or the choice that follows; else the first word."""
    for word in list(re.finditer(r"\S+", rest))[1:]:
        if _begins(following, word[0]):
            return rest[: word.start()].strip(), rest[word.start() :]
    return _first(rest)


def _begins(argument: Argument, word: str) -> bool:
    if argument.kind is Kind.CHOICE:
        return folded(word) in _meanings(argument.choices)
    return argument.kind in FIGURED and any(each.isdigit() for each in word)


def _names_somebody(said: str, call: Call) -> bool:
    return said.startswith("@") or said in call.mentions


def _several(argument: Argument, rest: str, call: Call, given: Given) -> str:
    """Take words as long as they fit. A number that is none is taken if it is the first word.

    Where no member is named, the author of the message that was replied to is meant.
    """
    first, others = _first(rest)
    if _names_gathering(argument, first):
        given.add(argument.name, first)
        return others
    while rest:
        first, others = _first(rest)
        said = first.strip(",")
        fits = (
            _names_somebody(said, call)
            if argument.kind is Kind.MEMBERS
            else bool(re.fullmatch(r"#?[0-9]+", said, re.ASCII))
        )
        if not fits and (argument.name in given.values or argument.kind is Kind.MEMBERS):
            break
        given.add(argument.name, said)
        rest = others.strip()
    if argument.kind is Kind.MEMBERS and argument.name not in given.values and call.replied_to:
        given.add(argument.name, call.replied_to)
    return rest


def _names_gathering(argument: Argument, said: str) -> bool:
    """Whether a number stands where members are named: all who were at a gathering are meant."""
    several = argument.kind is Kind.MEMBERS and argument.of == "gathering"
    return several and bool(re.fullmatch(r"#[0-9]+", said, re.ASCII))


def from_answer(argument: Argument, call: Call, answer: str, given: Given) -> None:
    """Give an argument what was answered when it was asked for: all of it, whatever its kind."""
    if argument.kind is not Kind.MEMBERS:
        given.add(argument.name, answer)
        return
    for part in answer.split(","):
        words = part.split()
        each_is_one = all(_names_somebody(word, call) for word in words)
        for name in words if each_is_one else [part.strip()]:
            given.add(argument.name, name)


MONEY_IN_TWO = re.compile(r"([0-9]+(?:\.[0-9]{2})? ([A-Za-z]{3}))(?:\s|$)", re.ASCII)


BEHIND_IT = r"(?=\s|$)"
SEVERAL_WORDS = tuple(
    re.compile(f"(?:{form.pattern}){BEHIND_IT}", form.flags)
    for form in (TIME_IN_WORDS, CREDITS_IN_WORDS, *CASH_IN_WORDS)
)
MONEY_AHEAD_IN_LINE = re.compile(f"{MONEY_AHEAD.pattern}{BEHIND_IT}", re.ASCII)


LINK = re.compile(r"\s+(?:(?:of|de|ya|za)\s+|d['’])", re.IGNORECASE)
"""What joins a time in words to what it is for: 2 hours of fishing, 2 heures d'aide, saa 2 za..."""


def _worth(argument: Argument, rest: str, currency: str, given: Given) -> str:
    """An amount may be several words: "2 hours" is not "2", and "hours" no part of the text."""
    several = _in_several_words(rest, currency)
    first = several or _first(rest)[0]
    if first:
        given.add(argument.name, first)
    behind = rest[len(first) :]
    link = LINK.match(behind) if several else None
    return behind[link.end() :] if link else behind


def _names_no_amount(rest: str) -> bool:
    """Whether a line begins with plain words: all of it is then the text, the worth is asked for.

    Whatever has a digit or a sign of money in front is meant as an amount, be it a wrong one.
    """
    forms = (TIME_IN_WORDS, CREDITS_IN_WORDS, MONEY_AHEAD, SHILLINGS_AHEAD)
    if any(form.match(rest) for form in forms):
        return False
    return _first(rest)[0].isalpha()


def _in_several_words(rest: str, currency: str) -> str:
    """The amount at the front of a line, if it is one of several words; else ''."""
    for form in SEVERAL_WORDS:
        if found := form.match(rest):
            return found[0]
    if found := MONEY_IN_TWO.match(rest):
        code = currency_of(found[2], currency)
        return found[1] if code == currency or (found[2].isupper() and is_currency(code)) else ""
    ahead = MONEY_AHEAD_IN_LINE.match(rest)
    return ahead[0] if ahead and currency_of(ahead["code"], currency) == currency else ""


def from_options(command: Command, options: Mapping[str, Raw]) -> Given:
    """What the platform's typed options hold; several members in one text are told apart."""
    given = Given()
    several = {each.name for each in command.arguments if each.kind is Kind.MEMBERS}
    for name, value in options.items():
        words = value.replace(",", " ").split() if _is_list(value, name, several) else [value]
        for word in words:
            given.add(name, word)
    return given


def _is_list(value: Raw, name: str, several: Collection[str]) -> TypeGuard[str]:
    return isinstance(value, str) and name in several


def missing(command: Command, given: Given) -> Argument | None:
    """The first required argument that was not given."""
    for argument in command.required():
        said = given.values.get(argument.name, ())
        if not any(not isinstance(each, str) or shows_something(each) for each in said):
            return argument
        if argument.kind is Kind.WHEN and not has_time(_text(said)):
            return argument
    return None


def _text(said: Sequence[Raw]) -> str:
    """What was given in several words, as one text."""
    return " ".join(written(each) for each in said).strip()


FIGURES: Mapping[Kind, Callable[[str], int]] = {
    Kind.NUMBER: number_of,
    Kind.CREDITS: amount_of,
    Kind.COUNT: count_of,
}
"""What is one whole number, and means the same in every pool."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What is needed to understand a value: the call, its pool, the readers, the instant."""

    call: Call
    pool: Pool | None
    reading: Reading
    now: datetime

    async def all(self, command: Command, given: Given) -> dict[str, object]:
        """The values of all arguments that were given.

        Raises:
            Refused: with what was not understood, and what would be.
        """
        by_name = {argument.name: argument for argument in command.arguments}
        return {
            name: await self.one(by_name[name], said)
            for name, said in given.values.items()
            if name in by_name
        }

    async def one(self, argument: Argument, said: Sequence[Raw]) -> object:
        """The value of one argument.

        Raises:
            Refused: with what was not understood, and what would be.
        """
        if argument.kind is Kind.MEMBER:
            return await self._member(said[0])
        if argument.kind is Kind.MEMBERS:
            return await self._members(argument, said)
        text = _text(said)
        if argument.kind in FIGURES:
            return FIGURES[argument.kind](text)
        match argument.kind:
            case Kind.NUMBERS:
                return tuple(number_of(each) for each in text.replace(",", " ").split())
            case Kind.WORTH:
                return worth_of(text, self._known_pool())
            case Kind.MONEY:
                return money_of(text, self._known_pool())
            case Kind.DATE | Kind.WHEN:
                read = day_of if argument.kind is Kind.DATE else when_of
                return read(text, self.now, self._known_pool().time_zone)
            case Kind.CHOICE:
                return _chosen(text, argument.choices)
            case _:
                kept = text if argument.verbatim else self._named(text)
                return text_of(kept, argument.length_max)

    async def _members(
        self, argument: Argument, said: Sequence[Raw]
    ) -> tuple[MemberId, ...] | Number:
        """Members, or the number of a gathering that stands in their place."""
        if len(said) == 1 and _names_gathering(argument, written(said[0])):
            return number_of(written(said[0]))
        return tuple([await self._member(each) for each in said])

    async def _member(self, said: Raw) -> MemberId:
        if isinstance(said, Picked):
            return said.member
        pool = self._known_pool()
        return await meant_by(said, self.call, pool.id, self.reading)

    def _known_pool(self) -> Pool:
        if self.pool is None:
            raise Refused(NoPoolHere())
        return self.pool

    def _named(self, text: str) -> str:
        """A text with the names of those whom the platform marked in it."""
        for mark, mention in self.call.mentions.items():
            text = text.replace(mark, f"@{mention.name}" if mention.name else mark)
        return text


def written(said: Raw) -> str:
    """What was given, as text; a pick has none."""
    if isinstance(said, Picked):
        return ""
    return said if isinstance(said, str) else said.name


def _chosen(said: str, choices: Sequence[Choice]) -> str:
    meant = _meanings(tuple(choices)).get(folded(said.strip("/")))
    if meant is None:
        raise Refused(NotAChoice(said, tuple(choice.value for choice in choices)))
    return meant


@lru_cache
def _meanings(choices: tuple[Choice, ...]) -> Mapping[str, str]:
    """What each word means: a value, else what it is called in any of the languages."""
    called = {
        folded(spoken(choice.label, Voice(language))): choice.value
        for choice in choices
        for language in LANGUAGES
    }
    also = {word: choice.value for choice in choices for word in choice.also}
    return also | called | {folded(choice.value): choice.value for choice in choices}
