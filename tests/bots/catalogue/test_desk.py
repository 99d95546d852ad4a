"""The front desk: whatever is typed, answered or pressed gets an answer, and no more than that."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.calls import Mention
from bots.catalogue.all import COMMANDS
from bots.catalogue.asking import QUESTION_LASTS, Asking
from bots.catalogue.commands import Argument, Command, Kind
from bots.replies import Reply, reply, say
from storage.house import open_house
from tests.bots.catalogue.counter import SQUARE, Counter
from tests.clocks import Clock, Draw

STEWARD = "Wanjiku"


@pytest.fixture
async def counter(tmp_path: Path, clock: Clock, draw: Draw) -> AsyncIterator[Counter]:
    """A pool in the square with a steward, and Ann and Ben with thirty credits each."""
    house = await open_house(f"sqlite:///{tmp_path / 'pool.db'}", clock, draw)
    made = Counter(house, clock)
    await made.types(STEWARD, "/pool create Kijiji currency:CAD timezone:America/Toronto")
    for who in ("Ann", "Ben"):
        await made.types(who, "/join")
    await made.types(STEWARD, "/thank @Ann @Ben 30 The well")
    assert await made.balance("Ann") == 30
    yield made
    await house.close()


async def second_pool(counter: Counter) -> None:
    """Ann is in a pool of the harbour, too."""
    await counter.types("Zed", "/pool create Bandari currency:CAD timezone:UTC", chat="harbour")
    await counter.types("Ann", "/join", chat="harbour")


# --- questions -----------------------------------------------------------------------------


async def test_what_is_missing_is_asked_for_one_thing_after_the_other(counter):
    asked = await counter.types("Ann", "/send")
    assert asked.asks
    assert "Whom do you mean?" in asked.text
    asked = await counter.answers("Ann", "@Ben")
    assert asked.asks
    assert "How many credits?" in asked.text
    done = await counter.answers("Ann", "4 ")
    assert not done.asks
    assert (await counter.balance("Ann"), await counter.balance("Ben")) == (26, 34)


async def test_an_answer_that_cannot_be_read_is_asked_for_again(counter):
    await counter.types("Ann", "/send @Ben")
    for said in ("four", "1.5", "٣", "0"):
        again = await counter.answers("Ann", said)
        assert again.asks, said
    assert not (await counter.answers("Ann", "4")).asks
    assert await counter.balance("Ann") == 26


async def test_what_was_given_is_read_before_anything_is_asked(counter):
    told = await counter.types("Ann", "/send @Zebedee")
    assert "Zebedee" in told.text
    assert not told.asks


async def test_several_members_may_be_answered(counter):
    asked = await counter.types(STEWARD, "/thank")
    assert asked.asks
    asked = await counter.answers(STEWARD, "@Ann, @Ben")
    asked = await counter.answers(STEWARD, "2")
    await counter.answers(STEWARD, "Cleaning up")
    assert (await counter.balance("Ann"), await counter.balance("Ben")) == (32, 32)


async def test_a_question_is_over_after_a_while(counter):
    asked = await counter.types("Ann", "/send @Ben 25")
    counter.clock.advance(QUESTION_LASTS + timedelta(seconds=1))
    told = await counter.presses("Ann", asked, "Yes, send them")
    assert "run out" in told.text
    await counter.types("Ann", "/send @Ben")
    counter.clock.advance(QUESTION_LASTS + timedelta(seconds=1))
    await counter.answers("Ann", "4")
    assert await counter.balance("Ann") == 30


async def test_words_that_answer_nothing_do_nothing(counter):
    told = await counter.answers("Ann", "hello?", chat="")
    assert told.text
    assert not told.buttons
    assert not told.asks


async def test_a_question_in_one_chat_is_not_answered_in_another(counter):
    await counter.types("Ann", "/send @Ben")
    await counter.answers("Ann", "4", chat="")
    await counter.answers("Ben", "4")
    assert await counter.balance("Ann") == 30


async def test_an_answer_counts_once(counter):
    await counter.types("Ann", "/send @Ben")
    await counter.answers("Ann", "4")
    await counter.answers("Ann", "4")
    assert await counter.balance("Ann") == 26


# --- yes and no (A24) ----------------------------------------------------------------------


async def test_more_than_the_threshold_is_asked_about_and_done_at_a_yes(counter):
    asked = await counter.types("Ann", "/send @Ben 21")
    assert set(asked.buttons) == {"Yes, send them", "No"}
    assert await counter.balance("Ann") == 30
    await counter.presses("Ann", asked, "Yes, send them")
    assert await counter.balance("Ann") == 9


async def test_as_much_as_the_threshold_is_done_at_one_word(counter):
    await counter.types("Ann", "/send @Ben 20")
    assert await counter.balance("Ann") == 10


async def test_a_no_does_nothing_and_ends_the_question(counter):
    asked = await counter.types("Ann", "/send @Ben 21")
    told = await counter.presses("Ann", asked, "No")
    assert "nothing was done" in told.text
    await counter.presses("Ann", asked, "Yes, send them")
    assert await counter.balance("Ann") == 30


async def test_a_yes_counts_once(counter):
    asked = await counter.types("Ann", "/send @Ben 21")
    await counter.presses("Ann", asked, "Yes, send them")
    await counter.types(STEWARD, "/thank @Ann 30 More")
    again = await counter.presses("Ann", asked, "Yes, send them")
    assert "run out" in again.text
    assert await counter.balance("Ann") == 39


async def test_two_yeses_at_the_same_moment_are_one(counter):
    await counter.types(STEWARD, "/thank @Ann 30 More")
    asked = await counter.types("Ann", "/send @Ben 21")
    presses = [counter.presses("Ann", asked, "Yes, send them") for _ in range(2)]
    await asyncio.gather(*presses)
    assert await counter.balance("Ann") == 39


async def test_nobody_else_presses_a_questions_buttons(counter):
    asked = await counter.types("Ann", "/send @Ben 21")
    for label in ("Yes, send them", "No"):
        await counter.presses("Ben", asked, label)
    assert await counter.balance("Ann") == 30
    await counter.presses("Ann", asked, "Yes, send them")
    assert await counter.balance("Ann") == 9


# --- whom (A22) ----------------------------------------------------------------------------


async def test_a_guess_is_asked_about_and_the_one_picked_is_meant(counter):
    await counter.types("Benson Otieno", "/join")
    asked = await counter.types("Ann", "/send @benson 4")
    assert set(asked.buttons) == {"Benson Otieno", "None of them"}
    assert await counter.balance("Ann") == 30
    await counter.presses("Ann", asked, "Benson Otieno")
    assert await counter.balance("Benson Otieno") == 4


async def test_none_of_them_does_nothing(counter):
    await counter.types("Benson Otieno", "/join")
    asked = await counter.types("Ann", "/send @benson 4")
    await counter.presses("Ann", asked, "None of them")
    assert await counter.balance("Ann") == 30


async def test_who_was_picked_may_still_be_too_much_to_send_without_a_yes(counter):
    await counter.types("Benson Otieno", "/join")
    asked = await counter.types("Ann", "/send @benson 21")
    asked = await counter.presses("Ann", asked, "Benson Otieno")
    await counter.presses("Ann", asked, "Yes, send them")
    assert await counter.balance("Benson Otieno") == 21


async def test_after_a_pick_the_rest_is_asked_for(counter):
    await counter.types("Benson Otieno", "/join")
    asked = await counter.types("Ann", "/send @benson")
    asked = await counter.presses("Ann", asked, "Benson Otieno")
    assert asked.asks
    await counter.answers("Ann", "4")
    assert await counter.balance("Benson Otieno") == 4


async def test_several_unclear_members_are_asked_about_one_by_one(counter):
    await counter.types("Benson Otieno", "/join")
    await counter.types("Anna Wambui", "/join")
    asked = await counter.types(STEWARD, "/thank @benson @wambui 2 The well")
    asked = await counter.presses(STEWARD, asked, "Benson Otieno")
    await counter.presses(STEWARD, asked, "Anna Wambui")
    assert await counter.balance("Benson Otieno") == 2
    assert await counter.balance("Anna Wambui") == 2


async def test_who_is_named_by_the_platform_is_not_asked_about(counter):
    await counter.types("Ben", "/me")
    await counter.chooses("Ann", "send", member=Mention("Ben", "Whoever"), credits="4")
    await counter.types("Ann", "/send @:7 4", mentions={"@:7": Mention("Ben")})
    await counter.types("Ann", "/send 4", replied_to=Mention("Ben"))
    assert await counter.balance("Ben") == 42


async def test_a_question_stands_until_the_answer_fits(counter):
    await counter.types("Ann", "/commit 4 Sweeping the yard", chat="")
    need = _number((await counter.types("Ben", "/need 2 Bread", chat="")).text)
    await counter.types("Ann", "/take", chat="")
    unfit = {"#9999": "There is no #9999", "#1": "this wants a need", "x": "looks like"}
    for no, why in unfit.items():
        assert why in (await counter.answers("Ann", no, chat="")).text
    assert "You promised Ben" in (await counter.answers("Ann", f"#{need}", chat="")).text


@pytest.mark.parametrize("typed", ["/pool", "/pool abcdefghijkl"])
async def test_half_a_command_leads_to_its_other_halves(counter, typed):
    assert "Did you mean /help setup?" in (await counter.types("Ann", typed)).text
    assert "/pool create" in (await counter.types("Ann", "/help setup")).text


async def test_a_question_for_a_number_names_what_could_be_meant(counter):
    need = _number((await counter.types("Ben", "/need 2 Bread <b>")).text)
    asked = await counter.types("Ann", "/take")
    assert f"#{need} Bread <b>" in asked.text
    assert asked.asks
    assert f"#{need}" not in (await counter.types("Ben", "/take")).text
    for made in range(6):
        await counter.types("Ann", f"/commit 2 Chore {made}", chat="")
    assert (await counter.types("Ann", "/done", chat="")).text.count("Chore") == 5


async def test_who_is_to_say_that_a_promise_was_kept_is_told_which(counter):
    need = _number((await counter.types("Ben", "/need 2 Bread")).text)
    promised = _number((await counter.types("Ann", f"/take {need}")).text)
    await counter.types("Ann", f"/done {promised}", chat="")
    assert f"#{promised} Bread" in (await counter.types("Ben", "/kept", chat="")).text
    assert "Bread" not in (await counter.types("Ann", "/kept", chat="")).text


async def test_what_is_ones_own_is_not_named_where_others_read_the_question(counter):
    number = _number((await counter.types("Ann", "/commit 2 Sweeping", chat="")).text)
    assert "Sweeping" not in (await counter.types("Ann", "/done")).text
    assert "this wants" in (await counter.answers("Ann", "#1")).text
    assert "did not ask" in (await counter.answers("Ann", f"#{number}")).text


async def test_who_names_the_number_first_is_told_the_order(counter):
    assert "The name comes first" in (await counter.types("Ann", "/send 4 Ben")).text
    assert await counter.balance("Ben") == 30


# --- tokens (A10, A11, A12) ----------------------------------------------------------------


async def test_a_button_for_an_earlier_state_does_nothing(counter):
    ordered = await counter.types("Ben", "/offer 2 Bread")
    assert "#" in ordered.text
    number = _number(ordered.text)
    await counter.types("Ben", f"/edit {number} price:9")
    told = await counter.sends("Ann", f"v1:spend:1.{number}:1")
    assert await counter.balance("Ann") == 30
    assert told.text


async def test_a_token_of_another_pool_is_refused_wherever_it_is_pressed(counter):
    await second_pool(counter)
    offered = await counter.types("Zed", "/offer 2 Fish", chat="harbour")
    token = f"v1:spend:2.{_number(offered.text)}:1"
    for who, chat in (("Ann", SQUARE), ("Ben", ""), ("Ben", SQUARE)):
        told = await counter.sends(who, token, chat)
        assert "order" not in told.text
    assert await counter.balance("Ann") == 30


async def test_a_pool_that_does_not_exist_is_refused(counter):
    assert (await counter.sends("Ann", "v1:mine:4711.0:0")).text
    assert (await counter.sends("Ann", "v1:mine:4711.0:0", chat="")).text


async def test_a_press_that_is_refused_is_logged_without_a_word_of_it(counter, caplog):
    promised = await counter.types("Ann", "/commit 4 Sweeping the yard")
    with caplog.at_level(logging.INFO, "bots.catalogue.desk"):
        await counter.sends("Ben", f"v1:withdraw:1.{_number(promised.text)}:0")
    (record,) = caplog.records
    assert record.getMessage() == "refused the press withdraw: NotYours"


async def test_ids_made_up_by_hand_are_refused_in_core(counter):
    promised = await counter.types("Ann", "/commit 4 Sweeping")
    number = _number(promised.text)
    await counter.types("Ann", f"/done {number}")
    for who in ("Ann", "Ben"):
        await counter.sends(who, f"v1:confirm:1.{number}:0")
    assert await counter.balance("Ann") == 30
    for verb in ("withdraw", "delivered", "cancel", "give", "close", "undo"):
        told = await counter.sends("Ben", f"v1:{verb}:1.{number}:0")
        assert "went wrong" not in told.text, verb
    assert await counter.balance("Ann") == 30
    await counter.sends(STEWARD, f"v1:confirm:1.{number}:0")
    assert await counter.balance("Ann") == 34


async def test_no_token_made_up_by_hand_runs_into_a_bug(counter, caplog):
    tails = ("1.0:0", "1.0.0:0", "1.4711:3", "1.1.zz-9:1", "0.0:0", "0.0.zz:0")
    for verb in [*(command.name for command in COMMANDS), "nosuchverb"]:
        for tail in tails:
            for chat in (SQUARE, ""):
                told = await counter.sends("Ann", f"v1:{verb}:{tail}", chat)
                assert told.text, (verb, tail)
    assert not caplog.records
    assert await counter.balance("Ann") == 30


async def test_an_answer_that_fits_no_question_changes_nothing(counter, caplog):
    for verb in ("yes", "no", "pick"):
        for number in (0, 1, 9):
            asked = await counter.types("Ann", "/send @Ben 21")
            question = asked.buttons["No"].token.split(".")[2].split(":")[0]
            await counter.sends("Ann", f"v1:{verb}:1.{number}.nosuchword:0")
            await counter.sends("Ben", f"v1:{verb}:1.{number}.{question}:0")
            if verb != "yes":
                await counter.sends("Ann", f"v1:{verb}:1.{number}.{question}:0")
    assert await counter.balance("Ann") == 30
    assert not caplog.records


async def test_an_offer_is_not_ordered_by_none(counter, caplog):
    offered = await counter.types("Ben", "/offer 2 Bread per:loaf")
    number = _number(offered.text)
    for quantity in ("0", "00", "999999999999999999", "-1"):
        told = await counter.sends("Ann", f"v1:spend:1.{number}.{quantity}:0")
        assert "went wrong" not in told.text
    assert await counter.balance("Ann") == 30
    assert not caplog.records


def _number(text: str) -> int:
    """The first number of a thing in a text."""
    found = re.search(r"#([0-9]+)", text)
    assert found is not None
    return int(found[1])


# --- which pool ----------------------------------------------------------------------------


async def test_in_private_the_only_pool_is_meant(counter):
    assert "30" in (await counter.types("Ann", "/balance", chat="")).text


async def test_in_private_somebody_in_several_pools_is_asked_which(counter):
    await second_pool(counter)
    asked = await counter.types("Ann", "/balance", chat="")
    assert set(asked.buttons) == {"Kijiji", "Bandari"}
    await counter.presses("Ann", asked, "Kijiji", chat="")
    told = await counter.types("Ann", "/balance", chat="")
    assert told.text.startswith("Kijiji")
    assert "30" in told.text


async def test_in_private_a_stranger_is_told_that_they_are_in_no_pool(counter):
    told = await counter.types("Zed", "/balance", chat="")
    assert "Kijiji" not in told.text
    assert not told.asks


async def test_an_answer_is_not_taken_for_a_pool_that_was_chosen_since(counter):
    await second_pool(counter)
    asked = await counter.types("Ann", "/balance", chat="")
    await counter.presses("Ann", asked, "Kijiji", chat="")
    assert (await counter.types("Ann", "/offer 2", chat="")).asks
    await counter.presses("Ann", asked, "Bandari", chat="")
    told = await counter.answers("Ann", "Bread", chat="")
    assert "run out" in told.text
    for pool in await counter.house.readers.pools():
        page = await counter.house.readers.board(pool, "", None, 1, 10)
        assert page.total == 0


async def test_a_yes_in_one_pool_is_none_in_another(counter):
    await second_pool(counter)
    asked = await counter.types("Ann", "/send @Ben 21")
    token = asked.buttons["Yes, send them"].token.replace("v1:yes:1.", "v1:yes:2.")
    told = await counter.sends("Ann", token, chat="harbour")
    assert "run out" in told.text
    assert await counter.balance("Ann") == 30


async def test_in_a_chat_without_a_pool_one_is_told_so(counter):
    told = await counter.types("Ann", "/balance", chat="elsewhere")
    assert "30" not in told.text


async def test_who_is_in_another_pool_is_not_known_here(counter):
    await second_pool(counter)
    told = await counter.types("Ann", "/send @Zed 4")
    assert "Zed" in told.text
    assert not told.buttons
    assert await counter.balance("Ann") == 30


# --- on behalf (A27) -----------------------------------------------------------------------


async def test_a_steward_records_for_somebody_without_a_phone(counter):
    await counter.types(STEWARD, "/register Nana Wairimu")
    await counter.types(STEWARD, "/thank @NanaWairimu 30 Stories")
    told = await counter.types(STEWARD, "/record @NanaWairimu send @Ann 4")
    assert "Nana Wairimu" in told.text
    assert await counter.balance("Ann") == 34


async def test_what_is_recorded_is_asked_about_like_anything_else(counter):
    await counter.types(STEWARD, "/register Nana Wairimu")
    await counter.types(STEWARD, "/thank @NanaWairimu 30 Stories")
    asked = await counter.types(STEWARD, "/record @NanaWairimu send @Ann 21")
    await counter.presses(STEWARD, asked, "Yes, send them")
    assert await counter.balance("Ann") == 51
    assert await counter.balance(STEWARD) == 0
    asked = await counter.types(STEWARD, "/record @NanaWairimu send @Ann")
    assert asked.asks
    await counter.answers(STEWARD, "2")
    assert await counter.balance("Ann") == 53


async def test_whom_the_platform_marked_is_meant_in_what_is_recorded_too(counter):
    await counter.types("Ben", "/me")
    await counter.types(STEWARD, "/register Nana Wairimu")
    await counter.types(STEWARD, "/thank @NanaWairimu 30 Stories")
    mentions = {"@:7": Mention("Ben", "Ben of the long name")}
    await counter.types(STEWARD, "/record @NanaWairimu send @:7 4", mentions=mentions)
    assert await counter.balance("Ben") == 34


async def test_who_is_no_steward_records_nothing_and_sees_nothing(counter):
    await counter.types(STEWARD, "/register Nana Wairimu")
    await counter.types(STEWARD, "/thank @NanaWairimu 13 Stories")
    for line in ("send @Ben 4", "balance", "offer 2 Bread"):
        told = await counter.types("Ben", f"/record @NanaWairimu {line}")
        assert "13" not in told.text
    assert await counter.balance("Ben") == 30
    told = await counter.types(STEWARD, "/record @Ann send @Ben 4")
    assert await counter.balance("Ann") == 30
    assert "account" in told.text


@pytest.mark.parametrize("line", ["leave", "record @Ann balance", "confirm 1", "link"])
async def test_what_people_do_for_themselves_alone_is_not_recorded(counter, line):
    await counter.types(STEWARD, "/register Nana Wairimu")
    told = await counter.types(STEWARD, f"/record @NanaWairimu {line}")
    assert not told.buttons
    assert not told.asks


# --- people --------------------------------------------------------------------------------


async def test_who_left_may_join_again_at_once(counter):
    asked = await counter.types("Ann", "/leave")
    (yes,) = (label for label in asked.buttons if label.startswith("Yes"))
    await counter.presses("Ann", asked, yes)
    assert "Welcome" in (await counter.types("Ann", "/join")).text
    assert await counter.balance("Ann") == 0


async def test_who_is_called_otherwise_is_called_so_at_once(counter):
    await counter.types("Ben", "/me")
    call = counter.call("Ben", SQUARE, command="me", line="")
    renamed = replace(call, caller=replace(call.caller, name="Benedict"))
    assert "Benedict" in str((await counter.desk.answer(renamed)).reply)


@pytest.mark.parametrize("name", ["🌸", "\u202e", "x" * 200, " \u200b "])
async def test_nobody_is_turned_away_for_their_name(counter, name):
    call = counter.call("4711", SQUARE, command="join", line="")
    answer = await counter.desk.answer(replace(call, caller=replace(call.caller, name=name)))
    assert "Welcome" in str(answer.reply)


async def test_the_same_event_twice_has_one_effect(counter):
    first = await counter.types("Ann", "/send @Ben 4", key="tg:1:7")
    again = await counter.types("Ann", "/send @Ben 4", key="tg:1:7")
    assert again.text == first.text
    assert await counter.balance("Ann") == 26


async def test_money_in_small_letters_is_money(counter):
    told = await counter.types("Ann", "/offer 40 cad tomatoes")
    assert told.text
    page = await counter.house.readers.board(1, "", None, 1, 10)
    (listing,) = page.listings
    assert (listing.price.amount, listing.text) == (4000, "tomatoes")


# --- commands that do not exist, commands that break (A8) ----------------------------------


@pytest.mark.parametrize(("typed", "nearest"), [("ofer", "/offer"), ("ballance", "/balance")])
async def test_an_unknown_command_is_answered_with_one_that_nearly_is_it(counter, typed, nearest):
    assert nearest in (await counter.types("Ann", f"/{typed} 2 Bread")).text


async def test_an_unknown_command_that_is_like_none_is_answered_too(counter):
    told = await counter.types("Ann", "/qqqqqqqqqqqqq")
    assert told.text
    assert "/give" not in told.text


async def test_a_command_is_known_by_its_names_in_other_languages(counter):
    for alias in ("salio", "solde", "BALANCE"):
        assert "30" in (await counter.types("Ann", f"/{alias}")).text


async def _breaks(asking: Asking) -> Reply:
    raise RuntimeError(f"out of order: {type(asking).__name__}")


async def _breaks_at_first(asking: Asking) -> Reply:
    if asking.text("what") == "break":
        raise KeyError("no such key")
    return reply(say("All is well."))


WHAT = Argument("what", Kind.TEXT, say("What"))


async def test_a_bug_is_answered_with_a_reference_and_logged_once_without_private_words(
    counter, caplog
):
    broken = Command("broken", say("Breaks"), _breaks, (WHAT,))
    counter = replace(counter, commands=(*COMMANDS, broken))
    with caplog.at_level(logging.DEBUG):
        told = await counter.types("Ann", "/broken my secret words", chat="")
    assert "went wrong" in told.text
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    (error,) = errors
    reference = error.getMessage().rsplit(" ", 1)[-1]
    assert reference in told.text
    assert len(reference) == 6
    assert error.exc_info is not None
    assert "secret" not in caplog.text


async def test_after_a_bug_the_next_call_is_served(counter):
    broken = Command("broken", say("Breaks"), _breaks_at_first, (WHAT,))
    counter = replace(counter, commands=(*COMMANDS, broken))
    assert "went wrong" in (await counter.types("Ann", "/broken break")).text
    assert (await counter.types("Ann", "/broken go on")).text == "All is well."


async def test_two_commands_of_one_name_cannot_be(counter):
    again = next(command for command in COMMANDS if command.name == "send")
    with pytest.raises(ValueError, match="two commands are named send"):
        replace(counter, commands=(*COMMANDS, again))
