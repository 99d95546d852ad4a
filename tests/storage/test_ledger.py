"""The ledger's tables, the audit that proves them, and erasing that leaves them whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.desk import Question
from core.domain.listings import ListingKind
from core.usecases.leaving import Leave, leave
from storage.house import House
from tests.village import STEWARD, Village, village


@pytest.fixture
async def kijiji(engine) -> Village:
    return await village(engine, "Asha", "Baraka", credits=20)


@pytest.mark.parametrize("table", ["entry", "posting"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET pool_id = pool_id", "DELETE FROM {}"])
async def test_the_journal_is_only_added_to(house: House, kijiji, table: str, verb: str):
    with pytest.raises(Exception, match="append-only"):
        await house.writer.do(lambda session: session.connection.execute(verb.format(table)))


TAMPERING = {
    "a balance": ("UPDATE balance SET amount = amount + 1 WHERE unit = 'credits'", "holds"),
    "a trade": ("UPDATE balance SET trade = trade + 1 WHERE unit = 'credits'", "traded"),
    "the head": ("UPDATE pool SET place = place + 1", "head"),
    "a note": ("UPDATE entry_note SET note = 'for the cake'", "its note"),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_the_audit_finds_what_was_changed(house: House, kijiji, what: str):
    await kijiji.send("Asha", "Baraka", 3, "for the bread")
    assert (await house.readers.audit(kijiji.pool)).faults == ()
    sql, fault = TAMPERING[what]
    await house.writer.do(lambda session: session.connection.execute(sql))
    faults = (await house.readers.audit(kijiji.pool)).faults
    assert any(fault in each for each in faults), faults


async def test_the_audit_finds_a_changed_entry(house: House, kijiji, url: str):
    def change(session) -> None:
        for sql in (
            ("DROP TRIGGER posting_no_update",)
            if url.startswith("sqlite")
            else ("ALTER TABLE posting DISABLE TRIGGER USER",)
        ):
            session.connection.execute(sql)
        session.connection.execute("UPDATE posting SET amount = amount + 1 WHERE line = 0")

    await house.writer.do(change)
    audit = await house.readers.audit(kijiji.pool)
    assert any("its hash does not fit" in each for each in audit.faults)
    assert any("holds" in each for each in audit.faults)


async def test_who_leaves_is_named_nowhere_and_the_books_stand(house: House, kijiji, clock):
    await kijiji.join("Zawadi")
    await kijiji.thank(5, "Zawadi")
    await kijiji.post("Zawadi", ListingKind.OFFER, 2, "Lessons by Zawadi")
    await kijiji.send("Zawadi", "Asha", 1, "from Zawadi")
    await kijiji.send("Asha", "Zawadi", 1, "to Zawadi")
    await house.questions.ask(
        Question("t", "local", "Zawadi", "", None, "leave", "{}", "", clock.now)
    )
    while rows := await house.outbox.claim(clock.now, timedelta(minutes=1), 100):
        for row in rows:
            await house.outbox.done(row)
    await kijiji.do(leave, Leave(kijiji.pool, kijiji.by("Zawadi"), sure=True), "Zawadi")
    assert "zawadi" not in (await house.asker.long(_everything)).casefold()
    assert (await house.readers.audit(kijiji.pool)).faults == ()
    assert (await house.readers.known("local", "Zawadi")) is None
    everyone = [each.name for each in await house.readers.everyone(kijiji.pool)]
    assert sorted(everyone) == sorted([STEWARD, "Asha", "Baraka"])


def _everything(session) -> str:
    """All that is stored, as one text, but for the keys of events."""
    from storage import tables

    columns = {
        table.name: ", ".join(f'"{column.name}"' for column in table.c if column.name != "key")
        for table in tables.metadata.tables.values()
    }
    return "\n".join(
        str(session.connection.execute(f'SELECT {names} FROM "{table}"').fetchall())  # noqa: S608
        for table, names in columns.items()
    )
