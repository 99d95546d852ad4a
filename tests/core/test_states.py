"""The tables of states, written down once more from section 7 of the rules and compared."""

from __future__ import annotations

import pytest

from core.domain.commitments import COMMITMENT_STEPS, CommitmentState
from core.domain.disputes import CONCERN_STEPS, DISPUTE_STEPS, ConcernState, DisputeState
from core.domain.gatherings import GATHERING_STEPS, GOING_STEPS, GatheringState, GoingState
from core.domain.listings import LISTING_STEPS, ListingState
from core.domain.members import MEMBER_STEPS, TERM_STEPS, MemberState, TermState
from core.domain.months import PERIOD_STEPS, PeriodState
from core.domain.orders import ORDER_STEPS, REQUEST_STEPS, OrderState, RequestState
from core.domain.pools import CHAT_STEPS, ChatState
from core.domain.recurring import PLAN_STEPS, TEMPLATE_STEPS, PlanState, TemplateState
from core.domain.rules import CHANGE_STEPS, ChangeState
from core.domain.states import may_become
from core.domain.treasury import (
    CASH_OUT_STEPS,
    CASH_STEPS,
    EXPENSE_STEPS,
    CashOutState,
    CashState,
    ExpenseState,
)

# One line a step, as the rules say them.
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
done disputed
confirmed disputed
disputed confirmed
disputed reversed
"""
ORDER = """
held delivered
delivered settled
held settled
held cancelled
held disputed
delivered disputed
disputed settled
disputed cancelled
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
serving renewed
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

CASH_IN = """
announced received
received reversed
announced lapsed
"""
CASH_OUT = """
requested approved
approved paid
requested refused
requested cancelled
approved cancelled
"""
EXPENSE = """
proposed approved
proposed refused
approved returning
returning approved
returning reversed
"""
# A pledge, a recurring commitment and a membership are templates.
TEMPLATE = """
active paused
paused active
active ended
paused ended
"""
PLAN = """
open closed
"""
GATHERING = """
open over
open cancelled
"""
GOING = """
going not_going
going attended
waiting going
waiting not_going
waiting attended
not_going going
not_going waiting
not_going attended
"""
DISPUTE = """
opened talk
talk panel
panel circle
opened resolved
opened withdrawn
opened reversed
opened compensated
talk resolved
talk withdrawn
talk reversed
talk compensated
panel resolved
panel withdrawn
panel reversed
panel compensated
circle resolved
circle withdrawn
circle reversed
circle compensated
"""
CONCERN = """
open taken
open closed
taken closed
"""
CHANGE = """
waiting in_force
waiting withdrawn
"""
PERIOD = """
closing closed
"""

TABLES = [
    (ListingState, LISTING_STEPS, LISTING),
    (CommitmentState, COMMITMENT_STEPS, COMMITMENT),
    (OrderState, ORDER_STEPS, ORDER),
    (MemberState, MEMBER_STEPS, MEMBERSHIP),
    (TermState, TERM_STEPS, TERM),
    (RequestState, REQUEST_STEPS, REQUEST),
    (ChatState, CHAT_STEPS, CHAT),
    (CashState, CASH_STEPS, CASH_IN),
    (CashOutState, CASH_OUT_STEPS, CASH_OUT),
    (ExpenseState, EXPENSE_STEPS, EXPENSE),
    (TemplateState, TEMPLATE_STEPS, TEMPLATE),
    (PlanState, PLAN_STEPS, PLAN),
    (GatheringState, GATHERING_STEPS, GATHERING),
    (GoingState, GOING_STEPS, GOING),
    (DisputeState, DISPUTE_STEPS, DISPUTE),
    (ConcernState, CONCERN_STEPS, CONCERN),
    (ChangeState, CHANGE_STEPS, CHANGE),
    (PeriodState, PERIOD_STEPS, PERIOD),
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
