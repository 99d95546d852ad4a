"""A pool by taps: from the bot's greeting in a group to a pool that works, in five of them.

One card stands in the group and is the whole conversation: each tap puts the next question in its
place. What was chosen so far stands in the buttons themselves, so nothing is kept, a restart
changes nothing, and another who administers the chat can go on where one has stopped.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, For, Kind
from bots.catalogue.guesses import (
    currencies_near,
    currency_called,
    mark_of,
    zone_called,
    zone_marked,
    zones_of,
)
from bots.catalogue.plainly import NAME_MAX, name_of
from bots.catalogue.setup import LANGUAGE_CHOICES, not_waiting, with_obstacles
from bots.catalogue.showing import button, explain
from bots.catalogue.unclear import CardTooOld, InGroupOnly
from bots.languages import LANGUAGES
from bots.replies import (
    Block,
    Button,
    Code,
    Currency,
    Language,
    Reply,
    Say,
    Style,
    Typed,
    Zone,
    heading,
    in_pairs,
    item,
    line,
    reply,
    say,
)
from core.domain.pools import Profile
from core.domain.refusals import AdminsOnly, ChatTaken, Refused
from core.domain.units import PoolId
from core.records import dataclass
from core.usecases.pools import CreatePool, create_pool

NO_POOL = PoolId(0)
CHOSEN = re.compile(r"([a-z]{2})?(?:([a-z]{3})([0-9a-f]{8})?)?")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen so far; '' for what is still open."""

    language: str = ""
    currency: str = ""
    time_zone: str = ""

    def __str__(self) -> str:
        """As it stands in a button."""
        mark = mark_of(self.time_zone) if self.time_zone else ""
        return f"{self.language}{self.currency.lower()}{mark}"


def _read(word: str) -> Chosen:
    """What stands in a button.

    Raises:
        Refused: CardTooOld, for what no button of ours holds.
    """
    found = CHOSEN.fullmatch(word)
    if found is None:
        raise Refused(CardTooOld())
    language, currency, mark = (each or "" for each in found.groups())
    time_zone = zone_marked(mark) if mark else ""
    if time_zone is None or language not in ("", *LANGUAGES):
        raise Refused(CardTooOld())
    return Chosen(language, currency.upper(), time_zone)


# --- the cards -------------------------------------------------------------------------------


def greeting() -> Reply:
    """What the bot says in a group that has no pool yet: the one thing it says there unasked."""
    return reply(
        say("Hello! I keep a group's promises: who gives what, and what it is worth."),
        say("Somebody who administers this chat sets our pool up with five taps."),
        buttons=((_step(say("Set up the pool"), Chosen(), Style.YES),),),
    )


def ready(name: str, pool: PoolId) -> Reply:
    """What the group sees once there is a pool."""
    return reply(
        say("The pool {name} is ready.", name=Typed(name)),
        say("Everybody here can take part."),
        buttons=((button(say("Take part"), "join", pool, style=Style.YES),),),
    )


def _step(label: Say, chosen: Chosen, style: Style = Style.PLAIN) -> Button:
    return button(label, "setup", NO_POOL, word=str(chosen), style=style)


def _typed(label: Say, verb: str, chosen: Chosen) -> Button:
    return button(label, verb, NO_POOL, word=str(chosen), asks=QUESTIONS[verb])


def _next(asking: Asking, chosen: Chosen) -> Reply:
    """The first question that is still open; once none is, all that was chosen."""
    if not chosen.language:
        return _which_language(asking.voice.language)
    if not chosen.currency:
        return _which_currency(chosen, asking.call.caller.language)
    return _overview(asking, chosen) if chosen.time_zone else _which_zone(chosen)


def _which_language(language: str) -> Reply:
    """The language in which this is asked goes first; the others are named in their own words."""
    this = _step(say("In this language"), Chosen(language), Style.YES)
    others = [
        _step(each.label, Chosen(each.value)) for each in LANGUAGE_CHOICES if each.value != language
    ]
    return reply(
        say("In which language shall I speak to this group?"),
        say("Each of you can choose another later."),
        buttons=((this,), tuple(others)),
    )


def _which_currency(chosen: Chosen, hint: str) -> Reply:
    choices = [
        _step(say("{currency}", currency=Currency(code)), replace(chosen, currency=code))
        for code in currencies_near(chosen.language, hint)
    ]
    other = _typed(say("Another currency"), "setmoney", chosen)
    return reply(
        say("Which money do you use?"),
        say("I only write cash down, I move none."),
        buttons=(*in_pairs(choices), (other,)),
    )


def _which_zone(chosen: Chosen) -> Reply:
    choices = [
        _step(say("{city}", city=Zone(zone)), replace(chosen, time_zone=zone))
        for zone in zones_of(chosen.currency)
    ]
    other = _typed(say("Another city"), "setclock", chosen)
    return reply(
        say("By the clock of which city do you live?"),
        say("Days and months end by it."),
        buttons=(*in_pairs(choices), (other,)),
    )


def _overview(asking: Asking, chosen: Chosen) -> Reply:
    """All that was chosen, with the chat's own name for the pool's where it can be one."""
    name = _suggested(asking.call.place.title)
    make = button(say("Make the pool"), "found", NO_POOL, word=str(chosen), style=Style.YES)
    other = _typed(say("Another name"), "setname", chosen)
    again = _step(say("Start over"), Chosen())
    return Reply(
        (
            heading(say("This is the pool:")),
            *_facts(name, chosen, asking.doors.now()),
            line(
                say("The money stays as it is."),
                say("All else can be changed at any time: {help}", help=Code("/help setup")),
            ),
        ),
        ((make,), (other, again)) if name else ((other, again),),
    )


def _facts(name: str, chosen: Chosen, now: datetime) -> Sequence[Block]:
    time = f"{now.astimezone(ZoneInfo(chosen.time_zone)):%H:%M}"
    named = [item(say("Name: {name}", name=Typed(name)))] if name else []
    return [
        *named,
        item(say("Language: {language}", language=Language(chosen.language))),
        item(say("Money: {currency}", currency=Currency(chosen.currency))),
        item(say("Clock: {city}, where it is {time}", city=Zone(chosen.time_zone), time=time)),
    ]


def _suggested(title: str) -> str:
    """A chat's title as a pool's name; '' where it cannot be one."""
    try:
        return name_of(title[:NAME_MAX])
    except Refused:
        return ""


# --- the taps --------------------------------------------------------------------------------

Take = Callable[[Asking, Chosen], Awaitable[Reply]]


async def _led(take: Take, asking: Asking) -> Reply:
    """One tap, by somebody who may. Where there is a pool by now, the card says so.

    Raises:
        Refused: InGroupOnly, ChatWaitsStill, AdminsOnly, CardTooOld.
    """
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    if asking.somewhere is not None:
        pool = asking.somewhere
        return replace(explain(ChatTaken(pool.name), pool.id), card=ready(pool.name, pool.id))
    await not_waiting(asking)
    if not await place.is_admin():
        raise Refused(AdminsOnly())
    return await take(asking, _read(asking.word))


async def _choose(asking: Asking, chosen: Chosen) -> Reply:
    """A tap that chooses something, or begins: the next question, and nothing beside it."""
    return Reply((), card=replace(_next(asking, chosen), language=chosen.language))


async def _choose_money(asking: Asking, chosen: Chosen) -> Reply:
    """Another currency than those on the buttons."""
    currency = currency_called(asking.get("currency", str))
    return await _choose(asking, replace(chosen, currency=currency))


async def _choose_clock(asking: Asking, chosen: Chosen) -> Reply:
    """Another city than those on the buttons."""
    time_zone = zone_called(asking.get("city", str))
    return await _choose(asking, replace(chosen, time_zone=time_zone))


async def _choose_name(asking: Asking, chosen: Chosen) -> Reply:
    """Another name than the chat's; all else is chosen, so the pool is made with it."""
    return await _make(asking, chosen, name_of(asking.get("name", str)))


async def _found(asking: Asking, chosen: Chosen) -> Reply:
    """The last tap."""
    return await _make(asking, chosen, _suggested(asking.call.place.title))


async def _make(asking: Asking, chosen: Chosen, name: str) -> Reply:
    if not (name and chosen.language and chosen.currency and chosen.time_zone):
        raise Refused(CardTooOld())
    place = asking.call.place
    command = CreatePool(
        by=asking.by,
        admin=True,
        platform=place.platform,
        chat=place.chat,
        title=place.title,
        channel=place.channel,
        name=name,
        profile=Profile.EXCHANGE,
        currency=chosen.currency,
        time_zone=chosen.time_zone,
        language=chosen.language,
    )
    created = await asking.decide(create_pool, command)
    first = line(
        say("You are the first steward of {name}.", name=Typed(created.name)),
        say(
            "Appoint a second one soon ({appoint}): nobody confirms their own work.",
            appoint=Code("/appoint @name steward"),
        ),
    )
    card = replace(ready(created.name, created.pool), language=chosen.language)
    return await with_obstacles(asking, Reply((first,), card=card))


QUESTIONS = {
    "setmoney": say("Which currency do you use? Three letters, like CAD or KES."),
    "setclock": say("Which large city has the same clock as you? Like Toronto or Nairobi."),
    "setname": say("What should the pool be called?"),
}

MONEY = Argument(
    "currency",
    Kind.TEXT,
    say("Three letters, like CAD or KES"),
    QUESTIONS["setmoney"],
    length_max=40,
)
CITY = Argument(
    "city",
    Kind.TEXT,
    say("A large city with your clock, like Toronto or Nairobi"),
    QUESTIONS["setclock"],
    length_max=60,
)
NAME = Argument(
    "name", Kind.TEXT, say("What the pool is called"), QUESTIONS["setname"], length_max=NAME_MAX
)

COMMANDS = tuple(
    Command(
        name,
        say("Set up the pool"),
        partial(_led, take),
        arguments,
        whose=For.ANYONE,
        without_pool=True,
        hidden=True,
        topic="setup",
    )
    for name, take, arguments in (
        ("setup", _choose, ()),
        ("setmoney", _choose_money, (MONEY,)),
        ("setclock", _choose_clock, (CITY,)),
        ("setname", _choose_name, (NAME,)),
        ("found", _found, ()),
    )
)
