"""Erasing: what names somebody goes, accounts and entries stay, and the chain still verifies."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, null, or_, select, update

from core.domain.members import Member
from core.domain.units import PersonId
from storage import tables
from storage.database import Session
from storage.statements import Statement, equal, removed

_MEMBER = bindparam("member", type_=tables.member.c.id.type)
_POOL = bindparam("pool_id", type_=tables.member.c.pool_id.type)
_PERSON = bindparam("person", type_=tables.person.c.id.type)

_PERSON_OF = Statement(
    lambda: select(tables.member.c.person).where(equal(tables.member, ["pool_id", "id"]))
)
_NAME = Statement(
    lambda: (
        update(tables.member)
        .where(equal(tables.member, ["pool_id", "id"]))
        .values(name="", person=null())
    )
)
_LISTINGS = Statement(
    lambda: (
        update(tables.listing)
        .where(tables.listing.c.pool_id == _POOL, tables.listing.c.owner == _MEMBER)
        .values(text="", place="", category="", per="", search="")
    )
)
_COMMITMENTS = Statement(
    lambda: (
        update(tables.commitment)
        .where(tables.commitment.c.pool_id == _POOL, tables.commitment.c.maker == _MEMBER)
        .values(text="", note="", reason="", photo="")
    )
)
_TEMPLATES = Statement(
    lambda: (
        update(tables.template)
        .where(tables.template.c.pool_id == _POOL, tables.template.c.member == _MEMBER)
        .values(text="")
    )
)
_REQUESTS = Statement(
    lambda: (
        update(tables.request)
        .where(
            tables.request.c.pool_id == _POOL,
            or_(tables.request.c.asker == _MEMBER, tables.request.c.payer == _MEMBER),
        )
        .values(note="")
    )
)
_CASH = Statement(
    lambda: (
        update(tables.cash)
        .where(tables.cash.c.pool_id == _POOL, tables.cash.c.giver == _MEMBER)
        .values(note="")
    )
)
_BACKED = Statement(
    lambda: (
        update(tables.cash)
        .where(
            tables.cash.c.pool_id == _POOL,
            tables.cash.c.cause.in_(
                select(tables.commitment.c.number).where(
                    tables.commitment.c.pool_id == _POOL, tables.commitment.c.maker == _MEMBER
                )
            ),
        )
        .values(note="")
    )
)
_CASH_OUTS = Statement(
    lambda: (
        update(tables.cash_out)
        .where(tables.cash_out.c.pool_id == _POOL, tables.cash_out.c.partner == _MEMBER)
        .values(proof="", reason="")
    )
)
_DISPUTES = Statement(
    lambda: (
        update(tables.dispute)
        .where(tables.dispute.c.pool_id == _POOL, tables.dispute.c.opener == _MEMBER)
        .values(why="", decision="")
    )
)
_CONCERNS = Statement(
    lambda: (
        update(tables.concern)
        .where(tables.concern.c.pool_id == _POOL, tables.concern.c.person == _PERSON)
        .values(text="", person="")
    )
)
_ANSWERED = Statement(
    lambda: delete(tables.going).where(
        tables.going.c.pool_id == _POOL,
        or_(tables.going.c.person == _PERSON, tables.going.c.member == _MEMBER),
    )
)
_CALLED = Statement(
    lambda: (
        update(tables.gathering)
        .where(tables.gathering.c.pool_id == _POOL, tables.gathering.c.made_by == _PERSON)
        .values(made_by="")
    )
)
_PHOTOS = Statement(
    lambda: delete(tables.photo).where(
        tables.photo.c.pool_id == _POOL, tables.photo.c.owner == _MEMBER
    )
)
_ACCOUNT = bindparam("account", type_=tables.account.c.address.type)
_TOUCHED = tables.entry_note.c.entry.in_(
    select(tables.posting.c.entry)
    .where(tables.posting.c.pool_id == _POOL, tables.posting.c.source == _ACCOUNT)
    .union_all(
        select(tables.posting.c.entry).where(
            tables.posting.c.pool_id == _POOL, tables.posting.c.target == _ACCOUNT
        )
    )
)
_NOTES = Statement(
    lambda: delete(tables.entry_note).where(tables.entry_note.c.pool_id == _POOL, _TOUCHED)
)
_TOLD = Statement(
    lambda: delete(tables.outbox).where(
        tables.outbox.c.pool_id == _POOL, tables.outbox.c.member == _MEMBER
    )
)
_ANSWERS = Statement(
    lambda: (
        update(tables.answer)
        .where(
            tables.answer.c.by.in_(
                select(tables.identity.c.platform + ":" + tables.identity.c.external).where(
                    tables.identity.c.person == _PERSON
                )
            )
        )
        .values(text="", by="")
    )
)
_QUESTIONS = Statement(
    lambda: delete(tables.question).where(
        exists().where(
            tables.identity.c.person == _PERSON,
            tables.identity.c.platform == tables.question.c.platform,
            tables.identity.c.external == tables.question.c.external,
        )
    )
)


ERASED = (
    _LISTINGS,
    _COMMITMENTS,
    _TEMPLATES,
    _REQUESTS,
    _DISPUTES,
    _CASH,
    _BACKED,
    _CASH_OUTS,
    _PHOTOS,
    _TOLD,
)
"""What a member wrote, or is written of them, in what others keep."""


def erase_member(session: Session, member: Member) -> None:
    """Erase what names a member, who has left, from their pool.

    A note goes with everybody who stands in its entry: it may name either.
    """
    row = session.row(_PERSON_OF, pool_id=member.pool, id=member.id)
    person = member.person or (row[0] if row else None)
    for texts in ERASED:
        session.write(texts, pool_id=member.pool, member=member.id)
    session.write(_ANSWERED, pool_id=member.pool, member=member.id, person=person or "")
    session.write(_NOTES, pool_id=member.pool, account=member.account)
    if person is not None:
        session.write(_CONCERNS, pool_id=member.pool, person=person)
        session.write(_CALLED, pool_id=member.pool, person=person)
        session.write(_ANSWERS, person=person)
        session.write(_QUESTIONS, person=person)
    session.write(_NAME, pool_id=member.pool, id=member.id)


_OUTBOX = Statement(lambda: removed(tables.outbox, "person"))
_FORMER = Statement(
    lambda: (
        update(tables.member).where(equal(tables.member, ["person"])).values(person=null(), name="")
    )
)
_IDENTITIES = Statement(lambda: removed(tables.identity, "person"))
_GOINGS = Statement(lambda: removed(tables.going, "person"))
_GATHERINGS = Statement(
    lambda: update(tables.gathering).where(tables.gathering.c.made_by == _PERSON).values(made_by="")
)
_CODES = Statement(lambda: removed(tables.link_code, "person"))
_HAD = Statement(
    lambda: select(tables.identity.c.platform, tables.identity.c.external).where(
        equal(tables.identity, ["person"])
    )
)
_GONE = Statement(lambda: delete(tables.person).where(tables.person.c.id == _PERSON))


def forget(session: Session, person: PersonId) -> set[str]:
    """Erase a person who is in no pool any more; the accounts they had (`telegram:77`)."""
    accounts = {
        f"{platform}:{external}" for platform, external in session.rows(_HAD, person=person)
    }
    for statement in (
        _ANSWERS,
        _QUESTIONS,
        _OUTBOX,
        _GOINGS,
        _GATHERINGS,
        _FORMER,
        _IDENTITIES,
        _CODES,
        _GONE,
    ):
        session.write(statement, person=person)
    return accounts
