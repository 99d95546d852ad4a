"""What people promise for every month in the random histories: pledges, plans, breaks, ends."""

from __future__ import annotations

from typing import Any

from core.domain.units import Cents, Number, Worth
from core.usecases.ending import End, end
from core.usecases.recurring import (
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
    pause,
    pledge,
    promise_with_plan,
    resume,
)
from tests.core.model import GHOST, Promised
from tests.core.monthly import Diary, Membership, Monthly
from tests.core.till import Brought

PLANS = ("Hub", "Garden")
DUES, MINUTES = 3300, 120


class MonthlyActs:
    """Acts on what comes back every month, for a machine that knows people."""

    @property
    def diary(self: Any) -> Diary:
        diary: Diary = self.model.diary
        return diary

    def people_promise_monthly(self: Any, dice: Any) -> None:
        there = self.diary.all
        self.one_of(
            dice,
            (True, self.something_is_promised_for_every_month),
            (True, self.cash_is_pledged),
            (len(self.diary.plans) < 3, self.a_plan_is_made),
            (bool(self.diary.plans), self.a_plan_is_joined),
            (bool(self.diary.plans), self.a_plan_is_joined),
            (self.there_are_members(), self.a_promise_goes_with_a_plan),
            (self.there_are_members(), self.a_promise_goes_with_a_plan),
            (self.there_is(there, "active"), self.something_monthly_pauses),
            (self.there_is(there, "paused"), self.something_monthly_goes_on),
            (self.there_is(there, "active", "paused"), self.something_ends),
        )

    def there_are_members(self: Any) -> bool:
        """Whether somebody has a membership of a plan."""
        return any(each.kind == "dues" for each in self.diary.all.values())

    def something_is_promised_for_every_month(self: Any, dice: Any) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        worth = dice.of(self.worths)
        member, wrong = self.model.acting(account, behalf)
        command = CommitMonthly(self.town.pool, self.by(account, behalf), worth, "Sweeping")
        done = self.act(commit_monthly, command, wrong)
        if done and member:
            self.promised_monthly(member.id, worth, None, done)

    def promised_monthly(self: Any, member: str, worth: Worth, plan: int | None, done: Any) -> None:
        model, said = self.model, (worth.measure.value, worth.amount)
        self.diary.all[done.template] = Monthly("commitment", member, said, model.month, plan)
        promise = Promised(member, said, model.month, model.end_of_month)
        promise.template = done.template
        model.promises[done.commitment] = promise

    def cash_is_pledged(self: Any, dice: Any) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        member, wrong = self.model.acting(account, behalf)
        cents = Cents(dice.of((2000, 5700)))
        done = self.act(pledge, Pledge(self.town.pool, self.by(account, behalf), cents), wrong)
        if done and member:
            self.due_monthly("pledge", member.id, cents, None, done)

    def due_monthly(
        self: Any, kind: str, member: str, cents: int, plan: int | None, done: Any
    ) -> None:
        model = self.model
        self.diary.all[done.template] = Monthly(kind, member, ("cents", cents), model.month, plan)
        self.till.cash[done.cash] = Brought(
            member, kind, cents, model.now, 0, template=done.template, month=model.month
        )

    # --- plans -----------------------------------------------------------------------------

    def open_plan(self: Any, name: str) -> int | None:
        plans = self.diary.plans.items()
        return next((n for n, each in plans if (each.name, each.state) == (name, "open")), None)

    def a_plan_is_made(self: Any, dice: Any) -> None:
        account, name, minutes = self.a_steward(dice), dice.of(PLANS), dice.of((0, MINUTES))
        _, wrong = self.model.steward(account)
        if self.open_plan(name):
            wrong = wrong | {"PlanExists"}
        promise = "Two hours" if minutes else ""
        by = self.by(account)
        command = MakePlan(self.town.pool, by, name, Cents(DUES), "A desk", promise, minutes)
        done = self.act(make_plan, command, wrong)
        if done:
            self.diary.plans[done.plan] = Membership(name, DUES, minutes)

    def a_plan_is_joined(self: Any, dice: Any) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        member, wrong = self.model.acting(account, behalf)
        name = dice.of(PLANS)
        plan = self.open_plan(name)
        if plan is None:
            wrong = wrong | {"NoSuchPlan"}
        elif member and self.diary.living(member.id, plan, "dues"):
            wrong = wrong | {"HasTemplate"}
        command = JoinPlan(self.town.pool, self.by(account, behalf), name)
        done = self.act(join_plan, command, wrong)
        if done and member and plan:
            self.due_monthly("dues", member.id, DUES, plan, done)

    def own_monthly(self: Any, dice: Any, things: dict[int, Monthly], *states: str) -> Any:
        """Somebody, mostly whose it is, and something monthly; what is wrong with the two."""
        number = self.a_thing(dice, things, *states)
        each = self.diary.all.get(number)
        account, behalf = self.voice(each.member if each else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        version, old = self.version(dice, "template", number)
        wrong = wrong | old | self.not_mine(member, each, "member", *states)
        return self.by(account, behalf), member, number, each, wrong, version

    def a_promise_goes_with_a_plan(self: Any, dice: Any) -> None:
        memberships = {n: each for n, each in self.diary.all.items() if each.kind == "dues"}
        by, member, number, each, wrong, version = self.own_monthly(dice, memberships, "active")
        plan = self.diary.plans.get(each.plan) if each and each.plan else None
        if each and not (plan and plan.promise_minutes):
            wrong = wrong | {"NoPromise"}
        elif each and member and self.diary.living(member.id, each.plan, "commitment"):
            wrong = wrong | {"HasTemplate"}
        command = PromiseWithPlan(self.town.pool, by, number, version)
        done = self.act(promise_with_plan, command, wrong)
        if done and member and each:
            self.promised_monthly(member.id, done.worth, each.plan, done)

    # --- a break, and the end --------------------------------------------------------------

    def something_monthly_pauses(self: Any, dice: Any) -> None:
        by, _, number, _, wrong, version = self.own_monthly(dice, self.diary.all, "active")
        if self.act(pause, Pause(self.town.pool, by, number, version), wrong):
            for each in self.diary.with_promise(number):
                if self.diary.all[each].state == "active":
                    self.diary.stop(self.model, each, "paused")

    def something_monthly_goes_on(self: Any, dice: Any) -> None:
        by, _, number, _, wrong, version = self.own_monthly(dice, self.diary.all, "paused")
        if self.act(resume, Resume(self.town.pool, by, number, version), wrong):
            for each in self.diary.with_promise(number):
                self.diary.go_on(self.model, each)
            self.take_up_what_was_opened()

    def something_ends(self: Any, dice: Any) -> None:
        if dice.seldom():
            self.a_plan_is_closed(dice)
            return
        by, _, number, each, wrong, version = self.own_monthly(
            dice, self.diary.all, "active", "paused"
        )
        if each is None:
            return  # It may be a plan, or a gathering.
        if self.act(end, End(self.town.pool, by, number, version), wrong):
            for each in self.diary.with_promise(number):
                self.diary.stop(self.model, each, "ended")

    def a_plan_is_closed(self: Any, dice: Any) -> None:
        account, plans = self.a_steward(dice), self.diary.plans
        if not plans:
            return
        number = Number(dice.of(sorted(plans)))
        _, wrong = self.model.steward(account)
        if plans[number].state != "open":
            wrong = wrong | {"NotThere"}
        if self.act(end, End(self.town.pool, self.by(account), number), wrong):
            plans[number].state = "closed"

    # --- what was opened -------------------------------------------------------------------

    def take_up_what_was_opened(self: Any) -> None:
        """Learn the numbers of what came back: just what had to, each once (rules, 8.9)."""
        model, here = self.model, self.town.here()
        opened = []
        for each in here.commitments.find():
            if each.number not in model.promises and each.template is not None:
                worth = (each.worth.measure.value, each.worth.amount)
                promise = Promised(each.maker, worth, model.month, each.due)
                promise.template = each.template
                model.promises[each.number] = promise
                assert each.due == model.end_of_month
                opened.append((each.template, each.maker, worth))
        for cash in here.cash.find():
            if cash.number not in self.till.cash:
                self.till.cash[cash.number] = Brought(
                    cash.giver, cash.kind.value, cash.cents, model.now, 0
                )
                self.till.cash[cash.number].template = cash.template
                self.till.cash[cash.number].month = cash.month
                assert cash.month == model.month
                opened.append((cash.template, cash.giver, ("cents", cash.cents)))
        due = [(n, self.diary.all[n].member, self.diary.all[n].worth) for n in self.diary.expected]
        assert sorted(opened) == sorted(due)
        self.diary.expected.clear()

    def what_is_monthly_is_the_models(self: Any) -> None:
        assert self.stored("template", "number, member, kind, state, opened_in") == {
            (number, each.member, each.kind, each.state, each.opened_in)
            for number, each in self.diary.all.items()
        }
        assert self.stored("plan", "number, name, state") == {
            (number, each.name, each.state) for number, each in self.diary.plans.items()
        }
