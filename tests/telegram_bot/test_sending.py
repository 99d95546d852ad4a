"""Speaking first: what the delivery is told of a message that could not be shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bots.platform import Gone, NotDelivered, TryLater, Unknown, Unreachable
from bots.replies import reply, say
from bots.telegram_bot import Patience
from bots.words import Voice
from core.usecases.pools import ChannelLost, channel_lost
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Run, Running
from tests.telegram_bot.small import SHORT
from tests.telegram_bot.test_chats import bind

HELLO = reply(say("Hello"))
Trouble = Callable[[PretendedTelegram], object]


async def show(running: Running, chat: Chat, message: str = "", channel: str = "") -> str:
    return await running.bot.show_card(str(chat.id), channel, message, HELLO, Voice(), "7")


async def test_a_card_is_shown_once_and_then_edited_in_place(
    running: Running, garden: Chat
) -> None:
    first = await show(running, garden)
    again = await running.bot.show_card(str(garden.id), "", first, reply(say("Bye")), Voice(), "8")
    assert again == first
    assert running.texts(garden) == ["Bye"]


# B10
async def test_a_card_that_shows_the_same_already_is_as_good_as_edited(
    running: Running, garden: Chat
) -> None:
    first = await show(running, garden)
    assert await show(running, garden, first) == first


@pytest.mark.parametrize(
    "said",
    ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"],
)
async def test_a_card_that_cannot_be_edited_is_gone(
    running: Running, garden: Chat, said: str
) -> None:
    """B10: deleted, or posted by the bot that the pool had before."""
    first = await show(running, garden)
    running.telegram.fail("editMessageText", 400, description=f"Bad Request: {said}")
    with pytest.raises(Gone):
        await running.bot.show_card(str(garden.id), "", first, reply(say("Bye")), Voice(), "8")


@pytest.mark.parametrize(
    "said",
    [
        "chat not found",
        "user not found",
        "PEER_ID_INVALID",
        "not enough rights to send text messages to the chat",
        "have no rights to send a message",
        "have no write access to the chat",
        "need administrator rights in the channel chat",
        "CHAT_WRITE_FORBIDDEN",
        "CHAT_RESTRICTED",
        "group chat was deactivated",
        "TOPIC_CLOSED",
    ],
)
async def test_a_chat_that_takes_nothing_is_unreachable_whatever_telegram_calls_it(
    running: Running, garden: Chat, said: str
) -> None:
    running.telegram.fail("sendMessage", 400, description=f"Bad Request: {said}")
    with pytest.raises(Unreachable):
        await show(running, garden)


async def test_a_card_that_was_deleted_is_gone(running: Running, garden: Chat) -> None:
    first = await show(running, garden)
    running.telegram.deletes(running.last(garden))
    with pytest.raises(Gone):
        await show(running, garden, first)


# B18
async def test_a_card_goes_to_the_topic_that_the_pool_chose(
    running: Running, telegram: PretendedTelegram, amina: User
) -> None:
    forum = telegram.supergroup("Forum", admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    telegram.forget_updates()
    topic = telegram.topic(forum, "Offers", amina)
    await show(running, forum, channel=str(topic))
    telegram.deletes_topic(forum, topic)
    await show(running, forum, channel=str(topic))
    assert [message.thread for message in telegram.messages(forum)] == [None]
    assert [shown.thread for shown in telegram.history] == [topic, None]


# A19
@pytest.mark.parametrize("who", ["never started", "blocked", "deactivated"])
async def test_somebody_who_cannot_be_written_to_is_unreachable(
    running: Running, amina: User, juma: User, who: str
) -> None:
    person = juma if who == "never started" else amina
    if who == "blocked":
        running.telegram.blocks(amina)
    elif who == "deactivated":
        running.telegram.deactivates(amina)
    with pytest.raises(Unreachable):
        await running.bot.tell(str(person.id), HELLO, Voice(), "7")


async def test_a_group_that_does_not_let_the_bot_write_is_unreachable(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.mutes_bot(garden)
    with pytest.raises(Unreachable):
        await show(running, garden)
    running.telegram.removes_bot(amina, garden)
    with pytest.raises(Unreachable):
        await show(running, garden)


# A20, B24
@pytest.mark.parametrize(
    ("trouble", "meant"),
    [
        ({"retry_after": 7}, TryLater),
        ({"status": 502}, TryLater),
        ({"status": 500}, TryLater),
        ({"status": None}, Unknown),
        ({"status": None, "after_effect": True}, Unknown),
    ],
)
async def test_the_delivery_learns_what_trouble_means_for_the_next_try(
    running: Running, garden: Chat, trouble: dict[str, object], meant: type[NotDelivered]
) -> None:
    running.telegram.fail("sendMessage", **trouble)  # type: ignore[arg-type]
    with pytest.raises(meant) as caught:
        await show(running, garden)
    if isinstance(caught.value, TryLater):
        assert caught.value.seconds == trouble.get("retry_after", 5.0)


# B24
async def test_no_answer_in_time_leaves_it_unknown_whether_it_was_shown(
    run: Run, garden: Chat
) -> None:
    async with run(Patience(answer=0.2)) as running:
        hang = running.telegram.hang("sendMessage")
        with pytest.raises(Unknown):
            await show(running, garden)
        hang.release()


async def test_a_notice_that_may_have_arrived_is_not_sent_again(
    run: Run, garden: Chat, amina: User
) -> None:
    """B24: nobody is reminded twice of the same because a connection broke."""
    async with run(Patience(answer=0.2)) as running:
        await running.meet(amina)
        await bind(running, garden, amina, "5")
        hang = running.telegram.hang("sendMessage")
        await running.app.doors.engine.run(
            channel_lost, ChannelLost("telegram", str(garden.id), "5"), "test:lost"
        )
        await running.app.quiet()
        await running.app.ticker.tick()
        await running.app.quiet()
        hang.release()
        assert len(running.texts(amina)) == 1
        assert len(running.telegram.calls_of("sendMessage")) == 1


async def test_an_answer_is_repeated_once_at_most(
    running: Running, telegram: PretendedTelegram, amina: User
) -> None:
    """B24: a receipt is marked as a repeat, and if that is lost too there is no third."""
    telegram.fail("sendMessage", None, after_effect=True, times=2)
    telegram.says(amina, amina, "/short")
    await running.settled()
    assert running.texts(amina) == [
        SHORT,
        f"Sent once more, because the connection broke:\n{SHORT}",
    ]


async def test_a_server_that_is_not_there_was_certainly_not_reached(
    running: Running, garden: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bots.telegram_bot.wire import line_to

    nobody = line_to("http://127.0.0.1:9", running.telegram.token, Patience())
    await nobody._request[1].initialize()
    monkeypatch.setattr(running.bot._sender, "_bot", nobody)
    with pytest.raises(TryLater):
        await show(running, garden)
    await nobody._request[1].shutdown()
