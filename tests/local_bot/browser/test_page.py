"""The page in a real browser: what people see of it, press, type, and can reach without a mouse."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from bots.local_bot.powers import Powers
from tests.house.readme import README
from tests.local_bot.browser.conftest import Comes
from tests.local_bot.browser.picture import OPTIONS, PICTURE, SHOWN, pose
from tests.local_bot.browser.visiting import NARROW, WIDE, Chat, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=alert(1)> <b>bold</b> &amp; \u202edrow \u200fmark @everyone"


def picture_of(width: int, height: int) -> bytes:
    """A grey picture, in PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sealed = kind + content
        return struct.pack(">I", len(content)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * width) * height
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


# --- coming ------------------------------------------------------------------------------------


async def test_a_first_visitor_is_told_where_they_are_and_what_to_press(comes: Comes) -> None:
    juma = await comes("")
    await expect(juma.page).to_have_title(re.compile("^Juma"))
    await expect(juma.page.locator("header")).to_contain_text("made-up people")
    await juma.pane("group").get_by_role("button", name="/board", exact=True).click()
    await juma.sees("group", "things on the board")
    await expect(juma.page.get_by_role("button", name="I will do it #8")).to_be_visible()


@pytest.mark.parametrize("nick", ["juma", "wanjiru", "amina", "claire", "lea"])
async def test_everybody_is_one_click_away(comes: Comes, chat: Chat, nick: str) -> None:
    """D3: and each has a page of their own."""
    visitor = await comes("juma")
    name = chat.talk.bot.people[nick].name
    await visitor.page.get_by_role("navigation").get_by_role("link", name=name).click()
    await visitor.ready()
    await expect(visitor.page).to_have_title(re.compile(f"^{name}"))
    await expect(visitor.page.locator('.people [aria-current="page"]')).to_contain_text(name)


async def test_a_reload_keeps_person_place_and_what_was_said(comes: Comes) -> None:
    visitor = await comes("juma", "private", viewport=NARROW)
    await visitor.says("private", "/balance")
    await visitor.sees("private", "You have")
    await visitor.page.reload()
    await visitor.ready()
    await expect(visitor.page).to_have_title(re.compile("^Juma"))
    await visitor.sees("private", "You have")
    await expect(visitor.pane("group")).to_be_hidden()


async def test_the_picture_in_the_readme_is_of_this_page(comes: Comes, chat: Chat) -> None:
    """Taken anew by: python -m tests.local_bot.browser.picture."""
    juma = await comes("juma", **OPTIONS)
    await pose(juma, chat)
    for text in SHOWN:
        shown = juma.page.get_by_text(text).locator("visible=true")
        await expect(shown.first).to_be_in_viewport()
    content = PICTURE.read_bytes()
    assert len(content) <= 150_000
    width, height = struct.unpack(">II", content[16:24])
    assert {"width": width, "height": height} == OPTIONS["viewport"]
    assert "(docs/page.png)" in README.read_text(encoding="utf-8")


# --- the whole way -----------------------------------------------------------------------------


async def test_from_an_offer_to_a_transfer_by_buttons_alone(comes: Comes, chat: Chat) -> None:
    juma, amina = await comes("juma"), await comes("amina", "private")
    await juma.asks_for("group", "/offer")
    await juma.answers("group", "1h")
    await juma.answers("group", "sharpening knives")
    await juma.sees("group", "offers: sharpening knives")
    await juma.asks_for("group", "/commit")
    await juma.answers("group", "2h")
    await juma.answers("group", "sweeping the yard")
    await juma.presses("group", "Done")
    await juma.sees("group", "A steward looks at it")
    await amina.asks_for("private", "/queue")
    await amina.presses("private", "Confirm")
    await amina.sees("private", "Confirmed")
    await juma.sees("private", "Amina confirmed your promise")
    await juma.asks_for("private", "/send")
    await juma.answers("private", "@wanjiru")
    await juma.answers("private", "2")
    await juma.sees("private", "You sent 2 credits to Wanjiru.")
    wanjiru = await comes("wanjiru", "private")
    await wanjiru.sees("private", "2 credits")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320", "1280"])
async def test_the_keyboard_alone_is_enough(comes: Comes, size: dict[str, int]) -> None:
    """D5: person, suggestion, question, button, and a button that asks for words."""
    visitor = await comes("juma", "", viewport=size)
    press = visitor.page.keyboard.press
    seen: list[str] = []
    while "Amina" not in "".join(seen[-1:]):
        await press("Tab")
        seen.append(await visitor.focused())
        assert len(seen) < 8, seen
    await press("Enter")
    await expect(visitor.page).to_have_title(re.compile("^Amina"))
    await visitor.ready()

    field = visitor.pane("group").get_by_role("combobox")
    await field.focus()
    await visitor.page.keyboard.type("/comm")
    await expect(field).to_have_attribute("aria-expanded", "true")
    await press("ArrowDown")
    await press("Enter")
    await expect(field).to_have_value("/commit ")
    await press("Enter")
    await expect(visitor.pane("group").locator(".answer input")).to_be_focused()
    await visitor.page.keyboard.type("1h")
    await press("Enter")
    await visitor.sees("group", "What do you promise?")
    await expect(visitor.pane("group").locator(".answer input")).to_be_focused()
    await visitor.page.keyboard.type("watering")
    await press("Enter")
    await visitor.sees("group", "You promised: watering")
    done = visitor.page.get_by_role("button", name="Done")
    for _ in range(4):
        await press("Tab")
        if await done.evaluate("button => button === document.activeElement"):
            break
    await expect(done).to_be_focused()
    await press("Space")
    await visitor.sees("group", "I noted that")
    await expect(done).to_be_focused()


async def test_who_types_faster_than_the_bot_answers_loses_nothing(
    comes: Comes, chat: Chat
) -> None:
    juma = await comes("juma")
    await juma.asks_for("group", "/send")
    await expect(juma.pane("group").locator(".answer input")).to_be_focused()
    await juma.page.keyboard.type("@wanjiru")
    await juma.page.keyboard.press("Enter")
    await juma.page.keyboard.type("1 for bread")
    await juma.sees("group", "How many credits")
    await expect(juma.pane("group").locator(".answer input")).to_have_value("1 for bread")
    await expect(juma.pane("group").locator(".answer input")).to_be_focused()


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320", "1280"])
async def test_a_button_that_asks_for_words_gets_them_or_lets_go(
    comes: Comes, size: dict[str, int]
) -> None:
    juma, amina = await comes("juma"), await comes("amina", "private", viewport=size)
    await juma.says("group", "/commit 1h painting the door")
    await juma.presses("group", "Done")
    await juma.sees("group", "A steward looks at it")
    await amina.says("private", "/queue")
    decline = amina.page.get_by_role("button", name="Decline").last
    await decline.click()
    words = amina.pane("private").locator(".answer input")
    await expect(words).to_be_focused()
    await amina.has_in_sight(amina.pane("private").locator(".answer .cancel"))
    await words.press("Escape")
    await expect(decline).to_be_focused()
    await decline.press("Enter")
    await words.fill("not yet dry")
    await words.press("Enter")
    await juma.sees("private", "not yet dry")


async def test_a_card_that_changes_stays_in_its_place(comes: Comes) -> None:
    juma, amina = await comes("juma"), await comes("amina")
    await juma.says("group", "/need 1h a ladder")
    await amina.sees("group", "Juma needs: a ladder")
    await juma.says("group", "hello")
    await amina.sees("group", "hello")
    before = await amina.pane("group").locator("article").count()
    card = amina.pane("group").locator("article").filter(has_text="Juma needs: a ladder")
    take = card.get_by_role("button", name="I will do it")
    await take.focus()
    await take.press("Enter")
    await expect(card).to_contain_text("Spoken for.")
    await expect(card).to_have_count(1)
    await expect(card).to_be_focused()
    assert await amina.pane("group").locator("article").count() == before + 1
    await expect(
        juma.pane("group").locator("article").filter(has_text="Spoken for.")
    ).to_have_count(1)


# --- who sees what -----------------------------------------------------------------------------


async def test_what_one_person_alone_sees_is_on_nobody_elses_page(comes: Comes) -> None:
    """D4: not even hidden; in the group it is marked as theirs."""
    juma, wanjiru = await comes("juma"), await comes("wanjiru")
    await juma.says("private", "/balance")
    await juma.sees("private", "You have")
    await juma.says("group", "/balance")
    await juma.sees("group", "Only Juma sees this")
    await wanjiru.sees("group", "/balance")
    assert "You have" not in await wanjiru.page.content()
    assert await juma.page.locator(".people .news:visible").count() == 0


async def test_news_for_others_is_marked_at_their_name(comes: Comes) -> None:
    juma = await comes("juma")
    await juma.says("group", "/send @claire 1 pour le pain")
    claire = juma.page.get_by_role("navigation").get_by_role("link", name="Claire")
    await expect(claire).to_contain_text("1 new")
    await claire.click()
    await juma.ready()
    await juma.sees("private", "pour le pain")
    await juma.page.get_by_role("link", name="Juma").click()
    await juma.ready()
    await expect(juma.page.get_by_role("link", name="Claire")).not_to_contain_text("new")


async def test_who_one_is_stands_in_view_also_on_a_small_screen(comes: Comes, chat: Chat) -> None:
    for nick in ("wanjiru", "amina"):
        await chat.talk.says("juma", f"/send @{nick} 1", private=False)
    claire = await comes("claire", viewport=NARROW)
    news = claire.page.locator('[data-news="amina"]')
    await expect(news).to_be_visible()
    await claire.has_in_sight(claire.page.locator(".people [aria-current]"))


async def test_two_tabs_show_the_same_and_neither_steals_the_focus(comes: Comes) -> None:
    first, second = await comes("juma"), await comes("juma")
    await second.pane("private").get_by_role("combobox").focus()
    await first.says("group", "/send")
    await expect(first.pane("group").locator(".answer input")).to_be_focused()
    await second.sees("group", "Whom do you mean?")
    await expect(second.pane("private").get_by_role("combobox")).to_be_focused()
    await first.answers("group", "@wanjiru")
    await first.answers("group", "1")
    await second.sees("group", "You sent 1 credit to Wanjiru.")
    await first.page.reload()
    await first.ready()
    await first.sees("group", "You sent 1 credit to Wanjiru.")
    for tab in (first, second):
        await expect(tab.pane("group").locator(".answer")).to_have_count(0)


async def test_a_page_that_nobody_sees_catches_up_when_it_is_seen_again(
    comes: Comes, chat: Chat
) -> None:
    juma = await comes("juma")
    await juma.says("group", "first")
    turn = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await juma.page.evaluate(turn, True)
    await chat.talk.says("wanjiru", "second", private=False)
    await chat.talk.says("wanjiru", "third", private=False)
    await juma.page.evaluate(turn, False)
    await juma.sees("group", "third")
    for text in ("first", "second", "third"):
        await expect(juma.pane("group").locator("article").filter(has_text=text)).to_have_count(1)


async def test_hostile_text_stays_text(comes: Comes) -> None:
    visitor = await comes("juma")
    await visitor.says("group", f"/offer 1 {HOSTILE}")
    card = visitor.pane("group").locator("article").filter(has_text="Juma offers:").last
    for part in ("<img src=x onerror=alert(1)>", "<b>bold</b>", "&amp;", "@everyone"):
        await expect(card).to_contain_text(part)
    assert await visitor.page.locator("article img, article b b, article script").count() == 0
    isolated = card.locator("bdi.typed").first
    assert await isolated.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"


# --- more than words ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320", "1280"])
async def test_a_photo_goes_with_a_claim_and_the_steward_sees_it(
    comes: Comes, tmp_path: Path, size: dict[str, int]
) -> None:
    picture = tmp_path / "door.png"
    picture.write_bytes(picture_of(640, 480))
    juma, amina = await comes("juma"), await comes("amina", "private", viewport=size)
    await juma.says("private", "/commit 1h painting the door")
    await juma.sees("private", "You promised")
    said = await juma.pane("private").locator(".ref").first.inner_text()
    await juma.pane("private").locator('input[type="file"]').set_input_files(picture)
    await expect(juma.pane("private").locator(".photo")).to_contain_text("door.png")
    await juma.says("private", f"/done {said}")
    await juma.sees("private", "with a photo")
    await expect(juma.pane("private").locator(".photo")).to_have_text("Photo")
    await amina.says("private", "/queue")
    await amina.presses("private", "Photo")
    shown = amina.page.get_by_role("img", name="A photo")
    await amina.has_in_sight(shown)
    assert await shown.evaluate("each => each.naturalWidth") == 640


async def test_a_reply_names_the_one_it_answers(comes: Comes) -> None:
    wanjiru, juma = await comes("wanjiru"), await comes("juma")
    await wanjiru.says("group", "I brought you bread.")
    await juma.presses("group", "Reply")
    await expect(juma.pane("group").get_by_text("Your message answers Wanjiru.")).to_be_visible()
    await expect(juma.pane("group").get_by_role("combobox")).to_be_focused()
    await juma.says("group", "/send 1 thank you")
    await juma.sees("group", "You sent 1 credit to Wanjiru.")
    await wanjiru.sees("group", "in reply to Wanjiru")
    await expect(juma.pane("group").get_by_text("Your message answers")).to_be_hidden()


async def test_a_french_speaker_has_a_french_page_and_another_after_choosing(comes: Comes) -> None:
    claire = await comes("claire", "private")
    assert await claire.page.evaluate("document.documentElement.lang") == "fr"
    await expect(claire.page.get_by_role("button", name="Un jour plus tard")).to_be_visible()
    await claire.says("private", "/balance")
    await claire.sees("private", "Vous avez")
    await claire.pane("private").get_by_role("combobox").fill("/language sw")
    await claire.pane("private").get_by_role("combobox").press("Enter")
    await expect(claire.page.get_by_role("button", name="Siku moja baadaye")).to_be_visible()
    assert await claire.page.evaluate("document.documentElement.lang") == "sw"


async def test_a_day_and_a_month_pass_and_what_happened_is_shown(comes: Comes, chat: Chat) -> None:
    """D6: the month is closed and reported once; the page says what time it is then."""
    juma = await comes("juma")
    await juma.says("group", "/offer 1 a jar of honey")
    await juma.sees("group", "honey")
    before = chat.app.clock()
    await juma.page.get_by_role("button", name="A day later").click()
    status = juma.page.locator("#clock").get_by_role("status")
    await expect(status).to_contain_text("new message")
    assert (chat.app.clock() - before).days == 1
    await juma.page.get_by_role("button", name="To the next month").click()
    await expect(status).to_contain_text(
        re.compile(r"It is 1 \w+ \d{4}, 09:00 here\."), timeout=50_000
    )
    assert chat.app.clock().day == 1
    report = juma.pane("group").locator("article").filter(has_text="in this pool")
    await expect(report).to_have_count(1)
    await expect(juma.page.get_by_role("button", name="To the next month")).to_be_focused()


async def test_what_could_be_meant_is_offered_while_somebody_types(comes: Comes) -> None:
    visitor = await comes("juma")
    field = visitor.pane("group").get_by_role("combobox")
    for typed, offered, then in (
        ("/boa", "/board", "/board "),
        ("/send @wan", "Wanjiru", "/send @Wanjiru "),
        ("/take ", "garden fence", re.compile(r"/take \d+ ")),
        ("/offer 1 bread ca", "category:", "/offer 1 bread category:"),
    ):
        await field.fill(typed)
        option = visitor.page.get_by_role("option").filter(has_text=offered)
        await expect(option).to_be_visible()
        await option.click()
        await expect(field).to_have_value(then)
        await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(visitor.page.get_by_role("listbox")).to_have_count(0)


async def test_the_page_speaks_of_commands_as_its_reader_types_them(comes: Comes) -> None:
    claire = await comes("claire")
    await expect(claire.page.get_by_text("Écrire au groupe")).to_contain_text("/aide")
    await claire.pane("group").get_by_role("button", name="/tableau", exact=True).click()
    await claire.sees("group", "au tableau")
    field = claire.pane("group").get_by_role("combobox")
    for typed, offered, then in (
        ("/env", "/envoyer", "/envoyer "),
        ("/envoyer @wan", "Wanjiru", "/envoyer @Wanjiru "),
    ):
        await field.fill(typed)
        await claire.page.get_by_role("option").filter(has_text=offered).click()
        await expect(field).to_have_value(then)


async def test_what_stands_behind_buttons_alone_is_not_offered(comes: Comes) -> None:
    visitor = await comes("juma")
    await visitor.pane("group").get_by_role("combobox").fill("/se")
    options = visitor.page.get_by_role("option")
    await expect(options.filter(has_text="/send")).to_be_visible()
    await expect(options.filter(has_text="/settled")).to_have_count(0)


async def test_when_the_chat_ends_the_page_says_so(comes: Comes, chat: Chat) -> None:
    visitor = await comes("juma")
    for each in chat.talk.watchers:
        getattr(each, "__self__").stop()  # noqa: B009
    await expect(visitor.page.get_by_role("alert")).to_contain_text("make run")


# --- for everybody -----------------------------------------------------------------------------


async def busy(visitor: Visitor) -> None:
    """Everything that the page can show at once."""
    for place, text in (
        ("group", "/board"),
        ("group", "/commit 1h " + "a_very_long_word_" * 9),
        ("private", "/mine"),
        ("private", "/send"),
    ):
        shown = await visitor.pane(place).locator("article").count()
        await visitor.says(place, text)
        await expect(visitor.pane(place).locator("article")).to_have_count(shown + 2)


@pytest.mark.parametrize(
    ("nick", "size", "scheme"),
    [
        ("juma", NARROW, "light"),
        ("claire", NARROW, "dark"),
        ("juma", WIDE, "dark"),
        ("claire", WIDE, "light"),
    ],
    ids=["en-320-light", "fr-320-dark", "en-1280-dark", "fr-1280-light"],
)
async def test_everybody_can_use_it_by_day_and_by_night_on_any_screen(
    comes: Comes, nick: str, size: dict[str, int], scheme: str
) -> None:
    """D5: axe finds nothing to complain of, and nothing is wider than the screen."""
    other = await comes("wanjiru")
    await other.says("group", "Hello to all of you.")
    await busy(await comes(nick))
    visitor = await comes(nick, viewport=size, color_scheme=scheme)
    for place in ("group", "private"):
        await visitor.visits(nick, place)
        await visitor.pane(place).get_by_role("combobox").fill("/s")
        await expect(visitor.page.get_by_role("listbox")).to_be_visible()
        found = await Axe().run(visitor.page)
        assert found.violations_count == 0, found.generate_report()
        await visitor.pane(place).get_by_role("combobox").fill("")
        await visitor.pane(place).locator("summary").click()
        found = await Axe().run(visitor.page)
        assert found.violations_count == 0, found.generate_report()
        assert await visitor.page.evaluate("document.documentElement.scrollWidth") == size["width"]


async def test_on_a_small_screen_one_place_is_shown_and_the_other_counts_its_news(
    comes: Comes,
) -> None:
    juma, amina = await comes("juma", viewport=NARROW), await comes("amina")
    await expect(juma.pane("private")).to_be_hidden()
    await amina.says("group", "/thank @juma 2 carrying water")
    private = juma.page.get_by_role("link", name="In private")
    await expect(private).to_contain_text("1 new")
    await private.click()
    await juma.sees("private", "carrying water")
    await expect(juma.pane("group")).to_be_hidden()
    await expect(private).not_to_contain_text("new")


@pytest.mark.parametrize("powers", [Powers(direct_messages=False, text_max=80)], ids=["weak"])
async def test_without_private_talks_the_group_is_all_there_is(
    comes: Comes, powers: Powers
) -> None:
    """D9: what one alone sees stands there, in as many messages as it needs."""
    juma, wanjiru = await comes("juma", viewport=NARROW), await comes("wanjiru")
    await expect(juma.page.locator("section")).to_have_count(1)
    await expect(juma.page.get_by_role("link", name="In private")).to_have_count(0)
    await juma.says("group", "/board")
    await expect(juma.page.get_by_role("button", name="I will do it #8")).to_be_visible()
    lines = await juma.pane("group").locator("article.alone .lines").all_inner_texts()
    assert len(lines) > 1
    assert all(len(each) <= powers.text_max for each in lines)
    await wanjiru.sees("group", "/board")
    assert "things on the board" not in await wanjiru.page.content()
