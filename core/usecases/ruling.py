"""The rules of a pool: announcing a change, taking it back, and its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.members import Who
from core.domain.neutral import Command, Outcome
from core.domain.pools import Pool, zone_counts_from
from core.domain.refusals import (
    ChangeWaits,
    NotThere,
    Refused,
    RuleBounds,
    RuleIsSo,
    SomeAreBelow,
)
from core.domain.rules import (
    CHANGE_STEPS,
    COUNTED,
    RULES,
    TIME_ZONE,
    ChangeState,
    Coming,
    RuleChange,
)
from core.domain.states import may_become
from core.domain.units import Credits, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import take_effect
from core.usecases.standing import By, drawn_for, known, steward, thing


@dataclass(frozen=True, slots=True)
class SetRule(Command):
    """Give a rule another value, written as `rules.written` writes it."""

    pool: PoolId
    by: By
    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class RuleSet(Outcome):
    """The change is announced, and in force from its day on."""

    number: Number
    rule: str
    value: str
    before: str
    from_at: datetime
    at_once: bool
    version: int


def set_rule(work: Work, command: SetRule, at: At) -> RuleSet:
    """Announce that a rule changes, for as many days ahead as the rules say.

    Raises:
        Refused: StewardsOnly, RuleBounds, RuleIsSo, ChangeWaits, SomeAreBelow.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    before = here.pool.setting(command.rule)
    _must_be_within(command.rule, command.value)
    if before == command.value:
        raise Refused(RuleIsSo(command.rule, before))
    _must_not_wait(here, command.rule)
    _must_leave_none_below(here, command)
    change = RuleChange(
        pool=command.pool,
        number=here.number(),
        rule=command.rule,
        value=command.value,
        before=before,
        made_by=actor.id,
        made_at=at.now,
        from_at=counts_from(here.pool, command.rule, command.value, at.now),
    )
    here.rule_changes.add(change)
    _announce(here, change)
    take_effect(here)
    return RuleSet(
        change.number,
        change.rule,
        change.value,
        before,
        change.from_at,
        change.from_at <= at.now,
        change.version,
    )


def counts_from(pool: Pool, rule: str, value: str, now: datetime) -> datetime:
    """From when a change that is announced now is in force.

    Another time zone counts from the next month that is not begun, and never before the others.
    """
    day = now + timedelta(days=pool.rules.notice_days)
    return zone_counts_from(pool, value, day) if rule == TIME_ZONE else day


def _must_be_within(rule: str, value: str) -> None:
    setting = RULES[rule]
    if setting.scale in COUNTED and not setting.least <= int(value) <= setting.most:
        raise Refused(RuleBounds(rule, setting.least, setting.most))


def _must_not_wait(here: Here, rule: str) -> None:
    for each in here.pool.coming:
        if each.rule == rule:
            raise Refused(ChangeWaits(each.number, rule, each.value, each.from_at))


def _must_leave_none_below(here: Here, command: SetRule) -> None:
    """Hold that nobody is further below zero than a lower limit would let them (rules, 8.5)."""
    if command.rule != "debit_limit" or int(command.value) >= -here.pool.floor_credits:
        return
    floor, below, after = -int(command.value), 0, ""
    while holdings := here.holdings(after, 1_000):
        below += sum(each.tally.amount < floor for each in holdings)
        after = holdings[-1].member
    if below:
        raise Refused(SomeAreBelow(below, Credits(-floor)))


def _announce(here: Here, change: RuleChange) -> None:
    coming = Coming(change.number, change.rule, change.value, change.from_at)
    _keep_coming(here, (*here.pool.coming, coming))
    here.mention(change.number)


def _keep_coming(here: Here, coming: tuple[Coming, ...]) -> None:
    ordered = tuple(sorted(coming, key=_begins))
    pool = replace(here.pool, coming=ordered, version=here.pool.version + 1)
    here.save_pool(pool.at(here.now))


def _begins(coming: Coming) -> tuple[datetime, Number]:
    return coming.from_at, coming.number


@dataclass(frozen=True, slots=True)
class KeepRule(Command):
    """Take a change of the rules back before its day."""

    pool: PoolId
    by: By
    change: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RuleKept(Outcome):
    """The change is off, the rule stays as it is."""

    number: Number
    rule: str
    value: str
    made_by: Who


def keep_rule(work: Work, command: KeepRule, at: At) -> RuleKept:
    """Withdraw a change that was announced.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    take_effect(here)
    change = thing(here, here.rule_changes, command.change, "rule_change")
    if not may_become(CHANGE_STEPS, change.state, ChangeState.WITHDRAWN):
        raise Refused(NotThere(change.number, "rule_change", change.state))
    drawn_for(change.version, command.version, change.number)
    withdrawn = replace(change, state=ChangeState.WITHDRAWN, version=change.version + 1)
    here.rule_changes.save(withdrawn)
    _keep_coming(here, tuple(each for each in here.pool.coming if each.number != change.number))
    here.mention(change.number)
    present = here.pool.setting(change.rule)
    return RuleKept(change.number, change.rule, present, known(here, change.made_by))
