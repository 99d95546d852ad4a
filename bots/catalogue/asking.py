"""One command on its way: who asks, in which pool, what was given, and the doors to core."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TypeVar

from bots.calls import Call
from bots.catalogue.commands import Command
from bots.catalogue.unclear import NoPoolHere
from bots.health import Health, unknown
from bots.replies import Reply
from bots.words import Voice
from core.desk import Questions
from core.domain.members import Member, Role, Who
from core.domain.neutral import Command as Wanted
from core.domain.neutral import Outcome
from core.domain.pools import Pool
from core.domain.refusals import (
    ActsForThemselves,
    MayNotActFor,
    NoSuchMember,
    NotAMember,
    Refused,
    StewardsOnly,
)
from core.domain.units import MemberId, Number, PoolId
from core.engine import Decide, Engine
from core.reads import Known, Reading
from core.records import dataclass
from core.usecases.standing import By

Value = TypeVar("Value")
Asked = TypeVar("Asked", bound=Wanted)
Made = TypeVar("Made", bound=Outcome)

QUESTION_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Doors:
    """What the catalogue needs of the house: the engine, the readers, the clock, chance.

    `health` says how the bot is.
    """

    engine: Engine
    reading: Reading
    questions: Questions
    now: Callable[[], datetime]
    word: Callable[[int], str]
    health: Callable[[], Awaitable[Health]] = unknown


@dataclass(frozen=True, slots=True)
class Asking:
    """A command whose arguments are understood.

    `given` holds the values by the names of the arguments. `behalf` is set when it is recorded
    for somebody without a phone; `sure` when the caller was asked before; `version` when a
    button was pressed that was drawn for a version; `word` is what else its token holds.
    `commands` are all there are, by name; `relay` has another command line run for somebody
    without a phone.
    """

    call: Call
    doors: Doors
    voice: Voice
    known: Known | None
    somewhere: Pool | None
    given: Mapping[str, object] = field(default_factory=dict)
    behalf: MemberId | None = None
    sure: bool = False
    version: int | None = None
    word: str = ""
    commands: Mapping[str, Command] = field(default_factory=dict)
    relay: Callable[[Asking, MemberId, str], Awaitable[Reply]] | None = None

    @property
    def pool(self) -> Pool:
        """The pool that the command is about.

        Raises:
            Refused: NoPoolHere.
        """
        if self.somewhere is None:
            raise Refused(NoPoolHere())
        return self.somewhere

    @property
    def names_in(self) -> str:
        """The language of the names by which the reader types commands."""
        return self.call.caller.names_in or self.voice.language

    @property
    def month(self) -> str:
        """The present month in the pool's time zone, as '2026-11'."""
        return self.pool.month_of(self.doors.now())

    @property
    def by(self) -> By:
        """Who asks, as core wants to know it."""
        return By(self.call.caller.platform, self.call.caller.external, self.behalf)

    def get(self, name: str, kind: type[Value]) -> Value:
        """The value of a required argument."""
        value = self.given[name]
        if not isinstance(value, kind):
            raise TypeError(f"{name} is {type(value).__name__}")
        return value

    def maybe(self, name: str, kind: type[Value]) -> Value | None:
        """The value of an argument that may be missing."""
        return None if self.given.get(name) is None else self.get(name, kind)

    def text(self, name: str) -> str:
        """A text that may be missing, '' then."""
        return self.maybe(name, str) or ""

    async def decide(self, decide: Decide[Asked, Made], command: Asked) -> Made:
        """Have core decide, under the event's key.

        Raises:
            Refused: with the refusal's facts.
        """
        return await self.doors.engine.run(decide, command, self.call.key, self.by.account)

    async def decide_on(
        self,
        name: str,
        decide: Decide[Asked, Made],
        command: Callable[[PoolId, By, Number, int | None], Asked],
    ) -> Made:
        """Have core decide about the thing whose number is the argument of this name.

        Raises:
            Refused: with the refusal's facts.
        """
        number = Number(self.get(name, int))
        return await self.decide(decide, command(self.pool.id, self.by, number, self.version))

    async def me(self) -> Member:
        """The member who asks, or for whom is asked; for showing things, not for changing them.

        Raises:
            Refused: NotAMember, NoSuchMember, ActsForThemselves, MayNotActFor.
        """
        member = await self.membership()
        if member is None:
            raise Refused(NotAMember())
        return member if self.behalf is None else await self._acted_for(member, self.behalf)

    async def membership(self) -> Member | None:
        """The member that who asks is in this pool; None for who is none, or was."""
        if self.known is None:
            return None
        found = self.known.memberships.get(self.pool.id)
        # They may have become one by what was just decided.
        return found or await self.doors.reading.member(self.pool.id, self.known.person.id)

    async def is_steward(self) -> bool:
        """Whether who asks is a steward of this pool; for what is shown, not for rights."""
        member = await self.membership()
        return member is not None and await self.serves(member, Role.STEWARD)

    async def _acted_for(self, actor: Member, behalf: MemberId) -> Member:
        member = await self.doors.reading.one(self.pool.id, behalf)
        if member is None or not member.here:
            raise Refused(NoSuchMember())
        who = Who(member.id, member.name)
        if member.person is not None:
            raise Refused(ActsForThemselves(who))
        guards = member.acted_by == actor.id and await self.serves(actor, Role.GUARDIAN)
        if not guards and not await self.serves(actor, Role.STEWARD):
            raise Refused(MayNotActFor(who))
        return member

    async def serves(self, member: Member, role: Role) -> bool:
        """Whether a member holds a role now; for what is shown, not for rights."""
        roles = await self.doors.reading.roles(self.pool.id, member.id, self.doors.now())
        return role in roles

    async def steward(self) -> Member:
        """The steward who asks to see something.

        Raises:
            Refused: NotAMember, StewardsOnly.
        """
        member = await self.me()
        if not await self.serves(member, Role.STEWARD):
            raise Refused(StewardsOnly())
        return member
