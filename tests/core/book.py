"""The rules of the model pool over time, and the dates that its credits carry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

MEASURES = {"credits": "", "minutes": "minutes", "cents": "money"}
"""By which rule each measure is turned into credits."""


ZONES = {
    "Africa/Nairobi": 3 * 60,
    "Asia/Kathmandu": 5 * 60 + 45,
    "Pacific/Kiritimati": 14 * 60,
    "Pacific/Pago_Pago": -11 * 60,
}
"""By how many minutes their clocks are ahead of UTC, all year."""


def month_in(zone: str, instant: datetime) -> str:
    """The month by a zone's clocks."""
    return (instant + timedelta(minutes=ZONES[zone])).strftime("%Y-%m")


def begins_in(zone: str, month: str) -> datetime:
    """The first instant of a month by a zone's clocks."""
    local = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    return local - timedelta(minutes=ZONES[zone])


def months_from(earlier: str, later: str) -> int:
    """How many months one is after another."""
    years, months = (int(later[:4]) - int(earlier[:4])), (int(later[5:]) - int(earlier[5:]))
    return years * 12 + months


def months_before(month: str, count: int) -> str:
    """The month so many months before."""
    months = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


@dataclass
class Change:
    """A rule that says something else from an instant on."""

    rule: str
    value: str
    from_at: datetime
    kept: bool = False
    """It was taken back, and the rule stays as it was."""


@dataclass
class Book:
    """What each rule says at any instant: what it said first, and the changes since."""

    first: dict[str, str]
    changes: dict[int, Change] = field(default_factory=dict)

    def says(self, rule: str, at: datetime) -> str:
        """A rule's word."""
        begun = [
            (change.from_at, number, change.value)
            for number, change in self.changes.items()
            if change.rule == rule and not change.kept and change.from_at <= at
        ]
        return max(begun)[-1] if begun else self.first[rule]

    def number(self, rule: str, at: datetime) -> int:
        """A rule's number."""
        return int(self.says(rule, at))

    def waiting(self, rule: str, at: datetime) -> list[int]:
        """The changes of a rule that are announced, and not in force yet."""
        return [
            number
            for number, change in self.changes.items()
            if change.rule == rule and not change.kept and change.from_at > at
        ]

    def next(self, rule: str, at: datetime) -> datetime | None:
        """From when a rule says something else again."""
        waiting = self.waiting(rule, at)
        return min((self.changes[each].from_at for each in waiting), default=None)

    def floor(self, at: datetime) -> int:
        """How far below zero one may go: also by a limit that is only announced."""
        announced = (int(self.changes[each].value) for each in self.waiting("debit_limit", at))
        return -min([self.number("debit_limit", at), *announced])

    def month_at(self, at: datetime) -> str:
        """The month of an instant, by the clocks that the pool had then."""
        return month_in(self.says("timezone", at), at)

    def ends_at(self, at: datetime) -> datetime:
        """The first instant after the month of this one, by the clocks that it ends with.

        They change in the first hours of a month, if at all.
        """
        month = months_before(self.month_at(at), -1)
        late = begins_in(self.says("timezone", at), month) - timedelta(days=9)
        return begins_in(self.says("timezone", max(at, late)), month)

    def zone_counts_from(self, zone: str, now: datetime, day: datetime) -> datetime:
        """From when another zone counts that could from this day on, said now."""
        present = self.says("timezone", now)
        following = months_before(month_in(present, day), -1)
        return max(begins_in(each, following) for each in (present, zone))

    def rate(self, measure: str, at: datetime) -> int:
        """How many of a measure make one credit."""
        rule = MEASURES[measure]
        return self.number(rule, at) if rule else 1


@dataclass
class Dates:
    """Which month each credit is of, where credits expire by that: {(place, held for): {month}}."""

    kept: bool = False
    of: dict[tuple[str, int], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def begin(self, month: str, balances: dict[str, int]) -> None:
        """All that is there counts as issued in this month."""
        self.of.clear()
        self.kept = True
        for place, amount in balances.items():
            if amount > 0:
                self.of[place, 0][month] = amount

    def end(self) -> None:
        """They do not expire by it any more."""
        self.of.clear()
        self.kept = False

    def older(self, place: str, month: str) -> int:
        """How many are of this month, or of one before."""
        return sum(count for of, count in self.of[place, 0].items() if of <= month)

    def take(self, place: str, cause: int, amount: int) -> list[str]:
        """Take so many away, the oldest first; of what is held, what is held for this."""
        taken: list[str] = []
        for drawer in dict.fromkeys((cause, 0)):
            there = self.of[place, drawer]
            for month in sorted(there):
                count = min(there[month], amount - len(taken))
                there[month] -= count
                taken += [month] * count
        return taken

    def put(self, place: str, cause: int, months: list[str]) -> None:
        """Lay these there."""
        for month in months:
            self.of[place, cause][month] += 1

    def rows(self) -> set[tuple[str, int, str, int]]:
        """All there is."""
        return {
            (place, cause, month, count)
            for (place, cause), months in self.of.items()
            for month, count in months.items()
            if count
        }
