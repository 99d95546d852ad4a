"""Writes docs/checklist.md (`make checklist`): each line, and the tests that hold it.

A test cites a line in its docstring, in a comment above it, or at the end of its name.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.checklist.lines import LINES, SECTIONS

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "checklist.md"
ID = re.compile(r"\b([A-H][0-9]{1,2})\b")
IN_NAME = re.compile(r"_([a-h][0-9]{1,2})(?=_|$)")
SHOWN_MAX = 3

HEAD = """\
# The checklist, and the tests that hold it

Written by `make checklist`; a test holds that it is up to date. `make test` runs all that is named
here, on SQLite and PostgreSQL, on the local chat, a pretended Telegram and a pretended Discord.
"""


def held_by_line() -> Mapping[str, Sequence[tuple[str, str]]]:
    """File and name of every test that cites a line, sorted."""
    from tests.checklist.test_cited import HELD_BY

    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for line, held in HELD_BY.items():
        found[line].update(held)
    for file in TESTS.rglob("test_*.py"):
        for line, name in _cited_in(file.read_text(encoding="utf-8")):
            found[line].add((file.relative_to(TESTS).as_posix(), name))
    return {line: sorted(found[line]) for line in LINES}


def _cited_in(text: str) -> Iterator[tuple[str, str]]:
    """Each line that a file cites, with the test that does."""
    lines = text.splitlines()
    for each in ast.walk(ast.parse(text)):
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if not each.name.startswith("test_"):
            continue
        said = f"{ast.get_docstring(each) or ''}\n{_above(each, lines)}"
        ids = {*ID.findall(said), *(found.upper() for found in IN_NAME.findall(each.name))}
        yield from ((line, each.name) for line in ids if line in LINES)


def _above(test: ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]) -> str:
    """The comments right above a test and its decorators."""
    first = min([test.lineno, *(each.lineno for each in test.decorator_list)]) - 1
    above = first
    while above and lines[above - 1].startswith("#"):
        above -= 1
    return "\n".join(lines[above:first])


def page() -> str:
    """The whole page."""
    held = held_by_line()
    parts = [HEAD]
    for section, title in SECTIONS.items():
        parts.append(f"## {title}\n\n| | what | held by |\n|---|---|---|")
        rows = [line for line in LINES if line[0] == section]
        parts[-1] += "".join(
            f"\n| {line} | {LINES[line]} | {_shown(held[line])} |" for line in rows
        )
        parts[-1] += "\n"
    return "\n".join(parts)


def _shown(tests: Sequence[tuple[str, str]]) -> str:
    if not tests:
        return "–"
    shown = [f"[{name}](../tests/{file})" for file, name in tests[:SHOWN_MAX]]
    more = len(tests) - SHOWN_MAX
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
