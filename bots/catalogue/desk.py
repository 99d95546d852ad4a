"""The front desk: every call of every platform comes in here, and always gets an answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from bots.calls import Call, Mention, Place
from bots.catalogue.anew import stands_now
from bots.catalogue.arguments import (
    Given,
    Picked,
    Raw,
    Understanding,
    from_answer,
    from_line,
    from_options,
    missing,
)
from bots.catalogue.asking import QUESTION_LASTS, Asking, Doors
from bots.catalogue.commands import Argument, Command, Group, Kind
from bots.catalogue.nearest import nearest
from bots.catalogue.plainly import account_name
from bots.catalogue.showing import button, explain, yes_to
from bots.catalogue.suggesting import suggestions
from bots.catalogue.unclear import (
    Candidate,
    CardTooOld,
    ChatWaitsStill,
    InGroupOnly,
    NoPoolHere,
    NoPoolYet,
    NotForOthers,
    NothingToAnswer,
    NotYourQuestion,
    PoolChoice,
    QuestionOver,
    TooMuchAtOnce,
    UnknownCommand,
    WhichMember,
    WhichPool,
)
from bots.catalogue.whom import folded
from bots.gate import OPEN, Gate
from bots.replies import (
    Block,
    Button,
    Code,
    Name,
    Reply,
    Say,
    Style,
    Typed,
    heading,
    in_pairs,
    item,
    line,
    reply,
    say,
)
from bots.tokens import QUESTION_VERBS, read_token
from bots.words import Voice, choose_language, group_voice
from core.desk import Question
from core.domain.members import Identity, Person
from core.domain.pools import ChatState, Pool
from core.domain.refusals import (
    AnotherKind,
    NeedsYes,
    NoSuchThing,
    Refusal,
    Refused,
    UnknownCurrency,
    UnknownTimeZone,
    Yourself,
)
from core.domain.units import MemberId, PoolId
from core.reads import Known
from core.records import dataclass
from core.usecases.people import Meet, meet

log = logging.getLogger(__name__)

Rows = tuple[tuple[Button, ...], ...]

NO_POOL = PoolId(0)
ON_THE_BOARD = ("need", "offer", "own listing", "gathering")
FITTING_MAX = 5
"""As many things as a question names; the others stand on the board, or among one's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is shown, and how they are spoken to. Only they may see it.

    What all of the group may see, the reply's `card`, is said with the group's `aloud`. One that
    is `needless` was given a moment ago: it is shown where the platform has to show something.
    """

    reply: Reply
    voice: Voice
    aloud: Voice = field(default_factory=Voice)
    needless: bool = False


class Desk:
    """Finds out who calls, about which pool and what for; has it done; says what came of it."""

    def __init__(self, doors: Doors, commands: Sequence[Command], gate: Gate = OPEN) -> None:
        self._doors = doors
        self._gate = gate
        self.commands = tuple(commands)
        self._by_name = _names(commands)

    async def answer(self, call: Call) -> Answer:
        """Answer a call. Whatever goes wrong, the caller is told something they can use."""
        voice = Voice(choose_language("", call.caller.language, ""))
        wait = self._gate.ask(call)
        if wait is not None:
            too_much = explain(TooMuchAtOnce(wait.seconds), NO_POOL)
            return Answer(too_much, voice, needless=wait.again)
        pool: Pool | None = None
        try:
            known = await self._known(call)
            voice = _voice(known, call, None)
            pool = await self._pool(call, known)
            voice = _voice(known, call, pool)
            asking = Asking(
                call, self._doors, voice, known, pool, commands=self._by_name, relay=self._relay
            )
            answered = _headed(await self._run(asking), call, known, pool)
            spoken_to = replace(voice, language=answered.language or voice.language)
            return Answer(answered, spoken_to, _aloud(answered, spoken_to, pool))
        except Refused as refused:
            _log_refused(call, refused)
            return Answer(explain(refused.refusal, pool.id if pool else NO_POOL), voice)
        except Exception:  # noqa: BLE001 - the door: a bug is answered too, once, with a reference
            return Answer(self._apologise(), voice)

    def _apologise(self) -> Reply:
        reference = self._doors.word(6)
        log.exception("a call failed, reference %s", reference)
        return reply(
            say("Something went wrong on our side; nothing was changed."),
            say(
                "Please try once more, and if it happens again tell a steward this code: {code}.",
                code=Code(reference),
            ),
        )

    async def _known(self, call: Call) -> Known | None:
        """Who calls. An account that is new, or called otherwise than before, is remembered."""
        caller = call.caller
        known = await self._doors.reading.known(caller.platform, caller.external)
        name = account_name(caller.name, caller.username, caller.external)
        seen = Meet(
            caller.platform,
            caller.external,
            name,
            caller.username,
            caller.language,
            reachable=True if call.place.private else None,
        )
        if known is not None and _is_as_seen(known.identity, seen):
            return known
        account = f"{caller.platform}:{caller.external}"
        await self._doors.engine.run(meet, seen, f"{call.key}:meet", account)
        return await self._doors.reading.known(caller.platform, caller.external)

    async def _pool(self, call: Call, known: Known | None) -> Pool | None:
        """The pool that a call is about: the chat's; in private the person's."""
        wanted = call.token.pool if call.token else NO_POOL
        if not call.place.private:
            pool = await self._pool_of_chat(call)
            if wanted and (pool is None or pool.id != wanted):
                raise Refused(CardTooOld())
            return pool
        pools = known.pools if known else ()
        if wanted:
            for each in pools:
                if each.id == wanted:
                    return each
            raise Refused(CardTooOld())
        return _chosen_pool(known.person if known else None, pools)

    async def _pool_of_chat(self, call: Call) -> Pool | None:
        chat = await self._doors.reading.chat(call.place.platform, call.place.chat)
        if chat is None or chat.state is ChatState.WAITING:
            return None
        return await self._doors.reading.pool(chat.pool)

    # --- which command ---------------------------------------------------------------------

    async def _run(self, asking: Asking) -> Reply:
        call = asking.call
        if call.token is not None:
            return await self._pressed(asking)
        if call.answer:
            return await self._answered(asking)
        command = self._command(call.command, asking.voice.language)
        given = (
            from_line(command, call, call.line, asking.voice.currency)
            if call.options is None
            else from_options(command, call.options)
        )
        return await self._do(asking, command, given)

    def _command(self, name: str, language: str = "") -> Command:
        """The command of this name, in whichever language; a near one is named in the reader's."""
        found = self._by_name.get(folded(name))
        if found is not None:
            return found
        # `/pool` alone is half a command: its other halves stand in the help.
        of_pools = "help setup" if folded(name).partition(" ")[0] == Group.POOL else ""
        raise Refused(UnknownCommand(name, nearest(name, self.names(language)) or of_pools))

    def names(self, language: str) -> set[str]:
        """What is typed behind the slash: in English, and as a reader of this language says it."""
        known = [each for each in self.commands if not each.hidden]
        return {shown for each in known for shown in (each.full_name, each.called(language))}

    def meant(self, said: str, language: str) -> str:
        """The command that plain words begin with, as typed in this language; '' if none."""
        words = said.split()
        command = self._by_name.get(folded(words[0])) if words else None
        return command.called(language) if command and not command.hidden else ""

    async def _pressed(self, asking: Asking) -> Reply:
        """A button; one that is out of date does nothing, and is drawn anew."""
        try:
            return await self._do_as_pressed(asking)
        except Refused as refused:
            anew = await stands_now(asking, refused.refusal) if asking.somewhere else None
            if anew is None:
                raise
            _log_refused(asking.call, refused)
            return anew

    async def _do_as_pressed(self, asking: Asking) -> Reply:
        """A button: an answer to a question, or a command on the thing that its token names."""
        token = asking.call.token
        if token is None:
            raise TypeError("no token")
        if token.verb in QUESTION_VERBS:
            return await self._chosen(asking, token.verb, token.word, token.number)
        command = self._by_name.get(token.verb)
        if command is None or (token.number and not command.press):
            raise Refused(CardTooOld())
        given = Given()
        if token.number:
            given.add(command.press, str(token.number))
        lacking = missing(command, given)
        if asking.call.line and lacking is not None:
            given.add(lacking.name, asking.call.line)
        pressed = replace(asking, version=token.version or None, word=token.word)
        return await self._do(pressed, command, given)

    async def _relay(self, asking: Asking, member: MemberId, words: str) -> Reply:
        """Run a command line for somebody without a phone; core asks who may."""
        name, _, rest = words.strip().lstrip("/").partition(" ")
        command = self._command(name, asking.voice.language)
        if not command.recorded:
            raise Refused(NotForOthers(command.name))
        given = from_line(command, asking.call, rest, asking.voice.currency)
        done = await self._do(replace(asking, behalf=member), command, given)
        names = await self._doors.reading.names(asking.pool.id, [member])
        said_for = line(say("For {name}:", name=Name(names[member])))
        return replace(
            done, blocks=(said_for, *done.blocks), buttons=_answers(done.buttons), carded=False
        )

    async def suggest(
        self, call: Call, argument: Argument, typed: str
    ) -> Sequence[tuple[str, str]]:
        """What an argument might be while it is typed: label and value, at most 25.

        Only what the caller may see is offered; what they then send is read like any other text.
        """
        known = await self._doors.reading.known(call.caller.platform, call.caller.external)
        pool = await self._pool(call, known)
        if pool is None or known is None:
            return ()
        voice = _voice(known, call, pool)
        return await suggestions(self._doors, pool, known, argument, typed, voice)

    # --- questions -------------------------------------------------------------------------

    async def _do(self, asking: Asking, command: Command, given: Given) -> Reply:
        """Run a command. What was given is read first, then what is missing is asked for."""
        await self._needs_place(asking, command)
        understanding = Understanding(
            asking.call, asking.somewhere, self._doors.reading, self._doors.now()
        )
        try:
            values = await understanding.all(command, given)
            lacking = missing(command, given)
            if lacking is not None:
                return await self._ask(asking, command, given, lacking)
            return await command.run(replace(asking, given=values))
        except Refused as refused:
            return await self._refused(asking, command, given, refused.refusal)

    async def _needs_place(self, asking: Asking, command: Command) -> None:
        """Hold that there is a pool where a command needs one, before anything is asked."""
        if command.without_pool:
            if command.group is Group.POOL and asking.call.place.private:
                raise Refused(InGroupOnly())
            return
        if asking.somewhere is not None:
            return
        place = asking.call.place
        if not place.private:
            waits = await asking.doors.reading.chat(place.platform, place.chat)
            raise Refused(NoPoolHere() if waits is None else ChatWaitsStill())
        pools = asking.known.pools if asking.known else ()
        raise Refused(WhichPool(tuple(_choice(each) for each in pools)) if pools else NoPoolYet())

    async def _refused(
        self, asking: Asking, command: Command, given: Given, refusal: Refusal
    ) -> Reply:
        """A no that a tap can turn into a yes becomes a question; another is explained."""
        if isinstance(refusal, WhichMember):
            return await self._ask_which(asking, command, given, refusal)
        if isinstance(refusal, NeedsYes):
            return await self._ask_sure(asking, command, given, refusal)
        raise Refused(refusal)

    async def _ask(
        self, asking: Asking, command: Command, given: Given, lacking: Argument
    ) -> Reply:
        question = await self._keep(asking, command, given, lacking.name)
        begun = lacking.rest if given.values.get(lacking.name) else None
        asked = begun or lacking.question or lacking.summary
        fitting = await self._fitting(asking, lacking)
        return Reply((Block((asked,)), *fitting), question=question.token)

    async def _fitting(self, asking: Asking, lacking: Argument) -> tuple[Block, ...]:
        """The things whose number may be meant, or a long choice. Nobody knows them by heart.

        In a group, where others may read the question, only what stands on the board anyhow.
        """
        if asking.call.place.private and len(lacking.choices) > FITTING_MAX:
            return tuple(
                item(say("{command} {summary}", command=Code(each.value), summary=each.label))
                for each in lacking.choices
            )
        named = lacking.kind in (Kind.NUMBER, Kind.NUMBERS) and lacking.of
        shown = asking.call.place.private or lacking.of in ON_THE_BOARD
        if not (named and shown) or asking.known is None or asking.behalf is not None:
            return ()
        found = await suggestions(self._doors, asking.pool, asking.known, lacking, "", asking.voice)
        return tuple(item(say("{text}", text=Typed(label))) for label, _ in found[:FITTING_MAX])

    async def _ask_sure(
        self, asking: Asking, command: Command, given: Given, refusal: NeedsYes
    ) -> Reply:
        question = await self._keep(asking, command, given, "")
        asked = explain(refusal, asking.pool.id)
        yes = button(yes_to(refusal), "yes", asking.pool.id, word=question.token, style=Style.YES)
        no = button(say("No"), "no", asking.pool.id, word=question.token, style=Style.NO)
        return replace(asked, buttons=((yes, no),))

    async def _ask_which(
        self, asking: Asking, command: Command, given: Given, refusal: WhichMember
    ) -> Reply:
        """Offer the ones who could be meant; the one picked takes the place of what was said."""
        name, index = _where_said(command, given, refusal.said)
        question = await self._keep(
            asking,
            command,
            given,
            "",
            pick={"name": name, "index": index, "of": [each.member for each in refusal.candidates]},
        )
        picks = [
            button(
                _candidate(each),
                "pick",
                asking.pool.id,
                number=place,
                word=question.token,
            )
            for place, each in enumerate(refusal.candidates, start=1)
        ]
        none = button(
            say("None of them"), "no", asking.pool.id, word=question.token, style=Style.NO
        )
        asked = explain(refusal, asking.pool.id)
        return replace(asked, buttons=(*in_pairs(picks), (none,)))

    async def _keep(
        self,
        asking: Asking,
        command: Command,
        given: Given,
        asks: str,
        pick: Mapping[str, object] | None = None,
    ) -> Question:
        caller, place = asking.call.caller, asking.call.place
        kept = {
            "values": {
                name: [_plain(each, asking.call.mentions) for each in said]
                for name, said in given.values.items()
            },
            "version": asking.version,
            "word": asking.word,
            "behalf": asking.behalf,
            "pick": pick,
            "card": asking.call.card,
        }
        question = Question(
            token=self._doors.word(10),
            platform=caller.platform,
            external=caller.external,
            chat=place.chat,
            pool=asking.somewhere.id if asking.somewhere else None,
            command=command.full_name,
            given=json.dumps(kept),
            asks=asks,
            expires_at=self._doors.now() + QUESTION_LASTS,
        )
        await self._doors.questions.ask(question)
        return question

    async def _answered(self, asking: Asking) -> Reply:
        """Words that answer the question that is open there."""
        caller, place = asking.call.caller, asking.call.place
        question = await self._doors.questions.open(
            caller.platform, caller.external, place.chat, self._doors.now()
        )
        if question is None or not question.asks:
            said = self.meant(asking.call.answer, asking.voice.language)
            raise Refused(NothingToAnswer(said))
        _same_pool(asking, question)
        command = self._command(question.command)
        given, again = _taken_up(asking, question)
        asked = next(each for each in command.arguments if each.name == question.asks)
        from_answer(asked, asking.call, asking.call.answer, given)
        try:
            done = await self._do(again, command, given)
        except Refused as refused:
            if _stands_still(refused.refusal, asking.call.place):
                return _asked_again(explain(refused.refusal, _pool_id(asking)), question)
            await self._doors.questions.answered(question.token)
            raise
        await self._doors.questions.answered(question.token)
        return done if done.card is None else replace(done, stands_on=again.call.card)

    async def _chosen(self, asking: Asking, verb: str, token: str, place: int) -> Reply:
        """A yes, a no, or one of several members."""
        question = await self._doors.questions.find(token, self._doors.now())
        if question is None:
            raise Refused(QuestionOver())
        caller = asking.call.caller
        if (question.platform, question.external) != (caller.platform, caller.external):
            raise Refused(NotYourQuestion())
        _same_pool(asking, question)
        try:
            done = await self._said(asking, question, verb, place)
        except Refused:
            await self._doors.questions.answered(question.token)
            raise
        await self._doors.questions.answered(question.token)
        return done

    async def _said(self, asking: Asking, question: Question, verb: str, place: int) -> Reply:
        """Do what was said to a question, once: every press of its buttons is the same event.

        So two quick presses act once, and a crash before the question was put away loses nothing.
        """
        if verb == "no":
            return reply(say("All right, nothing was done."))
        given, again = _taken_up(asking, question)
        again = replace(again, call=replace(asking.call, key=f"question:{question.token}"))
        if verb == "pick":
            _put_picked(given, json.loads(question.given)["pick"], place)
            return await self._do(again, self._command(question.command), given)
        return await self._do(replace(again, sure=True), self._command(question.command), given)


def _log_refused(call: Call, refused: Refused) -> None:
    if call.token is not None:
        log.info("refused the press %s: %s", call.token.verb, refused)


def _answers(rows: Rows) -> Rows:
    """The buttons that answer a question; all others would act for the one who presses them."""
    kept = (tuple(filter(_is_answer, row)) for row in rows)
    return tuple(row for row in kept if row)


def _is_answer(pressed: Button) -> bool:
    token = read_token(pressed.token)
    return token is not None and token.verb in QUESTION_VERBS


def _choice(pool: Pool) -> PoolChoice:
    return PoolChoice(pool.id, pool.name)


def _headed(said: Reply, call: Call, known: Known | None, pool: Pool | None) -> Reply:
    """Somebody in several pools is told in private which one is spoken of."""
    if pool is None or not call.place.private or known is None or len(known.pools) < 2:
        return said
    return replace(said, blocks=(heading(say("{pool}", pool=Typed(pool.name))), *said.blocks))


def _is_as_seen(identity: Identity, seen: Meet) -> bool:
    """Whether what is remembered of an account is what was seen of it now."""
    same_name = (identity.name, identity.username) == (seen.name, seen.username)
    reached = identity.reachable or not seen.reachable
    return same_name and reached and identity.language == seen.language


UNREAD = (UnknownCurrency, UnknownTimeZone)
UNFIT = (NoSuchThing, AnotherKind, Yourself)
"""Refusals by core of what was typed; all others are about what was to be done with it."""


def _stands_still(refusal: Refusal, place: Place) -> bool:
    """Whether an answer could not be read, or is none that fits, so that the question stands.

    What one learns of a thing is for them alone, and a question may be seen by the whole group.
    """
    if place.private and isinstance(refusal, UNFIT):
        return True
    return isinstance(refusal, UNREAD) or type(refusal).__module__.endswith("unclear")


def _asked_again(explained: Reply, question: Question) -> Reply:
    return replace(explained, question=question.token)


def _pool_id(asking: Asking) -> PoolId:
    return asking.somewhere.id if asking.somewhere else NO_POOL


def _taken_up(asking: Asking, question: Question) -> tuple[Given, Asking]:
    kept = json.loads(question.given)
    given = Given({name: [_raw(each) for each in said] for name, said in kept["values"].items()})
    call = replace(asking.call, card=kept.get("card", ""))
    again = replace(
        asking, call=call, version=kept["version"], word=kept["word"], behalf=kept["behalf"]
    )
    return given, again


def _plain(said: Raw, mentions: Mapping[str, Mention]) -> object:
    """What was given, as it is kept: whom the platform marked is known by the account then."""
    if isinstance(said, Picked):
        return {"picked": said.member}
    named = mentions.get(said, said) if isinstance(said, str) else said
    return named if isinstance(named, str) else [named.external, named.name]


def _raw(kept: object) -> Raw:
    if isinstance(kept, dict):
        return Picked(MemberId(kept["picked"]))
    if isinstance(kept, list):
        external, name = kept
        return Mention(external, name)
    return str(kept)


def _candidate(each: Candidate) -> Say:
    """Somebody on a button, told from another of the same name."""
    if each.account:
        return say("{name} ({account})", name=Name(each.name), account=Typed(each.account))
    return say("{name}", name=Name(each.name))


def _where_said(command: Command, given: Given, said: str) -> tuple[str, int]:
    """In which argument, and as which of its words, somebody was named."""
    for name, values in given.values.items():
        for index, value in enumerate(values):
            if isinstance(value, str) and value.lstrip("@") == said:
                return name, index
    return command.arguments[0].name, 0


def _same_pool(asking: Asking, question: Question) -> None:
    """Hold that an answer is about the pool that was asked about: one may have chosen another."""
    if question.pool != (asking.somewhere.id if asking.somewhere else None):
        raise Refused(QuestionOver())


def _put_picked(given: Given, pick: Mapping[str, object] | None, place: int) -> None:
    members = pick["of"] if pick else None
    if pick is None or not isinstance(members, list) or not 1 <= place <= len(members):
        raise Refused(CardTooOld())
    given.values[str(pick["name"])][int(str(pick["index"]))] = Picked(members[place - 1])


def _chosen_pool(person: Person | None, pools: Sequence[Pool]) -> Pool | None:
    if len(pools) == 1:
        return pools[0]
    for pool in pools:
        if person is not None and pool.id == person.pool:
            return pool
    return None


def _voice(known: Known | None, call: Call, pool: Pool | None) -> Voice:
    chosen = known.person.language if known else ""
    language = choose_language(chosen, call.caller.language, pool.language if pool else "")
    if pool is None:
        return Voice(language)
    return Voice(language, pool.currency, pool.time_zone)


def _aloud(answered: Reply, voice: Voice, pool: Pool | None) -> Voice:
    """How the group is spoken to; where it has no pool yet, as the one who asks."""
    spoken = group_voice(pool) if pool else voice
    language = answered.card.language if answered.card else ""
    return replace(spoken, language=language or spoken.language)


def _names(commands: Sequence[Command]) -> dict[str, Command]:
    names: dict[str, Command] = {}
    for command in commands:
        own = [command.full_name, *(alias for _, alias in command.aliases)]
        for name in own:
            if name in names:
                raise ValueError(f"two commands are named {name}")
            names[name] = command
    return names
