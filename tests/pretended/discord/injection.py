"""Making the pretended Discord fail on purpose."""

import asyncio
import re
from dataclasses import dataclass, field


def compile_route(pattern: str) -> re.Pattern[str]:
    """A route pattern as a regular expression.

    ``*`` stands for one piece between slashes, ``**`` for all that follows:
    ``POST /channels/*/messages``, ``* /webhooks/**``.
    """
    escaped = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/ ]+")
    return re.compile(escaped)


@dataclass
class Failure:
    """What answers a call instead of the truth.

    ``status`` ``None`` cuts the connection without an answer.
    """

    route: re.Pattern[str]
    status: int | None
    code: int | None = None
    message: str | None = None
    retry_after: float | None = None
    times: int = 1
    after_effect: bool = False
    used: int = 0

    def takes(self, call: str) -> bool:
        """Whether this call is to fail; counts it."""
        if self.used >= self.times or not self.route.fullmatch(call):
            return False
        self.used += 1
        return True


@dataclass
class Hang:
    """Calls that wait for the test's leave before they have any effect."""

    route: re.Pattern[str]
    released: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let the waiting calls go on, and those to come."""
        self.released.set()

    async def wait(self) -> None:
        """Wait, as a call."""
        self.reached.set()
        await self.released.wait()


class Injection:
    """The failures and hangs that a test has asked for."""

    def __init__(self) -> None:
        self._failures: list[Failure] = []
        self._hangs: list[Hang] = []

    def add(self, failure: Failure) -> Failure:
        """Fail like this from now on."""
        self._failures.append(failure)
        return failure

    def hang(self, pattern: str) -> Hang:
        """Hold back the calls of this route."""
        hang = Hang(compile_route(pattern))
        self._hangs.append(hang)
        return hang

    def failure_for(self, call: str) -> Failure | None:
        """The failure that this call meets, if any."""
        return next((failure for failure in self._failures if failure.takes(call)), None)

    async def hold(self, call: str) -> None:
        """Wait where the test holds this call back."""
        for hang in self._hangs:
            if not hang.released.is_set() and hang.route.fullmatch(call):
                await hang.wait()

    def clear(self) -> None:
        """Fail no more, and hold nothing back."""
        self.release_all()
        self._failures.clear()
        self._hangs.clear()

    def release_all(self) -> None:
        """Nothing waits any more."""
        for hang in self._hangs:
            hang.release()
