"""One event, one effect, one answer; and two at once."""

from __future__ import annotations

import asyncio

from core.domain import neutral
from core.domain.members import Role
from core.domain.refusals import (
    AlreadyConfirmed,
    KeyReused,
    NotEnough,
    NotThere,
    Refused,
)
from core.domain.units import Credits, Measure, Worth
from core.usecases.commitments import (
    ClaimDone,
    Commit,
    Confirm,
    Confirmed,
    claim_done,
    commit,
    confirm,
)
from core.usecases.credits import Send, Sent, send
from core.usecases.leaving import Leave, Left, leave
from core.usecases.people import Meet, meet
from core.usecases.roles import Appoint, appoint
from tests.core.hall import STEWARD
from tests.core.refusing import refused
from tests.village import STEWARD as WANJIKU
from tests.village import village

TWO = Worth(Measure.CREDITS, 2)


def sending(town, credits, note=""):
    return Send(town.pool, town.by("ann"), town.members["ben"], Credits(credits), note)


def test_the_same_event_twice_has_one_effect_and_the_same_answer(town):
    town.thank(5, "ann")
    first = town.do(send, sending(town, 2), key="tg:1:7")
    assert isinstance(first, Sent)
    assert town.do(send, sending(town, 2), key="tg:1:7") == first
    assert town.balance("ann") == 3


def test_the_same_event_with_other_contents_is_refused(town):
    town.thank(5, "ann")
    town.do(send, sending(town, 2), key="tg:1:7")
    with refused(KeyReused):
        town.do(send, sending(town, 3), key="tg:1:7")
    with refused(KeyReused):
        town.do(send, sending(town, 2, "More"), key="tg:1:7")
    assert town.balance("ann") == 3


def test_two_events_alike_are_two(town):
    town.thank(5, "ann")
    town.do(send, sending(town, 2))
    town.do(send, sending(town, 2))
    assert town.balance("ann") == 1


def test_a_refusal_is_an_answer_and_stays_one(town):
    with refused(NotEnough, free=0):
        town.do(send, sending(town, 2), key="tg:1:7")
    town.thank(5, "ann")
    with refused(NotEnough, free=0):
        town.do(send, sending(town, 2), key="tg:1:7")
    assert town.balance("ann") == 5


def test_nothing_of_what_was_refused_stays(town):
    numbers = town.here().head.next_number
    good, bad = town.promise("ann", TWO), town.promise("ben", TWO)
    town.done("ann", good)
    before = town.hall.rows("SELECT COUNT(*) FROM outbox")
    with refused(NotThere):
        town.confirm(STEWARD, good, bad)
    assert town.here().head.next_number == numbers + 2
    assert town.hall.rows("SELECT COUNT(*) FROM outbox") == before
    assert town.balance("ann") == 0


def test_who_was_named_in_an_answer_is_named_as_they_are_called_now(town):
    town.thank(5, "ann")
    town.do(send, sending(town, 2), key="tg:1:7")
    town.meet("ben", name="Benedict")
    assert town.do(send, sending(town, 2), key="tg:1:7").to.name == "Benedict"
    town.do(leave, Leave(town.pool, town.by("ben"), sure=True))
    assert town.do(send, sending(town, 2), key="tg:1:7").to.name == ""


def test_an_answer_to_who_has_left_is_not_given_again(town):
    town.thank(5, "ann")
    command = sending(town, 2)
    town.do(send, command, key="tg:1:7")
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    with refused(KeyReused):
        town.do(send, command, key="tg:1:7")


def test_the_goodbye_is_given_again_when_its_event_comes_again(town):
    command = Leave(town.pool, town.by("ann"), sure=True)
    first = town.do(leave, command, key="tg:1:7")
    assert isinstance(first, Left)
    assert town.do(leave, command, key="tg:1:7") == first


def test_no_name_stands_in_what_is_kept_under_a_key(town):
    town.thank(5, "ann")
    sent = town.do(send, sending(town, 2))
    assert "Ben" not in neutral.write(sent)
    ((kept,),) = town.hall.rows("SELECT text FROM answer WHERE text LIKE '[\"Sent\"%'")
    assert "Ben" not in kept


# --- through the writer, on both databases -------------------------------------------------


async def test_two_stewards_confirm_at_once_and_the_second_is_told_who_did(engine):
    made = await village(engine, "Asha", "Baraka")
    term = Appoint(made.pool, made.by(WANJIKU), made.members["Asha"], Role.STEWARD)
    await made.do(appoint, term, WANJIKU)
    promise = Commit(made.pool, made.by("Baraka"), TWO, "Sweeping")
    number = (await made.do(commit, promise, "Baraka")).commitment
    await made.do(claim_done, ClaimDone(made.pool, made.by("Baraka"), number), "Baraka")
    version = 2

    async def confirms(who):
        try:
            command = Confirm(made.pool, made.by(who), (number,), version)
            return await made.do(confirm, command, who)
        except Refused as refusal:
            return refusal.refusal

    one, two = await asyncio.gather(confirms(WANJIKU), confirms("Asha"))
    assert isinstance(one, Confirmed)
    assert isinstance(two, AlreadyConfirmed)
    assert two.by.name == WANJIKU


async def test_a_press_that_arrives_many_times_at_once_moves_once(engine, house):
    made = await village(engine, "Asha", "Baraka", credits=10)
    command = Send(made.pool, made.by("Asha"), made.members["Baraka"], Credits(4))
    answers = await asyncio.gather(
        *(engine.run(send, command, "dc:77", "local:Asha") for _ in range(20))
    )
    assert len({each.entry for each in answers}) == 1
    audit = await house.readers.audit(made.pool)
    assert audit.faults == ()
    balance = await house.readers.balance(made.pool, made.members["Asha"])
    assert balance.free == 6


async def test_a_strangers_first_words_at_once_make_one_person(engine):
    made = await village(engine)
    seen = Meet("local", "Zed", "Zed")
    people = await asyncio.gather(
        *(engine.run(meet, seen, f"tg:1:{update}", "local:Zed") for update in range(10))
    )
    assert len({each.person for each in people}) == 1
    assert made.pool
