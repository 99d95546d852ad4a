"""Where things are announced: rights, threads, forums; thrown out, and let in again."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain.pools import ChatState
from tests.clocks import Clock, Draw
from tests.discord_bot.riverside import Riverside
from tests.patience import PATIENCE
from tests.pretended.discord import Channel, Permission, PretendedDiscord, User

MAKES = {"name": "River", "currency": "KES", "timezone": "Africa/Nairobi"}


async def offers(place: Riverside, what: str) -> None:
    """Juma offers something, which is announced."""
    await place.slash(place.juma, "offer", worth="2", what=what)


def seen_in(place: Riverside, channel: Channel) -> list[str]:
    """What the bot has shown to all in a channel."""
    shown = place.server.messages(channel)
    return [each.text for each in shown if each.visible_to is None]


def told(place: Riverside, user: User, part: str) -> list[str]:
    """What somebody was told in private that holds this."""
    return [each.text for each in place.server.dms(user) if part in each.text]


# --- rights ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        (["send_messages"], "“Send Messages”"),
        (["view_channel"], "“View Channel” and “Send Messages”"),
    ],
)
async def test_a_right_that_is_missing_is_named_when_the_pool_is_made_c17(
    server: PretendedDiscord, tmp_path: Any, clock: Clock, draw: Draw, denied: list[str], named: str
) -> None:
    """C17: the pool is there all the same, and who made it knows what to do."""
    place = Riverside(server, tmp_path, clock, draw)
    server.deny_bot(place.channel, *denied)
    await place.start()
    made = await place.slash(place.amina, "pool create", **MAKES)
    assert "The pool River is ready" in made.text
    assert f"under Permissions, please give me {named}." in made.text
    server.allow_bot(place.channel, *denied)
    assert "announce things here" in (await place.slash(place.amina, "pool channel")).text
    await place.stop()


async def test_a_channel_without_the_right_to_write_is_not_taken_c17(riverside: Riverside) -> None:
    """C17: announcements stay where they can be seen; a thread wants a right of its own."""
    place = riverside
    silent = place.server.channel(place.guild, "silent")
    place.server.deny_bot(silent, "send_messages", "send_messages_in_threads")
    thread = place.server.thread(silent, "Offers")
    for where, right in ((silent, "Send Messages"), (thread, "Send Messages in Threads")):
        act = await place.slash(place.amina, "pool channel", channel=where)
        assert f"please give me “{right}”." in act.text
        assert (
            "for the stewards"
            in (await place.slash(place.juma, "pool channel", channel=where)).text
        )
    await offers(place, "nets")
    assert any("nets" in each for each in seen_in(place, place.channel))


@pytest.mark.parametrize(
    ("denied", "code", "named"),
    [("send_messages", "50013", "Send Messages"), ("view_channel", "50001", "View Channel")],
)
async def test_a_right_that_is_taken_away_is_told_to_the_stewards_once_a_day_c16(
    riverside: Riverside, denied: str, code: str, named: str
) -> None:
    """C16: 50013 and 50001; what waits is shown when the right is back."""
    place = riverside
    place.server.deny_bot(place.channel, denied)
    for what in ("nets", "ropes"):
        await offers(place, what)
    for steward in (place.amina, place.claire):
        (said,) = told(place, steward, "cannot announce")
        assert "in general of Riverside" in said
        assert f"“{named}”" in said
    assert told(place, place.juma, "cannot announce") == []
    place.server.allow_bot(place.channel, denied)
    place.clock.advance(timedelta(minutes=20))
    place.app.delivery.nudge()
    await place.app.quiet()
    assert len(place.cards) == 2
    assert any(f"{call.status}" == "403" for call in place.server.calls), code


async def test_a_stale_button_on_a_private_answer_shows_nothing_to_all_c6(
    riverside: Riverside,
) -> None:
    """C6: what stands there is explained to who pressed it, and posted nowhere."""
    place = riverside
    await offers(place, "nets")
    mine = await place.slash(place.juma, "mine")
    label = next(each for each in mine.response.labels if "Close" in each)
    await place.press(place.juma, mine.response, label)
    before = seen_in(place, place.channel)
    act = await place.press(place.juma, mine.response, label)
    assert act.text
    assert seen_in(place, place.channel) == before


async def test_the_chat_of_a_voice_channel_is_not_taken_for_gone_c16(riverside: Riverside) -> None:
    """C16: it has rights like any other."""
    place = riverside
    lounge = place.server.channel(place.guild, "lounge", voice=True)
    await place.slash(place.amina, "pool channel", channel=lounge)
    await offers(place, "nets")
    assert any("nets" in each for each in seen_in(place, lounge))
    place.server.deny_bot(lounge, "send_messages")
    await offers(place, "ropes")
    (said,) = told(place, place.amina, "cannot announce")
    assert "in lounge of Riverside" in said
    assert "“Send Messages”" in said


async def test_a_channel_that_is_gone_is_told_to_the_stewards_c16(riverside: Riverside) -> None:
    """C16: 10003; typed elsewhere, /pool channel brings the announcements there."""
    place = riverside
    other = place.server.channel(place.guild, "elsewhere")
    place.server.delete_channel(place.channel)
    await place.slash(place.juma, "offer", worth="2", what="nets", channel=other)
    (said,) = told(place, place.claire, "is gone")
    assert "/pool channel" in said
    await place.slash(place.claire, "pool channel", channel=other)
    place.clock.advance(timedelta(minutes=20))
    place.app.delivery.nudge()
    await place.app.quiet()
    assert any("nets" in each for each in seen_in(place, other))


async def test_a_card_that_was_deleted_stands_anew_with_its_next_change_c16(
    riverside: Riverside,
) -> None:
    """C16: 10008; a moderator took it away, and nobody has to do anything."""
    place = riverside
    await offers(place, "nets")
    (card,) = place.cards
    place.server.delete_message(card)
    await place.thank(place.claire, 9)
    number = card.text.split()[0]
    await place.slash(place.juma, "edit", listing=number, worth="3")
    assert any("3 credits" in each.text for each in place.cards)


# --- threads and forums ------------------------------------------------------------------------


async def announces_in(place: Riverside, channel: Channel) -> None:
    await place.slash(place.amina, "pool channel", channel=channel)


async def test_in_a_thread_answers_and_cards_stay_in_the_thread_c19(riverside: Riverside) -> None:
    """C19: also those of a forum's post; nothing of it is seen in the channel above."""
    place = riverside
    forum = place.server.channel(place.guild, "board", forum=True)
    for above in (place.channel, forum):
        thread = place.server.thread(above, "Offers")
        await announces_in(place, thread)
        act = await place.slash(place.juma, "offer", worth="2", what="nets", channel=thread)
        assert act.response.channel is thread
        assert act.response.visible_to is place.juma
        assert any("nets" in each for each in seen_in(place, thread))
        assert seen_in(place, above) == []


async def test_an_archived_thread_is_opened_again_c19(riverside: Riverside) -> None:
    """C19: to edit a card there, and to show a new one."""
    place = riverside
    thread = place.server.thread(place.channel, "Offers")
    await announces_in(place, thread)
    await offers(place, "nets")
    (text,) = seen_in(place, thread)
    place.server.archive(thread)
    await place.slash(place.juma, "edit", listing=text.split()[0], worth="3")
    assert "3 credits" in seen_in(place, thread)[0]
    place.server.archive(thread)
    await offers(place, "ropes")
    assert len(seen_in(place, thread)) == 2


async def test_a_locked_thread_is_replaced_by_the_channel_above_c19(riverside: Riverside) -> None:
    """C19: what stood in it is shown anew there, stewards are told once, and it stays so."""
    place = riverside
    thread = place.server.thread(place.channel, "Offers")
    await announces_in(place, thread)
    await offers(place, "nets")
    number = seen_in(place, thread)[0].split()[0]
    place.server.archive(thread, locked=True)
    await place.slash(place.juma, "edit", listing=number, worth="3")
    await offers(place, "ropes")
    first, _ = seen_in(place, place.channel)
    assert first.split()[0] == number
    (said,) = told(place, place.claire, "is closed")
    assert said.startswith("Offers in Riverside is closed, so I go on in general.")


async def test_a_locked_post_of_a_forum_is_replaced_by_a_new_one_c19(riverside: Riverside) -> None:
    """C19: a forum takes no messages but in posts; the new one has the old one's name."""
    place = riverside
    forum = place.server.channel(place.guild, "board", forum=True)
    post = place.server.thread(forum, "Offers")
    await announces_in(place, post)
    place.server.archive(post, locked=True)
    await offers(place, "nets")
    await offers(place, "ropes")
    (new,) = [
        each for each in place.guild.channels.values() if each.parent is forum and each is not post
    ]
    assert new.name == "Offers"
    assert len(seen_in(place, new)) == 2


# --- guilds ------------------------------------------------------------------------------------


async def until_chat_is(place: Riverside, state: ChatState) -> None:
    # The writer answers in order, so each question sees what was decided before it.
    async with asyncio.timeout(PATIENCE):
        while (await place.chat()).state is not state:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


async def test_thrown_out_all_waits_and_let_in_again_it_is_said_c20(riverside: Riverside) -> None:
    """C20: members go on in private meanwhile, and nothing has to be set up anew."""
    place = riverside
    await offers(place, "nets")
    (card,) = place.cards
    place.server.remove_bot(place.guild)
    await until_chat_is(place, ChatState.PAUSED)
    number, calls = card.text.split()[0], len(place.server.calls)
    changing = place.server.slash_dm(place.juma, "edit", listing=number, worth="3")
    await place.settled(changing)
    tried = [each.path for each in place.server.calls[calls:]]
    assert not any(str(place.channel.id) in each for each in tried)
    place.server.invite_bot(place.guild)
    await place.server.until(lambda: "3 credits" in card.text, what="the card to follow")
    assert (await place.slash(place.juma, "mine")).text


async def test_a_bot_in_no_guild_says_how_to_let_it_in_and_asks_for_little_c20(
    riverside: Riverside, caplog: pytest.LogCaptureFixture
) -> None:
    """C20: a link with both scopes, and no right that announcing does not need."""
    place = riverside
    place.server.remove_bot(place.guild)
    with caplog.at_level("INFO", "bots.discord_bot"):
        await place.restart()
    (said,) = [each for each in caplog.messages if "in no server yet" in each]
    link = urlsplit(said.split()[-1])
    asked = parse_qs(link.query)
    assert (link.scheme, link.netloc) == ("https", "discord.com")
    assert asked["scope"] == ["bot applications.commands"]
    assert asked["client_id"] == [str(place.server.application_id)]
    assert Permission(int(asked["permissions"][0])) == (
        Permission.VIEW_CHANNEL
        | Permission.SEND_MESSAGES
        | Permission.SEND_MESSAGES_IN_THREADS
        | Permission.ATTACH_FILES
    )
