"""What the tests of the page ask for by name.

They share a browser, and so a loop; each has a window and a demo of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bots.local_bot.bot import FULL
from bots.local_bot.powers import Powers
from bots.playing import demo_script, demo_url
from bots.settings import Settings
from tests.local_bot.browser.visiting import (
    Chat,
    Visitor,
    chatting,
    found_browser,
    opened_browser,
    visiting,
)
from tests.patience import PATIENCE

PATIENCE_MS = 1000 * PATIENCE


@pytest.fixture
def powers() -> Powers:
    """What the platform can do; a test may ask for less."""
    return FULL


shared = partial(pytest_asyncio.fixture, loop_scope="session")


@shared(scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's database as it is made, once."""
    folder = tmp_path_factory.mktemp("demo")
    await demo_url(demo_script(), Settings(_env_file=None, data_dir=folder))
    return folder


@shared()
async def chat(tmp_path: Path, demo: Path, powers: Powers) -> AsyncIterator[Chat]:
    shutil.copytree(demo, tmp_path, dirs_exist_ok=True)
    async with chatting(tmp_path, powers) as chat:
        yield chat


@shared(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser. Without one these tests are left out, but never where all is checked."""
    path = found_browser()
    if not path and os.environ.get("CI") == "true":
        pytest.fail("no Chromium is installed, and here it has to be")
    if not path:
        pytest.skip("no Chromium is installed: the page was NOT tried in a browser")
    async with opened_browser(path) as browser:
        yield browser


Comes = Callable[..., Awaitable[Visitor]]


@shared()
async def comes(chat: Chat, browser: Browser) -> AsyncIterator[Comes]:
    """How somebody comes to a page: `await comes("juma")`. Nobody's browser may complain."""
    expect.set_options(timeout=PATIENCE_MS)
    visitors: list[Visitor] = []

    async with AsyncExitStack() as stack:

        async def come(nick: str, place: str = "group", **options: Any) -> Visitor:
            visitor = await stack.enter_async_context(visiting(browser, chat, **options))
            visitor.page.set_default_timeout(PATIENCE_MS)
            visitors.append(visitor)
            await visitor.visits(nick, place)
            return visitor

        yield come
    assert [each.complaints for each in visitors if each.complaints] == []
