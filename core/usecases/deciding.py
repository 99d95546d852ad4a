"""A steward's yes or no to whatever waits for one, and calling off what one asked for oneself."""

from __future__ import annotations

from core.domain.chance import At
from core.domain.neutral import Command
from core.domain.refusals import AnotherKind, NoSuchThing, Refused
from core.domain.units import Number, PoolId
from core.ports import Work
from core.records import dataclass
from core.usecases.cashing_out import (
    ApproveCashOut,
    CancelCashOut,
    CashOutCalledOff,
    CashOutGranted,
    CashOutSeconded,
    CashOutTurnedDown,
    RefuseCashOut,
    approve_cash_out,
    cancel_cash_out,
    refuse_cash_out,
)
from core.usecases.commitments import Confirm, Confirmed, Decline, Declined, confirm, decline
from core.usecases.expenses import (
    ApproveExpense,
    ExpenseApproved,
    ExpenseRefused,
    ExpenseReturned,
    ExpenseStays,
    RefuseExpense,
    approve_expense,
    refuse_expense,
)
from core.usecases.orders import Cancel, Cancelled, cancel
from core.usecases.pools import AnswerChat, ChatLetIn, ChatTurnedAway, answer_chat
from core.usecases.standing import By
from core.usecases.treasury import CancelCash, CashCalledOff, cancel_cash


@dataclass(frozen=True, slots=True)
class Approve(Command):
    """Say yes to a cash-out, an expense, a stipend, a chat. `sure` once its effect was shown."""

    pool: PoolId
    by: By
    what: Number
    version: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Refuse(Command):
    """Say no to what waits, and why."""

    pool: PoolId
    by: By
    what: Number
    why: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CallOff(Command):
    """Call off what one asked for oneself: an order, a cash-out, cash that was announced."""

    pool: PoolId
    by: By
    what: Number
    version: int | None = None


def approve(
    work: Work, command: Approve, at: At
) -> (
    ChatLetIn
    | ChatTurnedAway
    | CashOutGranted
    | CashOutSeconded
    | ExpenseApproved
    | ExpenseReturned
    | Confirmed
):
    """Say yes to whatever the number names; each kind holds who may.

    Raises:
        Refused: as the kind's own use case; AnotherKind for what nobody approves.
    """
    pool, by, number, seen = command.pool, command.by, command.what, command.version
    match work.enter(pool).kind_of(number):
        case "cash_out":
            wanted = ApproveCashOut(pool, by, number, seen, command.sure)
            return approve_cash_out(work, wanted, at)
        case "expense":
            return approve_expense(work, ApproveExpense(pool, by, number, seen), at)
        case "commitment":
            return confirm(work, Confirm(pool, by, (number,), seen), at)
        case "chat":
            return answer_chat(work, AnswerChat(pool, by, number, let_in=True, version=seen), at)
        case is_a:
            raise _not_to_decide(number, is_a)


def refuse(
    work: Work, command: Refuse, at: At
) -> ChatTurnedAway | ChatLetIn | CashOutTurnedDown | ExpenseRefused | ExpenseStays | Declined:
    """Say no to whatever the number names; each kind holds who may.

    Raises:
        Refused: as the kind's own use case; AnotherKind for what nobody approves.
    """
    pool, by, number, seen = command.pool, command.by, command.what, command.version
    match work.enter(pool).kind_of(number):
        case "cash_out":
            return refuse_cash_out(work, RefuseCashOut(pool, by, number, command.why, seen), at)
        case "expense":
            return refuse_expense(work, RefuseExpense(pool, by, number, command.why, seen), at)
        case "commitment":
            return decline(work, Decline(pool, by, number, command.why, seen), at)
        case "chat":
            no = AnswerChat(pool, by, number, let_in=False, why=command.why, version=seen)
            return answer_chat(work, no, at)
        case is_a:
            raise _not_to_decide(number, is_a)


def _not_to_decide(number: Number, is_a: str | None) -> Refused:
    """What is raised where a number names nothing that waits for a steward."""
    return Refused(AnotherKind(number, is_a, "decision") if is_a else NoSuchThing(number))


def call_off(work: Work, command: CallOff, at: At) -> Cancelled | CashOutCalledOff | CashCalledOff:
    """Call off whatever the number names; each kind holds who may.

    Raises:
        Refused: as the kind's own use case; AnotherKind for what is not called off.
    """
    pool, by, number, seen = command.pool, command.by, command.what, command.version
    match work.enter(pool).kind_of(number):
        case "cash_out":
            return cancel_cash_out(work, CancelCashOut(pool, by, number, seen), at)
        case "cash":
            return cancel_cash(work, CancelCash(pool, by, number, seen), at)
        case _:
            return cancel(work, Cancel(pool, by, number, seen), at)
