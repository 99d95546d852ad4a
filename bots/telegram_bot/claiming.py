"""Who writes in a group's name: nobody knows whose command it is, until somebody says so.

Telegram lets administrators hide behind their group, and anybody behind a channel of theirs. Such
a command is never carried out as it comes. An administrator can claim it by a press, which has
their real name in it; it is then theirs, with their rights. Who speaks for a channel types it anew.
"""

from __future__ import annotations

from telegram import CallbackQuery, Message

from bots.replies import Button, Reply, reply, say
from bots.telegram_bot.reading import Me, Written, command_of, is_anonymous_admin
from bots.tokens import Token
from core.records import dataclass

IT_WAS_ME = Token("itwasme")
"""The press of somebody who wrote in the group's name. The desk knows no such command."""

AS_YOURSELF = say(
    "This was sent in the name of a group or channel, so I cannot tell who you are."
    " Please send it again as yourself."
)
NOT_AN_ADMIN = say("Only an administrator of the group can write in its name.")


@dataclass(frozen=True, slots=True)
class Claim:
    """The question that was pressed, the message that it answers, and the command in that."""

    question: Message
    original: Message
    written: Written

    def key(self, me: Me) -> str:
        """The event's key: however often it is claimed, and by whom, it is one event."""
        return f"tg:{me.id}:claimed:{self.original.chat.id}:{self.original.message_id}"


def question_about(message: Message) -> Reply:
    """What a command in the name of a group or a channel is answered with."""
    if not is_anonymous_admin(message):
        return reply(AS_YOURSELF)
    return reply(
        say("This was sent in the name of the group, so I cannot tell who you are."),
        buttons=((Button(say("It was me"), str(IT_WAS_ME)),),),
    )


def claim_of(query: CallbackQuery, me: Me) -> Claim | None:
    """What a press claims: the command is still there, in the message that the question answers.

    None where there is none any more, or never was: a press may carry what no button has.
    """
    question = query.message
    original = question.reply_to_message if isinstance(question, Message) else None
    if not isinstance(question, Message) or original is None or not is_anonymous_admin(original):
        return None
    written = command_of(original, me)
    return Claim(question, original, written) if written else None
