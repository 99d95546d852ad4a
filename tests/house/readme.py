"""The README's table of commands, from the catalogue: `python -m tests.house.readme` writes it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from bots.catalogue.all import COMMANDS
from bots.catalogue.commands import Command
from bots.catalogue.helping import HELP, usage
from bots.words import Voice, spoken

README = Path(__file__).parents[2] / "README.md"
BEGIN = "<!-- commands: written by `python -m tests.house.readme` -->"
END = "<!-- end of commands -->"


def table() -> str:
    """All commands people can type, by topic."""
    shown = [command for command in COMMANDS if not command.hidden]
    order = list(HELP)
    shown.sort(key=lambda command: order.index(command.topic))
    parts = ["| command | what it does |", "|---|---|"]
    for topic, commands in groupby(shown, key=lambda command: command.topic):
        parts.append(f"| **{spoken(HELP[topic], Voice())}** | |")
        parts += [_row(command) for command in commands]
    return "\n".join(parts)


def _row(command: Command) -> str:
    return f"| `{usage(command)}` | {spoken(command.summary, Voice())} |"


def with_table(text: str) -> str:
    """The README with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
