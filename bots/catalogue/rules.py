"""The rules: read in plain words, changed with a look at what it does, and the months by them."""

from __future__ import annotations

import re
from datetime import datetime

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.guesses import zone_of
from bots.catalogue.people import ROLE_WORDS
from bots.catalogue.plainly import HOURS, MINUTES, money_of, worth_of
from bots.catalogue.rule_words import RULE_LABELS, examples, rule_sentence
from bots.catalogue.showing import button, explain, show, tell, yes_to
from bots.catalogue.unclear import NotARuleValue, RuleMeans
from bots.replies import (
    Amount,
    Block,
    Code,
    Instant,
    Name,
    Ref,
    Reply,
    Say,
    Typed,
    heading,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.members import Role
from core.domain.pools import Pool
from core.domain.refusals import (
    ChangeWaits,
    HoldsEnough,
    Refused,
    RuleBounds,
    RuleIsSo,
    SomeAreBelow,
)
from core.domain.rules import RULES, TIME_ZONE, ChangeState, Coming, RuleChange, Scale, changed
from core.domain.units import MILLION, PoolId
from core.reads import Forecast
from core.usecases.posting import NearLimit
from core.usecases.ruling import (
    KeepRule,
    RuleKept,
    RuleSet,
    SetRule,
    counts_from,
    keep_rule,
    set_rule,
)

WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
SHARE = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))? ?%", re.ASCII)


async def rules(asking: Asking) -> Reply:
    """`/rules`: each rule in one plain sentence, what comes, and who serves."""
    now = asking.doors.now()
    pool = asking.pool.at(now)
    serving = await asking.doors.reading.serving(pool.id, now)
    blocks = [
        heading(say("The rules of {pool}", pool=Typed(pool.name))),
        item(say("Credits come into being when a promise was kept and a steward says so.")),
        item(say("Nobody confirms their own.")),
        item(say("You can take back a transfer within ten minutes.")),
        item(say("Credits for an order are held until it is delivered, for thirty days at most.")),
    ]
    blocks += [item(rule_sentence(rule, pool.setting(rule))) for rule in RULES]
    if pool.coming:
        blocks.append(heading(say("What changes")))
        blocks += map(_coming, pool.coming)
    blocks.append(heading(say("Who serves")))
    blocks += [_serving(who.name, role, until) for who, role, until in serving]
    return Reply(tuple(blocks))


def _coming(change: Coming) -> Block:
    return item(
        say("From {day} on:", day=Instant(change.from_at)),
        rule_sentence(change.rule, change.value),
        say("({number})", number=Ref(change.number)),
    )


def _serving(name: str, role: Role, until: datetime | None) -> Block:
    if until is not None:
        return item(
            say(
                "{name}, {role} until {day}",
                name=Name(name),
                role=ROLE_WORDS[role],
                day=Instant(until, date_only=True),
            )
        )
    return item(say("{name}, {role}", name=Name(name), role=ROLE_WORDS[role]))


async def set_a_rule(asking: Asking) -> Reply:
    """`/set`: give a rule another value, once it was seen what that does to real balances."""
    rule = asking.get("rule", str)
    await asking.steward()
    value = _value_of(rule, asking.get("value", str).strip(), asking.pool)
    if not asking.sure:
        await _show_what_it_does(asking, rule, value)
    command = SetRule(asking.pool.id, asking.by, rule, value)
    return show(await asking.decide(set_rule, command), asking.pool.id)


async def _show_what_it_does(asking: Asking, rule: str, value: str) -> None:
    """Ask with what the change would do; what cannot be done is refused when it is decided."""
    now = asking.doors.now()
    pool = asking.pool.at(now)
    before, setting = pool.setting(rule), RULES[rule]
    counted = value.isascii() and value.isdigit()
    if value == before or (counted and not setting.least <= int(value) <= setting.most):
        return
    if any(each.rule == rule for each in pool.coming):
        return
    after = pool.rules if rule == TIME_ZONE else changed(pool.rules, rule, value)
    present = await asking.doors.reading.forecast(pool.id, pool.rules, now)
    then = await asking.doors.reading.forecast(pool.id, after, now)
    from_at = counts_from(pool, rule, value, now)
    raise Refused(RuleMeans(rule, value, before, from_at, from_at <= now, present, then))


def _value_of(rule: str, said: str, pool: Pool) -> str:
    """A rule's value as a change of it keeps it.

    Raises:
        Refused: NotARuleValue, NotMoney, OtherCurrency.
    """
    setting, folded = RULES[rule], said.casefold()
    if folded in examples(rule) and setting.scale in (Scale.CHOICE, Scale.SWITCH):
        return folded
    if setting.scale is Scale.CENTS and said != "0":
        return str(money_of(said, pool))
    if setting.scale is Scale.MINUTES and (HOURS.fullmatch(said) or MINUTES.fullmatch(said)):
        return str(worth_of(said, pool).amount)
    if setting.scale is Scale.PPM and (found := SHARE.fullmatch(said)):
        return str(int(found[1]) * MILLION // 100 + int((found[2] or "0").ljust(4, "0")))
    if setting.scale is Scale.ZONE:
        return zone_of(said)
    counted = (Scale.CREDITS, Scale.CENTS, Scale.DAYS, Scale.MONTHS, Scale.MINUTES)
    if setting.scale in counted and WHOLE.fullmatch(said):
        return str(int(said))
    raise Refused(NotARuleValue(rule, said, examples(rule)))


async def keep_a_rule(asking: Asking) -> Reply:
    """The button that takes an announced change back."""
    return show(await asking.decide_on("change", keep_rule, KeepRule), asking.pool.id)


def rule_card(change: RuleChange) -> Reply:
    """A change of the rules, as the day's digest tells of it."""
    sentence = rule_sentence(change.rule, change.value)
    number = say("({number})", number=Ref(change.number))
    if change.state is ChangeState.WITHDRAWN:
        kept = rule_sentence(change.rule, change.before)
        return reply(say("A change of the rules was taken back, so this stays:"), kept, number)
    if change.state is ChangeState.IN_FORCE:
        return reply(say("A rule has changed:"), sentence, number)
    return reply(say("A rule changes on {day}:", day=Instant(change.from_at)), sentence, number)


@show.register
def _(done: RuleSet, pool: PoolId) -> Reply:
    sentence = rule_sentence(done.rule, done.value)
    if done.at_once:
        return reply(say("{number} From now on:", number=Ref(done.number)), sentence)
    return reply(
        say("{number} From {day} on:", number=Ref(done.number), day=Instant(done.from_at)),
        sentence,
        say("The group hears of it with today’s digest."),
        buttons=((button(say("Withdraw it"), "keeprule", pool, done.number, done.version),),),
    )


@show.register
def _(kept: RuleKept, pool: PoolId) -> Reply:
    return reply(
        say("{number} is off, and this stays:", number=Ref(kept.number)),
        rule_sentence(kept.rule, kept.value),
    )


@explain.register
def _(means: RuleMeans, pool: PoolId) -> Reply:
    when = (
        say("From now on:") if means.at_once else say("From {day} on:", day=Instant(means.from_at))
    )
    blocks = [
        line(say("Now:"), rule_sentence(means.rule, means.before)),
        line(when, rule_sentence(means.rule, means.value)),
    ]
    effect = _effect(means)
    blocks += effect or [line(say("As things stand, nobody’s balance changes by it."))]
    if means.rule == "demurrage" and means.value != "0":
        blocks.append(line(say("Parts of a credit add up from month to month.")))
    return Reply(tuple(blocks))


def _effect(means: RuleMeans) -> list[Block]:
    """What the change does to the balances there are: in sums, and in nobody's name."""
    now, then = means.present, means.then
    lines = []
    if (now.expiring, now.expiring_members) != (then.expiring, then.expiring_members):
        lines.append(expiring_line(then.expiring, then.expiring_members))
    if (now.charged, now.charged_members) != (then.charged, then.charged_members):
        lines.append(charged_line(then.charged, then.charged_members))
    if then.shared != now.shared:
        lines.append(shared_line(then.shared, then.sharing))
    if then.above != now.above:
        lines.append(
            says(
                "{count} member holds that much or more already, and keeps it.",
                "{count} members hold that much or more already, and keep it.",
                then.above,
            )
        )
    if then.unsaid != now.unsaid:
        lines.append(
            says(
                "{count} promise waits for a steward; it would wait for the one it was for, too.",
                "{count} promises wait for a steward; they would wait for whom they were for, too.",
                then.unsaid,
            )
        )
    if then.needs != now.needs:
        lines += _paid_by_themselves(then)
    return [line(each) for each in lines]


def _paid_by_themselves(then: Forecast) -> list[Say]:
    lines = [
        says(
            "{count} need on the board would be paid by the one who has it.",
            "{count} needs on the board would be paid by those who have them.",
            then.needs,
        )
    ]
    if then.short:
        lines.append(
            says(
                "{count} of them could not be paid just now.",
                "{count} of them could not be paid just now.",
                then.short,
            )
        )
    lines.append(say("What was promised before stays as it was."))
    return lines


def expiring_line(credits: int, members: int) -> Say:
    """What would expire, of how many."""
    return says(
        "If the month ended now, {credits} of {count} member would expire.",
        "If the month ended now, {credits} of {count} members would expire.",
        members,
        credits=Amount(credits),
    )


def charged_line(credits: int, members: int) -> Say:
    """What would be charged, to how many."""
    return says(
        "If the month ended now, {count} member would be charged {credits}.",
        "If the month ended now, {count} members would be charged {credits} in all.",
        members,
        credits=Amount(credits),
    )


def shared_line(credits: int, members: int) -> Say:
    """What would be shared out, to how many."""
    return says(
        "{count} member who traded this month would share {credits} of that.",
        "{count} members who traded this month would share {credits} of that.",
        members,
        credits=Amount(credits),
    )


@yes_to.register
def _(means: RuleMeans) -> Say:
    return say("Yes, announce it") if not means.at_once else say("Yes, change it")


@explain.register
def _(refusal: NotARuleValue, pool: PoolId) -> Reply:
    first, *others = refusal.examples
    said = say("I cannot read {said} as a value of this rule.", said=Typed(refusal.said))
    if not others:
        return reply(said, say("Write it like {example}.", example=Code(first)))
    meant = [
        say("{command} {summary}", command=Code(each), summary=rule_sentence(refusal.rule, each))
        for each in refusal.examples
    ]
    return Reply((line(said, say("Write one of these:")), *map(item, meant)))


@explain.register
def _(refusal: RuleBounds, pool: PoolId) -> Reply:
    return reply(
        say("That is out of bounds for this rule."),
        say("At the least:"),
        rule_sentence(refusal.rule, str(refusal.least)),
        say("At the most:"),
        rule_sentence(refusal.rule, str(refusal.most)),
    )


@explain.register
def _(refusal: RuleIsSo, pool: PoolId) -> Reply:
    return reply(say("That is the rule already:"), rule_sentence(refusal.rule, refusal.value))


@explain.register
def _(refusal: ChangeWaits, pool: PoolId) -> Reply:
    return reply(
        say("This rule changes already, on {day}:", day=Instant(refusal.from_at)),
        rule_sentence(refusal.rule, refusal.value),
        say("Take that back first, or wait for it."),
        buttons=((button(say("Withdraw it"), "keeprule", pool, refusal.number),),),
    )


@explain.register
def _(refusal: SomeAreBelow, pool: PoolId) -> Reply:
    return reply(
        says(
            "{count} member is further below zero than that.",
            "{count} members are further below zero than that.",
            refusal.members,
        ),
        say(
            "Wait until they have come up to {limit}, or choose a wider limit.",
            limit=-refusal.limit,
        ),
    )


@explain.register
def _(refusal: HoldsEnough, pool: PoolId) -> Reply:
    return reply(
        say("{name} cannot take that many just now.", name=Name(refusal.who.name)),
        say("{rules} says how much one may hold.", rules=Code("/rules")),
    )


@tell.register
def _(near: NearLimit, pool: PoolId) -> Reply:
    have = say("You have {balance} now.", balance=Amount(near.balance))
    left = Amount(near.left)
    if near.limit > 0:
        to_go = say(
            "You may be sent {left} more before you reach the most one may hold.", left=left
        )
        at_it = say("That is as much as one may be sent to hold.")
        spend = say("The board shows what you could spend them on: {board}", board=Code("/board"))
        return reply(have, to_go if near.left else at_it, spend)
    to_go = say("You can spend {left} more before you reach the limit.", left=left)
    at_it = say("That is as low as one may go.")
    earn = say("The board shows what others need: {board}", board=Code("/board"))
    return reply(have, to_go if near.left else at_it, earn)


COMMANDS = (
    Command(
        "rules",
        say("The rules in plain words"),
        rules,
        whose=For.ANYONE,
        writes=False,
        topic="pool",
    ),
    Command(
        "set",
        say("Change a rule, with a look at what it does"),
        set_a_rule,
        (
            Argument(
                "rule",
                Kind.CHOICE,
                say("Which rule"),
                say("Which rule shall change? {rules} says how each stands.", rules=Code("/rules")),
                choices=tuple(Choice(rule, RULE_LABELS[rule]) for rule in RULES),
            ),
            Argument(
                "value",
                Kind.TEXT,
                say("Its new value"),
                say("To what? A number, a share like 2%, a sum like 8.00, or a word."),
                length_max=64,
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "keeprule",
        say("Take back a change of the rules"),
        keep_a_rule,
        (Argument("change", Kind.NUMBER, say("The number of the change")),),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="change",
        hidden=True,
        topic="stewards",
    ),
)
