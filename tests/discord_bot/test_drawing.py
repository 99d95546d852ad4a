"""Markdown is made in one place, and without it a text is what the house says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord_bot.drawing import TEXT_MAX, card_text, faces, literal, parts
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Day,
    Instant,
    Name,
    Ref,
    Reply,
    Style,
    Typed,
    heading,
    item,
    line,
    reply,
    say,
)
from bots.tokens import Token
from bots.transcripts.neutral import neutral_text
from bots.words import Voice
from tests.discord_bot.small import NASTY, button
from tests.pretended.discord.texts import plain

VOICE = Voice("en", "KES", "Africa/Nairobi")

printable = st.text(
    st.characters(exclude_categories=("Cs", "Co", "Cc"), include_characters="\n"), max_size=300
)
nasty = st.text(st.sampled_from("*_~`|<>@#-+:[]()\\/ 1.a\n"), max_size=200)


def shown(text: str) -> str:
    """What a reader of Discord sees."""
    return plain(text, lambda kind, key: f"<{kind}{key}>")


@settings(deadline=None)
@given(st.one_of(printable, nasty))
def test_what_somebody_typed_is_shown_to_the_letter_a16(text: str) -> None:
    told = reply(say("{text}", text=Typed(text)))
    assert "\n".join(map(shown, parts(told, VOICE))) == (text if text.strip() else "…")


def test_every_kind_of_value_is_shown_as_the_house_says_it() -> None:
    told = Reply(
        (
            heading(say("Offers in {pool}", pool=Typed("**River** & _co_"))),
            item(
                say("{ref} {name}: {amount}", ref=Ref(12), name=Name("J_u_ma*"), amount=Amount(2))
            ),
            line(say("Type {code}, since {at}.", code=Code("/need 2h …"), at=Day(NOON))),
            line(say("1. {text}", text=Typed("# no heading\n- no list\n> no quote"))),
        )
    )
    (text,) = parts(told, VOICE)
    assert shown(text) == neutral_text(told, VOICE)
    assert "`/need 2h …`" in text
    assert text.startswith("**Offers")


NOON = datetime(2026, 12, 5, 9, 0, tzinfo=UTC)


def test_an_instant_is_shown_as_it_is_with_the_reader_and_in_the_pool_a18() -> None:
    """A deadline, too; but the day on which something was is the pool's."""
    ends = Instant(NOON, date_only=True)
    told = reply(
        say("At {at}, until {until}, since {day}.", at=Instant(NOON), until=ends, day=Day(NOON))
    )
    nairobi = Voice("en", "KES", "Africa/Nairobi")
    mark = f"<t:{int(NOON.timestamp())}:f>"
    assert parts(told, nairobi) == [
        f"At {mark} (5 Dec 2026, 12:00), until {mark} (5 Dec 2026), since 5 Dec 2026."
    ]


def test_an_instant_that_somebody_typed_is_only_text_a18() -> None:
    (text,) = parts(reply(say("{text}", text=Typed("<t:1:f> <t:1>"))), VOICE)
    assert shown(text) == "<t:1:f> <t:1>"


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("see https://a.example/x_y?z=1.", "see https://a.example/x_y?z=1."),
        ("[x](https://a.example)", "\\[x](https://a.example)"),
        ("https://a.example/*b*", "https\\://a.example/\\*b\\*"),
        ("<@123> <#4> <:e:5> <t:6:R>", r"\<@123> \<#4> \<\:e:5> \<t\:6:R>"),
        ("@everyone @here @juma", "\\@everyone \\@here @juma"),
        (":tada: 14:05", "\\:tada: 14:05"),
    ],
)
def test_only_what_could_be_markdown_is_escaped(typed: str, drawn: str) -> None:
    assert literal(typed) == drawn


@settings(deadline=None)
@given(st.lists(st.one_of(printable, nasty), max_size=40), st.integers(1, 12))
def test_no_part_is_too_long_and_nothing_is_lost_a17(texts: list[str], times: int) -> None:
    told = Reply(tuple(item(say("{text}", text=Typed(text * times))) for text in texts))
    drawn = parts(told, VOICE)
    assert all(0 < len(part) <= TEXT_MAX for part in drawn)
    letters = "".join(map(shown, drawn))
    assert squeezed(letters) == (squeezed(neutral_text(told, VOICE)) or "…")


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("length", [1999, 2000, 2001, 4000, 4001])
def test_a_text_of_just_the_limit_is_one_part_a17(length: int) -> None:
    """A17: Discord takes 2000 characters."""
    drawn = parts(reply(say("{text}", text=Typed("x" * length))), VOICE)
    assert "".join(drawn) == "x" * length
    assert [len(part) for part in drawn[:-1]] == [2000] * (len(drawn) - 1)
    assert 0 < len(drawn[-1]) <= 2000


def test_code_is_not_cut_in_two_a17() -> None:
    sentence = say("{a} {code}", a=Typed("x" * 1985), code=Code("/need 2h mending of nets"))
    drawn = parts(reply(sentence), VOICE)
    assert [part.count("`") % 2 for part in drawn] == [0, 0]


@settings(deadline=None)
@given(st.lists(printable, max_size=60))
def test_a_card_is_never_too_long_c13(texts: list[str]) -> None:
    told = Reply(tuple(line(say("{text}", text=Typed(text * 9))) for text in texts))
    assert 0 < len(card_text(told, VOICE)) <= 4000


@pytest.mark.parametrize("language", ["en", "sw", "fr"])
@pytest.mark.parametrize("length", [1, 7, 79, 1999])
def test_a_card_is_filled_to_just_the_limit_in_every_language_c13(
    length: int, language: str
) -> None:
    """C13: what has no room is counted, and the line that counts it has room too."""
    texts = [line(say("{text}", text=Typed("x" * length)))] * (5000 // length)
    most = len(card_text(Reply(tuple(texts)), Voice(language)))
    assert 4000 - 41 - length < most <= 4000


# --- buttons ---------------------------------------------------------------------------------


def test_buttons_stand_in_their_rows() -> None:
    rows = tuple(tuple(button(f"B{r}{n}", "list", f"w{r}{n}") for n in range(5)) for r in range(5))
    drawn = faces(Reply((), rows), VOICE)
    assert [[face.label for face in row] for row in drawn] == [
        [f"B{r}{n}" for n in range(5)] for r in range(5)
    ]


def test_a_question_below_five_rows_leaves_room_for_its_answer() -> None:
    rows = tuple((button(f"B{n}", "list", f"w{n}"),) for n in range(5))
    drawn = faces(Reply((), rows, question="abcdefghij"), VOICE)
    assert [len(row) for row in drawn] == [5, 1]


def test_a_token_stands_on_one_button_only() -> None:
    twice = (button("One", "list"), button("Two", "list"))
    assert [[face.label for face in row] for row in faces(Reply((), (twice,)), VOICE)] == [["One"]]


def test_a_long_label_is_cut_and_an_empty_one_is_not_empty() -> None:
    labels = [Button(say("{t}", t=Typed(t)), str(Token("x", word=w))) for t, w in LABELS]
    drawn = faces(Reply((), (tuple(labels),)), VOICE)
    assert [len(face.label) for face in drawn[0]] == [80, 1]


LABELS = (("x" * 200, "a"), ("", "b"))


def test_a_question_has_a_button_to_answer_it() -> None:
    (row,) = faces(Reply((), question="abcdefghij"), VOICE)
    assert [(face.label, face.token, face.style) for face in row] == [
        ("Answer", "v1:answer:0.0.abcdefghij:0", Style.YES)
    ]


def test_an_empty_reply_is_shown_as_something() -> None:
    assert parts(Reply(()), VOICE) == ["…"]
    assert parts(Reply((Block(()),)), VOICE) == ["…"]
    assert card_text(Reply((Block(()),)), VOICE) == "…"


def test_nasty_text_survives_being_a_heading() -> None:
    told = Reply((heading(say("{text}", text=Typed(NASTY))),))
    assert shown(parts(told, VOICE)[0]) == NASTY


def test_a_stewards_command_is_shown_as_it_is_typed_here() -> None:
    said = reply(
        say(
            "{one}, {two}, {three}",
            one=Code("/confirm #7"),
            two=Code("/thibitisha #7"),
            three=Code("/send @juma 5"),
        )
    )
    assert parts(said, Voice()) == [
        "`/steward confirm #7`, `/steward thibitisha #7`, `/send @juma 5`"
    ]
