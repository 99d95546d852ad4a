"""Every interaction is acknowledged at once, and answered to its caller alone."""

import asyncio
import logging

import pytest

from bots.discord_bot import DiscordBot
from tests.discord_bot.small import NASTY, World, reference_in
from tests.pretended.discord import HandClock, Interaction, Upload
from tests.pretended.discord.interactions import DEFER_UPDATE, THINK

CALLBACKS = "POST /interactions/*/*/callback"
EDITS = "PATCH /webhooks/*/*/messages/@original"
PNG = b"\x89PNG\r\n\x1a\n a picture of a mended net"


def only_call(world: World):
    (call,) = world.small.calls
    return call


async def test_a_slash_command_is_answered_to_its_caller_alone_c6(
    world: World, bot: DiscordBot
) -> None:
    act = await world.slash(world.juma, "echo", text="mending nets")
    assert act.text == "You said: mending nets"
    assert act.response.visible_to is world.juma
    assert act.acknowledged_with == THINK
    assert world.server.messages(world.channel, seen_by=world.amina) == []


async def test_the_real_catalogue_makes_a_pool_and_puts_an_offer_on_the_board(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    act = await world.slash(world.juma, "offer", worth="2h", what="mending nets", qty=3)
    assert "on the board" in act.text
    assert await world.offers() == ["mending nets"]


async def test_a_call_says_who_where_and_in_which_language(world: World, bot: DiscordBot) -> None:
    await world.slash(world.claire, "echo", text="x")
    call = only_call(world)
    assert (call.caller.external, call.caller.name) == (str(world.claire.id), "Claire")
    assert (call.caller.username, call.caller.language) == ("claire", "fr")
    assert (call.place.chat, call.place.title) == (str(world.guild.id), "Riverside")
    assert call.place.channel == str(world.channel.id)
    assert call.key.startswith("dc:")


async def test_a_nickname_of_one_guild_does_not_rename_the_caller(
    world: World, bot: DiscordBot
) -> None:
    world.server.rename(world.guild, world.juma, "King of the River")
    await world.slash(world.juma, "echo", text="x")
    assert only_call(world).caller.name == "Juma"


async def test_in_direct_messages_the_place_is_private(world: World, bot: DiscordBot) -> None:
    act = world.server.slash_dm(world.juma, "echo", text="x")
    await act.answered()
    assert only_call(world).place.private


@pytest.mark.parametrize(("who", "said"), [("amina", "An admin."), ("juma", "No admin.")])
async def test_whether_somebody_administers_the_guild_is_asked_of_discord(
    world: World, bot: DiscordBot, who: str, said: str
) -> None:
    assert (await world.slash(getattr(world, who), "admin")).text == said


async def test_a_mention_in_a_text_names_somebody_by_id(world: World, bot: DiscordBot) -> None:
    text = f"with {world.amina.mention}{world.claire.mention}, thanks"
    act = await world.slash(world.juma, "echo", text=text)
    call = only_call(world)
    marks = [world.amina.mention, world.claire.mention]
    assert call.options == {"text": f"with {marks[0]} {marks[1]}, thanks"}
    assert [call.mentions[mark].external for mark in marks] == [
        str(world.amina.id),
        str(world.claire.id),
    ]
    assert not act.response.pings


async def test_a_picked_member_is_named_beyond_doubt_c5(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    act = await world.slash(
        world.amina, "steward thank", members=world.juma.mention, worth="3", what="digging"
    )
    assert "Juma" in act.text
    sent = await world.slash(world.juma, "send", member=world.amina, credits=1)
    assert "Amina" in sent.text


async def test_bots_and_strangers_cannot_be_sent_credits_c5(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    other_bot = world.server.user("otherbot")
    other_bot.bot = True
    for nobody in (other_bot, world.claire, world.juma):
        act = await world.slash(world.juma, "send", member=nobody, credits=1)
        assert "sent" not in act.text.casefold()


async def test_for_who_is_not_on_discord_the_bot_is_picked_and_asks_for_the_name(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    await world.slash(world.amina, "steward register", name="Mzee Ali")
    await world.slash(
        world.amina, "steward thank", members=world.juma.mention, worth="3", what="digging"
    )
    asked = await world.slash(world.juma, "send", member=world.server.bot_user, credits=1)
    opened = await world.press(world.juma, asked, "Answer")
    sent = await world.server.submit(world.juma, opened, words="Mzee Ali").answered()
    assert "Mzee Ali" in sent.text
    assert "sent" in sent.text


async def test_a_photo_that_comes_along_is_fetched_up_to_five_megabytes(
    world: World, bot: DiscordBot
) -> None:
    too_large = PNG + bytes(5 * 1024 * 1024)
    await world.slash(world.juma, "bring", photo=Upload("net.png", PNG))
    await world.slash(world.juma, "bring", photo=Upload("big.png", too_large))
    await world.slash(world.juma, "bring")
    assert world.small.photos == [PNG, None, None]


async def test_a_file_that_is_no_picture_is_not_taken_for_one_whatever_it_is_called(
    world: World, bot: DiscordBot
) -> None:
    await world.slash(world.juma, "bring", photo=Upload("net.png", b"#!/bin/sh"))
    assert world.small.photos == [None]


async def test_what_somebody_typed_is_shown_to_the_letter_and_pings_nobody_a16_c14(
    world: World, bot: DiscordBot
) -> None:
    act = await world.slash(world.juma, "echo", text=NASTY)
    assert act.text == f"You said: {NASTY}"
    assert not act.response.pings


async def test_a_long_answer_comes_in_parts_with_its_buttons_below_the_last_a17(
    world: World, bot: DiscordBot
) -> None:
    act = await world.slash(world.juma, "long")
    await world.server.until(lambda: bool(act.response.buttons))
    assert len(act.responses) > 1
    assert all(len(message.raw) <= 2000 for message in act.responses)
    assert all(message.visible_to is world.juma for message in act.responses)
    assert [bool(message.buttons) for message in act.responses[:-1]] == [False] * (
        len(act.responses) - 1
    )
    assert act.text.count("*stitch*") == 20 * 40


# --- nobody is left without an answer --------------------------------------------------------


async def test_a_bug_is_answered_with_a_reference_that_the_log_has_too_a8(
    world: World, bot: DiscordBot, caplog: pytest.LogCaptureFixture
) -> None:
    act = await world.slash(world.juma, "boom")
    reference = reference_in(act.text)
    assert [reference in record.getMessage() for record in caplog.records].count(True) == 1


async def test_a_bug_before_the_desk_is_answered_too_a8(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord_bot.reading.called", lambda *_: 1 / 0)
    assert reference_in((await world.slash(world.juma, "echo", text="x")).text)


async def test_a_command_that_is_no_more_is_explained_a8(world: World) -> None:
    async with world.bot():
        pass
    async with world.bot(world.small.commands[1:]):
        # Discord still offers what it was told before, as for an hour after a change.
        act = world.server.slash(world.juma, world.channel, "long")
        await act.answered()
    async with world.bot(world.small.commands[2:]) as bot:
        bot._clients[0].tree.remove_command("slow")
        act = world.server.slash(world.juma, world.channel, "slow")
        await act.answered()
        assert act.text.startswith("This command has changed since your Discord last looked.")


async def test_who_types_into_a_command_that_is_no_more_is_suggested_nothing_a8(
    world: World, bot: DiscordBot
) -> None:
    bot._clients[0].tree.remove_command("spend")
    act = world.server.autocomplete(world.juma, world.channel, "spend", focused="offer")
    await act.answered()
    assert act.choices == []


async def test_suggestions_that_break_or_take_too_long_are_an_empty_list_a8_c10(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(*_: object) -> None:
        await asyncio.Event().wait()

    for broken in (lambda *_: 1 / 0, stuck):
        monkeypatch.setattr(bot._inside.desk, "suggest", broken)
        monkeypatch.setattr("bots.discord_bot.answering.SUGGESTING_SECONDS", 0.01)
        act = world.server.autocomplete(world.juma, world.channel, "spend", focused="offer")
        await act.answered()
        assert act.choices == []


async def test_at_most_25_suggestions_are_shown_each_short_enough_c10(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many(*_: object) -> list[tuple[str, str]]:
        return [(f"#{number} " + "x" * 200, str(number)) for number in range(40)]

    monkeypatch.setattr(bot._inside.desk, "suggest", many)
    act = world.server.autocomplete(world.juma, world.channel, "spend", focused="offer", value="n")
    await act.answered()
    assert act.choices is not None
    assert len(act.choices) == 25


async def test_what_discord_would_not_take_is_not_suggested_c10(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C10: it refuses the whole list for one that shows nothing, or sends nothing or too much."""

    async def odd(*_: object) -> list[tuple[str, str]]:
        return [("", "1"), ("nothing", ""), ("much", "x" * 101), ("most", "x" * 100), ("#4", "4")]

    monkeypatch.setattr(bot._inside.desk, "suggest", odd)
    act = world.server.autocomplete(world.juma, world.channel, "spend", focused="offer", value="n")
    await act.answered()
    assert [choice.name for choice in act.choices or ()] == ["most", "#4"]


async def test_offers_of_others_are_suggested_by_number_c10(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    await world.slash(world.amina, "offer", worth="2", what="two loaves")
    act = world.server.autocomplete(
        world.juma, world.channel, "spend", focused="offer", value="loav"
    )
    await act.answered()
    assert [choice.name for choice in act.choices or []] == ["#3 two loaves"]


# --- at once, once, and still there when it is late ------------------------------------------


async def test_the_acknowledgement_does_not_wait_for_the_work_a9_c6(
    world: World, bot: DiscordBot
) -> None:
    world.small.gate.clear()
    act = world.server.slash(world.juma, world.channel, "slow", text="later")
    await act.acknowledged_within()
    assert act.thinking
    world.small.gate.set()
    await act.answered()
    assert act.text == "You said: later"


async def test_an_interaction_delivered_ten_times_has_one_effect_and_one_answer_a6(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    act = world.server.slash(world.juma, world.channel, "offer", worth="2h", what="nets")
    for _ in range(9):
        world.server.redeliver(act)
    await act.answered()
    await bot.stop()
    assert await world.offers() == ["nets"]
    assert len(act.responses) == 1


async def test_another_process_repeats_the_first_answer_and_not_the_effect_a6(
    world: World,
) -> None:
    async with world.bot():
        await world.found_pool()
        act = await world.slash(world.juma, "offer", worth="2h", what="nets")
        first = act.text
    async with world.bot():
        edits = act.response.edits
        world.server.redeliver(act)
        await world.server.until(lambda: act.response.edits > edits)
        assert act.text == first
        assert await world.offers() == ["nets"]


async def test_after_fifteen_minutes_the_answer_comes_by_direct_message_c7(
    world: World, bot: DiscordBot, server_clock: HandClock
) -> None:
    act = await late(world, server_clock)
    assert [message.text for message in world.server.dms(world.juma)] == ["You said: late"]
    assert world.server.messages(world.channel, seen_by=world.amina) == []
    world.server.excuse(act)


async def test_with_direct_messages_closed_a_late_answer_goes_nowhere_c7(
    world: World,
    bot: DiscordBot,
    server_clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.server.dm_closed(world.juma)
    act = await late(world, server_clock)
    await bot.stop()
    assert world.server.dms(world.juma) == []
    assert "reached nobody" in caplog.text
    assert "late" not in caplog.text.replace("an answer", "").replace("later", "")
    world.server.excuse(act)


async def late(world: World, clock: HandClock) -> Interaction:
    world.small.gate.clear()
    act = world.server.slash(world.juma, world.channel, "slow", text="late")
    await act.acknowledged_within()
    clock.advance(16 * 60)
    world.small.gate.set()
    tried = [f"PATCH {EDITS}", "POST /channels"]
    await world.server.until(
        lambda: any(
            call.method == "POST" and call.path.endswith("/messages") for call in world.server.calls
        ),
        what=f"one of {tried}",
    )
    return act


async def test_a_late_acknowledgement_keeps_the_effect_and_answers_by_direct_message_r10(
    world: World, bot: DiscordBot, server_clock: HandClock
) -> None:
    hang = world.server.hang(CALLBACKS)
    act = world.server.slash(world.juma, world.channel, "echo", text="slow line")
    await hang.reached.wait()
    server_clock.advance(4)
    hang.release()
    await world.server.until(lambda: bool(world.server.dms(world.juma)))
    assert world.server.dms(world.juma)[0].text == "You said: slow line"
    assert world.server.messages(world.channel) == []
    world.server.forgive("10062")
    world.server.excuse(act)


async def test_an_acknowledgement_whose_answer_was_lost_still_leads_to_the_answer(
    world: World, bot: DiscordBot
) -> None:
    world.server.fail(CALLBACKS, None, after_effect=True)
    act = await world.slash(world.juma, "echo", text="broken line")
    assert act.text == "You said: broken line"
    assert len(world.small.calls) == 1


async def test_an_answer_that_discord_refuses_comes_by_direct_message(
    world: World, bot: DiscordBot
) -> None:
    world.server.fail(EDITS, 401, code=50027)
    act = world.server.slash(world.juma, world.channel, "echo", text="expired")
    await world.server.until(lambda: bool(world.server.dms(world.juma)))
    assert world.server.dms(world.juma)[0].text == "You said: expired"
    world.server.excuse(act)


async def test_stopping_finishes_what_has_begun_and_takes_nothing_on_a32(
    world: World,
) -> None:
    async with world.bot() as bot:
        world.small.gate.clear()
        act = world.server.slash(world.juma, world.channel, "slow", text="to the end")
        await act.acknowledged_within()
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(bot.stop())
            await asyncio.sleep(0)
            refused = world.server.slash(world.juma, world.channel, "echo", text="too late")
            world.small.gate.set()
            await stopping
    assert act.text == "You said: to the end"
    assert not refused.acknowledged
    world.server.excuse(refused)


async def test_logs_hold_no_words_and_no_interaction_tokens_a31(
    world: World, bot: DiscordBot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="bots"):
        act = await world.slash(world.juma, "echo", text="canary in the mine")
        await world.slash(world.juma, "boom")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bots")]
    assert not any("canary" in said or act.token in said for said in ours)


async def test_the_first_sign_and_the_answer_are_two_calls(world: World, bot: DiscordBot) -> None:
    before = len(world.server.calls)
    act = await world.slash(world.juma, "list")
    pressed = await world.press(world.juma, act, "More")
    assert pressed.acknowledged_with == DEFER_UPDATE
    assert len(world.server.calls) - before == 4
