"""The pretended Telegram, tried with the real library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChatMember,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler
from telegram.request import HTTPXRequest

from tests.pretended.telegram import Chat, Message, PretendedTelegram, User

PICTURE = b"\xff\xd8\xff\xe0 a picture of a mended bicycle"


def library_bot(telegram: PretendedTelegram, token: str = "") -> Bot:
    direct = {"trust_env": False}
    return Bot(
        token or telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs=direct),
        get_updates_request=HTTPXRequest(httpx_kwargs=direct),
    )


@pytest.fixture(autouse=True)
def _durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opt in to the library's coming form, else it warns at each RetryAfter."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def telegram() -> AsyncIterator[PretendedTelegram]:
    async with PretendedTelegram() as server:
        yield server


@pytest.fixture
async def bot(telegram: PretendedTelegram) -> AsyncIterator[Bot]:
    async with library_bot(telegram) as bot:
        yield bot


@pytest.fixture
def amina(telegram: PretendedTelegram) -> User:
    return telegram.user("Amina", username="amina", language_code="sw")


@pytest.fixture
def rehema(telegram: PretendedTelegram) -> User:
    return telegram.user("Rehema")


@pytest.fixture
def garden(telegram: PretendedTelegram, amina: User, rehema: User) -> Chat:
    """A group with the bot in it."""
    group = telegram.group("Garden", members=[rehema], admins=[amina])
    telegram.adds_bot(amina, group)
    telegram.forget_updates()
    return group


def keyboard(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([list(buttons)])


CONFIRM = InlineKeyboardButton("Confirm", callback_data="v1:confirm:7:1")


async def refusal(call: Awaitable[Any]) -> str:
    """The words of the BadRequest that a call meets."""
    with pytest.raises(BadRequest) as caught:
        await call
    return caught.value.message


async def one_update(bot: Bot, **options: Any) -> Update:
    (update,) = await bot.get_updates(**options)
    return update


async def card(telegram: PretendedTelegram, bot: Bot, chat: Chat) -> Message:
    """A message of the bot with a button."""
    await bot.send_message(chat.id, "Done?", reply_markup=keyboard(CONFIRM))
    return telegram.messages(chat)[-1]


# ------------------------------------------------------------------------ who is there


async def test_the_bot_learns_its_name_and_that_privacy_is_on(
    telegram: PretendedTelegram, bot: Bot
) -> None:
    me = await bot.get_me()
    assert (me.id, me.username) == (telegram.bot_id, telegram.bot_username)
    assert me.can_read_all_group_messages is False
    telegram.turn_privacy_off()
    assert (await bot.get_me()).can_read_all_group_messages is True


async def test_a_wrong_token_is_unauthorized(telegram: PretendedTelegram) -> None:
    stranger = library_bot(telegram, f"{telegram.bot_id}:wrong")
    with pytest.raises(InvalidToken, match="was rejected by the server"):
        await stranger.initialize()
    await stranger.shutdown()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{telegram.url}/bot{telegram.bot_id}:wrong/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="unknown method mendBicycle"):
        await _mend_a_bicycle()


async def _mend_a_bicycle() -> None:
    async with PretendedTelegram() as telegram, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{telegram.url}/bot{telegram.token}/mendBicycle")
        assert answer.status_code == 404


async def test_an_unknown_route_and_an_unknown_parameter_are_faults(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    telegram.starts(amina)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{telegram.url}/elsewhere")).status_code == 404
    telegram.forgive("unknown route GET /elsewhere")
    await bot.send_message(amina.id, "psst", api_kwargs={"whisper": True})
    telegram.forgive("sendMessage: unknown parameters whisper")


async def test_faults_do_not_hide_another_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        await _fail_after_a_fault()


async def _fail_after_a_fault() -> None:
    async with PretendedTelegram() as telegram:
        telegram.faults.append("something else")
        raise ZeroDivisionError


async def test_chats_and_members_can_be_asked_for(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User, rehema: User
) -> None:
    assert (await bot.get_chat(garden.id)).title == "Garden"
    assert (await bot.get_chat_member(garden.id, amina.id)).status == "creator"
    assert (await bot.get_chat_member(garden.id, rehema.id)).status == "member"
    assert [one.user.id for one in await bot.get_chat_administrators(garden.id)] == [amina.id]
    telegram.promotes(amina, garden, rehema)
    assert (await bot.get_chat_member(garden.id, rehema.id)).status == "administrator"
    assert await bot.get_chat_member_count(garden.id) == 3


# ----------------------------------------------------------------------------- updates


async def test_an_update_comes_again_until_the_offset_passes_it(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    first = telegram.starts(amina)
    second = telegram.says(amina, amina, "/help")
    assert [update.update_id for update in await bot.get_updates()] == [first, second]
    assert [update.update_id for update in await bot.get_updates(limit=1)] == [first]
    assert telegram.acknowledged == frozenset()
    assert (await one_update(bot, offset=second)).update_id == second
    assert telegram.acknowledged == {first}
    assert (await one_update(bot)).update_id == second, "what is confirmed is forgotten for good"


async def test_a_negative_offset_forgets_all_but_the_last(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    telegram.starts(amina)
    last = telegram.says(amina, amina, "/help")
    assert (await one_update(bot, offset=-1)).update_id == last
    assert telegram.waiting == [last]


async def test_a_long_poll_is_answered_as_soon_as_something_happens(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bot.get_updates(timeout=50))
        await telegram.until(lambda: telegram.is_polled)
        started = telegram.starts(amina)
    assert [update.update_id for update in poll.result()] == [started]


async def test_the_older_of_two_long_polls_meets_a_conflict(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    async with library_bot(telegram) as other, asyncio.TaskGroup() as tasks:
        older = tasks.create_task(_outcome(bot.get_updates(timeout=50)))
        await telegram.until(lambda: telegram.is_polled)
        newer = tasks.create_task(_outcome(other.get_updates(timeout=50)))
        await asyncio.wait([older])
        telegram.starts(amina)
    assert isinstance(older.result(), Conflict)
    assert "terminated by other getUpdates request" in str(older.result())
    assert len(newer.result()) == 1


async def test_polling_conflicts_with_a_webhook(telegram: PretendedTelegram, bot: Bot) -> None:
    await bot.set_webhook("https://example.org/hook", secret_token="a-secret_1")
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.get_updates() == ()


async def test_an_update_can_come_again_after_it_was_confirmed(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    started = telegram.starts(amina)
    first = await one_update(bot)
    assert await bot.get_updates(offset=started + 1) == ()
    telegram.redeliver(started)
    again = await one_update(bot, offset=started + 1)
    assert again.to_dict() == first.to_dict()
    assert await bot.get_updates(offset=started + 1) == ()


async def test_only_allowed_updates_come_and_the_choice_is_remembered(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    await bot.get_updates(allowed_updates=["my_chat_member"])
    started = telegram.starts(amina)
    blocked = telegram.blocks(amina)
    assert (await one_update(bot)).update_id == blocked
    assert telegram.withheld == {started}
    assert telegram.allowed_updates == {"my_chat_member"}


async def test_the_librarys_own_updater_runs_against_it(
    telegram: PretendedTelegram, garden: Chat, amina: User
) -> None:
    async def offer(update: Update, _: Any) -> None:
        assert update.message is not None
        await update.message.reply_text("Confirm?", reply_markup=keyboard(CONFIRM))

    async def confirm(update: Update, _: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Confirmed.")

    application = Application.builder().bot(library_bot(telegram)).build()
    application.add_handler(CommandHandler("offer", offer))
    application.add_handler(CallbackQueryHandler(confirm))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        telegram.says(amina, garden, "/offer bread")
        (message,) = await telegram.until(lambda: telegram.messages(garden))
        assert message.reply_to is not None
        telegram.taps(amina, message, "Confirm")
        await telegram.until(lambda: message.text == "Confirmed.")
        await telegram.quiet()
        await application.updater.stop()
        await application.stop()
    assert [shown.act for shown in telegram.history] == ["sent", "edited"]
    assert not telegram.unanswered()


# --------------------------------------------------------------- what people write


async def test_entities_are_counted_in_utf_16(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User, rehema: User
) -> None:
    telegram.says(amina, garden, ["/send 5 🌽🌽 ", rehema, " and ", amina])
    message = (await one_update(bot)).message
    assert message is not None
    assert message.text == "/send 5 🌽🌽 Rehema and @amina"
    found = {kind.type: text for kind, text in message.parse_entities().items()}
    assert found == {"bot_command": "/send", "text_mention": "Rehema", "mention": "@amina"}
    (named,) = message.parse_entities(["text_mention"])
    assert named.user is not None
    assert named.user.id == rehema.id
    assert named.offset == 13


async def test_privacy_mode_lets_through_only_what_is_meant_for_the_bot(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    await bot.send_message(garden.id, "Who has time?", reply_markup=ForceReply(selective=True))
    question = telegram.messages(garden)[0]
    heard = [
        telegram.says(amina, garden, "/needs"),
        telegram.says(amina, garden, f"/needs@{telegram.bot_username}"),
        telegram.says(amina, garden, "me", reply_to=question),
    ]
    unheard = [
        telegram.says(amina, garden, "/needs@another_bot"),
        telegram.says(amina, garden, f"hello @{telegram.bot_username}"),
        telegram.says(amina, garden, "see /needs"),
    ]
    assert [update.update_id for update in await bot.get_updates()] == heard
    assert telegram.withheld == set(unheard)
    telegram.promotes_bot(amina, garden)
    heard.append(telegram.says(amina, garden, "what a day"))
    assert (await bot.get_updates())[-1].update_id == heard[-1]


async def test_an_anonymous_admin_and_a_channel_are_nobody(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    telegram.says(amina, garden, "/close", as_anonymous_admin=True)
    telegram.channel_posts(garden, "News", "/close")
    hidden, posted = [update.message for update in await bot.get_updates()]
    assert hidden is not None
    assert hidden.from_user is not None
    assert hidden.sender_chat is not None
    assert (hidden.from_user.id, hidden.sender_chat.id) == (1087968824, garden.id)
    assert posted is not None
    assert posted.is_automatic_forward


async def test_edits_and_forwards_are_told_as_such(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    sent = telegram.says(amina, garden, "/send 5")
    telegram.says(amina, garden, "/send 6", edited_of=telegram.message_of(sent))
    telegram.says(amina, garden, "/send 7", forwarded=True)
    first, edited, forwarded = await bot.get_updates()
    assert first.message is not None
    assert first.message.text == "/send 5"
    assert edited.edited_message is not None
    assert edited.edited_message.message_id == first.message.message_id
    assert edited.edited_message.text == "/send 6"
    assert forwarded.message is not None
    assert forwarded.message.forward_origin is not None


async def test_a_photo_is_fetched_until_it_is_gone(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    sent = telegram.says(amina, garden, "/done 7", photo=PICTURE)
    message = (await one_update(bot)).message
    assert message is not None
    assert message.caption == "/done 7"
    assert message.caption_entities[0].type == "bot_command"
    file = await message.photo[-1].get_file()
    assert await file.download_as_bytearray() == PICTURE
    telegram.limit_downloads(10)
    assert await refusal(message.photo[-1].get_file()) == "File is too big"
    telegram.loses_file(telegram.message_of(sent))
    assert "temporarily unavailable" in await refusal(message.photo[-1].get_file())
    with pytest.raises(InvalidToken, match="Not Found"):
        await file.download_as_bytearray()


# -------------------------------------------------------------------- what the bot sends


async def test_a_message_is_shown_plain_with_its_entities_and_buttons(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, rehema: User
) -> None:
    link = InlineKeyboardButton("Open", url="https://t.me/pretended_pool_bot?start=x")
    sent = await bot.send_message(
        garden.id,
        f'🌽 <b>Bread</b> &amp; <i>tea &lt;3</i> for <a href="tg://user?id={rehema.id}">R</a>'
        ' by <tg-time unix="1772000000" format="wDT">Sunday</tg-time>'
        "<blockquote expandable>all of it</blockquote>",
        parse_mode="HTML",
        reply_markup=keyboard(CONFIRM, link),
        disable_notification=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text == "🌽 Bread & tea <3 for R by Sundayall of it"
    kinds = {entity.type: text for entity, text in sent.parse_entities().items()}
    assert kinds["bold"] == "Bread"
    assert kinds["italic"] == "tea <3"
    assert kinds["text_mention"] == "R"
    assert kinds["date_time"] == "Sunday"
    assert kinds["expandable_blockquote"] == "all of it"
    (message,) = telegram.messages(garden)
    assert message.labels == ["Confirm", "Open"]
    assert message.button("Confirm").data == "v1:confirm:7:1"
    assert telegram.taps(rehema, message, "Open") == telegram.link(message, "Open") == link.url
    assert message.is_silent
    assert not message.has_link_preview
    assert message.html.startswith("🌽 <b>")


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>bold", "can't find end tag corresponding to start tag"),
        ("<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
        ("5 < 6", "unsupported start tag"),
        ("<script>x</script>", 'unsupported start tag "script"'),
        ("x</b>", "unexpected end tag at byte offset 1"),
        ("é<a href='x", "unclosed start tag at byte offset 2"),
        ("<tg-time unix='soon'>x</tg-time>", "tg-time"),
        ("<span class='red'>x</span>", "tg-spoiler"),
    ],
)
async def test_broken_html_is_refused_and_a_fault(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, html: str, words: str
) -> None:
    said = await refusal(bot.send_message(garden.id, html, parse_mode="HTML"))
    assert said.lower().startswith("can't parse entities: ")
    assert words in said.lower()
    telegram.forgive("can't parse entities")


async def test_only_telegrams_own_references_are_decoded(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    html = "&lt;&gt;&amp;&quot; &#39;&#x1F33D; &nbsp; & <code>a &lt; b</code>"
    sent = await bot.send_message(garden.id, html, parse_mode="HTML")
    assert sent.text == "<>&\" '🌽 &nbsp; & a < b"


async def test_lengths_are_limited_after_parsing(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    await bot.send_message(garden.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert await refusal(bot.send_message(garden.id, "x" * 4097)) == "Message is too long"
    assert await refusal(bot.send_message(garden.id, "🌽" * 2049)) == "Message is too long"
    assert await refusal(bot.send_message(garden.id, " ")) == "Message text is empty"
    said = await refusal(bot.send_photo(garden.id, PICTURE, caption="x" * 1025))
    assert said == "Message caption is too long"
    assert len(telegram.forgive("too long")) == 3
    telegram.forgive("text is empty")


async def test_the_data_of_a_button_has_1_to_64_bytes(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    fits = InlineKeyboardButton("x", callback_data="é" * 32)
    await bot.send_message(garden.id, "x", reply_markup=keyboard(fits))
    for data in ("é" * 33, ""):
        wrong = keyboard(InlineKeyboardButton("x", callback_data=data, api_kwargs={}))
        call = bot.send_message(garden.id, "x", reply_markup=wrong)
        assert await refusal(call) in {"Button_data_invalid", _NO_ACTION}
    assert telegram.faults
    telegram.forgive("sendMessage")
    nowhere = keyboard(InlineKeyboardButton("x", url="nowhere"))
    assert "url" in await refusal(bot.send_message(garden.id, "x", reply_markup=nowhere))
    telegram.forgive("nowhere")


_NO_ACTION = "Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"


async def test_pictures_and_documents_are_sent(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    sent = await bot.send_photo(garden.id, PICTURE, caption="<b>Trust</b>", parse_mode="HTML")
    again = await bot.send_photo(garden.id, sent.photo[-1].file_id)
    paper = await bot.send_document(garden.id, b"a,b\n1,2\n", filename="ledger.csv")
    assert paper.document is not None
    assert paper.document.file_name == "ledger.csv"
    photo, same, table = telegram.messages(garden)
    assert photo.text == "Trust"
    assert photo.file is not None
    assert photo.file.content == PICTURE
    assert same.file is photo.file
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    assert table.file is not None
    assert table.file.content == b"a,b\n1,2\n"
    assert "Image_process_failed" in await refusal(bot.send_photo(garden.id, b"no picture"))
    telegram.forgive("IMAGE_PROCESS_FAILED")
    await sent.edit_caption("Distrust")
    assert photo.text == "Distrust"
    assert "no text in the message" in await refusal(sent.edit_text("x"))


async def test_an_edit_must_change_something(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    sent = await bot.send_message(garden.id, "one", reply_markup=keyboard(CONFIRM))
    edited = await sent.edit_text("two", reply_markup=keyboard(CONFIRM))
    assert edited is not True
    said = await refusal(sent.edit_text("two", reply_markup=keyboard(CONFIRM)))
    assert "Message is not modified" in said
    await sent.edit_reply_markup(None)
    (message,) = telegram.messages(garden)
    assert (message.text, message.buttons, message.edits) == ("two", [], 2)
    await sent.delete()
    assert await refusal(sent.edit_text("three")) == "Message to edit not found"
    assert "Message to delete not found" in await refusal(sent.delete())
    assert telegram.messages(garden) == []
    assert [shown.act for shown in telegram.history] == ["sent", "edited", "edited", "deleted"]
    assert [shown.text for shown in telegram.history] == ["one", "two", "two", "two"]


async def test_the_bot_edits_only_its_own(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    said = telegram.message_of(telegram.says(amina, garden, "/help"))
    call = bot.edit_message_text("mine", garden.id, said.id)
    assert await refusal(call) == "Message can't be edited"
    telegram.forgive("can't be edited")
    assert "can't be deleted" in await refusal(bot.delete_message(garden.id, said.id))


async def test_a_reply_needs_its_message(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    call = bot.send_message(garden.id, "x", reply_parameters=ReplyParameters(999))
    assert await refusal(call) == "Message to be replied not found"
    lenient = ReplyParameters(999, allow_sending_without_reply=True)
    await bot.send_message(garden.id, "x", reply_parameters=lenient)
    (message,) = telegram.messages(garden)
    assert message.reply_to is None


async def test_reactions_and_chat_actions_are_checked(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    message = telegram.message_of(telegram.says(amina, garden, "/done"))
    await bot.set_message_reaction(garden.id, message.id, "👍")
    await bot.send_chat_action(garden.id, "typing")
    assert message.reactions == ["👍"]
    await refusal(bot.set_message_reaction(garden.id, message.id, "x"))
    telegram.forgive("REACTION_INVALID")


# ------------------------------------------------------------------------------- buttons


async def test_a_press_is_answered_once_and_only_once(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    message = await card(telegram, bot, garden)
    telegram.taps(amina, message, "Confirm")
    query = (await one_update(bot)).callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.from_user.id) == ("v1:confirm:7:1", amina.id)
    assert query.message.message_id == message.id
    assert [open_query.user for open_query in telegram.unanswered()] == [amina]
    await query.answer("You have 12 credits.", show_alert=True)
    (popup,) = telegram.popups(amina)
    assert (popup.text, popup.show_alert) == ("You have 12 credits.", True)
    assert not telegram.unanswered()
    assert "Query is too old" in await refusal(query.answer())
    assert telegram.forgive("query is too old")


async def test_a_popup_has_200_characters_at_most(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    telegram.taps(amina, await card(telegram, bot, garden), "Confirm")
    query = (await one_update(bot)).callback_query
    assert query is not None
    assert await refusal(query.answer("x" * 201)) == "Message_too_long"
    telegram.forgive("MESSAGE_TOO_LONG")
    await query.answer("x" * 200)


async def test_a_press_grows_old_without_fault() -> None:
    now = [1_772_000_000.0]
    async with PretendedTelegram(clock=lambda: now[0], query_lifetime=15) as telegram:
        amina = telegram.user("Amina")
        telegram.starts(amina)
        async with library_bot(telegram) as bot:
            message = await card(telegram, bot, telegram.private(amina))
            telegram.taps(amina, message, "Confirm")
            query = (await bot.get_updates())[-1].callback_query
            now[0] += 16
            assert query is not None
            assert "Query is too old" in await refusal(query.answer())


async def test_forged_data_and_deleted_messages_can_be_pressed(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    message = await card(telegram, bot, garden)
    telegram.deletes(message)
    telegram.taps_data(amina, message, "v1:mint:everything")
    query = (await one_update(bot)).callback_query
    assert query is not None
    assert query.data == "v1:mint:everything"
    assert query.message is not None
    assert not query.message.is_accessible
    with pytest.raises(AssertionError, match="is deleted"):
        telegram.taps(amina, message, "Confirm")


async def test_a_button_that_is_not_there_cannot_be_tapped(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    message = await card(telegram, bot, garden)
    with pytest.raises(AssertionError, match="has no button 'Refuse'"):
        telegram.taps(amina, message, "Refuse")


# ------------------------------------------------------------------------- closed doors


async def test_a_person_must_start_the_bot_first(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation with a user"):
        await bot.send_message(amina.id, "hello")
    telegram.starts(amina, "j_token")
    message = (await one_update(bot)).message
    assert message is not None
    assert message.text == "/start j_token"
    await bot.send_message(amina.id, "hello")
    assert [one.text for one in telegram.messages(amina)] == ["hello"]


async def test_a_person_can_block_the_bot_and_come_back(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    telegram.starts(amina)
    telegram.blocks(amina)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(amina.id, "hello")
    with pytest.raises(AssertionError, match="has not started the bot, or blocked it"):
        telegram.says(amina, amina, "/help")
    telegram.starts(amina)
    _, blocked, unblocked, started = await bot.get_updates()
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert started.message is not None


async def test_the_bot_writes_only_to_groups_it_is_in(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    telegram.removes_bot(amina, garden)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(garden.id, "hello")
    unseen = telegram.supergroup("Elsewhere", admins=[amina])
    assert await refusal(bot.send_message(unseen.id, "hello")) == "Chat not found"
    assert await refusal(bot.send_message(12345, "hello")) == "Chat not found"
    telegram.adds_bot(amina, garden)
    telegram.mutes_bot(garden)
    assert "Not enough rights" in await refusal(bot.send_message(garden.id, "hello"))
    telegram.promotes_bot(amina, garden)
    await bot.send_message(garden.id, "hello")
    await bot.leave_chat(garden.id)
    with pytest.raises(Forbidden, match="not a member"):
        await bot.send_message(garden.id, "hello")
    left = (await bot.get_updates())[-1].my_chat_member
    assert left is not None
    assert left.new_chat_member.status == "left"


async def test_a_group_becomes_a_supergroup(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User
) -> None:
    grown = telegram.migrates(garden)
    leaving, arriving = [update.message for update in await bot.get_updates()]
    assert leaving is not None
    assert leaving.migrate_to_chat_id == grown.id
    assert arriving is not None
    assert arriving.migrate_from_chat_id == garden.id
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(garden.id, "hello")
    assert caught.value.new_chat_id == grown.id
    await bot.send_message(grown.id, "hello")
    telegram.says(amina, grown, "/help")


async def test_topics_keep_answers_apart(
    telegram: PretendedTelegram, bot: Bot, amina: User
) -> None:
    forum = telegram.supergroup("Forum", admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    offers = telegram.topic(forum, "Offers", by=amina)
    telegram.says(amina, forum, "/offer", thread=offers)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert (message.message_thread_id, message.is_topic_message) == (offers, True)
    assert message.reply_to_message is not None
    assert message.reply_to_message.forum_topic_created is not None
    sent = await bot.send_message(forum.id, "ok", message_thread_id=offers)
    assert sent.message_thread_id == offers
    telegram.closes_topic(amina, forum, offers)
    call = bot.send_message(forum.id, "ok", message_thread_id=offers)
    assert await refusal(call) == "Topic_closed"
    telegram.deletes_topic(forum, offers)
    call = bot.send_message(forum.id, "ok", message_thread_id=offers)
    assert await refusal(call) == "Message thread not found"
    telegram.closes_general(amina, forum)
    assert await refusal(bot.send_message(forum.id, "ok")) == "Topic_closed"
    telegram.promotes_bot(amina, forum)
    assert (await bot.send_message(forum.id, "ok")).message_thread_id is None


# ------------------------------------------------------------------------------- menus


async def test_the_narrowest_menu_is_shown(
    telegram: PretendedTelegram, bot: Bot, garden: Chat, amina: User, rehema: User
) -> None:
    await bot.set_my_commands([BotCommand("help", "Help")])
    await bot.set_my_commands(
        [BotCommand("help", "Msaada")], BotCommandScopeAllPrivateChats(), language_code="sw"
    )
    only_rehema = BotCommandScopeChatMember(garden.id, rehema.id)
    await bot.set_my_commands([BotCommand("confirm", "Confirm")], only_rehema)
    assert telegram.menu(amina, amina) == [("help", "Msaada")]
    assert telegram.menu(amina, garden) == [("help", "Help")]
    assert telegram.menu(rehema, garden) == [("confirm", "Confirm")]
    assert [one.command for one in await bot.get_my_commands(only_rehema)] == ["confirm"]
    await bot.delete_my_commands(only_rehema)
    assert telegram.menu(rehema, garden) == [("help", "Help")]
    await bot.set_my_description("Keeps a pool", language_code="en")
    assert (await bot.get_my_description("en")).description == "Keeps a pool"


@pytest.mark.parametrize("name", ["Help", "confirmé", "x" * 33, "a-b"])
async def test_a_commands_name_is_checked(telegram: PretendedTelegram, bot: Bot, name: str) -> None:
    await refusal(bot.set_my_commands([BotCommand(name, "x")]))
    telegram.forgive("BOT_COMMAND_INVALID")


# ------------------------------------------------------------------------------- trouble


async def test_failures_on_order(telegram: PretendedTelegram, bot: Bot, garden: Chat) -> None:
    telegram.fail("sendMessage", retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(garden.id, "hello")
        assert caught.value._retry_after.total_seconds() == 7
    assert telegram.messages(garden) == []
    telegram.fail("sendMessage", after_effect=True)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(garden.id, "hello")
    assert len(telegram.messages(garden)) == 1
    telegram.fail("sendMessage", status=None, after_effect=True)
    with pytest.raises(NetworkError, match="httpx"):
        await bot.send_message(garden.id, "hello")
    assert len(telegram.messages(garden)) == 2
    statuses = [call.status for call in telegram.calls_of("sendMessage")]
    assert statuses == [429, 429, 502, 444]


async def test_an_answer_that_hangs_leaves_the_effect_unknown(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    held = telegram.hang("sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(garden.id, "hello", read_timeout=0.05)
    await held.reached()
    held.release()
    assert len(telegram.messages(garden)) == 1
    await bot.send_message(garden.id, "hello")


async def test_an_enforced_pace_refuses_what_is_too_fast(
    telegram: PretendedTelegram, bot: Bot, garden: Chat
) -> None:
    now = [0.0]
    telegram.enforce_pace(lambda: now[0])
    for _ in range(20):
        await bot.send_message(garden.id, "hello")
        with pytest.raises(RetryAfter):
            await bot.send_message(garden.id, "too soon")
        now[0] += 1
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(garden.id, "too much")
    assert caught.value._retry_after.total_seconds() == 41
    now[0] += 41
    await bot.send_message(garden.id, "hello again")


async def test_waiting_in_vain_says_what_was_called_last(
    telegram: PretendedTelegram, bot: Bot
) -> None:
    with pytest.raises(AssertionError, match=r"last calls: getMe 200"):
        await telegram.until(lambda: False, timeout=0.01)


async def _outcome(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except Conflict as conflict:
        return conflict
