"""Leases: one holder a role, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from storage.house import House, open_house
from storage.leases import LEASE
from storage.locks import AlreadyRunning
from tests.clocks import START, Clock, Draw

LATER = START + timedelta(seconds=1)


async def test_of_many_who_ask_at_once_one_gets_the_role(url: str, house: House):
    others = [await open_house(url, Clock(), Draw()) for _ in range(3)]
    leases = [each.leases(str(number)) for number, each in enumerate([house, *others])]
    asking = [each.take(["worker"], START) for each in leases]
    results = await asyncio.gather(*asking, return_exceptions=True)
    for each in others:
        await each.close()
    assert results.count(None) == 1
    assert all(isinstance(each, AlreadyRunning) for each in results if each is not None)


async def test_a_role_is_held_for_as_long_as_it_is_renewed(house: House):
    first, second = house.leases("first"), house.leases("second")
    await first.take(["worker"], START)
    assert await first.renew(START + LEASE)
    with pytest.raises(AlreadyRunning) as refused:
        await second.take(["worker"], START + LEASE)
    assert refused.value.holder == await second.holder("worker", LATER)
    await second.take(["worker"], START + 2 * LEASE)
    assert not await first.renew(START + 2 * LEASE)
    await first.free()
    assert await second.holder("worker", START + 2 * LEASE) is not None


async def test_what_is_let_go_of_is_free_at_once_and_other_roles_are_not_touched(house: House):
    first, second = house.leases("first"), house.leases("second")
    await first.take(["worker", "telegram:1"], START)
    await second.take(["telegram:2"], START)
    with pytest.raises(AlreadyRunning):
        await house.leases("third").take(["discord:1", "telegram:1"], START)
    assert await second.holder("discord:1", START) is None, "all or none"
    await first.free()
    await house.leases("third").take(["discord:1", "telegram:1"], LATER)
    assert await second.holder("telegram:2", LATER) is not None
