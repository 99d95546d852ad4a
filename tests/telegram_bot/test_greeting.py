"""Put into a group, the bot says hello once; where it may not, it says where to click."""

from __future__ import annotations

from bots.catalogue import first_steps
from bots.catalogue.all import COMMANDS
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Run, Running

HELLO = "Hello! I keep a group's promises"
FIRST_STEPS = [*first_steps.COMMANDS, next(each for each in COMMANDS if each.name == "start")]


def greetings(running: Running, chat: Chat) -> list[str]:
    return [text for text in running.texts(chat) if text.startswith(HELLO)]


async def test_a_new_group_is_greeted_once_and_hears_nothing_else(
    running: Running, telegram: PretendedTelegram, amina: User, juma: User
) -> None:
    group = telegram.supergroup("Mill Lane", members=[juma], admins=[amina])
    update = telegram.adds_bot(amina, group)
    await running.settled()
    telegram.promotes_bot(amina, group)
    telegram.demotes_bot(amina, group)
    telegram.redeliver(update)
    telegram.says(juma, group, "good morning all")
    await running.settled()
    assert len(greetings(running, group)) == 1
    assert len(running.texts(group)) == 1


async def test_a_group_that_takes_it_back_is_greeted_again(
    running: Running, telegram: PretendedTelegram, amina: User
) -> None:
    group = telegram.group("Mill Lane", admins=[amina])
    for _ in range(2):
        telegram.adds_bot(amina, group)
        await running.settled()
        telegram.removes_bot(amina, group)
        await running.settled()
    assert len(greetings(running, group)) == 2


async def test_it_greets_in_the_language_of_whoever_put_it_there(
    running: Running, telegram: PretendedTelegram
) -> None:
    claire = telegram.user("Claire", language_code="fr")
    group = telegram.group("Rue du Moulin", admins=[claire])
    telegram.adds_bot(claire, group)
    await running.settled()
    assert running.texts(group)[0].startswith("Bonjour")


async def test_where_it_may_not_write_who_put_it_there_is_told_where_to_click(
    running: Running, telegram: PretendedTelegram, amina: User
) -> None:
    group = telegram.supergroup("Mill Lane", admins=[amina])
    telegram.mutes_bot(group)
    telegram.adds_bot(amina, group)
    await running.settled()
    assert running.texts(group) == []
    (told,) = running.texts(amina)
    assert "Permissions" in told
    assert "make me an administrator" in told


async def test_start_in_a_muted_group_is_answered_in_private(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    async with run(extra=FIRST_STEPS) as running:
        await running.meet(amina)
        group = telegram.supergroup("Mill Lane", admins=[amina])
        telegram.adds_bot(amina, group)
        await running.settled()
        telegram.mutes_bot(group)
        telegram.says(amina, group, "/start")
        await running.settled()
        assert "Permissions" in running.texts(amina)[-1]


async def test_start_over_a_line_that_breaks_is_answered_once_more(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    async with run(extra=FIRST_STEPS) as running:
        await running.meet(amina)
        group = telegram.supergroup("Mill Lane", admins=[amina])
        telegram.adds_bot(amina, group)
        await running.settled()
        telegram.fail("sendMessage", status=None)
        telegram.says(amina, group, "/start")
        await running.settled()
        assert running.texts(group)[-1].startswith(
            f"Sent once more, because the connection broke:\n{HELLO}"
        )


async def test_set_up_goes_on_after_a_restart_where_it_stopped(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    group = telegram.supergroup("Mill Lane", admins=[amina])
    async with run(extra=FIRST_STEPS) as running:
        await running.meet(amina)
        telegram.adds_bot(amina, group)
        await running.settled()
        for label in ("Set up the pool", "In this language"):
            telegram.taps(amina, running.last(group), label)
            await running.settled()
    async with run(extra=FIRST_STEPS) as running:
        for label in ("Canadian Dollar (CAD)", "Toronto", "Make the pool"):
            telegram.taps(amina, running.last(group), label)
            await running.settled()
        (card,) = running.texts(group)
        assert card.startswith("The pool Mill Lane is ready.")
