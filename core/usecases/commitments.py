"""Commitments: promising, saying it is done, and a steward's word, which issues the credits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import COMMITMENT_STEPS, Commitment, CommitmentState, Photo
from core.domain.ledger import AccountKind, Draft, Entry, EntryKind
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import Member, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.pools import Announced
from core.domain.refusals import (
    AlreadyConfirmed,
    AlreadyKept,
    AnotherKind,
    InThePast,
    NobodyToSay,
    NotForYou,
    NothingLeft,
    NotThere,
    NotYours,
    OwnCommitment,
    OwnListing,
    OwnRecord,
    Refused,
    Yourself,
)
from core.domain.states import may_become
from core.domain.units import (
    Carry,
    Credits,
    MemberId,
    Number,
    PoolId,
    Worth,
    whole_credits,
)
from core.ports import Here, Work
from core.usecases.orders import give_back, must_be_open, take
from core.usecases.posting import enter, moved
from core.usecases.standing import (
    Acting,
    By,
    acting,
    drawn_for,
    known,
    other,
    steward,
    stewards,
    thing,
    who,
)


@dataclass(frozen=True, slots=True)
class Commit(Command):
    """Promise something to the pool."""

    pool: PoolId
    by: By
    worth: Worth
    text: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Committed(Outcome):
    """The promise stands."""

    commitment: Number
    text: str
    worth: Worth
    due: datetime | None
    version: int
    need: Number | None = None
    owner: Who | None = None


def commit(work: Work, command: Commit, at: At) -> Committed:
    """Promise to the pool.

    Raises:
        Refused: who may (`acting`), InThePast.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    _must_lie_ahead(command.due, at.now)
    return _promise(here, acts, command.text, command.worth, command.due, None, at)


def _must_lie_ahead(due: datetime | None, now: datetime) -> None:
    if due is not None and due <= now:
        raise Refused(InThePast(due))


def _promise(
    here: Here,
    acts: Acting,
    text: str,
    worth: Worth,
    due: datetime | None,
    need: Listing | None,
    at: At,
) -> Committed:
    made = Commitment(
        pool=here.pool.id,
        number=here.number(),
        maker=acts.member.id,
        text=text,
        worth=worth,
        made_at=at.now,
        due=due,
        need=need.number if need else None,
    )
    here.commitments.add(made)
    owner = known(here, need.owner) if need else None
    return Committed(made.number, text, worth, due, made.version, made.need, owner)


@dataclass(frozen=True, slots=True)
class Take(Command):
    """Promise to meet a need."""

    pool: PoolId
    by: By
    need: Number
    due: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class NeedTaken(Notice):
    """Tells the one in need who will meet it."""

    need: Number
    commitment: Number
    text: str
    maker: Who
    due: datetime | None


def take_need(work: Work, command: Take, at: At) -> Committed:
    """Promise in answer to a need, which then is spoken for.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotThere, OutOfDate, OwnListing, NothingLeft,
            InThePast.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    need = thing(here, here.listings, command.need, "need")
    if need.kind is not ListingKind.NEED:
        raise Refused(AnotherKind(need.number, "offer", "need"))
    must_be_open(need)
    if need.owner == acts.member.id:
        raise Refused(OwnListing(need.number))
    month = here.pool.month_of(at.now)
    left = need.left(month)
    if left is not None and left < 1:
        raise Refused(NothingLeft(need.number, left))
    drawn_for(need.version, command.version, need.number)
    _must_lie_ahead(command.due, at.now)
    take(here, need, 1, month)
    made = _promise(here, acts, need.text, need.price, command.due, need, at)
    told = NeedTaken(need.number, made.commitment, need.text, who(acts.member), command.due)
    here.tell(need.owner, told)
    return made


@dataclass(frozen=True, slots=True)
class ClaimDone(Command):
    """Say that one's commitment was kept. `photo` is b'' without one."""

    pool: PoolId
    by: By
    commitment: Number
    note: str = ""
    photo: bytes = b""
    photo_hash: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed(Outcome):
    """The claim waits for a steward."""

    commitment: Number
    text: str
    stewards: int
    photo: bool


@dataclass(frozen=True, slots=True)
class DoneFor(Notice):
    """Asks the one in need to say that it was kept."""

    commitment: Number
    text: str
    maker: Who
    version: int


def claim_done(work: Work, command: ClaimDone, at: At) -> Claimed:
    """Claim fulfilment, with a note or a photo; also late, after it was missed.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    commitment = _own(here, acts, command.commitment)
    _must_step(commitment, CommitmentState.DONE)
    drawn_for(commitment.version, command.version, commitment.number)
    claimed = replace(
        commitment,
        state=CommitmentState.DONE,
        note=command.note,
        photo=command.photo_hash,
        reason="",
        done_at=at.now,
        claimed_by=acts.actor.id,
        version=commitment.version + 1,
    )
    here.commitments.save(claimed)
    if command.photo:
        here.keep_photo(Photo(command.pool, command.photo_hash, acts.member.id, command.photo))
    _ask_the_one_it_was_for(here, claimed, acts)
    serving = [each for each in stewards(here, at.now) if each != acts.member.id]
    return Claimed(commitment.number, commitment.text, len(serving), bool(command.photo))


def _ask_the_one_it_was_for(here: Here, claimed: Commitment, acts: Acting) -> None:
    need = here.listings.get(claimed.need) if claimed.need else None
    if need is not None and not claimed.kept:
        asked = DoneFor(claimed.number, claimed.text, who(acts.member), claimed.version)
        here.tell(need.owner, asked)


def _own(here: Here, acts: Acting, number: Number) -> Commitment:
    commitment = thing(here, here.commitments, number, "commitment")
    if commitment.maker != acts.member.id:
        raise Refused(NotYours(number, known(here, commitment.maker)))
    return commitment


def _must_step(commitment: Commitment, state: CommitmentState) -> None:
    if not may_become(COMMITMENT_STEPS, commitment.state, state):
        raise Refused(NotThere(commitment.number, "commitment", commitment.state))


@dataclass(frozen=True, slots=True)
class Withdraw(Command):
    """Take back a promise that was not kept yet."""

    pool: PoolId
    by: By
    commitment: Number
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn(Outcome):
    """The promise is off; a need it answered is open again."""

    commitment: Number
    text: str
    need: Number | None


@dataclass(frozen=True, slots=True)
class PromiseWithdrawn(Notice):
    """Tells the one in need."""

    need: Number
    text: str
    maker: Who


def withdraw(work: Work, command: Withdraw, at: At) -> Withdrawn:
    """Withdraw one's open commitment.

    Raises:
        Refused: NoSuchThing, AnotherKind, NotYours, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    commitment = _own(here, acts, command.commitment)
    _must_step(commitment, CommitmentState.WITHDRAWN)
    drawn_for(commitment.version, command.version, commitment.number)
    call_off(here, commitment)
    need = here.listings.get(commitment.need) if commitment.need else None
    if need is not None:
        told = PromiseWithdrawn(need.number, need.text, who(acts.member))
        here.tell(need.owner, told)
    return Withdrawn(commitment.number, commitment.text, commitment.need)


def call_off(here: Here, commitment: Commitment) -> None:
    """Withdraw an open commitment and free the need it answered."""
    here.commitments.save(
        replace(commitment, state=CommitmentState.WITHDRAWN, version=commitment.version + 1)
    )
    if commitment.need is not None:
        give_back(here, commitment.need, 1, here.pool.month_of(commitment.made_at))


@dataclass(frozen=True, slots=True)
class SayKept(Command):
    """Say, as the one it was for, that a commitment was kept."""

    pool: PoolId
    by: By
    commitment: Number


@dataclass(frozen=True, slots=True)
class SaidKept(Outcome):
    """The steward sees it; the maker is thanked."""

    commitment: Number
    maker: Who
    confirmed: bool


@dataclass(frozen=True, slots=True)
class KeptSaid(Notice):
    """Tells the maker."""

    commitment: Number
    text: str
    by: Who


def say_kept(work: Work, command: SayKept, at: At) -> SaidKept:
    """Take the word of the one in need; a steward still confirms.

    Raises:
        Refused: NoSuchThing, AnotherKind, NobodyToSay, NotForYou, OwnCommitment, NotThere,
            AlreadyKept.
    """
    here = work.enter(command.pool)
    acts = acting(here, command.by, at.now)
    commitment = thing(here, here.commitments, command.commitment, "commitment")
    need = here.listings.get(commitment.need) if commitment.need else None
    if need is None:
        raise Refused(NobodyToSay(commitment.number))
    if need.owner != acts.member.id:
        raise Refused(NotForYou(commitment.number, known(here, need.owner)))
    if commitment.maker == acts.member.id:
        raise Refused(OwnCommitment(commitment.number))
    if commitment.state is CommitmentState.WITHDRAWN:
        raise Refused(NotThere(commitment.number, "commitment", commitment.state))
    if commitment.kept:
        raise Refused(AlreadyKept(commitment.number))
    here.commitments.save(replace(commitment, kept=True, version=commitment.version + 1))
    here.tell(commitment.maker, KeptSaid(commitment.number, commitment.text, who(acts.member)))
    confirmed = commitment.state is CommitmentState.CONFIRMED
    return SaidKept(commitment.number, known(here, commitment.maker), confirmed)


# --- the steward's word --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirm(Command):
    """Confirm that commitments were kept. All of them, or none."""

    pool: PoolId
    by: By
    commitments: tuple[Number, ...]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """What one confirmed commitment brought its maker."""

    commitment: Number
    text: str
    maker: Who
    credits: Credits
    entry: Number | None


@dataclass(frozen=True, slots=True)
class Confirmed(Outcome):
    """Credits were issued."""

    issued: tuple[Issued, ...]


@dataclass(frozen=True, slots=True)
class WorkConfirmed(Notice):
    """Tells the maker. `carry` made no whole credit yet; `thanked`: nobody had claimed it."""

    commitment: Number
    text: str
    by: Who
    credits: Credits
    balance: int
    carry: Carry
    thanked: bool


def confirm(work: Work, command: Confirm, at: At) -> Confirmed:
    """Confirm claims and issue their credits, each once.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCommitment, OwnRecord,
            AlreadyConfirmed, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    numbers = dict.fromkeys(command.commitments)
    claims = [_confirmable(here, actor, number, command.version) for number in numbers]
    issued = tuple(_confirm_one(here, actor, claim, at) for claim in claims)
    here.card(Announced.CONFIRMATIONS, *numbers)
    return Confirmed(issued)


def _confirmable(here: Here, actor: Member, number: Number, seen: int | None) -> Commitment:
    claim = _decidable(here, actor, number)
    if claim.state is CommitmentState.CONFIRMED and claim.confirmed_by:
        raise Refused(AlreadyConfirmed(number, known(here, claim.confirmed_by)))
    _must_step(claim, CommitmentState.CONFIRMED)
    drawn_for(claim.version, seen, number)
    return claim


def _decidable(here: Here, actor: Member, number: Number) -> Commitment:
    claim = thing(here, here.commitments, number, "commitment")
    if claim.maker == actor.id:
        raise Refused(OwnCommitment(number))
    if claim.claimed_by == actor.id:
        raise Refused(OwnRecord(number))
    return claim


def _confirm_one(here: Here, actor: Member, claim: Commitment, at: At) -> Issued:
    maker = other(here, claim.maker)
    entry, credits = _issue(here, actor, maker, claim, at)
    here.commitments.save(
        replace(
            claim,
            state=CommitmentState.CONFIRMED,
            confirmed_at=at.now,
            confirmed_by=actor.id,
            entry=entry.number if entry else None,
            version=claim.version + 1,
        )
    )
    _meet_need(here, claim)
    number = entry.number if entry else None
    return Issued(claim.number, claim.text, who(maker), credits, number)


def _issue(
    here: Here, actor: Member, maker: Member, claim: Commitment, at: At
) -> tuple[Entry | None, Credits]:
    """Issue what the worth and the maker's carry make, and tell the maker."""
    credits, carry = whole_credits(claim.worth, maker.carry, here.pool.rules.rates)
    if carry != maker.carry:
        here.members.save(replace(maker, carry=carry, version=maker.version + 1))
    entry = None
    if credits:
        posting = moved(here.address(AccountKind.ISSUANCE), maker.account, credits)
        draft = Draft(EntryKind.WORK, actor.id, (posting,), cause=claim.number)
        entry = enter(here, draft, at)
    told = WorkConfirmed(
        claim.number,
        claim.text,
        who(actor),
        credits,
        here.balance(maker.account),
        carry,
        thanked=claim.claimed_by is None,
    )
    here.tell(maker.id, told)
    return entry, credits


def _meet_need(here: Here, claim: Commitment) -> None:
    """A need is met, and closed, when all that was wanted once is spoken for and confirmed."""
    need = here.listings.get(claim.need) if claim.need else None
    if need is None or need.state is not ListingState.OPEN or need.quantity is None:
        return
    waited_for = (CommitmentState.OPEN, CommitmentState.DONE, CommitmentState.MISSED)
    still_open = here.commitments.find(need=need.number, state=waited_for)
    if need.every is Every.ONCE and need.taken >= need.quantity and not still_open:
        here.listings.save(replace(need, state=ListingState.CLOSED, version=need.version + 1))
    here.card(Announced.NEEDS, need.number)


@dataclass(frozen=True, slots=True)
class Decline(Command):
    """Say that a claim cannot be confirmed, and why."""

    pool: PoolId
    by: By
    commitment: Number
    why: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Declined(Outcome):
    """The commitment is open again; its maker knows why."""

    commitment: Number
    text: str
    maker: Who


@dataclass(frozen=True, slots=True)
class ClaimDeclined(Notice):
    """Tells the maker, who may say done again."""

    commitment: Number
    text: str
    by: Who
    why: str
    version: int


def decline(work: Work, command: Decline, at: At) -> Declined:
    """Send a claim back with a reason.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCommitment, OwnRecord, NotThere,
            OutOfDate.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    claim = _decidable(here, actor, command.commitment)
    if claim.state is not CommitmentState.DONE:
        raise Refused(NotThere(claim.number, "commitment", claim.state))
    drawn_for(claim.version, command.version, claim.number)
    back = replace(
        claim,
        state=CommitmentState.OPEN,
        reason=command.why,
        done_at=None,
        version=claim.version + 1,
    )
    here.commitments.save(back)
    told = ClaimDeclined(claim.number, claim.text, who(actor), command.why, back.version)
    here.tell(claim.maker, told)
    return Declined(claim.number, claim.text, known(here, claim.maker))


@dataclass(frozen=True, slots=True)
class Thank(Command):
    """Issue to all who helped, as commitments kept."""

    pool: PoolId
    by: By
    members: tuple[MemberId, ...]
    worth: Worth
    text: str


@dataclass(frozen=True, slots=True)
class Thanked(Outcome):
    """Each of them has the credits."""

    issued: tuple[Issued, ...]
    text: str


def thank(work: Work, command: Thank, at: At) -> Thanked:
    """Record a kept commitment for each who helped and issue its credits: all, or none.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, Yourself.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    helpers = dict.fromkeys(_helper(here, actor, member).id for member in command.members)
    issued = tuple(_thank_one(here, actor, helper, command, at) for helper in helpers)
    here.card(Announced.CONFIRMATIONS, *(each.commitment for each in issued))
    return Thanked(issued, command.text)


def _helper(here: Here, actor: Member, member: MemberId) -> Member:
    helper = other(here, member)
    if helper.id == actor.id:
        raise Refused(Yourself())
    return helper


def _thank_one(here: Here, actor: Member, helper: MemberId, command: Thank, at: At) -> Issued:
    kept = Commitment(
        pool=command.pool,
        number=here.number(),
        maker=helper,
        text=command.text,
        worth=command.worth,
        made_at=at.now,
        state=CommitmentState.DONE,
        done_at=at.now,
    )
    here.commitments.add(kept)
    return _confirm_one(here, actor, kept, at)
