"""Chats that move, chats that the bot leaves, and people who block it."""

from __future__ import annotations

import pytest

from bots.platform import Gone, Unreachable
from bots.replies import reply, say
from bots.words import Voice
from core.domain.pools import ChatState, Profile
from core.usecases.people import Meet, meet
from core.usecases.pools import CreatePool, create_pool
from core.usecases.standing import By
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Running

CARD = reply(say("A card"))


@pytest.fixture
def orchard(telegram: PretendedTelegram, amina: User, juma: User) -> Chat:
    """A small group, which may become a supergroup."""
    group = telegram.group("Orchard", members=[juma], admins=[amina])
    telegram.adds_bot(amina, group)
    telegram.forget_updates()
    return group


async def bind(running: Running, chat: Chat, founder: User, channel: str = "") -> None:
    """Make a pool in a chat, which announces in a topic."""
    by = By("telegram", str(founder.id))
    await running.app.engine.run(
        meet, Meet("telegram", str(founder.id), founder.name), "test:meet", by.account
    )
    command = CreatePool(
        by=by,
        admin=True,
        platform="telegram",
        chat=str(chat.id),
        title=chat.title or "",
        channel=channel,
        name="Orchard",
        profile=Profile.EXCHANGE,
        currency="KES",
        time_zone="Africa/Nairobi",
        language="fr",
    )
    await running.app.engine.run(create_pool, command, "test:pool", by.account)


async def state_of(running: Running, chat: Chat) -> ChatState | None:
    found = await running.app.house.readers.chat("telegram", str(chat.id))
    return found.state if found else None


async def test_a_pool_follows_a_group_that_says_it_has_moved(
    running: Running, orchard: Chat, amina: User
) -> None:
    """B17: the service messages come first; what is said then reaches the pool."""
    await bind(running, orchard, amina)
    moved = running.telegram.migrates(orchard)
    await running.settled()
    assert await state_of(running, orchard) is None
    assert await state_of(running, moved) is ChatState.BOUND


async def test_a_pool_follows_a_group_that_moved_in_silence_when_it_is_written_to(
    running: Running, orchard: Chat, amina: User
) -> None:
    """B17: only the refusal to send tells of it."""
    await bind(running, orchard, amina)
    moved = running.telegram.migrates(orchard, announced=False)
    await running.bot.show_card(str(orchard.id), "", "", CARD, Voice(), "1")
    assert running.texts(moved) == ["A card"]
    assert await state_of(running, moved) is ChatState.BOUND


@pytest.mark.parametrize("told", ["by the old chat", "by the new one"])
async def test_a_pool_follows_a_group_of_whose_move_it_is_told_once(
    running: Running, orchard: Chat, amina: User, told: str
) -> None:
    """B17: of the two service messages one is enough, whichever comes."""
    await bind(running, orchard, amina)
    moved = running.telegram.migrates(orchard, announced=False)
    where, said = orchard, {"migrate_to_chat_id": moved.id}
    if told == "by the new one":
        where, said = moved, {"migrate_from_chat_id": orchard.id}
    message = {"message_id": 700, "date": 1_795_000_000, "chat": where.json()}
    running.telegram.does("message", {**message, "from": amina.json(), **said})
    await running.settled()
    assert await state_of(running, moved) is ChatState.BOUND


async def test_an_answer_that_follows_a_group_answers_no_message_there(
    running: Running, orchard: Chat, juma: User
) -> None:
    """B17: the numbers of the old chat mean other messages in the new one."""
    running.telegram.says(juma, orchard, "/ask")
    moved = running.telegram.migrates(orchard, announced=False)
    running.telegram.says(juma, moved, "good morning")
    await running.settled()
    (question,) = running.telegram.messages(moved)
    assert question.reply_to is None
    *_, call = running.telegram.calls_of("sendMessage")
    assert "reply_parameters" not in call.params


async def test_a_card_of_the_old_chat_is_gone_after_a_move(
    running: Running, orchard: Chat, amina: User
) -> None:
    """B17: its number means nothing in the new one."""
    await bind(running, orchard, amina)
    card = await running.card(orchard)
    running.telegram.migrates(orchard, announced=False)
    with pytest.raises(Gone):
        await running.bot.show_card(str(orchard.id), "", str(card.id), CARD, Voice(), "2")


async def test_a_move_that_is_told_in_every_way_and_twice_is_one_move(
    running: Running, orchard: Chat, amina: User
) -> None:
    """B17: both ways, and each of them twice."""
    await bind(running, orchard, amina)
    moved = running.telegram.migrates(orchard)
    for _ in range(2):
        await running.bot.show_card(str(orchard.id), "", "", CARD, Voice(), "1")
    await running.settled()
    for update in sorted(running.telegram.acknowledged):
        running.telegram.redeliver(update)
    await running.settled()
    assert await state_of(running, moved) is ChatState.BOUND
    assert running.texts(moved) == ["A card", "A card"]


# A25
async def test_a_group_that_takes_the_bot_out_pauses_and_resumes_when_it_is_back(
    running: Running, orchard: Chat, amina: User
) -> None:
    await bind(running, orchard, amina)
    running.telegram.removes_bot(amina, orchard)
    await running.settled()
    assert await state_of(running, orchard) is ChatState.PAUSED
    running.telegram.adds_bot(amina, orchard)
    await running.settled()
    assert await state_of(running, orchard) is ChatState.BOUND


@pytest.mark.parametrize("trouble", ["closed", "deleted"])
async def test_where_announcements_cannot_go_they_go_to_the_chat_and_a_steward_is_told_once(
    running: Running, telegram: PretendedTelegram, amina: User, trouble: str
) -> None:
    """B18: a topic that is closed or deleted is tried once, and then not any more."""
    forum = telegram.supergroup("Forum", admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    telegram.forget_updates()
    topic = str(telegram.topic(forum, "Offers", amina))
    await bind(running, forum, amina, topic)
    if trouble == "closed":
        telegram.closes_topic(amina, forum, int(topic))
    else:
        telegram.deletes_topic(forum, int(topic))
    for _ in range(2):
        await running.bot.show_card(str(forum.id), topic, "", CARD, Voice(), "1")
    await running.settled()
    assert [message.thread for message in telegram.messages(forum)] == [None, None]
    told = [text for text in running.texts(amina) if "annonces" in text]
    assert len(told) == 1
    assert "Forum" in told[0]
    bound = await running.app.house.readers.chat("telegram", str(forum.id))
    assert bound is not None
    assert bound.channel == ""


@pytest.mark.parametrize("topic", ["", "Offers"])
async def test_where_all_topics_are_closed_nothing_can_be_posted_until_one_is_opened(
    running: Running, telegram: PretendedTelegram, amina: User, topic: str
) -> None:
    """B18: the chat itself is a topic too, and may be closed like any other."""
    forum = telegram.supergroup("Forum", admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    await running.settled()
    channel = str(telegram.topic(forum, topic, amina)) if topic else ""
    if topic:
        telegram.closes_topic(amina, forum, int(channel))
    telegram.closes_general(amina, forum)
    with pytest.raises(Unreachable):
        await running.bot.show_card(str(forum.id), channel, "", CARD, Voice(), "1")


async def test_a_question_that_finds_its_topic_closed_is_given_up_quietly(
    running: Running, telegram: PretendedTelegram, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    """B18: administrators may type there, and the bot may not."""
    forum = telegram.supergroup("Forum", admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    telegram.closes_general(amina, forum)
    await running.settled()
    telegram.says(amina, forum, "/ask")
    await running.settled()
    assert "no way to its reader" in caplog.text
    assert "Traceback" not in caplog.text


# B28
async def test_blocking_the_bot_closes_the_way_to_somebody_and_starting_it_opens_it(
    running: Running, amina: User
) -> None:
    readers = running.app.house.readers
    for act, reachable in ((running.telegram.blocks, False), (running.telegram.starts, True)):
        act(amina)
        await running.settled()
        known = await readers.known("telegram", str(amina.id))
        assert known is not None
        assert known.identity.reachable is reachable


# B19
async def test_an_anonymous_admin_is_told_in_the_pools_language_once_there_is_one(
    running: Running, orchard: Chat, amina: User
) -> None:
    await bind(running, orchard, amina)
    running.telegram.says(amina, orchard, "/note hello", as_anonymous_admin=True)
    await running.settled()
    assert len(running.texts(orchard)) == 1
