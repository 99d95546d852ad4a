"""A small community for tests, made by the real use cases, through the one door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from core.domain.listings import ListingKind
from core.domain.neutral import Command, Outcome
from core.domain.pools import Profile
from core.domain.units import Credits, Measure, MemberId, Number, PersonId, PoolId, Worth
from core.engine import Engine
from core.usecases.board import PostListing, post_listing
from core.usecases.commitments import Thank, thank
from core.usecases.credits import Send, send
from core.usecases.people import Join, Meet, join, meet
from core.usecases.pools import CreatePool, create_pool
from core.usecases.standing import By

STEWARD = "Wanjiku"


@dataclass
class Village:
    """A pool and the people in it, by name; the platform knows them by the same names."""

    engine: Engine
    pool: PoolId = PoolId(0)
    platform: str = "local"
    people: dict[str, PersonId] = field(default_factory=dict)
    members: dict[str, MemberId] = field(default_factory=dict)
    keys: Any = field(default_factory=lambda: map("test:{}".format, count()))

    async def do(self, decide: Callable[..., Any], command: Command, who: str = "") -> Any:
        """Have something decided, as an event that never came before."""
        key = f"{self.platform}:{next(self.keys)}"
        outcome: Outcome = await self.engine.run(decide, command, key, self.by(who).account)
        return outcome

    def by(self, who: str) -> By:
        """How this person is known to the platform."""
        return By(self.platform, who)

    async def meet(self, who: str) -> None:
        """Somebody is seen."""
        met = await self.do(meet, Meet(self.platform, who, who, username=f"{who}_"), who)
        self.people[who] = met.person

    async def join(self, *names: str) -> None:
        """These people become members."""
        for who in names:
            await self.meet(who)
            joined = await self.do(join, Join(self.pool, self.by(who)), who)
            self.members[who] = joined.who.member

    async def thank(self, credits: int, *names: str) -> None:
        """The steward issues credits to each of these."""
        helpers = tuple(self.members[who] for who in names)
        worth = Worth(Measure.CREDITS, credits)
        command = Thank(self.pool, self.by(STEWARD), helpers, worth, "Fixing the well")
        await self.do(thank, command, STEWARD)

    async def send(self, giver: str, taker: str, credits: int, note: str = "") -> Any:
        """One sends credits to another."""
        command = Send(
            self.pool, self.by(giver), self.members[taker], Credits(credits), note, sure=True
        )
        return await self.do(send, command, giver)

    async def post(self, who: str, kind: ListingKind, credits: int, text: str) -> Number:
        """Somebody puts an offer or a need on the board."""
        price = Worth(Measure.CREDITS, credits)
        posted = await self.do(
            post_listing, PostListing(self.pool, self.by(who), kind, price, text), who
        )
        number: Number = posted.listing
        return number


async def village(
    engine: Engine, *names: str, credits: int = 0, chat: str = "square", platform: str = "local"
) -> Village:
    """A new pool of a steward and these members, each with so many credits."""
    made = Village(engine, platform=platform, keys=map(f"{chat}:{{}}".format, count()))
    await made.meet(STEWARD)
    command = CreatePool(
        by=made.by(STEWARD),
        admin=True,
        platform=made.platform,
        chat=chat,
        title="The square",
        channel="",
        name="Kijiji",
        profile=Profile.EXCHANGE,
        currency="KES",
        time_zone="Africa/Nairobi",
        language="en",
    )
    made.pool = (await made.do(create_pool, command, STEWARD)).pool
    await made.join(*names)
    if credits and names:
        await made.thank(credits, *names)
    return made
