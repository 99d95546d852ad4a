"""Where lines come from: a terminal with history and completion, or a pipe."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bots.local_bot.bot import LocalBot
from bots.rooms import Inside
from bots.words import Voice

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer


class Keyboard(Protocol):
    """Gives one line after the other."""

    echoes: bool
    """Whether what is typed can be seen without our writing it."""

    async def line(self, prompt: str) -> str | None:
        """The next line, None when there will be no more."""


class Pipe:
    """Lines of a pipe or a file, read by a thread that nobody has to wait for."""

    echoes = False

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="standard input", daemon=True).start()

    async def line(self, prompt: str) -> str | None:  # noqa: ARG002 - nobody sees a prompt
        """The next line."""
        return await self._lines.get()

    def _read(self) -> None:
        # Straight from the descriptor: sys.stdin has a lock that a thread which waits for input
        # would hold while the program ends.
        rest = b""
        while chunk := os.read(self._descriptor, 65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for each in lines:
                self._hand_over(each.decode(errors="replace").rstrip("\r"))
        if rest:
            self._hand_over(rest.decode(errors="replace"))
        self._hand_over(None)

    def _hand_over(self, line: str | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)


class Terminal:
    """Lines typed by a person. Ctrl-C and Ctrl-D end them."""

    echoes = True

    def __init__(self, history: Path, completer: Completer) -> None:
        # Late: who reads from a pipe does not wait for it.
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory
        from prompt_toolkit.patch_stdout import patch_stdout

        history.touch(mode=0o600)
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)),
            completer=completer,
            complete_while_typing=False,
            complete_in_thread=False,
        )
        self._patched = patch_stdout

    async def line(self, prompt: str) -> str | None:
        """The next line; what is written meanwhile appears above it."""
        try:
            with self._patched(raw=True):
                return await self._session.prompt_async(prompt)
        except (EOFError, KeyboardInterrupt):
            return None


def is_terminal() -> bool:
    """Whether a person sits there."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def keyboard_for(inside: Inside, bot: LocalBot, who: Callable[[], tuple[str, Voice]]) -> Keyboard:
    """The terminal where there is one, else the pipe. `who` is whoever types at the moment."""
    if not is_terminal():
        return Pipe()
    from bots.local_bot.completing import Completing

    return Terminal(inside.settings.data_dir / "local_history", Completing(inside, bot, who))
