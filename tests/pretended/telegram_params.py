"""The parameters of a request, read strictly: wrong types and unknown names show."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.pretended.telegram_errors import wrong
from tests.pretended.telegram_text import Json


@dataclass(frozen=True)
class Upload:
    """A file that came along in the request's body."""

    name: str
    content: bytes = field(repr=False)


class Params:
    """What a request carries. Every name that no method reads is a fault."""

    def __init__(self, values: Json, uploads: dict[str, Upload] | None = None) -> None:
        self.values = values
        self._uploads = uploads or {}
        self._unread = {*values, *self._uploads}

    @property
    def unread(self) -> list[str]:
        """Names that nobody asked for: the real server would ignore them in silence."""
        return sorted(self._unread)

    def plain(self) -> Json:
        """All parameters as Python values, for the log of calls."""
        values = {name: _read_json(value) for name, value in self.values.items()}
        return {**values, **self._uploads}

    def ignore(self, *names: str) -> None:
        """Accept parameters that change nothing a test could see."""
        self._unread.difference_update(names)

    def get(self, name: str) -> Any:
        """The raw value, or None."""
        self._unread.discard(name)
        return self.values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self.get(name)
        return default if value is None else str(value)

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.get(name)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise wrong(f'invalid integer "{value}" for {name}') from None

    def needed_number(self, name: str) -> int:
        """A whole number that must be there."""
        value = self.number(name)
        if value is None:
            raise wrong(f"{name} is not specified")
        return value

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        value = self.get(name)
        return value is True or str(value).lower() in {"true", "1", "yes"}

    def object(self, name: str) -> Json | None:
        """A JSON object, or None."""
        value = self._json(name)
        if value is not None and not isinstance(value, dict):
            raise wrong(f"object expected as {name}")
        return value

    def array(self, name: str) -> list[Any] | None:
        """A JSON array, or None."""
        value = self._json(name)
        if value is not None and not isinstance(value, list):
            raise wrong(f"expected an Array of {name}")
        return value

    def file(self, name: str) -> Upload | str | None:
        """An upload, the id of a file the server has, or None."""
        value = self.get(name)
        if value is None:
            return self._uploads.get(name)
        reference = str(value)
        if not reference.startswith("attach://"):
            return reference
        attached = reference.removeprefix("attach://")
        self._unread.discard(attached)
        return self._uploads.get(attached)

    def _json(self, name: str) -> Any:
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise wrong(f"can't parse {name} JSON object") from None


def _read_json(value: Any) -> Any:
    """What a form field means: the library sends all but strings as JSON."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, dict | list | bool | int) else value
