"""Two small pages for whoever watches over the bot: `/health` and `/metrics`.

Answered by hand: it takes a line of a request and gives a few lines back, so no web server is
loaded for it. Nothing on them is anybody's secret, and nothing can be done there.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bots.health import Health
from bots.metrics import NoMetrics

log = logging.getLogger(__name__)

READ_SECONDS = 5
LINE_MAX = 8_192
JSON = "application/json"
FIGURES = "text/plain; version=0.0.4; charset=utf-8"
REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}

Page = tuple[int, str, bytes]
NOT_FOUND: Page = (404, "text/plain", b"/health or /metrics\n")
NO_FIGURES: Page = (404, "text/plain", b"Install the extra: pip install '.[metrics]'\n")
NOT_ALLOWED: Page = (405, "text/plain", b"GET only\n")


@asynccontextmanager
async def watched(
    address: tuple[str, int] | None, ask: Callable[[], Awaitable[Health]], metrics: NoMetrics
) -> AsyncIterator[int]:
    """Answer at this address while the context is open; gives the port. None: answer nowhere.

    Raises:
        OSError: the address cannot be listened to.
    """
    if address is None:
        yield 0
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                _write(writer, *await _page(request, ask, metrics))
                await writer.drain()
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            log.info("a question for the bot's health was not put to its end")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, *address, limit=LINE_MAX)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _page(request: bytes, ask: Callable[[], Awaitable[Health]], metrics: NoMetrics) -> Page:
    method, _, rest = request.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if method != b"GET":
        return NOT_ALLOWED
    if path == b"/health":
        health = await ask()
        return (200 if health.well else 503), JSON, _told(health)
    if path == b"/metrics":
        text = metrics.text(await ask())
        return NO_FIGURES if text is None else (200, FIGURES, text)
    return NOT_FOUND


def _told(health: Health) -> bytes:
    said = {
        "well": health.well,
        "rooms": dict(health.rooms),
        "ticks": health.ticks,
        "writes": health.writes,
        "outbox": {
            "waiting": health.waiting,
            "late_seconds": int(health.said_late.total_seconds()),
            "given_up": health.given_up,
        },
        "inbox": {"late_seconds": int(health.heard_late.total_seconds())},
        "rollover": {"late_seconds": int(health.behind.total_seconds())},
    }
    return json.dumps(said).encode() + b"\n"


def _write(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> None:
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
