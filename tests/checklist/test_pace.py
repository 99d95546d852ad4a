"""B23: a hundred things at once come to a group as a few messages, and never too fast."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.app import App
from bots.rooms import Inside
from bots.settings import Settings
from bots.telegram_bot import TelegramBot
from core.domain.listings import ListingKind
from core.domain.units import Number
from core.usecases.board import CloseListing, close_listing
from tests.clocks import Clock, Draw
from tests.pretended.telegram import Chat, PretendedTelegram
from tests.village import Village, village

BURST = 100


@pytest.fixture
async def telegram() -> AsyncIterator[PretendedTelegram]:
    """It answers 429 to whoever writes faster than Telegram allows."""
    async with PretendedTelegram() as server:
        server.enforce_pace()
        yield server


@pytest.fixture
async def app(
    telegram: PretendedTelegram, tmp_path: Path, clock: Clock, draw: Draw
) -> AsyncIterator[App]:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        telegram_token=SecretStr(telegram.token),
        telegram_api_url=telegram.url,
    )

    def room(inside: Inside) -> TelegramBot:
        return TelegramBot(inside)

    async with App(settings, clock=clock, draw=draw, rooms=[room], ticking=False) as made:
        yield made


async def said(app: App, telegram: PretendedTelegram) -> None:
    """All that waits was said."""
    app.delivery.nudge()
    await app.quiet()
    await telegram.quiet()
    assert await app.house.outbox.waiting() == 0


@pytest.fixture
def group(telegram: PretendedTelegram) -> Chat:
    """A group with the bot in it."""
    amina = telegram.user("Amina")
    made = telegram.supergroup("Garden", admins=[amina])
    telegram.adds_bot(amina, made)
    telegram.forget_updates()
    return made


async def test_a_burst_of_new_things_is_one_post_and_the_platform_need_not_complain(
    app: App, telegram: PretendedTelegram, group: Chat
) -> None:
    """B23: a post for all that could not be shown at once; who is named there has no card."""
    kijiji = await village(app.engine, "juma", chat=str(group.id), platform="telegram")
    first = await offered(kijiji, "loaf 0")
    await said(app, telegram)
    for number in range(1, BURST):
        await offered(kijiji, f"loaf {number}")
    app.delivery.nudge()
    await kijiji.do(close_listing, CloseListing(kijiji.pool, kijiji.by("juma"), first))
    await said(app, telegram)
    posts = telegram.messages(group)
    assert len(posts) <= 4
    assert "Closed." in posts[0].text, "what stood there was edited"
    told = sum(post.text.count("juma offers:") for post in posts)
    told += sum(
        int(more) for post in posts for more in re.findall(r"(\d+) more: /board", post.text)
    )
    assert told == BURST
    assert any(post.text.startswith("New in Kijiji") for post in posts)
    assert Counter(call.status for call in telegram.calls)[429] == 0
    last = await offered(kijiji, "one more loaf")
    await said(app, telegram)
    assert "one more loaf" in telegram.messages(group)[-1].text
    assert await app.house.outbox.card(kijiji.pool, last, "telegram", str(group.id))


async def offered(kijiji: Village, what: str) -> Number:
    return await kijiji.post("juma", ListingKind.OFFER, 1, what)
