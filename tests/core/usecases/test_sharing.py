"""The charge on resting credits, shared out again among those who traded (rules, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.domain.ledger import AccountKind, EntryKind
from core.domain.listings import ListingKind
from core.domain.months import cause_of
from core.domain.rules import Expiry
from core.domain.units import Credits, Measure, Ppm, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.credits import Undo, undo
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Deliver, Spend, deliver, spend
from core.usecases.ruling import SetRule, set_rule
from tests.core.hall import STEWARD, Town
from tests.core.usecases.test_closing import at_end_of, entries, with_rules

DAY = timedelta(days=1)
TWO_PERCENT = Ppm(20_000)
TEN = tuple(f"h{place}" for place in range(10))


def sharing(town: Town, **more: Any) -> None:
    with_rules(town, demurrage_ppm=TWO_PERCENT, demurrage_share=True, **more)


def ten_with_1000(town: Town) -> None:
    """Ten holders of 1,000 credits, who did nothing for them this month."""
    town.join(*TEN)
    town.thank(1_000, *TEN)
    at_end_of(town, "2026-11")
    town.close_months()
    town.clock.advance(DAY)


def two_trade(town: Town) -> None:
    town.send("h3", "h8", 5)
    town.send("h8", "h3", 5)


def test_of_ten_holders_of_1000_the_two_who_traded_have_1080_and_the_rest_980(town: Town) -> None:
    """The worked number of the rules."""
    with_rules(town)
    ten_with_1000(town)
    sharing(town)
    two_trade(town)
    at_end_of(town, "2026-12")
    town.close_months()
    assert {who: town.balance(who) for who in TEN} == {
        who: 1_080 if who in ("h3", "h8") else 980 for who in TEN
    }
    assert town.own(AccountKind.COMMON) == 0
    assert entries(town, EntryKind.SHARE) == [(cause_of("2026-12"), 100)] * 2
    town.audit()


def test_where_the_rule_does_not_say_so_it_stays_in_the_common_fund(town: Town) -> None:
    with_rules(town)
    ten_with_1000(town)
    with_rules(town, demurrage_ppm=TWO_PERCENT)
    two_trade(town)
    at_end_of(town, "2026-12")
    town.close_months()
    assert (town.balance("h3"), town.own(AccountKind.COMMON)) == (980, 200)


def test_what_does_not_divide_and_what_nobody_earned_stays_in_the_common_fund(town: Town) -> None:
    sharing(town)
    town.thank(50, "ann", "ben", "cho")
    at_end_of(town, "2026-11")
    town.close_months()
    assert [town.balance(who) for who in ("ann", "ben", "cho")] == [50, 50, 50]
    town.clock.advance(DAY)
    at_end_of(town, "2026-12")
    town.close_months()
    assert town.own(AccountKind.COMMON) == 3


def spends_on_an_offer(town: Town) -> None:
    price = Worth(Measure.CREDITS, 10)
    listed = PostListing(town.pool, town.by("ben"), ListingKind.OFFER, price, "Bread")
    offer = town.do(post_listing, listed).listing
    order = town.do(spend, Spend(town.pool, town.by("ann"), offer)).order
    town.do(deliver, Deliver(town.pool, town.by("ann"), order))


def works(town: Town) -> None:
    town.thank(10, "ben")


def sends_and_undoes(town: Town) -> None:
    town.send("ann", "ben", 10)
    town.do(undo, Undo(town.pool, town.by("ann")))


def sends_and_a_steward_takes_it_back(town: Town) -> None:
    entry = town.send("ann", "ben", 10).entry
    town.do(reverse_entry, Reverse(town.pool, town.by(STEWARD), entry, "a slip"))


@pytest.mark.parametrize(
    ("scene", "who"),
    [
        (spends_on_an_offer, {"ann", "ben"}),
        (works, {"ben"}),
        (sends_and_undoes, set()),
        (sends_and_a_steward_takes_it_back, set()),
    ],
)
def test_who_traded_gave_or_got_credits_that_were_not_taken_back(
    town: Town, scene: Callable[[Town], None], who: set[str]
) -> None:
    with_rules(town)
    town.thank(1_000, "ann", "ben", "cho")
    at_end_of(town, "2026-11")
    town.close_months()
    sharing(town)
    start = town.clock.advance(DAY)
    scene(town)
    end = town.clock.advance(DAY)
    found = town.here().traders(start, end)
    assert set(found) == {town.members[each] for each in who}
    assert town.here().traders(end, end + DAY) == []


def test_a_former_members_share_stays_in_the_common_fund(town: Town) -> None:
    with_rules(town)
    ten_with_1000(town)
    sharing(town)
    two_trade(town)
    at_end_of(town, "2026-12")
    town.do(leave, Leave(town.pool, town.by("h8"), town.members["h0"], sure=True))
    town.close_months()
    assert (town.balance("h3"), town.own(AccountKind.COMMON)) == (1_080, 100)
    town.audit()


@contextmanager
def undone(town: Town) -> Iterator[None]:
    """What happens within has not happened: it can happen otherwise."""
    before = town.clock.now
    with town.hall.looking(town.pool):
        yield
    town.clock.now = before


def closed(town: Town) -> list[int]:
    """All balances once what is over is closed; the books are right."""
    town.close_months()
    town.audit()
    return all_balances(town)


def all_balances(town: Town) -> list[int]:
    return [*(town.balance(who) for who in TEN), town.own(AccountKind.COMMON)]


@pytest.mark.parametrize("expiry", [Expiry.NONE, Expiry.LOT], ids=str)
def test_closed_three_months_late_equals_closed_on_time(town: Town, expiry: Expiry) -> None:
    """Rules, 8.9: the shares of a month are there before the next month's charge is taken."""

    def months(*, on_time: bool) -> list[int]:
        for month in ("2026-12", "2027-01", "2027-02"):
            two_trade(town)
            at_end_of(town, month)
            if on_time:
                town.close_months()
            town.clock.advance(DAY)
            town.send("h1", "h2", 7)
        return closed(town)

    with_rules(town)
    ten_with_1000(town)
    with_rules(
        town,
        demurrage_ppm=Ppm(100_000),
        demurrage_share=True,
        expiry=expiry,
        expiry_months=2,
        holding_limit_credits=Credits(0),
    )
    with undone(town):
        on_time = months(on_time=True)
    assert on_time == months(on_time=False)


def test_months_before_the_rule_are_charged_though_they_close_after_it(town: Town) -> None:
    """Rules, 8.9: what a month charges that is not shared comes before the next month's."""

    def months(*, on_time: bool) -> list[int]:
        at_end_of(town, "2026-12", before=3 * DAY)
        town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "demurrage_share", "on"))
        for month in ("2026-12", "2027-01", "2027-02"):
            at_end_of(town, month)
            if on_time:
                town.close_months()
            town.clock.advance(DAY)
        town.send("h1", "h2", 7)
        return closed(town)

    with_rules(town)
    ten_with_1000(town)
    with_rules(town, demurrage_ppm=Ppm(100_000), holding_limit_credits=Credits(0), notice_days=7)
    with undone(town):
        on_time = months(on_time=True)
    assert on_time == months(on_time=False)


def test_many_who_traded_get_their_shares_in_several_chunks_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.closing.MEMBERS_A_CHUNK", 3)
    with_rules(town)
    ten_with_1000(town)
    sharing(town)
    for giver, taker in zip(TEN[:8:2], TEN[1:8:2], strict=True):
        town.send(giver, taker, 50)
        town.send(taker, giver, 50)
    at_end_of(town, "2026-12")
    town.close_months()
    assert [town.balance(who) for who in TEN] == [1_005] * 8 + [980] * 2
    town.audit()
