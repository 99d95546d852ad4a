"""What was really said while transcripts were played: outcomes, refusals and notices by kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Command
from bots.catalogue.showing import explain, show, tell, yes_to
from bots.replies import Reply

SAYINGS: Sequence[Any] = (show, explain, tell, yes_to)


class Watch:
    """The kinds that were said, and the names of the commands that ran."""

    def __init__(self) -> None:
        self.said: set[type] = set()
        self.ran: set[str] = set()

    @contextmanager
    def sayings(self) -> Iterator[None]:
        """Note what is said, for as long as the block lasts."""
        before = [(saying, dict(saying.registry)) for saying in SAYINGS]
        for saying, known in before:
            for kind, said_by in known.items():
                saying.register(kind, self._noting(said_by))
        try:
            yield
        finally:
            for saying, known in before:
                for kind, said_by in known.items():
                    saying.register(kind, said_by)

    def _noting(self, said_by: Callable[..., Any]) -> Callable[..., Any]:
        def noted(thing: object, *about: Any) -> Any:
            self.said.add(type(thing))
            return said_by(thing, *about)

        return noted

    def commands(self, commands: Sequence[Command]) -> Sequence[Command]:
        """The same commands, which note that they ran."""
        return [replace(each, run=self._running(each)) for each in commands]

    def _running(self, command: Command) -> Callable[[Asking], Awaitable[Reply]]:
        async def ran(asking: Asking) -> Reply:
            self.ran.add(full_name(command))
            return await command.run(asking)

        return ran


def full_name(command: Command) -> str:
    """A command's name with the word before it, as people type it."""
    return f"{command.group} {command.name}" if command.group == "pool" else command.name
