"""What nobody needs is taken out: a file, a function, a question that nobody asks, a button."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bots.catalogue.all import COMMANDS
from bots.tokens import QUESTION_VERBS

ROOT = Path(__file__).parents[2]
FLOORS = ("core", "storage", "bots")
FILES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]

FOR_TESTS_ALONE = {
    "has_words": "every notice and outcome has words",
    "descend": "migrations climb up, down, up",
    "is_shared": "which conversations are played on several platforms at once",
}
"""What the program does not need itself, and which promise a test keeps by it."""

FOUND = re.compile(r"__(?:main|init)__|migrations/(?:env|versions/\d+_)|catalogue/options")
"""Files that Python, Alembic or the collection of sentences find by themselves."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def words() -> Counter[str]:
    """How often each name stands in the program, its definition included."""
    texts = (path.read_text(encoding="utf-8") for path in FILES)
    return Counter(word for text in texts for word in re.findall(r"\w+", text))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def definitions() -> Iterator[tuple[str, Path]]:
    """Functions and classes by name; without those that a decorator registers somewhere.

    Methods of a class that extends a library's are called by that.
    """
    ours = {
        node.name
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    }
    for path in FILES:
        yield from ((name, path) for name in _defined(tree(path), ours))


def _defined(node: ast.AST, ours: set[str]) -> Iterator[str]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            if not each.decorator_list:
                yield each.name
        elif isinstance(each, ast.ClassDef):
            yield each.name
            if all(_name(base) in ours | {"Protocol", "Generic"} for base in each.bases):
                yield from _defined(each, ours)


def _name(base: ast.expr) -> str:
    inner = base.value if isinstance(base, ast.Subscript) else base
    return inner.id if isinstance(inner, ast.Name) else ""


def test_whatever_is_defined_is_named_somewhere_else():
    found = list(definitions())
    times = Counter(name for name, _ in found)
    assert len(found) > 1000
    dead = [
        f"{path.relative_to(ROOT)}: {name}"
        for name, path in found
        if words()[name] <= times[name]
        and not name.startswith("__")
        and name not in FOR_TESTS_ALONE
    ]
    assert not dead


def test_whatever_a_port_or_a_reader_promises_is_asked_for():
    """A method stands in the protocol and in what fulfils it: two names, and nobody's use."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    promised = [
        each.name
        for name in ("core/ports.py", "core/reads.py", "core/desk.py")
        for node in ast.walk(tree(ROOT / name))
        if isinstance(node, ast.ClassDef) and any(_name(base) == "Protocol" for base in node.bases)
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert len(promised) > 100
    assert not [each for each in promised if not re.search(rf"\.{each}\b", texts)]


def test_every_file_is_imported():
    imported: set[str] = set()
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                imported |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    files = [path for path in FILES if not FOUND.search(path.as_posix())]
    assert not [str(path) for path in files if module_of(path) not in imported]


def test_every_button_names_a_command():
    known = {each.name for each in COMMANDS}
    verbs = {
        call.args[1].value
        for path in FILES
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "button"
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
    }
    assert len(verbs) > 30
    assert verbs <= known | QUESTION_VERBS
