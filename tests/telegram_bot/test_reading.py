"""What the bot hears, and what it makes of it."""

from __future__ import annotations

import pytest

from bots.calls import Mention
from bots.replies import reply, say
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Running

PICTURE = b"\xff\xd8\xff\xe0 a picture of a mended bicycle"


def inbox(running: Running) -> list[tuple[int, str]]:
    """What the inbox keeps: for each update whether it is handled, and its payload."""
    import sqlite3

    with sqlite3.connect(running.app.house.database.path) as rows:
        return list(rows.execute("SELECT handled, payload FROM inbox ORDER BY id"))


# B4
@pytest.mark.parametrize(
    "typed", ["/note hello", "/note@{bot} hello", "/NOTE hello", "/Note@{BOT} hello"]
)
async def test_a_command_is_heard_with_and_without_the_bots_name(
    running: Running, garden: Chat, juma: User, typed: str
) -> None:
    bot = running.telegram.bot_username
    running.telegram.says(juma, garden, typed.format(bot=bot, BOT=bot.upper()))
    await running.settled()
    (call,) = running.calls
    assert (call.command, call.line) == ("note", "hello")
    assert (call.place.chat, call.place.title) == (str(garden.id), "Garden")
    assert call.key == f"tg:{running.telegram.bot_id}:{max(running.telegram.acknowledged)}"


# B4
async def test_another_bots_command_is_ignored(running: Running, garden: Chat, amina: User) -> None:
    running.telegram.turn_privacy_off()
    running.telegram.says(amina, garden, "/note@other_bot hello")
    running.telegram.says(amina, amina, "/note@other_bot hello")
    await running.settled()
    assert not running.calls
    assert not inbox(running)
    assert not running.telegram.history


# B5
async def test_ordinary_talk_is_neither_kept_nor_answered_even_by_an_admin_bot(
    running: Running, garden: Chat, amina: User, juma: User, caplog: pytest.LogCaptureFixture
) -> None:
    running.telegram.promotes_bot(amina, garden)
    await running.settled()
    kept = len(inbox(running))
    running.telegram.says(juma, garden, "the harvest was poor this year")
    running.telegram.says(juma, garden, "a picture", photo=PICTURE)
    await running.settled()
    assert len(inbox(running)) == kept
    assert "harvest" not in caplog.text
    assert not running.telegram.history


# B5
async def test_a_payload_is_wiped_once_it_is_handled(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.says(juma, garden, "/note my secret wish")
    await running.settled()
    assert inbox(running) == [(1, "")]


# B5
async def test_talk_in_reply_to_a_card_is_only_talk(
    running: Running, garden: Chat, juma: User
) -> None:
    card = await running.card(garden)
    running.telegram.says(juma, garden, "how nice!", reply_to=card)
    await running.settled()
    assert len(running.texts(garden)) == 1
    assert not running.texts(juma)


# B6
async def test_a_reply_to_a_person_names_that_person(
    running: Running, garden: Chat, juma: User, rehema: User
) -> None:
    said = running.telegram.says(rehema, garden, "I carried the water")
    running.telegram.says(juma, garden, "/note 5", reply_to=running.telegram.message_of(said))
    await running.settled()
    assert running.calls[0].replied_to == Mention(str(rehema.id), "Rehema Kibet")


# B6
async def test_a_reply_to_somebody_whose_account_was_deleted_names_the_account(
    running: Running, garden: Chat, juma: User, rehema: User
) -> None:
    said = running.telegram.message_of(running.telegram.says(rehema, garden, "I carried water"))
    rehema.first_name, rehema.last_name = "", None
    running.telegram.says(juma, garden, "/note 5", reply_to=said)
    await running.settled()
    assert running.calls[0].replied_to == Mention(str(rehema.id), f"?{str(rehema.id)[-4:]}")


# B6
async def test_a_reply_to_a_bot_a_channel_or_an_anonymous_admin_names_nobody(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    telegram = running.telegram
    card = await running.card(garden)
    post = telegram.message_of(telegram.channel_posts(garden, "News", "The market is open"))
    hidden = telegram.message_of(telegram.says(amina, garden, "hush", as_anonymous_admin=True))
    for before in (card, post, hidden):
        telegram.says(juma, garden, "/note 5", reply_to=before)
    await running.settled()
    assert [call.replied_to for call in running.calls] == [None, None, None]


# B6
async def test_a_message_in_a_topic_is_no_reply_to_who_opened_the_topic(
    running: Running, telegram: PretendedTelegram, amina: User, juma: User
) -> None:
    forum = telegram.supergroup("Forum", members=[juma], admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    topic = telegram.topic(forum, "Offers", amina)
    telegram.says(juma, forum, "/note 5", thread=topic)
    await running.settled()
    (call,) = running.calls
    assert call.replied_to is None
    assert call.place.channel == str(topic)


# B7
async def test_somebody_without_a_username_is_named_by_id_emoji_before_or_not(
    running: Running, garden: Chat, juma: User, rehema: User, amina: User
) -> None:
    running.telegram.says(
        juma, garden, ["/note 🌻🧺 ", rehema, " and ", rehema, ", with ", amina, " 5"]
    )
    await running.settled()
    mark = f"@:{rehema.id}"
    (call,) = running.calls
    assert call.line == f"🌻🧺 {mark} and {mark}, with @amina 5"
    assert call.mentions == {mark: Mention(str(rehema.id), "Rehema Kibet")}
    assert running.texts(juma) == []


async def test_a_command_of_an_anonymous_admin_waits_until_somebody_shows_who_they_are(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    """B19: a press has the real person in it, and only an administrator can have written it."""
    running.telegram.says(amina, garden, "/note hello", as_anonymous_admin=True)
    await running.settled()
    assert not running.calls
    (question,) = running.telegram.messages(garden)
    assert question.text.startswith("This was sent in the name of the group")
    assert question.reply_to is not None
    running.telegram.taps(juma, question, "It was me")
    await running.settled()
    assert not running.calls
    assert running.alone(juma, garden) == [
        "Only an administrator of the group can write in its name."
    ]
    running.telegram.taps(amina, question, "It was me")
    await running.settled()
    (call,) = running.calls
    assert (call.command, call.line, call.caller.external) == ("note", "hello", str(amina.id))
    assert running.alone(amina, garden) == ["Noted: hello"]
    assert question.labels == []
    known = await running.app.house.readers.known("telegram", "1087968824")
    assert known is None


async def test_an_anonymous_command_is_one_event_however_often_it_is_claimed(
    running: Running, garden: Chat, amina: User
) -> None:
    """B19, A6: the same key each time, so core does it once."""
    running.telegram.says(amina, garden, "/note hello", as_anonymous_admin=True)
    await running.settled()
    (question,) = running.telegram.messages(garden)
    token = question.button("It was me").data
    assert token is not None
    markup, buttons = question.reply_markup, question.buttons
    for _ in range(2):
        question.reply_markup, question.buttons = markup, buttons
        running.telegram.taps_data(amina, question, token)
        await running.settled()
    assert len({call.key for call in running.calls}) == 1
    assert not running.calls[0].key.endswith(str(max(running.telegram.acknowledged)))


@pytest.mark.parametrize("of", ["a card", "a person"])
async def test_no_other_message_can_be_claimed(
    running: Running, garden: Chat, amina: User, juma: User, of: str
) -> None:
    """B19: a press that no button has, on a message that answers nobody or a person."""
    if of == "a person":
        running.telegram.says(juma, garden, "/ask")
        await running.settled()
    message = running.last(garden) if of == "a person" else await running.card(garden)
    running.telegram.taps_data(amina, message, "v1:itwasme:0.0:0")
    await running.settled()
    assert not running.calls
    assert "as yourself" in running.alone(amina, garden)[0]


async def test_an_anonymous_admin_who_only_talks_is_left_alone(
    running: Running, garden: Chat, amina: User
) -> None:
    """B19: a reply to a card is no command."""
    card = await running.card(garden)
    running.telegram.says(amina, garden, "how nice!", reply_to=card, as_anonymous_admin=True)
    await running.settled()
    assert running.texts(garden) == ["A card"]


async def test_who_speaks_for_a_channel_types_it_anew(
    running: Running, telegram: PretendedTelegram, garden: Chat, juma: User
) -> None:
    """B19: a channel's name is anybody's; there is no button."""
    telegram.says(juma, garden, "/note hello", as_channel="Juma's news")
    await running.settled()
    assert not running.calls
    (answer,) = telegram.messages(garden)
    assert "as yourself" in answer.text
    assert answer.labels == []


# B20
async def test_an_edited_message_does_nothing(running: Running, garden: Chat, juma: User) -> None:
    said = running.telegram.message_of(running.telegram.says(juma, garden, "/note one"))
    await running.settled()
    running.telegram.says(juma, garden, "/note two", edited_of=said)
    await running.settled()
    assert [call.line for call in running.calls] == ["one"]


# B20
async def test_a_forwarded_command_does_nothing_and_says_so_only_in_private(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.says(amina, garden, "/note one", forwarded=True)
    running.telegram.says(amina, amina, "/note two", forwarded=True)
    await running.settled()
    assert not running.calls
    assert running.texts(garden) == []
    assert running.texts(amina) == ["I do not act on forwarded messages. Please type it yourself."]


# B21
async def test_the_bot_asks_for_the_updates_it_handles_and_no_others(running: Running) -> None:
    await running.telegram.until(lambda: running.telegram.is_polled)
    assert running.telegram.allowed_updates == {"message", "callback_query", "my_chat_member"}


async def test_a_subcommand_of_pool_belongs_to_its_name(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.says(amina, garden, "/pool Crate Riverside")
    await running.settled()
    assert "pool crate" in running.texts(amina)[0]


async def test_an_admin_of_the_chat_is_asked_of_telegram_just_then(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    for who in (amina, juma):
        running.telegram.says(who, garden, "/admin")
    await running.settled()
    running.telegram.promotes(amina, garden, juma)
    running.telegram.says(juma, garden, "/admin")
    await running.settled()
    assert running.small.admins == [True, False, True]


async def test_an_admin_is_known_where_telegram_hides_who_is_in_the_group(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    """Of others, it tells a bot that is none itself who the administrators are, and no more."""
    garden.hides_members = True
    for who in (amina, juma):
        running.telegram.says(who, garden, "/admin")
    await running.settled()
    assert running.small.admins == [True, False]


async def test_a_photo_comes_with_the_command_in_its_caption(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.says(juma, garden, "/photo the fence stands", photo=PICTURE)
    await running.settled()
    assert running.small.photos == [PICTURE]
    assert running.calls[0].line == "the fence stands"


async def test_a_photo_that_cannot_be_had_is_none(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.fail("getFile", 400, description="Bad Request: wrong file_id")
    running.telegram.says(juma, garden, "/photo", photo=PICTURE)
    running.telegram.says(juma, garden, "/photo", photo=b"\xff\xd8\xff" + bytes(5 * 1024 * 1024))
    running.telegram.fail("download", None)
    running.telegram.says(juma, garden, "/photo", photo=PICTURE)
    await running.settled()
    assert running.small.photos == [None, None, None]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("🌻", None, "sunny"), ("  Asha ", "M", "Asha M"), ("A" * 64, "B" * 64, "A" * 64)],
)
async def test_everybody_has_a_name_that_can_be_typed(
    running: Running, garden: Chat, first: str, last: str | None, name: str
) -> None:
    sunny = running.telegram.user(first, username="sunny", last_name=last)
    garden.standings[sunny.id] = garden.standings[next(iter(garden.standings))]
    running.telegram.says(sunny, garden, "/note hello")
    await running.settled()
    assert running.calls[0].caller.name == name


async def test_a_name_that_turns_text_around_is_shown_without_that_on_every_way(
    running: Running, garden: Chat
) -> None:
    """A16: in a command, in a question that names them, and when their direct chat is known."""
    turned = running.telegram.user("Asha\u202eimaM", last_name="\u2066 K")
    garden.standings[turned.id] = garden.standings[next(iter(garden.standings))]
    shown = reply(say("A card"), buttons=((running.small.button("Ask", "ask"),),))
    running.telegram.taps(turned, await running.card(garden, shown), "Ask")
    running.telegram.says(turned, garden, "/note hello")
    await running.settled()
    running.telegram.starts(turned)
    await running.settled()
    names = {call.caller.name for call in running.calls}
    known = await running.app.house.readers.known("telegram", str(turned.id))
    assert known is not None
    assert names | {known.identity.name} == {"AshaimaM K"}
    (question,) = (text for text in running.texts(garden) if "about" in text)
    assert question == "AshaimaM K\nWhat is it about?"


async def test_a_plain_word_in_private_is_an_answer(running: Running, amina: User) -> None:
    running.telegram.says(amina, amina, "/ask")
    await running.settled()
    running.telegram.says(amina, amina, "about the well")
    await running.settled()
    assert running.texts(amina) == ["What is it about?", "Noted: about the well"]


async def test_another_bot_is_not_listened_to(running: Running, garden: Chat, amina: User) -> None:
    helper = running.telegram.user("Helper", username="helper_bot", is_bot=True)
    running.telegram.turn_privacy_off()
    running.telegram.joins(helper, garden)
    running.telegram.says(helper, garden, "/note beep")
    await running.settled()
    assert not running.calls
