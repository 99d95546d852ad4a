"""Who is let in to the page, what goes with every answer, and how it begins and ends."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from http import HTTPStatus
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData

from bots.local_bot.browser.server import HEADERS
from bots.local_bot.stage import PHOTO
from tests.local_bot.browser.visiting import Chat
from tests.patience import PATIENCE
from tests.programs import read_until, started

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("alone")]


@pytest_asyncio.fixture(loop_scope="session")
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def origin(chat: Chat) -> dict[str, str]:
    """What a browser sends along from the page itself."""
    return {"Origin": chat.address[: chat.address.index("/", len("http://"))]}


# --- who is let in -----------------------------------------------------------------------------


async def test_only_who_knows_the_secret_of_this_run_comes_in(
    chat: Chat, client: ClientSession
) -> None:
    """D2: the secret is in the address, and long."""
    parts = urlsplit(chat.address)
    assert parts.hostname == "127.0.0.1"
    assert re.fullmatch(r"/[a-z0-9]{26}/", parts.path)
    base = f"http://{parts.netloc}"
    wrong = f"{parts.path[:-2]}{'a' if parts.path[-2] != 'a' else 'b'}/"
    for path in ("/", "/juma", "/favicon.ico", wrong, f"{wrong}juma", f"{wrong}juma/events"):
        async with client.get(base + path) as answer:
            assert answer.status == HTTPStatus.NOT_FOUND, path
            text = await answer.text()
        assert "terminal" in text
        assert parts.path.strip("/") not in text
    async with client.get(chat.address) as answer:
        assert answer.status == HTTPStatus.OK
        assert answer.url.path == f"{parts.path}juma"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost:1", "127.0.0.1:1", "[::1]", ""]
)
async def test_a_name_that_leads_here_is_no_way_in(
    chat: Chat, client: ClientSession, host: str
) -> None:
    """A page elsewhere may have its own name resolved to this computer."""
    async with client.get(f"{chat.address}juma", headers={"Host": host}) as answer:
        assert answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.BAD_REQUEST)
        assert "Juma" not in await answer.text()


@pytest.mark.parametrize("sent", ["http://evil.example", "null", "http://127.0.0.1", None])
async def test_another_page_cannot_act_here(
    chat: Chat, client: ClientSession, sent: str | None
) -> None:
    headers = {"Origin": sent} if sent is not None else {}
    said = {"place": "group", "text": "/send @wanjiru 1"}
    async with client.post(f"{chat.address}juma/says", data=said, headers=headers) as answer:
        assert answer.status == HTTPStatus.FORBIDDEN
    assert chat.typed() == []
    async with client.post(f"{chat.address}juma/says", data=said, headers=origin(chat)) as answer:
        assert answer.status == HTTPStatus.NO_CONTENT
    assert chat.typed() == ["/send @wanjiru 1"]


async def test_every_answer_is_kept_nowhere_and_runs_nothing_of_others(
    chat: Chat, client: ClientSession
) -> None:
    for path in ("juma", "page.js", "page.css", "icon.svg", "nobody", "none.css", "juma/guesses"):
        async with client.get(chat.address + path) as answer:
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, (path, name)
    async with client.get(f"{chat.address}juma") as answer:
        page = await answer.text()
    assert not re.search(r"<script(?! type=\"module\" src=\"page\.js\"></script>)", page)
    assert not re.search(r"\son\w+=|\sstyle=|javascript:|https?://", page)
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_nobody_sees_or_presses_what_another_alone_was_shown(
    chat: Chat, client: ClientSession
) -> None:
    await chat.talk.says("juma", "/commit 1h painting", private=True)
    (message,) = [each.post.message for each in chat.talk.entries if each.post is not None]
    pressed = {"message": message, "token": "v1:done:1.13:1"}
    path = f"{chat.address}amina/presses"
    async with client.post(path, data=pressed, headers=origin(chat)) as answer:
        assert answer.status == HTTPStatus.NOT_FOUND
    async with client.get(f"{chat.address}amina/pictures/{message}") as answer:
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_what_no_page_sends_is_refused(chat: Chat, client: ClientSession) -> None:
    for path, data in (
        ("juma/says", {"place": "group", "text": " \n "}),
        ("juma/clock", {"by": "-1d"}),
        ("juma/clock", {}),
        ("juma/presses", {"message": "none", "token": "x"}),
        ("nobody/says", {"place": "group", "text": "hello"}),
    ):
        async with client.post(chat.address + path, data=data, headers=origin(chat)) as answer:
            assert HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, path
    assert chat.talk.entries == []


async def test_a_forged_button_is_answered_and_does_nothing(
    chat: Chat, client: ClientSession
) -> None:
    await chat.talk.says("juma", "/balance", private=True)
    message = next(each.post.message for each in chat.talk.entries if each.post is not None)
    pressed = {"message": message, "token": "v1:confirm:1.10:1"}
    path = f"{chat.address}juma/presses"
    async with client.post(path, data=pressed, headers=origin(chat)) as answer:
        assert answer.status == HTTPStatus.NO_CONTENT
    answered = chat.talk.entries[-1].post
    assert answered is not None
    assert "steward" in answered.text


async def test_a_photo_too_large_for_the_pool_is_explained_by_the_bot(
    chat: Chat, client: ClientSession
) -> None:
    await chat.talk.says("juma", "/commit 1h painting", private=True)
    shown = next(each.post.text for each in chat.talk.entries if each.post is not None)
    number = re.search(r"#\d+", shown)
    assert number is not None
    form = FormData({"place": "private", "text": f"/done {number[0]}"})
    form.add_field("photo", BytesIO(PHOTO + bytes(6_000_000)), filename="large.jpg")
    path = f"{chat.address}juma/says"
    async with client.post(path, data=form, headers=origin(chat)) as answer:
        assert answer.status == HTTPStatus.NO_CONTENT
    told = chat.talk.entries[-1].post
    assert told is not None
    assert "5 MB" in told.text


# --- ending ------------------------------------------------------------------------------------


async def test_a_signal_ends_page_and_chat_in_order() -> None:
    """While a page looks on: it is told, and nothing hangs."""
    with started() as process:
        shown = await asyncio.to_thread(read_until, process.stdout, "browser:")
        address = shown.split()[-1]
        async with ClientSession() as client, client.get(f"{address}juma/events") as stream:
            assert (await stream.content.readline()).startswith(b"event: state")
            process.send_signal(signal.SIGTERM)
            rest = (await stream.content.read()).decode()
        out, err = await asyncio.to_thread(process.communicate, timeout=20)
    assert "event: over" in rest
    assert (process.returncode, err) == (0, "")
    assert "Goodbye!" in out


async def test_what_is_typed_in_the_pipe_is_seen_on_the_page() -> None:
    with started() as process:
        shown = await asyncio.to_thread(read_until, process.stdout, "browser:")
        address = shown.split()[-1]
        assert process.stdin is not None
        process.stdin.write("/offer 1 a jar of honey\n")
        process.stdin.flush()
        async with ClientSession() as client, client.get(f"{address}wanjiru/events") as stream:
            async with asyncio.timeout(PATIENCE):
                while b"a jar of honey" not in (seen := await stream.content.readline()):
                    assert seen
        await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 0
