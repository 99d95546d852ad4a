"""What SQLite's planner is told about the tables, so that its plans are the same on every file.

Without statistics it takes a pool for a handful of rows, and reads a whole journal where an index
would find one member's part. Real statistics (ANALYZE) depend on the day they were taken; these
are rough, but they say what always holds: a pool has many rows, a whole key has one.
"""

from __future__ import annotations

from sqlalchemy import Connection

ROWS = 1_000_000
IN_A_POOL = 100_000
NARROWS = 1_000
"""How many times fewer rows each further column leaves."""


def tell(connection: Connection) -> None:
    """Write the statistics; connections that are opened from now on plan with them."""
    connection.exec_driver_sql("ANALYZE")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    for (table,) in tables.fetchall():
        _tell_of(connection, table)


def _tell_of(connection: Connection, table: str) -> None:
    indexes = connection.exec_driver_sql(f'PRAGMA index_list("{table}")').fetchall()
    for _, index, unique, origin, partial in indexes:
        columns = connection.exec_driver_sql(f'PRAGMA index_info("{index}")').fetchall()
        names = [column[2] for column in columns]
        # The key of a table without row ids goes by the name of the table.
        known_as = table if origin == "pk" else index
        connection.exec_driver_sql(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
            (table, known_as, _statistic(names, bool(unique), bool(partial))),
        )


def _statistic(columns: list[str], unique: bool, partial: bool) -> str:
    """Rows in all, then how many are alike in the first column, the first two, and so on."""
    total = rows = ROWS // NARROWS if partial else ROWS
    alike = []
    for name in columns:
        rows = min(IN_A_POOL, total) if name == "pool_id" else max(rows // NARROWS, 10)
        alike.append(rows)
    if unique:
        alike[-1] = 1
    return " ".join(map(str, [total, *alike]))
