"""How money of the pool is shown: one line in a list, and what can be done with it."""

from __future__ import annotations

from bots.catalogue.showing import button
from bots.replies import (
    Amount,
    Button,
    Name,
    Ref,
    Say,
    Style,
    Typed,
    Value,
    money,
    say,
    word,
)
from core.domain.treasury import Cash, CashKind, CashOut, CashOutState, Expense, ExpenseState
from core.domain.units import Number, PoolId

RECORDS_ONLY = say("I only keep the record of cash; I move none.")
"""Said wherever an amount of cash is shown."""

WHY_NOT = say("Why not? The one who asked will read your words.")

KINDS = {
    CashKind.GIFT: word("kind of cash", "a gift"),
    CashKind.BUY: word("kind of cash", "for credits"),
    CashKind.PLEDGE: word("kind of cash", "a pledge"),
    CashKind.DUES: word("kind of cash", "membership dues"),
    CashKind.BACKING: word("kind of cash", "backing"),
}


def cash_line(cash: Cash, name: str) -> tuple[Say, ...]:
    """Announced cash in one line, to a steward."""
    said = say(
        "{number} {name} brings {money} ({kind}).",
        number=Ref(cash.number),
        name=Name(name),
        money=money(cash.cents),
        kind=KINDS[cash.kind],
    )
    return (said, *_made_of(cash), *_note(cash))


def own_cash_line(cash: Cash) -> tuple[Say, ...]:
    """Announced cash in one line, to whoever brings it."""
    said = say(
        "{number} You bring {money} ({kind}).",
        number=Ref(cash.number),
        money=money(cash.cents),
        kind=KINDS[cash.kind],
    )
    return (said, *_made_of(cash), *_note(cash))


def _made_of(cash: Cash) -> tuple[Say, ...]:
    if cash.kind is not CashKind.BUY:
        return ()
    makes = say("It makes {credits}.", credits=Amount(cash.credits))
    return (makes, *odd_part(cash.gift))


def odd_part(cents: int) -> tuple[Say, ...]:
    """What of a purchase is a gift, if any is."""
    return (say("{money} of it is a gift.", money=money(cents)),) if cents else ()


def _note(cash: Cash) -> tuple[Say, ...]:
    return (say("Note: “{note}”.", note=Typed(cash.note)),) if cash.note else ()


def cash_buttons(cash: Cash, pool: PoolId) -> tuple[Button, ...]:
    """What a steward can do with announced cash."""
    label = say("Received {number}", number=Ref(cash.number))
    return (button(label, "received", pool, cash.number, cash.version, style=Style.YES),)


def cash_out_line(out: CashOut, name: str) -> tuple[Say, ...]:
    """A cash-out that is not paid yet in one line, to a steward."""
    places: dict[str, Value] = {"number": Ref(out.number), "name": Name(name)}
    if out.state is CashOutState.APPROVED:
        paid, credits = money(out.cents), Amount(out.approved)
        return (
            say(
                "{number} {name} gets {money} for {credits}.", money=paid, credits=credits, **places
            ),
        )
    said = say(
        "{number} {name} asks for cash for {credits}.", credits=Amount(out.credits), **places
    )
    if out.first_by is None:
        return (said,)
    return (said, say("One steward has said yes, and a second one has to."))


def own_cash_out_line(out: CashOut) -> tuple[Say, ...]:
    """A cash-out that is not paid yet in one line, to the partner."""
    if out.state is CashOutState.APPROVED:
        return (
            say(
                "{number} You get {money} for {credits}.",
                number=Ref(out.number),
                money=money(out.cents),
                credits=Amount(out.approved),
            ),
        )
    return (
        say(
            "{number} You asked for cash for {credits}.",
            number=Ref(out.number),
            credits=Amount(out.credits),
        ),
    )


def cash_out_buttons(out: CashOut, pool: PoolId) -> tuple[Button, ...]:
    """What a steward can do with a cash-out."""
    if out.state is CashOutState.REQUESTED:
        return _decision(out, pool)
    if out.state is not CashOutState.APPROVED:
        return ()
    label = say("Paid {number}", number=Ref(out.number))
    return (button(label, "paid", pool, out.number, out.version, style=Style.YES),)


def expense_line(expense: Expense, name: str) -> tuple[Say, ...]:
    """An expense that waits in one line, to a steward; or the wish to take one back."""
    if expense.state is ExpenseState.RETURNING:
        wish = say(
            "{number} {name} asks to take back {money} for “{text}”.",
            number=Ref(expense.number),
            name=Name(name),
            money=money(expense.cents),
            text=Typed(expense.text),
        )
        return wish, say("The reason: “{why}”", why=Typed(expense.reason))
    return (
        say(
            "{number} {name} asks the pool to pay {money}: {text}.",
            number=Ref(expense.number),
            name=Name(name),
            money=money(expense.cents),
            text=Typed(expense.text),
        ),
    )


def expense_buttons(expense: Expense, pool: PoolId) -> tuple[Button, ...]:
    """What another steward can do with an expense."""
    return _decision(expense, pool)


def _decision(thing: CashOut | Expense, pool: PoolId) -> tuple[Button, ...]:
    number, version = thing.number, thing.version
    yes, no = (
        say("Approve {number}", number=Ref(number)),
        say("Refuse {number}", number=Ref(number)),
    )
    return (
        button(yes, "approve", pool, number, version, style=Style.YES),
        button(no, "refuse", pool, number, version, style=Style.NO, asks=WHY_NOT),
    )


def own_money_buttons(thing: Cash | CashOut, pool: PoolId) -> tuple[Button, ...]:
    """What one can do with cash of one's own that is under way."""
    return (cancel_button(thing.number, thing.version, pool),)


def cancel_button(number: Number, version: int, pool: PoolId) -> Button:
    """What calls off cash that is to come, or a cash-out."""
    return button(say("Cancel {number}", number=Ref(number)), "cancel", pool, number, version)
