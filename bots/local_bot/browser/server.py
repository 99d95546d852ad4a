"""Serves the page on this computer: a document a person, a stream of what is said, a few acts."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from bots.local_bot.bot import Post
from bots.local_bot.browser.document import clock_words, document, static
from bots.local_bot.browser.drawing import Drawn, drawn
from bots.local_bot.browser.listening import Listening
from bots.local_bot.guessing import Guessing
from bots.local_bot.talk import Entry, Talk
from bots.pictures import suffix_of
from bots.replies import says
from bots.words import spoken

SECRET_LETTERS = 26
"""About 130 bits: nobody guesses that."""

BYTES_MAX = 20 * 1024 * 1024
"""More than any photo; what is too large for the pool is explained by the bot."""

GUESSES_MAX = 8
SECONDS_BETWEEN_SIGNS = 30.0
"""How often a page that hears nothing is told the time: so a page that is gone is noticed."""

STOP_SECONDS = 2.0

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""With every answer: kept nowhere, shown in no other page, nothing runs but the page's own file."""

FILES = {"icon.svg": "image/svg+xml", "page.css": "text/css", "page.js": "text/javascript"}


@asynccontextmanager
async def serving(talk: Talk, listening: Listening, first: str) -> AsyncIterator[str]:
    """Serve the talk; gives the address of the page of whoever comes `first`.

    Raises:
        OSError: that address cannot be listened to.
    """
    pages = Pages(talk, listening, first)
    runner = web.AppRunner(pages.app, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, listening.host, listening.port).start()
        pages.port = runner.addresses[0][1]
        yield f"{listening.url(pages.port)}/{pages.secret}/"
    finally:
        pages.stop()
        await runner.cleanup()


class Pages:
    """Everybody's page. `port` is where it is listened, `secret` the first part of each path."""

    def __init__(self, talk: Talk, listening: Listening, first: str) -> None:
        self.port = listening.port
        self.secret = talk.inside.doors.word(SECRET_LETTERS)
        self.app = web.Application(middlewares=[self._guard], client_max_size=BYTES_MAX)
        self._talk = talk
        self._listening = listening
        self._first = first
        self._guessing = Guessing(talk.inside, talk.bot)
        self._read: dict[str, int] = {}
        self._open: Counter[str] = Counter()
        self._waiting: set[asyncio.Event] = set()
        self._stopping = False
        self._add_routes()
        self.app.on_response_prepare.append(_add_headers)
        talk.watchers.append(self._wake)

    def _add_routes(self) -> None:
        person = "/{secret}/{nick:[^./]+}"
        self.app.add_routes(
            [
                web.get("/{secret}/", self._home),
                web.get("/{secret}/{file:[a-z]+[.][a-z]+}", self._file),
                web.get(person, self._page),
                web.get(f"{person}/events", self._events),
                web.get(f"{person}/guesses", self._guesses),
                web.get(f"{person}/pictures/{{message}}", self._picture),
                web.get(f"{person}/files/{{message}}", self._attached),
                web.post(f"{person}/says", self._says),
                web.post(f"{person}/presses", self._presses),
                web.post(f"{person}/clock", self._clock),
            ]
        )

    def stop(self) -> None:
        """Tell every page that it is over."""
        self._stopping = True
        self._wake(None)

    # --- who is let in ---------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in what the page itself asks, with the secret of this run."""
        host = request.headers.get("Host", "")
        acts = request.method not in ("GET", "HEAD")
        if not self._listening.is_host(host, self.port):
            raise web.HTTPForbidden(text="Open the address that stands in the terminal.")
        if not self._listening.is_origin(request.headers.get("Origin"), host, acts=acts):
            raise web.HTTPForbidden(text="Only the page itself may ask this.")
        said = request.path.split("/")[1]
        if not compare_digest(said.encode(), self.secret.encode()):
            raise web.HTTPNotFound(
                text="Nothing is here. Open the whole address that stands in the terminal; "
                "each start has its own."
            )
        if request.match_info.get("nick", self._first) not in self._talk.bot.people:
            raise web.HTTPNotFound(text="Nobody in the demo is called so.")
        return await handler(request)

    # --- what is shown ---------------------------------------------------------------------

    async def _home(self, _: web.Request) -> web.Response:
        raise web.HTTPSeeOther(self._first)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=static(name), content_type=FILES[name])

    async def _page(self, request: web.Request) -> web.Response:
        text = await document(self._talk, request.match_info["nick"])
        return web.Response(text=text, content_type="text/html")

    async def _picture(self, request: web.Request) -> web.Response:
        post = self._visible(request.match_info["nick"], request.match_info["message"])
        content = post.reply.picture
        if not content:
            raise web.HTTPNotFound
        kind = "png" if suffix_of(content) == "png" else "jpeg"
        return web.Response(body=content, content_type=f"image/{kind}")

    async def _attached(self, request: web.Request) -> web.Response:
        """The file that comes with a message; it is kept, never opened in the page."""
        post = self._visible(request.match_info["nick"], request.match_info["message"])
        file = post.reply.file
        if file is None:
            raise web.HTTPNotFound
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return web.Response(
            body=file.content, content_type="application/octet-stream", headers=headers
        )

    def _visible(self, nick: str, message: str) -> Post:
        """A message as it stands, if this person can see it."""
        for entry in reversed(self._talk.entries):
            if entry.post is not None and entry.post.message == message and _sees(nick, entry):
                return entry.post
        raise web.HTTPNotFound

    async def _guesses(self, request: web.Request) -> web.Response:
        nick, line = request.match_info["nick"], request.query.get("line", "")
        voice = await self._talk.voice(nick)
        found: list[Drawn] = []
        async for each in self._guessing.guesses(nick, voice, line):
            whole = line[: len(line) - each.instead] + each.text
            end = "" if whole.endswith(":") else " "
            label = each.label or each.text
            found.append({"line": whole + end, "label": label, "about": each.about})
            if len(found) == GUESSES_MAX:
                break
        return web.json_response(found)

    # --- the stream ------------------------------------------------------------------------

    def _wake(self, _: Entry | None) -> None:
        for each in self._waiting:
            each.set()

    @contextmanager
    def _looking_on(self, nick: str) -> Iterator[asyncio.Event]:
        """An event that is set when there is something new, while a page of this person is open."""
        woken = asyncio.Event()
        self._waiting.add(woken)
        self._open[nick] += 1
        try:
            yield woken
        finally:
            self._open[nick] -= 1
            self._waiting.discard(woken)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """All that this person sees, from the start or from where they saw it last."""
        nick = request.match_info["nick"]
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        seen = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        place = int(seen) if seen.isdecimal() else 0
        # A page that was closed is no fault.
        with self._looking_on(nick) as woken, suppress(ConnectionResetError):
            while not self._stopping:
                woken.clear()
                new = self._talk.entries[place:]
                async for event in self._news(nick, new, place):
                    await stream.write(event)
                place += len(new)
                with suppress(TimeoutError):
                    async with asyncio.timeout(SECONDS_BETWEEN_SIGNS):
                        await woken.wait()
            await stream.write(_event("over", {}))
        return stream

    async def _news(self, nick: str, new: Sequence[Entry], place: int) -> AsyncIterator[bytes]:
        """What is new since a place in the talk, what waits for others, and the time."""
        voice = await self._talk.voice(nick)
        self._read[nick] = max(self._read.get(nick, 0), place + len(new))
        for number, entry in enumerate(new, start=place + 1):
            if _sees(nick, entry):
                shown = drawn(entry, nick, voice, self._talk.bot.people)
                yield _event("message", shown, number)
        yield _event(
            "state",
            {
                "language": voice.language,
                "clock": clock_words(self._talk, voice),
                "news": {each: self._unread(each) for each in self._talk.bot.people},
            },
        )

    def _unread(self, nick: str) -> int:
        """How many private messages somebody has not been shown yet."""
        if self._open[nick]:
            return 0
        return sum(
            entry.seen_by(nick, private=True) and entry.typist != nick
            for entry in self._talk.entries[self._read.get(nick, 0) :]
        )

    # --- what is done ----------------------------------------------------------------------

    async def _says(self, request: web.Request) -> web.Response:
        said = await request.post()
        nick, photo = request.match_info["nick"], said.get("photo")
        content = photo.file.read() if isinstance(photo, web.FileField) else b""
        text = " ".join(str(said.get("text", "")).split())
        answered = str(said.get("replies_to", ""))
        if not text:
            raise web.HTTPBadRequest(text="Nothing was written.")
        await self._talk.says(
            nick,
            text,
            private=said.get("place") == "private",
            photo=content or None,
            replies_to=answered if answered in self._talk.bot.people else "",
        )
        return web.Response(status=204)

    async def _presses(self, request: web.Request) -> web.Response:
        said = await request.post()
        nick = request.match_info["nick"]
        post = self._visible(nick, str(said.get("message")))
        writes = str(said.get("writes", "")).strip()
        await self._talk.bot.press(nick, post, str(said.get("token")), writes)
        return web.Response(status=204)

    async def _clock(self, request: web.Request) -> web.Response:
        """Let time pass, and say what time it is and how much was said meanwhile."""
        nick, before = request.match_info["nick"], len(self._talk.entries)
        if not await self._talk.passes(str((await request.post()).get("by"))):
            raise web.HTTPBadRequest(text="Time passes by +1d or month.")
        voice = await self._talk.voice(nick)
        new = sum(_sees(nick, each) for each in self._talk.entries[before:])
        told = spoken(says("{count} new message.", "{count} new messages.", new), voice)
        return web.json_response({"said": f"{clock_words(self._talk, voice)} {told}"})


def _sees(nick: str, entry: Entry) -> bool:
    return entry.seen_by(nick, private=True) or entry.seen_by(nick, private=False)


def _event(name: str, said: Drawn, number: int = 0) -> bytes:
    mark = f"id: {number}\n" if number else ""
    return f"{mark}event: {name}\ndata: {json.dumps(said)}\n\n".encode()


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
