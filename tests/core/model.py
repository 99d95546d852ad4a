"""What a pool should be, kept once more in plain dictionaries: an independent model of the rules.

It shares no code with the house but names of things. For every act it says which refusals are
right (none: the act must be done), and what an act that is done changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ISSUANCE, COMMON, HELD = "issuance", "common", "held"
RATES = {"credits": 1, "minutes": 30, "cents": 1000}
GHOST = "ghost"
"""An id that nobody has."""

THERE_IS_NONE = {"NoSuchThing", "AnotherKind"}


@dataclass
class Somebody:
    """A member: of a person with accounts, or registered by another member."""

    id: str
    account: str
    person: int | None
    joined_at: datetime
    acted_by: str | None = None
    here: bool = True
    folded_into: str | None = None
    carry: dict[str, int] = field(default_factory=lambda: {"minutes": 0, "cents": 0})


@dataclass
class Serving:
    """A term of a role."""

    member: str
    role: str
    until: datetime | None
    state: str = "serving"


@dataclass
class Listed:
    """An offer or a need."""

    kind: str
    owner: str
    price: tuple[str, int]
    quantity: int | None
    monthly: bool
    until: datetime
    state: str = "open"
    past: set[int] = field(default_factory=set)
    """What had ended when the limit was set, or began to count for another time."""


@dataclass
class Promised:
    """A commitment."""

    maker: str
    worth: tuple[str, int]
    month: str
    due: datetime | None = None
    need: int | None = None
    state: str = "open"
    kept: bool = False
    claimed_by: str | None = None


@dataclass
class Ordered:
    """An order."""

    offer: int
    spender: str
    giver: str
    quantity: int
    credits: int
    at: datetime
    month: str
    state: str = "held"
    delivered_at: datetime | None = None


@dataclass
class Requested:
    """A request for credits."""

    asker: str
    payer: str
    credits: int
    state: str = "open"


@dataclass
class Sent:
    """A transfer."""

    number: int
    target: str
    amount: int
    at: datetime
    undone: bool = False


@dataclass
class Model:
    """A pool and its people."""

    now: datetime
    ledger_at: datetime
    persons: dict[str, int] = field(default_factory=dict)
    members: dict[str, Somebody] = field(default_factory=dict)
    terms: list[Serving] = field(default_factory=list)
    balances: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((ISSUANCE, COMMON, HELD), 0)
    )
    listings: dict[int, Listed] = field(default_factory=dict)
    promises: dict[int, Promised] = field(default_factory=dict)
    orders: dict[int, Ordered] = field(default_factory=dict)
    requests: dict[int, Requested] = field(default_factory=dict)
    sends: dict[str, list[Sent]] = field(default_factory=dict)

    # --- looking ---------------------------------------------------------------------------

    @property
    def month(self) -> str:
        """The month by Nairobi's clocks, three hours ahead of UTC all year."""
        return (self.now + timedelta(hours=3)).strftime("%Y-%m")

    def behind(self, account: str) -> Somebody | None:
        """The member behind an account on a platform."""
        person = self.persons.get(account)
        for each in self.members.values():
            if each.here and person is not None and each.person == person:
                return each
        return None

    def accounts(self, member: Somebody) -> list[str]:
        """The accounts of a member."""
        return [
            account
            for account, person in self.persons.items()
            if member.person is not None and person == member.person
        ]

    def stewards(self) -> list[str]:
        """Who serves as a steward: those whose term runs, else whose ended last."""
        terms = [each for each in self.terms if each.role == "steward" and each.state == "serving"]
        running = [each.member for each in terms if each.until is None or self.now < each.until]
        if running or not terms:
            return running
        last = max(each.until for each in terms if each.until)
        return [each.member for each in terms if each.until == last]

    def serves(self, member: str, role: str) -> bool:
        """Whether a member serves in a role now."""
        if role == "steward":
            return member in self.stewards()
        return any(
            each.member == member
            and each.role == role
            and each.state == "serving"
            and (each.until is None or self.now < each.until)
            for each in self.terms
        )

    def balance(self, member: str) -> int:
        """What a member has."""
        return self.balances[self.members[member].account]

    def taken(self, number: int) -> int:
        """How many of a listing are spoken for, counted from orders and promises."""
        listing = self.listings[number]
        orders = sum(
            each.quantity
            for order, each in self.orders.items()
            if each.offer == number
            and order not in listing.past
            and each.state != "cancelled"
            and not (listing.monthly and each.month != self.month)
        )
        promises = sum(
            1
            for promise, each in self.promises.items()
            if each.need == number
            and promise not in listing.past
            and each.state != "withdrawn"
            and not (listing.monthly and each.month != self.month)
        )
        return orders + promises

    def left(self, number: int) -> int:
        """How many of a listing are to be had."""
        quantity = self.listings[number].quantity
        return 10**12 if quantity is None else quantity - self.taken(number)

    def resolve(self, member: str) -> tuple[Somebody | None, set[str]]:
        """Who is meant by an id, and what is wrong with that."""
        found = self.members.get(member)
        while found is not None and found.folded_into is not None:
            found = self.members[found.folded_into]
        if found is None:
            return None, {"NoSuchMember"}
        return (found, set()) if found.here else (None, {"MemberLeft"})

    def restate(self, number: int) -> None:
        """Count only what is still open of a listing from now on."""
        orders = [n for n, each in self.orders.items() if each.offer == number]
        promises = [n for n, each in self.promises.items() if each.need == number]
        ended = {n for n in orders if self.orders[n].state in ("settled", "cancelled")}
        ended |= {n for n in promises if self.promises[n].state in ("confirmed", "withdrawn")}
        self.listings[number].past = ended

    # --- who may ---------------------------------------------------------------------------

    def acting(self, account: str, behalf: str | None) -> tuple[Somebody | None, set[str]]:
        """For whom an account acts, and what is wrong with that."""
        actor = self.behind(account)
        if actor is None:
            return None, {"NotAMember"}
        if behalf is None or behalf == actor.id:
            return actor, set()
        member, wrong = self.resolve(behalf)
        if member is None:
            return None, wrong
        if member.person is not None:
            return None, {"ActsForThemselves"}
        if member.acted_by != actor.id and not self.serves(actor.id, "steward"):
            return None, {"MayNotActFor"}
        return member, set()

    def steward(self, account: str) -> tuple[Somebody | None, set[str]]:
        """The steward behind an account, and what is wrong with that."""
        actor = self.behind(account)
        if actor is None:
            return None, {"NotAMember"}
        if not self.serves(actor.id, "steward"):
            return None, {"StewardsOnly"}
        return actor, set()

    # --- moving ----------------------------------------------------------------------------

    def move(self, source: str, target: str, amount: int) -> None:
        """An entry that moves so much."""
        self.balances[source] -= amount
        self.balances[target] += amount
        self.ledger_at = max(self.now, self.ledger_at)

    def transfer(self, giver: Somebody, taker: Somebody, amount: int, number: int) -> None:
        """A transfer between members."""
        self.move(giver.account, taker.account, amount)
        sent = Sent(number, taker.account, amount, self.ledger_at)
        self.sends.setdefault(giver.account, []).append(sent)

    def confirm(self, number: int) -> int:
        """Issue what a promise and what was carried make."""
        promise = self.promises[number]
        maker = self.members[promise.maker]
        measure, amount = promise.worth
        total = amount + maker.carry.get(measure, 0)
        credits, rest = divmod(total, RATES[measure])
        if measure in maker.carry:
            maker.carry[measure] = rest
        if credits:
            self.move(ISSUANCE, maker.account, credits)
        promise.state = "confirmed"
        self._meet(promise.need)
        return credits

    def _meet(self, need: int | None) -> None:
        if need is None:
            return
        listing = self.listings[need]
        waited_for = [
            each
            for each in self.promises.values()
            if each.need == need and each.state in ("open", "done", "missed")
        ]
        whole = listing.quantity is not None and self.taken(need) >= listing.quantity
        if listing.state == "open" and not listing.monthly and whole and not waited_for:
            listing.state = "closed"

    def settle(self, order: Ordered) -> None:
        """Pay the giver what was held."""
        order.state = "settled"
        self.move(HELD, self.members[order.giver].account, order.credits)

    def release(self, order: Ordered) -> None:
        """Give back to the spender what was held."""
        order.state = "cancelled"
        self.move(HELD, self.members[order.spender].account, order.credits)

    def pass_time(self) -> int:
        """Let run out what has run out; how many things that were."""
        changed = 0
        for order in self.orders.values():
            if order.state == "delivered" and order.delivered_at:
                if self.now - order.delivered_at >= timedelta(hours=48):
                    self.settle(order)
                    changed += 1
            elif order.state == "held" and self.now - order.at >= timedelta(days=30):
                self.release(order)
                changed += 1
        for listing in self.listings.values():
            if listing.state == "open" and self.now >= listing.until:
                listing.state = "expired"
                changed += 1
        for promise in self.promises.values():
            late = promise.due and self.now - promise.due >= timedelta(hours=24)
            if promise.state == "open" and late:
                promise.state = "missed"
                changed += 1
        return changed

    def leave(self, member: Somebody, heir: Somebody | None) -> int:
        """Settle what is open, give the rest away, forget the name; how much the rest was."""
        for listing in self.listings.values():
            if listing.owner == member.id and listing.state == "open":
                listing.state = "withdrawn"
        for promise in self.promises.values():
            if promise.maker == member.id and promise.state in ("open", "done"):
                promise.state = "withdrawn"
        for order in self.orders.values():
            if member.id in (order.spender, order.giver):
                if order.state == "delivered":
                    self.settle(order)
                elif order.state == "held":
                    self.release(order)
        for request in self.requests.values():
            if member.id in (request.asker, request.payer) and request.state == "open":
                request.state = "declined"
        for term in self.terms:
            if term.member == member.id and term.state == "serving":
                term.state = "stepped_down"
        rest = self.balances[member.account]
        if rest:
            self.move(member.account, heir.account if heir else COMMON, rest)
        self._forget(member)
        return rest

    def _forget(self, member: Somebody) -> None:
        for account in self.accounts(member):
            del self.persons[account]
        member.person, member.acted_by, member.here = None, None, False
        member.carry = {"minutes": 0, "cents": 0}

    # --- linking ---------------------------------------------------------------------------

    def link(self, into: int, gone: int) -> int:
        """Make two persons one; in how many pools (this one) both were members."""
        staying = next((m for m in self.members.values() if m.here and m.person == into), None)
        joining = next((m for m in self.members.values() if m.here and m.person == gone), None)
        if joining is not None and staying is None:
            joining.person = into
        for account, person in self.persons.items():
            if person == gone:
                self.persons[account] = into
        if joining is None or staying is None:
            return 0
        older, younger = sorted((staying, joining), key=lambda each: (each.joined_at, each.id))
        self._fold(older, younger)
        older.person = into
        return 1

    def _fold(self, older: Somebody, younger: Somebody) -> None:
        younger.person, younger.here, younger.folded_into = None, False, older.id
        for measure in older.carry:
            older.carry[measure] += younger.carry[measure]
            younger.carry[measure] = 0
        rest = self.balances[younger.account]
        if rest:
            self.move(younger.account, older.account, rest)
        self._hand_over(younger.id, older.id)
        for term in self.terms:
            if term.member == younger.id and term.state == "serving":
                self._join_term(term, older.id)

    def _hand_over(self, gone: str, kept: str) -> None:
        things = [
            *self.listings.values(),
            *self.promises.values(),
            *self.orders.values(),
            *self.requests.values(),
            *self.members.values(),
        ]
        parts = ("owner", "maker", "claimed_by", "spender", "giver", "asker", "payer", "acted_by")
        for thing in things:
            for part in parts:
                if getattr(thing, part, None) == gone:
                    setattr(thing, part, kept)
        for request in self.requests.values():
            if request.asker == request.payer and request.state == "open":
                request.state = "declined"

    def _join_term(self, term: Serving, kept: str) -> None:
        own = [
            each
            for each in self.terms
            if each.member == kept and each.role == term.role and each.state == "serving"
        ]
        term.member = kept
        if not own:
            return
        term.state = "ended"
        ends = (own[0].until, term.until)
        own[0].until = None if None in ends else max(end for end in ends if end)
