"""The ledger's tables are only ever added to: the database itself refuses all else.

Only the notes beside the entries can be erased; they are not in these tables.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement

from storage import tables

REFUSAL = "the ledger is append-only"

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$
"""

POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
EXECUTE FUNCTION ledger_is_append_only()
"""


def _guard(table: Table) -> None:
    for verb in ("update", "delete"):
        sql = SQLITE.format(table=table.name, verb=verb, refusal=REFUSAL)
        event.listen(table, "after_create", _ddl(sql, "sqlite"))
    for sql in (POSTGRES_FUNCTION.format(refusal=REFUSAL), POSTGRES.format(table=table.name)):
        event.listen(table, "after_create", _ddl(sql, "postgresql"))


def _ddl(sql: str, dialect: str) -> ExecutableDDLElement:
    ddl: ExecutableDDLElement = DDL(sql).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    return ddl


def guard() -> None:
    """Have the triggers made together with the tables. Called once, by `storage.migrate`."""
    for table in (tables.entry, tables.posting):
        _guard(table)
