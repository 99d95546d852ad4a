"""What a weaker platform does: nothing is lost that could be said, nothing private is shown to all.

That transcripts go the same where messages are short and private answers need a private talk is
held by the stage `weak`; here is what the others do.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.__main__ import main
from bots.app import now
from bots.local_bot.bot import GROUP, Post
from bots.local_bot.powers import Powers, parted
from bots.local_bot.stage import LocalStage
from bots.playing import local_stage
from bots.replies import Block, Button, Reply, Shape, Typed, say
from bots.settings import Settings
from bots.transcripts.neutral import neutral_text
from bots.transcripts.player import play
from bots.transcripts.script import Script, read_script
from bots.words import Voice

ALONE = Powers(private_in_group=False, direct_messages=False)
EPHEMERAL = Powers(direct_messages=False)
SCRIPT = """\
A weaker platform
people: amina (Amina, admin), juma (Juma)
clock: 2026-03-02 09:00 Africa/Nairobi

amina in group: /pool create Kijiji currency:KES timezone:Africa/Nairobi language:en
juma in group: /join
amina in group: /thank @juma 3 carrying water
juma in group: /balance
juma in group: /send
juma in private: /history
"""

BLOCKS = st.lists(
    st.builds(
        lambda text, shape: Block((say("{text}", text=Typed(text)),), shape),
        st.text("ab \u0301\U0001f33b", max_size=60),
        st.sampled_from([Shape.PLAIN, Shape.ITEM]),
    ),
    min_size=1,
    max_size=6,
)


@given(BLOCKS, st.integers(5, 40))
def test_a_long_message_comes_in_parts_that_fit_and_nothing_is_lost(
    blocks: list[Block], most: int
) -> None:
    """A17: the buttons stand under the last part."""
    button = Button(say("Done"), "v1:done:1.1:1")
    whole = Reply(tuple(blocks), ((button,),))
    parts = parted(whole, Voice(), most)
    texts = [neutral_text(part, Voice()) for _, part in parts]
    assert all(len(text) <= most for text in texts)
    joined = "".join(
        (joint if number else "") + text
        for number, ((joint, _), text) in enumerate(zip(parts, texts, strict=True))
    )
    assert joined == neutral_text(whole, Voice())
    assert [bool(part.buttons) for _, part in parts] == [False] * (len(parts) - 1) + [True]


async def shown(stage: LocalStage, script: Script) -> list[Post]:
    """All that is shown while a script is played."""
    await play(script, stage, script.start.instant(now()))
    return list(stage.posts.values())


@pytest.mark.parametrize("powers", [ALONE, EPHEMERAL], ids=["alone", "ephemeral"])
async def test_what_is_private_is_not_shown_to_all_where_there_is_no_private_way(
    tmp_path: Path, powers: Powers
) -> None:
    """A8, A13: every call is answered all the same."""
    script = read_script(SCRIPT)
    url = f"sqlite:///{tmp_path / 'pool.db'}"
    async with local_stage(script, Settings(data_dir=tmp_path), url, powers=powers) as stage:
        posts = await shown(stage, script)
    aloud = [post.text for post in posts if post.audience == GROUP]
    assert not [text for text in aloud if "You have" in text or "Then:" in text]
    alone = [post.text for post in posts if post.audience != GROUP]
    if powers.private_in_group:
        assert any("You have 3 credits" in text for text in alone)
        assert all(post.in_group for post in posts)
    else:
        assert alone == []
        no_way = "Juma, I have no way to answer you in private here."
        assert aloud.count(no_way) == len(["/join", "/balance", "/send", "/history"])


def test_flags_of_the_program_take_powers_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D9: `play` and `run` know the same ones."""
    file = tmp_path / "weak.txt"
    file.write_text(SCRIPT)
    assert (
        main(["play", "--record", "--no-direct-messages", "--no-private-in-group", str(file)]) == 0
    )
    assert "no way to answer you" in file.read_text()
    file.write_text(SCRIPT)
    assert main(["play", "--record", "--no-private-in-group", "--text-limit", "60", str(file)]) == 0
    assert "You have 3 credits" in file.read_text()
    assert main(["play", str(file)]) == 0
