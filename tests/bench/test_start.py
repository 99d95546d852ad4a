"""P8 of the goals: a cold start against its libraries alone. Prints, and fails on no figure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.bench.measuring import report

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

ROUNDS = 7

COMMON = (
    "aiosqlite",
    "asyncio",
    "logging",
    "sqlite3",
    "apscheduler.schedulers.asyncio",
    "babel.dates",
    "babel.numbers",
    "pydantic_settings",
    "rapidfuzz.distance",
    "rapidfuzz.fuzz",
    "rapidfuzz.process",
    "sqlalchemy",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What the bot is made of whatever the platform; imported, and not used."""

PLATFORMS = {
    "telegram": ("telegram", "telegram.error", "telegram.request", "httpcore"),
    "discord": ("discord", "discord.app_commands"),
}

MEASURED = """
import json, resource
used = resource.getrusage(resource.RUSAGE_SELF)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
highest = int(status["VmHWM"].split()[0])
print(json.dumps([used.ru_utime + used.ru_stime, highest / 1024]))
"""
"""CPU in seconds, memory at its highest in MiB. Not `ru_maxrss`: it remembers the parent's."""

START = """
import asyncio, gc
import bots.__main__
gc.disable()
from tests.bench.starting import ready
asyncio.run(ready({platform!r}, {folder!r}))
"""
"""As `python -m bots` starts: until all is there, nobody looks for garbage."""


def run(code: str, compiled: Path) -> str:
    """What a fresh process prints that runs this; what it imports is compiled there, once."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = [sys.executable, "-c", code]
    done = subprocess.run(process, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def both_measured(
    floor: str, figure: str, compiled: Path
) -> tuple[tuple[float, float], tuple[float, float]]:
    """CPU and memory of fresh processes that run these, in turn; medians."""
    for code in (floor, figure):
        run(code, compiled)
    rounds = [
        [json.loads(run(code + MEASURED, compiled)) for code in (floor, figure)]
        for _ in range(ROUNDS)
    ]
    floors, figures = zip(*rounds, strict=True)
    return _medians(floors), _medians(figures)


def _medians(runs: Sequence[Sequence[float]]) -> tuple[float, float]:
    return median(cpu for cpu, _ in runs), median(memory for _, memory in runs)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_cold_start(tmp_path: Path, platform: str):
    libraries = "\n".join(f"import {name}" for name in (*COMMON, *PLATFORMS[platform]))
    start = START.format(platform=platform, folder=str(tmp_path))
    # The first start makes the database; it is not counted.
    floor, figure = both_measured(libraries, start, tmp_path / "compiled")
    print()
    what = f"{platform}, start ÷ its libraries"
    report(f"{what}, CPU", figure[0] * 1000, floor[0] * 1000, unit=" ms", wanted="P8 ≤ 1.15")
    report(f"{what}, memory", figure[1], floor[1], unit=" MiB", wanted="P8 ≤ 1.15")
