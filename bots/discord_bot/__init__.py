"""Discord: reads slash commands, buttons and forms, shows private answers and public cards."""

from bots.discord_bot.bot import DiscordBot
from bots.discord_bot.reading import PLATFORM as NAME

name = NAME

__all__ = ["DiscordBot", "name"]
