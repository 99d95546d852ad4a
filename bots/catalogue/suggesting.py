"""What could be meant while somebody types: things of the pool that fit an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bots.catalogue.asking import Doors
from bots.catalogue.commands import Argument, Kind
from bots.catalogue.whom import folded
from bots.words import Voice, spoken
from core.domain.commitments import Commitment
from core.domain.listings import Listing, ListingKind
from core.domain.members import Member, Role
from core.domain.orders import Order
from core.domain.pools import Chat, Pool
from core.reads import Known

AT_MOST = 25
LABEL_MAX = 100
Suggested = Listing | Commitment | Order | Chat


async def suggestions(
    doors: Doors, pool: Pool, known: Known, argument: Argument, typed: str, voice: Voice
) -> Sequence[tuple[str, str]]:
    """Label and value of what fits, at most 25."""
    if argument.kind is Kind.CHOICE:
        pairs = [(spoken(each.label, voice), each.value) for each in argument.choices]
        return _fitting(pairs, typed)
    if argument.kind in (Kind.MEMBER, Kind.MEMBERS):
        everyone = await doors.reading.everyone(pool.id)
        return _fitting([(each.name, f"@{each.name.replace(' ', '')}") for each in everyone], typed)
    if argument.of:
        things = await _things(doors, pool, known, argument.of)
        return _fitting([(_label(each), str(each.number)) for each in things], typed)
    return ()


def _fitting(pairs: Iterable[tuple[str, str]], typed: str) -> Sequence[tuple[str, str]]:
    wanted = folded(typed.lstrip("#@"))
    return [pair for pair in pairs if wanted in folded(pair[0])][:AT_MOST]


def _label(thing: Suggested) -> str:
    text = thing.title if isinstance(thing, Chat) else getattr(thing, "text", "")
    return f"#{thing.number} {text}".strip()[:LABEL_MAX]


async def _things(doors: Doors, pool: Pool, known: Known, of: str) -> Sequence[Suggested]:
    reading = doors.reading
    member = await reading.member(pool.id, known.person.id)
    if member is None:
        return ()
    if of in ("offer", "need"):
        listings = await reading.open_listings(pool.id, ListingKind(of))
        return [each for each in listings if each.owner != member.id]
    if of in ("claim", "chat"):
        return await _waiting(doors, pool, member, of)
    mine = await reading.mine(pool.id, member.id)
    own: dict[str, Sequence[Suggested]] = {
        "own listing": mine.listings,
        "own commitment": mine.commitments,
        "order": mine.orders,
    }
    return own.get(of, ())


async def _waiting(doors: Doors, pool: Pool, member: Member, of: str) -> Sequence[Suggested]:
    """What waits for a steward, shown to stewards alone."""
    if Role.STEWARD not in await doors.reading.roles(pool.id, member.id, doors.now()):
        return ()
    waiting = await doors.reading.waiting(pool.id)
    return waiting.claims if of == "claim" else waiting.chats
