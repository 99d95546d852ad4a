"""P9: how near the outbox comes to the ideal token buckets of Telegram's limits.

A message a second in a chat, twenty a minute in a group, thirty a second over all chats: nobody can
be faster than that, and whoever is faster is answered 429. Takes a minute of true time, for the
pretended Telegram counts by a true clock. Run with `make bench`; prints, and fails on a 429 alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.app import App
from bots.rooms import Inside
from bots.settings import Settings
from bots.telegram_bot import TelegramBot
from tests.aloud import Aloud, told_aloud
from tests.bench.measuring import real_clock
from tests.pretended.telegram import Call, PretendedTelegram
from tests.village import village

pytestmark = pytest.mark.bench

PEOPLE, EACH, POSTS = 80, 12, 25
A_SECOND, A_MINUTE = 30, 20
WANTED = 0.95


async def test_the_outbox_is_as_fast_as_it_may_be(tmp_path: Path) -> None:
    async with PretendedTelegram() as telegram:
        amina = telegram.user("Amina")
        group = telegram.supergroup("Garden", admins=[amina])
        telegram.adds_bot(amina, group)
        people = [telegram.user(f"Person {n}") for n in range(PEOPLE)]
        for person in people:
            telegram.starts(person)
        telegram.forget_updates()
        settings = Settings(
            _env_file=None,
            data_dir=tmp_path,
            telegram_token=SecretStr(telegram.token),
            telegram_api_url=telegram.url,
        )
        async with App(settings, clock=real_clock, rooms=[_room], ticking=False) as app:
            names = [str(person.id) for person in people]
            kijiji = await village(
                app.engine, *names, credits=100, chat=str(group.id), platform="telegram"
            )
            app.delivery.nudge()
            await app.quiet()
            await asyncio.sleep(1)  # the pretended Telegram counts what came before
            for turn in range(EACH):
                for n, name in enumerate(names):
                    await kijiji.send(name, names[(n + 1) % PEOPLE], 1, f"{turn}")
            for month in range(POSTS):
                await app.engine.run(told_aloud, Aloud(kijiji.pool, "2026-11"), f"post:{month}")
            telegram.enforce_pace()
            before = len(telegram.calls)
            app.delivery.nudge()
            while await app.house.outbox.waiting():  # noqa: ASYNC110 - no event says it
                await asyncio.sleep(0.2)
            calls = [call for call in telegram.calls[before:] if call.method == "sendMessage"]
    assert Counter(call.status for call in calls) == {200: PEOPLE * EACH + POSTS}
    private = _lasted(calls, lambda to: to != group.id)
    aloud = _lasted(calls, lambda to: to == group.id)
    # A group's share of the thirty a second hardly matters; its own twenty a minute do.
    ideal_private = (PEOPLE * EACH + min(POSTS, A_MINUTE) - A_SECOND) / A_SECOND
    ideal_aloud = 60.0 + (POSTS - A_MINUTE - 1)
    _show("to people, of thirty a second", ideal_private, private)
    _show("to a group, of twenty a minute", ideal_aloud, aloud)


def _room(inside: Inside) -> TelegramBot:
    return TelegramBot(inside)


def _lasted(calls: list[Call], meant: Callable[[int], bool]) -> float:
    """Seconds from the first of all to the last of these."""
    return max(call.at for call in calls if meant(call.params["chat_id"])) - calls[0].at


def _show(what: str, ideal: float, took: float) -> None:
    print(f"\nP9 {what}: {ideal / took:.3f} of the ideal, >= {WANTED} ({took:.1f} s)")
