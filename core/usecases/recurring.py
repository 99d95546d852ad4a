"""What comes back every month: promises, pledges of cash, memberships with their plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.commitments import Commitment, CommitmentState
from core.domain.members import Member
from core.domain.months import month_before
from core.domain.neutral import Command, Notice, Outcome
from core.domain.recurring import (
    TEMPLATE_STEPS,
    Plan,
    PlanState,
    Template,
    TemplateKind,
    TemplateState,
    due_in,
)
from core.domain.refusals import (
    HasTemplate,
    NoPromise,
    NoSuchPlan,
    NotThere,
    NotYours,
    PlanExists,
    Refused,
)
from core.domain.states import may_become
from core.domain.treasury import Cash, CashKind, CashState
from core.domain.units import Cents, Measure, MemberId, Number, PoolId, Worth
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.commitments import call_off
from core.usecases.standing import By, acting, drawn_for, known, steward, thing
from core.usecases.treasury import CashLapsed

OPENED_AT_ONCE = 100
"""How many instances one transaction opens, so that the writer is not held for long."""

BY_ANY_CLOCK = timedelta(days=2)
"""Further than this, the ends of one month by any two time zones do not lie apart."""

LIVING = (TemplateState.ACTIVE, TemplateState.PAUSED)
CASH_KINDS = {TemplateKind.PLEDGE: CashKind.PLEDGE, TemplateKind.DUES: CashKind.DUES}


# --- a promise, a pledge -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommitMonthly(Command):
    """Promise something to the pool for every month."""

    pool: PoolId
    by: By
    worth: Worth
    text: str


@dataclass(frozen=True, slots=True)
class CommittedMonthly(Outcome):
    """The promise comes back every month; `commitment` is this month's."""

    template: Number
    commitment: Number
    text: str
    worth: Worth
    due: datetime
    version: int
    optional: bool


def commit_monthly(work: Work, command: CommitMonthly, at: At) -> CommittedMonthly:
    """Promise for every month, from this month on.

    Raises:
        Refused: who may (`acting`).
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    return _promise(here, member, command.text, command.worth, None, at)


def _promise(
    here: Here, member: Member, text: str, worth: Worth, plan: Number | None, at: At
) -> CommittedMonthly:
    template = _begin(here, TemplateKind.COMMITMENT, member, text, worth, plan, at)
    made = _open_commitment(here, template, here.pool.month_of(at.now), at)
    due = _due(here, here.pool.month_of(at.now))
    return CommittedMonthly(
        template.number, made.number, text, worth, due, made.version, template.optional
    )


@dataclass(frozen=True, slots=True)
class Pledge(Command):
    """Pledge so much cash for every month."""

    pool: PoolId
    by: By
    cents: Cents


@dataclass(frozen=True, slots=True)
class Pledged(Outcome):
    """The pledge stands; `cash` is this month's, which counts once a steward has received it."""

    template: Number
    cash: Number
    cents: Cents
    due: datetime


def pledge(work: Work, command: Pledge, at: At) -> Pledged:
    """Pledge cash for every month, from this month on.

    Raises:
        Refused: who may (`acting`).
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    worth = Worth(Measure.CENTS, command.cents)
    template = _begin(here, TemplateKind.PLEDGE, member, "", worth, None, at)
    month = here.pool.month_of(at.now)
    cash = _open_cash(here, template, month, at)
    return Pledged(template.number, cash.number, command.cents, _due(here, month))


def _begin(
    here: Here,
    kind: TemplateKind,
    member: Member,
    text: str,
    worth: Worth,
    plan: Number | None,
    at: At,
) -> Template:
    """A new template, whose instance of this month is about to be opened."""
    template = Template(
        pool=here.pool.id,
        number=here.number(),
        kind=kind,
        member=member.id,
        text=text,
        worth=worth,
        made_at=at.now,
        plan=plan,
        opened_in=here.pool.month_of(at.now),
    )
    here.templates.add(template)
    return template


# --- the month's instances -----------------------------------------------------------------


def open_instances(here: Here, month: str, at: At) -> int:
    """Open what is promised for a month ('2026-11'), each once; how many were.

    At most `OPENED_AT_ONCE` are opened, those that are next by number: call it again, in another
    transaction, until it opens none. Nothing is opened for a month that is over, as nobody could
    keep it any more.
    """
    due = here.templates_to_open(month, OPENED_AT_ONCE)
    for template in due:
        _open(here, template, month, at)
    return len(due)


def _open(here: Here, template: Template, month: str, at: At) -> Number | None:
    """Open a template's instance of a month; its number."""
    here.templates.save(replace(template, opened_in=month, version=template.version + 1))
    if _due(here, month) < at.now:
        return None
    if template.kind is TemplateKind.COMMITMENT:
        return _open_commitment(here, template, month, at).number
    return _open_cash(here, template, month, at).number


def _due(here: Here, month: str) -> datetime:
    """When what is opened for a month is due."""
    return due_in(month, here.pool.zone_in(month, here.rule_changes.find()))


def _open_commitment(here: Here, template: Template, month: str, at: At) -> Commitment:
    made = Commitment(
        pool=here.pool.id,
        number=here.number(),
        maker=template.member,
        text=template.text,
        worth=template.worth,
        made_at=at.now,
        due=_due(here, month),
        template=template.number,
    )
    here.commitments.add(made)
    return made


def _open_cash(here: Here, template: Template, month: str, at: At) -> Cash:
    made = Cash(
        pool=here.pool.id,
        number=here.number(),
        kind=CASH_KINDS[template.kind],
        giver=template.member,
        cents=Cents(template.worth.amount),
        announced_at=at.now,
        note=template.text,
        template=template.number,
        month=month,
    )
    here.cash.add(made)
    return made


@dataclass(frozen=True, slots=True)
class MonthMissed(Notice):
    """Tells a member, kindly, that a month's promise was not kept: it costs nothing."""

    commitment: Number
    text: str
    due: datetime
    version: int


def tell_missed(here: Here, missed: Commitment) -> None:
    """A kind word about a month's promise that was not kept; about others nothing is said."""
    if missed.template is not None and missed.due is not None:
        told = MonthMissed(missed.number, missed.text, missed.due, missed.version)
        here.tell(missed.maker, told)


@dataclass(frozen=True, slots=True)
class CashRests(Notice):
    """Asks once whether a pledge or membership goes on whose cash did not come two months running.

    It is paused until they say so.
    """

    template: Number
    kind: TemplateKind
    text: str
    worth: Worth
    version: int


def tell_lapsed(here: Here, lapsed: Cash, at: At) -> None:
    """Say that nobody waits for cash any more; the second month running, ask and pause it."""
    template = here.templates.get(lapsed.template) if lapsed.template else None
    going = template is not None and template.state is TemplateState.ACTIVE
    if template is None or not going or not _lapsed_before(here, lapsed):
        here.tell(lapsed.giver, CashLapsed(lapsed.number, lapsed.kind, lapsed.cents))
        return
    for each in _with_promise(here, template):
        if each.state is TemplateState.ACTIVE:
            _stop(here, each, TemplateState.PAUSED, at)
    asked = CashRests(
        template.number, template.kind, template.text, template.worth, template.version + 1
    )
    here.tell(lapsed.giver, asked)


def _lapsed_before(here: Here, lapsed: Cash) -> bool:
    """Whether the cash of the month before did not come either."""
    before = here.cash.find(template=lapsed.template, month=month_before(lapsed.month))
    return any(each.state is CashState.LAPSED for each in before)


# --- plans ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MakePlan(Command):
    """Offer a membership: dues a month, what they bring, and a promise that may go with it."""

    pool: PoolId
    by: By
    name: str
    dues: Cents
    benefits: str = ""
    promise: str = ""
    promise_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PlanMade(Outcome):
    """Members can join the plan."""

    plan: Number
    name: str
    dues: Cents


def make_plan(work: Work, command: MakePlan, at: At) -> PlanMade:
    """Make a plan that members can join.

    Raises:
        Refused: StewardsOnly, PlanExists.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    same = _called(here, command.name)
    if same is not None:
        raise Refused(PlanExists(same.number, same.name))
    plan = Plan(
        pool=here.pool.id,
        number=here.number(),
        name=command.name,
        dues=command.dues,
        benefits=command.benefits,
        made_by=actor.id,
        made_at=at.now,
        promise=command.promise,
        promise_minutes=command.promise_minutes,
    )
    here.plans.add(plan)
    return PlanMade(plan.number, plan.name, plan.dues)


def _called(here: Here, name: str) -> Plan | None:
    """The open plan of this name, whatever its case."""
    wanted = name.casefold()
    plans = here.plans.find(state=PlanState.OPEN)
    return next((each for each in plans if each.name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class JoinPlan(Command):
    """Take a membership, of the plan that is named or has the number."""

    pool: PoolId
    by: By
    name: str = ""
    plan: Number | None = None


@dataclass(frozen=True, slots=True)
class PlanJoined(Outcome):
    """The membership `template` stands; `cash` are this month's dues.

    `promise` is what may go with it, '' for nothing.
    """

    plan: str
    template: Number
    version: int
    cash: Number
    dues: Cents
    benefits: str
    promise: str
    promise_minutes: int


def join_plan(work: Work, command: JoinPlan, at: At) -> PlanJoined:
    """Join a plan: its dues are due every month from this one on.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotThere, NoSuchPlan, HasTemplate.
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    plan = _plan_meant(here, command)
    _must_be_new(here, member.id, plan.number, TemplateKind.DUES)
    worth = Worth(Measure.CENTS, plan.dues)
    dues = _begin(here, TemplateKind.DUES, member, plan.name, worth, plan.number, at)
    cash = _open_cash(here, dues, here.pool.month_of(at.now), at)
    return PlanJoined(
        plan.name,
        dues.number,
        dues.version,
        cash.number,
        plan.dues,
        plan.benefits,
        plan.promise,
        plan.promise_minutes,
    )


def _plan_meant(here: Here, command: JoinPlan) -> Plan:
    if command.plan is not None:
        return _open_plan(here, command.plan)
    plan = _called(here, command.name)
    if plan is None:
        names = (each.name for each in here.plans.find(state=PlanState.OPEN))
        raise Refused(NoSuchPlan(command.name, tuple(names)))
    return plan


def _open_plan(here: Here, number: Number) -> Plan:
    plan = thing(here, here.plans, number, "plan")
    if plan.state is not PlanState.OPEN:
        raise Refused(NotThere(number, "plan", plan.state))
    return plan


def _must_be_new(here: Here, member: MemberId, plan: Number, kind: TemplateKind) -> None:
    had = here.templates.find(member=member, plan=plan, kind=kind, state=LIVING)
    if had:
        raise Refused(HasTemplate(had[0].number))


@dataclass(frozen=True, slots=True)
class PromiseWithPlan(Command):
    """Take on the promise that goes with a membership."""

    pool: PoolId
    by: By
    membership: Number
    version: int | None = None


def promise_with_plan(work: Work, command: PromiseWithPlan, at: At) -> CommittedMonthly:
    """Promise what goes with one's membership, for every month; it stays optional.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotYours, NotThere, NoPromise,
            HasTemplate, OutOfDate.
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    membership = own_template(here, member, command.membership)
    if membership.state is not TemplateState.ACTIVE:
        raise Refused(NotThere(membership.number, "template", membership.state))
    plan = here.plans.get(membership.plan) if membership.plan else None
    if plan is None or not plan.promise:
        raise Refused(NoPromise(membership.number))
    _must_be_new(here, member.id, plan.number, TemplateKind.COMMITMENT)
    drawn_for(membership.version, command.version, membership.number)
    worth = Worth(Measure.MINUTES, plan.promise_minutes)
    return _promise(here, member, plan.promise, worth, plan.number, at)


# --- a break, and the end ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause(Command):
    """Take a break from something monthly."""

    pool: PoolId
    by: By
    what: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Paused(Outcome):
    """Nothing more is opened until it is resumed; what was open for this month is called off."""

    template: Number
    kind: TemplateKind
    text: str
    worth: Worth
    version: int


def pause(work: Work, command: Pause, at: At) -> Paused:
    """Pause one's own template; a membership with its promise.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    template = own_template(here, member, command.what)
    _must_step(template, TemplateState.PAUSED)
    drawn_for(template.version, command.version, template.number)
    for each in _with_promise(here, template):
        if each.state is TemplateState.ACTIVE:
            _stop(here, each, TemplateState.PAUSED, at)
    return Paused(
        template.number, template.kind, template.text, template.worth, template.version + 1
    )


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Go on with something monthly."""

    pool: PoolId
    by: By
    what: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Resumed(Outcome):
    """It comes back every month again; `opened` is this month's where that was not there yet."""

    template: Number
    kind: TemplateKind
    text: str
    worth: Worth
    opened: Number | None


def resume(work: Work, command: Resume, at: At) -> Resumed:
    """Go on with one's paused template; a membership with its promise.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    template = own_template(here, member, command.what)
    _must_step(template, TemplateState.ACTIVE)
    drawn_for(template.version, command.version, template.number)
    opened, *_ = [_go_on(here, each, at) for each in _with_promise(here, template)]
    return Resumed(template.number, template.kind, template.text, template.worth, opened)


def _go_on(here: Here, template: Template, at: At) -> Number | None:
    """Make a paused template active; what it opened for this month at once, if anything."""
    if template.state is not TemplateState.PAUSED:
        return None
    going = replace(template, state=TemplateState.ACTIVE, version=template.version + 1)
    here.templates.save(going)
    month = here.pool.month_of(at.now)
    return _open(here, going, month, at) if going.opened_in < month else None


@dataclass(frozen=True, slots=True)
class TemplateEnded(Outcome):
    """It comes back no more; what was open for this month is called off."""

    template: Number
    kind: TemplateKind
    text: str
    worth: Worth


def end_template(
    work: Work, here: Here, by: By, number: Number, seen: int | None, at: At
) -> TemplateEnded:
    """End one's own template for good; a membership with its promise.

    Raises:
        Refused: who may (`acting`), NotYours, NotThere, OutOfDate.
    """
    member = acting(here, by, at.now).member
    template = own_template(here, member, number)
    _must_step(template, TemplateState.ENDED)
    drawn_for(template.version, seen, template.number)
    for each in _with_promise(here, template):
        _stop(here, each, TemplateState.ENDED, at)
    return TemplateEnded(template.number, template.kind, template.text, template.worth)


def end_all(here: Here, member: MemberId, at: At) -> None:
    """End all that a member who leaves had promised for every month."""
    for template in here.templates.find(member=member, state=LIVING):
        _stop(here, template, TemplateState.ENDED, at)


def end_doubles(here: Here, member: MemberId, at: At) -> None:
    """Leave one membership of a plan to somebody who had joined it twice, with two accounts."""
    seen: set[tuple[TemplateKind, Number]] = set()
    for template in here.templates.find(member=member, state=LIVING):
        if template.plan is None:
            continue
        if (template.kind, template.plan) in seen:
            _stop(here, template, TemplateState.ENDED, at)
        seen.add((template.kind, template.plan))


def own_template(here: Here, member: Member, number: Number) -> Template:
    """A member's own template.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours.
    """
    template = thing(here, here.templates, number, "template")
    if template.member != member.id:
        raise Refused(NotYours(number, known(here, template.member)))
    return template


def _must_step(template: Template, state: TemplateState) -> None:
    if not may_become(TEMPLATE_STEPS, template.state, state):
        raise Refused(NotThere(template.number, "template", template.state))


def _with_promise(here: Here, template: Template) -> list[Template]:
    """A template; a membership with the promise that goes with it."""
    if template.kind is not TemplateKind.DUES:
        return [template]
    promised = here.templates.find(
        member=template.member,
        plan=template.plan,
        kind=TemplateKind.COMMITMENT,
        state=LIVING,
    )
    return [template, *promised]


def _stop(here: Here, template: Template, state: TemplateState, at: At) -> None:
    """Pause or end a template, and call off what is open for this month.

    What was called off can be opened anew, if it is resumed within the month.
    """
    month = here.pool.month_of(at.now)
    called_off = _call_off_month(here, template, month)
    here.templates.save(
        replace(
            template,
            state=state,
            opened_in="" if called_off else template.opened_in,
            ended_at=at.now if state is TemplateState.ENDED else None,
            version=template.version + 1,
        )
    )


def _call_off_month(here: Here, template: Template, month: str) -> bool:
    """Call off what is open for a month and was not claimed, given or missed; whether there was."""
    if template.kind is TemplateKind.COMMITMENT:
        open_now = here.commitments.find(template=template.number, state=CommitmentState.OPEN)
        due = _due(here, month)
        commitments = [each for each in open_now if each.due and abs(each.due - due) < BY_ANY_CLOCK]
        for commitment in commitments:
            call_off(here, commitment)
        return bool(commitments)
    waiting = here.cash.find(template=template.number, month=month, state=CashState.ANNOUNCED)
    for cash in waiting:
        here.cash.save(replace(cash, state=CashState.LAPSED, version=cash.version + 1))
    return bool(waiting)


@dataclass(frozen=True, slots=True)
class PlanClosed(Outcome):
    """Nobody can join the plan any more; who has the membership keeps it."""

    plan: Number
    name: str


def close_plan(
    work: Work, here: Here, by: By, number: Number, seen: int | None, at: At
) -> PlanClosed:
    """Take a plan off the list.

    Raises:
        Refused: StewardsOnly, NotThere, OutOfDate.
    """
    steward(here, by, at.now)
    plan = _open_plan(here, number)
    drawn_for(plan.version, seen, number)
    here.plans.save(replace(plan, state=PlanState.CLOSED, version=plan.version + 1))
    return PlanClosed(plan.number, plan.name)
