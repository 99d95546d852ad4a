"""Everything that is stored by its class comes back as it was, for every class there is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

import core.usecases
from core.domain import neutral, refusals
from core.domain.members import Guest, Who
from core.domain.neutral import Command, Neutral, Notice, Outcome
from core.domain.refusals import Refusal
from core.domain.units import MemberId, PersonId

for module in pkgutil.iter_modules(core.usecases.__path__, "core.usecases."):
    importlib.import_module(module.name)

NAMES: dict[str, str] = {MemberId("m1"): "Ann"}


def name_of(member: MemberId | PersonId) -> str:
    return NAMES.get(member, "")


def example(annotation: Any) -> Any:
    """A value of an annotation, each part filled."""
    supertype = getattr(annotation, "__supertype__", None)
    if supertype is not None:
        return example(supertype)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return example(next(each for each in get_args(annotation) if each is not NoneType))
    if origin is tuple:
        return (example(get_args(annotation)[0]),) * 2
    if annotation is Who:
        return Who(MemberId("m1"), "Ann")
    if annotation is Guest:
        return Guest(MemberId("m1"), "Ann")
    if is_dataclass(annotation):
        return filled(annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return list(annotation)[-1]
    plain = {
        str: "“quoted”\n🧺",
        int: 1_000_000_007,
        bool: True,
        bytes: b"picture",
        datetime: datetime(2026, 11, 20, 9, 30, 0, 5, tzinfo=UTC),
    }
    return plain[annotation]


def filled(kind: Any) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: example(hints[field.name]) for field in fields(kind)})


def kinds_of(base: type[Neutral]) -> Iterator[type[Neutral]]:
    for kind in Neutral.kinds.values():
        if issubclass(kind, base) and is_dataclass(kind) and kind.__module__.startswith("core."):
            yield kind


STORED = [*kinds_of(Outcome), *kinds_of(Refusal), *kinds_of(Notice)]
COMMANDS = list(kinds_of(Command))


def named(kind: type) -> str:
    return kind.__name__


def test_there_are_kinds_to_look_at():
    assert len(STORED) > 60
    assert len(COMMANDS) > 25


@pytest.mark.parametrize("kind", STORED, ids=named)
def test_what_is_stored_comes_back_as_it_was(kind):
    thing = filled(kind)
    assert neutral.read(neutral.write(thing), name_of) == thing


@pytest.mark.parametrize("kind", STORED, ids=named)
def test_what_may_be_missing_comes_back_missing(kind):
    empty = {
        field.name: None
        for field in fields(kind)
        if NoneType in get_args(get_type_hints(kind)[field.name])
    }
    thing = replace(filled(kind), **empty)
    assert neutral.read(neutral.write(thing), name_of) == thing


def test_a_name_is_never_written_and_is_read_as_it_is_now():
    written = neutral.write(refusals.MayNotActFor(Who(MemberId("m1"), "Ann")))
    assert "Ann" not in written
    known = neutral.read(written, name_of)
    assert known == refusals.MayNotActFor(Who(MemberId("m1"), "Ann"))
    forgotten = neutral.read(written, lambda _: "")
    assert forgotten == refusals.MayNotActFor(Who(MemberId("m1"), ""))


@pytest.mark.parametrize("kind", COMMANDS, ids=named)
def test_equal_commands_have_equal_digests_and_each_field_counts(kind):
    command = filled(kind)
    assert neutral.digest(command) == neutral.digest(filled(kind))
    hints = get_type_hints(kind)
    for field in fields(kind):
        other = _another(hints[field.name], getattr(command, field.name))
        changed = replace(command, **{field.name: other})
        assert neutral.digest(changed) != neutral.digest(command), field.name


def _another(annotation: Any, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, StrEnum):
        others = [each for each in type(value) if each is not value]
        return others[0] if others else "another"
    if isinstance(value, (int, str, tuple)):
        return value * 2
    if isinstance(value, bytes):
        return value + b"!"
    if isinstance(value, datetime):
        return value.replace(year=2027)
    first = fields(value)[0]
    return replace(value, **{first.name: _another(None, getattr(value, first.name))})


def test_two_kinds_of_one_name_cannot_be():
    with pytest.raises(TypeError, match="two kinds are named"):
        type("Sent", (Outcome,), {"__module__": "elsewhere"})
    assert Neutral.kinds["Sent"].__module__ == "core.usecases.credits"
