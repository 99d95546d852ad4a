"""Buttons of another state or another build: explained, drawn anew, and nothing is done twice.

The transcript `old_buttons.txt` tells the same of what stands in private, on every platform; here
are the cards of the group, and buttons that this build never drew.
"""

from __future__ import annotations

from core.domain.units import Number
from tests.checklist.conftest import Town, token_of
from tests.pretended import discord, telegram

NOT_OF_OURS = "v0;spend;7"


async def offer(town: Town, what: str = "bread") -> tuple[telegram.Message, discord.Message]:
    """Amina offers something; its cards on Telegram and on Discord."""
    await town.thank(("Juma", 9), ("Baraka", 9))
    await town.tells(town.amina, f"/offer 2 {what} qty:5", town.group)
    return town.posts()[-1], town.cards()[-1]


async def taps_data(town: Town, message: telegram.Message, data: str) -> str:
    """Juma presses what no button there has; the answer in private."""
    town.telegram.taps_data(town.juma, message, data)
    await town.settled()
    return town.answer_to(town.juma)


def last(town: Town) -> telegram.Message:
    """What Juma was told last."""
    return town.telegram.messages(town.juma)[-1]


def data_of(card: telegram.Message) -> str:
    return card.buttons[0][0].data or ""


def number_of(card: telegram.Message) -> Number:
    return token_of(data_of(card)).number


async def test_a_card_pressed_too_late_is_drawn_anew_in_its_place_on_telegram(
    kijiji: Town,
) -> None:
    """A12: the edit of the card was lost; the press finds another price, and orders nothing."""
    card, _ = await offer(kijiji)
    old, before = data_of(card), card.text
    await kijiji.tells(kijiji.amina, f"/edit #{number_of(card)} worth:3")
    card.text = before
    said = await taps_data(kijiji, card, old)
    assert said.startswith(f"#{number_of(card)} has changed since I showed you this.")
    assert "3 credits" in card.text
    assert data_of(card) != old
    assert await kijiji.free("Juma") == 9
    said = await kijiji.taps(kijiji.juma, card, "I would like this")
    assert "You ordered bread from Amina." in said


async def test_a_card_pressed_too_late_is_drawn_anew_in_its_place_on_discord(
    kijiji: Town,
) -> None:
    """A12: as on Telegram; only who pressed is told why."""
    _, card = await offer(kijiji)
    old = card.buttons[0][0].custom_id or ""
    number = token_of(old).number
    await kijiji.tells(kijiji.amina, f"/edit #{number} worth:3")
    edits = card.edits
    act = kijiji.discord.press_id(kijiji.baraka, card, old)
    assert (await act.answered()).text.startswith(f"#{number} has changed since I showed you this")
    assert act.response.visible_to is kijiji.baraka
    await kijiji.settled()
    assert card.edits == edits + 1
    assert "3 credits" in card.text
    assert await kijiji.free("Baraka") == 9


async def test_a_button_of_another_build_is_drawn_anew_as_this_one_draws_it(kijiji: Town) -> None:
    """A10: `v1:` and a verb that this build does not know, on a card and in private."""
    card, there = await offer(kijiji)
    number = number_of(card)
    unknown = f"v1:fetch:{kijiji.pool}.{number}:1"
    said = await taps_data(kijiji, card, unknown)
    assert said.startswith("This card is out of date.")
    assert card.button("I would like this").data == data_of(card)
    await kijiji.tells(kijiji.juma, "/balance")
    said = await taps_data(kijiji, last(kijiji), unknown)
    assert said.startswith("This card is out of date. This is how it stands:")
    assert f"#{number} Amina offers: bread" in said
    await kijiji.taps(kijiji.juma, last(kijiji), "I would like this")
    assert await kijiji.free("Juma") == 7
    asked = kijiji.discord.slash(kijiji.baraka, kijiji.guild.channel, "mine")
    act = kijiji.discord.press_id(kijiji.baraka, (await asked.answered()).response, unknown)
    assert f"#{number} Amina offers: bread" in (await act.answered()).text
    assert len(there.buttons) == 1


async def test_a_button_that_nobody_can_read_leads_to_where_all_things_are(kijiji: Town) -> None:
    """A10: nobody knows what it was about, so the answer has the board and one's own things."""
    await kijiji.tells(kijiji.juma, "/balance")
    said = await taps_data(kijiji, last(kijiji), NOT_OF_OURS)
    assert said.startswith("This card is out of date.")
    said = await kijiji.taps(kijiji.juma, last(kijiji), "My things")
    assert said.startswith("Nothing of yours is open.")
