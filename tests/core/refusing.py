"""`with refused(NotEnough, free=3):` holds that a no of this kind, with these facts, is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from core.domain.refusals import Refusal, Refused


@dataclass
class Told:
    """What was refused, once it was."""

    refusal: Any = None


@contextmanager
def refused(kind: type[Refusal], /, **facts: object) -> Iterator[Told]:
    """Hold that the block is refused, exactly so."""
    told = Told()
    with pytest.raises(Refused) as raised:
        yield told
    told.refusal = raised.value.refusal
    assert type(told.refusal) is kind
    assert {name: getattr(told.refusal, name) for name in facts} == facts
