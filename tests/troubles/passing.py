"""Time passes until what a trouble put off was said."""

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


async def until_said(app: App, moment: Moment, settled: Callable[[], Awaitable[None]]) -> None:
    """Let time pass until nothing is put off any more."""
    await settled()
    while await _put_off(app):
        moment.now += STEP
        app.delivery.nudge()
        await settled()


async def _put_off(app: App) -> int:
    row = await app.house.asker.row(PUT_OFF)
    assert row is not None
    return int(row[0])
