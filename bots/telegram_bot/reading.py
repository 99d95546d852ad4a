"""Reading an update: whether it is meant for the bot, who says it, and what they want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from telegram import MaybeInaccessibleMessage, Message, MessageEntity, PhotoSize, Update, User
from telegram.constants import ChatID, ChatMemberStatus, ChatType

from bots.calls import Caller, Mention
from bots.catalogue.plainly import account_name
from bots.pictures import BYTES_MAX
from bots.telegram_bot.wire import ephemeral_id
from core.records import dataclass

PLATFORM = "telegram"
ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
WITH_SUBCOMMAND = "pool"
"""The command that takes its first word as a part of its name."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself."""

    id: int
    username: str

    @property
    def lane(self) -> str:
        """The name of its inbox."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Written:
    """A command with the words behind it, and whom the words name."""

    command: str
    line: str
    mentions: Mapping[str, Mention]


def is_for_us(update: Update, me: Me) -> bool:
    """Whether an update is meant for the bot; what is not is never kept.

    In a group an administrator's bot hears all that is said. Of that, commands, replies to the
    bot and what Telegram itself says about the group are meant for it, nothing else.
    """
    if update.callback_query or update.my_chat_member:
        return True
    message = update.message
    if message is None:
        return False
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        return True
    if _is_of_no_person(message) or not text_of(message):
        return False
    if is_private(message):
        return not begins_with_command(message) or command_of(message, me) is not None
    speaks_to_us = command_of(message, me) is not None or answers(message, me)
    return speaks_to_us and not message.forward_origin


def _is_of_no_person(message: Message) -> bool:
    """Whether it comes from another bot, or by itself from a channel."""
    author = message.from_user
    if author is None or message.is_automatic_forward:
        return True
    return author.is_bot and not speaks_for_a_chat(message)


def is_private(message: MaybeInaccessibleMessage) -> bool:
    """Whether a message stands in somebody's direct chat with the bot."""
    return message.chat.type == ChatType.PRIVATE


def lane_of(update: Update) -> str:
    """The chat it happened in: what happens in one chat is handled in order."""
    chat = update.effective_chat
    return str(chat.id) if chat else "0"


def answers(message: Message, me: Me) -> bool:
    """Whether a message is a reply to one of the bot's own."""
    before = message.reply_to_message
    return bool(before and before.from_user and before.from_user.id == me.id)


def speaks_for_a_chat(message: Message) -> bool:
    """Whether a group or a channel is the sender, not a person: nobody knows who it was."""
    author = message.from_user
    return bool(message.sender_chat) or author is None or author.id == ChatID.ANONYMOUS_ADMIN


def id_of(message: MaybeInaccessibleMessage) -> int | None:
    """A message's id; None for an ephemeral one, whose id is 0 like that of all others."""
    return message.message_id or None


def name_of_whisper(number: int) -> str:
    """What an ephemeral message is called where others have their id."""
    return f"whisper {number}"


def name_of(message: MaybeInaccessibleMessage) -> str:
    """A message's own name within its chat."""
    number = ephemeral_id(message)
    return str(message.message_id) if number is None else name_of_whisper(number)


def is_anonymous_admin(message: Message) -> bool:
    """Whether an administrator of the group wrote it in the group's name."""
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


def topic_of(message: Message) -> int | None:
    """The topic that a message stands in. Other threads are only chains of replies."""
    return message.message_thread_id if message.is_topic_message else None


# --- who -------------------------------------------------------------------------------------


def caller_of(user: User) -> Caller:
    """An account as it is called now."""
    return Caller(
        platform=PLATFORM,
        external=str(user.id),
        name=called(user),
        username=user.username or "",
        language=user.language_code or "",
    )


def called(user: User) -> str:
    """What an account is called, as the pool will call it wherever it is shown."""
    # Who deleted their account has no name any more.
    return account_name(user.full_name or "", user.username or "", str(user.id))


def replied_to(message: Message) -> Mention | None:
    """The person whose message is answered; never a bot, a channel, a group or a topic's head."""
    before = message.reply_to_message
    if before is None or before.from_user is None or before.from_user.is_bot:
        return None
    if speaks_for_a_chat(before) or before.forum_topic_created:
        return None
    return Mention(str(before.from_user.id), called(before.from_user))


# --- what ------------------------------------------------------------------------------------


def text_of(message: Message) -> str:
    """What was written, be it under a photo."""
    return message.text or message.caption or ""


def _entities(message: Message) -> Sequence[MessageEntity]:
    return message.entities or message.caption_entities


def begins_with_command(message: Message) -> MessageEntity | None:
    """The mark of the command that a message begins with, whichever bot it is for."""
    for entity in _entities(message):
        if entity.offset == 0 and entity.type == MessageEntity.BOT_COMMAND:
            return entity
    return None


def command_of(message: Message, me: Me) -> Written | None:
    """The command that a message begins with, unless it is another bot's."""
    first = begins_with_command(message)
    if first is None:
        return None
    line, mentions = words_of(message, behind=first.length)
    name, _, addressee = text_of(message)[1 : first.length].partition("@")
    if addressee and addressee.casefold() != me.username.casefold():
        return None
    return _with_subcommand(name.casefold(), line.strip(), mentions)


def _with_subcommand(name: str, line: str, mentions: Mapping[str, Mention]) -> Written:
    if name != WITH_SUBCOMMAND or not line:
        return Written(name, line, mentions)
    first, *rest = line.split(maxsplit=1)
    return Written(f"{name} {first.casefold()}", "".join(rest), mentions)


def words_of(message: Message, behind: int = 0) -> tuple[str, Mapping[str, Mention]]:
    """The text behind so many UTF-16 units, with a mark in the place of each named person.

    Somebody without a username is named by an entity that covers their name, which may be any
    words. A mark is one word, `@:` and the id.
    """
    raw = text_of(message).encode("utf-16-le", "surrogatepass")
    marks: dict[str, Mention] = {}
    words, at = b"", behind * 2
    for entity in sorted(_entities(message), key=lambda each: each.offset):
        if entity.type != MessageEntity.TEXT_MENTION or entity.user is None:
            continue
        mark = f"@:{entity.user.id}"
        marks[mark] = Mention(str(entity.user.id), called(entity.user))
        words += raw[at : entity.offset * 2] + mark.encode("utf-16-le")
        at = (entity.offset + entity.length) * 2
    text = (words + raw[at:]).decode("utf-16-le", "replace")
    # The longest first: a mark may begin like another, and each is looked for in the text.
    return text, {mark: marks[mark] for mark in sorted(marks, key=len, reverse=True)}


def photo_of(message: Message) -> PhotoSize | None:
    """The largest copy of a photo that is not too large."""
    fitting = [each for each in message.photo if (each.file_size or 0) <= BYTES_MAX]
    return max(fitting, key=lambda each: each.width * each.height, default=None)
