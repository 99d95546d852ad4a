"""The security table of the goals, row by row, as far as no other test holds it already.

Rights at the press are in test_presses.py, the lock on the file in tests/bots/test_app.py, the
file's mode in tests/storage/test_writer.py, limits of a posting in tests/core.
"""

from __future__ import annotations

import ast
import logging
import re
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.catalogue.all import COMMANDS
from bots.discord_bot.drawing import card_text
from bots.discord_bot.drawing import parts as on_discord
from bots.gate import Limit, Limits
from bots.logs import Redacting, secrets_of
from bots.replies import Name, Typed, reply, say
from bots.telegram_bot.drawing import JOINER
from bots.telegram_bot.drawing import parts as on_telegram
from bots.tokens import Token
from bots.words import Voice
from core.domain.units import Number, PoolId
from core.engine import Engine
from storage.house import House
from tests.checklist.conftest import Town
from tests.clocks import Clock
from tests.pretended.discord.texts import plain
from tests.pretended.telegram_text import parse_html
from tests.village import village

ROOT = Path(__file__).parents[2]
EXAMPLES = 2_000

FRAGMENTS = [
    *("<b>", "</b>", '<a href="tg://user?id=1">', "</code>", "<pre>", "<!--"),
    *("&lt;", "&#60;", "&amp", "&quot;", "&"),
    *("@everyone", "@here", "@amina", "<@1>", "<@!1>", "<@&1>", "<#1>", "<:a:1>", "<t:1:R>"),
    *("</cmd:1>", "<id:home>", "[a](https://example.org)", "![a](b)", "<https://example.org>"),
    *("https://example.org/*a*", "https://example.org/a", "**", "*", "__", "_", "~~", "~"),
    *("||", "|", "`", "``", "```", "\\", "\\\\", "\\*", ">", "#", "-#", "##", ">>>", "-", "+"),
    *("1.", "1)", ":a:", "://", "\u202e", "\u202a", "\u2066", "\u200b", "\u200d", "\u2060"),
    *("\ufeff", "\u0301", "\U0001f33b", "\U0010fffd"),
]
"""Markup, mentions and marks of both platforms. (Discord takes no marks within an address.)"""

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(FRAGMENTS),
        st.sampled_from([" ", "\n", "a", "1", "x" * 50]),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=5),
    ),
    max_size=8,
).map("".join)


# --- markup injection (A16) ----------------------------------------------------------------------


@pytest.mark.timeout(300)  # a busy machine takes its time
@settings(max_examples=EXAMPLES, deadline=None)
@given(HOSTILE)
def test_no_hostile_text_escapes_its_literal_on_telegram(text: str) -> None:
    """A16: the real server's reading of the HTML finds the text, and not one mark in it."""
    said = say("{name} says {text}!", name=Name(text or "x"), text=Typed(text))
    (html,) = on_telegram(reply(said), Voice())
    shown, marks = parse_html(html)
    assert shown.replace(JOINER, "") == f"{text or 'x'} says {text}!".replace(JOINER, "")
    assert marks == []
    assert not re.search(r"@\w", shown)


@pytest.mark.timeout(300)  # a busy machine takes its time
@settings(max_examples=EXAMPLES, deadline=None)
@given(HOSTILE)
@example("https://example.org/a____")
def test_no_hostile_text_escapes_its_literal_on_discord(text: str) -> None:
    """A16: read as Discord reads it, the text is what was typed; in answers and on cards."""
    said = reply(say("{name} says {text}!", name=Name(text or "x"), text=Typed(text)))
    wanted = f"{text or 'x'} says {text}!"
    for markdown in (*on_discord(said, Voice()), card_text(said, Voice())):
        assert plain(markdown, lambda kind, key: f"[{kind}{key}]") == wanted


# --- forged buttons ------------------------------------------------------------------------------

OPEN_TO_ALL = {"join", "start", "language", "link"}
"""What a stranger may do, by whatever button."""


def forged(seed: int, count: int, pool: PoolId) -> list[str]:
    """Tokens that nobody drew, and tokens with something changed in them."""
    chance = Random(seed)
    verbs = [each.name for each in COMMANDS if each.name not in OPEN_TO_ALL]
    verbs += ["yes", "no", "pick", "answer", "nothing"]
    made = []
    for _ in range(count):
        token = Token(
            chance.choice(verbs),
            PoolId(chance.choice([0, int(pool), int(pool), int(pool) + 1, 10**12 - 1])),
            Number(chance.choice([0, *range(1, 12), 10**12 - 1])),
            chance.choice(["", "", "1", "x-y", "abcdefghij", "0"]),
            chance.choice([0, 1, 2, 3, 999_999]),
        )
        text = str(token)
        if chance.random() < 0.3:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("v1:.09az-% \u0660") + text[place + 1 :]
        made.append(text)
    return made


async def state(town: Town) -> object:
    """All of the pool that a button could change."""
    reading = town.app.house.readers
    everyone = await reading.everyone(town.pool)
    mine = [await reading.mine(town.pool, each.member) for each in everyone]
    status = await reading.status(town.pool, town.clock())
    serving = await reading.serving(town.pool, town.clock())
    return (await town.books()), everyone, mine, status, serving, await reading.chats(town.pool)


async def test_a_forged_button_changes_nothing_and_is_answered(kijiji: Town) -> None:
    """A8, A11: pressed by people in the chats who are no members, on both platforms."""
    await kijiji.thank(("Juma", 9), ("Baraka", 9))
    await kijiji.tells(kijiji.juma, "/offer 3 bread", kijiji.group)
    await kijiji.tells(kijiji.juma, "/need 1 a ladder", kijiji.group)
    await kijiji.claim()
    wambui = kijiji.telegram.user("Wambui", username="wambui")
    kijiji.telegram.joins(wambui, kijiji.group)
    kijiji.telegram.starts(wambui)
    zed = kijiji.discord.user("zed", "Zed")
    kijiji.discord.join(kijiji.guild, zed)
    await kijiji.settled()
    before = await state(kijiji)
    post, card = kijiji.posts()[-1], kijiji.cards()[-1]
    tokens = forged(1, 70, kijiji.pool)

    def said() -> int:
        """Answers in private, and questions, which are put where the button was."""
        private, asked = kijiji.alone(wambui), kijiji.posts()
        return len(private) + len(asked) + len(kijiji.telegram.popups(wambui))

    answered = said()
    for token in tokens:
        kijiji.telegram.taps_data(wambui, post, token)
    for token in tokens:
        await kijiji.discord.press_id(zed, card, token).answered()
    await kijiji.telegram.quiet(20)
    await kijiji.settled()
    assert not kijiji.telegram.unanswered()
    assert said() - answered >= len(tokens)
    assert await state(kijiji) == before


# --- another pool's numbers ----------------------------------------------------------------------


async def test_what_belongs_to_one_pool_is_out_of_reach_from_another(kijiji: Town) -> None:
    """Buttons and numbers of one pool, pressed and typed by the steward of another."""
    await kijiji.thank(("Juma", 9))
    await kijiji.tells(kijiji.juma, "/offer 3 bread", kijiji.group)
    number = await kijiji.claim()
    await kijiji.tells(kijiji.amina, "/queue")
    queue = kijiji.telegram.messages(kijiji.amina)[-1]
    wambui = kijiji.telegram.user("Wambui", username="wambui")
    other = kijiji.telegram.supergroup("Other", members=[], admins=[wambui])
    kijiji.telegram.starts(wambui)
    kijiji.telegram.adds_bot(wambui, other)
    await kijiji.tells(
        wambui, "/pool create Other currency:KES timezone:Africa/Nairobi language:en", other
    )
    await kijiji.tells(wambui, "/offer 1 soup", other)
    before = await state(kijiji)
    (theirs,) = kijiji.telegram.messages(other)[-1:]
    private = kijiji.telegram.messages(wambui)[-1]
    tokens = [
        button.data
        for message in (queue, kijiji.posts()[-1])
        for row in message.buttons
        for button in row
    ]
    assert len(tokens) >= 3
    for token, place in product(filter(None, tokens), (theirs, private)):
        kijiji.telegram.taps_data(wambui, place, token)
        await kijiji.settled()
        assert kijiji.answer_to(wambui).startswith("This card is out of date.")
    for command in (f"/confirm #{number}", f"/decline #{number} no", f"/done #{number}"):
        assert (await kijiji.tells(wambui, command)).startswith(f"There is no #{number}")
    assert "bread" not in await kijiji.tells(wambui, "/board")
    assert await state(kijiji) == before


# --- overflow ------------------------------------------------------------------------------------


async def test_sums_far_beyond_one_posting_stay_exact(house: House, clock: Clock) -> None:
    """Overflow: BIGINT holds what no single act may move (10⁹), on both databases."""
    people = await village(Engine(house.writer), "Juma", "Asha")
    for _ in range(5):
        await people.thank(10**9, "Juma")
    await people.send("Juma", "Asha", 10**9)
    balances = [
        (await house.readers.balance(people.pool, people.members[who])).free
        for who in ("Juma", "Asha")
    ]
    assert balances == [4 * 10**9, 10**9]
    status = await house.readers.status(people.pool, clock())
    assert int(status.issued) == 5 * 10**9
    assert (await house.readers.audit(people.pool)).faults == ()


@pytest.mark.parametrize("amount", ["1000000001", "9" * 19, "9" * 40])
async def test_more_than_one_act_may_move_is_refused_with_words(kijiji: Town, amount: str) -> None:
    """A23: above 10⁹ nothing moves, whatever number is typed."""
    said = await kijiji.tells(kijiji.juma, f"/send @Baraka {amount}")
    assert "more than one step may move" in said or "not a number of credits" in said
    assert (await kijiji.books()).entries == 0


# --- tokens in logs (A31) ------------------------------------------------------------------------


async def test_a_whole_conversation_leaves_no_secret_and_no_private_word_in_the_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """A31: on both platforms at DEBUG; what may be logged is that something happened."""
    town.level = "DEBUG"
    redacting = Redacting(secrets_of(town.settings))
    with caplog.at_level(logging.DEBUG):
        for name in ("bots", "core", "storage"):
            caplog.set_level(logging.DEBUG, logger=name)
        for name in ("httpx", "httpcore", "telegram", "discord", "asyncio", "aiosqlite"):
            caplog.set_level(logging.WARNING, logger=name)
        async with town.open():
            await town.founds()
            await town.thank(("Juma", 9))
            town.telegram.fail("sendMessage", 502)
            await town.tells(town.juma, "/send @Baraka 4 canary in a note")
            await town.tells(town.juma, "/commit 1 canary in a promise")
            await town.tells(town.juma, "canary in plain words")
            await town.tells(town.juma, "/send @canary 4")
            await town.tells(town.juma, "/canary")
            await town.slashes(town.baraka, "send", member=town.claire, credits=1, note="canary")
            await town.slashes(town.baraka, "offer", worth="canary", what="canary on a card")
            act = town.discord.slash(
                town.baraka, town.guild.channel, "offer", worth="1", what="canary on a card"
            )
            await act.answered()
            await town.settled()
            await town.books()
    logged = "\n".join(map(logging.Formatter().format, caplog.records))
    assert "canary" not in logged
    for secret in (
        town.telegram.token,
        town.telegram.token.partition(":")[2],
        town.discord.token,
        act.token,
    ):
        assert secret not in redacting.redacted(logged)
    assert town.telegram.token not in logged
    assert town.discord.token not in logged


# --- what is in the source -----------------------------------------------------------------------

UNSAFE = {"pickle", "marshal", "shelve", "dill", "jsonpickle", "cloudpickle"}


def test_nothing_is_unpickled_and_no_text_is_run() -> None:
    """No object is ever made from what a file or a message says."""
    found = []
    for file in sorted(
        each for floor in ("bots", "core", "storage") for each in (ROOT / floor).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [
                    (file.name, each.name)
                    for each in node.names
                    if each.name.split(".")[0] in UNSAFE
                ]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNSAFE:
                found.append((file.name, str(node.module)))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"eval", "exec", "__import__"}
            ):
                found.append((file.name, node.func.id))
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_pinned_with_its_hashes(lock: str) -> None:
    """H4: what is installed is what was looked at, and comes from no address of its own."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert len(pinned) > 15
    for each in pinned:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[0-9]", each), each
        assert "--hash=sha256:" in each, each
    assert "://" not in text


# --- flooding ------------------------------------------------------------------------------------


async def test_a_press_of_who_floods_is_still_acknowledged_and_others_are_served(
    town: Town,
) -> None:
    """A9: one sentence for the burst on Telegram; Discord wants an answer each time."""
    town.limits = Limits(person=Limit(6, 60.0), command=Limit(6, 60.0), group=Limit(500, 1.0))
    async with town.open():
        await town.tells(
            town.amina, "/pool create Kijiji currency:KES timezone:UTC language:en", town.group
        )
        await town.tells(town.juma, "/balance")
        message = town.telegram.messages(town.juma)[-1]
        before = len(town.telegram.messages(town.juma))
        for _ in range(30):
            town.telegram.taps_data(town.juma, message, "v1:board:0.0:0")
        await town.settled()
        assert not town.telegram.unanswered()
        said = [each.text for each in town.telegram.messages(town.juma)][before:]
        assert len(said) == 5 + 1
        assert said[-1].startswith("That was a lot at once. Please wait")
        assert "Kijiji" in await town.tells(town.amina, "/rules")
        acts = [town.discord.slash(town.baraka, town.guild.channel, "help") for _ in range(9)]
        told = [(await act.answered()).text for act in acts]
        assert sum(each.startswith("That was a lot at once.") for each in told) == 3
