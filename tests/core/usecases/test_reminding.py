"""Reminders: each once, in one message a day, outside the night, and only while they are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.listings import ListingKind
from core.domain.reminders import Reminder, Reminds, step_now, word_step
from core.domain.rules import Confirming
from core.domain.units import Measure, Number, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.commitments import SayKept, Take, Withdraw, say_kept, take_need, withdraw
from core.usecases.reminding import Remind, SetReminders, remind, set_reminders
from tests.core.hall import STEWARD

NAIROBI = "Africa/Nairobi"
TWO = Worth(Measure.CREDITS, 2)


def noon(day: int, hour: int = 9) -> datetime:
    """An instant in November 2026, in UTC: three hours behind Nairobi."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("about", "days", "step"),
    [
        (Reminds.COMMITMENT, 2, None),
        (Reminds.COMMITMENT, 1, 1),
        (Reminds.COMMITMENT, 0, 0),
        (Reminds.LISTING, 15, None),
        (Reminds.LISTING, 14, 14),
        (Reminds.LISTING, 13, 14),
        (Reminds.LISTING, 12, None),
        (Reminds.LISTING, 3, 3),
        (Reminds.LISTING, 2, 3),
        (Reminds.LISTING, 1, None),
        (Reminds.TERM, 30, 30),
        (Reminds.TERM, 28, None),
        (Reminds.TERM, 7, 7),
        (Reminds.EXPIRY, 14, 14),
    ],
)
def test_a_step_is_due_on_its_day_and_dropped_when_it_is_two_days_late_e8(about, days, step):
    earlier = noon(25, 8) - timedelta(days=days)
    assert step_now(about, noon(25), earlier, NAIROBI) == step


def test_days_are_the_pools_and_nothing_is_due_once_it_is_over():
    end = datetime(2026, 11, 25, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Nairobi
    assert step_now(Reminds.COMMITMENT, end, noon(23, 21), NAIROBI) == 1
    assert step_now(Reminds.COMMITMENT, end, noon(24, 20), NAIROBI) == 1
    assert step_now(Reminds.COMMITMENT, end, noon(24, 21), NAIROBI) == 0
    assert step_now(Reminds.COMMITMENT, end, end, NAIROBI) is None


def due(town, who="ann", days=1):
    """A promise that is due in so many days, and the reminder of it that is right today."""
    at = town.clock() + timedelta(days=days, hours=2)
    number = town.promise(who, TWO, due=at)
    return Reminder(Reminds.COMMITMENT, number, days, "Sweeping", at=at)


def reminded(town, *items, who="ann"):
    return town.do(remind, Remind(town.pool, town.members[who], items)).changed


def told(town, who="ann"):
    rows = town.hall.rows("SELECT person, notice FROM outbox WHERE sort = 'notice'")
    return [text for person, text in rows if person == town.people[who] and "Reminders" in text]


def at_hour(town, hour):
    """Stand at this hour of Nairobi's clocks on the same or the next day."""
    local = (town.clock() + timedelta(hours=3)).hour
    town.clock.advance(timedelta(hours=(hour - local) % 24))


def test_all_that_is_due_comes_in_one_message_and_each_once_e8(town):
    one, two = due(town), due(town)
    assert reminded(town, one, two) == 2
    assert reminded(town, one, two) == 0
    assert len(told(town)) == 1


def test_there_is_one_message_a_day(town):
    assert reminded(town, due(town)) == 1
    later = due(town, days=0)
    assert reminded(town, later) == 0


def test_what_was_done_or_withdrawn_is_not_reminded_of_e8(town):
    kept, withdrawn = due(town), due(town)
    town.done("ann", kept.number)
    town.do(withdraw, Withdraw(town.pool, town.by("ann"), withdrawn.number))
    assert reminded(town, kept, withdrawn) == 0


def test_what_is_another_day_now_is_not_reminded_of(town):
    item = due(town)
    town.clock.advance(timedelta(hours=30))
    assert reminded(town, item) == 0


def test_somebody_elses_promise_is_none_of_theirs(town):
    assert reminded(town, due(town, "ben")) == 0


def test_nobody_is_reminded_at_night_and_all_the_same_in_the_morning_e9(town):
    at_hour(town, 22)
    item = due(town)
    assert reminded(town, item) == 0
    at_hour(town, 7)
    assert reminded(town, item) == 0
    at_hour(town, 8)
    assert reminded(town, item) == 1


def test_who_wants_none_gets_none(town):
    town.do(set_reminders, SetReminders(town.by("ann"), reminders=False))
    assert reminded(town, due(town)) == 0
    kept = town.do(set_reminders, SetReminders(town.by("ann"), reminders=True, quiet=(0, 0)))
    assert (kept.quiet_from, kept.quiet_until) == (0, 0)
    assert reminded(town, due(town)) == 1


def test_who_has_no_account_is_not_reminded(town):
    town.register("nana")
    number = town.promise(STEWARD, TWO, behalf="nana", due=town.clock() + timedelta(days=1))
    item = Reminder(Reminds.COMMITMENT, number, 1, at=town.clock() + timedelta(days=1))
    assert reminded(town, item, who="nana") == 0


def test_a_listing_that_was_closed_or_renewed_is_not_reminded_of(town):
    until = town.clock() + timedelta(days=14)
    listed = PostListing(town.pool, town.by("ann"), ListingKind.OFFER, TWO, "Bread", until=until)
    number = town.do(post_listing, listed).listing
    item = Reminder(Reminds.LISTING, number, 14, "Bread", at=until)
    assert reminded(town, item) == 1
    assert reminded(town, Reminder(Reminds.LISTING, Number(999), 14, at=until)) == 0


# --- the word of the one it was for --------------------------------------------------------


def waits_for_ann(town, confirming=Confirming.BOTH):
    """Ben says that he kept what he promised to Ann."""
    here = town.here()
    rules = replace(here.pool.rules, confirming=confirming)
    here.save_pool(replace(here.pool, rules=rules, version=here.pool.version + 1))
    need = PostListing(town.pool, town.by("ann"), ListingKind.NEED, TWO, "A ride")
    asked = town.do(post_listing, need).listing
    number = town.do(take_need, Take(town.pool, town.by("ben"), asked)).commitment
    town.done("ben", number)
    return number


def asked_again(town, number, days, who="ann"):
    """How often somebody is asked, were they to be asked so many days after it was done."""
    done = town.here().commitments.get(number).done_at
    town.clock.now = done + timedelta(days=days)
    item = Reminder(Reminds.WORD, number, word_step(done, town.clock()) or 0, at=done)
    return reminded(town, item, who=who)


@pytest.mark.parametrize(("days", "step"), [(2, None), (3, 3), (9, 3), (10, 10), (40, 10)])
def test_who_does_not_say_whether_it_was_kept_is_asked_after_three_days_and_after_ten(days, step):
    assert word_step(noon(1), noon(1) + timedelta(days=days)) == step


def test_each_time_it_is_asked_once(town):
    number = waits_for_ann(town)
    assert [asked_again(town, number, days) for days in (3, 4, 10, 11)] == [1, 0, 1, 0]


def test_whoever_said_it_and_whoever_it_was_not_for_are_not_asked(town):
    number = waits_for_ann(town)
    assert asked_again(town, number, 3, who="ben") == 0
    town.do(say_kept, SayKept(town.pool, town.by("ann"), number))
    assert asked_again(town, number, 3) == 0


def test_where_a_steward_s_word_is_enough_nobody_else_is_asked(town):
    assert asked_again(town, waits_for_ann(town, Confirming.STEWARD), 3) == 0


def test_what_never_was_and_what_waits_for_another_day_is_not_asked_about(town):
    number = waits_for_ann(town)
    done = town.here().commitments.get(number).done_at
    town.clock.now = done + timedelta(days=3)
    assert reminded(town, Reminder(Reminds.WORD, Number(999), 3, at=done)) == 0
    assert reminded(town, Reminder(Reminds.WORD, number, 10, at=done)) == 0
