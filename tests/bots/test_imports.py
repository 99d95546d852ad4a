"""What is not needed is not imported (goals.md, P8): each start is looked at in a new process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PATIENT = ["alembic", "mako", "psycopg", "matplotlib"]
"""What is needed once in a while: to migrate, on another server, for a chart."""

START = """
import asyncio, sys
from tests.bench.starting import ready
asyncio.run(ready({platform!r}, {folder!r}))
print(*(name for name in sys.modules if "." not in name))
"""


def imported(code: str) -> set[str]:
    """The top packages that are there after a process ran this."""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("platform", "unused"),
    [("telegram", ["discord", "aiohttp"]), ("discord", ["telegram", "httpx"])],
)
def test_a_platform_brings_only_what_it_needs(tmp_path: Path, platform: str, unused: list[str]):
    start = START.format(platform=platform, folder=str(tmp_path))
    for _ in ("on a new database", "on one that is there"):
        names = imported(start)
        assert platform in names
        assert not names & {*unused, *PATIENT, "prompt_toolkit"}
