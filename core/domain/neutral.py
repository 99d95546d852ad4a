"""Frozen dataclasses as neutral text and back: what is stored under a key, in the outbox, asked.

A member's name is never written: `Who` and `Guest` are stored as ids and named anew when read, so a
person who was erased appears as a former member in answers given before, too. Bytes are written
as their hash: only commands carry them, and commands are not read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from core.domain.members import Guest, Who
from core.domain.units import MemberId, PersonId

NameOf = Callable[[MemberId | PersonId], str]
Writer = Callable[[Any], Any]
ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Neutral:
    """Anything that is stored by the name of its class: outcomes, refusals, notices, commands."""

    kinds: ClassVar[dict[str, type[Neutral]]] = {}

    def __init_subclass__(cls) -> None:
        # dataclass(slots=True) makes the class twice; the later one is the one to know.
        known = Neutral.kinds.get(cls.__name__)
        if known is not None and known.__module__ != cls.__module__:
            raise TypeError(f"two kinds are named {cls.__name__}")
        Neutral.kinds[cls.__name__] = cls


class Outcome(Neutral):
    """What a use case did, in facts; words are made of it on the top floor."""


class Notice(Neutral):
    """Something to tell one member in private."""


class Command(Neutral):
    """What somebody wants done."""


def write(thing: Neutral) -> str:
    """The canonical text of a thing: equal things have equal texts."""
    kind: Any = type(thing)
    return ENCODE([kind.__name__, _writer_of(kind)(thing)])


def digest(thing: Neutral) -> bytes:
    """A fingerprint of what was asked, to tell a repeated event from another under its key."""
    return sha256(write(thing).encode()).digest()


def read(text: str, name_of: NameOf) -> Neutral:
    """The thing that `write` wrote, its members named as they are called now."""
    kind, facts = json.loads(text)
    made: Neutral = _reader(_kind(kind))(facts, name_of)
    return made


def _kind(name: str) -> Any:
    return Neutral.kinds[name]


@cache
def _writer_of(kind: Any) -> Writer:
    return _facts(kind)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _writer(annotation: Any) -> Writer | None:
    """What makes a value of this annotation plain, or None when it is so already.

    Found once for each class: most facts are numbers and words, which are written as they are.
    """
    if annotation is Who:
        return attrgetter("member")
    if annotation is Guest:
        return attrgetter("id")
    if annotation is datetime:
        return datetime.isoformat
    if annotation is bytes:
        return _fingerprint
    if get_origin(annotation) in (Union, UnionType):
        return _if_any(_writer(_meant(annotation)))
    if get_origin(annotation) is tuple:
        return _of_each(_writer(get_args(annotation)[0]))
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _facts(annotation)
    return None


def _fingerprint(value: bytes) -> str:
    return sha256(value).hexdigest()


def _if_any(writer: Writer | None) -> Writer | None:
    return writer and (lambda value: None if value is None else writer(value))


def _of_each(writer: Writer | None) -> Writer | None:
    return writer and (lambda values: [writer(each) for each in values])


def _facts(kind: type) -> Writer:
    """The fields of a dataclass in their order, as a list of plain values."""
    hints = get_type_hints(kind)
    names = _names(kind)
    if len(names) < 2:
        return lambda value: [_written(getattr(value, name), hints[name]) for name in names]
    take = attrgetter(*names)
    made = [(place, writer) for place, name in enumerate(names) if (writer := _writer(hints[name]))]
    if not made:
        return take

    def written(value: Any) -> list[Any]:
        values = list(take(value))
        for place, writer in made:
            values[place] = writer(values[place])
        return values

    return written


def _written(value: Any, annotation: Any) -> Any:
    writer = _writer(annotation)
    return writer(value) if writer else value


@cache
def _reader(annotation: Any) -> Callable[[Any, NameOf], Any]:
    """A reader for values of this annotation."""
    if annotation is Who:
        return lambda value, name_of: Who(value, name_of(value))
    if annotation is Guest:
        return lambda value, name_of: Guest(value, name_of(value))
    if annotation is datetime:
        return lambda value, _: datetime.fromisoformat(value)
    if get_origin(annotation) in (Union, UnionType):
        return _optional(annotation)
    if get_origin(annotation) is tuple:
        each = _reader(get_args(annotation)[0])
        return lambda value, name_of: tuple(each(item, name_of) for item in value)
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _whole(annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return lambda value, _: annotation(value)
    return lambda value, _: value


def _meant(annotation: Any) -> Any:
    """What an optional value is when there is one."""
    (kind,) = (each for each in get_args(annotation) if each is not NoneType)
    return kind


def _optional(annotation: Any) -> Callable[[Any, NameOf], Any]:
    reader = _reader(_meant(annotation))
    return lambda value, name_of: None if value is None else reader(value, name_of)


def _whole(kind: type) -> Callable[[Any, NameOf], Any]:
    hints = get_type_hints(kind)
    readers = [_reader(hints[name]) for name in _names(kind)]

    def made(values: Any, name_of: NameOf) -> Any:
        pairs = zip(readers, values, strict=True)
        return kind(*(reader(value, name_of) for reader, value in pairs))

    return made
