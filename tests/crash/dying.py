"""A process that confirms one commitment and dies by SIGKILL at a chosen statement."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from typing import Any

from core.domain.units import Number, PoolId
from core.engine import Engine
from core.usecases.commitments import Confirm, confirm
from core.usecases.standing import By
from storage.database import Session
from storage.house import open_house

KEY = "local:the confirmation"


def confirm_and_die(url: str, pool: int, steward: str, number: int, at_statement: int) -> None:
    """Confirm, and be killed before the statement of this number (counted from 1) is run.

    COMMIT counts as one, and so does the answer after it: nothing was told yet then.
    """
    die_before(at_statement)
    asyncio.run(_confirm(url, pool, steward, number))


def die_before(at_statement: int) -> None:
    """Have this process killed before the statement of this number."""
    left = at_statement

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(inner: Any) -> Any:
        def run(*args: Any, **values: Any) -> Any:
            count()
            return inner(*args, **values)

        return run

    def committed(inner: Any) -> Any:
        def run(*args: Any, **values: Any) -> Any:
            count()
            done = inner(*args, **values)
            count()
            return done

        return run

    kinds: list[Any] = [Session, *Session.__subclasses__()]
    for kind in kinds:
        for name in ("row", "rows", "write", "write_all", "savepoint", "release", "begin"):
            if name in vars(kind):
                setattr(kind, name, counted(vars(kind)[name]))
        if "commit" in vars(kind):
            kind.commit = committed(vars(kind)["commit"])


async def _confirm(url: str, pool: int, steward: str, number: int) -> None:
    house = await open_house(url, lambda: datetime.now(UTC), os.urandom, migrate=False)
    command = Confirm(PoolId(pool), By("local", steward), (Number(number),))
    await Engine(house.writer).run(confirm, command, KEY, f"local:{steward}")
    await house.close()
