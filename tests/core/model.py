"""What a pool should be, kept once more in plain dictionaries: an independent model of the rules.

It shares no code with the house but names of things. For every act it says which refusals are
right (none: the act must be done), and what an act that is done changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.core.book import Book, Dates, months_before, months_from
from tests.core.meetings import Meetings
from tests.core.monthly import Diary
from tests.core.quarrels import OPEN, Quarrels
from tests.core.till import OUTSIDE, TREASURY, Till

ISSUANCE, COMMON, HELD, DISPUTED = "issuance", "common", "held", "disputed"
MILLION = 1_000_000
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)

GHOST = "ghost"
"""An id that nobody has."""

PARTS = (
    "owner",
    "maker",
    "claimed_by",
    "spender",
    "giver",
    "asker",
    "payer",
    "acted_by",
    "made_by",
    "partner",
    "first_by",
    "opener",
    "other",
    "holder",
    "helper",
    "member",
    "paid_by",
    "returned_by",
)
"""As what a thing names a member."""

THERE_IS_NONE = {"NoSuchThing", "AnotherKind"}


@dataclass
class Somebody:
    """A member: of a person with accounts, or registered by another member."""

    id: str
    account: str
    person: int | None
    joined_at: datetime
    accrued: int = 0
    """Tax and demurrage that made no whole credit yet, in millionths of one."""
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

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over and nobody has closed it."""
        return self.state == "serving" and self.until is not None and self.until <= now


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
    confirmed_by: str | None = None
    issued: int = 0
    carried: int = 0
    template: int | None = None
    stipend: bool = False
    owner_pays: bool = False
    """By the rule of the day on which it was made, the one in need pays for it."""
    paid_by: str | None = None


@dataclass
class Ordered:
    """An order."""

    number: int
    offer: int
    spender: str
    giver: str
    quantity: int
    credits: int
    at: datetime
    month: str
    state: str = "held"
    delivered_at: datetime | None = None
    settled_by: str | None = None
    returned: bool = False
    """It was paid, and that was taken back."""

    @property
    def held(self) -> int:
        """Credits that are held for it."""
        return self.credits if self.state in ("held", "delivered", "disputed") else 0


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
    actor: str
    source: str
    target: str
    amount: int
    tax: int
    rate: int
    at: datetime
    undone: bool = False


@dataclass
class Trade:
    """Credits changed hands: between which accounts, for which order, and whether it stood."""

    accounts: tuple[str, ...]
    at: datetime
    order: int | None = None
    back_at: datetime | None = None


@dataclass
class Model:
    """A pool and its people."""

    now: datetime
    ledger_at: datetime
    """The instant of the last entry: none comes before it, though a machine's clock goes back."""
    book: Book
    dates: Dates = field(default_factory=Dates)
    persons: dict[str, int] = field(default_factory=dict)
    members: dict[str, Somebody] = field(default_factory=dict)
    terms: list[Serving] = field(default_factory=list)
    balances: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            (ISSUANCE, COMMON, HELD, DISPUTED, TREASURY, OUTSIDE), 0
        )
    )
    listings: dict[int, Listed] = field(default_factory=dict)
    promises: dict[int, Promised] = field(default_factory=dict)
    orders: dict[int, Ordered] = field(default_factory=dict)
    till: Till = field(default_factory=Till)
    requests: dict[int, Requested] = field(default_factory=dict)
    sends: dict[str, list[Sent]] = field(default_factory=dict)
    meetings: Meetings = field(default_factory=Meetings)
    diary: Diary = field(default_factory=Diary)
    quarrels: Quarrels = field(default_factory=Quarrels)
    moved: dict[str, str] = field(default_factory=dict)
    """The month in which a holder earned or spent last."""
    trades: dict[tuple[str, int], Trade] = field(default_factory=dict)
    """By what they were about."""
    month_began: datetime = BEFORE_ALL
    to_share: list[tuple[str, int, list[str]]] = field(default_factory=list)
    """Charges of months whose close did not come: the month after, each share, and for whom."""

    # --- looking ---------------------------------------------------------------------------

    @property
    def month(self) -> str:
        """The month by the pool's clocks."""
        return self.book.month_at(self.now)

    def says(self, rule: str) -> str:
        """What a rule says now."""
        return self.book.says(rule, self.now)

    def number(self, rule: str) -> int:
        """A rule's number now."""
        return self.book.number(rule, self.now)

    def rate(self, measure: str) -> int:
        """How many of a measure make one credit now."""
        return self.book.rate(measure, self.now)

    @property
    def end_of_month(self) -> datetime:
        """The last second of the month by the pool's clocks."""
        return self.book.ends_at(self.now) - timedelta(seconds=1)

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
            and not each.returned
            and not (listing.monthly and each.month != self.month)
        )
        promises = sum(
            1
            for promise, each in self.promises.items()
            if each.need == number
            and promise not in listing.past
            and each.state not in ("withdrawn", "reversed")
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
        ended = {
            order
            for order, each in self.orders.items()
            if each.offer == number and each.state in ("settled", "cancelled")
        }
        self.listings[number].past = ended | {
            promise
            for promise, each in self.promises.items()
            if each.need == number and (each.confirmed_by or each.state == "withdrawn")
        }

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
        guards = member.acted_by == actor.id and self.serves(actor.id, "guardian")
        if not guards and not self.serves(actor.id, "steward"):
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

    def move(self, source: str, target: str, amount: int, cause: int = 0, month: str = "") -> None:
        """An entry that moves so much; `cause` is what it is held for, where it is.

        What has no date yet is of this month, unless another is named.
        """
        self.balances[source] -= amount
        self.balances[target] += amount
        if self.dates.kept and source not in (TREASURY, OUTSIDE):
            self._move_dates(source, target, amount, cause, month or self.month)

    def _move_dates(self, source: str, target: str, amount: int, cause: int, month: str) -> None:
        """Credits keep the month of their issue; what only pays a debt has none any more."""
        inner = {HELD: cause, DISPUTED: cause}
        moved = self.dates.take(source, inner.get(source, 0), amount)
        moved += [month] * (amount - len(moved))
        if target in (ISSUANCE, COMMON):
            return
        stays = amount if target in inner else min(amount, max(self.balances[target], 0))
        self.dates.put(target, inner.get(target, 0), sorted(moved)[amount - stays :])

    def earn_or_spend(self, *members: Somebody) -> None:
        """Their balances did not rest in this month."""
        for member in members:
            self.moved[member.account] = self.book.month_at(self.ledger_at)

    def time_passes(self, now: datetime) -> None:
        """It gets so late; each month's end takes what the rules of its last instant say."""
        while self.now < now:
            ends_at, another = self.book.ends_at(self.now), self.book.next("expiry", self.now)
            month, self.now = self.month, min(ends_at, another or now, now)
            if self.now == ends_at:
                self.share_out()
                taken = sum(self._charge(member, month) for member in self.members.values())
                if self.says("demurrage_share") == "on":
                    self._note_shares(taken)
                self.month_began = ends_at
            if self.now == another:
                self.dates_follow()
        self.now = now

    def dates_follow(self) -> None:
        """Credits are dated from the day on which they begin to expire by their issue."""
        if self.says("expiry") == "lot":
            inside = {HELD, DISPUTED, *(each.account for each in self.members.values())}
            self.dates.begin(self.month, {place: self.balances[place] for place in inside})
        else:
            self.dates.end()

    def _note_shares(self, taken: int) -> None:
        """What resting credits cost is for those who traded: the month's close gives it out."""
        traders = {
            member
            for trade in self.trades.values()
            if self.month_began <= trade.at < self.now
            and not (trade.back_at and trade.back_at < self.now)
            for member in self._sides(trade)
        }
        if share := taken // len(traders) if traders else 0:
            self.to_share.append((self.month, share, sorted(traders)))

    def _sides(self, trade: Trade) -> set[str]:
        sides = {each.id for each in self.members.values() if each.account in trade.accounts}
        return sides | ({self.orders[trade.order].spender} if trade.order else set())

    def share_out(self) -> None:
        """Give out what earlier months took; the share of who has left stays in the fund."""
        for month, share, traders in self.to_share:
            for trader in traders:
                member = self.members[self.present(trader) or trader]
                if member.here:
                    self.move(COMMON, member.account, share, month=month)
        self.to_share.clear()

    def trade(self, kind: str, number: int, *accounts: str) -> None:
        """Note that credits changed hands."""
        order = number if kind == "order" else None
        self.trades[kind, number] = Trade(accounts, self.ledger_at, order)

    def trade_back(self, kind: str, number: int) -> None:
        """Note that they went back."""
        if (kind, number) in self.trades:
            self.trades[kind, number].back_at = self.ledger_at

    def _charge(self, member: Somebody, month: str) -> int:
        """Take what has expired, and the charge on the rest, which it gives."""
        balance, says = self.balances[member.account], self.book.says("expiry", self.now)
        months = self.book.number("expiry_months", self.now)
        if says == "rest":
            since = self.moved.get(member.account, self.book.month_at(member.joined_at))
            expired = balance if months_from(since, month) >= months else 0
        else:
            expired = self.dates.older(member.account, months_before(month, months))
        self._take(member, min(expired, balance) if says != "none" else 0)
        left = max(self.balances[member.account], 0)
        whole = self.accrue(member, left * self.book.number("demurrage", self.now), left)
        self._take(member, whole)
        return whole

    def _take(self, member: Somebody, amount: int) -> None:
        """Take so much for the common fund."""
        if amount > 0:
            self.move(member.account, COMMON, amount)

    def accrue(self, member: Somebody, millionths: int, most: int) -> int:
        """What the member owes so far makes so many whole credits; the rest is carried on."""
        owed = member.accrued + millionths
        whole = min(max(owed // MILLION, 0), most)
        member.accrued = owed - whole * MILLION
        return whole

    @property
    def floor(self) -> int:
        """How far down a balance may go."""
        return self.book.floor(self.now)

    def tax_on(self, member: Somebody, amount: int) -> int:
        """What a transfer would cost beside it."""
        owed = member.accrued + amount * self.number("tax")
        return max(owed // MILLION, 0)

    def transfer(
        self, giver: Somebody, taker: Somebody, amount: int, number: int, actor: str
    ) -> None:
        """A transfer between members, with its tax."""
        rate = self.number("tax")
        tax = self.accrue(giver, amount * rate, amount * rate)
        self.move(giver.account, taker.account, amount)
        if tax:
            self.move(giver.account, COMMON, tax)
        self.earn_or_spend(giver, taker)
        self.trade("send", number, giver.account, taker.account)
        ways = (giver.account, taker.account)
        sent = Sent(number, actor, *ways, amount, tax, rate, self.ledger_at)
        self.sends.setdefault(giver.account, []).append(sent)

    def undo(self, giver: Somebody, taker: Somebody, sent: Sent) -> None:
        """Take a transfer back, with its tax and what of it had made no whole credit."""
        sent.undone = True
        self.trade_back("send", sent.number)
        if sent.tax:
            self.move(COMMON, giver.account, sent.tax)
        self.move(taker.account, giver.account, sent.amount)
        giver.accrued -= sent.amount * sent.rate - sent.tax * MILLION

    def sent(self, number: int) -> Sent:
        """The transfer of this number."""
        return next(s for sends in self.sends.values() for s in sends if s.number == number)

    def holder(self, account: str) -> Somebody:
        """Who holds an account, or what was in it, by now."""
        found = next(each for each in self.members.values() if each.account == account)
        return self.members[self.present(found.id) or found.id]

    def present(self, member: str | None) -> str | None:
        """Who somebody is since accounts were linked."""
        while member and (folded := self.members[member].folded_into):
            member = folded
        return member

    def other_side(self, promise: Promised) -> Somebody | None:
        """Whose need a promise answers: somebody else than its maker, who is still here."""
        owner = self.members[self.listings[promise.need].owner] if promise.need else None
        return owner if owner and owner.here and owner.id != promise.maker else None

    def payer(self, promise: Promised) -> Somebody | None:
        """Who pays for a promise themselves."""
        return self.other_side(promise) if promise.owner_pays else None

    def worth_alone(self, promise: Promised) -> int:
        """What whoever is in need would pay: nothing that the maker carried."""
        measure, amount = promise.worth
        return amount // self.rate(measure)

    def awaits_word(self, promise: Promised) -> bool:
        """Whether the one it was for has to say first that it was kept."""
        if promise.kept or self.says("confirming") != "both":
            return False
        return self.other_side(promise) is not None

    def confirm(self, number: int, actor: str) -> int:
        """Pay what a promise, and what was carried where the pool pays, makes."""
        promise = self.promises[number]
        maker, payer = self.members[promise.maker], self.payer(promise)
        measure, amount = promise.worth
        rate, carry = self.rate(measure), maker.carry.get(measure, 0)
        credits = self.worth_alone(promise) if payer else max((amount + carry) // rate, 0)
        if measure in maker.carry:
            promise.carried = amount - credits * rate
            maker.carry[measure] += promise.carried
        if credits:
            self.move(payer.account if payer else ISSUANCE, maker.account, credits)
            sides = [maker, *([payer] if payer else [])]
            self.earn_or_spend(*sides)
            if not promise.stipend:
                self.trade("promise", number, *(each.account for each in sides))
            promise.paid_by = payer.id if payer else None
        promise.state, promise.confirmed_by, promise.issued = "confirmed", actor, credits
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

    def settle(self, order: Ordered, actor: str | None) -> None:
        """Pay the giver what was held."""
        order.state, order.settled_by = "settled", actor
        self.move(HELD, self.members[order.giver].account, order.credits, order.number)
        self.earn_or_spend(self.members[order.giver], self.members[order.spender])
        self.trade("order", order.number, self.members[order.giver].account)

    def release(self, order: Ordered) -> None:
        """Give back to the spender what was held."""
        order.state = "cancelled"
        self.move(HELD, self.members[order.spender].account, order.credits, order.number)

    def pass_time(self) -> int:
        """Let run out what has run out; how many things that were."""
        changed = 0
        for order in self.orders.values():
            if order.state == "delivered" and order.delivered_at:
                if self.now - order.delivered_at >= timedelta(hours=48):
                    self.settle(order, None)
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
        changed += self.quarrels.pass_time(self) + self.meetings.pass_time(self.now)
        self.end_terms()
        return changed + self.till.pass_time(self)

    def end_terms(self) -> None:
        """A term that is over ends, unless it is of the stewards that are left."""
        stewards = [t for t in self.terms if (t.role, t.state) == ("steward", "serving")]
        running = [term for term in stewards if not term.is_over(self.now)]
        last = max((term.until for term in stewards if term.until), default=None)
        left = {term.member for term in running or stewards if running or term.until == last}
        for term in self.terms:
            if term.is_over(self.now) and not (term.role == "steward" and term.member in left):
                term.state = "ended"

    def is_in_dispute(self, member: str) -> bool:
        """Whether a member is a side of a dispute that is open."""
        return any(member in q.sides for q in self.quarrels.all.values() if q.state in OPEN)

    def leave(self, member: Somebody, heir: Somebody | None, actor: str) -> int:
        """Settle what is open, give the rest away, forget the name; how much the rest was."""
        for listing in self.listings.values():
            if listing.owner == member.id and listing.state == "open":
                listing.state = "withdrawn"
        self.diary.leave(self, member)
        self.meetings.leave(member)
        for promise in self.promises.values():
            if promise.maker == member.id and promise.state in ("open", "done"):
                promise.state = "withdrawn"
        for order in self.orders.values():
            if member.id in (order.spender, order.giver):
                if order.state == "delivered":
                    self.settle(order, actor)
                elif order.state == "held":
                    self.release(order)
        self.till.leave(self, member)
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

    def owe_together(self, *persons: int) -> bool:
        """Whether what they have, as one member, would be lower than one may go."""
        both = [each for each in self.members.values() if each.here and each.person in persons]
        return sum(self.balances[each.account] for each in both) < self.floor

    def link(self, into: int, gone: int) -> int:
        """Make two persons one; in how many pools (this one) both were members."""
        staying = next((m for m in self.members.values() if m.here and m.person == into), None)
        joining = next((m for m in self.members.values() if m.here and m.person == gone), None)
        self.meetings.link(gone, into)
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
        older.accrued, younger.accrued = older.accrued + younger.accrued, 0
        both = [self.moved[a] for a in (older.account, younger.account) if a in self.moved]
        self.moved |= {older.account: max(both)} if both else {}
        rest = self.balances[younger.account]
        if rest:
            ways = (younger.account, older.account)
            source, target = ways if rest > 0 else ways[::-1]
            self.move(source, target, abs(rest))
        self._hand_over(younger.id, older.id)
        self.diary.end_doubles(self, older.id)
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
            *self.till.things,
            *self.quarrels.all.values(),
            *self.diary.all.values(),
        ]
        for thing in things:
            for part in PARTS:
                if getattr(thing, part, None) == gone:
                    setattr(thing, part, kept)
        for quarrel in self.quarrels.all.values():
            quarrel.hand_over(gone, kept)
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
