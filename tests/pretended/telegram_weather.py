"""Failures on order: errors, dropped connections, answers that hang."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from tests.patience import PATIENCE
from tests.pretended.telegram_errors import ApiError, too_many
from tests.pretended.telegram_text import Json
from tests.pretended.telegram_updates import Bell


@dataclass
class Failure:
    """The next calls of a method fail. Without a status the connection is dropped."""

    method: str
    status: int | None
    description: str | None
    retry_after: int | None
    times: int
    after_effect: bool

    def json(self) -> Json:
        """The body of the failing answer."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return too_many(self.retry_after or 1).json()
        assert self.status is not None
        phrase = self.description or HTTPStatus(self.status).phrase
        return ApiError(self.status, phrase).json()


class Hang:
    """The next calls of a method get no answer until they are released, or for some seconds."""

    def __init__(
        self, method: str, times: int, after_effect: bool, seconds: float | None, bell: Bell
    ) -> None:
        self.method = method
        self.times = times
        self.after_effect = after_effect
        self.seconds = seconds
        self.held = 0
        self._bell = bell
        self._released = asyncio.Event()

    async def hold(self) -> None:
        """Keep the request waiting."""
        self.held += 1
        self._bell.ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                await self._released.wait()

    async def reached(self, calls: int = 1, seconds: float = PATIENCE) -> None:
        """Wait until so many calls hang here."""
        await self._bell.until(lambda: self.held >= calls, seconds)

    def release(self) -> None:
        """Let the held calls be answered, and hold no more."""
        self.times = 0
        self._released.set()


class Weather:
    """What is going to go wrong."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._failures: list[Failure] = []
        self._hangs: list[Hang] = []

    def add_failure(self, failure: Failure) -> None:
        """Let calls fail."""
        self._failures.append(failure)

    def add_hang(self, method: str, times: int, after_effect: bool, seconds: float | None) -> Hang:
        """Let calls hang."""
        hang = Hang(method, times, after_effect, seconds, self._bell)
        self._hangs.append(hang)
        return hang

    def next_failure(self, method: str) -> Failure | None:
        """The failure that this call meets, if any; it is used up."""
        return next((one for one in self._failures if _meets(one, method)), None)

    def next_hang(self, method: str) -> Hang | None:
        """The hang that this call meets, if any; it is used up."""
        return next((one for one in self._hangs if _meets(one, method)), None)

    def clear(self) -> None:
        """Good weather: release what hangs, and fail no more."""
        for hang in self._hangs:
            hang.release()
        self._failures.clear()
        self._hangs.clear()


def _meets(trouble: Failure | Hang, method: str) -> bool:
    if trouble.method.lower() != method.lower() or trouble.times <= 0:
        return False
    trouble.times -= 1
    return True
