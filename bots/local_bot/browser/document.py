"""The page of one person, as a document in their language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from bots.catalogue.commands import Command, For
from bots.catalogue.helping import HELP, MEMBER_HELP, STEWARD_HELP
from bots.local_bot.bot import LocalBot
from bots.local_bot.talk import Talk
from bots.replies import Code, Instant, Name, Say, say, word
from bots.words import Voice, spoken
from core.domain.members import Role

HERE = Path(__file__).parent
STARTERS = ("board", "mine", "balance", "help")
"""What somebody may press who does not know yet what to say."""

MOST_USED = say("This is what people use most.")


def static(name: str) -> str:
    """A file that goes with the page, as it is."""
    return (HERE / name).read_text(encoding="utf-8")


async def document(talk: Talk, nick: str) -> str:
    """The page through somebody's eyes, before anything was said on it."""
    voice = await talk.voice(nick)
    name = Name(talk.bot.people[nick].name)
    roles = await talk.roles(nick) or ()
    commands = talk.inside.desk.commands
    menu = _menu(commands, voice, steward=Role.STEWARD in roles)
    called = {each.name: f"/{each.called(voice.language)}" for each in commands}
    words = {key: escape(spoken(each, voice)) for key, each in _words(name, called["help"]).items()}
    starters = "".join(
        f'<button type="button" data-says="{called[each]}">{called[each]}</button>'
        for each in STARTERS
    )
    places = "".join(
        Template(static("place.html")).substitute(
            words,
            place=place,
            title=words[place],
            write=words[f"write_{place}"],
            menu=menu,
            starters=starters,
        )
        for place in ("group", *(["private"] * talk.bot.powers.direct_messages))
    )
    return Template(static("page.html")).substitute(
        words,
        language=voice.language,
        nick=escape(nick),
        name=escape(name.name),
        heading=escape(talk.bot.title),
        people=await _people(talk, nick, voice),
        now=escape(clock_words(talk, voice)),
        places=places,
    )


def clock_words(talk: Talk, voice: Voice) -> str:
    """What the demo's clock says."""
    return spoken(say("It is {instant} here.", instant=Instant(talk.now)), voice)


def _words(name: Name, help_me: str) -> dict[str, Say]:
    """The sentences of the page by the places of its templates."""
    return {
        "welcome": say(
            "A demo with made-up people, on this computer alone. You are {name}.", name=name
        ),
        "who": say("Who you are"),
        "where": say("Where you look"),
        "clock": say("The clock of the demo"),
        "group": word("page", "The group"),
        "private": say("{name} and the bot, in private", name=name),
        "alone": word("page", "In private"),
        "hint": say("Press one of these to begin, or write below."),
        "write_group": say("Write to the group; {help} asks the bot", help=Code(help_me)),
        "write_private": say("Write to the bot"),
        "send": word("page", "Send"),
        "photo": word("page", "Photo"),
        "a_photo": say("A photo"),
        "commands": word("page", "Commands"),
        "guesses": say("What you could mean"),
        "answer": say("Your answer"),
        "cancel": word("page", "Cancel"),
        "reply": word("page", "Reply"),
        "no_reply": word("page", "No reply"),
        "day": say("A day later"),
        "month": say("To the next month"),
        "passing": say("Time passes …"),
        "new": word("page", "new"),
        "lost": say("The connection is lost. I keep trying."),
        "over": say("The chat has ended. {command} starts it again.", command=Code("make run")),
        "failed": say("That did not arrive. Please try once more."),
        "script": say("This page needs JavaScript; the chat in the terminal does not."),
    }


async def _people(talk: Talk, nick: str, voice: Voice) -> str:
    """Links to everybody's page, this person's marked."""
    return "".join(
        [_person(talk.bot, each, nick, voice, await talk.about(each)) for each in talk.bot.people]
    )


def _person(bot: LocalBot, each: str, nick: str, voice: Voice, about: Sequence[Say]) -> str:
    current = ' aria-current="page"' if each == nick else ""
    name = escape(bot.people[each].name)
    says = escape(", ".join(spoken(one, voice) for one in about))
    news = f'<span class="news" data-news="{escape(each)}" hidden></span>'
    return (
        f'<li><a href="{escape(each)}"{current}><b>{name}</b> {news} <small>{says}</small></a></li>'
    )


def _menu(commands: Iterable[Command], voice: Voice, *, steward: bool) -> str:
    """All that can be asked for, by topic, as buttons: what is used most comes first."""
    shown = [
        each for each in commands if not each.hidden and (steward or each.whose is not For.STEWARD)
    ]
    by_name = {each.name: each for each in shown}
    most = [by_name[name] for name in (STEWARD_HELP if steward else MEMBER_HELP)]
    order = list(HELP)
    rest = sorted(shown, key=lambda each: order.index(each.topic))
    return _topic(MOST_USED, most, voice) + "".join(
        _topic(HELP[topic], some, voice) for topic, some in groupby(rest, lambda each: each.topic)
    )


def _topic(title: Say, commands: Iterable[Command], voice: Voice) -> str:
    entries = "".join(_entry(each, voice) for each in commands)
    return f"<h3>{escape(spoken(title, voice))}</h3><ul>{entries}</ul>"


def _entry(command: Command, voice: Voice) -> str:
    typed = escape(f"/{command.called(voice.language)}")
    summary = escape(spoken(command.summary, voice))
    button = f'<button type="button" data-says="{typed}"><code>{typed}</code> {summary}</button>'
    return f"<li>{button}</li>"
