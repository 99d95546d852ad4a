"""The settings of a bot, read from the environment and from the file `.env`.

What stands in the environment wins over `.env`; an empty value counts as unset.
Secrets are `SecretStr`, so no log line or traceback shows them, and no message
about a wrong setting repeats the value that was given: it might be a secret in
the wrong line.

A setting exists only when something uses it. `.env.example` explains each one to
the person who runs the bot; a test holds the two against one another.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bots.languages import LANGUAGES

LogFormat = Literal["text", "json"]
Cards = Literal["framed", "plain"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

_ENV_FILE = Path(".env")
LOOPBACK = "127.0.0.1"
_SQLITE_FILE = "poolkeeper.db"

# What to write instead, for each setting that can be wrong.
_REMEDIES = {
    "telegram_token": "Copy the whole token from @BotFather; it reads like 123456789:AbCdEf.",
    "telegram_api_url": "Write an address such as https://api.telegram.org.",
    "telegram_webhook_url": "Write the address of your server, such as https://bot.example/telegram.",
    "telegram_webhook_secret": "Write 20 to 256 letters, digits, _ or -, chosen at random.",
    "telegram_webhook_listen": "Write where to listen, such as 127.0.0.1:8081.",
    "discord_token": "Copy the token from the Bot page of your application, without more words.",
    "discord_api_url": "Write an address such as https://proxy.example/api/v10.",
    "discord_gateway_url": "Write an address such as wss://gateway.example.",
    "discord_cards": "Write framed or plain.",
    "database_url": (
        "Write sqlite:///pool.db or postgresql://user:password@host/database,"
        " or leave it empty for a file in DATA_DIR."
    ),
    "data_dir": "Write the path of a folder, such as ./data.",
    "health_port": "Write a port such as 8082, or an address with one, such as 0.0.0.0:8082.",
    "log_format": "Write text or json.",
    "log_level": "Write DEBUG, INFO, WARNING or ERROR.",
    "locale": f"Write one of these: {', '.join(LANGUAGES)}.",
}


WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{20,256}")


class SettingsError(Exception):
    """The settings cannot be used.

    Its message is for the person who runs the bot: one line for each setting,
    with its name, what is wrong, and what to write instead. It holds no value.
    """


class Settings(BaseSettings):
    """All that can be set from outside. Made by `load_settings`, then never changed."""

    model_config = SettingsConfigDict(
        env_file=_ENV_FILE,
        env_file_encoding="utf-8",
        # .env is often shared with other programs; their lines are none of ours.
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    telegram_token: SecretStr | None = None
    """The bot's token from @BotFather. None: no Telegram."""

    telegram_api_url: str = "https://api.telegram.org"
    """Where the Bot API answers, without a slash at the end."""

    telegram_webhook_url: str | None = None
    """The address to which Telegram brings updates. None: the bot asks for them."""

    telegram_webhook_secret: SecretStr | None = Field(default=None, validate_default=True)
    """What Telegram says with each update to show that it is Telegram."""

    telegram_webhook_listen: str = "127.0.0.1:8081"
    """Where the bot listens for what comes to that address: host and port."""

    discord_token: SecretStr | None = None
    """The bot's token from the developer portal. None: no Discord."""

    discord_api_url: str | None = None
    """Where Discord's REST API answers, version included. None: the library's own."""

    discord_gateway_url: str | None = None
    """Where Discord's gateway answers. None: the one that the REST API names."""

    discord_cards: Cards = "framed"
    """How cards look on Discord: with a frame around them, or as plain text."""

    database_url: SecretStr | None = None
    """Where the pools are kept; may hold a password. None: a SQLite file in `data_dir`."""

    data_dir: Path = Path("data")
    """The folder for what the bot keeps in files."""

    log_format: LogFormat = "text"
    """How a line of the log is written: for people, or as JSON for a program."""

    log_level: LogLevel = "INFO"
    """The least serious level that is logged."""

    health_port: str | None = None
    """Where /health and /metrics are answered: a port of this computer, or host and port."""

    locale: str = "en"
    """The language of new pools and of the local chat, until somebody chooses another."""

    @property
    def database(self) -> SecretStr:
        """The database to open, as a URL: the one given, or the SQLite file in `data_dir`."""
        if self.database_url is not None:
            return self.database_url
        return SecretStr(f"sqlite:///{(self.data_dir / _SQLITE_FILE).as_posix()}")

    @property
    def copies(self) -> Path:
        """The folder of the daily copies."""
        return self.data_dir / "copies"

    @property
    def health_address(self) -> tuple[str, int] | None:
        """Where to answer /health: on this computer alone, unless an address is given."""
        if self.health_port is None:
            return None
        parts = _split(f"//{_with_host(self.health_port)}")
        return parts.hostname or LOOPBACK, parts.port or 0

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, object]) -> dict[str, object]:
        """Drop what is empty or blank, so that the default holds."""
        trimmed = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in trimmed.items() if value != ""}

    @field_validator("telegram_token")
    @classmethod
    def _telegram_token_has_its_form(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None:
            bot_id, _, secret = token.get_secret_value().partition(":")
            if not (bot_id.isascii() and bot_id.isdigit() and secret) or _has_blanks(secret):
                raise ValueError("does not look like a token of a Telegram bot")
        return token

    @field_validator("telegram_webhook_url")
    @classmethod
    def _is_encrypted_address(cls, url: str | None) -> str | None:
        return _address(url, "https")

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _guards_the_webhook(
        cls, secret: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if secret is None:
            if info.data.get("telegram_webhook_url"):
                raise ValueError("is missing, but TELEGRAM_WEBHOOK_URL is there")
        elif not WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("is no secret that Telegram takes, or is too short")
        return secret

    @field_validator("telegram_webhook_listen")
    @classmethod
    def _is_host_and_port(cls, listen: str) -> str:
        parts = _split(f"//{listen}")
        if not parts.hostname or not parts.port or parts.path:
            raise ValueError("is no host with a port")
        return listen

    @field_validator("discord_token")
    @classmethod
    def _discord_token_has_its_form(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and _has_blanks(token.get_secret_value()):
            raise ValueError("holds a blank, which no token of a Discord bot does")
        return token

    @field_validator("telegram_api_url", "discord_api_url")
    @classmethod
    def _is_web_address(cls, url: str | None) -> str | None:
        return _address(url, "http", "https")

    @field_validator("discord_gateway_url")
    @classmethod
    def _is_websocket_address(cls, url: str | None) -> str | None:
        return _address(url, "ws", "wss")

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _check_database(_split(url.get_secret_value()))
        return url

    @field_validator("data_dir")
    @classmethod
    def _is_no_file(cls, folder: Path) -> Path:
        folder = folder.expanduser()
        if folder.exists() and not folder.is_dir():
            raise ValueError("names a file, not a folder")
        return folder

    @field_validator("log_level", mode="before")
    @classmethod
    def _level_in_any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("health_port")
    @classmethod
    def _is_port(cls, port: str | None) -> str | None:
        if port is not None:
            parts = _split(f"//{_with_host(port)}")
            if not parts.hostname or not parts.port or parts.path or _has_blanks(port):
                raise ValueError("is no port")
        return port

    @field_validator("locale")
    @classmethod
    def _is_spoken(cls, locale: str) -> str:
        if locale not in LANGUAGES:
            raise ValueError("is no language that the bot speaks")
        return locale

    @field_validator("locale", "log_format", "discord_cards", mode="before")
    @classmethod
    def _word_in_any_case(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word


def load_settings() -> Settings:
    """Read the environment and `.env` in the current folder.

    Raises:
        SettingsError: something cannot be used; its message says what to do.
    """
    try:
        return Settings()
    except ValidationError as error:
        # "from None": the original error is for programmers, not for the reader.
        raise SettingsError(_explain(error)) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{_ENV_FILE} is not plain text. Save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(
            f"{_ENV_FILE} cannot be read ({error.strerror}). Allow this user to read it."
        ) from None


def _explain(error: ValidationError) -> str:
    """One line for each wrong setting, without the value that was given."""
    lines = []
    for detail in error.errors(include_input=False, include_url=False):
        name = str(detail["loc"][0])
        # Our own checks raise ValueError with a sentence; others have only a type.
        reason = detail.get("ctx", {}).get("error", "has a value that is not known")
        lines.append(f"{name.upper()} {reason}. {_REMEDIES[name]}")
    return "\n".join(lines)


def _with_host(port: str) -> str:
    return f"{LOOPBACK}:{port}" if port.isdecimal() else port


def _has_blanks(text: str) -> bool:
    return any(character.isspace() for character in text)


def _split(url: str) -> SplitResult:
    """Take a URL apart; what urllib says about a bad one may repeat it, so it goes."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # only looking at the port finds out that it is no number
    except ValueError:
        raise ValueError("is not a complete address") from None
    return parts


def _address(url: str | None, *schemes: str) -> str | None:
    """An address of one of these schemes, without a slash at the end."""
    if url is None:
        return None
    parts = _split(url)
    if parts.scheme not in schemes:
        raise ValueError(f"does not begin with {' or '.join(f'{s}://' for s in schemes)}")
    if not parts.hostname or _has_blanks(url):
        raise ValueError("is not a complete address")
    return url.rstrip("/")


def _check_database(parts: SplitResult) -> None:
    """Refuse what is neither a SQLite file nor a PostgreSQL database."""
    if parts.scheme == "sqlite":
        if parts.netloc or parts.path in ("", "/"):
            raise ValueError("names no file (three slashes come before its path)")
        if ":memory:" in parts.path:
            raise ValueError("would lose every pool when the bot stops")
    elif parts.scheme in ("postgresql", "postgresql+psycopg"):
        if not parts.path.strip("/"):
            raise ValueError("names no database")
        if find_spec("psycopg") is None:
            raise ValueError(
                "needs PostgreSQL's driver, which is not installed"
                " (run: .venv/bin/pip install '.[postgres]')"
            )
    else:
        raise ValueError("names no database that the bot knows")
