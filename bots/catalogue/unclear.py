"""Refusals of what was typed: it could not be understood, so it never reached core."""

from __future__ import annotations

from datetime import datetime

from core.domain.refusals import NeedsYes, Refusal
from core.domain.units import MemberId, PoolId
from core.reads import Forecast
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class NotAnAmount(Refusal):
    """Not a whole number of credits, written in digits."""

    said: str


@dataclass(frozen=True, slots=True)
class NotAWorth(Refusal):
    """None of the ways to say what something is worth."""

    said: str


@dataclass(frozen=True, slots=True)
class NotMoney(Refusal):
    """None of the ways to say an amount of cash."""

    said: str


@dataclass(frozen=True, slots=True)
class OtherCurrency(Refusal):
    """An amount in a currency that is not the pool's."""

    said: str
    currency: str


@dataclass(frozen=True, slots=True)
class NotARuleValue(Refusal):
    """No value that this rule could have; these show what could be."""

    rule: str
    said: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleMeans(NeedsYes):
    """What a change of a rule would do to the balances there are, by the readers' count."""

    rule: str
    value: str
    before: str
    from_at: datetime
    at_once: bool
    present: Forecast
    then: Forecast


@dataclass(frozen=True, slots=True)
class NotAMonth(Refusal):
    """No month, as 2026-11."""

    said: str


@dataclass(frozen=True, slots=True)
class NoMonthYet(Refusal):
    """No month of this pool is closed; this is its first."""

    month: str


@dataclass(frozen=True, slots=True)
class NotClosedYet(Refusal):
    """The month has no report: it is not over, or from before the pool."""

    month: str
    present: str


@dataclass(frozen=True, slots=True)
class NotACount(Refusal):
    """Not a count of things."""

    said: str


@dataclass(frozen=True, slots=True)
class NotANumber(Refusal):
    """Not the number of a thing."""

    said: str


@dataclass(frozen=True, slots=True)
class NotADate(Refusal):
    """None of the ways to say a day."""

    said: str


@dataclass(frozen=True, slots=True)
class NotATime(Refusal):
    """None of the ways to say a day and a time, or a time that the clocks skip that day."""

    said: str


@dataclass(frozen=True, slots=True)
class NotAChoice(Refusal):
    """None of the words that fit here."""

    said: str
    fitting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooLong(Refusal):
    """A text with more characters than are kept."""

    length: int
    length_max: int


@dataclass(frozen=True, slots=True)
class NotInPlainLetters(Refusal):
    """A name with marks that can make it look like another's."""

    said: str


@dataclass(frozen=True, slots=True)
class NobodyCalled(Refusal):
    """No member is called that."""

    said: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant. `account` tells them from one of the same name, else it is ''."""

    member: MemberId
    name: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class WhichMember(Refusal):
    """Somebody was meant, and it is not certain who: at most five may be picked."""

    said: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class PlanIncomplete(Refusal):
    """A new plan lacks its dues, or its promise lacks the words or the hours."""


@dataclass(frozen=True, slots=True)
class UnknownCommand(Refusal):
    """No command has this name; `nearest` is one that nearly has."""

    said: str
    nearest: str


@dataclass(frozen=True, slots=True)
class NoPoolHere(Refusal):
    """The chat belongs to no pool yet."""


@dataclass(frozen=True, slots=True)
class NoPoolYet(Refusal):
    """In a direct message: the caller is in no pool."""


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """A pool that somebody can choose to talk about."""

    pool: PoolId
    name: str


@dataclass(frozen=True, slots=True)
class WhichPool(Refusal):
    """In a direct message: the caller is in several pools and has not chosen one."""

    pools: tuple[PoolChoice, ...]


@dataclass(frozen=True, slots=True)
class ChatWaitsStill(Refusal):
    """The chat has asked to join a pool, and no steward has answered."""


@dataclass(frozen=True, slots=True)
class InGroupOnly(Refusal):
    """The command is about a chat and was typed in a direct message."""


@dataclass(frozen=True, slots=True)
class QuestionOver(Refusal):
    """An answer came to a question whose time is over."""


@dataclass(frozen=True, slots=True)
class CardTooOld(Refusal):
    """A button that no present card has, or of another chat's pool."""


@dataclass(frozen=True, slots=True)
class NotYourQuestion(Refusal):
    """Somebody pressed a button of a question that was put to somebody else."""


@dataclass(frozen=True, slots=True)
class NothingToAnswer(Refusal):
    """Plain words came in a direct message, and no question is open.

    `meant` is a command whose name they begin with.
    """

    meant: str = ""


@dataclass(frozen=True, slots=True)
class TooMuchAtOnce(Refusal):
    """One account, one command of it or one group asked for more than is let in at a time."""

    seconds: int


@dataclass(frozen=True, slots=True)
class NotForOthers(Refusal):
    """A command that people type for themselves alone."""

    command: str
