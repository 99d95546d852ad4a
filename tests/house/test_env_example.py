""".env.example and the settings say the same."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from bots.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SETTING = re.compile(r"^#(?P<name>[A-Z][A-Z_]*)=", re.MULTILINE)


@pytest.fixture
def text() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


def test_every_setting_stands_in_the_example_once_and_nothing_else_does(text):
    assert sorted(SETTING.findall(text)) == sorted(name.upper() for name in Settings.model_fields)


def test_copied_unchanged_the_example_sets_nothing(text):
    assert all(line.startswith("#") for line in text.splitlines() if line)


def test_the_values_shown_are_the_defaults(text, tmp_path, monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    uncommented = tmp_path / "uncommented"
    uncommented.write_text(SETTING.sub(r"\g<name>=", text), encoding="utf-8")

    shown = Settings(_env_file=uncommented)
    defaults = Settings(_env_file=None)

    assert shown == defaults


def test_a_sentence_stands_above_every_setting(text):
    for above, line in pairwise(text.splitlines()):
        if SETTING.match(line):
            assert above.startswith("# "), line


def test_the_two_ways_in_are_explained_in_numbered_steps(text):
    telegram, discord = text.split("# ---- Telegram in 5 steps")[1].split(
        "# ---- Discord in 6 steps"
    )
    assert re.findall(r"^# (\d)\. ", telegram, re.MULTILINE) == list("12345")
    assert re.findall(r"^# (\d)\. ", discord, re.MULTILINE) == list("123456")
