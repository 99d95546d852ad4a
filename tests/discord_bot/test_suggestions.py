"""What is suggested while somebody types: quickly, not too much, and nothing of others' own."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.discord_bot.riverside import Riverside
from tests.pretended.discord import Interaction, User

SUBCOMMAND = 1


def completed(place: Riverside) -> Iterator[tuple[str, str]]:
    """Every option, with its command, into which one types and is helped."""
    for command in place.server.commands.all(None):
        options = command.get("options") or []
        parts = [each for each in options if each["type"] == SUBCOMMAND]
        for part in parts or [command]:
            path = f"{command['name']} {part['name']}" if parts else command["name"]
            for option in part.get("options") or []:
                if option.get("autocomplete"):
                    yield path, option["name"]


def types(place: Riverside, who: User, command: str, option: str, typed: str = "") -> Interaction:
    return place.server.autocomplete(who, place.channel, command, focused=option, value=typed)


def number_in(act: Interaction) -> str:
    found = re.search(r"#\d+", act.text)
    assert found is not None, act.text
    return found[0]


def names(act: Interaction) -> list[str]:
    return [each.name for each in act.choices or ()]


async def test_nobody_is_suggested_what_is_another_members_own_c10(riverside: Riverside) -> None:
    """C10: what Claire promised, ordered and asked is hers; stewards alone see what waits."""
    place = riverside
    await place.thank(place.claire, 9)
    await place.slash(place.claire, "commit", worth="3", what="secret promise")
    claim = await place.claim(place.claire, "secret claim")
    offered = await place.slash(place.amina, "offer", worth="2", what="secret bread")
    await place.slash(place.claire, "spend", offer=number_in(offered))
    await place.slash(place.amina, "close", listing=number_in(offered))
    options = list(completed(place))
    assert len(options) > 15
    mine: set[str] = set()
    for who in (place.baraka, place.juma, place.amina, place.claire):
        for command, option in options:
            act = await types(place, who, command, option).answered()
            assert act.choices is not None
            assert len(act.choices) <= 25
            if who is place.baraka:
                assert not {"Juma", "Claire"} & set(names(act)), (command, option)
            if who in (place.baraka, place.juma):
                assert not any("secret" in each for each in names(act)), (command, option)
            if who is place.claire:
                mine |= set(names(act))
    assert any("secret promise" in each for each in mine)
    order = await place.slash(place.claire, "mine")
    assert "secret bread" in order.text
    waits = await types(place, place.amina, "steward confirm", "commitments", claim).answered()
    assert names(waits) == [f"{claim} secret claim"]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("#999", "There is no #999 in this pool."),
        ("bread", "bread"),
        ("-1", "-1"),
        ("1e3", "1e3"),
        ("٣", "٣"),
        ("#5 anything", "#5 anything"),
        ("x" * 1000, "x"),
    ],
)
async def test_what_is_typed_instead_of_a_suggestion_is_looked_at_like_any_text_c10(
    riverside: Riverside, said: str, answer: str
) -> None:
    """C10: suggestions bind nobody; what fits none of them is refused and changes nothing."""
    place = riverside
    await place.thank(place.juma, 9)
    act = await place.slash(place.juma, "spend", offer=said)
    assert answer in act.text
    assert act.response.visible_to is place.juma
    assert await place.free(place.juma) == 9


async def test_who_types_has_an_answer_in_time_whatever_the_house_does_c10(
    riverside: Riverside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C10: with a database that never answers, all who type have an empty list in time."""

    async def stuck(*_: Any) -> None:
        await asyncio.Event().wait()

    place, loop = riverside, asyncio.get_running_loop()
    monkeypatch.setattr(type(place.app.house.readers), "known", stuck)
    began = loop.time()
    acts = [types(place, place.juma, "spend", "offer", "b" * n) for n in range(20)]
    for act in acts:
        assert (await act.answered()).choices == []
    assert loop.time() - began < 3  # when Discord gives up


async def test_there_are_more_rules_than_discord_lets_one_choose_from_so_they_are_suggested(
    riverside: Riverside,
) -> None:
    """By their name as well as by what they are about; what is picked is what is meant."""
    place = riverside
    all_of_them = await types(place, place.amina, "steward set", "rule").answered()
    assert len(all_of_them.choices or ()) == 25
    for typed, found in (("demurrage", ["demurrage", "demurrage_share"]), ("Who pays", ["payer"])):
        act = await types(place, place.amina, "steward set", "rule", typed).answered()
        assert [each.value for each in act.choices or ()] == found
    shown = await place.slash(place.amina, "steward set", rule="payer", value="receiver")
    assert "Whoever is in need pays for the help themselves." in shown.text
    unknown = await place.slash(place.amina, "steward set", rule="payers", value="receiver")
    assert "payers" in unknown.text
