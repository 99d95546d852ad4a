"""What is said of corrections and disputes; what people do there is in `disputes`."""

from __future__ import annotations

from bots.catalogue.money_lines import RECORDS_ONLY
from bots.catalogue.showing import button, explain, show, tell
from bots.replies import (
    Amount,
    Block,
    Button,
    Code,
    Name,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    line,
    money,
    reply,
    say,
    word,
)
from core.domain.disputes import TO_THE_CIRCLE, Dispute, Ruling
from core.domain.refusals import (
    AlreadyReversed,
    DecidedAlready,
    DisputedAlready,
    InDispute,
    Involved,
    NotDecidedYet,
    NotDisputable,
    NotOnPanel,
    NotToReverse,
    StewardDecides,
    TooMuchBack,
)
from core.domain.units import Credits, Number, PoolId
from core.usecases.correcting import Reversed, TakenBack
from core.usecases.disputes import (
    About,
    Agreed,
    Appealed,
    CircleCalled,
    DisputeAgainst,
    DisputeDropped,
    DisputeOpened,
    DisputeOver,
    DisputeWaits,
    Dropped,
    HelperFound,
    HowIsIt,
    Judged,
    Mediating,
    PanelAsked,
    Ruled,
    RulingMade,
)

RULINGS = {
    Ruling.KEEP: word("decision", "it stays as it is"),
    Ruling.REVERSE: word("decision", "it is taken back"),
}
WHY = say("Why? Both sides read your words.")
SUPPORT = Code("/support")


def quoted(text: str) -> Block:
    """What somebody wrote, on a line of its own."""
    return line(say("“{text}”", text=Typed(text)))


def ruled_as(ruling: Ruling, back: Credits) -> Say:
    """A decision in a few words."""
    if ruling is Ruling.COMPENSATE:
        return say("{credits} go back", credits=Amount(back))
    return RULINGS[ruling]


def named(about: About) -> Say:
    """What a dispute is about: the transfer, the promise or the order."""
    number, text = Ref(about.number), Typed(about.text)
    if about.kind != "entry" and not about.text:
        return say("{number}", number=number)
    if about.kind == "commitment":
        return say("the promise “{text}” ({number})", text=text, number=number)
    if about.kind == "order":
        return say("the order “{text}” ({number})", text=text, number=number)
    return say("the transfer of {credits} ({number})", credits=Amount(about.credits), number=number)


def _covered(credits: Credits) -> tuple[Say, ...]:
    """That the common fund bears what was spent, said openly; nothing where it bears none."""
    if not credits:
        return ()
    return (say("The common fund bears {credits} of it.", credits=Amount(credits)),)


# --- corrections ---------------------------------------------------------------------------


@show.register
def _(done: Reversed, pool: PoolId) -> Reply:
    if done.cents:
        return _cash_back(done)
    said = say(
        "{entry} is taken back with {reversal}: {credits}.",
        entry=Ref(done.entry),
        reversal=Ref(done.reversal),
        credits=Amount(done.credits),
    )
    return reply(said, *_covered(done.covered))


def _cash_back(done: Reversed) -> Reply:
    said = say(
        "{entry} is taken back with {reversal}: {money}.",
        entry=Ref(done.entry),
        reversal=Ref(done.reversal),
        money=money(done.cents),
    )
    issued = say("So are {credits}.", credits=Amount(done.credits))
    credits = (issued,) if done.credits else ()
    return Reply((line(said, *credits, *_covered(done.covered)), line(RECORDS_ONLY)))


@tell.register
def _(taken: TakenBack, pool: PoolId) -> Reply:
    said = say("{name} took {entry} back.", name=Name(taken.by.name), entry=Ref(taken.entry))
    have = say("You have {balance} now.", balance=Amount(taken.balance))
    return Reply((line(said), quoted(taken.why), line(*_covered(taken.covered), have)))


@explain.register
def _(refusal: Involved, pool: PoolId) -> Reply:
    return reply(
        say("You have a part in {number} yourself.", number=Ref(refusal.number)),
        say("Another steward decides about it."),
    )


@explain.register
def _(refusal: NotToReverse, pool: PoolId) -> Reply:
    return reply(
        say("{number} cannot be taken back by itself.", number=Ref(refusal.number)),
        say("Name a transfer, a confirmed promise, a paid order, or cash that came or went."),
    )


@explain.register
def _(refusal: AlreadyReversed, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} was taken back before, with {entry}.",
            number=Ref(refusal.number),
            entry=Ref(refusal.by),
        ),
        say("{history} shows what moved.", history=Code("/history")),
    )


# --- opening and helping -------------------------------------------------------------------


@show.register
def _(opened: DisputeOpened, pool: PoolId) -> Reply:
    said = say(
        "{number} I noted that {about} is not right.",
        number=Ref(opened.dispute),
        about=named(opened.about),
    )
    withdraw = button(say("Withdraw"), "dropit", pool, opened.dispute)
    return Reply(
        (line(said, *_aside(opened.frozen)), line(*_who_helps(opened.stewards))), ((withdraw,),)
    )


def _aside(frozen: Credits) -> tuple[Say, ...]:
    if not frozen:
        return ()
    return (say("I set {credits} aside until it is decided.", credits=Amount(frozen)),)


def _who_helps(stewards: int) -> tuple[Say, ...]:
    if stewards:
        return (say("A steward who has no part in it will talk with you."),)
    return (
        say("No steward who has no part in it serves yet."),
        say("Ask your group to appoint one: {appoint}", appoint=Code("/appoint @name steward")),
    )


@tell.register
def _(against: DisputeAgainst, pool: PoolId) -> Reply:
    said = _not_right(against.opener.name, named(against.about), against.dispute)
    helps = say("A steward who has no part in it will talk with you.")
    return Reply((line(said), quoted(against.why), line(*_aside(against.frozen), helps)))


def _not_right(name: str, about: Say | Ref, dispute: Number) -> Say:
    return say(
        "{name} says that {about} is not right. ({number})",
        name=Name(name),
        about=about,
        number=Ref(dispute),
    )


@tell.register
def _(waits: DisputeWaits, pool: PoolId) -> Reply:
    said = _not_right(waits.opener.name, named(waits.about), waits.dispute)
    help_them = button(
        say("I will help"), "mediate", pool, waits.dispute, waits.version, style=Style.YES
    )
    return Reply((line(said), quoted(waits.why)), ((help_them,),))


@show.register
def _(helping: Mediating, pool: PoolId) -> Reply:
    names = [Name(side.name) for side in helping.sides]
    if len(names) > 1:
        said = say("Thank you! Please talk with {one} and {two}.", one=names[0], two=names[1])
    else:
        said = say("Thank you! Please talk with {name}.", name=names[0])
    part = Code(f"/resolve #{helping.dispute} compensate credits:1 ...")
    return Reply(
        (
            line(said),
            quoted(helping.why),
            line(
                say("Then decide about {about}.", about=named(helping.about)),
                say("If a part goes back: {resolve}", resolve=part),
            ),
        ),
        (ruling_buttons(helping.dispute, helping.version, pool),),
    )


def ruling_buttons(
    number: Number, version: int, pool: PoolId, *, numbered: bool = False
) -> tuple[Button, ...]:
    """What a steward can decide with one tap and a reason."""
    ref = Ref(number)
    stays = say("It stays {number}", number=ref) if numbered else say("It stays")
    back = say("Take back {number}", number=ref) if numbered else say("Take it back")
    return (
        button(stays, "ruling", pool, number, version, word="keep", asks=WHY),
        button(back, "ruling", pool, number, version, word="reverse", style=Style.NO, asks=WHY),
    )


def dispute_line(dispute: Dispute, name: str) -> tuple[Say, ...]:
    """A dispute in one line, to a steward."""
    why = say("“{text}”", text=Typed(dispute.why))
    return _not_right(name, Ref(dispute.about), dispute.number), why


def dispute_buttons(dispute: Dispute, pool: PoolId) -> tuple[Button, ...]:
    """What a steward can do with a dispute that waits."""
    if dispute.helper is not None:
        return ruling_buttons(dispute.number, dispute.version, pool, numbered=True)
    label = say("I help with {number}", number=Ref(dispute.number))
    return (button(label, "mediate", pool, dispute.number, dispute.version, style=Style.YES),)


@tell.register
def _(found: HelperFound, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} helps with {number} and will talk with you.",
            name=Name(found.helper.name),
            number=Ref(found.dispute),
        )
    )


# --- deciding ------------------------------------------------------------------------------


@show.register
def _(ruled: Ruled, pool: PoolId) -> Reply:
    if ruled.final:
        return reply(say("{number} is settled, and both sides know.", number=Ref(ruled.dispute)))
    return reply(
        say("I have told both sides."), say("It holds in a week, or as soon as they agree.")
    )


@tell.register
def _(made: RulingMade, pool: PoolId) -> Reply:
    said = say(
        "{name} has decided about {about}: {decision}. ({number})",
        name=Name(made.helper.name),
        about=named(made.about),
        decision=ruled_as(made.ruling, made.back),
        number=Ref(made.dispute),
    )
    return Reply(
        (
            line(said),
            quoted(made.words),
            line(
                say("It holds in a week."),
                say("If you appeal, three others decide."),
            ),
        ),
        (
            (
                button(say("I agree"), "agree", pool, made.dispute, style=Style.YES),
                button(say("Appeal"), "appeal", pool, made.dispute),
            ),
        ),
    )


@show.register
def _(agreed: Agreed, pool: PoolId) -> Reply:
    if agreed.final:
        return reply(say("Thank you, {number} is settled.", number=Ref(agreed.dispute)))
    return reply(say("Thank you. I wait for the other side, for a week at most."))


@show.register
def _(appealed: Appealed, pool: PoolId) -> Reply:
    if not appealed.panel:
        return reply(
            say("Too few have no part in it, so the whole group finds a way."),
            say("A steward brings it to your next circle."),
        )
    one, two, three = (Name(each.name) for each in appealed.panel)
    return reply(
        say("{one}, {two} and {three} decide now.", one=one, two=two, three=three),
        say("You hear from me what they say."),
    )


@tell.register
def _(asked: PanelAsked, pool: PoolId) -> Reply:
    number = asked.dispute
    return Reply(
        (
            line(
                say("You and two others were drawn to decide."),
                _not_right(asked.sides[0].name, named(asked.about), number),
            ),
            quoted(asked.why),
            line(
                say(
                    "{name} decided: {decision}.",
                    name=Name(asked.helper.name),
                    decision=ruled_as(asked.ruling, asked.back),
                )
            ),
            quoted(asked.words),
            line(say("What do you say? What two of you say is done.")),
        ),
        (
            (
                button(say("It stays"), "judge", pool, number, word="keep"),
                button(say("Take it back"), "judge", pool, number, word="reverse"),
                button(say("Ask the group"), "judge", pool, number, word=TO_THE_CIRCLE),
            ),
        ),
    )


@show.register
def _(judged: Judged, pool: PoolId) -> Reply:
    if not judged.decided:
        return reply(say("Thank you, your word counts."), say("I wait for the other two."))
    if judged.decided == TO_THE_CIRCLE:
        return reply(say("Thank you."), say("The whole group finds a way now."))
    return reply(say("Thank you."), say("Two of you say so, and it is done."))


@tell.register
def _(called: CircleCalled, pool: PoolId) -> Reply:
    said = say("The whole group finds a way about {about} now.", about=named(called.about))
    if not called.steward:
        return reply(said, say("A steward brings it to your next circle."))
    resolve = Code(f"/resolve #{called.dispute}")
    return reply(
        said,
        say("Bring it to your next circle, and write down what came of it: {resolve}",
            resolve=resolve),
    )  # fmt: skip


@tell.register
def _(over: DisputeOver, pool: PoolId) -> Reply:
    said = say(
        "{number} is settled. About {about}: {decision}.",
        number=Ref(over.dispute),
        about=named(over.about),
        decision=ruled_as(over.ruling, over.back),
    )
    have = say("You have {balance} now.", balance=Amount(over.balance))
    return reply(said, *_covered(over.covered), have)


@tell.register
def _(asked: HowIsIt, pool: PoolId) -> Reply:
    return reply(
        say("Two weeks ago {about} was settled.", about=named(asked.about)),
        say("I hope all is well between you."),
        say("If it is not, tell a steward: {support}", support=SUPPORT),
    )


@show.register
def _(dropped: Dropped, pool: PoolId) -> Reply:
    return reply(
        say("{number} is withdrawn.", number=Ref(dropped.dispute)),
        say("{history} shows what moved.", history=Code("/history")),
    )


@tell.register
def _(dropped: DisputeDropped, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} withdrew {number}, so {about} is no longer disputed.",
            name=Name(dropped.opener.name),
            number=Ref(dropped.dispute),
            about=named(dropped.about),
        )
    )


@explain.register
def _(refusal: NotDisputable, pool: PoolId) -> Reply:
    return reply(
        say("{number} is not between two members.", number=Ref(refusal.number)),
        say("Name a transfer, a promise or an order: {history}", history=Code("/history")),
    )


@explain.register
def _(refusal: DisputedAlready, pool: PoolId) -> Reply:
    return reply(
        say(
            "There is a dispute about {number} already, {dispute}.",
            number=Ref(refusal.number),
            dispute=Ref(refusal.dispute),
        ),
        say("Ask a steward how it stands: {support}", support=SUPPORT),
    )


@explain.register
def _(refusal: NotDecidedYet, pool: PoolId) -> Reply:
    return reply(
        say("Nobody has decided {number} yet.", number=Ref(refusal.number)),
        say("You hear from me as soon as a steward has."),
    )


@explain.register
def _(refusal: DecidedAlready, pool: PoolId) -> Reply:
    return reply(
        say("{number} is decided already.", number=Ref(refusal.number)),
        say("It holds in a week, unless one of the two appeals."),
    )


@explain.register
def _(refusal: TooMuchBack, pool: PoolId) -> Reply:
    example = Code(f"/resolve #{refusal.number} compensate credits:1 ...")
    return reply(
        say("Between 1 and {most} can go back.", most=Amount(refusal.most)),
        say("Say how many: {example}", example=example),
    )


@explain.register
def _(refusal: NotOnPanel, pool: PoolId) -> Reply:
    return reply(
        say("Others were asked to decide {number}.", number=Ref(refusal.number)),
        say("If you know something about it, tell a steward: {support}", support=SUPPORT),
    )


@explain.register
def _(refusal: StewardDecides, pool: PoolId) -> Reply:
    return reply(
        say("Nobody has confirmed the promise yet, so a steward has to decide {number}.",
            number=Ref(refusal.number)),
        say("Ask a steward how it stands: {support}", support=SUPPORT),
    )  # fmt: skip


@explain.register
def _(refusal: InDispute, pool: PoolId) -> Reply:
    return reply(
        say("The dispute {number} has to be settled first.", number=Ref(refusal.number)),
        say("Whoever opened it can end it: {withdraw}",
            withdraw=Code(f"/withdraw #{refusal.number}")),
    )  # fmt: skip
