"""The page of the local chat, served from here, and somebody who looks at it in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bots.app import App
from bots.local_bot.bot import FULL, LocalBot
from bots.local_bot.browser.listening import Listening
from bots.local_bot.browser.server import serving
from bots.local_bot.powers import Powers
from bots.local_bot.talk import Talk
from bots.playing import FIRST, Ahead, advancing, demo_script, demo_url, local_bot_of
from bots.settings import Settings

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}

# As root it cannot lock itself in; and it is to call nobody by itself.
ARGUMENTS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


IN_SIGHT = """part => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    const ends = [[left + 3, top + 3], [right - 3, bottom - 3]];
    return ends.every(([x, y]) => part.contains(document.elementFromPoint(x, y)));
}"""


@dataclass
class Chat:
    """The demo as it runs: its address, and the house behind it."""

    app: App
    talk: Talk
    address: str

    def typed(self) -> list[str]:
        """What people have typed since the start."""
        return [each.typed for each in self.talk.entries if each.typist]


@dataclass
class Visitor:
    """Somebody at a page of their own."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def pane(self, place: str) -> Locator:
        return self.page.locator(f"#{place}")

    async def visits(self, nick: str, place: str = "group") -> None:
        await self.page.goto(f"{self.address}{nick}{place and f'#{place}'}")
        await self.ready()

    async def ready(self) -> None:
        """What was said before is there."""
        await expect(self.page.locator("#group .log")).not_to_have_attribute("aria-busy", "true")

    async def says(self, place: str, text: str) -> None:
        field = self.pane(place).get_by_role("combobox")
        await field.fill(text)
        await field.press("Enter")
        await expect(field).to_have_value("")

    async def sees(self, place: str, text: str) -> None:
        await expect(self.pane(place).locator("article").filter(has_text=text).last).to_be_visible()

    async def presses(self, place: str, label: str) -> None:
        """The newest button with this label."""
        await self.pane(place).locator("article").get_by_role("button", name=label).last.click()

    async def asks_for(self, place: str, command: str) -> None:
        """A command from the menu."""
        await self.pane(place).locator("summary").click()
        await self.pane(place).locator(f'.menu [data-says="{command}"]').first.click()

    async def answers(self, place: str, text: str) -> None:
        """In the field that came with the question asked last."""
        field = self.pane(place).locator(".answer input")
        await expect(field).to_be_focused()
        asked = await field.element_handle()
        await field.fill(text)
        await field.press("Enter")
        await expect(self.pane(place).get_by_text(text).last).to_be_visible()
        await self.page.wait_for_function("field => !field.isConnected", arg=asked)

    async def has_in_sight(self, part: Locator) -> None:
        """Its upper and its lower end are there to be seen, and nothing lies over them."""
        await expect(part).to_be_visible()
        await self.page.wait_for_function(IN_SIGHT, arg=await part.element_handle())

    async def focused(self) -> str:
        """What has the focus, by what is read of it."""
        return str(await self.page.evaluate("document.activeElement.textContent"))


@asynccontextmanager
async def chatting(folder: Path, powers: Powers = FULL) -> AsyncIterator[Chat]:
    """The demo, open, with its page."""
    settings, script, clock = Settings(_env_file=None, data_dir=folder), demo_script(), Ahead()
    url = await demo_url(script, settings)

    def local(inside: Any) -> LocalBot:
        return LocalBot(inside, script.people, script.title, powers=powers)

    async with App(settings, url=url, clock=clock, rooms=[local], ticking=False) as app:
        talk = Talk(local_bot_of(app), app.inside, advancing(app, clock), app.quiet)
        async with serving(talk, Listening(), FIRST) as address:
            yield Chat(app, talk, address)


def found_browser() -> str:
    """Where a browser is, '' if nowhere."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


@asynccontextmanager
async def opened_browser(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def visiting(browser: Browser, chat: Chat, **options: Any) -> AsyncIterator[Visitor]:
    """Somebody with a window of their own, in which no page is open yet."""
    context = await browser.new_context(**{"viewport": WIDE, **options})
    visitor = Visitor(await context.new_page(), chat.address)
    visitor.page.on("console", lambda said: visitor.complaints.append(said.text))
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    yield visitor
    await context.close()
