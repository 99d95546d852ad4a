"""Whom somebody means: by the platform's own mention, a username, a name. Never a guess."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from bots.calls import Call, Mention
from bots.catalogue.unclear import Candidate, NobodyCalled, WhichMember
from core.domain.refusals import NoSuchMember, Refused
from core.domain.units import MemberId, PoolId
from core.reads import Named, Reading

CANDIDATES = 5
NAMES_REMEMBERED = 20_000
"""Names whose forms are kept: all members' are compared whenever one is named."""

ALIKE = 80
"""Names at least so alike (0 to 100) are offered when nobody is called exactly that."""


async def meant_by(said: str | Mention, call: Call, pool: PoolId, reading: Reading) -> MemberId:
    """The member that was named.

    An account's id is certain, and so is a username that always was theirs. A name, a username
    that changed hands, or one that looks like another's is asked about.

    Raises:
        Refused: NobodyCalled, NoSuchMember, WhichMember.
    """
    platform = call.caller.platform
    if isinstance(said, str) and said not in call.mentions:
        return _called(said.lstrip("@"), platform, await reading.everyone(pool))
    mention = call.mentions[said] if isinstance(said, str) else said
    return await _behind(mention.external, platform, pool, reading)


async def _behind(external: str, platform: str, pool: PoolId, reading: Reading) -> MemberId:
    """The member with this account. Nobody else is looked at: there may be thousands."""
    known = await reading.known(platform, external)
    member = known.memberships.get(pool) if known else None
    if member is None or not member.here:
        raise Refused(NoSuchMember())
    return member.id


def _called(said: str, platform: str, everyone: Sequence[Named]) -> MemberId:
    by_username = _with_username(said, platform, everyone)
    if by_username is not None:
        alike = _others_alike(by_username, said, everyone)
        if alike or _rebound(by_username, platform):
            raise Refused(WhichMember(said, _told_apart([by_username, *alike])))
        return by_username.member
    candidates = _alike(said, everyone)
    if not candidates:
        raise Refused(NobodyCalled(said))
    if len(candidates) == 1 and _is_called(candidates[0], said):
        return candidates[0].member
    raise Refused(WhichMember(said, _told_apart(candidates)))


def _with_username(said: str, platform: str, everyone: Sequence[Named]) -> Named | None:
    """Who has this username: on the caller's platform first, then on any, if only one has."""
    wanted = said.casefold()
    having = [
        (account.platform, named)
        for named in everyone
        for account in named.accounts
        if account.username and account.username.casefold() == wanted
    ]
    here = [named for where, named in having if where == platform]
    found = here or [named for _, named in having]
    members = {named.member for named in found}
    return found[0] if len(members) == 1 else None


def _rebound(named: Named, platform: str) -> bool:
    return any(each.rebound for each in named.accounts if each.platform == platform)


def _others_alike(named: Named, said: str, everyone: Sequence[Named]) -> list[Named]:
    """Those whose name looks like this one's, or is what was said: a username is not a name."""
    looks = {skeleton(named.name), skeleton(said)}
    return [
        each for each in everyone if skeleton(each.name) in looks and each.member != named.member
    ]


def _alike(said: str, everyone: Sequence[Named]) -> list[Named]:
    """Those whose name, or a part of it, is what was said; else those whose name is nearly so."""
    wanted = folded(said)
    exact = [each for each in everyone if _is_called(each, said)]
    if exact:
        return (
            exact
            if len(exact) > 1 or not _others_alike(exact[0], said, everyone)
            else _twins(exact[0], everyone)
        )
    parts = [each for each in everyone if wanted in folded(each.name).split()]
    if parts:
        return parts
    names = {index: folded(each.name) for index, each in enumerate(everyone)}
    near = process.extract(wanted, names, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=CANDIDATES)
    return [everyone[index] for _, _, index in near]


def _twins(named: Named, everyone: Sequence[Named]) -> list[Named]:
    return [each for each in everyone if skeleton(each.name) == skeleton(named.name)]


def _is_called(named: Named, said: str) -> bool:
    """Whether this is the whole name, written with blanks or without."""
    return folded(said).replace(" ", "") == folded(named.name).replace(" ", "")


def as_typed(name: str) -> str:
    """A member's name as one word of a line that is typed: `@JumaOtieno`."""
    return f"@{name.replace(' ', '')}"


def _told_apart(candidates: Sequence[Named]) -> tuple[Candidate, ...]:
    """Those who can be picked, at most five; names that look alike come with the account."""
    looks = Counter(skeleton(each.name) for each in candidates)
    return tuple(
        Candidate(each.member, each.name, _account(each) if looks[skeleton(each.name)] > 1 else "")
        for each in candidates[:CANDIDATES]
    )


def _account(named: Named) -> str:
    """The account people know somebody by: a username, else the platform's name."""
    usernames = [f"@{each.username}" for each in named.accounts if each.username]
    platforms = [each.platform.capitalize() for each in named.accounts]
    return (usernames or platforms or [""])[0]


@lru_cache(maxsize=NAMES_REMEMBERED)
def folded(name: str) -> str:
    """A name without case and accents, for comparing."""
    taken_apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in taken_apart if not unicodedata.combining(each)).strip()


LOOKS_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u03bf\u03b1\u03bd\u03c1\u0131\u043a\u043c\u0442\u0432\u043d" + "01|",
    "aeopcyxijhdqw" + "oavpikmtbh" + "oll",
)
"""Letters of other alphabets (and digits) that look like Latin ones."""


@lru_cache(maxsize=NAMES_REMEMBERED)
def skeleton(name: str) -> str:
    """What a name looks like: equal for names that cannot be told apart by looking."""
    return folded(name).translate(LOOKS_LIKE).replace("rn", "m").replace("vv", "w").replace(" ", "")
