"""When something is not right: a steward takes it back, or a dispute is talked over and decided."""

from __future__ import annotations

from bots.catalogue import disputes_said
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.showing import show
from bots.catalogue.unclear import CardTooOld
from bots.replies import Reply, say
from core.domain.disputes import TO_THE_CIRCLE, Ruling
from core.domain.refusals import Refused
from core.domain.units import Credits, Number
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.disputes import (
    Agree,
    Appeal,
    Drop,
    Judge,
    Mediate,
    OpenDispute,
    Resolve,
    agree,
    appeal,
    drop,
    judge,
    mediate,
    open_dispute,
    resolve,
)


async def take_back(asking: Asking) -> Reply:
    """`/reverse`: a steward takes an entry back."""
    pool, number = asking.pool.id, Number(asking.get("entry", int))
    wanted = Reverse(pool, asking.by, number, asking.get("why", str))
    return show(await asking.decide(reverse_entry, wanted), pool)


async def dispute(asking: Asking) -> Reply:
    """`/dispute`: say that something is not right."""
    pool, number = asking.pool.id, Number(asking.get("what", int))
    wanted = OpenDispute(pool, asking.by, number, asking.get("why", str))
    return show(await asking.decide(open_dispute, wanted), pool)


async def help_them(asking: Asking) -> Reply:
    """The button with which a steward takes a dispute on."""
    pool = asking.pool.id
    wanted = Mediate(pool, asking.by, _number(asking), asking.version)
    return show(await asking.decide(mediate, wanted), pool)


def _number(asking: Asking) -> Number:
    return Number(asking.get("dispute", int))


async def decide(asking: Asking) -> Reply:
    """`/resolve`: the decision of the steward who helps, or of the circle."""
    ruling = Ruling(asking.get("decision", str))
    return await _decided(asking, ruling, Credits(asking.maybe("credits", int) or 0))


async def decide_so(asking: Asking) -> Reply:
    """The buttons that decide: it stays, or is taken back."""
    if asking.word not in (Ruling.KEEP, Ruling.REVERSE):
        raise Refused(CardTooOld())
    return await _decided(asking, Ruling(asking.word), Credits(0))


async def _decided(asking: Asking, ruling: Ruling, back: Credits) -> Reply:
    pool, words = asking.pool.id, asking.get("why", str)
    wanted = Resolve(pool, asking.by, _number(asking), ruling, words, back, asking.version)
    return show(await asking.decide(resolve, wanted), pool)


async def agree_with(asking: Asking) -> Reply:
    """The button that agrees with a decision."""
    pool = asking.pool.id
    return show(await asking.decide(agree, Agree(pool, asking.by, _number(asking))), pool)


async def appeal_to(asking: Asking) -> Reply:
    """The button that asks for three others."""
    pool = asking.pool.id
    return show(await asking.decide(appeal, Appeal(pool, asking.by, _number(asking))), pool)


async def judge_it(asking: Asking) -> Reply:
    """The buttons of a panel."""
    pool, word = asking.pool.id, asking.word
    if word not in (Ruling.KEEP, Ruling.REVERSE, TO_THE_CIRCLE):
        raise Refused(CardTooOld())
    return show(await asking.decide(judge, Judge(pool, asking.by, _number(asking), word)), pool)


async def withdraw(asking: Asking) -> Reply:
    """The button that withdraws a dispute."""
    return await drop_number(asking, _number(asking))


async def drop_number(asking: Asking, number: Number) -> Reply:
    """Withdraw the dispute of this number; `/withdraw` knows it too."""
    pool = asking.pool.id
    return show(await asking.decide(drop, Drop(pool, asking.by, number)), pool)


DISPUTE = Argument(
    "dispute",
    Kind.NUMBER,
    say("The number of the dispute"),
    say("Which dispute? Give me its number, like #12."),
    of="dispute",
)
WHY = Argument("why", Kind.TEXT, say("Why"), disputes_said.WHY)


COMMANDS = (
    Command(
        "dispute",
        say("Say that something is not right"),
        dispute,
        (
            Argument(
                "what",
                Kind.NUMBER,
                say("The number of the transfer, promise or order"),
                say("What is not right? Give me its number, like #12."),
                of="dealing",
            ),
            Argument(
                "why",
                Kind.TEXT,
                say("What happened"),
                say("What happened? The other side and the stewards read your words."),
            ),
        ),
        recorded=True,
        topic="credits",
    ),
    Command(
        "dropit",
        say("Withdraw a dispute"),
        withdraw,
        (DISPUTE,),
        press="dispute",
        hidden=True,
        topic="credits",
    ),
    Command(
        "agree",
        say("Agree with a decision"),
        agree_with,
        (DISPUTE,),
        press="dispute",
        hidden=True,
        topic="credits",
    ),
    Command(
        "appeal",
        say("Ask for three others to decide"),
        appeal_to,
        (DISPUTE,),
        press="dispute",
        hidden=True,
        topic="credits",
    ),
    Command(
        "judge",
        say("Decide, as one of three"),
        judge_it,
        (DISPUTE,),
        press="dispute",
        hidden=True,
        topic="credits",
    ),
    Command(
        "mediate",
        say("Help in a dispute"),
        help_them,
        (DISPUTE,),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="dispute",
        hidden=True,
        topic="stewards",
    ),
    Command(
        "ruling",
        say("Decide a dispute"),
        decide_so,
        (DISPUTE, WHY),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="dispute",
        hidden=True,
        topic="stewards",
    ),
    Command(
        "resolve",
        say("Decide a dispute"),
        decide,
        (
            DISPUTE,
            Argument(
                "decision",
                Kind.CHOICE,
                say("How it is decided"),
                say("How do you decide? keep, reverse or compensate."),
                choices=(
                    Choice("keep", say("It stays as it is")),
                    Choice("reverse", say("It is taken back")),
                    Choice("compensate", say("A part goes back")),
                ),
            ),
            WHY,
            Argument("credits", Kind.CREDITS, say("How many go back"), required=False, option=True),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "reverse",
        say("Take back what is in the books"),
        take_back,
        (
            Argument(
                "entry",
                Kind.NUMBER,
                say("The number of the entry, promise or order"),
                say("What shall be taken back? Give me its number, like #12."),
                of="reversible",
            ),
            Argument("why", Kind.TEXT, say("Why"), disputes_said.WHY),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
)
