"""Every statement there is, held against a real database of each kind."""

from __future__ import annotations

import importlib
import pkgutil

import storage
from storage.database import database_of, opener
from storage.statements import Statement
from storage.work import Kept


def _statements() -> dict[str, Statement]:
    found = {}
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        if module.ispkg:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Statement):
                found[f"{module.name}.{name}"] = value
            if isinstance(value, Kept):
                for verb in ("get", "add", "save"):
                    found[f"{module.name}.{name}.{verb}"] = getattr(value, verb)
    return found


async def test_every_statement_can_be_prepared(url, house):
    """What the database cannot parse, or what names no column, fails here at once."""
    statements = _statements()
    assert len(statements) > 100
    session = opener(database_of(url), writes=True)()
    try:
        for name, statement in statements.items():
            ready = statement.ready(session.dialect)
            values = dict.fromkeys(_names(ready.sql)) | ready.constant
            try:
                session.connection.execute(f"EXPLAIN {ready.sql}", values)
            except Exception as error:
                raise AssertionError(f"{name}: {ready.sql}") from error
    finally:
        session.close()


def _names(sql: str) -> list[str]:
    import re

    return re.findall(r"%\((\w+)\)s", sql) or re.findall(r":(\w+)", sql)
