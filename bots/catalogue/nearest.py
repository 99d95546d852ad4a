"""Which of several names was meant by one that is none of them."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bots.catalogue.whom import folded

NEARLY = 0.65
"""How alike a name must be, from 0 to 1: one slip in three letters, two in six."""


def nearest(typed: str, names: Collection[str]) -> str:
    """The name that is most like what was typed, without case and accents; '' if none is."""
    near = process.extractOne(
        folded(typed), sorted(names), scorer=OSA.normalized_similarity, score_cutoff=NEARLY
    )
    return near[0] if near else ""
