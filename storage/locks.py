"""Locks on a SQLite file: one process writes at a time, and one bot only lives on it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock or a lease. `since` and a lease's `until` are instants in UTC, as text."""

    pid: int
    host: str
    since: str
    until: str = ""


class AlreadyRunning(Exception):
    """Another bot lives on this database; `holder` is who, where it could be read."""

    def __init__(self, holder: Holder | None) -> None:
        who = (
            f"process {holder.pid} on {holder.host}, since {holder.since}"
            if holder
            else "a process"
        )
        dead = holder and holder.until and f"; if it has died, start again after {holder.until}"
        super().__init__(f"another bot uses this database: {who}{dead or ''}")
        self.holder = holder


class WriteLock:
    """A lock file beside the database: its holder alone writes and checkpoints.

    SQLite's own lock would do for the rows, but not for the write-ahead log: several connections
    that write and checkpoint could damage it before SQLite 3.51.3.
    """

    def __init__(self, database: Path) -> None:
        self._file = _opened(database.with_name(database.name + ".lock"))

    def take(self) -> None:
        """Wait until nobody else writes."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def free(self) -> None:
        """Let the others write."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the lock file back."""
        os.close(self._file)


@contextmanager
def hold_bot_lock(database: Path, now: datetime) -> Iterator[None]:
    """Be the only bot on this file, while the context lasts. A process that dies lets go.

    Raises:
        AlreadyRunning: when another one is.
    """
    file = _opened(database.with_name(database.name + ".bot"))
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_holder(file)) from None
        _sign(file, now)
        yield
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def _opened(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def _sign(file: int, now: datetime) -> None:
    holder = Holder(os.getpid(), socket.gethostname(), now.isoformat(timespec="seconds"))
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(asdict(holder)).encode(), 0)


def _holder(file: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(file, 1000, 0)))
    except (ValueError, TypeError):
        return None
