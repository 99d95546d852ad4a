"""What comes back every month: promises, pledges of cash, memberships; breaks, and their end."""

from __future__ import annotations

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, Kind
from bots.catalogue.money_lines import RECORDS_ONLY
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.things import labelled
from bots.catalogue.unclear import PlanIncomplete
from bots.replies import (
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
    in_pairs,
    item,
    line,
    money,
    reply,
    say,
    word,
)
from core.domain.recurring import Plan, TemplateKind
from core.domain.refusals import (
    DueAtMonthsEnd,
    HasTemplate,
    NoPromise,
    NoSuchPlan,
    PlanExists,
    Refused,
)
from core.domain.units import Cents, Measure, Number, PoolId, Worth
from core.usecases.ending import End, end
from core.usecases.recurring import (
    CashRests,
    CommitMonthly,
    CommittedMonthly,
    JoinPlan,
    MakePlan,
    MonthMissed,
    Pause,
    Paused,
    PlanClosed,
    PlanJoined,
    PlanMade,
    Pledge,
    Pledged,
    PromiseWithPlan,
    Resume,
    Resumed,
    TemplateEnded,
    commit_monthly,
    join_plan,
    make_plan,
    pause,
    pledge,
    promise_with_plan,
    resume,
)

PLANS_MAX = 10
"""As many plans as rows of two buttons can show."""

HAND_IT_OVER = (say("Hand it to a steward, who records it."), RECORDS_ONLY)


async def promise_monthly(asking: Asking) -> Reply:
    """`/commit ... every:month`: promise something for every month."""
    if asking.given.get("due") is not None:
        raise Refused(DueAtMonthsEnd())
    worth, text = asking.get("worth", Worth), asking.get("what", str)
    command = CommitMonthly(asking.pool.id, asking.by, worth, text)
    return show(await asking.decide(commit_monthly, command), asking.pool.id)


async def pledge_cash(asking: Asking) -> Reply:
    """`/pledge`: promise cash for every month."""
    command = Pledge(asking.pool.id, asking.by, Cents(asking.get("amount", int)))
    return show(await asking.decide(pledge, command), asking.pool.id)


async def plan(asking: Asking) -> Reply:
    """`/plan`: the plans; with a name, join one; with dues, a steward makes one."""
    name = asking.text("name")
    making = ("dues", "benefits", "promise", "hours")
    if any(asking.given.get(each) is not None for each in making):
        return await _make_plan(asking, name)
    if not name:
        return await _plans(asking)
    command = JoinPlan(asking.pool.id, asking.by, name)
    return show(await asking.decide(join_plan, command), asking.pool.id)


async def _make_plan(asking: Asking, name: str) -> Reply:
    dues, hours = asking.maybe("dues", int), asking.maybe("hours", Worth)
    promise = asking.text("promise")
    in_time = hours is None or hours.measure is Measure.MINUTES
    if not name or dues is None or bool(promise) != bool(hours) or not in_time:
        raise Refused(PlanIncomplete())
    command = MakePlan(
        asking.pool.id,
        asking.by,
        name,
        Cents(dues),
        asking.text("benefits"),
        promise,
        hours.amount if hours else 0,
    )
    return show(await asking.decide(make_plan, command), asking.pool.id)


async def _plans(asking: Asking) -> Reply:
    await asking.me()
    plans = (await asking.doors.reading.plans(asking.pool.id))[:PLANS_MAX]
    if not plans:
        return reply(
            say("There is no membership plan in this pool yet."),
            say("A steward can make one: {example}", example=PLAN_EXAMPLE),
        )
    joins = [_join_button(each, asking.pool.id) for each in plans]
    lines = [item(*_plan_line(each)) for each in plans]
    return Reply((line(say("These memberships are open to you.")), *lines), in_pairs(joins))


def _plan_line(plan: Plan) -> tuple[Say, ...]:
    """A plan in one line."""
    said = [
        say(
            "{number} {name}: {dues} a month.",
            number=Ref(plan.number),
            name=Typed(plan.name),
            dues=money(plan.dues),
        )
    ]
    if plan.benefits:
        said.append(say("It brings you: {benefits}.", benefits=Typed(plan.benefits)))
    if plan.promise:
        said.append(
            say(
                "If you like, also {time} a month: {promise}.",
                time=_minutes(plan.promise_minutes),
                promise=Typed(plan.promise),
            )
        )
    return tuple(said)


def _minutes(minutes: int) -> Valued:
    return Valued(Worth(Measure.MINUTES, minutes))


def _join_button(plan: Plan, pool: PoolId) -> Button:
    return button(labelled(say("Join"), plan.number, numbered=True), "joinplan", pool, plan.number)


async def join_this(asking: Asking) -> Reply:
    """The button that joins a plan."""
    number = Number(asking.get("plan", int))
    command = JoinPlan(asking.pool.id, asking.by, plan=number)
    return show(await asking.decide(join_plan, command), asking.pool.id)


async def promise_too(asking: Asking) -> Reply:
    """The button that takes on the promise that goes with a membership."""
    return show(
        await asking.decide_on("membership", promise_with_plan, PromiseWithPlan), asking.pool.id
    )


async def take_break(asking: Asking) -> Reply:
    """`/pause`: a break from something monthly."""
    return show(await asking.decide_on("what", pause, Pause), asking.pool.id)


async def go_on(asking: Asking) -> Reply:
    """`/resume`: go on after a break."""
    return show(await asking.decide_on("what", resume, Resume), asking.pool.id)


async def end_it(asking: Asking) -> Reply:
    """`/end`: end something that goes on."""
    return show(await asking.decide_on("what", end, End), asking.pool.id)


@show.register
def _(made: CommittedMonthly, pool: PoolId) -> Reply:
    first = say(
        "{number} You promise every month: {text} ({worth}).",
        number=Ref(made.template),
        text=Typed(made.text),
        worth=Valued(made.worth),
    )
    now = say(
        "This month's is {number}, due {day}: tell me when it is done.",
        number=Ref(made.commitment),
        day=Instant(made.due, date_only=True),
    )
    free = (say("To miss a month costs nothing."),) if made.optional else ()
    done = button(
        labelled(say("Done"), made.commitment, numbered=True),
        "done",
        pool,
        made.commitment,
        made.version,
        style=Style.YES,
    )
    return reply(first, now, *free, buttons=((done, _pause_button(made.template, pool)),))


def _pause_button(template: Number, pool: PoolId, version: int = 1) -> Button:
    return button(labelled(say("Pause"), template, numbered=True), "pause", pool, template, version)


@show.register
def _(pledged: Pledged, pool: PoolId) -> Reply:
    first = say(
        "{number} You pledge {amount} every month. Thank you!",
        number=Ref(pledged.template),
        amount=money(pledged.cents),
    )
    now = say(
        "This month's is {number}, due {day}.",
        number=Ref(pledged.cash),
        day=Instant(pledged.due, date_only=True),
    )
    buttons = ((_pause_button(pledged.template, pool),),)
    return Reply((line(first, now), line(*HAND_IT_OVER)), buttons)


@show.register
def _(made: PlanMade, pool: PoolId) -> Reply:
    said = say(
        "The plan {name} is open as {number}: {dues} a month.",
        name=Typed(made.name),
        number=Ref(made.plan),
        dues=money(made.dues),
    )
    return reply(said, say("Members join it with {join}.", join=Code(f"/plan {made.name}")))


@show.register
def _(joined: PlanJoined, pool: PoolId) -> Reply:
    first = [
        say(
            "{number} Welcome to {plan}: your dues are {dues} a month.",
            number=Ref(joined.template),
            plan=Typed(joined.plan),
            dues=money(joined.dues),
        )
    ]
    if joined.benefits:
        first.append(say("It brings you: {benefits}.", benefits=Typed(joined.benefits)))
    this_month = say("This month's dues are {number}.", number=Ref(joined.cash))
    blocks: tuple[Block, ...] = (line(*first), line(this_month, *HAND_IT_OVER))
    if not joined.promise:
        return Reply(blocks)
    yes = button(
        say("Yes, every month"),
        "promisetoo",
        pool,
        joined.template,
        joined.version,
        style=Style.YES,
    )
    asked = say(
        "Would you like to give {time} a month as well: {promise}?",
        time=_minutes(joined.promise_minutes),
        promise=Typed(joined.promise),
    )
    free = say("To miss a month costs nothing.")
    return Reply((*blocks, line(asked, free)), ((yes,),))


def _what(number: Number, kind: TemplateKind, text: str, worth: Worth) -> Say:
    """What something monthly is, in the middle of a sentence."""
    if kind is TemplateKind.PLEDGE:
        return say("{number} (your pledge of {worth})", number=Ref(number), worth=Valued(worth))
    if kind is TemplateKind.DUES:
        return say("{number} (your membership {text})", number=Ref(number), text=Typed(text))
    return say("{number} “{text}”", number=Ref(number), text=Typed(text))


@show.register
def _(paused: Paused, pool: PoolId) -> Reply:
    what = _what(paused.template, paused.kind, paused.text, paused.worth)
    again = button(say("Go on"), "resume", pool, paused.template, paused.version)
    return reply(
        say("{what} takes a break, from this month on.", what=what),
        say("Go on whenever you like."),
        buttons=((again,),),
    )


@tell.register
def _(rests: CashRests, pool: PoolId) -> Reply:
    what = _what(rests.template, rests.kind, rests.text, rests.worth)
    again = button(say("Go on"), "resume", pool, rests.template, rests.version, style=Style.YES)
    end = button(say("End"), "end", pool, rests.template, rests.version)
    return reply(
        say("{what} did not come two months running, so I let it rest.", what=what),
        say("Shall it go on?"),
        buttons=((again, end),),
    )


@show.register
def _(resumed: Resumed, pool: PoolId) -> Reply:
    what = _what(resumed.template, resumed.kind, resumed.text, resumed.worth)
    said = say("{what} goes on. Good to have you back!", what=what)
    if resumed.opened is None:
        return reply(said, say("The next one comes with the new month."))
    return reply(said, say("This month's is {number}.", number=Ref(resumed.opened)))


@show.register
def _(ended: TemplateEnded, pool: PoolId) -> Reply:
    what = _what(ended.template, ended.kind, ended.text, ended.worth)
    return reply(
        say("{what} has ended. Thank you!", what=what),
        say("What you gave before stands."),
    )


@show.register
def _(closed: PlanClosed, pool: PoolId) -> Reply:
    return reply(
        say("Nobody can join {name} any more.", name=Typed(closed.name)),
        say("Who has the membership keeps it."),
    )


@tell.register
def _(missed: MonthMissed, pool: PoolId) -> Reply:
    done = button(say("I did it"), "done", pool, missed.commitment, missed.version, style=Style.YES)
    return reply(
        say(
            "{number} “{text}” was for the month that ended on {day}, and I have not heard of it.",
            number=Ref(missed.commitment),
            text=Typed(missed.text),
            day=Instant(missed.due, date_only=True),
        ),
        say("That is all right, it costs you nothing."),
        say("If you did it after all, tell me."),
        buttons=((done,),),
    )


PLAN_EXAMPLE = Code('/plan Friends dues:33.00 benefits:"events" promise:"help at events" hours:2h')


@explain.register
def _(refusal: DueAtMonthsEnd, pool: PoolId) -> Reply:
    return reply(
        say("What you promise for every month is due on each month's last day."),
        say("Please leave out {due}.", due=Code("due:")),
    )


@explain.register
def _(refusal: HasTemplate, pool: PoolId) -> Reply:
    return reply(
        say("You have that already: it is {number}.", number=Ref(refusal.number)),
        say("{mine} shows what is yours.", mine=Code("/mine")),
    )


@explain.register
def _(refusal: NoSuchPlan, pool: PoolId) -> Reply:
    said = say("No plan is called {said}.", said=Typed(refusal.said))
    if not refusal.names:
        return reply(said, say("A steward can make one: {example}", example=PLAN_EXAMPLE))
    return reply(said, say("These can be joined: {names}", names=Typed(", ".join(refusal.names))))


@explain.register
def _(refusal: PlanExists, pool: PoolId) -> Reply:
    return reply(
        say(
            "There is a plan {name} already: {number}.",
            name=Typed(refusal.name),
            number=Ref(refusal.number),
        ),
        say(
            "Choose another name, or close that one with {end}.",
            end=Code(f"/end #{refusal.number}"),
        ),
    )


@explain.register
def _(refusal: PlanIncomplete, pool: PoolId) -> Reply:
    return reply(
        say("A plan takes a name and its dues; a promise that goes with it takes words and hours."),
        say("For example: {example}", example=PLAN_EXAMPLE),
    )


@explain.register
def _(refusal: NoPromise, pool: PoolId) -> Reply:
    return reply(
        say("No promise goes with the membership {number}.", number=Ref(refusal.number)),
        say(
            "You can make one of your own: {example}",
            example=Code("/commit 2h every:month …"),
        ),
    )


EVERY = Argument(
    "every",
    Kind.CHOICE,
    say("Once, or every month"),
    required=False,
    option=True,
    choices=(
        Choice("once", word("how often", "once")),
        Choice("month", word("how often", "every month")),
    ),
)


def _own(question: Say) -> Argument:
    return Argument("what", Kind.NUMBER, say("Its number"), question, of="own template")


COMMANDS = (
    Command(
        "pledge",
        say("Pledge cash for every month"),
        pledge_cash,
        (
            Argument(
                "amount",
                Kind.MONEY,
                say("How much a month"),
                say("How much would you like to give every month? For example 20."),
            ),
        ),
        recorded=True,
        topic="monthly",
    ),
    Command(
        "plan",
        say("Memberships: see them, or join one"),
        plan,
        (
            Argument("name", Kind.TEXT, say("Which one"), required=False, length_max=64),
            Argument("dues", Kind.MONEY, say("New: its dues a month"), required=False, option=True),
            Argument(
                "benefits",
                Kind.TEXT,
                say("New: what it brings"),
                required=False,
                option=True,
                length_max=200,
            ),
            Argument(
                "promise",
                Kind.TEXT,
                say("New: a promise that may go with it"),
                required=False,
                option=True,
                length_max=200,
            ),
            Argument(
                "hours",
                Kind.WORTH,
                say("New: how long that takes a month"),
                required=False,
                option=True,
            ),
        ),
        recorded=True,
        topic="monthly",
    ),
    Command(
        "joinplan",
        say("Join this plan"),
        join_this,
        (Argument("plan", Kind.NUMBER, say("Its number")),),
        press="plan",
        hidden=True,
        topic="monthly",
    ),
    Command(
        "promisetoo",
        say("Give some hours with a membership"),
        promise_too,
        (Argument("membership", Kind.NUMBER, say("Its number")),),
        press="membership",
        hidden=True,
        topic="monthly",
    ),
    Command(
        "pause",
        say("Take a break from something monthly"),
        take_break,
        (_own(say("Which one would you like to pause? Give me its number, like #12.")),),
        recorded=True,
        press="what",
        topic="monthly",
    ),
    Command(
        "resume",
        say("Go on after a break"),
        go_on,
        (_own(say("Which one goes on? Give me its number, like #12.")),),
        recorded=True,
        press="what",
        topic="monthly",
    ),
    Command(
        "end",
        say("End something that goes on"),
        end_it,
        (_own(say("What would you like to end? Give me its number, like #12.")),),
        recorded=True,
        press="what",
        topic="monthly",
    ),
)
