"""Every table, in SQLAlchemy Core. Nothing here knows what the rows mean upstairs.

A column is called like the field it holds. Whatever belongs to a pool has `pool_id` first in its
key, so that a pool can be moved to a server of its own; people, queues and leases are global.
Nothing is deleted by cascade: a row that others lean on cannot go.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from core.domain.commitments import CommitmentState
from core.domain.disputes import ConcernKind, ConcernState, DisputeState, Ruling
from core.domain.gatherings import GatheringState, GoingState
from core.domain.ledger import AccountKind, EntryKind
from core.domain.listings import Every, ListingKind, ListingState
from core.domain.members import MemberState, Role, TermState
from core.domain.months import PeriodState, Step
from core.domain.orders import OrderState, RequestState
from core.domain.pools import Announced, ChatState, Posting, Profile
from core.domain.recurring import PlanState, TemplateKind, TemplateState
from core.domain.rules import ChangeState
from core.domain.treasury import CashKind, CashOutState, CashState, ExpenseState
from core.domain.units import Measure

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware going in, UTC coming out. A naive one is refused.

    SQLite has no instants: there it is text of fixed width, so that text order is time order.
    """

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, TIMESTAMP WITH TIME ZONE elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What goes to the driver.

        Raises:
            ValueError: for a naive instant.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant has a time zone")
        return _instant_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What comes from the driver, in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        instant: datetime = value.astimezone(UTC)
        return instant


@lru_cache(maxsize=256)
def _instant_text(instant: datetime) -> str:
    """An instant as SQLite keeps it; a decision writes its own half a dozen times."""
    return instant.astimezone(UTC).isoformat(" ", "microseconds")


Id = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database gives; SQLite gives numbers to INTEGER keys only."""

Word = String(32)
"""An id of ours, or of a platform: always text (snowflakes have 64 bits)."""


# SQLite uses a partial index only where the question has its condition word for word.
OWN = text("kind <> 'member'")
UNHANDLED = text("NOT handled")


def _column(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], null: bool = False
) -> Column[Any]:
    return Column(name, kind, nullable=null)


def _one_of(name: str, kinds: Iterable[StrEnum]) -> CheckConstraint:
    values = ", ".join(f"'{kind.value}'" for kind in kinds)
    return CheckConstraint(f"{name} IN ({values})", name=name)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*names)


def _partial(
    name: str, *columns: Column[Any] | str, where: TextClause, unique: bool = False
) -> Index:
    """An index of some of the rows.

    PostgreSQL hears of it when the index is made: its name alone would import its dialect, which
    a bot on SQLite does not use.
    """
    index = Index(name, *columns, unique=unique, sqlite_where=where)

    @event.listens_for(index, "before_create")
    def tell(index: Index, connection: Connection, **_: object) -> None:
        if connection.dialect.name == "postgresql":
            index.dialect_options["postgresql"]["where"] = where

    return index


def _table(name: str, *items: SchemaItem) -> Table:
    """A table whose rows lie in the order of their key, on SQLite too."""
    return Table(name, metadata, *items, sqlite_with_rowid=False)


def _numbered(name: str, *items: SchemaItem) -> Table:
    """A table whose rows the database numbers, and never with a number used before."""
    first = Column("id", Id, primary_key=True, autoincrement=True)
    return Table(name, metadata, first, *items, sqlite_autoincrement=True)


def _of(name: str, kind: Any, *items: SchemaItem) -> Table:
    """A table of things of a pool, by number or by another key."""
    return _table(
        name,
        _column("pool_id", BigInteger),
        kind,
        *items,
        _key("pool_id", kind.name),
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
    )


def _number() -> Column[Any]:
    return _column("number", BigInteger)


def _to(table: str, *names: str, key: str = "id") -> ForeignKeyConstraint:
    """A reference within the pool."""
    return ForeignKeyConstraint(["pool_id", *names], [f"{table}.pool_id", f"{table}.{key}"])


# --- people, over all pools ----------------------------------------------------------------

person = _table(
    "person",
    _column("id", Word),
    _column("language", String(16)),
    _column("pool_id", BigInteger, null=True),
    _column("reminders", Boolean),
    _column("quiet_from", Integer),
    _column("quiet_until", Integer),
    _column("version", Integer),
    _key("id"),
)

identity = _table(
    "identity",
    _column("platform", Word),
    _column("external", Word),
    _column("person", Word),
    _column("name", Text),
    _column("username", Text),
    _column("language", String(16)),
    _column("reachable", Boolean),
    _column("rebound", Boolean),
    _column("closed_until", UTCDateTime, null=True),
    _column("username_folded", Text),
    _key("platform", "external"),
    ForeignKeyConstraint(["person"], ["person.id"]),
    Index(None, "person"),
    Index(None, "platform", "username_folded"),
)

link_code = _table(
    "link_code",
    _column("code", Word),
    _column("person", Word),
    _column("expires_at", UTCDateTime),
    _column("used", Boolean),
    _key("code"),
    ForeignKeyConstraint(["person"], ["person.id"]),
    Index(None, "person"),
)

# --- a pool and its members ----------------------------------------------------------------

pool = _numbered(
    "pool",
    _column("name", Text),
    _column("profile", Word),
    _column("currency", String(3)),
    _column("time_zone", String(64)),
    _column("language", String(16)),
    _column("founded_at", UTCDateTime),
    _column("rules", Text),
    _column("offers", Word),
    _column("needs", Word),
    _column("confirmations", Word),
    _column("gatherings", Word),
    _column("quiet", Boolean),
    _column("closed_through", String(7)),
    _column("coming", Text),
    _column("version", Integer),
    # The head: where the pool's one count and its chain stand.
    _column("next_number", BigInteger),
    _column("place", BigInteger),
    _column("hash", LargeBinary),
    _column("at", UTCDateTime),
    _one_of("profile", Profile),
    _one_of("offers", Posting),
    _one_of("needs", Posting),
    _one_of("confirmations", Posting),
    _one_of("gatherings", Posting),
)

chat = _of(
    "chat",
    _number(),
    _column("platform", Word),
    _column("external", Word),
    _column("title", Text),
    _column("channel", Word),
    _column("state", Word),
    _column("asked_by", Word),
    _column("asked_at", UTCDateTime),
    _column("version", Integer),
    _one_of("state", ChatState),
)
_partial(
    "uq_chat_living",
    chat.c.platform,
    chat.c.external,
    unique=True,
    where=text("state <> 'ended'"),
)

invitation = _of(
    "invitation",
    _column("code", Word),
    _column("made_by", Word),
    _column("expires_at", UTCDateTime),
    _column("used", Boolean),
    Index(None, "code"),
)

account = _of(
    "account",
    _column("address", Word),
    _column("kind", Word),
    _one_of("kind", AccountKind),
)
_partial(
    "uq_account_own",
    account.c.pool_id,
    account.c.kind,
    unique=True,
    where=OWN,
)

member = _of(
    "member",
    _column("id", Word),
    _column("person", Word, null=True),
    _column("name", Text),
    _column("state", Word),
    _column("joined_at", UTCDateTime),
    _column("account", Word),
    _column("carry_minutes", BigInteger),
    _column("carry_cents", BigInteger),
    _column("acted_by", Word, null=True),
    _column("folded_into", Word, null=True),
    _column("shares_public", Boolean),
    _column("shares_aid", Boolean),
    _column("version", Integer),
    ForeignKeyConstraint(["person"], ["person.id"]),
    _to("account", "account", key="address"),
    _one_of("state", MemberState),
    # An answer kept under a key names members without their pool.
    Index(None, "id"),
    Index(None, "person"),
    UniqueConstraint("pool_id", "account"),
)
_partial(
    "ix_member_folded",
    member.c.pool_id,
    member.c.folded_into,
    where=text("folded_into IS NOT NULL"),
)
_partial(
    "uq_member_here",
    member.c.pool_id,
    member.c.person,
    unique=True,
    where=text("state <> 'left'"),
)

term = _of(
    "term",
    _number(),
    _column("member", Word),
    _column("role", Word),
    _column("since", UTCDateTime),
    _column("until", UTCDateTime, null=True),
    _column("state", Word),
    _column("away_until", UTCDateTime, null=True),
    _column("told_at", UTCDateTime, null=True),
    _column("version", Integer),
    _to("member", "member"),
    _one_of("role", Role),
    _one_of("state", TermState),
    Index(None, "pool_id", "member"),
)

# --- the ledger: entries and postings are only ever added ----------------------------------

balance = _table(
    "balance",
    _column("pool_id", BigInteger),
    _column("address", Word),
    _column("unit", Word),
    _column("amount", BigInteger),
    # What the account gave and took in trades, kept with the balance so that it is one question.
    _column("trade", BigInteger),
    # What the charges of a month need to know of an account; moved with the balance.
    _column("moved_at", UTCDateTime, null=True),
    _column("charged_through", String(7)),
    _column("accrued", BigInteger),
    _key("pool_id", "address", "unit"),
    _to("account", "address", key="address"),
)

# Where credits expire by the month of their issue: how many of which month lie where. What is held
# or disputed is told apart by what it is held for; 0 is what a member has free.
lot = _table(
    "lot",
    _column("pool_id", BigInteger),
    _column("address", Word),
    _column("cause", BigInteger),
    _column("month", String(7)),
    _column("amount", BigInteger),
    _key("pool_id", "address", "cause", "month"),
    _to("account", "address", key="address"),
    CheckConstraint("amount > 0", name="positive"),
)

entry = _of(
    "entry",
    _number(),
    _column("place", BigInteger),
    _column("kind", Word),
    _column("actor", Word, null=True),
    _column("on_behalf", Word, null=True),
    _column("cause", BigInteger, null=True),
    _column("reverses", BigInteger, null=True),
    _column("key", Text),
    _column("rules_version", Integer),
    _column("at", UTCDateTime),
    _column("note_hash", LargeBinary),
    _column("previous_hash", LargeBinary),
    _column("hash", LargeBinary),
    _one_of("kind", EntryKind),
    UniqueConstraint("pool_id", "place"),
)
_partial(
    "uq_entry_reverses",
    entry.c.pool_id,
    entry.c.reverses,
    unique=True,
    where=text("reverses IS NOT NULL"),
)

posting = _table(
    "posting",
    _column("pool_id", BigInteger),
    _column("entry", BigInteger),
    _column("line", Integer),
    _column("source", Word),
    _column("target", Word),
    _column("amount", BigInteger),
    _column("unit", Word),
    _key("pool_id", "entry", "line"),
    _to("entry", "entry", key="number"),
    _to("account", "source", key="address"),
    _to("account", "target", key="address"),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("source <> target", name="moves"),
    Index(None, "pool_id", "source", "entry"),
    Index(None, "pool_id", "target", "entry"),
)

entry_note = _of(
    "entry_note",
    _column("entry", BigInteger),
    _column("salt", LargeBinary),
    _column("note", Text),
    _to("entry", "entry", key="number"),
)

# --- board, promises, credits --------------------------------------------------------------

listing = _of(
    "listing",
    _number(),
    _column("kind", Word),
    _column("owner", Word),
    _column("text", Text),
    _column("price_measure", Word),
    _column("price_amount", BigInteger),
    _column("opened_at", UTCDateTime),
    _column("until", UTCDateTime),
    _column("per", Text),
    _column("quantity", BigInteger, null=True),
    _column("every", Word),
    _column("taken", BigInteger),
    _column("taken_in", String(7)),
    _column("counted_from", BigInteger),
    _column("place", Text),
    _column("category", Text),
    _column("state", Word),
    _column("version", Integer),
    # Text, category and place, casefolded: what a search is matched in.
    _column("search", Text),
    _to("member", "owner"),
    _one_of("kind", ListingKind),
    _one_of("price_measure", Measure),
    _one_of("every", Every),
    _one_of("state", ListingState),
    Index(None, "pool_id", "state", "kind"),
    Index(None, "pool_id", "owner"),
)

commitment = _of(
    "commitment",
    _number(),
    _column("maker", Word),
    _column("text", Text),
    _column("worth_measure", Word),
    _column("worth_amount", BigInteger),
    _column("made_at", UTCDateTime),
    _column("due", UTCDateTime, null=True),
    _column("need", BigInteger, null=True),
    _column("state", Word),
    _column("note", Text),
    _column("photo", String(64)),
    _column("kept", Boolean),
    _column("reason", Text),
    _column("done_at", UTCDateTime, null=True),
    _column("claimed_by", Word, null=True),
    _column("confirmed_at", UTCDateTime, null=True),
    _column("confirmed_by", Word, null=True),
    _column("entry", BigInteger, null=True),
    _column("template", BigInteger, null=True),
    _column("gathering", BigInteger, null=True),
    _column("backer", Word, null=True),
    _column("stipend", Boolean),
    _column("carried", BigInteger),
    _column("shown_with", BigInteger, null=True),
    _column("version", Integer),
    _to("member", "maker"),
    _to("member", "backer"),
    _to("template", "template", key="number"),
    _to("gathering", "gathering", key="number"),
    _to("listing", "need", key="number"),
    _to("entry", "entry", key="number"),
    _one_of("worth_measure", Measure),
    _one_of("state", CommitmentState),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "maker"),
    Index(None, "pool_id", "shown_with"),
)

photo = _table(
    "photo",
    _column("pool_id", BigInteger),
    _column("sha256", String(64)),
    _column("owner", Word),
    _column("content", LargeBinary),
    _key("pool_id", "sha256", "owner"),
    _to("member", "owner"),
)

spend_order = _of(
    "spend_order",
    _number(),
    _column("offer", BigInteger),
    _column("spender", Word),
    _column("giver", Word),
    _column("quantity", BigInteger),
    _column("credits", BigInteger),
    _column("ordered_at", UTCDateTime),
    _column("month", String(7)),
    _column("state", Word),
    _column("delivered_at", UTCDateTime, null=True),
    _column("ended_at", UTCDateTime, null=True),
    _column("spender_content", Boolean, null=True),
    _column("giver_content", Boolean, null=True),
    _column("entry", BigInteger, null=True),
    _column("version", Integer),
    _to("listing", "offer", key="number"),
    _to("member", "spender"),
    _to("member", "giver"),
    _one_of("state", OrderState),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "spender", "state"),
    Index(None, "pool_id", "giver", "state"),
)

request = _of(
    "request",
    _number(),
    _column("asker", Word),
    _column("payer", Word),
    _column("credits", BigInteger),
    _column("note", Text),
    _column("asked_at", UTCDateTime),
    _column("state", Word),
    _column("version", Integer),
    _to("member", "asker"),
    _to("member", "payer"),
    _one_of("state", RequestState),
    Index(None, "pool_id", "asker"),
    Index(None, "pool_id", "payer", "state"),
)

# --- what comes back every month, gatherings -----------------------------------------------

plan = _of(
    "plan",
    _number(),
    _column("name", Text),
    _column("dues", BigInteger),
    _column("benefits", Text),
    _column("made_by", Word),
    _column("made_at", UTCDateTime),
    _column("promise", Text),
    _column("promise_minutes", BigInteger),
    _column("state", Word),
    _column("version", Integer),
    _to("member", "made_by"),
    _one_of("state", PlanState),
)

template = _of(
    "template",
    _number(),
    _column("kind", Word),
    _column("member", Word),
    _column("text", Text),
    _column("worth_measure", Word),
    _column("worth_amount", BigInteger),
    _column("made_at", UTCDateTime),
    _column("plan", BigInteger, null=True),
    _column("opened_in", String(7)),
    _column("state", Word),
    _column("ended_at", UTCDateTime, null=True),
    _column("version", Integer),
    _to("member", "member"),
    _to("plan", "plan", key="number"),
    _one_of("kind", TemplateKind),
    _one_of("worth_measure", Measure),
    _one_of("state", TemplateState),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "member"),
)

gathering = _of(
    "gathering",
    _number(),
    _column("text", Text),
    _column("starts_at", UTCDateTime),
    _column("made_by", Word),
    _column("made_at", UTCDateTime),
    _column("place", Text),
    _column("capacity", BigInteger, null=True),
    _column("circle", Boolean),
    _column("remind_at", UTCDateTime, null=True),
    _column("state", Word),
    _column("version", Integer),
    _one_of("state", GatheringState),
    Index(None, "pool_id", "state"),
)

going = _of(
    "going",
    _column("id", Word),
    _column("gathering", BigInteger),
    _column("person", Word, null=True),
    _column("said_at", UTCDateTime),
    _column("member", Word, null=True),
    _column("state", Word),
    _column("version", Integer),
    _to("gathering", "gathering", key="number"),
    _to("member", "member"),
    _one_of("state", GoingState),
    Index(None, "pool_id", "gathering"),
    Index(None, "person"),
)

# --- cash ----------------------------------------------------------------------------------

cash = _of(
    "cash",
    _number(),
    _column("kind", Word),
    _column("giver", Word),
    _column("cents", BigInteger),
    _column("announced_at", UTCDateTime),
    _column("credits", BigInteger),
    _column("gift", BigInteger),
    _column("note", Text),
    _column("template", BigInteger, null=True),
    _column("month", String(7)),
    _column("cause", BigInteger, null=True),
    _column("state", Word),
    _column("received_at", UTCDateTime, null=True),
    _column("received_by", Word, null=True),
    _column("entry", BigInteger, null=True),
    _column("version", Integer),
    _to("member", "giver"),
    _to("template", "template", key="number"),
    _to("entry", "entry", key="number"),
    _one_of("kind", CashKind),
    _one_of("state", CashState),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "giver"),
)

cash_out = _of(
    "cash_out",
    _number(),
    _column("partner", Word),
    _column("credits", BigInteger),
    _column("month", String(7)),
    _column("requested_at", UTCDateTime),
    _column("state", Word),
    _column("approved", BigInteger),
    _column("cents", BigInteger),
    _column("fee", BigInteger),
    _column("first_by", Word, null=True),
    _column("approved_by", Word, null=True),
    _column("approved_at", UTCDateTime, null=True),
    _column("paid_by", Word, null=True),
    _column("paid_at", UTCDateTime, null=True),
    _column("proof", Text),
    _column("photo", String(64)),
    _column("reason", Text),
    _column("version", Integer),
    _to("member", "partner"),
    _one_of("state", CashOutState),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "partner"),
)

expense = _of(
    "expense",
    _number(),
    _column("cents", BigInteger),
    _column("text", Text),
    _column("made_by", Word),
    _column("made_at", UTCDateTime),
    _column("state", Word),
    _column("decided_by", Word, null=True),
    _column("decided_at", UTCDateTime, null=True),
    _column("reason", Text),
    _column("entry", BigInteger, null=True),
    _column("returned_by", Word, null=True),
    _column("version", Integer),
    _to("member", "made_by"),
    _to("entry", "entry", key="number"),
    _one_of("state", ExpenseState),
    Index(None, "pool_id", "state"),
)

# --- rules, months -------------------------------------------------------------------------

rule_change = _of(
    "rule_change",
    _number(),
    _column("rule", Word),
    _column("value", Text),
    _column("before", Text),
    _column("made_by", Word),
    _column("made_at", UTCDateTime),
    _column("from_at", UTCDateTime),
    _column("state", Word),
    _column("rules_version", Integer, null=True),
    _column("version", Integer),
    _to("member", "made_by"),
    _one_of("state", ChangeState),
    Index(None, "pool_id", "state"),
)

period = _of(
    "period",
    _column("month", String(7)),
    _column("began_at", UTCDateTime),
    _column("step", Word),
    _column("upto", Word),
    _column("figures", Text),
    _column("closed_at", UTCDateTime, null=True),
    _column("state", Word),
    _column("version", Integer),
    _one_of("step", Step),
    _one_of("state", PeriodState),
)

# --- disputes and calls for help -----------------------------------------------------------

dispute = _of(
    "dispute",
    _number(),
    _column("about", BigInteger),
    _column("opener", Word),
    _column("why", Text),
    _column("opened_at", UTCDateTime),
    _column("other", Word, null=True),
    _column("holder", Word, null=True),
    _column("frozen", BigInteger),
    _column("helper", Word, null=True),
    _column("ruling", Word),
    _column("back", BigInteger),
    _column("decision", Text),
    _column("agreed", Text),
    _column("panel", Text),
    _column("votes", Text),
    _column("next_at", UTCDateTime, null=True),
    _column("ended_at", UTCDateTime, null=True),
    _column("state", Word),
    _column("version", Integer),
    _to("member", "opener"),
    _one_of("ruling", Ruling),
    _one_of("state", DisputeState),
    Index(None, "next_at"),
    Index(None, "pool_id", "state"),
    Index(None, "pool_id", "about"),
)

concern = _of(
    "concern",
    _number(),
    _column("kind", Word),
    _column("person", Word),
    _column("text", Text),
    _column("opened_at", UTCDateTime),
    _column("about", BigInteger, null=True),
    _column("state", Word),
    _column("taken_by", Word, null=True),
    _column("closed_at", UTCDateTime, null=True),
    _column("version", Integer),
    _one_of("kind", ConcernKind),
    _one_of("state", ConcernState),
    Index(None, "pool_id", "state"),
    Index(None, "person"),
)

# --- events, queues, marks -----------------------------------------------------------------

answer = _table(
    "answer",
    _column("key", Text),
    _column("digest", LargeBinary),
    _column("text", Text),
    _column("by", Text),
    _column("at", UTCDateTime),
    _key("key"),
    Index(None, "by"),
)

outbox = _numbered(
    "outbox",
    # Rows of one lane (a chat, a person) leave in the order of their ids.
    _column("lane", Text),
    _column("sort", Word),
    _column("pool_id", BigInteger),
    _column("number", BigInteger),
    # Of a digest: the numbers of its things.
    _column("numbers", Text),
    _column("kind", Word, null=True),
    _column("platform", Word),
    _column("chat", Word),
    _column("member", Word, null=True),
    _column("person", Word, null=True),
    _column("notice", Text),
    _column("created_at", UTCDateTime),
    _column("state", Word),
    # When it may be claimed; for a claimed one, when its lease ends.
    _column("not_before", UTCDateTime),
    _column("attempts", Integer),
    _column("reason", Text),
    CheckConstraint("sort IN ('card', 'notice', 'digest', 'post')", name="sort"),
    # Kept: until its chat or its person can be written to again.
    CheckConstraint("state IN ('waiting', 'claimed', 'kept', 'dead')", name="state"),
    _one_of("kind", Announced),
    ForeignKeyConstraint(["pool_id"], ["pool.id"]),
    Index(None, "lane", "id"),
    # What is due is found in its order, without a look at what is kept or was given up. Not by
    # `not_before`: behind a full lane most of it is past, and all of that would be sorted.
    _partial(
        "ix_outbox_due",
        "id",
        where=text("state IN ('waiting', 'claimed')"),
    ),
)

digest = _table(
    "digest",
    _column("pool_id", BigInteger),
    _column("platform", Word),
    _column("chat", Word),
    _column("number", BigInteger),
    _column("since", UTCDateTime),
    _key("pool_id", "platform", "chat", "number"),
    ForeignKeyConstraint(["pool_id"], ["pool.id"]),
)

card = _table(
    "card",
    _column("pool_id", BigInteger),
    _column("number", BigInteger),
    _column("platform", Word),
    _column("chat", Word),
    _column("message", Word),
    _key("pool_id", "number", "platform", "chat"),
    ForeignKeyConstraint(["pool_id"], ["pool.id"]),
)

question = _table(
    "question",
    _column("token", Word),
    _column("platform", Word),
    _column("external", Word),
    _column("chat", Word),
    _column("pool_id", BigInteger, null=True),
    _column("command", Text),
    _column("given", Text),
    _column("asks", Text),
    _column("expires_at", UTCDateTime),
    _column("message", Word),
    _key("token"),
    UniqueConstraint("platform", "external", "chat"),
)

inbox = _numbered(
    "inbox",
    _column("bot", Word),
    _column("update", BigInteger),
    # Updates of one lane (a chat) are handled in the order of their ids.
    _column("lane", Text),
    _column("payload", Text),
    _column("received_at", UTCDateTime),
    _column("handled", Boolean),
    UniqueConstraint("bot", "update"),
)
_partial(
    "ix_inbox_open",
    inbox.c.bot,
    inbox.c.lane,
    inbox.c.id,
    where=UNHANDLED,
)

lease = _table(
    "lease",
    _column("role", Text),
    _column("holder", Word),
    _column("host", Text),
    _column("pid", Integer),
    _column("since", UTCDateTime),
    # When it ends, if its holder does not renew it.
    _column("until", UTCDateTime),
    _key("role"),
)

reminded = _table(
    "reminded",
    _column("pool_id", BigInteger),
    _column("member", Word),
    _column("about", Word),
    _column("number", BigInteger),
    _column("step", BigInteger),
    _column("at", UTCDateTime),
    _key("pool_id", "member", "about", "number", "step"),
    ForeignKeyConstraint(["pool_id"], ["pool.id"]),
)

meta = _table(
    "meta",
    _column("name", Text),
    _column("value", Text),
    _key("name"),
)
