"""What is stored comes back equal: every dataclass, every instant, every id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from core.domain.ledger import Entry
from core.domain.members import Identity, LinkCode
from core.domain.pools import Pool
from core.domain.units import PersonId
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
months = st.just("2026-11")

SMALL = {"version", "rules_version", "quiet_from", "quiet_until", "expiry_months", "term_days"}
LONG = {"name", "text", "note", "reason", "why", "title", "benefits", "figures", "username"}
MONTHS = {"month", "taken_in", "opened_in", "closed_through"}
FIXED = {"currency": "KES", "time_zone": "Africa/Nairobi"}


def anything(kind: Any) -> Any:
    """Any dataclass of this kind: each field by what it is."""
    hints = get_type_hints(kind)
    return st.builds(
        kind, **{each.name: _value(each.name, hints[each.name]) for each in fields(kind)}
    )


def _value(name: str, annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        (meant,) = (each for each in get_args(annotation) if each is not NoneType)
        return st.none() | _value(name, meant)
    if is_dataclass(annotation):
        return anything(annotation)
    plain = getattr(annotation, "__supertype__", annotation)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return st.sampled_from(plain)
    return _plain(name, plain)


def _plain(name: str, plain: Any) -> Any:
    if name in FIXED:
        return st.just(FIXED[name])
    if name in MONTHS:
        return months
    if plain is str:
        return texts if name in LONG else words
    if plain is int:
        return small if name in SMALL else big
    return {bool: st.booleans(), datetime: instants, bytes: hashes, tuple: st.just(())}[
        get_origin(plain) or plain
    ]


KINDS_OF_THINGS: list[tuple[Table, Any, Any, Any]] = [
    (each.table, anything(each.kind), each.values, each.made)
    for each in vars(mapping).values()
    if isinstance(each, mapping.Mapped)
]
KINDS_OF_THINGS.append(
    (tables.entry, anything(Entry), mapping.entry_values, lambda row: mapping.entry_made(row, ()))
)


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


def _both(table: Table) -> tuple[Statement, Statement]:
    return Statement(lambda: added(table)), Statement(lambda: select(table))


STATEMENTS = {name: _both(table) for name, table in tables.metadata.tables.items()}


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
    @given(anything(Pool), anything(Head))
    def round_trip(pool, head):
        values = {**mapping.pool_values(pool), **mapping.head_values(head), "id": pool.id}
        row = _there_and_back(session, tables.pool, values)
        assert (mapping.pool_made(row), mapping.head_made(row)) == (pool, head)

    round_trip()


async def test_an_instant_of_any_zone_is_the_same_instant(session):
    nairobi = datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=3)))
    code = LinkCode("c0de", PersonId("p3rs0n"), nairobi)
    made = mapping.LINK_CODES.made(
        _there_and_back(session, tables.link_code, mapping.LINK_CODES.values(code))
    )
    assert made.expires_at == nairobi
    assert made.expires_at.utcoffset() == timedelta(0)


async def test_a_naive_instant_is_refused(session):
    code = LinkCode("c0de", PersonId("p3rs0n"), datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        _there_and_back(session, tables.link_code, mapping.LINK_CODES.values(code))


@pytest.mark.parametrize("external", [str(2**64 - 1), str(2**52), "-1001234567890123"])
async def test_ids_of_platforms_come_back_to_the_digit(session, external):
    identity = Identity("discord", external, PersonId("p3rs0n"), "Asha")
    row = _there_and_back(session, tables.identity, mapping.IDENTITIES.values(identity))
    assert mapping.IDENTITIES.made(row).external == external


async def test_text_order_is_time_order_where_instants_are_text(session):
    early = datetime(2026, 1, 1, tzinfo=UTC)
    steps = [early + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    processed = [tables.UTCDateTime().process_bind_param(at, session.dialect) for at in steps]
    assert processed == sorted(processed)
