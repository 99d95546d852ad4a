"""Poolkeeper on Telegram. `TelegramBot(inside)` is its room, as `bots.rooms` describes one."""

from bots.telegram_bot.bot import TelegramBot
from bots.telegram_bot.wire import Patience

__all__ = ["Patience", "TelegramBot"]
