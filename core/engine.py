"""The one door for everything that changes something.

A use case is a plain function `decide(work, command, at) -> Outcome`. It runs whole, on the
writer, inside one transaction; `Engine.run` is all that the asynchronous world sees of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.domain import neutral
from core.domain.chance import At
from core.domain.neutral import Command, Outcome
from core.domain.refusals import KeyReused, Refusal, Refused
from core.ports import Work
from core.records import dataclass

Asked = TypeVar("Asked", bound=Command)
Made = TypeVar("Made", bound=Outcome)
Decide = Callable[[Work, Asked, At], Made]
Answer = Outcome | Refusal


@dataclass(frozen=True, slots=True)
class Act:
    """A command on its way to the writer: what is to be decided, and the event it came from.

    `key` is unique overall (`tg:<bot>:<update>`, `dc:<interaction>`, `job:...`), `by` names the
    account that asked (`telegram:77`), '' for the clock.
    """

    decide: Callable[[Work, Command, At], Outcome]
    command: Command
    key: str
    by: str


class Writer(Protocol):
    """Runs acts one after the other, answers after the commit."""

    async def run(self, act: Act) -> Answer:
        """Perform an act durably.

        Raises:
            Refused: Busy, when too much is waiting.
        """


def perform(work: Work, act: Act, at: At) -> Answer:
    """Decide an act once: a key seen before gives its first answer again.

    A refusal is an answer too: what the use case wrote is undone, the refusal is kept.
    """
    digest = neutral.digest(act.command)
    before = work.keys.get(act.key)
    if before is not None:
        return _again(work, before, digest)
    answer: Answer
    try:
        with work.inner():
            answer = act.decide(work, act.command, at)
    except Refused as refused:
        answer = refused.refusal
    work.keys.add(act.key, digest, neutral.write(answer), act.by)
    return answer


def _again(work: Work, before: tuple[bytes, str], digest: bytes) -> Answer:
    kept_digest, text = before
    if kept_digest != digest or not text:
        return KeyReused()
    answer = neutral.read(text, work.name_of)
    if not isinstance(answer, (Outcome, Refusal)):
        raise TypeError(f"{type(answer).__name__} is no answer")
    return answer


class Engine:
    """What everybody upstairs calls to have something done."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def run(
        self, decide: Decide[Asked, Made], command: Asked, key: str, by: str = ""
    ) -> Made:
        """Have a command decided, once per key.

        Raises:
            Refused: with the refusal's facts; nothing was changed.
        """
        answer = await self._writer.run(Act(decide, command, key, by))  # type: ignore[arg-type]
        if isinstance(answer, Refusal):
            raise Refused(answer)
        return answer  # type: ignore[return-value]
