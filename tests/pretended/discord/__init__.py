"""A pretended Discord: REST and gateway on this machine, for the real discord.py."""

from tests.pretended.discord.clock import HandClock
from tests.pretended.discord.components import Button, Choice, Select
from tests.pretended.discord.errors import Fault, NotPossible
from tests.pretended.discord.interactions import Interaction, Modal
from tests.pretended.discord.messages import Attachment, Message, Upload
from tests.pretended.discord.permissions import Permission
from tests.pretended.discord.places import Channel, Guild, Role, User
from tests.pretended.discord.server import PretendedDiscord
from tests.pretended.discord.texts import Pings

__all__ = [
    "Attachment",
    "Button",
    "Channel",
    "Choice",
    "Fault",
    "Guild",
    "HandClock",
    "Interaction",
    "Message",
    "Modal",
    "NotPossible",
    "Permission",
    "Pings",
    "PretendedDiscord",
    "Role",
    "Select",
    "Upload",
    "User",
]
