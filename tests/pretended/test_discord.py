"""The pretended Discord, tried with the real discord.py."""

import asyncio
import contextlib
import datetime
import re
from collections.abc import AsyncIterator, Callable

import aiohttp
import discord
import pytest
from discord import app_commands, ui

from tests.patience import PATIENCE
from tests.pretended.discord import (
    Guild,
    HandClock,
    Message,
    NotPossible,
    PretendedDiscord,
    Upload,
)
from tests.pretended.discord.texts import plain

AnyInteraction = discord.Interaction[discord.Client]


class Confirm(ui.DynamicItem[ui.Button[ui.View]], template=r"v1:confirm:(?P<number>\d+)"):
    """A button that works without any memory of the message."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label="Confirm", custom_id=f"v1:confirm:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: ui.Item[ui.View], match: re.Match[str]
    ) -> "Confirm":
        return cls(int(match["number"]))

    async def callback(self, interaction: AnyInteraction) -> None:
        await interaction.response.send_message(f"Confirmed #{self.number}", ephemeral=True)


class OfferForm(ui.Modal, title="Offer"):
    """A form with a text, a person and a choice."""

    what = ui.Label[ui.Modal](text="What", component=ui.TextInput(max_length=20))
    who = ui.Label[ui.Modal](text="For whom", component=ui.UserSelect(required=True))

    async def on_submit(self, interaction: AnyInteraction) -> None:
        assert isinstance(self.what.component, ui.TextInput)
        assert isinstance(self.who.component, ui.UserSelect)
        chosen = self.who.component.values[0]
        await interaction.response.send_message(f"{self.what.component.value} for {chosen.id}")


class Card(ui.LayoutView):
    """A card of Discord's second kind of components."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        row: ui.ActionRow[Card] = ui.ActionRow()
        row.add_item(Confirm(7))
        self.add_item(ui.Container(ui.TextDisplay("**Sewing**, two hours"), row))


class Bot(discord.Client):
    """A small bot with one of everything."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        super().__init__(
            intents=intents or discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[int] = []

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Confirm)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Log in again at once; the library would wait for five seconds."""

    async def on_interaction(self, interaction: AnyInteraction) -> None:
        self.heard.append(interaction.id)

    async def text_channel(self, guild: Guild) -> discord.TextChannel:
        channel = self.get_channel(guild.channel.id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@contextlib.asynccontextmanager
async def running(server: PretendedDiscord, bot: Bot) -> AsyncIterator[Bot]:
    """Log the bot in, wait until it is ready, and close it cleanly."""
    with server.reroute():
        async with bot, asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.start(server.token))
            await asyncio.wait_for(_ready(bot), PATIENCE)
            yield bot
            await bot.close()


async def _ready(bot: Bot) -> None:
    if not bot.is_ready():
        await bot.wait_for("ready")


class Stage:
    """A server with a guild and two people, and a bot that is at home there."""

    def __init__(self, server: PretendedDiscord, bot: Bot) -> None:
        self.server, self.bot = server, bot
        self.rehema = server.user("rehema", "Rehema K", locale="fr")
        self.juma = server.user("juma", "Juma")
        self.guild = server.guild("Pool", members=[self.rehema, self.juma], locale="fr")
        self.channel = self.guild.channel

    async def sync(self) -> None:
        await self.bot.tree.sync()


Answer = Callable[[AnyInteraction], object]


@pytest.fixture
async def clock() -> HandClock:
    return HandClock(datetime.datetime.now(datetime.UTC))


@pytest.fixture
async def stage(clock: HandClock) -> AsyncIterator[Stage]:
    async with PretendedDiscord(clock) as server:
        bot = Bot()
        stage = Stage(server, bot)
        async with running(server, bot):
            yield stage


def command(stage: Stage, name: str, callback: Callable[..., object]) -> None:
    """Give the bot a slash command."""
    made = app_commands.Command(name=name, description=f"To {name}", callback=callback)  # type: ignore[arg-type, var-annotated]
    stage.bot.tree.add_command(made)


# ---------------------------------------------------------------- gateway


async def test_a_client_with_the_guilds_intent_becomes_ready_and_sees_its_guild(
    stage: Stage,
) -> None:
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    assert guild.name == "Pool"
    assert guild.me.id == stage.server.bot_user.id
    assert stage.server.logins[0].intents == discord.Intents(guilds=True).value
    assert stage.server.identifies == 1


async def test_a_wrong_token_is_refused() -> None:
    async with PretendedDiscord() as server, Bot() as bot:
        with server.reroute(), pytest.raises(discord.LoginFailure):
            await bot.start("not-the-token")


async def test_a_privileged_intent_that_is_off_closes_the_gateway() -> None:
    async with PretendedDiscord() as server, Bot(discord.Intents(members=True)) as bot:
        with server.reroute(), pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.start(server.token)


async def test_after_a_broken_line_the_session_is_resumed_and_nothing_is_lost(
    stage: Stage,
) -> None:
    command(stage, "ping", _say("pong"))
    await stage.sync()
    stage.server.drop_connection()
    act = stage.server.slash(stage.juma, stage.channel, "ping")
    await act.answered()
    assert act.text == "pong"
    assert (stage.server.resumes, stage.server.identifies) == (1, 1)


async def test_an_invalid_session_makes_the_bot_log_in_again(stage: Stage) -> None:
    stage.server.invalidate_session()
    await stage.server.until(lambda: stage.server.identifies == 2)
    assert stage.server.resumes == 0


async def test_a_reconnect_request_is_followed_by_a_resume(stage: Stage) -> None:
    stage.server.request_reconnect()
    await stage.server.until(lambda: stage.server.resumes == 1)


async def test_a_bot_that_is_thrown_out_hears_of_it(stage: Stage) -> None:
    gone = stage.bot.wait_for("guild_remove", timeout=PATIENCE)
    stage.server.remove_bot(stage.guild)
    assert (await gone).id == stage.guild.id
    back = stage.bot.wait_for("guild_join", timeout=PATIENCE)
    stage.server.invite_bot(stage.guild)
    assert (await back).id == stage.guild.id


# ---------------------------------------------------------------- commands


def _say(text: str) -> Callable[..., object]:
    async def answer(interaction: AnyInteraction) -> None:
        await interaction.response.send_message(text)

    return answer


async def _send(
    interaction: AnyInteraction,
    member: discord.Member,
    credits: app_commands.Range[int, 1, 100],
    note: str | None = None,
) -> None:
    named = f"{member.display_name} ({member.id}) gets {credits}: {note}"
    await interaction.response.send_message(f"{interaction.locale} {named}")


async def test_a_slash_command_carries_typed_options(stage: Stage) -> None:
    command(stage, "send", _send)
    await stage.sync()
    assert [sync.names for sync in stage.server.syncs] == [("send",)]
    act = stage.server.slash(stage.rehema, stage.channel, "send", member=stage.juma, credits=5)
    await act.answered()
    assert act.text == f"fr Juma ({stage.juma.id}) gets 5: None"
    assert act.acknowledged_after == 0


@pytest.mark.parametrize(
    "options",
    [
        {"credits": 5},
        {"member": "juma", "credits": 5},
        {"credits": 0, "member": ...},
        {"credits": 101, "member": ...},
        {"credits": "5", "member": ...},
        {"credits": 5, "member": ..., "colour": "red"},
    ],
)
async def test_the_client_refuses_what_the_real_one_would(
    stage: Stage, options: dict[str, object]
) -> None:
    command(stage, "send", _send)
    await stage.sync()
    given = {key: stage.juma if value is ... else value for key, value in options.items()}
    with pytest.raises(NotPossible):
        stage.server.slash(stage.rehema, stage.channel, "send", **given)


async def test_without_a_bot_at_the_gateway_nothing_can_be_done() -> None:
    async with PretendedDiscord() as server:
        stage = Stage(server, Bot())
        said = server.say(stage.juma, stage.channel, "anybody?")
        with pytest.raises(NotPossible, match="not connected"):
            server.press_id(stage.juma, said, "v1:confirm:1")


async def test_an_unregistered_command_cannot_be_called(stage: Stage) -> None:
    with pytest.raises(NotPossible, match="no command"):
        stage.server.slash(stage.rehema, stage.channel, "send")


async def test_subcommands_are_reached_by_their_words(stage: Stage) -> None:
    group = app_commands.Group(name="steward", description="For stewards")

    @group.command(description="To confirm")
    async def confirm(interaction: AnyInteraction, number: int) -> None:
        await interaction.response.send_message(f"confirmed {number}")

    stage.bot.tree.add_command(group)
    await stage.sync()
    act = stage.server.slash(stage.rehema, stage.channel, ("steward", "confirm"), number=7)
    await act.answered()
    assert act.text == "confirmed 7"
    with pytest.raises(NotPossible, match="by itself"):
        stage.server.slash(stage.rehema, stage.channel, "steward")


async def test_contexts_say_where_a_command_is_offered(stage: Stage) -> None:
    @stage.bot.tree.command(description="Only here")
    @app_commands.guild_only
    async def here(interaction: AnyInteraction) -> None:
        await interaction.response.send_message("here")

    command(stage, "anywhere", _say("anywhere"))
    await stage.sync()
    with pytest.raises(NotPossible, match="not offered"):
        stage.server.slash_dm(stage.rehema, "here")
    act = await stage.server.slash_dm(stage.rehema, "anywhere").answered()
    assert act.text == "anywhere"


async def test_a_bad_command_list_is_refused_and_a_fault(stage: Stage) -> None:
    route = discord.http.Route(
        "PUT", "/applications/{app}/commands", app=stage.server.application_id
    )
    bad = {"name": "Send", "description": "x" * 101, "name_localizations": {"sw": "tuma"}}
    with pytest.raises(discord.HTTPException) as caught:
        await stage.bot.http.request(route, json=[bad])
    assert caught.value.code == 50035
    fault = str(stage.server.forgive("50035")[0])
    assert all(part in fault for part in ("INVALID_NAME", "description", "sw"))


async def test_autocomplete_suggests(stage: Stage) -> None:
    async def spend(interaction: AnyInteraction, offer: str) -> None:
        await interaction.response.send_message(f"spent on {offer}")

    made: app_commands.Command = app_commands.Command(
        name="spend", description="To spend", callback=spend
    )

    @made.autocomplete("offer")
    async def suggest(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}wing", value="12")]

    stage.bot.tree.add_command(made)
    await stage.sync()
    act = stage.server.autocomplete(
        stage.rehema, stage.channel, "spend", focused="offer", value="se"
    )
    await act.answered()
    assert [(choice.name, choice.value) for choice in act.choices or []] == [("sewing", "12")]


async def test_a_photo_can_be_an_option(stage: Stage) -> None:
    async def show(interaction: AnyInteraction, photo: discord.Attachment) -> None:
        content = await photo.read()
        await interaction.response.send_message(f"{photo.filename}: {content!r}")

    command(stage, "show", show)
    await stage.sync()
    photo = Upload("proof.png", b"pixels")
    act = await stage.server.slash(stage.juma, stage.channel, "show", photo=photo).answered()
    assert act.text == "proof.png: b'pixels'"


async def test_menus_of_people_and_messages(stage: Stage) -> None:
    @stage.bot.tree.context_menu(name="Send credits")
    async def send(interaction: AnyInteraction, member: discord.Member) -> None:
        await interaction.response.send_message(f"to {member.display_name}")

    @stage.bot.tree.context_menu(name="Turn into an offer")
    async def turn(interaction: AnyInteraction, message: discord.Message) -> None:
        await interaction.response.send_message(f"offer: {message.content}")

    await stage.sync()
    act = stage.server.context(stage.rehema, stage.channel, "Send credits", stage.juma)
    assert (await act.answered()).text == "to Juma"
    said = stage.server.say(stage.juma, stage.channel, "I can sew")
    act = stage.server.context(stage.rehema, stage.channel, "Turn into an offer", said)
    assert (await act.answered()).text == "offer: I can sew"


# ---------------------------------------------------------------- components


async def _post_card(stage: Stage, view: ui.LayoutView | ui.View) -> Message:
    channel = await stage.bot.text_channel(stage.guild)
    if isinstance(view, ui.LayoutView):
        await channel.send(view=view)
    else:
        await channel.send("Choose", view=view)
    return stage.server.messages(stage.channel)[-1]


async def test_a_card_shows_text_and_a_button_that_needs_no_memory(stage: Stage) -> None:
    card = await _post_card(stage, Card())
    assert card.text == "Sewing, two hours"
    assert card.raw == "**Sewing**, two hours"
    assert card.labels == ["Confirm"]
    act = await stage.server.press(stage.juma, card, "Confirm").answered()
    assert act.text == "Confirmed #7"
    assert act.responses[0].ephemeral
    assert stage.server.messages(stage.channel, seen_by=stage.rehema) == [card]


async def test_a_forged_id_is_delivered_but_a_missing_label_is_not(stage: Stage) -> None:
    card = await _post_card(stage, Card())
    act = await stage.server.press_id(stage.juma, card, "v1:confirm:99").answered()
    assert act.text == "Confirmed #99"
    with pytest.raises(NotPossible):
        stage.server.press(stage.juma, card, "Refuse")


async def test_an_old_button_is_pressed_as_it_was(stage: Stage) -> None:
    view = ui.View(timeout=None).add_item(Confirm(3))
    card = await _post_card(stage, view)
    stale = card.buttons[0][0].custom_id
    assert stale is not None
    await (await stage.bot.text_channel(stage.guild)).get_partial_message(card.id).edit(view=None)
    with pytest.raises(NotPossible):
        stage.server.press(stage.juma, card, "Confirm")
    act = await stage.server.press_id(stage.juma, card, stale).answered()
    assert act.text == "Confirmed #3"


async def test_a_message_stays_within_its_limits(stage: Stage) -> None:
    route = discord.http.Route("POST", "/channels/{id}/messages", id=stage.channel.id)

    def button(custom_id: str, label: str = "x") -> dict[str, object]:
        return {"type": 2, "style": 1, "label": label, "custom_id": custom_id}

    def row(*buttons: dict[str, object]) -> dict[str, object]:
        return {"type": 1, "components": list(buttons)}

    texts = [{"type": 10, "content": "x" * 2001}] * 2
    v2 = 1 << 15
    bodies: list[tuple[str, dict[str, object]]] = [
        ("50006", {"content": "  "}),
        ("CUSTOM_ID_DUPLICATED", {"components": [row(button("a"), button("a"))]}),
        ("custom_id", {"components": [row(button("x" * 101))]}),
        ("label", {"components": [row(button("a", "x" * 81))]}),
        ("BAD_LENGTH", {"components": [row(*[button(str(n)) for n in range(6)])]}),
        ("in length", {"components": [row(button(str(n))) for n in range(6)]}),
        ("CHOICES", {"components": [texts[0]]}),
        ("DISPLAYABLE_TEXT", {"components": texts, "flags": v2}),
        ("LEGACY_FIELDS", {"content": "x", "components": texts[:1], "flags": v2}),
        (
            "TOTAL_COMPONENTS",
            {
                "flags": v2,
                "components": [
                    row(*[button(str(n)) for n in range(i, i + 5)]) for i in range(0, 35, 5)
                ],
            },
        ),
        ("FLAGS", {"content": "secret", "flags": 64}),
        ("EXCLUSIVE", {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
        ("25", {"content": "x", "nonce": "x" * 26}),
    ]
    for expected, body in bodies:
        with pytest.raises(discord.HTTPException):
            await stage.bot.http.request(route, json=body)
        stage.server.forgive(expected)
        assert not stage.server.faults
    assert not stage.server.messages(stage.channel)


async def test_nobody_presses_what_only_another_sees(stage: Stage) -> None:
    async def queue(interaction: AnyInteraction) -> None:
        view = ui.View(timeout=None).add_item(Confirm(3))
        await interaction.response.send_message("Yours", view=view, ephemeral=True)

    command(stage, "queue", queue)
    await stage.sync()
    act = await stage.server.slash(stage.rehema, stage.channel, "queue").answered()
    with pytest.raises(NotPossible, match="does not see"):
        stage.server.press(stage.juma, act.response, "Confirm")
    await stage.server.press(stage.rehema, act.response, "Confirm").answered()


async def test_a_select_and_an_edit_in_place(stage: Stage) -> None:
    class Menu(ui.View):
        @ui.select(options=[discord.SelectOption(label="Sewing", value="1")])
        async def choose(self, interaction: AnyInteraction, menu: "ui.Select[Menu]") -> None:
            await interaction.response.edit_message(content=f"chose {menu.values[0]}", view=None)

    card = await _post_card(stage, Menu())
    act = await stage.server.select(stage.juma, card, "Sewing").answered()
    assert act.response is card
    assert card.text == "chose 1"
    assert (card.edits, card.versions) == (1, ["Choose"])


async def test_a_form_is_filled_in_as_strictly_as_by_a_client(stage: Stage) -> None:
    async def offer(interaction: AnyInteraction) -> None:
        await interaction.response.send_modal(OfferForm())

    command(stage, "offer", offer)
    await stage.sync()
    opened = await stage.server.slash(stage.rehema, stage.channel, "offer").answered()
    assert opened.modal is not None
    assert opened.modal.title == "Offer"
    for wrong in ({"what": "Bread"}, {"what": "x" * 21, "for_whom": stage.juma}):
        with pytest.raises(NotPossible):
            stage.server.submit(stage.rehema, opened, **wrong)
    act = stage.server.submit(stage.rehema, opened, what="Bread", for_whom=stage.juma)
    assert (await act.answered()).text == f"Bread for {stage.juma.id}"


# ---------------------------------------------------------------- answers


async def test_the_first_follow_up_takes_the_place_of_thinking_and_stays_private(
    stage: Stage,
) -> None:
    async def slow(interaction: AnyInteraction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("done", ephemeral=False)
        await interaction.followup.send("and more", ephemeral=False)

    command(stage, "slow", slow)
    await stage.sync()
    act = stage.server.slash(stage.juma, stage.channel, "slow")
    await stage.server.until(lambda: len(act.responses) == 2)
    assert [message.ephemeral for message in act.responses] == [True, False]
    assert act.text == "done\nand more"


async def test_the_deferred_answer_can_be_edited_into_a_card(stage: Stage) -> None:
    async def slow(interaction: AnyInteraction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(view=Card())

    command(stage, "slow", slow)
    await stage.sync()
    act = await stage.server.slash(stage.juma, stage.channel, "slow").answered()
    assert act.text == "Sewing, two hours"
    assert act.response.ephemeral
    assert act.response.edits == 0


async def test_a_second_acknowledgement_is_refused_and_a_fault(stage: Stage) -> None:
    async def twice(interaction: AnyInteraction) -> None:
        await interaction.response.send_message("once")
        url = f"{stage.server.api_url}/interactions/{interaction.id}/{interaction.token}/callback"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json={"type": 4, "data": {"content": "twice"}}) as answer,
        ):
            answers.put_nowait(await answer.json())

    answers: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    command(stage, "twice", twice)
    await stage.sync()
    stage.server.slash(stage.juma, stage.channel, "twice")
    answer = await asyncio.wait_for(answers.get(), PATIENCE)
    assert answer == {"message": "Interaction has already been acknowledged.", "code": 40060}
    assert stage.server.forgive("40060")


async def test_after_three_seconds_the_interaction_is_unknown(
    stage: Stage, clock: HandClock
) -> None:
    errors: asyncio.Queue[app_commands.AppCommandError] = asyncio.Queue()

    async def late(interaction: AnyInteraction) -> None:
        clock.advance(3.1)
        await interaction.response.send_message("late")

    async def note(interaction: AnyInteraction, error: app_commands.AppCommandError) -> None:
        errors.put_nowait(error)

    command(stage, "late", late)
    stage.bot.tree.error(note)
    await stage.sync()
    stage.server.slash(stage.juma, stage.channel, "late")
    error = await asyncio.wait_for(errors.get(), PATIENCE)
    assert isinstance(error, app_commands.CommandInvokeError)
    assert isinstance(error.original, discord.NotFound)
    assert error.original.code == 10062
    stage.server.forgive("10062")


async def test_after_fifteen_minutes_the_token_is_worthless(stage: Stage, clock: HandClock) -> None:
    codes: asyncio.Queue[int] = asyncio.Queue()

    async def slow(interaction: AnyInteraction) -> None:
        await interaction.response.send_message("at once")
        clock.advance(15 * 60 + 1)
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.followup.send("too late")
        codes.put_nowait(caught.value.code)

    command(stage, "slow", slow)
    await stage.sync()
    stage.server.slash(stage.juma, stage.channel, "slow")
    assert await asyncio.wait_for(codes.get(), PATIENCE) == 50027


async def test_a_redelivered_interaction_has_the_same_id(stage: Stage) -> None:
    async def once(interaction: AnyInteraction) -> None:
        with contextlib.suppress(discord.HTTPException, discord.InteractionResponded):
            await interaction.response.send_message("hello")

    command(stage, "once", once)
    await stage.sync()
    act = await stage.server.slash(stage.juma, stage.channel, "once").answered()
    stage.server.redeliver(act)
    await stage.server.until(lambda: act.attempts == 2)
    assert stage.bot.heard == [act.id, act.id]
    assert len(act.responses) == 1


async def test_nobody_may_be_left_waiting() -> None:
    async with PretendedDiscord() as server:
        stage = Stage(server, Bot())

        async def forget(interaction: AnyInteraction) -> None:
            await interaction.response.defer()

        async with running(server, stage.bot):
            command(stage, "forget", forget)
            await stage.sync()
            act = stage.server.slash(stage.juma, stage.channel, "forget")
            await act.acknowledged_within()
            assert act.thinking
            with pytest.raises(AssertionError, match="left thinking"):
                server.assert_no_faults()
            server.excuse(act)


# ---------------------------------------------------------------- messages


def test_a_message_is_read_as_plain_words() -> None:
    names = {("@", 1): "@Juma", ("#", 2): "#offers", ("@&", 3): "@Stewards"}
    read = {
        "**Sewing** for <@1> in <#2>, ask <@&3>": "Sewing for @Juma in #offers, ask @Stewards",
        "# Title\n-# small _print_ and `code`": "Title\nsmall print and code",
        r"\*not bold\* \_nor this\_ a_snake_case": "*not bold* _nor this_ a_snake_case",
        r"\[text](https://example.org)": "[text](https://example.org)",
        "[text](https://example.org) at <t:1790000000:F>": "text at <t:1790000000:F>",
    }
    for markdown, words in read.items():
        assert plain(markdown, lambda kind, key: names[kind, key]) == words


async def test_a_forum_takes_posts_but_no_loose_messages(stage: Stage) -> None:
    forum = stage.server.channel(stage.guild, "board", forum=True)
    await asyncio.wait_for(stage.bot.wait_for("guild_channel_create"), PATIENCE)
    place = stage.bot.get_channel(forum.id)
    assert isinstance(place, discord.ForumChannel)
    made = await place.create_thread(name="Sewing", content="Two hours")
    assert made.message.content == "Two hours"
    route = discord.http.Route("POST", "/channels/{id}/messages", id=forum.id)
    with pytest.raises(discord.HTTPException):
        await stage.bot.http.request(route, json={"content": "loose"})
    stage.server.forgive("50008")


async def test_a_text_that_is_too_long_is_refused_and_a_fault(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    with pytest.raises(discord.HTTPException, match="2000 or fewer") as caught:
        await channel.send("x" * 2001)
    assert caught.value.code == 50035
    stage.server.forgive("50035")


async def test_an_unknown_route_is_a_fault(stage: Stage) -> None:
    with pytest.raises(discord.NotFound):
        await stage.bot.http.request(discord.http.Route("GET", "/channels/1/telepathy"))
    with pytest.raises(AssertionError, match="telepathy"):
        stage.server.assert_no_faults()
    stage.server.forgive("unknown route")


async def test_the_block_ends_badly_when_a_rule_was_broken() -> None:
    with pytest.raises(AssertionError, match="unknown route: GET /api/v10/nowhere"):
        async with (
            PretendedDiscord() as server,
            aiohttp.ClientSession() as session,
            session.get(f"{server.api_url}/nowhere") as answer,
        ):
            assert answer.status == 404


async def test_a_fresh_process_takes_over_the_buttons_of_the_last(stage: Stage) -> None:
    card = await _post_card(stage, Card())
    await stage.bot.close()
    await stage.server.until(lambda: not stage.server.connected)
    async with running(stage.server, Bot()):
        act = await stage.server.press(stage.juma, card, "Confirm").answered()
    assert act.text == "Confirmed #7"


async def test_a_nonce_gives_back_the_earlier_message(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    stage.server.fail("POST /channels/*/messages", None, after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await channel.send("once", nonce="outbox-7")
    again = await channel.send("once", nonce="outbox-7")
    assert [message.id for message in stage.server.messages(stage.channel)] == [again.id]


async def test_closed_direct_messages_refuse_with_50007(stage: Stage) -> None:
    stage.server.dm_closed(stage.juma)
    with pytest.raises(discord.Forbidden) as caught:
        await (await stage.bot.fetch_user(stage.juma.id)).send("psst")
    assert caught.value.code == 50007
    await (await stage.bot.fetch_user(stage.rehema.id)).send("psst")
    assert [message.text for message in stage.server.dms(stage.rehema)] == ["psst"]


async def test_rights_and_deleted_places_have_their_own_codes(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    codes = []
    for spoil in (
        lambda: stage.server.deny_bot(stage.channel, "send_messages"),
        lambda: stage.server.deny_bot(stage.channel, "view_channel"),
        lambda: stage.server.delete_channel(stage.channel),
    ):
        spoil()
        with pytest.raises(discord.HTTPException) as caught:
            await channel.send("hello?")
        codes.append(caught.value.code)
    assert codes == [50013, 50001, 10003]


async def test_only_allowed_mentions_ring(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    text = f"@everyone {stage.juma.mention} {stage.rehema.mention}"
    await channel.send(text)
    only = discord.AllowedMentions(users=[discord.Object(stage.juma.id)])
    await channel.send(text, allowed_mentions=only)
    silent, ringing = stage.server.messages(stage.channel)
    assert not silent.pings
    assert ringing.pings.users == {stage.juma.id}
    assert ringing.text == "@everyone @Juma @Rehema K"


async def test_a_picture_arrives_and_can_be_fetched(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    picture = discord.File(__file__, "chart.png", description="A chart")
    sent = await channel.send("Chart", file=picture)
    kept = stage.server.messages(stage.channel)[0].attachments[0]
    assert (kept.filename, kept.description) == ("chart.png", "A chart")
    assert await sent.attachments[0].read() == kept.content


async def test_an_archived_thread_opens_again_unless_it_is_locked(stage: Stage) -> None:
    thread = stage.server.thread(stage.channel, "offers")
    await asyncio.wait_for(stage.bot.wait_for("thread_join"), PATIENCE)
    place = stage.bot.get_channel(thread.id)
    assert isinstance(place, discord.Thread)
    stage.server.archive(thread)
    await place.send("again")
    assert not thread.archived
    stage.server.archive(thread, locked=True)
    with pytest.raises(discord.HTTPException) as caught:
        await place.send("again")
    assert caught.value.code == 50083


async def test_throttling_is_waited_out(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    failure = stage.server.fail("POST /channels/*/messages", 429, retry_after=0.01, times=3)
    await channel.send("patience")
    assert failure.used == 3
    assert len(stage.server.messages(stage.channel)) == 1


async def test_a_call_hangs_until_it_is_released(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    hang = stage.server.hang("POST /channels/*/messages")
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(channel.send("at last"))
        await hang.reached.wait()
        assert not stage.server.messages(stage.channel)
        hang.release()
    assert sending.done()
    assert stage.server.messages(stage.channel)


async def test_members_and_guilds_are_found_without_privileges(stage: Stage) -> None:
    guild = await stage.bot.fetch_guild(stage.guild.id)
    assert guild.name == "Pool"
    assert (await guild.fetch_member(stage.juma.id)).display_name == "Juma"
    found = await stage.bot.http.request(
        discord.http.Route("GET", "/guilds/{guild}/members/search", guild=stage.guild.id),
        params={"query": "reh", "limit": 5},
    )
    assert [member["user"]["username"] for member in found] == ["rehema"]


async def test_a_reaction_and_typing(stage: Stage) -> None:
    channel = await stage.bot.text_channel(stage.guild)
    sent = await channel.send("hello")
    await sent.add_reaction("👍")
    async with channel.typing():
        pass
    assert stage.server.messages(stage.channel)[0].reactions == {"👍": {stage.server.bot_user.id}}
