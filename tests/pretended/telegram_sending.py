"""The Bot API's methods that change a chat: send, edit, delete, answer, react."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from telegram.constants import ReactionEmoji

from tests.pretended.telegram_errors import ApiError, refused, wrong
from tests.pretended.telegram_markup import read_markup
from tests.pretended.telegram_model import Chat, File, Message, Popup, Query, User
from tests.pretended.telegram_params import Params, Upload
from tests.pretended.telegram_text import (
    Json,
    ParseError,
    find_entities,
    parse_html,
    trim,
    units,
)
from tests.pretended.telegram_world import Known, World

Method = Callable[[Params], Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
POPUP_LIMIT = 200
PHOTO_LIMIT = 10 * 1024 * 1024
DOCUMENT_LIMIT = 50 * 1024 * 1024
DELETABLE_SECONDS = 48 * 3600
ANSWERED_WITHIN_SECONDS = 15
"""How long a press or an ephemeral message can be answered by one that only its sender sees."""

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")
_CHAT_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_REACTIONS = {emoji.value for emoji in ReactionEmoji}


class Sending:
    """Methods that show something to people."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> dict[str, Method]:
        """Every method by its name in the Bot API."""
        return {
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete_message,
            "answerCallbackQuery": self.answer_callback_query,
            "setMessageReaction": self.set_reaction,
            "sendChatAction": self.send_chat_action,
            "editEphemeralMessageText": self.edit_whisper_text,
            "editEphemeralMessageReplyMarkup": self.edit_whisper_markup,
            "deleteEphemeralMessage": self.delete_whisper,
        }

    # --------------------------------------------------------------------- sending

    def send_message(self, params: Params) -> Json:
        chat = self._world.chat_to_write_to(params)
        html, text, entities = self._formatted(params, "text", "entities")
        if not text:
            raise wrong("message text is empty")
        if units(text) > TEXT_LIMIT:
            raise wrong("message is too long")
        preview = params.object("link_preview_options") or {}
        return self._send(
            params,
            chat,
            html=html,
            text=text,
            entities=entities,
            has_link_preview=not preview.get("is_disabled", False),
        )

    def send_photo(self, params: Params) -> Json:
        params.ignore("has_spoiler", "show_caption_above_media")
        return self._send_file(params, "photo", PHOTO_LIMIT)

    def send_document(self, params: Params) -> Json:
        params.ignore("disable_content_type_detection")
        return self._send_file(params, "document", DOCUMENT_LIMIT)

    def _send_file(self, params: Params, kind: str, limit: int) -> Json:
        chat = self._world.chat_to_write_to(params)
        file = self._file(params.file(kind), kind, limit)
        html, text, entities = self._caption(params)
        return self._send(params, chat, html=html, text=text, entities=entities, file=file)

    def _send(self, params: Params, chat: Chat, **content: Any) -> Json:
        world = self._world
        markup = params.object("reply_markup")
        buttons = read_markup(markup)
        thread = self._thread(params, chat)
        receiver = self._receiver(params, chat)
        reply_to = self._reply(params, chat)
        silent = params.flag("disable_notification")
        params.ignore("protect_content")
        world.keep_pace(chat, is_new=True)
        make = partial(world.new_whisper, receiver=receiver) if receiver else world.new_message
        message = make(
            chat,
            world.bot,
            thread=thread,
            reply_to=reply_to or (chat.messages[thread] if thread else None),
            buttons=buttons,
            reply_markup=markup,
            is_silent=silent,
            **content,
        )
        world.show("sent", message)
        return message.json()

    # ------------------------------------------------------------------- whispering

    def _receiver(self, params: Params, chat: Chat) -> User | None:
        """Whom an ephemeral message is for; None for one that everybody sees."""
        asked = params.object("ephemeral_message_parameters")
        if asked is None or self._world.knows_whispers is Known.OVERLOOKED:
            return None
        if self._world.knows_whispers is Known.REFUSED:
            raise refused("ephemeral messages are not supported")
        receiver = self._world.users.get(int(asked.get("receiver_user_id", 0)))
        if not chat.is_group or receiver is None or receiver.is_bot:
            raise wrong("an ephemeral message needs a person in a group")
        if not chat.standing_of(receiver).present:
            raise refused("the receiver is not a member of the chat")
        reply = params.object("reply_parameters") or {}
        if not self._may_whisper(chat, receiver, asked, reply):
            raise refused("not allowed to send an ephemeral message to this person now")
        return receiver

    def _may_whisper(self, chat: Chat, receiver: User, asked: Json, reply: Json) -> bool:
        """An administrator may at any time; others in answer, within fifteen seconds."""
        world = self._world
        query = world.queries.get(str(asked.get("callback_query_id", "")))
        said = self._whispered(receiver, int(reply.get("ephemeral_message_id") or 0))
        since = [query.at] if query and query.user is receiver and query.chat is chat else []
        since += [said.date] if said and said.sender is receiver and said.chat is chat else []
        in_time = any(world.clock() - at <= ANSWERED_WITHIN_SECONDS for at in since)
        return in_time or chat.standing_of(world.bot).administers

    def _whispered(self, user: User, number: int) -> Message | None:
        """An ephemeral message between a person and the bot."""
        for whisper in self._world.whispers:
            if whisper.ephemeral_id == number and user in (whisper.sender, whisper.receiver):
                return whisper
        return None

    def _whisper_to_edit(self, params: Params) -> Message:
        if self._world.knows_whispers is not Known.WELL:
            raise ApiError(404, "Not Found: method not found")
        chat = self._world.chat_to_write_to(params)
        user = self._world.users.get(params.needed_number("receiver_user_id"))
        message = user and self._whispered(user, params.needed_number("ephemeral_message_id"))
        if not message or message.chat is not chat or message.is_deleted:
            raise refused("ephemeral message not found")
        if message.sender is not self._world.bot:
            raise wrong("message can't be edited")
        return message

    def edit_whisper_text(self, params: Params) -> Json:
        message = self._whisper_to_edit(params)
        html, text, entities = self._formatted(params, "text", "entities")
        if not text:
            raise wrong("message text is empty")
        params.ignore("link_preview_options")
        return self._edit(params, message, html, text, entities)

    def edit_whisper_markup(self, params: Params) -> Json:
        message = self._whisper_to_edit(params)
        return self._edit(params, message, message.html, message.text, message.entities)

    def delete_whisper(self, params: Params) -> bool:
        message = self._whisper_to_edit(params)
        message.is_deleted = True
        self._world.show("deleted", message)
        return True

    def _file(self, given: Upload | str | None, kind: str, limit: int) -> File:
        if given is None:
            raise wrong(f"there is no {kind} in the request")
        if isinstance(given, str):
            known = self._world.files.get(given)
            if known is None or known.is_gone or known.kind != kind:
                raise wrong("wrong file identifier/HTTP URL specified")
            return known
        if not given.content:
            raise wrong("file must be non-empty")
        if len(given.content) > limit:
            raise wrong(f"file is too big for a {kind}")
        if kind == "photo" and not given.content.startswith(_PICTURES):
            raise wrong("IMAGE_PROCESS_FAILED")
        name = given.name if kind == "document" else None
        return self._world.new_file(kind, given.content, name)

    def _thread(self, params: Params, chat: Chat) -> int | None:
        thread = params.number("message_thread_id")
        if thread is None:
            if chat.is_general_closed and not chat.standing_of(self._world.bot).administers:
                raise refused("TOPIC_CLOSED")
            return None
        topic = chat.topics.get(thread)
        if topic is None or topic.is_deleted:
            raise refused("message thread not found")
        if topic.is_closed and not chat.standing_of(self._world.bot).administers:
            raise refused("TOPIC_CLOSED")
        return thread

    def _reply(self, params: Params, chat: Chat) -> Message | None:
        reply = params.object("reply_parameters")
        if reply is None:
            return None
        if "ephemeral_message_id" in reply and self._world.knows_whispers is Known.WELL:
            if not params.object("ephemeral_message_parameters"):
                raise wrong("only an ephemeral message answers an ephemeral message")
            return next(
                (
                    one
                    for one in self._world.whispers
                    if one.ephemeral_id == int(reply["ephemeral_message_id"]) and one.chat is chat
                ),
                None,
            )
        message = chat.messages.get(int(reply.get("message_id") or 0))
        elsewhere = int(reply.get("chat_id") or chat.id) != chat.id
        if message and not message.is_deleted and not elsewhere:
            return message
        if reply.get("allow_sending_without_reply"):
            return None
        raise refused("message to be replied not found")

    # --------------------------------------------------------------------- editing

    def edit_text(self, params: Params) -> Json:
        message = self._message_to_edit(params)
        if message.file:
            raise refused("there is no text in the message to edit")
        html, text, entities = self._formatted(params, "text", "entities")
        if not text:
            raise wrong("message text is empty")
        if units(text) > TEXT_LIMIT:
            raise wrong("message is too long")
        params.ignore("link_preview_options")
        return self._edit(params, message, html, text, entities)

    def edit_caption(self, params: Params) -> Json:
        message = self._message_to_edit(params)
        if not message.file:
            raise refused("there is no caption in the message to edit")
        params.ignore("show_caption_above_media")
        return self._edit(params, message, *self._caption(params))

    def edit_markup(self, params: Params) -> Json:
        message = self._message_to_edit(params)
        return self._edit(params, message, message.html, message.text, message.entities)

    def _edit(
        self, params: Params, message: Message, html: str, text: str, entities: list[Json]
    ) -> Json:
        markup = params.object("reply_markup")
        buttons = read_markup(markup, only_inline=True)
        if (text, entities, buttons) == (message.text, message.entities, message.buttons):
            raise refused(
                "message is not modified: specified new message content and reply markup are"
                " exactly the same as a current content and reply markup of the message"
            )
        self._world.keep_pace(message.chat, is_new=False)
        message.html, message.text, message.entities = html, text, entities
        message.buttons, message.reply_markup = buttons, markup
        message.edits += 1
        self._world.show("edited", message)
        return message.json()

    def _message_to_edit(self, params: Params) -> Message:
        chat = self._world.chat_to_write_to(params)
        message = chat.messages.get(params.needed_number("message_id"))
        if message is None or message.is_deleted:
            raise refused("message to edit not found")
        if message.sender is not self._world.bot or message.service:
            raise wrong("message can't be edited")
        return message

    def delete_message(self, params: Params) -> bool:
        chat = self._world.chat_to_write_to(params)
        message = chat.messages.get(params.needed_number("message_id"))
        if message is None or message.is_deleted:
            raise refused("message to delete not found")
        is_own = message.sender is self._world.bot
        if not is_own and not chat.standing_of(self._world.bot).administers:
            raise refused("message can't be deleted")
        if self._world.clock() - message.date > DELETABLE_SECONDS:
            raise refused("message can't be deleted for everyone")
        message.is_deleted = True
        self._world.show("deleted", message)
        return True

    # --------------------------------------------------------- answering and reacting

    def answer_callback_query(self, params: Params) -> bool:
        query = self._world.queries.get(params.text("callback_query_id"))
        text = params.text("text")
        alert = params.flag("show_alert")
        url = params.text("url") or None
        params.ignore("cache_time")
        if units(text) > POPUP_LIMIT:
            raise wrong("MESSAGE_TOO_LONG")
        if url and not url.startswith(f"https://t.me/{self._world.bot.username}?"):
            raise wrong("URL_INVALID")
        query = self._open_query(query)
        query.is_answered = True
        if text or url:
            popup = Popup(query.user, text, show_alert=alert, url=url, query_id=query.id)
            self._world.popups.append(popup)
        return True

    def _open_query(self, query: Query | None) -> Query:
        too_old = "query is too old and response timeout expired or query ID is invalid"
        if query is None or query.is_answered:
            raise wrong(too_old)
        if self._world.clock() - query.at > self._world.query_lifetime:
            raise refused(too_old)
        return query

    def set_reaction(self, params: Params) -> bool:
        chat = self._world.chat_to_write_to(params)
        message = chat.messages.get(params.needed_number("message_id"))
        reactions = params.array("reaction") or []
        params.ignore("is_big")
        if message is None or message.is_deleted:
            raise refused("message to react not found")
        if len(reactions) > 1:
            raise wrong("REACTIONS_TOO_MANY")
        emoji = [str(reaction.get("emoji")) for reaction in reactions]
        if not _REACTIONS.issuperset(emoji):
            raise wrong("REACTION_INVALID")
        message.reactions = emoji
        return True

    def send_chat_action(self, params: Params) -> bool:
        chat = self._world.chat_to_write_to(params)
        self._thread(params, chat)
        if params.text("action") not in _CHAT_ACTIONS:
            raise wrong("wrong parameter action in request")
        return True

    # ------------------------------------------------------------------------- text

    def _caption(self, params: Params) -> tuple[str, str, list[Json]]:
        html, text, entities = self._formatted(params, "caption", "caption_entities")
        if units(text) > CAPTION_LIMIT:
            raise wrong("message caption is too long")
        return html, text, entities

    def _formatted(self, params: Params, name: str, given: str) -> tuple[str, str, list[Json]]:
        """A text as sent, as shown, and its entities."""
        source = params.text(name)
        text, entities = source, params.array(given) or []
        mode = params.text("parse_mode")
        if mode.lower() == "html":
            text, entities = self._parsed(source)
        elif mode:
            raise wrong("unsupported parse_mode")
        text, entities = trim(text, self._with_users(entities))
        return source, text, find_entities(text, entities)

    def _parsed(self, source: str) -> tuple[str, list[Json]]:
        try:
            return parse_html(source)
        except ParseError as error:
            raise wrong(f"can't parse entities: {error}") from error

    def _with_users(self, entities: list[Json]) -> list[Json]:
        """Mentions by id get their person; those of strangers are dropped in silence."""
        known = []
        for entity in entities:
            if "user_id" not in entity:
                known.append(entity)
                continue
            entity = dict(entity)
            user = self._world.users.get(entity.pop("user_id"))
            if user is not None:
                known.append({**entity, "user": user.json()})
        return known
