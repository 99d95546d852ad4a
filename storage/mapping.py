"""Rows to frozen dataclasses and back. A row never leaves this floor.

What a dataclass holds lies in its table field by field, in the same order and under the same names,
so the way there and back is worked out once, when the house opens, from the dataclass itself: a
field that has no column, or a column that nothing fills, is found at once and not in use. A field
that is a small dataclass of its own (a worth, a carry) lies in a column for each of its parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Table

from core.domain.commitments import Commitment
from core.domain.disputes import Concern, Dispute
from core.domain.gatherings import Gathering, Going
from core.domain.ledger import Account, Entry, EntryKind, Posting
from core.domain.listings import Listing
from core.domain.members import Identity, LinkCode, Member, Person, Term
from core.domain.months import Period
from core.domain.orders import Order, Request
from core.domain.pools import Chat, Invitation, Pool, Profile
from core.domain.pools import Posting as PostedAs
from core.domain.recurring import Plan, Template
from core.domain.rules import Coming, RuleChange, Rules
from core.domain.treasury import Cash, CashOut, Expense
from core.domain.units import Rates
from core.ports import Head
from core.records import dataclass
from storage import tables
from storage.statements import Row

Thing = TypeVar("Thing")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mapped(Generic[Thing]):
    """How things of one kind lie in their table. `key` is their key within the pool."""

    kind: type[Thing]
    table: Table
    key: str
    values: Callable[[Thing], Values]
    made: Callable[[Row], Thing]


@dataclass(frozen=True, slots=True)
class _Part:
    """One column of a dataclass: where its value is, what it is called, what it is."""

    path: str
    column: str
    kind: Any


def mapped(
    table: Table,
    kind: type[Thing],
    key: str = "number",
    also: dict[str, Callable[[Thing], Any]] | None = None,
) -> Mapped[Thing]:
    """The way between a dataclass and its table. `also` are columns that only searches look in.

    Raises:
        TypeError: when fields and columns are not the same, in the same order.
    """
    parts = list(_parts(kind))
    more = also or {}
    columns = [column.name for column in table.c]
    if columns != [*(part.column for part in parts), *more]:
        raise TypeError(f"{kind.__name__} does not lie in {table.name} as it stands")
    return Mapped(kind, table, key, _values(parts, more), _made(kind, parts))


def _parts(kind: Any, path: str = "", column: str = "") -> Sequence[_Part]:
    hints = get_type_hints(kind)
    found: list[_Part] = []
    for field in fields(kind):
        meant = _meant(hints[field.name])
        name = "pool_id" if field.name == "pool" else field.name
        if is_dataclass(meant):
            found += _parts(meant, f"{path}{field.name}.", f"{column}{name}_")
        else:
            found.append(_Part(path + field.name, column + name, meant))
    return found


def _meant(annotation: Any) -> Any:
    """What a value is when there is one."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    (kind,) = (each for each in get_args(annotation) if each is not NoneType)
    return kind


def _is_enum(part: _Part) -> bool:
    return isinstance(part.kind, type) and issubclass(part.kind, StrEnum)


def _values(
    parts: Sequence[_Part], more: dict[str, Callable[[Any], Any]]
) -> Callable[[Any], Values]:
    take = attrgetter(*(part.path for part in parts))
    names = [part.column for part in parts]
    enums = [part.column for part in parts if _is_enum(part)]

    def values(thing: Any) -> Values:
        made = dict(zip(names, take(thing), strict=True))
        for name in enums:
            made[name] = made[name].value
        for name, of in more.items():
            made[name] = of(thing)
        return made

    return values


def _made(kind: Any, parts: Sequence[_Part]) -> Callable[[Row], Any]:
    enums = [(place, part.kind) for place, part in enumerate(parts) if _is_enum(part)]
    wholes = [
        (place, len(fields(whole)), whole)
        for place, whole in _wholes(kind, [part.path for part in parts])
    ]
    count = len(parts)

    def made(row: Row) -> Any:
        values = list(row[:count])
        for place, enum in enums:
            values[place] = enum(values[place])
        for place, width, whole in wholes:
            values[place : place + width] = [whole(*values[place : place + width])]
        return kind(*values)

    return made


def _wholes(kind: Any, paths: Sequence[str]) -> Sequence[tuple[int, Any]]:
    """Where a small dataclass begins, the last one first, so that places stay right."""
    hints = get_type_hints(kind)
    whole = [name for name, each in hints.items() if is_dataclass(each)]
    begins = {
        name: next(n for n, p in enumerate(paths) if p.startswith(f"{name}.")) for name in whole
    }
    return sorted(
        ((place, hints[name]) for name, place in begins.items()), key=_place, reverse=True
    )


def _place(begin: tuple[int, Any]) -> int:
    return begin[0]


def search_text(listing: Listing) -> str:
    """What a search looks in: text, category and place, casefolded."""
    return "\n".join((listing.text, listing.category, listing.place)).casefold()


PERSONS = mapped(tables.person, Person, "id")
IDENTITIES = mapped(
    tables.identity,
    Identity,
    "external",
    also={"username_folded": lambda identity: identity.username.casefold()},
)
LINK_CODES = mapped(tables.link_code, LinkCode, "code")
INVITATIONS = mapped(tables.invitation, Invitation, "code")
ACCOUNTS = mapped(tables.account, Account, "address")
MEMBERS = mapped(tables.member, Member, "id")
TERMS = mapped(tables.term, Term)
CHATS = mapped(tables.chat, Chat)
LISTINGS = mapped(tables.listing, Listing, also={"search": search_text})
COMMITMENTS = mapped(tables.commitment, Commitment)
ORDERS = mapped(tables.spend_order, Order)
REQUESTS = mapped(tables.request, Request)
CASH = mapped(tables.cash, Cash)
CASH_OUTS = mapped(tables.cash_out, CashOut)
EXPENSES = mapped(tables.expense, Expense)
TEMPLATES = mapped(tables.template, Template)
PLANS = mapped(tables.plan, Plan)
GATHERINGS = mapped(tables.gathering, Gathering)
GOINGS = mapped(tables.going, Going, "id")
DISPUTES = mapped(tables.dispute, Dispute)
CONCERNS = mapped(tables.concern, Concern)
RULE_CHANGES = mapped(tables.rule_change, RuleChange)
PERIODS = mapped(tables.period, Period, "month")


# --- pools ---------------------------------------------------------------------------------


_RULES = _parts(Rules)
_RULES_WRITTEN = [part.column for part in _RULES]
_TAKE_RULES = attrgetter(*(part.path for part in _RULES))


def rules_text(rules: Rules) -> str:
    """The rules as text. A rule that is not written down has the profile's default."""
    return json.dumps(dict(zip(_RULES_WRITTEN, _TAKE_RULES(rules), strict=True)))


@lru_cache(maxsize=1024)
def rules_read(text: str) -> Rules:
    """The rules that were written as text. Equal texts are read once: rules seldom change."""
    written = json.loads(text)
    rates = Rates(written.pop("rates_minutes"), written.pop("rates_cents"))
    enums = {part.column: part.kind for part in _RULES if _is_enum(part)}
    read = {name: enums.get(name, _as_it_is)(value) for name, value in written.items()}
    return Rules(rates=rates, **read)


def _as_it_is(value: Any) -> Any:
    return value


SETTINGS_END = 16
"""Where a pool's settings end in its row, and its head begins."""

POOLS_REMEMBERED = 256
"""Pools that are kept as they were made from their rows."""


def coming_text(coming: Sequence[Coming]) -> str:
    """Announced changes of the rules as text, '' for none."""
    written = [[each.number, each.rule, each.value, each.from_at.isoformat()] for each in coming]
    return json.dumps(written) if written else ""


def coming_read(text: str) -> tuple[Coming, ...]:
    """The announced changes that were written as text."""
    if not text:
        return ()
    return tuple(
        Coming(number, rule, value, datetime.fromisoformat(from_at))
        for number, rule, value, from_at in json.loads(text)
    )


def pool_values(pool: Pool) -> Values:
    """A pool's settings as a row, without its id and its head."""
    return {
        "name": pool.name,
        "profile": pool.profile.value,
        "currency": pool.currency,
        "time_zone": pool.time_zone,
        "language": pool.language,
        "founded_at": pool.founded_at,
        "rules": rules_text(pool.rules),
        "offers": pool.offers.value,
        "needs": pool.needs.value,
        "confirmations": pool.confirmations.value,
        "gatherings": pool.gatherings.value,
        "quiet": pool.quiet,
        "closed_through": pool.closed_through,
        "coming": coming_text(pool.coming),
        "version": pool.version,
    }


def head_values(head: Head) -> Values:
    """A pool's head as a part of its row."""
    return {
        "next_number": head.next_number,
        "place": head.place,
        "hash": head.hash,
        "at": head.at,
    }


def pool_made(row: Row) -> Pool:
    """A row as a pool. It is read with every call, and seldom another than the last time."""
    return _pool(tuple(row[:SETTINGS_END]))


@lru_cache(maxsize=POOLS_REMEMBERED)
def _pool(row: Row) -> Pool:
    return Pool(
        id=row[0],
        name=row[1],
        profile=Profile(row[2]),
        currency=row[3],
        time_zone=row[4],
        language=row[5],
        founded_at=row[6],
        rules=rules_read(row[7]),
        offers=PostedAs(row[8]),
        needs=PostedAs(row[9]),
        confirmations=PostedAs(row[10]),
        gatherings=PostedAs(row[11]),
        quiet=row[12],
        closed_through=row[13],
        coming=coming_read(row[14]),
        version=row[15],
    )


def head_made(row: Row) -> Head:
    """A pool's row as its head."""
    return Head(*row[SETTINGS_END : SETTINGS_END + 4])


def entry_values(entry: Entry) -> Values:
    """An entry as a row; its postings lie in a table of their own."""
    return {
        "pool_id": entry.pool,
        "number": entry.number,
        "place": entry.place,
        "kind": entry.kind.value,
        "actor": entry.actor,
        "on_behalf": entry.on_behalf,
        "cause": entry.cause,
        "reverses": entry.reverses,
        "key": entry.key,
        "rules_version": entry.rules_version,
        "at": entry.at,
        "note_hash": entry.note_hash,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def entry_made(row: Row, postings: tuple[Posting, ...]) -> Entry:
    """A row and its postings as an entry."""
    (
        pool,
        number,
        place,
        kind,
        actor,
        on_behalf,
        cause,
        reverses,
        key,
        rules_version,
        at,
        note_hash,
        previous_hash,
        hash_,
    ) = row
    return Entry(
        pool,
        number,
        place,
        EntryKind(kind),
        actor,
        on_behalf,
        cause,
        reverses,
        key,
        rules_version,
        at,
        postings,
        note_hash,
        previous_hash,
        hash_,
    )


def posting_values(entry: Entry, line: int, posting: Posting) -> Values:
    """A posting as a row."""
    return {
        "pool_id": entry.pool,
        "entry": entry.number,
        "line": line,
        "source": posting.source,
        "target": posting.target,
        "amount": posting.amount,
        "unit": posting.unit,
    }


def posting_made(row: Row) -> Posting:
    """A row (source, target, amount, unit) as a posting."""
    return Posting(*row)
