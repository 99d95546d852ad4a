"""The unit of work: what a use case reads and writes within one transaction (`core.ports`).

Questions about a pool's things carry the pool because they start from `PoolHere`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, insert, literal, select, union_all

from core.domain import neutral
from core.domain.chance import At
from core.domain.commitments import Commitment, Photo
from core.domain.ledger import CREDITS, Account, AccountKind, Entry, EntryKind
from core.domain.ledger import Posting as Move
from core.domain.listings import Listing
from core.domain.members import Identity, LinkCode, Member, Person, Term
from core.domain.neutral import Notice
from core.domain.orders import Order, Request
from core.domain.pools import Announced, Chat, Invitation, Pool, Posting
from core.domain.refusals import NoSuchPool, Refused
from core.domain.units import Address, MemberId, Number, PersonId, PoolId
from core.ports import Head
from storage import erasing, mapping, tables
from storage.database import Session
from storage.mapping import Mapped
from storage.queueing import queue_cards, queue_notice
from storage.statements import Row, Statement, added, changed, chosen, equal, removed

Thing = TypeVar("Thing")


class Stale(Exception):
    """What was to be saved is not the next version of what is stored: a bug in a use case."""


# --- things of a pool ----------------------------------------------------------------------


class Kept(Generic[Thing]):
    """The statements for things of one kind; made once."""

    def __init__(self, mapped: Mapped[Thing]) -> None:
        table, key = mapped.table, mapped.key
        names = [column.name for column in table.c if column.name not in ("pool_id", key)]
        next_one = changed(table, ("pool_id", key), names)
        before = table.c.version == bindparam("version_before", type_=table.c.version.type)
        self.mapped = mapped
        self.get = Statement(chosen(table, "pool_id", key))
        self.add = Statement(added(table))
        self.save = Statement(next_one.where(before))
        self._finds: dict[tuple[tuple[str, int], ...], Statement] = {}

    def find(self, shape: tuple[tuple[str, int], ...]) -> Statement:
        """The question for these columns: each equal to any of so many values, or NULL for 0."""
        if shape not in self._finds:
            self._finds[shape] = Statement(self._question(shape))
        return self._finds[shape]

    def _question(self, shape: tuple[tuple[str, int], ...]) -> Any:
        table = self.mapped.table
        question = select(table).where(equal(table, ["pool_id"]))
        for name, count in shape:
            column = table.c[name]
            values = [bindparam(f"{name}_{n}", type_=column.type) for n in range(count)]
            question = question.where(column.in_(values) if values else column.is_(None))
        return question.order_by(table.c[self.mapped.key])


class PoolThings(Generic[Thing]):
    """The things of one kind in one pool."""

    __slots__ = ("_kept", "_pool", "_session")

    def __init__(self, session: Session, pool: PoolId, kept: Kept[Thing]) -> None:
        self._session = session
        self._pool = pool
        self._kept = kept

    def get(self, key: Number | str) -> Thing | None:
        """The thing of this number (for members: of this id), or None."""
        mapped = self._kept.mapped
        row = self._session.row(self._kept.get, pool_id=self._pool, **{mapped.key: key})
        return None if row is None else mapped.made(row)

    def add(self, thing: Thing) -> None:
        """Keep a new thing."""
        self._session.write(self._kept.add, **self._values(thing))

    def save(self, thing: Thing) -> None:
        """Keep the next version of a thing.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = self._values(thing)
        values["version_before"] = values["version"] - 1
        if self._session.write(self._kept.save, **values) != 1:
            raise Stale(f"{type(thing).__name__} {values[self._kept.mapped.key]}")

    def find(self, **equal_to: object) -> Sequence[Thing]:
        """All things whose fields are equal to these, in the order of their keys."""
        choices = {name: _choices(value) for name, value in equal_to.items()}
        if any(not each for each in choices.values() if each is not None):
            return []
        shape = tuple((name, len(each or ())) for name, each in choices.items())
        values = {
            f"{n}_{i}": value for n, each in choices.items() for i, value in enumerate(each or ())
        }
        rows = self._session.rows(self._kept.find(shape), pool_id=self._pool, **values)
        return [self._kept.mapped.made(row) for row in rows]

    def _values(self, thing: Thing) -> dict[str, Any]:
        values = self._kept.mapped.values(thing)
        if values["pool_id"] != self._pool:
            raise ValueError("a thing of another pool")
        return values


def _choices(value: object) -> list[object] | None:
    """The values that are meant, plain; None where NULL is."""
    if value is None:
        return None
    many = value if isinstance(value, (tuple, list, set, frozenset)) else (value,)
    return [getattr(each, "value", each) for each in many]


MEMBERS = Kept(mapping.MEMBERS)
TERMS = Kept(mapping.TERMS)
CHATS = Kept(mapping.CHATS)
LISTINGS = Kept(mapping.LISTINGS)
COMMITMENTS = Kept(mapping.COMMITMENTS)
ORDERS = Kept(mapping.ORDERS)
REQUESTS = Kept(mapping.REQUESTS)


# --- one pool ------------------------------------------------------------------------------

HEAD = ("next_number", "place", "hash", "at")
SETTINGS = [column.name for column in tables.pool.c if column.name not in ("id", *HEAD)]

_ENTER = Statement(chosen(tables.pool, "id").with_for_update())
_FOUND = Statement(
    insert(tables.pool)
    .values({name: bindparam(name) for name in (*SETTINGS, *HEAD)})
    .returning(tables.pool.c.id)
)
_SAVE_POOL = Statement(
    changed(tables.pool, ["id"], SETTINGS).where(
        tables.pool.c.version == bindparam("version_before", type_=tables.pool.c.version.type)
    )
)
_SAVE_HEAD = Statement(changed(tables.pool, ["id"], HEAD))

_LIVING = tables.member.c.state != "left"
MEMBER_OF = Statement(chosen(tables.member, "pool_id", "person").where(_LIVING))
_MEMBER_WITH = Statement(
    select(tables.member, tables.balance.c.amount)
    .join(tables.identity, tables.identity.c.person == tables.member.c.person)
    .join(
        tables.balance,
        (tables.balance.c.pool_id == tables.member.c.pool_id)
        & (tables.balance.c.address == tables.member.c.account)
        & (tables.balance.c.unit == CREDITS),
    )
    .where(equal(tables.identity, ["platform", "external"]))
    .where(equal(tables.member, ["pool_id"]), _LIVING)
)
KIND_OF = Statement(
    union_all(
        *(
            select(literal(word)).where(equal(table, ["pool_id", "number"]))
            for word, table in (
                ("entry", tables.entry),
                ("listing", tables.listing),
                ("commitment", tables.commitment),
                ("order", tables.spend_order),
                ("request", tables.request),
                ("chat", tables.chat),
                ("term", tables.term),
            )
        )
    )
)
_ADD_ACCOUNT = Statement(added(tables.account))
_ADD_BALANCE = Statement(added(tables.balance))
_ADDRESS = Statement(
    select(tables.account.c.address).where(equal(tables.account, ["pool_id", "kind"]), tables.OWN)
)
_BALANCE = Statement(
    select(tables.balance.c.amount).where(equal(tables.balance, ["pool_id", "address", "unit"]))
)
_MOVE = Statement(
    tables.balance.update()
    .where(equal(tables.balance, ["pool_id", "address", "unit"]))
    .values(
        amount=tables.balance.c.amount + bindparam("moved", type_=tables.balance.c.amount.type),
        trade=tables.balance.c.trade + bindparam("traded", type_=tables.balance.c.trade.type),
    )
    .returning(tables.balance.c.amount)
)
_ADD_ENTRY = Statement(added(tables.entry))
_ADD_POSTING = Statement(added(tables.posting))
_ADD_NOTE = Statement(added(tables.entry_note))
_ENTRY = Statement(chosen(tables.entry, "pool_id", "number"))
_POSTINGS = Statement(
    select(*(tables.posting.c[name] for name in ("source", "target", "amount", "unit")))
    .where(equal(tables.posting, ["pool_id", "entry"]))
    .order_by(tables.posting.c.line)
)
_LAST_SEND = Statement(
    select(tables.posting.c.entry)
    .join(
        tables.entry,
        (tables.entry.c.pool_id == tables.posting.c.pool_id)
        & (tables.entry.c.number == tables.posting.c.entry),
    )
    .where(
        equal(tables.posting, ["pool_id", "source"]), tables.entry.c.kind == EntryKind.SEND.value
    )
    .order_by(tables.posting.c.entry.desc())
    .limit(1)
)
_REVERSAL = Statement(
    select(tables.entry.c.number).where(equal(tables.entry, ["pool_id", "reverses"]))
)
_PHOTO = Statement(
    select(tables.photo.c.owner).where(equal(tables.photo, ["pool_id", "sha256", "owner"]))
)
_ADD_PHOTO = Statement(added(tables.photo))

SOURCE_TRADES = frozenset({EntryKind.WORK, EntryKind.HOLD})
"""What the pool pays for work (it counts as a party, so that the sum is always 0), and what a
spender commits to spend; reading takes off again what is still only held."""

TARGET_TRADES = frozenset({EntryKind.WORK, EntryKind.SETTLE, EntryKind.RELEASE})
"""What is received in trades, and what a cancelled order gives back."""


class PoolHere:
    """One pool within a write transaction; its head row is locked."""

    def __init__(self, work: Transaction, pool: Pool, head: Head) -> None:
        self._work = work
        self._session = work.session
        self._pool = pool
        self._stored_head = head
        self._head = head
        # The head is locked, so within this transaction nobody else moves a balance.
        self._balances: dict[Address, int] = {}

    @property
    def pool(self) -> Pool:
        """The pool and its rules, as they are now."""
        return self._pool

    @property
    def head(self) -> Head:
        """Where the chain stands after what was appended so far."""
        return self._head

    @property
    def key(self) -> str:
        """The key of the event that is being decided."""
        return self._work.key

    @property
    def members(self) -> PoolThings[Member]:
        """The members, former ones too."""
        return PoolThings(self._session, self._pool.id, MEMBERS)

    @property
    def terms(self) -> PoolThings[Term]:
        """The terms of roles."""
        return PoolThings(self._session, self._pool.id, TERMS)

    @property
    def chats(self) -> PoolThings[Chat]:
        """The chats, those that left too."""
        return PoolThings(self._session, self._pool.id, CHATS)

    @property
    def listings(self) -> PoolThings[Listing]:
        """The board."""
        return PoolThings(self._session, self._pool.id, LISTINGS)

    @property
    def commitments(self) -> PoolThings[Commitment]:
        """The promises."""
        return PoolThings(self._session, self._pool.id, COMMITMENTS)

    @property
    def orders(self) -> PoolThings[Order]:
        """The orders."""
        return PoolThings(self._session, self._pool.id, ORDERS)

    @property
    def requests(self) -> PoolThings[Request]:
        """The requests for credits."""
        return PoolThings(self._session, self._pool.id, REQUESTS)

    def save_pool(self, pool: Pool) -> None:
        """Keep the next version of the pool.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = mapping.pool_values(pool)
        before = pool.version - 1
        if self._session.write(_SAVE_POOL, id=self._pool.id, version_before=before, **values) != 1:
            raise Stale(f"Pool {pool.id}")
        self._pool = replace(pool, id=self._pool.id)

    def number(self) -> Number:
        """The next number of the pool's one count."""
        number = self._head.next_number
        self._head = replace(self._head, next_number=number + 1)
        return Number(number)

    def kind_of(self, number: Number) -> str | None:
        """What the number names, in one question over the keys of all kinds."""
        row = self._session.row(KIND_OF, pool_id=self._pool.id, number=number)
        return None if row is None else row[0]

    def member_with(self, platform: str, external: str) -> Member | None:
        """The member behind an account on a platform; whoever acts, what they have comes along."""
        row = self._session.row(
            _MEMBER_WITH, pool_id=self._pool.id, platform=platform, external=external
        )
        if row is None:
            return None
        *columns, balance = row
        member = mapping.member_made(columns)
        self._balances[member.account] = balance
        return member

    def member_of(self, person: PersonId) -> Member | None:
        """The member that this person is in this pool."""
        row = self._session.row(MEMBER_OF, pool_id=self._pool.id, person=person)
        return None if row is None else mapping.member_made(row)

    def open_account(self, account: Account) -> None:
        """Open an account with nothing in it."""
        self._session.write(_ADD_ACCOUNT, **mapping.account_values(account))
        self._session.write(
            _ADD_BALANCE,
            pool_id=account.pool,
            address=account.address,
            unit=CREDITS,
            amount=0,
            trade=0,
        )

    def address(self, kind: AccountKind) -> Address:
        """The address of one of the pool's own accounts."""
        row = self._session.row(_ADDRESS, pool_id=self._pool.id, kind=kind.value)
        if row is None:
            raise LookupError(f"pool {self._pool.id} has no account {kind}")
        return Address(row[0])

    def balance(self, address: Address) -> int:
        """Credits in an account now."""
        if address not in self._balances:
            row = self._session.row(_BALANCE, pool_id=self._pool.id, address=address, unit=CREDITS)
            self._balances[address] = _amount(row)
        return self._balances[address]

    def append(self, entry: Entry, salt: bytes, note: str) -> None:
        """Add an entry: postings, balances and the chain's head move together."""
        self._session.write(_ADD_ENTRY, **mapping.entry_values(entry))
        for line, posting in enumerate(entry.postings):
            self._session.write(_ADD_POSTING, **mapping.posting_values(entry, line, posting))
            self._move(entry.kind, posting)
        if note:
            self._session.write(
                _ADD_NOTE, pool_id=entry.pool, entry=entry.number, salt=salt, note=note
            )
        self._head = Head(self._head.next_number, entry.place, entry.hash, entry.at)

    def _move(self, kind: EntryKind, posting: Move) -> None:
        amount = posting.amount
        given = amount if kind in SOURCE_TRADES else 0
        taken = amount if kind in TARGET_TRADES else 0
        self._add(posting.source, posting.unit, -amount, -given)
        self._add(posting.target, posting.unit, amount, taken)

    def _add(self, address: Address, unit: str, moved: int, traded: int) -> None:
        row = self._session.row(
            _MOVE, pool_id=self._pool.id, address=address, unit=unit, moved=moved, traded=traded
        )
        amount = _amount(row)
        if unit == CREDITS:
            self._balances[address] = amount

    def entry(self, number: Number) -> Entry | None:
        """An entry of the journal."""
        row = self._session.row(_ENTRY, pool_id=self._pool.id, number=number)
        if row is None:
            return None
        postings = self._session.rows(_POSTINGS, pool_id=self._pool.id, entry=number)
        return mapping.entry_made(row, tuple(map(mapping.posting_made, postings)))

    def last_send(self, address: Address) -> Entry | None:
        """The latest transfer out of an account, undone or not."""
        row = self._session.row(_LAST_SEND, pool_id=self._pool.id, source=address)
        return None if row is None else self.entry(row[0])

    def reversal_of(self, entry: Number) -> Number | None:
        """The entry that reversed this one, if any."""
        row = self._session.row(_REVERSAL, pool_id=self._pool.id, reverses=entry)
        return None if row is None else Number(row[0])

    def keep_photo(self, photo: Photo) -> None:
        """Keep a picture that goes with a claim; the same picture is kept once."""
        key = {"pool_id": self._pool.id, "sha256": photo.sha256, "owner": photo.owner}
        if self._session.row(_PHOTO, **key) is None:
            self._session.write(_ADD_PHOTO, **key, content=photo.content)

    def card(self, kind: Announced, *numbers: Number) -> None:
        """Show the present state of things in the pool's chats."""
        posting: Posting = self._pool.posting_of(kind)
        queue_cards(self._session, self._pool.id, numbers, kind, posting, self._work.at.now)

    def tell(self, member: MemberId, notice: Notice) -> None:
        """Tell one member in private, once this transaction is committed."""
        text = neutral.write(notice)
        queue_notice(self._session, self._pool.id, member, text, self._work.at.now)

    def erase(self, member: Member) -> None:
        """Erase what names a former member."""
        erasing.erase_member(self._session, member)

    def keep_head(self) -> None:
        """Store where the pool's count and its chain stand, when they moved."""
        if self._head is not self._stored_head:
            self._session.write(_SAVE_HEAD, id=self._pool.id, **mapping.head_values(self._head))
            self._stored_head = self._head

    def standing(self) -> tuple[Pool, Head]:
        """Where it stands, to come back to when a savepoint is undone."""
        return self._pool, self._head

    def stand_back(self, standing: tuple[Pool, Head]) -> None:
        """Come back to where it stood."""
        self._pool, self._head = standing
        self._balances.clear()


def _amount(row: Row | None) -> int:
    if row is None:
        raise LookupError("no such account")
    amount: int = row[0]
    return amount


# --- people and keys -----------------------------------------------------------------------

_PERSON = Statement(chosen(tables.person, "id"))
_ADD_PERSON = Statement(added(tables.person))
_SAVE_PERSON = Statement(
    changed(tables.person, ["id"], ["language", "pool_id", "version"]).where(
        tables.person.c.version == bindparam("version_before", type_=tables.person.c.version.type)
    )
)
_IDENTITY = Statement(chosen(tables.identity, "platform", "external"))
_WITH_USERNAME = Statement(chosen(tables.identity, "platform", "username_folded").limit(1))
_IDENTITIES = Statement(
    chosen(tables.identity, "person").order_by(
        tables.identity.c.platform, tables.identity.c.external
    )
)
_ADD_IDENTITY = Statement(added(tables.identity))
_SAVE_IDENTITY = Statement(
    changed(
        tables.identity,
        ["platform", "external"],
        [c.name for c in tables.identity.c if c.name not in ("platform", "external")],
    )
)
_DROP_IDENTITY = Statement(removed(tables.identity, "platform", "external"))
_POOLS = Statement(
    select(tables.member.c.pool_id)
    .where(equal(tables.member, ["person"]), _LIVING)
    .order_by(tables.member.c.pool_id)
)
_LINK_CODE = Statement(chosen(tables.link_code, "code"))
_ADD_LINK_CODE = Statement(added(tables.link_code))
_SAVE_LINK_CODE = Statement(changed(tables.link_code, ["code"], ["person", "expires_at", "used"]))


class Everybody:
    """Persons and their accounts on platforms, over all pools."""

    def __init__(self, session: Session, forgotten: set[str]) -> None:
        self._session = session
        self._forgotten = forgotten

    def person(self, person: PersonId) -> Person | None:
        """The person with this id."""
        row = self._session.row(_PERSON, id=person)
        return None if row is None else mapping.person_made(row)

    def add(self, person: Person) -> None:
        """Keep a new person."""
        self._session.write(_ADD_PERSON, **mapping.person_values(person))

    def save(self, person: Person) -> None:
        """Keep the next version of a person.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = mapping.person_values(person)
        if self._session.write(_SAVE_PERSON, version_before=person.version - 1, **values) != 1:
            raise Stale(f"Person {person.id}")

    def identity(self, platform: str, external: str) -> Identity | None:
        """The account on a platform.

        Two writers may look for the same stranger at once (PostgreSQL has several): the second
        waits until the first has committed, and looks again.
        """
        key = {"platform": platform, "external": external}
        row = self._session.row(_IDENTITY, **key)
        if row is None:
            self._session.take_turns(f"{platform}:{external}")
            row = self._session.row(_IDENTITY, **key)
        return None if row is None else mapping.identity_made(row)

    def with_username(self, platform: str, username: str) -> Identity | None:
        """The account that was last seen with this username, whatever its case."""
        row = self._session.row(
            _WITH_USERNAME, platform=platform, username_folded=username.casefold()
        )
        return None if row is None else mapping.identity_made(row)

    def identities(self, person: PersonId) -> Sequence[Identity]:
        """All accounts of a person."""
        return [
            mapping.identity_made(row) for row in self._session.rows(_IDENTITIES, person=person)
        ]

    def keep(self, identity: Identity) -> None:
        """Keep an account: new, or changed."""
        values = mapping.identity_values(identity)
        if not self._session.write(_SAVE_IDENTITY, **values):
            self._session.write(_ADD_IDENTITY, **mapping.identity_values(identity))

    def drop(self, identity: Identity) -> None:
        """Forget an account."""
        self._session.write(_DROP_IDENTITY, platform=identity.platform, external=identity.external)

    def pools(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person is a member."""
        return [PoolId(row[0]) for row in self._session.rows(_POOLS, person=person)]

    def link_code(self, code: str) -> LinkCode | None:
        """The code that links two accounts."""
        row = self._session.row(_LINK_CODE, code=code)
        return None if row is None else mapping.link_code_made(row)

    def keep_link_code(self, code: LinkCode) -> None:
        """Keep a code: new, or used."""
        if not self._session.write(_SAVE_LINK_CODE, **mapping.link_code_values(code)):
            self._session.write(_ADD_LINK_CODE, **mapping.link_code_values(code))

    def forget(self, person: PersonId) -> None:
        """Erase a person who is in no pool any more."""
        self._forgotten |= erasing.forget(self._session, person)


_ANSWER = Statement(
    select(tables.answer.c.digest, tables.answer.c.text).where(equal(tables.answer, ["key"]))
)
_ADD_ANSWER = Statement(added(tables.answer))


class Answers:
    """What was asked and answered before, by the event's key; kept for 90 days."""

    def __init__(self, session: Session, at: At, forgotten: set[str]) -> None:
        self._session = session
        self._at = at
        self._forgotten = forgotten

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Digest of the request and the answer's neutral text."""
        row = self._session.row(_ANSWER, key=key)
        return None if row is None else (row[0], row[1])

    def add(self, key: str, digest: bytes, answer: str, by: str) -> None:
        """Keep an answer; not whose it was, when the event was to forget them."""
        by = "" if by in self._forgotten else by
        self._session.write(
            _ADD_ANSWER, key=key, digest=digest, text=answer, by=by, at=self._at.now
        )


# --- the whole house -----------------------------------------------------------------------

_CHAT = Statement(
    select(tables.chat)
    .where(equal(tables.chat, ["platform", "external"]))
    .where(tables.chat.c.state != "ended")
)
_INVITATION = Statement(chosen(tables.invitation, "code"))
_ADD_INVITATION = Statement(added(tables.invitation))
_SAVE_INVITATION = Statement(
    changed(tables.invitation, ["pool_id", "code"], ["made_by", "expires_at", "used"])
)
_NAME_OF = Statement(select(tables.member.c.name).where(equal(tables.member, ["id"])))


def name_of(session: Session, member: MemberId) -> str:
    """What a member of any pool is called now; '' for a former member."""
    row = session.row(_NAME_OF, id=member)
    return "" if row is None else row[0]


@cache
def _savepoint(depth: int) -> str:
    return f"inner_{depth}"


class Transaction:
    """One request within a write transaction: `core.ports.Work`.

    `outer` is the savepoint that the writer set before the request.
    """

    def __init__(self, session: Session, at: At, key: str, outer: str) -> None:
        self.session = session
        self.at = at
        self.key = key
        self._outer = outer
        self._writes_before = session.writes
        self._depth = 0
        self._heres: dict[PoolId, PoolHere] = {}
        self._forgotten: set[str] = set()

    @property
    def people(self) -> Everybody:
        """Persons and their accounts on platforms."""
        return Everybody(self.session, self._forgotten)

    @property
    def keys(self) -> Answers:
        """What was answered before."""
        return Answers(self.session, self.at, self._forgotten)

    def enter(self, pool: PoolId) -> PoolHere:
        """Stand in a pool, with its head locked.

        Raises:
            Refused: NoSuchPool.
        """
        here = self._heres.get(pool)
        if here is None:
            row = self.session.row(_ENTER, id=pool)
            if row is None:
                raise Refused(NoSuchPool())
            here = PoolHere(self, mapping.pool_made(row), mapping.head_made(row))
            self._heres[pool] = here
        return here

    def found(self, pool: Pool, head: Head) -> PoolHere:
        """Make a pool, with an id of the database's, and stand in it."""
        values = {**mapping.pool_values(pool), **mapping.head_values(head)}
        row = self.session.row(_FOUND, **values)
        if row is None:
            raise LookupError("the database gave the new pool no id")
        here = PoolHere(self, replace(pool, id=PoolId(row[0])), head)
        self._heres[here.pool.id] = here
        return here

    def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding of a chat, in whichever pool."""
        row = self.session.row(_CHAT, platform=platform, external=external)
        return None if row is None else mapping.chat_made(row)

    def invitation(self, code: str) -> Invitation | None:
        """The invitation with this code."""
        row = self.session.row(_INVITATION, code=code)
        return None if row is None else mapping.invitation_made(row)

    def keep_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation: new, or used."""
        if not self.session.write(_SAVE_INVITATION, **mapping.invitation_values(invitation)):
            self.session.write(_ADD_INVITATION, **mapping.invitation_values(invitation))

    def name_of(self, member: MemberId) -> str:
        """What a member is called now; '' for a former member."""
        return name_of(self.session, member)

    @contextmanager
    def inner(self) -> Iterator[None]:
        """A savepoint: left by an exception, all that was written inside is undone.

        Where nothing was written before, the request's own savepoint is the same place and is
        used instead: half the savepoints, and on PostgreSQL half the subtransactions.
        """
        name = self._begin_inner()
        standing = {pool: here.standing() for pool, here in self._heres.items()}
        self._depth += 1
        try:
            yield
        except BaseException:
            self.session.undo(name)
            self._stand_back(standing)
            raise
        finally:
            self._depth -= 1
        if name != self._outer:
            self.session.release(name)

    def _begin_inner(self) -> str:
        if self.session.writes == self._writes_before:
            return self._outer
        name = _savepoint(self._depth)
        self.session.savepoint(name)
        return name

    def _stand_back(self, standing: dict[PoolId, tuple[Pool, Head]]) -> None:
        self._heres = {pool: here for pool, here in self._heres.items() if pool in standing}
        for pool, here in self._heres.items():
            here.stand_back(standing[pool])

    def settle(self) -> None:
        """Store what was kept in mind until the end: where each pool's head stands."""
        for here in self._heres.values():
            here.keep_head()
