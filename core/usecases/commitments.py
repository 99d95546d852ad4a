"""Commitments: promising, saying it is done, and a steward's word, which issues the credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.commitments import COMMITMENT_STEPS, Commitment, CommitmentState, Photo
from core.domain.ledger import AccountKind, Draft, EntryKind
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import Member, Role, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.pools import Announced
from core.domain.refusals import (
    AlreadyConfirmed,
    AlreadyKept,
    AnotherKind,
    CannotPay,
    HasNoRole,
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
    SomeOutOfDate,
    WaitsForWord,
    Yourself,
)
from core.domain.rules import Confirming, Payer
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
from core.records import dataclass
from core.usecases.orders import give_back, must_be_open, take
from core.usecases.posting import enter, held_by, moved
from core.usecases.standing import (
    Acting,
    By,
    acting,
    drawn_for,
    known,
    other,
    serves,
    steward,
    stewards,
    thing,
    who,
)
from core.usecases.treasury import owe_backing


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
    """The promise stands. `owner` is the one in need; they pay for it themselves if `pays`."""

    commitment: Number
    text: str
    worth: Worth
    due: datetime | None
    version: int
    need: Number | None = None
    owner: Who | None = None
    pays: bool = False


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
    pays = payer_of(here, made) is not None
    return Committed(made.number, text, worth, due, made.version, made.need, owner, pays)


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
    """Tells the one in need who will meet it.

    `credits` is what they pay for it once it is confirmed, 0 where the pool does; `balance` what
    they have now.
    """

    need: Number
    commitment: Number
    text: str
    maker: Who
    due: datetime | None
    credits: Credits = Credits(0)
    balance: int = 0


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
    _tell_taken(here, need, made, who(acts.member))
    return made


def _tell_taken(here: Here, need: Listing, made: Committed, maker: Who) -> None:
    credits, balance = Credits(0), 0
    if made.pays:
        credits, _ = whole_credits(made.worth, Carry(), here.pool.rules.rates)
        balance = held_by(here, other(here, need.owner).account)
    told = NeedTaken(need.number, made.commitment, need.text, maker, made.due, credits, balance)
    here.tell(need.owner, told)


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
    """The claim waits for a steward, and first for the word of `owner` where the rules say so."""

    commitment: Number
    text: str
    stewards: int
    photo: bool
    owner: Who | None = None


@dataclass(frozen=True, slots=True)
class DoneFor(Notice):
    """Asks the one in need to say that it was kept. `awaited`: no steward can confirm it before."""

    commitment: Number
    text: str
    maker: Who
    version: int
    awaited: bool = False


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
    owner = awaited(here, claimed)
    return Claimed(
        commitment.number,
        commitment.text,
        len(serving),
        bool(command.photo),
        who(owner) if owner else None,
    )


def _ask_the_one_it_was_for(here: Here, claimed: Commitment, acts: Acting) -> None:
    need = here.listings.get(claimed.need) if claimed.need else None
    if need is not None and not claimed.kept:
        waits = awaited(here, claimed) is not None
        asked = DoneFor(claimed.number, claimed.text, who(acts.member), claimed.version, waits)
        here.tell(need.owner, asked)


def _other_side(here: Here, commitment: Commitment) -> Member | None:
    """Whose need a promise answers: somebody else than its maker, who is still here."""
    need = here.listings.get(commitment.need) if commitment.need else None
    owner = here.members.get(need.owner) if need else None
    if owner is None or not owner.here or owner.id == commitment.maker:
        return None
    return owner


def awaited(here: Here, claim: Commitment) -> Member | None:
    """Who has to say first that a promise was kept, where the rules want both sides' word.

    Who has left cannot say it any more: then a steward's word is enough.
    """
    if claim.kept or here.pool.rules.confirming is not Confirming.BOTH:
        return None
    return _other_side(here, claim)


def payer_of(here: Here, claim: Commitment) -> Member | None:
    """The one in need, where they pay for a promise themselves; None where the pool does.

    What was the rule when the promise was made counts: nobody pays for help that they were
    promised for nothing. For somebody who has left the pool pays.
    """
    if claim.need is None:
        return None
    then = here.pool.as_of(claim.made_at, here.rule_changes.find())
    return _other_side(here, claim) if then.rules.payer is Payer.RECEIVER else None


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
        month = here.pool.month_then(commitment.made_at, here.rule_changes.find())
        give_back(here, commitment.need, 1, month)


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
    """Confirm that commitments were kept. All of them, or none.

    `version` is that of the one that was shown, or the sum of the versions of several.
    """

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


@dataclass(frozen=True, slots=True)
class NeedPaid(Notice):
    """Tells the one in need that they paid for it; `balance` is what they have now."""

    commitment: Number
    text: str
    maker: Who
    credits: Credits
    balance: int


def confirm(work: Work, command: Confirm, at: At) -> Confirmed:
    """Confirm claims and issue their credits, each once.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnCommitment, OwnRecord,
            AlreadyConfirmed, NotThere, OutOfDate, SomeOutOfDate, WaitsForWord, CannotPay.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    numbers = dict.fromkeys(command.commitments)
    claims = [_confirmable(here, actor, number) for number in numbers]
    _as_drawn(claims, command.version)
    for claim in claims:
        _hold_word_given(here, claim)
    first = claims[0].number if len(claims) > 1 else None
    issued = tuple(
        confirm_one(here, actor, replace(claim, shown_with=first), at) for claim in claims
    )
    here.card(Announced.CONFIRMATIONS, *numbers)
    return Confirmed(issued)


def _confirmable(here: Here, actor: Member, number: Number) -> Commitment:
    claim = _decidable(here, actor, number)
    if claim.state is CommitmentState.CONFIRMED and claim.confirmed_by:
        raise Refused(AlreadyConfirmed(number, known(here, claim.confirmed_by)))
    if claim.state is not CommitmentState.DONE:  # What is disputed is decided there.
        raise Refused(NotThere(number, "commitment", claim.state))
    return claim


def _hold_word_given(here: Here, claim: Commitment) -> None:
    """Hold that nobody else is asked first, as who is in need and pays is."""
    first = awaited(here, claim)
    if first is not None:
        raise Refused(WaitsForWord(claim.number, who(first), known(here, claim.maker)))


def _as_drawn(claims: Sequence[Commitment], seen: int | None) -> None:
    """Hold that claims are as they were shown; of one, it is said which."""
    if len(claims) == 1:
        drawn_for(claims[0].version, seen, claims[0].number)
    elif seen is not None and seen != sum(each.version for each in claims):
        raise Refused(SomeOutOfDate())


def _decidable(here: Here, actor: Member, number: Number) -> Commitment:
    claim = thing(here, here.commitments, number, "commitment")
    if claim.maker == actor.id:
        raise Refused(OwnCommitment(number))
    if claim.claimed_by == actor.id:
        raise Refused(OwnRecord(number))
    return claim


def due_of(here: Here, claim: Commitment) -> Credits:
    """The whole credits of a promise's worth alone, which whoever is in need would pay."""
    return whole_credits(claim.worth, Carry(), here.pool.rules.rates)[0]


@dataclass(frozen=True, slots=True)
class _Paid:
    """What a promise brought its maker, by which entry, and what they carry on."""

    credits: Credits
    carry: Carry
    entry: Number | None


def confirm_one(here: Here, actor: Member, claim: Commitment, at: At) -> Issued:
    """Take a steward's word that a claim holds, and have its maker paid.

    Raises:
        Refused: NoSuchMember, MemberLeft, CannotPay.
    """
    maker, payer = other(here, claim.maker), payer_of(here, claim)
    if payer is None:
        paid = _issue(here, actor, maker, claim, at)
    else:
        paid = _pay(here, actor, payer, maker, claim, at)
    measure = claim.worth.measure
    if paid.carry != maker.carry:
        here.members.save(replace(maker, carry=paid.carry, version=maker.version + 1))
    here.commitments.save(
        replace(
            claim,
            state=CommitmentState.CONFIRMED,
            confirmed_at=at.now,
            confirmed_by=actor.id,
            entry=paid.entry,
            carried=paid.carry.of(measure) - maker.carry.of(measure),
            version=claim.version + 1,
        )
    )
    _tell_confirmed(here, actor, maker, claim, paid)
    _meet_need(here, claim)
    return Issued(claim.number, claim.text, who(maker), paid.credits, paid.entry)


def _issue(here: Here, actor: Member, maker: Member, claim: Commitment, at: At) -> _Paid:
    """Issue what the worth and the maker's carry make."""
    credits, carry = whole_credits(claim.worth, maker.carry, here.pool.rules.rates)
    if not credits:
        return _Paid(credits, carry, None)
    posting = moved(here.address(AccountKind.ISSUANCE), maker.account, credits)
    kind = EntryKind.STIPEND if claim.stipend else EntryKind.WORK
    entry = enter(here, Draft(kind, actor.id, (posting,), cause=claim.number), at)
    return _Paid(credits, carry, entry.number)


def _pay(
    here: Here, actor: Member, payer: Member, maker: Member, claim: Commitment, at: At
) -> _Paid:
    """Have the one in need pay the whole credits of the worth; the rest is carried on.

    What the maker carries from elsewhere is not theirs to pay. As where credits are spent on an
    offer, there is no tax on it.

    Raises:
        Refused: CannotPay.
    """
    credits, rest = whole_credits(claim.worth, Carry(), here.pool.rules.rates)
    measure = claim.worth.measure
    carry = maker.carry.holding(measure, maker.carry.of(measure) + rest.of(measure))
    if not credits:
        return _Paid(credits, carry, None)
    lacking = credits - (held_by(here, payer.account) - here.pool.floor_credits)
    if lacking > 0:
        raise Refused(CannotPay(claim.number, who(payer), Credits(lacking)))
    posting = moved(payer.account, maker.account, credits)
    entry = enter(here, Draft(EntryKind.MET, actor.id, (posting,), cause=claim.number), at)
    balance = here.balance(payer.account)
    here.tell(payer.id, NeedPaid(claim.number, claim.text, who(maker), credits, balance))
    return _Paid(credits, carry, entry.number)


def _tell_confirmed(
    here: Here, actor: Member, maker: Member, claim: Commitment, paid: _Paid
) -> None:
    told = WorkConfirmed(
        claim.number,
        claim.text,
        who(actor),
        paid.credits,
        here.balance(maker.account),
        paid.carry,
        thanked=claim.claimed_by is None,
    )
    here.tell(maker.id, told)


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
    """Issue to all who helped, as commitments kept. `backer` stands behind what is issued."""

    pool: PoolId
    by: By
    members: tuple[MemberId, ...]
    worth: Worth
    text: str
    backer: MemberId | None = None


@dataclass(frozen=True, slots=True)
class Thanked(Outcome):
    """Each of them has the credits."""

    issued: tuple[Issued, ...]
    text: str


def thank(work: Work, command: Thank, at: At) -> Thanked:
    """Record a kept commitment for each who helped and issue its credits: all, or none.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, Yourself, HasNoRole.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    backer = backer_named(here, command.backer, at.now)
    helpers = dict.fromkeys(_helper(here, actor, member).id for member in command.members)
    issued = thank_each(here, actor, tuple(helpers), command.text, command.worth, backer, at)
    return Thanked(issued, command.text)


def _helper(here: Here, actor: Member, member: MemberId) -> Member:
    helper = other(here, member)
    if helper.id == actor.id:
        raise Refused(Yourself())
    return helper


def backer_named(here: Here, member: MemberId | None, now: datetime) -> Member | None:
    """The backer who was named, if one was.

    Raises:
        Refused: NoSuchMember, MemberLeft, HasNoRole.
    """
    if member is None:
        return None
    backer = other(here, member)
    if not serves(here, backer, Role.BACKER, now):
        raise Refused(HasNoRole(who(backer), Role.BACKER))
    return backer


def thank_each(
    here: Here,
    actor: Member,
    helpers: Sequence[MemberId],
    text: str,
    worth: Worth,
    backer: Member | None,
    at: At,
    gathering: Number | None = None,
) -> tuple[Issued, ...]:
    """Record for each a promise that was kept without having been made, and issue its credits."""
    issued: list[Issued] = []
    for helper in helpers:
        number = here.number()
        first = issued[0].commitment if issued else number
        kept = Commitment(
            pool=here.pool.id,
            number=number,
            maker=helper,
            text=text,
            worth=worth,
            made_at=at.now,
            state=CommitmentState.DONE,
            done_at=at.now,
            backer=backer.id if backer else None,
            gathering=gathering,
            shown_with=first if len(helpers) > 1 else None,
        )
        here.commitments.add(kept)
        issued.append(confirm_one(here, actor, kept, at))
    if backer is not None:
        by_commitment = {each.commitment: each.credits for each in issued}
        owe_backing(here, backer, by_commitment, text, at.now)
    here.card(Announced.CONFIRMATIONS, *(each.commitment for each in issued))
    return tuple(issued)
