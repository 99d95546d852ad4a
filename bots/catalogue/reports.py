"""The months: what a closed one brought, in words and numbers, and what the next end would take."""

from __future__ import annotations

from collections.abc import Sequence

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, For, Kind
from bots.catalogue.money_lines import RECORDS_ONLY
from bots.catalogue.rules import charged_line, expiring_line, shared_line
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.things import MONTH
from bots.catalogue.unclear import NoMonthYet, NotAMonth, NotClosedYet
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Month,
    Name,
    Percent,
    Reply,
    Say,
    Typed,
    Valued,
    heading,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.figures import Figures, thawed
from core.domain.months import month_before, next_month
from core.domain.refusals import Refused
from core.domain.units import MILLION, Measure, PoolId, Worth
from core.usecases.closing import ChunkClosed, MonthClosed

COMING = "coming"


async def report(asking: Asking) -> Reply:
    """`/report`: a closed month's figures; for stewards, what the coming end would take."""
    said = asking.word or asking.text("month")
    if said.casefold() == COMING:
        return await _coming(asking)
    if said and not MONTH.fullmatch(said):
        raise Refused(NotAMonth(said))
    month = said or asking.pool.closed_through
    period = await asking.doors.reading.period(asking.pool.id, month)
    if period is None or period.closed_at is None:
        raise Refused(_not_closed(asking, said))
    figures = thawed(period.figures)
    names = await asking.doors.reading.names(asking.pool.id, figures.thanked)
    shown = report_of(month, figures, [name for name in names.values() if name])
    before = await asking.doors.reading.period(asking.pool.id, month_before(month))
    buttons: list[Button] = []
    if before is not None:
        buttons.append(button(say("The month before"), "report", asking.pool.id, word=before.month))
    if await asking.is_steward():
        shown += stewards_view(month, figures)
        buttons.append(button(say("What is coming"), "report", asking.pool.id, word=COMING))
    return Reply(shown, (tuple(buttons),) if buttons else ())


def _not_closed(asking: Asking, said: str) -> NotClosedYet | NoMonthYet:
    pool = asking.pool
    if not said:
        return NoMonthYet(next_month(pool.closed_through))
    return NotClosedYet(said, pool.month_of(asking.doors.now()))


async def _coming(asking: Asking) -> Reply:
    """A dry run of the coming close, for stewards: counts and sums, and nobody's name."""
    await asking.steward()
    now = asking.doors.now()
    pool = asking.pool.at(now)
    will = await asking.doors.reading.forecast(pool.id, pool.rules, now)
    lines = []
    if will.expiring:
        lines.append(expiring_line(will.expiring, will.expiring_members))
    if will.charged:
        lines.append(charged_line(will.charged, will.charged_members))
    if will.shared:
        lines.append(shared_line(will.shared, will.sharing))
    if not lines:
        lines.append(say("If the month ended now, nothing would expire or be charged."))
    if will.renewing:
        lines.append(
            says(
                "{count} monthly promise, pledge or membership would come round again.",
                "{count} monthly promises, pledges and memberships would come round again.",
                will.renewing,
            )
        )
    return Reply((heading(say("{month} so far", month=Month(asking.month))), *map(item, lines)))


def report_of(month: str, figures: Figures, thanked: Sequence[str]) -> tuple[Block, ...]:
    """A month in words and numbers."""
    return (
        heading(say("{month} in this pool", month=Month(month))),
        *(item(each) for each in _people(figures)),
        *(item(each) for each in _promises(figures)),
        *(item(each) for each in _credits(figures)),
        *(item(each) for each in _cash(figures)),
        *_thanks(thanked),
    )


def _people(f: Figures) -> list[Say]:
    lines = [
        says(
            "{active} of {count} member did something ({share}); 30% is good.",
            "{active} of {count} members did something ({share}); 30% is good.",
            f.members,
            active=f.active,
            share=_share(f.active, f.members),
        )
    ]
    if f.joined:
        lines.append(says("{count} member is new.", "{count} members are new.", f.joined))
    return lines


def _promises(f: Figures) -> list[Say]:
    lines = [
        say(
            "Promises: {made} made, {kept} kept, {missed} missed.",
            made=f.promised,
            kept=f.kept,
            missed=f.missed,
        )
    ]
    if f.needs:
        lines.append(
            says(
                "{met} of {count} new need was met in the month ({share}); 40% is good.",
                "{met} of {count} new needs were met in the month ({share}); 40% is good.",
                f.needs,
                met=f.needs_met,
                share=_share(f.needs_met, f.needs),
            )
        )
    if f.answered:
        lines.append(
            says(
                "Of {count} exchange that people spoke about, {content} went well ({share}).",
                "Of {count} exchanges that people spoke about, {content} went well ({share}).",
                f.answered,
                content=f.content,
                share=_share(f.content, f.answered),
            )
        )
    return lines


def _credits(f: Figures) -> list[Say]:
    lines = [
        say(
            "Issued: {issued}; spent on offers: {spent}; sent: {sent}.",
            issued=Amount(f.issued),
            spent=f.spent,
            sent=f.sent,
        )
    ]
    if f.rested_days is not None:
        lines.append(
            says(
                "What was spent had rested for {count} day; under 30 is good.",
                "What was spent had rested for {count} days; under 30 is good.",
                f.rested_days,
            )
        )
    others = (
        (f.expired, say("Expired: {credits}.", credits=Amount(f.expired))),
        (f.charged, say("Charged on resting credits: {credits}.", credits=Amount(f.charged))),
        (
            f.shared,
            say("Of that, {credits} went to those who traded.", credits=Amount(f.shared)),
        ),
        (f.taxed, say("Tax to the common fund: {credits}.", credits=Amount(f.taxed))),
        (f.taken_back, say("Taken back: {credits}.", credits=Amount(f.taken_back))),
        (f.cashed_out, say("Cashed out: {credits}.", credits=Amount(f.cashed_out))),
    )
    lines += [sentence for credits, sentence in others if credits]
    lines.append(say("Out at the month’s end: {credits}.", credits=Amount(f.outstanding)))
    return lines


def _cash(f: Figures) -> list[Say]:
    if not (f.cash_in or f.cash_out or f.treasury):
        return []
    lines = [
        say(
            "{came} of cash came in, {went} went out, {treasury} are in the treasury.",
            came=_money(f.cash_in),
            went=_money(f.cash_out),
            treasury=_money(f.treasury),
        ),
        RECORDS_ONLY,
    ]
    if f.cover_ppm is not None:
        lines.insert(1, say("That covers {share} of all credits.", share=Percent(f.cover_ppm)))
    return lines


def _thanks(names: Sequence[str]) -> list[Block]:
    if not names:
        return []
    listed: Say = say("{name}", name=Name(names[0]))
    for name in names[1:]:
        listed = say("{names}, {name}", names=listed, name=Name(name))
    return [line(say("Thank you, {names}!", names=listed))]


# --- what stewards watch -------------------------------------------------------------------


def stewards_view(month: str, f: Figures) -> tuple[Block, ...]:
    """The five numbers that stewards watch, each with its aim, and what lies behind them."""
    return (
        heading(say("For stewards to watch")),
        *(item(each) for each in _five_numbers(month, f)),
        *(item(each) for each in _behind_them(f)),
    )


def _five_numbers(month: str, f: Figures) -> list[Say]:
    return [
        say(
            "{share} of the members did something; aim for 30%.", share=_share(f.active, f.members)
        ),
        _rested(f),
        _met_in_time(month, f),
        _content(f),
        says(
            "{count} new promise; aim for 3 to 5.",
            "{count} new promises; aim for 3 to 5.",
            f.promised,
        ),
    ]


def _rested(f: Figures) -> Say:
    if f.rested_days is None:
        return say("No credits were spent this month; aim for a rest of under 30 days.")
    return says(
        "Credits rested for {count} day before they were spent; aim for under 30.",
        "Credits rested for {count} days before they were spent; aim for under 30.",
        f.rested_days,
    )


def _met_in_time(month: str, f: Figures) -> Say:
    before = Month(month_before(month))
    if not f.needs_before:
        return say("There were no new needs in {month}; aim to meet 40% in 30 days.", month=before)
    return say(
        "{share} of the needs of {month} were met in 30 days; aim for 40%.",
        share=_share(f.needs_before_met, f.needs_before),
        month=before,
    )


def _content(f: Figures) -> Say:
    if not f.answered:
        return say("Nobody said yet how an exchange went; aim for 90% that went well.")
    return say(
        "{share} of the exchanges went well for both; aim for 90%.",
        share=_share(f.content, f.answered),
    )


def _behind_them(f: Figures) -> list[Say]:
    lines = [
        says(
            "{count} member was active this month and the last.",
            "{count} members were active this month and the last.",
            f.returning,
        )
    ]
    if f.due:
        lines.append(
            says(
                "{kept} of {count} promise that was due is confirmed ({share}).",
                "{kept} of {count} promises that were due are confirmed ({share}).",
                f.due,
                kept=f.fulfilled,
                share=_share(f.fulfilled, f.due),
            )
        )
    if f.velocity_ppm is not None:
        lines.append(
            say(
                "What was spent is {share} of the credits that were out on average.",
                share=Percent(f.velocity_ppm),
            )
        )
    if f.top_credits_ppm is not None:
        lines.append(
            say(
                "The tenth who hold most have {share} of the credits.",
                share=Percent(f.top_credits_ppm),
            )
        )
    if f.top_exchanges_ppm is not None:
        lines.append(
            say(
                "The tenth who trade most do {share} of the trading.",
                share=Percent(f.top_exchanges_ppm),
            )
        )
    return lines


def _share(part: int, whole: int) -> Percent:
    return Percent(part * MILLION // whole if whole else 0)


def _money(cents: int) -> Valued:
    return Valued(Worth(Measure.CENTS, cents))


@show.register
def _(done: ChunkClosed, pool: PoolId) -> Reply:
    return reply(say("Done."))


@tell.register
def _(closed: MonthClosed, pool: PoolId) -> Reply:
    names = [who.name for who in closed.thanked if who.name]
    return Reply(report_of(closed.month, thawed(closed.figures), names))


@explain.register
def _(refusal: NotAMonth, pool: PoolId) -> Reply:
    return reply(
        say("I cannot read {said} as a month.", said=Typed(refusal.said)),
        say("Write it like {example}.", example=Code("2026-11")),
    )


@explain.register
def _(refusal: NoMonthYet, pool: PoolId) -> Reply:
    return reply(
        say(
            "There is no report yet: the first one comes when {month} is over.",
            month=Month(refusal.month),
        ),
        say("{status} shows how the pool stands today.", status=Code("/status")),
    )


@explain.register
def _(refusal: NotClosedYet, pool: PoolId) -> Reply:
    if refusal.month >= refusal.present:
        return reply(
            say("{month} is not over yet.", month=Month(refusal.month)),
            say("{status} shows how the pool stands today.", status=Code("/status")),
        )
    return reply(
        say("There is no report for {month}.", month=Month(refusal.month)),
        say("{report} shows the latest one.", report=Code("/report")),
    )


COMMANDS = (
    Command(
        "report",
        say("A month in numbers"),
        report,
        (
            Argument(
                "month",
                Kind.WORD,
                say("Like 2026-11; for stewards also: coming"),
                required=False,
            ),
        ),
        whose=For.ANYONE,
        writes=False,
        topic="pool",
    ),
)
