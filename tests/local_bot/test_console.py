"""The chat in the terminal: whose eyes, which place, what can be seen and pressed."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bots.app import App
from bots.catalogue.all import COMMANDS
from bots.local_bot.album import Album
from bots.local_bot.bot import LocalBot
from bots.local_bot.completing import Completing
from bots.local_bot.console import Console
from bots.local_bot.frame import BY_NAME
from bots.local_bot.screen import Screen, columns_of
from bots.local_bot.stage import PHOTO
from bots.local_bot.talk import Talk
from bots.playing import Ahead, advancing, demo_script, demo_url, local_bot_of
from bots.settings import Settings
from bots.transcripts.script import read_script
from bots.words import Voice


class Lines:
    """A keyboard whose lines are known beforehand."""

    echoes = False

    def __init__(self, text: str) -> None:
        self._lines = text.strip().splitlines()

    async def line(self, prompt: str) -> str | None:
        return self._lines.pop(0) if self._lines else None


class Room:
    """A console on the demo, and what it wrote."""

    def __init__(self, app: App, clock: Ahead, width: int = 80) -> None:
        self.written: list[str] = []
        self.app = app
        screen = Screen(self.written.append, colour=False, width=lambda: width)
        self.bot = local_bot_of(app)
        talk = Talk(self.bot, app.inside, advancing(app, clock), app.quiet)
        self.console = Console(talk, screen)

    async def types(self, text: str, first: str = "juma") -> str:
        """All that is written while these lines are typed."""
        self.written.clear()
        await self.console.run(Lines(text), first, asyncio.Event())
        return "\n".join(self.written)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    settings, script, clock = Settings(data_dir=tmp_path), demo_script(), Ahead()
    url = await demo_url(script, settings)

    def local(inside: object) -> LocalBot:
        return LocalBot(inside, script.people, script.title)  # type: ignore[arg-type]

    async with App(settings, url=url, clock=clock, rooms=[local], ticking=False) as app:
        yield Room(app, clock)


def after(prompt: str, text: str) -> str:
    """What was written after a line was typed, up to the next one."""
    return text.partition(f"> {prompt}\n")[2].partition("> /")[0]


async def test_a_first_time_user_is_told_what_to_try(room: Room) -> None:
    text = await room.types("/quit")
    assert "made-up people" in text
    assert "You are Juma." in text
    assert "/as amina" in text
    assert text.endswith("Goodbye! What you did here stays as it is.")


async def test_the_lines_end_and_so_does_the_chat(room: Room) -> None:
    assert "Goodbye" in await room.types("/balance")


async def test_private_answers_are_seen_by_one_alone(room: Room) -> None:
    text = await room.types("/private\n/balance\n/as wanjiru\n/private\n/group\n/as juma")
    assert "Only Juma sees this:\n  You have" in after("/balance", text)
    assert "You have" not in text.partition("> /as wanjiru")[2].partition("> /as juma")[0]


async def test_commands_have_other_names_in_other_languages(room: Room) -> None:
    """G7: typed here like anywhere else."""
    text = await room.types("/private\n/balance\n/salio\n/solde")
    for typed in ("/balance", "/salio", "/solde"):
        assert "Only Juma sees this:\n  You have" in after(typed, text)


async def test_what_a_person_asks_in_the_group_is_answered_to_them_alone(room: Room) -> None:
    text = await room.types("/balance\n/as amina\n/as juma")
    assert "Only Juma sees this" in after("/balance", text)
    assert "You have" not in after("/as amina", text)
    assert "Juma: /balance" in after("/as amina", text)


async def test_a_number_presses_the_button_that_shows_it(room: Room) -> None:
    text = await room.types("/send @wanjiru 1\n1\n@press 1\n7")
    assert "1 [Undo]" in after("/send @wanjiru 1", text)
    assert "took back 1 credit" in after("1", text)
    assert "No button has this number" in text


async def test_a_number_answers_a_question_when_one_is_open(room: Room) -> None:
    text = await room.types("/send\n@wanjiru\n1")
    assert "You sent 1 credit to Wanjiru." in text


async def test_a_button_that_asks_for_words_gets_them(room: Room) -> None:
    text = await room.types(
        "/commit 1h painting the door\n1\n/as amina\n/private\n/queue\n2\nnot yet dry\n/as juma"
    )
    assert "not yet dry" in text.partition("> /as juma")[2]


async def test_a_picture_is_kept_in_a_file_and_the_screen_says_where(
    room: Room, tmp_path: Path
) -> None:
    promised = await room.types("/private\n/commit 1h painting the door")
    number = promised.partition(" You promised")[0].rpartition("#")[2]
    await room.bot.says("juma", f"/done {number}", private=True, photo=PHOTO)
    await room.app.quiet()
    room.console.private = True
    text = await room.types("/queue\n1", first="amina")
    (kept,) = (tmp_path / "photos").iterdir()
    assert kept.read_bytes() == PHOTO
    assert f"A photo, kept as {kept}" in " ".join(text.split())
    assert [stat.S_IMODE(each.stat().st_mode) for each in (kept.parent, kept)] == [0o700, 0o600]


def test_the_same_picture_is_kept_once_and_named_for_what_it_is(tmp_path: Path) -> None:
    album = Album(tmp_path / "photos")
    places = [album.keep(content) for content in (PHOTO, PHOTO, b"\x89PNG\r\n\x1a\n")]
    assert [each.suffix for each in places] == [".jpg", ".jpg", ".png"]
    assert sorted(set(places)) == sorted(album.folder.iterdir())


async def test_news_for_others_is_marked_and_read_when_one_becomes_them(room: Room) -> None:
    text = await room.types("/send @claire 1 pour le pain\n/as claire\n/private")
    marked = after("/send @claire 1 pour le pain", text)
    assert "Claire: /as claire" in marked
    assert "pour le pain" not in marked.partition("Only Juma")[2].replace("/send", "")
    assert "pour le pain" in text.partition("> /private")[2]


async def test_the_clock_moves_on_when_asked(room: Room) -> None:
    before = room.app.clock()
    text = await room.types("/clock +1d\n/clock")
    assert room.app.clock() > before
    assert "lets a day pass" in text
    assert int(await room.app.house.notes.get("local clock ahead")) == 86_400


async def test_the_clock_goes_on_to_the_next_month(room: Room) -> None:
    """D6: by the pool's own calendar."""
    text = await room.types("/clock month")
    assert re.search(r"It is 1 \w{3} \d{4}, 09:00 here\.", text)


async def test_places_and_people_that_are_not_there_are_explained(room: Room) -> None:
    text = await room.types("/in kitchen\n/as nobody\n/in private\n/in group\n/who")
    assert "two places: /group and /private" in text
    assert "You can be juma, wanjiru, amina, claire, lea" in text
    assert "Amina looks after the pool as a steward" in text
    assert "Léa from Café Mosaïque is a partner of the pool" in text


async def test_a_stop_ends_the_chat_while_it_waits(room: Room) -> None:
    stopping = asyncio.Event()

    class Silent(Lines):
        async def line(self, prompt: str) -> str | None:
            stopping.set()
            await asyncio.Event().wait()
            raise AssertionError("somebody typed")

    await room.console.run(Silent(""), "juma", stopping)
    assert room.written[-1].startswith("Goodbye")


async def test_the_demo_is_a_pool_with_sound_books_and_something_on_the_board(room: Room) -> None:
    reading = room.app.doors.reading
    (pool,) = await reading.pools()
    audit = await reading.audit(pool)
    status = await reading.status(pool, room.app.clock())
    assert audit.faults == ()
    assert audit.entries >= 2
    assert (status.members, status.stewards, status.offers, status.needs) == (5, 2, 3, 2)
    assert await room.app.house.outbox.waiting() == 0
    known = await reading.known("local", "claire")
    assert known is not None
    assert known.person.language == "fr"


async def test_every_demo_step_is_understood(tmp_path: Path) -> None:
    from bots.playing import play_locally

    played = await play_locally(demo_script(), Settings(data_dir=tmp_path))
    for no in ("I do not know", "not in a pool", "Something went wrong", "Sorry"):
        assert no not in played.after


def test_no_command_of_the_bot_is_taken_by_the_frame() -> None:
    names = {command.full_name for command in COMMANDS}
    names |= {alias for command in COMMANDS for _, alias in command.aliases}
    assert names.isdisjoint(BY_NAME)


# --- in one's own words --------------------------------------------------------------------


async def test_the_frame_is_spoken_in_every_language(room: Room) -> None:
    text = await room.types("/comme Léa\n/faraghani\n/groupe\n/in privé\n/saa +1j\n/toka\n/board")
    for seen in ("The group, as Léa", "Léa from Café Mosaïque and the bot", "It is"):
        assert seen in text
    assert text.endswith("Goodbye! What you did here stays as it is.")


async def test_the_frame_is_explained_in_the_reader_s_language(room: Room) -> None:
    text = await room.types("/private\n/language fr\n/dans cuisine\n/horloge\n/comme personne")
    for typed in ("/groupe et /prive", "/horloge +1d", "/horloge mois", "/comme amina"):
        assert typed in text


async def test_a_first_time_user_is_greeted_with_the_names_of_their_language(room: Room) -> None:
    text = await room.types("bonjour", first="claire")
    for typed in ("/tableau, /aide ou /envoyer @wanjiru 1", "/comme amina", "/prive et /groupe"):
        assert typed in text
    assert text.splitlines()[-2] == "/aide"


async def test_a_slip_in_a_command_of_the_frame_is_guessed(room: Room) -> None:
    text = await room.types("/privat\n/private\n/language fr\n/prive\n/horlog\n/quit now")
    assert "Did you mean /private?" in after("/privat", text)
    assert "— Juma et le bot, en privé —" in after("/prive", text)
    assert "Vouliez-vous dire /horloge" in text


async def test_a_slip_in_a_command_of_the_bot_is_the_bot_s_to_guess(room: Room) -> None:
    text = await room.types("/privacey\n/menu")
    assert "I do not know /privacey. Did you mean /privacy?" in text
    assert "I do not know /menu. /help shows what you can do." in text


async def test_who_talks_past_the_bot_in_the_group_is_told_what_it_hears(room: Room) -> None:
    text = await room.types("board please\nwho is at home?\n/as amina")
    assert "what begins with a slash: /board" in " ".join(text.split())
    assert "what begins with a slash: /help" in " ".join(text.split())
    assert "begins with a slash" not in text.partition("> /as amina")[2]


async def test_who_answers_a_question_is_not_told_so(room: Room) -> None:
    text = await room.types("/send\n@wanjiru\nseven\n1")
    assert "begins with a slash" not in text
    assert "You sent 1 credit" in text


async def test_after_a_question_has_ended_a_number_is_a_button_s_again(room: Room) -> None:
    text = await room.types("/cancel\n9999\n7")
    assert "No button has this number" in text.partition("> 9999")[2]


async def test_news_is_marked_once(room: Room) -> None:
    text = await room.types("/send @claire 1\n/balance\n/send @claire 1\n/as claire\n/private")
    assert text.count("new for Claire") == 2
    assert "new for Claire" not in after("/balance", text)


async def test_a_command_in_plain_words_is_recognised_in_private(room: Room) -> None:
    text = await room.types("/private\nbalance\nhello there")
    assert "Did you mean /balance?" in text
    assert "I did not ask anything just now" in text


async def test_a_command_may_be_written_with_its_accents(room: Room) -> None:
    text = await room.types("/private\n/règles\n/RÈGLES")
    assert text.count("The rules of Riverside") == 2


# --- completion ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("/boa", "/board"),
        ("/pool c", "/pool create"),
        ("/as am", "amina"),
        ("/qu", "/quit"),
        ("/send @wan", "@Wanjiru"),
        ("/take ", "#"),
        ("/appoint @juma ", "partner"),
        ("/offer 1 bread ca", "category:"),
        ("/offer 1 bread every:", "month"),
    ],
)
async def test_what_could_be_meant_is_offered(room: Room, typed: str, wanted: str) -> None:
    completing = Completing(room.app.inside, room.bot, lambda: ("juma", Voice()))
    event = CompleteEvent(completion_requested=True)
    found = [
        each.text or ""
        for each in [one async for one in completing.get_completions_async(Document(typed), event)]
    ]
    if wanted == "#":
        assert [each.isdigit() for each in found] == [True, True]
    else:
        assert wanted in found


async def test_plain_words_are_not_completed(room: Room) -> None:
    completing = Completing(room.app.inside, room.bot, lambda: ("juma", Voice()))
    found = completing.get_completions_async(Document("hello /bo"), CompleteEvent())
    assert [each async for each in found] == []


# --- drawing -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 32, 80])
async def test_lines_wrap_at_words(room: Room, width: int) -> None:
    narrow = Room(room.app, Ahead(), width)
    text = await narrow.types("/board\n/help")
    long = [line for line in text.splitlines() if columns_of(line) > width and "> /" not in line]
    # One word alone may be longer than the line.
    assert [line for line in long if len(line.split()) > 2] == []


def test_what_a_terminal_would_obey_is_not_written() -> None:
    lines: list[str] = []
    screen = Screen(lines.append, colour=False, width=lambda: 60)
    screen.runs([("safe\x1b[31m \u202egnp.exe\u202c \x07 👩\u200d🌾 @everyone <b>*", "")])
    assert lines == ["safe[31m gnp.exe 👩\u200d🌾 @everyone <b>*"]


def test_colour_goes_where_it_is_wanted_only() -> None:
    lines: list[str] = []
    for colour in (True, False):
        Screen(lines.append, colour=colour, width=lambda: 60).runs([("a ", ""), ("b", "\x1b[1m")])
    assert lines == ["a \x1b[1mb\x1b[0m", "a b"]


def test_wide_letters_take_two_columns() -> None:
    assert columns_of("né\u0301 日本") == 3 + 4


def test_people_of_the_demo_are_all_there() -> None:
    people = demo_script().people
    assert [each.nick for each in people] == ["juma", "wanjiru", "amina", "claire", "lea"]
    assert read_script("T\npeople: a\n").people[0].name == "A"
