"""No log line holds a secret, whoever writes it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.logs import FORMAT, Redacting, secrets_of, set_up_logs
from bots.settings import Settings

TELEGRAM = "123456789:AAabcdefghijklmnopqrstuvwxyz012345678"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"
URL = "postgresql://pools:hunter2@db.example/pools"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        telegram_token=SecretStr(TELEGRAM),
        discord_token=SecretStr("no.usual.form"),
        database_url=SecretStr(URL),
        data_dir=tmp_path,
        log_level="DEBUG",
    )


@pytest.fixture
def levels() -> Iterator[None]:
    """Puts back what setting up the logs changes for the whole process."""
    root = logging.getLogger()
    names = ("bots", "core", "storage", "httpx", "httpcore", "discord", "telegram")
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    level, handlers = root.level, list(root.handlers)
    filters = {handler: list(handler.filters) for handler in handlers}
    yield
    root.setLevel(level)
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
        handler.close()
    for handler, kept in filters.items():
        handler.filters = kept
    for logger, former in before:
        logger.setLevel(former)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"https://api.telegram.org/bot{TELEGRAM}/getMe", TELEGRAM.partition(":")[2]),
        ("/bot42:short/sendMessage", "short"),
        (f"token {TELEGRAM} was refused", TELEGRAM.partition(":")[2]),
        (f"Authorization: Bot {DISCORD}", DISCORD),
        (f"cannot connect to {URL}", "hunter2"),
        ("it was no.usual.form", "no.usual.form"),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(text: str, secret: str, settings: Settings) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(Redacting(secrets_of(settings)))
    logger = logging.Logger("any")
    logger.addHandler(handler)
    try:
        raise ConnectionError(text)
    except ConnectionError:
        logger.exception("failed: %s", text, stack_info=True)
    assert secret not in stream.getvalue()
    assert "ConnectionError" in stream.getvalue()


def test_what_is_no_secret_stays(settings: Settings) -> None:
    text = "pool 7 at 2026-11-20T09:30:00+00:00: row 12 of the outbox, 1.2.3, https://a.example/b"
    assert Redacting(secrets_of(settings)).redacted(text) == text


@pytest.mark.usefixtures("levels")
def test_at_debug_only_our_own_loggers_are_heard(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "log"
    set_up_logs(settings, file)
    for name in ("httpx", "httpcore.http11", "discord.gateway", "telegram.ext", "aiosqlite"):
        logging.getLogger(name).info("canary of %s", name)
    logging.getLogger("another.library").debug("canary")
    logging.getLogger("bots.any").debug("heard, with %s", TELEGRAM)
    text = file.read_text(encoding="utf-8")
    assert "canary" not in text
    assert "heard, with ***" in text
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_log_for_programs_is_one_json_object_a_line_without_secrets(
    settings: Settings, levels: None, tmp_path: Path
) -> None:
    file = tmp_path / "log"
    set_up_logs(settings.model_copy(update={"log_format": "json"}), file)
    try:
        raise RuntimeError(TELEGRAM)
    except RuntimeError:
        logging.getLogger("bots").exception("it broke with %s", TELEGRAM)
    (text,) = file.read_text(encoding="utf-8").splitlines()
    said = json.loads(text)
    assert (said["level"], said["logger"]) == ("ERROR", "bots")
    assert datetime.fromisoformat(said["at"]).utcoffset() == timedelta(0)
    assert "RuntimeError" in said["trace"]
    assert TELEGRAM.partition(":")[2] not in text
