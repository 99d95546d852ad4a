"""From facts to words: one function a kind of outcome, refusal and notice, found by its class.

The topics register theirs; a test holds that nothing core can say is left without words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

from bots.replies import Button, Reply, Say, Style
from bots.tokens import Token
from core.domain.neutral import Neutral, Notice, Outcome
from core.domain.refusals import NeedsYes, Refusal
from core.domain.units import Number, PoolId


@singledispatch
def show(outcome: Outcome, pool: PoolId) -> Reply:
    """What the one who asked sees of what was done."""
    raise NotImplementedError(type(outcome).__name__)


@singledispatch
def explain(refusal: Refusal, pool: PoolId) -> Reply:
    """What the one who asked sees of a no: why, and what to do instead."""
    raise NotImplementedError(type(refusal).__name__)


@singledispatch
def tell(notice: Notice, pool: PoolId) -> Reply:
    """What a member is told in private."""
    raise NotImplementedError(type(notice).__name__)


@singledispatch
def yes_to(refusal: NeedsYes) -> Say:
    """What stands on the button that says yes."""
    raise NotImplementedError(type(refusal).__name__)


def has_words(kind: type[Neutral], for_kind: Callable[..., object]) -> bool:
    """Whether a kind of outcome, refusal or notice can be said."""
    dispatch = getattr(for_kind, "dispatch")  # noqa: B009 - singledispatch adds it
    return bool(dispatch(kind) is not dispatch(object))


def button(
    label: Say,
    verb: str,
    pool: PoolId,
    number: int = 0,
    version: int = 0,
    word: str = "",
    style: Style = Style.PLAIN,
    asks: Say | None = None,
) -> Button:
    """A button that does something with a thing of a pool."""
    token = Token(verb, pool, Number(number), word, version)
    return Button(label, str(token), style, asks)
