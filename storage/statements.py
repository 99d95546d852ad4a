"""Statements: written once in SQLAlchemy Core, compiled once per database, run on the bare driver.

Compiling costs many times what running does, so it must not happen per call (goals.md, P1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    false,
    insert,
    literal,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from core.records import dataclass

Row = Sequence[Any]
Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement as one driver wants it: its text, and what to do to values going in and out."""

    sql: str
    constant: dict[str, Any]
    ingoing: tuple[tuple[str, Process], ...]
    outgoing: tuple[tuple[int, Process], ...]
    writes: bool

    def bound(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values as the driver takes them. The dictionary is ours and may be changed."""
        for name, process in self.ingoing:
            values[name] = process(values[name])
        if self.constant:
            values.update(self.constant)
        return values

    def read(self, row: Row) -> Row:
        """A row of the driver's as Python values."""
        if not self.outgoing:
            return row
        values = list(row)
        for index, process in self.outgoing:
            values[index] = process(values[index])
        return values


class Statement:
    """A statement on its way to any database. Say how to make it once, at import.

    A start uses few of them, so each is made when it is first wanted.
    """

    __slots__ = ("_make", "known")

    def __init__(self, make: Callable[[], Executable]) -> None:
        self._make = make
        self.known: dict[str, Ready] = {}

    def ready(self, dialect: Dialect) -> Ready:
        """The statement for this database, compiled when it is first wanted."""
        found = self.known.get(dialect.name)
        if found is None:
            found = self.known[dialect.name] = _compiled(self._make(), dialect)
        return found


def _compiled(element: Any, dialect: Dialect) -> Ready:
    replace: Any = _written_out
    written_out: Any = visitors.replacement_traverse(element, {}, replace)
    compiled = written_out.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("a statement is compiled to SQL")
    ingoing = _ingoing(compiled, dialect)
    constant = _constant(compiled, dict(ingoing))
    return Ready(
        sql=compiled.string,
        constant=constant,
        ingoing=tuple((name, process) for name, process in ingoing if name not in constant),
        outgoing=_outgoing(element, dialect),
        writes=not isinstance(element, (Select, CompoundSelect)),
    )


def _written_out(part: Any, **_: Any) -> ColumnElement[Any] | None:
    """A value that is always the same, as a part of the text; None for what stays as it is.

    As a parameter it would keep SQLite from using a partial index, or make it plan on every call.
    """
    if not isinstance(part, BindParameter) or part.required:
        return None
    value = part.value
    if isinstance(value, bool):
        return true() if value else false()
    if isinstance(value, int):
        return literal_column(str(value), part.type)
    if isinstance(value, str):
        return literal_column("'" + value.replace("'", "''") + "'", part.type)
    return None


def _ingoing(compiled: SQLCompiler, dialect: Dialect) -> tuple[tuple[str, Process], ...]:
    named = (
        (name, bound.type.dialect_impl(dialect).bind_processor(dialect))
        for bound, name in compiled.bind_names.items()
    )
    return tuple((name, process) for name, process in named if process)


def _constant(compiled: SQLCompiler, ingoing: dict[str, Process]) -> dict[str, Any]:
    """Values that were written into the statement: the same on every call."""
    return {
        name: ingoing[name](bound.value) if name in ingoing else bound.value
        for bound, name in compiled.bind_names.items()
        if not bound.required
    }


def _outgoing(element: Any, dialect: Dialect) -> tuple[tuple[int, Process], ...]:
    placed = (
        (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for index, column in enumerate(element.exported_columns)
    )
    return tuple((index, process) for index, process in placed if process)


# --- the usual ones ------------------------------------------------------------------------


def equal(table: Table, names: Iterable[str]) -> ColumnElement[bool]:
    """The condition that these columns equal the values of the same names."""
    return and_(*(table.c[name] == bindparam(name, type_=table.c[name].type) for name in names))


def any_of(column: ColumnElement[Any], *values: str) -> ColumnElement[bool]:
    """The condition that a column is one of these, each written into the statement."""
    return column.in_([literal(value, column.type) for value in values])


def values_of(table: Table, names: Iterable[str]) -> dict[str, Any]:
    """Each of these columns with the value of its own name."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


def chosen(table: Table, *keys: str) -> Select[Any]:
    """The whole row with this key."""
    return select(table).where(equal(table, keys))


def added(table: Table, *without: str) -> Insert:
    """A new row, of all columns but these."""
    names = [column.name for column in table.c if column.name not in without]
    return insert(table).values(values_of(table, names)).inline()


def changed(table: Table, keys: Iterable[str], names: Iterable[str]) -> Update:
    """These columns of the row with this key."""
    return update(table).where(equal(table, keys)).values(values_of(table, names))


def removed(table: Table, *keys: str) -> Delete:
    """The rows with these values, gone."""
    return delete(table).where(equal(table, keys))
