"""The README is tested like code: its table is the catalogue's, its steps are really taken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.readme import README, with_table

STEP = re.compile(r"^\*\*(\d+)\.\*\* .*?```\n(.*?)```", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^[^\n>]+, in (?:the group|private)> (.+)$", re.MULTILINE)


def test_the_table_of_commands_is_the_catalogues() -> None:
    text = README.read_text()
    assert text == with_table(text), "write it anew with: python -m tests.house.readme"


def test_the_steps_lead_from_the_clone_to_a_confirmed_promise(tmp_path: Path) -> None:
    steps = dict(STEP.findall(README.read_text()))
    assert [int(number) for number in steps] == list(range(1, len(steps) + 1))
    assert len(steps) <= 10
    shown = [block for number, block in steps.items() if number != "1"]
    typed = "".join(f"{line}\n" for block in shown for line in PROMPT.findall(block))
    screen = _console(typed, tmp_path)
    for block in shown:
        assert block.strip() in screen


def _console(typed: str, folder: Path) -> str:
    """What the terminal chat shows when these lines are typed on a fresh demo."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_TOKEN")},
        "DATA_DIR": str(folder),
        "COLUMNS": "80",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bots"],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        cwd=README.parent,
        timeout=60,
        check=True,
    )
    return done.stdout
