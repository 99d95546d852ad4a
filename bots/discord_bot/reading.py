"""From Discord's interactions to calls."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import discord

from bots.calls import Call, Caller, Mention, Place
from bots.discord_bot.buttons import Interaction
from bots.languages import one_of_ours
from bots.pictures import BYTES_MAX, fit_to_keep
from bots.tokens import Token

PLATFORM = "discord"
MENTIONED = re.compile(r"<@!?(?P<id>[0-9]{1,20})>")

Given = Mapping[str, str | Mention]


def key_of(interaction: Interaction) -> str:
    """The event's key: the same for every delivery of one interaction."""
    return f"dc:{interaction.id}"


def pressed(interaction: Interaction, token: Token, line: str = "") -> Call:
    """A press, with the words that a form asked for."""
    return Call(
        caller_of(interaction),
        place_of(interaction),
        key_of(interaction),
        token=token,
        line=line,
        card=card_of(interaction),
    )


def answered(interaction: Interaction, words: str) -> Call:
    """An answer to the question that was asked there."""
    return Call(caller_of(interaction), place_of(interaction), key_of(interaction), answer=words)


def called(interaction: Interaction, name: str, filled: Mapping[str, object]) -> Call:
    """A slash command with the options that were filled in."""
    names = _names(interaction)
    mentions: dict[str, Mention] = {}
    options: dict[str, str | Mention] = {}
    photo = None
    for option, value in filled.items():
        if isinstance(value, discord.Attachment):
            photo = _fetching(value)
        elif value is not None:
            options[option] = _given(value, names, mentions)
    return Call(
        caller_of(interaction),
        place_of(interaction),
        key_of(interaction),
        command=name,
        options=options,
        mentions=mentions,
        photo=photo,
    )


def caller_of(interaction: Interaction) -> Caller:
    """Who calls.

    By the name that is the same everywhere: a guild's nickname would rename the member each
    time they come by another way.
    """
    user = interaction.user
    return Caller(
        PLATFORM,
        str(user.id),
        name=user.global_name or user.name,
        username=user.name,
        language=str(interaction.locale),
        names_in=one_of_ours(str(interaction.locale)) or "en",
    )


def place_of(interaction: Interaction) -> Place:
    """Where the call comes from: the guild is the chat, and has channels."""
    if interaction.guild_id is None:
        return Place(PLATFORM)
    rights = interaction.permissions

    async def is_admin() -> bool:
        return rights.administrator or rights.manage_guild

    guild = interaction.guild
    in_thread = isinstance(interaction.channel, discord.Thread)
    return Place(
        PLATFORM,
        chat=str(interaction.guild_id),
        title=getattr(guild, "name", None) or "",
        channel=str(interaction.channel_id or ""),
        is_admin=is_admin,
        lacks=lacking(interaction.app_permissions, in_thread=in_thread),
    )


def lacking(rights: discord.Permissions, *, in_thread: bool) -> tuple[str, ...]:
    """What the bot may not do in a place and would have to, in order to announce things there."""
    writing = "send_messages_in_threads" if in_thread else "send_messages"
    return tuple(each for each in ("view_channel", writing) if not getattr(rights, each))


def card_of(interaction: Interaction) -> str:
    """The message that was pressed, if all of the guild sees it."""
    message = interaction.message
    if message is None or interaction.guild_id is None or message.flags.ephemeral:
        return ""
    return str(message.id)


def _given(value: object, names: Mapping[str, str], mentions: dict[str, Mention]) -> str | Mention:
    if isinstance(value, Mention):
        return value
    if isinstance(value, (discord.User, discord.Member)):
        return Mention(str(value.id), value.display_name)
    return _marked(str(value), names, mentions)


def _marked(text: str, names: Mapping[str, str], mentions: dict[str, Mention]) -> str:
    """A text whose mentions stand apart; each goes into `mentions` as it is written."""
    text = text.replace("><@", "> <@")
    for found in MENTIONED.finditer(text):
        mentions[found[0]] = Mention(found["id"], names.get(found["id"], ""))
    return text


def _names(interaction: Interaction) -> dict[str, str]:
    """What those are called whom the interaction mentions, as Discord resolved them."""
    data: Any = interaction.data or {}
    resolved = data.get("resolved") or {}
    names = {
        key: user.get("global_name") or user.get("username") or ""
        for key, user in (resolved.get("users") or {}).items()
    }
    nicknames = {
        key: member["nick"]
        for key, member in (resolved.get("members") or {}).items()
        if member.get("nick")
    }
    return names | nicknames


def _fetching(attachment: discord.Attachment) -> Callable[[], Awaitable[bytes | None]]:
    """How to get a picture that came along: None for another file, or when it cannot be had."""

    async def fetch() -> bytes | None:
        if attachment.size > BYTES_MAX:
            return None
        try:
            content = await attachment.read()
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            return None
        return fit_to_keep(content)

    return fetch
