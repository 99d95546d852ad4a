"""The money a pool counts in: mended while nothing is counted in it, fixed from then on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain.ledger import AccountKind
from core.domain.listings import ListingKind
from core.domain.refusals import MoneyIsCounted, StewardsOnly, UnknownCurrency
from core.domain.treasury import CashKind
from core.domain.units import Cents, Measure, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.pools import SetCurrency, set_currency
from core.usecases.recurring import MakePlan, Pledge, make_plan, pledge
from core.usecases.treasury import Give, HandOver, give, hand_over
from tests.core.hall import STEWARD, Town
from tests.core.refusing import refused

FORTY = Worth(Measure.CENTS, 4_000)


def counts_in(town: Town, currency: str, who: str = STEWARD) -> str:
    code: str = town.do(set_currency, SetCurrency(town.pool, town.by(who), currency)).currency
    assert town.here().pool.currency == code
    return code


def test_a_wrong_currency_is_mended_and_cash_is_then_counted_in_the_right_one(town):
    assert counts_in(town, "cad") == "CAD"
    gift = HandOver(town.pool, town.by(STEWARD), town.members["ann"], Cents(500), CashKind.GIFT)
    town.do(hand_over, gift)
    assert town.own(AccountKind.TREASURY) == 500
    assert town.hall.rows("SELECT DISTINCT unit FROM posting") == [("CAD",)]
    town.audit()


def test_what_is_counted_in_credits_and_hours_is_in_nobodys_way(town):
    town.thank(4, "ann")
    town.promise("ann", Worth(Measure.MINUTES, 60))
    assert counts_in(town, "CAD") == "CAD"
    assert counts_in(town, "CAD") == "CAD"
    town.audit()


def offers(town: Town) -> None:
    town.do(post_listing, PostListing(town.pool, town.by("ann"), ListingKind.OFFER, FORTY, "bike"))


def promises(town: Town) -> None:
    town.promise("ann", FORTY)


def gives(town: Town) -> None:
    town.do(give, Give(town.pool, town.by("ann"), Cents(500), ""))


def pledges(town: Town) -> None:
    town.do(pledge, Pledge(town.pool, town.by("ann"), Cents(500)))


def plans(town: Town) -> None:
    town.do(make_plan, MakePlan(town.pool, town.by(STEWARD), "Friends", Cents(3300), "tea", "", 0))


@pytest.mark.parametrize("act", [offers, promises, gives, pledges, plans])
def test_once_any_amount_stands_in_it_the_currency_stays(town, act: Callable[[Town], None]):
    act(town)
    assert counts_in(town, "KES") == "KES"
    with refused(MoneyIsCounted, currency="KES"):
        counts_in(town, "CAD")
    assert town.here().pool.currency == "KES"


def test_only_a_steward_sets_it_and_only_to_a_currency(town):
    with refused(StewardsOnly):
        counts_in(town, "CAD", who="ann")
    with refused(UnknownCurrency, said="shillings"):
        counts_in(town, "shillings")
