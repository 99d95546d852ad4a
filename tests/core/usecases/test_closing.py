"""A month's close: in its order, once, and late as on time (rules 8.9, checklist E4, E6, E12)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind, EntryKind
from core.domain.listings import ListingKind
from core.domain.members import Role
from core.domain.months import Step, cause_of, morning_after, next_month, starts_at
from core.domain.refusals import HoldsEnough, NotEnough, Refused, SpentAlready
from core.domain.rules import CashingOut, Expiry, Rules
from core.domain.treasury import CashKind
from core.domain.units import AMOUNT_MAX, Cents, Credits, Measure, Ppm, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.cashing_out import (
    ApproveCashOut,
    PayCashOut,
    RequestCashOut,
    approve_cash_out,
    pay_cash_out,
    request_cash_out,
)
from core.usecases.closing import CloseChunk, NotOver, close_chunk
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.credits import Undo, undo
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Deliver, Spend, deliver, spend
from core.usecases.passing import PassTime, pass_time
from core.usecases.posting import NearLimit
from core.usecases.roles import Rotate, rotate
from core.usecases.ruling import SetRule, set_rule
from core.usecases.treasury import HandOver, hand_over
from tests.core.hall import STEWARD, Hall, Town
from tests.core.refusing import refused

SECOND = timedelta(seconds=1)
NAIROBI = "Africa/Nairobi"


def with_rules(town: Town, **rules: object) -> None:
    """The pool's rules are these, as if they had been so from its beginning."""
    usual = {"expiry": Expiry.NONE, "stipend_credits": Credits(0), "notice_days": 0}
    here = town.here()
    pool = here.pool
    here.save_pool(
        replace(pool, rules=Rules(**{**usual, **rules}), version=pool.version + 1)  # type: ignore[arg-type]
    )
    if here.pool.rules.expiry is Expiry.LOT:
        here.date_lots(here.pool.month_of(town.clock()))


def at_end_of(town: Town, month: str, before: timedelta = timedelta(0)) -> datetime:
    """It is so long before the end of a month."""
    town.clock.now = starts_at(next_month(month), town.here().pool.time_zone) - before
    return town.clock.now


def entries(town: Town, kind: EntryKind) -> list[tuple[int, int]]:
    """The causes and sums of all entries of a kind, in their order."""
    return [
        (cause, amount)
        for cause, amount in town.hall.rows(
            "SELECT e.cause, p.amount FROM entry e JOIN posting p"
            " ON p.pool_id = e.pool_id AND p.entry = e.number"
            " WHERE e.pool_id = :pool AND e.kind = :kind ORDER BY e.place, p.line",
            pool=town.pool,
            kind=kind.value,
        )
    ]


def test_a_month_that_goes_on_is_not_closed(town: Town) -> None:
    at_end_of(town, "2026-11", SECOND)
    with pytest.raises(NotOver):
        town.do(close_chunk, CloseChunk(town.pool, "2026-11", Step.CHARGE))


def test_a_balance_that_rested_for_three_months_goes_to_the_common_fund(town: Town) -> None:
    with_rules(town, expiry=Expiry.REST)
    town.thank(8, "ann")
    town.thank(5, "ben")
    at_end_of(town, "2027-01", timedelta(days=3))
    town.send("ben", "cho", 1)
    at_end_of(town, "2027-02")
    town.close_months()
    assert [town.balance(who) for who in ("ann", "ben", "cho")] == [0, 4, 1]
    assert town.own(AccountKind.COMMON) == 8
    assert entries(town, EntryKind.EXPIRE) == [(cause_of("2027-02"), 8)]
    assert town.here().pool.closed_through == "2027-02"
    town.audit()


@pytest.mark.parametrize("expiry", [Expiry.REST, Expiry.LOT])
def test_a_balance_larger_than_one_posting_expires_whole(town: Town, expiry: Expiry) -> None:
    with_rules(town, expiry=expiry)
    town.thank(AMOUNT_MAX, "ann")
    town.thank(AMOUNT_MAX, "ann")
    at_end_of(town, "2027-02")
    town.close_months()
    assert (town.balance("ann"), town.own(AccountKind.COMMON)) == (0, 2 * AMOUNT_MAX)
    town.audit()


def test_a_charge_larger_than_one_posting_is_taken_and_shared_out_whole(town: Town) -> None:
    with_rules(town, demurrage_ppm=Ppm(1_000_000), demurrage_share=True)
    town.thank(AMOUNT_MAX, "ann")
    town.thank(AMOUNT_MAX, "ann")
    at_end_of(town, "2026-11")
    town.close_months()
    assert entries(town, EntryKind.DEMURRAGE) == [(cause_of("2026-11"), AMOUNT_MAX)] * 2
    assert town.balance("ann") == 2 * AMOUNT_MAX, "nobody else traded"
    town.audit()


def test_what_does_not_divide_of_a_shared_charge_stays_in_the_common_fund(town: Town) -> None:
    """Of 10 that are charged, three who traded have 3 each."""
    with_rules(town, demurrage_ppm=Ppm(100_000), demurrage_share=True)
    town.thank(80, "ann")
    town.thank(10, "ben", "cho")
    at_end_of(town, "2026-11")
    town.close_months()
    assert [town.balance(who) for who in ("ann", "ben", "cho")] == [75, 12, 12]
    assert town.own(AccountKind.COMMON) == 1


def test_what_is_held_is_spent_when_it_is_paid_and_the_rest_of_the_balance_rests_anew(
    town: Town,
) -> None:
    """Rules, section 3: a hold is no movement, spending is."""
    with_rules(town, expiry=Expiry.REST, cashing_out=CashingOut.APPROVAL)
    town.appoint("cho", Role.PARTNER)
    town.thank(9, "ann", "cho")
    gift = HandOver(town.pool, town.by(STEWARD), town.members["ben"], Cents(9000), CashKind.GIFT)
    town.do(hand_over, gift)
    four = Worth(Measure.CREDITS, 4)
    listed = PostListing(town.pool, town.by("ben"), ListingKind.OFFER, four, "Bread")
    at_end_of(town, "2027-01", timedelta(days=2))
    order = Spend(town.pool, town.by("ann"), town.do(post_listing, listed).listing)
    number = town.do(spend, order).order
    out = town.do(request_cash_out, RequestCashOut(town.pool, town.by("cho"), Credits(4))).cash_out
    at_end_of(town, "2027-02", timedelta(days=2))
    town.do(deliver, Deliver(town.pool, town.by("ann"), number))
    sure = ApproveCashOut(town.pool, town.by(STEWARD), out, sure=True)
    town.do(approve_cash_out, sure)
    town.do(pay_cash_out, PayCashOut(town.pool, town.by(STEWARD), out))
    at_end_of(town, "2027-04")
    town.close_months()
    assert [town.balance(who) for who in ("ann", "cho")] == [5, 5]
    at_end_of(town, "2027-05")
    town.close_months()
    assert [town.balance(who) for who in ("ann", "cho")] == [0, 0]


def test_held_credits_do_not_expire(town: Town) -> None:
    with_rules(town, expiry=Expiry.REST)
    town.thank(8, "ann")
    at_end_of(town, "2027-02")
    here = town.here()
    assert here.holding(here.address(AccountKind.HELD)) is None
    assert here.holding(here.address(AccountKind.DISPUTED)) is None


def test_three_months_late_they_are_closed_in_order_and_once(town: Town) -> None:
    """Checklist E4: each with its own end; doing it again adds nothing."""
    with_rules(town, demurrage_ppm=Ppm(100_000))
    town.thank(100, "ann")
    at_end_of(town, "2027-01")
    town.close_months()
    months = ("2026-11", "2026-12", "2027-01")
    assert entries(town, EntryKind.DEMURRAGE) == [
        (cause_of(month), charge) for month, charge in zip(months, (10, 9, 8), strict=True)
    ]
    assert town.balance("ann") == 73
    place = town.here().head.place
    town.close_months()
    chunk = CloseChunk(town.pool, "2026-12", Step.CHARGE)
    assert not town.do(close_chunk, chunk).done
    assert town.here().head.place == place


Scene = Callable[[Town], None]


def ann_sends(town: Town) -> None:
    town.send("ann", "ben", 20)


def ann_receives(town: Town) -> None:
    town.send("ben", "ann", 20)


@pytest.mark.parametrize("scene", [ann_sends, ann_receives])
@pytest.mark.parametrize(
    ("instant", "charged"), [(-SECOND, "old"), (timedelta(0), "new")], ids=["before", "at"]
)
def test_the_last_second_belongs_to_the_old_month_and_midnight_to_the_new_one(
    town: Town, scene: Scene, instant: timedelta, charged: str
) -> None:
    """Checklist E6: however late the close runs."""
    with_rules(town, demurrage_ppm=Ppm(100_000))
    town.thank(100, "ann", "ben")
    at_end_of(town, "2026-11", -instant)
    scene(town)
    at_end_of(town, "2026-12", timedelta(days=10))
    town.close_months()
    moved = 20 if scene is ann_receives else -20
    charge = (100 + moved) // 10 if charged == "old" else 10
    assert town.balance("ann") == 100 + moved - charge


def test_who_acts_before_the_close_pays_the_old_month_first(town: Town) -> None:
    with_rules(town, expiry=Expiry.REST)
    town.thank(8, "ann")
    at_end_of(town, "2027-02")
    with refused(NotEnough, free=0, wanted=3):
        town.send("ann", "ben", 3)
    assert town.balance("ann") == 8, "a refusal changes nothing"
    town.thank(1, "ann")
    assert town.balance("ann") == 1
    town.close_months()
    assert town.balance("ann") == 1
    assert entries(town, EntryKind.EXPIRE) == [(cause_of("2027-02"), 8)]


def a_year(town: Town, *, late: bool) -> tuple[dict[str, int], int]:
    """A year of sends, every fortnight; each month is closed in its morning, or all at the end."""
    with_rules(town, expiry=Expiry.REST, demurrage_ppm=Ppm(30_000), tax_ppm=Ppm(70_000))
    people = ("ann", "ben", "cho")
    town.thank(50, *people)
    month, day = "2026-11", town.clock.now
    for step in range(27):
        day += timedelta(days=14, hours=7)
        while not late and morning_after(month, town.here().pool.time_zone) <= day:
            town.clock.now = morning_after(month, town.here().pool.time_zone)
            town.close_months()
            month = next_month(month)
        town.clock.now = day
        giver, taker = people[step % 3], people[(step + step // 5 + 1) % 3]
        if giver != taker and (step < 9 or step > 20):
            with suppress(Refused):
                town.send(giver, taker, 1 + step % 3)
        if step in (5, 19):
            town.thank(step, people[step % 3])
    town.close_months()
    town.audit()
    return {who: town.balance(who) for who in people}, town.own(AccountKind.COMMON)


@pytest.mark.parametrize("time_zone", [NAIROBI, "America/Toronto"])
def test_a_year_that_is_closed_at_its_end_has_the_books_of_one_that_is_closed_on_time(
    an_empty_hall: Hall, time_zone: str
) -> None:
    """Rules 8.9; Toronto changes its clocks twice."""
    books = []
    for late in (False, True):
        town = Town(an_empty_hall)
        an_empty_hall.clock.now = datetime.fromisoformat("2026-11-20T09:30:00+00:00")
        town.found(time_zone=time_zone, chat=f"{late}")
        town.join("ann", "ben", "cho")
        books.append(a_year(town, late=late))
    assert books[0] == books[1]
    assert books[0][1] > 0


def test_a_stipend_is_claimed_for_each_steward_and_confirmed_by_another(town: Town) -> None:
    with_rules(town, stipend_credits=Credits(2))
    town.appoint("ann")
    at_end_of(town, "2026-11")
    town.appoint("ben")
    town.close_months()
    claims = town.here().commitments.find(stipend=True)
    assert {claim.maker for claim in claims} == {town.members[who] for who in (STEWARD, "ann")}
    assert {claim.state for claim in claims} == {CommitmentState.DONE}
    theirs = next(claim for claim in claims if claim.maker == town.members["ann"])
    town.confirm(STEWARD, theirs.number)
    assert town.balance("ann") == 2
    assert entries(town, EntryKind.STIPEND) == [(theirs.number, 2)]
    town.audit()


def claimed_by(town: Town, who: str) -> list[str]:
    """The months for which a steward's stipend was claimed."""
    claims = town.here().commitments.find(stipend=True, maker=town.members[who])
    return [claim.text for claim in claims]


def test_closed_late_a_stipend_is_claimed_for_whoever_served_when_the_month_ended(
    town: Town,
) -> None:
    """Rules, 8.9: a term that ended in between brings what it would have brought on time."""
    with_rules(town, stipend_credits=Credits(2))
    middle = starts_at("2027-01", NAIROBI) + timedelta(days=14)
    town.appoint("ann", until=middle)
    town.appoint("ben", until=starts_at("2027-01", NAIROBI))
    town.appoint("cho")
    at_end_of(town, "2026-11", -SECOND)
    town.join("dina")
    over = Rotate(town.pool, town.by(STEWARD), town.members["cho"], town.members["dina"])
    town.do(rotate, over)
    at_end_of(town, "2027-01")
    town.do(pass_time, PassTime(town.pool))
    town.close_months()
    assert claimed_by(town, "ann") == ["2026-11", "2026-12"]
    assert claimed_by(town, "ben") == ["2026-11", "2026-12"], "it ended with the year"
    assert claimed_by(town, "cho") == ["2026-11"], "handed over a second later"
    assert claimed_by(town, "dina") == ["2026-12", "2027-01"]


def test_closed_late_no_stipend_is_claimed_for_whoever_has_left(town: Town) -> None:
    """As one that was claimed on time is withdrawn when they leave."""
    with_rules(town, stipend_credits=Credits(2))
    town.appoint("ann")
    at_end_of(town, "2026-11", -SECOND)
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    town.close_months()
    assert claimed_by(town, "ann") == []


# --- tax, limits ---------------------------------------------------------------------------


def test_a_tax_accrues_per_sender_and_an_undo_takes_it_back(town: Town) -> None:
    """Rules, section 5: in whole credits, to the common fund."""
    with_rules(town, tax_ppm=Ppm(150_000))
    town.thank(20, "ann")
    assert town.send("ann", "ben", 5).tax == 0
    sent = town.send("ann", "ben", 5)
    assert (sent.tax, sent.balance) == (1, 9)
    assert town.own(AccountKind.COMMON) == 1
    town.do(undo, Undo(town.pool, town.by("ann")))
    assert (town.balance("ann"), town.balance("ben")) == (15, 5)
    assert town.own(AccountKind.COMMON) == 0
    assert town.send("ann", "ben", 5).tax == 1
    town.audit()


def test_a_tax_is_taken_back_by_the_rules_of_its_day(town: Town) -> None:
    with_rules(town, tax_ppm=Ppm(150_000), notice_days=0)
    town.thank(20, "ann")
    town.send("ann", "ben", 5)
    town.clock.advance(timedelta(minutes=1))
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "stipend", "1"))
    town.do(undo, Undo(town.pool, town.by("ann")))
    assert [town.send("ann", "ben", 5).tax for _ in range(2)] == [0, 1]


@pytest.mark.parametrize("closed", [True, False], ids=["closed in time", "closed late"])
def test_what_a_tax_had_accrued_is_taken_back_from_what_is_left_of_it(
    town: Town, closed: bool
) -> None:
    """Two months took a credit with it meanwhile, also where they close afterwards."""
    with_rules(town, tax_ppm=Ppm(333_333), demurrage_ppm=Ppm(20_000))
    town.thank(30, "ann")
    sent = town.send("ann", "ben", 2)
    at_end_of(town, "2026-12", -SECOND)
    if closed:
        town.close_months()
    town.do(reverse_entry, Reverse(town.pool, town.by(STEWARD), sent.entry, "a slip"))
    town.close_months()
    tally = town.here().tally(town.member("ann").account)
    assert (tally.amount, tally.accrued) == (29, 100_000)
    town.audit()


def test_a_transfer_and_its_tax_are_held_against_the_balance_together(town: Town) -> None:
    with_rules(town, tax_ppm=Ppm(100_000))
    town.thank(10, "ann")
    with refused(NotEnough, free=10, wanted=11):
        town.send("ann", "ben", 10)
    assert town.send("ann", "ben", 9).balance == 1


def test_nobody_is_sent_more_than_they_may_hold(town: Town) -> None:
    with_rules(town, holding_limit_credits=Credits(10))
    town.thank(30, "ann")
    town.send("ann", "ben", 8)
    with refused(HoldsEnough):
        town.send("ann", "ben", 3)
    town.send("ann", "ben", 2)


def test_who_comes_near_a_limit_is_told_once_before_it(town: Town) -> None:
    with_rules(town, holding_limit_credits=Credits(10), debit_limit_credits=Credits(10))
    town.thank(10, "ann")
    town.send("ann", "ben", 7)
    assert told(town, "ben", "NearLimit") == 0
    town.send("ann", "ben", 1)
    town.send("ann", "ben", 1)
    assert told(town, "ben", "NearLimit") == 1
    town.send("cho", "ann", 8)
    assert told(town, "cho", NearLimit.__name__) == 1
    with refused(NotEnough, free=2):
        town.send("cho", "ann", 3)


def told(town: Town, who: str, notice: str) -> int:
    """How often somebody is told something of this kind."""
    ((count,),) = town.hall.rows(
        "SELECT count(*) FROM outbox WHERE member = :member AND notice LIKE :notice",
        member=town.members[who],
        notice=f'["{notice}"%',
    )
    return int(count)


def test_an_undo_asks_what_the_receiver_has_once_the_old_month_is_paid(town: Town) -> None:
    with_rules(town, demurrage_ppm=Ppm(500_000))
    town.thank(10, "ann")
    at_end_of(town, "2026-11", timedelta(minutes=2))
    town.send("ann", "ben", 10)
    at_end_of(town, "2026-11", -timedelta(minutes=2))
    with refused(SpentAlready):
        town.do(undo, Undo(town.pool, town.by("ann")))


def test_what_moved_under_other_clocks_moved_in_the_month_that_it_was_then(town: Town) -> None:
    """In Nairobi it was December, when in Pago Pago, whose clocks count from there, it was not."""
    with_rules(town, expiry=Expiry.REST, expiry_months=1)
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "timezone", "Pacific/Pago_Pago"))
    at_end_of(town, "2026-11", -timedelta(hours=2))
    town.thank(8, "ann")
    at_end_of(town, "2026-12", -timedelta(days=1))
    assert town.here().pool.time_zone == "Pacific/Pago_Pago"
    town.close_months()
    assert town.balance("ann") == 8
    at_end_of(town, "2027-01", -timedelta(days=1))
    town.close_months()
    assert town.balance("ann") == 0
    town.audit()


# --- lots ----------------------------------------------------------------------------------


def lots(town: Town, who: str) -> dict[str, int]:
    """What somebody has, by the month of its issue."""
    holding = town.here().holding(town.member(who).account)
    assert holding is not None
    return dict(holding.lots)


def test_credits_keep_the_date_of_their_issue_when_they_change_hands(town: Town) -> None:
    with_rules(town, expiry=Expiry.LOT, expiry_months=3)
    town.thank(5, "ann")
    at_end_of(town, "2026-11", -SECOND)
    town.thank(4, "ann")
    town.send("ann", "ben", 6)
    assert lots(town, "ben") == {"2026-11": 5, "2026-12": 1}
    assert lots(town, "ann") == {"2026-12": 3}
    at_end_of(town, "2027-02")
    town.close_months()
    assert (town.balance("ann"), town.balance("ben")) == (3, 1)
    assert town.own(AccountKind.COMMON) == 5
    assert lots(town, "ben") == {"2026-12": 1}
    town.audit()


def test_what_pays_a_debt_has_no_date_any_more(town: Town) -> None:
    with_rules(town, expiry=Expiry.LOT, debit_limit_credits=Credits(10))
    town.send("ann", "ben", 6)
    assert lots(town, "ben") == {"2026-11": 6}
    at_end_of(town, "2026-11", -SECOND)
    town.thank(8, "ann")
    assert lots(town, "ann") == {"2026-12": 2}


def test_what_comes_back_to_a_debtor_in_parts_has_a_date_once_it_is_more_than_the_debt(
    town: Town,
) -> None:
    """A transfer of nine and its tax of four go back to Ann, who owes ten by then."""
    half = Ppm(500_000)
    with_rules(town, expiry=Expiry.LOT, debit_limit_credits=Credits(20), tax_ppm=half)
    town.thank(3, "ann")
    town.send("ann", "ben", 9)
    assert town.balance("ann") == -10
    town.do(undo, Undo(town.pool, town.by("ann")))
    assert town.balance("ann") == 3
    assert sum(lots(town, "ann").values()) == 3


def test_where_expiry_by_issue_begins_all_that_is_there_counts_as_issued_then(town: Town) -> None:
    with_rules(town)
    town.thank(5, "ann")
    at_end_of(town, "2027-06", -SECOND)
    town.close_months()
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "lot"))
    assert lots(town, "ann") == {"2027-07": 5}
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "none"))
    town.thank(2, "ann")
    assert lots(town, "ann") == {"2027-07": 5}
    town.clock.advance(SECOND)
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "lot"))
    assert lots(town, "ann") == {"2027-07": 7}
    town.do(pass_time, PassTime(town.pool))


def test_a_month_that_was_over_closes_by_the_dates_that_credits_had_then(town: Town) -> None:
    """They expire by their issue no more from the first of January on."""
    with_rules(town, expiry=Expiry.LOT, expiry_months=1)
    town.thank(5, "ann")
    at_end_of(town, "2026-12", SECOND)
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "notice_days", "1"))
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "none"))
    town.clock.advance(timedelta(days=1))
    town.do(pass_time, PassTime(town.pool))
    assert town.here().pool.rules.expiry is Expiry.NONE
    town.close_months()
    assert (town.balance("ann"), town.own(AccountKind.COMMON)) == (0, 5)
    town.audit()


def test_credits_are_dated_from_their_day_on_though_the_clock_strikes_later(town: Town) -> None:
    """The bot was down from before that day until somebody acted, two months later."""
    with_rules(town, expiry_months=1, notice_days=7)
    town.thank(5, "ann", "ben")
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "lot"))
    at_end_of(town, "2026-12", -SECOND)
    town.thank(4, "ann")
    assert lots(town, "ann") == {"2027-01": 4}
    town.do(pass_time, PassTime(town.pool))
    town.close_months()
    assert [town.balance(who) for who in ("ann", "ben")] == [4, 0]
    assert lots(town, "ann") == {"2027-01": 4}
    assert town.own(AccountKind.COMMON) == 10
    town.audit()


@pytest.mark.parametrize("closed", [True, False], ids=["closed in time", "closed late"])
def test_months_before_dates_end_take_what_was_too_old_once(town: Town, closed: bool) -> None:
    with_rules(town, expiry=Expiry.LOT, expiry_months=2, notice_days=7)
    for month in ("2026-11", "2026-12", "2027-01"):
        at_end_of(town, month, timedelta(days=1))
        town.thank(5, "ann")
    at_end_of(town, "2027-02", timedelta(days=1))
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "expiry", "none"))
    at_end_of(town, "2027-02", -SECOND)
    if closed:
        town.close_months()
    town.clock.advance(timedelta(days=20))
    town.do(pass_time, PassTime(town.pool))
    town.close_months()
    assert (town.balance("ann"), town.own(AccountKind.COMMON)) == (5, 10)
    town.audit()
