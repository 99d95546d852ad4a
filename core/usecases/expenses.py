"""Expenses of the pool: one steward records what is to be paid and why, another approves it.

To take one back takes two as well: one asks for it, another agrees.
"""

from __future__ import annotations

from dataclasses import replace

from core.domain.chance import At
from core.domain.ledger import AccountKind, Draft, EntryKind
from core.domain.members import Member, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.refusals import NotThere, OwnExpense, Refused
from core.domain.states import may_become
from core.domain.treasury import EXPENSE_STEPS, Expense, ExpenseState
from core.domain.units import Cents, Number, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.posting import enter, reverse
from core.usecases.standing import By, drawn_for, known, steward, stewards, thing, who
from core.usecases.treasury import cash_moved, free_cash, must_be_free


@dataclass(frozen=True, slots=True)
class ProposeExpense(Command):
    """Record something that the pool is to pay for."""

    pool: PoolId
    by: By
    cents: Cents
    text: str


@dataclass(frozen=True, slots=True)
class ExpenseProposed(Outcome):
    """It waits for another steward; `stewards` is how many others serve."""

    expense: Number
    text: str
    cents: Cents
    stewards: int


def propose_expense(work: Work, command: ProposeExpense, at: At) -> ExpenseProposed:
    """Record an expense with its reason; nothing is paid before another steward approves.

    Raises:
        Refused: StewardsOnly, NotInTreasury.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    must_be_free(here, command.cents)
    made = Expense(
        command.pool, here.number(), command.cents, command.text, actor.id, made_at=at.now
    )
    here.expenses.add(made)
    others = [each for each in stewards(here, at.now) if each != actor.id]
    return ExpenseProposed(made.number, made.text, made.cents, len(others))


@dataclass(frozen=True, slots=True)
class ApproveExpense(Command):
    """Say that the pool pays for it."""

    pool: PoolId
    by: By
    expense: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RefuseExpense(Command):
    """Say that the pool does not pay for it, and why."""

    pool: PoolId
    by: By
    expense: Number
    why: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ExpenseApproved(Outcome):
    """It is paid; `left` is what may still be spent."""

    expense: Number
    text: str
    cents: Cents
    left: Cents


@dataclass(frozen=True, slots=True)
class ExpenseRefused(Outcome):
    """It is not paid, and who recorded it knows why."""

    expense: Number
    text: str
    by: Who


@dataclass(frozen=True, slots=True)
class ExpenseDecided(Notice):
    """Tells who recorded it. `why` is '' when it was approved."""

    expense: Number
    text: str
    cents: Cents
    by: Who
    approved: bool
    why: str


def approve_expense(
    work: Work, command: ApproveExpense, at: At
) -> ExpenseApproved | ExpenseReturned:
    """Approve another steward's expense, which is paid with that; or that one is taken back.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnExpense, NotThere, OutOfDate,
            NotInTreasury.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    expense = _decidable(here, actor, command.expense, command.version)
    if expense.state is ExpenseState.RETURNING:
        return _return(here, actor, expense, at)
    must_be_free(here, expense.cents)
    paid = cash_moved(here, AccountKind.TREASURY, AccountKind.OUTSIDE, expense.cents)
    draft = Draft(EntryKind.EXPENSE, actor.id, (paid,), cause=expense.number)
    entry = enter(here, draft, at)
    approved = replace(expense, state=ExpenseState.APPROVED, entry=entry.number)
    _decide(here, actor, approved, at)
    return ExpenseApproved(expense.number, expense.text, expense.cents, free_cash(here))


def refuse_expense(work: Work, command: RefuseExpense, at: At) -> ExpenseRefused | ExpenseStays:
    """Turn another steward's expense down, with a reason; or their wish to take one back.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnExpense, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    expense = _decidable(here, actor, command.expense, command.version)
    if expense.state is ExpenseState.RETURNING:
        return _let_stand(here, actor, expense, command.why)
    _decide(here, actor, replace(expense, state=ExpenseState.REFUSED, reason=command.why), at)
    return ExpenseRefused(expense.number, expense.text, known(here, expense.made_by))


WAITING = (ExpenseState.PROPOSED, ExpenseState.RETURNING)


def _decidable(here: Here, actor: Member, number: Number, seen: int | None) -> Expense:
    expense = thing(here, here.expenses, number, "expense")
    if expense.asked_by == actor.id:
        raise Refused(OwnExpense(number))
    if expense.state not in WAITING:
        raise Refused(NotThere(number, "expense", expense.state))
    drawn_for(expense.version, seen, number)
    return expense


def _decide(here: Here, actor: Member, expense: Expense, at: At) -> None:
    here.expenses.save(
        replace(expense, decided_by=actor.id, decided_at=at.now, version=expense.version + 1)
    )
    told = ExpenseDecided(
        expense.number,
        expense.text,
        expense.cents,
        who(actor),
        expense.state is ExpenseState.APPROVED,
        expense.reason,
    )
    here.tell(expense.made_by, told)


# --- taking one back -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReturnAsked(Outcome):
    """The cash is to come back into the treasury, once another of so many stewards agrees."""

    expense: Number
    text: str
    cents: Cents
    stewards: int


@dataclass(frozen=True, slots=True)
class ExpenseReturned(Outcome):
    """It is taken back with an entry of its own; `treasury` is what there is now."""

    expense: Number
    text: str
    cents: Cents
    reversal: Number
    treasury: Cents


@dataclass(frozen=True, slots=True)
class ExpenseStays(Outcome):
    """It is not taken back, and who wanted that knows why."""

    expense: Number
    text: str
    by: Who


@dataclass(frozen=True, slots=True)
class ReturnDecided(Notice):
    """Tells who wanted an expense taken back. `why` is '' when it was."""

    expense: Number
    text: str
    cents: Cents
    by: Who
    why: str


def expense_named(here: Here, number: Number) -> Expense | None:
    """The expense of this number, or the one that was paid with this entry."""
    expense = here.expenses.get(number)
    entry = here.entry(number) if expense is None else None
    if entry is not None and entry.kind is EntryKind.EXPENSE and entry.cause is not None:
        return here.expenses.get(entry.cause)
    return expense


def ask_return(here: Here, actor: Member, expense: Expense, why: str, at: At) -> ReturnAsked:
    """Ask, as a steward, that an expense is taken back: it took two to pay it.

    Raises:
        Refused: NotThere.
    """
    if not may_become(EXPENSE_STEPS, expense.state, ExpenseState.RETURNING):
        raise Refused(NotThere(expense.number, "expense", expense.state))
    asked = replace(
        expense,
        state=ExpenseState.RETURNING,
        reason=why,
        returned_by=actor.id,
        version=expense.version + 1,
    )
    here.expenses.save(asked)
    others = [each for each in stewards(here, at.now) if each != actor.id]
    return ReturnAsked(expense.number, expense.text, expense.cents, len(others))


def _return(here: Here, actor: Member, expense: Expense, at: At) -> ExpenseReturned:
    """Bring the cash back into the treasury, by an entry that mirrors the one that paid it."""
    paid = here.entry(expense.entry) if expense.entry else None
    if paid is None:
        raise LookupError(expense.number)
    draft = Draft(EntryKind.REVERSE, actor.id, (), cause=expense.number, note=expense.reason)
    reversal = reverse(here, paid, draft, at)
    back = replace(expense, state=ExpenseState.REVERSED, version=expense.version + 1)
    here.expenses.save(back)
    _tell_return(here, actor, expense, "")
    treasury = Cents(here.cash_in(AccountKind.TREASURY))
    return ExpenseReturned(expense.number, expense.text, expense.cents, reversal.number, treasury)


def _let_stand(here: Here, actor: Member, expense: Expense, why: str) -> ExpenseStays:
    """Leave an expense as it was paid."""
    stays = replace(expense, state=ExpenseState.APPROVED, reason="", returned_by=None)
    here.expenses.save(replace(stays, version=expense.version + 1))
    _tell_return(here, actor, expense, why)
    return ExpenseStays(expense.number, expense.text, known(here, expense.asked_by))


def _tell_return(here: Here, actor: Member, expense: Expense, why: str) -> None:
    told = ReturnDecided(expense.number, expense.text, expense.cents, who(actor), why)
    here.tell(expense.asked_by, told)
