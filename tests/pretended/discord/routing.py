"""The table of REST routes, and what a handler is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.pretended.discord.errors import invalid_form
from tests.pretended.discord.messages import Upload

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass
class Request:
    """One REST call, read."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    files: dict[str, Upload] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def id(self, name: str) -> int:
        """An id from the path.

        Raises:
            ApiError: 50035, it is no snowflake.
        """
        value = self.parts[name]
        if not value.isdigit():
            raise invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return int(value)

    def form(self) -> dict[str, Any]:
        """The body, which must be a JSON object.

        Raises:
            ApiError: 50035, it is something else.
        """
        if not isinstance(self.body, dict):
            raise invalid_form("_", "DICT_TYPE_CONVERT", "Only dictionaries may be used here.")
        return self.body


@dataclass(frozen=True)
class Route:
    """A method and a path with ``{named}`` parts, and who answers."""

    method: str
    path: str
    handler: str
    with_token: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression."""
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


def route(method: str, path: str, *, with_token: bool = True) -> Callable[[Handler], Handler]:
    """Mark a method as the answer to a route.

    Args:
        method: The HTTP method.
        path: The path below the API's base, with ``{named}`` parts.
        with_token: Whether the bot's token is needed. What carries an
            interaction's token in its path needs none.
    """

    def mark(handler: Handler) -> Handler:
        marks = getattr(handler, "routes", [])
        handler.routes = [*marks, (method, path, with_token)]  # type: ignore[attr-defined]
        return handler

    return mark


class RouteTable:
    """Finds the handler for a call; the path with fewer named parts goes first."""

    def __init__(self, handlers: type) -> None:
        found = [
            Route(method, path, name, with_token)
            for name in dir(handlers)
            for method, path, with_token in getattr(getattr(handlers, name), "routes", [])
        ]
        self._routes = sorted(found, key=lambda known: (known.path.count("{"), known.path))

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the named parts of the path; nothing if there is no such route."""
        for known in self._routes:
            if known.method == method and (found := known.pattern.fullmatch(path)):
                return known, found.groupdict()
        return None
