"""What people see and how often: cards edited in place, help on one screen, names never guessed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from bots.languages import LANGUAGES
from tests.checklist.conftest import Town

LINES_MAX = 12


async def test_a_busy_day_brings_one_message_a_thing_and_edits_for_the_rest(kijiji: Town) -> None:
    """A14: a new public message for each offer, need and kept promise, on each platform."""
    shown = len(kijiji.telegram.history)
    posts, cards = len(kijiji.posts()), len(kijiji.cards())
    await kijiji.thank(("Juma", 9))
    for n in range(3):
        await kijiji.tells(kijiji.juma, f"/offer 1 loaf {n}", kijiji.group)
        await kijiji.tells(kijiji.amina, f"/need 1 ladder {n}", kijiji.group)
        need = kijiji.posts()[-1]
        await kijiji.taps(kijiji.juma, need, "I will do it")
        taken = kijiji.alone(kijiji.juma)[-1]
        await kijiji.taps(kijiji.juma, taken, "Withdraw")
        await kijiji.taps(kijiji.juma, need, "I will do it")
        assert need.text.endswith("Spoken for.")
    number = await kijiji.claim()
    await kijiji.tells(kijiji.amina, f"/confirm #{number}")
    things = 1 + 3 + 3 + 1  # one thanked, the offers, the needs, one promise kept
    assert len(kijiji.posts()) - posts == things
    assert len(kijiji.cards()) - cards == things
    acts = Counter(
        each.act
        for each in kijiji.telegram.history[shown:]
        if each.chat is kijiji.group and each.message.receiver is None
    )
    assert acts == {"sent": things, "edited": 3 * 3}


async def test_what_somebody_typed_stands_on_both_cards_to_the_letter(kijiji: Town) -> None:
    """A16, A17: typed on Telegram, shown on both; a long text is whole on both too."""
    nasty = (
        "<b>&amp; *a* _b_ `c` [x](https://example.org) @everyone <@1> \u202eRTL "
        "\u200f\u0645\u0631\u062d\u0628\u0627 \U0001f9f5"
    )
    shown = nasty.replace("\u202e", "").replace("\u200f", "")
    for text in (nasty, "word " * 39):
        await kijiji.tells(kijiji.juma, f"/offer 1 {text}", kijiji.group)
    for cards in (kijiji.posts(), kijiji.cards()):
        first, second = (each.text.replace("\u2060", "") for each in cards[-2:])
        assert shown in first.replace("\u202e", "").replace("\u200f", "")
        assert ("word " * 39).strip() in second
    assert not any(card.pings for card in kijiji.cards())
    kinds = {entity["type"] for post in kijiji.posts() for entity in post.entities}
    assert not kinds & {"mention", "text_mention", "bold", "code", "text_link", "italic"}


async def test_an_instant_has_the_date_of_the_pools_own_place(kijiji: Town) -> None:
    """A18: half past ten at night in London is tomorrow in Nairobi, for everybody."""
    kijiji.clock.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    await kijiji.thank(("Juma", 3), ("Baraka", 3))
    on_telegram = await kijiji.tells(kijiji.juma, "/history")
    on_discord = await kijiji.slashes(kijiji.baraka, "history")
    for said in (on_telegram, on_discord):
        assert "21 Nov 2026" in said
        assert "20 Nov" not in said
    promised = await kijiji.tells(kijiji.juma, "/commit 1 sweeping due:today")
    assert "It is due 21 Nov 2026." in promised
    promised = await kijiji.slashes(
        kijiji.baraka, "commit", worth="1", what="sweeping", due="today"
    )
    # Where the reader lives by UTC, that day ends at nine in the evening.
    assert "It is due 21 November 2026 20:59 (21 Nov 2026)." in promised


async def test_whoever_cannot_be_told_apart_is_asked_about_with_five_names_at_most(
    kijiji: Town,
) -> None:
    """A22: seven of one name; nobody is picked, and nothing moves before one is."""
    await kijiji.thank(("Juma", 9))
    for n in range(7):
        await kijiji.tells(kijiji.amina, f"/register Wanjiru {'ABCDEFG'[n]}")
    asked = await kijiji.tells(kijiji.juma, "/send @Wanjiru 2")
    assert asked == "Whom do you mean by Wanjiru?"
    question = kijiji.telegram.messages(kijiji.juma)[-1]
    assert len(question.labels) == 5 + 1
    assert await kijiji.free("Juma") == 9
    unknown = await kijiji.tells(kijiji.juma, "/send @Xolani 2")
    assert unknown.startswith("Nobody in the pool is called Xolani.")
    assert await kijiji.free("Juma") == 9


async def test_a_username_that_changed_hands_is_asked_about_by_name(kijiji: Town) -> None:
    """B8, A24: @juma is Wambui now; not one credit moves before her name was confirmed."""
    wambui = kijiji.telegram.user("Wambui", username="wambui")
    kijiji.telegram.joins(wambui, kijiji.group)
    kijiji.telegram.starts(wambui)
    await kijiji.settled()
    await kijiji.tells(wambui, "/join", kijiji.group)
    await kijiji.tells(kijiji.amina, "/thank @Juma @Wambui 5 the harvest")
    kijiji.telegram.renames(kijiji.juma, username=None)
    kijiji.telegram.renames(wambui, username="juma")
    await kijiji.tells(wambui, "/balance")
    await kijiji.tells(kijiji.amina, "/thank @Juma 1 being there")
    claimed = {who: await kijiji.free(who) for who in ("Juma", "Wambui")}
    asked = await kijiji.tells(wambui, "/send @amina 2")
    assert asked.startswith("You sent 2 credits to Amina.")
    asked = await kijiji.tells(kijiji.amina, "/send @juma 2")
    question = kijiji.telegram.messages(kijiji.amina)[-1]
    assert asked == "Whom do you mean by juma?"
    assert "Wambui" in question.labels
    assert await kijiji.free("Juma") == claimed["Juma"]
    assert await kijiji.free("Wambui") == claimed["Wambui"] - 2
    assert await kijiji.free("Amina") == 2
    said = await kijiji.taps(kijiji.amina, question, "Wambui")
    assert said.startswith("You sent 2 credits to Wambui.")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_help_fits_one_screen_for_everybody(kijiji: Town, language: str) -> None:
    """A29: member, steward and stranger, in private and in the group, in each language."""
    stranger = kijiji.telegram.user("Zawadi")
    kijiji.telegram.joins(stranger, kijiji.group)
    kijiji.telegram.starts(stranger)
    await kijiji.settled()
    seen = set()
    for person in (kijiji.amina, kijiji.juma, stranger):
        await kijiji.tells(person, f"/language {language}")
        for place in (person, kijiji.group):
            helped = await kijiji.tells(person, "/help", place)
            assert "/" in helped
            assert len(helped.splitlines()) <= LINES_MAX, helped
            seen.add(helped)
        private = await kijiji.tells(person, "/privacy")
        assert "/leave" in private
        assert "/mydata" in private
        assert len(private.splitlines()) <= LINES_MAX
    assert len(seen) == 2, "stewards are shown other things than members"
