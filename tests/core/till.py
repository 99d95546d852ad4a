"""The money of the model pool: what was announced, what the pool pays, what partners cash out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.core.model import Model, Somebody

TREASURY, OUTSIDE = "treasury", "outside"
LAPSES_AFTER = timedelta(days=30)


@dataclass
class Brought:
    """Cash that was announced, or handed over."""

    giver: str
    kind: str
    cents: int
    at: datetime
    credits: int
    state: str = "announced"
    received_by: str | None = None
    template: int | None = None
    month: str = ""


@dataclass
class Spent:
    """An expense of the pool."""

    made_by: str
    cents: int
    state: str = "proposed"
    returned_by: str | None = None

    @property
    def asked_by(self) -> str:
        """Who waits for another steward's word on it."""
        return self.returned_by or self.made_by


@dataclass
class CashedOut:
    """A partner's credits that are to become cash."""

    partner: str
    credits: int
    month: str
    state: str = "requested"
    approved: int = 0
    cents: int = 0
    first_by: str | None = None

    @property
    def held(self) -> int:
        """Credits that are held for it."""
        return {"requested": self.credits, "approved": self.approved}.get(self.state, 0)


@dataclass
class Till:
    """The pool's money."""

    cash: dict[int, Brought] = field(default_factory=dict)
    expenses: dict[int, Spent] = field(default_factory=dict)
    outs: dict[int, CashedOut] = field(default_factory=dict)

    @property
    def things(self) -> list[Brought | Spent | CashedOut]:
        """All that names members."""
        return [*self.cash.values(), *self.expenses.values(), *self.outs.values()]

    def free(self, model: Model) -> int:
        """Cash that is not reserved."""
        reserved = sum(each.cents for each in self.outs.values() if each.state == "approved")
        return model.balances[TREASURY] - reserved

    def bring(self, model: Model, number: int, actor: str) -> None:
        """Cash comes, and issues what it buys."""
        cash = self.cash[number]
        cash.state, cash.received_by = "received", actor
        if cash.kind == "pledge":
            # What a pledge that is kept issues is the rule of the day.
            issues = model.says("pledge_issues") == "on"
            cash.credits = cash.cents // model.rate("cents") if issues else 0
        model.move(OUTSIDE, TREASURY, cash.cents)
        if cash.credits:
            giver = model.members[cash.giver]
            model.move("issuance", giver.account, cash.credits)
            model.earn_or_spend(giver)

    def decide(self, model: Model, expense: Spent, *, no: bool) -> None:
        """Pay it or not; or bring back what was paid, or leave it out there."""
        if expense.state == "proposed":
            expense.state = "refused" if no else "approved"
            if not no:
                model.move(TREASURY, OUTSIDE, expense.cents)
        elif no:
            expense.state, expense.returned_by = "approved", None
        else:
            expense.state = "reversed"
            model.move(OUTSIDE, TREASURY, expense.cents)

    def announced(self, giver: str, kind: str, cents: int) -> int | None:
        """The oldest announcement of just this."""
        fitting = (
            number
            for number, each in sorted(self.cash.items())
            if (each.giver, each.kind, each.cents, each.state) == (giver, kind, cents, "announced")
        )
        return next(fitting, None)

    # --- cashing out -----------------------------------------------------------------------

    def alone(self, model: Model, credits: int) -> bool:
        """Whether the cap is approval enough for so much."""
        capped = model.says("cash_out") == "cap" and model.number("cash_out_cap") > 0
        return capped and credits <= model.number("two_stewards")

    def over_cap(self, model: Model, number: int | None, out: CashedOut) -> bool:
        """Whether so much is more than the month's cap leaves beside the partner's others."""
        cap = model.number("cash_out_cap")
        if model.says("cash_out") == "approval" or not cap:
            return False
        others = self._in_month(number, out.partner, out.month, ("requested",))
        return out.credits + others > cap

    def _in_month(
        self, number: int | None, partner: str, month: str, also: tuple[str, ...] = ()
    ) -> int:
        others = (each for n, each in self.outs.items() if n != number)
        same = [each for each in others if (each.partner, each.month) == (partner, month)]
        settled = sum(each.approved for each in same if each.state in ("approved", "paid"))
        return settled + sum(each.credits for each in same if each.state in also)

    def pays(self, model: Model, number: int | None, out: CashedOut, credits: int) -> int:
        """What so many credits bring, one after the other."""
        kept, before = 0, self._in_month(number, out.partner, out.month)
        rate, sliding = model.number("cash_out_rate"), model.says("cash_out_fee") == "sliding"
        for nth in range(before + 1, before + credits + 1) if sliding else ():
            share = 10 if nth <= 100 else 15 if nth <= 500 else 20 if nth <= 1000 else 25
            kept += share * rate
        return credits * rate - ceil(kept / 100)

    def payable(self, model: Model, number: int | None, out: CashedOut) -> int:
        """How many of the credits there is cash for."""
        most = 0
        while most < out.credits:
            if self.pays(model, number, out, most + 1) > self.free(model):
                break
            most += 1
        return most

    def reserve(self, model: Model, number: int) -> None:
        """Approve as much as there is cash for; the rest goes back."""
        out = self.outs[number]
        out.approved = self.payable(model, number, out)
        out.cents = self.pays(model, number, out, out.approved)
        out.state = "approved"
        if out.approved < out.credits:
            account = model.members[out.partner].account
            model.move("held", account, out.credits - out.approved, number)

    def give_back(self, model: Model, number: int, state: str) -> None:
        """Return what is held."""
        out = self.outs[number]
        model.move("held", model.members[out.partner].account, out.held, number)
        out.state = state

    def pay(self, model: Model, number: int) -> None:
        """Retire the credits, and let the cash go."""
        out = self.outs[number]
        model.move("held", "issuance", out.approved, number)
        model.move(TREASURY, OUTSIDE, out.cents)
        model.earn_or_spend(model.members[out.partner])
        out.state = "paid"

    # --- time, and leaving -----------------------------------------------------------------

    def pass_time(self, model: Model) -> int:
        """Let lapse what did not come; how many that were."""
        late = [
            each
            for _, each in sorted(self.cash.items())
            if each.state == "announced" and model.now - each.at >= LAPSES_AFTER
        ]
        for each in late:
            each.state = "lapsed"
        for each in late:
            model.diary.rest(model, each)
        return len(late)

    def leave(self, model: Model, member: Somebody) -> None:
        """Nobody waits for a former member's cash; what is held for them goes back."""
        for each in self.cash.values():
            if each.giver == member.id and each.state == "announced":
                each.state = "lapsed"
        for number, out in self.outs.items():
            if out.partner == member.id and out.state in ("requested", "approved"):
                self.give_back(model, number, "cancelled")
