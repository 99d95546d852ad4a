"""The gatherings of the model pool: who comes, who waits in line, who was there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.core.model import Model, Somebody

OVER_AFTER = timedelta(hours=6)
Guest = int | str
"""A person, or a member without an account."""


@dataclass
class Meeting:
    """A gathering, and what each said, in the order in which it was said last."""

    starts_at: datetime
    capacity: int | None
    made_by: int | None
    state: str = "open"
    said: dict[Guest, str] = field(default_factory=dict)
    folded: list[str] = field(default_factory=list)
    """Answers of those who turned out to have another one."""

    def says(self, guest: Guest, *, going: bool) -> str:
        """Somebody comes, or does not; who said so already keeps their place."""
        before = self.said.get(guest)
        if before == "attended" or (before and going == (before != "not_going")):
            return before
        self.said.pop(guest, None)
        full = self.capacity is not None and self.coming >= self.capacity
        self.said[guest] = ("waiting" if full else "going") if going else "not_going"
        self.let_in()
        return self.said[guest]

    @property
    def coming(self) -> int:
        """How many have a place."""
        return sum(each == "going" for each in self.said.values())

    def let_in(self) -> None:
        """A free place goes to the next in line."""
        line = [guest for guest, each in self.said.items() if each == "waiting"]
        if line and (self.capacity is None or self.coming < self.capacity):
            self.said[line[0]] = "going"

    def place(self, guest: Guest) -> int:
        """The place in the line, 0 for who is in none."""
        line = [each for each, said in self.said.items() if said == "waiting"]
        return line.index(guest) + 1 if guest in line else 0

    def become_one(self, gone: int, into: int) -> None:
        """Two answers of one person: of the one who stays, unless the other was there."""
        answer = self.said.get(gone)
        if answer is None:
            return
        if into not in self.said:
            self.said = {into if each == gone else each: said for each, said in self.said.items()}
            return
        del self.said[gone]
        self.folded.append("attended" if answer == "attended" else "not_going")
        if answer == "attended":
            self.said[into] = "attended"
        if self.state == "open":
            self.let_in()


@dataclass
class Meetings:
    """All gatherings of a pool."""

    all: dict[int, Meeting] = field(default_factory=dict)
    thanked: dict[int, int] = field(default_factory=dict)
    """Of which gathering a promise that was kept is."""

    def pass_time(self, now: datetime) -> int:
        """What is over is over; how many that are."""
        over = [
            each
            for each in self.all.values()
            if each.state == "open" and each.starts_at + OVER_AFTER <= now
        ]
        for each in over:
            each.state = "over"
        return len(over)

    def leave(self, member: Somebody) -> None:
        """The places of somebody who leaves are free, and their answers forgotten."""
        guest = self.guest(member)
        for each in self.all.values():
            if each.said.get(guest) in ("going", "waiting") and each.state == "open":
                each.says(guest, going=False)
            each.said.pop(guest, None)

    def link(self, gone: int, into: int) -> None:
        """Two persons were one all the time."""
        for each in self.all.values():
            each.become_one(gone, into)
            each.made_by = into if each.made_by == gone else each.made_by

    def guest(self, member: Somebody) -> Guest:
        """As whom a member answers."""
        return member.id if member.person is None else member.person

    def to_thank(self, model: Model, number: int) -> list[str]:
        """Members who were there and were not thanked for it yet."""
        there = {guest for guest, said in self.all[number].said.items() if said == "attended"}
        thanked = {model.promises[n].maker for n, of in self.thanked.items() if of == number}
        return [
            each.id
            for each in model.members.values()
            if each.here and self.guest(each) in there and each.id not in thanked
        ]
