"""The clock's only task: to ask, every few seconds, what has become due.

APScheduler carries one interval and no business time: what is due, and when, the database says.
A tick that comes late, after a stall or a month of downtime, finds all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.desk import Outbox
from core.domain.refusals import Refused
from core.domain.reminders import ToRemind
from core.domain.units import PoolId
from core.engine import Engine
from core.reads import Closing, Reading
from core.usecases.closing import CloseChunk, close_chunk
from core.usecases.passing import PassTime, pass_time
from core.usecases.reminding import Remind, remind

log = logging.getLogger(__name__)

SECONDS_BETWEEN_TICKS = 10
DIGEST_FROM = time(18)
DIGEST_UNTIL = time(21)
"""When the day's digest is posted, by the pool's own clock. One that missed its evening waits for
the next: nothing is posted at night, and never two digests on one day."""


class Ticker:
    """Asks what is due, has it done, and wakes the delivery.

    `now` gives instants in UTC; `sweep` is called once a day, to let go of what is not kept;
    `hold` as often as it ticks, beside the ticks, because one may take long.
    """

    def __init__(
        self,
        engine: Engine,
        reading: Reading,
        outbox: Outbox,
        now: Callable[[], datetime],
        nudge: Callable[[], None],
        sweep: Callable[[datetime], Awaitable[None]],
        hold: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._reading = reading
        self._outbox = outbox
        self._now = now
        self._nudge = nudge
        self._sweep = sweep
        self._hold = hold
        self.ticked_at: datetime | None = None
        self._swept: date | None = None
        self._reminded: datetime | None = None
        self._scheduler: AsyncIOScheduler | None = None

    def start(self) -> None:
        """Hold on from now on, and tick once that is this process's role."""
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._every_few_seconds(self._hold)
        self._scheduler.start()

    def take_on(self) -> None:
        """Tick from now on."""
        self.ticked_at = self._now()
        self._every_few_seconds(self.tick)

    def _every_few_seconds(self, job: Callable[[], Awaitable[None]]) -> None:
        if self._scheduler is None:
            raise RuntimeError("the ticker has not been started")
        self._scheduler.add_job(
            job,
            "interval",
            seconds=SECONDS_BETWEEN_TICKS,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    def stop(self) -> None:
        """Tick no more. What a tick has handed to the writer is done all the same."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def tick(self) -> None:
        """Do all that is due at this instant. Whatever fails is tried at the next tick."""
        now = self._now()
        try:
            for pool in await self._reading.due(now):
                await self._pass_time(pool, now)
            for pool in await self._reading.behind(now):
                await self._close_months(pool, now)
            await self._remind_once_an_hour(now)
            for pool in await self._outbox.digests_due(now):
                await self._digest(pool, now)
            await self._sweep_once_a_day(now)
            self.ticked_at = now
        except Exception:  # a door: the next tick comes whatever happened in this
            log.exception("a tick failed")
        self._nudge()

    async def _pass_time(self, pool: PoolId, now: datetime) -> None:
        """Let a pool catch up; a pool that cannot does not hold up the others."""
        key = f"job:pass:{pool}:{now.isoformat(timespec='seconds')}"
        try:
            await self._engine.run(pass_time, PassTime(pool), key)
        except Exception:  # as above
            log.exception("time does not pass in pool %s", pool)

    async def _close_months(self, pool: PoolId, now: datetime) -> None:
        """Close a pool's months that are over, chunk by chunk, in their order."""
        try:
            part = await self._reading.closing(pool, now)
            while part is not None:
                await self._close(pool, part)
                done, part = part, await self._reading.closing(pool, now)
                if part == done:
                    break
        except Exception:  # as above
            log.exception("a month of pool %s cannot be closed", pool)

    async def _close(self, pool: PoolId, part: Closing) -> None:
        """Do one part of a close, unless somebody else has."""
        key = f"job:close:{pool}:{part.month}:{part.step}:{part.after}"
        chunk = CloseChunk(pool, part.month, part.step, part.after, part.figures)
        # Refused is one whose figures were counted anew: the first ones stand.
        with suppress(Refused):
            await self._engine.run(close_chunk, chunk, key)

    async def _remind_once_an_hour(self, now: datetime) -> None:
        """Look what members are to be reminded of; whoever sleeps is asked for at a later hour."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._reminded == hour:
            return
        for pool in await self._reading.pools():
            for each in await self._reading.to_remind(pool, now):
                await self._remind(pool, each, hour)
        self._reminded = hour

    async def _remind(self, pool: PoolId, each: ToRemind, hour: datetime) -> None:
        key = f"job:remind:{pool}:{each.member}:{hour.isoformat(timespec='hours')}"
        # Refused is the same hour with other contents: the bot was started anew in between.
        with suppress(Refused):
            await self._engine.run(remind, Remind(pool, each.member, each.items), key)

    async def _sweep_once_a_day(self, now: datetime) -> None:
        if self._swept != now.date():
            await self._sweep(now)
            self._swept = now.date()

    async def _digest(self, pool: PoolId, now: datetime) -> None:
        """Queue the day's digest once its hour has come; queueing it takes what was gathered."""
        found = await self._reading.pool(pool)
        if found is None:
            return
        if found.quiet:
            await self._outbox.drop_digest(pool)
            return
        since = digest_hour(now, found.time_zone)
        if since is not None and pool in await self._outbox.digests_due(since):
            await self._outbox.digest(pool, now)


def digest_hour(now: datetime, time_zone: str) -> datetime | None:
    """Today's hour of the digest as an instant, when it has come and the evening is not over."""
    local = now.astimezone(ZoneInfo(time_zone))
    if not DIGEST_FROM <= local.time() < DIGEST_UNTIL:
        return None
    return datetime.combine(local.date(), DIGEST_FROM, local.tzinfo).astimezone(UTC)
