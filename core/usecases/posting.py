"""Putting an entry into the journal: the one place where a balance is held against its floor.

A month closes some hours after it is over, or days after when the bot was down. Whoever acts before
has the charges of the months that are over taken first, in the same transaction, so that a month
that is closed late leaves the books as one that is closed on time (rules, 8.9). Where no such month
lies behind, that costs the comparison of two instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from core.domain.chance import At
from core.domain.charges import charge_of
from core.domain.ledger import (
    AccountKind,
    Draft,
    Entry,
    EntryKind,
    Posting,
    Tally,
    hash_of_entry,
    hash_of_note,
)
from core.domain.members import Member
from core.domain.months import Period, Step, cause_of, month_before, next_month
from core.domain.neutral import Notice
from core.domain.refusals import HoldsEnough, NotEnough, Refused, TooLarge
from core.domain.rules import ChangeState, Expiry, RuleChange
from core.domain.units import AMOUNT_MAX, MILLION, Address, Credits, MemberId, Number
from core.ports import Here, Holding
from core.records import dataclass
from core.usecases.standing import now_is, who

MEMBERS_AT_ONCE = 500
"""Members whose accounts are looked at together, where all of a month is done in one act."""


def moved(source: Address, target: Address, credits: int) -> Posting:
    """A posting of so many credits.

    Raises:
        Refused: TooLarge.
    """
    if credits > AMOUNT_MAX:
        raise Refused(TooLarge())
    return Posting(source, target, credits)


def moved_whole(source: Address, target: Address, credits: int) -> tuple[Posting, ...]:
    """Postings of a whole balance, be it more than one posting may move."""
    parts = [AMOUNT_MAX] * (credits // AMOUNT_MAX)
    if rest := credits % AMOUNT_MAX:
        parts.append(rest)
    return tuple(Posting(source, target, part) for part in parts)


# --- what an account holds -----------------------------------------------------------------


def held_by(here: Here, account: Address) -> int:
    """What an account holds once the months that are over have taken theirs."""
    _catch_up(here, account)
    return here.balance(account)


def tally_of(here: Here, account: Address) -> Tally:
    """The same, with what has accrued of its charges."""
    _catch_up(here, account)
    return here.tally(account)


def must_have(here: Here, member: Member, credits: int, *, own: bool = False) -> int:
    """The balance of a member who can pay this; with `own`, without owing any of it.

    Raises:
        Refused: NotEnough.
    """
    balance = held_by(here, member.account)
    free = balance - (0 if own else here.pool.floor_credits)
    if credits > free:
        raise Refused(NotEnough(Credits(max(free, 0)), Credits(credits)))
    return balance


def must_have_room(here: Here, member: Member, credits: int) -> None:
    """Hold that a member may receive this, where a rule says how much one may hold.

    Raises:
        Refused: HoldsEnough.
    """
    limit = here.pool.rules.holding_limit_credits
    if limit and held_by(here, member.account) + credits > limit:
        raise Refused(HoldsEnough(who(member)))


def rests_anew(here: Here, account: Address) -> None:
    """Note that its holder earned or spent, where no posting of theirs says so."""
    held_by(here, account)
    here.touch(account, here.now)


# --- entries -------------------------------------------------------------------------------


def enter(here: Here, draft: Draft, at: At) -> Entry:
    """Number, date, chain and keep an entry.

    The instant is never before that of the last entry (settled.md, "The writer").
    """
    for posting in draft.postings:
        _catch_up(here, posting.source, posting.target)
    rules = here.pool.rules
    entry = _keep(here, draft, at.salt() if draft.note else b"", rules.version, rules.expiry)
    if rules.holding_limit_credits or rules.debit_limit_credits:
        _warn(here, entry)
    return entry


def _keep(here: Here, draft: Draft, salt: bytes, rules_version: int, expiry: Expiry) -> Entry:
    """Keep an entry; the dates of credits move with them where they expire by those."""
    head = here.head
    unsealed = Entry(
        pool=here.pool.id,
        number=here.number(),
        place=head.place + 1,
        kind=draft.kind,
        actor=draft.actor,
        on_behalf=draft.on_behalf,
        cause=draft.cause,
        reverses=draft.reverses,
        key=here.key,
        rules_version=rules_version,
        at=here.now,
        postings=draft.postings,
        note_hash=hash_of_note(salt, draft.note),
        previous_hash=head.hash,
        hash=b"",
    )
    entry = replace(unsealed, hash=hash_of_entry(unsealed))
    here.append(entry, salt, draft.note, dated=expiry is Expiry.LOT)
    return entry


def reverse(here: Here, entry: Entry, draft: Draft, at: At) -> Entry:
    """Take back an entry whole, by an entry that moves everything the other way."""
    back = tuple(
        Posting(posting.target, posting.source, posting.amount, posting.unit)
        for posting in reversed(entry.postings)
    )
    return enter(here, replace(draft, postings=back, reverses=Number(entry.number)), at)


# --- rules whose day has come ---------------------------------------------------------------


def take_effect(here: Here) -> None:
    """Write down the changes whose instant has come; their rules hold since then (`Pool.at`)."""
    waiting = here.rule_changes.find(state=ChangeState.WAITING)
    ahead = {each.number for each in here.pool.coming}
    due = sorted((c for c in waiting if c.number not in ahead), key=lambda c: (c.from_at, c.number))
    for version, change in enumerate(due, here.pool.rules.version - len(due) + 1):
        if change.rule == "expiry" and Expiry.LOT in (change.value, change.before):
            _redate(here, change)
        in_force = replace(
            change,
            state=ChangeState.IN_FORCE,
            rules_version=version,
            version=change.version + 1,
        )
        here.rule_changes.save(in_force)
    if due:
        here.save_pool(replace(here.pool, version=here.pool.version + 1))


def _redate(here: Here, change: RuleChange) -> None:
    """Where credits begin to expire by their issue, all there are count as issued on that day.

    What they were charged for the months before is taken first, by the dates they had until then;
    so it does not matter how late this is, nor how late those months close.
    """
    month = next_month(here.pool.closed_through)
    while ends_at(here, month) <= change.from_at:
        share_until(here, month)
        _take_all(here, month)
        month = next_month(month)
    if change.value == Expiry.LOT:
        here.date_lots(here.pool.month_then(change.from_at, here.rule_changes.find()))


# --- the charges of months that are over ---------------------------------------------------


def _catch_up(here: Here, *accounts: Address) -> None:
    """Have happened to these accounts what should have by now, though no clock has struck."""
    if here.is_change_due:
        take_effect(here)
    if here.pool.is_behind(here.now):
        for account in accounts:
            take_open_months(here, account)


def take_open_months(here: Here, account: Address) -> None:
    """Take from a member's account what the months that are over, and not closed, charge it."""
    holding = here.holding(account)
    if holding is None:
        return
    month = next_month(max(here.pool.closed_through, holding.tally.charged_through))
    while ends_at(here, month) <= here.now:
        if share_until(here, month):
            holding = here.holding(account) or holding
        take_month(here, [holding], month)
        holding = here.holding(account) or holding
        month = next_month(month)


def ends_at(here: Here, month: str) -> datetime:
    """The first instant after a month."""
    return here.pool.ends(month, here.rule_changes.find())


def take_month(here: Here, holdings: Sequence[Holding], month: str) -> None:
    """Take a month's charges from these accounts, by the rules in force when the month ended.

    None of the accounts may have moved since then, so that they stand as they stood.
    """
    changes = here.rule_changes.find()
    pool = here.pool.as_of(ends_at(here, month), changes)
    fund = here.address(AccountKind.COMMON)
    expired: list[Posting] = []
    charged: list[Posting] = []
    accrued: dict[Address, int] = {}
    for each in holdings:
        if each.tally.charged_through >= month:
            continue
        # A balance moved in the month that it was then, whatever clocks the pool has since.
        zone = here.pool.zone_at(each.tally.moved_at or each.joined_at, changes)
        charge = charge_of(each.tally, each.joined_at, month, zone, pool.rules, each.lots)
        accrued[each.address] = charge.accrued
        expired += moved_whole(each.address, fund, charge.expired)
        charged += moved_whole(each.address, fund, charge.demurrage)
    for kind, postings in ((EntryKind.EXPIRE, expired), (EntryKind.DEMURRAGE, charged)):
        if postings:
            draft = Draft(kind, None, tuple(postings), cause=cause_of(month))
            _keep(here, draft, b"", pool.rules.version, pool.rules.expiry)
    here.charged_all(month, accrued)


# --- what of them is shared out ------------------------------------------------------------


def shares_out(here: Here, month: str) -> bool:
    """Whether a month's charge on resting credits goes to those who traded in it."""
    rules = here.pool.as_of(ends_at(here, month), here.rule_changes.find()).rules
    return rules.demurrage_share and rules.demurrage_ppm > 0


def share_until(here: Here, month: str) -> bool:
    """Share out what the months before this one charged, where their close has not come to it.

    A month's charge looks at balances in which the shares of earlier months are; so whoever acts
    when two months or more wait for their close has the earlier ones charged whole, for all. Says
    whether anything was shared.
    """
    shared = False
    for earlier in _open_until(here, month_before(month)):
        shared |= shares_out(here, earlier) and _share_now(here, earlier)
    return shared


def _share_now(here: Here, month: str) -> bool:
    """Do the charge and the sharing of a month's close at once, if they are not done."""
    kept = here.periods.get(month)
    period = kept or Period(here.pool.id, month, here.now)
    if period.step not in (Step.CHARGE, Step.SHARE):
        return False
    if kept is None:
        here.periods.add(period)
    for each in _open_until(here, month):
        _take_all(here, each)
    after: MemberId | str = period.upto if period.step is Step.SHARE else ""
    while after := share_month(here, month, after, MEMBERS_AT_ONCE):
        pass
    here.periods.save(replace(period, step=Step.RENEW, upto="", version=period.version + 1))
    return True


def _open_until(here: Here, month: str) -> Iterator[str]:
    """The months that wait for their close, up to this one: each is charged before the next."""
    each = next_month(here.pool.closed_through)
    while each <= month:
        yield each
        each = next_month(each)


def _take_all(here: Here, month: str) -> None:
    """Take a month's charges from everybody."""
    after: MemberId | str = ""
    while holdings := here.holdings(after, MEMBERS_AT_ONCE):
        take_month(here, holdings, month)
        after = holdings[-1].member


def share_month(here: Here, month: str, after: MemberId | str, limit: int) -> MemberId | str:
    """Give so many of those who traded in a month their share of its charge, by id from after one.

    Equal shares, in whole credits; what does not divide stays in the common fund, and so does the
    share of somebody who has left. Gives the last one, '' when all have theirs.
    """
    start, end = ends_at(here, month_before(month)), ends_at(here, month)
    traders = here.traders(start, end)
    share = here.demurrage_of(month, end) // len(traders) if traders else 0
    some = [each for each in traders if each > after][:limit]
    if not share or not some:
        return ""
    fund = here.address(AccountKind.COMMON)
    found = (here.members.get(each) for each in some)
    getting = [now_is(here, each) for each in found if each is not None]
    shares = (moved_whole(fund, each.account, share) for each in getting if each.here)
    if postings := tuple(chain.from_iterable(shares)):
        rules = here.pool.as_of(end, here.rule_changes.find()).rules
        draft = Draft(EntryKind.SHARE, None, postings, cause=cause_of(month))
        _keep(here, draft, b"", rules.version, here.pool.rules.expiry)
    return some[-1]


# --- limits --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NearLimit(Notice):
    """Tells a holder, once, that they come near a limit: the most or the least one may have.

    `left` is how many credits there are to go.
    """

    balance: int
    limit: int
    left: Credits


def _warn(here: Here, entry: Entry) -> None:
    """Tell those whom an entry brings near a limit; whoever is near it already knows."""
    for posting in entry.postings:
        changes = ((posting.source, -posting.amount), (posting.target, posting.amount))
        for account, change in changes:
            holding = here.holding(account)
            if holding is not None:
                _warn_holder(here, holding.member, holding.tally.amount, change)


def _warn_holder(here: Here, member: MemberId, balance: int, change: int) -> None:
    rules = here.pool.rules
    limit = rules.holding_limit_credits if change > 0 else -here.pool.floor_credits
    sign = 1 if change > 0 else -1
    near = limit * rules.warn_at_ppm
    before, now = (sign * amount * MILLION for amount in (balance - change, balance))
    if limit and before < near <= now:
        left = Credits(max(limit - sign * balance, 0))
        here.tell(member, NearLimit(balance, sign * limit, left))
