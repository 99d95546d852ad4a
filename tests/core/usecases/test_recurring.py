"""What comes back every month: opened once, a break, an end, and a kind word when it was missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.chance import At
from core.domain.commitments import CommitmentState
from core.domain.months import next_month, starts_at
from core.domain.recurring import TemplateState, due_in
from core.domain.refusals import (
    AnotherKind,
    HasTemplate,
    NoPromise,
    NoSuchPlan,
    NoSuchThing,
    NotThere,
    NotYours,
    OutOfDate,
    PlanExists,
    Refusal,
    Refused,
    StewardsOnly,
)
from core.domain.treasury import CashKind, CashState
from core.domain.units import Cents, Measure, Number, Worth
from core.usecases.ending import End, end
from core.usecases.leaving import Leave, leave
from core.usecases.passing import PassTime, pass_time
from core.usecases.recurring import (
    OPENED_AT_ONCE,
    CommitMonthly,
    JoinPlan,
    MakePlan,
    Pause,
    Pledge,
    PromiseWithPlan,
    Resume,
    commit_monthly,
    join_plan,
    make_plan,
    open_instances,
    pause,
    pledge,
    promise_with_plan,
    resume,
)
from core.usecases.ruling import SetRule, set_rule
from core.usecases.treasury import Receive, receive
from storage.work import Transaction
from tests.core.hall import OUTER, STEWARD, Town

HOURS = Worth(Measure.MINUTES, 120)
DUES = Cents(3300)


def no(act: Callable[..., Any], *about: Any, **more: Any) -> Refusal:
    """The refusal that an act meets with."""
    with pytest.raises(Refused) as raised:
        act(*about, **more)
    return raised.value.refusal


def month(town: Town, ahead: int = 0) -> str:
    """The present month in Nairobi, or one after it."""
    found = town.here().pool.month_of(town.clock())
    for _ in range(ahead):
        found = next_month(found)
    return found


def told(town: Town, who: str) -> list[str]:
    """The kinds of notices that wait for somebody."""
    rows = town.hall.rows(
        "SELECT notice FROM outbox WHERE member = :member ORDER BY id", member=town.members[who]
    )
    return [json.loads(notice)[0] for (notice,) in rows]


def monthly(town: Town, who: str = "ann"):
    return town.do(commit_monthly, CommitMonthly(town.pool, town.by(who), HOURS, "Sorting"))


def pledged(town: Town, who: str = "ann"):
    return town.do(pledge, Pledge(town.pool, town.by(who), Cents(2000)))


def friends(town: Town, **more):
    wanted = {"benefits": "events", "promise": "Helping", "promise_minutes": 120, **more}
    return town.do(make_plan, MakePlan(town.pool, town.by(STEWARD), "Friends", DUES, **wanted)).plan


def joined(town: Town, who: str = "ann"):
    return town.do(join_plan, JoinPlan(town.pool, town.by(who), "friends"))


def helping(town: Town, membership: Number, who: str = "ann"):
    return town.do(promise_with_plan, PromiseWithPlan(town.pool, town.by(who), membership))


def stop(town: Town, number: Number, who: str = "ann", **more):
    return town.do(pause, Pause(town.pool, town.by(who), number, **more))


def go_on(town: Town, number: Number, who: str = "ann"):
    return town.do(resume, Resume(town.pool, town.by(who), number))


def ended(town: Town, number: Number, who: str = "ann"):
    return town.do(end, End(town.pool, town.by(who), number))


def on_to_next_month(town: Town) -> None:
    """Until its first second."""
    town.clock.now = due_in(month(town), "Africa/Nairobi") + timedelta(seconds=1)


def opened(town: Town, month: str) -> int:
    """Open a month's instances, as the month's close does."""
    at = At(town.clock(), town.hall.draw)
    work = Transaction(town.hall.session, at, next(town.hall.keys), OUTER)
    made = open_instances(work.enter(town.pool), month, at)
    work.settle()
    return made


def state(town: Town, number: Number) -> TemplateState:
    template = town.here().templates.get(number)
    assert template is not None
    return template.state


def test_a_month_ends_with_the_last_second_of_its_last_day_there():
    assert due_in("2026-02", "Africa/Nairobi") == datetime(2026, 2, 28, 20, 59, 59, tzinfo=UTC)
    assert due_in("2026-10", "America/Toronto") == datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC)


def test_a_promise_for_every_month_opens_this_months_at_once(town: Town):
    made = monthly(town)
    now = town.here().commitments.get(made.commitment)
    assert now is not None
    due = due_in(month(town), "Africa/Nairobi")
    assert (now.template, now.due, now.worth) == (made.template, due, HOURS)


def test_each_month_is_opened_once(town: Town):
    made, both = monthly(town), (month(town), month(town, 1))
    on_to_next_month(town)
    assert [opened(town, both[1]) for _ in range(2)] == [1, 0]
    of_it = town.here().commitments.find(template=made.template)
    assert [each.due for each in of_it] == [due_in(each, "Africa/Nairobi") for each in both]


def test_a_month_that_is_over_is_not_opened_any_more(town: Town):
    made = monthly(town)
    over = month(town, 1)
    on_to_next_month(town)
    on_to_next_month(town)
    assert opened(town, over) == 1
    assert len(town.here().commitments.find(template=made.template)) == 1
    assert opened(town, month(town)) == 1
    assert len(town.here().commitments.find(template=made.template)) == 2


def test_many_are_opened_in_chunks(town: Town):
    for _ in range(OPENED_AT_ONCE + 1):
        pledged(town)
    on_to_next_month(town)
    assert [opened(town, month(town)) for _ in range(3)] == [OPENED_AT_ONCE, 1, 0]


def test_a_pledge_is_cash_that_waits_to_be_received(town: Town):
    made = pledged(town)
    cash = town.here().cash.get(made.cash)
    assert cash is not None
    assert (cash.kind, cash.state, cash.cents, cash.credits, cash.template, cash.month) == (
        CashKind.PLEDGE,
        CashState.ANNOUNCED,
        2000,
        0,
        made.template,
        month(town),
    )


def test_a_missed_month_costs_nothing_and_may_be_kept_late(town: Town):
    made = monthly(town)
    town.clock.now = due_in(month(town), "Africa/Nairobi") + timedelta(hours=24)
    town.do(pass_time, PassTime(town.pool))
    missed = town.here().commitments.get(made.commitment)
    assert missed is not None
    assert missed.state is CommitmentState.MISSED
    assert told(town, "ann") == ["MonthMissed"]
    town.done("ann", made.commitment)
    town.confirm(STEWARD, made.commitment)
    assert town.balance("ann") == 4


def test_a_promise_that_is_not_monthly_is_missed_without_a_word(town: Town):
    town.promise("ann", HOURS, due=town.clock() + timedelta(days=1))
    town.clock.now += timedelta(days=3)
    town.do(pass_time, PassTime(town.pool))
    assert told(town, "ann") == []


def a_month_goes_by(town: Town) -> None:
    """Its close opens what comes next, and what did not come in thirty days lapses."""
    town.clock.now = starts_at(next_month(month(town)), "Africa/Nairobi") + timedelta(hours=1)
    town.close_months()
    town.clock.advance(timedelta(days=5))
    town.do(pass_time, PassTime(town.pool))


def test_a_pledge_that_did_not_come_twice_is_asked_about_once_and_rests(town: Town):
    """Nobody is told every month for ever that nothing came."""
    town.clock.now = starts_at("2027-01", "Africa/Nairobi") + timedelta(hours=12)
    town.close_months()
    made = pledged(town)
    a_month_goes_by(town)
    assert told(town, "ann") == ["CashLapsed"]
    a_month_goes_by(town)
    assert told(town, "ann") == ["CashLapsed", "CashRests"]
    template = town.here().templates.get(made.template)
    assert template is not None
    assert template.state is TemplateState.PAUSED
    for _ in range(3):
        a_month_goes_by(town)
    assert told(town, "ann") == ["CashLapsed", "CashRests"]
    assert not town.here().cash.find(giver=town.members["ann"], state=CashState.ANNOUNCED)
    town.do(resume, Resume(town.pool, town.by("ann"), made.template))
    assert len(town.here().cash.find(giver=town.members["ann"], state=CashState.ANNOUNCED)) == 1


def test_a_pledge_that_came_in_between_goes_on(town: Town):
    town.join("dina")
    town.appoint("dina")
    town.clock.now = starts_at("2027-01", "Africa/Nairobi") + timedelta(hours=12)
    town.close_months()
    made = pledged(town)
    a_month_goes_by(town)
    (now,) = town.here().cash.find(template=made.template, state=CashState.ANNOUNCED)
    town.do(receive, Receive(town.pool, town.by("dina"), (now.number,)))
    for _ in range(2):
        a_month_goes_by(town)
    assert "CashRests" not in told(town, "ann")


def test_what_is_opened_between_two_clocks_is_due_when_its_month_ends(town: Town):
    """From January on, the pool goes by the clocks of Pago Pago, fourteen hours behind."""
    made = town.do(commit_monthly, CommitMonthly(town.pool, town.by("ann"), HOURS, "Sweeping"))
    town.clock.now = starts_at("2026-12", "Africa/Nairobi") + timedelta(hours=9)
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "timezone", "Pacific/Pago_Pago"))
    town.clock.now = starts_at("2027-01", "Africa/Nairobi") + timedelta(hours=9)
    town.close_months()
    *_, opened = town.here().commitments.find(template=made.template)
    assert opened.due == due_in("2027-01", "Pacific/Pago_Pago")
    town.do(pause, Pause(town.pool, town.by("ann"), made.template))
    called_off = town.here().commitments.get(opened.number)
    assert called_off is not None
    assert called_off.state is CommitmentState.WITHDRAWN


# --- plans ---------------------------------------------------------------------------------


def test_a_membership_brings_dues_every_month_and_a_promise_if_wanted(town: Town):
    friends(town)
    made = joined(town)
    cash = town.here().cash.get(made.cash)
    assert cash is not None
    assert (cash.kind, cash.cents, cash.note) == (CashKind.DUES, 3300, "Friends")
    promised = helping(town, made.template)
    assert (promised.optional, promised.worth) == (True, HOURS)
    template = town.here().templates.get(promised.template)
    assert template is not None
    assert template.optional
    dues = town.here().templates.get(made.template)
    assert dues is not None
    assert not dues.optional


def test_a_plan_is_joined_once(town: Town):
    friends(town)
    made = joined(town)
    helping(town, made.template)
    assert no(joined, town) == HasTemplate(made.template)
    assert type(no(helping, town, made.template)) is HasTemplate
    ended(town, made.template)
    joined(town)


def test_only_stewards_make_and_close_plans(town: Town):
    wanted = MakePlan(town.pool, town.by("ann"), "Friends", DUES)
    assert no(town.do, make_plan, wanted) == StewardsOnly()
    plan = friends(town)
    assert no(ended, town, plan) == StewardsOnly()
    assert no(friends, town) == PlanExists(plan, "Friends")
    made = joined(town)
    ended(town, plan, STEWARD)
    assert no(ended, town, plan, STEWARD) == NotThere(plan, "plan", "closed")
    assert no(joined, town, "ben") == NoSuchPlan("friends", ())
    by_number = JoinPlan(town.pool, town.by("ben"), plan=plan)
    assert no(town.do, join_plan, by_number) == NotThere(plan, "plan", "closed")
    assert state(town, made.template) is TemplateState.ACTIVE


def test_a_plan_without_a_promise_has_none_to_give(town: Town):
    friends(town, promise="", promise_minutes=0)
    made = joined(town)
    assert no(helping, town, made.template) == NoPromise(made.template)


# --- a break, and the end ------------------------------------------------------------------


def test_a_break_calls_this_months_off_and_going_on_opens_it_again_once(town: Town):
    made = monthly(town)
    stop(town, made.template)
    called_off = town.here().commitments.get(made.commitment)
    assert called_off is not None
    assert called_off.state is CommitmentState.WITHDRAWN
    assert go_on(town, made.template).opened is not None
    living = town.here().commitments.find(template=made.template, state=CommitmentState.OPEN)
    assert len(living) == 1


def test_what_was_claimed_stays_through_a_break(town: Town):
    made = monthly(town)
    town.done("ann", made.commitment)
    stop(town, made.template)
    assert go_on(town, made.template).opened is None
    town.confirm(STEWARD, made.commitment)
    assert town.balance("ann") == 4


def test_nothing_is_opened_during_a_break_and_this_months_when_it_is_over(town: Town):
    made = pledged(town)
    stop(town, made.template)
    on_to_next_month(town)
    assert opened(town, month(town)) == 0
    resumed = go_on(town, made.template)
    cash = town.here().cash.get(resumed.opened)
    assert cash is not None
    assert (cash.month, cash.state) == (month(town), CashState.ANNOUNCED)
    assert opened(town, month(town)) == 0


def test_pausing_ending_and_going_on_take_a_memberships_promise_along(town: Town):
    friends(town)
    dues = joined(town).template
    promise = helping(town, dues).template
    for act, then in (
        (stop, TemplateState.PAUSED),
        (go_on, TemplateState.ACTIVE),
        (ended, TemplateState.ENDED),
    ):
        act(town, dues)
        assert {state(town, dues), state(town, promise)} == {then}


def test_the_promise_alone_can_be_ended(town: Town):
    friends(town)
    dues = joined(town).template
    ended(town, helping(town, dues).template)
    assert state(town, dues) is TemplateState.ACTIVE


def test_the_end_is_final_and_its_owners_alone(town: Town):
    made = pledged(town)
    for act in (stop, go_on, ended):
        assert type(no(act, town, made.template, "ben")) is NotYours
    assert no(go_on, town, made.template) == NotThere(made.template, "template", "active")
    assert no(stop, town, made.template, version=7) == OutOfDate(made.template)
    ended(town, made.template)
    assert no(ended, town, made.template) == NotThere(made.template, "template", "ended")
    cash = town.here().cash.get(made.cash)
    assert cash is not None
    assert cash.state is CashState.LAPSED


def test_only_what_goes_on_can_be_ended(town: Town):
    commitment = monthly(town).commitment
    assert no(ended, town, commitment) == AnotherKind(commitment, "commitment", "ending")
    assert no(ended, town, Number(999)) == NoSuchThing(Number(999))


def test_who_leaves_ends_all_that_was_monthly(town: Town):
    friends(town)
    dues = joined(town)
    promise = helping(town, dues.template)
    given = pledged(town)
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    assert {state(town, each.template) for each in (dues, promise, given)} == {TemplateState.ENDED}
    here = town.here()
    assert not here.cash.find(state=CashState.ANNOUNCED)
    assert not here.commitments.find(state=CommitmentState.OPEN)
    assert {each.text for each in here.templates.find()} == {""}


def test_two_accounts_made_one_keep_one_membership_of_a_plan(town: Town):
    friends(town)
    town.join("other/ann")
    kept, gone = joined(town), joined(town, "other/ann")
    town.link("ann", "other/ann")
    assert state(town, kept.template) is TemplateState.ACTIVE
    assert state(town, gone.template) is TemplateState.ENDED
    assert {each.member for each in town.here().templates.find()} == {town.members["ann"]}
