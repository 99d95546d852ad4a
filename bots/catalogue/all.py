"""All commands, in the order in which help and menus show them."""

from bots.catalogue import board, commitments, credits, helping, people, setup
from bots.catalogue.commands import Command

COMMANDS: tuple[Command, ...] = (
    *helping.COMMANDS,
    *board.COMMANDS,
    *commitments.COMMANDS,
    *credits.COMMANDS,
    *people.COMMANDS,
    *setup.COMMANDS,
)
