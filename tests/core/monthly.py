"""What comes back every month in the model pool: promises, pledges, memberships of plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.core.book import months_from

if TYPE_CHECKING:
    from tests.core.model import Model, Somebody
    from tests.core.till import Brought

LIVING = ("active", "paused")


@dataclass
class Monthly:
    """Something that a member promised for every month."""

    kind: str
    member: str
    worth: tuple[str, int]
    opened_in: str
    plan: int | None = None
    state: str = "active"


@dataclass
class Membership:
    """A plan that members join."""

    name: str
    dues: int
    promise_minutes: int
    state: str = "open"


@dataclass
class Diary:
    """All of it, and what it opened that nobody has told us the number of."""

    all: dict[int, Monthly] = field(default_factory=dict)
    plans: dict[int, Membership] = field(default_factory=dict)
    expected: set[int] = field(default_factory=set)

    def living(self, member: str, plan: int | None, kind: str) -> list[int]:
        """What of a plan a member has that has not ended."""
        return [
            number
            for number, each in sorted(self.all.items())
            if (each.member, each.plan, each.kind) == (member, plan, kind) and each.state in LIVING
        ]

    def with_promise(self, number: int) -> list[int]:
        """A membership, and the promise that goes with it."""
        each = self.all[number]
        if each.kind != "dues":
            return [number]
        return [number, *self.living(each.member, each.plan, "commitment")]

    def stop(self, model: Model, number: int, state: str) -> None:
        """Nothing more comes of it, and what is open for this month is called off."""
        each, called_off = self.all[number], False
        for promise in model.promises.values():
            of_month = promise.template == number and promise.month == model.month
            if of_month and promise.state == "open":
                promise.state, called_off = "withdrawn", True
        for cash in model.till.cash.values():
            of_month = cash.template == number and cash.month == model.month
            if of_month and cash.state == "announced":
                cash.state, called_off = "lapsed", True
        each.state = state
        each.opened_in = "" if called_off else each.opened_in

    def rest(self, model: Model, lapsed: Brought) -> None:
        """What did not come two months running is paused, with what goes with it."""
        number = lapsed.template
        if number is None or self.all[number].state != "active":
            return
        cash = model.till.cash.values()
        months = {each.month for each in cash if (each.template, each.state) == (number, "lapsed")}
        if any(months_from(month, lapsed.month) == 1 for month in months):
            for each in self.with_promise(number):
                if self.all[each].state == "active":
                    self.stop(model, each, "paused")

    def go_on(self, model: Model, number: int) -> None:
        """It comes back again, this month already where it did not."""
        each = self.all[number]
        if each.state == "paused":
            each.state = "active"
            self._open(number, model.month)

    def close_months(self, model: Model) -> None:
        """What goes on is open for the month that has begun; none for one that is over."""
        for number, each in self.all.items():
            if each.state == "active":
                self._open(number, model.month)

    def _open(self, number: int, month: str) -> None:
        if self.all[number].opened_in < month:
            self.all[number].opened_in = month
            self.expected.add(number)

    def end_doubles(self, model: Model, member: str) -> None:
        """One membership is left of each plan."""
        for plan in self.plans:
            for kind in ("dues", "commitment"):
                for number in self.living(member, plan, kind)[1:]:
                    self.stop(model, number, "ended")

    def leave(self, model: Model, member: Somebody) -> None:
        """All of it ends."""
        for number, each in self.all.items():
            if each.member == member.id and each.state in LIVING:
                self.stop(model, number, "ended")
