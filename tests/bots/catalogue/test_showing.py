"""Nothing that core or the catalogue can say is left without words."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

import pytest

import bots.catalogue
import core.usecases
from bots.catalogue.showing import explain, has_words, show, tell, yes_to
from core.domain.neutral import Neutral, Notice, Outcome
from core.domain.refusals import NeedsYes, Refusal

for package in (core.usecases, bots.catalogue):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

SAYERS: tuple[tuple[type[Neutral], Any], ...] = (
    (Outcome, show),
    (Refusal, explain),
    (Notice, tell),
    (NeedsYes, yes_to),
)


def concrete(base: type[Neutral]) -> Iterator[type[Neutral]]:
    """All kinds below this one that something can be; abstract ones have no facts of their own."""
    for kind in Neutral.kinds.values():
        ours = kind.__module__.split(".")[0] in ("core", "bots", "storage")
        if ours and issubclass(kind, base) and is_dataclass(kind):
            yield kind


CASES = [(kind, sayer) for base, sayer in SAYERS for kind in concrete(base)]


def test_there_is_much_to_say():
    assert len(CASES) > 90
    for base, _ in SAYERS:
        assert list(concrete(base)), base


@pytest.mark.parametrize(
    ("kind", "sayer"), CASES, ids=[f"{sayer.__name__} {kind.__name__}" for kind, sayer in CASES]
)
def test_each_kind_of_outcome_refusal_and_notice_has_words(kind, sayer):
    assert has_words(kind, sayer)


def test_what_nobody_gave_words_has_none():
    assert not has_words(Outcome, show)
    assert not has_words(Refusal, explain)
