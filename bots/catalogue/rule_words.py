"""The rules of a pool in plain words: what each means as it stands, in one sentence."""

from __future__ import annotations

from collections.abc import Callable

from bots.replies import Amount, Code, Percent, Say, Valued, say, says
from core.domain.rules import RULES, CashingOut, Confirming, Expiry, Fee, Payer, Scale
from core.domain.units import Measure, Worth


def rule_sentence(rule: str, value: str) -> Say:
    """What a rule means with this value, as a change of it keeps it."""
    return _SENTENCES[rule](value)


def _minutes(value: str) -> Say:
    time = Valued(Worth(Measure.MINUTES, int(value)))
    return say("One credit stands for {time} of work.", time=time)


def _money(value: str) -> Say:
    return say("One credit stands for {money} of cash.", money=_cash(value))


def _cash(value: str) -> Valued:
    return Valued(Worth(Measure.CENTS, int(value)))


def _debit_limit(value: str) -> Say:
    if value == "0":
        return say("Nobody goes below zero.")
    return say("You may go {credits} below zero.", credits=Amount(int(value)))


def _holding_limit(value: str) -> Say:
    if value == "0":
        return say("You may hold as many credits as you like.")
    return say("You may be sent credits until you hold {credits}.", credits=Amount(int(value)))


def _demurrage(value: str) -> Say:
    if value == "0":
        return say("Resting credits cost nothing.")
    share = Percent(int(value))
    return say("Each month {share} of what you hold goes to the common fund.", share=share)


def _tax(value: str) -> Say:
    if value == "0":
        return say("Sending credits costs nothing.")
    share = Percent(int(value))
    return say("Whoever sends credits gives {share} more to the common fund.", share=share)


def _stipend(value: str) -> Say:
    if value == "0":
        return say("Stewards get no credits for their time.")
    credits = Amount(int(value))
    return say(
        "A steward gets {credits} a month for their time, once another one agrees.",
        credits=credits,
    )


def _cap(value: str) -> Say:
    if value == "0":
        return say("There is no monthly cap on cash-outs.")
    return say("A partner cashes out {credits} a month at most.", credits=Amount(int(value)))


def _notice(value: str) -> Say:
    if value == "0":
        return say("A change of the rules counts at once.")
    return says(
        "A change of the rules is announced {count} day ahead.",
        "A change of the rules is announced {count} days ahead.",
        int(value),
    )


def _chosen(words: dict[str, Say]) -> Callable[[str], Say]:
    return words.__getitem__


_SENTENCES: dict[str, Callable[[str], Say]] = {
    "minutes": _minutes,
    "money": _money,
    "confirming": _chosen(
        {
            Confirming.STEWARD.value: say("A steward confirms that a promise was kept."),
            Confirming.BOTH.value: say(
                "A steward confirms a promise once the one it was for says it was kept."
            ),
        }
    ),
    "payer": _chosen(
        {
            Payer.POOL.value: say("The pool pays for help that answers a need."),
            Payer.RECEIVER.value: say("Whoever is in need pays for the help themselves."),
        }
    ),
    "expiry": _chosen(
        {
            Expiry.NONE.value: say("Credits do not expire."),
            Expiry.REST.value: say("Credits that rest too long go to the common fund."),
            Expiry.LOT.value: say("Credits expire some months after they were issued."),
        }
    ),
    "expiry_months": lambda value: says(
        "Where credits expire, they do so after {count} whole month.",
        "Where credits expire, they do so after {count} whole months.",
        int(value),
    ),
    "demurrage": _demurrage,
    "demurrage_share": _chosen(
        {
            "on": say("What resting credits cost is shared out to those who traded that month."),
            "off": say("What resting credits cost stays in the common fund."),
        }
    ),
    "tax": _tax,
    "debit_limit": _debit_limit,
    "holding_limit": _holding_limit,
    "warn_at": lambda value: say(
        "I warn you in private at {share} of a limit.", share=Percent(int(value))
    ),
    "ask_before": lambda value: say(
        "I ask before more than {credits} are sent at once.", credits=Amount(int(value))
    ),
    "nudge_past": lambda value: say(
        "I tell you in private once you gave {credits} more than you took, or the other way round.",
        credits=Amount(int(value)),
    ),
    "two_stewards": lambda value: say(
        "A cash-out of more than {credits} needs two stewards.", credits=Amount(int(value))
    ),
    "two_stewards_cash": lambda value: say(
        "A cash-out that pays more than {money} needs two stewards.", money=_cash(value)
    ),
    "cash_out": _chosen(
        {
            CashingOut.OFF.value: say("Credits are not cashed out."),
            CashingOut.APPROVAL.value: say("Partners cash out when a steward approves."),
            CashingOut.CAP.value: say("Partners cash out up to a monthly cap."),
            CashingOut.BOTH.value: say(
                "Partners cash out up to a monthly cap when a steward approves."
            ),
        }
    ),
    "cash_out_rate": lambda value: say(
        "A credit that is cashed out pays {money}.", money=_cash(value)
    ),
    "cash_out_cap": _cap,
    "cash_out_fee": _chosen(
        {
            Fee.NONE.value: say("Cashing out costs no fee."),
            Fee.SLIDING.value: say("The more a partner cashes out in a month, the higher the fee."),
        }
    ),
    "backing": lambda value: say(
        "Backers set aside {share} of what their credits stand for.", share=Percent(int(value))
    ),
    "pledge_issues": _chosen(
        {
            "on": say("A pledge that is kept brings credits, as buying them does."),
            "off": say("A pledge that is kept brings no credits."),
        }
    ),
    "stipend": _stipend,
    "term_days": lambda value: says(
        "A steward serves for {count} day.", "A steward serves for {count} days.", int(value)
    ),
    "notice_days": _notice,
    "timezone": lambda value: say("Days and months go by the clocks of {zone}.", zone=Code(value)),
}


RULE_LABELS: dict[str, Say] = {
    "minutes": say("What time a credit stands for"),
    "money": say("What cash a credit stands for"),
    "confirming": say("Whose word confirms a promise"),
    "payer": say("Who pays for help in need"),
    "expiry": say("Whether credits expire"),
    "expiry_months": say("After how many months credits expire"),
    "demurrage": say("The monthly charge on resting credits"),
    "demurrage_share": say("Whether that charge is shared out"),
    "tax": say("The tax on transfers"),
    "debit_limit": say("How far below zero one may go"),
    "holding_limit": say("How much one may be sent to hold"),
    "warn_at": say("When to warn before a limit"),
    "ask_before": say("Above what amount to ask before sending"),
    "nudge_past": say("When to nudge givers and takers"),
    "two_stewards": say("Above how many credits a cash-out needs two stewards"),
    "two_stewards_cash": say("Above how much cash a cash-out needs two stewards"),
    "cash_out": say("Whether partners cash out"),
    "cash_out_rate": say("What a cashed-out credit pays"),
    "cash_out_cap": say("The monthly cap on cash-outs"),
    "cash_out_fee": say("The fee on cash-outs"),
    "backing": say("How much backers set aside"),
    "pledge_issues": say("Whether pledges bring credits"),
    "stipend": say("What a steward’s month brings"),
    "term_days": say("How long a steward serves"),
    "notice_days": say("How long before a change is announced"),
    "timezone": say("Whose clocks the months go by"),
}
"""What each rule is about, in the list to choose from."""

EXAMPLES: dict[Scale, tuple[str, ...]] = {
    Scale.CREDITS: ("20",),
    Scale.CENTS: ("8.00",),
    Scale.PPM: ("2%",),
    Scale.MINUTES: ("30min",),
    Scale.DAYS: ("7",),
    Scale.MONTHS: ("3",),
    Scale.SWITCH: ("on", "off"),
    Scale.ZONE: ("Africa/Nairobi",),
}


def examples(rule: str) -> tuple[str, ...]:
    """What may be typed for a rule's value."""
    setting = RULES[rule]
    if setting.choices is not None:
        return tuple(each.value for each in setting.choices)
    return EXAMPLES[setting.scale]
