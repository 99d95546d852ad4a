"""Buttons and forms need no memory: they work after a restart, and answer whoever presses."""

import pytest

from bots.discord_bot import DiscordBot
from bots.replies import reply, say
from bots.words import Voice
from tests.discord_bot.small import World, button, reference_in
from tests.pretended.discord import Message, NotPossible
from tests.pretended.discord.interactions import DEFER_UPDATE, THINK

FORM = "words"


async def card(world: World, bot: DiscordBot, *buttons) -> Message:
    """A public card with buttons."""
    shown = reply(say("A card"), buttons=(buttons,))
    await bot.show_card(
        str(world.guild.id), str(world.channel.id), "", shown, Voice(), f"card-{len(buttons)}"
    )
    return world.server.messages(world.channel)[-1]


async def test_a_press_on_a_public_card_is_answered_in_private_and_the_card_stays_c6(
    world: World, bot: DiscordBot
) -> None:
    message = await card(world, bot, button("List", "list"))
    act = await world.server.press(world.juma, message, "List").answered()
    assert act.acknowledged_with == THINK
    assert act.response.visible_to is world.juma
    assert message.text == "A card"
    assert message.edits == 0


async def test_turning_the_page_of_a_private_list_takes_its_place(
    world: World, bot: DiscordBot
) -> None:
    act = await world.slash(world.juma, "list")
    turned = await world.press(world.juma, act, "More")
    assert turned.acknowledged_with == DEFER_UPDATE
    assert act.response.text == "Page 1"
    assert len(world.server.messages(world.channel)) == 1


async def test_an_old_button_works_in_a_fresh_process_c8_a10(world: World) -> None:
    async with world.bot() as bot:
        message = await card(world, bot, button("List", "list"))
    async with world.bot():
        act = await world.server.press(world.juma, message, "List").answered()
        assert act.text == "Page 0"


async def test_no_view_and_no_form_is_remembered_c9(world: World, bot: DiscordBot) -> None:
    act = await world.slash(world.juma, "long")
    await world.server.until(lambda: bool(act.response.buttons))
    await world.press(world.juma, act, "Drop")
    message = await card(world, bot, button("List", "list"), button("Drop", "drop"))
    await world.server.press(world.juma, message, "Drop").answered()
    menu = world.server.context(world.juma, world.channel, "Send credits", world.claire)
    assert (await menu.answered()).modal is not None
    # Had anything been remembered, it would have been by the time of another answer.
    await world.slash(world.juma, "long")

    store = bot._clients[0]._connection._view_store
    assert (store._views, store._modals, store._synced_message_views) == ({}, {}, {})


@pytest.mark.parametrize("custom_id", ["v0:old:1", "v1:nosuch", "buy now", "v1:list:0.0.x:0.9"])
async def test_a_button_that_nobody_can_read_is_answered_as_out_of_date_a10(
    world: World, bot: DiscordBot, custom_id: str
) -> None:
    message = await card(world, bot, button("List", "list"))
    act = await world.server.press_id(world.juma, message, custom_id).answered()
    assert act.response.visible_to is world.juma
    assert act.text


async def test_a_button_of_a_verb_that_is_no_more_is_answered_as_out_of_date(
    world: World, bot: DiscordBot
) -> None:
    message = await card(world, bot, button("Gone", "nosuch"))
    act = await world.server.press(world.juma, message, "Gone").answered()
    unread = await world.server.press_id(world.juma, message, "v0:x").answered()
    assert act.text == unread.text


async def test_a_form_that_cannot_even_be_read_is_answered_with_a_reference_a8(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A8: the library hands forms over as bare events, and would only log what became of one."""
    monkeypatch.setattr("bots.discord_bot.answering.words_of", lambda _: 1 / 0)
    message = await card(world, bot, button("Drop", "drop"))
    opened = await world.server.press(world.juma, message, "Drop").answered()
    act = await world.server.submit(world.juma, opened, **{FORM: "mending"}).answered()
    assert reference_in(act.text)


async def test_a_button_that_breaks_is_answered_with_a_reference_a8(
    world: World, bot: DiscordBot
) -> None:
    act = await world.slash(world.juma, "list")
    assert reference_in((await world.press(world.juma, act, "Boom")).text)


async def test_a_press_is_acknowledged_before_the_work_a9(world: World, bot: DiscordBot) -> None:
    act = await world.slash(world.juma, "list")
    world.small.gate.clear()
    pressed = world.server.press(world.juma, act.response, "Slow")
    await pressed.acknowledged_within()
    world.small.gate.set()
    await pressed.answered()


async def test_two_presses_at_once_confirm_once_and_the_second_is_told_a7(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    await world.slash(world.claire, "join")
    act = await world.slash(world.amina, "steward appoint", member=world.claire, role="steward")
    await world.slash(world.juma, "commit", worth="3", what="repairing the fence")
    number = "#4"
    act = await world.slash(world.juma, "done", commitment=number)
    assert number in act.text
    queues = [await world.slash(who, "steward queue") for who in (world.amina, world.claire)]
    label = queues[0].response.labels[0]
    presses = [
        world.server.press(queue.user, queue.response, queue.response.labels[0]) for queue in queues
    ]
    for pressed in presses:
        await pressed.answered()
    said = [pressed.text for pressed in presses]
    assert said[0] != said[1], (label, said)
    balance = await world.slash(world.juma, "balance")
    assert "3" in balance.text


async def test_a_press_delivered_twice_is_done_once_a6(world: World, bot: DiscordBot) -> None:
    message = await card(world, bot, button("List", "list"))
    act = world.server.press(world.juma, message, "List")
    world.server.redeliver(act)
    await act.answered()
    await bot.stop()
    assert len(world.small.calls) == 1


# --- forms -----------------------------------------------------------------------------------


async def test_a_press_that_needs_words_opens_a_form_and_its_words_go_along(
    world: World, bot: DiscordBot
) -> None:
    message = await card(world, bot, button("Drop", "drop"))
    opened = await world.server.press(world.juma, message, "Drop").answered()
    assert opened.modal is not None
    assert (opened.modal.title, opened.modal.custom_id) == ("Drop", "v1:drop:0.0:0")
    assert opened.modal.components[0]["content"] == "Which words?"
    act = await world.server.submit(world.juma, opened, words="too *heavy*").answered()
    assert act.text == "You said: too *heavy*"
    assert act.response.visible_to is world.juma
    with pytest.raises(NotPossible):
        world.server.submit(world.juma, opened, words="")


async def test_a_form_that_was_open_during_a_restart_is_not_lost_c12(world: World) -> None:
    async with world.bot() as bot:
        message = await card(world, bot, button("Drop", "drop"))
        opened = await world.server.press(world.juma, message, "Drop").answered()
    async with world.bot():
        act = await world.server.submit(world.juma, opened, words="still here").answered()
        assert act.text == "You said: still here"


async def test_a_form_speaks_the_language_that_was_learnt(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    await world.slash(world.juma, "language", language="sw")
    message = await card(world, bot, button("Drop", "drop"))
    await world.server.press(world.juma, message, "Drop").answered()

    assert bot._clients[0].answering._languages[world.juma.id] == "sw"


async def test_a_question_is_answered_through_a_form(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    act = await ask_for_words(world)
    assert act.response.labels == ["Answer"]
    opened = await world.press(world.juma, act, "Answer")
    assert opened.modal is not None
    assert opened.modal.components[0]["content"] == act.response.raw
    done = await world.server.submit(world.juma, opened, words="nets *and* ropes").answered()
    assert "nets" in (await world.offers())[0]
    assert "on the board" in done.text
    # The answer stands where the question stood: it cannot be answered twice.
    assert act.response.labels == []


async def ask_for_words(world: World):
    """A question: on Discord they come from lines that are given whole."""
    await world.slash(world.amina, "steward register", name="Mzee Ali")
    await world.slash(world.amina, "steward appoint", member=world.juma, role="steward")
    return await world.slash(world.juma, "steward record", member="@MzeeAli", command="offer 2h")


async def test_an_answer_to_a_question_that_is_over_changes_nothing(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    first = await ask_for_words(world)
    opened = await world.press(world.juma, first, "Answer")
    await world.slash(world.juma, "steward record", member="@MzeeAli", command="need 3h")
    done = await world.server.submit(world.juma, opened, words="nets").answered()
    assert await world.offers() == []
    assert done.text


async def test_a_form_that_discord_no_longer_opens_disturbs_nobody(
    world: World, bot: DiscordBot
) -> None:
    message = await card(world, bot, button("Drop", "drop"))
    world.server.fail("POST /interactions/*/*/callback", 404, code=10062)
    act = world.server.press(world.juma, message, "Drop")
    await world.server.until(
        lambda: any("callback" in c.path and c.status == 404 for c in world.server.calls)
    )
    await bot.stop()
    assert world.small.calls == []
    world.server.excuse(act)
