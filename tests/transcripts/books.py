"""The books of a pool as plain text, in which nothing differs that may differ between platforms.

Members go by their short names, entries and what caused them by their place or their kind: the
numbers shift where a second chat was let in, and addresses and instants are others each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, select

from bots.transcripts.script import Script
from storage import tables
from storage.database import database_of

CAUSES = {
    "a promise": tables.commitment,
    "an order": tables.spend_order,
    "a request": tables.request,
    "cash": tables.cash,
    "a cash-out": tables.cash_out,
    "an expense": tables.expense,
    "a dispute": tables.dispute,
}


def books(url: str, script: Script) -> str:
    """Every entry of the only pool in its order, then what each account holds."""
    engine = create_engine(database_of(url).text)
    try:
        with engine.connect() as connection:
            return "\n".join(_Books(connection, script).lines()) + "\n"
    finally:
        engine.dispose()


@dataclass
class _Books:
    connection: Connection
    script: Script

    def lines(self) -> Iterator[str]:
        members = self._members()
        holders = self._holders(members)
        entries = self._rows(tables.entry, "place")
        places = {entry["number"]: entry["place"] for entry in entries}
        notes = {row["entry"]: row["note"] for row in self._rows(tables.entry_note, "entry")}
        causes = self._causes()
        for entry in entries:
            said = [f"{entry['place']}.", entry["kind"]]
            for word, name in (("by", "actor"), ("for", "on_behalf")):
                if entry[name]:
                    said.append(f"{word} {members[entry[name]]}")
            if entry["cause"]:
                # What the end of a month brings names the month, below zero.
                cause = entry["cause"]
                said.append(f"because of {causes[cause] if cause > 0 else f'month {-cause}'}")
            if entry["reverses"]:
                said.append(f"reverses {places[entry['reverses']]}.")
            if entry["number"] in notes:
                said.append(f"“{notes[entry['number']]}”")
            yield " ".join(said)
            yield from self._postings(entry["number"], holders)
        yield ""
        members_own = {row["account"] for row in self._rows(tables.member, "id")}
        yield from sorted(
            f"{holders[row['address']]} has {row['amount']} {row['unit']}"
            for row in self._rows(tables.balance, "address")
            if row["amount"] or row["address"] in members_own
        )

    def _postings(self, entry: int, holders: Mapping[str, str]) -> Iterator[str]:
        for row in self._rows(tables.posting, "line"):
            if row["entry"] == entry:
                source, target = holders[row["source"]], holders[row["target"]]
                yield f"   {source} -> {target}: {row['amount']} {row['unit']}"

    def _rows(self, table: Any, *order: str) -> list[Mapping[str, Any]]:
        statement = select(table).order_by(*(table.c[name] for name in order))
        return [dict(row._mapping) for row in self.connection.execute(statement)]

    def _members(self) -> dict[str, str]:
        """Each member's short name: that of the one who has the account on a platform."""
        nicks = {each.username: each.nick for each in self.script.people}
        people = {
            row["person"]: nicks[row["username"]] for row in self._rows(tables.identity, "external")
        }
        return {
            row["id"]: people.get(row["person"], row["name"])
            for row in self._rows(tables.member, "id")
        }

    def _holders(self, members: Mapping[str, str]) -> dict[str, str]:
        """Whose an account is: a member's short name, or what the pool uses it for."""
        own = {row["account"]: members[row["id"]] for row in self._rows(tables.member, "id")}
        return {
            row["address"]: own.get(row["address"], f"the pool's {row['kind']}")
            for row in self._rows(tables.account, "address")
        }

    def _causes(self) -> dict[int, str]:
        return {
            row["number"]: f"{kind} no. {place}"
            for kind, table in CAUSES.items()
            for place, row in enumerate(self._rows(table, "number"), start=1)
        }
