"""The menus behind the slash."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bots.app import App
from bots.catalogue.all import COMMANDS
from bots.catalogue.commands import Command
from bots.rooms import Inside
from bots.telegram_bot import TelegramBot
from bots.telegram_bot.menus import IN_GROUPS, menus_of, typed_name
from core.domain.members import Role
from core.usecases.people import Join, join
from core.usecases.roles import Appoint, Dismiss, appoint, dismiss
from core.usecases.standing import By
from tests.clocks import Clock, Draw
from tests.pretended.telegram import Chat, Known, Menu, PretendedTelegram, User
from tests.telegram_bot.conftest import Run, Running, settings_of
from tests.telegram_bot.small import Small
from tests.telegram_bot.test_chats import bind

MENUS = 9
"""Three kinds of chats, three languages."""


async def start(
    telegram: PretendedTelegram, folder: Path, commands: Sequence[Command] = COMMANDS
) -> None:
    async with App(settings_of(telegram, folder), commands=commands, ticking=False):
        pass


async def test_menus_are_set_once_and_again_only_when_they_changed(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    """B1: three kinds of chats, three languages; a start that finds no change calls nothing."""
    await start(telegram, tmp_path)
    assert len(telegram.calls_of("setMyCommands")) == MENUS
    await start(telegram, tmp_path)
    assert len(telegram.calls_of("setMyCommands")) == MENUS
    scopes = {(menu.scope[0], menu.language) for menu in telegram.menus}
    assert scopes == {
        (scope, language)
        for scope in ("all_private_chats", "all_group_chats", "all_chat_administrators")
        for language in ("", "sw", "fr")
    }


async def test_menus_of_another_build_are_set_anew_and_once(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    """B1: a command that is not there any more leaves every menu that it stood in."""
    await start(telegram, tmp_path)
    fewer = [each for each in COMMANDS if each.name != "balance"]
    for _ in range(2):
        await start(telegram, tmp_path, fewer)
        assert len(telegram.calls_of("setMyCommands")) == 2 * MENUS
    shown = {name for menu in telegram.menus for name, _summary in menu.commands}
    assert "board" in shown
    assert "balance" not in shown


async def test_menus_that_could_not_be_set_are_set_at_the_next_start(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    telegram.fail("setMyCommands", 502)
    await start(telegram, tmp_path)
    assert not telegram.menus
    await start(telegram, tmp_path)
    assert len(telegram.menus) == MENUS


# B2, B3
async def test_a_group_shows_eight_commands_and_its_admins_those_and_their_own(
    telegram: PretendedTelegram, tmp_path: Path, garden: Chat, amina: User, juma: User
) -> None:
    await start(telegram, tmp_path)
    members = [name for name, _ in telegram.menu(juma, garden)]
    admins = [name for name, _ in telegram.menu(amina, garden)]
    assert tuple(members) == IN_GROUPS
    assert admins[: len(members)] == members
    assert {"queue", "confirm", "pool"} <= set(admins)
    assert "balance" in [name for name, _ in telegram.menu(juma, juma)]


# B3
def test_names_and_summaries_are_as_telegram_wants_them() -> None:
    for command in COMMANDS:
        assert re.fullmatch("[a-z0-9_]{1,32}", typed_name(command)), command.name
    for _, language, menu in menus_of(COMMANDS):
        assert language in ("", "sw", "fr")
        assert 1 <= len(menu) <= 12
        assert all(1 <= len(line.summary) <= 256 for line in menu)


@pytest.mark.parametrize("known", list(Known))
async def test_what_only_asks_is_typed_unseen_where_the_server_knows_that(
    telegram: PretendedTelegram, tmp_path: Path, known: Known
) -> None:
    """B12, B1: in groups alone; an older server has its menus all the same, and is asked once."""
    telegram.knows_whispers(known)
    await start(telegram, tmp_path)
    menus = {(menu.scope[0], menu.language): menu for menu in telegram.menus}
    assert len(menus) == MENUS
    unseen = {scope: menus[scope, ""].alone for scope, language in menus if not language}
    assert unseen["all_private_chats"] == frozenset()
    wanted = frozenset() if known is Known.REFUSED else {"board", "balance", "help"}
    assert unseen["all_group_chats"] == wanted
    calls = len(telegram.calls_of("setMyCommands"))
    await start(telegram, tmp_path)
    assert len(telegram.calls_of("setMyCommands")) == calls


@pytest.fixture
def village(
    telegram: PretendedTelegram, tmp_path: Path, clock: Clock, draw: Draw, amina: User, garden: Chat
) -> Run:
    """Runs a bot with all of its commands; the garden is a pool, and Amina its steward."""

    @asynccontextmanager
    async def running() -> AsyncIterator[Running]:
        made: list[TelegramBot] = []

        def room(inside: Inside) -> TelegramBot:
            made.append(TelegramBot(inside))
            return made[0]

        settings = settings_of(telegram, tmp_path)
        async with App(settings, clock=clock, draw=draw, rooms=[room], ticking=False) as app:
            started = Running(telegram, app, made[0], Small(), [])
            if not await app.house.readers.pools():
                await bind(started, garden, amina)
            yield started

    return running


async def test_a_steward_who_is_no_admin_has_the_stewards_menu_as_long_as_they_serve(
    village: Run, garden: Chat, amina: User, juma: User
) -> None:
    """B2: set when they are appointed, for each language, and taken away at the end."""
    async with village() as running:
        await joined(running, juma)
        await role(running, amina, juma, appoint)
        menu = [name for name, _ in running.telegram.menu(juma, garden)]
        assert menu[:8] == list(IN_GROUPS)
        assert {"queue", "confirm", "pool"} <= set(menu)
        assert {menu.scope for menu in mine(running, juma)} == {("chat_member", garden.id, juma.id)}
        assert {menu.language for menu in mine(running, juma)} == {"", "sw", "fr"}
        await role(running, amina, juma, dismiss)
        assert not mine(running, juma)
        assert "queue" not in [name for name, _ in running.telegram.menu(juma, garden)]


async def test_who_was_appointed_while_telegram_was_away_has_the_menu_at_the_next_start(
    village: Run, amina: User, juma: User
) -> None:
    """B2, B1: and what is set already is not set again."""
    async with village() as running:
        await joined(running, juma)
        running.telegram.fail("setMyCommands", 502)
        await role(running, amina, juma, appoint)
        assert not mine(running, juma)
    async with village() as running:
        await looked(running)
        assert len(mine(running, juma)) == 3
        calls = len(running.telegram.calls_of("setMyCommands"))
    async with village() as running:
        await looked(running)
        assert len(running.telegram.calls_of("setMyCommands")) == calls
        await role(running, amina, juma, dismiss)
        assert not mine(running, juma)


async def test_a_steward_who_leaves_the_pool_leaves_their_menu_too(
    village: Run, amina: User, juma: User
) -> None:
    """B2: nobody tells them; they did it themselves."""
    async with village() as running:
        await joined(running, juma)
        await role(running, amina, juma, appoint)
        assert len(mine(running, juma)) == 3
        running.telegram.says(juma, juma, "/leave")
        await running.settled()
        for button in running.last(juma).labels[:1]:
            running.telegram.taps(juma, running.last(juma), button)
            await running.settled()
        assert not mine(running, juma)


async def test_a_steward_who_is_not_in_the_group_has_no_menu_there_and_nobody_is_disturbed(
    village: Run, garden: Chat, amina: User, juma: User
) -> None:
    """B2: Telegram knows no menu for somebody who is not there."""
    async with village() as running:
        await joined(running, juma)
        garden.standings.pop(juma.id)
        await role(running, amina, juma, appoint)
        assert running.texts(juma)
        assert not mine(running, juma)


async def looked(running: Running) -> None:
    """The bot has looked who serves, after its start."""
    assert running.bot._looking is not None
    await running.bot._looking


def mine(running: Running, user: User) -> list[Menu]:
    """The menus that one person has for themselves."""
    return [menu for menu in running.telegram.menus if menu.scope[2] == user.id]


async def joined(running: Running, user: User) -> None:
    """Somebody starts the bot and becomes a member of the pool."""
    running.telegram.starts(user)
    await running.settled()
    (pool,) = await running.app.house.readers.pools()
    command = Join(pool, By("telegram", str(user.id)))
    await running.app.engine.run(join, command, f"test:join:{user.id}")


async def role(running: Running, by: User, of: User, decide: Any) -> None:
    """A steward appoints somebody as a steward, or dismisses them; they are told."""
    (pool,) = await running.app.house.readers.pools()
    everyone = await running.app.house.readers.everyone(pool)
    member = next(each.member for each in everyone if each.name == of.name)
    wanted = Appoint if decide is appoint else Dismiss
    command = wanted(pool, By("telegram", str(by.id)), member, Role.STEWARD)
    await running.app.doors.engine.run(decide, command, f"test:{decide.__name__}")
    await running.app.quiet()


async def test_a_menu_shows_the_names_of_its_language(
    telegram: PretendedTelegram, tmp_path: Path, garden: Chat
) -> None:
    """G7: what somebody taps is what they would type."""
    await start(telegram, tmp_path)
    for language, name in (("sw", "ubao"), ("fr", "tableau"), ("de", "board")):
        person = telegram.user("Anna", language_code=language)
        telegram.joins(person, garden)
        assert name in [typed for typed, _ in telegram.menu(person, garden)]


async def test_a_name_in_another_language_reaches_the_command(
    telegram: PretendedTelegram, tmp_path: Path, amina: User
) -> None:
    """G7: whatever language the one who types it speaks."""
    async with App(settings_of(telegram, tmp_path), ticking=False) as app:
        for typed in ("/help", "/msaada", "/aide"):
            telegram.says(amina, amina, typed)
        await telegram.quiet()
        await app.quiet()
    texts = [message.text for message in telegram.messages(amina)]
    assert len(texts) == 3
    assert len(set(texts)) == 1
