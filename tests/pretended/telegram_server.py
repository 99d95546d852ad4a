"""The HTTP side of a pretended Telegram: routes, tokens, bodies, answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from tests.pretended.telegram_asking import Asking
from tests.pretended.telegram_errors import ApiError
from tests.pretended.telegram_model import Call
from tests.pretended.telegram_params import Params, Upload
from tests.pretended.telegram_sending import Method, Sending
from tests.pretended.telegram_text import Json
from tests.pretended.telegram_weather import Failure, Weather
from tests.pretended.telegram_world import World

_LARGEST_BODY = 60 * 1024 * 1024
_DOWNLOAD = "download"

DROPPED = 444
"""What the log of calls says of a connection that was dropped."""


@dataclass(frozen=True)
class Answer:
    """What a request is answered with."""

    status: int
    body: Json | bytes

    @property
    def description(self) -> str:
        """Why it is not ok; nothing when it is."""
        return self.body.get("description", "") if isinstance(self.body, dict) else ""

    def response(self) -> web.Response:
        """The answer as HTTP."""
        if isinstance(self.body, bytes):
            return web.Response(body=self.body, content_type="application/octet-stream")
        return web.json_response(self.body, status=self.status)


class Server:
    """Listens on the loopback interface and answers as the Bot API does."""

    def __init__(self, world: World, weather: Weather, token: str) -> None:
        self._world = world
        self._weather = weather
        self._token = token
        self._asking = Asking(world)
        table = {**Sending(world).table(), **self._asking.table()}
        self._names = {name.lower(): name for name in [*table, "getUpdates"]}
        self._methods: dict[str, Method] = table
        self._runner: web.AppRunner | None = None
        self.handling = 0
        self.url = ""

    # ------------------------------------------------------------------ open and close

    async def open(self) -> None:
        """Start to listen, on a port that is free."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_route("*", "/{anything:.*}", self._nowhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Answer what still waits, then stop to listen."""
        self._weather.clear()
        self._world.queue.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # ------------------------------------------------------------------------ requests

    async def _call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _refused(ApiError(401, "Unauthorized")).response()
        written = request.match_info["method"]
        name = self._names.get(written.lower(), written)
        params = await _read(request)
        call = self._log(name, params)
        with self._busy(counts=name != "getUpdates"):
            return await self._weathered(request, call, lambda: self._perform(name, params))

    @contextmanager
    def _busy(self, *, counts: bool = True) -> Iterator[None]:
        """Count a request that is being handled; a long poll is none."""
        self.handling += counts
        try:
            yield
        finally:
            self.handling -= counts
            self._world.bell.ring()

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _refused(ApiError(401, "Unauthorized")).response()
        path = request.match_info["path"]
        call = self._log(_DOWNLOAD, Params({"path": path}))
        with self._busy():
            return await self._weathered(request, call, lambda: self._fetch(path))

    async def _nowhere(self, request: web.Request) -> web.Response:
        self._world.fault(f"unknown route {request.method} {self._without_token(request.path)}")
        self._world.bell.ring()
        return _refused(ApiError(404, "Not Found")).response()

    def _without_token(self, path: str) -> str:
        return path.replace(self._token, "<token>")

    def _log(self, name: str, params: Params) -> Call:
        call = Call(name, params.plain(), self._world.clock())
        self._world.calls.append(call)
        self._world.bell.ring()
        return call

    async def _weathered(
        self,
        request: web.Request,
        call: Call,
        perform: Callable[[], Awaitable[Answer]],
    ) -> web.Response:
        """Perform a request, or let it meet the trouble that was ordered for it."""
        try:
            answer = await self._answer(call.method, perform)
        except Exception as error:
            self._world.fault(f"{call.method} broke the pretended Telegram: {error!r}")
            raise
        if answer.status == DROPPED and request.transport is not None:
            request.transport.abort()
        call.status, call.description = answer.status, answer.description
        self._world.bell.ring()
        return answer.response()

    async def _answer(self, method: str, perform: Callable[[], Awaitable[Answer]]) -> Answer:
        failure = self._weather.next_failure(method)
        hang = self._weather.next_hang(method)
        if hang and not hang.after_effect:
            await hang.hold()
        if failure and not failure.after_effect:
            return _failed(failure)
        answer = await perform()
        if hang and hang.after_effect:
            await hang.hold()
        return _failed(failure) if failure else answer

    async def _perform(self, name: str, params: Params) -> Answer:
        try:
            result = await self._result(name, params)
        except ApiError as error:
            if error.is_fault:
                self._world.fault(f"{name}: {error.description}")
            return _refused(error)
        if params.unread:
            self._world.fault(f"{name}: unknown parameters {', '.join(params.unread)}")
        return Answer(200, {"ok": True, "result": result})

    async def _result(self, name: str, params: Params) -> Any:
        if name == "getUpdates":
            return await self._asking.get_updates(params)
        if name not in self._methods:
            self._world.fault(f"unknown method {name}")
            raise ApiError(404, "Not Found: method not found")
        return self._methods[name](params)

    async def _fetch(self, path: str) -> Answer:
        for file in self._world.files.values():
            if file.path == path and not file.is_gone:
                return Answer(200, file.content)
        return _refused(ApiError(404, "Not Found"))


async def _read(request: web.Request) -> Params:
    """The parameters of a request: from its address, form, JSON or parts."""
    values: Json = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await request.json()
    elif request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            assert part.name is not None
            if part.filename is None:
                values[part.name] = await part.text()
            else:
                uploads[part.name] = Upload(part.filename, bytes(await part.read()))
    else:
        values |= {name: str(value) for name, value in (await request.post()).items()}
    return Params(values, uploads)


def _refused(error: ApiError) -> Answer:
    return Answer(error.code, error.json())


def _failed(failure: Failure) -> Answer:
    """The ordered failure: an answer, or a connection that breaks off."""
    return Answer(DROPPED, {}) if failure.status is None else Answer(failure.status, failure.json())
