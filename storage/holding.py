"""What waits until there is a way again: to a chat the bot was taken out of, to somebody closed.

Such rows are kept: nobody claims them, nothing waits behind them, and they are not given up by age.
A group that lets the bot in again sees cards as their things stand by then, and of unasked posts
those of two days: older ones are no news any more. What came into the world meanwhile has no card
there, so that nobody is met with a flood; it stands on the board. Somebody who opens their door
hears the latest few things, in order; a door is no letter-box for months.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, or_, select, update

from storage import tables
from storage.database import Session
from storage.statements import Statement, any_of

PRIVATE_KEPT = timedelta(days=7)
"""How long what was meant for somebody who cannot be written to waits for them to write."""

GIVEN_UP_KEPT = timedelta(days=30)
"""How long what was given up can be said after all."""

_ROW = tables.outbox.c
_NOW = bindparam("now", type_=_ROW.not_before.type)
_SINCE = bindparam("since", type_=_ROW.created_at.type)


def _in_lane(*forms: str) -> Any:
    """Rows in one of the lanes that begin and end like this, around a name."""
    name = bindparam("name", type_=_ROW.lane.type)
    before_after = (form.split("{}") for form in forms)
    return or_(*(_ROW.lane == before + name + after for before, after in before_after))


_OF_CHAT = _in_lane("{}", "{} post")
_OF_PERSON = _in_lane("person:{}", "later:{}")

_HOLD = Statement(
    lambda: update(tables.outbox).where(_OF_CHAT, _ROW.state == "waiting").values(state="kept")
)
_DROP_OLD = Statement(
    lambda: delete(tables.outbox).where(
        _OF_CHAT,
        any_of(_ROW.state, "kept", "waiting"),
        any_of(_ROW.sort, "post", "digest"),
        _ROW.created_at < _SINCE,
    )
)
# What waits again is as new: it has the whole time once more until it is given up.
_RESUME_POSTS = Statement(
    lambda: (
        update(tables.outbox)
        .where(_OF_CHAT, any_of(_ROW.state, "kept", "waiting"), _ROW.sort == "post")
        .values(state="waiting", created_at=_NOW)
    )
)
_RESUME = Statement(
    lambda: (
        update(tables.outbox)
        .where(_OF_CHAT, any_of(_ROW.state, "kept", "waiting"), _ROW.sort != "post")
        .values(state="waiting", created_at=_NOW, not_before=_NOW)
    )
)
_LATER = tables.outbox.alias("later").c
_LATEST = (
    select(_LATER.id)
    .where(_LATER.person == bindparam("person", type_=_LATER.person.type), _LATER.state == "kept")
    .order_by(_LATER.id.desc())
    .limit(bindparam("latest", type_=Integer()))
)
_DROP_EARLIER = Statement(
    lambda: delete(tables.outbox).where(_OF_PERSON, _ROW.state == "kept", _ROW.id.not_in(_LATEST))
)
# Whoever serves any platform may have the way that opened.
_OPENED = Statement(
    lambda: (
        update(tables.outbox)
        .where(_OF_PERSON, _ROW.state == "kept")
        .values(state="waiting", not_before=_NOW, platform="")
    )
)
_INTO = bindparam("into", type_=_ROW.person.type)
_READDRESS = Statement(
    lambda: (
        update(tables.outbox)
        .where(_ROW.person == bindparam("gone", type_=_ROW.person.type))
        .values(person=_INTO, lane=func.replace(_ROW.lane, _ROW.person, _INTO))
    )
)
_FORGET = Statement(
    lambda: delete(tables.outbox).where(
        _ROW.state == "kept", _ROW.person.is_not(None), _ROW.created_at < _SINCE
    )
)
_FORGET_GIVEN_UP = Statement(
    lambda: delete(tables.outbox).where(_ROW.state == "dead", _ROW.created_at < _SINCE)
)
# A platform that nobody serves any more, its token gone: what is for it is claimed by nobody.
_STRANDED = Statement(
    lambda: (
        update(tables.outbox)
        .where(_ROW.state == "waiting", _ROW.created_at < _SINCE, _ROW.not_before < _SINCE)
        .values(state="dead", reason="nobody serves its platform")
    )
)


def hold_chat(session: Session, platform: str, external: str) -> None:
    """Keep all that waits for a chat."""
    session.write(_HOLD, name=f"{platform}:{external}")


def resume_chat(
    session: Session, platform: str, external: str, now: datetime, since: datetime
) -> None:
    """Have what was kept for a chat said after all, but no post from before `since`."""
    name = f"{platform}:{external}"
    session.write(_DROP_OLD, name=name, since=since)
    session.write(_RESUME_POSTS, name=name, now=now)
    session.write(_RESUME, name=name, now=now)


def resume_person(session: Session, person: str, latest: int, now: datetime) -> None:
    """Have the latest of what was kept for somebody said after all."""
    session.write(_DROP_EARLIER, name=person, person=person, latest=latest)
    session.write(_OPENED, name=person, now=now)


def readdress(session: Session, gone: str, into: str) -> None:
    """Have all that waits for one person said to another, who is the same one."""
    session.write(_READDRESS, gone=gone, into=into)


def forget_kept(session: Session, now: datetime) -> None:
    """Let go of what nobody came to hear and was long given up; give up what nobody came to say."""
    session.write(_FORGET, since=now - PRIVATE_KEPT)
    session.write(_FORGET_GIVEN_UP, since=now - GIVEN_UP_KEPT)
    session.write(_STRANDED, since=now - PRIVATE_KEPT - timedelta(days=1))
