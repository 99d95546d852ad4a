"""What the bot says first leaves once, whatever happens to the line on its way."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.discord_bot.riverside import Riverside
from tests.pretended.discord import Interaction, Message

POSTS = "POST /channels/*/messages"


def spoken(place: Riverside) -> list[Message]:
    """All that the bot said without being asked at that moment."""
    return [
        each
        for each in place.server.history
        if each.author is place.server.bot_user and each.interaction is None
    ]


async def test_all_that_the_bot_says_first_has_a_nonce_of_its_own_c15(
    riverside: Riverside,
) -> None:
    """C15: cards, notices and posts carry the number of their row, to be shown once."""
    place = riverside
    await place.slash(place.juma, "offer", worth="2", what="nets")
    await place.claim(place.juma, "mending the fence")
    await place.thank(place.claire, 9)
    sent = [each for each in place.server.calls if each.path.endswith("/messages")]
    sent = [each for each in sent if each.method == "POST" and each.path.startswith("/channels")]
    assert len(sent) > 3
    assert all(each.body["enforce_nonce"] is True for each in sent)
    nonces = [each.body["nonce"] for each in sent]
    assert all(each.isdecimal() for each in nonces)
    assert len(set(nonces)) == len(nonces) == len(spoken(place))


@pytest.mark.parametrize("times", [1, 3])
async def test_a_card_whose_answer_was_lost_is_tried_again_and_stands_once_c15(
    riverside: Riverside, times: int
) -> None:
    """C15: Discord took it and the line broke; the same nonce shows it no second time."""
    place = riverside
    place.server.fail(POSTS, None, after_effect=True, times=times)
    await place.slash(place.juma, "offer", worth="2", what="nets")
    for _ in range(times):
        await later_at_once(place)
    assert len(place.cards) == 1
    number = place.cards[0].text.split()[0]
    await place.slash(place.juma, "edit", listing=number, worth="3")
    assert "3 credits" in place.cards[0].text
    assert len(place.cards) == 1


async def later_at_once(place: Riverside) -> None:
    """Some seconds pass, in which Discord still knows the nonce."""
    place.clock.advance(timedelta(seconds=10))
    place.app.delivery.nudge()
    await place.app.quiet()


async def test_a_notice_whose_answer_was_lost_is_read_once_c15(riverside: Riverside) -> None:
    """C15: as a card, so a direct message."""
    place = riverside
    place.server.fail(POSTS, None, after_effect=True)
    await place.thank(place.claire, 9, "carrying water")
    await later_at_once(place)
    said = [each.text for each in place.server.dms(place.claire)]
    assert sum("carrying water" in each for each in said) == 1


# --- each code has its outcome -----------------------------------------------------------------


async def test_closed_direct_messages_are_left_alone_and_opened_by_a_word_c16(
    riverside: Riverside,
) -> None:
    """C16: 50007; nothing is said in public instead, and a word in private brings it after all."""
    place = riverside
    place.server.dm_closed(place.claire)
    await place.thank(place.claire, 9, "carrying water")
    calls = len(place.server.calls)
    await place.thank(place.claire, 2, "sweeping")
    tried = [each for each in place.server.calls[calls:] if each.status == 403]
    assert tried == []
    assert not any("carrying water" in each.text and each.pings for each in place.cards)
    place.server.dm_closed(place.claire, closed=False)
    await place.settled(place.server.slash_dm(place.claire, "balance"))
    said = "\n".join(each.text for each in place.server.dms(place.claire))
    assert "carrying water" in said
    assert "sweeping" in said


async def test_an_interaction_that_discord_gave_up_is_named_with_what_may_be_wrong_c16(
    riverside: Riverside, caplog: pytest.LogCaptureFixture
) -> None:
    """C16: 10062; the effect stands, the answer comes in private, the log says where to look."""
    place = riverside
    place.server.fail("POST /interactions/*/*/callback", 404, code=10062)
    act = place.server.slash(place.juma, place.channel, "offer", worth="2", what="nets")
    await place.server.until(lambda: bool(place.server.dms(place.juma)))
    await place.app.quiet()
    assert "on the board" in place.server.dms(place.juma)[-1].text
    assert len(place.cards) == 1
    assert "second bot with the same token" in caplog.text
    place.server.excuse(act)


# --- where an interaction is no way any more ---------------------------------------------------

CALLBACK = "POST /interactions/*/*/callback"
ORIGINAL = "PATCH /webhooks/*/*/messages/@original"


async def unknown(place: Riverside, command: str, **options: object) -> Interaction:
    """Discord gives an interaction up before the acknowledgement comes: after three seconds."""
    hang = place.server.hang(CALLBACK)
    act = place.server.slash(place.juma, place.channel, command, **options)
    await hang.reached.wait()
    place.discord_waits(4)
    hang.release()
    return act


async def expired(place: Riverside, command: str, **options: object) -> Interaction:
    """The answer comes after a quarter of an hour."""
    hang = place.server.hang(ORIGINAL)
    act = place.server.slash(place.juma, place.channel, command, **options)
    await hang.reached.wait()
    place.discord_waits(16 * 60)
    hang.release()
    return act


async def used_up(place: Riverside, command: str, **options: object) -> Interaction:
    """Discord takes the interaction's token for none of its own."""
    place.server.fail(ORIGINAL, 401, code=50027)
    return place.server.slash(place.juma, place.channel, command, **options)


Lost = Callable[..., Awaitable[Interaction]]
LOST = (unknown, expired, used_up)


@pytest.mark.parametrize("lost", LOST)
async def test_what_was_done_stands_and_is_told_where_the_interaction_is_lost_r10(
    riverside: Riverside, lost: Lost
) -> None:
    """R10: the card is in the channel, once, and who asked has the answer as a direct message."""
    place = riverside
    act = await lost(place, "offer", worth="2", what="nets")
    await place.server.until(lambda: bool(place.server.dms(place.juma)))
    await place.app.quiet()
    assert "on the board" in place.server.dms(place.juma)[-1].text
    (card,) = place.cards
    assert "nets" in card.text
    forgive(place, act)


@pytest.mark.parametrize("lost", LOST)
async def test_what_is_private_stays_so_where_the_interaction_is_lost_r10(
    riverside: Riverside, lost: Lost
) -> None:
    """R10: a balance is told to its owner alone, or to nobody when they take no messages."""
    place = riverside
    await place.thank(place.juma, 9)
    before = len(place.server.dms(place.juma))
    first = await lost(place, "balance")
    await place.server.until(lambda: len(place.server.dms(place.juma)) > before)
    assert "9 credits" in place.server.dms(place.juma)[-1].text
    cards = [each.text for each in place.cards]
    place.server.dm_closed(place.juma)
    calls = len(place.server.calls)
    second = await lost(place, "balance")
    await place.server.until(lambda: any(call.status == 403 for call in place.server.calls[calls:]))
    await place.app.quiet()
    assert [each.text for each in place.cards] == cards
    forgive(place, first, second)


def forgive(place: Riverside, *acts: Interaction) -> None:
    """The pretended Discord takes a late acknowledgement for a fault, rightly."""
    place.server.excuse(*acts)
    if any("10062" in str(fault) for fault in place.server.faults):
        place.server.forgive("10062")
