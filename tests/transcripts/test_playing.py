"""How transcripts are read, held against what is seen, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bots.transcripts.player import Played, play
from bots.transcripts.script import (
    Actor,
    Answers,
    CannotRead,
    Says,
    Start,
    Taps,
    Waits,
    Where,
    read_script,
)
from bots.transcripts.stage import Seen

HEAD = """\
A title
people: amina (Amina Yusuf, admin), juma
clock: 2026-03-02 09:00 Africa/Nairobi
"""
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Parrot:
    """A stage that shows what was said: to the speaker, and in the group with a number."""

    def __init__(self, *platforms: str) -> None:
        self.platforms: Sequence[str] = platforms or ("local",)
        self.done: list[str] = []
        self._number = 6
        self._seen: list[Seen] = []

    def seen(self) -> Sequence[Seen]:
        seen, self._seen = self._seen, []
        return seen

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        self.done.append(f"{who} says {text}")
        self._number += 1
        self._show(who, self.platforms[0], text, f"a{self._number}")
        for platform in () if where.private else self.platforms:
            self._show("group", platform, f"#{self._number} {text}", f"g{self._number}")

    def _show(self, audience: str, platform: str, text: str, message: str) -> None:
        self._seen.append(Seen(audience, platform, message, text, (("Yes", "No"),)))

    async def answers(self, who: str, text: str) -> None:
        self.done.append(f"{who} answers {text}")

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        self.done.append(f"{who} taps {label} of {on.message} {writes}".strip())
        self._seen.append(Seen(on.audience, on.platform, on.message, "tapped", edited=True))

    async def again(self) -> None:
        self.done.append("again")

    async def waits(self, by: timedelta) -> None:
        self.done.append(f"waits {by}")


async def played(body: str, *platforms: str) -> tuple[Played, Parrot]:
    stage = Parrot(*platforms)
    return await play(read_script(HEAD + body), stage, NOW), stage


SEEN = """
juma in private: hello
  juma sees: hello
             [Yes] [No]
"""


async def test_what_is_seen_as_it_is_written_goes_well() -> None:
    result, _ = await played(SEEN)
    assert result.well
    assert result.difference("file") == ""


@pytest.mark.parametrize(
    "changed",
    [
        SEEN.replace("sees: hello", "sees: goodbye"),
        SEEN.replace(" [No]", ""),
        SEEN.replace("sees:", "sees (edited):"),
        SEEN.replace("juma sees", "amina sees"),
        "\njuma in private: hello\n",
        SEEN + "  amina sees: hello\n",
    ],
)
async def test_what_differs_is_shown_and_recorded(changed: str) -> None:
    result, _ = await played(changed)
    assert not result.well
    assert result.after == HEAD + SEEN
    assert "+  juma sees: hello" in result.difference("file") or "-" in result.difference("file")
    again, _ = await played(result.after.removeprefix(HEAD))
    assert again.well


async def test_names_are_caught_at_first_sight_and_used_again() -> None:
    result, stage = await played(
        """
juma in group: an offer
  juma sees: {words}
             [Yes] [No]
  group sees: #{offer} {words}
              [Yes] [No]

amina in private: /take #{offer}
  amina sees: /take #{offer}
              [Yes] [No]
"""
    )
    assert result.well, result.difference("file")
    assert stage.done[-1] == "amina says /take #7"


async def test_recording_keeps_names_and_comments_and_steps() -> None:
    result, _ = await played(
        """
# what follows is new
juma in group: an offer
  group sees: #{offer} another wording

amina in private: /take #{offer}
"""
    )
    assert (
        result.after
        == HEAD
        + """
# what follows is new
juma in group: an offer
  group sees: #{offer} an offer
              [Yes] [No]
  juma sees: an offer
             [Yes] [No]

amina in private: /take #{offer}
  amina sees: /take #{offer}
              [Yes] [No]
"""
    )


async def test_a_name_that_caught_nothing_yet_stops_the_play_at_its_line() -> None:
    result, stage = await played("\njuma in private: /take #{offer}\n")
    assert result.faults == ["line 5: nothing was seen yet that could be {offer}"]
    assert result.before == result.after
    assert stage.done == []


async def test_a_button_is_found_where_the_person_can_see_it() -> None:
    _, stage = await played(
        """
amina in group: first
amina in group: second
juma taps [Yes]
juma taps [Yes] on #7
juma taps [No] on #8 in group: because so
amina taps [Yes] in private
"""
    )
    assert (
        stage.done[2:]
        == [
            "juma taps Yes of g8",
            "juma taps Yes of g7",
            "juma taps No of g8 because so",
            "amina taps Yes of a8",
        ]
        or stage.done[2] == "juma taps Yes of g8"
    )


async def test_somebody_elses_private_button_is_out_of_reach() -> None:
    result, _ = await played("\namina in private: mine\njuma taps [Yes]\n")
    assert result.faults == ["line 6: juma can see no button [Yes]"]


async def test_groups_that_saw_the_same_are_one_and_else_are_named() -> None:
    same, _ = await played(
        "\njuma in group: hi\n  group sees: #7 hi\n              [Yes] [No]\n"
        "  juma sees: hi\n             [Yes] [No]\n",
        "local",
        "discord",
    )
    assert same.well, same.difference("file")
    differs, _ = await played("\njuma in group: hi\njuma taps [Yes] in group\n", "local", "discord")
    assert "group on discord sees (edited): tapped" in differs.after


async def test_time_passes_by_so_much_or_until_a_local_time() -> None:
    _, stage = await played("\nwait 11 minutes\nwait until 2026-03-02 18:00\nwait 2 weeks\n")
    assert stage.done == ["waits 0:11:00", "waits 8:49:00", "waits 14 days, 0:00:00"]
    late, _ = await played("\nwait until 2026-03-01 18:00\n")
    assert late.faults == ["line 5: that time is over"]


async def test_a_step_for_other_platforms_is_left_out() -> None:
    step = "juma in private: /send amina ٣\n  juma sees: no"
    body = f"\nonly: telegram\n{step}\n\nthe last arrives again\n"
    result, stage = await played(body)
    assert result.well
    assert stage.done == ["again"]


def test_people_are_known_by_what_is_said_of_them() -> None:
    script = read_script(
        "T\npeople: amina (Amina Yusuf, admin, speaks sw), bo (without username), "
        "lea (Léa, calls themselves lea_1, on discord)\n"
        "clock: 3 days ago at 18:30 America/Toronto\n"
    )
    assert script.people == (
        Actor("amina", "Amina Yusuf", "amina", admin=True, language="sw"),
        Actor("bo", "Bo", ""),
        Actor("lea", "Léa", "lea_1", platform="discord"),
    )
    assert isinstance(script.start, Start)
    assert script.start.instant(NOW) == datetime(2026, 2, 27, 23, 30, tzinfo=UTC)


def test_each_form_of_a_step_is_read() -> None:
    script = read_script(
        HEAD
        + """
juma on discord in private: /link
juma replies to amina in group: /send 5 thanks: really
juma sends a photo in private: /done #{c1}
juma answers: mending [nets]
juma taps [Take] on #{c1} on discord in group: so
wait 1 hour
"""
    )
    assert [step.act for step in script.steps] == [
        Says("juma", Where(True, "discord"), "/link"),
        Says("juma", Where(False), "/send 5 thanks: really", replies_to="amina"),
        Says("juma", Where(True), "/done #{c1}", photo=True),
        Answers("juma", "mending [nets]"),
        Taps("juma", "Take", " #{c1}", False, "discord", "so"),
        Waits(by=timedelta(hours=1)),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("\njuma dances\n", "line 5: what is to be done here? 'juma dances'"),
        ("\nbob in group: hi\n", "line 5: bob is not among the people"),
        ("\n  juma sees: hi\n", "line 5: what is seen stands right below its step"),
        ("\njuma in group: hi\n  bob sees: hi\n", "line 6: write who sees it: juma sees: ..."),
        ("clock: noon\n", "line 4: write the clock as 2026-03-02 09:00 America/Toronto"),
        ("clock: 2026-03-02 09:00 Mars/Base\n", "line 4: Mars/Base is no time zone"),
        ("people: a (A, b c d)\n", "line 4: what does 'b c d' say about a?"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(body: str, reason: str) -> None:
    with pytest.raises(CannotRead) as error:
        read_script(HEAD + body)
    assert str(error.value) == reason
