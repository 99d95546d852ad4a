"""Climbing from one revision to another with Alembic."""

from __future__ import annotations

from sqlalchemy import Engine

from storage.database import Database


def climb(database: Database, engine: Engine, found: str) -> None:
    """Bring a database up to date, after a backup."""
    raise NotImplementedError(database, engine, found)
