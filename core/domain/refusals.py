"""Every expected "no": a kind, its facts, and when it is said. What to do next is said upstairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.members import Role, Who
from core.domain.neutral import Neutral
from core.domain.units import Credits, Number, Worth


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
    """Only stewards, and the one who registered somebody without an account, act for them."""

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
class AlreadyMember(Refusal):
    """The caller has joined before."""


@dataclass(frozen=True, slots=True)
class OwesFirst(Refusal):
    """A balance below zero is settled before one leaves."""

    owes: Credits


@dataclass(frozen=True, slots=True)
class LeavingMeans(NeedsYes):
    """What leaving would do: the rest goes to `heir`, or to the common fund when that is None."""

    credits: Credits
    orders: int
    commitments: int
    heir: Who | None


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

    entry: Number
    to: Who


@dataclass(frozen=True, slots=True)
class SpentAlready(Refusal):
    """The receiver does not have the credits any more."""

    entry: Number
    to: Who


@dataclass(frozen=True, slots=True)
class NobodyToSay(Refusal):
    """A commitment to the pool is for no one member, so a steward says that it was kept."""

    number: Number


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


# --- the door ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyReused(Refusal):
    """The same event came again with other contents."""


@dataclass(frozen=True, slots=True)
class Busy(Refusal):
    """Too much is waiting to be written; nothing was taken on."""
