"""A hall where use cases are decided one after the other, on a real database, in one transaction.

Each act has its own savepoint, as in a batch of the writer's. What happened in the hall is undone
when it closes, so that hundreds of histories share one migrated database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from core.domain.chance import At
from core.domain.ledger import CASH_ACCOUNTS, AccountKind
from core.domain.members import Member, Role
from core.domain.months import Period, next_month
from core.domain.neutral import Command
from core.domain.pools import Profile
from core.domain.refusals import Refusal, Refused
from core.domain.units import Credits, Measure, MemberId, Number, PersonId, PoolId, Worth
from core.engine import Act, Answer, perform
from core.usecases.closing import CloseChunk, close_chunk
from core.usecases.commitments import (
    ClaimDone,
    Commit,
    Confirm,
    Thank,
    claim_done,
    commit,
    confirm,
    thank,
)
from core.usecases.credits import Send, send
from core.usecases.linking import Link, MakeLinkCode, link, make_link_code
from core.usecases.people import Join, Meet, Register, join, meet, register
from core.usecases.pools import CreatePool, create_pool
from core.usecases.roles import Appoint, appoint
from core.usecases.standing import By
from storage.audit import audit
from storage.database import Session
from storage.work import PoolHere, Transaction
from tests.clocks import Clock, Draw

OUTER = "request"


@dataclass
class Hall:
    """An open transaction, a clock, chance, and keys that never came before."""

    session: Session
    clock: Clock = field(default_factory=Clock)
    draw: Draw = field(default_factory=Draw)
    keys: Iterator[str] = field(default_factory=lambda: map("event:{}".format, count(1)))

    def answer(
        self, decide: Callable[..., Any], command: Command, key: str = "", by: str = ""
    ) -> Answer:
        """Have an act decided as the writer would, and give its answer, be it a refusal."""
        act = Act(decide, command, key or next(self.keys), by)
        at = At(self.clock(), self.draw)
        self.session.savepoint(OUTER)
        try:
            work = Transaction(self.session, at, act.key, OUTER)
            answer = perform(work, act, at)
            work.settle()
        except BaseException:
            self.session.undo(OUTER)
            self.session.release(OUTER)
            raise
        self.session.release(OUTER)
        return answer

    def do(self, decide: Callable[..., Any], command: Command, key: str = "", by: str = "") -> Any:
        """Have an act decided; a refusal is raised."""
        by = by or getattr(getattr(command, "by", None), "account", "")
        answer = self.answer(decide, command, key, by)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        return answer

    def enter(self, pool: PoolId) -> PoolHere:
        """A look at a pool as use cases see it."""
        return Transaction(self.session, At(self.clock(), self.draw), "", OUTER).enter(pool)

    @contextmanager
    def looking(self, pool: PoolId) -> Iterator[PoolHere]:
        """A look that may touch: what is done in it is undone."""
        self.session.savepoint(OUTER)
        try:
            yield self.enter(pool)
        finally:
            self.session.undo(OUTER)
            self.session.release(OUTER)

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """What the database holds, asked past all of our own code."""
        if self.session.dialect.name == "postgresql":
            for name in values:
                sql = sql.replace(f":{name}", f"%({name})s")
        return [tuple(row) for row in self.session.connection.execute(sql, values).fetchall()]


@contextmanager
def hall(session: Session) -> Iterator[Hall]:
    """A hall, as if nothing had ever happened in it."""
    session.begin()
    try:
        yield Hall(session)
    finally:
        session.rollback()


STEWARD = "wanjiku"


def chunk_key(chunk: CloseChunk) -> str:
    """The key of a part of a close."""
    return f"job:close:{chunk.pool}:{chunk.month}:{chunk.step}:{chunk.after}"


@dataclass
class Town:
    """A pool in a hall, and people by the names of their accounts."""

    hall: Hall
    pool: PoolId = PoolId(0)
    chat: Number = Number(0)
    people: dict[str, PersonId] = field(default_factory=dict)
    members: dict[str, MemberId] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The clock of the hall."""
        return self.hall.clock

    def by(self, who: str, behalf: str = "") -> By:
        """An account: `ann` on the local platform, `other/ann` on another."""
        platform, _, external = who.rpartition("/")
        return By(platform or "local", external, self.members[behalf] if behalf else None)

    def do(self, decide: Callable[..., Any], command: Command, key: str = "") -> Any:
        """Have something decided."""
        return self.hall.do(decide, command, key)

    def found(self, name: str = "Kijiji", chat: str = "square", **settings: Any) -> None:
        """Make the pool; its steward comes with it."""
        self.meet(STEWARD)
        usual = {
            "by": self.by(STEWARD),
            "admin": True,
            "platform": "local",
            "chat": chat,
            "title": "The square",
            "channel": "",
            "name": name,
            "profile": Profile.EXCHANGE,
            "currency": "KES",
            "time_zone": "Africa/Nairobi",
            "language": "en",
        }
        made = self.do(create_pool, CreatePool(**{**usual, **settings}))
        self.pool, self.chat = made.pool, made.chat
        self.members[STEWARD] = self.member(STEWARD).id

    def meet(self, who: str, **more: Any) -> PersonId:
        """Somebody is seen."""
        by = self.by(who)
        seen = {"name": by.external.capitalize(), **more}
        person: PersonId = self.do(meet, Meet(by.platform, by.external, **seen)).person
        self.people[who] = person
        return person

    def join(self, *names: str) -> None:
        """People become members."""
        for who in names:
            self.meet(who)
            joined = self.do(join, Join(self.pool, self.by(who)))
            self.members[who] = joined.who.member

    def register(self, name: str, by: str = STEWARD) -> MemberId:
        """Somebody without an account becomes a member."""
        registered = self.do(register, Register(self.pool, self.by(by), name.capitalize()))
        self.members[name] = registered.who.member
        return self.members[name]

    def appoint(self, who: str, role: Role = Role.STEWARD, by: str = STEWARD, **more: Any) -> Any:
        """Somebody gets a role."""
        return self.do(appoint, Appoint(self.pool, self.by(by), self.members[who], role, **more))

    def thank(self, credits: int, *names: str, by: str = STEWARD) -> Any:
        """The steward issues credits to each of these."""
        helpers = tuple(self.members[who] for who in names)
        worth = Worth(Measure.CREDITS, credits)
        return self.do(thank, Thank(self.pool, self.by(by), helpers, worth, "Fixing the well"))

    def send(self, giver: str, taker: str, credits: int, behalf: str = "", **more: Any) -> Any:
        """One sends credits to another."""
        command = Send(
            self.pool,
            self.by(giver, behalf),
            self.members[taker],
            Credits(credits),
            **{"sure": True, **more},
        )
        return self.do(send, command)

    def promise(self, who: str, worth: Worth, behalf: str = "", **more: Any) -> Number:
        """Somebody promises something to the pool."""
        command = Commit(self.pool, self.by(who, behalf), worth, "Sweeping the square", **more)
        number: Number = self.do(commit, command).commitment
        return number

    def done(self, who: str, commitment: Number, behalf: str = "", **more: Any) -> Any:
        """Somebody says that they kept a promise."""
        return self.do(claim_done, ClaimDone(self.pool, self.by(who, behalf), commitment, **more))

    def confirm(self, who: str, *commitments: Number, **more: Any) -> Any:
        """Somebody confirms that promises were kept."""
        return self.do(confirm, Confirm(self.pool, self.by(who), commitments, **more))

    def keeps(self, who: str, worth: Worth, by: str = STEWARD) -> Any:
        """A promise from its making to the steward's word."""
        number = self.promise(who, worth)
        self.done(who, number)
        return self.confirm(by, number)

    def link(self, maker: str, typer: str) -> Any:
        """Two accounts become one person: the code is made by one and typed by the other."""
        made = self.do(make_link_code, MakeLinkCode(self.by(maker)))
        return self.do(link, Link(self.by(typer), made.code))

    def close_months(self) -> None:
        """The clock closes all months that are over."""
        while True:
            here = self.here()
            month = next_month(here.pool.closed_through)
            if self.clock() < here.pool.ends(month, here.rule_changes.find()):
                return
            period = here.periods.get(month) or Period(self.pool, month, self.clock())
            chunk = CloseChunk(self.pool, month, period.step, period.upto)
            assert self.do(close_chunk, chunk, chunk_key(chunk)).done

    # --- what is so --------------------------------------------------------------------------

    def here(self) -> PoolHere:
        """The pool as use cases see it."""
        return self.hall.enter(self.pool)

    def member(self, who: str) -> Member:
        """The member behind an account, or the one registered under this name."""
        by = self.by(who)
        found = self.here().member_with(by.platform, by.external)
        found = found or self.here().members.get(self.members[who])
        assert found is not None
        return found

    def balance(self, who: str) -> int:
        """What a member has."""
        return self.here().balance(self.member(who).account)

    def own(self, kind: AccountKind) -> int:
        """What one of the pool's own accounts has."""
        here = self.here()
        return here.cash_in(kind) if kind in CASH_ACCOUNTS else here.balance(here.address(kind))

    def trade(self, who: str) -> int:
        """A member's trade balance, as it is stored."""
        ((trade,),) = self.hall.rows(
            "SELECT trade FROM balance WHERE address = :address", address=self.member(who).account
        )
        return int(trade)

    def audit(self) -> None:
        """The books are in order."""
        assert audit(self.hall.session, self.pool).faults == ()
