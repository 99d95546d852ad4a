"""Reminders: what one person is told by time alone, and how they want it."""

from __future__ import annotations

from datetime import datetime

from bots.catalogue.asking import Asking
from bots.catalogue.people import ROLE_WORDS
from bots.catalogue.showing import button, show, tell
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Instant,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    Valued,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.commitments import Commitment, CommitmentState
from core.domain.listings import Listing, ListingState
from core.domain.members import Person, Role, Term, TermState
from core.domain.pools import Pool
from core.domain.reminders import Reminder, Reminds, step_now
from core.domain.treasury import Cash, CashState
from core.domain.units import Measure, Number, PoolId, Worth
from core.reads import Reading, Shown
from core.usecases.reminding import Reminders, RemindersSet, SetReminders, set_reminders

QUIET_HOURS = {"20-7": (1200, 420), "21-8": (1260, 480), "22-9": (1320, 540), "none": (0, 0)}
"""The quiet hours that can be chosen, as they are typed, in minutes of the day."""

ON_OFF = {"on": True, "off": False}


async def set_own(asking: Asking, what: str, how: str) -> Reply:
    """`/settings reminders off`, `/settings quiet 22-9`: one's own, in every pool."""
    if what == "reminders":
        wanted = SetReminders(asking.by, reminders=ON_OFF[how])
    else:
        wanted = SetReminders(asking.by, quiet=QUIET_HOURS[how])
    return show(await asking.decide(set_reminders, wanted), PoolId(0))


def own_settings(person: Person) -> Block:
    """How somebody is reminded, in one line."""
    return line(*_how(person.reminders, person.quiet_from, person.quiet_until))


def _how(reminders: bool, quiet_from: int, quiet_until: int) -> tuple[Say, ...]:
    if not reminders:
        return (say("I do not remind you of anything."),)
    if quiet_from == quiet_until:
        return (say("I remind you once a day at most, at any hour."),)
    return (
        say(
            "I remind you once a day at most, and not between {start} and {end}.",
            start=_clock(quiet_from),
            end=_clock(quiet_until),
        ),
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def own_buttons(person: Person) -> tuple[tuple[Button, ...], ...]:
    """What somebody can change about it with one tap."""
    switch = (
        button(say("No reminders"), "remindme", PoolId(0), word="off")
        if person.reminders
        else button(say("Remind me"), "remindme", PoolId(0), word="on")
    )
    hours = [
        button(say("Quiet {hours}", hours=Code(each)), "remindme", PoolId(0), word=each)
        for each in QUIET_HOURS
        if each != "none"
    ]
    return ((switch,), tuple(hours))


async def press(asking: Asking) -> Reply:
    """The buttons below one's own settings."""
    what = "reminders" if asking.word in ON_OFF else "quiet"
    how = asking.word if asking.word in (ON_OFF if what == "reminders" else QUIET_HOURS) else "21-8"
    return await set_own(asking, what, how)


@show.register
def _(kept: RemindersSet, pool: PoolId) -> Reply:
    return reply(*_how(kept.reminders, kept.quiet_from, kept.quiet_until))


async def still_due(
    due: Reminders, pool: Pool, reading: Reading, now: datetime
) -> Reminders | None:
    """What of a message that waited to be sent is still right; None when nothing is."""
    items = tuple([each for each in due.items if await _is_right(each, pool, reading, now)])
    return Reminders(items) if items else None


async def _is_right(each: Reminder, pool: Pool, reading: Reading, now: datetime) -> bool:
    """Whether the thing is open, and its day as near as the reminder says."""
    if each.about is Reminds.QUEUE:
        waiting = await reading.waiting(pool.id)
        return bool(waiting.claims or waiting.concerns or waiting.disputes)
    if each.about is Reminds.WORD:
        claim = await reading.thing(pool.id, each.number)
        return (
            isinstance(claim, Commitment) and claim.state is CommitmentState.DONE and not claim.kept
        )
    at = each.at
    if each.about not in (Reminds.EXPIRY, Reminds.LOT, Reminds.TRADE):
        at = _day_of(await reading.thing(pool.id, each.number), each)
    elif at is None:
        return True
    return at is not None and step_now(each.about, at, now, pool.time_zone) == each.step


def _day_of(thing: Shown | None, each: Reminder) -> datetime | None:
    """The day that is near, if the thing still waits for it."""
    match thing:
        case Commitment(state=CommitmentState.OPEN):
            return thing.due
        case Listing(state=ListingState.OPEN):
            return thing.until
        case Term(state=TermState.SERVING):
            return thing.until
        case Cash(state=CashState.ANNOUNCED):
            return each.at
    return None


@tell.register
def _(due: Reminders, pool: PoolId) -> Reply:
    blocks = [item(_sentence(each)) for each in due.items]
    renews = tuple(
        _doing(say("Renew"), "renew", pool, each.number)
        for each in due.items
        if each.about is Reminds.LISTING
    )
    dones = tuple(
        _doing(say("Done"), "done", pool, each.number)
        for each in due.items
        if each.about is Reminds.COMMITMENT
    )
    kept = tuple(
        _doing(say("Yes, it was kept"), "kept", pool, each.number)
        for each in due.items
        if each.about is Reminds.WORD
    )
    rows = tuple(row for row in (dones[:4], kept[:4], renews[:4]) if row)
    settings = line(say("{settings} changes when I remind you.", settings=Code("/settings")))
    return Reply((*blocks, settings), rows)


def _doing(label: Say, verb: str, pool: PoolId, number: Number) -> Button:
    labelled = say("{label} {number}", label=label, number=Ref(number))
    return button(labelled, verb, pool, number, style=Style.YES)


def _sentence(each: Reminder) -> Say:
    match each.about:
        case Reminds.COMMITMENT:
            return _promised(each)
        case Reminds.PLEDGE:
            cash = Valued(Worth(Measure.CENTS, each.amount))
            return say(
                "Your pledge of {cash} is due. ({number})", cash=cash, number=Ref(each.number)
            )
        case Reminds.LISTING:
            return say(
                "“{text}” leaves the board on {day}. ({number})",
                text=Typed(each.text),
                day=_day(each),
                number=Ref(each.number),
            )
        case Reminds.TERM:
            role = ROLE_WORDS[Role(each.text)]
            return say("Your term as {role} ends on {day}.", role=role, day=_day(each))
        case Reminds.EXPIRY:
            return say(
                "{credits} of yours go to the common fund on {day}, if you neither earn nor spend.",
                credits=Amount(each.amount),
                day=_day(each),
            )
        case Reminds.LOT:
            return say(
                "{credits} of yours expire on {day}, if you do not spend them before: {board}",
                credits=Amount(each.amount),
                day=_day(each),
                board=Code("/board"),
            )
        case Reminds.WORD:
            return say(
                "Was “{text}” kept? It waits for your word. ({number})",
                text=Typed(each.text),
                number=Ref(each.number),
            )
        case Reminds.QUEUE:
            return says(
                "{count} thing has waited three days for a steward: {queue}",
                "{count} things have waited three days for a steward: {queue}",
                each.amount,
                queue=Code("/queue"),
            )
        case Reminds.TRADE:
            return _uneven(each.amount)


def _promised(each: Reminder) -> Say:
    text, number = Typed(each.text), Ref(each.number)
    if each.step:
        return say("Due tomorrow: {text}. ({number})", text=text, number=number)
    return say("Due today: {text}. ({number})", text=text, number=number)


def _day(each: Reminder) -> Instant:
    if each.at is None:
        raise TypeError(f"{each.about} without a day")
    return Instant(each.at, date_only=True)


def _uneven(trade: int) -> Say:
    board = Code("/board")
    if trade > 0:
        return say(
            "You have given {credits} more than you took. Treat yourself to something: {board}",
            credits=Amount(trade),
            board=board,
        )
    return say(
        "You have taken {credits} more than you gave. Somebody may need a hand: {board}",
        credits=Amount(-trade),
        board=board,
    )
