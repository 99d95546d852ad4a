"""The tables of states, written down once more from section 7 of the rules and compared."""

from __future__ import annotations

import pytest

from core.domain.commitments import COMMITMENT_STEPS, CommitmentState
from core.domain.listings import LISTING_STEPS, ListingState
from core.domain.members import MEMBER_STEPS, TERM_STEPS, MemberState, TermState
from core.domain.orders import ORDER_STEPS, REQUEST_STEPS, OrderState, RequestState
from core.domain.pools import CHAT_STEPS, ChatState
from core.domain.states import may_become

# One line a step, as the rules say them. What the rules have besides (disputed, reversed,
# proposed, renewed) has no state here before the issue that brings it.
LISTING = """
open closed
open expired
open withdrawn
expired open
"""
COMMITMENT = """
open done
done confirmed
done open
open withdrawn
open missed
missed done
"""
ORDER = """
held delivered
delivered settled
held settled
held cancelled
"""
# "invited → joined → active ⇄ paused → left": one may leave from wherever one takes part.
MEMBERSHIP = """
invited joined
joined active
active paused
paused active
joined left
active left
paused left
"""
TERM = """
serving ended
serving stepped_down
serving recalled
"""
REQUEST = """
open paid
open declined
"""
CHAT = """
waiting bound
waiting ended
bound paused
bound ended
paused bound
paused ended
"""

TABLES = [
    (ListingState, LISTING_STEPS, LISTING),
    (CommitmentState, COMMITMENT_STEPS, COMMITMENT),
    (OrderState, ORDER_STEPS, ORDER),
    (MemberState, MEMBER_STEPS, MEMBERSHIP),
    (TermState, TERM_STEPS, TERM),
    (RequestState, REQUEST_STEPS, REQUEST),
    (ChatState, CHAT_STEPS, CHAT),
]


@pytest.mark.parametrize(
    ("kind", "steps", "written"), TABLES, ids=[kind.__name__ for kind, *_ in TABLES]
)
def test_a_step_is_in_the_table_exactly_when_the_rules_have_it(kind, steps, written):
    rules = {tuple(line.split()) for line in written.split("\n") if line}
    table = {
        (now.value, then.value) for now in kind for then in kind if may_become(steps, now, then)
    }
    assert table == rules
    assert {each for pair in rules for each in pair} == {state.value for state in kind}
