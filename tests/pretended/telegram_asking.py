"""The Bot API's methods about the bot, its chats, files, menus and updates."""

from __future__ import annotations

import re
from typing import Any

from tests.pretended.telegram_errors import ApiError, refused, wrong
from tests.pretended.telegram_model import Chat, Menu, Standing, User
from tests.pretended.telegram_params import Params
from tests.pretended.telegram_sending import Method
from tests.pretended.telegram_text import Json, units
from tests.pretended.telegram_updates import UPDATE_KINDS
from tests.pretended.telegram_world import Known, World

Scope = tuple[str, int | None, int | None]

_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")
_MOST_COMMANDS = 100
_ABOUT_LIMITS = {"Name": ("name", 64), "Description": ("description", 512)}
_ABOUT_LIMITS["ShortDescription"] = ("short_description", 120)
_ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


class Asking:
    """Methods that ask, and those that set up the bot itself."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> dict[str, Method]:
        """Every method by its name in the Bot API."""
        methods: dict[str, Method] = {
            "getMe": self.get_me,
            "logOut": lambda _: True,
            "close": lambda _: True,
            "getChat": self.get_chat,
            "getChatMember": self.get_chat_member,
            "getChatMemberCount": self.get_chat_member_count,
            "getChatAdministrators": self.get_chat_administrators,
            "leaveChat": self.leave_chat,
            "getFile": self.get_file,
            "setMyCommands": self.set_my_commands,
            "getMyCommands": self.get_my_commands,
            "deleteMyCommands": self.delete_my_commands,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.get_webhook_info,
        }
        for what, (field, limit) in _ABOUT_LIMITS.items():
            methods[f"setMy{what}"] = self._setter(field, limit)
            methods[f"getMy{what}"] = self._getter(field)
        return methods

    # ----------------------------------------------------------- the bot and its chats

    def get_me(self, params: Params) -> Json:
        return {
            **self._world.bot.json(),
            "can_join_groups": True,
            "can_read_all_group_messages": self._world.bot_reads_all,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def get_chat(self, params: Params) -> Json:
        chat = self._reachable_chat(params)
        permissions = {} if chat.is_private else {"permissions": _permissions(chat)}
        return {
            **chat.json(),
            **permissions,
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }

    def get_chat_member(self, params: Params) -> Json:
        chat = self._reachable_chat(params)
        user = self._world.users.get(params.needed_number("user_id"))
        if user is None:
            raise refused("PARTICIPANT_ID_INVALID")
        me = self._world.bot
        if chat.hides_members and user is not me and not chat.standing_of(me).administers:
            raise refused("member list is inaccessible")
        return member_json(user, chat.standing_of(user))

    def get_chat_member_count(self, params: Params) -> int:
        chat = self._reachable_chat(params)
        return sum(standing.present for standing in chat.standings.values())

    def get_chat_administrators(self, params: Params) -> list[Json]:
        chat = self._reachable_chat(params)
        if chat.is_private:
            raise wrong("there are no administrators in the private chat")
        people = [(self._world.users[known], at) for known, at in chat.standings.items()]
        return [member_json(user, at) for user, at in people if at.administers and not user.is_bot]

    def leave_chat(self, params: Params) -> bool:
        chat = self._reachable_chat(params)
        if chat.is_private:
            raise wrong("chat member status can't be changed in private chats")
        bot = self._world.bot
        change = membership_json(self._world, chat, bot, bot, Standing.LEFT)
        self._world.queue.put("my_chat_member", change)
        return True

    def get_file(self, params: Params) -> Json:
        file = self._world.files.get(params.text("file_id"))
        if file is None:
            raise wrong("invalid file_id")
        if file.is_gone:
            raise refused("wrong file_id or the file is temporarily unavailable")
        if len(file.content) > self._world.download_limit:
            raise refused("file is too big")
        return {
            "file_id": file.id,
            "file_unique_id": file.unique_id,
            "file_size": len(file.content),
            "file_path": file.path,
        }

    def _reachable_chat(self, params: Params) -> Chat:
        """A chat that the bot may look at: one it is in."""
        chat = self._world.chat_asked_for(params)
        standing = chat.standing_of(self._world.bot)
        if chat.is_group and not standing.present:
            kicked = standing is Standing.KICKED
            reason = "bot was kicked from" if kicked else "bot is not a member of"
            raise ApiError(403, f"Forbidden: {reason} the {chat.kind} chat")
        if chat.is_private and standing is Standing.LEFT:
            raise refused("chat not found")
        return chat

    # ------------------------------------------------------------------------- menus

    def set_my_commands(self, params: Params) -> bool:
        scope, language = self._menu_key(params)
        given = params.array("commands")
        if given is None:
            raise wrong("parameter commands is required")
        if len(given) > _MOST_COMMANDS:
            raise wrong("BOT_COMMANDS_TOO_MUCH")
        alone = frozenset(str(each["command"]) for each in given if each.pop("is_ephemeral", False))
        if alone and self._world.knows_whispers is Known.REFUSED:
            raise refused("can't parse BotCommand: unsupported field is_ephemeral")
        commands = tuple(_command(command) for command in given)
        if len({name for name, _ in commands}) < len(commands):
            raise wrong("BOT_COMMAND_INVALID")
        if commands:
            self._world.menus[scope, language] = Menu(scope, language, commands, alone)
        else:
            self._world.menus.pop((scope, language), None)
        return True

    def get_my_commands(self, params: Params) -> list[Json]:
        menu = self._world.menus.get(self._menu_key(params))
        commands = menu.commands if menu else ()
        return [{"command": name, "description": about} for name, about in commands]

    def delete_my_commands(self, params: Params) -> bool:
        self._world.menus.pop(self._menu_key(params), None)
        return True

    def _menu_key(self, params: Params) -> tuple[Scope, str]:
        language = params.text("language_code")
        if not _LANGUAGE.fullmatch(language):
            raise wrong("BOT_COMMAND_LANG_CODE_INVALID")
        return self._scope(params.object("scope") or {"type": "default"}), language

    def _scope(self, scope: Json) -> Scope:
        kind = scope.get("type")
        if kind not in _SCOPES or set(scope) != {"type", *_SCOPES[kind]}:
            raise wrong("can't parse BotCommandScope: unsupported type or fields specified")
        ids = Params({name: scope[name] for name in _SCOPES[kind]})
        chat = self._reachable_chat(ids) if "chat_id" in scope else None
        user = ids.number("user_id")
        if chat and kind != "chat" and not chat.is_group:
            raise wrong("can't change commands in this chat with the specified scope")
        if chat and user is not None and user not in chat.standings:
            raise refused("PARTICIPANT_ID_INVALID")
        return kind, chat.id if chat else None, user

    def _setter(self, field: str, limit: int) -> Method:
        def set_about(params: Params) -> bool:
            text = params.text(field)
            if units(text) > limit:
                raise wrong(f"bot {field.replace('_', ' ')} is too long")
            self._world.about[field, params.text("language_code")] = text
            return True

        return set_about

    def _getter(self, field: str) -> Method:
        def get_about(params: Params) -> Json:
            about = self._world.about
            default = self._world.bot.first_name if field == "name" else ""
            language = params.text("language_code")
            return {field: about.get((field, language)) or about.get((field, "")) or default}

        return get_about

    # ----------------------------------------------------------------------- updates

    async def get_updates(self, params: Params) -> list[Json]:
        if self._world.webhook.get("url"):
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active;"
                " use deleteWebhook to delete the webhook first",
            )
        self._world.queue.allow(_allowed(params))
        limit = params.number("limit")
        return await self._world.queue.poll(
            offset=params.number("offset") or 0,
            limit=min(max(100 if limit is None else limit, 1), 100),
            seconds=min(params.number("timeout") or 0, 50),
        )

    def set_webhook(self, params: Params) -> bool:
        url = params.text("url")
        if url and not url.startswith("https://"):
            raise wrong("bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.text("secret_token")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise wrong("secret token contains unallowed characters")
        params.ignore("max_connections", "ip_address", "certificate")
        self._world.queue.allow(_allowed(params))
        self._drop_if_asked(params)
        self._world.webhook = {"url": url, "secret_token": secret}
        return True

    def delete_webhook(self, params: Params) -> bool:
        self._drop_if_asked(params)
        self._world.webhook = {}
        return True

    def get_webhook_info(self, params: Params) -> Json:
        return {
            "url": self._world.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._world.queue.waiting),
            "allowed_updates": sorted(self._world.queue.allowed),
        }

    def _drop_if_asked(self, params: Params) -> None:
        if params.flag("drop_pending_updates"):
            self._world.queue.drop_all()


def _permissions(chat: Chat) -> Json:
    """What plain members may do, as Telegram tells it of groups."""
    may = chat.bot_may_send
    return {"can_send_messages": may, "can_send_photos": may, "can_invite_users": True}


def member_json(user: User, standing: Standing) -> Json:
    """A ChatMember as the Bot API shows it."""
    member: Json = {"user": user.json(), "status": standing.value}
    match standing:
        case Standing.OWNER:
            member["is_anonymous"] = False
        case Standing.ADMIN:
            member |= {"can_be_edited": False, "is_anonymous": False}
            member |= dict.fromkeys(_ADMIN_RIGHTS, False) | {"can_manage_chat": True}
        case Standing.KICKED:
            member["until_date"] = 0
        case _:
            pass
    return member


def membership_json(world: World, chat: Chat, by: User, user: User, new: Standing) -> Json:
    """Change what somebody is in a chat, and say so as a ChatMemberUpdated."""
    old = chat.standing_of(user)
    chat.standings[user.id] = new
    return {
        "chat": chat.json(),
        "from": by.json(),
        "date": int(world.clock()),
        "old_chat_member": member_json(user, old),
        "new_chat_member": member_json(user, new),
    }


def _allowed(params: Params) -> list[str] | None:
    kinds = params.array("allowed_updates")
    if unknown := set(kinds or []) - UPDATE_KINDS:
        raise wrong(f"unknown kind of update in allowed_updates: {sorted(unknown)}")
    return kinds


def _command(command: Any) -> tuple[str, str]:
    name, about = str(command.get("command", "")), str(command.get("description", ""))
    if unknown := set(command) - {"command", "description"}:
        raise wrong(f"unknown field of a BotCommand: {sorted(unknown)}")
    if not _COMMAND.fullmatch(name):
        raise wrong("BOT_COMMAND_INVALID")
    if not 1 <= units(about) <= 256:
        raise wrong("BOT_COMMAND_DESCRIPTION_INVALID")
    return name, about
