"""The README's picture of the page: `python -m tests.local_bot.browser.picture` takes it anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.local_bot.browser.visiting import (
    WIDE,
    Chat,
    Visitor,
    chatting,
    found_browser,
    opened_browser,
    visiting,
)

PICTURE = Path(__file__).parents[3] / "docs" / "page.png"
OPTIONS = {"viewport": WIDE, "color_scheme": "light"}
SHOWN = (
    "Riverside, a demo",
    "You are Juma.",
    "A day later",
    "Léa from Café Mosaïque",
    "The group",
    "Juma and the bot, in private",
    "I baked bread this morning.",
    "Spoken for.",
    "You promised Wanjiru: help with the garden fence (2 h).",
    "Done",
    "You have 4 credits.",
    "Write to the bot",
)
"""What can be seen on it."""


async def pose(juma: Visitor, chat: Chat) -> None:
    """Bring Juma's page to where the picture is taken."""
    await chat.talk.says("wanjiru", "I baked bread this morning. Come and try it!", private=False)
    await juma.visits("juma", "")
    await juma.says("private", "/balance")
    await juma.sees("private", "You have 4 credits.")
    await juma.says("group", "/take 8")
    await juma.sees("group", "You promised Wanjiru")
    await juma.sees("group", "Spoken for.")


async def take() -> None:
    """Take the picture."""
    with TemporaryDirectory() as folder:
        async with (
            chatting(Path(folder)) as chat,
            opened_browser(found_browser()) as browser,
            visiting(browser, chat, **OPTIONS) as juma,
        ):
            await pose(juma, chat)
            PICTURE.parent.mkdir(exist_ok=True)
            await juma.page.mouse.move(0, 0)
            await juma.page.screenshot(path=PICTURE)


if __name__ == "__main__":
    asyncio.run(take())
