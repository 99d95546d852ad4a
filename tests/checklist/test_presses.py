"""Buttons on both platforms of one pool: pressed twice, late, long ago, and by whom they are not.

The same pool on Telegram and on Discord, so that no answer depends on one platform's own care.
"""

from __future__ import annotations

import asyncio
import threading
import time
from statistics import quantiles
from typing import Any

import pytest

from core.domain.commitments import Commitment, CommitmentState
from core.domain.units import Number
from storage.database import Session
from tests.checklist.conftest import Town, token_of
from tests.pretended import discord, telegram

IN_TIME_SECONDS = 1.0


async def queue_on_telegram(town: Town) -> telegram.Message:
    """Amina's list of what waits."""
    await town.tells(town.amina, "/queue")
    return town.telegram.messages(town.amina)[-1]


async def queue_on_discord(town: Town) -> discord.Message:
    """Claire's list of what waits."""
    act = town.discord.slash(town.claire, town.guild.channel, "steward queue")
    return (await act.answered()).response


def confirmed_by(name: str, number: Number) -> str:
    """What the second steward reads."""
    return f"{name} has confirmed #{number} already. /queue shows what waits."


async def commitment(town: Town, number: Number) -> Commitment:
    thing = await town.app.house.readers.thing(town.pool, number)
    assert isinstance(thing, Commitment)
    return thing


# --- the same press, twice at once (A7) ----------------------------------------------------------


async def test_two_presses_of_one_confirm_button_issue_once_on_telegram(kijiji: Town) -> None:
    """A7: the second press came before the first was answered."""
    number = await kijiji.claim()
    queue = await queue_on_telegram(kijiji)
    for _ in range(2):
        kijiji.telegram.taps(kijiji.amina, queue, f"Confirm #{number}")
    await kijiji.settled()
    said = [each.text for each in kijiji.telegram.messages(kijiji.amina)][-2:]
    assert said[0].startswith("Confirmed.")
    assert said[1] == confirmed_by("Amina", number)
    assert await kijiji.free("Juma") == 3
    assert (await kijiji.books()).entries == 1


def _as_elsewhere(said: str) -> str:
    """On Discord a steward's commands stand in a group."""
    return said.replace("/steward ", "/")


async def test_two_presses_of_one_confirm_button_issue_once_on_discord(kijiji: Town) -> None:
    """A7: two interactions in a row, neither answered when the other is sent."""
    number = await kijiji.claim()
    queue = await queue_on_discord(kijiji)
    presses = [kijiji.discord.press(kijiji.claire, queue, f"Confirm #{number}") for _ in range(2)]
    said = sorted([_as_elsewhere((await each.answered()).text) for each in presses])
    assert said[0] == confirmed_by("Claire", number)
    assert said[1].startswith("Confirmed.")
    assert await kijiji.free("Juma") == 3
    assert (await kijiji.books()).entries == 1


async def test_two_stewards_on_two_platforms_at_once_issue_once(kijiji: Town) -> None:
    """A7: one pool on both platforms; whoever comes second is told who did it."""
    for round_ in range(1, 5):
        number = await kijiji.claim()
        on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
        label = f"Confirm #{number}"
        press = kijiji.discord.press(kijiji.claire, on_discord, label)
        kijiji.telegram.taps(kijiji.amina, on_telegram, label)
        await press.answered()
        await kijiji.settled()
        said = {"Amina": kijiji.answer_to(kijiji.amina), "Claire": _as_elsewhere(press.text)}
        (first,) = (who for who, text in said.items() if text.startswith("Confirmed."))
        (second,) = set(said) - {first}
        assert said[second] == confirmed_by(first, number)
        assert await kijiji.free("Juma") == 3 * round_
        assert (await kijiji.books()).entries == round_


# --- an acknowledgement waits for nobody (A9) ----------------------------------------------------


class Slow:
    """A database that takes two seconds for each write, until it is told to be quick."""

    seconds = 2.0

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Semaphore(0)
        self.quick = threading.Event()
        inner = Session.write

        def write(session: Session, *args: Any, **values: Any) -> Any:
            if not self.quick.is_set():
                self.begun.release()
                self.quick.wait(self.seconds)
            return inner(session, *args, **values)

        monkeypatch.setattr(Session, "write", write)


async def test_no_press_waits_for_a_slow_database_to_be_acknowledged(
    kijiji: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: twenty presses on each platform, each round of them while yet another write sleeps."""
    labels = [f"Confirm #{await kijiji.claim(f'row {n}', '1')}" for n in range(4)]
    on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
    slow = Slow(monkeypatch)
    waits: dict[str, list[float]] = {"telegram": [], "discord": []}
    presses: list[discord.Interaction] = []
    for _ in range(5):
        for label in labels:
            begun = time.monotonic()
            kijiji.telegram.taps(kijiji.amina, on_telegram, label)
            await kijiji.telegram.until(lambda: not kijiji.telegram.unanswered())
            waits["telegram"].append(time.monotonic() - begun)
            begun = time.monotonic()
            presses.append(kijiji.discord.press(kijiji.claire, on_discord, label))
            await presses[-1].acknowledged_within()
            waits["discord"].append(time.monotonic() - begun)
        assert await asyncio.to_thread(slow.begun.acquire, timeout=2 * slow.seconds)
    slow.quick.set()
    for platform, seconds in waits.items():
        assert quantiles(seconds, n=20)[-1] < IN_TIME_SECONDS, (platform, seconds)
    for press in presses:
        await press.answered()
    await kijiji.settled()
    assert await kijiji.free("Juma") == len(labels)
    await kijiji.books()


async def test_no_press_and_no_command_waits_for_the_writer_to_be_acknowledged(
    kijiji: Town,
) -> None:
    """A9: the writer is held until every press and command has had its first sign."""
    numbers = [await kijiji.claim(f"row {n}", "1") for n in range(4)]
    on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        go_on.wait()

    holding = asyncio.ensure_future(kijiji.app.house.writer.do(hold))
    await asyncio.to_thread(held.wait)
    acts: list[discord.Interaction] = []
    try:
        for number in numbers:
            label = f"Confirm #{number}"
            kijiji.telegram.taps(kijiji.amina, on_telegram, label)
            await kijiji.telegram.until(lambda: not kijiji.telegram.unanswered())
            acts += [kijiji.discord.press(kijiji.claire, on_discord, label)]
            acts += [
                kijiji.discord.slash(
                    kijiji.baraka, kijiji.guild.channel, "offer", worth="1", what=f"bread {number}"
                )
            ]
            for act in acts[-2:]:
                await act.acknowledged_within()
        assert not go_on.is_set()
        assert all(act.thinking for act in acts)
    finally:
        go_on.set()
        await holding
    for act in acts:
        await act.answered()
    await kijiji.settled()
    assert await kijiji.free("Juma") == len(numbers)
    await kijiji.books()


async def test_a_presser_without_a_direct_chat_does_not_wait_for_the_writer_either(
    kijiji: Town,
) -> None:
    """A9, B10: the press is held back for a pop-up, but not for as long as the writer takes."""
    await kijiji.tells(kijiji.amina, "/offer 1 bread", kijiji.group)
    wambui = kijiji.telegram.user("Wambui")
    kijiji.telegram.joins(wambui, kijiji.group)
    kijiji.telegram.forget_updates()
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        go_on.wait()

    holding = asyncio.ensure_future(kijiji.app.house.writer.do(hold))
    await asyncio.to_thread(held.wait)
    try:
        kijiji.telegram.taps(wambui, kijiji.posts()[-1], "I would like this")
        await kijiji.telegram.until(lambda: not kijiji.telegram.unanswered())
        assert not go_on.is_set()
    finally:
        go_on.set()
        await holding
    await kijiji.settled()


# --- buttons of an earlier process (A10, C8) -----------------------------------------------------


async def test_a_button_of_an_earlier_process_works_on_both_platforms(town: Town) -> None:
    """A10, C8: drawn by a process that has ended, pressed in the next one."""
    async with town.open():
        await town.founds()
        await town.thank(("Juma", 5), ("Baraka", 5))
        await town.tells(town.amina, "/offer 1 bread", town.group)
        posts = town.posts()
        await town.tells(town.amina, "/offer 1 soup", town.group)
        number = await town.claim()
        on_telegram, on_discord = await queue_on_telegram(town), await queue_on_discord(town)
        cards = town.cards()
    async with town.open():
        said = await town.taps(town.juma, posts[-1], "I would like this")
        assert "You ordered bread from Amina." in said
        act = town.discord.press(town.baraka, cards[-1], "I would like this")
        assert "You ordered soup from Amina." in (await act.answered()).text
        act = town.discord.press(town.claire, on_discord, f"Confirm #{number}")
        assert (await act.answered()).text.startswith("Confirmed.")
        late = await town.taps(town.amina, on_telegram, f"Confirm #{number}")
        assert late == confirmed_by("Claire", number)
        assert await town.free("Juma") == 5 - 1 + 3
        await town.books()


# --- by whom they are not (A11, A26) -------------------------------------------------------------


async def test_a_button_in_the_hands_of_who_may_not_press_it_changes_nothing(kijiji: Town) -> None:
    """A11: Juma and Baraka are no stewards, whatever button they come by."""
    number = await kijiji.claim()
    on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
    tokens = [button.data for row in on_telegram.buttons for button in row]
    tokens += [button.custom_id for row in on_discord.buttons for button in row]
    before = await commitment(kijiji, number)
    here = kijiji.telegram.messages(kijiji.juma)[-1]
    there = kijiji.cards()[-1] if kijiji.cards() else on_discord
    for token in filter(None, tokens):
        if token_of(token).verb == "decline":
            continue
        kijiji.telegram.taps_data(kijiji.juma, here, token)
        await kijiji.settled()
        assert kijiji.answer_to(kijiji.juma).startswith("That is for the stewards")
        act = kijiji.discord.press_id(kijiji.baraka, there, token)
        assert (await act.answered()).text.startswith("That is for the stewards")
    assert await commitment(kijiji, number) == before
    assert (await kijiji.books()).entries == 0


async def test_who_was_dismissed_has_no_right_at_the_next_click(kijiji: Town) -> None:
    """A26: the list was drawn while they served; on both platforms."""
    number = await kijiji.claim()
    on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
    await kijiji.tells(kijiji.amina, "/dismiss @Claire steward")
    act = kijiji.discord.press(kijiji.claire, on_discord, f"Confirm #{number}")
    assert (await act.answered()).text.startswith("That is for the stewards")
    await kijiji.tells(kijiji.amina, "/appoint @Claire steward")
    await kijiji.slashes(
        kijiji.claire, "steward dismiss", member=kijiji.discord.bot_user, role="steward"
    )
    said = await kijiji.taps(kijiji.amina, on_telegram, f"Confirm #{number}")
    assert said.startswith("Confirmed.")


# --- drawn for another state (A12) ---------------------------------------------------------------


@pytest.mark.parametrize("platform", ["telegram", "discord"])
async def test_a_button_drawn_for_another_state_explains_and_repeats_nothing(
    kijiji: Town, platform: str
) -> None:
    """A12: declined and done again meanwhile, it is another claim than the one on the button."""
    number = await kijiji.claim()
    on_telegram, on_discord = await queue_on_telegram(kijiji), await queue_on_discord(kijiji)
    await kijiji.tells(kijiji.amina, f"/decline #{number} the gate too, please")
    await kijiji.tells(kijiji.juma, f"/done #{number}")
    label = f"Confirm #{number}"
    if platform == "telegram":
        said = await kijiji.taps(kijiji.amina, on_telegram, label)
    else:
        act = kijiji.discord.press(kijiji.claire, on_discord, label)
        said = (await act.answered()).text
    assert said.startswith(f"#{number} has changed since I showed you this.")
    assert (await commitment(kijiji, number)).state is CommitmentState.DONE
    assert (await kijiji.books()).entries == 0
