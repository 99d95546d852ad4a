"""Making a pool, and the chats it lives in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import available_timezones

from core.domain.chance import At
from core.domain.ledger import Account, AccountKind
from core.domain.members import Member, MemberState, Role, Term
from core.domain.months import month_before
from core.domain.neutral import Command, Notice, Outcome
from core.domain.pools import (
    CHAT_STEPS,
    GENESIS,
    INVITATION_LASTS,
    NEWS_FOR,
    Announced,
    Chat,
    ChatState,
    Invitation,
    Pool,
    Posting,
    Profile,
)
from core.domain.refusals import (
    AdminsOnly,
    ChatTaken,
    ChatUnbound,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    MoneyIsCounted,
    NotAMember,
    NotThere,
    OwnChat,
    Refused,
    UnknownCurrency,
    UnknownTimeZone,
)
from core.domain.states import may_become
from core.domain.units import Address, MemberId, Number, PersonId, PoolId
from core.ports import Head, Here, Work
from core.records import dataclass
from core.usecases.posting import take_effect
from core.usecases.standing import By, drawn_for, steward, stewards, thing

NO_POOL_YET = PoolId(0)


@dataclass(frozen=True, slots=True)
class CreatePool(Command):
    """Make a pool in a chat. `admin` is what the platform says of the caller, asked just before."""

    by: By
    admin: bool
    platform: str
    chat: str
    title: str
    channel: str
    name: str
    profile: Profile
    currency: str
    time_zone: str
    language: str


@dataclass(frozen=True, slots=True)
class PoolCreated(Outcome):
    """The pool stands; its creator is its first steward."""

    pool: PoolId
    name: str
    chat: Number


def create_pool(work: Work, command: CreatePool, at: At) -> PoolCreated:
    """Make a pool, its accounts, its first member and steward, and bind the chat.

    Raises:
        Refused: AdminsOnly, ChatTaken, UnknownTimeZone, UnknownCurrency, NotAMember.
    """
    _may_bind(work, command.admin, command.platform, command.chat)
    if command.time_zone not in available_timezones():
        raise Refused(UnknownTimeZone(command.time_zone))
    _hold_currency(command.currency)
    founder = _person(work, command.by)
    pool = Pool(
        id=NO_POOL_YET,
        name=command.name,
        profile=command.profile,
        currency=command.currency.upper(),
        time_zone=command.time_zone,
        language=command.language,
        founded_at=at.now,
    )
    pool = replace(pool, closed_through=month_before(pool.month_of(at.now)))
    here = work.found(pool, Head(next_number=1, place=0, hash=GENESIS, at=at.now))
    for kind in AccountKind:
        if kind is not AccountKind.MEMBER:
            here.open_account(Account(here.pool.id, Address(at.id()), kind))
    identity = work.people.identity(command.by.platform, command.by.external)
    member = admit(here, founder, identity.name if identity else "", at)
    _first_term(here, member, at)
    chat = _bind(here, command, founder, at)
    return PoolCreated(here.pool.id, here.pool.name, chat.number)


def _may_bind(work: Work, admin: bool, platform: str, chat: str) -> None:
    if not admin:
        raise Refused(AdminsOnly())
    bound = work.chat(platform, chat)
    if bound is not None:
        raise Refused(ChatTaken(work.enter(bound.pool).pool.name))


def _hold_currency(currency: str) -> None:
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused(UnknownCurrency(currency))


def _person(work: Work, by: By) -> PersonId:
    identity = work.people.identity(by.platform, by.external)
    if identity is None:
        raise Refused(NotAMember())
    return identity.person


def admit(here: Here, person: PersonId | None, name: str, at: At) -> Member:
    """Make a member with an account. Somebody without an account on a platform has JOINED."""
    state = MemberState.ACTIVE if person else MemberState.JOINED
    account = Account(here.pool.id, Address(at.id()), AccountKind.MEMBER)
    member = Member(
        pool=here.pool.id,
        id=MemberId(at.id()),
        person=person,
        name=name,
        state=state,
        joined_at=at.now,
        account=account.address,
    )
    here.open_account(account)
    here.members.add(member)
    return member


def _first_term(here: Here, member: Member, at: At) -> None:
    until = at.now + timedelta(days=here.pool.rules.term_days)
    here.terms.add(
        Term(here.pool.id, here.number(), member.id, Role.STEWARD, since=at.now, until=until)
    )


def _bind(here: Here, command: CreatePool, founder: PersonId, at: At) -> Chat:
    chat = Chat(
        pool=here.pool.id,
        number=here.number(),
        platform=command.platform,
        external=command.chat,
        title=command.title,
        channel=command.channel,
        state=ChatState.BOUND,
        asked_by=founder,
        asked_at=at.now,
    )
    here.chats.add(chat)
    return chat


@dataclass(frozen=True, slots=True)
class InviteChat(Command):
    """Make a code with which a further chat can ask to join."""

    pool: PoolId
    by: By


@dataclass(frozen=True, slots=True)
class ChatInvited(Outcome):
    """The code, good for one chat and two days."""

    code: str


def invite_chat(work: Work, command: InviteChat, at: At) -> ChatInvited:
    """Make a single-use code for a further chat.

    Raises:
        Refused: NotAMember, StewardsOnly.
    """
    here = work.enter(command.pool)
    maker = steward(here, command.by, at.now)
    if maker.person is None:
        raise Refused(NotAMember())
    code = at.code()
    work.keep_invitation(Invitation(here.pool.id, code, maker.person, at.now + INVITATION_LASTS))
    return ChatInvited(code)


@dataclass(frozen=True, slots=True)
class JoinChat(Command):
    """Ask, with a code, that a chat becomes part of a pool."""

    by: By
    admin: bool
    platform: str
    chat: str
    title: str
    channel: str
    code: str


@dataclass(frozen=True, slots=True)
class ChatAsked(Outcome):
    """The chat waits for a steward of the pool."""

    pool: PoolId
    name: str
    number: Number


@dataclass(frozen=True, slots=True)
class ChatWaits(Notice):
    """Tells the stewards that a chat wants to join."""

    number: Number
    title: str
    platform: str
    version: int


def join_chat(work: Work, command: JoinChat, at: At) -> ChatAsked:
    """Use up a code; a steward of the pool has the last word.

    Raises:
        Refused: AdminsOnly, ChatTaken, CodeUnknown, CodeUsed, CodeExpired, NotAMember when the
            account is unknown.
    """
    _may_bind(work, command.admin, command.platform, command.chat)
    invitation = work.invitation(command.code)
    if invitation is None:
        raise Refused(CodeUnknown())
    if invitation.used:
        raise Refused(CodeUsed())
    if at.now >= invitation.expires_at:
        raise Refused(CodeExpired())
    here = work.enter(invitation.pool)
    work.keep_invitation(replace(invitation, used=True))
    chat = Chat(
        pool=here.pool.id,
        number=here.number(),
        platform=command.platform,
        external=command.chat,
        title=command.title,
        channel=command.channel,
        state=ChatState.WAITING,
        asked_by=_person(work, command.by),
        asked_at=at.now,
    )
    here.chats.add(chat)
    for member in stewards(here, at.now):
        here.tell(member, ChatWaits(chat.number, chat.title, chat.platform, chat.version))
    return ChatAsked(here.pool.id, here.pool.name, chat.number)


@dataclass(frozen=True, slots=True)
class AnswerChat(Command):
    """Let a chat in, or not."""

    pool: PoolId
    by: By
    chat: Number
    let_in: bool
    why: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ChatLetIn(Outcome):
    """The chat is part of the pool now."""

    number: Number
    title: str


@dataclass(frozen=True, slots=True)
class ChatTurnedAway(Outcome):
    """The chat stays outside."""

    number: Number
    title: str


@dataclass(frozen=True, slots=True)
class ChatAnswered(Notice):
    """Tells who had asked for it; `why` is '' where no reason was given."""

    pool: str
    title: str
    let_in: bool
    why: str


@dataclass(frozen=True, slots=True)
class ChatWelcome(Notice):
    """Tells a chat that it is part of the pool now."""

    pool: str


def answer_chat(work: Work, command: AnswerChat, at: At) -> ChatLetIn | ChatTurnedAway:
    """Approve or refuse a chat; never by the one who asked for it.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, OwnChat, NotThere, OutOfDate.
    """
    here = work.enter(command.pool)
    decider = steward(here, command.by, at.now)
    chat = thing(here, here.chats, command.chat, "chat")
    if chat.asked_by == decider.person:
        raise Refused(OwnChat(chat.number))
    state = ChatState.BOUND if command.let_in else ChatState.ENDED
    if chat.state is not ChatState.WAITING:
        raise Refused(NotThere(chat.number, "chat", chat.state))
    drawn_for(chat.version, command.version, chat.number)
    here.chats.save(replace(chat, state=state, version=chat.version + 1))
    answered = ChatAnswered(here.pool.name, chat.title, command.let_in, command.why)
    here.tell_person(chat.asked_by, answered)
    if command.let_in:
        here.post_in(chat.number, ChatWelcome(here.pool.name))
        return ChatLetIn(chat.number, chat.title)
    return ChatTurnedAway(chat.number, chat.title)


@dataclass(frozen=True, slots=True)
class SetChannel(Command):
    """Say where in a chat the announcements go."""

    by: By
    pool: PoolId
    platform: str
    chat: str
    channel: str


@dataclass(frozen=True, slots=True)
class ChannelSet(Outcome):
    """Announcements go there from now on."""

    channel: str


def set_channel(work: Work, command: SetChannel, at: At) -> ChannelSet:
    """Announce in this channel or topic of the chat from now on.

    Raises:
        Refused: StewardsOnly, ChatUnbound.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    bound = here.chats.find(platform=command.platform, external=command.chat, state=ChatState.BOUND)
    if not bound:
        raise Refused(ChatUnbound())
    (chat,) = bound
    if chat.channel != command.channel:
        here.chats.save(replace(chat, channel=command.channel, version=chat.version + 1))
    return ChannelSet(command.channel)


@dataclass(frozen=True, slots=True)
class ChannelLost(Command):
    """The platform takes no messages any more in a channel or topic of a chat."""

    platform: str
    chat: str
    channel: str


@dataclass(frozen=True, slots=True)
class ChannelClosed(Notice):
    """Tells the stewards that announcements cannot go where they wanted them."""

    title: str


def channel_lost(work: Work, command: ChannelLost, at: At) -> ChatFollowed:
    """Announce in the chat itself from now on, if it was there that announcements went."""
    chat = work.chat(command.platform, command.chat)
    if chat is None:
        return ChatFollowed(None)
    here = work.enter(chat.pool)
    if command.channel and chat.channel == command.channel:
        here.chats.save(replace(chat, channel="", version=chat.version + 1))
        for member in stewards(here, at.now):
            here.tell(member, ChannelClosed(chat.title))
    return ChatFollowed(chat.pool)


@dataclass(frozen=True, slots=True)
class SetPosting(Command):
    """Say how acts of one kind are shown in the group."""

    pool: PoolId
    by: By
    kind: Announced
    posting: Posting


@dataclass(frozen=True, slots=True)
class PostingSet(Outcome):
    """Acts of this kind are shown so from now on."""

    kind: Announced
    posting: Posting


def set_posting(work: Work, command: SetPosting, at: At) -> PostingSet:
    """Show acts of a kind as cards, in the daily digest, or not at all.

    Raises:
        Refused: StewardsOnly.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    _set(here, command.kind.value, command.posting)
    return PostingSet(command.kind, command.posting)


def _set(here: Here, name: str, value: object) -> None:
    """Have one thing of the pool be so from now on; what is so already is not saved again."""
    take_effect(here)
    pool = here.pool
    if getattr(pool, name) != value:
        here.save_pool(replace(pool, version=pool.version + 1, **{name: value}))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class SetQuiet(Command):
    """Have the group hear nothing unasked, or hear it again."""

    pool: PoolId
    by: By


@dataclass(frozen=True, slots=True)
class QuietSet(Outcome):
    """How it is from now on."""

    quiet: bool


def set_quiet(work: Work, command: SetQuiet, at: At) -> QuietSet:
    """Be quiet in the group but for what members do and the month's report, or no longer.

    Raises:
        Refused: StewardsOnly.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    quiet = not here.pool.quiet
    _set(here, "quiet", quiet)
    return QuietSet(quiet)


@dataclass(frozen=True, slots=True)
class RenamePool(Command):
    """Call the pool something else."""

    pool: PoolId
    by: By
    name: str


@dataclass(frozen=True, slots=True)
class PoolRenamed(Outcome):
    """What it is called from now on."""

    name: str


def rename_pool(work: Work, command: RenamePool, at: At) -> PoolRenamed:
    """Give the pool another name; its chats, books and codes stay as they are.

    Raises:
        Refused: StewardsOnly.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    _set(here, "name", command.name)
    return PoolRenamed(command.name)


@dataclass(frozen=True, slots=True)
class SetCurrency(Command):
    """Say which money the pool counts in."""

    pool: PoolId
    by: By
    currency: str


@dataclass(frozen=True, slots=True)
class CurrencySet(Outcome):
    """The pool counts in this money from now on."""

    currency: str


def set_currency(work: Work, command: SetCurrency, at: At) -> CurrencySet:
    """Count in another currency from now on.

    A wrong one is mended before it matters: once any amount stands in it, another name would make
    all of these amounts wrong.

    Raises:
        Refused: StewardsOnly, UnknownCurrency, MoneyIsCounted.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    _hold_currency(command.currency)
    pool, currency = here.pool, command.currency.upper()
    if currency != pool.currency:
        if here.counts_money():
            raise Refused(MoneyIsCounted(pool.currency))
        here.recount(replace(pool, version=pool.version + 1, currency=currency))
    return CurrencySet(currency)


@dataclass(frozen=True, slots=True)
class SetPoolLanguage(Command):
    """Say in which language the group is spoken to."""

    pool: PoolId
    by: By
    language: str


@dataclass(frozen=True, slots=True)
class PoolLanguageSet(Outcome):
    """The group hears this language from now on."""

    language: str


def set_pool_language(work: Work, command: SetPoolLanguage, at: At) -> PoolLanguageSet:
    """Speak to the group in this language from now on.

    Raises:
        Refused: StewardsOnly.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    _set(here, "language", command.language)
    return PoolLanguageSet(command.language)


@dataclass(frozen=True, slots=True)
class ChatMoved(Command):
    """The platform gave a chat another id, or took the bot out of it, or let it back in.

    `now_external` is the new id, or the same one; `inside` whether the bot is in the chat.
    """

    platform: str
    external: str
    now_external: str
    inside: bool = True


@dataclass(frozen=True, slots=True)
class ChatFollowed(Outcome):
    """The binding follows the chat; `pool` is None when the chat belongs to none."""

    pool: PoolId | None


def chat_moved(work: Work, command: ChatMoved, at: At) -> ChatFollowed:
    """Follow a chat that was upgraded, left or entered again; doing so twice changes nothing.

    What waits for a chat that was left is kept. When the bot is back it is said: cards show their
    things as they stand by then, posts and digests that are old by then are not said any more.
    """
    chat = work.chat(command.platform, command.external)
    if chat is None:
        return ChatFollowed(None)
    here = work.enter(chat.pool)
    state = ChatState.BOUND if command.inside else ChatState.PAUSED
    moved = replace(chat, external=command.now_external)
    if chat.state is not ChatState.WAITING and may_become(CHAT_STEPS, chat.state, state):
        moved = replace(moved, state=state)
    if moved == chat:
        return ChatFollowed(chat.pool)
    here.chats.save(replace(moved, version=chat.version + 1))
    if moved.state is ChatState.PAUSED:
        here.hold(moved)
    elif chat.state is ChatState.PAUSED:
        here.resume(moved, at.now - NEWS_FOR)
    return ChatFollowed(chat.pool)


@dataclass(frozen=True, slots=True)
class PlaceClosed(Command):
    """The platform does not let the bot announce where a pool wants it to.

    `place` is what the `channel` is called, '' where nobody can say any more; `lacks` are the
    rights that are missing there. Where the bot had to go on elsewhere, `instead` is that
    channel and `instead_place` what it is called.
    """

    platform: str
    chat: str
    channel: str
    place: str
    lacks: tuple[str, ...] = ()
    instead: str = ""
    instead_place: str = ""


@dataclass(frozen=True, slots=True)
class CannotAnnounce(Notice):
    """Tells a steward that the group hears nothing, and why."""

    title: str
    place: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnouncesElsewhere(Notice):
    """Tells a steward that things are announced in another place from now on."""

    title: str
    place: str
    instead: str


def place_closed(work: Work, command: PlaceClosed, at: At) -> ChatFollowed:
    """Tell the stewards that the bot cannot announce where it should, and follow it elsewhere.

    Whoever sees it says so under one key a day, so that the stewards hear it once a day.
    """
    chat = work.chat(command.platform, command.chat)
    if chat is None or (chat.state, chat.channel) != (ChatState.BOUND, command.channel):
        return ChatFollowed(None)
    here = work.enter(chat.pool)
    notice: Notice = CannotAnnounce(chat.title, command.place, command.lacks)
    if command.instead:
        here.chats.save(replace(chat, channel=command.instead, version=chat.version + 1))
        notice = AnnouncesElsewhere(chat.title, command.place, command.instead_place)
    for member in stewards(here, at.now):
        here.tell(member, notice)
    return ChatFollowed(chat.pool)
