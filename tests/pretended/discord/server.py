"""The pretended Discord as a server on this machine, and the test's view of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import yarl
from aiohttp import web

from tests.pretended.discord.acts import Acts
from tests.pretended.discord.answers import Answers
from tests.pretended.discord.clock import Clock, real_clock
from tests.pretended.discord.errors import ApiError, Fault, unauthorized
from tests.pretended.discord.injection import Failure
from tests.pretended.discord.messages import Message, Upload
from tests.pretended.discord.places import Channel, User
from tests.pretended.discord.routing import Request, RouteTable
from tests.pretended.discord.world import Call

API = "/api/v10"
NO_CONTENT = 204
# Generous on purpose: how a bot takes a 429 is tried with ``fail``.
LIMITS = {
    "X-RateLimit-Limit": "10000",
    "X-RateLimit-Remaining": "9999",
    "X-RateLimit-Reset-After": "1.000",
}


class PretendedDiscord(Acts):
    """Discord's REST API and gateway on 127.0.0.1, as strict as the real ones.

    Use it as ``async with PretendedDiscord() as discord_server:``. When the
    block ends well, it fails on every fault that was not forgiven: routes that
    do not exist, bodies that Discord would refuse, second or late
    acknowledgements, people who were left without an answer.

    How an unmodified discord.py comes here: the library takes the base of every
    REST call from ``discord.http.Route.BASE`` and its first gateway from
    ``discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY``, and has no setting for
    either. Production code sets both once from DISCORD_API_URL and
    DISCORD_GATEWAY_URL before it logs in; ``reroute()`` does so for a test that
    uses the library directly, and puts them back.

    Args:
        clock: What the time is. ``HandClock`` stands still until it is moved,
            which makes the deadlines of 3 seconds and 15 minutes testable.
    """

    def __init__(self, clock: Clock = real_clock) -> None:
        super().__init__(clock)
        self._table = RouteTable(Answers)
        self._answers = Answers(self)
        self._runner: web.AppRunner | None = None

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_get("/gateway", self.gateway.serve)
        application.router.add_get("/gateway/", self.gateway.serve)
        application.router.add_get("/cdn/{path:.*}", self._serve_file)
        application.router.add_route("*", "/{path:.*}", self._serve_rest)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.origin = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}/gateway/"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.injection.release_all()
        await self.gateway.close_all()
        if self._runner:
            await self._runner.cleanup()
        if error is None:
            self.assert_no_faults()

    @property
    def api_url(self) -> str:
        """The base of the REST API, for DISCORD_API_URL."""
        return self.origin + API

    @property
    def gateway_url(self) -> str:
        """The gateway, for DISCORD_GATEWAY_URL."""
        return self.gateway.url

    @contextmanager
    def reroute(self) -> Iterator[None]:
        """Point discord.py here, for as long as the block lasts."""
        import discord.gateway
        import discord.http

        route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
        before = route.BASE, socket.DEFAULT_GATEWAY
        route.BASE, socket.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)
        try:
            yield
        finally:
            route.BASE, socket.DEFAULT_GATEWAY = before

    # ------------------------------------------------------------ a look at the result

    def messages(self, channel: Channel, seen_by: User | None = None) -> list[Message]:
        """The bot's messages that stand in a channel, oldest first.

        Args:
            channel: Where.
            seen_by: Only what this person sees. Without it, everybody's private
                answers are among them.
        """
        return [
            message
            for message in channel.contents.values()
            if message.author is self.bot_user
            and not message.deleted
            and (seen_by is None or message.visible_to in (None, seen_by))
        ]

    def dms(self, user: User) -> list[Message]:
        """What the bot wrote to somebody in direct messages."""
        return self.messages(self.dm(user))

    # ------------------------------------------------------------ answering calls

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        kept = self.uploads.get(request.path)
        if kept is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=kept.content, content_type=kept.content_type)

    async def _serve_rest(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        call = f"{request.method} {path}"
        await self.injection.hold(call)
        failure = self.injection.failure_for(call)
        body: Any = None
        try:
            if failure and not failure.after_effect:
                return self._fail(request, failure)
            read = await _read(request, path)
            body = read.body
            response = self._answer(request, read)
            if failure:
                return self._fail(request, failure)
        except ApiError as error:
            response = self._refuse(call, error)
        except Exception as error:  # noqa: BLE001 - the door of the server
            self.faults.append(Fault("the pretended Discord broke", f"{call}: {error!r}"))
            response = _json({"message": repr(error), "code": 0}, status=503)
        status = failure.status if failure else response.status
        self.calls.append(Call(request.method, path, status, body))
        self.board.notify()
        return response

    def _answer(self, request: web.Request, read: Request) -> web.Response:
        matched = self._table.match(read.method, read.path)
        if matched is None or not request.path.startswith(API):
            self.fault("unknown route", f"{request.method} {request.path}")
            raise ApiError(404, 0, "404: Not Found")
        found, read.parts = matched
        if found.with_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()
        result = getattr(self._answers, found.handler)(read)
        headers = LIMITS | {"X-RateLimit-Bucket": f"{found.method} {found.path}"}
        headers["X-RateLimit-Reset"] = f"{self.clock().timestamp() + 1:.3f}"
        if result is None:
            return web.Response(status=NO_CONTENT, headers=headers)
        return _json(result, headers=headers)

    def _refuse(self, call: str, error: ApiError) -> web.Response:
        if error.fault:
            told = f" {json.dumps(error.errors)}" if error.errors else ""
            self.fault("broken rule", f"{call}: {error.code} {error.message}{told}")
        return _json(error.body(), status=error.status)

    def _fail(self, request: web.Request, failure: Failure) -> web.Response:
        path = request.path.removeprefix(API)
        self.calls.append(Call(request.method, path, failure.status, None))
        self.board.notify()
        if failure.status is None:
            if request.transport:
                request.transport.abort()
            return web.Response(status=503)
        if failure.status == 429:
            return _too_many(failure)
        message = failure.message or f"{failure.status}: made to fail"
        return _json({"message": message, "code": failure.code or 0}, status=failure.status)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer in JSON; like Discord, and unlike aiohttp, without naming a charset."""
    packed = json.dumps(body).encode()
    return web.Response(
        body=packed, status=status, headers=headers, content_type="application/json"
    )


def _too_many(failure: Failure) -> web.Response:
    seconds = 1.0 if failure.retry_after is None else failure.retry_after
    body: dict[str, Any] = {"message": "You are being rate limited."}
    body |= {"retry_after": seconds, "global": False}
    if failure.code:
        body["code"] = failure.code
    headers = {
        "Retry-After": str(max(1, round(seconds))),
        "Via": "1.1 google",
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": f"{seconds:.3f}",
        "X-RateLimit-Scope": "user",
    }
    return _json(body, status=429, headers=headers)


async def _read(request: web.Request, path: str) -> Request:
    read = Request(request.method, path, dict(request.query), None)
    if request.content_type.startswith("multipart/"):
        await _read_parts(request, read)
    elif raw := await request.read():
        read.body = _parse(raw)
    return read


async def _read_parts(request: web.Request, read: Request) -> None:
    form = await request.post()
    for name, value in form.items():
        if name == "payload_json":
            read.body = _parse(str(value).encode())
        elif name.startswith("files[") and isinstance(value, web.FileField):
            key = name.removeprefix("files[").removesuffix("]")
            read.files[key] = Upload(value.filename, value.file.read(), value.content_type)
            value.file.close()


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        message = "The request body contains invalid JSON."
        raise ApiError(400, 50109, message, fault=True) from None
