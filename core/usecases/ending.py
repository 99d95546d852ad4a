"""`/end`: what goes on is ended, whatever it is."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.chance import At
from core.domain.neutral import Command, Outcome
from core.domain.refusals import AnotherKind, NoSuchThing, Refused
from core.domain.units import Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.gatherings import call_off_gathering
from core.usecases.recurring import close_plan, end_template
from core.usecases.standing import By

ENDINGS: dict[str, Callable[[Work, Here, By, Number, int | None, At], Outcome]] = {
    "template": end_template,
    "plan": close_plan,
    "gathering": call_off_gathering,
}
"""What can be ended, by the word for its kind."""


@dataclass(frozen=True, slots=True)
class End(Command):
    """End something that goes on."""

    pool: PoolId
    by: By
    what: Number
    version: int | None = None


def end(work: Work, command: End, at: At) -> Outcome:
    """End what a number names: something monthly, a plan, a gathering.

    Raises:
        Refused: NoSuchThing, AnotherKind, and as the ending of its kind.
    """
    here = work.enter(command.pool)
    kind = here.kind_of(command.what)
    if kind is None:
        raise Refused(NoSuchThing(command.what))
    if kind not in ENDINGS:
        raise Refused(AnotherKind(command.what, kind, "ending"))
    return ENDINGS[kind](work, here, command.by, command.what, command.version, at)
