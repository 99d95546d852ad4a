"""The table of the checklist names every line, and the tests that hold it."""

from __future__ import annotations

from tests.checklist.lines import LINES
from tests.checklist.table import PAGE, held_by_line, page
from tests.checklist.test_cited import IDS

LATER = {"B30", "C24"}
"""Lines that nothing holds yet, because they are for later."""


def test_every_line_has_words_and_a_test() -> None:
    assert set(IDS) <= set(LINES)
    bare = {line for line, tests in held_by_line().items() if not tests}
    assert bare <= LATER


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make checklist"
