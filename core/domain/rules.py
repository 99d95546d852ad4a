"""The rules of a pool, versioned: each has the profile's default, a change makes a new version."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from core.domain.states import Steps
from core.domain.units import (
    AMOUNT_MAX,
    MILLION,
    Cents,
    Credits,
    MemberId,
    Number,
    PoolId,
    Ppm,
    Rates,
)
from core.records import dataclass


class Expiry(StrEnum):
    """How credits expire: not at all, when a balance rests, or each issue after its months."""

    NONE = "none"
    REST = "rest"
    LOT = "lot"


class CashingOut(StrEnum):
    """Whether partners cash out, and what bounds it."""

    OFF = "off"
    APPROVAL = "approval"
    CAP = "cap"
    BOTH = "both"


class Fee(StrEnum):
    """The fee on cash-outs: none, or sliding by the month's volume (rules, section 3)."""

    NONE = "none"
    SLIDING = "sliding"


class Confirming(StrEnum):
    """Whose word a promise needs to be confirmed: a steward's, or also theirs whom it was for."""

    STEWARD = "steward"
    BOTH = "both"


class Payer(StrEnum):
    """Who pays for a promise in answer to a need: the pool, by issue, or the one in need."""

    POOL = "pool"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force. Amounts of 0 mean that there is no such limit or charge.

    `two_stewards_from_credits` and `_cents` are the amounts past which two stewards approve.
    `holding_limit_credits` is the most a member may hold by receiving; `warn_at_ppm` of a limit a
    member is warned. `cash_out_cents` are paid for one credit. `notice_days` pass between the
    announcement of a change and its day. Rates in parts per million are a month's.
    `demurrage_share`: what resting credits cost is shared out among those who traded.
    """

    version: int = 1
    rates: Rates = field(default_factory=Rates)
    debit_limit_credits: Credits = Credits(0)
    holding_limit_credits: Credits = Credits(0)
    warn_at_ppm: Ppm = Ppm(800_000)
    ask_before_credits: Credits = Credits(20)
    two_stewards_from_credits: Credits = Credits(100)
    two_stewards_from_cents: Cents = Cents(100_000)
    expiry: Expiry = Expiry.REST
    expiry_months: int = 3
    demurrage_ppm: Ppm = Ppm(0)
    demurrage_share: bool = False
    tax_ppm: Ppm = Ppm(0)
    cashing_out: CashingOut = CashingOut.OFF
    cash_out_cents: Cents = Cents(800)
    cash_out_cap_credits: Credits = Credits(0)
    fee: Fee = Fee.NONE
    backing_ppm: Ppm = Ppm(500_000)
    pledge_issues: bool = False
    stipend_credits: Credits = Credits(2)
    nudge_past_credits: Credits = Credits(20)
    term_days: int = 365
    notice_days: int = 7
    confirming: Confirming = Confirming.STEWARD
    payer: Payer = Payer.POOL


# --- one rule by its name -------------------------------------------------------------------


class Scale(StrEnum):
    """What a rule's value is counted in, so that it is read and shown accordingly."""

    CREDITS = "credits"
    CENTS = "cents"
    PPM = "ppm"
    MINUTES = "minutes"
    DAYS = "days"
    MONTHS = "months"
    SWITCH = "switch"
    CHOICE = "choice"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a rule that can be set lies, what it is counted in, and between which bounds.

    `choices` are the words that a CHOICE may be.
    """

    field: str
    scale: Scale
    least: int = 0
    most: int = AMOUNT_MAX
    choices: type[StrEnum] | None = None


TIME_ZONE = "timezone"
"""Set like a rule, though it is the pool's own: its months end by it."""

RULES: dict[str, Setting] = {
    "minutes": Setting("rates.minutes", Scale.MINUTES, 1, 24 * 60),
    "money": Setting("rates.cents", Scale.CENTS, 1),
    "confirming": Setting("confirming", Scale.CHOICE, choices=Confirming),
    "payer": Setting("payer", Scale.CHOICE, choices=Payer),
    "expiry": Setting("expiry", Scale.CHOICE, choices=Expiry),
    "expiry_months": Setting("expiry_months", Scale.MONTHS, 1, 120),
    "demurrage": Setting("demurrage_ppm", Scale.PPM, 0, MILLION),
    "demurrage_share": Setting("demurrage_share", Scale.SWITCH),
    "tax": Setting("tax_ppm", Scale.PPM, 0, MILLION),
    "debit_limit": Setting("debit_limit_credits", Scale.CREDITS),
    "holding_limit": Setting("holding_limit_credits", Scale.CREDITS),
    "warn_at": Setting("warn_at_ppm", Scale.PPM, 0, MILLION),
    "ask_before": Setting("ask_before_credits", Scale.CREDITS),
    "nudge_past": Setting("nudge_past_credits", Scale.CREDITS),
    "two_stewards": Setting("two_stewards_from_credits", Scale.CREDITS),
    "two_stewards_cash": Setting("two_stewards_from_cents", Scale.CENTS),
    "cash_out": Setting("cashing_out", Scale.CHOICE, choices=CashingOut),
    "cash_out_rate": Setting("cash_out_cents", Scale.CENTS, 1),
    "cash_out_cap": Setting("cash_out_cap_credits", Scale.CREDITS),
    "cash_out_fee": Setting("fee", Scale.CHOICE, choices=Fee),
    "backing": Setting("backing_ppm", Scale.PPM, 0, MILLION),
    "pledge_issues": Setting("pledge_issues", Scale.SWITCH),
    "stipend": Setting("stipend_credits", Scale.CREDITS, 0, 1_000),
    "term_days": Setting("term_days", Scale.DAYS, 1, 3_660),
    "notice_days": Setting("notice_days", Scale.DAYS, 0, 366),
    TIME_ZONE: Setting("time_zone", Scale.ZONE),
}
"""The rules that can be set, by the names that people type, in the order they are shown in."""

ON, OFF = "on", "off"


def written(rules: Rules, rule: str) -> str:
    """A rule's value as a change of it keeps it: a whole number, a word, on or off."""
    value = attrgetter(RULES[rule].field)(rules)
    if RULES[rule].scale is Scale.SWITCH:
        return ON if value else OFF
    return str(value)


def changed(rules: Rules, rule: str, value: str) -> Rules:
    """The rules with another value of one of them, as `written` gives it."""
    setting = RULES[rule]
    meant: Any = int(value) if setting.scale in COUNTED else value
    if setting.choices is not None:
        meant = setting.choices(value)
    if setting.scale is Scale.SWITCH:
        meant = value == ON
    outer, _, inner = setting.field.partition(".")
    if inner:
        return replace(rules, rates=replace(rules.rates, **{inner: meant}))
    return replace(rules, **{outer: meant})


COUNTED = frozenset(
    {Scale.CREDITS, Scale.CENTS, Scale.PPM, Scale.MINUTES, Scale.DAYS, Scale.MONTHS}
)
"""The scales whose values are whole numbers."""


# --- changes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coming:
    """A rule that gets another value at an instant that is known: in force from then on."""

    number: Number
    rule: str
    value: str
    from_at: datetime


class ChangeState(StrEnum):
    """Whether a change of the rules waits for its day, holds, or was taken back before."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


CHANGE_STEPS: Steps[ChangeState] = {
    ChangeState.WAITING: frozenset({ChangeState.IN_FORCE, ChangeState.WITHDRAWN}),
}


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule gets another value from an instant on. `rules_version` is the one it made."""

    pool: PoolId
    number: Number
    rule: str
    value: str
    before: str
    made_by: MemberId
    made_at: datetime
    from_at: datetime
    state: ChangeState = ChangeState.WAITING
    rules_version: int | None = None
    version: int = 1
