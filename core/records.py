"""`@dataclass(frozen=True, slots=True)`, whose methods are made when they are first used.

The standard library writes and compiles six methods for each class as it is imported. The bot has
hundreds of classes and a start uses some dozens of them: this was half of what a start took. Here
a class gets its fields and slots at once; the standard library makes its methods when one of them
is first called, so they are the same, and as fast. To readers, to the type checker and to `fields`,
`replace` and `asdict` the classes are dataclasses like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NoReturn

METHODS = ("__init__", "__repr__", "__eq__", "__hash__")
CHECK = "__post_init__"


def _record(kind: type) -> type:
    """A class with its fields and slots, and with methods that are made late."""
    made: Any = dataclasses.dataclass(slots=True, init=False, repr=False, eq=False)(kind)
    for name in METHODS:
        setattr(made, name, _late(made, name))
    made.__setattr__ = made.__delattr__ = _refuse
    return made  # type: ignore[no-any-return]


def _late(kind: type, name: str) -> Callable[..., Any]:
    """A method that has all of them made at its first call, and calls the one it stands for."""

    def method(*values: Any, **named: Any) -> Any:
        _complete(kind)
        return getattr(kind, name)(*values, **named)

    return method


def _complete(kind: Any) -> None:
    """Take over the methods of a twin that the standard library makes whole.

    Two threads may come here at once: they make the same.
    """
    fields = [(each.name, each.type, each) for each in dataclasses.fields(kind)]
    own = {CHECK: getattr(kind, CHECK)} if hasattr(kind, CHECK) else {}
    twin = dataclasses.make_dataclass(kind.__name__, fields, namespace=own, frozen=True)
    for name in METHODS:
        setattr(kind, name, getattr(twin, name))


def _refuse(record: object, name: str, *_: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"{type(record).__name__}.{name} cannot be changed")


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(**_: Literal[True]) -> Callable[[type], type]:
        """What stands above a record: `@dataclass(frozen=True, slots=True)`, nothing else."""
        return _record
