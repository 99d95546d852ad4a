"""What is written about the bot's work, and what never is: tokens, passwords, what people say.

Only our own loggers follow LOG_LEVEL down to DEBUG. The libraries' do not: at DEBUG they write
whole messages, and an HTTP client writes the address, which on Telegram holds the token.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bots.settings import Settings

OURS = ("bots", "core", "storage")
QUIET = (
    "aiohttp",
    "aiosqlite",
    "apscheduler",
    "asyncio",
    "discord",
    "httpcore",
    "httpx",
    "telegram",
)
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

TELEGRAM = re.compile(r"(?P<before>bot)?\b(?P<id>[0-9]{5,}):(?P<secret>[A-Za-z0-9_-]{16,})")
DISCORD = re.compile(r"\b[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{20,}")
PASSWORD = re.compile(r"(?P<before>[a-z+]+://[^\s:/@]*:)(?P<secret>[^\s@]+)@")
BOT_PATH = re.compile(r"/bot(?P<id>[0-9]+):[^/\s'\"]+")
HIDDEN = "***"


class Redacting(logging.Filter):
    """Hides secrets in a record: those it was told, and whatever looks like one.

    It changes the record, so it stands on every handler and one is enough.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = sorted((each for each in secrets if each), key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, without its secrets."""
        record.msg, record.args = self.redacted(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redacted(record.exc_text)
        if record.stack_info:
            record.stack_info = self.redacted(record.stack_info)
        return True

    def redacted(self, text: str) -> str:
        """The text with its secrets hidden."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = BOT_PATH.sub(rf"/bot\g<id>:{HIDDEN}", text)
        text = TELEGRAM.sub(rf"\g<before>\g<id>:{HIDDEN}", text)
        return PASSWORD.sub(rf"\g<before>{HIDDEN}@", DISCORD.sub(HIDDEN, text))


class AsJson(logging.Formatter):
    """One JSON object a line: when (UTC), how serious, who says it, what, and any trace."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        trace = record.exc_text or (
            self.formatException(record.exc_info) if record.exc_info else ""
        )
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(said | ({"trace": trace} if trace else {}), ensure_ascii=False)


def secrets_of(settings: Settings) -> list[str]:
    """All that the settings hold and nobody may read."""
    given = (
        settings.telegram_token,
        settings.telegram_webhook_secret,
        settings.discord_token,
        settings.database_url,
    )
    found = [each.get_secret_value() for each in given if each is not None]
    # Telegram's library may write the secret alone, without the bot's id before it.
    return found + [each.partition(":")[2] for each in found if "://" not in each]


def set_up_logs(settings: Settings, file: Path | None = None) -> None:
    """Write logs to stderr, or to a file of its owner's alone.

    Handlers that were there before (a test's, a host's) stay, and hide secrets too.
    """
    root = logging.getLogger()
    handler = _handler(file)
    as_json = settings.log_format == "json"
    handler.setFormatter(AsJson() if as_json else logging.Formatter(FORMAT))
    root.addHandler(handler)
    redacting = Redacting(secrets_of(settings))
    for each in root.handlers:
        each.addFilter(redacting)
    _set_levels(settings.log_level)


def _handler(file: Path | None) -> logging.Handler:
    if file is None:
        return logging.StreamHandler()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    return logging.FileHandler(file, encoding="utf-8")


def _set_levels(level: str) -> None:
    names = logging.getLevelNamesMapping()
    logging.getLogger().setLevel(max(names[level], logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(names[level])
    for name in QUIET:
        logging.getLogger(name).setLevel(max(names[level], logging.WARNING))
