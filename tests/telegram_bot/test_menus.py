"""The menus behind the slash."""

from __future__ import annotations

import re
from pathlib import Path

from bots.app import App
from bots.catalogue.all import COMMANDS
from bots.telegram_bot.menus import IN_GROUPS, menus_of, typed_name
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import settings_of

MENUS = 9
"""Three kinds of chats, three languages."""


async def start(telegram: PretendedTelegram, folder: Path) -> None:
    async with App(settings_of(telegram, folder), ticking=False):
        pass


# B1
async def test_menus_are_set_once_and_again_only_when_they_changed(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
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
        assert all(1 <= len(summary) <= 256 for _, summary in menu)
