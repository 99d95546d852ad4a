"""The program as it is started: its commands, its exit codes, its manners when it is stopped."""

from __future__ import annotations

import ast
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bots.__main__ import main
from tests.patience import PATIENCE
from tests.programs import ROOT, TOKENS, read_until, started

NOWHERE = "http://127.0.0.1:9"
SCRIPT = """\
A try
people: amina (Amina, admin)
clock: 2026-03-02 09:00 Africa/Nairobi

amina in private: /privacy
"""


pytestmark = pytest.mark.usefixtures("alone")


# --- started without any token -------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_without_tokens_the_chat_opens_and_a_signal_ends_it_well(how: signal.Signals) -> None:
    with started() as process:
        assert "http://127.0.0.1:" in read_until(process.stdout, "browser")
        process.send_signal(how)
        out, err = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, err
    assert "Goodbye!" in out
    assert err == ""


def test_in_a_terminal_ctrl_c_ends_the_chat_well() -> None:
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bots"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    while b"in the group>" not in seen:
        seen += os.read(mine, 65_536)
    os.write(mine, b"\x03")
    with open(mine, "rb", buffering=0) as terminal:
        try:
            while chunk := terminal.read(65_536):
                seen += chunk
        except OSError:
            pass  # Linux says so when the other side is closed.
    assert process.wait(20) == 0
    assert b"Traceback" not in seen


def test_the_end_of_a_pipe_ends_the_chat_well() -> None:
    with started() as process:
        out, err = process.communicate("/board\n/private\n/balance", timeout=2 * PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert "things on the board" in out
    assert "You have" in out


def test_the_demo_is_never_the_database_that_is_named(tmp_path: Path) -> None:
    real = tmp_path / "real.db"
    with started(DATABASE_URL=f"sqlite:///{real}") as process:
        process.communicate("/quit\n", timeout=2 * PATIENCE)
    assert process.returncode == 0
    assert not real.exists()
    assert (tmp_path / "data" / "demo.db").exists()


def test_a_second_chat_is_told_who_has_the_demo_open() -> None:
    with started() as first:
        read_until(first.stdout, "ends.")
        with started() as second:
            _, err = second.communicate("/quit\n", timeout=2 * PATIENCE)
        assert second.returncode == 1
        assert f"process {first.pid} on" in err
        assert "Traceback" not in err


def test_at_debug_no_log_holds_what_people_say(tmp_path: Path) -> None:
    typed = "/private\n/send @wanjiru 1 canary in a note\n/offer 1 canary in a listing\ncanary\n"
    with started(LOG_LEVEL="DEBUG") as process:
        out, err = process.communicate(typed, timeout=2 * PATIENCE)
    assert "canary in a note" in out
    logs = [file.read_text() for file in (tmp_path / "data").glob("*.log")]
    assert "canary" not in "".join([err, *logs])


# --- started with a token ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "url", "other"),
    [
        ("TELEGRAM_TOKEN", "TELEGRAM_API_URL", "discord"),
        ("DISCORD_TOKEN", "DISCORD_API_URL", "telegram"),
    ],
)
def test_one_token_imports_no_other_library_and_stops_on_a_signal(
    token: str, url: str, other: str
) -> None:
    given = {token: TOKENS[token], url: NOWHERE, "LOG_LEVEL": "INFO"}
    with started(options=("-X", "importtime"), **given) as process:
        err = read_until(process.stderr, "cannot be reached")
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, rest
    for library in (other, "alembic", "prompt_toolkit", "matplotlib"):
        assert not re.search(rf"\| +{library}(\.|$)", err + rest, re.MULTILINE), library
    assert TOKENS[token] not in err + rest
    assert TOKENS[token].rpartition(":")[2] not in err + rest


# --- commands ------------------------------------------------------------------------------


def test_play_tells_what_differs_and_records_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a_try.txt"
    file.write_text(SCRIPT)
    assert main(["play", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "+  amina sees:" in shown
    assert "--- " in shown
    assert file.read_text() == SCRIPT
    assert main(["play", "--record", str(file)]) == 0
    assert file.read_text().startswith(SCRIPT)
    assert main(["play", str(file)]) == 0
    assert main(["play", str(tmp_path / "none.txt")]) == 1


def test_play_plays_on_a_database_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a_try.txt"
    file.write_text(SCRIPT)
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    assert main(["play", "--record", "--database", url, str(file)]) == 0
    assert (tmp_path / "kept.db").exists()


def test_a_wrong_setting_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "hunter2")
    assert main(["doctor"]) == 2
    shown = capsys.readouterr().err
    assert "@BotFather" in shown
    assert "hunter2" not in shown


def test_nothing_is_made_by_looking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert main(["audit"]) == 1
    assert main(["backup", str(tmp_path / "copy.db")]) == 1
    assert "is not there yet" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a pool in it, as the one of the settings."""
    from bots.local_bot import bot
    from bots.playing import DEMO

    assert bot.GROUP == "group"
    script = tmp_path / "demo.txt"
    script.write_text(DEMO.read_text(encoding="utf-8"))
    url = f"sqlite:///{tmp_path / 'pool.db'}"
    main(["play", "--record", "--database", url, str(script)])
    monkeypatch.setenv("DATABASE_URL", url)
    return tmp_path / "pool.db"


def test_doctor_audit_and_backup_work_on_a_pool(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    for word in ("Python 3.", "journal wal", "tables: 0", "0 messages wait", "pools: 1"):
        assert word in shown
    assert main(["audit"]) == 0
    assert "fingerprint" in capsys.readouterr().out
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert main(["backup", str(copy)]) == 1
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_copy_is_put_back_only_where_nothing_is_and_its_books_are_proven(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.db"
    main(["backup", str(copy)])
    assert main(["restore", str(copy)]) == 1
    assert "Move it away first" in capsys.readouterr().err
    filled.rename(tmp_path / "lost.db")
    assert main(["restore", str(copy)]) == 0
    assert "fingerprint" in capsys.readouterr().out
    assert main(["doctor"]) == 0
    assert main(["restore", str(tmp_path / "demo.txt")]) == 1


def test_the_doctor_shows_no_token(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, token in TOKENS.items():
        monkeypatch.setenv(name, token)
    monkeypatch.setenv("TELEGRAM_API_URL", NOWHERE)
    monkeypatch.setenv("DISCORD_API_URL", NOWHERE)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "Telegram: cannot be reached" in shown
    assert all(token not in shown for token in TOKENS.values())


def test_a_database_that_cannot_be_reached_is_bad_news(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://pools:hunter2@127.0.0.1:9/pools")
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "BAD  database: cannot be reached" in shown
    assert "hunter2" not in shown


def test_the_audit_finds_what_was_changed_behind_its_back(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE posting SET amount = amount + 1")
        connection.commit()
    assert main(["audit"]) == 1
    assert "BAD " in capsys.readouterr().out


def test_migrate_makes_the_tables_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    assert "up to date" in capsys.readouterr().out
    assert main(["doctor"]) == 0


# --- on an old Python ----------------------------------------------------------------------


def test_an_old_python_can_read_the_first_file() -> None:
    for file in (ROOT / "bots" / "__init__.py", ROOT / "bots" / "__main__.py"):
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_kindly() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 10);"
        " runpy.run_module('bots', run_name='__main__')"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert told.stderr.startswith("Poolkeeper needs Python 3.11 or newer; this is Python 3.8.")
    assert "Traceback" not in told.stderr
