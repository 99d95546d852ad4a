"""What the use cases ask of the outside, as narrow protocols.

Everything of a pool is reached through `Here`, which stands in one pool only: no question can
be asked without it. All of it is synchronous and belongs to one write transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from core.domain.commitments import Commitment, Photo
from core.domain.disputes import Concern, Dispute
from core.domain.gatherings import Gathering, Going
from core.domain.ledger import Account, AccountKind, Entry, Tally
from core.domain.listings import Listing
from core.domain.members import Identity, LinkCode, Member, Person, Term
from core.domain.months import Period
from core.domain.neutral import Notice
from core.domain.orders import Order, Request
from core.domain.pools import Announced, Chat, Invitation, Pool
from core.domain.recurring import Plan, Template
from core.domain.rules import RuleChange
from core.domain.treasury import Cash, CashOut, Expense
from core.domain.units import Address, MemberId, Number, PersonId, PoolId
from core.records import dataclass

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


@dataclass(frozen=True, slots=True)
class Holding:
    """A member's account as the charges of a month look at it.

    `lots` are its credits by the month of their issue, in pools where they expire so, or did last.
    """

    member: MemberId
    address: Address
    joined_at: datetime
    tally: Tally
    lots: Mapping[str, int]


class Here(Protocol):
    """One pool within a write transaction; its head row is locked."""

    @property
    def pool(self) -> Pool:
        """The pool with the rules that are in force at this instant."""

    @property
    def is_change_due(self) -> bool:
        """Whether the day of a change of the rules has come, and it is not written down yet."""

    @property
    def now(self) -> datetime:
        """The instant that an entry gets which is made now: never before that of the last."""

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
    @property
    def cash(self) -> Things[Cash]: ...
    @property
    def cash_outs(self) -> Things[CashOut]: ...
    @property
    def expenses(self) -> Things[Expense]: ...
    @property
    def templates(self) -> Things[Template]: ...
    def templates_to_open(self, month: str, limit: int) -> Sequence[Template]:
        """Active templates that have opened nothing for this month yet, the first by number."""

    @property
    def plans(self) -> Things[Plan]: ...
    @property
    def gatherings(self) -> Things[Gathering]: ...
    @property
    def goings(self) -> Things[Going]:
        """Answers to gatherings, by `going_id`."""

    @property
    def disputes(self) -> Things[Dispute]: ...
    @property
    def concerns(self) -> Things[Concern]: ...
    @property
    def rule_changes(self) -> Things[RuleChange]: ...
    @property
    def periods(self) -> Things[Period]:
        """Months whose close has begun, by month ('2026-11')."""

    def save_pool(self, pool: Pool) -> None:
        """Keep the next version of the pool, its rules and settings."""

    def counts_money(self) -> bool:
        """Whether anything in the pool is counted in its currency: in the books, or promised."""

    def recount(self, pool: Pool) -> None:
        """Keep the next version of the pool, whose empty cash accounts hold another currency."""

    def number(self) -> Number:
        """The next number of the pool's one count."""

    def kind_of(self, number: Number) -> str | None:
        """What the number names, as one word: listing, commitment, order, cash_out..."""

    def member_with(self, platform: str, external: str) -> Member | None:
        """The member behind an account on a platform; former members are nobody."""

    def member_of(self, person: PersonId) -> Member | None:
        """The member that this person is in this pool; former members are nobody."""

    def open_account(self, account: Account) -> None:
        """Open an account with nothing in it; one for cash holds the pool's currency."""

    def address(self, kind: AccountKind) -> Address:
        """The address of one of the pool's own accounts."""

    def balance(self, address: Address) -> int:
        """Credits in an account now."""

    def cash_in(self, kind: AccountKind) -> int:
        """Cents in one of the pool's cash accounts now."""

    def tally(self, address: Address) -> Tally:
        """What an account holds, and what its month's charges need to know."""

    def holdings(self, after: MemberId | str, limit: int) -> Sequence[Holding]:
        """The accounts of so many members, former ones too, by id from the one after this."""

    def holding(self, address: Address) -> Holding | None:
        """A member's account; None for the pool's own."""

    def charged(self, address: Address, month: str, accrued: int) -> None:
        """Note that the charges of a month were taken from an account, and what is carried on."""

    def charged_all(self, month: str, accrued: Mapping[Address, int]) -> None:
        """The same for many accounts at once."""

    def traders(self, since: datetime, until: datetime) -> Sequence[MemberId]:
        """The members between whom credits changed hands within a time, by id.

        What was taken back within it does not count.
        """

    def demurrage_of(self, month: str, ended: datetime) -> int:
        """What resting credits were charged for a month that has ended then."""

    def date_lots(self, month: str) -> None:
        """Date all credits with a month: from now on they expire by the month of their issue."""

    def touch(self, address: Address, at: datetime) -> None:
        """Note that the holder earned or spent, where no posting of theirs says so."""

    def append(self, entry: Entry, salt: bytes, note: str, *, dated: bool) -> None:
        """Add an entry: postings, balances and the chain's head move together.

        `dated`: so do the dates of the credits, as they expire by those.
        """

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
        want this kind shown is read when it is called. What only the clock brings about makes no
        card of its own: one that stands is edited, and the day's digest tells of the rest.
        """

    def redraw(self, kind: Announced, *numbers: Number) -> None:
        """Edit the card that shows these things, where there is one."""

    def mention(self, number: Number) -> None:
        """Have the day's digest say how a thing of the pool stands, in each of its chats."""

    def post(self, notice: Notice, not_before: datetime) -> None:
        """Tell the group something in each of the pool's chats, in the pool's language."""

    def hold(self, chat: Chat) -> None:
        """Keep all that waits for a chat that the bot is not in any more."""

    def resume(self, chat: Chat, since: datetime) -> None:
        """Have what was kept for a chat said after all, but no post or digest from before."""

    def post_in(self, chat: Number, notice: Notice) -> None:
        """Tell one of the pool's chats something, in the pool's language."""

    def tell(self, member: MemberId, notice: Notice) -> None:
        """Tell one member in private, once this transaction is committed.

        What only the clock brings about waits for the end of their quiet hours.
        """

    def was_reminded(self, member: MemberId, about: str, number: Number, step: int) -> bool:
        """Whether a member was reminded of this before."""

    def note_reminded(self, member: MemberId, about: str, number: Number, step: int) -> None:
        """Note that a member is reminded of this, so that it is said once."""

    def tell_person(self, person: PersonId, notice: Notice) -> None:
        """Tell somebody in private who need not be a member."""

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

    def opened(self, person: PersonId, latest: int) -> None:
        """Have so many of the latest things said that could not be said to this person."""

    def readdress(self, gone: PersonId, into: PersonId) -> None:
        """Have what waits to be said to one person said to another."""

    def pools(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person is a member, in order of id."""

    def gathers_in(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person, member or not, called or answered to a gathering."""

    def begin_linking(self) -> None:
        """Wait until nobody else links: each link may fold a person that another needs."""

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

    def name_of(self, who: MemberId | PersonId) -> str:
        """What a member, or any person, is called now; '' for a former member."""

    def inner(self) -> AbstractContextManager[None]:
        """A savepoint: left by an exception, all that was written inside is undone."""
