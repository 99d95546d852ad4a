"""What is said fits the facts: nothing of what is not there, and always what to type next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import bots.catalogue.all  # noqa: F401 - each topic registers its words
from bots.catalogue.showing import explain, tell
from bots.transcripts.neutral import neutral_buttons, neutral_text
from bots.words import Voice
from core.domain.members import Who
from core.domain.refusals import (
    LeavingMeans,
    NotEnough,
    NotWhole,
    Refusal,
    SpentAlready,
    TooLateToUndo,
)
from core.domain.units import Credits, Measure, MemberId, Number, PoolId, Worth
from core.usecases.posting import NearLimit

POOL = PoolId(1)
JUMA = Who(MemberId("m1"), "Juma Otieno")
GONE = Who(MemberId("m2"), "")

NOTHING_OPEN = LeavingMeans("Riverside", Credits(0), 0, 0, None, elsewhere=False)
ERASED = "If you leave, I erase your name, your accounts and your notes."


def said(refusal: Refusal) -> str:
    return neutral_text(explain(refusal, POOL), Voice())


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        ({}, ""),
        (
            {"credits": Credits(1)},
            " The common fund gets 1 credit of yours, unless you type /leave to:@name.",
        ),
        ({"credits": Credits(2), "heir": JUMA}, " Juma Otieno gets 2 credits of yours."),
        ({"heir": JUMA}, ""),
        ({"orders": 1}, " Your open order is cancelled."),
        ({"orders": 2}, " Your 2 open orders are cancelled."),
        ({"commitments": 1}, " Your open promise is withdrawn."),
        ({"commitments": 3}, " Your 3 open promises are withdrawn."),
        (
            {"orders": 1, "commitments": 1},
            " Your open orders are cancelled and your open promises withdrawn.",
        ),
    ],
)
def test_what_leaving_means_says_only_what_there_is(facts: dict[str, Any], more: str) -> None:
    assert said(replace(NOTHING_OPEN, **facts)) == ERASED + more


def test_who_stays_elsewhere_hears_which_pool_they_leave() -> None:
    means = said(replace(NOTHING_OPEN, elsewhere=True))
    assert means == "If you leave Riverside, I erase your name and your notes there."


@pytest.mark.parametrize(
    ("balance", "limit", "left", "words"),
    [
        (49, 50, 1, "You may be sent 1 credit more before you reach the most one may hold."),
        (50, 50, 0, "That is as much as one may be sent to hold."),
        (-4, -5, 1, "You can spend 1 credit more before you reach the limit."),
        (-5, -5, 0, "That is as low as one may go."),
    ],
)
def test_nobody_is_told_of_zero_credits_to_go(balance: int, limit: int, left: int, words: str):
    told = neutral_text(tell(NearLimit(balance, limit, Credits(left)), POOL), Voice())
    assert words in told


@pytest.mark.parametrize("kind", [TooLateToUndo, SpentAlready])
def test_what_cannot_be_taken_back_can_be_asked_for_in_a_line_ready_to_type(
    kind: type[TooLateToUndo | SpentAlready],
) -> None:
    told = said(kind(Credits(2), JUMA))
    assert "2 credits" in told
    assert told.endswith("Ask for them instead: /ask @JumaOtieno 2")


@pytest.mark.parametrize("kind", [TooLateToUndo, SpentAlready])
def test_nobody_is_sent_to_ask_somebody_who_has_left(
    kind: type[TooLateToUndo | SpentAlready],
) -> None:
    told = said(kind(Credits(2), GONE))
    assert "a former member" in told
    assert "/ask" not in told


@pytest.mark.parametrize(
    ("free", "wanted", "have", "ask"),
    [
        (0, 1, "This takes 1 credit, and you have none just now.", "/ask @name 1"),
        (1, 3, "This takes 3 credits, and you can spend 1 credit.", "/ask @name 2"),
    ],
)
def test_who_has_too_little_hears_how_much_and_whom_to_ask_for_the_rest(
    free: int, wanted: int, have: str, ask: str
) -> None:
    told = said(NotEnough(Credits(free), Credits(wanted)))
    assert told.startswith(have)
    assert told.endswith(ask)


@pytest.mark.parametrize(
    ("quantity", "told", "offered"),
    [
        (1, "1 does not make whole credits. 2 would: shall it be so many?", ("2",)),
        (3, "3 do not make whole credits. 2 or 4 would: which shall it be?", ("2", "4")),
        (7, "7 do not make whole credits. 6 or 8 would: which shall it be?", ("6", "8")),
    ],
)
def test_the_nearest_quantities_that_make_whole_credits_are_named(
    quantity: int, told: str, offered: tuple[str, ...]
) -> None:
    quarter = NotWhole(Number(3), Worth(Measure.MINUTES, 15), quantity, 2)
    assert said(quarter) == f"At 15 min each, {told}"
    assert neutral_buttons(explain(quarter, POOL), Voice()) == (offered,)
