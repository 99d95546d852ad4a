"""Trouble with the database, on order: the n-th call of the writer fails, or all from there on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from storage.database import PostgresSession, Session, SqliteSession

CALLS = ("row", "rows", "write", "write_all", "begin", "savepoint", "release", "undo", "commit")


@dataclass
class Trouble:
    """Lets the n-th call from now on fail (counted from 1), and those behind it if `lasting`.

    With `after`, a commit takes effect before it fails, as when the line breaks behind it.
    """

    left: int = 0
    lasting: bool = False
    after: bool = False
    only: str = ""
    hits: int = 0

    def meets(self, name: str) -> bool:
        """Whether this call is to fail. Those who only read have no trouble."""
        if not threading.current_thread().name.startswith("writer"):
            return False
        if not self.left or (self.only and name != self.only):
            return False
        if self.left > 1:
            self.left -= 1
            return False
        if not self.lasting:
            self.left = 0
        self.hits += 1
        return True

    def end(self) -> int:
        """Back to fair weather; how often something failed."""
        hits = self.hits
        self.left = self.hits = 0
        return hits


def cause(monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """What can be told to go wrong in the database's sessions."""
    trouble = Trouble()
    for kind in (Session, SqliteSession, PostgresSession):
        for name in CALLS:
            if name in vars(kind):
                monkeypatch.setattr(kind, name, _troubled(trouble, name, vars(kind)[name]))
    return trouble


def _troubled(trouble: Trouble, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    def call(session: Session, *args: Any, **values: Any) -> Any:
        if not trouble.meets(name):
            return inner(session, *args, **values)
        if trouble.after:
            inner(session, *args, **values)
        if isinstance(session, SqliteSession):
            raise sqlite3.OperationalError("disk I/O error")
        raise psycopg.errors.IoError("could not write to the disk")

    return call
