"""The other way in: Telegram brings each update to an address of ours (a webhook).

It lands in the same inbox as what is asked for. Telegram is told that an update arrived once it is
stored; until then, and after any trouble, it brings it again, and what is known is left as it is.
Whoever does not know the secret is turned away before a word of theirs is read.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot

from bots.platform import TryLater
from bots.telegram_bot.wire import ALLOWED_UPDATES

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
BYTES_MAX = 1024 * 1024
"""More than any update; photos are fetched apart."""

CONNECTIONS = 1
"""Telegram brings one update after the other, so that those of one chat stay in order."""

STOP_SECONDS = 2.0

Take = Callable[[dict[str, Any]], Awaitable[None]]
"""Stores one update."""


class Hook:
    """Listens where a web server passes on what comes to `url`, and takes updates in."""

    def __init__(self, url: str, secret: str, listen: str, take: Take) -> None:
        self._url = url
        self._secret = secret.encode()
        self._take = take
        parts = urlsplit(f"//{listen}")
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._runner: web.AppRunner | None = None

    async def open(self, bot: Bot) -> None:
        """Listen, then have Telegram bring updates.

        Raises:
            OSError: that address cannot be listened to.
            telegram.error.TelegramError: Telegram does not take the address.
        """
        app = web.Application(client_max_size=BYTES_MAX)
        app.router.add_post(urlsplit(self._url).path or "/", self._brought)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        await bot.set_webhook(
            self._url,
            secret_token=self._secret.decode(),
            allowed_updates=ALLOWED_UPDATES,
            max_connections=CONNECTIONS,
        )
        log.info("Telegram brings updates to %s:%s", self._host, self._port)

    async def close(self) -> None:
        """Listen no more. Telegram keeps what it cannot bring, for a day."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _brought(self, request: web.Request) -> web.Response:
        said = request.headers.get(HEADER, "")
        if not compare_digest(said.encode("utf-8", "surrogateescape"), self._secret):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        update = _read(await request.read())
        if update is None:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return web.Response(status=await self._taken(update))

    async def _taken(self, update: dict[str, Any]) -> HTTPStatus:
        try:
            await self._take(update)
        except TryLater:
            return HTTPStatus.SERVICE_UNAVAILABLE
        except Exception:  # a door: Telegram brings it again
            log.exception("an update could not be taken in")
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK


def _read(body: bytes) -> dict[str, Any] | None:
    """An update as Telegram writes it; None for anything else."""
    try:
        update = json.loads(body)
    except ValueError:
        return None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        return None
    return update
