"""How a transcript is written in another language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.__main__ import main
from bots.transcripts.captures import Captures

STORY = """\
A small story
people: amina (Amina, admin, on telegram), juma (Juma)

# Amina makes the pool.
amina in group: /pool create Riverside currency:CAD timezone:America/Toronto
  amina sees: {_}
              {_}

only: telegram
amina in private: /help

juma in group: /join
  juma sees: Welcome to Riverside, Juma!
             {_}
             [See the board] [Offer something] [Ask for something]

juma in group: /offer 2h mending nets
  juma sees: Your offer is on the board as #{nets}. {_}
  group sees: #{nets} Juma offers: mending nets (2 h).
              [I would like this]

amina taps [I would like this] on #{nets} in group
  amina sees: {_}
"""


def test_everybody_speaks_it_and_names_stay(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    story = tmp_path / "story.txt"
    story.write_text(STORY, encoding="utf-8")
    into = tmp_path / "fr"
    assert main(["play", str(story), "--language", "fr", "--into", str(into)]) == 0
    written = (into / story.name).read_text(encoding="utf-8")
    assert "people: amina (Amina, admin, speaks fr), juma (Juma, speaks fr)" in written
    assert "# Amina makes the pool." in written
    assert "/help" not in written
    assert "group sees: #{nets} Juma offre" in written
    assert "amina taps [J’en voudrais] on #{nets} in group" in written
    assert main(["play", str(into / story.name)]) == 0
    assert "as written" in capsys.readouterr().out


def test_a_language_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["play", str(tmp_path / "story.txt"), "--language", "fr"]) == 2
    assert "go together" in capsys.readouterr().err


def test_what_is_caught_or_does_not_matter_is_named_wherever_it_stands() -> None:
    captures = Captures()
    assert captures.match("Type {code} for #{thing}, by {_} #{_}", "Type k3x9 for #4, by me #5")
    named = captures.wholly_named("#5 me: #4, k3x9 (#44)", captures.passed_over)
    assert named == "#{_} {_}: #{thing}, {code} (#44)"
