"""The steward's queue: one tap each, or several chosen at once."""

import re

from tests.discord_bot.riverside import Riverside
from tests.pretended.discord import Interaction


async def three_claims(place: Riverside) -> list[str]:
    """What Juma says is done; the numbers."""
    return [await place.claim(place.juma, what) for what in ("the fence", "the well", "the roof")]


async def choose(place: Riverside, queue: Interaction, *numbers: str) -> Interaction:
    """Claire picks from the menu below her queue."""
    (menu,) = queue.response.selects
    values = [each.value for each in menu.options if each.name.split()[0] in numbers]
    assert len(values) == len(numbers)
    return await place.settled(place.server.select(place.claire, queue.response, values))


async def test_several_are_confirmed_at_once_and_the_rest_waits_c13(riverside: Riverside) -> None:
    """C13: the menu offers what this steward may confirm, one or all of it."""
    place = riverside
    fence, well, roof = await three_claims(place)
    own = await place.claim(place.claire, "baking")
    queue = await place.slash(place.claire, "steward queue")
    assert "baking" in queue.text
    (menu,) = queue.response.selects
    assert menu.placeholder == "Choose several to confirm"
    assert [each.name.split()[0] for each in menu.options] == [fence, well, roof]
    assert (menu.least, menu.most) == (1, 3)
    act = await choose(place, queue, fence, roof)
    assert act.response.visible_to is place.claire
    assert await place.free(place.juma) == 6
    again = await place.slash(place.claire, "steward queue")
    assert well in again.text
    assert own in again.text
    assert fence not in again.text
    assert again.response.selects == []


async def test_the_menu_works_in_a_fresh_process_c9_c13(riverside: Riverside) -> None:
    """C13: as with a button, all that is needed stands in it."""
    place = riverside
    fence, well, _ = await three_claims(place)
    queue = await place.slash(place.claire, "steward queue")
    await place.restart()
    await choose(place, queue, fence, well)
    assert await place.free(place.juma) == 6


async def test_a_menu_of_which_some_has_changed_confirms_nothing_a12(riverside: Riverside) -> None:
    """A12: a claim that was sent back and made anew is not the one that was shown."""
    place = riverside
    fence, well, _ = await three_claims(place)
    queue = await place.slash(place.claire, "steward queue")
    await place.slash(place.amina, "steward decline", commitment=fence, why="half of it")
    await place.slash(place.juma, "done", commitment=fence, note="all of it now")
    act = await choose(place, queue, fence, well)
    assert act.text.startswith("Some of these have changed since I showed you this")
    one = await choose(place, queue, fence)
    assert one.text.startswith(f"{fence} has changed since I showed you this")
    assert await place.free(place.juma) == 0


async def test_who_is_no_steward_any_more_chooses_in_vain_a11_c21(riverside: Riverside) -> None:
    """A11: a menu is no right."""
    place = riverside
    fence, well, _ = await three_claims(place)
    queue = await place.slash(place.claire, "steward queue")
    await place.slash(place.amina, "steward dismiss", member=place.claire, role="steward")
    assert "for the stewards" in (await choose(place, queue, fence, well)).text
    assert await place.free(place.juma) == 0


async def test_many_claims_fit_below_one_answer_c13(riverside: Riverside) -> None:
    """C13: 25 choices at most, in one row of five; what has no room there is confirmed by a tap."""
    place = riverside
    for number in range(27):
        await place.claim(place.juma, f"row {number} of the field, " + "long words " * 12)
    queue = await place.slash(place.claire, "steward queue")
    (menu,) = queue.response.selects
    assert len(menu.options) == 25
    assert all(re.match(r"#\d+ Juma: row \d+", each.name) for each in menu.options)
    assert "Confirm all 27" in queue.response.labels
    await place.press(place.claire, queue.response, "Confirm all 27")
    assert await place.free(place.juma) == 81
