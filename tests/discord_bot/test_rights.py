"""What Discord shows to somebody gives no right, and what it hides takes none."""

from typing import Any

from tests.discord_bot.riverside import Riverside

USER, INTEGER = 6, 4
SAID = {
    "worth": "3",
    "member": "@MzeeAli",
    "amount": "4 KES",
    "command": "offer 2h nets",
    "rule": "minutes",
}
"""What stands in options whose form is looked at before anybody asks who calls."""


def filled(option: dict[str, Any], place: Riverside) -> object:
    """Something that fits an option."""
    if option["type"] == USER:
        return place.claire
    if option.get("choices"):
        return option["choices"][0]["value"]
    if option["name"] == "members":
        return place.claire.mention
    return 1 if option["type"] == INTEGER else SAID.get(option["name"], "4")


async def test_a_steward_command_refuses_who_is_none_however_visible_c21(
    riverside: Riverside,
) -> None:
    """C21: Discord offers all of them to everybody; core refuses, even one who runs the server."""
    place = riverside
    runner = place.server.user("otieno", "Otieno")
    place.server.join(place.guild, runner)
    place.server.role(place.guild, "Server admins", [runner], ["administrator"])
    await place.slash(runner, "join")
    await place.slash(place.amina, "steward register", name="Mzee Ali")
    (group,) = [each for each in place.server.commands.all(None) if each["name"] == "steward"]
    assert len(group["options"]) > 15
    for command in group["options"]:
        wanted = [each for each in command["options"] if each.get("required")]
        options = {each["name"]: filled(each, place) for each in wanted}
        act = await place.slash(runner, f"steward {command['name']}", **options)
        refused = ("for the stewards", "There is no #4", "Only a steward")
        assert any(each in act.text for each in refused), (command["name"], act.text)
        assert act.response.visible_to is runner
    assert place.cards == []


async def test_a_steward_who_administers_nothing_can_do_all_of_it_c21(
    riverside: Riverside,
) -> None:
    """C21: the pool's own list of stewards counts, and nothing that Discord gives or takes."""
    place = riverside
    number = await place.claim(place.juma, "mending the fence")
    queue = await place.slash(place.claire, "steward queue")
    assert "mending the fence" in queue.text
    await place.slash(place.claire, "steward confirm", commitments=number)
    assert await place.free(place.juma) == 3
    assert "works once" in (await place.slash(place.claire, "pool invite")).text
    assert "announce" in (await place.slash(place.claire, "pool channel")).text


async def test_who_is_dismissed_loses_the_right_with_the_next_press_c21(
    riverside: Riverside,
) -> None:
    """C21: a queue that still stands open is no right either."""
    place = riverside
    await place.claim(place.juma, "mending the fence")
    queue = await place.slash(place.claire, "steward queue")
    label = queue.response.labels[0]
    await place.slash(place.amina, "steward dismiss", member=place.claire, role="steward")
    act = await place.press(place.claire, queue.response, label)
    assert "steward" in act.text
    assert await place.free(place.juma) == 0


# --- receipts ----------------------------------------------------------------------------------


async def test_a_receipt_that_vanished_is_fetched_again_with_history_c18(
    riverside: Riverside,
) -> None:
    """C18: Discord forgets private answers; what they said stands in the books."""
    place = riverside
    await place.thank(place.juma, 9, "carrying water")
    receipt = await place.slash(
        place.juma, "send", member=place.claire, credits=4, note="for the bread"
    )
    assert receipt.response.ephemeral
    for who, moved in ((place.juma, "-4"), (place.claire, "+4")):
        again = await place.slash(who, "history")
        assert again.response.visible_to is who
        assert "for the bread" in again.text
        assert moved in again.text
    again = place.server.slash_dm(place.juma, "history")
    assert "carrying water" in (await again.answered()).text
