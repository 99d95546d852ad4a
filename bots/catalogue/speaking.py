"""How the bot speaks: to the group, which a steward settles, and to each person, which they do."""

from __future__ import annotations

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.reminders import ON_OFF, QUIET_HOURS, own_buttons, own_settings, press, set_own
from bots.catalogue.setup import LANGUAGE_CHOICES
from bots.catalogue.showing import show
from bots.catalogue.unclear import NotAChoice
from bots.replies import Code, Language, Reply, Typed, line, reply, say, word
from core.domain.pools import Announced, Posting
from core.domain.refusals import Refused
from core.domain.units import PoolId
from core.usecases.pools import (
    PoolLanguageSet,
    PostingSet,
    QuietSet,
    SetPoolLanguage,
    SetPosting,
    SetQuiet,
    set_pool_language,
    set_posting,
    set_quiet,
)

POSTING_WORDS = {
    Posting.CARD: word("how it is announced", "one card each"),
    Posting.DIGEST: word("how it is announced", "a digest once a day"),
    Posting.OFF: word("how it is announced", "not at all"),
}

ANNOUNCED_WORDS = {
    Announced.OFFERS: word("what is announced", "New offers"),
    Announced.NEEDS: word("what is announced", "New needs"),
    Announced.CONFIRMATIONS: word("what is announced", "Kept promises"),
    Announced.GATHERINGS: word("what is announced", "Gatherings"),
}


async def settings(asking: Asking) -> Reply:
    """`/settings`: how the group is spoken to; a steward may change it."""
    what, how = asking.maybe("what", str), asking.maybe("how", str)
    if what is None or how is None:
        return await _show_settings(asking)
    fitting = _fitting(what)
    if how not in fitting:
        raise Refused(NotAChoice(how, fitting))
    if what in OWN:
        return await set_own(asking, what, how)
    pool = asking.pool.id
    if what == "language":
        chosen = SetPoolLanguage(pool, asking.by, how)
        return show(await asking.decide(set_pool_language, chosen), pool)
    posting = SetPosting(pool, asking.by, Announced(what), Posting(how))
    return show(await asking.decide(set_posting, posting), pool)


def _fitting(what: str) -> tuple[str, ...]:
    if what == "language":
        return tuple(choice.value for choice in LANGUAGE_CHOICES)
    return OWN.get(what, tuple(Posting))


async def _show_settings(asking: Asking) -> Reply:
    pool, mine = asking.pool, asking.call.place.private
    blocks = [
        line(
            say(
                "{what}: {how}.",
                what=ANNOUNCED_WORDS[kind],
                how=POSTING_WORDS[pool.posting_of(kind)],
            )
        )
        for kind in Announced
    ]
    blocks.append(
        line(say("I answer you in {language}.", language=Language(asking.voice.language)))
    )
    return Reply(
        (
            line(say("This is how I speak in {pool}.", pool=Typed(pool.name))),
            *blocks,
            line(say("A steward changes what the group hears: {example}", example=EXAMPLE)),
            *((own_settings(asking.known.person),) if mine and asking.known else ()),
        ),
        own_buttons(asking.known.person) if mine and asking.known else (),
    )


EXAMPLE = Code("/settings offers digest")

OWN: dict[str, tuple[str, ...]] = {"reminders": tuple(ON_OFF), "quiet": tuple(QUIET_HOURS)}
"""What everybody sets for themselves, with the words that fit."""


async def quiet(asking: Asking) -> Reply:
    """`/quiet`: nothing unasked in the group but the month's report, or again."""
    pool = asking.pool.id
    return show(await asking.decide(set_quiet, SetQuiet(pool, asking.by)), pool)


@show.register
def _(kept: QuietSet, pool: PoolId) -> Reply:
    if kept.quiet:
        return reply(
            say("From now on the group hears only what members do, and the month’s report."),
            say("Type {quiet} again to end it.", quiet=Code("/quiet")),
        )
    return reply(say("From now on the group hears the day’s digest again."))


@show.register
def _(posting: PostingSet, pool: PoolId) -> Reply:
    return reply(
        say(
            "{what}: {how}, from now on.",
            what=ANNOUNCED_WORDS[posting.kind],
            how=POSTING_WORDS[posting.posting],
        )
    )


@show.register
def _(language: PoolLanguageSet, pool: PoolId) -> Reply:
    spoken = Language(language.language)
    return reply(say("From now on I speak {language} to the group.", language=spoken))


COMMANDS = (
    Command(
        "settings",
        say("How I speak to you and to the group"),
        settings,
        (
            Argument(
                "what",
                Kind.CHOICE,
                say("What to change"),
                required=False,
                choices=(
                    *(Choice(each.value, label) for each, label in ANNOUNCED_WORDS.items()),
                    Choice("language", say("The group's language")),
                    Choice("reminders", say("Your reminders")),
                    Choice("quiet", say("Your quiet hours")),
                ),
            ),
            Argument(
                "how",
                Kind.CHOICE,
                say("How it should be"),
                required=False,
                choices=(
                    Choice("card", say("One card each")),
                    Choice("digest", say("A digest once a day")),
                    Choice("off", say("Not at all")),
                    Choice("on", say("On")),
                    Choice("20-7", say("From 20:00 to 7:00")),
                    Choice("21-8", say("From 21:00 to 8:00")),
                    Choice("22-9", say("From 22:00 to 9:00")),
                    Choice("none", say("No quiet hours")),
                    *LANGUAGE_CHOICES,
                ),
            ),
        ),
        topic="setup",
    ),
    Command(
        "quiet",
        say("Be quiet in the group, or no longer"),
        quiet,
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="setup",
    ),
    Command(
        "remindme",
        say("When I remind you"),
        press,
        without_pool=True,
        hidden=True,
        topic="setup",
    ),
)
