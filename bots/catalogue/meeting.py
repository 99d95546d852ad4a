"""How a gathering is shown: on its card, in a list."""

from __future__ import annotations

from collections.abc import Sequence

from bots.catalogue.showing import button
from bots.catalogue.things import labelled
from bots.replies import (
    Button,
    Happening,
    Instant,
    Name,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    Value,
    line,
    say,
    says,
    word,
)
from core.domain.gatherings import LASTS, Gathering, GatheringState
from core.domain.units import PoolId
from core.reads import Attended

NAMES_MAX = 15
"""As many names as a card says; of the others it says how many they are."""


def gathering_card(shown: Attended, pool: PoolId) -> Reply:
    """The card of a gathering, with the names of those who come, for all of the group."""
    gathering = shown.gathering
    blocks = [line(*gathering_line(gathering))]
    if gathering.state is GatheringState.CANCELLED:
        called_off = line(word("state of a gathering", "Called off."))
        return Reply((*blocks, called_off), happening=_happening(gathering))
    blocks += [line(each) for each in who_comes(shown)]
    if gathering.state is GatheringState.OVER:
        return Reply((*blocks, line(word("state of a gathering", "It is over."))))
    keep = button(say("For my calendar"), "calendar", pool, gathering.number)
    buttons = (going_buttons(gathering, pool), (keep,))
    return Reply(tuple(blocks), buttons, happening=_happening(gathering))


def _happening(gathering: Gathering) -> Happening:
    return Happening(
        gathering.pool,
        gathering.number,
        gathering.text,
        gathering.place,
        gathering.starts_at,
        gathering.starts_at + LASTS,
        off=gathering.state is GatheringState.CANCELLED,
    )


def gathering_line(gathering: Gathering) -> tuple[Say, ...]:
    """What, when and where."""
    what = say(
        "{number} {text}: {when}.",
        number=Ref(gathering.number),
        text=Typed(gathering.text),
        when=Instant(gathering.starts_at),
    )
    return (what, *at_place(gathering.place))


def at_place(place: str) -> tuple[Say, ...]:
    """Where, if that was said."""
    return (say("Place: {place}.", place=Typed(place)),) if place else ()


def who_comes(shown: Attended) -> tuple[Say, ...]:
    """How many come, who they are, and how many wait."""
    capacity, names = shown.gathering.capacity, shown.names
    if not names:
        if capacity is None:
            return ()
        return (says("There is {count} place.", "There are {count} places.", capacity),)
    people = named(names)
    if shown.gathering.state is GatheringState.OVER:
        said = says("{count} came: {people}.", "{count} came: {people}.", len(names), people=people)
    elif capacity is None:
        said = says(
            "{count} comes: {people}.", "{count} come: {people}.", len(names), people=people
        )
    else:
        said = says(
            "{count} of {all} comes: {people}.",
            "{count} of {all} come: {people}.",
            len(names),
            all=capacity,
            people=people,
        )
    if not shown.waiting:
        return (said,)
    waits = says("{count} waits for a place.", "{count} wait for a place.", shown.waiting)
    return said, waits


def named(names: Sequence[str]) -> Value:
    """Names in a row, and how many more there are."""
    first, *others = names[:NAMES_MAX]
    people: Value = Name(first)
    for name in others:
        people = say("{people}, {name}", people=people, name=Name(name))
    more = len(names) - NAMES_MAX
    if more <= 0:
        return people
    return says("{people} and {count} more", "{people} and {count} more", more, people=people)


def going_buttons(
    gathering: Gathering, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """Whether one comes. An answer is one whatever else changed, so they are never out of date."""
    number = gathering.number
    yes = labelled(say("I am coming"), number, numbered=numbered)
    no = labelled(say("I cannot come"), number, numbered=numbered)
    return (
        button(yes, "going", pool, number, style=Style.YES),
        button(no, "notgoing", pool, number),
    )
