"""How the pretended Discord says no: to the bot, to the test, and to itself."""

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any


class NotPossible(Exception):
    """A person cannot do this with Discord's client, so a test may not either."""


@dataclass(frozen=True)
class Fault:
    """A rule that the bot broke; a test that did not expect it fails."""

    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


class ApiError(Exception):
    """An answer that is a refusal, with Discord's status, code and words.

    Args:
        status: The HTTP status.
        code: Discord's JSON error code.
        message: Discord's words.
        errors: What is wrong with which field of the form.
        fault: Whether only a mistake of the bot leads here. A closed direct
            message is life; a text that is too long is a mistake.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: dict[str, Any] | None = None,
        fault: bool = False,
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.fault = fault

    def body(self) -> dict[str, Any]:
        """The JSON that Discord would send."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def unauthorized() -> ApiError:
    """The token is missing or wrong."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown(thing: str, code: int, *, fault: bool = False) -> ApiError:
    """There is no such thing, or no longer."""
    return ApiError(404, code, f"Unknown {thing}", fault=fault)


def missing_access() -> ApiError:
    """The bot does not see the place."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """The bot sees the place but may not do this there."""
    return ApiError(403, 50013, "Missing Permissions")


class Form:
    """Collects what is wrong with a body, field by field, as Discord reports it."""

    def __init__(self) -> None:
        self._problems: list[tuple[str, str, str]] = []

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note one problem at a dotted path, such as ``components.0.label``."""
        self._problems.append((path, code, message))

    def need(self, holds: object, path: str, code: str, message: str) -> bool:
        """Note the problem unless the condition holds; say whether it does."""
        if not holds:
            self.wrong(path, code, message)
        return bool(holds)

    def text(self, path: str, value: object, least: int, most: int) -> bool:
        """The field is a text of so many characters."""
        if not isinstance(value, str):
            self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
            return False
        return self.size(path, value, least, most, "in length")

    def size(self, path: str, value: Sized, least: int, most: int, what: str) -> bool:
        """The field has neither too many nor too few of something."""
        if least <= len(value) <= most:
            return True
        code = "BASE_TYPE_BAD_LENGTH"
        if least == 0:
            code = "BASE_TYPE_MAX_LENGTH"
            self.wrong(path, code, f"Must be {most} or fewer {what}.")
        else:
            self.wrong(path, code, f"Must be between {least} and {most} {what}.")
        return False

    def choice(self, path: str, value: object, allowed: tuple[object, ...]) -> bool:
        """The field is one of a few values."""
        listed = ", ".join(map(str, allowed))
        message = f"Value must be one of {{{listed}}}."
        return self.need(value in allowed, path, "BASE_TYPE_CHOICES", message)

    def settle(self) -> None:
        """Refuse the whole body if anything is wrong with it."""
        if self._problems:
            raise ApiError(400, 50035, "Invalid Form Body", errors=self._tree(), fault=True)

    def _tree(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for path, code, message in self._problems:
            branch = tree
            for step in path.split("."):
                branch = branch.setdefault(step, {})
            branch.setdefault("_errors", []).append({"code": code, "message": message})
        return tree


def invalid_form(path: str, code: str, message: str) -> ApiError:
    """A body with exactly one thing wrong."""
    form = Form()
    form.wrong(path, code, message)
    try:
        form.settle()
    except ApiError as error:
        return error
    raise AssertionError("unreachable")
