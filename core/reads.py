"""What the top floor may ask without changing anything: small records, straight from storage.

Whatever a reader found is a hint: the use case checks it again. Every question carries the pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.commitments import Commitment
from core.domain.ledger import EntryKind
from core.domain.listings import Listing, ListingKind
from core.domain.members import Identity, Member, Person, Role, Term, Who
from core.domain.orders import Order, Request
from core.domain.pools import Chat, Pool
from core.domain.units import Credits, MemberId, Number, PersonId, PoolId

Shown = Listing | Commitment | Order | Request | Chat | Term


@dataclass(frozen=True, slots=True)
class Known:
    """Who is behind an account on a platform, all their accounts, and the pools they are in."""

    identity: Identity
    person: Person
    accounts: Sequence[Identity]
    pools: Sequence[Pool]


@dataclass(frozen=True, slots=True)
class Named:
    """A member as somebody may type them: the name they have now, and their accounts."""

    member: MemberId
    name: str
    person: PersonId | None
    identities: Sequence[Identity]


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
class Balance:
    """What a member has: free, held in orders, and their trade balance."""

    free: Credits
    held: Credits
    trade: int


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
    """What a steward's queue holds: claims to confirm and chats that want to join."""

    claims: Sequence[Commitment]
    chats: Sequence[Chat]


@dataclass(frozen=True, slots=True)
class Mine:
    """A member's own open things."""

    listings: Sequence[Listing]
    commitments: Sequence[Commitment]
    orders: Sequence[Order]
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is stored about a person in one pool, in counts and values."""

    member: Member
    listings: int
    commitments: int
    orders: int
    entries: int
    photos: int


class Reading(Protocol):
    """The readers. None of them waits for the writer."""

    async def known(self, platform: str, external: str) -> Known | None: ...
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
    async def mine(self, pool: PoolId, member: MemberId) -> Mine: ...
    async def balance(self, pool: PoolId, member: MemberId) -> Balance: ...
    async def history(
        self, pool: PoolId, member: MemberId, page: int, size: int
    ) -> tuple[Sequence[Line], int]:
        """Lines of a statement, newest first, with how many there are in all. Pages from 1."""

    async def status(self, pool: PoolId, now: datetime) -> Status: ...
    async def waiting(self, pool: PoolId) -> Waiting: ...
    async def serving(
        self, pool: PoolId, now: datetime
    ) -> Sequence[tuple[Who, Role, datetime | None]]:
        """Who serves in which role, until when."""

    async def chats(self, pool: PoolId) -> Sequence[Chat]: ...
    async def stored(self, person: PersonId) -> Sequence[Stored]: ...
    async def audit(self, pool: PoolId) -> Audit:
        """Replay the journal from nothing: sums, balances, chain."""

    async def due(self, now: datetime) -> Sequence[PoolId]:
        """Pools in which an order, a listing or a commitment has reached its time."""
