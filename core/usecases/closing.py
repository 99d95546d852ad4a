"""Closing a month: its charges, what comes back, the stewards' stipends, the report.

A close goes in steps, and a step in chunks. Each is a job with a key of its own, committed together
with the mark that it is done, so whoever closes, and however often they are killed, each month is
closed once. Months are closed in order, each with its own end and the rules in force then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import Commitment, CommitmentState
from core.domain.figures import thawed
from core.domain.members import Role, Who
from core.domain.months import NIGHT, Period, PeriodState, Step, after_quiet, next_month
from core.domain.neutral import Command, Notice, Outcome
from core.domain.units import Measure, MemberId, PoolId, Worth
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import ends_at, share_month, shares_out, take_effect, take_month
from core.usecases.recurring import open_instances
from core.usecases.standing import known

MEMBERS_A_CHUNK = 100
"""So many members' charges are taken at once: the writer is held well under 200 ms for them."""


class NotOver(Exception):
    """A month was to be closed that goes on: the machine's clock went back, so try again."""


@dataclass(frozen=True, slots=True)
class CloseChunk(Command):
    """Do the next part of a close: of this step, for members after this one.

    `figures` are the month's, for the step that freezes them.
    """

    pool: PoolId
    month: str
    step: Step
    after: str = ""
    figures: str = ""


@dataclass(frozen=True, slots=True)
class ChunkClosed(Outcome):
    """Whether this did something: somebody else may have been quicker."""

    done: bool


@dataclass(frozen=True, slots=True)
class MonthClosed(Notice):
    """The group is told the month's figures, as they were frozen, and whom to thank."""

    month: str
    figures: str
    thanked: tuple[Who, ...]


def close_chunk(work: Work, command: CloseChunk, at: At) -> ChunkClosed:
    """Do one part of a month's close, if it is the next one.

    For the clock alone; nobody else may call it.

    Raises:
        NotOver: nothing is kept under its key, so that it can come again.
    """
    here = work.enter(command.pool)
    if command.month <= here.pool.closed_through:
        return ChunkClosed(done=False)
    take_effect(here)
    period = _next_period(here, at)
    if _part(period) != (command.month, command.step, command.after):
        return ChunkClosed(done=False)
    if not here.periods.find(month=period.month):
        here.periods.add(period)
    done = _STEPS[period.step](here, period, command, at)
    here.periods.save(replace(done, version=period.version + 1))
    return ChunkClosed(done=True)


def _next_period(here: Here, at: At) -> Period:
    """The close that is under way, or that can begin."""
    month = next_month(here.pool.closed_through)
    if at.now < ends_at(here, month):
        raise NotOver(month)
    return here.periods.get(month) or Period(here.pool.id, month, at.now)


def _part(period: Period) -> tuple[str, Step, str]:
    return period.month, period.step, period.upto


def _charge(here: Here, period: Period, command: CloseChunk, at: At) -> Period:
    """Take the charges of so many members."""
    holdings = here.holdings(period.upto, MEMBERS_A_CHUNK)
    take_month(here, holdings, period.month)
    if len(holdings) < MEMBERS_A_CHUNK:
        return replace(period, step=Step.SHARE, upto="")
    return replace(period, upto=holdings[-1].member)


def _share(here: Here, period: Period, command: CloseChunk, at: At) -> Period:
    """Share the charge out to so many of those who traded, where the rules say so."""
    last: MemberId | str = ""
    if shares_out(here, period.month):
        last = share_month(here, period.month, period.upto, MEMBERS_A_CHUNK)
    return replace(period, upto=last) if last else replace(period, step=Step.RENEW, upto="")


def _renew(here: Here, period: Period, command: CloseChunk, at: At) -> Period:
    """Open what members promised for every month, so many at a time until all are open."""
    opened = open_instances(here, next_month(period.month), at)
    if not opened:
        return replace(period, step=Step.STIPENDS, upto="")
    return replace(period, upto=str(int(period.upto or 0) + opened))


def _stipends(here: Here, period: Period, command: CloseChunk, at: At) -> Period:
    """Claim each steward's credits for their time; another steward confirms them."""
    end = ends_at(here, period.month)
    credits = here.pool.as_of(end, here.rule_changes.find()).rules.stipend_credits
    for steward in _served(here, end) if credits else ():
        here.commitments.add(
            Commitment(
                pool=here.pool.id,
                number=here.number(),
                maker=steward,
                text=period.month,
                worth=Worth(Measure.CREDITS, credits),
                made_at=at.now,
                state=CommitmentState.DONE,
                done_at=at.now,
                stipend=True,
            )
        )
    return replace(period, step=Step.REPORT, upto="")


def _served(here: Here, end: datetime) -> list[MemberId]:
    """Who was a steward when the month ended and is still here, in the order of their terms."""
    terms = here.terms.find(role=Role.STEWARD)
    served = dict.fromkeys(term.member for term in terms if term.served_at(end))
    found = (here.members.get(each) for each in served)
    return [each.id for each in found if each is not None and each.here]


def _report(here: Here, period: Period, command: CloseChunk, at: At) -> Period:
    """Freeze the month's figures, close it and tell the group."""
    pool = here.pool
    here.save_pool(replace(pool, closed_through=period.month, version=pool.version + 1))
    morning = after_quiet(at.now, *NIGHT, pool.time_zone)
    thanked = tuple(known(here, member) for member in thawed(command.figures).thanked)
    here.post(MonthClosed(period.month, command.figures, thanked), morning)
    return replace(period, figures=command.figures, closed_at=at.now, state=PeriodState.CLOSED)


_STEPS: Mapping[Step, Callable[[Here, Period, CloseChunk, At], Period]] = {
    Step.CHARGE: _charge,
    Step.SHARE: _share,
    Step.RENEW: _renew,
    Step.STIPENDS: _stipends,
    Step.REPORT: _report,
}
