"""All commands, in the order in which help and menus show them."""

from bots.catalogue import (
    board,
    checkup,
    commitments,
    credits,
    disputes,
    first_steps,
    gatherings,
    helping,
    money,
    monthly,
    people,
    queue,
    reports,
    rules,
    setup,
    speaking,
    support,
    terms,
)
from bots.catalogue.aliases import with_aliases
from bots.catalogue.commands import Command
from bots.catalogue.helping import with_topics

COMMANDS: tuple[Command, ...] = with_topics(
    with_aliases(
        (
            *helping.COMMANDS,
            *board.COMMANDS,
            *queue.COMMANDS,
            *commitments.COMMANDS,
            *credits.COMMANDS,
            *monthly.COMMANDS,
            *money.COMMANDS,
            *disputes.COMMANDS,
            *support.COMMANDS,
            *gatherings.COMMANDS,
            *people.COMMANDS,
            *rules.COMMANDS,
            *reports.COMMANDS,
            *terms.COMMANDS,
            *checkup.COMMANDS,
            *setup.COMMANDS,
            *first_steps.COMMANDS,
            *speaking.COMMANDS,
        )
    )
)
