"""The steward's queue: all that waits, one tap each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, For, Group, Kind
from bots.catalogue.commitments import awaited_line, claim_buttons, claim_line
from bots.catalogue.disputes_said import dispute_buttons, dispute_line
from bots.catalogue.money_lines import (
    RECORDS_ONLY,
    cash_buttons,
    cash_line,
    cash_out_buttons,
    cash_out_line,
    expense_buttons,
    expense_line,
)
from bots.catalogue.setup import chat_buttons, chat_line
from bots.catalogue.showing import button, show
from bots.catalogue.support import concern_buttons, concern_line
from bots.catalogue.things import Names, members_in
from bots.replies import (
    ROWS_MAX,
    Block,
    Button,
    Code,
    Reply,
    Say,
    Several,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.commitments import Commitment
from core.domain.rules import Confirming
from core.domain.treasury import Cash, CashOut, Expense
from core.domain.units import MemberId, Number, PoolId
from core.reads import Shown, Waiting
from core.usecases.commitments import Confirm, confirm

DOCTOR = "python -m bots doctor"

Waits = tuple[tuple[Say, ...], tuple[Button, ...]]
"""A thing that waits: its line, and the buttons for this steward, none where it is their own."""


async def queue(asking: Asking) -> Reply:
    """`/queue`: all that waits for a steward, one tap each."""
    steward, pool = await asking.steward(), asking.pool.id
    waiting = await _waiting(asking)
    named = chain.from_iterable(members_in(each) for each in _naming(waiting))
    names = await asking.doors.reading.names(pool, sorted({*named, *waiting.unsaid.values()}))
    waits = [
        *_gone_wrong(waiting, names, pool),
        *_promised(waiting, names, steward.id, pool),
        *_paid(waiting, names, steward.id, pool),
    ]
    if not waits:
        nothing = reply(say("Nothing waits for you."), say("Thank you for looking."))
        return replace(nothing, blocks=(*nothing.blocks, *_undelivered(waiting)))
    head = line(says("{count} thing waits.", "{count} things wait.", len(waits)))
    rows = tuple(buttons for _, buttons in waits if buttons)
    decidable = _decidable(waiting, steward.id)
    return Reply(
        (
            head,
            *(item(*said) for said, _ in waits),
            *_about_cash(waiting),
            *_undelivered(waiting),
        ),
        rows[: ROWS_MAX - 1] + _all_at_once(decidable, pool),
        several=_several(decidable, names, pool),
    )


async def _waiting(asking: Asking) -> Waiting:
    """What waits; claims wait for nobody's word but a steward's unless the rules say so."""
    waiting = await asking.doors.reading.waiting(asking.pool.id)
    rules = asking.pool.at(asking.doors.now()).rules
    return waiting if rules.confirming is Confirming.BOTH else replace(waiting, unsaid={})


def _naming(waiting: Waiting) -> tuple[Shown, ...]:
    """The things whose lines name members."""
    return (*waiting.disputes, *waiting.claims, *_money(waiting))


def _money(waiting: Waiting) -> tuple[Cash | CashOut | Expense, ...]:
    return (*waiting.cash, *waiting.cash_outs, *waiting.expenses)


def _about_cash(waiting: Waiting) -> tuple[Block, ...]:
    return (line(RECORDS_ONLY),) if _money(waiting) else ()


def _undelivered(waiting: Waiting) -> tuple[Block, ...]:
    """That something was never said: not what, for it may have been for one person alone."""
    if not waiting.undelivered:
        return ()
    lost = says(
        "{count} message could not be delivered.",
        "{count} messages could not be delivered.",
        waiting.undelivered,
    )
    return (line(lost, say("Whoever runs me sees why: {doctor}", doctor=Code(DOCTOR))),)


def _gone_wrong(waiting: Waiting, names: Names, pool: PoolId) -> Iterator[Waits]:
    """Calls for help, and disputes."""
    for concern in waiting.concerns:
        said = concern_line(concern, waiting.asking[concern.person])
        yield said, concern_buttons(concern, pool)
    for dispute in waiting.disputes:
        yield dispute_line(dispute, names[dispute.opener]), dispute_buttons(dispute, pool)


def _promised(waiting: Waiting, names: Names, steward: MemberId, pool: PoolId) -> Iterator[Waits]:
    """Claims to confirm, and chats that want to join."""
    for claim in waiting.claims:
        first = waiting.unsaid.get(claim.number)
        own = steward in (claim.maker, claim.claimed_by)
        buttons = () if own else claim_buttons(claim, pool, confirm=first is None)
        said = claim_line(claim, names[claim.maker])
        yield (*said, *awaited_line(claim.number, names[first])) if first else said, buttons
    for chat in waiting.chats:
        yield (chat_line(chat),), chat_buttons(chat.number, chat.version, pool)


def _paid(waiting: Waiting, names: Names, steward: MemberId, pool: PoolId) -> Iterator[Waits]:
    """Cash that is to come, and cash that is asked for."""
    for cash in waiting.cash:
        buttons = () if cash.giver == steward else cash_buttons(cash, pool)
        yield cash_line(cash, names[cash.giver]), buttons
    for out in waiting.cash_outs:
        buttons = () if steward in (out.partner, out.first_by) else cash_out_buttons(out, pool)
        yield cash_out_line(out, names[out.partner]), buttons
    for expense in waiting.expenses:
        buttons = () if expense.asked_by == steward else expense_buttons(expense, pool)
        yield expense_line(expense, names[expense.asked_by]), buttons


def _decidable(waiting: Waiting, steward: MemberId) -> list[Commitment]:
    """The claims that this steward may confirm."""
    return [
        each
        for each in waiting.claims
        if steward not in (each.maker, each.claimed_by) and each.number not in waiting.unsaid
    ]


def _all_at_once(claims: list[Commitment], pool: PoolId) -> tuple[tuple[Button, ...], ...]:
    """One tap for all that this steward may confirm, as they stood when it was drawn."""
    if len(claims) < 2:
        return ()
    label = says("Confirm the one", "Confirm all {count}", len(claims))
    newest = max(claim.number for claim in claims)
    return ((button(label, "confirmall", pool, newest, sum(each.version for each in claims)),),)


def _several(claims: list[Commitment], names: Names, pool: PoolId) -> Several | None:
    """The claims to choose from, where a platform can show that."""
    if len(claims) < 2:
        return None
    prompt = say("Choose several to confirm")
    things = tuple(
        (claim_line(each, names[each.maker])[0], each.number, each.version) for each in claims
    )
    return Several(prompt, "confirm", pool, things)


async def confirm_all(asking: Asking) -> Reply:
    """The button that confirms all that waited when the queue was drawn."""
    steward, pool = await asking.steward(), asking.pool.id
    newest = Number(asking.get("newest", int))
    waiting = await _waiting(asking)
    claims = [each for each in _decidable(waiting, steward.id) if each.number <= newest]
    if not claims or sum(each.version for each in claims) != asking.version:
        return await queue(asking)
    numbers = tuple(each.number for each in claims)
    command = Confirm(pool, asking.by, numbers, asking.version)
    return show(await asking.decide(confirm, command), pool)


COMMANDS = (
    Command(
        "queue",
        say("What waits for a steward"),
        queue,
        group=Group.STEWARD,
        whose=For.STEWARD,
        writes=False,
        topic="stewards",
    ),
    Command(
        "confirmall",
        say("Confirm all that waits"),
        confirm_all,
        (Argument("newest", Kind.NUMBER, say("Up to this number")),),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="newest",
        hidden=True,
        topic="stewards",
    ),
)
