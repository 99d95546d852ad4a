"""The program as it is started, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKENS = {
    "TELEGRAM_TOKEN": "123456789:AAabcdefghijklmnopqrstuvwxyz012345678",
    "DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab",
}


@contextmanager
def started(
    *arguments: str, options: Sequence[str] = (), **more: str
) -> Iterator[subprocess.Popen[str]]:
    """The program with a pipe for what is typed; `options` are those of Python."""
    process = subprocess.Popen(
        [sys.executable, *options, "-m", "bots", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(stream: object, word: str) -> str:
    """What is written up to the line that holds a word."""
    text = ""
    for line in iter(stream.readline, ""):  # type: ignore[attr-defined]
        text += line
        if word in line:
            return text
    raise AssertionError(f"{word!r} never came in: {text}")
