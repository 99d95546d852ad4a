"""How the rules of a pool change in the random histories, and how months pass under them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from core.domain.rules import changed
from core.usecases.passing import PassTime, pass_time
from core.usecases.ruling import KeepRule, SetRule, keep_rule, set_rule
from tests.core.book import ZONES, Book, Change
from tests.core.model import THERE_IS_NONE, Promised

FIRST = {
    "minutes": ("30",),
    "money": ("1000",),
    "expiry": ("rest", "rest", "lot", "lot", "none"),
    "expiry_months": ("3", "3", "2", "1"),
    "demurrage": ("0", "0", "20000", "333333"),
    "demurrage_share": ("off", "off", "on"),
    "tax": ("0", "0", "50000", "333333"),
    "debit_limit": ("0", "0", "5", "20"),
    "holding_limit": ("0", "0", "0", "45"),
    "two_stewards": ("5", "100"),
    "cash_out": ("approval", "cap", "both"),
    "cash_out_rate": ("800",),
    "cash_out_cap": ("0", "9", "25"),
    "cash_out_fee": ("none", "sliding"),
    "pledge_issues": ("off", "on"),
    "confirming": ("steward", "steward", "both"),
    "payer": ("pool", "pool", "receiver"),
    "stipend": ("2", "2", "0"),
    "notice_days": ("7", "7", "0", "40"),
    "timezone": ("Africa/Nairobi",),
}
"""What each rule may say when a history begins; one of them is drawn."""

LATER = {
    "minutes": ("30", "20", "0"),
    "money": ("1000", "700"),
    "cash_out": ("off", "approval", "cap", "both"),
    "cash_out_rate": ("800", "650"),
    "demurrage": ("0", "20000", "333333", "1000001"),
    "notice_days": ("7", "0", "40"),
    "timezone": tuple(ZONES),
}
"""What it may be changed to, where that is more; a value out of bounds is refused."""

OUT_OF_BOUNDS = {("minutes", "0"), ("demurrage", "1000001")}


class RuleActs:
    """Acts on rules, for a machine that knows people, and its clock."""

    first: ClassVar[dict[str, tuple[str, ...]]] = FIRST

    def rule_at_first(self: Any, chance: Any) -> Book:
        """Each history begins with rules of its own."""
        book = Book({rule: chance.of(values) for rule, values in self.first.items()})
        here = self.town.here()
        rules = here.pool.rules
        for rule, value in book.first.items():
            rules = rules if rule == "timezone" else changed(rules, rule, value)
        here.save_pool(replace(here.pool, rules=rules, version=here.pool.version + 1))
        return book

    def rules_change(self: Any, dice: Any) -> None:
        waiting = [n for n, c in self.model.book.changes.items() if c.from_at > self.model.now]
        self.one_of(
            dice,
            (True, self.a_rule_is_changed),
            (True, self.a_rule_is_changed),
            (bool(waiting), self.a_change_is_taken_back),
        )

    def a_rule_is_changed(self: Any, dice: Any, rule: str = "") -> None:
        account, rule = self.a_steward(dice), rule or dice.of(tuple(FIRST))
        value = dice.of(LATER.get(rule, FIRST[rule]))
        model = self.model
        _, wrong = model.steward(account)
        if (rule, value) in OUT_OF_BOUNDS:
            wrong = wrong | {"RuleBounds"}
        if model.says(rule) == value:
            wrong = wrong | {"RuleIsSo"}
        if model.book.waiting(rule, model.now):
            wrong = wrong | {"ChangeWaits"}
        if rule == "debit_limit" and -int(value) > model.floor:
            members = (each.account for each in model.members.values())
            if any(model.balances[account] < -int(value) for account in members):
                wrong = wrong | {"SomeAreBelow"}
        from_at = model.now + timedelta(days=model.number("notice_days"))
        if rule == "timezone":
            from_at = model.book.zone_counts_from(value, model.now, from_at)
        done = self.act(set_rule, SetRule(self.town.pool, self.by(account), rule, value), wrong)
        if done:
            assert (done.from_at, done.at_once) == (from_at, from_at <= model.now)
            model.book.changes[done.number] = Change(rule, value, from_at)
            if done.at_once and rule == "expiry":
                model.dates_follow()

    def a_change_is_taken_back(self: Any, dice: Any) -> None:
        account, changes = self.a_steward(dice), self.model.book.changes
        waiting = [n for n, c in changes.items() if not c.kept and c.from_at > self.model.now]
        number = dice.of(waiting) if waiting and dice.throw(6) else self.a_thing(dice, {})
        _, wrong = self.model.steward(account)
        change = changes.get(number)
        version, old = self.version(dice, "rule_change", number)
        wrong = wrong | old
        if change is None:
            wrong = wrong | THERE_IS_NONE
        elif change.kept or change.from_at <= self.model.now:
            wrong = wrong | {"NotThere"}
        command = KeepRule(self.town.pool, self.by(account), number, version)
        if self.act(keep_rule, command, wrong) and change:
            change.kept = True

    # --- time ------------------------------------------------------------------------------

    def it_becomes(self: Any, then: Any) -> None:
        self.model.time_passes(then)
        self.town.clock.now = then

    def may_go_back_to(self: Any, then: Any) -> bool:
        """Not into a month that is over, nor to before a change of the rules."""
        model = self.model
        over = any(then < each.from_at <= model.now for each in model.book.changes.values())
        return not over and model.book.month_at(then) == model.month

    def strike(self: Any) -> None:
        over = sum(each.is_over(self.model.now) for each in self.model.terms)
        open_yet = sum(each.state == "open" for each in self.model.meetings.all.values())
        done = self.act(pass_time, PassTime(self.town.pool), set())
        # Of the terms that are over, some end; the last steward's is only called for. Those who
        # come to a gathering are reminded of it.
        assert 0 <= done.changed - self.model.pass_time() <= over + open_yet

    def months_close(self: Any) -> None:
        """8.9: now or much later, once each; what the members have is the same."""
        self.town.close_months()
        self.model.share_out()
        self.diary.close_months(self.model)
        self.take_up_what_was_opened()
        for each in self.town.here().commitments.find(stipend=True):
            if each.number not in self.model.promises:
                worth = (each.worth.measure.value, each.worth.amount)
                claimed = Promised(each.maker, worth, self.model.month, state="done")
                claimed.stipend = True
                self.model.promises[each.number] = claimed
