"""A long journal at once, and what a server knows of it."""

from __future__ import annotations

from storage import tables
from storage.database import database_of, opener

NUMBERS_POSTGRES = "SELECT n FROM generate_series(1, {}) AS s(n)"
NUMBERS_SQLITE = (
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s"
)


def lengthen(url: str, pool: int, entries: int) -> None:
    """Copy the last entry so many times as transfers within the month."""
    session = opener(database_of(url), writes=True)()
    run = session.connection.execute
    numbers = (NUMBERS_POSTGRES if session.dialect.name == "postgresql" else NUMBERS_SQLITE).format(
        entries
    )
    session.begin()
    for table, key in (("entry", "number"), ("posting", "entry")):
        names = [column.name for column in tables.metadata.tables[table].c]
        taken = [
            {key: f"last.{key} + 100000 + n.n", "place": "last.place + n.n"}.get(
                name, f'last."{name}"'
            )
            for name in names
        ]
        listed = ", ".join(f'"{name}"' for name in names)
        run(
            f"INSERT INTO {table} ({listed}) SELECT {', '.join(taken)} FROM ({numbers}) AS n,"  # noqa: S608
            f" (SELECT * FROM {table} WHERE pool_id = {pool} ORDER BY {key} DESC LIMIT 1) AS last"
        )
    run(f"UPDATE pool SET place = place + {entries}, next_number = next_number + 1000000")  # noqa: S608
    session.commit()
    session.close()
    analyze(url)


def analyze(url: str) -> None:
    """New statistics: a server makes them by itself, unless its autovacuum is off, as it may be
    for tests. SQLite has those that it is given.
    """
    session = opener(database_of(url), writes=True)()
    if session.dialect.name == "postgresql":
        session.connection.execute("ANALYZE")
    session.close()
