"""Answering people on Discord: acknowledge at once, have the desk decide, show it to them alone.

Discord waits three seconds for a first sign; it is given before anything else is touched. An
answer can be shown for fifteen minutes where it was asked; later, or where Discord has forgotten
the question, it goes as a direct message, or nowhere: never where others read along.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bots.calls import Call, Mention, Place
from bots.catalogue.commands import Argument, Command, Kind
from bots.catalogue.desk import Answer
from bots.catalogue.setup import lacks_here
from bots.catalogue.showing import explain
from bots.catalogue.unclear import QuestionOver
from bots.discord_bot import reading
from bots.discord_bot.buttons import Interaction, form, words_of
from bots.discord_bot.drawing import ANSWERS, chosen, literal, short
from bots.discord_bot.menus import FILLS, Chosen, Menu, filled_in, form_of, opener_of
from bots.discord_bot.sending import NO_ANSWER, Drawn, Sender, show_all
from bots.discord_bot.slash import name_of
from bots.platform import Gone, NotDelivered, TryLater
from bots.replies import Code, Name, Reply, Typed, line, reply, say
from bots.rooms import Inside, Underway
from bots.tokens import QUESTION_VERBS, UNREADABLE, Token, read_token
from bots.words import Voice, choose_language, spoken
from core.domain.units import PoolId

log = logging.getLogger(__name__)

Value = TypeVar("Value")

UNKNOWN_INTERACTION = 10062
GIVEN_UP = (
    "Discord gave an interaction up before it was acknowledged (10062):"
    " this machine is too slow, or a second bot with the same token answers too"
)
SEEN_AT_MOST = 10_000
LANGUAGES_AT_MOST = 10_000
SUGGESTING_SECONDS = 0.5
SUGGESTIONS_MAX = 25
CHOICE_MAX = 100
ANSWER_MAX = 1000
WORDS_MAX = 100
"""Characters of an answer to a button that asks for anything but a text."""

CANNOT_POST = say("I cannot post in this channel. Please try another, or give me the rights to.")
NOT_TAKEN = say("I could not show this here: Discord did not answer me.")
OUTDATED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
CHANGED = (
    say("This command has changed since your Discord last looked."),
    say("Please type it once more; if that does not help, restart Discord."),
)


class Answering:
    """Answers interactions. No method raises: whatever happens, the caller hears of it.

    `awaited` are the answers for which somebody waits; `busy` is what has to end before the stop.
    """

    def __init__(self, inside: Inside, sender: Sender) -> None:
        self.busy = Underway()
        self.awaited = Underway()
        self._inside = inside
        self._sender = sender
        self._commands = _by_name(inside.desk.commands)
        self._languages: OrderedDict[int, str] = OrderedDict()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._closed = False

    def close(self) -> None:
        """Take no further interaction."""
        self._closed = True

    def take(self, interaction: Interaction) -> bool:
        """Whether this is to be handled: not when it is here already, delivered once more.

        A process that was started meanwhile does not remember; there the key keeps it to one
        effect.
        """
        if self._closed or interaction.id in self._seen:
            return False
        _remember(self._seen, interaction.id, None, SEEN_AT_MOST)
        return True

    # --- what people do ----------------------------------------------------------------------

    async def called(
        self, interaction: Interaction, command: Command, filled: Mapping[str, object]
    ) -> None:
        """A slash command. The tree has asked `take` before."""
        given = _without_the_bot(interaction, command, filled)
        await self._serve(interaction, lambda: reading.called(interaction, name_of(command), given))

    async def chosen(self, interaction: Interaction, menu: Menu, target: Chosen) -> None:
        """A command from the menu of a person or a message: a form asks for the rest."""
        if isinstance(target, discord.Message):
            if target.author.id != interaction.user.id:
                await self.say(interaction, _words_of_another(target))
                return
            begun: str | Mention = target.clean_content
        else:
            begun = Mention(str(target.id), target.display_name)
        command = self._commands[menu.command]
        given = _without_the_bot(interaction, command, {menu.fills: begun})
        modal = form_of(menu, command, given, self._voice(interaction), interaction.id)
        await self._show_form(interaction, modal)

    async def pressed(self, interaction: Interaction, token: Token, label: str) -> None:
        """A button: what it needs in words is asked for in a form, else it is done."""
        if not self.take(interaction):
            return
        if token.verb == ANSWERS:
            await self._open_form(interaction, token, label, _text_above(interaction), ANSWER_MAX)
            return
        lacking = self._lacking(token)
        if lacking is not None:
            question = literal(
                spoken(lacking.question or lacking.summary, self._voice(interaction))
            )
            length_max = lacking.length_max if lacking.kind is Kind.TEXT else WORDS_MAX
            await self._open_form(interaction, token, label, question, length_max)
            return
        await self._serve(
            interaction,
            lambda: reading.pressed(interaction, token),
            in_place=self._takes_the_place(interaction, token),
        )

    async def selected(self, interaction: Interaction, token: Token, values: Sequence[str]) -> None:
        """Several things chosen from a menu, for one act on all of them."""
        if self.take(interaction):
            all_of_it, numbers = chosen(token, values)
            await self._serve(interaction, lambda: reading.pressed(interaction, all_of_it, numbers))

    async def submitted(self, interaction: Interaction) -> None:
        """A form that was filled in; its id says for what, however long ago it was opened."""
        if not self.take(interaction):
            return
        token = read_token(_custom_id(interaction)) or UNREADABLE
        named = token.word if token.verb == FILLS else token.verb
        words = words_of(interaction)
        if token.verb == ANSWERS:
            await self._answer_question(interaction, token.word, words)
        elif named not in self._commands:
            await self.say(interaction, _form_is_old(filled_in(interaction)))
        elif token.verb == FILLS:
            await self._serve_form(interaction, self._commands[named], opener_of(token))
        else:
            await self._serve(interaction, lambda: reading.pressed(interaction, token, words))

    async def _serve_form(self, interaction: Interaction, command: Command, opener: int) -> None:
        """A form for a whole command: what its fields hold is read as options are."""
        given = _without_the_bot(interaction, command, filled_in(interaction))

        def call() -> Call:
            read = reading.called(interaction, name_of(command), given)
            return replace(read, key=f"dc:{opener}:form")

        await self._serve(interaction, call)

    async def pressed_something_else(self, interaction: Interaction) -> None:
        """A button or menu whose id nobody here can read."""
        if self.take(interaction):
            await self._serve(interaction, lambda: reading.pressed(interaction, UNREADABLE))

    async def suggest(
        self, interaction: Interaction, command: Command, argument: Argument, typed: str
    ) -> list[app_commands.Choice[str]]:
        """What could be meant, while somebody types. Nothing, where that takes too long."""
        call = reading.called(interaction, name_of(command), {})
        try:
            async with asyncio.timeout(SUGGESTING_SECONDS):
                found = await self._inside.desk.suggest(call, argument, typed)
        except TimeoutError:
            log.warning("no suggestions in time for %s of /%s", argument.name, command.name)
            return []
        except Exception:  # a door: who types is never left waiting
            log.exception("no suggestions for %s of /%s", argument.name, command.name)
            return []
        return [
            app_commands.Choice(name=short(label, CHOICE_MAX), value=value)
            for label, value in found[:SUGGESTIONS_MAX]
            if label and 0 < len(value) <= CHOICE_MAX
        ]

    async def failed(self, interaction: Interaction, error: Exception) -> None:
        """Something broke outside of the desk: it is logged once, and the caller told."""
        if interaction.type is discord.InteractionType.autocomplete:
            log.error("no suggestions", exc_info=error)
            await self._suggest_nothing(interaction)
        elif isinstance(error, OUTDATED):
            await self.say(interaction, reply(*CHANGED))
        else:
            await self.say(interaction, self._apology(error))

    # --- answering ---------------------------------------------------------------------------

    async def _serve(
        self, interaction: Interaction, make: Callable[[], Call], *, in_place: bool = False
    ) -> None:
        with self._inside.underway, self.busy, self.awaited:
            heard = await self._acknowledge(interaction, in_place)
            answer = await self._decided(interaction, make)
            self._learn_language(interaction, answer.voice)
            if answer.reply.is_silent:
                await self._give_card(interaction, answer, heard)
                return
            await self._give(interaction, answer, heard)
            if answer.reply.card is not None:
                await self._draw_anew(interaction, answer.reply.card, answer)

    async def _give_card(self, interaction: Interaction, answer: Answer, heard: bool) -> None:
        """Show a card that is the whole answer; where it does not stand there, say why."""
        card, hindered = answer.reply.card, None
        if card is not None:
            hindered = await self._draw_anew(interaction, card, answer)
        if card is None or hindered is not None:
            explained = _why_no_card(reading.place_of(interaction), hindered)
            await self._give(interaction, replace(answer, reply=explained), heard)
            return
        try:
            await interaction.delete_original_response()
        except (discord.HTTPException, *NO_ANSWER):
            log.info("an acknowledgement was left standing")

    async def _decided(self, interaction: Interaction, make: Callable[[], Call]) -> Answer:
        try:
            return await self._inside.desk.answer(make())
        except Exception as error:  # noqa: BLE001 - a door: a bug is answered too
            return Answer(self._apology(error), self._voice(interaction))

    async def say(self, interaction: Interaction, said: Reply) -> None:
        """Say something that the desk was not asked about."""
        with self._inside.underway, self.busy, self.awaited:
            heard = interaction.response.is_done() or await self._acknowledge(interaction)
            await self._give(interaction, Answer(said, self._voice(interaction)), heard)

    async def _answer_question(self, interaction: Interaction, question: str, words: str) -> None:
        """Words for a question, if it is still the one that is open."""
        with self._inside.underway, self.busy, self.awaited:
            heard = await self._acknowledge(interaction, in_place=_is_private(interaction))
            answer = await self._answered(interaction, question, words)
            await self._give(interaction, answer, heard)

    async def _answered(self, interaction: Interaction, question: str, words: str) -> Answer:
        try:
            doors = self._inside.doors
            if await doors.questions.find(question, doors.now()) is None:
                over = explain(QuestionOver(), PoolId(0))
                return Answer(over, self._voice(interaction))
            return await self._inside.desk.answer(reading.answered(interaction, words))
        except Exception as error:  # noqa: BLE001 - a door: a bug is answered too
            return Answer(self._apology(error), self._voice(interaction))

    async def _acknowledge(self, interaction: Interaction, in_place: bool = False) -> bool:
        """Take notice; whether the answer may go the same way.

        Where it was acknowledged before, by a process that is gone, or by a try whose answer was
        lost, the way is open. Where Discord has given the interaction up, it is not.
        """
        try:
            if in_place:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
        except discord.HTTPException as refused:
            if refused.code != UNKNOWN_INTERACTION:
                log.info("Discord did not take an acknowledgement: %s", refused.code)
                return True
            log.warning(GIVEN_UP)
            return False
        except NO_ANSWER:
            log.info("an acknowledgement may not have reached Discord")
        return True

    async def _give(self, interaction: Interaction, answer: Answer, heard: bool) -> None:
        """Show an answer to its caller alone: where they asked, else in a direct message."""
        said, voice = answer.reply, answer.voice
        if heard and not interaction.is_expired():
            try:
                await show_all(partial(_answer_there, interaction), said, voice)
                return
            except (discord.HTTPException, *NO_ANSWER) as refused:
                log.info("an answer cannot be shown where it was asked: %r", refused)
        try:
            await self._sender.tell(interaction.user.id, said, voice, str(interaction.id))
        except (NotDelivered, discord.HTTPException):
            log.warning("an answer reached nobody: neither there nor by direct message")

    async def _draw_anew(
        self, interaction: Interaction, card: Reply, answer: Answer
    ) -> Exception | None:
        """Put a card in the place of the one that was pressed, or a new one; what hindered it."""
        message = answer.reply.stands_on or reading.card_of(interaction)
        guild, channel = str(interaction.guild_id), str(interaction.channel_id)
        put = partial(self._sender.show_card, guild, channel)
        nonce = str(interaction.id)
        try:
            try:
                await _surely(lambda: put(message, card, answer.aloud, nonce))
            except Gone:
                await _surely(lambda: put("", card, answer.aloud, nonce))
        except (NotDelivered, discord.HTTPException) as refused:
            log.info("a card was left as it stands: %r", refused)
            return refused
        return None

    # --- forms -------------------------------------------------------------------------------

    def _lacking(self, token: Token) -> Argument | None:
        """The first thing that a press leaves open and its command needs."""
        command = self._commands.get(token.verb)
        if command is None:
            return None
        filled = command.press if token.number else ""
        return next((each for each in command.required() if each.name != filled), None)

    async def _open_form(
        self, interaction: Interaction, token: Token, title: str, question: str, length_max: int
    ) -> None:
        label = spoken(say("Your answer"), self._voice(interaction))
        modal = form(token, title or label, question, label, length_max)
        await self._show_form(interaction, modal)

    async def _show_form(self, interaction: Interaction, modal: discord.ui.Modal) -> None:
        try:
            await interaction.response.send_modal(modal)
        except discord.HTTPException as refused:
            # Nothing was done and the client says so: who pressed presses again.
            log.info("Discord did not open a form: %s", refused.code)
        except NO_ANSWER:
            log.info("a form may not have reached Discord")

    def _takes_the_place(self, interaction: Interaction, token: Token) -> bool:
        """Whether an answer replaces what was pressed: a question, or a page of a list.

        Only what the presser alone sees is replaced. What changes something is said beneath, so
        that the list it was chosen from stays; so is what belongs to one thing in the list.
        """
        if not _is_private(interaction):
            return False
        command = self._commands.get(token.verb)
        is_page = command is not None and not command.writes and not command.beside
        return token.verb in QUESTION_VERBS or is_page

    # --- words -------------------------------------------------------------------------------

    def _apology(self, error: Exception) -> Reply:
        reference = self._inside.doors.word(6)
        log.error("an interaction failed, reference %s", reference, exc_info=error)
        return reply(
            say("Something went wrong on our side; nothing was changed."),
            say(
                "Please try once more, and if it happens again tell a steward this code: {code}.",
                code=Code(reference),
            ),
        )

    def _voice(self, interaction: Interaction) -> Voice:
        """How to speak to somebody before the desk was asked: as it did last, else as they set."""
        learnt = self._languages.get(interaction.user.id, "")
        return Voice(choose_language(learnt, str(interaction.locale), ""))

    def _learn_language(self, interaction: Interaction, voice: Voice) -> None:
        _remember(self._languages, interaction.user.id, voice.language, LANGUAGES_AT_MOST)

    async def _suggest_nothing(self, interaction: Interaction) -> None:
        try:
            await interaction.response.autocomplete([])
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            log.info("an empty list did not reach Discord")


async def _answer_there(interaction: Interaction, answer: Drawn) -> None:
    """Put an answer in the place of "is thinking", or of what was pressed; more goes below."""
    first, *rest = answer.texts
    try:
        await _put_there(interaction, first, answer)
    except NO_ANSWER:
        # Put there twice, it stands there once.
        await _put_there(interaction, first, answer)
    for number, text in enumerate(rest, start=1):
        await interaction.followup.send(text, ephemeral=True, **answer.more(number))


async def _put_there(interaction: Interaction, text: str, answer: Drawn) -> None:
    await interaction.edit_original_response(
        content=text, attachments=answer.files(), view=answer.view(0)
    )


async def _surely(put: Callable[[], Awaitable[str]]) -> None:
    """Put a card somewhere, and once more where the line broke: a nonce shows it once."""
    try:
        await put()
    except TryLater:
        await put()


def _why_no_card(place: Place, hindered: Exception | None) -> Reply:
    """Why the card that was the whole answer does not stand there."""
    if isinstance(hindered, TryLater):
        return reply(NOT_TAKEN, say("Please try again in a minute."))
    return reply(lacks_here(place) if place.lacks else CANNOT_POST)


def _words_of_another(message: discord.Message) -> Reply:
    return reply(
        say("{name} wrote that, so the offer is theirs to make.", name=Name(_name_in(message))),
        say("With {offer} you make one of your own.", offer=Code("/offer")),
    )


def _name_in(message: discord.Message) -> str:
    return message.author.global_name or message.author.name


def _form_is_old(filled: Mapping[str, str | Mention]) -> Reply:
    """A form of another build: nothing is done with it, and what was written is given back."""
    said = reply(
        say("This form is out of date, and nothing was done."),
        say("Please open it once more; what you wrote stands here, to copy:"),
    )
    written = [each for each in filled.values() if isinstance(each, str)]
    lines = (line(say("{text}", text=Typed(each))) for each in written)
    return replace(said, blocks=(*said.blocks, *lines))


def _without_the_bot(
    interaction: Interaction, command: Command, filled: Mapping[str, Value]
) -> dict[str, Value]:
    """The options without members for whom the bot was picked: it asks for their names then.

    Discord's picker shows its own users only, and in direct messages not even those.
    """
    asked = {each.name for each in command.required() if each.kind is Kind.MEMBER}
    return {
        name: value
        for name, value in filled.items()
        if name not in asked or not _is_the_bot(value, interaction)
    }


def _is_the_bot(value: object, interaction: Interaction) -> bool:
    if isinstance(value, Mention):
        return value.external == str(interaction.client.application_id)
    return value == interaction.client.user


def _is_private(interaction: Interaction) -> bool:
    """Whether what was pressed is seen by the presser alone."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def _text_above(interaction: Interaction) -> str:
    """The question below which "Answer" was pressed, as it stands there."""
    content = interaction.message.content if interaction.message else ""
    return content or "…"


def _custom_id(interaction: Interaction) -> str:
    data: Any = interaction.data or {}
    return str(data.get("custom_id", ""))


def _by_name(commands: Sequence[Command]) -> dict[str, Command]:
    """Commands by the words that stand as verbs in tokens."""
    names = {name_of(command): command for command in commands}
    for own in (ANSWERS, FILLS):
        if own in names:
            raise ValueError(f"a command may not be named {own}: that is Discord's own")
    return names


def _remember(kept: OrderedDict[int, Value], key: int, value: Value, most: int) -> None:
    """Keep something, and let go of what was kept longest when there is too much."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
