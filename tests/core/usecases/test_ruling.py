"""Changes of the rules: announced, in force from their instant on, taken back before it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.domain.ledger import AccountKind
from core.domain.months import starts_at
from core.domain.refusals import (
    ChangeWaits,
    NotEnough,
    NotThere,
    RuleBounds,
    RuleIsSo,
    SomeAreBelow,
    StewardsOnly,
)
from core.domain.rules import RULES, ChangeState, Rules, changed, written
from core.usecases.passing import PassTime, pass_time
from core.usecases.ruling import KeepRule, SetRule, keep_rule, set_rule
from tests.core.hall import STEWARD, Town
from tests.core.refusing import refused

WEEK = timedelta(days=7)


def set_it(town: Town, rule: str, value: str, who: str = STEWARD) -> Any:
    return town.do(set_rule, SetRule(town.pool, town.by(who), rule, value))


def at_once(town: Town) -> None:
    """From now on changes count at once."""
    set_it(town, "notice_days", "0")
    town.clock.advance(WEEK)


def test_a_change_is_in_force_from_its_instant_on_whether_the_clock_strikes_or_not(
    town: Town,
) -> None:
    town.thank(10, "ann")
    done = set_it(town, "debit_limit", "5")
    assert (done.at_once, done.from_at) == (False, town.clock() + WEEK)
    town.clock.now = done.from_at - timedelta(microseconds=1)
    with refused(NotEnough, free=10):
        town.send("ann", "ben", 12)
    town.clock.now = done.from_at
    town.send("ann", "ben", 12)
    town.do(pass_time, PassTime(town.pool))
    change = town.here().rule_changes.get(done.number)
    assert change is not None
    assert (change.state, change.rules_version) == (ChangeState.IN_FORCE, 2)
    assert town.here().pool.rules.version == 2
    assert town.balance("ann") == -2


def test_a_month_that_is_closed_late_goes_by_the_rules_at_its_end(town: Town) -> None:
    town.thank(100, "ann")
    town.clock.now = starts_at("2026-12", "Africa/Nairobi") - WEEK
    set_it(town, "demurrage", "100000")
    town.clock.now = starts_at("2027-01", "Africa/Nairobi") - WEEK + timedelta(seconds=1)
    set_it(town, "demurrage", "500000")
    town.clock.now = starts_at("2027-01", "Africa/Nairobi") + WEEK
    town.do(pass_time, PassTime(town.pool))
    town.close_months()
    assert town.own(AccountKind.COMMON) == 10 + 9
    town.audit()


def test_another_time_zone_counts_from_the_next_month_that_is_not_begun(town: Town) -> None:
    """Checklist E12: what has begun ends by the old clocks."""
    at_once(town)
    done = set_it(town, "timezone", "America/Toronto")
    assert done.from_at == starts_at("2026-12", "America/Toronto")
    town.clock.now = done.from_at
    here = town.here()
    ends = [here.pool.ends(month, here.rule_changes.find()) for month in ("2026-11", "2026-12")]
    assert ends == [
        starts_at("2026-12", "Africa/Nairobi"),
        starts_at("2027-01", "America/Toronto"),
    ]
    town.do(pass_time, PassTime(town.pool))
    here = town.here()
    assert here.pool.ends("2026-11", here.rule_changes.find()) == ends[0]
    town.close_months()
    assert town.here().pool.closed_through == "2026-11"


def test_a_change_is_taken_back_before_its_day_and_not_after(town: Town) -> None:
    number = set_it(town, "stipend", "3").number
    town.do(keep_rule, KeepRule(town.pool, town.by(STEWARD), number))
    with refused(NotThere, state="withdrawn"):
        town.do(keep_rule, KeepRule(town.pool, town.by(STEWARD), number))
    number = set_it(town, "stipend", "4").number
    town.clock.advance(WEEK)
    with refused(NotThere, state="in_force"):
        town.do(keep_rule, KeepRule(town.pool, town.by(STEWARD), number))
    assert town.here().pool.rules.stipend_credits == 4


def test_a_lower_limit_binds_from_its_announcement_so_that_nobody_is_below_it(town: Town) -> None:
    at_once(town)
    set_it(town, "debit_limit", "10")
    set_it(town, "notice_days", "7")
    set_it(town, "debit_limit", "4")
    with refused(NotEnough, free=4):
        town.send("ann", "ben", 5)
    town.send("ann", "ben", 4)
    town.audit()


def test_what_cannot_be_set_is_refused_with_its_reason(town: Town) -> None:
    with refused(StewardsOnly):
        set_it(town, "tax", "1000", "ann")
    with refused(RuleBounds, least=0, most=1_000_000):
        set_it(town, "tax", "1000001")
    with refused(RuleIsSo, value="0"):
        set_it(town, "tax", "0")
    set_it(town, "tax", "1000")
    with refused(ChangeWaits, value="1000"):
        set_it(town, "tax", "2000")


def test_a_limit_that_members_are_below_is_not_set(town: Town) -> None:
    at_once(town)
    set_it(town, "debit_limit", "10")
    town.send("ann", "ben", 9)
    with refused(SomeAreBelow, members=1, limit=8):
        set_it(town, "debit_limit", "8")
    set_it(town, "debit_limit", "9")
    town.audit()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "timezone"])
def test_every_rule_is_changed_to_what_it_is_written_as(rule: str) -> None:
    setting, rules = RULES[rule], Rules()
    values = [each.value for each in setting.choices] if setting.choices else ["7", "8"]
    value = next(each for each in values if each != written(rules, rule))
    value = "on" if setting.scale == "switch" else value
    assert written(changed(rules, rule, value), rule) == value
