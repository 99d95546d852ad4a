"""What is said of money: of cash that comes, is spent, or goes to partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.catalogue.money_lines import RECORDS_ONLY, cancel_button, odd_part
from bots.catalogue.showing import button, explain, show, tell, yes_to
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Name,
    Percent,
    Ref,
    Reply,
    Say,
    Typed,
    Value,
    heading,
    item,
    line,
    money,
    reply,
    say,
    says,
)
from core.domain.members import Who
from core.domain.pools import Pool
from core.domain.refusals import (
    ApprovedByYou,
    BackersOnly,
    CashOutMeans,
    CashOutOff,
    NotInTreasury,
    OddPart,
    OddPartGiven,
    OverCap,
    OwnCash,
    OwnCashOut,
    OwnExpense,
    PartnersOnly,
    TooLittleToBuy,
)
from core.domain.treasury import CashKind, Health
from core.domain.units import Cents, PoolId, Ppm
from core.reads import Treasury
from core.usecases.cashing_out import (
    CashOutCalledOff,
    CashOutComes,
    CashOutGranted,
    CashOutPaid,
    CashOutPaidOut,
    CashOutRefused,
    CashOutRequested,
    CashOutSeconded,
    CashOutTurnedDown,
)
from core.usecases.expenses import (
    ExpenseApproved,
    ExpenseDecided,
    ExpenseProposed,
    ExpenseRefused,
    ExpenseReturned,
    ExpenseStays,
    ReturnAsked,
    ReturnDecided,
)
from core.usecases.treasury import (
    BackingDue,
    CashAnnounced,
    CashArrived,
    CashCalledOff,
    CashLapsed,
    CashRecorded,
)

Buttons = tuple[tuple[Button, ...], ...]


def _of_cash(*sentences: Say, buttons: Buttons = ()) -> Reply:
    """A reply in which an amount of cash stands: it says that none was moved."""
    return Reply((line(*sentences), line(RECORDS_ONLY)), buttons)


# --- cash in -------------------------------------------------------------------------------


@show.register
def _(announced: CashAnnounced, pool: PoolId) -> Reply:
    number, cents = Ref(announced.cash), money(announced.cents)
    if announced.kind is CashKind.BUY:
        said = say(
            "{number} Noted: {money} from you for {credits}.",
            number=number,
            money=cents,
            credits=Amount(announced.credits),
        )
        gift = odd_part(announced.gift)
    else:
        said, gift = (
            say("{number} Noted: {money} from you. Thank you!", number=number, money=cents),
            (),
        )
    cancel = cancel_button(announced.cash, announced.version, pool)
    return _of_cash(
        said,
        *gift,
        say("Bring it to a steward; it counts once they have recorded it."),
        buttons=((cancel,),),
    )


@show.register
def _(recorded: CashRecorded, pool: PoolId) -> Reply:
    lines: list[Block] = []
    for each in recorded.received:
        places: dict[str, Value] = {
            "number": Ref(each.cash),
            "name": Name(each.giver.name),
            "money": money(each.cents),
        }
        if each.credits:
            said = say(
                "{number} {name}: {money} for {credits}", credits=Amount(each.credits), **places
            )
        else:
            said = say("{number} {name}: {money}", **places)
        lines.append(item(said))
    head = say("Recorded. The treasury has {money} now.", money=money(recorded.treasury))
    return Reply((line(head), *lines, line(RECORDS_ONLY)))


@tell.register
def _(arrived: CashArrived, pool: PoolId) -> Reply:
    said = say(
        "{name} has recorded {money} from you ({number}). Thank you!",
        name=Name(arrived.by.name),
        money=money(arrived.cents),
        number=Ref(arrived.cash),
    )
    if not arrived.credits:
        return _of_cash(said)
    got = say(
        "You get {credits} and have {balance} now.",
        credits=Amount(arrived.credits),
        balance=Amount(arrived.balance),
    )
    return _of_cash(said, got, *odd_part(arrived.gift))


@show.register
def _(called_off: CashCalledOff, pool: PoolId) -> Reply:
    return reply(
        say("{number} is off.", number=Ref(called_off.cash)),
        say("Nobody waits for the {money} any more.", money=money(called_off.cents)),
    )


@tell.register
def _(lapsed: CashLapsed, pool: PoolId) -> Reply:
    return _of_cash(
        say(
            "Your {money} ({number}) did not come in thirty days, so nobody waits for it.",
            money=money(lapsed.cents),
            number=Ref(lapsed.cash),
        ),
        say("If you bring it later, a steward records it then."),
    )


@tell.register
def _(due: BackingDue, pool: PoolId) -> Reply:
    return _of_cash(
        says(
            "{count} person helped, and you stand behind it: {text} ({credits}).",
            "{count} people helped, and you stand behind it: {text} ({credits}).",
            due.helpers,
            text=Typed(due.text),
            credits=Amount(due.credits),
        ),
        say("Your part is {money}; please bring it to a steward.", money=money(due.cents)),
        say("{mine} shows what is yours.", mine=Code("/mine")),
    )


@explain.register
def _(refusal: OwnCash, pool: PoolId) -> Reply:
    return reply(
        say("This cash is your own."), say("Another steward records it when they have it.")
    )


@explain.register
def _(refusal: BackersOnly, pool: PoolId) -> Reply:
    return reply(
        say("Only a backer of the pool sets cash aside as backing."),
        say("Everybody can give: {give}", give=Code("/give 20")),
    )


@explain.register
def _(refusal: TooLittleToBuy, pool: PoolId) -> Reply:
    return reply(
        say(
            "One credit costs {least}, so {money} buys none.",
            least=money(refusal.least),
            money=money(refusal.cents),
        ),
        say("You can give it all the same: {give}", give=Code(f"/give {_plain(refusal.cents)}")),
    )


def _plain(cents: Cents) -> str:
    """An amount as people type it: 50, 12.50."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


@explain.register
def _(refusal: OddPart, pool: PoolId) -> Reply:
    whole, odd = money(refusal.whole), money(refusal.odd)
    both = refusal.whole + refusal.odd
    return reply(
        say(
            "{whole} buys {credits}, and {odd} more buys none.",
            whole=whole,
            credits=Amount(refusal.credits),
            odd=odd,
        ),
        say("Would you give the rest, or bring {whole} alone?", whole=whole),
        buttons=(
            (
                button(say("Give {money} too", money=odd), "bringcash", pool, both),
                button(say("Bring {money}", money=whole), "bringcash", pool, refusal.whole),
            ),
        ),
    )


@explain.register
def _(refusal: OddPartGiven, pool: PoolId) -> Reply:
    return reply(
        say(
            "{whole} buys {credits} for {name}, and {odd} more would be a gift.",
            whole=money(refusal.whole),
            credits=Amount(refusal.credits),
            name=Name(refusal.giver.name),
            odd=money(refusal.odd),
        ),
        say(
            "If they want it back, record {whole} alone. Shall I record all?",
            whole=money(refusal.whole),
        ),
    )


@yes_to.register
def _(refusal: OddPartGiven) -> Say:
    return say("Yes, record all")


@explain.register
def _(refusal: NotInTreasury, pool: PoolId) -> Reply:
    return reply(
        say(
            "This takes {wanted}, and the treasury has {free} to give.",
            wanted=money(refusal.wanted),
            free=money(refusal.free),
        ),
        say("{treasury} shows what there is.", treasury=Code("/treasury")),
    )


# --- expenses ------------------------------------------------------------------------------


def _until_another_approves(said: Say, waits: Say, stewards: int) -> Reply:
    """What was noted, and what it waits for; or that there is nobody yet who could approve it."""
    if stewards:
        return _of_cash(said, waits)
    return _of_cash(
        said,
        say("No other steward serves yet who could approve it."),
        say("Ask your group to appoint one: {appoint}", appoint=Code("/appoint @name steward")),
    )


@show.register
def _(proposed: ExpenseProposed, pool: PoolId) -> Reply:
    said = say(
        "{number} Noted: {money} for “{text}”.",
        number=Ref(proposed.expense),
        money=money(proposed.cents),
        text=Typed(proposed.text),
    )
    waits = say("It may be paid once another steward approves it.")
    return _until_another_approves(said, waits, proposed.stewards)


@show.register
def _(approved: ExpenseApproved, pool: PoolId) -> Reply:
    return _of_cash(
        say(
            "Approved: {money} for “{text}” ({number}).",
            money=money(approved.cents),
            text=Typed(approved.text),
            number=Ref(approved.expense),
        ),
        say("The treasury has {money} left to give.", money=money(approved.left)),
    )


@show.register
def _(refused: ExpenseRefused, pool: PoolId) -> Reply:
    return reply(
        say(
            "I have told {name} why; {number} is not paid.",
            name=Name(refused.by.name),
            number=Ref(refused.expense),
        )
    )


@show.register
def _(asked: ReturnAsked, pool: PoolId) -> Reply:
    said = say(
        "{number} Noted: take back {money} for “{text}”.",
        number=Ref(asked.expense),
        money=money(asked.cents),
        text=Typed(asked.text),
    )
    waits = say("It is taken back once another steward agrees.")
    return _until_another_approves(said, waits, asked.stewards)


@show.register
def _(back: ExpenseReturned, pool: PoolId) -> Reply:
    return _of_cash(
        say(
            "Taken back with {entry}: {money} for “{text}” ({number}).",
            entry=Ref(back.reversal),
            money=money(back.cents),
            text=Typed(back.text),
            number=Ref(back.expense),
        ),
        say("The treasury has {money} now.", money=money(back.treasury)),
    )


@show.register
def _(stays: ExpenseStays, pool: PoolId) -> Reply:
    return reply(
        say(
            "I have told {name} why; {number} stays as it was paid.",
            name=Name(stays.by.name),
            number=Ref(stays.expense),
        )
    )


@tell.register
def _(decided: ReturnDecided, pool: PoolId) -> Reply:
    places: dict[str, Value] = {
        "name": Name(decided.by.name),
        "money": money(decided.cents),
        "text": Typed(decided.text),
        "number": Ref(decided.expense),
    }
    if not decided.why:
        return _of_cash(
            say("{name} agreed: {money} for “{text}” ({number}) is taken back.", **places)
        )
    said = say("{name} did not agree to take back {money} for “{text}” ({number}).", **places)
    return Reply((line(said), _reason(decided.why)))


@tell.register
def _(decided: ExpenseDecided, pool: PoolId) -> Reply:
    places: dict[str, Value] = {
        "name": Name(decided.by.name),
        "money": money(decided.cents),
        "text": Typed(decided.text),
        "number": Ref(decided.expense),
    }
    if decided.approved:
        return _of_cash(say("{name} approved {money} for “{text}” ({number}).", **places))
    said = say("{name} did not approve {money} for “{text}” ({number}).", **places)
    return Reply((line(said), _reason(decided.why)))


def _reason(why: str) -> Block:
    return line(say("The reason: “{why}”", why=Typed(why)))


@explain.register
def _(refusal: OwnExpense, pool: PoolId) -> Reply:
    return reply(
        say("You asked for {number} yourself.", number=Ref(refusal.number)),
        say("Another steward decides about it."),
    )


# --- cash-outs -----------------------------------------------------------------------------


@show.register
def _(requested: CashOutRequested, pool: PoolId) -> Reply:
    number = Ref(requested.cash_out)
    cancel = cancel_button(requested.cash_out, requested.version, pool)
    balance = say("You have {balance} left.", balance=Amount(requested.balance))
    if not requested.approved:
        held = say(
            "{number} I hold {credits} for your cash-out.",
            number=number,
            credits=Amount(requested.credits),
        )
        return reply(held, balance, say("A steward looks at it."), buttons=((cancel,),))
    granted = say(
        "{number} {money} is set aside for you, for {credits}.",
        number=number,
        money=money(requested.cents),
        credits=Amount(requested.approved),
    )
    back = _back(requested.credits - requested.approved)
    return _of_cash(granted, *back, balance, buttons=((cancel,),))


def _back(credits: int) -> tuple[Say, ...]:
    """What returned because there is no cash for it, if any did."""
    if not credits:
        return ()
    return (
        say("There is no cash for {credits} more; you have them back.", credits=Amount(credits)),
    )


@explain.register
def _(means: CashOutMeans, pool: PoolId) -> Reply:
    said = say(
        "{number} {name} would get {money} for {credits}.",
        number=Ref(means.number),
        name=Name(means.partner.name),
        money=money(means.cents),
        credits=Amount(means.approved),
    )
    lacking = means.credits - means.approved
    more = (
        (say("There is no cash for {credits} more.", credits=Amount(lacking)),) if lacking else ()
    )
    return Reply(
        (
            line(said, *more),
            *_shares("backing", means.backing, means.backing_then),
            *_shares("cover", means.cover, means.cover_then),
            *_warning(falls=means.falls),
            line(RECORDS_ONLY),
        )
    )


def _shares(what: str, now: Ppm | None, then: Ppm | None) -> tuple[Block, ...]:
    """Backing or cover before and after, as far as credits are out."""
    if now is None:
        return ()
    if then is None:
        return (item(say("{what}: {now} now", what=HEALTH[what], now=Percent(now))),)
    return (
        item(
            say(
                "{what}: {now} now, {then} then",
                what=HEALTH[what],
                now=Percent(now),
                then=Percent(then),
            )
        ),
    )


HEALTH = {"backing": say("Backing"), "cover": say("Cover")}


def _warning(*, falls: bool) -> tuple[Block, ...]:
    if not falls:
        return ()
    return (line(say("Careful: both fall, so each credit that stays has less cash behind it.")),)


@yes_to.register
def _(means: CashOutMeans) -> Say:
    return say("Yes, approve")


@show.register
def _(granted: CashOutGranted, pool: PoolId) -> Reply:
    said = say(
        "{money} is set aside for {name}, for {credits} ({number}).",
        money=money(granted.cents),
        name=Name(granted.partner.name),
        credits=Amount(granted.approved),
        number=Ref(granted.cash_out),
    )
    paid = Code(f"/paid #{granted.cash_out}")
    return _of_cash(said, say("When it is paid, tell me: {paid}", paid=paid))


@show.register
def _(seconded: CashOutSeconded, pool: PoolId) -> Reply:
    return reply(
        say("Noted, thank you."),
        say(
            "{credits} is a large amount, so a second steward says yes to {number} too.",
            credits=Amount(seconded.credits),
            number=Ref(seconded.cash_out),
        ),
    )


@tell.register
def _(comes: CashOutComes, pool: PoolId) -> Reply:
    said = say(
        "{name} approved {number}: {money} is set aside for you, for {credits}.",
        name=Name(comes.by.name),
        number=Ref(comes.cash_out),
        money=money(comes.cents),
        credits=Amount(comes.approved),
    )
    fee = (
        (say("A fee of {money} stays with the pool.", money=money(comes.fee)),) if comes.fee else ()
    )
    return _of_cash(said, *fee, *_back(comes.back))


@show.register
def _(turned_down: CashOutTurnedDown, pool: PoolId) -> Reply:
    return reply(
        say(
            "I have told {name} why, and they have {credits} back.",
            name=Name(turned_down.partner.name),
            credits=Amount(turned_down.credits),
        )
    )


@tell.register
def _(refused: CashOutRefused, pool: PoolId) -> Reply:
    said = say(
        "{name} could not approve your cash-out {number}.",
        name=Name(refused.by.name),
        number=Ref(refused.cash_out),
    )
    back = say("You get {credits} back.", credits=Amount(refused.credits))
    return Reply((line(said, back), _reason(refused.why)))


@show.register
def _(called_off: CashOutCalledOff, pool: PoolId) -> Reply:
    return reply(
        say("{number} is off.", number=Ref(called_off.cash_out)),
        say("You get {credits} back.", credits=Amount(called_off.credits)),
    )


@show.register
def _(paid: CashOutPaid, pool: PoolId) -> Reply:
    return _of_cash(
        say(
            "Noted: {money} paid to {name} for {credits} ({number}).",
            money=money(paid.cents),
            name=Name(paid.partner.name),
            credits=Amount(paid.credits),
            number=Ref(paid.cash_out),
        ),
        say("The treasury has {money} now.", money=money(paid.treasury)),
    )


@tell.register
def _(paid: CashOutPaidOut, pool: PoolId) -> Reply:
    said = say(
        "{name} has paid you {money} for {credits} ({number}).",
        name=Name(paid.by.name),
        money=money(paid.cents),
        credits=Amount(paid.credits),
        number=Ref(paid.cash_out),
    )
    proof = (line(say("“{note}”", note=Typed(paid.proof))),) if paid.proof else ()
    photo = button(say("See the photo"), "receipt", pool, paid.cash_out)
    return Reply((line(said), *proof, line(RECORDS_ONLY)), ((photo,),) if paid.photo else ())


@explain.register
def _(refusal: OwnCashOut, pool: PoolId) -> Reply:
    return reply(
        say("{number} is your own cash-out.", number=Ref(refusal.number)),
        say("Another steward decides about it."),
    )


@explain.register
def _(refusal: ApprovedByYou, pool: PoolId) -> Reply:
    return reply(
        say("You have said yes to {number} already.", number=Ref(refusal.number)),
        say("It is a large amount, so a second steward says yes too."),
    )


@explain.register
def _(refusal: PartnersOnly, pool: PoolId) -> Reply:
    return reply(
        say("Only partners of the pool, such as a café, turn credits into cash."),
        say("You can spend yours on what others offer: {board}", board=Code("/board")),
    )


@explain.register
def _(refusal: CashOutOff, pool: PoolId) -> Reply:
    return reply(
        say("Nobody turns credits into cash here: your group has not switched that on."),
        say(
            "When it has agreed to, a steward types {set}.",
            set=Code("/set cash_out approval"),
        ),
    )


@explain.register
def _(refusal: OverCap, pool: PoolId) -> Reply:
    again = say("It begins anew next month.")
    if not refusal.left:
        return reply(
            say("You have cashed out the {cap} of this month.", cap=Amount(refusal.cap)), again
        )
    return reply(
        say(
            "You can cash out {left} more this month; {cap} is the most.",
            left=Amount(refusal.left),
            cap=Amount(refusal.cap),
        ),
        again,
    )


# --- the treasury --------------------------------------------------------------------------

SOURCES: Mapping[CashKind, Say] = {
    CashKind.GIFT: say("Gifts"),
    CashKind.BUY: say("For credits"),
    CashKind.PLEDGE: say("Pledges"),
    CashKind.DUES: say("Membership dues"),
    CashKind.BACKING: say("From backers"),
}


def treasury_page(pool: Pool, has: Treasury) -> Reply:
    """The pool's cash beside its credits, in words and numbers."""
    return Reply(
        (
            heading(say("The treasury of {pool}", pool=Typed(pool.name))),
            line(say("There is {money}.", money=money(has.cash)), *_reserved(has)),
            *_came(has),
            *_went(has),
            *_behind(has.health),
            line(
                say("It stands behind the credits and pays for what the pool needs."), RECORDS_ONLY
            ),
            *_supported(has.named, has.unnamed),
        )
    )


def _reserved(has: Treasury) -> tuple[Say, ...]:
    if not has.reserved_credits:
        return ()
    return (
        say(
            "{money} of it is set aside for {credits} that a partner cashes out.",
            money=money(has.reserved),
            credits=Amount(has.reserved_credits),
        ),
    )


def _came(has: Treasury) -> tuple[Block, ...]:
    came = [
        item(say("{what}: {money}", what=SOURCES[kind], money=money(cents)))
        for kind, cents in has.came.items()
    ]
    if has.expected:
        came.append(item(say("Announced, not here yet: {money}", money=money(has.expected))))
    return tuple(came)


def _went(has: Treasury) -> tuple[Block, ...]:
    went = []
    if has.expenses:
        went.append(item(say("Spent: {money}", money=money(has.expenses))))
    if has.retired:
        went.append(
            item(
                say(
                    "Paid to partners: {money} for {credits}",
                    money=money(has.cashed_out),
                    credits=Amount(has.retired),
                )
            )
        )
    return tuple(went)


def _behind(health: Health) -> tuple[Block, ...]:
    """What stands behind the credits that are out."""
    if health.backing is None or health.cover is None:
        return (line(say("No credits are out, so there is nothing to cover.")),)
    return (
        line(
            says(
                "{credits} is out, standing for {par}.",
                "{credits} are out, each standing for {par}.",
                health.credits,
                credits=Amount(health.credits),
                par=money(health.par),
            )
        ),
        item(say("Backing: {share} of that is here in cash", share=Percent(health.backing))),
        item(
            say(
                "Cover: {share} of what cashing all of them out at {rate} would take",
                share=Percent(health.cover),
                rate=money(health.rate),
            )
        ),
    )


def _supported(named: Sequence[Who], unnamed: int) -> tuple[Block, ...]:
    """Who brought cash: by name only those who show theirs."""
    if not named and not unnamed:
        return (line(say("Support it: {give}", give=Code("/give 20"))),)
    lines = [item(say("{name}", name=Name(who.name))) for who in named]
    if unnamed:
        lines.append(
            item(
                says(
                    "{count} member who is not named here",
                    "{count} members who are not named here",
                    unnamed,
                )
            )
        )
    ways = say(
        "Support it too: {give}. To be named here: {share}",
        give=Code("/give 20"),
        share=Code("/share public on"),
    )
    return (line(say("It has cash from:")), *lines, line(ways))
