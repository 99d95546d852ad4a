"""Time passes until what a trouble put off was said, and no more of it than is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import func, select

from bots.app import App
from bots.local_bot.stage import Moment
from storage import tables
from storage.statements import Statement, any_of

STEP = timedelta(seconds=5)
PUT_OFF = Statement(
    lambda: select(func.count()).where(
        any_of(tables.outbox.c.state, "waiting", "claimed"), tables.outbox.c.reason != ""
    )
)
"""Rows that were tried. What waits for its day, as a digest does, was not, and goes on waiting."""


class Passing:
    """The clock of a stage on which things are put off."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._ahead = timedelta()

    async def until_said(self, app: App, settled: Callable[[], Awaitable[None]]) -> None:
        """Go on until nothing is put off any more."""
        await settled()
        while await self._put_off(app):
            self._moment.now += STEP
            self._ahead += STEP
            app.delivery.nudge()
            await settled()

    async def _put_off(self, app: App) -> int:
        row = await app.house.asker.row(PUT_OFF)
        assert row is not None
        return int(row[0])

    def left_of(self, by: timedelta) -> timedelta:
        """What of a wait has not passed already."""
        passed = min(by, self._ahead)
        self._ahead -= passed
        return by - passed
