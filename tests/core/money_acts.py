"""What people do with money in the random histories, and what is wrong with it by the rules."""

from __future__ import annotations

from typing import Any

from core.domain.members import Role
from core.domain.treasury import CashKind
from core.domain.units import Cents, Credits
from core.usecases.cashing_out import (
    ApproveCashOut,
    CancelCashOut,
    CashOutSeconded,
    PayCashOut,
    RefuseCashOut,
    RequestCashOut,
    approve_cash_out,
    cancel_cash_out,
    pay_cash_out,
    refuse_cash_out,
    request_cash_out,
)
from core.usecases.expenses import (
    ApproveExpense,
    ExpenseApproved,
    ExpenseRefused,
    ExpenseReturned,
    ExpenseStays,
    ProposeExpense,
    RefuseExpense,
    approve_expense,
    propose_expense,
    refuse_expense,
)
from core.usecases.treasury import (
    Back,
    Buy,
    CancelCash,
    Give,
    HandOver,
    Receive,
    back,
    buy,
    cancel_cash,
    give,
    hand_over,
    receive,
)
from tests.core.model import GHOST, THERE_IS_NONE
from tests.core.till import Brought, CashedOut, Spent, Till

AMOUNTS = (500, 2000, 5000, 5700, 20000)
UNDECIDED = ("proposed", "returning")
WORDS_ON_EXPENSES = {
    (False, False): ExpenseApproved,
    (False, True): ExpenseRefused,
    (True, False): ExpenseReturned,
    (True, True): ExpenseStays,
}
"""What is answered to a word on an expense: whether it was to come back, whether the word is no."""


class MoneyActs:
    """Acts with money, for a machine that knows people."""

    def bring_some_cash(self: Any, chance: Any) -> None:
        """There is a partner, a backer, and some cash."""
        steward, partner, backer = (list(self.model.members)[n] for n in (0, 2, 3))
        (account,) = self.model.accounts(self.model.members[steward])
        self.give_role(account, partner, Role.PARTNER, None)
        self.give_role(account, backer, Role.BACKER, None)
        self.take_over_the_table(account, partner, "gift", chance.of((5000, 50000)), sure=True)

    @property
    def till(self: Any) -> Till:
        till: Till = self.model.till
        return till

    def people_bring_cash(self: Any, dice: Any) -> None:
        expected = self.there_is(self.till.cash, "announced")
        self.one_of(
            dice,
            (True, self.cash_is_announced),
            (True, self.cash_is_handed_over),
            (expected, self.cash_is_received),
            (expected, self.cash_is_received),
            (expected, self.cash_is_called_off),
        )

    def people_take_cash(self: Any, dice: Any) -> None:
        asked = self.there_is(self.till.outs, "requested")
        approved = self.there_is(self.till.outs, "approved")
        open_outs = self.there_is(self.till.outs, "requested", "approved")
        self.one_of(
            dice,
            (True, self.a_cash_out_is_asked_for),
            (True, self.a_cash_out_is_asked_for),
            (asked, self.a_cash_out_is_approved),
            (asked, self.a_cash_out_is_approved),
            (asked, self.a_cash_out_is_approved),
            (asked, self.a_cash_out_is_refused),
            (open_outs, self.a_cash_out_is_called_off),
            (approved, self.a_cash_out_is_paid),
            (approved, self.a_cash_out_is_paid),
            (True, self.an_expense_is_proposed),
            (self.there_is(self.till.expenses, *UNDECIDED), self.an_expense_is_decided),
            (self.there_is(self.till.expenses, "approved"), self.an_expense_is_to_come_back),
        )

    # --- cash in ---------------------------------------------------------------------------

    def cash_is_announced(self: Any, dice: Any) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        member, wrong = self.model.acting(account, behalf)
        kind, cents = dice.of(("gift", "buy", "backing")), Cents(dice.of(AMOUNTS))
        by, pool, odd_too = self.by(account, behalf), self.town.pool, bool(dice.throw(2))
        if kind == "gift":
            done = self.act(give, Give(pool, by, cents), wrong)
        elif kind == "buy":
            wrong = wrong | self.odd(cents, "OddPart", sure=odd_too)
            done = self.act(buy, Buy(pool, by, cents, odd_too), wrong)
        else:
            if member and not self.model.serves(member.id, "backer"):
                wrong = wrong | {"BackersOnly"}
            done = self.act(back, Back(pool, by, cents), wrong)
        if done and member:
            self.expect(done.cash, member.id, kind, cents)

    def odd(self: Any, cents: int, refusal: str, *, sure: bool) -> set[str]:
        """What is wrong with buying for so much."""
        credit = self.model.rate("cents")
        if cents < credit:
            return {"TooLittleToBuy"}
        return {refusal} if cents % credit and not sure else set()

    def expect(self: Any, number: int, giver: str, kind: str, cents: int) -> None:
        credits = cents // self.model.rate("cents") if kind == "buy" else 0
        self.till.cash[number] = Brought(giver, kind, cents, self.model.now, credits)

    def cash_is_received(self: Any, dice: Any) -> None:
        account = self.a_steward(dice)
        numbers = tuple(
            self.a_thing(dice, self.till.cash, "announced") for _ in range(dice.of((1, 1, 2)))
        )
        actor, wrong = self.model.steward(account)
        for number in numbers:
            cash = self.till.cash.get(number)
            if cash is None:
                wrong = wrong | THERE_IS_NONE
                continue
            if actor and cash.giver == actor.id:
                wrong = wrong | {"OwnCash"}
            if cash.state != "announced":
                wrong = wrong | {"NotThere"}
        done = self.act(receive, Receive(self.town.pool, self.by(account), numbers), wrong)
        for number in dict.fromkeys(numbers) if done else ():
            self.till.bring(self.model, number, actor.id)

    def cash_is_handed_over(self: Any, dice: Any) -> None:
        account, member = self.a_steward(dice), self.someone(dice)
        kind, cents = dice.of(("gift", "buy", "pledge")), dice.of(AMOUNTS)
        self.take_over_the_table(account, member, kind, cents, sure=not dice.seldom())

    def take_over_the_table(
        self: Any, account: str, member: Any, kind: str, cents: int, *, sure: bool
    ) -> None:
        actor, wrong = self.model.steward(account)
        giver, missing = self.model.resolve(member)
        wrong = wrong | missing
        if actor and giver is actor:
            wrong = wrong | {"OwnCash"}
        known = self.till.announced(giver.id, kind, cents) if giver else None
        if kind == "buy" and known is None:
            wrong = wrong | self.odd(cents, "OddPartGiven", sure=sure)
        by, as_kind = self.by(account), CashKind(kind)
        command = HandOver(self.town.pool, by, member, Cents(cents), as_kind, sure)
        done = self.act(hand_over, command, wrong)
        if done and actor and giver:
            (received,) = done.received
            assert known in (None, received.cash)
            if known is None:
                self.expect(received.cash, giver.id, kind, cents)
            self.till.bring(self.model, received.cash, actor.id)

    def cash_is_called_off(self: Any, dice: Any) -> None:
        number = self.a_thing(dice, self.till.cash, "announced")
        cash = self.till.cash.get(number)
        account, behalf = self.voice(cash.giver if cash else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        wrong = wrong | self.not_mine(member, cash, "giver", "announced")
        command = CancelCash(self.town.pool, self.by(account, behalf), number)
        if self.act(cancel_cash, command, wrong) and cash:
            cash.state = "lapsed"

    def not_mine(self: Any, member: Any, thing: Any, owner: str, *states: str) -> set[str]:
        """What keeps somebody from taking a step with a thing of their own."""
        if thing is None:
            return set(THERE_IS_NONE)
        wrong = set()
        if member and getattr(thing, owner) != member.id:
            wrong.add("NotYours")
        if thing.state not in states:
            wrong.add("NotThere")
        return wrong

    # --- what the pool pays ----------------------------------------------------------------

    def an_expense_is_proposed(self: Any, dice: Any) -> None:
        account, cents = self.a_steward(dice), Cents(dice.of(AMOUNTS))
        actor, wrong = self.model.steward(account)
        if cents > self.till.free(self.model):
            wrong = wrong | {"NotInTreasury"}
        command = ProposeExpense(self.town.pool, self.by(account), cents, "Rent")
        done = self.act(propose_expense, command, wrong)
        if done and actor:
            self.till.expenses[done.expense] = Spent(actor.id, cents)

    def an_expense_is_decided(self: Any, dice: Any) -> None:
        """Whether it is paid, or whether the cash comes back that was."""
        account = self.a_steward(dice)
        number = self.a_thing(dice, self.till.expenses, *UNDECIDED)
        expense = self.till.expenses.get(number)
        actor, wrong = self.model.steward(account)
        wrong = wrong | self.undecidable_money(actor, expense, "asked_by", "OwnExpense", *UNDECIDED)
        returning = expense is not None and expense.state == "returning"
        pool, by, no = self.town.pool, self.by(account), dice.throw(4) == 0
        if no:
            done = self.act(refuse_expense, RefuseExpense(pool, by, number, "No"), wrong)
        else:
            if expense and not returning and expense.cents > self.till.free(self.model):
                wrong = wrong | {"NotInTreasury"}
            done = self.act(approve_expense, ApproveExpense(pool, by, number), wrong)
        if done and expense:
            assert isinstance(done, WORDS_ON_EXPENSES[returning, no])
            self.till.decide(self.model, expense, no=no)

    def undecidable_money(
        self: Any, actor: Any, thing: Any, owner: str, own: str, *states: str
    ) -> set[str]:
        """What keeps a steward from deciding on money."""
        if thing is None:
            return set(THERE_IS_NONE)
        wrong = set()
        if actor and getattr(thing, owner) == actor.id:
            wrong.add(own)
        if thing.state not in states:
            wrong.add("NotThere")
        return wrong

    # --- cash-outs -------------------------------------------------------------------------

    def a_cash_out_is_asked_for(self: Any, dice: Any) -> None:
        partners = [each.member for each in self.model.terms if each.role == "partner"]
        account, behalf = self.voice(dice.of([*partners, self.someone(dice)]), dice)
        credits = dice.of((1, 4, 7, 12))
        member, wrong = self.model.acting(account, behalf)
        till, model = self.till, self.model
        out = CashedOut(member.id if member else GHOST, credits, model.month)
        alone = till.alone(model, credits)
        if model.says("cash_out") == "off":
            wrong = wrong | {"CashOutOff"}
        if member:
            if not model.serves(member.id, "partner"):
                wrong = wrong | {"PartnersOnly"}
            if till.over_cap(model, None, out):
                wrong = wrong | {"OverCap"}
            if model.balance(member.id) < credits:
                wrong = wrong | {"NotEnough"}
            if alone and not till.payable(model, None, out):
                wrong = wrong | {"NotInTreasury"}
        by = self.by(account, behalf)
        command = RequestCashOut(self.town.pool, by, Credits(credits))
        done = self.act(request_cash_out, command, wrong)
        if done and member:
            till.outs[done.cash_out] = out
            model.move(member.account, "held", credits, done.cash_out)
            if alone:
                till.reserve(model, done.cash_out)
            assert (done.approved, done.cents) == (out.approved, out.cents)

    def a_cash_out_is_approved(self: Any, dice: Any) -> None:
        account, till, model = self.a_steward(dice), self.till, self.model
        number = self.a_thing(dice, till.outs, "requested")
        out, sure = till.outs.get(number), not dice.seldom()
        actor, wrong = model.steward(account)
        wrong = wrong | self.undecidable_money(actor, out, "partner", "OwnCashOut", "requested")
        if model.says("cash_out") == "off":
            wrong = wrong | {"CashOutOff"}
        if out:
            if not model.serves(out.partner, "partner"):
                wrong = wrong | {"HasNoRole"}
            if actor and out.first_by == actor.id:
                wrong = wrong | {"ApprovedByYou"}
            if till.over_cap(model, number, out):
                wrong = wrong | {"OverCap"}
            if not till.payable(model, number, out):
                wrong = wrong | {"NotInTreasury"}
            if not sure:
                wrong = wrong | {"CashOutMeans"}
        command = ApproveCashOut(self.town.pool, self.by(account), number, sure=sure)
        done = self.act(approve_cash_out, command, wrong)
        if not done or not out or not actor:
            return
        seconded = out.credits > model.number("two_stewards") and out.first_by is None
        assert isinstance(done, CashOutSeconded) == seconded
        if seconded:
            out.first_by = actor.id
        else:
            till.reserve(model, number)
            assert (done.approved, done.cents) == (out.approved, out.cents)

    def a_cash_out_is_refused(self: Any, dice: Any) -> None:
        account = self.a_steward(dice)
        number = self.a_thing(dice, self.till.outs, "requested")
        out = self.till.outs.get(number)
        actor, wrong = self.model.steward(account)
        wrong = wrong | self.undecidable_money(actor, out, "partner", "OwnCashOut", "requested")
        command = RefuseCashOut(self.town.pool, self.by(account), number, "Not now")
        if self.act(refuse_cash_out, command, wrong):
            self.till.give_back(self.model, number, "refused")

    def a_cash_out_is_called_off(self: Any, dice: Any) -> None:
        number = self.a_thing(dice, self.till.outs, "requested", "approved")
        out = self.till.outs.get(number)
        account, behalf = self.voice(out.partner if out else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        wrong = wrong | self.not_mine(member, out, "partner", "requested", "approved")
        command = CancelCashOut(self.town.pool, self.by(account, behalf), number)
        if self.act(cancel_cash_out, command, wrong):
            self.till.give_back(self.model, number, "cancelled")

    def a_cash_out_is_paid(self: Any, dice: Any) -> None:
        account = self.a_steward(dice)
        number = self.a_thing(dice, self.till.outs, "approved")
        out = self.till.outs.get(number)
        actor, wrong = self.model.steward(account)
        wrong = wrong | self.undecidable_money(actor, out, "partner", "OwnCashOut", "approved")
        command = PayCashOut(self.town.pool, self.by(account), number)
        if self.act(pay_cash_out, command, wrong):
            self.till.pay(self.model, number)

    # --- what must always hold -------------------------------------------------------------

    def money_is_the_models(self: Any) -> None:
        """8.6: never more is promised than there is."""
        assert self.till.free(self.model) >= 0
        assert self.stored("cash", "number, giver, kind, cents, credits, state") == {
            (number, each.giver, each.kind, each.cents, each.credits, each.state)
            for number, each in self.till.cash.items()
        }
        assert self.stored("expense", "number, made_by, returned_by, cents, state") == {
            (number, each.made_by, each.returned_by, each.cents, each.state)
            for number, each in self.till.expenses.items()
        }
        names = "number, partner, credits, approved, cents, first_by, state"
        assert self.stored("cash_out", names) == {
            (n, each.partner, each.credits, each.approved, each.cents, each.first_by, each.state)
            for n, each in self.till.outs.items()
        }
