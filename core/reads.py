"""What the top floor may ask without changing anything: small records, straight from storage.

Whatever a reader found is a hint: the use case checks it again. Every question carries the pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.commitments import Commitment
from core.domain.disputes import Concern, Dispute
from core.domain.gatherings import Gathering
from core.domain.ledger import EntryKind
from core.domain.listings import Listing, ListingKind
from core.domain.members import Identity, Member, Person, Role, Term, Who
from core.domain.months import Period, Step
from core.domain.orders import Order, Request
from core.domain.pools import Chat, Pool
from core.domain.recurring import Plan, Template
from core.domain.reminders import ToRemind
from core.domain.rules import RuleChange, Rules
from core.domain.treasury import Cash, CashKind, CashOut, Expense, Health
from core.domain.units import Cents, Credits, MemberId, Number, PersonId, PoolId
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Attended:
    """A gathering with the names of those who come, or came, and how many wait for a place."""

    gathering: Gathering
    names: Sequence[str]
    waiting: int


Shown = (
    Listing
    | Commitment
    | Order
    | Request
    | Chat
    | Term
    | Template
    | Cash
    | CashOut
    | Expense
    | Dispute
    | RuleChange
    | Attended
)


@dataclass(frozen=True, slots=True)
class Known:
    """Who is behind an account on a platform, all their accounts, and the pools they are in."""

    identity: Identity
    person: Person
    accounts: Sequence[Identity]
    pools: Sequence[Pool]
    memberships: Mapping[PoolId, Member]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is to be told something: their accounts, those that worked last first."""

    person: Person
    accounts: Sequence[Identity]
    pools: Sequence[Pool]


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of an `Identity` to whoever types a username."""

    platform: str
    external: str
    username: str = ""
    rebound: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A member as somebody may type them: the name they have now, and their accounts."""

    member: MemberId
    name: str
    accounts: Sequence[Account]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of listings, with how many there are in all."""

    listings: Sequence[Listing]
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a member's statement: what moved, why, with whom. `amount` is signed.

    `other` is the member on the other side, None where it is the pool. `actor` is who typed it,
    `subject` the text of what it was for, `reversed_by` the entry that took it back.
    """

    entry: Number
    at: datetime
    kind: EntryKind
    amount: int
    balance: int
    other: Who | None
    actor: Who | None
    on_behalf: Who | None
    cause: Number | None
    subject: str
    note: str
    reverses: Number | None
    reversed_by: Number | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Something that may be disputed or taken back, in words enough to know it again.

    `kind` is commitment, order, entry (a transfer), cash or expense; `amount` is in credits, of
    cash in cents. `giver` is who kept the promise, ordered, sent or paid; '' for nobody.
    """

    number: Number
    kind: str
    text: str
    amount: int
    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What a member has: free, held in orders and for cash-outs, and their trade balance."""

    free: Credits
    held: Credits
    trade: int
    cashing_out: Credits


@dataclass(frozen=True, slots=True)
class Status:
    """The pool in numbers: people, board, promises, credits."""

    members: int
    stewards: int
    offers: int
    needs: int
    open_commitments: int
    waiting: int
    issued: Credits
    outstanding: Credits
    common_fund: Credits


@dataclass(frozen=True, slots=True)
class Audit:
    """Whether the books balance and the chain holds; `faults` says what does not, in order."""

    entries: int
    fingerprint: str
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a steward's queue holds: claims, chats that want to join, what went wrong, money.

    `asking` names those who turned to the stewards, members or not. `unsaid` are those who have not
    said yet that the claim of this number, which was for them, was kept. `undelivered` counts
    messages of this pool that were given up.
    """

    claims: Sequence[Commitment]
    unsaid: Mapping[Number, MemberId]
    chats: Sequence[Chat]
    disputes: Sequence[Dispute]
    concerns: Sequence[Concern]
    asking: Mapping[PersonId, str]
    cash: Sequence[Cash]
    cash_outs: Sequence[CashOut]
    expenses: Sequence[Expense]
    undelivered: int = 0


@dataclass(frozen=True, slots=True)
class Treasury:
    """The pool's cash beside its credits.

    `came` is what was received, by kind; a purchase's odd part counts as a gift. `expected` is
    announced and not here yet. `health` counts what is neither reserved nor as good as retired.
    `named` supported the pool and show their name to the public, `unnamed` do not.
    """

    cash: Cents
    reserved: Cents
    reserved_credits: Credits
    outstanding: Credits
    came: Mapping[CashKind, Cents]
    expected: Cents
    expenses: Cents
    cashed_out: Cents
    retired: Credits
    health: Health
    named: Sequence[Who]
    unnamed: int


@dataclass(frozen=True, slots=True)
class Mine:
    """A member's own open things."""

    listings: Sequence[Listing]
    commitments: Sequence[Commitment]
    orders: Sequence[Order]
    requests: Sequence[Request]
    templates: Sequence[Template]
    cash: Sequence[Cash]
    cash_outs: Sequence[CashOut]
    disputes: Sequence[Dispute]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a month's end would take from the balances there are, in counts and sums.

    `above` hold the most one may hold, or more; `below` are below zero; `renewing` templates would
    open an instance. `unsaid` claims wait for the word of the one they were for. Who has one of
    `needs` on the board pays for it; for `short` of them they have too little. `sharing` members
    traded so far and get `shared` in all.
    """

    expiring: Credits
    expiring_members: int
    charged: Credits
    charged_members: int
    above: int
    below: int
    renewing: int = 0
    unsaid: int = 0
    needs: int = 0
    short: int = 0
    shared: Credits = Credits(0)
    sharing: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """The next part of a pool's close that can be done: of this month, for members after this one.

    `figures` are the month's, when they are to be frozen.
    """

    month: str
    step: Step
    after: str
    figures: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored about a person in one pool, in counts and values."""

    member: Member
    listings: int
    commitments: int
    orders: int
    entries: int
    photos: int
    cash: int
    templates: int
    goings: int


class Reading(Protocol):
    """The readers. None of them waits for the writer."""

    async def known(self, platform: str, external: str) -> Known | None: ...
    async def addressee(self, person: PersonId) -> Addressee | None:
        """Somebody by the ways to reach them, None for who has no account."""

    async def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding of a chat, in whichever pool."""

    async def pool(self, pool: PoolId) -> Pool | None: ...
    async def pools(self) -> Sequence[PoolId]: ...
    async def member(self, pool: PoolId, person: PersonId) -> Member | None: ...
    async def one(self, pool: PoolId, member: MemberId) -> Member | None:
        """A member of any standing, by id."""

    async def photo(self, pool: PoolId, commitment: Number) -> bytes | None:
        """The picture that goes with a claim, None when there is none or it was erased."""

    async def names(self, pool: PoolId, members: Sequence[MemberId]) -> Mapping[MemberId, str]:
        """Names as they are now; a former member's is ''."""

    async def everyone(self, pool: PoolId) -> Sequence[Named]:
        """The members who are here, for telling whom somebody means. Former ones are left out."""

    async def roles(self, pool: PoolId, member: MemberId, now: datetime) -> Sequence[Role]:
        """The roles whose terms run at this instant."""

    async def thing(self, pool: PoolId, number: Number) -> Shown | None:
        """What the number names, if it can be shown; an entry cannot."""

    async def board(
        self, pool: PoolId, search: str, kind: ListingKind | None, page: int, size: int
    ) -> Page:
        """Open listings, newest first; `search` is matched in text, category and place.

        Pages count from 1.
        """

    async def open_listings(self, pool: PoolId, kind: ListingKind) -> Sequence[Listing]: ...
    async def plans(self, pool: PoolId) -> Sequence[Plan]:
        """The membership plans that can be joined."""

    async def gatherings(self, pool: PoolId, size: int) -> Sequence[Attended]:
        """The gatherings to come, the next first, at most so many."""

    async def mine(self, pool: PoolId, member: MemberId) -> Mine: ...
    async def balance(self, pool: PoolId, member: MemberId) -> Balance: ...
    async def history(
        self, pool: PoolId, member: MemberId, page: int, size: int
    ) -> tuple[Sequence[Line], int]:
        """Lines of a statement, newest first, with how many there are in all. Pages from 1."""

    async def dealings(self, pool: PoolId, member: MemberId, size: int) -> Sequence[Moved]:
        """The newest of what a member has a part in and may dispute."""

    async def reversible(self, pool: PoolId, size: int) -> Sequence[Moved]:
        """The newest of what a steward may take back."""

    async def status(self, pool: PoolId, now: datetime) -> Status: ...
    async def waiting(self, pool: PoolId) -> Waiting: ...
    async def treasury(self, pool: PoolId) -> Treasury: ...
    async def receipt(self, pool: PoolId, cash_out: Number) -> bytes | None:
        """The picture that shows that a cash-out was paid, None when there is none any more."""

    async def serving(
        self, pool: PoolId, now: datetime
    ) -> Sequence[tuple[Who, Role, datetime | None]]:
        """Who serves in which role, until when."""

    async def stewards_in_chats(
        self, platform: str, now: datetime, external: str = ""
    ) -> Sequence[tuple[str, str]]:
        """The bound chats of a platform, each with each account there of its pool's stewards.

        Of one account alone, where it is named.
        """

    async def chats(self, pool: PoolId) -> Sequence[Chat]: ...
    async def stored(self, person: PersonId) -> Sequence[Stored]: ...
    async def audit(self, pool: PoolId) -> Audit:
        """Replay the journal from nothing: sums, balances, chain."""

    async def period(self, pool: PoolId, month: str) -> Period | None:
        """A month whose close has begun."""

    async def forecast(self, pool: PoolId, rules: Rules, now: datetime) -> Forecast:
        """What the month's end would take if it came now, by these rules."""

    async def behind(self, now: datetime) -> Sequence[PoolId]:
        """Pools with a month that is over, and whose hour to be closed has come."""

    async def closing(self, pool: PoolId, now: datetime) -> Closing | None:
        """What is to be done next to close a pool's months; None when all are closed."""

    async def to_remind(self, pool: PoolId, now: datetime) -> Sequence[ToRemind]:
        """What each member of a pool may be reminded of, said before or not."""

    async def due(self, now: datetime) -> Sequence[PoolId]:
        """Pools in which an order, a listing, a promise or announced cash has reached its time."""
