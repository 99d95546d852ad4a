"""The chat in the terminal: several people, a group and private talks, without any network."""

from bots.local_bot.bot import LocalBot, Post
from bots.local_bot.stage import LocalStage, Moment

__all__ = ["LocalBot", "LocalStage", "Moment", "Post"]
