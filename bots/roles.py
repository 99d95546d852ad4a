"""Who does what among processes that share a database: each role has one holder at a time.

`worker` lets time pass; a platform's role listens there and says what is for its people. A process
that was told its roles stands by for those that others hold, and takes them over when their holder
stops or dies. One that was not told takes all of them, or does not start.
"""

from __future__ import annotations

from hashlib import sha256

from pydantic import SecretStr

from bots.settings import Settings

WORKER, TELEGRAM, DISCORD = "worker", "telegram", "discord"
ROLES = (WORKER, TELEGRAM, DISCORD)


def roles_of(settings: Settings) -> list[str]:
    """All that there is to do by these settings: a platform without a token needs nobody."""
    return [role for role in ROLES if role == WORKER or token_of(settings, role) is not None]


def token_of(settings: Settings, role: str) -> SecretStr | None:
    """The token of a platform's role."""
    return {TELEGRAM: settings.telegram_token, DISCORD: settings.discord_token}.get(role)


def lease_of(settings: Settings, role: str) -> str:
    """The name of a role's lease: each bot of a platform has its own, by a digest of its token."""
    token = token_of(settings, role)
    if token is None:
        return role
    return f"{role}:{sha256(token.get_secret_value().encode()).hexdigest()[:12]}"
