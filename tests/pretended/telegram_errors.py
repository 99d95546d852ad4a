"""What the pretended Telegram answers when it says no."""

from __future__ import annotations

from tests.pretended.telegram_text import Json


class ApiError(Exception):
    """An answer that is not ok.

    `is_fault` marks what a correct bot never provokes, whatever its users do:
    it fails the test at the end. The rest are circumstances: a chat that is
    gone, a message that somebody deleted, too many requests.
    """

    def __init__(
        self,
        code: int,
        description: str,
        parameters: Json | None = None,
        *,
        is_fault: bool = False,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}
        self.is_fault = is_fault

    def json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def refused(description: str) -> ApiError:
    """400 for a circumstance that the bot must be able to live with."""
    return ApiError(400, f"Bad Request: {description}")


def wrong(description: str) -> ApiError:
    """400 for a request that no correct bot makes."""
    return ApiError(400, f"Bad Request: {description}", is_fault=True)


def forbidden(description: str) -> ApiError:
    """403: the bot may not write there."""
    return ApiError(403, f"Forbidden: {description}")


def too_many(retry_after: int) -> ApiError:
    """429: the bot is to wait so many seconds."""
    return ApiError(
        429,
        f"Too Many Requests: retry after {retry_after}",
        {"retry_after": retry_after},
    )
