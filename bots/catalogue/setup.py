"""Setting a pool up: making it, letting further chats in, where and how it speaks."""

from __future__ import annotations

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.plainly import name_of
from bots.catalogue.showing import button, explain, show, tell
from bots.catalogue.unclear import ChatWaitsStill, InGroupOnly, NoPoolHere, NoPoolYet, NotAChoice
from bots.replies import Button, Code, Ref, Reply, Say, Style, Typed, line, reply, say, word
from core.domain.pools import Announced, ChatState, Posting, Profile
from core.domain.refusals import (
    AdminsOnly,
    ChatTaken,
    ChatUnbound,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    NoSuchPool,
    OwnChat,
    Refused,
    UnknownCurrency,
    UnknownTimeZone,
)
from core.domain.units import Number, PoolId
from core.usecases.pools import (
    AnswerChat,
    ChannelSet,
    ChatAsked,
    ChatInvited,
    ChatLetIn,
    ChatTurnedAway,
    ChatWaits,
    CreatePool,
    InviteChat,
    JoinChat,
    PoolCreated,
    PoolLanguageSet,
    PostingSet,
    SetChannel,
    SetPoolLanguage,
    SetPosting,
    answer_chat,
    create_pool,
    invite_chat,
    join_chat,
    set_channel,
    set_pool_language,
    set_posting,
)

PLATFORMS = {"telegram": "Telegram", "discord": "Discord", "local": "Local"}

LANGUAGE_CHOICES = (
    Choice("en", say("English")),
    Choice("sw", say("Kiswahili")),
    Choice("fr", say("Français")),
)

POSTING_WORDS = {
    Posting.CARD: word("how it is announced", "one card each"),
    Posting.DIGEST: word("how it is announced", "a digest once a day"),
    Posting.OFF: word("how it is announced", "not at all"),
}

ANNOUNCED_WORDS = {
    Announced.OFFERS: word("what is announced", "New offers"),
    Announced.NEEDS: word("what is announced", "New needs"),
    Announced.CONFIRMATIONS: word("what is announced", "Kept promises"),
}


async def create(asking: Asking) -> Reply:
    """`/pool create`: make a pool in this chat."""
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    await _not_waiting(asking)
    command = CreatePool(
        by=asking.by,
        admin=await place.is_admin(),
        platform=place.platform,
        chat=place.chat,
        title=place.title,
        channel=place.channel,
        name=name_of(asking.get("name", str)),
        profile=Profile(asking.maybe("profile", str) or Profile.EXCHANGE),
        currency=asking.get("currency", str),
        time_zone=asking.get("timezone", str),
        language=asking.maybe("language", str) or asking.voice.language,
    )
    created = await asking.decide(create_pool, command)
    return show(created, created.pool)


async def _not_waiting(asking: Asking) -> None:
    place = asking.call.place
    chat = await asking.doors.reading.chat(place.platform, place.chat)
    if chat is not None and chat.state is ChatState.WAITING:
        raise Refused(ChatWaitsStill())


async def join_pool(asking: Asking) -> Reply:
    """`/pool join`: ask with a code that this chat becomes part of a pool."""
    place = asking.call.place
    if place.private:
        raise Refused(InGroupOnly())
    await _not_waiting(asking)
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
    return show(asked, asked.pool)


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
    command = SetChannel(asking.by, pool, place.platform, place.chat, place.channel)
    return show(await asking.decide(set_channel, command), pool)


async def approve(asking: Asking) -> Reply:
    """`/approve`: let a chat in."""
    return await _answer(asking, let_in=True)


async def refuse(asking: Asking) -> Reply:
    """`/refuse`: leave a chat outside."""
    return await _answer(asking, let_in=False)


async def _answer(asking: Asking, *, let_in: bool) -> Reply:
    pool = asking.pool.id
    number = Number(asking.get("what", int))
    command = AnswerChat(
        pool, asking.by, number, let_in, asking.text("why"), version=asking.version
    )
    return show(await asking.decide(answer_chat, command), pool)


async def settings(asking: Asking) -> Reply:
    """`/settings`: how the group is spoken to; a steward may change it."""
    what, how = asking.maybe("what", str), asking.maybe("how", str)
    if what is None or how is None:
        return await _show_settings(asking)
    fitting = _fitting(what)
    if how not in fitting:
        raise Refused(NotAChoice(how, fitting))
    pool = asking.pool.id
    if what == "language":
        chosen = SetPoolLanguage(pool, asking.by, how)
        return show(await asking.decide(set_pool_language, chosen), pool)
    posting = SetPosting(pool, asking.by, Announced(what), Posting(how))
    return show(await asking.decide(set_posting, posting), pool)


def _fitting(what: str) -> tuple[str, ...]:
    if what == "language":
        return tuple(choice.value for choice in LANGUAGE_CHOICES)
    return tuple(Posting)


async def _show_settings(asking: Asking) -> Reply:
    pool = asking.pool
    blocks = [
        line(
            say(
                "{what}: {how}.",
                what=ANNOUNCED_WORDS[kind],
                how=POSTING_WORDS[pool.posting_of(kind)],
            )
        )
        for kind in Announced
    ]
    blocks.append(
        line(say("I answer you in {language}.", language=_own_name(asking.voice.language)))
    )
    return Reply(
        (
            line(say("This is how I speak in {pool}.", pool=Typed(pool.name))),
            *blocks,
            line(say("A steward changes what the group hears: {example}", example=EXAMPLE)),
        ),
    )


EXAMPLE = Code("/settings offers digest")


def _own_name(language: str) -> Say:
    return next(choice.label for choice in LANGUAGE_CHOICES if choice.value == language)


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


def chat_buttons(number: Number, version: int, pool: PoolId) -> tuple[Button, ...]:
    """Yes and no to a chat that wants to join."""
    return (
        button(say("Let it in"), "approve", pool, number, version, style=Style.YES),
        button(say("Not this one"), "refuse", pool, number, version, style=Style.NO),
    )


@show.register
def _(let_in: ChatLetIn, pool: PoolId) -> Reply:
    return reply(say("{title} is part of the pool now.", title=Typed(let_in.title)))


@show.register
def _(turned_away: ChatTurnedAway, pool: PoolId) -> Reply:
    return reply(say("{title} stays outside.", title=Typed(turned_away.title)))


@show.register
def _(channel_set: ChannelSet, pool: PoolId) -> Reply:
    return reply(say("From now on I announce things here."))


@show.register
def _(posting: PostingSet, pool: PoolId) -> Reply:
    return reply(
        say(
            "{what}: {how}, from now on.",
            what=ANNOUNCED_WORDS[posting.kind],
            how=POSTING_WORDS[posting.posting],
        )
    )


@show.register
def _(language: PoolLanguageSet, pool: PoolId) -> Reply:
    return reply(
        say("I speak {language} to the group from now on.", language=_own_name(language.language))
    )


@explain.register
def _(refusal: AdminsOnly, pool: PoolId) -> Reply:
    return reply(
        say("Only somebody who administers this chat can do that."),
        say("Please ask one of them to type it."),
    )


@explain.register
def _(refusal: ChatTaken, pool: PoolId) -> Reply:
    return reply(
        say("This chat already belongs to the pool {pool}.", pool=Typed(refusal.pool)),
        say("Take part in it with {join}.", join=Code("/join")),
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
            "Write it like {one} or {two}.", one=Code("America/Toronto"), two=Code("Africa/Nairobi")
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
        say("Somebody who administers it can make one: {create}", create=Code("/pool create")),
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
                say("Like America/Toronto or Africa/Nairobi"),
                say("In which time zone do you live? Like America/Toronto or Africa/Nairobi."),
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
        "settings",
        say("How I speak to you and to the group"),
        settings,
        (
            Argument(
                "what",
                Kind.CHOICE,
                say("What to change"),
                required=False,
                choices=(
                    Choice("offers", say("New offers")),
                    Choice("needs", say("New needs")),
                    Choice("confirmations", say("Kept promises")),
                    Choice("language", say("The group's language")),
                ),
            ),
            Argument(
                "how",
                Kind.CHOICE,
                say("How it should be"),
                required=False,
                choices=(
                    Choice("card", say("One card each")),
                    Choice("digest", say("A digest once a day")),
                    Choice("off", say("Not at all")),
                    *LANGUAGE_CHOICES,
                ),
            ),
        ),
        topic="setup",
    ),
    Command(
        "approve",
        say("Say yes to a chat that wants to join"),
        approve,
        (
            Argument(
                "what",
                Kind.NUMBER,
                say("Its number"),
                say("Which one? Give me its number, like #12."),
                of="chat",
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="what",
        topic="stewards",
    ),
    Command(
        "refuse",
        say("Say no to a chat that wants to join"),
        refuse,
        (
            Argument(
                "what",
                Kind.NUMBER,
                say("Its number"),
                say("Which one? Give me its number, like #12."),
                of="chat",
            ),
            Argument("why", Kind.TEXT, say("Why"), required=False),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        press="what",
        topic="stewards",
    ),
)
