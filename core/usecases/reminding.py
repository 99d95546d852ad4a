"""Reminding one member: once of each thing, in one message a day, outside their quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.domain.chance import At
from core.domain.charges import rests_until, too_old
from core.domain.commitments import CommitmentState
from core.domain.listings import ListingState
from core.domain.members import Member, Person
from core.domain.months import next_month, starts_at
from core.domain.neutral import Command, Notice, Outcome
from core.domain.reminders import Reminder, Reminds, is_quiet, step_now, word_step
from core.domain.rules import Expiry
from core.domain.treasury import CashState
from core.domain.units import MemberId, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.commitments import awaited
from core.usecases.passing import TimePassed
from core.usecases.people import person_behind
from core.usecases.standing import By, stewards


@dataclass(frozen=True, slots=True)
class Remind(Command):
    """Remind a member of what a reader found; each is looked at once more."""

    pool: PoolId
    member: MemberId
    items: tuple[Reminder, ...]


@dataclass(frozen=True, slots=True)
class Reminders(Notice):
    """All that one person is reminded of on one day."""

    items: tuple[Reminder, ...]


def remind(work: Work, command: Remind, at: At) -> TimePassed:
    """Remind a member of what still stands and was not said yet, unless it is their night.

    What is held back, by the night or by an earlier message of the day, is said later. Gives of how
    many things the member was reminded.
    """
    here = work.enter(command.pool)
    member = here.members.get(command.member)
    person = work.people.person(member.person) if member and member.person else None
    if member is None or person is None or not _may_be_told(here, member, person, at.now):
        return TimePassed(0)
    items = tuple(
        item
        for item in command.items
        if stands(here, member, item, at.now)
        and not here.was_reminded(member.id, item.about, item.number, item.step)
    )
    if not items:
        return TimePassed(0)
    for item in items:
        here.note_reminded(member.id, item.about, item.number, item.step)
    here.note_reminded(member.id, TODAY, Number(0), _today(here, at.now))
    here.tell(member.id, Reminders(items))
    return TimePassed(len(items))


TODAY = "today"
"""As what it is noted that somebody had their message of a day."""


def _may_be_told(here: Here, member: Member, person: Person, now: datetime) -> bool:
    quiet = is_quiet(now, person.quiet_from, person.quiet_until, here.pool.time_zone)
    had = here.was_reminded(member.id, TODAY, Number(0), _today(here, now))
    return member.here and person.reminders and not quiet and not had


def _today(here: Here, now: datetime) -> int:
    return now.astimezone(ZoneInfo(here.pool.time_zone)).date().toordinal()


def stands(here: Here, member: Member, item: Reminder, now: datetime) -> bool:
    """Whether a reminder is still right: the thing is open, theirs, and its day is the same."""
    match item.about:
        case Reminds.COMMITMENT:
            promise = here.commitments.get(item.number)
            return (
                promise is not None
                and promise.state is CommitmentState.OPEN
                and promise.maker == member.id
                and _due(here, item, promise.due, now)
            )
        case Reminds.PLEDGE:
            cash = here.cash.get(item.number)
            return cash is not None and cash.state is CashState.ANNOUNCED
        case Reminds.LISTING:
            listing = here.listings.get(item.number)
            return (
                listing is not None
                and listing.state is ListingState.OPEN
                and _due(here, item, listing.until, now)
            )
        case Reminds.TERM:
            term = here.terms.get(item.number)
            return term is not None and term.runs(now) and _due(here, item, term.until, now)
        case Reminds.EXPIRY:
            return _rests(here, member, item, now)
        case Reminds.LOT:
            return _is_old(here, member, item, now)
        case Reminds.WORD:
            return _waits_for_word(here, member, item, now)
        case Reminds.QUEUE:
            return member.id in stewards(here, now)
        case Reminds.TRADE:
            return True


def _due(here: Here, item: Reminder, at: datetime | None, now: datetime) -> bool:
    return at is not None and step_now(item.about, at, now, here.pool.time_zone) == item.step


def _waits_for_word(here: Here, member: Member, item: Reminder, now: datetime) -> bool:
    claim = here.commitments.get(item.number)
    if claim is None or claim.state is not CommitmentState.DONE or claim.done_at is None:
        return False
    asked = awaited(here, claim)
    return (
        asked is not None and asked.id == member.id and word_step(claim.done_at, now) == item.step
    )


def _rests(here: Here, member: Member, item: Reminder, now: datetime) -> bool:
    tally, rules = here.tally(member.account), here.pool.rules
    since = tally.moved_at or member.joined_at
    ends = rests_until(since, now, here.pool.time_zone, rules.expiry_months)
    return rules.expiry is Expiry.REST and tally.amount > 0 and _due(here, item, ends, now)


def _is_old(here: Here, member: Member, item: Reminder, now: datetime) -> bool:
    rules, month = here.pool.rules, here.pool.month_of(now)
    holding = here.holding(member.account)
    if rules.expiry is not Expiry.LOT or holding is None:
        return False
    old = too_old(holding.lots, month, rules.expiry_months)
    return old > 0 and _due(here, item, starts_at(next_month(month), here.pool.time_zone), now)


# --- how one wants it ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetReminders(Command):
    """Say whether one wants reminders, and between which minutes of the day none.

    None leaves a setting as it is.
    """

    by: By
    reminders: bool | None = None
    quiet: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class RemindersSet(Outcome):
    """How it is from now on."""

    reminders: bool
    quiet_from: int
    quiet_until: int


def set_reminders(work: Work, command: SetReminders, at: At) -> RemindersSet:
    """Keep how a person wants to be reminded, in every pool.

    Raises:
        Refused: NotAMember when the account is unknown.
    """
    before = person_behind(work, command.by)
    wanted = before.reminders if command.reminders is None else command.reminders
    quiet_from, quiet_until = command.quiet or (before.quiet_from, before.quiet_until)
    after = replace(before, reminders=wanted, quiet_from=quiet_from, quiet_until=quiet_until)
    if after != before:
        work.people.save(replace(after, version=before.version + 1))
    return RemindersSet(wanted, quiet_from, quiet_until)
