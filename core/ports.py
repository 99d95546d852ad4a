"""What the use cases ask of the outside, as narrow protocols.

Everything of a pool is reached through `Here`, which stands in one pool only: no question can
be asked without it. All of it is synchronous and belongs to one write transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from core.domain.commitments import Commitment, Photo
from core.domain.ledger import Account, AccountKind, Entry
from core.domain.listings import Listing
from core.domain.members import Identity, LinkCode, Member, Person, Term
from core.domain.neutral import Notice
from core.domain.orders import Order, Request
from core.domain.pools import Announced, Chat, Invitation, Pool
from core.domain.units import Address, MemberId, Number, PersonId, PoolId

Thing = TypeVar("Thing")


class Things(Protocol[Thing]):
    """The things of one kind in one pool."""

    def get(self, key: Number | str) -> Thing | None:
        """The thing of this number (for members: of this id), or None."""

    def add(self, thing: Thing) -> None:
        """Keep a new thing."""

    def save(self, thing: Thing) -> None:
        """Keep the next version of a thing; the stored one must be the version before."""

    def find(self, **equal: object) -> Sequence[Thing]:
        """All things whose fields are equal to these, by number (members: by id).

        A tuple, list or set means any of its values.
        """


@dataclass(frozen=True, slots=True)
class Head:
    """Where a pool's counts and its chain stand: the next number, the last entry."""

    next_number: int
    place: int
    hash: bytes
    at: datetime


class Here(Protocol):
    """One pool within a write transaction; its head row is locked."""

    @property
    def pool(self) -> Pool: ...
    @property
    def head(self) -> Head:
        """Where the chain stands after what was appended so far."""

    @property
    def key(self) -> str:
        """The key of the event that is being decided; it stands in every entry."""

    @property
    def members(self) -> Things[Member]: ...
    @property
    def terms(self) -> Things[Term]: ...
    @property
    def chats(self) -> Things[Chat]: ...
    @property
    def listings(self) -> Things[Listing]: ...
    @property
    def commitments(self) -> Things[Commitment]: ...
    @property
    def orders(self) -> Things[Order]: ...
    @property
    def requests(self) -> Things[Request]: ...

    def save_pool(self, pool: Pool) -> None:
        """Keep the next version of the pool, its rules and settings."""

    def number(self) -> Number:
        """The next number of the pool's one count."""

    def kind_of(self, number: Number) -> str | None:
        """What the number names: listing, commitment, order, request, entry, chat, term."""

    def member_with(self, platform: str, external: str) -> Member | None:
        """The member behind an account on a platform; former members are nobody."""

    def member_of(self, person: PersonId) -> Member | None:
        """The member that this person is in this pool; former members are nobody."""

    def open_account(self, account: Account) -> None:
        """Open an account with nothing in it."""

    def address(self, kind: AccountKind) -> Address:
        """The address of one of the pool's own accounts."""

    def balance(self, address: Address) -> int:
        """Credits in an account now."""

    def append(self, entry: Entry, salt: bytes, note: str) -> None:
        """Add an entry: postings, balances and the chain's head move together."""

    def entry(self, number: Number) -> Entry | None:
        """An entry of the journal."""

    def last_send(self, address: Address) -> Entry | None:
        """The latest transfer out of an account, undone or not."""

    def reversal_of(self, entry: Number) -> Number | None:
        """The entry that reversed this one, if any."""

    def keep_photo(self, photo: Photo) -> None:
        """Keep a picture that goes with a claim."""

    def card(self, kind: Announced, *numbers: Number) -> None:
        """Show things as they stand now in the pool's chats: a new card, or their card edited.

        Several are shown on one card: one act is one message to a group. How the pool's settings
        want this kind shown is read when it is called.
        """

    def tell(self, member: MemberId, notice: Notice) -> None:
        """Tell one member in private, once this transaction is committed."""

    def erase(self, member: Member) -> None:
        """Erase what names a former member: notes, texts, photos, answers kept under keys."""


class People(Protocol):
    """Persons and their accounts on platforms, over all pools."""

    def person(self, person: PersonId) -> Person | None: ...
    def add(self, person: Person) -> None: ...
    def save(self, person: Person) -> None: ...
    def identity(self, platform: str, external: str) -> Identity | None: ...
    def with_username(self, platform: str, username: str) -> Identity | None:
        """The account that was last seen with this username (compared without case)."""

    def identities(self, person: PersonId) -> Sequence[Identity]: ...
    def keep(self, identity: Identity) -> None:
        """Keep an account: new, or changed (name, person, whether it can be reached)."""

    def drop(self, identity: Identity) -> None: ...
    def pools(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person is a member, in order of id."""

    def link_code(self, code: str) -> LinkCode | None: ...
    def keep_link_code(self, code: LinkCode) -> None:
        """Keep a code: new, or used."""

    def forget(self, person: PersonId) -> None:
        """Erase a person who is in no pool any more."""


class Keys(Protocol):
    """What was asked and answered before, by the event's key."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Digest of the request and the answer's neutral text; '' when it was erased."""

    def add(self, key: str, digest: bytes, answer: str, by: str) -> None:
        """Keep an answer. `by` names the account that asked, so that it can be erased."""


class Work(Protocol):
    """One write transaction over the whole house, for the event of one key."""

    @property
    def people(self) -> People: ...
    @property
    def keys(self) -> Keys: ...

    def enter(self, pool: PoolId) -> Here:
        """Stand in a pool, with its head locked.

        Raises:
            Refused: NoSuchPool.
        """

    def found(self, pool: Pool, head: Head) -> Here:
        """Make a pool and stand in it; `pool.id` is given by the store (the one passed is not)."""

    def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding (waiting, bound or paused) of a chat, in whichever pool."""

    def invitation(self, code: str) -> Invitation | None: ...
    def keep_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation: new, or used."""

    def name_of(self, member: MemberId) -> str:
        """What a member is called now; '' for a former member."""

    def inner(self) -> AbstractContextManager[None]:
        """A savepoint: left by an exception, all that was written inside is undone."""
