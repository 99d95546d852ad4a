"""What stands in a line is told apart: options anywhere, the rest in order, nothing is dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bots.calls import Call, Caller, Mention, Place
from bots.catalogue.all import COMMANDS
from bots.catalogue.arguments import (
    Given,
    Raw,
    Understanding,
    from_answer,
    from_line,
    from_options,
    missing,
)
from bots.catalogue.commands import Argument, Choice, Command, Kind
from bots.catalogue.unclear import NoPoolHere, NotAChoice, NotAnAmount, NotANumber, TooLong
from bots.replies import say
from tests.core.refusing import refused

NAMED = {command.name: command for command in COMMANDS}
OFFER, SEND, THANK, CONFIRM = (NAMED[name] for name in ("offer", "send", "thank", "confirm"))
GATHER = NAMED["gather"]
BEN = Mention("77", "Ben")


def call(**more: Any) -> Call:
    return Call(Caller("local", "1", "Ann"), Place("local"), "key", **more)


def read(command: Command, line: str, **more: Any) -> dict[str, list[Raw]]:
    return from_line(command, call(**more), line, "KES").values


# --- a line --------------------------------------------------------------------------------


def test_required_words_come_in_order_and_a_last_text_takes_the_rest():
    assert read(OFFER, "2h mending nets by the shore") == {
        "worth": ["2h"],
        "what": ["mending nets by the shore"],
    }
    assert read(SEND, "@ben 4 for the seeds") == {
        "member": ["@ben"],
        "credits": ["4"],
        "note": ["for the seeds"],
    }


def test_a_day_and_a_time_are_two_words_of_which_the_second_may_be_missing():
    assert read(GATHER, "fri 18:30 potluck place:hall") == {
        "when": ["fri", "18:30"],
        "what": ["potluck"],
        "place": ["hall"],
    }
    without = from_line(GATHER, call(), "fri potluck", "KES")
    assert without.values == {"when": ["fri"], "what": ["potluck"]}
    lacking = missing(GATHER, without)
    assert lacking is not None
    assert lacking.name == "when"
    from_answer(lacking, call(), "18:30", without)
    assert missing(GATHER, without) is None


def test_the_number_of_a_gathering_stands_in_the_place_of_members():
    assert read(THANK, "#12 2h the soup") == {
        "members": ["#12"],
        "worth": ["2h"],
        "what": ["the soup"],
    }
    assert read(CONFIRM, "#12 #14") == {"commitments": ["#12", "#14"]}


def test_a_last_text_keeps_its_inner_blanks_and_lines():
    assert read(OFFER, "2  rye   bread\nand  cake ") == {
        "worth": ["2"],
        "what": ["rye   bread\nand  cake"],
    }


@pytest.mark.parametrize(
    "line",
    [
        "qty:20 place:market 2 fresh eggs",
        "2 qty:20 place:market fresh eggs",
        "2 fresh qty:20 eggs place:market",
        "2 fresh eggs qty:20 place:market",
    ],
)
def test_options_stand_anywhere(line):
    assert read(OFFER, line) == {
        "qty": ["20"],
        "place": ["market"],
        "worth": ["2"],
        "what": ["fresh eggs"],
    }


def test_a_value_in_quotes_keeps_its_blanks():
    assert read(OFFER, '2 eggs place:"the old  market"') == {
        "place": ["the old  market"],
        "worth": ["2"],
        "what": ["eggs"],
    }


@pytest.mark.parametrize("quoted", ["“the old market”", "«the old market»", "« the old market »"])
def test_a_phones_quotes_are_quotes(quoted):
    assert read(OFFER, f"2 eggs place:{quoted} qty:3") == {
        "place": ["the old market"],
        "qty": ["3"],
        "worth": ["2"],
        "what": ["eggs"],
    }


@pytest.mark.parametrize(
    "line",
    [
        "2 eggs place: the old market qty: 3",
        "2 qty: 3 eggs place: the old market",
        '2 eggs place: "the old market" qty: 3',
        "2 eggs qty:3 place:  the old market",
    ],
)
def test_a_blank_behind_the_colon_is_a_phones(line):
    assert read(OFFER, line) == {
        "place": ["the old market"],
        "qty": ["3"],
        "worth": ["2"],
        "what": ["eggs"],
    }


def test_an_option_ends_with_its_line():
    assert read(OFFER, "2 eggs place: the mill\nfresh")["place"] == ["the mill"]
    assert read(OFFER, "2 eggs place:")["what"] == ["eggs place:"]


def test_a_choice_that_has_to_be_made_may_stand_without_its_name():
    cash = NAMED["cash"]
    assert read(cash, "@ben 50 buy") == {"member": ["@ben"], "amount": ["50"], "as": ["buy"]}
    assert read(cash, "@ben 50 buy as:gift")["as"] == ["gift"]
    assert read(cash, "@ben 50 now")["amount"] == ["50", "now"]


@pytest.mark.parametrize(
    "text",
    [
        "eggs, note: only on fridays",
        "see http://x",
        "https://example.org/a:b",
        "at 10:30",
        "note:fresh",
        "unknown:option",
        "price:low qty",
        "(qty:2)",
    ],
)
def test_what_is_no_option_of_the_command_is_text(text):
    assert read(OFFER, f"2 {text}") == {"worth": ["2"], "what": [text]}


def test_an_option_given_twice_is_not_silently_one():
    assert read(OFFER, "2 eggs qty:1 qty:2")["qty"] == ["1", "2"]


# --- members -------------------------------------------------------------------------------


def test_a_mark_of_the_platform_is_a_member():
    assert read(SEND, "@:77 4", mentions={"@:77": BEN})["member"] == ["@:77"]


def test_the_author_of_the_message_replied_to_is_the_member():
    assert read(SEND, "4 thanks", replied_to=BEN) == {
        "member": [BEN],
        "credits": ["4"],
        "note": ["thanks"],
    }


def test_who_is_named_is_meant_and_not_who_was_replied_to():
    assert read(SEND, "@ann 4", replied_to=BEN)["member"] == ["@ann"]


@pytest.mark.parametrize("name", ["John Smith", "@John Smith", "Fatou Ndiaye 🌻"])
def test_a_name_of_several_words_ends_where_a_figure_or_a_choice_follows(name):
    said = {"member": [name], "credits": ["4"], "note": ["for 2 eggs"]}
    assert read(SEND, f"{name} 4 for 2 eggs") == said
    assert read(NAMED["appoint"], f"{name} partner") == {"member": [name], "role": ["partner"]}
    assert read(NAMED["cash"], f"{name} $40 as:gift")["member"] == [name]
    assert read(SEND, "ben four eggs")["member"] == ["ben"]


@pytest.mark.parametrize("line", ["@ann @ben 2h the well", "@ann, @ben 2h the well"])
def test_several_members_come_before_the_worth(line):
    wanted = {"members": ["@ann", "@ben"], "worth": ["2h"], "what": ["the well"]}
    assert read(THANK, line) == wanted


def test_of_several_members_the_author_replied_to_is_one_when_none_is_named():
    assert read(THANK, "2h the well", replied_to=BEN)["members"] == [BEN]
    assert read(THANK, "@ann 2h the well", replied_to=BEN)["members"] == ["@ann"]


# --- numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["1 #2 3", "1, #2, 3", "1  #2   3"])
def test_several_numbers_are_told_apart(line):
    assert read(CONFIRM, line) == {CONFIRM.arguments[0].name: ["1", "#2", "3"]}


def test_what_is_left_over_is_not_dropped():
    (name,) = (argument.name for argument in CONFIRM.arguments)
    assert read(CONFIRM, "1 2 please") == {name: ["1", "2", "please"]}
    undo = NAMED["undo"]
    assert read(undo, "12 now") == {"entry": ["12", "now"]}


def test_an_only_option_may_stand_without_its_name():
    assert read(NAMED["away"], "tomorrow") == {"until": ["tomorrow"]}
    assert read(NAMED["away"], "until:tomorrow please") == {"until": ["tomorrow"]}
    assert read(NAMED["leave"], "@ben") == {"to": ["@ben"]}
    assert read(NAMED["leave"], "now please") == {}
    assert read(NAMED["balance"], "please") == {}


# --- money in two words --------------------------------------------------------------------


@pytest.mark.parametrize("said", ["40 KES", "40 kes", "40 Kes", "40.50 KES"])
def test_an_amount_of_the_pools_currency_may_be_two_words(said):
    assert read(OFFER, f"{said} tomatoes") == {"worth": [said], "what": ["tomatoes"]}


@pytest.mark.parametrize(
    ("line", "worth", "what"),
    [
        ("2 hours mending nets", "2 hours", "mending nets"),
        ("1 hr 30 min of French", "1 hr 30 min", "French"),
        ("2 heures d’aide", "2 heures", "aide"),
        ("masaa 2 ya kushona", "masaa 2", "kushona"),
        ("2h of French", "2h", "French"),
        ("4 credits often", "4 credits", "often"),
        ("masaa 2 kushona", "masaa 2", "kushona"),
        ("4 credits a warm meal", "4 credits", "a warm meal"),
        ("KES 40 bread", "KES 40", "bread"),
        ("Ksh 40 bread", "Ksh 40", "bread"),
        ("1 h 30 couture", "1 h 30", "couture"),
        ("2 h 10km away", "2 h", "10km away"),
        ("40 $ bread", "40 $", "bread"),
        ("40 dollars of bread", "40 dollars", "bread"),
        ("40 ksh bread", "40 ksh", "bread"),
        ("shilingi 40 za mkate", "shilingi 40", "mkate"),
        ("2 BBQ plates", "2", "BBQ plates"),
        ("2 hoursmending", "2", "hoursmending"),
        ("2 minutesman figures", "2", "minutesman figures"),
        ("USD 40 bread", "USD", "40 bread"),
    ],
)
def test_a_unit_in_words_belongs_to_the_worth(line: str, worth: str, what: str):
    """Else "2 hours" would be two credits, and "hours" the beginning of the text."""
    assert read(OFFER, line) == {"worth": [worth], "what": [what]}


@pytest.mark.parametrize("line", ["help with homework", "two hours of help", "kazi ya bustani 2h"])
def test_who_begins_with_words_has_said_what_and_is_asked_for_the_worth(line: str):
    given = from_line(OFFER, call(), line)
    assert given.values == {"what": [line]}
    lacking = missing(OFFER, given)
    assert lacking is not None
    assert lacking.name == "worth"


@pytest.mark.parametrize("line", ["1e3 bread", "٣ bread", "-2 bread", "$ bread", "½ bread"])
def test_what_is_meant_as_an_amount_is_not_taken_for_words(line: str):
    worth, _, what = line.partition(" ")
    assert read(OFFER, line) == {"worth": [worth], "what": [what]}


def test_three_capitals_behind_a_number_are_a_currency():
    assert read(OFFER, "40 USD tomatoes")["worth"] == ["40 USD"]


@pytest.mark.parametrize("line", ["2 big jars", "2 Big jars", "2 KESI jars", "2 usd jars"])
def test_other_words_behind_a_number_are_text(line):
    worth, _, what = line.partition(" ")
    assert read(OFFER, line) == {"worth": [worth], "what": [what]}


# --- typed options, answers ----------------------------------------------------------------


def test_typed_options_are_taken_as_they_come():
    options: dict[str, str | Mention] = {"member": BEN, "credits": "4", "note": "for the seeds"}
    assert from_options(SEND, options).values == {
        "member": [BEN],
        "credits": ["4"],
        "note": ["for the seeds"],
    }


def test_several_members_in_one_typed_option_are_told_apart():
    given = from_options(THANK, {"members": "@ann, @ben"})
    assert given.values == {"members": ["@ann", "@ben"]}


@pytest.mark.parametrize(
    ("answer", "members"),
    [
        ("@ann", ["@ann"]),
        ("@ann @ben", ["@ann", "@ben"]),
        ("@ann, @ben", ["@ann", "@ben"]),
        ("Mama Jane", ["Mama Jane"]),
        ("Mama Jane, @ben", ["Mama Jane", "@ben"]),
        ("@:77 @ann", ["@:77", "@ann"]),
    ],
)
def test_an_answer_may_name_several(answer, members):
    given = Given()
    from_answer(THANK.arguments[0], call(mentions={"@:77": BEN}), answer, given)
    assert given.values == {"members": members}


# --- what is missing -----------------------------------------------------------------------


def test_the_first_required_argument_that_was_not_given_is_missing():
    def lacking(line: str) -> str:
        argument = missing(SEND, from_line(SEND, call(), line))
        return argument.name if argument else ""

    assert lacking("") == "member"
    assert lacking("@ben") == "credits"
    assert lacking("@ben 4") == ""


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u202e\u202c"])
def test_a_text_that_shows_nothing_is_missing(text):
    lacking = missing(OFFER, from_line(OFFER, call(), f"2 {text}"))
    assert lacking is not None
    assert lacking.name == "what"


# --- values --------------------------------------------------------------------------------

COLOURS = Argument(
    "colour",
    Kind.CHOICE,
    say("Which"),
    choices=(Choice("red", say("red")), Choice("blue", say("blue"))),
)


def understanding(**more: Any) -> Understanding:
    nobody: Any = None
    return Understanding(call(**more), None, nobody, datetime(2026, 11, 20, tzinfo=UTC))


async def value(kind: Kind, *said: str, **more: Any) -> object:
    return await understanding().one(Argument("it", kind, say("It"), **more), said)


async def test_blanks_around_a_value_are_nothing():
    assert await value(Kind.CREDITS, " 5 ") == 5
    assert await value(Kind.NUMBER, "#12 ") == 12
    assert await value(Kind.NUMBERS, " 1,#2  3 ") == (1, 2, 3)
    assert await value(Kind.WORD, " abc ") == "abc"


async def test_words_too_many_are_refused_and_shown():
    with refused(NotAnAmount, said="5 please"):
        await value(Kind.CREDITS, "5", "please")
    with refused(NotANumber, said="please"):
        await value(Kind.NUMBERS, "1", "please")
    with refused(TooLong, length_max=4):
        await value(Kind.TEXT, "bread", length_max=4)


@pytest.mark.parametrize(
    ("command", "said", "meant"),
    [
        ("appoint", "msimamizi", "steward"),
        ("appoint", "Mécène", "backer"),
        ("help", "argent", "money"),
        ("help", "offrir", "board"),
        ("help", "/send", "credits"),
        ("help", "Mise en place", "setup"),
        ("language", "francais", "fr"),
        ("language", "Kiswahili", "sw"),
    ],
)
async def test_a_choice_is_known_by_what_it_is_called_in_every_language(command, said, meant):
    (argument,) = (each for each in NAMED[command].arguments if each.kind is Kind.CHOICE)
    assert await understanding().one(argument, [said]) == meant


async def test_a_choice_is_one_of_its_words_in_any_case():
    assert await understanding().one(COLOURS, ["Blue"]) == "blue"
    with refused(NotAChoice, said="green", fitting=("red", "blue")):
        await understanding().one(COLOURS, ["green"])


@pytest.mark.parametrize("kind", [Kind.WORTH, Kind.DATE, Kind.MEMBER])
async def test_what_depends_on_the_pool_needs_one(kind):
    with refused(NoPoolHere):
        await value(kind, "2")


async def test_marks_are_names_in_a_text_and_stay_marks_in_a_command_line():
    marked = understanding(mentions={"@:77": BEN})
    text, line = (
        Argument("it", Kind.TEXT, say("It"), verbatim=verbatim) for verbatim in (False, True)
    )
    assert await marked.one(text, ["with @:77"]) == "with @Ben"
    assert await marked.one(line, ["send @:77 4"]) == "send @:77 4"
