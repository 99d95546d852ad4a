"""Gatherings: calling one, coming, being there, and the thanks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bots.calendars import calendar_file
from bots.catalogue.asking import Asking
from bots.catalogue.board import WORTH
from bots.catalogue.commands import Argument, Command, For, Group, Kind
from bots.catalogue.meeting import at_place, gathering_line, going_buttons, named, who_comes
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.things import thanked_lines
from bots.replies import (
    ROWS_MAX,
    Block,
    Code,
    Instant,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    item,
    line,
    reply,
    say,
    says,
)
from core.domain.gatherings import GoingState
from core.domain.members import Guest
from core.domain.refusals import (
    NobodyCame,
    NobodyToThank,
    NoSuchThing,
    NotBegun,
    NotYourGathering,
    Refused,
    TimeIsOver,
)
from core.domain.units import MemberId, Number, PoolId, Worth
from core.reads import Attended
from core.usecases.gatherings import (
    AttendanceNoted,
    Gather,
    GatheringCalled,
    GatheringCalledOff,
    GatheringIsOff,
    GatheringSoon,
    GatheringThanked,
    GoingNoted,
    NoteAttendance,
    PlaceFree,
    SayGoing,
    ThankGathering,
    gather,
    note_attendance,
    say_going,
    thank_gathering,
)


async def call_one(asking: Asking) -> Reply:
    """`/gather`: call a gathering."""
    command = Gather(
        asking.pool.id,
        asking.by,
        asking.get("when", datetime),
        asking.get("what", str),
        asking.text("place"),
        asking.maybe("capacity", int),
    )
    return show(await asking.decide(gather, command), asking.pool.id)


async def to_come(asking: Asking) -> Reply:
    """`/gatherings`: those to come, each with its buttons."""
    pool = asking.pool.id
    coming = await asking.doors.reading.gatherings(pool, ROWS_MAX)
    if not coming:
        return reply(
            say("No gathering is planned."),
            say("Call one: {gather} fri {time} …", gather=Code("/gather"), time=Code("18:30")),
        )
    lines = [item(*gathering_line(each.gathering), *who_comes(each)) for each in coming]
    rows = tuple(going_buttons(each.gathering, pool, numbered=True) for each in coming)
    return Reply((line(say("This is what is coming.")), *lines), rows)


async def come(asking: Asking) -> Reply:
    """`/going`: say that one comes."""
    return await _answer(asking, going=True)


async def stay_away(asking: Asking) -> Reply:
    """The button that says that one does not come."""
    return await _answer(asking, going=False)


async def _answer(asking: Asking, *, going: bool) -> Reply:
    number = Number(asking.get("gathering", int))
    command = SayGoing(asking.pool.id, asking.by, number, going)
    return show(await asking.decide(say_going, command), asking.pool.id)


async def into_calendar(asking: Asking) -> Reply:
    """The button that gives a gathering as a file for one's calendar."""
    number = Number(asking.get("gathering", int))
    shown = await asking.doors.reading.thing(asking.pool.id, number)
    if not isinstance(shown, Attended):
        raise Refused(NoSuchThing(number))
    file = calendar_file(shown.gathering, asking.pool, asking.doors.now())
    said = say("Open this file, and {number} stands in your calendar.", number=Ref(number))
    return Reply((line(said),), file=file)


async def note_who_came(asking: Asking) -> Reply:
    """`/attended`: who was at a gathering."""
    number = Number(asking.get("gathering", int))
    members = tuple(MemberId(each) for each in asking.maybe("members", tuple) or ())
    command = NoteAttendance(asking.pool.id, asking.by, number, members)
    return show(await asking.decide(note_attendance, command), asking.pool.id)


async def thank_there(asking: Asking) -> Reply:
    """`/thank #12`: thank all who were at a gathering."""
    return await _thank(asking, Number(asking.get("members", int)), asking.get("what", str))


async def thank_as_called(asking: Asking) -> Reply:
    """The button that thanks all who were at a gathering, for what it was called."""
    return await _thank(asking, Number(asking.get("gathering", int)), "")


async def _thank(asking: Asking, number: Number, text: str) -> Reply:
    worth = asking.get("worth", Worth)
    backer = asking.maybe("backer", str)
    named_backer = MemberId(backer) if backer else None
    command = ThankGathering(asking.pool.id, asking.by, number, worth, text, named_backer)
    return show(await asking.decide(thank_gathering, command), asking.pool.id)


@show.register
def _(called: GatheringCalled, pool: PoolId) -> Reply:
    said = say(
        "{number} “{text}” is called for {when}.",
        number=Ref(called.gathering),
        text=Typed(called.text),
        when=Instant(called.starts_at),
    )
    off = say("{end} calls it off.", end=Code(f"/end #{called.gathering}"))
    return replace(reply(said, off), carded=True)


@show.register
def _(noted: GoingNoted, pool: PoolId) -> Reply:
    number, text = Ref(noted.gathering), Typed(noted.text)
    if noted.state is GoingState.NOT_GOING:
        said = reply(
            say("All right, you do not come to {number} “{text}”.", number=number, text=text)
        )
        return replace(said, carded=True)
    if noted.state is GoingState.WAITING:
        return reply(
            say("{number} “{text}” is full just now.", number=number, text=text),
            say("You are number {line} in line: I tell you when a place is free.", line=noted.line),
        )
    said = reply(
        say(
            "See you at {number} “{text}”, {when}.",
            number=number,
            text=text,
            when=Instant(noted.starts_at),
        ),
        *at_place(noted.place),
    )
    return replace(said, carded=True)


@tell.register
def _(free: PlaceFree, pool: PoolId) -> Reply:
    return reply(
        say(
            "A place is free for you at {number} “{text}”, {when}.",
            number=Ref(free.gathering),
            text=Typed(free.text),
            when=Instant(free.starts_at),
        ),
        *at_place(free.place),
        say("If you cannot come, say so on its card, and the next in line can."),
    )


@tell.register
def _(soon: GatheringSoon, pool: PoolId) -> Reply:
    first = say(
        "{number} “{text}” begins {when}.",
        number=Ref(soon.gathering),
        text=Typed(soon.text),
        when=Instant(soon.starts_at),
    )
    if not soon.others:
        return reply(first, *at_place(soon.place))
    names = named([each.name for each in soon.others])
    also = say("Who else comes: {people}", people=names)
    return Reply((line(first, *at_place(soon.place)), line(also)))


@show.register
def _(off: GatheringCalledOff, pool: PoolId) -> Reply:
    said = say("{number} “{text}” is called off.", number=Ref(off.gathering), text=Typed(off.text))
    if not off.told:
        return reply(said)
    told = says(
        "I tell the one who had said they would come.",
        "I tell the {count} who had said they would come.",
        off.told,
    )
    return reply(said, told)


@tell.register
def _(off: GatheringIsOff, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} “{text}” on {when} does not take place.",
            number=Ref(off.gathering),
            text=Typed(off.text),
            when=Instant(off.starts_at),
        ),
        say("{gatherings} shows what else is coming.", gatherings=Code("/gatherings")),
    )


HOURS = say("How much was it for each? For example 2h.")


@show.register
def _(noted: AttendanceNoted, pool: PoolId) -> Reply:
    head = line(
        says(
            "{count} person was at {number} “{text}”: {people}",
            "{count} people were at {number} “{text}”: {people}",
            len(noted.there),
            number=Ref(noted.gathering),
            text=Typed(noted.text),
            people=named([each.name for each in noted.there]),
        )
    )
    thanks = button(
        say("Thank them"), "thankthem", pool, noted.gathering, style=Style.YES, asks=HOURS
    )
    buttons = ((thanks,),) if len(noted.guests) < len(noted.there) else ()
    return Reply((head, *_not_in_yet(noted.guests)), buttons)


def _not_in_yet(guests: tuple[Guest, ...]) -> tuple[Block, ...]:
    """Kindly: who was there and is no member has no account for credits yet."""
    if not guests:
        return ()
    names = named([each.name for each in guests])
    return (
        line(say("Not in the pool yet, so I cannot give them credits: {people}", people=names)),
        line(say("To take part they type {join} in the group.", join=Code("/join"))),
    )


@show.register
def _(thanked: GatheringThanked, pool: PoolId) -> Reply:
    own = line(say("You were there too: another steward thanks you."))
    blocks = (
        *thanked_lines(thanked.issued, thanked.text),
        *((own,) if thanked.yourself else ()),
        *_not_in_yet(thanked.guests),
    )
    only_thanks = not thanked.yourself and not thanked.guests
    return Reply(blocks, carded=only_thanks)


@explain.register
def _(refusal: TimeIsOver, pool: PoolId) -> Reply:
    return reply(
        say("{when} is over already.", when=Instant(refusal.said)),
        say("Give me a time that lies ahead, like tomorrow {time}.", time=Code("14:00")),
    )


@explain.register
def _(refusal: NotYourGathering, pool: PoolId) -> Reply:
    return reply(
        say("Who called {number}, or a steward, can call it off.", number=Ref(refusal.number)),
        say("If you cannot come yourself, tap “I cannot come” on its card."),
    )


@explain.register
def _(refusal: NotBegun, pool: PoolId) -> Reply:
    return reply(
        say(
            "{number} begins {when}.",
            number=Ref(refusal.number),
            when=Instant(refusal.starts_at),
        ),
        say("Tell me then who was there."),
    )


@explain.register
def _(refusal: NobodyCame, pool: PoolId) -> Reply:
    return reply(
        say("Nobody had told me that they would come to {number}.", number=Ref(refusal.number)),
        _say_who(refusal.number),
    )


def _say_who(number: Number) -> Say:
    return say("Say who was there: {example}", example=Code(f"/attended #{number} @name @name"))


@explain.register
def _(refusal: NobodyToThank, pool: PoolId) -> Reply:
    return reply(
        say("I know of nobody at {number} who is still to be thanked.", number=Ref(refusal.number)),
        _say_who(refusal.number),
    )


def _gathering(question: Say) -> Argument:
    return Argument(
        "gathering", Kind.NUMBER, say("The number of the gathering"), question, of="gathering"
    )


WHICH = _gathering(say("Which gathering? Give me its number, like #12."))

COMMANDS = (
    Command(
        "gather",
        say("Call a gathering"),
        call_one,
        (
            Argument(
                "when",
                Kind.WHEN,
                say("Day and time, like fri {time}", time=Code("18:30")),
                say(
                    "When does it begin? Give me the day and the time, like fri {time}.",
                    time=Code("18:30"),
                ),
                rest=say("And at what time? Write it like {example}.", example=Code("18:30")),
            ),
            Argument(
                "what",
                Kind.TEXT,
                say("In a few words"),
                say("What is it? A few words are enough."),
                length_max=100,
            ),
            Argument("place", Kind.WORD, say("Where"), required=False, option=True, length_max=100),
            Argument(
                "capacity",
                Kind.COUNT,
                say("How many can come"),
                required=False,
                option=True,
            ),
        ),
        whose=For.ANYONE,
        topic="gatherings",
    ),
    Command(
        "gatherings",
        say("The gatherings to come"),
        to_come,
        whose=For.ANYONE,
        writes=False,
        topic="gatherings",
    ),
    Command(
        "going",
        say("Say that you come"),
        come,
        (WHICH,),
        whose=For.ANYONE,
        press="gathering",
        topic="gatherings",
    ),
    Command(
        "notgoing",
        say("Say that you do not come"),
        stay_away,
        (WHICH,),
        whose=For.ANYONE,
        press="gathering",
        hidden=True,
        topic="gatherings",
    ),
    Command(
        "calendar",
        say("A gathering for your calendar"),
        into_calendar,
        (WHICH,),
        whose=For.ANYONE,
        press="gathering",
        writes=False,
        hidden=True,
        beside=True,
        topic="gatherings",
    ),
    Command(
        "attended",
        say("Note who was at a gathering"),
        note_who_came,
        (
            WHICH,
            Argument("members", Kind.MEMBERS, say("Who was there: @name @name"), required=False),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="gathering",
        topic="stewards",
    ),
    Command(
        "thankthem",
        say("Thank all who were there"),
        thank_as_called,
        (WHICH, replace(WORTH, question=HOURS)),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="gathering",
        hidden=True,
        topic="stewards",
    ),
)
