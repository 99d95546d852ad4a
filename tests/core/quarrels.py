"""What the model pool takes back, and its disputes: what they freeze, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.core.model import Model, Sent

DISPUTED, COMMON, HELD, ISSUANCE = "disputed", "common", "held", "issuance"
WEEK = timedelta(days=7)
ENDS = {"keep": "resolved", "reverse": "reversed", "compensate": "compensated"}
OPEN = ("opened", "talk", "panel", "circle")


@dataclass(frozen=True)
class Matter:
    """Who gave, who got, how much; who has a part in it; whether it is in the books."""

    gave: str | None
    got: str
    credits: int
    involved: frozenset[str]
    paid: bool
    stands: bool = True
    """It was not taken back, and may be disputed."""


@dataclass
class Quarrel:
    """A dispute about a transfer, a promise or an order."""

    about: tuple[str, int]
    opener: str
    other: str | None
    holder: str
    frozen: int
    helper: str | None = None
    ruling: str = "undecided"
    back: int = 0
    agreed: set[str] = field(default_factory=set)
    panel: list[str] = field(default_factory=list)
    votes: dict[str, str] = field(default_factory=dict)
    next_at: datetime | None = None
    state: str = "opened"

    @property
    def sides(self) -> set[str]:
        """Between whom it is."""
        return {side for side in (self.opener, self.other) if side}

    def hand_over(self, gone: str, kept: str) -> None:
        """Two were one all the time."""
        self.agreed = {kept if each == gone else each for each in self.agreed}
        self.panel = [kept if each == gone else each for each in self.panel]
        self.votes = {kept if each == gone else each: word for each, word in self.votes.items()}


@dataclass
class Quarrels:
    """All disputes of a pool."""

    all: dict[int, Quarrel] = field(default_factory=dict)

    def about(self, kind: str, number: int) -> Quarrel | None:
        """The dispute about something, unless it was withdrawn."""
        for each in self.all.values():
            if each.about == (kind, number) and each.state != "withdrawn":
                return each
        return None

    def without_part(self, model: Model, quarrel: Quarrel, member: str) -> bool:
        """Whether a member has nothing to do with it."""
        involved = matter(model, *quarrel.about).involved
        return member not in involved and member != quarrel.opener

    # --- what happens ----------------------------------------------------------------------

    def open(self, model: Model, number: int, about: tuple[str, int], opener: str) -> Quarrel:
        """Set aside what the receiver still has of it."""
        what = matter(model, *about)
        account = model.members[what.got].account
        frozen = min(what.credits, max(model.balances[account], 0)) if what.paid else 0
        other = what.gave if opener == what.got else what.got
        self.all[number] = quarrel = Quarrel(about, opener, other, what.got, frozen)
        if frozen:
            model.move(account, DISPUTED, frozen, number)
        kind, about_number = about
        if kind == "promise":
            model.promises[about_number].state = "disputed"
        if kind == "order" and model.orders[about_number].state != "settled":
            model.orders[about_number].state = "disputed"
        return quarrel

    def thaw(self, model: Model, number: int) -> None:
        """What was set aside is free again."""
        quarrel = self.all[number]
        if quarrel.frozen:
            account = model.members[quarrel.holder].account
            model.move(DISPUTED, account, quarrel.frozen, number)

    def carry_out(self, model: Model, number: int) -> None:
        """Do what was decided."""
        quarrel = self.all[number]
        self.thaw(model, number)
        what = matter(model, *quarrel.about)
        own = what.gave == what.got
        if quarrel.ruling == "reverse" and not (own and went_across(model, *quarrel.about)):
            take_back(model, *quarrel.about)
            gave = model.members[what.gave] if what.gave else None
            if gave and not gave.here and model.balances[gave.account] > 0:
                model.move(gave.account, COMMON, model.balances[gave.account])
        else:
            let_stand(model, quarrel.about, quarrel.helper)
        if quarrel.ruling == "compensate" and not own:
            self._compensate(model, quarrel, matter(model, *quarrel.about))
        quarrel.state = ENDS[quarrel.ruling]
        quarrel.next_at = model.now + 2 * WEEK

    def _compensate(self, model: Model, quarrel: Quarrel, what: Matter) -> None:
        payer = model.members[what.gave] if what.gave else None
        account = model.members[what.got].account
        cover(model, account, quarrel.back)
        target = payer.account if payer and payer.here else COMMON
        model.move(account, target, quarrel.back)

    def drop(self, model: Model, number: int, actor: str) -> None:
        """Who opened it gives way: of an open order, the other side's word counts."""
        quarrel = self.all[number]
        self.thaw(model, number)
        kind, about = quarrel.about
        order = model.orders.get(about) if kind == "order" else None
        if order and order.state == "disputed" and order.giver == quarrel.opener:
            model.release(order)
        else:
            let_stand(model, quarrel.about, actor)
        quarrel.state, quarrel.next_at = "withdrawn", None

    def pass_time(self, model: Model) -> int:
        """Let go on what was waiting; how many that were."""
        due = [n for n, each in self.all.items() if each.next_at and each.next_at <= model.now]
        for number in sorted(due):
            quarrel = self.all[number]
            if quarrel.state == "talk":
                self.carry_out(model, number)
            else:
                quarrel.state = "circle" if quarrel.state == "panel" else quarrel.state
                quarrel.next_at = None
        return len(due)


# --- what it is about ----------------------------------------------------------------------


def matter(model: Model, kind: str, number: int) -> Matter:
    """What a dispute, or a reversal, would be about."""
    if kind == "send":
        sent = model.sent(number)
        gave, got = model.holder(sent.source), model.holder(sent.target)
        involved = {gave.id, got.id, model.present(sent.actor)}
        return Matter(gave.id, got.id, sent.amount, known(involved), True, not sent.undone)
    if kind == "order":
        order = model.orders[number]
        involved = {order.spender, order.giver, model.present(order.settled_by)}
        paid, stands = order.state == "settled", order.state != "cancelled" and not order.returned
        return Matter(order.spender, order.giver, order.credits, known(involved), paid, stands)
    promise = model.promises[number]
    owner = model.listings[promise.need].owner if promise.need else None
    confirmed, (measure, amount) = promise.confirmed_by is not None, promise.worth
    credits = promise.issued if confirmed else amount // model.rate(measure)
    involved = {promise.maker, owner, promise.claimed_by, model.present(promise.confirmed_by)}
    paid, stands = promise.issued > 0, promise.state in ("done", "confirmed")
    return Matter(owner, promise.maker, credits, known(involved), paid, stands)


def went_across(model: Model, kind: str, number: int) -> bool:
    """Whether credits went from one member's account straight to the other's."""
    return kind == "send" or (kind == "promise" and model.promises[number].paid_by is not None)


def known(members: set[str | None]) -> frozenset[str]:
    """Those who are somebody."""
    return frozenset(each for each in members if each)


def let_stand(model: Model, about: tuple[str, int], actor: str | None) -> None:
    """It was all right: what was promised or ordered counts as kept."""
    kind, number = about
    if kind == "order" and model.orders[number].state == "disputed":
        model.settle(model.orders[number], actor)
    if kind == "promise":
        promise = model.promises[number]
        if promise.confirmed_by is None and actor:
            if payer := model.payer(promise):
                cover(model, payer.account, model.worth_alone(promise))
            model.confirm(number, actor)
        promise.state = "confirmed"


# --- taking back ---------------------------------------------------------------------------


def take_back(model: Model, kind: str, number: int) -> int:
    """Undo something whole; how much of it the common fund bears (rules, 8.5)."""
    if kind == "send":
        return _send_back(model, model.sent(number))
    if kind == "promise":
        return _unconfirm(model, number)
    if kind == "cash":
        return _cash_back(model, number)
    order = model.orders[number]
    if order.state != "settled":
        model.release(order)
        return 0
    order.returned = True
    model.trade_back(kind, number)
    giver = model.members[order.giver].account
    covered = cover(model, giver, order.credits)
    model.move(giver, HELD, order.credits, number)
    model.move(HELD, model.members[order.spender].account, order.credits, number)
    return covered


def cover(model: Model, account: str, credits: int) -> int:
    """The common fund lays out what is not there any more."""
    short = max(credits - max(model.balances[account], 0), 0)
    if short:
        model.move(COMMON, account, short)
    return short


def _send_back(model: Model, sent: Sent) -> int:
    giver, taker = model.holder(sent.source), model.holder(sent.target)
    covered = cover(model, taker.account, sent.amount)
    model.undo(giver, taker, sent)
    return covered


def _unconfirm(model: Model, number: int) -> int:
    promise = model.promises[number]
    maker, (measure, _) = model.members[promise.maker], promise.worth
    promise.state, covered = "reversed", 0
    model.trade_back("promise", number)
    if promise.issued:
        covered = cover(model, maker.account, promise.issued)
        payer = model.members[promise.paid_by].account if promise.paid_by else ISSUANCE
        model.move(maker.account, payer, promise.issued)
    if measure in maker.carry:
        maker.carry[measure] -= promise.carried
    return covered


def _cash_back(model: Model, number: int) -> int:
    cash = model.till.cash[number]
    cash.state, covered = "reversed", 0
    if cash.credits:
        giver = model.members[cash.giver].account
        covered = cover(model, giver, cash.credits)
        model.move(giver, ISSUANCE, cash.credits)
    model.move("treasury", "outside", cash.cents)
    return covered
