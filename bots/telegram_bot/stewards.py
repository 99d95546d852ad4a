"""The stewards' own menu in their group: theirs as long as they serve, admins of it or not.

Set when somebody is told of the role, taken away when they are told of its end or leave; what
happened while this bot was away is made up for at the start. Whatever fails here is tried again
then: a menu is a comfort and no right.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from telegram import Bot, BotCommandScopeChatMember
from telegram.error import BadRequest, TelegramError

from bots.languages import LANGUAGES
from bots.rooms import Inside
from bots.telegram_bot.menus import FOR_STEWARDS, Menu, fingerprint_of, in_languages, set_menu
from bots.telegram_bot.reading import PLATFORM

log = logging.getLogger(__name__)

Place = tuple[str, str]
"""A chat and somebody in it, by their ids."""


class StewardsMenus:
    """Knows who has a steward's menu where, also after a restart."""

    def __init__(self, bot: Bot, inside: Inside) -> None:
        self._bot = bot
        self._reading = inside.doors.reading
        self._notes = inside.notes
        self._now = inside.doors.now
        self._menus: Sequence[tuple[str, Menu]] = list(
            in_languages(inside.desk.commands, FOR_STEWARDS)
        )
        self._set: set[Place] = set()

    def has_menu(self, external: str) -> bool:
        """Whether somebody has a steward's menu in some chat."""
        return any(who == external for _, who in self._set)

    async def look(self) -> None:
        """Set all menus as they should be, at the start."""
        try:
            are_current = await self._recall()
            wanted = set(await self._reading.stewards_in_chats(PLATFORM, self._now()))
            await self._change(wanted, set(self._set) if are_current else self._set - wanted)
        except Exception:  # a door: the bot starts without these menus
            log.exception("the stewards' menus could not be looked at")

    async def look_at(self, external: str) -> None:
        """Set the menus of one person as they should be."""
        try:
            mine = {place for place in self._set if place[1] == external}
            wanted = await self._reading.stewards_in_chats(PLATFORM, self._now(), external)
            await self._change(set(wanted), mine)
        except Exception:  # a door: what was done and said stands all the same
            log.exception("a steward's menus could not be looked at")

    async def _change(self, wanted: set[Place], before: set[Place]) -> None:
        """Set what is missing, take away what is too much."""
        changed = False
        for place in sorted(wanted - before):
            changed |= await self._give(place)
        for place in sorted(before - wanted):
            changed |= await self._take(place)
        if changed:
            await self._remember()

    async def _give(self, place: Place) -> bool:
        scope = _scope(place)
        try:
            for language, menu in self._menus:
                await set_menu(self._bot, scope, language, menu)
        except BadRequest as error:
            # Not in this group, say. To try each time they are told something helps nobody.
            log.info("a steward has no menu of their own: %s", error.message)
        except TelegramError as error:
            log.info("a steward's menu could not be set: %s", type(error).__name__)
            return False
        self._set.add(place)
        return True

    async def _take(self, place: Place) -> bool:
        scope = _scope(place)
        try:
            for language in LANGUAGES:
                await self._bot.delete_my_commands(scope, None if language == "en" else language)
        except BadRequest as error:
            log.info("a steward's menu is gone already: %s", error.message)
        except TelegramError as error:
            log.info("a steward's menu could not be taken away: %s", type(error).__name__)
            return False
        self._set.discard(place)
        return True

    # --- over a restart ------------------------------------------------------------------------

    @property
    def _note(self) -> str:
        return f"telegram {self._bot.id} stewards"

    async def _recall(self) -> bool:
        """Recall who has a menu; whether it is the one of today."""
        kept = json.loads(await self._notes.get(self._note) or "{}")
        self._set = {(chat, external) for chat, external in kept.get("set", ())}
        return bool(kept.get("menus") == fingerprint_of(self._menus))

    async def _remember(self) -> None:
        kept = {"menus": fingerprint_of(self._menus), "set": sorted(self._set)}
        await self._notes.put(self._note, json.dumps(kept))


def _scope(place: Place) -> BotCommandScopeChatMember:
    chat, external = place
    return BotCommandScopeChatMember(int(chat), int(external))
