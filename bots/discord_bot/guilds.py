"""Following the bot's guilds: where it is thrown out, the pool's chat pauses until it is back."""

from __future__ import annotations

from collections.abc import Collection

from bots.discord_bot.reading import PLATFORM
from bots.rooms import Inside
from core.domain.pools import Chat, ChatState
from core.usecases.pools import ChatMoved, chat_moved


class Guilds:
    """Keeps the pools' chats in step with where the bot is."""

    def __init__(self, inside: Inside) -> None:
        self._doors = inside.doors
        self._underway = inside.underway

    async def moved(self, guild: str, *, inside: bool) -> None:
        """The bot was let into a guild, or thrown out of it. Doing so twice changes nothing."""
        at = self._doors.now().isoformat()
        key = f"job:discord:{guild}:{'in' if inside else 'out'}:{at}"
        command = ChatMoved(PLATFORM, guild, guild, inside=inside)
        with self._underway:
            await self._doors.engine.run(chat_moved, command, key)

    async def compare(self, present: Collection[str]) -> None:
        """Find out what happened while nobody listened. `present` is where the bot is."""
        reading = self._doors.reading
        for pool in await reading.pools():
            for chat in await reading.chats(pool):
                inside = chat.external in present
                if chat.platform == PLATFORM and _differs(chat, inside):
                    await self.moved(chat.external, inside=inside)


def _differs(chat: Chat, inside: bool) -> bool:
    return chat.state is (ChatState.PAUSED if inside else ChatState.BOUND)
