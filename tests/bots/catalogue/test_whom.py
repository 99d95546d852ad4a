"""Whom somebody means: certain, or asked about; nobody is ever picked for them (A22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from bots.calls import Call, Caller, Mention, Place
from bots.catalogue.unclear import NobodyCalled, WhichMember
from bots.catalogue.whom import CANDIDATES, meant_by, skeleton
from core.domain.refusals import NoSuchMember, Refused
from core.domain.units import MemberId, PoolId
from core.reads import Account, Named
from tests.core.refusing import refused

POOL = PoolId(1)


def named(name: str, *usernames: str, rebound: bool = False, platform: str = "telegram") -> Named:
    accounts = [
        Account(platform, f"id of {name} {username}", username, rebound)
        for username in usernames or ("",)
    ]
    return Named(MemberId(f"{name}|{'|'.join(usernames)}"), name, accounts)


@dataclass
class Members:
    """The readers' answer to who is here, and to who has an account."""

    everyone_here: Sequence[Named]
    gone: Sequence[Named] = ()

    async def everyone(self, pool: PoolId) -> Sequence[Named]:
        assert pool == POOL
        return self.everyone_here

    async def known(self, platform: str, external: str) -> Any:
        """Who has an account; their membership alone, as no more is looked at."""
        for each in self.everyone_here:
            if any((a.platform, a.external) == (platform, external) for a in each.accounts):
                member = SimpleNamespace(id=each.member, here=each not in self.gone)
                return SimpleNamespace(memberships={POOL: member})
        return None


async def meant(said: str | Mention, *members: Named, **call: Any) -> str:
    """The id of the one who is meant."""
    calling = Call(Caller("telegram", "1", "Asker"), Place("telegram"), "key", **call)
    reading: Any = Members(members)
    return await meant_by(said, calling, POOL, reading)


async def asked(said: str, *members: Named) -> list[str]:
    """The names that are offered."""
    with pytest.raises(Refused) as raised:
        await meant(said, *members)
    refusal = raised.value.refusal
    assert isinstance(refusal, WhichMember)
    assert 1 <= len(refusal.candidates) <= CANDIDATES
    return [each.name for each in refusal.candidates]


ANN, BEN = named("Ann Achieng", "annie"), named("Ben Bwana", "benb")


# --- what is certain -----------------------------------------------------------------------


async def test_whom_the_platform_names_is_meant():
    mention = Mention("id of Ben Bwana benb", "somebody else's name")
    assert await meant(mention, ANN, BEN) == BEN.member
    assert await meant("@:77", ANN, BEN, mentions={"@:77": mention}) == BEN.member


async def test_whom_the_platform_names_and_who_has_left_is_nobody():
    mention = Mention("id of Ben Bwana benb")
    calling = Call(Caller("telegram", "1", "Asker"), Place("telegram"), "key")
    reading: Any = Members([ANN, BEN], gone=[BEN])
    with refused(NoSuchMember):
        await meant_by(mention, calling, POOL, reading)


async def test_whom_the_platform_names_and_who_is_no_member_is_nobody():
    with refused(NoSuchMember):
        await meant(Mention("4711", "Ann Achieng"), ANN, BEN)


async def test_an_account_of_another_platform_with_the_same_id_is_not_meant():
    elsewhere = named("Ann Achieng", "annie", platform="discord")
    with refused(NoSuchMember):
        await meant(Mention("id of Ann Achieng annie"), elsewhere)


@pytest.mark.parametrize("said", ["@annie", "annie", "@ANNIE"])
async def test_a_username_is_certain(said):
    assert await meant(said, ANN, BEN) == ANN.member


@pytest.mark.parametrize("said", ["@AnnAchieng", "annachieng", "Ann Achieng"])
async def test_a_whole_name_that_one_alone_has_is_certain(said):
    assert await meant(said, ANN, BEN) == ANN.member


async def test_a_username_of_the_callers_platform_is_meant_before_another_platforms():
    here, there = named("Here", "rose"), named("There", "rose", platform="discord")
    assert await meant("@rose", here, there) == here.member


async def test_a_username_that_two_have_elsewhere_is_nobodys():
    one = named("One", "rose", platform="discord")
    two = named("Two", "rose", platform="matrix")
    with refused(NobodyCalled):
        await meant("@rose", one, two)


# --- what is asked about -------------------------------------------------------------------


async def test_a_first_name_alone_is_asked_about():
    assert await asked("@ann", ANN, BEN) == ["Ann Achieng"]
    assert await asked("Achieng", ANN, BEN) == ["Ann Achieng"]


async def test_of_two_who_are_called_alike_both_are_offered():
    other = named("Ann Achieng", "ann2")
    assert await asked("Ann Achieng", ANN, other, BEN) == ["Ann Achieng"] * 2


async def test_of_two_with_one_first_name_both_are_offered():
    other = named("Ann Wambui", "wambui")
    assert sorted(await asked("@ann", ANN, other, BEN)) == ["Ann Achieng", "Ann Wambui"]


async def test_a_name_that_is_nearly_right_is_asked_about():
    assert await asked("Ann Acheing", ANN, BEN) == ["Ann Achieng"]


async def test_nobody_is_offered_for_a_name_that_nobody_has():
    with refused(NobodyCalled, said="Zebedee"):
        await meant("@Zebedee", ANN, BEN)
    with refused(NobodyCalled):
        await meant("@ann")


async def test_a_username_that_changed_hands_is_asked_about():
    new = named("Eve", "annie", rebound=True)
    assert await asked("@annie", new, BEN) == ["Eve"]


@pytest.mark.parametrize("twin", ["Аnn Аchieng", "Ann  Achieng", "ANN ACHIENG", "Ánn Achieng"])
async def test_a_username_of_one_whose_name_looks_like_anothers_is_asked_about(twin):
    other = named(twin, "evil")
    assert await asked("@annie", ANN, other) == ["Ann Achieng", twin]
    assert await asked("@evil", ANN, other) == [twin, "Ann Achieng"]


async def test_a_name_that_looks_like_anothers_is_asked_about():
    other = named("Аnn Achieng", "evil")  # A Cyrillic А
    assert set(await asked("Ann Achieng", ANN, other)) == {"Ann Achieng", "Аnn Achieng"}


async def test_a_username_that_is_anothers_name_is_asked_about():
    ann, eve = named("Ann"), named("Eve Elder", "ann")
    assert await asked("@Ann", ann, eve) == ["Eve Elder", "Ann"]


async def test_never_more_than_five_are_offered():
    many = [named(f"Ann {word}") for word in ("A", "B", "C", "D", "E", "F", "G")]
    assert len(await asked("@ann", *many)) == CANDIDATES
    same = [named("Ann", f"ann{index}") for index in range(7)]
    assert len(await asked("Ann", *same)) == CANDIDATES
    assert len(await asked("@ann1", *same)) == CANDIDATES


# --- looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Аnn"),
        ("scope", "ѕсоре".replace("ѕ", "s")),
        ("Pool", "Рооl"),
        ("hello", "heIIo".replace("I", "l")),
        ("modern", "modem"),
        ("Wanda", "VVanda"),
        ("O1iver", "Oliver"),
        ("Zoë", "Zoe"),
        ("Mama Jane", "MamaJane"),
        ("ｆｕｌｌ", "full"),
    ],
)
def test_what_cannot_be_told_apart_by_looking_has_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anna"), ("Ben", "Bea"), ("Ali", "Alu")])
def test_what_can_be_told_apart_has_two(one, other):
    assert skeleton(one) != skeleton(other)


async def test_two_of_one_name_are_told_apart_by_their_accounts():
    twins = [named("Ann Achieng", "annie"), named("Ann  achieng"), named("Ben Bwana", "benb")]
    with pytest.raises(Refused) as raised:
        await meant("Ann Achieng", *twins)
    refusal = raised.value.refusal
    assert isinstance(refusal, WhichMember)
    assert [each.account for each in refusal.candidates] == ["@annie", "Telegram"]
