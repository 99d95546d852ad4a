"""Settings: where they come from, and what is said when one is wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bots import settings
from bots.settings import Settings, SettingsError, load_settings

SECRET = "hunter2"

# Every setting with something wrong in it, and a word of what must be said.
WRONG = [
    ("TELEGRAM_TOKEN", SECRET, "@BotFather"),
    ("TELEGRAM_TOKEN", f"12345:{SECRET} {SECRET}", "@BotFather"),
    ("TELEGRAM_TOKEN", f"bot:{SECRET}", "@BotFather"),
    ("TELEGRAM_API_URL", f"{SECRET}.example", "https://"),
    ("TELEGRAM_API_URL", "https://", "complete"),
    ("TELEGRAM_API_URL", f"https://{SECRET}:port", "complete"),
    ("TELEGRAM_WEBHOOK_URL", f"http://{SECRET}.example/hook", "https://"),
    ("TELEGRAM_WEBHOOK_SECRET", SECRET, "20 to 256"),
    ("TELEGRAM_WEBHOOK_SECRET", f"{SECRET} {'x' * 20}", "20 to 256"),
    ("TELEGRAM_WEBHOOK_LISTEN", SECRET, "127.0.0.1:8081"),
    ("TELEGRAM_WEBHOOK_LISTEN", f"{SECRET}:port", "127.0.0.1:8081"),
    ("DISCORD_TOKEN", f"Bot {SECRET}", "blank"),
    ("DISCORD_API_URL", f"ftp://{SECRET}", "http:// or https://"),
    ("DISCORD_GATEWAY_URL", f"https://{SECRET}", "ws:// or wss://"),
    ("DATABASE_URL", f"mysql://root:{SECRET}@host/pools", "postgresql://"),
    ("DATABASE_URL", SECRET, "sqlite:///"),
    ("DATABASE_URL", f"postgresql://root:{SECRET}@host", "names no database"),
    ("DATABASE_URL", f"postgresql://root:{SECRET}#@host/pools", "complete"),
    ("DATABASE_URL", f"sqlite://{SECRET}.db", "three slashes"),
    ("DATABASE_URL", "sqlite://", "three slashes"),
    ("DATABASE_URL", "sqlite:///:memory:", "lose"),
    ("DATA_DIR", __file__, "folder"),
    ("LOG_LEVEL", SECRET, "WARNING"),
    ("LOCALE", SECRET, "en, fr, sw"),
]


@pytest.fixture(autouse=True)
def env_file(tmp_path, monkeypatch) -> Path:
    """An empty folder to start the bot in, and nothing set; the path of its .env."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / ".env"


def test_nothing_needs_to_be_set():
    found = load_settings()

    assert found.telegram_token is None
    assert found.discord_token is None
    assert found.telegram_api_url == "https://api.telegram.org"
    assert found.log_level == "INFO"
    assert found.locale == "en"
    assert found.database == SecretStr("sqlite:///data/poolkeeper.db")


def test_settings_are_read_from_the_file(env_file):
    env_file.write_text("TELEGRAM_TOKEN=123:abc\nLOCALE=sw\nSOMETHING_ELSE=1\n")

    found = load_settings()

    assert found.telegram_token == SecretStr("123:abc")
    assert found.locale == "sw"


def test_the_environment_wins_over_the_file(env_file, monkeypatch):
    env_file.write_text("LOCALE=sw\n")
    monkeypatch.setenv("LOCALE", "fr")

    assert load_settings().locale == "fr"


@pytest.mark.parametrize("nothing", ["", "   "])
@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_value_counts_as_unset(name, nothing, env_file):
    env_file.write_text(f"{name}='{nothing}'\n")

    assert load_settings() == Settings(_env_file=None)


def test_an_empty_value_in_the_environment_counts_as_unset(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("LOG_LEVEL", "")

    assert load_settings() == Settings(_env_file=None)


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_what_is_wrong_is_named_with_what_to_write_and_never_repeated(name, value, said, env_file):
    env_file.write_text(f"{name}='{value}'\n")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{name} ")
    assert said in line
    assert line.endswith(".")
    assert SECRET not in line
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_every_wrong_setting_has_its_line(env_file):
    env_file.write_text("LOCALE=tlh\nLOG_LEVEL=loud\n")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["LOG_LEVEL", "LOCALE"]


def test_every_setting_knows_what_to_write_instead():
    assert set(settings._REMEDIES) == set(Settings.model_fields)


def test_a_secret_is_never_shown(env_file):
    url = f"postgresql://pool:{SECRET}@host/pools"
    env_file.write_text(
        f"TELEGRAM_TOKEN=123:{SECRET}\nDISCORD_TOKEN={SECRET}\nDATABASE_URL={url}\n"
    )

    found = load_settings()

    assert SECRET not in repr(found)
    assert SECRET not in str(found)
    assert SECRET not in repr(found.database)
    assert found.database.get_secret_value() == url


def test_settings_never_change():
    found = load_settings()

    with pytest.raises(ValidationError):
        found.locale = "fr"  # type: ignore[misc]  # that is the point


def test_the_database_lies_in_the_data_folder(env_file, tmp_path):
    env_file.write_text(f"DATA_DIR={tmp_path}/kept\n")

    assert load_settings().database.get_secret_value() == f"sqlite:///{tmp_path}/kept/poolkeeper.db"


def test_the_data_folder_may_lie_at_home(env_file, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    env_file.write_text("DATA_DIR=~/kept\n")

    assert load_settings().data_dir == tmp_path / "kept"


def test_levels_and_languages_may_be_written_in_any_case(env_file):
    env_file.write_text("LOG_LEVEL=debug\nLOCALE=FR\n")

    found = load_settings()

    assert (found.log_level, found.locale) == ("DEBUG", "fr")


def test_addresses_lose_the_slash_at_their_end(env_file):
    env_file.write_text(
        "TELEGRAM_API_URL=http://127.0.0.1:8081/\n"
        "DISCORD_API_URL=https://proxy.example/api/v10/\n"
        "DISCORD_GATEWAY_URL=ws://127.0.0.1:9000/\n"
    )

    found = load_settings()

    assert found.telegram_api_url == "http://127.0.0.1:8081"
    assert found.discord_api_url == "https://proxy.example/api/v10"
    assert found.discord_gateway_url == "ws://127.0.0.1:9000"


def test_postgresql_without_its_driver_says_how_to_install_it(env_file, monkeypatch):
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    env_file.write_text(f"DATABASE_URL=postgresql://pool:{SECRET}@host/pools\n")

    with pytest.raises(SettingsError, match=r"pip install '\.\[postgres\]'"):
        load_settings()


def test_a_file_that_is_no_text_is_refused_in_words(env_file):
    env_file.write_bytes("LOCALE=sw\n".encode("utf-16"))

    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings()


def test_a_file_that_may_not_be_read_is_refused_in_words(env_file, monkeypatch):
    def forbidden(**_):
        raise PermissionError(13, "Permission denied")

    env_file.write_text("LOCALE=sw\n")
    monkeypatch.setattr(settings, "Settings", forbidden)

    with pytest.raises(SettingsError, match="Permission denied"):
        load_settings()
