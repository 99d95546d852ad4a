"""H1: the doctor asks the platforms and the database, and each bad state says what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

from bots.app import App, now
from bots.findings import Finding
from bots.housekeeping import examine
from bots.settings import Settings
from storage.house import open_house
from tests.databases import database_url
from tests.pretended.discord import PretendedDiscord
from tests.pretended.telegram import PretendedTelegram
from tests.programs import TOKENS

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def telegram() -> AsyncIterator[PretendedTelegram]:
    async with PretendedTelegram() as server:
        yield server


@pytest.fixture
async def discord() -> AsyncIterator[PretendedDiscord]:
    async with PretendedDiscord() as server:
        yield server


def on(folder: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)


def on_telegram(server: PretendedTelegram, folder: Path, **more: Any) -> Settings:
    return on(folder, telegram_token=server.token, telegram_api_url=server.url, **more)


def on_discord(server: PretendedDiscord, folder: Path) -> Settings:
    return on(folder, discord_token=server.token, discord_api_url=server.api_url)


async def found(settings: Settings) -> str:
    return "\n".join(map(str, await examine(settings)))


async def bad(settings: Settings) -> list[str]:
    return [each.text for each in await examine(settings) if not each.well]


async def test_all_is_well_on_both_platforms_h1(
    telegram: PretendedTelegram, discord: PretendedDiscord, tmp_path: Path
) -> None:
    settings = on(
        tmp_path,
        telegram_token=telegram.token,
        telegram_api_url=telegram.url,
        discord_token=discord.token,
        discord_api_url=discord.api_url,
        discord_gateway_url=discord.gateway_url,
    )
    with discord.reroute():
        async with App(settings):
            shown = await found(settings)
    assert "BAD" not in shown
    for said in (
        f"the token is that of @{telegram.bot_username}",
        "privacy mode is on",
        "is asked for updates",
        "no privileged intent is on",
        "Telegram: knows the commands of this version",
        "Discord: knows the commands of this version",
        "time zones",
        "tables: 0",
        "0 messages wait",
    ):
        assert said in shown
    for secret in (telegram.token.partition(":")[2], discord.token):
        assert secret not in shown


async def test_a_wrong_token_is_told_with_where_to_copy_it_h1(
    telegram: PretendedTelegram, discord: PretendedDiscord, tmp_path: Path
) -> None:
    settings = on(
        tmp_path,
        telegram_token=TOKENS["TELEGRAM_TOKEN"],
        telegram_api_url=telegram.url,
        discord_token=TOKENS["DISCORD_TOKEN"],
        discord_api_url=discord.api_url,
    )
    one, other = await bad(settings)
    assert "TELEGRAM_TOKEN; copy it anew from @BotFather" in one
    assert "DISCORD_TOKEN; copy it anew from the page “Bot”" in other
    shown = await found(settings)
    assert all(token not in shown for token in TOKENS.values())


async def test_a_platform_out_of_reach_is_told_by_its_host_alone_h1(tmp_path: Path) -> None:
    settings = on(tmp_path, telegram_token=TOKENS["TELEGRAM_TOKEN"], telegram_api_url=NOWHERE)
    (line,) = await bad(settings)
    assert "127.0.0.1:9" in line
    assert "is the network up?" in line
    assert TOKENS["TELEGRAM_TOKEN"] not in line


async def test_privacy_mode_that_is_off_is_noted_with_the_way_to_switch_it_on_h1(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    telegram.turn_privacy_off()
    shown = await found(on_telegram(telegram, tmp_path))
    assert "note Telegram: privacy mode is off" in shown
    assert "/setprivacy" in shown


async def test_another_program_that_has_updates_brought_is_bad_and_its_secret_is_not_shown_h1(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    telegram._world.webhook = {"url": "https://other.example/secret-path", "secret_token": ""}
    (line,) = await bad(on_telegram(telegram, tmp_path))
    assert "other.example" in line
    assert "secret-path" not in line
    mine = on_telegram(
        telegram,
        tmp_path,
        telegram_webhook_url="https://other.example/secret-path",
        telegram_webhook_secret="a-secret-of-twenty-letters",
    )
    assert await bad(mine) == []


async def test_needless_intents_and_an_empty_shelf_of_servers_are_noted_h1(
    discord: PretendedDiscord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.pretended.discord import rest

    asked = rest.Rest.get_application

    def flagged(self: Any, request: Any) -> Any:
        return asked(self, request) | {"flags": 1 << 15 | 1 << 19}

    monkeypatch.setattr(rest.Rest, "get_application", flagged)
    shown = await found(on_discord(discord, tmp_path))
    assert "Server Members Intent, Message Content Intent on" in shown
    assert "in no server yet" in shown
    assert "BAD" not in shown


class Late(BaseHTTPRequestHandler):
    """A Bot API whose clock is two hours behind ours."""

    def do_GET(self) -> None:
        body = b'{"ok": true, "result": {"username": "pools_bot"}}'
        self.send_response_only(200)
        self.send_header("Date", format_datetime(datetime.now(UTC) - timedelta(hours=2)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


async def test_a_clock_that_is_off_is_bad_and_says_how_to_set_it_h1(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        settings = on(tmp_path, telegram_token=TOKENS["TELEGRAM_TOKEN"], telegram_api_url=url)
        (line,) = await bad(settings)
    finally:
        server.shutdown()
        server.server_close()
    assert "ahead of Telegram's" in line
    assert "timedatectl" in line


async def test_what_waits_too_long_is_bad_and_how_long_is_said_h1(tmp_path: Path) -> None:
    settings = on(tmp_path)
    long_ago = now() - timedelta(hours=3)
    house = await open_house(
        settings.database.get_secret_value(), lambda: long_ago, lambda length: bytes(length)
    )
    await house.inbox.store("1", [(7, "chat", "{}")])
    await house.close()
    (line,) = await bad(settings)
    assert line.startswith("inbox: the oldest update waits since 3:00:0")
    assert "start the bot" in line


async def test_a_server_is_noted_that_does_not_tidy_up_h1(tmp_path: Path) -> None:
    with database_url("postgresql", tmp_path) as url:
        with closing(psycopg.connect(url)) as connection:
            setting = connection.execute("SHOW autovacuum").fetchone()
        shown = await found(on(tmp_path, database_url=url))
    assert ("note database: its autovacuum is off" in shown) is (setting == ("off",))


def test_a_line_shows_at_its_beginning_how_it_is() -> None:
    assert str(Finding(True, "x")) == "ok   x"
    assert str(Finding(True, "x", note=True)) == "note x"
    assert str(Finding(False, "x", note=True)) == "BAD  x"
