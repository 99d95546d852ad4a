"""Asking the platforms how the bot stands with them, as `python -m bots doctor` does.

Each is asked with a short time-out, at the address of the settings, and only what it says of the
bot itself. No token stands in what is found, nor in an error: addresses with one are never shown.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bots.findings import Finding
from bots.settings import Settings
from core.records import dataclass

PATIENCE_SECONDS = 5
REFUSED = (401, 403, 404)
"""How Telegram and Discord answer to a token that they do not know."""

SKEW_NOTED, SKEW_BAD = 5, 60
"""Seconds by which a clock may be off before it is said, and before it is bad."""

PENDING_NOTED = 100
DISCORD = "https://discord.com/api/v10"
AGENT = "DiscordBot (https://discord.com, 1) Poolkeeper"

INTENTS = {
    "Presence Intent": 1 << 12 | 1 << 13,
    "Server Members Intent": 1 << 14 | 1 << 15,
    "Message Content Intent": 1 << 18 | 1 << 19,
}
"""Discord's privileged intents by the names that stand on the page, with their flags."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a platform answered: a status (0: nothing), what it said, and by which clock."""

    status: int
    said: Mapping[str, Any]
    at: datetime | None = None
    why: str = ""


async def probe(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Ask the platforms that have a token; the others are only named. `now` is this clock's."""
    asked = await asyncio.gather(
        asyncio.to_thread(lambda: list(_telegram(settings, now))),
        asyncio.to_thread(lambda: list(_discord(settings, now))),
    )
    return [each for found in asked for each in found]


# --- Telegram --------------------------------------------------------------------------------


def _telegram(settings: Settings, now: Callable[[], datetime]) -> Iterator[Finding]:
    if settings.telegram_token is None:
        yield Finding(True, "Telegram: no token, so not started")
        return
    base = f"{settings.telegram_api_url}/bot{settings.telegram_token.get_secret_value()}"
    me = _ask(f"{base}/getMe")
    unwell = _reached("Telegram", "TELEGRAM", settings.telegram_api_url, me, "from @BotFather")
    if unwell is not None:
        yield unwell
        return
    bot = me.said.get("result", {})
    yield Finding(True, f"Telegram: the token is that of @{bot.get('username', '?')}")
    yield from _clock("Telegram", me.at, now())
    yield _privacy(bot)
    if not bot.get("can_join_groups", True):
        yield Finding(
            False, "Telegram: nobody can add the bot to a group: @BotFather, /setjoingroups, Enable"
        )
    hook = _ask(f"{base}/getWebhookInfo")
    yield from _webhook(settings, hook.said.get("result", {}))


def _privacy(bot: Mapping[str, Any]) -> Finding:
    if not bot.get("can_read_all_group_messages"):
        return Finding(True, "Telegram: privacy mode is on, as it should be")
    return Finding(
        True,
        "Telegram: privacy mode is off, so the bot is sent all that is said; it needs none of it:"
        " @BotFather, /setprivacy, choose the bot, Enable; then add it to its groups anew",
        note=True,
    )


def _webhook(settings: Settings, hook: Mapping[str, Any]) -> Iterator[Finding]:
    there, wanted = str(hook.get("url") or ""), settings.telegram_webhook_url or ""
    if there == wanted:
        how = f"brings updates to {_host(wanted)}" if wanted else "is asked for updates"
        yield Finding(True, f"Telegram: {how}")
    elif wanted:
        yield Finding(
            True, f"Telegram: brings updates to {_host(wanted)} once the bot starts", note=True
        )
    else:
        yield Finding(
            False,
            f"Telegram: another program has updates brought to {_host(there)}. Stop it, or give it"
            " another bot; this one takes them over when it starts",
        )
    pending = int(hook.get("pending_update_count") or 0)
    if pending > PENDING_NOTED:
        text = f"Telegram: {pending} updates wait there; they are fetched when the bot runs"
        yield Finding(True, text, note=True)
    trouble = str(hook.get("last_error_message") or "")
    if wanted and trouble:
        yield Finding(False, f"Telegram: cannot bring updates ({trouble}): is that address open?")


def _host(url: str) -> str:
    """Of an address its host alone: the rest may be a secret."""
    return urlsplit(url).netloc or "no address"


# --- Discord ---------------------------------------------------------------------------------


def _discord(settings: Settings, now: Callable[[], datetime]) -> Iterator[Finding]:
    if settings.discord_token is None:
        yield Finding(True, "Discord: no token, so not started")
        return
    base = settings.discord_api_url or DISCORD
    token = f"Bot {settings.discord_token.get_secret_value()}"
    me = _ask(f"{base}/users/@me", token)
    where = "from the page “Bot” of your application"
    unwell = _reached("Discord", "DISCORD", base, me, where)
    if unwell is not None:
        yield unwell
        return
    yield Finding(True, f"Discord: the token is that of {me.said.get('username', '?')}")
    yield from _clock("Discord", me.at, now())
    application = _ask(f"{base}/applications/@me", token).said
    yield _intents(int(application.get("flags") or 0))
    if application.get("approximate_guild_count") == 0:
        yield Finding(
            True,
            "Discord: the bot is in no server yet: its log shows the link that lets it in",
            note=True,
        )


def _intents(flags: int) -> Finding:
    needless = [name for name, bits in INTENTS.items() if flags & bits]
    if not needless:
        return Finding(True, "Discord: no privileged intent is on, and none is needed")
    return Finding(
        True,
        f"Discord: {', '.join(needless)} on, which the bot does not need: switch off on the page"
        " “Bot” of your application, under “Privileged Gateway Intents”",
        note=True,
    )


# --- asking ----------------------------------------------------------------------------------


def _ask(url: str, token: str = "") -> Answered:
    headers = {"User-Agent": AGENT, **({"Authorization": token} if token else {})}
    # The settings let nothing in but http and https.
    request = Request(url, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - as said
            return Answered(answer.status, _object(answer.read()), _date(answer.headers))
    except HTTPError as refused:
        with refused:
            return Answered(refused.code, _object(refused.read()), _date(refused.headers))
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        return Answered(0, {}, why=type(reason).__name__)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _date(headers: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None


def _reached(name: str, setting: str, url: str, me: Answered, where: str) -> Finding | None:
    """Why a platform does not take the bot, None when it does."""
    if me.status in REFUSED:
        return Finding(False, f"{name}: does not accept {setting}_TOKEN; copy it anew {where}")
    if me.status != 200:
        why = me.why or f"status {me.status}"
        text = f"{name}: cannot be reached at {_host(url)} ({why}); is the network up?"
        return Finding(False, f"{text} {setting}_API_URL says where it is asked")
    return None


def _clock(name: str, theirs: datetime | None, ours: datetime) -> Iterator[Finding]:
    """How far this machine's clock is from a platform's."""
    if theirs is None:
        return
    off = int((ours - theirs).total_seconds())
    if abs(off) < SKEW_NOTED:
        yield Finding(True, f"clock: agrees with {name}'s")
        return
    way = "ahead of" if off > 0 else "behind"
    advice = "let it be set by the network (timedatectl set-ntp true)"
    text = f"clock: {abs(off)} s {way} {name}'s; {advice}"
    yield Finding(abs(off) < SKEW_BAD, text, note=True)
