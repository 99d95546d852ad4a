"""Disputes: somebody says that something is not right, and who has no part in it decides.

What the receiver still has of it is set aside until then. A steward helps and decides; either side
may appeal to a panel of three, and the panel hand it on to the circle, whose word a steward writes
down. A decision holds once both sides agree, or once a week has gone by without an appeal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.chance import At
from core.domain.commitments import COMMITMENT_STEPS, Commitment, CommitmentState
from core.domain.disputes import (
    APPEAL_WITHIN,
    DISPUTE_STEPS,
    ENDED_BY,
    FOLLOW_UP_AFTER,
    PANEL_SIZE,
    PANEL_WITHIN,
    TO_THE_CIRCLE,
    Dispute,
    DisputeState,
    Ruling,
    panels_word,
)
from core.domain.ledger import AccountKind, Draft, Entry, EntryKind
from core.domain.members import Member, MemberState, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.orders import ORDER_STEPS, Order, OrderState
from core.domain.refusals import (
    AlreadyReversed,
    DecidedAlready,
    Involved,
    NoPart,
    NotDecidedYet,
    NotDisputable,
    NotOnPanel,
    NotThere,
    Refused,
    StewardDecides,
    TooMuchBack,
)
from core.domain.states import may_become
from core.domain.units import (
    Address,
    Carry,
    Credits,
    MemberId,
    Number,
    PoolId,
    whole_credits,
)
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.commitments import confirm_one, due_of, payer_of
from core.usecases.correcting import FOR_PROMISES, cover, take_back, unconfirm
from core.usecases.credits import must_not_be_disputed
from core.usecases.orders import release, settle, text_of
from core.usecases.posting import enter, held_by, moved, moved_whole
from core.usecases.standing import (
    Acting,
    By,
    acting,
    drawn_for,
    holder,
    known,
    now_is,
    steward,
    stewards,
    thing,
    who,
)

# --- what it is about ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """What a dispute is about, as it is named to people. `kind` is entry, commitment or order.

    A transfer is known by its credits, the others by their words.
    """

    number: Number
    kind: str
    text: str
    credits: Credits


@dataclass(frozen=True, slots=True)
class Matter:
    """What a dispute is about: who gave, who got, how much, and all who have a part in it.

    `gave` is None where it was the pool. `entry` brought the credits, if any came yet.
    """

    number: Number
    gave: MemberId | None
    got: MemberId
    credits: Credits
    involved: frozenset[MemberId]
    entry: Entry | None = None
    commitment: Commitment | None = None
    order: Order | None = None

    text: str = ""

    @property
    def own(self) -> bool:
        """Whether it went from one account to another of what is one person by now."""
        return self.gave == self.got

    @property
    def went_across(self) -> bool:
        """Whether credits went from one member's account straight to the other's."""
        return self.entry is not None and self.entry.kind in (EntryKind.SEND, EntryKind.MET)

    @property
    def about(self) -> About:
        """How it is named to people."""
        kind = "commitment" if self.commitment else "order" if self.order else "entry"
        return About(self.number, kind, self.text, self.credits)

    def other_side(self, opener: MemberId) -> MemberId | None:
        """Who stands on the other side of the one who opens."""
        return self.gave if opener == self.got else self.got


def matter_of(here: Here, number: Number) -> Matter:
    """What a number is about: a transfer, a promise, an order, or the entry that paid for one.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotDisputable.
    """
    entry = here.entry(number)
    if entry is not None:
        return _of_entry(here, entry)
    order = here.orders.get(number)
    if order is not None:
        return _of_order(here, order)
    return _of_promise(here, thing(here, here.commitments, number, "commitment"))


def _of_entry(here: Here, entry: Entry) -> Matter:
    commitment = here.commitments.get(entry.cause) if entry.cause else None
    if commitment is not None and entry.kind in FOR_PROMISES:
        return _of_promise(here, commitment)
    order = here.orders.get(entry.cause) if entry.cause else None
    if order is not None:
        return _of_order(here, order)
    if entry.kind is not EntryKind.SEND:
        raise Refused(NotDisputable(entry.number))
    posting = entry.postings[0]
    gave, got = holder(here, posting.source).id, holder(here, posting.target).id
    involved = _people(here, gave, got, entry.actor)
    return Matter(entry.number, gave, got, Credits(posting.amount), involved, entry)


def _of_promise(here: Here, commitment: Commitment) -> Matter:
    need = here.listings.get(commitment.need) if commitment.need else None
    owner, maker = need.owner if need else None, commitment.maker
    entry = here.entry(commitment.entry) if commitment.entry else None
    issued = sum(each.amount for each in entry.postings[:1]) if entry else 0
    worth, _ = whole_credits(commitment.worth, Carry(), here.pool.rules.rates)
    confirmed = commitment.confirmed_by is not None
    return Matter(
        commitment.number,
        owner,
        maker,
        Credits(issued) if confirmed else worth,
        _people(
            here, maker, owner, commitment.claimed_by, commitment.confirmed_by, commitment.backer
        ),
        entry,
        commitment=commitment,
        text=commitment.text,
    )


def _of_order(here: Here, order: Order) -> Matter:
    entry = here.entry(order.entry) if order.entry else None
    involved = _people(here, order.spender, order.giver, entry.actor if entry else None)
    return Matter(
        order.number,
        order.spender,
        order.giver,
        order.credits,
        involved,
        entry,
        order=order,
        text=text_of(here, order),
    )


def _people(here: Here, *members: MemberId | None) -> frozenset[MemberId]:
    """These members, as who they are since accounts were linked."""
    found = (here.members.get(each) for each in members if each is not None)
    return frozenset(now_is(here, each).id for each in found if each is not None)


# --- opening -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenDispute(Command):
    """Say that something is not right."""

    pool: PoolId
    by: By
    about: Number
    why: str


@dataclass(frozen=True, slots=True)
class DisputeOpened(Outcome):
    """So many credits are set aside; so many stewards could help."""

    dispute: Number
    about: About
    other: Who | None
    frozen: Credits
    stewards: int


@dataclass(frozen=True, slots=True)
class DisputeAgainst(Notice):
    """Tells the other side."""

    dispute: Number
    about: About
    opener: Who
    why: str
    frozen: Credits


@dataclass(frozen=True, slots=True)
class DisputeWaits(Notice):
    """Asks the stewards who have no part in it to help."""

    dispute: Number
    about: About
    opener: Who
    why: str
    version: int


def open_dispute(work: Work, command: OpenDispute, at: At) -> DisputeOpened:
    """Dispute a transfer, a promise or an order that one has a part in.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotDisputable, NoPart,
            DisputedAlready, AlreadyReversed, NotThere.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    matter = matter_of(here, command.about)
    opener = acts.member.id
    if opener not in matter.involved:
        raise Refused(NoPart(command.about))
    _must_be_disputable(here, matter)
    other, number = matter.other_side(opener), here.number()
    frozen = _set_aside(here, matter, acts.actor.id, number, at)
    dispute = Dispute(
        pool=command.pool,
        number=number,
        about=matter.number,
        opener=opener,
        why=command.why,
        opened_at=at.now,
        other=other,
        holder=matter.got,
        frozen=frozen,
    )
    here.disputes.add(dispute)
    _mark(here, matter)
    helpers = _without_part(here, dispute, stewards(here, at.now))
    _tell_opened(here, dispute, acts.member, helpers)
    against = known(here, other) if other else None
    return DisputeOpened(number, matter.about, against, frozen, len(helpers))


def _must_be_disputable(here: Here, matter: Matter) -> None:
    if matter.own:
        raise Refused(NotDisputable(matter.number))
    must_not_be_disputed(here, matter.number)
    reversal = here.reversal_of(matter.entry.number) if matter.entry else None
    if matter.entry and reversal:
        raise Refused(AlreadyReversed(matter.entry.number, reversal))
    promise, order = matter.commitment, matter.order
    if promise and not may_become(COMMITMENT_STEPS, promise.state, CommitmentState.DISPUTED):
        raise Refused(NotThere(promise.number, "commitment", promise.state))
    if order and order.state is OrderState.CANCELLED:
        raise Refused(NotThere(order.number, "order", order.state))


def _set_aside(here: Here, matter: Matter, actor: MemberId, cause: Number, at: At) -> Credits:
    """Freeze what the receiver still has of it; what an order holds is held already."""
    receiver = here.members.get(matter.got)
    if matter.entry is None or receiver is None:
        return Credits(0)
    free = min(matter.credits, max(held_by(here, receiver.account), 0))
    if free:
        posting = moved(receiver.account, here.address(AccountKind.DISPUTED), free)
        enter(here, Draft(EntryKind.FREEZE, actor, (posting,), cause=cause), at)
    return Credits(free)


def _mark(here: Here, matter: Matter) -> None:
    """Show on the thing itself that it is disputed; a paid order stays paid until then."""
    promise, order = matter.commitment, matter.order
    if promise is not None:
        here.commitments.save(
            replace(promise, state=CommitmentState.DISPUTED, version=promise.version + 1)
        )
    if order is not None and may_become(ORDER_STEPS, order.state, OrderState.DISPUTED):
        here.orders.save(replace(order, state=OrderState.DISPUTED, version=order.version + 1))


def _without_part(here: Here, dispute: Dispute, members: Sequence[MemberId]) -> list[MemberId]:
    """Those of these members who have no part in what it is about."""
    barred = matter_of(here, dispute.about).involved | {dispute.opener}
    return [each for each in members if each not in barred]


def _about(here: Here, dispute: Dispute) -> About:
    """What a dispute is about, as it is named to people."""
    return matter_of(here, dispute.about).about


def _tell_opened(here: Here, dispute: Dispute, opener: Member, helpers: Sequence[MemberId]) -> None:
    named, why, about = who(opener), dispute.why, _about(here, dispute)
    if dispute.other is not None:
        told = DisputeAgainst(dispute.number, about, named, why, dispute.frozen)
        here.tell(dispute.other, told)
    for helper in helpers:
        here.tell(helper, DisputeWaits(dispute.number, about, named, why, dispute.version))


# --- helping and deciding ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mediate(Command):
    """Help in a dispute, as a steward who has no part in it."""

    pool: PoolId
    by: By
    dispute: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Mediating(Outcome):
    """Both sides know who helps."""

    dispute: Number
    about: About
    sides: tuple[Who, ...]
    why: str
    version: int


@dataclass(frozen=True, slots=True)
class HelperFound(Notice):
    """Tells both sides."""

    dispute: Number
    helper: Who


def mediate(work: Work, command: Mediate, at: At) -> Mediating:
    """Take a dispute on: talk with both sides, then decide.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, Involved, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    helper, dispute = _judging(here, command.by, command.dispute, at)
    _must_step(dispute, DisputeState.TALK)
    drawn_for(dispute.version, command.version, dispute.number)
    taken = _next(here, dispute, state=DisputeState.TALK, helper=helper.id)
    for side in dispute.sides:
        here.tell(side, HelperFound(dispute.number, who(helper)))
    sides = tuple(known(here, side) for side in dispute.sides)
    return Mediating(dispute.number, _about(here, dispute), sides, dispute.why, taken.version)


def _judging(here: Here, by: By, number: Number, at: At) -> tuple[Member, Dispute]:
    """The steward who asks, and a dispute that they have no part in."""
    actor = steward(here, by, at.now)
    dispute = thing(here, here.disputes, number, "dispute")
    if not _without_part(here, dispute, [actor.id]):
        raise Refused(Involved(number))
    return actor, dispute


def _must_step(dispute: Dispute, state: DisputeState) -> None:
    if not may_become(DISPUTE_STEPS, dispute.state, state):
        raise Refused(NotThere(dispute.number, "dispute", dispute.state))


def _next(here: Here, dispute: Dispute, **changed: object) -> Dispute:
    """Keep the next version of a dispute."""
    then: Dispute = replace(dispute, version=dispute.version + 1, **changed)  # type: ignore[arg-type]
    here.disputes.save(then)
    return then


@dataclass(frozen=True, slots=True)
class Resolve(Command):
    """Decide a dispute: it stays, is taken back, or so many credits go back. Why is in `words`."""

    pool: PoolId
    by: By
    dispute: Number
    ruling: Ruling
    words: str
    back: Credits = Credits(0)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Ruled(Outcome):
    """Both sides know; `final` says that it is carried out already."""

    dispute: Number
    ruling: Ruling
    final: bool


@dataclass(frozen=True, slots=True)
class RulingMade(Notice):
    """Tells both sides, who may agree or appeal."""

    dispute: Number
    about: About
    helper: Who
    ruling: Ruling
    back: Credits
    words: str


def resolve(work: Work, command: Resolve, at: At) -> Ruled:
    """Decide as the steward who helps; or write down what the circle decided, which is final.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, Involved, NotThere, OutOfDate,
            DecidedAlready, TooMuchBack.
    """
    here = work.enter(command.pool)
    actor, dispute = _judging(here, command.by, command.dispute, at)
    if dispute.state is DisputeState.PANEL or not dispute.open:
        raise Refused(NotThere(dispute.number, "dispute", dispute.state))
    drawn_for(dispute.version, command.version, dispute.number)
    circle = dispute.state is DisputeState.CIRCLE
    if dispute.ruling is not Ruling.UNDECIDED and not circle:
        raise Refused(DecidedAlready(dispute.number))
    most = matter_of(here, dispute.about).credits
    if command.ruling is Ruling.COMPENSATE and not 1 <= command.back <= most:
        raise Refused(TooMuchBack(dispute.number, most))
    back = command.back if command.ruling is Ruling.COMPENSATE else Credits(0)
    decided = replace(
        dispute, ruling=command.ruling, back=back, decision=command.words, helper=actor.id
    )
    if circle:
        carry_out(here, decided, at)
    else:
        _rule(here, decided, who(actor), at)
    return Ruled(dispute.number, command.ruling, circle)


def _rule(here: Here, decided: Dispute, helper: Who, at: At) -> None:
    """Keep a decision and tell both sides; it holds in a week, unless one of them appeals."""
    _next(here, decided, state=DisputeState.TALK, agreed="", next_at=at.now + APPEAL_WITHIN)
    made = RulingMade(
        decided.number,
        _about(here, decided),
        helper,
        decided.ruling,
        decided.back,
        decided.decision,
    )
    for side in decided.sides:
        here.tell(side, made)


@dataclass(frozen=True, slots=True)
class Agree(Command):
    """Say, as one of the two sides, that the decision is good."""

    pool: PoolId
    by: By
    dispute: Number


@dataclass(frozen=True, slots=True)
class Agreed(Outcome):
    """`final`: all agree, and it is carried out."""

    dispute: Number
    final: bool


def agree(work: Work, command: Agree, at: At) -> Agreed:
    """Agree with a decision; when all sides do, it holds at once.

    Who decided does not agree with it too, for a side without a phone.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NoPart, NotThere, NotDecidedYet,
            Involved.
    """
    here = work.enter(command.pool)
    dispute, acts = _decided(here, command.by, command.dispute, at)
    if acts.actor.id == dispute.helper:
        raise Refused(Involved(dispute.number))
    agreeing = replace(dispute, agreed=dispute.agreeing(acts.member.id))
    final = set(agreeing.agreed.split()) >= set(dispute.sides)
    if final:
        carry_out(here, agreeing, at)
    else:
        _next(here, agreeing)
    return Agreed(dispute.number, final)


def _decided(here: Here, by: By, number: Number, at: At) -> tuple[Dispute, Acting]:
    """A dispute with a decision that can still be appealed, and the side that asks."""
    acts = acting(here, by, at.now)
    dispute = thing(here, here.disputes, number, "dispute")
    if acts.member.id not in dispute.sides:
        raise Refused(NoPart(number))
    if dispute.state in (DisputeState.OPENED, DisputeState.TALK):
        if dispute.ruling is Ruling.UNDECIDED:
            raise Refused(NotDecidedYet(number))
        return dispute, acts
    raise Refused(NotThere(number, "dispute", dispute.state))


# --- the panel and the circle --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Appeal(Command):
    """Ask, as one of the two sides, for three others to decide."""

    pool: PoolId
    by: By
    dispute: Number


@dataclass(frozen=True, slots=True)
class Appealed(Outcome):
    """The three who decide now; nobody where too few have no part in it, so the circle does."""

    dispute: Number
    panel: tuple[Who, ...]


@dataclass(frozen=True, slots=True)
class PanelAsked(Notice):
    """Asks one of the three."""

    dispute: Number
    about: About
    sides: tuple[Who, ...]
    why: str
    helper: Who
    ruling: Ruling
    back: Credits
    words: str


@dataclass(frozen=True, slots=True)
class CircleCalled(Notice):
    """Tells both sides and the stewards that the group finds a way; a steward writes it down."""

    dispute: Number
    about: About
    steward: bool


def appeal(work: Work, command: Appeal, at: At) -> Appealed:
    """Draw a panel of three who have no part in it: stewards first, then others.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NoPart, NotThere, NotDecidedYet.
    """
    here = work.enter(command.pool)
    dispute, _ = _decided(here, command.by, command.dispute, at)
    panel = _drawn(here, dispute, at)
    until = at.now + PANEL_WITHIN
    drawn = _next(
        here, dispute, state=DisputeState.PANEL, panel=" ".join(panel), votes="", next_at=until
    )
    if len(panel) < PANEL_SIZE:
        _to_the_circle(here, drawn, at)
        return Appealed(dispute.number, ())
    named = tuple(known(here, each) for each in panel)
    asked = PanelAsked(
        dispute.number,
        _about(here, dispute),
        tuple(known(here, side) for side in dispute.sides),
        dispute.why,
        known(here, dispute.helper or dispute.opener),
        dispute.ruling,
        dispute.back,
        dispute.decision,
    )
    for member in panel:
        here.tell(member, asked)
    return Appealed(dispute.number, named)


def _drawn(here: Here, dispute: Dispute, at: At) -> list[MemberId]:
    """Three by lot, stewards before others; only who can be asked and has not decided before."""
    serving = stewards(here, at.now)
    asked = [each.id for each in here.members.find(state=MemberState.ACTIVE) if each.person]
    free = _without_part(here, dispute, [each for each in asked if each != dispute.helper])
    lots = {each: (each not in serving, at.draw(8)) for each in free}
    return sorted(free, key=lots.__getitem__)[:PANEL_SIZE]


@dataclass(frozen=True, slots=True)
class Judge(Command):
    """Say, as one of the panel, how it should be: keep, reverse, or the circle."""

    pool: PoolId
    by: By
    dispute: Number
    word: str


@dataclass(frozen=True, slots=True)
class Judged(Outcome):
    """One voice of the panel is counted; `decided` is what two of them said."""

    dispute: Number
    decided: str


def judge(work: Work, command: Judge, at: At) -> Judged:
    """Count the voice of one of the panel; what two say is done.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NotOnPanel, Involved, NotThere.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    dispute = thing(here, here.disputes, command.dispute, "dispute")
    if acts.member.id not in dispute.on_panel:
        raise Refused(NotOnPanel(dispute.number))
    if not _without_part(here, dispute, [acts.member.id]):
        raise Refused(Involved(dispute.number))  # They are one of the sides since a link.
    if dispute.state is not DisputeState.PANEL:
        raise Refused(NotThere(dispute.number, "dispute", dispute.state))
    heard = replace(dispute, votes=dispute.voting(acts.member.id, command.word))
    word = panels_word(list(heard.said().values()))
    if word is None:
        _next(here, heard)
    elif word == TO_THE_CIRCLE:
        _to_the_circle(here, heard, at)
    else:
        carry_out(here, replace(heard, ruling=Ruling(word), back=Credits(0), decision=""), at)
    return Judged(dispute.number, word or "")


def _to_the_circle(here: Here, dispute: Dispute, at: At) -> None:
    """Leave it to the group; any steward without a part in it writes down what came of it."""
    _next(here, dispute, state=DisputeState.CIRCLE, next_at=None)
    about = _about(here, dispute)
    for side in dispute.sides:
        here.tell(side, CircleCalled(dispute.number, about, steward=False))
    for each in _without_part(here, dispute, stewards(here, at.now)):
        here.tell(each, CircleCalled(dispute.number, about, steward=True))


# --- the end -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DisputeOver(Notice):
    """Tells both sides what was done; `balance` is what the reader has now."""

    dispute: Number
    about: About
    ruling: Ruling
    back: Credits
    covered: Credits
    balance: int


@dataclass(frozen=True, slots=True)
class HowIsIt(Notice):
    """Asks both sides, two weeks later, whether all is well."""

    dispute: Number
    about: About


def carry_out(here: Here, dispute: Dispute, at: At) -> None:
    """Do what was decided: the credits that were set aside are free, then they stay or go back."""
    actor = dispute.helper
    _thaw(here, dispute, actor, at)
    matter, covered = matter_of(here, dispute.about), Credits(0)
    if dispute.ruling is Ruling.REVERSE and not (matter.own and matter.went_across):
        covered = _reverse(here, matter, actor, dispute.decision, at)
        _pass_to_the_fund(here, matter, actor, at)
    else:
        covered = _let_stand(here, matter, actor, at)
    if dispute.ruling is Ruling.COMPENSATE and not matter.own:
        covered = Credits(covered + _give_back(here, dispute, matter, at))
    _next(
        here,
        dispute,
        state=ENDED_BY[dispute.ruling],
        next_at=at.now + FOLLOW_UP_AFTER,
        ended_at=at.now,
    )
    for side in dispute.sides:
        balance = held_by(here, _account(here, side))
        over = DisputeOver(
            dispute.number, matter.about, dispute.ruling, dispute.back, covered, balance
        )
        here.tell(side, over)


def _account(here: Here, member: MemberId) -> Address:
    found = here.members.get(member)
    if found is None:
        raise LookupError(member)
    return found.account


def _thaw(here: Here, dispute: Dispute, actor: MemberId | None, at: At) -> None:
    if dispute.frozen and dispute.holder is not None:
        aside = here.address(AccountKind.DISPUTED)
        posting = moved(aside, _account(here, dispute.holder), dispute.frozen)
        enter(here, Draft(EntryKind.THAW, actor, (posting,), cause=dispute.number), at)


def _reverse(here: Here, matter: Matter, actor: MemberId | None, words: str, at: At) -> Credits:
    if matter.entry is not None:
        return take_back(here, matter.entry, actor, words, at)[1]
    if matter.order is not None:
        release(here, matter.order, actor, at)
    if matter.commitment is not None:
        unconfirm(here, matter.commitment)
    return Credits(0)


def _pass_to_the_fund(here: Here, matter: Matter, actor: MemberId | None, at: At) -> None:
    """What went back to somebody who has left is the common fund's, like all that they left."""
    payer = here.members.get(matter.gave) if matter.gave else None
    rest = 0 if payer is None or payer.here else held_by(here, payer.account)
    if payer is not None and rest > 0:
        postings = moved_whole(payer.account, here.address(AccountKind.COMMON), rest)
        enter(here, Draft(EntryKind.LEAVE, actor, postings), at)


def _let_stand(here: Here, matter: Matter, actor: MemberId | None, at: At) -> Credits:
    """What was promised or ordered counts as kept; what was paid already stays paid.

    What the one in need is to pay now and does not have is borne by the common fund: a decision
    holds whatever somebody did with their credits since.
    """
    order, promise = matter.order, matter.commitment
    if order is not None and order.state is OrderState.DISPUTED:
        settle(here, order, actor, at)
    if promise is None:
        return Credits(0)
    decider = here.members.get(actor) if actor else None
    if promise.confirmed_by is not None or decider is None:
        confirmed = replace(promise, state=CommitmentState.CONFIRMED, version=promise.version + 1)
        here.commitments.save(confirmed)
        return Credits(0)
    payer, due = payer_of(here, promise), due_of(here, promise)
    covered = Credits(0)
    if payer is not None and due:
        paid = moved(payer.account, _account(here, promise.maker), due)
        covered = cover(here, (paid,), actor, promise.number, at)
    confirm_one(here, decider, promise, at)
    return covered


def _give_back(here: Here, dispute: Dispute, matter: Matter, at: At) -> Credits:
    """Move a part of it from who got it to who gave it, or to the common fund."""
    payer = here.members.get(matter.gave) if matter.gave else None
    common = here.address(AccountKind.COMMON)
    target = payer.account if payer and payer.here else common
    posting = moved(_account(here, matter.got), target, dispute.back)
    covered = cover(here, (posting,), dispute.helper, dispute.number, at)
    enter(
        here,
        Draft(EntryKind.COMPENSATE, dispute.helper, (posting,), cause=dispute.number),
        at,
    )
    return covered


@dataclass(frozen=True, slots=True)
class Drop(Command):
    """Withdraw, as the one who opened it."""

    pool: PoolId
    by: By
    dispute: Number


@dataclass(frozen=True, slots=True)
class Dropped(Outcome):
    """All is as it was; of an order that was open, the other side's word counts."""

    dispute: Number


@dataclass(frozen=True, slots=True)
class DisputeDropped(Notice):
    """Tells the other side and the steward who helped."""

    dispute: Number
    about: About
    opener: Who


def drop(work: Work, command: Drop, at: At) -> Dropped:
    """Withdraw a dispute.

    Who withdraws lets the other side have it: an order that was open is paid when the spender
    does, and cancelled when the giver does.

    Raises:
        Refused: who may (`acting`), NoSuchThing, AnotherKind, NoPart, NotThere, StewardDecides.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    dispute = thing(here, here.disputes, command.dispute, "dispute")
    if dispute.opener != acts.member.id:
        raise Refused(NoPart(dispute.number))
    _must_step(dispute, DisputeState.WITHDRAWN)
    matter = matter_of(here, dispute.about)
    if matter.commitment is not None and matter.commitment.confirmed_by is None:
        raise Refused(StewardDecides(dispute.number))
    _thaw(here, dispute, acts.actor.id, at)
    order = matter.order
    held = order is not None and order.state is OrderState.DISPUTED
    if order is not None and held and order.giver == dispute.opener:
        release(here, order, acts.actor.id, at)
    else:
        _let_stand(here, matter, acts.actor.id, at)
    _next(here, dispute, state=DisputeState.WITHDRAWN, ended_at=at.now, next_at=None)
    told = DisputeDropped(dispute.number, matter.about, who(acts.member))
    for each in filter(None, (dispute.other, dispute.helper)):
        here.tell(each, told)
    return Dropped(dispute.number)


def go_on(here: Here, at: At) -> int:
    """Let happen what time brings about in disputes; how many went on."""
    due = [each for each in here.disputes.find() if each.next_at and each.next_at <= at.now]
    for dispute in due:
        if dispute.state is DisputeState.TALK:
            carry_out(here, dispute, at)
        elif dispute.state is DisputeState.PANEL:
            _to_the_circle(here, dispute, at)
        else:
            _next(here, dispute, next_at=None)
            for side in dispute.sides:
                here.tell(side, HowIsIt(dispute.number, _about(here, dispute)))
    return len(due)
