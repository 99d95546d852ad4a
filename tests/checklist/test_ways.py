"""Ways that close and open again: groups that take the bot out, people who close their door."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from core.domain.listings import ListingKind
from core.domain.pools import ChatState
from core.domain.units import Credits, Measure, MemberId, Number, Worth
from core.usecases.board import CloseListing, PostListing, close_listing, post_listing
from core.usecases.credits import Send, send
from core.usecases.standing import By
from tests.checklist.conftest import Town
from tests.patience import PATIENCE

BLOCKED = "Forbidden: bot was blocked by the user"


async def later(town: Town, after: timedelta) -> None:
    """Let time pass, and whatever is due be said."""
    town.clock.advance(after)
    town.app.delivery.nudge()
    await town.settled()


async def juma_offers(town: Town, what: str) -> Number:
    """Juma puts something on the board, without a word in any chat."""
    by = By("telegram", str(town.juma.id))
    offer = PostListing(town.pool, by, ListingKind.OFFER, Worth(Measure.CREDITS, 1), what)
    made = await town.app.engine.run(post_listing, offer, f"test:{what}")
    return made.listing


async def juma_closes(town: Town, offer: Number) -> None:
    close = CloseListing(town.pool, By("telegram", str(town.juma.id)), offer)
    await town.app.engine.run(close_listing, close, f"test:close:{offer}")


async def state_of(town: Town, platform: str, external: int) -> ChatState:
    chat = await town.app.house.readers.chat(platform, str(external))
    assert chat is not None
    return chat.state


@pytest.mark.parametrize("platform", ["telegram", "discord"])
async def test_a_group_that_takes_the_bot_out_hears_what_waited_once_it_is_back(
    kijiji: Town, platform: str
) -> None:
    """A25: nothing is tried meanwhile nor lost by age; no set-up; cards as things stand by then."""
    standing = await juma_offers(kijiji, "a chair")
    await later(kijiji, timedelta())
    seen = kijiji.posts if platform == "telegram" else kijiji.cards
    before = len(seen())
    if platform == "telegram":
        kijiji.telegram.fail("sendMessage", retry_after=3600)
    else:
        posts = f"POST /channels/{kijiji.guild.channel.id}/messages"
        kijiji.discord.fail(posts, 429, retry_after=3600)
    bread = await juma_offers(kijiji, "bread")
    await later(kijiji, timedelta())
    if platform == "telegram":
        kijiji.telegram.removes_bot(kijiji.amina, kijiji.group)
    else:
        kijiji.discord.remove_bot(kijiji.guild)
    await _until(kijiji, platform, ChatState.PAUSED)
    tried = _calls(kijiji, platform)
    for offer in (standing, bread):
        await juma_closes(kijiji, offer)
    await juma_offers(kijiji, "eggs")
    for _ in range(9):
        await later(kijiji, timedelta(days=1))
    assert _calls(kijiji, platform) == tried
    assert len(seen()) == before
    if platform == "telegram":
        kijiji.telegram.adds_bot(kijiji.amina, kijiji.group)
    else:
        kijiji.discord.invite_bot(kijiji.guild)
    await _until(kijiji, platform, ChatState.BOUND)
    await later(kijiji, timedelta())
    (shown,) = seen()[before:]
    assert "bread" in shown.text
    assert "Closed." in shown.text
    assert "Closed." in seen()[before - 1].text, "the card that stood there has followed"
    await juma_offers(kijiji, "honey")
    await later(kijiji, timedelta())
    assert "honey" in seen()[-1].text
    assert await kijiji.app.house.outbox.waiting() == 0


async def _until(town: Town, platform: str, state: ChatState) -> None:
    """Wait until the bot has heard that it was taken out, or let in again."""
    external = town.group.id if platform == "telegram" else town.guild.id
    async with asyncio.timeout(PATIENCE):
        while await state_of(town, platform, external) is not state:  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0)
    await town.settled()


def _calls(town: Town, platform: str) -> int:
    """How often the bot tried to write in the group."""
    if platform == "telegram":
        return sum(
            call.method in ("sendMessage", "editMessageText")
            and str(call.params.get("chat_id")) == str(town.group.id)
            for call in town.telegram.calls
        )
    path = f"/channels/{town.guild.channel.id}/messages"
    return sum(path in call.path for call in town.discord.calls)


async def amina_gives(town: Town, taker: MemberId, note: str) -> None:
    """Amina sends a credit, without a word in any chat; the receiver is told in private."""
    by = By("telegram", str(town.amina.id))
    gift = Send(town.pool, by, taker, Credits(1), note, sure=True)
    await town.app.engine.run(send, gift, f"test:{note}")
    await later(town, timedelta())


async def member_called(town: Town, name: str) -> MemberId:
    everyone = await town.app.house.readers.everyone(town.pool)
    return next(each.member for each in everyone if each.name == name)


def told(messages: Iterable[Any]) -> list[str]:
    """What of the gifts these messages tell of, and in which order."""
    said = (each.text for each in messages)
    return [note for text in said for note in ("eggs", "milk", "honey", "salt") if note in text]


def tries(town: Town) -> int:
    return sum(
        call.method == "sendMessage" and call.params.get("chat_id") == town.juma.id
        for call in town.telegram.calls
    )


async def test_a_closed_door_is_left_alone_for_a_week_whatever_happens_to_the_bot(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """A19: over a restart too; nothing is raised or said aloud; a word in private opens it."""
    async with town.open():
        await town.founds()
        await town.thank(("Amina", 0), ("Juma", 9))
        juma = await member_called(town, "Juma")
        await town.tells(town.juma, "/send @Amina 5")
        posts, cards = len(town.posts()), len(town.cards())
        town.telegram.fail("sendMessage", 403, description=BLOCKED)
        await amina_gives(town, juma, "eggs")
        tried = tries(town)
    async with town.open():
        await later(town, timedelta(days=6))
        await amina_gives(town, juma, "milk")
        assert tries(town) == tried
        assert told(town.telegram.messages(town.juma)) == []
        assert "Traceback" not in caplog.text
        assert (len(town.posts()), len(town.cards())) == (posts, cards)
        await town.tells(town.juma, "/balance")
        await later(town, timedelta())
        assert told(town.telegram.messages(town.juma)) == ["eggs", "milk"], (
            "once there is a way, in order"
        )
        town.telegram.fail("sendMessage", 403, description=BLOCKED)
        await amina_gives(town, juma, "honey")
        await later(town, timedelta(days=7))
        await amina_gives(town, juma, "salt")
        assert told(town.telegram.messages(town.juma))[2:] == ["salt"], (
            "after a week the way is tried again"
        )
        assert await town.app.house.outbox.waiting() == 0


async def test_who_closes_one_door_is_told_through_the_other(kijiji: Town) -> None:
    """A19: somebody linked on both platforms."""
    code = re.search(r"/link (\w+)", await kijiji.slashes(kijiji.baraka, "link"))
    assert code is not None
    await kijiji.thank(("Amina", 0), ("Juma", 9))
    await kijiji.tells(kijiji.juma, "/send @Amina 5")
    await kijiji.tells(kijiji.juma, f"/link {code[1]}")
    juma = await member_called(kijiji, "Juma")
    kijiji.telegram.fail("sendMessage", 403, description=BLOCKED)
    await amina_gives(kijiji, juma, "eggs")
    tried = tries(kijiji)
    await amina_gives(kijiji, juma, "milk")
    assert tries(kijiji) == tried
    private = [each for each in kijiji.discord.history if each.channel.recipient is not None]
    assert told(private) == ["eggs", "milk"]
