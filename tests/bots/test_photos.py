"""The life of a photo: it comes with a claim, a steward looks at it, it goes with its owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from bots.app import App
from bots.local_bot.bot import LocalBot, Post
from bots.playing import local_bot_of
from bots.settings import Settings
from bots.transcripts.script import read_script
from core.domain.commitments import Commitment
from tests.clocks import Clock, Draw

PICTURE = b"\xff\xd8\xff\xe0 a picture of two mended chairs"
PEOPLE = read_script("Riverside\npeople: amina (Amina, admin), juma (Juma), zuri (Zuri)\n").people
FOUND = "/pool create Riverside currency:CAD timezone:America/Toronto"
WITHOUT = "Only the photo did not arrive: it has to be a JPEG or PNG of at most 5 MB."


@dataclass
class Riverside:
    """A pool of three, whose steward is Amina, and what each of them saw last."""

    app: App
    bot: LocalBot
    seen: dict[str, Post] = field(default_factory=dict)

    async def says(self, who: str, text: str, photo: bytes | None = None) -> Post:
        """Something said in private, and the answer."""
        await self.bot.says(who, text, private=True, photo=photo)
        await self.app.quiet()
        return self.seen[who]

    async def taps(self, who: str, label: str, on: Post | None = None) -> Post:
        """A press, and the answer."""
        post = on or self.seen[who]
        await self.bot.press(who, post, post.button(label).token)
        await self.app.quiet()
        return self.seen[who]

    async def claims(self) -> list[Commitment]:
        """What waits for a steward."""
        (pool,) = await self.app.doors.reading.pools()
        return list((await self.app.doors.reading.waiting(pool)).claims)

    async def kept(self, claim: Commitment) -> bytes | None:
        """The photo of a claim, as the pool keeps it."""
        return await self.app.doors.reading.photo(claim.pool, claim.number)

    async def done(self, photo: bytes | None) -> tuple[Post, Commitment]:
        """Juma keeps a promise, and says so with a photo."""
        promised = await self.says("juma", "/commit 1h mending chairs")
        number = promised.text.partition(" ")[0]
        said = await self.says("juma", f"/done {number}", photo)
        return said, (await self.claims())[-1]


@pytest.fixture
async def riverside(tmp_path: Path, clock: Clock, draw: Draw) -> AsyncIterator[Riverside]:
    app = App(
        Settings(_env_file=None, data_dir=tmp_path),
        url=f"sqlite:///{tmp_path / 'pool.db'}",
        clock=clock,
        draw=draw,
        rooms=[partial(LocalBot, people=PEOPLE, title="Riverside")],
        ticking=False,
    )
    async with app:
        made = Riverside(app, local_bot_of(app))
        made.bot.on_post = lambda post: made.seen.update({post.audience: post})
        await made.bot.says("amina", FOUND, private=False)
        for who in ("juma", "zuri"):
            await made.bot.says(who, "/join", private=False)
        await app.quiet()
        yield made


async def test_a_photo_is_kept_with_the_claim_and_a_steward_sees_it(riverside: Riverside) -> None:
    _, claim = await riverside.done(PICTURE)
    assert claim.photo == sha256(PICTURE).hexdigest()
    assert await riverside.kept(claim) == PICTURE
    await riverside.says("amina", "/queue")
    shown = await riverside.taps("amina", f"Photo #{claim.number}")
    assert shown.reply.picture == PICTURE
    assert not shown.in_group


async def test_nobody_else_sees_it_not_even_with_the_stewards_button(riverside: Riverside) -> None:
    _, claim = await riverside.done(PICTURE)
    queue = await riverside.says("amina", "/queue")
    for who in ("zuri", "juma"):
        shown = await riverside.taps(who, f"Photo #{claim.number}", on=queue)
        assert shown.reply.picture == b""
        assert shown.text.startswith("That is for the stewards")


async def test_a_photo_that_cannot_be_had_leaves_the_claim_without_and_that_is_said(
    riverside: Riverside,
) -> None:
    said, claim = await riverside.done(b"")
    assert said.text.endswith(f"\n{WITHOUT}")
    assert claim.photo == ""
    assert await riverside.kept(claim) is None
    queue = await riverside.says("amina", "/queue")
    assert f"Photo #{claim.number}" not in [label for row in queue.rows for label in row]


async def test_a_claim_without_a_photo_says_nothing_of_one(riverside: Riverside) -> None:
    said, _ = await riverside.done(None)
    assert WITHOUT not in said.text


async def test_the_same_photo_of_two_claims_is_kept_once(riverside: Riverside) -> None:
    claims = [(await riverside.done(PICTURE))[1] for _ in range(2)]
    assert [await riverside.kept(claim) for claim in claims] == [PICTURE, PICTURE]
    assert "• 1 photo\n" in (await riverside.says("juma", "/mydata")).text


async def test_a_photo_goes_when_its_owner_leaves(riverside: Riverside) -> None:
    _, claim = await riverside.done(PICTURE)
    queue = await riverside.says("amina", "/queue")
    asked = await riverside.says("juma", "/leave")
    await riverside.taps("juma", asked.rows[0][0])
    assert await riverside.kept(claim) is None
    shown = await riverside.taps("amina", f"Photo #{claim.number}", on=queue)
    assert shown.text == f"There is no photo of #{claim.number} any more."
