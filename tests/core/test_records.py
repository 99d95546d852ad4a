"""Records: the standard library's frozen dataclasses, whose methods are made at their first use."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from typing import Any

import pytest

from core import records


def kinds(dataclass: Any) -> tuple[Any, Any]:
    """A class and its heir, made anew by this decorator: none of their methods was used yet."""

    @dataclass(frozen=True, slots=True)
    class Base:
        first: int
        kept: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            if self.first < 0:
                raise ValueError("nothing below zero")

    @dataclass(frozen=True, slots=True)
    class Heir(Base):
        second: str = "two"
        aside: int = field(default=3, compare=False, repr=False)

    return Base, Heir


FIRST_USES: dict[str, Callable[[Any], Any]] = {
    "made": lambda kind: str(kind(1, [2], "b", 4)),
    "by name": lambda kind: str(kind(second="b", first=1)),
    "told": lambda kind: repr(kind(1)).rpartition(".")[2],
    "equal": lambda kind: kind(1, [2], "b", 4) == kind(1, [2], "b", 5),
    "unequal": lambda kind: kind(1) == kind(2),
    "of another class": lambda kind: kind(1) == (1, [], "two", 3),
    "hashed": lambda kind: hash(kind(1, (2,))) == hash(kind(1, (2,), aside=9)),
    "in a set": lambda kind: len({kind(1, ()), kind(1, ()), kind(2, ())}),
    "replaced": lambda kind: replace(kind(1), second="c").second,
    "a dictionary": lambda kind: asdict(kind(1)),
    "its fields": lambda kind: [each.name for each in fields(kind)],
    "matched": lambda kind: kind.__match_args__,
    "slots": lambda kind: hasattr(kind(1), "__dict__"),
    "a list of its own": lambda kind: kind(1).kept is kind(1).kept,
}


@pytest.mark.parametrize("use", FIRST_USES.values(), ids=FIRST_USES)
def test_a_record_is_what_the_standard_library_makes_of_it(use: Callable[[Any], Any]):
    (_, plain), (_, ours) = kinds(dataclasses.dataclass), kinds(records.dataclass)
    assert is_dataclass(ours)
    wanted = use(plain)
    assert use(ours) == wanted, "at the first use"
    assert use(ours) == wanted, "and after it"


@pytest.mark.parametrize("which", [0, 1])
def test_a_record_is_checked_when_it_is_made_also_where_its_parent_says_how(which: int):
    kind = kinds(records.dataclass)[which]
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing below zero"):
            kind(-1)


def test_what_is_missing_is_said_as_ever():
    _, ours = kinds(records.dataclass)
    for _ in range(2):
        with pytest.raises(TypeError, match="first"):
            ours()


@pytest.mark.parametrize("name", ["first", "second", "unheard"])
def test_a_record_cannot_be_changed(name: str):
    record = kinds(records.dataclass)[1](1)
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(record, name, 2)
    with pytest.raises(FrozenInstanceError, match=name):
        delattr(record, name)
    assert (record.first, record.second) == (1, "two")


def test_two_kinds_of_equal_facts_are_not_equal():
    _, one = kinds(records.dataclass)
    _, other = kinds(records.dataclass)
    assert one(1) != other(1)
    assert one(1) == one(1)
