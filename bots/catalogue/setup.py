"""Setting a pool up: making it, letting further chats in, where and how it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from bots.calls import Place
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.guesses import currency_called, zone_of
from bots.catalogue.plainly import name_of
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.unclear import ChatWaitsStill, InGroupOnly, NoPoolHere, NoPoolYet
from bots.languages import LANGUAGES
from bots.replies import (
    Button,
    Code,
    Language,
    Ref,
    Reply,
    Say,
    Style,
    Typed,
    line,
    reply,
    say,
    word,
)
from core.domain.pools import Chat, ChatState, Profile
from core.domain.refusals import (
    AdminsOnly,
    ChatTaken,
    ChatUnbound,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    MoneyIsCounted,
    NoSuchPool,
    OwnChat,
    Refused,
    UnknownCurrency,
    UnknownTimeZone,
)
from core.domain.units import Number, PoolId
from core.usecases.pools import (
    AnnouncesElsewhere,
    AnswerChat,
    CannotAnnounce,
    ChannelClosed,
    ChannelSet,
    ChatAnswered,
    ChatAsked,
    ChatInvited,
    ChatLetIn,
    ChatTurnedAway,
    ChatWaits,
    ChatWelcome,
    CreatePool,
    CurrencySet,
    InviteChat,
    JoinChat,
    PoolCreated,
    PoolRenamed,
    RenamePool,
    SetChannel,
    SetCurrency,
    answer_chat,
    create_pool,
    invite_chat,
    join_chat,
    rename_pool,
    set_channel,
    set_currency,
)

CHANNEL = Code("/pool channel")
RIGHTS = {
    "view_channel": word("right", "View Channel"),
    "send_messages": word("right", "Send Messages"),
    "send_messages_in_threads": word("right", "Send Messages in Threads"),
}
"""What the bot needs where it announces things, as Discord's settings call it."""

PLATFORMS = {"telegram": "Telegram", "discord": "Discord", "local": "Local"}

LANGUAGE_CHOICES = tuple(
    Choice(each, say("{language}", language=Language(each, own=True))) for each in LANGUAGES
)
"""To choose from, each is named in its own words."""


async def create(asking: Asking) -> Reply:
    """`/pool create`: make a pool in this chat."""
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    await not_waiting(asking)
    command = CreatePool(
        by=asking.by,
        admin=await place.is_admin(),
        platform=place.platform,
        chat=place.chat,
        title=place.title,
        channel=place.channel,
        name=name_of(asking.get("name", str)),
        profile=Profile(asking.maybe("profile", str) or Profile.EXCHANGE),
        currency=currency_called(asking.get("currency", str)),
        time_zone=zone_of(asking.get("timezone", str)),
        language=asking.maybe("language", str) or asking.voice.language,
    )
    created = await asking.decide(create_pool, command)
    return await with_obstacles(asking, show(created, created.pool))


async def with_obstacles(asking: Asking, said: Reply) -> Reply:
    """A reply, and below it what keeps the bot from posting in this chat."""
    lacking = [line(each) for each in await asking.call.place.obstacles()]
    said = _with_rights_here(said, asking.call.place)
    return replace(said, blocks=(*said.blocks, *lacking))


async def not_waiting(asking: Asking) -> None:
    """Hold that a chat does not wait to become part of a pool.

    Raises:
        Refused: ChatWaitsStill.
    """
    place = asking.call.place
    chat = await asking.doors.reading.chat(place.platform, place.chat)
    if chat is not None and chat.state is ChatState.WAITING:
        raise Refused(ChatWaitsStill())


async def join_pool(asking: Asking) -> Reply:
    """`/pool join`: ask with a code that this chat becomes part of a pool."""
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    await not_waiting(asking)
    command = JoinChat(
        by=asking.by,
        admin=await place.is_admin(),
        platform=place.platform,
        chat=place.chat,
        title=place.title,
        channel=place.channel,
        code=asking.get("code", str).casefold(),
    )
    asked = await asking.decide(join_chat, command)
    return await with_obstacles(asking, show(asked, asked.pool))


async def rename(asking: Asking) -> Reply:
    """`/pool rename`: call the pool something else."""
    pool = asking.pool.id
    command = RenamePool(pool, asking.by, name_of(asking.get("name", str)))
    return show(await asking.decide(rename_pool, command), pool)


async def currency(asking: Asking) -> Reply:
    """`/pool currency`: count money in another currency."""
    pool = asking.pool.id
    code = currency_called(asking.get("currency", str))
    command = SetCurrency(pool, asking.by, code)
    return show(await asking.decide(set_currency, command), pool)


async def invite(asking: Asking) -> Reply:
    """`/pool invite`: a code for a further chat."""
    pool = asking.pool.id
    return show(await asking.decide(invite_chat, InviteChat(pool, asking.by)), pool)


async def channel(asking: Asking) -> Reply:
    """`/pool channel`: announce here from now on."""
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    pool = asking.pool.id
    if place.lacks:
        await asking.steward()
        return reply(lacks_here(place), say("Then type {channel} once more.", channel=CHANNEL))
    command = SetChannel(asking.by, pool, place.platform, place.chat, place.channel)
    return await with_obstacles(asking, show(await asking.decide(set_channel, command), pool))


async def keep_out(asking: Asking) -> Reply:
    """The button that leaves a chat outside."""
    pool = asking.pool.id
    number = Number(asking.get("chat", int))
    command = AnswerChat(pool, asking.by, number, let_in=False, version=asking.version)
    return show(await asking.decide(answer_chat, command), pool)


def _with_rights_here(said: Reply, place: Place) -> Reply:
    """What was done, and which rights the bot needs before it can announce things there."""
    if not place.lacks:
        return said
    elsewhere = say("Or type {channel} where I may write.", channel=CHANNEL)
    return replace(said, blocks=(*said.blocks, line(lacks_here(place), elsewhere)))


def lacks_here(place: Place) -> Say:
    """Which rights the bot needs in a channel, and where they are given."""
    return say(
        "I may not write here yet: in this channel’s settings, under Permissions, please give me"
        " {rights}.",
        rights=_rights(place.lacks),
    )


def _rights(lacks: Sequence[str]) -> Say:
    """Rights by the names that stand in the platform's settings."""
    named = [say("“{right}”", right=RIGHTS[each]) for each in lacks]
    return reduce(lambda one, another: say("{one} and {another}", one=one, another=another), named)


@tell.register
def _(notice: CannotAnnounce, pool: PoolId) -> Reply:
    if not notice.place:
        return reply(
            say(
                "The place in {title} where I announced things is gone.", title=Typed(notice.title)
            ),
            say("Please type {channel} where I should go on.", channel=CHANNEL),
        )
    there = say(
        "I cannot announce anything in {place} of {title} any more.",
        place=Typed(notice.place),
        title=Typed(notice.title),
    )
    if not notice.lacks:
        return reply(there, say("Please type {channel} where I may write.", channel=CHANNEL))
    return reply(
        there,
        say(
            "Please give me {rights} there, or type {channel} where I may write.",
            rights=_rights(notice.lacks),
            channel=CHANNEL,
        ),
    )


@tell.register
def _(notice: AnnouncesElsewhere, pool: PoolId) -> Reply:
    return reply(
        say(
            "{place} in {title} is closed, so I go on in {instead}.",
            place=Typed(notice.place),
            title=Typed(notice.title),
            instead=Typed(notice.instead),
        ),
        say("If you want it elsewhere, type {channel} there.", channel=CHANNEL),
    )


@show.register
def _(created: PoolCreated, pool: PoolId) -> Reply:
    return Reply(
        (
            line(
                say(
                    "The pool {name} is ready, and you are its first steward.",
                    name=Typed(created.name),
                ),
                say("Everybody here can take part with {join}.", join=Code("/join")),
            ),
            line(
                say(
                    "Appoint a second steward soon ({appoint}): nobody confirms their own work.",
                    appoint=Code("/appoint @name steward"),
                )
            ),
        )
    )


@show.register
def _(invited: ChatInvited, pool: PoolId) -> Reply:
    return reply(
        say(
            "Type {command} in the other group within two days; it works once.",
            command=Code(f"/pool join {invited.code}"),
        ),
        say("A steward of this pool then says yes."),
    )


@show.register
def _(asked: ChatAsked, pool: PoolId) -> Reply:
    return reply(
        say("I have asked the stewards of {name}.", name=Typed(asked.name)),
        say("As soon as one of them says yes, this chat is part of the pool."),
    )


@tell.register
def _(waits: ChatWaits, pool: PoolId) -> Reply:
    return reply(
        say(
            "The {platform} chat {title} would like to join the pool. {number}",
            platform=PLATFORMS.get(waits.platform, waits.platform),
            title=Typed(waits.title),
            number=Ref(waits.number),
        ),
        buttons=(chat_buttons(waits.number, waits.version, pool),),
    )


@tell.register
def _(closed: ChannelClosed, pool: PoolId) -> Reply:
    return reply(
        say(
            "In {title} I cannot write any more where the announcements went.",
            title=Typed(closed.title),
        ),
        say(
            "They go to the chat itself now. To choose another place, type {command} there.",
            command=Code("/pool channel"),
        ),
    )


def chat_line(chat: Chat) -> Say:
    """A chat that waits to be let in, in one line."""
    return say(
        "{number} The {platform} chat {title} would like to join.",
        number=Ref(chat.number),
        platform=PLATFORMS.get(chat.platform, chat.platform),
        title=Typed(chat.title),
    )


def chat_buttons(number: Number, version: int, pool: PoolId) -> tuple[Button, ...]:
    """Yes and no to a chat that wants to join."""
    return (
        button(say("Let it in"), "approve", pool, number, version, style=Style.YES),
        button(say("Not this one"), "keepout", pool, number, version, style=Style.NO),
    )


@show.register
def _(let_in: ChatLetIn, pool: PoolId) -> Reply:
    return reply(say("{title} is part of the pool now.", title=Typed(let_in.title)))


@show.register
def _(turned_away: ChatTurnedAway, pool: PoolId) -> Reply:
    return reply(say("{title} stays outside.", title=Typed(turned_away.title)))


@tell.register
def _(answered: ChatAnswered, pool: PoolId) -> Reply:
    title, name = Typed(answered.title), Typed(answered.pool)
    if answered.let_in:
        return reply(
            say("Good news: {title} is part of the pool {name} now.", title=title, name=name),
            say("Everybody there can take part with {join}.", join=Code("/join")),
        )
    no = say("The stewards of {name} did not let {title} in.", title=title, name=name)
    if not answered.why:
        return reply(no, say("You may ask them again with another code."))
    return Reply((line(no), line(say("The reason: “{why}”", why=Typed(answered.why)))))


@tell.register
def _(welcome: ChatWelcome, pool: PoolId) -> Reply:
    return reply(
        say("This chat is part of the pool {name} now.", name=Typed(welcome.pool)),
        say("Everybody here can take part with {join}.", join=Code("/join")),
    )


@show.register
def _(renamed: PoolRenamed, pool: PoolId) -> Reply:
    return reply(say("The pool is called {name} from now on.", name=Typed(renamed.name)))


@show.register
def _(counted: CurrencySet, pool: PoolId) -> Reply:
    return reply(
        say("From now on this pool counts money in {currency}.", currency=counted.currency),
        say("{rules} shows what a credit stands for.", rules=Code("/rules")),
    )


@explain.register
def _(refusal: MoneyIsCounted, pool: PoolId) -> Reply:
    return reply(
        say(
            "The money stays {currency}: amounts in it stand in the books, on the board "
            "or in promises.",
            currency=refusal.currency,
        ),
        say("A new pool can count in another, from its first day on."),
    )


@show.register
def _(channel_set: ChannelSet, pool: PoolId) -> Reply:
    return reply(say("From now on I announce things here."))


@explain.register
def _(refusal: AdminsOnly, pool: PoolId) -> Reply:
    return reply(
        say("Only somebody who administers this chat can do that."),
        say("Please ask one of them to do it."),
    )


@explain.register
def _(refusal: ChatTaken, pool: PoolId) -> Reply:
    return reply(
        say("This chat already belongs to the pool {pool}.", pool=Typed(refusal.pool)),
        say("Take part with {join}.", join=Code("/join")),
    )


@explain.register
def _(refusal: ChatUnbound, pool: PoolId) -> Reply:
    return reply(say("Please type that in the group where I should announce things."))


@explain.register
def _(refusal: ChatWaitsStill, pool: PoolId) -> Reply:
    return reply(
        say("This chat has asked to join a pool and waits for a steward's yes."),
        say("A steward finds the request in {queue}.", queue=Code("/queue")),
    )


@explain.register
def _(refusal: UnknownTimeZone, pool: PoolId) -> Reply:
    return reply(
        say("I do not know the time zone {said}.", said=Typed(refusal.said)),
        say(
            "Name a large city that has your clock, like {one} or {two}.",
            one=Code("Toronto"),
            two=Code("Nairobi"),
        ),
    )


@explain.register
def _(refusal: UnknownCurrency, pool: PoolId) -> Reply:
    return reply(
        say("{said} is not a currency I know.", said=Typed(refusal.said)),
        say("Write its three letters, like {one} or {two}.", one=Code("CAD"), two=Code("KES")),
    )


@explain.register
def _(refusal: CodeUnknown, pool: PoolId) -> Reply:
    return reply(
        say("I do not know this code."),
        say("Please look at it once more, or ask for a new one."),
    )


@explain.register
def _(refusal: CodeUsed, pool: PoolId) -> Reply:
    return reply(
        say("This code was used already."), say("Each works once; please ask for a new one.")
    )


@explain.register
def _(refusal: CodeExpired, pool: PoolId) -> Reply:
    return reply(say("The time of this code is over."), say("Please ask for a new one."))


@explain.register
def _(refusal: OwnChat, pool: PoolId) -> Reply:
    return reply(
        say("You asked for this chat yourself, so another steward has to say yes."),
    )


@explain.register
def _(refusal: NoSuchPool, pool: PoolId) -> Reply:
    return reply(say("I cannot find that pool."), say("Please try again in its group."))


@explain.register
def _(refusal: NoPoolHere, pool: PoolId) -> Reply:
    return reply(
        say("This chat has no pool yet."),
        say("Somebody who administers it begins with {start}.", start=Code("/start")),
    )


@explain.register
def _(refusal: NoPoolYet, pool: PoolId) -> Reply:
    return reply(
        say("You are not in a pool yet."),
        say(
            "Go to your group and type {join} there; then we can talk here too.", join=Code("/join")
        ),
    )


@explain.register
def _(refusal: InGroupOnly, pool: PoolId) -> Reply:
    return reply(say("Please type that in the group it is about."))


COMMANDS = (
    Command(
        "create",
        say("Make a pool in this chat"),
        create,
        (
            Argument(
                "name",
                Kind.TEXT,
                say("What the pool is called"),
                say("What should the pool be called?"),
                length_max=64,
            ),
            Argument(
                "currency",
                Kind.WORD,
                say("Three letters, like CAD or KES"),
                say("Which currency do you use? Three letters, like CAD or KES."),
                option=True,
            ),
            Argument(
                "timezone",
                Kind.WORD,
                say("A large city with your clock, like Toronto or Nairobi"),
                say("Which large city has the same clock as you? Like Toronto or Nairobi."),
                option=True,
            ),
            Argument(
                "language",
                Kind.CHOICE,
                say("The group's language"),
                required=False,
                option=True,
                choices=LANGUAGE_CHOICES,
            ),
            Argument(
                "profile",
                Kind.CHOICE,
                say("The rules to start from"),
                required=False,
                option=True,
                choices=(Choice("exchange", say("Community Exchange")),),
            ),
        ),
        group=Group.POOL,
        whose=For.ANYONE,
        without_pool=True,
        topic="setup",
    ),
    Command(
        "join",
        say("Make this chat part of a pool, with a code"),
        join_pool,
        (
            Argument(
                "code",
                Kind.WORD,
                say("The code you were given"),
                say("Which code were you given?"),
            ),
        ),
        group=Group.POOL,
        whose=For.ANYONE,
        without_pool=True,
        topic="setup",
    ),
    Command(
        "rename",
        say("Give the pool another name"),
        rename,
        (
            Argument(
                "name",
                Kind.TEXT,
                say("What the pool is called"),
                say("What should the pool be called?"),
                length_max=64,
            ),
        ),
        group=Group.POOL,
        whose=For.STEWARD,
        topic="setup",
    ),
    Command(
        "currency",
        say("Count money in another currency, before any is noted"),
        currency,
        (
            Argument(
                "currency",
                Kind.TEXT,
                say("Three letters, like CAD or KES"),
                say("Which currency do you use? Three letters, like CAD or KES."),
                length_max=64,
            ),
        ),
        group=Group.POOL,
        whose=For.STEWARD,
        topic="setup",
    ),
    Command(
        "invite",
        say("A code for a further chat"),
        invite,
        group=Group.POOL,
        whose=For.STEWARD,
        topic="setup",
    ),
    Command(
        "channel",
        say("Announce things here"),
        channel,
        group=Group.POOL,
        whose=For.STEWARD,
        topic="setup",
    ),
    Command(
        "keepout",
        say("Leave a chat outside"),
        keep_out,
        (Argument("chat", Kind.NUMBER, say("Its number")),),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="chat",
        hidden=True,
        topic="stewards",
    ),
)
