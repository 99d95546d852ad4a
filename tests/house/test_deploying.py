"""What runs the bot on a server starts what there is, and as an ordinary user."""

from __future__ import annotations

import re
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
(SCRIPT,) = PROJECT["scripts"]
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()


def unit() -> ConfigParser:
    """The systemd unit; it repeats no key, so this reads it whole."""
    found = ConfigParser(interpolation=None, strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(ROOT / "deploy" / "poolkeeper.service")
    return found


def test_the_unit_starts_the_program_as_a_user_of_its_own() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].split() == [f"/opt/poolkeeper/bin/{SCRIPT}", "run"]
    assert service["User"] not in ("", "root")
    assert service["NoNewPrivileges"] == "true"


@pytest.mark.skipif(which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    there = tmp_path / "poolkeeper.service"
    text = (ROOT / "deploy" / "poolkeeper.service").read_text()
    # The program is not installed where the tests run; systemd wants to see it.
    there.write_text(text.replace(f"/opt/poolkeeper/bin/{SCRIPT}", "/bin/true"))
    said = subprocess.run(
        ["systemd-analyze", "verify", str(there)], capture_output=True, text=True, check=False
    )
    about_us = [line for line in said.stderr.splitlines() if there.name in line]
    assert (said.returncode, about_us) == (0, [])


def test_the_unit_waits_longer_than_the_bot_takes_to_stop() -> None:
    from bots.app import STOP_SECONDS

    assert int(unit()["Service"]["TimeoutStopSec"]) > STOP_SECONDS


def test_the_image_runs_the_program_as_an_ordinary_user() -> None:
    (user,) = re.findall(r"^USER (\d+)$", CONTAINER, re.MULTILINE)
    assert int(user) > 0
    assert f'ENTRYPOINT ["/opt/poolkeeper/bin/{SCRIPT}"]' in CONTAINER


def test_whatever_the_image_copies_is_there_and_not_ignored() -> None:
    named = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.MULTILINE)
        for name in line.split()
    ]
    kept = (ROOT / ".containerignore").read_text().split()
    assert named
    assert all((ROOT / name).exists() and f"!{name}" in kept for name in named)


def test_the_image_needs_no_other_python_than_the_project() -> None:
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert set(re.findall(r"^FROM python:(\S+)-slim", CONTAINER, re.MULTILINE)) == {lowest}
