"""How a reply is drawn: escaped once, cut where it does no harm, equal to its words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.platform import ONCE_MORE
from bots.replies import Block, Code, Name, Reply, Shape, Typed, heading, item, line, reply, say
from bots.telegram_bot.drawing import CAPTION_UNITS, JOINER, TEXT_UNITS, parts, plain, units
from bots.transcripts.neutral import neutral_text
from bots.words import Voice, spoken
from tests.pretended.telegram import Chat, User
from tests.pretended.telegram_text import parse_html
from tests.pretended.telegram_text import units as real_units
from tests.telegram_bot.conftest import Running

NASTY = (
    "<b>bold</b> & *stars* _lines_ [masked](https://example.org) `tick` "
    "@everyone <@1> @amina \u202eturned 🌻 </code> &amp; #tag"
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
SENTENCES = st.one_of(
    WORDS.map(lambda text: say("Said: {text}.", text=Typed(text))),
    WORDS.map(lambda text: say("{name} was here", name=Name(text or "x"))),
    WORDS.map(lambda text: say("Type {code}", code=Code(text))),
)
BLOCKS = st.builds(
    lambda sentences, shape: Block(tuple(sentences), shape),
    st.lists(SENTENCES, min_size=1, max_size=3),
    st.sampled_from(Shape),
)


def shown(html: str) -> str:
    """What a text shows: Telegram's own reading of its HTML, without the marks of no width."""
    return parse_html(html)[0].replace(JOINER, "")


# A16, B22
@settings(deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=6))
def test_without_its_tags_a_reply_is_what_the_words_say(blocks: list[Block]) -> None:
    drawn = Reply(tuple(blocks))
    (html,) = parts(drawn, Voice())
    assert shown(html) == neutral_text(drawn, Voice()).replace(JOINER, "")
    assert plain(drawn, Voice()).replace(JOINER, "") == shown(html).strip()


# A17
@settings(deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=12), st.integers(40, 120))
def test_a_text_that_is_too_long_is_cut_into_whole_parts(blocks: list[Block], limit: int) -> None:
    drawn = Reply(tuple(blocks))
    cut = parts(drawn, Voice(), limit)
    assert all(real_units(parse_html(html)[0]) <= limit for html in cut)
    together = "".join(shown(html) for html in cut)
    whole = neutral_text(drawn, Voice()).replace(JOINER, "")
    assert "".join(together.split()) == "".join(whole.split())


# A17
def test_a_text_is_cut_between_lines_where_it_can_be() -> None:
    lines = [item(say("{text}", text=Typed("x" * 90))) for _ in range(100)]
    cut = parts(Reply(tuple(lines)), Voice())
    assert len(cut) == 3
    assert all(each.startswith("• x") and each.endswith("x") for each in cut)


# A17
@pytest.mark.parametrize("text", ["🌻" * 5_000, "word " * 2_000, "x" * 9_000, "line\n" * 2_000])
def test_one_long_text_is_cut_with_balanced_tags(text: str) -> None:
    cut = parts(Reply((heading(say("{text}", text=Typed(text))),)), Voice())
    assert len(cut) > 1
    assert all(units(parse_html(html)[0]) <= TEXT_UNITS for html in cut)
    assert all(html.startswith("<b>") and html.endswith("</b>") for html in cut)


# A17
@pytest.mark.parametrize("language", ["en", "sw", "fr"])
@pytest.mark.parametrize(("most", "limit"), [(4096, TEXT_UNITS), (1024, CAPTION_UNITS)])
@pytest.mark.parametrize("letter", ["x", "🌻"])
def test_a_full_part_has_room_for_the_line_that_says_it_comes_once_more(
    letter: str, most: int, limit: int, language: str
) -> None:
    """Telegram takes 4096 units in a message, and 1024 below a picture."""
    voice = Voice(language)
    full, *_ = parts(reply(say("{text}", text=Typed(letter * 9_000))), voice, limit)
    again = real_units(spoken(ONCE_MORE, voice)) + 1
    assert most - 130 < real_units(full) + again <= most


# A16
async def test_what_people_type_is_shown_to_the_letter_and_rings_nobody(
    running: Running, garden: Chat
) -> None:
    nasty = say("{name} says {text}", name=Name(NASTY), text=Typed(NASTY))
    card = await running.card(garden, reply(nasty))
    assert card.text.replace(JOINER, "") == f"{NASTY} says {NASTY}"
    kinds = {entity["type"] for entity in card.entities}
    assert not kinds & {"mention", "text_mention", "bold", "code", "text_link"}


# A17
async def test_a_long_answer_arrives_in_parts_with_its_buttons_under_the_last(
    running: Running, amina: User
) -> None:
    lines = tuple(line(say("{text}", text=Typed("y" * 300))) for _ in range(40))
    buttons = ((running.small.button("Take", "take"),),)
    await running.bot.tell(str(amina.id), Reply(lines, buttons), Voice(), "1")
    *before, last = running.telegram.messages(amina)
    assert len(before) == 3
    assert all(message.labels == [] for message in before)
    assert last.labels == ["Take"]


def test_a_reply_that_says_nothing_can_still_be_sent() -> None:
    assert parts(reply(say("{text}", text=Typed("  \n "))), Voice()) == ["…"]
