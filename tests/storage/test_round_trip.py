"""What is stored comes back equal: every dataclass, every instant, every id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from core.domain.commitments import Commitment, CommitmentState
from core.domain.ledger import Account, AccountKind, Entry, EntryKind
from core.domain.listings import Every, Listing, ListingKind, ListingState
from core.domain.members import (
    Identity,
    LinkCode,
    Member,
    MemberState,
    Person,
    Role,
    Term,
    TermState,
)
from core.domain.orders import Order, OrderState, Request, RequestState
from core.domain.pools import Chat, ChatState, Invitation, Pool, Profile, Rules
from core.domain.pools import Posting as PostedAs
from core.domain.units import Carry, Measure, PersonId, Rates, Worth
from core.ports import Head
from storage import mapping, tables
from storage.database import Session, database_of, opener
from storage.statements import Statement, added

words = st.text("abcdefghjkmnpqrstvwxyz0123456789", min_size=1, max_size=16)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
big = st.integers(0, 2**62)
small = st.integers(0, 2**31 - 1)
hashes = st.binary(min_size=32, max_size=32)
FIRST, LAST = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001 - local, of any zone
instants = st.datetimes(FIRST, LAST, timezones=st.timezones()).map(lambda at: at.astimezone(UTC))
worths = st.builds(Worth, st.sampled_from(Measure), big)
maybe = st.none() | big
maybe_word = st.none() | words
maybe_instant = st.none() | instants

pools = st.builds(
    Pool,
    id=big,
    name=texts,
    profile=st.sampled_from(Profile),
    currency=st.just("KES"),
    time_zone=st.just("Africa/Nairobi"),
    language=st.just("sw"),
    founded_at=instants,
    rules=st.builds(
        Rules,
        version=small,
        rates=st.builds(Rates, small, small),
        debit_limit_credits=small,
        ask_before_credits=small,
        term_days=small,
    ),
    offers=st.sampled_from(PostedAs),
    needs=st.sampled_from(PostedAs),
    confirmations=st.sampled_from(PostedAs),
    version=small,
)
heads = st.builds(Head, next_number=big, place=big, hash=hashes, at=instants)
persons = st.builds(Person, words, words, maybe, small)
identities = st.builds(
    Identity, words, words, words, texts, texts, words, st.booleans(), st.booleans()
)
codes = st.builds(LinkCode, words, words, instants, st.booleans())
members = st.builds(
    Member,
    big,
    words,
    maybe_word,
    texts,
    st.sampled_from(MemberState),
    instants,
    words,
    st.builds(Carry, big, big),
    maybe_word,
    maybe_word,
    small,
)
terms = st.builds(
    Term,
    big,
    big,
    words,
    st.sampled_from(Role),
    instants,
    maybe_instant,
    st.sampled_from(TermState),
    small,
)
chats = st.builds(
    Chat, big, big, words, words, texts, words, st.sampled_from(ChatState), words, instants, small
)
invitations = st.builds(Invitation, big, words, words, instants, st.booleans())
accounts = st.builds(Account, big, words, st.sampled_from(AccountKind))
entries = st.builds(
    Entry,
    big,
    big,
    big,
    st.sampled_from(EntryKind),
    maybe_word,
    maybe_word,
    maybe,
    maybe,
    texts,
    small,
    instants,
    st.just(()),
    st.binary(max_size=32),
    hashes,
    hashes,
)
listings = st.builds(
    Listing,
    big,
    big,
    st.sampled_from(ListingKind),
    words,
    texts,
    worths,
    instants,
    instants,
    texts,
    maybe,
    st.sampled_from(Every),
    big,
    st.just("2026-11"),
    texts,
    texts,
    st.sampled_from(ListingState),
    small,
)
commitments = st.builds(
    Commitment,
    big,
    big,
    words,
    texts,
    worths,
    instants,
    maybe_instant,
    maybe,
    st.sampled_from(CommitmentState),
    texts,
    words,
    st.booleans(),
    texts,
    maybe_instant,
    maybe_word,
    maybe_instant,
    maybe_word,
    maybe,
    small,
)
orders = st.builds(
    Order,
    big,
    big,
    big,
    words,
    words,
    big,
    big,
    instants,
    st.just("2026-11"),
    st.sampled_from(OrderState),
    maybe_instant,
    maybe_instant,
    small,
)
requests = st.builds(
    Request, big, big, words, words, big, texts, instants, st.sampled_from(RequestState), small
)

KINDS_OF_THINGS: list[tuple[Table, Any, Any, Any]] = [
    (tables.person, persons, mapping.person_values, mapping.person_made),
    (tables.identity, identities, mapping.identity_values, mapping.identity_made),
    (tables.link_code, codes, mapping.link_code_values, mapping.link_code_made),
    (tables.member, members, mapping.member_values, mapping.member_made),
    (tables.term, terms, mapping.term_values, mapping.term_made),
    (tables.chat, chats, mapping.chat_values, mapping.chat_made),
    (tables.invitation, invitations, mapping.invitation_values, mapping.invitation_made),
    (tables.account, accounts, mapping.account_values, mapping.account_made),
    (tables.listing, listings, mapping.listing_values, mapping.listing_made),
    (tables.commitment, commitments, mapping.commitment_values, mapping.commitment_made),
    (tables.spend_order, orders, mapping.order_values, mapping.order_made),
    (tables.request, requests, mapping.request_values, mapping.request_made),
    (
        tables.entry,
        entries,
        mapping.entry_values,
        lambda row: mapping.entry_made(row, ()),
    ),
]


NAMES = [row[0].name for row in KINDS_OF_THINGS]


@pytest.fixture
async def session(url, house) -> AsyncIterator[Session]:
    """A connection whose rows lean on nothing, so that each can be tried alone."""
    opened = opener(database_of(url), writes=True)()
    if url.startswith("sqlite"):
        opened.connection.execute("PRAGMA foreign_keys = OFF")
    else:
        opened.connection.execute("SET session_replication_role = replica")
    yield opened
    opened.close()


STATEMENTS = {
    table.name: (Statement(added(table)), Statement(select(table)))
    for table in tables.metadata.tables.values()
}


def _there_and_back(session: Session, table: Table, values: dict[str, Any]) -> Any:
    add, get = STATEMENTS[table.name]
    session.begin()
    try:
        session.write(add, **values)
        return session.row(get)
    finally:
        session.rollback()


@pytest.mark.parametrize(
    ("table", "things", "values", "made"),
    KINDS_OF_THINGS,
    ids=[row[0].name for row in KINDS_OF_THINGS],
)
async def test_a_thing_comes_back_as_it_went(session, table, things, values, made):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(things)
    def round_trip(thing):
        assert made(_there_and_back(session, table, values(thing))) == thing

    round_trip()


async def test_a_pool_comes_back_as_it_went(session):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pools, heads)
    def round_trip(pool, head):
        values = {**mapping.pool_values(pool), **mapping.head_values(head), "id": pool.id}
        row = _there_and_back(session, tables.pool, values)
        assert (mapping.pool_made(row), mapping.head_made(row)) == (pool, head)

    round_trip()


async def test_an_instant_of_any_zone_is_the_same_instant(session):
    nairobi = datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=3)))
    code = LinkCode("c0de", PersonId("p3rs0n"), nairobi)
    made = mapping.link_code_made(
        _there_and_back(session, tables.link_code, mapping.link_code_values(code))
    )
    assert made.expires_at == nairobi
    assert made.expires_at.utcoffset() == timedelta(0)


async def test_a_naive_instant_is_refused(session):
    code = LinkCode("c0de", PersonId("p3rs0n"), datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        _there_and_back(session, tables.link_code, mapping.link_code_values(code))


@pytest.mark.parametrize("external", [str(2**64 - 1), str(2**52), "-1001234567890123"])
async def test_ids_of_platforms_come_back_to_the_digit(session, external):
    identity = Identity("discord", external, PersonId("p3rs0n"), "Asha")
    row = _there_and_back(session, tables.identity, mapping.identity_values(identity))
    assert mapping.identity_made(row).external == external


async def test_text_order_is_time_order_where_instants_are_text(session):
    early = datetime(2026, 1, 1, tzinfo=UTC)
    steps = [early + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    processed = [tables.UTCDateTime().process_bind_param(at, session.dialect) for at in steps]
    assert processed == sorted(processed)
