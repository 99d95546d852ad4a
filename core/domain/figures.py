"""The figures of a month, frozen at its close: what its report says (rules, section 9)."""

from __future__ import annotations

import json
from dataclasses import asdict

from core.domain.units import MemberId
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """A month of a pool, in numbers. Credits are whole, cash in cents.

    `active` did something of their own, `kept` promises were confirmed, `missed` were not kept a
    day after they were due; `needs_met` of the month's needs were met in it. `taken_back` was
    issued or sent by mistake, in this month or before. `shared` of what was `charged` went to those
    who traded. `rested_days` were passed by the credits that were spent,
    each, before they were. `content` of `answered` exchanges were well, both sides say. `thanked`
    are those who kept a promise or gave cash and share their names.

    Behind them: `returning` were active in the month before, too; of the needs of that month
    (`needs_before`) so many were met within thirty days; of those `due` so many were `fulfilled`,
    confirmed by its end. `velocity_ppm` is what was spent against what was out on average. The top
    rates are the share of the tenth of the members who have most credits, or most part in
    exchanges. None: there was nothing to count.
    """

    members: int = 0
    joined: int = 0
    active: int = 0
    offers: int = 0
    needs: int = 0
    needs_met: int = 0
    needs_before: int = 0
    needs_before_met: int = 0
    returning: int = 0
    fulfilled: int = 0
    promised: int = 0
    kept: int = 0
    due: int = 0
    missed: int = 0
    issued: int = 0
    taken_back: int = 0
    spent: int = 0
    sent: int = 0
    cashed_out: int = 0
    expired: int = 0
    charged: int = 0
    shared: int = 0
    taxed: int = 0
    outstanding: int = 0
    cash_in: int = 0
    cash_out: int = 0
    treasury: int = 0
    cover_ppm: int | None = None
    rested_days: int | None = None
    velocity_ppm: int | None = None
    top_credits_ppm: int | None = None
    top_exchanges_ppm: int | None = None
    content: int = 0
    answered: int = 0
    thanked: tuple[MemberId, ...] = ()


def frozen(figures: Figures) -> str:
    """The figures as they are kept."""
    return json.dumps(asdict(figures))


def thawed(text: str) -> Figures:
    """The figures that were kept; what later versions count beside them was not counted then."""
    kept = json.loads(text or "{}")
    return Figures(**{**kept, "thanked": tuple(kept.get("thanked", ()))})
