"""Calls for help, words to the stewards, and whether all was well after an exchange."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.domain.chance import At
from core.domain.disputes import CONCERN_STEPS, Concern, ConcernKind, ConcernState
from core.domain.members import Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import OrderState
from core.domain.refusals import (
    InHand,
    NoPart,
    NotAMember,
    NotThere,
    Refused,
    SaidAlready,
    StewardsOnly,
)
from core.domain.states import may_become
from core.domain.units import MemberId, Number, PersonId, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.standing import By, acting, drawn_for, known, steward, stewards, thing, who


@dataclass(frozen=True, slots=True)
class SeekHelp(Command):
    """Turn to the stewards: for help, at once, or with a word that waits in their queue."""

    pool: PoolId
    by: By
    kind: ConcernKind
    text: str


@dataclass(frozen=True, slots=True)
class HelpSought(Outcome):
    """It has reached the stewards, of whom so many serve."""

    concern: Number
    kind: ConcernKind
    stewards: int


@dataclass(frozen=True, slots=True)
class HelpWanted(Notice):
    """Tells a steward. `who` is None for somebody who is no member; then `name` says who it is.

    `order` is the one that was not quite well.
    """

    concern: Number
    who: Who | None
    name: str
    text: str
    version: int
    order: Number | None


def seek_help(work: Work, command: SeekHelp, at: At) -> HelpSought:
    """Ask the stewards for help, or leave them a word; one needs not be a member for it.

    Raises:
        Refused: NotAMember when the account was never seen.
    """
    here = work.enter(command.pool)
    identity = work.people.identity(command.by.platform, command.by.external)
    if identity is None:
        raise Refused(NotAMember())
    concern = _note(here, command.kind, identity.person, command.text, at)
    serving = stewards(here, at.now)
    if command.kind is ConcernKind.SUPPORT:
        _call(here, concern, identity.name, serving)
    return HelpSought(concern.number, concern.kind, len(serving))


def _note(
    here: Here, kind: ConcernKind, person: PersonId, text: str, at: At, about: Number | None = None
) -> Concern:
    concern = Concern(
        pool=here.pool.id,
        number=here.number(),
        kind=kind,
        person=person,
        text=text,
        opened_at=at.now,
        about=about,
    )
    here.concerns.add(concern)
    return concern


def _call(here: Here, concern: Concern, name: str, serving: Iterable[MemberId]) -> None:
    """Tell stewards at once that somebody needs one of them."""
    member = here.member_of(concern.person)
    told = HelpWanted(
        concern.number,
        who(member) if member else None,
        "" if member else name,
        concern.text,
        concern.version,
        concern.about,
    )
    for each in serving:
        here.tell(each, told)


@dataclass(frozen=True, slots=True)
class TakeUp(Command):
    """Look after a call for help."""

    pool: PoolId
    by: By
    concern: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class TakenUp(Outcome):
    """The one who asked knows who looks after it."""

    concern: Number
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class HelpComes(Notice):
    """Tells the one who asked."""

    concern: Number
    by: Who


def take_up(work: Work, command: TakeUp, at: At) -> TakenUp:
    """Take a call for help on, so that nobody else has to.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, InHand, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    concern = thing(here, here.concerns, command.concern, "concern")
    if concern.taken_by is not None:
        raise Refused(InHand(concern.number, known(here, concern.taken_by)))
    _must_step(concern, ConcernState.TAKEN)
    drawn_for(concern.version, command.version, concern.number)
    taken = replace(
        concern, state=ConcernState.TAKEN, taken_by=actor.id, version=concern.version + 1
    )
    here.concerns.save(taken)
    here.tell_person(concern.person, HelpComes(concern.number, who(actor)))
    return TakenUp(concern.number, concern.text, taken.version)


def _must_step(concern: Concern, state: ConcernState) -> None:
    if not may_become(CONCERN_STEPS, concern.state, state):
        raise Refused(NotThere(concern.number, "concern", concern.state))


@dataclass(frozen=True, slots=True)
class CloseUp(Command):
    """Close a call for help, with an answer. The one who asked may close it too."""

    pool: PoolId
    by: By
    concern: Number
    answer: str = ""


@dataclass(frozen=True, slots=True)
class ClosedUp(Outcome):
    """It is closed; `told` says that the one who asked reads the answer."""

    concern: Number
    told: bool


@dataclass(frozen=True, slots=True)
class HelpEnded(Notice):
    """Tells the one who asked, with the steward's answer."""

    concern: Number
    by: Who
    answer: str


def close_up(work: Work, command: CloseUp, at: At) -> ClosedUp:
    """Close what somebody turned to the stewards with.

    Raises:
        Refused: NoSuchThing, AnotherKind, StewardsOnly, NotThere.
    """
    here = work.enter(command.pool)
    concern = thing(here, here.concerns, command.concern, "concern")
    asker = _is_asker(work, command.by, concern)
    member = here.member_with(command.by.platform, command.by.external)
    serves = member is not None and member.id in stewards(here, at.now)
    if not asker and not serves:
        raise Refused(StewardsOnly())
    _must_step(concern, ConcernState.CLOSED)
    closed = replace(
        concern, state=ConcernState.CLOSED, closed_at=at.now, version=concern.version + 1
    )
    here.concerns.save(closed)
    if not asker and member is not None:
        ended = HelpEnded(concern.number, who(member), command.answer)
        here.tell_person(concern.person, ended)
    return ClosedUp(concern.number, not asker)


def _is_asker(work: Work, by: By, concern: Concern) -> bool:
    identity = work.people.identity(by.platform, by.external)
    return identity is not None and identity.person == concern.person


# --- after an exchange ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SayHowItWas(Command):
    """Say whether all was well with an order; if not, what was not."""

    pool: PoolId
    by: By
    order: Number
    well: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class HowItWas(Outcome):
    """Thank you; a no has reached a steward, and nobody else."""

    order: Number
    well: bool


def say_how_it_was(work: Work, command: SayHowItWas, at: At) -> HowItWas:
    """Note whether one side of a paid order was content; each is asked once.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NoPart, NotThere, SaidAlready.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    order = thing(here, here.orders, command.order, "order")
    if acts.member.id not in (order.spender, order.giver):
        raise Refused(NoPart(order.number))
    if order.state is not OrderState.SETTLED:
        raise Refused(NotThere(order.number, "order", order.state))
    spends = acts.member.id == order.spender
    if (order.spender_content if spends else order.giver_content) is not None:
        raise Refused(SaidAlready())
    said = (
        replace(order, spender_content=command.well)
        if spends
        else replace(order, giver_content=command.well)
    )
    here.orders.save(replace(said, version=order.version + 1))
    if not command.well and acts.member.person is not None:
        _report(here, acts.member.person, command.text, order.number, at)
    return HowItWas(order.number, command.well)


def _report(here: Here, person: PersonId, text: str, order: Number, at: At) -> None:
    """Have a no reach the stewards who are on neither side of the order."""
    concern = _note(here, ConcernKind.EXCHANGE, person, text, at, order)
    found = here.orders.get(order)
    sides = (found.spender, found.giver) if found else ()
    _call(here, concern, "", [each for each in stewards(here, at.now) if each not in sides])
