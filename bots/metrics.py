"""Figures for Prometheus, where its library is installed (`pip install '.[metrics]'`).

They say how fast people are answered, what waits, and what the platforms did not take. No label
holds an id or a name: a platform and a kind of failure are all that figures are told apart by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bots.health import Health

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; an answer is wanted well under five."""


class NoMetrics:
    """Stands where nobody asks for figures: it counts nothing."""

    @contextmanager
    def answering(self, platform: str) -> Iterator[None]:
        """Nothing is measured."""
        del platform
        yield

    def failed(self, platform: str, kind: str) -> None:
        """Nothing is counted."""

    def text(self, health: Health) -> bytes | None:
        """None: there are no figures."""
        del health
        return None


class Metrics(NoMetrics):
    """Counts what happens; `clock` gives seconds that only grow.

    Raises:
        ImportError: the library is not installed.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._clock = clock
        self._registry: CollectorRegistry = CollectorRegistry()
        self._answers = Histogram(
            "poolkeeper_answer_seconds",
            "From a call's arrival at the desk to its answer",
            ("platform",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._failures = Counter(
            "poolkeeper_send_failures",
            "Messages that a platform did not take, by what it said",
            ("platform", "kind"),
            registry=self._registry,
        )

        def gauge(name: str, about: str) -> Gauge:
            return Gauge(f"poolkeeper_{name}", about, registry=self._registry)

        self._waiting = gauge("outbox_waiting", "Messages that wait to be sent")
        self._said_late = gauge("outbox_age_seconds", "For how long the oldest message is due")
        self._heard_late = gauge("inbox_age_seconds", "For how long the oldest update waits")
        self._given_up = gauge("outbox_given_up", "Messages that were given up")
        self._behind = gauge("rollover_lag_seconds", "For how long a month's end is not closed")
        self._well = gauge("well", "1 when all is well, else 0")

    @contextmanager
    def answering(self, platform: str) -> Iterator[None]:
        """Measure how long an answer takes."""
        since = self._clock()
        try:
            yield
        finally:
            self._answers.labels(platform).observe(self._clock() - since)

    def failed(self, platform: str, kind: str) -> None:
        """Count a message that a platform did not take."""
        self._failures.labels(platform, kind).inc()

    def text(self, health: Health) -> bytes:
        """All figures, as Prometheus reads them."""
        from prometheus_client import generate_latest

        self._waiting.set(health.waiting)
        self._given_up.set(health.given_up)
        self._said_late.set(health.said_late.total_seconds())
        self._heard_late.set(health.heard_late.total_seconds())
        self._behind.set(health.behind.total_seconds())
        self._well.set(health.well)
        return generate_latest(self._registry)


def metrics_or_none(clock: Callable[[], float]) -> NoMetrics:
    """Figures where the library is there, else none."""
    try:
        return Metrics(clock)
    except ImportError:
        return NoMetrics()
