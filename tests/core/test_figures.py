"""A month's figures as they are kept."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from core.domain.figures import Figures, frozen, thawed
from core.domain.units import MemberId

NONE = Figures()


def test_figures_are_read_as_they_were_frozen() -> None:
    figures = replace(NONE, content=3, answered=4, thanked=(MemberId("ann"), MemberId("ben")))
    assert thawed(frozen(figures)) == figures


def test_what_was_not_counted_when_they_were_frozen_reads_as_if_there_were_none() -> None:
    older = asdict(replace(NONE, answered=4))
    del older["content"], older["thanked"]
    assert thawed(json.dumps(older)) == replace(NONE, answered=4)
