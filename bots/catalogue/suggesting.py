"""What could be meant while somebody types: things of the pool that fit an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bots.catalogue.asking import Doors
from bots.catalogue.commands import Argument, Kind
from bots.catalogue.whom import as_typed, folded
from bots.replies import Amount, money, say
from bots.words import Voice, spoken
from core.domain.commitments import Commitment
from core.domain.disputes import Dispute
from core.domain.gatherings import Gathering
from core.domain.listings import Listing, ListingKind
from core.domain.members import Member, Role
from core.domain.orders import Order
from core.domain.pools import Chat, Pool
from core.domain.recurring import Template
from core.domain.treasury import Cash, CashOut, CashOutState, Expense
from core.reads import Known, Moved, Waiting

AT_MOST = 25
LABEL_MAX = 100
Suggested = (
    Listing | Commitment | Order | Chat | Template | Cash | CashOut | Expense | Gathering | Dispute
)


async def suggestions(
    doors: Doors, pool: Pool, known: Known, argument: Argument, typed: str, voice: Voice
) -> Sequence[tuple[str, str]]:
    """Label and value of what fits, at most 25."""
    if argument.kind is Kind.CHOICE:
        named = [(spoken(each.label, voice), each.value) for each in argument.choices]
        return [pair for pair in named if folded(typed) in folded(pair[0]) or typed in pair[1]][
            :AT_MOST
        ]
    if argument.of == "gathering" and argument.kind is Kind.NUMBER:
        to_come = await doors.reading.gatherings(pool.id, AT_MOST)
        return _fitting(
            [(_label(each.gathering, voice), str(each.gathering.number)) for each in to_come], typed
        )
    if argument.kind in (Kind.MEMBER, Kind.MEMBERS):
        if pool.id not in known.memberships:
            return ()
        everyone = await doors.reading.everyone(pool.id)
        return _fitting([(each.name, as_typed(each.name)) for each in everyone], typed)
    if argument.of in ("dealing", "reversible"):
        moved = await _moved(doors, pool, known, argument.of)
        return _fitting([(_moved_label(each, voice), str(each.number)) for each in moved], typed)
    if argument.of:
        things = await _things(doors, pool, known, argument.of)
        return _fitting([(_label(each, voice), str(each.number)) for each in things], typed)
    return ()


def _fitting(pairs: Iterable[tuple[str, str]], typed: str) -> Sequence[tuple[str, str]]:
    wanted = folded(typed.lstrip("#@"))
    return [pair for pair in pairs if wanted in folded(pair[0])][:AT_MOST]


def _label(thing: Suggested, voice: Voice) -> str:
    return f"#{thing.number} {_what(thing, voice)}".strip()[:LABEL_MAX]


def _what(thing: Suggested, voice: Voice) -> str:
    match thing:
        case Chat():
            return thing.title
        case Cash():
            return spoken(say("{money}", money=money(thing.cents)), voice)
        case CashOut():
            return spoken(say("{credits}", credits=Amount(thing.credits)), voice)
        case Dispute():
            return thing.why
        case _:
            return getattr(thing, "text", "")


async def _moved(doors: Doors, pool: Pool, known: Known, of: str) -> Sequence[Moved]:
    """What one has a part in; to a steward, what can be taken back."""
    reading = doors.reading
    member = known.memberships.get(pool.id)
    if member is None:
        return ()
    if of == "dealing":
        return await reading.dealings(pool.id, member.id, AT_MOST)
    if Role.STEWARD not in await reading.roles(pool.id, member.id, doors.now()):
        return ()
    return await reading.reversible(pool.id, AT_MOST)


def _moved_label(moved: Moved, voice: Voice) -> str:
    """Who gave what to whom: '#12 Juma → Léa: 5 credits, eggs'."""
    cash = moved.kind in ("cash", "expense")
    worth = money(moved.amount) if cash else Amount(moved.amount)
    amount = spoken(say("{worth}", worth=worth), voice) if moved.amount else ""
    people = " → ".join(filter(None, (moved.giver, moved.taker)))
    what = ", ".join(filter(None, (amount, moved.text)))
    return f"#{moved.number} {': '.join(filter(None, (people, what)))}"[:LABEL_MAX]


async def _things(doors: Doors, pool: Pool, known: Known, of: str) -> Sequence[Suggested]:
    reading = doors.reading
    member = known.memberships.get(pool.id)
    if member is None:
        return ()
    if of in ("offer", "need"):
        listings = await reading.open_listings(pool.id, ListingKind(of))
        return [each for each in listings if each.owner != member.id]
    if of == "commitment for me":
        waiting = await reading.waiting(pool.id)
        return [each for each in waiting.claims if waiting.unsaid.get(each.number) == member.id]
    if of in STEWARDS and (waits := await _waiting(doors, pool, member, of)):
        return waits
    mine = await reading.mine(pool.id, member.id)
    own: dict[str, Sequence[Suggested]] = {
        "own listing": mine.listings,
        "own commitment": mine.commitments,
        "order": mine.orders,
        "own template": mine.templates,
        "dispute": mine.disputes,
        "under way": [*mine.orders, *mine.cash_outs, *mine.cash],
    }
    return own.get(of, ())


async def _waiting(doors: Doors, pool: Pool, member: Member, of: str) -> Sequence[Suggested]:
    """What waits for a steward, shown to stewards alone."""
    if Role.STEWARD not in await doors.reading.roles(pool.id, member.id, doors.now()):
        return ()
    return STEWARDS[of](await doors.reading.waiting(pool.id))


def _to_decide(waiting: Waiting) -> Sequence[Suggested]:
    asked = [each for each in waiting.cash_outs if each.state is CashOutState.REQUESTED]
    return [*asked, *waiting.expenses, *waiting.chats]


def _to_pay(waiting: Waiting) -> Sequence[Suggested]:
    return [each for each in waiting.cash_outs if each.state is CashOutState.APPROVED]


STEWARDS: Mapping[str, Callable[[Waiting], Sequence[Suggested]]] = {
    "claim": lambda waiting: waiting.claims,
    "cash": lambda waiting: waiting.cash,
    "cashout": _to_pay,
    "decision": _to_decide,
    "dispute": lambda waiting: waiting.disputes,
}
"""What waits for a steward, by what an argument wants."""
