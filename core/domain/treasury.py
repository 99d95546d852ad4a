"""Cash beside the credits: what comes in, what is paid out, what stands behind a credit.

The bot records cash, it moves none. All cash lies in one account of the pool, the treasury, and
comes from and goes to one account for the outside world; who gave it and why stands in the records
below. Backing from an organisation goes into the treasury like other cash, because what it backs is
cashed out from there; how much each backer gave is the sum of their records.

What does not divide is rounded in the pool's favour: a fee up, what is paid down, what a backer
owes up.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.rules import Fee
from core.domain.states import Steps
from core.domain.units import PPM, Cents, Credits, MemberId, Number, PoolId, Ppm, Rates
from core.records import dataclass

CASH_LAPSES_AFTER = timedelta(days=30)

FEE_STEPS = (
    (0, Ppm(100_000)),
    (100, Ppm(50_000)),
    (500, Ppm(50_000)),
    (1_000, Ppm(50_000)),
)
"""The sliding fee: past so many units in a month, so much more of what each further one is."""


def bought(cents: Cents, rates: Rates) -> tuple[Credits, Cents]:
    """What cash buys, and the odd part that buys nothing (rules, section 3).

    50.00 gives 5; 57.00 gives 5, and 7.00 is left.
    """
    credits, odd = divmod(cents, rates.cents)
    return Credits(credits), Cents(odd)


def backing_of(credits: Credits, rates: Rates, backing: Ppm) -> Cents:
    """The cash that stands behind so many credits: 6 at 50 % are 30.00, 20 are 100.00."""
    return Cents(-(-credits * rates.cents * backing // PPM))


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a partner cashes out: cents a credit, the fee, the month's volume so far."""

    rate: Cents
    fee: Fee = Fee.NONE
    before: Credits = Credits(0)

    def fee_on(self, credits: int) -> Cents:
        """What is kept back. 1,000 units at 1.00 cost 170.00 in a month that had none before."""
        if self.fee is Fee.NONE:
            return Cents(0)
        kept = _sliding(self.before + credits) - _sliding(self.before)
        return Cents(-(-kept * self.rate // PPM))

    def paid_for(self, credits: int) -> Cents:
        """What is paid for so many credits."""
        return Cents(credits * self.rate - self.fee_on(credits))

    def most(self, wanted: Credits, cents: Cents) -> Credits:
        """As many of the credits wanted as there is cash for: of 30 with 200.00 at 8.00, 25."""
        return Credits(bisect_right(range(1, wanted + 1), cents, key=self.paid_for))


def _sliding(credits: int) -> int:
    """The sliding fee on a month's first so many units, in millionths of a unit."""
    return sum(max(credits - past, 0) * more for past, more in FEE_STEPS)


@dataclass(frozen=True, slots=True)
class Health:
    """How much cash stands behind the credits that are out.

    Cash that is reserved is as good as paid, and its credits as good as retired: neither counts.
    """

    cents: Cents
    credits: Credits
    par: Cents
    rate: Cents

    @property
    def backing(self) -> Ppm | None:
        """Cash against what the credits stand for, None where none are out."""
        return self._against(self.par)

    @property
    def cover(self) -> Ppm | None:
        """Cash against what cashing all of them out would pay, None where none are out."""
        return self._against(self.rate)

    def _against(self, cents: Cents) -> Ppm | None:
        owed = self.credits * cents
        return Ppm(self.cents * PPM // owed) if owed > 0 else None

    def after(self, credits: Credits, cents: Cents) -> Health:
        """The same once so many credits were cashed out for so much."""
        left = Credits(self.credits - credits)
        return Health(Cents(self.cents - cents), left, self.par, self.rate)

    def falls(self, credits: Credits, cents: Cents) -> bool:
        """Whether cashing out lowers backing and cover: exactly when it pays more than its share.

        Without a fee that is when backing is below the rate against par (rules, section 3).
        """
        stays = self.credits > credits
        return stays and cents * self.credits > self.cents * credits


class CashKind(StrEnum):
    """Why cash comes in."""

    GIFT = "gift"
    BUY = "buy"
    PLEDGE = "pledge"
    DUES = "dues"
    BACKING = "backing"


class CashState(StrEnum):
    """Where cash that was announced stands (rules, section 7)."""

    ANNOUNCED = "announced"
    RECEIVED = "received"
    REVERSED = "reversed"
    LAPSED = "lapsed"


CASH_STEPS: Steps[CashState] = {
    CashState.ANNOUNCED: frozenset({CashState.RECEIVED, CashState.LAPSED}),
    CashState.RECEIVED: frozenset({CashState.REVERSED}),
}


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash that somebody announced, and that counts once a steward has received it.

    `credits` are issued when it is received; `gift` is the part of `cents` that buys none.
    `template` is the pledge or membership it came from, in `month` ('2026-11'); `cause` what it is
    backing for (a commitment). `entry` is the ledger entry that recorded it.
    """

    pool: PoolId
    number: Number
    kind: CashKind
    giver: MemberId
    cents: Cents
    announced_at: datetime
    credits: Credits = Credits(0)
    gift: Cents = Cents(0)
    note: str = ""
    template: Number | None = None
    month: str = ""
    cause: Number | None = None
    state: CashState = CashState.ANNOUNCED
    received_at: datetime | None = None
    received_by: MemberId | None = None
    entry: Number | None = None
    version: int = 1


class CashOutState(StrEnum):
    """Where a cash-out stands (rules, section 7)."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    CANCELLED = "cancelled"


CASH_OUT_STEPS: Steps[CashOutState] = {
    CashOutState.REQUESTED: frozenset(
        {CashOutState.APPROVED, CashOutState.REFUSED, CashOutState.CANCELLED}
    ),
    CashOutState.APPROVED: frozenset({CashOutState.PAID, CashOutState.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class CashOut:
    """A partner turns credits into cash. `credits` are held from the request on.

    `approved` of them are to be paid with `cents` (the fee is taken off already); the rest returns
    at approval. `first_by` is the steward who approved first where two are needed. `proof` is a
    word, `photo` the hash of a picture, that shows it was paid. `month` is the one whose cap it
    counts for.
    """

    pool: PoolId
    number: Number
    partner: MemberId
    credits: Credits
    month: str
    requested_at: datetime
    state: CashOutState = CashOutState.REQUESTED
    approved: Credits = Credits(0)
    cents: Cents = Cents(0)
    fee: Cents = Cents(0)
    first_by: MemberId | None = None
    approved_by: MemberId | None = None
    approved_at: datetime | None = None
    paid_by: MemberId | None = None
    paid_at: datetime | None = None
    proof: str = ""
    photo: str = ""
    reason: str = ""
    version: int = 1

    @property
    def counts(self) -> Credits:
        """How many credits it takes of its month's cap."""
        if self.state is CashOutState.REQUESTED:
            return self.credits
        return self.settled

    @property
    def settled(self) -> Credits:
        """How many credits are paid, or reserved to be."""
        done = self.state in (CashOutState.APPROVED, CashOutState.PAID)
        return self.approved if done else Credits(0)

    @property
    def held(self) -> Credits:
        """How many credits are held for it now."""
        if self.state is CashOutState.REQUESTED:
            return self.credits
        return self.approved if self.state is CashOutState.APPROVED else Credits(0)


class ExpenseState(StrEnum):
    """Where an expense of the pool stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    RETURNING = "returning"
    REVERSED = "reversed"


EXPENSE_STEPS: Steps[ExpenseState] = {
    ExpenseState.PROPOSED: frozenset({ExpenseState.APPROVED, ExpenseState.REFUSED}),
    ExpenseState.APPROVED: frozenset({ExpenseState.RETURNING}),
    ExpenseState.RETURNING: frozenset({ExpenseState.APPROVED, ExpenseState.REVERSED}),
}


@dataclass(frozen=True, slots=True)
class Expense:
    """Cash the pool spends, with a reason: recorded by one steward, approved by another.

    It takes two stewards to take it back, too: `returned_by` asked for that, with the `reason`.
    """

    pool: PoolId
    number: Number
    cents: Cents
    text: str
    made_by: MemberId
    made_at: datetime
    state: ExpenseState = ExpenseState.PROPOSED
    decided_by: MemberId | None = None
    decided_at: datetime | None = None
    reason: str = ""
    entry: Number | None = None
    returned_by: MemberId | None = None
    version: int = 1

    @property
    def asked_by(self) -> MemberId:
        """Who waits for another steward's word on it."""
        return self.returned_by or self.made_by
