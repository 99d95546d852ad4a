"""Both platforms at once, each with its real library on a pretended server (A3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.app import App
from bots.settings import Settings
from tests.pretended.discord import PretendedDiscord
from tests.pretended.telegram import PretendedTelegram

WRONG = {
    "telegram": ("telegram_token", "123456789:" + "w" * 35),
    "discord": ("discord_token", "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe." + "w" * 38),
}


@pytest.mark.parametrize("wrong", ["", "telegram", "discord"])
async def test_a_wrong_token_stops_its_own_platform_and_no_other(
    wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with PretendedTelegram() as telegram, PretendedDiscord() as discord:
        given: dict[str, Any] = {
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
            "discord_token": discord.token,
            "discord_api_url": discord.api_url,
            "discord_gateway_url": discord.gateway_url,
        }
        given |= dict([WRONG[wrong]]) if wrong else {}
        settings = Settings(_env_file=None, data_dir=tmp_path, **given)
        with discord.reroute():
            async with App(settings, ticking=False) as app:
                running = set(app.delivery.rooms)
                assert not app.hopeless.is_set()
    assert running == {"telegram", "discord"} - {wrong}
    told = [each.getMessage() for each in caplog.records if "does not start" in each.getMessage()]
    assert len(told) == bool(wrong)
    assert "wwww" not in caplog.text
