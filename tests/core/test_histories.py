"""Random histories of a pool, held step by step against an independent model of the rules.

Whatever people do, in whatever order: the books and the states are those of `tests.core.model`,
every no is one that the rules know, and nothing that the rules forbid is done. What must always
hold is named by its number in the rules (section 8), where it is held: 1 to 7, 9, 10 and 12. Shares
(8) are proven in `test_units`, as no history makes any by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

import core.usecases.cashing_out
import core.usecases.closing
import core.usecases.commitments
import core.usecases.credits
import core.usecases.disputes
import core.usecases.orders
import core.usecases.posting
import core.usecases.ruling
from core.domain import neutral
from core.domain.commitments import COMMITMENT_STEPS
from core.domain.disputes import DISPUTE_STEPS
from core.domain.gatherings import GATHERING_STEPS
from core.domain.ledger import AccountKind
from core.domain.listings import LISTING_STEPS, Every, ListingKind
from core.domain.members import Role
from core.domain.neutral import Command
from core.domain.orders import ORDER_STEPS, REQUEST_STEPS
from core.domain.pools import LISTING_LASTS, Pool
from core.domain.recurring import PLAN_STEPS, TEMPLATE_STEPS
from core.domain.refusals import KeyReused, Refusal
from core.domain.states import Steps
from core.domain.treasury import CASH_OUT_STEPS, CASH_STEPS, EXPENSE_STEPS, Expense
from core.domain.units import Address, Credits, Measure, MemberId, Number, Worth
from core.usecases.board import (
    CloseListing,
    EditListing,
    PostListing,
    RenewListing,
    close_listing,
    edit_listing,
    post_listing,
    renew_listing,
)
from core.usecases.commitments import (
    ClaimDone,
    Commit,
    Confirm,
    Decline,
    SayKept,
    Take,
    Thank,
    Withdraw,
    claim_done,
    commit,
    confirm,
    decline,
    say_kept,
    take_need,
    thank,
    withdraw,
)
from core.usecases.credits import (
    AnswerRequest,
    Ask,
    Send,
    Undo,
    answer_request,
    ask,
    send,
    undo,
)
from core.usecases.leaving import Leave, leave
from core.usecases.linking import Link, MakeLinkCode, link, make_link_code
from core.usecases.orders import Cancel, Deliver, Settled, Spend, cancel, deliver, spend
from core.usecases.people import Join, Meet, Register, join, meet, register
from core.usecases.posting import held_by
from core.usecases.roles import Appoint, Dismiss, appoint, dismiss
from core.usecases.standing import By, thing
from storage import lots
from storage.audit import audit
from storage.database import Session, database_of, opener
from storage.work import PoolHere
from tests.core.dispute_acts import DisputeActs
from tests.core.gathering_acts import GatheringActs
from tests.core.hall import STEWARD, Hall, Town, hall
from tests.core.model import (
    DISPUTED,
    GHOST,
    HELD,
    ISSUANCE,
    THERE_IS_NONE,
    Listed,
    Model,
    Ordered,
    Promised,
    Requested,
    Serving,
    Somebody,
)
from tests.core.money_acts import MoneyActs
from tests.core.monthly_acts import MonthlyActs
from tests.core.quarrels import OPEN
from tests.core.rule_acts import FIRST, RuleActs
from tests.databases import database_url

ISSUES = ("work", "stipend", "buy", "pledge")
"""Kinds of entries that issue credits."""

ALONE = ("local/cho", "local/dan", "local/eve")
TWICE = ("local/ann", "local/ben")
ACCOUNTS = (f"local/{STEWARD}", *TWICE, *ALONE, "other/ann", "other/ben")
MEASURES = tuple(Measure)
WORTHS = (
    Worth(Measure.CREDITS, 1),
    Worth(Measure.CREDITS, 4),
    Worth(Measure.CREDITS, 25),
    Worth(Measure.MINUTES, 15),
    Worth(Measure.MINUTES, 45),
    Worth(Measure.MINUTES, 95),
    Worth(Measure.CENTS, 500),
    Worth(Measure.CENTS, 4000),
)
PRICES = (
    Worth(Measure.CREDITS, 1),
    Worth(Measure.CREDITS, 2),
    Worth(Measure.CREDITS, 7),
    Worth(Measure.MINUTES, 15),
    Worth(Measure.MINUTES, 60),
    Worth(Measure.CENTS, 2000),
)
HOPS = (
    timedelta(seconds=1),
    timedelta(minutes=4),
    timedelta(minutes=9),
    timedelta(minutes=10, seconds=1),
    timedelta(hours=3),
    timedelta(hours=25),
    timedelta(hours=25),
    timedelta(hours=48),
    timedelta(hours=48),
    timedelta(days=8),
    timedelta(days=31),
    timedelta(days=91),
    timedelta(days=200),
    timedelta(minutes=-5),
    timedelta(minutes=-20),
)
Choice = TypeVar("Choice")


class Dice:
    """Chance for one step."""

    def __init__(self, *seed: int) -> None:
        self._random = Random(repr(seed))

    def throw(self, sides: int) -> int:
        """One of 0 .. sides - 1."""
        return self._random.randrange(sides)

    def of(self, choices: Sequence[Choice]) -> Choice:
        """One of these."""
        return choices[self.throw(len(choices))]

    def seldom(self) -> bool:
        """True now and then."""
        return self.throw(12) == 0


seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Done:
    """An act of the past, with the answer that was given."""

    decide: Callable[..., Any]
    command: Command
    key: str
    by: str
    answer: Any


class Histories(
    MoneyActs, RuleActs, DisputeActs, MonthlyActs, GatheringActs, RuleBasedStateMachine
):
    """A pool in a hall, and its model."""

    session: ClassVar[Session]
    worths = WORTHS
    accounts = ACCOUNTS

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.hall: Hall = self.open.enter_context(hall(self.session))
        self.town = Town(self.hall)
        self.past: list[Done] = []
        self.texts = 0
        self.steps = 0
        self.seen: dict[tuple[str, int], str] = {}
        self.counted = 0
        self.sound = False

    def teardown(self) -> None:
        try:
            if self.sound:
                self.months_close()
                self.strike()
                self.the_journal_gives_every_balance()
                assert audit(self.session, self.town.pool).faults == ()
        finally:
            self.open.close()

    # --- acts ------------------------------------------------------------------------------

    def by(self, account: str, behalf: str | None = None) -> By:
        platform, _, external = account.partition("/")
        return By(platform, external, MemberId(behalf) if behalf else None)

    def act(self, decide: Callable[..., Any], command: Command, wrong: set[str]) -> Any:
        """Have an act decided; it is refused exactly when, and as, the model says.

        8.7: that nobody confirms, approves or decides their own, and that rights end with the term,
        is among what the model says.
        """
        by = getattr(command, "by", None)
        account = by.account if by else ""
        key = next(self.hall.keys)
        self.sound = False
        answer = self.hall.answer(decide, command, key, account)
        note(f"{key} {command} -> {answer}")
        self.past.append(Done(decide, command, key, account, answer))
        if hasattr(self, "model"):
            self.model.ledger_at = self.head()[1]
        if isinstance(answer, Refusal):
            assert type(answer).__name__ in wrong, f"{command} was refused: {answer}"
            return None
        assert not wrong, f"{command} was done, and should not: {wrong}"
        return answer

    def head(self) -> tuple[int, datetime]:
        """The next number, and the instant of the last entry."""
        head = self.town.here().head
        return head.next_number, head.at

    # --- choosing --------------------------------------------------------------------------

    def anybody(self, dice: Dice) -> tuple[str, str | None]:
        """An account, sometimes speaking for somebody without a phone."""
        joined = [account for account in ACCOUNTS if self.model.behind(account)]
        account = dice.of(ACCOUNTS if dice.seldom() or not joined else joined)
        registered = [each.id for each in self.model.members.values() if each.acted_by]
        if registered and dice.throw(4) == 3:
            return account, dice.of(registered)
        return account, None

    def voice(self, member: str, dice: Dice) -> tuple[str, str | None]:
        """An account through which this member acts; now and then anybody's."""
        somebody = self.model.members.get(member)
        if somebody is None or dice.seldom():
            return self.anybody(dice)
        own = self.model.accounts(somebody)
        if own:
            return dice.of(own), None
        helpers = [somebody.acted_by, *self.model.stewards()]
        accounts = [
            account
            for helper in helpers
            if helper is not None
            for account in self.model.accounts(self.model.members[helper])
        ]
        return (dice.of(accounts) if accounts else ACCOUNTS[0]), member

    def a_steward(self, dice: Dice) -> str:
        """The account of a steward; now and then anybody's."""
        accounts = [
            account
            for member in self.model.stewards()
            for account in self.model.accounts(self.model.members[member])
        ]
        return dice.of(ACCOUNTS) if dice.seldom() or not accounts else dice.of(accounts)

    def someone(self, dice: Dice) -> MemberId:
        """The id of a member, mostly of one who is here."""
        here = [each.id for each in self.model.members.values() if each.here]
        ever = [*self.model.members, GHOST]
        return MemberId(dice.of(ever) if dice.seldom() else dice.of(here))

    def someone_else(self, dice: Dice, number: int) -> MemberId:
        """The id of a member, mostly not of the owner of a listing."""
        first, listing = self.someone(dice), self.model.listings.get(number)
        return self.someone(dice) if listing and listing.owner == first else first

    def a_thing(self, dice: Dice, things: dict[int, Any], *states: str) -> Number:
        """The number of a thing, mostly of one in these states."""
        fitting = [number for number, thing in things.items() if thing.state in states]
        if fitting and dice.throw(10):
            return Number(dice.of(fitting))
        following, _ = self.head()
        return Number(1 + dice.throw(following))

    def version(self, dice: Dice, table: str, number: int) -> tuple[int | None, set[str]]:
        """No version, that of the thing, or an old one, which is refused."""
        rows = self.hall.rows(
            f"SELECT version FROM {table} WHERE pool_id = :pool AND number = :number",  # noqa: S608
            pool=self.town.pool,
            number=number,
        )
        if not rows or dice.throw(2):
            return None, set()
        ((version,),) = rows
        return (version + 1, {"OutOfDate"}) if dice.seldom() else (version, set())

    # --- the beginning ---------------------------------------------------------------------

    @initialize(seed=seeds)
    def a_pool_is_made(self, seed: int) -> None:
        # Each history has people who are fond of other things.
        self.seed = seed
        chance = Dice(seed)
        self.fond: list[Callable[[Dice], None]] = [self.time_goes_by]
        self.fond += [kind for kind in self.kinds() for _ in range(chance.of((0, 1, 2, 9)))]
        town = self.town
        town.found()
        here = town.here()
        self.own = {
            here.address(kind): kind.value for kind in AccountKind if kind is not AccountKind.MEMBER
        }
        now = town.clock()
        self.model = Model(now, now, self.rule_at_first(chance))
        if self.model.says("expiry") == "lot":
            self.model.dates_follow()
        founder = self.admit(ACCOUNTS[0])
        until = now + timedelta(days=365)
        self.model.terms.append(Serving(founder.id, "steward", until))
        for account in (*TWICE, *ALONE[: chance.of((0, 1, 3))]):
            self.arrive(account)
        self.enrol("nana", ACCOUNTS[0])
        self.give_thanks(ACCOUNTS[0], list(self.model.members)[1:], Worth(Measure.CREDITS, 30))
        second = list(self.model.members)[1]
        self.give_role(ACCOUNTS[0], second, Role.STEWARD, None)
        self.bring_some_cash(chance)

    def admit(self, account: str) -> Somebody:
        """Know in the model who was admitted."""
        by = self.by(account)
        member = self.town.here().member_with(by.platform, by.external)
        assert member is not None
        self.counted += 1
        person = self.model.persons.setdefault(account, self.counted)
        somebody = Somebody(member.id, member.account, person, self.model.now)
        self.model.members[member.id] = somebody
        self.model.balances[member.account] = 0
        return somebody

    # --- what happens ----------------------------------------------------------------------

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return (
            self.people_come_and_go,
            self.people_use_the_board,
            self.people_promise,
            self.stewards_decide,
            self.people_send_credits,
            self.people_order,
            self.people_order,
            self.people_bring_cash,
            self.people_take_cash,
            self.people_promise_monthly,
            self.people_gather,
            self.rules_change,
            self.people_quarrel,
            self.people_quarrel,
            self.time_goes_by,
            self.events_come_again,
        )

    @rule(seed=seeds)
    def something_happens(self, seed: int) -> None:
        self.steps += 1
        dice = Dice(self.seed, seed, self.steps)
        self.it_becomes(self.model.now + timedelta(seconds=1))
        dice.of(self.fond)(dice)

    def one_of(self, dice: Dice, *acts: tuple[bool, Callable[[Dice], None]]) -> None:
        """One of these acts, mostly one for which there is something to be done with."""
        possible = [act for there_is, act in acts if there_is]
        dice.of([act for _, act in acts] if dice.seldom() else possible)(dice)

    def there_is(self, things: dict[int, Any], *states: str) -> bool:
        return any(thing.state in states for thing in things.values())

    def people_come_and_go(self, dice: Dice) -> None:
        self.one_of(
            dice,
            (True, self.somebody_arrives),
            (len(self.model.members) < 8, self.somebody_is_registered),
            (True, self.somebody_gets_a_role),
            (True, self.somebody_is_dismissed),
            (True, self.two_accounts_are_linked),
            (bool(self.model.behind("other/ann")), self.two_accounts_are_linked),
            (bool(self.model.behind("other/ben")), self.two_accounts_are_linked),
            (True, self.somebody_leaves),
        )

    def people_use_the_board(self, dice: Dice) -> None:
        listings = self.model.listings
        self.one_of(
            dice,
            (True, self.something_is_listed),
            (True, self.something_is_listed),
            (self.there_is(listings, "open"), self.a_listing_is_edited),
            (self.there_is(listings, "open"), self.a_listing_is_closed),
            (self.there_is(listings, "open", "expired"), self.a_listing_is_renewed),
        )

    def people_promise(self, dice: Dice) -> None:
        promises = self.model.promises
        needs = self.there_is(self.of_kind("need"), "open")
        kept = self.there_is(promises, "open", "missed")
        self.one_of(
            dice,
            (True, self.something_is_promised),
            (needs, self.a_need_is_taken),
            (needs, self.a_need_is_taken),
            (kept, self.a_promise_is_claimed),
            (kept, self.a_promise_is_claimed),
            (self.there_is(promises, "open"), self.a_promise_is_withdrawn),
            (self.there_is(self.answers(), "open", "done"), self.a_promise_is_said_to_be_kept),
        )

    def stewards_decide(self, dice: Dice) -> None:
        claims = self.there_is(self.model.promises, "done")
        self.one_of(
            dice,
            (claims, self.claims_are_confirmed),
            (claims, self.claims_are_confirmed),
            (claims, self.claims_are_confirmed),
            (claims, self.a_claim_is_declined),
            (not claims, self.helpers_are_thanked),
        )

    def people_send_credits(self, dice: Dice) -> None:
        requests = self.there_is(self.model.requests, "open")
        self.one_of(
            dice,
            (True, self.credits_are_sent),
            (True, self.credits_are_sent),
            (bool(self.model.sends), self.a_transfer_is_taken_back),
            (True, self.credits_are_asked_for),
            (requests, self.a_request_is_answered),
            (requests, self.a_request_is_answered),
        )

    def people_order(self, dice: Dice) -> None:
        orders = self.model.orders
        offers = self.there_is(self.of_kind("offer"), "open")
        self.one_of(
            dice,
            (not offers, self.something_is_listed),
            (offers, self.an_offer_is_ordered),
            (offers, self.an_offer_is_ordered),
            (self.there_is(orders, "held", "delivered"), self.an_order_is_said_to_be_delivered),
            (self.there_is(orders, "held"), self.an_order_is_called_off),
        )

    def time_goes_by(self, dice: Dice) -> None:
        self.one_of(
            dice,
            (True, self.time_passes),
            (True, self.time_passes),
            (True, self.the_clock_strikes),
            (True, self.months_are_closed),
        )

    def events_come_again(self, dice: Dice) -> None:
        self.one_of(
            dice,
            (True, self.an_event_comes_again),
            (True, self.a_key_comes_with_other_contents),
        )

    def of_kind(self, kind: str) -> dict[int, Listed]:
        return {n: each for n, each in self.model.listings.items() if each.kind == kind}

    def answers(self) -> dict[int, Promised]:
        return {n: each for n, each in self.model.promises.items() if each.need}

    # --- people ----------------------------------------------------------------------------

    def somebody_arrives(self, dice: Dice) -> None:
        self.arrive(dice.of(ACCOUNTS))

    def arrive(self, account: str) -> None:
        platform, _, external = account.partition("/")
        self.act(meet, Meet(platform, external, external.capitalize()), set())
        self.counted += 1
        self.model.persons.setdefault(account, self.counted)
        wrong = {"AlreadyMember"} if self.model.behind(account) else set()
        if self.act(join, Join(self.town.pool, self.by(account)), wrong):
            self.admit(account)

    def somebody_is_registered(self, dice: Dice) -> None:
        if len(self.model.members) < 12:
            self.enrol(f"elder {len(self.model.members)}", self.a_steward(dice))

    def enrol(self, name: str, account: str) -> None:
        actor = self.model.behind(account)
        wrong: set[str] = set()
        if actor is None:
            wrong = {"NotAMember"}
        elif not self.model.serves(actor.id, "guardian"):
            wrong = self.model.steward(account)[1]
        done = self.act(register, Register(self.town.pool, self.by(account), name), wrong)
        if done and actor:
            member = self.town.here().members.get(done.who.member)
            assert member is not None
            self.model.balances[member.account] = 0
            self.model.members[member.id] = Somebody(
                member.id, member.account, None, self.model.now, acted_by=actor.id
            )

    def somebody_gets_a_role(self, dice: Dice) -> None:
        days = dice.of((None, 30, 1, 0))
        role = dice.of((Role.STEWARD, Role.GUARDIAN, Role.PARTNER, Role.BACKER))
        self.give_role(self.a_steward(dice), self.someone(dice), role, days)

    def give_role(self, account: str, member: str, role: Role, days: int | None) -> None:
        actor, wrong = self.model.steward(account)
        target, missing = self.model.resolve(member)
        wrong = wrong | missing
        if actor and target is actor:
            wrong |= {"Yourself"}
        if target and self.model.serves(target.id, role):
            wrong |= {"HasRole"}
        if target and target.person is None and role is Role.STEWARD:
            wrong |= {"NeedsAccount"}
        if days == 0:
            wrong |= {"InThePast"}
        until = None if days is None else self.model.now + timedelta(days=days)
        command = Appoint(self.town.pool, self.by(account), MemberId(member), role, until)
        if self.act(appoint, command, wrong) and target:
            for term in self.model.terms:
                if (term.member, term.role, term.state) == (target.id, role, "serving"):
                    term.state = "ended"
            if until is None and role is Role.STEWARD:
                until = self.model.now + timedelta(days=365)
            self.model.terms.append(Serving(target.id, role.value, until))

    def somebody_is_dismissed(self, dice: Dice) -> None:
        account, member = self.a_steward(dice), self.someone(dice)
        role = dice.of((Role.STEWARD, Role.GUARDIAN, Role.PARTNER, Role.BACKER))
        actor, wrong = self.model.steward(account)
        target, missing = self.model.resolve(member)
        wrong = wrong | missing
        if target and not self.model.serves(target.id, role):
            wrong |= {"HasNoRole"}
        elif target and role is Role.STEWARD and self.model.stewards() == [target.id]:
            wrong |= {"LastSteward"}
        command = Dismiss(self.town.pool, self.by(account), member, role)
        if self.act(dismiss, command, wrong) and target:
            for term in self.model.terms:
                if (term.member, term.role, term.state) == (target.id, role, "serving"):
                    term.state = "stepped_down" if actor is target else "recalled"

    def two_accounts_are_linked(self, dice: Dice) -> None:
        maker, typer = dice.of((("local/ann", "other/ann"), ("local/ben", "other/ben")))
        if dice.throw(2):
            maker, typer = typer, maker
        persons = self.model.persons
        for account in (maker, typer):
            if account not in persons and not dice.seldom():
                self.arrive(account)
        wrong = set() if maker in persons else {"NotAMember"}
        made = self.act(make_link_code, MakeLinkCode(self.by(maker)), wrong)
        if made is None:
            return
        if typer not in persons:
            wrong = {"NotAMember"}
        elif persons[maker] == persons[typer]:
            wrong = {"AlreadyLinked"}
        elif self.model.owe_together(persons[maker], persons[typer]):
            wrong = {"OwesFirst"}
        done = self.act(link, Link(self.by(typer), made.code), wrong)
        if done:
            assert done.merged == self.model.link(persons[maker], persons[typer])

    def somebody_leaves(self, dice: Dice) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        heir = self.someone(dice) if dice.throw(2) else None
        sure = not dice.seldom()
        if dice.throw(2):
            self.go(account, behalf, heir, sure)

    def go(self, account: str, behalf: str | None, heir: MemberId | None, sure: bool) -> None:
        member, wrong = self.model.acting(account, behalf)
        target, missing = self.model.resolve(heir) if heir else (None, set())
        wrong = wrong | missing
        if member and self.model.stewards() == [member.id]:
            wrong |= {"LastSteward"}
        if member and self.model.balance(member.id) < 0:
            wrong |= {"OwesFirst"}
        if member and self.model.is_in_dispute(member.id):
            wrong |= {"InDispute"}
        if member and member is target:
            wrong |= {"Yourself"}
        if not sure:
            wrong |= {"LeavingMeans"}
        command = Leave(self.town.pool, self.by(account, behalf), heir, sure)
        actor = self.model.behind(account)
        done = self.act(leave, command, wrong)
        if done and member and actor:
            assert done.credits == self.model.leave(member, target, actor.id)

    # --- the board -------------------------------------------------------------------------

    def something_is_listed(self, dice: Dice) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        kind, price = dice.of(tuple(ListingKind)), dice.of(PRICES)
        per, quantity = dice.of(("", "loaf")), dice.of((None, 1, 2, 5))
        every = Every.MONTH if dice.throw(3) == 2 else Every.ONCE
        _, wrong = self.model.acting(account, behalf)
        command = PostListing(
            self.town.pool,
            self.by(account, behalf),
            kind,
            price,
            "Bread",
            per,
            quantity,
            every,
        )
        done = self.act(post_listing, command, wrong)
        owner, _ = self.model.acting(account, behalf)
        if done and owner:
            endless = quantity is None and per and every is Every.ONCE
            self.model.listings[done.listing] = Listed(
                kind.value,
                owner.id,
                (price.measure.value, price.amount),
                None if endless else quantity or 1,
                every is Every.MONTH,
                self.model.now + LISTING_LASTS,
            )

    def own_listing(
        self, dice: Dice, *states: str
    ) -> tuple[str, str | None, Number, set[str], Listed | None]:
        """Somebody, mostly its owner, and a listing; what is wrong with the two."""
        number = self.a_thing(dice, self.model.listings, *states)
        listing = self.model.listings.get(number)
        account, behalf = self.voice(listing.owner if listing else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        if listing is None:
            return account, behalf, number, wrong | THERE_IS_NONE, None
        if member and listing.owner != member.id:
            wrong = wrong | {"NotYours"}
        if listing.state not in states:
            wrong = wrong | {"NotThere"}
        return account, behalf, number, wrong, listing

    def a_listing_is_edited(self, dice: Dice) -> None:
        account, behalf, number, wrong, listing = self.own_listing(dice, "open")
        quantity = dice.of((None, 1, 2, 3))
        every = dice.of((None, None, Every.ONCE, Every.MONTH))
        text = None
        if dice.throw(2):
            self.texts += 1
            text = f"Bread of kind {self.texts}"
        if listing:
            before = replace(listing)
            if quantity is not None:
                listing.quantity = quantity
            if every is not None:
                listing.monthly = every is Every.MONTH
            if text is None and listing == before:
                wrong = wrong | {"NothingChanged"}
            if before.quantity is None or listing.monthly != before.monthly:
                self.model.restate(number)
            if listing.quantity is not None and listing.quantity < self.model.taken(number):
                wrong = wrong | {"BelowTaken"}
            if listing.until <= self.model.now:
                wrong = wrong | {"InThePast"}
        by = self.by(account, behalf)
        command = EditListing(self.town.pool, by, number, text=text, quantity=quantity, every=every)
        if self.act(edit_listing, command, wrong) is None and listing:
            self.model.listings[number] = before

    def a_listing_is_closed(self, dice: Dice) -> None:
        account, behalf, number, wrong, listing = self.own_listing(dice, "open")
        version, old = self.version(dice, "listing", number)
        command = CloseListing(self.town.pool, self.by(account, behalf), number, version)
        if self.act(close_listing, command, wrong | old) and listing:
            listing.state = "closed"

    def a_listing_is_renewed(self, dice: Dice) -> None:
        account, behalf, number, wrong, listing = self.own_listing(dice, "expired", "open")
        version, old = self.version(dice, "listing", number)
        command = RenewListing(self.town.pool, self.by(account, behalf), number, version)
        if self.act(renew_listing, command, wrong | old) and listing:
            listing.state, listing.until = "open", self.model.now + LISTING_LASTS

    # --- promises --------------------------------------------------------------------------

    def something_is_promised(self, dice: Dice) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        worth, hours = dice.of(WORTHS), dice.of((None, 1, 30, 0))
        member, wrong = self.model.acting(account, behalf)
        due = None if hours is None else self.model.now + timedelta(hours=hours)
        if hours == 0:
            wrong = wrong | {"InThePast"}
        command = Commit(self.town.pool, self.by(account, behalf), worth, "Sweeping", due)
        done = self.act(commit, command, wrong)
        if done and member:
            self.model.promises[done.commitment] = Promised(
                member.id, (worth.measure.value, worth.amount), self.model.month, due
            )

    def a_need_is_taken(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.of_kind("need"), "open")
        account, behalf = self.voice(self.someone_else(dice, number), dice)
        member, wrong = self.model.acting(account, behalf)
        need = self.model.listings.get(number)
        version, old = self.version(dice, "listing", number)
        wrong = wrong | old
        if need is None:
            wrong |= THERE_IS_NONE
        else:
            if need.kind == "offer":
                wrong |= {"AnotherKind"}
            if need.state != "open":
                wrong |= {"NotThere"}
            if member and need.owner == member.id:
                wrong |= {"OwnListing"}
            if self.model.left(number) < 1:
                wrong |= {"NothingLeft"}
        command = Take(self.town.pool, self.by(account, behalf), number, version=version)
        done = self.act(take_need, command, wrong)
        if done and member and need:
            promise = Promised(member.id, need.price, self.model.month, need=number)
            promise.owner_pays = self.model.says("payer") == "receiver"
            self.model.promises[done.commitment] = promise
            assert done.pays == (self.model.payer(promise) is not None)

    def own_promise(
        self, dice: Dice, *states: str
    ) -> tuple[str, str | None, Number, set[str], Promised | None]:
        number = self.a_thing(dice, self.model.promises, *states)
        promise = self.model.promises.get(number)
        account, behalf = self.voice(promise.maker if promise else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        if promise is None:
            return account, behalf, number, wrong | THERE_IS_NONE, None
        if member and promise.maker != member.id:
            wrong = wrong | {"NotYours"}
        if promise.state not in states:
            wrong = wrong | {"NotThere"}
        return account, behalf, number, wrong, promise

    def a_promise_is_claimed(self, dice: Dice) -> None:
        account, behalf, number, wrong, promise = self.own_promise(dice, "open", "missed")
        version, old = self.version(dice, "commitment", number)
        by = self.by(account, behalf)
        command = ClaimDone(self.town.pool, by, number, version=version)
        actor = self.model.behind(account)
        if self.act(claim_done, command, wrong | old) and promise and actor:
            promise.state, promise.claimed_by = "done", actor.id

    def a_promise_is_withdrawn(self, dice: Dice) -> None:
        account, behalf, number, wrong, promise = self.own_promise(dice, "open")
        version, old = self.version(dice, "commitment", number)
        command = Withdraw(self.town.pool, self.by(account, behalf), number, version)
        if self.act(withdraw, command, wrong | old) and promise:
            promise.state = "withdrawn"

    def a_promise_is_said_to_be_kept(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.answers(), "open", "done", "confirmed")
        promise = self.model.promises.get(number)
        need = self.model.listings[promise.need] if promise and promise.need else None
        account, behalf = self.voice(need.owner if need else GHOST, dice)
        member, wrong = self.model.acting(account, behalf)
        if promise is None:
            wrong = wrong | THERE_IS_NONE
        elif need is None:
            wrong = wrong | {"NobodyToSay"}
        elif member:
            if need.owner != member.id:
                wrong = wrong | {"NotForYou"}
            if promise.maker == member.id:
                wrong = wrong | {"OwnCommitment"}
            if promise.state == "withdrawn":
                wrong = wrong | {"NotThere"}
            if promise.kept:
                wrong = wrong | {"AlreadyKept"}
        command = SayKept(self.town.pool, self.by(account, behalf), number)
        if self.act(say_kept, command, wrong) and promise:
            promise.kept = True

    def undecidable(self, actor: Somebody | None, number: int, *states: str) -> set[str]:
        """What keeps a steward from deciding on a promise."""
        promise = self.model.promises.get(number)
        if promise is None:
            return set(THERE_IS_NONE)
        wrong = set()
        if actor and promise.maker == actor.id:
            wrong.add("OwnCommitment")
        if actor and promise.claimed_by == actor.id:
            wrong.add("OwnRecord")
        if promise.state == "confirmed":
            wrong |= {"AlreadyConfirmed", "NotThere"}
        elif promise.state not in states:
            wrong.add("NotThere")
        return wrong

    def claims_are_confirmed(self, dice: Dice) -> None:
        account = self.a_steward(dice)
        count = dice.of((1, 1, 2, 3))
        numbers = tuple(self.a_thing(dice, self.model.promises, "done") for _ in range(count))
        actor, wrong = self.model.steward(account)
        for number in numbers:
            wrong = wrong | self.undecidable(actor, number, "done")
        wrong = wrong | (set() if wrong else self.not_payable(numbers))
        command = Confirm(self.town.pool, self.by(account), numbers)
        done = self.act(confirm, command, wrong)
        if done and actor:
            issued = [self.model.confirm(number, actor.id) for number in dict.fromkeys(numbers)]
            assert [each.credits for each in done.issued] == issued

    def not_payable(self, numbers: Sequence[Number]) -> set[str]:
        """What keeps claims from being confirmed, one after the other, though a steward might."""
        claims = {number: self.model.promises[number] for number in numbers}
        wrong = {"WaitsForWord"} if any(map(self.model.awaits_word, claims.values())) else set()
        if not any(map(self.model.payer, claims.values())):
            return wrong
        trial = deepcopy(self.model)
        for number in claims:
            promise = trial.promises[number]
            payer, due = trial.payer(promise), trial.worth_alone(promise)
            if payer and due and trial.balance(payer.id) - due < trial.floor:
                return wrong | {"CannotPay"}
            trial.confirm(number, GHOST)
        return wrong

    def a_claim_is_declined(self, dice: Dice) -> None:
        account = self.a_steward(dice)
        number = self.a_thing(dice, self.model.promises, "done")
        actor, wrong = self.model.steward(account)
        wrong = wrong | self.undecidable(actor, number, "done")
        command = Decline(self.town.pool, self.by(account), number, "Not seen")
        if self.act(decline, command, wrong):
            self.model.promises[number].state = "open"

    def helpers_are_thanked(self, dice: Dice) -> None:
        account, worth = self.a_steward(dice), dice.of(WORTHS)
        members = [self.someone(dice) for _ in range(1 + dice.throw(2))]
        self.give_thanks(account, members, worth)

    def give_thanks(self, account: str, members: Sequence[str], worth: Worth) -> None:
        actor, wrong = self.model.steward(account)
        helpers: dict[str, Somebody] = {}
        for member in members:
            target, missing = self.model.resolve(member)
            wrong = wrong | missing
            if target:
                helpers[target.id] = target
        if actor and actor.id in helpers:
            wrong = wrong | {"Yourself"}
        ids = tuple(map(MemberId, members))
        done = self.act(
            thank, Thank(self.town.pool, self.by(account), ids, worth, "The well"), wrong
        )
        if done is None or actor is None:
            return
        for issued, helper in zip(done.issued, helpers.values(), strict=True):
            self.model.promises[issued.commitment] = Promised(
                helper.id, (worth.measure.value, worth.amount), self.model.month
            )
            assert issued.credits == self.model.confirm(issued.commitment, actor.id)

    # --- credits ---------------------------------------------------------------------------

    def credits_are_sent(self, dice: Dice) -> None:
        giver, to = self.someone(dice), self.someone(dice)
        account, behalf = self.voice(giver, dice)
        to, sure = self.someone(dice) if to == giver else to, not dice.seldom()
        credits = dice.of((1, 2, 5, 12, 21))
        member, wrong = self.model.acting(account, behalf)
        target, missing = self.model.resolve(to)
        wrong = wrong | missing
        if member and member is target:
            wrong |= {"Yourself"}
        wrong |= self.unpayable(member, target, credits, sure)
        by = self.by(account, behalf)
        command = Send(self.town.pool, by, to, Credits(credits), "For seeds", sure)
        done = self.act(send, command, wrong)
        actor = self.model.behind(account)
        if done and member and target and actor:
            self.model.transfer(member, target, credits, done.entry, actor.id)
            assert done.balance == self.model.balance(member.id)

    def unpayable(
        self, member: Somebody | None, target: Somebody | None, credits: int, sure: bool
    ) -> set[str]:
        """What keeps somebody from paying another so much, and its tax."""
        wrong, limit = set(), self.model.number("holding_limit")
        if member:
            costs = credits + self.model.tax_on(member, credits)
            if self.model.balance(member.id) - costs < self.model.floor:
                wrong.add("NotEnough")
        if target and limit and self.model.balance(target.id) + credits > limit:
            wrong.add("HoldsEnough")
        if credits > 20 and not sure:
            wrong.add("AreYouSure")
        return wrong

    def a_transfer_is_taken_back(self, dice: Dice) -> None:
        model = self.model
        senders = [each.id for each in model.members.values() if each.account in model.sends]
        sender = dice.of(senders) if senders else self.someone(dice)
        account, behalf = self.voice(sender, dice)
        member, wrong = model.acting(account, behalf)
        sends = model.sends.get(member.account, []) if member else []
        last = sends[-1] if sends else None
        named = dice.of([each.number for each in sends]) if sends and dice.throw(2) else None
        if member and (last is None or last.undone or named not in (None, last.number)):
            wrong = wrong | {"NothingToUndo"}
        if last and max(model.now, model.ledger_at) - last.at > timedelta(minutes=10):
            wrong = wrong | {"TooLateToUndo"}
        taker = model.holder(last.target) if last else None
        if member and taker is member:
            wrong = wrong | {"NothingToUndo"}
        if last and taker and model.balance(taker.id) < last.amount:
            wrong = wrong | {"SpentAlready"}
        if last and model.quarrels.about("send", last.number):
            wrong = wrong | {"DisputedAlready"}
        entry = None if named is None else Number(named)
        done = self.act(undo, Undo(self.town.pool, self.by(account, behalf), entry), wrong)
        if done and member and last and taker:
            model.undo(member, taker, last)

    def credits_are_asked_for(self, dice: Dice) -> None:
        account, behalf = self.voice(self.someone(dice), dice)
        of, credits = self.someone(dice), dice.of((1, 3, 21))
        member, wrong = self.model.acting(account, behalf)
        target, missing = self.model.resolve(of)
        wrong = wrong | missing
        if member and member is target:
            wrong |= {"Yourself"}
        command = Ask(self.town.pool, self.by(account, behalf), of, Credits(credits))
        done = self.act(ask, command, wrong)
        if done and member and target:
            self.model.requests[done.number] = Requested(member.id, target.id, credits)

    def a_request_is_answered(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.model.requests, "open")
        request = self.model.requests.get(number)
        account, behalf = self.voice(request.payer if request else GHOST, dice)
        pay, sure = dice.throw(3) < 2, not dice.seldom()
        member, wrong = self.model.acting(account, behalf)
        if request is None:
            wrong = wrong | THERE_IS_NONE
        else:
            if member and request.payer != member.id:
                wrong = wrong | {"NoPart"}
            if request.state != "open":
                wrong = wrong | {"NotThere"}
            if pay:
                asker = self.model.members[request.asker]
                wrong = wrong | self.unpayable(member, asker, request.credits, sure)
        by = self.by(account, behalf)
        command = AnswerRequest(self.town.pool, by, number, pay, sure=sure)
        done, actor = self.act(answer_request, command, wrong), self.model.behind(account)
        if done and member and request and actor:
            request.state = "paid" if pay else "declined"
            if pay:
                asker = self.model.members[request.asker]
                self.model.transfer(member, asker, request.credits, done.entry, actor.id)

    # --- orders ----------------------------------------------------------------------------

    def an_offer_is_ordered(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.of_kind("offer"), "open")
        account, behalf = self.voice(self.someone_else(dice, number), dice)
        quantity = dice.of((1, 1, 1, 1, 2, 2, 2, 4, 0))
        member, wrong = self.model.acting(account, behalf)
        offer = self.model.listings.get(number)
        version, old = self.version(dice, "listing", number)
        wrong = wrong | old
        credits = 0
        if offer is None:
            wrong |= THERE_IS_NONE
        else:
            if offer.kind == "need":
                wrong |= {"AnotherKind"}
            if offer.state != "open":
                wrong |= {"NotThere"}
            if member and offer.owner == member.id:
                wrong |= {"OwnListing"}
            if quantity < 1 or quantity > self.model.left(number):
                wrong |= {"NothingLeft"}
            measure, amount = offer.price
            credits, rest = divmod(amount * quantity, self.model.rate(measure))
            if rest:
                wrong |= {"NotWhole"}
            elif member and self.model.balance(member.id) - credits < self.model.floor:
                wrong |= {"NotEnough"}
        by = self.by(account, behalf)
        done = self.act(spend, Spend(self.town.pool, by, number, quantity, version), wrong)
        if done and member and offer:
            self.model.orders[done.order] = Ordered(
                done.order,
                number,
                member.id,
                offer.owner,
                quantity,
                credits,
                self.model.now,
                self.model.month,
            )
            self.model.move(member.account, HELD, credits, done.order)

    def an_order_is_said_to_be_delivered(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.model.orders, "held", "delivered")
        order = self.model.orders.get(number)
        side = dice.of((order.spender, order.giver)) if order else GHOST
        account, behalf = self.voice(side, dice)
        member, wrong = self.model.acting(account, behalf)
        if order is None:
            wrong = wrong | THERE_IS_NONE
        elif member:
            if member.id not in (order.spender, order.giver):
                wrong = wrong | {"NoPart"}
            right = ("held", "delivered") if member.id == order.spender else ("held",)
            if order.state not in right:
                wrong = wrong | {"NotThere"}
        done = self.act(deliver, Deliver(self.town.pool, self.by(account, behalf), number), wrong)
        actor = self.model.behind(account)
        if done and member and order and actor:
            assert isinstance(done, Settled) == (member.id == order.spender)
            if member.id == order.spender:
                self.model.settle(order, actor.id)
            else:
                order.state, order.delivered_at = "delivered", self.model.now

    def an_order_is_called_off(self, dice: Dice) -> None:
        number = self.a_thing(dice, self.model.orders, "held")
        order = self.model.orders.get(number)
        side = dice.of((order.spender, order.giver)) if order else GHOST
        account, behalf = self.voice(side, dice)
        member, wrong = self.model.acting(account, behalf)
        version, old = self.version(dice, "spend_order", number)
        wrong = wrong | old
        if order is None:
            wrong |= THERE_IS_NONE
        elif member:
            if member.id not in (order.spender, order.giver):
                wrong |= {"NoPart"}
            if order.state != "held":
                wrong |= {"NotThere"}
        by = self.by(account, behalf)
        if self.act(cancel, Cancel(self.town.pool, by, number, version), wrong) and order:
            self.model.release(order)

    # --- time and events -------------------------------------------------------------------

    def time_passes(self, dice: Dice) -> None:
        hop = dice.of(HOPS)
        then = self.model.now + hop
        if hop > timedelta(0) or self.may_go_back_to(then):
            self.it_becomes(then)
        note(f"it is {self.model.now}")

    def months_are_closed(self, _: Dice) -> None:
        self.months_close()

    def the_clock_strikes(self, _: Dice) -> None:
        self.strike()

    def an_event_comes_again(self, dice: Dice) -> None:
        """8.3: the same answer (names as they are now), no effect; nothing for who was erased."""
        before = dice.of(self.past[-20:])
        answer = self.hall.answer(before.decide, before.command, before.key, before.by)
        if not isinstance(answer, KeyReused):
            assert neutral.write(answer) == neutral.write(before.answer)
        else:
            ((kept,),) = self.hall.rows("SELECT text FROM answer WHERE key = :key", key=before.key)
            assert kept == ""

    def a_key_comes_with_other_contents(self, dice: Dice) -> None:
        """8.3: it is refused."""
        before = dice.of(self.past[-20:])
        other = Send(self.town.pool, self.by(ACCOUNTS[0]), MemberId(GHOST), Credits(77))
        answer = self.hall.answer(send, other, before.key, before.by)
        assert isinstance(answer, KeyReused)

    # --- what must always hold -------------------------------------------------------------

    @invariant()
    def all_is_as_the_model_has_it(self) -> None:
        if hasattr(self, "model"):
            self.balances_are_the_models()
            self.states_are_the_models()
            self.money_is_the_models()
            self.disputes_are_the_models()
            self.what_is_monthly_is_the_models()
            self.gatherings_are_the_models()
            self.quantities_are_the_models()
            self.sound = True

    def balances_are_the_models(self) -> None:
        """8.1, 8.5, 8.10, and 8.9: settled late or on time, it is what the model has."""
        with self.hall.looking(self.town.pool) as here:
            for each in self.model.members.values():
                held_by(here, Address(each.account))
            rows = self.stored_list("balance", "address, amount, accrued")
            self.dates_are_the_models()
        balances = {self.own.get(address, address): amount for address, amount, _ in rows}
        accrued = {address: rest for address, _, rest in rows if address not in self.own}
        assert accrued == {each.account: each.accrued for each in self.model.members.values()}
        assert balances == self.model.balances
        # 8.1: all accounts sum to 0.
        assert sum(balances.values()) == 0
        # 8.5: nobody is below the limit.
        members = {each.account for each in self.model.members.values()}
        assert min(balances[account] for account in members) >= self.model.floor
        # 8.10: what is held or disputed lies where nobody can use it in another way.
        held = sum(each.held for each in self.model.orders.values())
        held += sum(each.held for each in self.till.outs.values())
        assert balances[HELD] == held
        frozen = [each.frozen for each in self.quarrels.all.values() if each.state in OPEN]
        assert balances[DISPUTED] == sum(frozen)

    def states_are_the_models(self) -> None:
        """8.12: and no state is left but for one that the tables allow."""
        model = self.model
        for kind, (steps, things) in self.tables().items():
            for number, each in things.items():
                before = self.seen.get((kind, number), each.state)
                assert leads_to(steps, before, each.state), f"{kind} {number} was {before}"
                self.seen[kind, number] = each.state
        assert self.stored("listing", "number, owner, state, quantity") == {
            (number, each.owner, each.state, each.quantity)
            for number, each in model.listings.items()
        }
        assert self.stored("commitment", "number, maker, state, kept, claimed_by") == {
            (number, each.maker, each.state, each.kept, each.claimed_by)
            for number, each in model.promises.items()
        }
        assert self.stored("spend_order", "number, spender, giver, state") == {
            (number, each.spender, each.giver, each.state) for number, each in model.orders.items()
        }
        assert self.stored("request", "number, asker, payer, state") == {
            (number, each.asker, each.payer, each.state) for number, each in model.requests.items()
        }
        assert sorted(self.stored_list("term", "member, role, state")) == sorted(
            (each.member, each.role, each.state) for each in model.terms
        )
        names = "id, folded_into, carry_minutes, carry_cents, acted_by"
        assert self.stored("member", f"{names}, CASE state WHEN 'left' THEN 0 ELSE 1 END") == {
            (
                each.id,
                each.folded_into,
                each.carry["minutes"],
                each.carry["cents"],
                each.acted_by,
                int(each.here),
            )
            for each in model.members.values()
        }

    def tables(self) -> dict[str, tuple[Steps[Any], dict[int, Any]]]:
        """The tables of states, and what goes by them."""
        model = self.model
        return {
            "listing": (LISTING_STEPS, model.listings),
            "commitment": (COMMITMENT_STEPS, model.promises),
            "order": (ORDER_STEPS, model.orders),
            "request": (REQUEST_STEPS, model.requests),
            "cash": (CASH_STEPS, self.till.cash),
            "cash-out": (CASH_OUT_STEPS, self.till.outs),
            "expense": (EXPENSE_STEPS, self.till.expenses),
            "dispute": (DISPUTE_STEPS, self.quarrels.all),
            "template": (TEMPLATE_STEPS, self.diary.all),
            "plan": (PLAN_STEPS, self.diary.plans),
            "gathering": (GATHERING_STEPS, self.meetings.all),
        }

    def disputes_are_the_models(self) -> None:
        assert self.stored("dispute", "number, opener, other, holder, frozen, helper, state") == {
            (n, each.opener, each.other, each.holder, each.frozen, each.helper, each.state)
            for n, each in self.quarrels.all.items()
        }

    def quantities_are_the_models(self) -> None:
        rows = self.stored_list("listing", "number, taken, taken_in, every")
        for number, taken, month, every in rows:
            if self.model.listings[number].quantity is None:
                continue
            fresh = every == "month" and month != self.model.month
            assert (0 if fresh else taken) == self.model.taken(number), number

    def dates_are_the_models(self) -> None:
        """What expires by its issue has a date, and all of it has (rules, section 3)."""
        if not self.model.dates.kept:
            return
        rows = self.stored_list("lot", "address, cause, month, amount")
        stored = {(self.own.get(row[0], row[0]), *row[1:]) for row in rows}
        assert stored == self.model.dates.rows()

    def stored(self, table: str, names: str) -> set[tuple[Any, ...]]:
        return set(self.stored_list(table, names))

    def stored_list(self, table: str, names: str) -> list[tuple[Any, ...]]:
        sql = f"SELECT {names} FROM {table} WHERE pool_id = :pool"  # noqa: S608
        return self.hall.rows(sql, pool=self.town.pool)

    def the_journal_gives_every_balance(self) -> None:
        """8.2: a replay of our own, from the bare rows; 8.1 and 8.4 along the way."""
        rows = self.hall.rows(
            "SELECT e.place, e.kind, e.cause, e.reverses, e.at, p.source, p.target, p.amount"
            " FROM entry e JOIN posting p ON p.pool_id = e.pool_id AND p.entry = e.number"
            " WHERE e.pool_id = :pool ORDER BY e.place, p.line",
            pool=self.town.pool,
        )
        balances = dict.fromkeys(self.model.balances, 0)
        reversals: dict[int, int] = {}
        sources, instants, issued, retired = set(), [], 0, 0
        for place, kind, cause, reverses, at, source, target, amount in rows:
            assert amount > 0
            source, target = self.own.get(source, source), self.own.get(target, target)
            balances[source] -= amount
            balances[target] += amount
            instants.append(at)
            # 8.4: credits come from these sources alone, from each once; a gift issues none.
            assert source != ISSUANCE or kind in ISSUES
            assert target != ISSUANCE or kind in ("cash_out", "reverse")
            retired += amount if target == ISSUANCE else 0
            if source == ISSUANCE:
                assert cause not in sources, "one source issues once"
                sources.add(cause)
                issued += amount
            if reverses is not None:
                assert reversals.setdefault(reverses, place) == place, "one entry is reversed once"
        assert balances == self.model.balances
        assert instants == sorted(instants)
        assert sum(balances[each] for each in balances if each != ISSUANCE) == issued - retired
        kept = {n for n, each in self.model.promises.items() if each.confirmed_by}
        came = {n for n, each in self.till.cash.items() if each.received_by}
        assert sources <= kept | came


def leads_to(steps: Steps[Any], before: str, now: str) -> bool:
    """Whether one state becomes another, maybe by way of others."""
    reached, last = {before}, set[str]()
    while reached != last:
        last = set(reached)
        reached |= {str(each) for state in last for each in steps.get(state, ())}
    return now in reached


# --- running -------------------------------------------------------------------------------

USUAL = settings(
    derandomize=True,
    database=None,
    deadline=None,
    stateful_step_count=50,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def run(session: Session, machine: type[Histories], profile: settings) -> None:
    """Run histories of a machine on a database."""
    bound = type(machine.__name__, (machine,), {"session": session})
    run_state_machine_as_test(bound, settings=profile)


@pytest.fixture
def postgres(tmp_path: Any) -> Iterator[Session]:
    """A connection to a new database of PostgreSQL."""
    with database_url("postgresql", tmp_path) as url:
        opened = opener(database_of(url), writes=True)()
        yield opened
        opened.close()


@pytest.mark.timeout(300)
def test_whatever_people_do_the_pool_is_as_the_rules_have_it(session: Session) -> None:
    run(session, Histories, settings(USUAL, max_examples=200))


@pytest.mark.timeout(300)
def test_whatever_people_do_it_is_the_same_on_postgresql(postgres: Session) -> None:
    run(postgres, Histories, settings(USUAL, max_examples=20))


@pytest.mark.soak
def test_whatever_people_do_for_long(session: Session) -> None:
    count = int(os.environ.get("HISTORIES", "5000"))
    profile = settings(USUAL, derandomize=False, max_examples=count, stateful_step_count=100)
    run(session, Histories, profile)


# --- faults that must be found -------------------------------------------------------------

CAUGHT = settings(USUAL, max_examples=400, phases=[Phase.generate], report_multiple_bugs=False)


class AboutCash(Histories):
    """People who think of nothing but cash."""

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.people_bring_cash, self.people_take_cash, self.people_take_cash


class AboutDisputes(Histories):
    """People who send each other credits, and quarrel about it."""

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.people_send_credits, self.people_order, self.people_quarrel


class AboutRules(Histories):
    """People who change rules, and send credits under them."""

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.rules_change, self.people_send_credits, self.time_goes_by


class AboutDates(Histories):
    """People who send and spend credits that expire by the month of their issue."""

    first = FIRST | {"expiry": ("lot",)}

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.stewards_decide, self.people_send_credits, self.people_order, self.time_goes_by


class AboutLimits(Histories):
    """People who set limits on what they offer, and take back what was paid before."""

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.people_order, self.a_listing_is_edited, self.a_paid_order_is_reversed

    def a_paid_order_is_reversed(self, dice: Dice) -> None:
        self.it_is_reversed(dice, self.a_thing(dice, self.model.orders, "settled"))


class AboutDays(Histories):
    """People for whom, from a day on, credits expire by the month of their issue."""

    first = FIRST | {"expiry": ("none",), "notice_days": ("7",)}

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.the_rule_on_expiry_changes, self.credits_are_sent, self.time_passes

    def the_rule_on_expiry_changes(self, dice: Dice) -> None:
        self.a_rule_is_changed(dice, "expiry")


class AboutClocks(Histories):
    """People who move from one time zone to another."""

    first = FIRST | {"notice_days": ("0",)}

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        clocks = self.the_clocks_change, self.a_month_ends, self.a_month_ends
        return *clocks, self.people_use_the_board, self.people_promise_monthly, self.people_promise

    def the_clocks_change(self, dice: Dice) -> None:
        self.a_rule_is_changed(dice, "timezone")

    def a_month_ends(self, dice: Dice) -> None:
        """It is some hours before or after."""
        hours = timedelta(hours=dice.throw(34) - 12)
        self.it_becomes(max(self.model.now, self.model.book.ends_at(self.model.now) + hours))


class AboutSharing(Histories):
    """People who trade where what resting credits cost is shared out among those who do."""

    first = FIRST | {"demurrage": ("333333",), "demurrage_share": ("on",), "expiry": ("lot",)}

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.people_send_credits, self.people_order, self.people_promise, self.time_goes_by


class AboutNeeds(Histories):
    """People who meet each other's needs, say so and pay for it, and quarrel about it."""

    first = FIRST | {"confirming": ("both", "steward"), "payer": ("receiver",)}

    def kinds(self) -> tuple[Callable[[Dice], None], ...]:
        return self.people_use_the_board, *[self.people_meet_needs] * 4, self.people_quarrel

    def people_meet_needs(self, dice: Dice) -> None:
        promises = self.model.promises
        dice.of((self.a_need_is_taken, self.people_promise, self.stewards_decide))(dice)
        if self.there_is(promises, "open"):
            self.a_promise_is_claimed(dice)


@pytest.mark.timeout(300)
def test_a_steward_who_may_confirm_their_own_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decidable(here: Any, actor: Any, number: Any) -> Any:
        return thing(here, here.commitments, number, "commitment")

    monkeypatch.setattr(core.usecases.commitments, "_decidable", decidable)
    with pytest.raises(AssertionError, match=r"should not: .*Own"):
        run(session, Histories, CAUGHT)


@pytest.mark.timeout(300)
def test_an_undo_that_forgets_the_time_limit_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.usecases.credits, "UNDO_WITHIN", timedelta.max)
    with pytest.raises(AssertionError, match=r"should not: .*TooLateToUndo"):
        run(session, AboutRules, CAUGHT)


@pytest.mark.timeout(300)
def test_an_approval_that_forgets_what_is_reserved_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(here: Any) -> int:
        cash: int = here.cash_in(AccountKind.TREASURY)
        return cash

    monkeypatch.setattr(core.usecases.cashing_out, "free_cash", forgetful)
    with pytest.raises(AssertionError, match="CashOut"):
        run(session, AboutCash, CAUGHT)


@pytest.mark.timeout(300)
def test_a_dispute_that_does_not_freeze_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: Any) -> Credits:
        return Credits(0)

    monkeypatch.setattr(core.usecases.disputes, "_set_aside", nothing)
    with pytest.raises(AssertionError):
        run(session, AboutDisputes, CAUGHT)


@pytest.mark.timeout(300)
def test_a_rule_that_changes_before_its_notice_is_over_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Pool.at
    monkeypatch.setattr(Pool, "at", lambda pool, now: usual(pool, now + timedelta(days=99)))
    with pytest.raises(AssertionError):
        run(session, AboutRules, CAUGHT)


@pytest.mark.timeout(300)
def test_a_lot_that_is_spent_twice_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = lots._taken

    def twice(session: Session, *posting: Any) -> Iterator[tuple[str, int]]:
        session.savepoint("dates")
        taken = list(usual(session, *posting))
        session.undo("dates")
        session.release("dates")
        yield from taken

    monkeypatch.setattr(lots, "_taken", twice)
    with pytest.raises(AssertionError):
        run(session, AboutDates, CAUGHT)


@pytest.mark.timeout(300)
def test_a_steward_who_agrees_with_themselves_on_an_expense_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Expense, "asked_by", property(lambda expense: expense.made_by))
    with pytest.raises(AssertionError, match="Expense"):
        run(session, AboutCash, CAUGHT)


@pytest.mark.timeout(300)
def test_a_word_that_is_not_waited_for_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.usecases.commitments, "awaited", lambda *_: None)
    with pytest.raises(AssertionError, match=r"should not: .*WaitsForWord"):
        run(session, AboutNeeds, CAUGHT)


@pytest.mark.timeout(300)
def test_a_pool_that_pays_for_what_another_should_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.usecases.commitments, "payer_of", lambda *_: None)
    with pytest.raises(AssertionError):
        run(session, AboutNeeds, CAUGHT)


@pytest.mark.timeout(300)
def test_a_day_that_only_the_clock_brings_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PoolHere, "is_change_due", property(lambda _: False))
    with pytest.raises(AssertionError):
        run(session, AboutDays, CAUGHT)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("where", "what"),
    [(core.usecases.closing, "shares_out"), (core.usecases.posting, "share_until")],
    ids=["at its close", "before the next month is charged"],
)
def test_a_charge_that_is_not_shared_out_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch, where: Any, what: str
) -> None:
    monkeypatch.setattr(where, what, lambda *_: False)
    with pytest.raises(AssertionError):
        run(session, AboutSharing, CAUGHT)


@pytest.mark.timeout(300)
def test_a_clock_that_counts_before_its_month_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.usecases.ruling, "zone_counts_from", lambda _pool, _zone, day: day)
    with pytest.raises(AssertionError):
        run(session, AboutClocks, CAUGHT)


@pytest.mark.timeout(300)
def test_a_limit_that_counts_what_was_paid_before_it_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = core.usecases.orders.give_back
    monkeypatch.setattr(core.usecases.orders, "give_back", lambda *said: usual(*said[:4]))
    with pytest.raises(AssertionError):
        run(session, AboutLimits, CAUGHT)
