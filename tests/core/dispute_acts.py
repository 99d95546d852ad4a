"""What goes wrong in the random histories: disputes with all their steps, and reversals."""

from __future__ import annotations

from typing import Any

from core.domain.disputes import Ruling
from core.domain.units import Credits, Number
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.disputes import (
    Agree,
    Appeal,
    Drop,
    Judge,
    Mediate,
    OpenDispute,
    Resolve,
    agree,
    appeal,
    drop,
    judge,
    mediate,
    open_dispute,
    resolve,
)
from core.usecases.expenses import ReturnAsked
from tests.core.model import GHOST, THERE_IS_NONE
from tests.core.quarrels import OPEN, WEEK, Quarrel, Quarrels, matter, take_back, went_across

RULINGS = (Ruling.KEEP, Ruling.REVERSE, Ruling.COMPENSATE)
PAID_BY = {"work": "promise", "stipend": "promise", "met": "promise", "settle": "order"}
CASH = ("gift", "buy", "pledge", "dues", "backing")


class DisputeActs:
    """Acts on what went wrong, for a machine that knows people."""

    @property
    def quarrels(self: Any) -> Quarrels:
        quarrels: Quarrels = self.model.quarrels
        return quarrels

    def people_quarrel(self: Any, dice: Any) -> None:
        there = self.quarrels.all

        def some(*states: str) -> bool:
            return bool(self.there_is(there, *states))

        self.one_of(
            dice,
            (True, self.something_is_disputed),
            (not some(*OPEN), self.something_is_disputed),
            (some("opened"), self.somebody_helps),
            (some("opened", "talk", "circle"), self.a_dispute_is_decided),
            (some("opened", "talk", "circle"), self.a_dispute_is_decided),
            (some("talk"), self.somebody_agrees),
            (some("talk"), self.somebody_agrees),
            (some("talk"), self.somebody_appeals),
            (some("panel"), self.somebody_judges),
            (some("panel"), self.somebody_judges),
            (some("panel"), self.somebody_judges),
            (some(*OPEN), self.a_dispute_is_withdrawn),
            (True, self.something_is_reversed),
        )

    # --- what a number means ---------------------------------------------------------------

    def meaning(self: Any, number: int) -> tuple[str, int] | None:
        """What a number is about, looked up in the bare rows where it is an entry's."""
        model = self.model
        for kind, things in (
            ("promise", model.promises),
            ("order", model.orders),
            ("cash", model.till.cash),
            ("expense", model.till.expenses),
        ):
            if number in things:
                return kind, number
        rows = self.hall.rows(
            "SELECT kind, cause FROM entry WHERE pool_id = :pool AND number = :number",
            pool=self.town.pool,
            number=number,
        )
        for kind, cause in rows:
            if kind == "send":
                return "send", number
            if kind in CASH:
                return "cash", cause
            return PAID_BY.get(kind, kind), cause
        return None

    def a_matter(self: Any, dice: Any) -> Number:
        """The number of something between people, mostly of late."""
        model = self.model
        sends = [each.number for sends in model.sends.values() for each in sends[-3:]]
        orders = [n for n, each in model.orders.items() if each.state != "cancelled"]
        claims = [n for n, each in model.promises.items() if each.state in ("done", "confirmed")]
        some = [each[-3:] for each in (sorted(sends), orders, claims) if each]
        if not some or dice.seldom():
            return self.a_thing(dice, {})
        return Number(dice.of(dice.of(some)))

    def is_past(self: Any, kind: str, number: int) -> bool:
        """Whether a count began after a promise was confirmed that has no line in the books.

        Then nothing tells the pool which came first.
        """
        brought_nothing = kind == "promise" and not self.model.promises[number].issued
        listings = self.model.listings.values()
        return brought_nothing and any(number in each.past for each in listings)

    # --- a dispute -------------------------------------------------------------------------

    def something_is_disputed(self: Any, dice: Any) -> None:
        model, number = self.model, self.a_matter(dice)
        about = self.meaning(number)
        if about and about[1] in model.orders:
            about = ("order", about[1])  # Each line in the books about an order is about it.
        between = about and about[0] in ("send", "promise", "order")
        what = matter(model, *about) if between else None
        involved = sorted(what.involved) if what else [GHOST]
        account, behalf = self.voice(dice.of(involved), dice)
        member, wrong = model.acting(account, behalf)
        if about is None:
            wrong = wrong | THERE_IS_NONE
        elif what is None:
            wrong = wrong | {"NotDisputable", "AnotherKind"}
        else:
            if self.is_past(*about):
                return
            if member and member.id not in what.involved:
                wrong = wrong | {"NoPart"}
            if what.gave == what.got:
                wrong = wrong | {"NotDisputable"}
            if self.quarrels.about(*about):
                wrong = wrong | {"DisputedAlready"}
            if not what.stands:
                wrong = wrong | {"AlreadyReversed", "NotThere"}
        by = self.by(account, behalf)
        done = self.act(open_dispute, OpenDispute(self.town.pool, by, number, "No"), wrong)
        if done and member and about:
            quarrel = self.quarrels.open(model, done.dispute, about, member.id)
            assert (done.frozen, done.other and done.other.member) == (
                quarrel.frozen,
                quarrel.other,
            )

    def a_quarrel(self: Any, dice: Any, *states: str) -> tuple[Number, Quarrel | None]:
        number = self.a_thing(dice, self.quarrels.all, *states)
        return number, self.quarrels.all.get(number)

    def judging(self: Any, dice: Any, number: int, quarrel: Quarrel | None) -> Any:
        """A steward's account, who it is, and what is wrong with their judging."""
        account = self.a_steward(dice)
        if quarrel and not dice.seldom():
            free = [
                each
                for member in self.model.stewards()
                if self.quarrels.without_part(self.model, quarrel, member)
                for each in self.model.accounts(self.model.members[member])
            ]
            account = dice.of(free) if free else account
        actor, wrong = self.model.steward(account)
        if quarrel is None:
            wrong = wrong | THERE_IS_NONE
        elif actor and not self.quarrels.without_part(self.model, quarrel, actor.id):
            wrong = wrong | {"Involved"}
        version, old = self.version(dice, "dispute", number)
        return account, actor, wrong | old, version

    def somebody_helps(self: Any, dice: Any) -> None:
        number, quarrel = self.a_quarrel(dice, "opened")
        account, actor, wrong, version = self.judging(dice, number, quarrel)
        if quarrel and quarrel.state != "opened":
            wrong = wrong | {"NotThere"}
        command = Mediate(self.town.pool, self.by(account), number, version)
        if self.act(mediate, command, wrong) and quarrel:
            quarrel.state, quarrel.helper = "talk", actor.id

    def a_dispute_is_decided(self: Any, dice: Any) -> None:
        number, quarrel = self.a_quarrel(dice, "opened", "talk", "circle")
        account, actor, wrong, version = self.judging(dice, number, quarrel)
        ruling, back = dice.of(RULINGS), dice.of((1, 1, 2, 5, 30))
        if quarrel:
            if quarrel.state not in ("opened", "talk", "circle"):
                wrong = wrong | {"NotThere"}
            if quarrel.ruling != "undecided" and quarrel.state != "circle":
                wrong = wrong | {"DecidedAlready"}
            most = matter(self.model, *quarrel.about).credits
            if ruling is Ruling.COMPENSATE and back > most:
                wrong = wrong | {"TooMuchBack"}
        by = self.by(account)
        command = Resolve(self.town.pool, by, number, ruling, "So be it", Credits(back), version)
        done = self.act(resolve, command, wrong)
        if done and quarrel:
            quarrel.ruling, quarrel.back, quarrel.helper = ruling.value, back, actor.id
            assert done.final is (quarrel.state == "circle")
            if done.final:
                self.quarrels.carry_out(self.model, number)
            else:
                quarrel.agreed, quarrel.next_at = set(), self.model.now + WEEK
                quarrel.state = "talk"

    def a_side(self: Any, dice: Any, quarrel: Quarrel | None) -> Any:
        """Somebody, mostly of the two sides, and what is wrong with their word on a decision."""
        side = dice.of(sorted(quarrel.sides)) if quarrel else GHOST
        account, behalf = self.voice(side, dice)
        member, wrong = self.model.acting(account, behalf)
        if quarrel is None:
            return account, behalf, member, wrong | THERE_IS_NONE
        if member and member.id not in quarrel.sides:
            wrong = wrong | {"NoPart"}
        if quarrel.state not in ("opened", "talk"):
            wrong = wrong | {"NotThere"}
        elif quarrel.ruling == "undecided":
            wrong = wrong | {"NotDecidedYet"}
        return account, behalf, member, wrong

    def somebody_agrees(self: Any, dice: Any) -> None:
        number, quarrel = self.a_quarrel(dice, "talk")
        account, behalf, member, wrong = self.a_side(dice, quarrel)
        actor = self.model.behind(account)
        if quarrel and actor and actor.id == quarrel.helper:
            wrong = wrong | {"Involved"}
        command = Agree(self.town.pool, self.by(account, behalf), number)
        done = self.act(agree, command, wrong)
        if done and member and quarrel:
            quarrel.agreed.add(member.id)
            assert done.final is (quarrel.agreed >= quarrel.sides)
            if done.final:
                self.quarrels.carry_out(self.model, number)

    def somebody_appeals(self: Any, dice: Any) -> None:
        number, quarrel = self.a_quarrel(dice, "talk")
        account, behalf, _, wrong = self.a_side(dice, quarrel)
        command = Appeal(self.town.pool, self.by(account, behalf), number)
        done = self.act(appeal, command, wrong)
        if not done or not quarrel:
            return
        free = {
            each.id
            for each in self.model.members.values()
            if each.here
            and each.person is not None
            and each.id != quarrel.helper
            and self.quarrels.without_part(self.model, quarrel, each.id)
        }
        panel = {each.member for each in done.panel}
        serving = free & set(self.model.stewards())
        assert panel <= free
        assert len(panel) == (3 if len(free) >= 3 else 0)
        assert not panel or panel >= serving or panel <= serving
        quarrel.panel = [each.member for each in done.panel]
        quarrel.votes, quarrel.state = {}, "panel" if panel else "circle"
        quarrel.next_at = self.model.now + WEEK if panel else None

    def somebody_judges(self: Any, dice: Any) -> None:
        number, quarrel = self.a_quarrel(dice, "panel")
        panel = quarrel.panel if quarrel else []
        account, behalf = self.voice(dice.of(panel or [GHOST]), dice)
        word = dice.of(("keep", "reverse", "reverse", "circle"))
        member, wrong = self.model.acting(account, behalf)
        if quarrel is None:
            wrong = wrong | THERE_IS_NONE
        else:
            if member and member.id not in panel:
                wrong = wrong | {"NotOnPanel"}
            if member and not self.quarrels.without_part(self.model, quarrel, member.id):
                wrong = wrong | {"Involved"}
            if quarrel.state != "panel":
                wrong = wrong | {"NotThere"}
        command = Judge(self.town.pool, self.by(account, behalf), number, word)
        done = self.act(judge, command, wrong)
        if not done or not member or not quarrel:
            return
        quarrel.votes[member.id] = word
        said = list(quarrel.votes.values())
        decided = next((each for each in said if said.count(each) == 2), "")
        if not decided and len(said) == 3:
            decided = "circle"
        assert done.decided == decided
        if decided == "circle":
            quarrel.state, quarrel.next_at = "circle", None
        elif decided:
            quarrel.ruling, quarrel.back = decided, 0
            self.quarrels.carry_out(self.model, number)

    def a_dispute_is_withdrawn(self: Any, dice: Any) -> None:
        if dice.throw(2):
            return  # They would end too early to be decided.
        number, quarrel = self.a_quarrel(dice, *OPEN)
        account, behalf = self.voice(quarrel.opener if quarrel else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        if quarrel is None:
            wrong = wrong | THERE_IS_NONE
        else:
            kind, about = quarrel.about
            if member and member.id != quarrel.opener:
                wrong = wrong | {"NoPart"}
            if quarrel.state not in OPEN:
                wrong = wrong | {"NotThere"}
            if kind == "promise" and self.model.promises[about].confirmed_by is None:
                wrong = wrong | {"StewardDecides"}
        command = Drop(self.town.pool, self.by(account, behalf), number)
        actor = self.model.behind(account)
        if self.act(drop, command, wrong) and actor:
            self.quarrels.drop(self.model, number, actor.id)

    # --- reversals -------------------------------------------------------------------------

    def something_is_reversed(self: Any, dice: Any) -> None:
        if dice.throw(3):
            return
        cash = [n for n, each in self.till.cash.items() if each.state == "received"]
        number = dice.of(cash) if cash and dice.throw(4) == 0 else self.a_matter(dice)
        self.it_is_reversed(dice, number)

    def an_expense_is_to_come_back(self: Any, dice: Any) -> None:
        self.it_is_reversed(dice, self.a_thing(dice, self.till.expenses, "approved"))

    def it_is_reversed(self: Any, dice: Any, number: Number) -> None:
        about, account = self.meaning(number), self.a_steward(dice)
        actor, wrong = self.model.steward(account)
        wrong = wrong | self.irreversible(actor, about)
        if about and self.is_past(*about):
            return
        command = Reverse(self.town.pool, self.by(account), number, "A mistake")
        done = self.act(reverse_entry, command, wrong)
        if done and about and about[0] == "expense":
            assert isinstance(done, ReturnAsked)
            expense = self.till.expenses[about[1]]
            expense.state, expense.returned_by = "returning", actor.id
        elif done and about:
            assert done.covered == take_back(self.model, *about)

    def irreversible(self: Any, actor: Any, about: tuple[str, int] | None) -> set[str]:
        """What keeps a steward from taking something back."""
        model = self.model
        if about is None:
            return {"NoSuchThing", "AnotherKind"}
        kind, number = about
        if kind == "expense":
            approved = model.till.expenses[number].state == "approved"
            return set() if approved else {"NotThere"}
        if kind == "cash":
            return self.cash_stays(actor, model.till.cash[number])
        if kind not in ("send", "promise", "order"):
            return {"NotToReverse"}
        what, wrong = matter(model, *about), set()
        if not what.paid:
            return {"NotToReverse"}
        if actor and actor.id in self.took_part(kind, number):
            wrong.add("Involved")
        if not what.stands and not self.quarrels.about(*about):
            wrong.add("AlreadyReversed")
        if self.quarrels.about(*about):
            wrong |= {"DisputedAlready", "AlreadyReversed"}
        gave = what.gave if kind != "promise" else model.promises[number].paid_by
        if gave and not model.members[gave].here:
            wrong.add("MemberLeft")
        if went_across(model, *about) and what.gave == what.got:
            wrong.add("NothingToUndo")
        return wrong

    def took_part(self: Any, kind: str, number: int) -> set[str | None]:
        """Between whom credits moved, and who recorded it."""
        model, what = self.model, matter(self.model, kind, number)
        if kind == "promise":
            promise = model.promises[number]
            return {what.got, promise.paid_by, model.present(promise.confirmed_by)}
        return set(what.involved)

    def cash_stays(self: Any, actor: Any, cash: Any) -> set[str]:
        """What keeps a steward from taking back that cash came."""
        if cash.state not in ("received", "reversed"):
            return {"NotToReverse"}
        wrong = set()
        if actor and actor.id in (cash.giver, self.model.present(cash.received_by)):
            wrong.add("Involved")
        if cash.state == "reversed":
            wrong.add("AlreadyReversed")
        elif cash.cents > self.till.free(self.model):
            wrong.add("NotInTreasury")
        return wrong
