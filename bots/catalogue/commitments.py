"""Promises: making one, keeping it, and the steward's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bots.catalogue.asking import Asking
from bots.catalogue.board import WORTH
from bots.catalogue.commands import Argument, Command, For, Group, Kind
from bots.catalogue.disputes import drop_number
from bots.catalogue.gatherings import thank_there
from bots.catalogue.monthly import EVERY, promise_monthly
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.things import promised, thanked_lines
from bots.replies import (
    Amount,
    Button,
    Code,
    Instant,
    Name,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    Value,
    Valued,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.commitments import Commitment
from core.domain.disputes import Dispute
from core.domain.refusals import (
    AlreadyConfirmed,
    AlreadyKept,
    CannotPay,
    NobodyToSay,
    NotForYou,
    OwnCommitment,
    OwnRecord,
    WaitsForWord,
)
from core.domain.units import Carry, Measure, MemberId, Number, PoolId, Worth
from core.usecases.commitments import (
    ClaimDeclined,
    ClaimDone,
    Claimed,
    Commit,
    Committed,
    Confirm,
    Confirmed,
    Decline,
    Declined,
    DoneFor,
    Issued,
    KeptSaid,
    NeedPaid,
    NeedTaken,
    PromiseWithdrawn,
    SaidKept,
    SayKept,
    Take,
    Thank,
    Thanked,
    Withdraw,
    Withdrawn,
    WorkConfirmed,
    claim_done,
    commit,
    confirm,
    decline,
    say_kept,
    take_need,
    thank,
    withdraw,
)

WHY = say("Why? The one who did it will read your words.")


async def promise(asking: Asking) -> Reply:
    """`/commit`: promise something to the pool, once or for every month."""
    if asking.maybe("every", str) == "month":
        return await promise_monthly(asking)
    command = Commit(
        asking.pool.id,
        asking.by,
        asking.get("worth", Worth),
        asking.get("what", str),
        asking.maybe("due", datetime),
    )
    return show(await asking.decide(commit, command), asking.pool.id)


async def take(asking: Asking) -> Reply:
    """`/take`: promise to meet a need."""
    number, due = Number(asking.get("need", int)), asking.maybe("due", datetime)
    command = Take(asking.pool.id, asking.by, number, due, asking.version)
    return show(await asking.decide(take_need, command), asking.pool.id)


async def done(asking: Asking) -> Reply:
    """`/done`: claim that a promise was kept; a photo may go with it."""
    photo = await asking.call.photo() if asking.call.photo else None
    command = ClaimDone(
        asking.pool.id,
        asking.by,
        Number(asking.get("commitment", int)),
        asking.text("note"),
        photo or b"",
        sha256(photo).hexdigest() if photo else "",
        asking.version,
    )
    shown = show(await asking.decide(claim_done, command), asking.pool.id)
    if asking.call.photo is None or photo:
        return shown
    without = say("Only the photo did not arrive: it has to be a JPEG or PNG of at most 5 MB.")
    return replace(shown, blocks=(*shown.blocks, line(without)))


async def kept(asking: Asking) -> Reply:
    """`/kept`: the one it was for says that it was kept."""
    number = Number(asking.get("commitment", int))
    return show(
        await asking.decide(say_kept, SayKept(asking.pool.id, asking.by, number)), asking.pool.id
    )


async def take_back(asking: Asking) -> Reply:
    """`/withdraw`: take a promise back, or a dispute."""
    number = Number(asking.get("commitment", int))
    if isinstance(await asking.doors.reading.thing(asking.pool.id, number), Dispute):
        return await drop_number(asking, number)
    command = Withdraw(asking.pool.id, asking.by, number, asking.version)
    return show(await asking.decide(withdraw, command), asking.pool.id)


def claim_line(claim: Commitment, name: str) -> tuple[Say, ...]:
    """A claim in one line, to a steward."""
    sentences = [
        say(
            "{number} {name}: {text} ({worth}).",
            number=Ref(claim.number),
            name=Name(name),
            text=promised(claim.text),
            worth=Valued(claim.worth),
        )
    ]
    if claim.note:
        sentences.append(say("Note: “{note}”.", note=Typed(claim.note)))
    if claim.photo:
        sentences.append(say("A photo goes with it."))
    if claim.kept:
        sentences.append(say("The one it was for says it was kept."))
    return tuple(sentences)


def awaited_line(claim: Number, name: str) -> tuple[Say, ...]:
    """Whose word a claim waits for, before a steward can confirm it."""
    kept = Code(f"/kept #{claim}")
    return (say("{name} has to say first that it was kept: {kept}", name=Name(name), kept=kept),)


def claim_buttons(claim: Commitment, pool: PoolId, *, confirm: bool = True) -> tuple[Button, ...]:
    """What a steward can do with a claim."""
    number = Ref(claim.number)
    photo = button(say("Photo {number}", number=number), "look", pool, claim.number)
    yes = button(
        say("Confirm {number}", number=number),
        "confirm",
        pool,
        claim.number,
        claim.version,
        style=Style.YES,
    )
    return (
        *((photo,) if claim.photo else ()),
        *((yes,) if confirm else ()),
        button(
            say("Decline {number}", number=number),
            "decline",
            pool,
            claim.number,
            claim.version,
            style=Style.NO,
            asks=WHY,
        ),
    )


async def look(asking: Asking) -> Reply:
    """The button that shows a steward the photo that goes with a claim."""
    await asking.steward()
    number = Number(asking.get("commitment", int))
    picture = await asking.doors.reading.photo(asking.pool.id, number)
    if picture is None:
        return reply(say("There is no photo of {number} any more.", number=Ref(number)))
    return Reply((line(say("The photo of {number}.", number=Ref(number))),), picture=picture)


async def confirm_some(asking: Asking) -> Reply:
    """`/confirm`: a steward's word for one claim or several."""
    numbers = asking.get("commitments", tuple)
    command = Confirm(asking.pool.id, asking.by, numbers, asking.version)
    return show(await asking.decide(confirm, command), asking.pool.id)


async def turn_down(asking: Asking) -> Reply:
    """`/decline`: send a claim back, with the reason."""
    number, why = Number(asking.get("commitment", int)), asking.get("why", str)
    command = Decline(asking.pool.id, asking.by, number, why, asking.version)
    return show(await asking.decide(decline, command), asking.pool.id)


async def thank_all(asking: Asking) -> Reply:
    """`/thank`: issue to all who helped, or to all who were at a gathering."""
    if isinstance(asking.given["members"], int):
        return await thank_there(asking)
    members = tuple(MemberId(each) for each in asking.get("members", tuple))
    backer = asking.maybe("backer", str)
    command = Thank(
        asking.pool.id,
        asking.by,
        members,
        asking.get("worth", Worth),
        asking.get("what", str),
        MemberId(backer) if backer else None,
    )
    return show(await asking.decide(thank, command), asking.pool.id)


@show.register
def _(made: Committed, pool: PoolId) -> Reply:
    number, text = Ref(made.commitment), Typed(made.text)
    if made.owner is None:
        first = say(
            "{number} You promised: {text} ({worth}).",
            number=number,
            text=text,
            worth=Valued(made.worth),
        )
    else:
        first = say(
            "{number} You promised {name}: {text} ({worth}).",
            number=number,
            name=Name(made.owner.name),
            text=text,
            worth=Valued(made.worth),
        )
    due = (say("It is due {day}.", day=Instant(made.due, date_only=True)),) if made.due else ()
    return Reply(
        (line(first, *due, *_who_pays(made), say("Tell me when it is done.")),),
        (
            (
                button(say("Done"), "done", pool, made.commitment, made.version, style=Style.YES),
                button(say("Withdraw"), "withdraw", pool, made.commitment, made.version),
            ),
        ),
    )


def _who_pays(made: Committed) -> tuple[Say, ...]:
    if made.owner is None or not made.pays:
        return ()
    return (say("{name} pays for it.", name=Name(made.owner.name)),)


@tell.register
def _(taken: NeedTaken, pool: PoolId) -> Reply:
    name, text, number = Name(taken.maker.name), Typed(taken.text), Ref(taken.need)
    said = [say("{name} will do it: {text} ({number}).", name=name, text=text, number=number)]
    if taken.due is not None:
        said.append(say("It is due {day}.", day=Instant(taken.due, date_only=True)))
    if taken.credits:
        said.append(
            say(
                "When it is done you pay {credits} for it; you have {balance} now.",
                credits=Amount(taken.credits),
                balance=Amount(taken.balance),
            )
        )
    return reply(*said)


@show.register
def _(claimed: Claimed, pool: PoolId) -> Reply:
    said = say(
        "Thank you! I noted that {number} “{text}” is done.",
        number=Ref(claimed.commitment),
        text=Typed(claimed.text),
    )
    if claimed.stewards == 0:
        return reply(
            said,
            say("No other steward serves yet who could confirm it."),
            say("Ask your group to appoint one: {appoint}", appoint=Code("/appoint @name steward")),
        )
    if claimed.owner is not None:
        name = Name(claimed.owner.name)
        return reply(said, say("I have asked {name}; then a steward looks at it.", name=name))
    return reply(said, say("A steward looks at it; then the credits are yours."))


@tell.register
def _(asked: DoneFor, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} says it is done: {text} ({number}).",
            name=Name(asked.maker.name),
            text=Typed(asked.text),
            number=Ref(asked.commitment),
        ),
        say("Was it so?"),
        *((say("The credits wait for your word."),) if asked.awaited else ()),
        buttons=(
            (button(say("Yes, it was kept"), "kept", pool, asked.commitment, style=Style.YES),),
        ),
    )


@show.register
def _(withdrawn: Withdrawn, pool: PoolId) -> Reply:
    said = say(
        "{number} “{text}” is withdrawn.",
        number=Ref(withdrawn.commitment),
        text=Typed(withdrawn.text),
    )
    if withdrawn.need is None:
        return reply(said)
    return reply(said, say("The need {number} is open again.", number=Ref(withdrawn.need)))


@tell.register
def _(withdrawn: PromiseWithdrawn, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} cannot do it after all: {text} ({number}).",
            name=Name(withdrawn.maker.name),
            text=Typed(withdrawn.text),
            number=Ref(withdrawn.need),
        ),
        say("Your need is open for others again."),
    )


@show.register
def _(said: SaidKept, pool: PoolId) -> Reply:
    thanks = say("Thank you, I have told {name}.", name=Name(said.maker.name))
    if said.confirmed:
        return reply(thanks)
    return reply(thanks, say("A steward confirms {number} next.", number=Ref(said.commitment)))


@tell.register
def _(said: KeptSaid, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} says that you kept your promise: {text} ({number}).",
            name=Name(said.by.name),
            number=Ref(said.commitment),
            text=Typed(said.text),
        )
    )


def _issued_line(issued: Issued) -> tuple[Say, ...]:
    return (
        say(
            "{number} {name}: {text}, {credits}.",
            number=Ref(issued.commitment),
            name=Name(issued.maker.name),
            text=promised(issued.text),
            credits=Amount(issued.credits),
        ),
    )


@show.register
def _(confirmed: Confirmed, pool: PoolId) -> Reply:
    head = line(says("Confirmed.", "Confirmed, all {count}.", len(confirmed.issued)))
    return Reply((head, *(item(*_issued_line(each)) for each in confirmed.issued)), carded=True)


@tell.register
def _(confirmed: WorkConfirmed, pool: PoolId) -> Reply:
    places: dict[str, Value] = {
        "name": Name(confirmed.by.name),
        "number": Ref(confirmed.commitment),
        "text": promised(confirmed.text),
    }
    if confirmed.thanked:
        said = say("{name} thanks you: {text} ({number}).", **places)
    else:
        said = say("{name} confirmed your promise: {text} ({number}).", **places)
    if confirmed.credits:
        got = say(
            "You get {credits} and have {balance} now.",
            credits=Amount(confirmed.credits),
            balance=Amount(confirmed.balance),
        )
    else:
        got = say("It made no whole credit yet.")
    return Reply((line(said, got, *_carried(confirmed.carry)),))


@tell.register
def _(paid: NeedPaid, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} has kept the promise to you: {text} ({number}).",
            name=Name(paid.maker.name),
            text=Typed(paid.text),
            number=Ref(paid.commitment),
        ),
        say(
            "You paid {credits} for it and have {balance} now.",
            credits=Amount(paid.credits),
            balance=Amount(paid.balance),
        ),
    )


def _carried(carry: Carry) -> tuple[Say, ...]:
    if carry.minutes > 0:
        kept_on = Valued(Worth(Measure.MINUTES, carry.minutes))
    elif carry.cents > 0:
        kept_on = Valued(Worth(Measure.CENTS, carry.cents))
    else:
        return ()
    return (say("I keep {rest} for your next one.", rest=kept_on),)


@show.register
def _(declined: Declined, pool: PoolId) -> Reply:
    return reply(
        say(
            "I have told {name} why; {number} is open again.",
            name=Name(declined.maker.name),
            number=Ref(declined.commitment),
        )
    )


@tell.register
def _(declined: ClaimDeclined, pool: PoolId) -> Reply:
    said = say(
        "{name} could not confirm your promise yet: {text} ({number}).",
        name=Name(declined.by.name),
        number=Ref(declined.commitment),
        text=promised(declined.text),
    )
    again = button(
        say("Done"), "done", pool, declined.commitment, declined.version, style=Style.YES
    )
    return Reply(
        (
            line(said),
            line(say("The reason: “{why}”", why=Typed(declined.why))),
            line(say("Tell me again when it is done.")),
        ),
        ((again,),),
    )


@show.register
def _(thanked: Thanked, pool: PoolId) -> Reply:
    return Reply(thanked_lines(thanked.issued, thanked.text), carded=True)


@explain.register
def _(refusal: OwnCommitment, pool: PoolId) -> Reply:
    return reply(
        say("{number} is your own promise.", number=Ref(refusal.number)),
        say("Another steward decides about it."),
    )


@explain.register
def _(refusal: OwnRecord, pool: PoolId) -> Reply:
    return reply(
        say("You recorded {number} yourself.", number=Ref(refusal.number)),
        say("Another steward decides about it."),
    )


@explain.register
def _(refusal: AlreadyConfirmed, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} has confirmed {number} already.",
            name=Name(refusal.by.name),
            number=Ref(refusal.number),
        ),
        say("{queue} shows what waits.", queue=Code("/queue")),
    )


@explain.register
def _(refusal: NobodyToSay, pool: PoolId) -> Reply:
    return reply(
        say("{number} was promised to the whole pool.", number=Ref(refusal.number)),
        say("A steward confirms it."),
    )


@explain.register
def _(refusal: NotForYou, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} was promised to {name}, so they say whether it was kept.",
            number=Ref(refusal.number),
            name=Name(refusal.owner.name),
        ),
        say("Ask them to type {kept}.", kept=Code(f"/kept #{refusal.number}")),
    )


@explain.register
def _(refusal: WaitsForWord, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} was for {name}, who has to say first that it was kept.",
            number=Ref(refusal.number),
            name=Name(refusal.owner.name),
        ),
        say("Ask them to type {kept}.", kept=Code(f"/kept #{refusal.number}")),
        say(
            "If they do not, {maker} can have another steward decide: {dispute}",
            maker=Name(refusal.maker.name),
            dispute=Code(f"/dispute #{refusal.number}"),
        ),
    )


@explain.register
def _(refusal: CannotPay, pool: PoolId) -> Reply:
    name = Name(refusal.payer.name)
    return reply(
        say(
            "{name} is to pay for {number} and lacks {lacking}.",
            name=name,
            number=Ref(refusal.number),
            lacking=Amount(refusal.lacking),
        ),
        say("Tell them, and confirm it once they have earned or been sent some."),
    )


@explain.register
def _(refusal: AlreadyKept, pool: PoolId) -> Reply:
    return reply(say("You have said so already, thank you."))


def _commitment(of: str) -> Argument:
    return Argument(
        "commitment",
        Kind.NUMBER,
        say("The number of the promise"),
        say("Which promise? Give me its number, like #12."),
        of=of,
    )


DUE = Argument("due", Kind.DATE, say("Until when"), required=False, option=True)

COMMANDS = (
    Command(
        "commit",
        say("Promise something to the pool"),
        promise,
        (
            WORTH,
            Argument(
                "what",
                Kind.TEXT,
                say("In a few words"),
                say("What do you promise? A few words are enough."),
                length_max=200,
            ),
            DUE,
            EVERY,
        ),
        recorded=True,
        topic="promises",
    ),
    Command(
        "take",
        say("Promise to meet a need"),
        take,
        (
            Argument(
                "need",
                Kind.NUMBER,
                say("The number of the need"),
                say("Which need? Give me its number, like #12."),
                of="need",
            ),
            DUE,
        ),
        recorded=True,
        press="need",
        topic="promises",
    ),
    Command(
        "done",
        say("Say that you kept a promise"),
        done,
        (
            _commitment("own commitment"),
            Argument("note", Kind.TEXT, say("A word about it"), required=False),
        ),
        recorded=True,
        press="commitment",
        photo=True,
        topic="promises",
    ),
    Command(
        "kept",
        say("Say that a promise made to you was kept"),
        kept,
        (_commitment("commitment for me"),),
        recorded=True,
        press="commitment",
        topic="promises",
    ),
    Command(
        "withdraw",
        say("Take back a promise"),
        take_back,
        (_commitment("own commitment"),),
        recorded=True,
        press="commitment",
        topic="promises",
    ),
    Command(
        "look",
        say("See the photo of a kept promise"),
        look,
        (_commitment("claim"),),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="commitment",
        writes=False,
        hidden=True,
        beside=True,
        topic="stewards",
    ),
    Command(
        "confirm",
        say("Confirm promises that were kept"),
        confirm_some,
        (
            Argument(
                "commitments",
                Kind.NUMBERS,
                say("Their numbers"),
                say("Which ones? Give me their numbers, like #12 #14."),
                of="claim",
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="commitments",
        topic="stewards",
    ),
    Command(
        "decline",
        say("Send a promise back, and say why"),
        turn_down,
        (_commitment("claim"), Argument("why", Kind.TEXT, say("Why"), WHY)),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="commitment",
        topic="stewards",
    ),
    Command(
        "thank",
        say("Give credits to all who helped"),
        thank_all,
        (
            Argument(
                "members",
                Kind.MEMBERS,
                say("Who helped: @name @name, or the gathering: #12"),
                say("Who helped? Write @name @name, or the number of a gathering, like #12."),
                of="gathering",
            ),
            WORTH,
            Argument(
                "what", Kind.TEXT, say("For what"), say("What did they help with?"), length_max=200
            ),
            Argument(
                "backer",
                Kind.MEMBER,
                say("Who stands behind it with cash"),
                required=False,
                option=True,
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
)
