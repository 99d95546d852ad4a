"""What people do on a pretended Telegram. Each act is told to the bot as an update."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from tests.pretended.telegram_asking import membership_json
from tests.pretended.telegram_model import (
    CHANNEL_BOT,
    GROUP_ANONYMOUS_BOT,
    SERVICE_ACCOUNT,
    Chat,
    Message,
    Query,
    Standing,
    Topic,
    User,
    text_mention,
)
from tests.pretended.telegram_text import Json, find_entities, piece, trim, units
from tests.pretended.telegram_world import Place, World

Parts = str | Sequence[str | User]
"""A text, or pieces of it with people named in between."""

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class People:
    """Makes people and chats, and lets people act. Acts return the update's id.

    Nobody can do what a real app would not let them do: write where they are
    not a member, or to a bot they never started. Such an act is an
    AssertionError, for it is a mistake of the test.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._messages: dict[int, Message] = {}
        self._anonymous = User(
            GROUP_ANONYMOUS_BOT, "Group", username="GroupAnonymousBot", is_bot=True
        )
        self._channel = User(CHANNEL_BOT, "Channel", username="Channel_Bot", is_bot=True)
        self._service = User(SERVICE_ACCOUNT, "Telegram")

    # -------------------------------------------------------------- people and chats

    def user(
        self,
        first_name: str,
        username: str | None = None,
        language_code: str | None = None,
        last_name: str | None = None,
        *,
        is_bot: bool = False,
    ) -> User:
        """A new person, who has not started the bot and is in no group."""
        return self._world.new_user(
            User(
                self._world.next_person_id(), first_name, last_name, username, language_code, is_bot
            )
        )

    def group(self, title: str, members: Iterable[User] = (), admins: Sequence[User] = ()) -> Chat:
        """A small group without the bot; the first of the admins owns it."""
        return self._peopled(self._world.new_group("group", title), members, admins)

    def supergroup(
        self,
        title: str,
        members: Iterable[User] = (),
        admins: Sequence[User] = (),
        *,
        is_forum: bool = False,
    ) -> Chat:
        """A supergroup without the bot; a forum has topics."""
        chat = self._world.new_group("supergroup", title, is_forum=is_forum)
        return self._peopled(chat, members, admins)

    def private(self, user: User) -> Chat:
        """The private chat of a person with the bot."""
        return self._world.place(user)

    def topic(self, chat: Chat, name: str, by: User) -> int:
        """Open a topic in a forum; its thread id."""
        assert chat.is_forum, f"{chat.title} has no topics"
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self._world.new_message(chat, by, service=service)
        message.thread = message.id
        chat.topics[message.id] = Topic(message.id, name)
        self._tell(message)
        return message.id

    def closes_topic(self, user: User, chat: Chat, thread: int) -> int:
        """Close a topic: only administrators write there now."""
        chat.topics[thread].is_closed = True
        return self._service_message(chat, user, {"forum_topic_closed": {}}, thread=thread)

    def closes_general(self, user: User, chat: Chat) -> int:
        """Close the topic that stands for the chat itself: only administrators write there now."""
        assert chat.is_forum, f"{chat.title} has no topics"
        chat.is_general_closed = True
        return self._service_message(chat, user, {"forum_topic_closed": {}})

    def deletes_topic(self, chat: Chat, thread: int) -> None:
        """Delete a topic with its messages; the bot is not told."""
        chat.topics[thread].is_deleted = True
        for message in chat.messages.values():
            message.is_deleted = message.is_deleted or message.thread == thread

    def renames(
        self, user: User, *, username: str | None = None, first_name: str | None = None
    ) -> None:
        """Change a name. None drops the username and keeps the first name."""
        user.username = username
        user.first_name = first_name or user.first_name

    def deactivates(self, user: User) -> None:
        """Delete a person's account."""
        user.is_deactivated = True

    # ------------------------------------------------------------------------ writing

    def says(
        self,
        user: User,
        chat: Place,
        text: Parts = "",
        *,
        reply_to: Message | None = None,
        photo: bytes | None = None,
        thread: int | None = None,
        edited_of: Message | None = None,
        forwarded: bool = False,
        as_anonymous_admin: bool = False,
        as_channel: str = "",
        ephemeral: bool = False,
    ) -> int:
        """Send a message (a photo with the text as its caption), or edit an own one.

        A User among the parts of the text is named as the apps do it: by
        @username, or by first name with a text_mention. Some speak in the name
        of a channel of theirs. An `ephemeral` message is seen by the bot alone.
        The message itself is `message_of` the returned id.
        """
        chat = self._world.place(chat)
        self._assert_may_write(user, chat, as_anonymous_admin)
        words, entities = _composed(text)
        if edited_of is not None:
            return self._edits(edited_of, words, entities)
        make: Callable[..., Message] = self._world.new_message
        if ephemeral:
            assert chat.is_group, "ephemeral messages are sent in groups"
            make = partial(self._world.new_whisper, receiver=self._world.bot)
        message = make(
            chat,
            self._author(user, as_anonymous_admin, as_channel),
            sender_chat=self._speaker(chat, as_anonymous_admin, as_channel),
            text=words,
            entities=entities,
            file=self._world.new_file("photo", photo) if photo is not None else None,
            thread=thread or (reply_to.thread if reply_to else None),
            reply_to=reply_to or (chat.messages[thread] if thread else None),
            is_forwarded=forwarded,
        )
        return self._tell(message)

    def _author(self, user: User, as_anonymous_admin: bool, as_channel: str) -> User:
        if as_channel:
            return self._channel
        return self._anonymous if as_anonymous_admin else user

    def _speaker(self, chat: Chat, as_anonymous_admin: bool, as_channel: str) -> Chat | None:
        """The chat in whose name something is said."""
        if as_channel:
            return self._world.new_group("channel", as_channel)
        return chat if as_anonymous_admin else None

    def channel_posts(self, chat: Chat, title: str, text: str) -> int:
        """A post of a linked channel arrives in its discussion group by itself."""
        words, entities = _composed(text)
        channel = self._world.new_group("channel", title)
        message = self._world.new_message(
            chat,
            self._service,
            sender_chat=channel,
            text=words,
            entities=entities,
            is_automatic_forward=True,
        )
        return self._tell(message)

    def deletes(self, message: Message) -> None:
        """Somebody deletes a message; the bot is not told."""
        message.is_deleted = True

    def loses_file(self, message: Message) -> None:
        """The file of a message can no longer be fetched."""
        assert message.file is not None, f"message {message.id} has no file"
        message.file.is_gone = True

    def message_of(self, update_id: int) -> Message:
        """The message that an act sent, or whose button it pressed."""
        return self._messages[update_id]

    # ------------------------------------------------------------------------ buttons

    def taps(self, user: User, message: Message, label: str) -> int | str:
        """Press the button with this label; a button with a link gives the link."""
        assert not message.is_deleted, f"message {message.id} is deleted: nobody sees its buttons"
        button = message.button(label)
        if button.data is None:
            return button.url or button.copies or ""
        return self.taps_data(user, message, button.data)

    def taps_data(self, user: User, message: Message, data: str) -> int:
        """Press with any data, also such as no button has, or on a deleted message."""
        chat = message.chat
        assert chat.standing_of(user).present, f"{user.name} is not in {chat.title}"
        assert message.receiver in (None, user), f"{user.name} does not see this message"
        number = len(self._world.queries) + 1
        query = Query(f"{user.id}{number:06}", user, chat, data, self._world.clock())
        self._world.queries[query.id] = query
        update_id = self._world.queue.put(
            "callback_query",
            {
                "id": query.id,
                "from": user.json(),
                "chat_instance": str(chat.id * 31),
                "message": _pressed(message),
                "data": data,
            },
            withheld=not self._bot_is_in(chat),
        )
        self._messages[update_id] = message
        return update_id

    def does(self, kind: str, payload: Json) -> int:
        """Something that this pretended server has no words for, as an update of that kind."""
        return self._world.queue.put(kind, payload)

    def link(self, message: Message, label: str) -> str:
        """Where the button with this label leads."""
        url = message.button(label).url
        assert url is not None, f"button {label!r} has no link"
        return url

    # ---------------------------------------------------------- the bot in private chats

    def starts(self, user: User, payload: str | None = None) -> int:
        """Press Start, by a link with a payload or without; unblocks the bot too."""
        assert payload is None or _PAYLOAD.fullmatch(payload), f"no payload: {payload!r}"
        chat = self._world.place(user)
        if chat.standing_of(self._world.bot) is Standing.KICKED:
            self._changes_bot(user, chat, Standing.MEMBER)
        chat.standings[self._world.bot.id] = Standing.MEMBER
        return self.says(user, chat, f"/start {payload}" if payload else "/start")

    def blocks(self, user: User) -> int:
        """Block the bot."""
        return self._changes_bot(user, self._world.place(user), Standing.KICKED)

    # ------------------------------------------------------------------ the bot in groups

    def adds_bot(
        self, user: User, chat: Chat, *, as_admin: bool = False, payload: str | None = None
    ) -> int:
        """Add the bot to a group; a ?startgroup= link brings a payload along."""
        update_id = self._changes_bot(user, chat, Standing.MEMBER)
        bot = self._world.bot.json()
        self._service_message(chat, user, {"new_chat_members": [bot]})
        if payload:
            self.says(user, chat, f"/start@{self._world.bot.username} {payload}")
        if as_admin:
            self.promotes_bot(user, chat)
        return update_id

    def removes_bot(self, user: User, chat: Chat) -> int:
        """Throw the bot out of a group."""
        return self._changes_bot(user, chat, Standing.KICKED)

    def promotes_bot(self, user: User, chat: Chat) -> int:
        """Make the bot an administrator: it hears everything now."""
        return self._changes_bot(user, chat, Standing.ADMIN)

    def demotes_bot(self, user: User, chat: Chat) -> int:
        """Make the bot a plain member again."""
        return self._changes_bot(user, chat, Standing.MEMBER)

    def mutes_bot(self, chat: Chat, *, muted: bool = True) -> None:
        """Forbid plain members, the bot among them, to write in a group."""
        chat.bot_may_send = not muted

    # ------------------------------------------------------------------ people in groups

    def joins(self, user: User, chat: Chat) -> int:
        """Join a group."""
        self._changes_member(user, chat, user, Standing.MEMBER)
        return self._service_message(chat, user, {"new_chat_members": [user.json()]})

    def leaves(self, user: User, chat: Chat) -> int:
        """Leave a group."""
        self._changes_member(user, chat, user, Standing.LEFT)
        return self._service_message(chat, user, {"left_chat_member": user.json()})

    def promotes(self, by: User, chat: Chat, user: User) -> int:
        """Make a member an administrator of the group."""
        return self._changes_member(by, chat, user, Standing.ADMIN)

    def demotes(self, by: User, chat: Chat, user: User) -> int:
        """Make an administrator a plain member."""
        return self._changes_member(by, chat, user, Standing.MEMBER)

    def migrates(self, group: Chat, *, announced: bool = True) -> Chat:
        """Turn a group into a supergroup, with a service message on either side.

        Unannounced, the bot learns of it only when it writes to the old group.
        """
        assert group.kind == "group", "only a small group becomes a supergroup"
        chat = self._world.new_group("supergroup", group.title or "")
        chat.standings = dict(group.standings)
        group.migrated_to = chat
        if announced:
            self._service_message(group, self._anonymous, {"migrate_to_chat_id": chat.id})
            self._service_message(chat, self._anonymous, {"migrate_from_chat_id": group.id})
        return chat

    # ------------------------------------------------------------------------ in private

    def _peopled(self, chat: Chat, members: Iterable[User], admins: Sequence[User]) -> Chat:
        chat.standings = {member.id: Standing.MEMBER for member in members}
        chat.standings |= {admin.id: Standing.ADMIN for admin in admins}
        if admins:
            chat.standings[admins[0].id] = Standing.OWNER
        return chat

    def _assert_may_write(self, user: User, chat: Chat, as_admin: bool) -> None:
        standing = chat.standing_of(user)
        assert standing.present, f"{user.name} is not in {chat.title}"
        assert not as_admin or standing.administers, f"{user.name} is no admin of {chat.title}"
        assert chat.migrated_to is None, f"{chat.title} is a supergroup now"
        if chat.is_private:
            assert self._bot_is_in(chat), f"{user.name} has not started the bot, or blocked it"

    def _edits(self, message: Message, words: str, entities: list[Json]) -> int:
        message.text, message.entities = words, entities
        message.edits += 1
        return self._tell(message, "edited_message")

    def _service_message(
        self, chat: Chat, by: User, service: Json, thread: int | None = None
    ) -> int:
        return self._tell(self._world.new_message(chat, by, service=service, thread=thread))

    def _tell(self, message: Message, kind: str = "message") -> int:
        withheld = not self._bot_hears(message)
        update_id = self._world.queue.put(kind, message.json(), withheld=withheld)
        self._messages[update_id] = message
        return update_id

    def _changes_bot(self, by: User, chat: Chat, new: Standing) -> int:
        change = membership_json(self._world, chat, by, self._world.bot, new)
        return self._world.queue.put("my_chat_member", change)

    def _changes_member(self, by: User, chat: Chat, user: User, new: Standing) -> int:
        change = membership_json(self._world, chat, by, user, new)
        is_told = chat.standing_of(self._world.bot).administers
        return self._world.queue.put("chat_member", change, withheld=not is_told)

    def _bot_is_in(self, chat: Chat) -> bool:
        return chat.standing_of(self._world.bot).present

    def _bot_hears(self, message: Message) -> bool:
        """Privacy mode: in groups only what is meant for the bot, unless it is admin."""
        chat = message.chat
        if chat.is_private or not self._bot_is_in(chat):
            return self._bot_is_in(chat)
        answered = message.reply_to.sender if message.reply_to else None
        return (
            self._world.bot_reads_all
            or chat.standing_of(self._world.bot).administers
            or bool(message.service)
            or message.receiver is self._world.bot
            or answered is self._world.bot
            or self._is_command_for_bot(message)
        )

    def _is_command_for_bot(self, message: Message) -> bool:
        """Whether a message begins with /command, or with /command@this_bot."""
        first: dict[str, Any] = next(iter(message.entities), {})
        if first.get("type") != "bot_command" or first["offset"] > 0:
            return False
        _, _, addressee = piece(message.text, first).partition("@")
        return addressee.lower() in {"", str(self._world.bot.username).lower()}


def _composed(parts: Parts) -> tuple[str, list[Json]]:
    """What an app sends: the text, and the entities in it."""
    text, named = "", []
    for part in [parts] if isinstance(parts, str) else parts:
        if isinstance(part, str):
            text += part
        elif part.username:
            text += f"@{part.username}"
        else:
            named.append(text_mention(part, units(text)))
            text += part.first_name
    text, named = trim(text, named)
    return text, find_entities(text, named)


def _pressed(message: Message) -> Json:
    """The message under a pressed button; of a deleted one only its place is known."""
    if message.is_deleted:
        return {"chat": message.chat.json(), "message_id": message.id, "date": 0}
    return message.json()
