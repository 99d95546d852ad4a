"""Every expected "no": a kind, its facts, and when it is said. What to do next is said upstairs."""

from __future__ import annotations

from datetime import datetime

from core.domain.members import Role, Who
from core.domain.neutral import Neutral
from core.domain.units import Cents, Credits, Number, Ppm, Worth
from core.records import dataclass


class Refusal(Neutral):
    """An expected "no". Nothing was changed."""


class NeedsYes(Refusal):
    """A no until the caller was told what it means and said yes."""


class Refused(Exception):
    """Carries a refusal out of a use case."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


# --- who may -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoSuchPool(Refusal):
    """The pool named does not exist, or the caller has no part in it."""


@dataclass(frozen=True, slots=True)
class NotAMember(Refusal):
    """The caller has not joined this pool."""


@dataclass(frozen=True, slots=True)
class StewardsOnly(Refusal):
    """The act is a steward's, and the caller is none at this instant."""


@dataclass(frozen=True, slots=True)
class MayNotActFor(Refusal):
    """Only stewards, and the guardian who registered somebody without an account, act for them."""

    who: Who


@dataclass(frozen=True, slots=True)
class ActsForThemselves(Refusal):
    """Somebody with an account of their own is not acted for."""

    who: Who


@dataclass(frozen=True, slots=True)
class AdminsOnly(Refusal):
    """The platform says that the caller does not administer this chat."""


@dataclass(frozen=True, slots=True)
class OwnCommitment(Refusal):
    """Nobody confirms or declines their own commitment."""

    number: Number


@dataclass(frozen=True, slots=True)
class OwnRecord(Refusal):
    """Who recorded a claim on somebody's behalf does not confirm it too."""

    number: Number


@dataclass(frozen=True, slots=True)
class OwnChat(Refusal):
    """Who asked for a chat to join does not approve it."""

    number: Number


# --- what is named -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoSuchThing(Refusal):
    """No thing of this pool has the number."""

    number: Number


@dataclass(frozen=True, slots=True)
class AnotherKind(Refusal):
    """The number names a thing of another kind. Kinds are the words of rules, section 1."""

    number: Number
    is_a: str
    wanted: str


@dataclass(frozen=True, slots=True)
class OutOfDate(Refusal):
    """A button drawn for an earlier state of the thing was pressed."""

    number: Number


@dataclass(frozen=True, slots=True)
class SomeOutOfDate(Refusal):
    """Of several things that were chosen at once, some have changed since they were shown."""


@dataclass(frozen=True, slots=True)
class NotYours(Refusal):
    """The thing belongs to another member."""

    number: Number
    owner: Who


@dataclass(frozen=True, slots=True)
class NotThere(Refusal):
    """The thing's state has no such step. `state` is one of its states."""

    number: Number
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class AlreadyConfirmed(Refusal):
    """Somebody confirmed this commitment before."""

    number: Number
    by: Who


@dataclass(frozen=True, slots=True)
class NoSuchMember(Refusal):
    """Nobody of this pool is meant by the id."""


@dataclass(frozen=True, slots=True)
class MemberLeft(Refusal):
    """The member has left the pool."""


@dataclass(frozen=True, slots=True)
class Yourself(Refusal):
    """The other member has to be somebody else."""


# --- pools, chats, people ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChatTaken(Refusal):
    """The chat belongs to a pool, or has asked to."""

    pool: str


@dataclass(frozen=True, slots=True)
class ChatUnbound(Refusal):
    """The chat belongs to no pool."""


@dataclass(frozen=True, slots=True)
class UnknownTimeZone(Refusal):
    """Not a time zone of the IANA database."""

    said: str


@dataclass(frozen=True, slots=True)
class UnknownCurrency(Refusal):
    """Not three capital letters of a currency."""

    said: str


@dataclass(frozen=True, slots=True)
class MoneyIsCounted(Refusal):
    """The pool's currency stays: amounts in it stand in the books, on the board or in promises."""

    currency: str


@dataclass(frozen=True, slots=True)
class CodeUnknown(Refusal):
    """No code like this was given out."""


@dataclass(frozen=True, slots=True)
class CodeUsed(Refusal):
    """The code was used before."""


@dataclass(frozen=True, slots=True)
class CodeExpired(Refusal):
    """The code's time is over."""


@dataclass(frozen=True, slots=True)
class AlreadyLinked(Refusal):
    """The code was made by the same person: both accounts are one already."""


@dataclass(frozen=True, slots=True)
class OnlyAccount(Refusal):
    """The caller has no other account that this one could be taken apart from."""


@dataclass(frozen=True, slots=True)
class AlreadyMember(Refusal):
    """The caller has joined before."""


@dataclass(frozen=True, slots=True)
class CalledSo(Refusal):
    """Somebody without an account is called that already: nothing would tell the two apart."""

    name: str


@dataclass(frozen=True, slots=True)
class OwesFirst(Refusal):
    """A balance below zero is settled before one leaves, or before two too low ones become one."""

    owes: Credits


@dataclass(frozen=True, slots=True)
class LeavingMeans(NeedsYes):
    """What leaving would do: the rest goes to `heir`, or to the common fund when that is None.

    `elsewhere` says that they are in another pool too, so their accounts stay known.
    """

    pool: str
    credits: Credits
    orders: int
    commitments: int
    heir: Who | None
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class LastSteward(Refusal):
    """A pool keeps at least one steward."""


@dataclass(frozen=True, slots=True)
class HasRole(Refusal):
    """The member serves in this role now."""

    who: Who
    role: Role


@dataclass(frozen=True, slots=True)
class HasNoRole(Refusal):
    """The member does not serve in this role."""

    who: Who
    role: Role


@dataclass(frozen=True, slots=True)
class NeedsAccount(Refusal):
    """A steward needs an account of their own, and this member has none."""

    who: Who


@dataclass(frozen=True, slots=True)
class InThePast(Refusal):
    """The date has to lie ahead."""

    said: datetime


# --- board, commitments, credits -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnListing(Refusal):
    """Nobody takes their own need or spends on their own offer."""

    number: Number


@dataclass(frozen=True, slots=True)
class NothingChanged(Refusal):
    """An edit said nothing that is different."""

    number: Number


@dataclass(frozen=True, slots=True)
class NothingLeft(Refusal):
    """Fewer are left of a listing than were wanted."""

    number: Number
    left: int


@dataclass(frozen=True, slots=True)
class BelowTaken(Refusal):
    """The new quantity is smaller than what is spoken for."""

    number: Number
    taken: int


@dataclass(frozen=True, slots=True)
class NotWhole(Refusal):
    """The quantity makes no whole credits at this price; multiples of `least` do."""

    number: Number
    price: Worth
    quantity: int
    least: int


@dataclass(frozen=True, slots=True)
class TooLarge(Refusal):
    """More than one act may move."""


@dataclass(frozen=True, slots=True)
class NotEnough(Refusal):
    """The caller may spend `free` credits, and `wanted` were asked for."""

    free: Credits
    wanted: Credits


@dataclass(frozen=True, slots=True)
class HoldsEnough(Refusal):
    """The receiver would hold more than the rules allow; how much they hold is not told."""

    who: Who


@dataclass(frozen=True, slots=True)
class AreYouSure(NeedsYes):
    """The amount passes the pool's threshold, so the caller is asked first."""

    credits: Credits
    to: Who


@dataclass(frozen=True, slots=True)
class NothingToUndo(Refusal):
    """The caller sent nothing that could be taken back."""


@dataclass(frozen=True, slots=True)
class TooLateToUndo(Refusal):
    """The ten minutes for taking back a transfer are over."""

    credits: Credits
    to: Who


@dataclass(frozen=True, slots=True)
class SpentAlready(Refusal):
    """The receiver does not have the credits any more."""

    credits: Credits
    to: Who


@dataclass(frozen=True, slots=True)
class NobodyToSay(Refusal):
    """A commitment to the pool is for no one member, so a steward says that it was kept."""

    number: Number


@dataclass(frozen=True, slots=True)
class WaitsForWord(Refusal):
    """The rules want the word of the one it was for, before a steward confirms it."""

    number: Number
    owner: Who
    maker: Who


@dataclass(frozen=True, slots=True)
class CannotPay(Refusal):
    """The one in need is to pay for it by the rules, and has too little."""

    number: Number
    payer: Who
    lacking: Credits


@dataclass(frozen=True, slots=True)
class NotForYou(Refusal):
    """Somebody else's need is answered by this commitment."""

    number: Number
    owner: Who


@dataclass(frozen=True, slots=True)
class AlreadyKept(Refusal):
    """The one it was for has said so before."""

    number: Number


@dataclass(frozen=True, slots=True)
class NoPart(Refusal):
    """The caller is neither side of this order or request."""

    number: Number


# --- every month, gatherings ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueAtMonthsEnd(Refusal):
    """A promise for every month is due at each month's end, so it takes no day of its own."""


@dataclass(frozen=True, slots=True)
class HasTemplate(Refusal):
    """The member has this membership, or its promise, already."""

    number: Number


@dataclass(frozen=True, slots=True)
class NoSuchPlan(Refusal):
    """No open plan is called that; `names` are those that are."""

    said: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanExists(Refusal):
    """An open plan has this name."""

    number: Number
    name: str


@dataclass(frozen=True, slots=True)
class NoPromise(Refusal):
    """The plan of this membership has no promise that goes with it."""

    number: Number


@dataclass(frozen=True, slots=True)
class TimeIsOver(Refusal):
    """The time has to lie ahead."""

    said: datetime


@dataclass(frozen=True, slots=True)
class NotYourGathering(Refusal):
    """Only who called a gathering, or a steward, calls it off."""

    number: Number


@dataclass(frozen=True, slots=True)
class NotBegun(Refusal):
    """Who was at a gathering is known once it has begun."""

    number: Number
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class NobodyCame(Refusal):
    """Nobody was named, and nobody had said that they would come."""

    number: Number


@dataclass(frozen=True, slots=True)
class NobodyToThank(Refusal):
    """Nobody who was there can be thanked: none is noted, or all have been."""

    number: Number


# --- rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleBounds(Refusal):
    """A rule's value has to lie between these, in the rule's own measure."""

    rule: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class RuleIsSo(Refusal):
    """The rule has this value already."""

    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class ChangeWaits(Refusal):
    """A change of this rule is announced; one at a time."""

    number: Number
    rule: str
    value: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class SomeAreBelow(Refusal):
    """So many members are further below zero than the new limit would let them."""

    members: int
    limit: Credits


# --- corrections and disputes --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Involved(Refusal):
    """Who has a part in something does not decide about it."""

    number: Number


@dataclass(frozen=True, slots=True)
class NotToReverse(Refusal):
    """A line in the books that a steward cannot take back: it follows from something else."""

    number: Number


@dataclass(frozen=True, slots=True)
class AlreadyReversed(Refusal):
    """The line was taken back before, by the entry `by`."""

    number: Number
    by: Number


@dataclass(frozen=True, slots=True)
class NotDisputable(Refusal):
    """The number names nothing between people that could be disputed."""

    number: Number


@dataclass(frozen=True, slots=True)
class DisputedAlready(Refusal):
    """There is a dispute about it, open or decided."""

    number: Number
    dispute: Number


@dataclass(frozen=True, slots=True)
class NotDecidedYet(Refusal):
    """There is no decision on this dispute that one could agree with, or not."""

    number: Number


@dataclass(frozen=True, slots=True)
class DecidedAlready(Refusal):
    """The steward who helps has decided; either side may still appeal."""

    number: Number


@dataclass(frozen=True, slots=True)
class TooMuchBack(Refusal):
    """A part was to go back, and it has to be between 1 and `most` credits."""

    number: Number
    most: Credits


@dataclass(frozen=True, slots=True)
class NotOnPanel(Refusal):
    """Only the three who were drawn decide."""

    number: Number


@dataclass(frozen=True, slots=True)
class StewardDecides(Refusal):
    """A claim that nobody had confirmed is disputed, so a steward has to say what is so."""

    number: Number


@dataclass(frozen=True, slots=True)
class InDispute(Refusal):
    """Somebody wants to leave while a dispute is open that they are a side of."""

    number: Number


# --- help ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InHand(Refusal):
    """Another steward looks after it."""

    number: Number
    by: Who


@dataclass(frozen=True, slots=True)
class SaidAlready(Refusal):
    """Whether all was well is asked once, and answered."""


# --- cash ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnCash(Refusal):
    """Nobody records their own cash as received."""


@dataclass(frozen=True, slots=True)
class OwnExpense(Refusal):
    """Who recorded an expense, or wants one taken back, does not decide about it too."""

    number: Number


@dataclass(frozen=True, slots=True)
class OwnCashOut(Refusal):
    """Nobody decides about their own cash-out, or pays it."""

    number: Number


@dataclass(frozen=True, slots=True)
class ApprovedByYou(Refusal):
    """The caller approved this cash-out before, and a second steward has to."""

    number: Number


@dataclass(frozen=True, slots=True)
class BackersOnly(Refusal):
    """Only a member who serves as backer sets cash aside as backing."""


@dataclass(frozen=True, slots=True)
class PartnersOnly(Refusal):
    """Only a member who serves as partner cashes credits out."""


@dataclass(frozen=True, slots=True)
class CashOutOff(Refusal):
    """The rules of the pool let nobody cash out."""


@dataclass(frozen=True, slots=True)
class OverCap(Refusal):
    """More than the month's cap leaves this partner."""

    left: Credits
    cap: Credits


@dataclass(frozen=True, slots=True)
class NotInTreasury(Refusal):
    """The treasury has less than this to give; what is reserved stays."""

    free: Cents
    wanted: Cents


@dataclass(frozen=True, slots=True)
class TooLittleToBuy(Refusal):
    """Less cash than one credit costs."""

    least: Cents
    cents: Cents


@dataclass(frozen=True, slots=True)
class OddPart(Refusal):
    """`whole` buys credits; the odd part buys none, and is given or not brought."""

    credits: Credits
    whole: Cents
    odd: Cents


@dataclass(frozen=True, slots=True)
class OddPartGiven(NeedsYes):
    """What was handed over holds an odd part, which would be recorded as a gift."""

    giver: Who
    credits: Credits
    whole: Cents
    odd: Cents


@dataclass(frozen=True, slots=True)
class CashOutMeans(NeedsYes):
    """What approving a cash-out would do to backing and cover; `falls` when it lowers them.

    Shares in parts per million, None where no credits are out.
    """

    number: Number
    partner: Who
    credits: Credits
    approved: Credits
    cents: Cents
    backing: Ppm | None
    backing_then: Ppm | None
    cover: Ppm | None
    cover_then: Ppm | None
    falls: bool


# --- the door ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyReused(Refusal):
    """The same event came again with other contents."""


@dataclass(frozen=True, slots=True)
class Busy(Refusal):
    """Too much is waiting to be written; nothing was taken on."""
