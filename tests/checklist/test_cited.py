"""No line of the checklist is forgotten: each is cited by a test, or names the tests that hold it.

An id stands in a test's docstring, in a comment, or at the end of its name (`..._a7`).
"""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import core

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent

LINES = {
    "A": [*range(1, 33)],
    "E": [*range(1, 13)],
    "B": [*range(1, 30)],
    "C": [*range(1, 24)],
    "D": [*range(1, 11)],
    "F": [*range(1, 12)],
    "G": [*range(1, 9)],
    "H": [*range(1, 7)],
}
IDS = [f"{section}{number}" for section, numbers in LINES.items() for number in numbers]

MAIN, WORDS = "bots/test_main.py", "bots/test_words.py"
PAGE, SERVER = "local_bot/browser/test_page.py", "local_bot/browser/test_server.py"
HELD_BY = {
    "A1": [(MAIN, "test_without_tokens_the_chat_opens_and_a_signal_ends_it_well")],
    "A2": [(MAIN, "test_one_token_imports_no_other_library_and_stops_on_a_signal")],
    "A5": [("transcripts/test_transcripts.py", "test_a_transcript_goes_as_it_is_written")],
    "A21": [
        ("core/usecases/test_credits.py", "test_ten_minutes_to_the_second_are_enough_and_one_more"),
        ("core/usecases/test_credits.py", "test_a_transfer_is_taken_back_whole_by_an_entry"),
    ],
    "A27": [("core/usecases/test_credits.py", "test_a_steward_sends_for_somebody_without_a_phone")],
    "A28": [
        ("core/usecases/test_linking.py", "test_a_code_is_good_once"),
        ("core/usecases/test_linking.py", "test_a_code_is_good_for_ten_minutes"),
        (
            "core/usecases/test_linking.py",
            "test_the_older_membership_stays_and_the_younger_is_closed_by_one_entry",
        ),
    ],
    "A30": [
        ("core/usecases/test_leaving.py", "test_the_name_of_who_left_is_found_nowhere"),
        ("storage/test_ledger.py", "test_who_leaves_is_named_nowhere_and_the_books_stand"),
    ],
    "D1": [(MAIN, "test_without_tokens_the_chat_opens_and_a_signal_ends_it_well")],
    "D2": [
        (SERVER, "test_only_who_knows_the_secret_of_this_run_comes_in"),
        (
            "local_bot/browser/test_listening.py",
            "test_the_program_refuses_to_be_exposed_by_accident",
        ),
    ],
    "D3": [(PAGE, "test_everybody_is_one_click_away")],
    "D4": [
        ("local_bot/test_console.py", "test_private_answers_are_seen_by_one_alone"),
        (PAGE, "test_what_one_person_alone_sees_is_on_nobody_elses_page"),
    ],
    "D5": [
        (PAGE, "test_the_keyboard_alone_is_enough"),
        (PAGE, "test_everybody_can_use_it_by_day_and_by_night_on_any_screen"),
    ],
    "D6": [(PAGE, "test_a_day_and_a_month_pass_and_what_happened_is_shown")],
    "D7": [(MAIN, "test_play_tells_what_differs_and_records_it")],
    "D8": [(MAIN, "test_the_end_of_a_pipe_ends_the_chat_well")],
    "D10": [(MAIN, "test_the_demo_is_never_the_database_that_is_named")],
    "E1": [
        ("bots/test_clock.py", "test_there_are_only_intervals_that_never_misfire"),
        ("bots/test_clock.py", "test_no_other_file_schedules_anything"),
    ],
    "F2": [("storage/test_writer.py", "test_every_connection_is_set_up_and_writes_begin")],
    "F3": [("storage/test_writer.py", "test_the_writers_thread_uses_no_socket")],
    "F4": [
        ("storage/test_round_trip.py", "test_an_instant_of_any_zone_is_the_same_instant"),
        ("storage/test_round_trip.py", "test_a_naive_instant_is_refused"),
    ],
    "F7": [
        ("storage/test_ledger.py", "test_the_journal_is_only_added_to"),
        ("storage/test_migrations.py", "test_nothing_is_deleted_by_cascade"),
    ],
    "F9": [("storage/test_migrations.py", "test_whatever_a_pool_owns_has_the_pool_first")],
    "F10": [("storage/test_round_trip.py", "test_ids_of_platforms_come_back_to_the_digit")],
    "F11": [
        ("storage/test_reading.py", "test_a_reader_that_is_called_off_lets_go_of_its_connection"),
        ("storage/test_writer.py", "test_who_goes_away_has_their_write_done_all_the_same"),
    ],
    "G1": [
        ("house/test_languages.py", "test_every_sentence_is_translated"),
        ("house/test_languages.py", "test_places_are_the_same"),
        ("house/test_languages.py", "test_sentences_are_literals"),
    ],
    "G2": [(WORDS, "test_the_own_choice_goes_before_the_client_before_the_pool_before_english")],
    "G3": [(WORDS, "test_swahili_can_be_chosen_whatever_language_the_client_has")],
    "G4": [(WORDS, "test_credits_take_the_form_of_their_number")],
    "G5": [(WORDS, "test_money_is_written_as_in_the_region_of_the_pool")],
    "G6": [
        ("bots/catalogue/test_plainly.py", "test_a_day_and_a_time_are_read_without_guessing"),
        ("bots/catalogue/test_plainly.py", "test_what_is_no_day_is_given_back_as_it_was_said"),
    ],
    "G8": [(WORDS, "test_a_missing_translation_is_said_in_english_and_logged_once")],
}
"""Tests whose names say what they hold, so that they need no id beside it."""


def cited() -> Iterator[str]:
    """Every id that stands somewhere in a test."""
    for file in TESTS.rglob("test_*.py"):
        if file == Path(__file__):
            continue
        text = file.read_text(encoding="utf-8")
        yield from re.findall(r"\b([A-H][0-9]{1,2})\b", text)
        for name in re.findall(r"def (test_\w+)", text):
            yield from (each.upper() for each in re.findall(r"_([a-h][0-9]{1,2})(?=_|$)", name))


@pytest.mark.parametrize("line", HELD_BY)
def test_what_is_said_to_hold_a_line_is_there(line: str) -> None:
    for file, name in HELD_BY[line]:
        source = (TESTS / file).read_text(encoding="utf-8")
        assert f"def {name}" in source, (file, name)


def test_every_line_is_cited_by_a_test() -> None:
    here = ast.get_docstring(ast.parse(Path(__file__).read_text(encoding="utf-8"))) or ""
    below = re.findall(r'"""([A-H][0-9]{1,2}):', Path(__file__).read_text(encoding="utf-8"))
    held = {*cited(), *below, *HELD_BY}
    assert "A7" in held, here
    assert [line for line in IDS if line not in held] == []


# --- lines that are about the source ------------------------------------------------------------


def test_the_floors_forbid_core_what_is_not_its_own() -> None:
    """A4: the contract that `make lint` checks on every push."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    forbidden = {
        module
        for contract in contracts
        if contract["type"] == "forbidden" and contract["source_modules"] == ["core"]
        for module in contract["forbidden_modules"]
    }
    assert forbidden >= {"telegram", "discord", "apscheduler", "aiohttp", "bots", "storage"}
    assert "lint-imports" in (ROOT / "Makefile").read_text(encoding="utf-8")
    used = {
        name
        for file in (ROOT / "core").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _imported(node)
    }
    assert not used & forbidden
    assert "core" in used


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name.split(".")[0] for each in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []


def test_core_is_given_nothing_that_could_be_changed_behind_its_back() -> None:
    """F8: every record that storage hands to core is a frozen dataclass without a row in it."""
    found = []
    for module in walk_packages(core.__path__, "core."):
        loaded = import_module(module.name)
        for kind in vars(loaded).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                found.append(kind)
                blank: Any = object.__new__(kind)
                with pytest.raises(dataclasses.FrozenInstanceError):
                    blank.anything = "changed"
                for field in dataclasses.fields(kind):
                    assert "Session" not in str(field.type), (kind, field.name)
    assert len(set(found)) > 80


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_same_tests_run_on_both_databases(kind: str) -> None:
    """F5: whoever asks for a database by `url` is run on each kind in turn."""
    from tests.databases import KINDS

    assert kind in KINDS
    asking = [
        file.name
        for file in TESTS.rglob("test_*.py")
        if re.search(r"def test_\w+\([^)]*\b(?:url|house|engine)\b", file.read_text("utf-8"))
    ]
    assert len(asking) > 8


@pytest.mark.parametrize("name", [".env", "data/poolkeeper.db"])
def test_what_is_secret_is_never_committed(name: str) -> None:
    """H5: git ignores the file of secrets and the folder of data."""
    ignored = subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT, check=False)
    if ignored.returncode == 128:
        pytest.skip("not in a clone of the repository")
    assert ignored.returncode == 0


def test_a_plain_pip_is_tried_with_every_push() -> None:
    """H4: what the checks run: make, the lock, and pip alone."""
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make --no-print-directory test" in checks
    assert re.search(r"-m pip install .* \.$", checks, re.MULTILINE)
    assert "--group" not in checks + (ROOT / "Makefile").read_text(encoding="utf-8")
