"""People: joining, one's own page, language, linking, leaving, roles, and those without a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Choice, Command, For, Group, Kind
from bots.catalogue.plainly import name_of
from bots.catalogue.setup import LANGUAGE_CHOICES, PLATFORMS
from bots.catalogue.showing import button, explain, show, tell, yes_to
from bots.catalogue.things import template_line
from bots.catalogue.whom import as_typed
from bots.replies import (
    Amount,
    Block,
    Code,
    Day,
    Instant,
    Name,
    Reply,
    Say,
    Typed,
    item,
    line,
    reply,
    say,
    says,
    word,
)
from core.domain.members import Member, Role, Sharing
from core.domain.refusals import (
    ActsForThemselves,
    AlreadyLinked,
    AlreadyMember,
    CalledSo,
    HasNoRole,
    HasRole,
    InThePast,
    LastSteward,
    LeavingMeans,
    MayNotActFor,
    MemberLeft,
    NoSuchMember,
    NotAMember,
    OnlyAccount,
    OwesFirst,
    StewardsOnly,
    Yourself,
)
from core.domain.units import MemberId, PoolId
from core.reads import Stored
from core.usecases.leaving import Leave, Left, leave
from core.usecases.linking import (
    Link,
    LinkCodeMade,
    Linked,
    MakeLinkCode,
    Unlink,
    Unlinked,
    link,
    make_link_code,
    unlink,
)
from core.usecases.people import (
    ChoosePool,
    Join,
    Joined,
    LanguageSet,
    Met,
    NameShared,
    PoolChosen,
    Register,
    Registered,
    SetLanguage,
    Share,
    choose_pool,
    join,
    register,
    set_language,
    share,
)
from core.usecases.roles import (
    Appoint,
    Appointed,
    Dismiss,
    Dismissed,
    RoleEnded,
    RoleGiven,
    appoint,
    dismiss,
)

ROLE_WORDS = {
    Role.STEWARD: word("role", "steward"),
    Role.PARTNER: word("role", "partner"),
    Role.BACKER: word("role", "backer"),
    Role.MANAGER: word("role", "project manager"),
    Role.GUARDIAN: word("role", "guardian"),
}
"""What a member can be appointed to, in the reader's language."""


async def join_here(asking: Asking) -> Reply:
    """`/join`: become a member."""
    pool = asking.pool.id
    return show(await asking.decide(join, Join(pool, asking.by)), pool)


async def me(asking: Asking) -> Reply:
    """`/me`: one's own page."""
    member = await asking.me()
    pool, reading = asking.pool, asking.doors.reading
    balance = await reading.balance(pool.id, member.id)
    mine = await reading.mine(pool.id, member.id)
    roles = await reading.roles(pool.id, member.id, asking.doors.now())
    blocks = [
        line(say("You are {name} in {pool}.", name=Name(member.name), pool=Typed(pool.name))),
        *(line(say("You serve as {role}.", role=ROLE_WORDS[role])) for role in roles),
        line(say("You have {credits}.", credits=Amount(balance.free))),
        line(
            says(
                "{count} listing on the board", "{count} listings on the board", len(mine.listings)
            )
        ),
        line(says("{count} open promise", "{count} open promises", len(mine.commitments))),
        *(line(*template_line(each)) for each in mine.templates),
        line(say("Address in the open books: {address}", address=Code(member.account))),
    ]
    return Reply(
        tuple(blocks),
        (
            (
                button(say("My things"), "mine", pool.id),
                button(say("My history"), "history", pool.id),
            ),
        ),
    )


async def mydata(asking: Asking) -> Reply:
    """`/mydata`: all that is stored about the caller."""
    if asking.known is None:
        return explain(NotAMember(), PoolId(0))
    stored = await asking.doors.reading.stored(asking.known.person.id)
    accounts = [
        item(
            say(
                "{platform} account {external}, called {name}",
                platform=PLATFORMS.get(each.platform, each.platform),
                external=Code(each.external),
                name=Typed(each.name),
            )
        )
        for each in asking.known.accounts
    ]
    return Reply(
        (
            line(say("This is all that I keep about you.")),
            *accounts,
            *(block for each in stored for block in _stored_in_pool(each)),
            line(say("{leave} erases your name and accounts.", leave=Code("/leave"))),
        )
    )


def _stored_in_pool(stored: Stored) -> tuple[Block, ...]:
    member = stored.member
    return (
        item(
            say(
                "Member as {name} since {day}",
                name=Name(member.name),
                day=Day(member.joined_at),
            )
        ),
        item(says("{count} listing", "{count} listings", stored.listings)),
        item(says("{count} promise", "{count} promises", stored.commitments)),
        item(says("{count} order", "{count} orders", stored.orders)),
        item(
            says(
                "{count} line in the books, under the address {address}",
                "{count} lines in the books, under the address {address}",
                stored.entries,
                address=Code(member.account),
            )
        ),
        item(says("{count} photo", "{count} photos", stored.photos)),
        *_cash_stored(stored.cash),
        *_recurring_stored(stored.templates),
        *_answers_stored(stored.goings),
        *_shares(member),
    )


def _recurring_stored(count: int) -> tuple[Block, ...]:
    if not count:
        return ()
    return (item(says("{count} thing for every month", "{count} things for every month", count)),)


def _answers_stored(count: int) -> tuple[Block, ...]:
    if not count:
        return ()
    return (item(says("{count} answer to a gathering", "{count} answers to gatherings", count)),)


def _cash_stored(count: int) -> tuple[Block, ...]:
    if not count:
        return ()
    return (item(says("{count} amount of cash", "{count} amounts of cash", count)),)


def _shares(member: Member) -> tuple[Block, ...]:
    """To whom they show their name, if to anybody."""
    shown = []
    if member.shares_public:
        shown.append(item(say("Your name may be shown to the public.")))
    if member.shares_aid:
        shown.append(item(say("Your name may be shown to aid organisations.")))
    return tuple(shown)


async def language(asking: Asking) -> Reply:
    """`/language`: choose the language of one's answers."""
    pressed = asking.word if asking.word in {each.value for each in LANGUAGE_CHOICES} else ""
    chosen = pressed or asking.maybe("language", str)
    if not chosen:
        return _which_language()
    done = await asking.decide(set_language, SetLanguage(asking.by, chosen))
    return show(done, PoolId(0))


def _which_language() -> Reply:
    buttons = tuple(
        button(choice.label, "language", PoolId(0), word=choice.value)
        for choice in LANGUAGE_CHOICES
    )
    return reply(say("Which language would you like?"), buttons=(buttons,))


async def share_name(asking: Asking) -> Reply:
    """`/share`: who may see one's name."""
    pool, sharing = asking.pool.id, Sharing(asking.get("what", str))
    command = Share(pool, asking.by, sharing, on=asking.get("how", str) == "on")
    return show(await asking.decide(share, command), pool)


async def link_accounts(asking: Asking) -> Reply:
    """`/link`: make a code, or use one."""
    code = asking.maybe("code", str)
    if code is None:
        made = await asking.decide(make_link_code, MakeLinkCode(asking.by))
        return show(made, PoolId(0))
    linked = await asking.decide(link, Link(asking.by, code.casefold()))
    return show(linked, PoolId(0))


async def unlink_account(asking: Asking) -> Reply:
    """`/unlink`: take this account apart from one's others."""
    return show(await asking.decide(unlink, Unlink(asking.by)), PoolId(0))


async def choose(asking: Asking) -> Reply:
    """The button that says which pool direct messages are about."""
    pool = asking.pool.id
    return show(await asking.decide(choose_pool, ChoosePool(pool, asking.by)), pool)


async def leave_pool(asking: Asking) -> Reply:
    """`/leave`: told first what it means, then asked."""
    pool = asking.pool.id
    heir = asking.maybe("to", str)
    wanted = Leave(pool, asking.by, MemberId(heir) if heir else None, asking.sure)
    return show(await asking.decide(leave, wanted), pool)


async def register_somebody(asking: Asking) -> Reply:
    """`/register`: a member without an account."""
    pool = asking.pool.id
    name = name_of(asking.get("name", str).lstrip("@"))
    wanted = Register(pool, asking.by, name)
    return show(await asking.decide(register, wanted), pool)


async def record(asking: Asking) -> Reply:
    """`/record`: a member's command on behalf of one without a phone."""
    if asking.relay is None:
        raise TypeError("no relay")
    return await asking.relay(
        asking, MemberId(asking.get("member", str)), asking.get("command", str)
    )


async def appoint_somebody(asking: Asking) -> Reply:
    """`/appoint`: give a member a role."""
    pool = asking.pool.id
    wanted = Appoint(
        pool,
        asking.by,
        MemberId(asking.get("member", str)),
        Role(asking.get("role", str)),
        asking.maybe("until", datetime),
    )
    return show(await asking.decide(appoint, wanted), pool)


async def dismiss_somebody(asking: Asking) -> Reply:
    """`/dismiss`: end a role, one's own too."""
    pool = asking.pool.id
    member = MemberId(asking.get("member", str))
    wanted = Dismiss(pool, asking.by, member, Role(asking.get("role", str)))
    return show(await asking.decide(dismiss, wanted), pool)


@show.register
def _(met: Met, pool: PoolId) -> Reply:
    return reply(say("Good to see you."))


@show.register
def _(joined: Joined, pool: PoolId) -> Reply:
    return Reply(
        (
            line(
                say(
                    "Welcome to {pool}, {name}!",
                    pool=Typed(joined.name),
                    name=Name(joined.who.name),
                )
            ),
            line(
                say("Say what you can give, or what you need."),
                say("When you keep a promise and a steward confirms it, you get credits."),
                say("One credit stands for half an hour, and you spend it on what others offer."),
            ),
        ),
        (
            (
                button(say("See the board"), "board", pool),
                button(say("Offer something"), "offer", pool),
                button(say("Ask for something"), "need", pool),
            ),
        ),
    )


@show.register
def _(chosen: LanguageSet, pool: PoolId) -> Reply:
    said = reply(say("From now on I answer you in English."))
    return replace(said, language=chosen.language)


@show.register
def _(shared: NameShared, pool: PoolId) -> Reply:
    return reply(NAME_SHARED[shared.sharing, shared.on])


NAME_SHARED = {
    (Sharing.PUBLIC, True): say("From now on your name may be shown to the public."),
    (Sharing.PUBLIC, False): say("Your name is not shown to the public any more."),
    (Sharing.AID, True): say("From now on your name may be shown to aid organisations."),
    (Sharing.AID, False): say("Your name is not shown to aid organisations any more."),
}


@show.register
def _(made: LinkCodeMade, pool: PoolId) -> Reply:
    return reply(
        say(
            "Type {command} to me on the other platform within ten minutes.",
            command=Code(f"/link {made.code}"),
        ),
        say("Give this code to nobody: it makes the other account yours."),
    )


@show.register
def _(linked: Linked, pool: PoolId) -> Reply:
    if linked.merged:
        return reply(
            say("Both accounts are yours now."),
            say("You had joined with both, so I put your credits and things together."),
        )
    return reply(say("Both accounts are yours now."), say("Your credits are the same on both."))


@show.register
def _(unlinked: Unlinked, pool: PoolId) -> Reply:
    return reply(
        say("This account stands alone now; your credits and things stay with your other one."),
        say("{link} there makes them one again.", link=Code("/link")),
    )


@show.register
def _(chosen: PoolChosen, pool: PoolId) -> Reply:
    return reply(say("All right: here we talk about {pool}.", pool=Typed(chosen.name)))


@show.register
def _(registered: Registered, pool: PoolId) -> Reply:
    return reply(
        say("{name} is a member now, and you act for them.", name=Name(registered.who.name)),
        say(
            "For example: {example}",
            example=Code(f"/record {as_typed(registered.who.name)} offer 2 mending nets"),
        ),
    )


@show.register
def _(appointed: Appointed, pool: PoolId) -> Reply:
    name, role = Name(appointed.who.name), ROLE_WORDS[appointed.role]
    if appointed.until is None:
        return reply(say("{name} serves as {role} now.", name=name, role=role))
    return reply(
        say(
            "{name} serves as {role} until {day}.",
            name=name,
            role=role,
            day=Instant(appointed.until, date_only=True),
        )
    )


@tell.register
def _(given: RoleGiven, pool: PoolId) -> Reply:
    role = ROLE_WORDS[given.role]
    if given.until is None:
        return reply(say("You serve as {role} now. Thank you!", role=role))
    until = Instant(given.until, date_only=True)
    return reply(
        say("You serve as {role} until {day}. Thank you!", role=role, day=until),
        say("{help} shows what you can do.", help=Code("/help")),
    )


@show.register
def _(dismissed: Dismissed, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} no longer serves as {role}.",
            name=Name(dismissed.who.name),
            role=ROLE_WORDS[dismissed.role],
        ),
        *(
            (say("Until another serves, what needs two stewards waits."),)
            if dismissed.alone
            else ()
        ),
    )


@tell.register
def _(ended: RoleEnded, pool: PoolId) -> Reply:
    return reply(
        say("You no longer serve as {role}.", role=ROLE_WORDS[ended.role]),
        say("Thank you for what you did; a steward can tell you more."),
    )


@explain.register
def _(means: LeavingMeans, pool: PoolId) -> Reply:
    if means.elsewhere:
        erased = say(
            "If you leave {pool}, I erase your name and your notes there.", pool=Typed(means.pool)
        )
    else:
        erased = say("If you leave, I erase your name, your accounts and your notes.")
    return reply(erased, *_going_on(means), *_called_off(means))


def _going_on(means: LeavingMeans) -> tuple[Say, ...]:
    """Who gets the credits, if there are any."""
    if not means.credits:
        return ()
    credits = Amount(means.credits)
    if means.heir is None:
        leave = Code("/leave to:@name")
        return (
            say(
                "The common fund gets {credits} of yours, unless you type {leave}.",
                credits=credits,
                leave=leave,
            ),
        )
    return (say("{name} gets {credits} of yours.", credits=credits, name=Name(means.heir.name)),)


def _called_off(means: LeavingMeans) -> tuple[Say, ...]:
    """What ends with it, if anything is open."""
    if means.orders and means.commitments:
        return (say("Your open orders are cancelled and your open promises withdrawn."),)
    if means.orders:
        count = means.orders
        return (
            says("Your open order is cancelled.", "Your {count} open orders are cancelled.", count),
        )
    if means.commitments:
        count = means.commitments
        return (
            says(
                "Your open promise is withdrawn.",
                "Your {count} open promises are withdrawn.",
                count,
            ),
        )
    return ()


@yes_to.register
def _(means: LeavingMeans) -> Say:
    return say("Yes, leave")


@show.register
def _(left: Left, pool: PoolId) -> Reply:
    name = Typed(left.pool)
    if left.elsewhere:
        said = say("You have left {pool}, and nobody finds your name there any more.", pool=name)
    else:
        said = say("You have left {pool}, and I have forgotten your name.", pool=name)
    return reply(
        said,
        say("Thank you for having been here; {join} lets you start anew.", join=Code("/join")),
    )


@explain.register
def _(refusal: NotAMember, pool: PoolId) -> Reply:
    return reply(
        say("You have not joined this pool yet."),
        say("Type {join} in the group; it takes a moment.", join=Code("/join")),
    )


@explain.register
def _(refusal: AlreadyMember, pool: PoolId) -> Reply:
    return reply(
        say("You are a member already."), say("{me} shows where you stand.", me=Code("/me"))
    )


@explain.register
def _(refusal: CalledSo, pool: PoolId) -> Reply:
    return reply(
        say("{name} takes part already.", name=Name(refusal.name)),
        say(
            "If you mean somebody else, add what tells the two apart: {example}",
            example=Code(f"/register {refusal.name} (Mill Lane)"),
        ),
    )


@explain.register
def _(refusal: StewardsOnly, pool: PoolId) -> Reply:
    return reply(
        say("That is for the stewards of the pool."),
        say("{rules} shows who serves.", rules=Code("/rules")),
    )


@explain.register
def _(refusal: MayNotActFor, pool: PoolId) -> Reply:
    return reply(
        say(
            "Only a steward, or the guardian who registered {name}, records things for them.",
            name=Name(refusal.who.name),
        ),
        say("Ask one of them to do it."),
        say("{rules} shows who serves.", rules=Code("/rules")),
    )


@explain.register
def _(refusal: ActsForThemselves, pool: PoolId) -> Reply:
    return reply(
        say("{name} has an account and speaks for themselves.", name=Name(refusal.who.name)),
        say("Ask them to type it."),
    )


@explain.register
def _(refusal: NoSuchMember, pool: PoolId) -> Reply:
    return reply(
        say("This person has not joined the pool yet."),
        say("Ask them to type {join} in the group.", join=Code("/join")),
    )


@explain.register
def _(refusal: MemberLeft, pool: PoolId) -> Reply:
    return reply(
        say("This person has left the pool."),
        say("They can come back with {join}.", join=Code("/join")),
    )


@explain.register
def _(refusal: Yourself, pool: PoolId) -> Reply:
    return reply(say("That would be you; please name somebody else."))


@explain.register
def _(refusal: OwesFirst, pool: PoolId) -> Reply:
    return reply(
        say("You still owe {credits}.", credits=Amount(refusal.owes)),
        say(
            "Earn them or ask somebody, then try again: {ask}",
            ask=Code(f"/ask @name {refusal.owes}"),
        ),
    )


@explain.register
def _(refusal: LastSteward, pool: PoolId) -> Reply:
    return reply(
        say("You are the only steward, and a pool needs one."),
        say("First appoint another: {appoint}", appoint=Code("/appoint @name steward")),
    )


@explain.register
def _(refusal: HasRole, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} already serves as {role}.",
            name=Name(refusal.who.name),
            role=ROLE_WORDS[refusal.role],
        ),
        say("{rules} shows who serves.", rules=Code("/rules")),
    )


@explain.register
def _(refusal: HasNoRole, pool: PoolId) -> Reply:
    return reply(
        say(
            "{name} does not serve as {role}.",
            name=Name(refusal.who.name),
            role=ROLE_WORDS[refusal.role],
        ),
        say("{rules} shows who serves.", rules=Code("/rules")),
    )


@explain.register
def _(refusal: InThePast, pool: PoolId) -> Reply:
    return reply(
        say("{day} is over already.", day=Day(refusal.said)),
        say("Give me a day that lies ahead, like tomorrow or {days}.", days=Code("+7d")),
    )


@explain.register
def _(refusal: AlreadyLinked, pool: PoolId) -> Reply:
    return reply(
        say("This code is yours already."),
        say("If your other account is not linked yet, type it there."),
    )


@explain.register
def _(refusal: OnlyAccount, pool: PoolId) -> Reply:
    return reply(
        say("This account is linked to no other, so there is nothing to take apart."),
        say("{link} makes two accounts one.", link=Code("/link")),
    )


MEMBER = Argument(
    "member",
    Kind.MEMBER,
    say("Whom"),
    say("Whom do you mean? Write @name."),
)

ANYBODY = replace(MEMBER, of="member")
"""Found by name too: who has no account cannot be picked where a platform shows its users."""

ROLE = Argument(
    "role",
    Kind.CHOICE,
    say("Which role"),
    say("Which role? steward, partner, backer, manager or guardian."),
    choices=tuple(Choice(role.value, ROLE_WORDS[role]) for role in Role),
)

COMMANDS = (
    Command(
        "join",
        say("Become a member of the pool"),
        join_here,
        whose=For.ANYONE,
        topic="people",
    ),
    Command("me", say("Where you stand"), me, writes=False, topic="people"),
    Command(
        "mydata",
        say("All that is stored about you"),
        mydata,
        whose=For.ANYONE,
        writes=False,
        without_pool=True,
        topic="people",
    ),
    Command(
        "language",
        say("Choose your language"),
        language,
        (
            Argument(
                "language",
                Kind.CHOICE,
                say("Which language"),
                required=False,
                choices=LANGUAGE_CHOICES,
            ),
        ),
        whose=For.ANYONE,
        without_pool=True,
        topic="people",
    ),
    Command(
        "share",
        say("Who may see your name"),
        share_name,
        (
            Argument(
                "what",
                Kind.CHOICE,
                say("Who: public or aid"),
                say("With whom? Write public, or aid for aid organisations."),
                choices=(
                    Choice(Sharing.PUBLIC.value, say("The public")),
                    Choice(Sharing.AID.value, say("Aid organisations")),
                ),
            ),
            Argument(
                "how",
                Kind.CHOICE,
                say("On or off"),
                say("On or off?"),
                choices=(Choice("on", say("On")), Choice("off", say("Off"))),
            ),
        ),
        recorded=True,
        topic="people",
    ),
    Command(
        "link",
        say("Make your accounts on two platforms one"),
        link_accounts,
        (Argument("code", Kind.WORD, say("The code from the other platform"), required=False),),
        whose=For.ANYONE,
        without_pool=True,
        topic="people",
    ),
    Command(
        "unlink",
        say("Take this account apart from your others"),
        unlink_account,
        whose=For.ANYONE,
        without_pool=True,
        topic="people",
    ),
    Command("choose", say("Talk about this pool here"), choose, hidden=True, topic="people"),
    Command(
        "leave",
        say("Leave the pool"),
        leave_pool,
        (
            Argument(
                "to",
                Kind.MEMBER,
                say("Who gets your credits"),
                required=False,
                option=True,
            ),
        ),
        topic="people",
    ),
    Command(
        "register",
        say("Make somebody without a phone a member"),
        register_somebody,
        (
            Argument(
                "name",
                Kind.TEXT,
                say("The person's name"),
                say("What are they called?"),
                length_max=64,
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "record",
        say("Record something for a member without a phone"),
        record,
        (
            ANYBODY,
            Argument(
                "command",
                Kind.TEXT,
                say("What they would type, like: offer 2 mending nets"),
                say("What would they type? For example: offer 2 mending nets"),
                verbatim=True,
            ),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        photo=True,
        topic="stewards",
    ),
    Command(
        "appoint",
        say("Give a member a role"),
        appoint_somebody,
        (
            MEMBER,
            ROLE,
            Argument("until", Kind.DATE, say("Until which day"), required=False, option=True),
        ),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
    Command(
        "dismiss",
        say("End a member's role"),
        dismiss_somebody,
        (MEMBER, ROLE),
        group=Group.STEWARD,
        whose=For.STEWARD,
        topic="stewards",
    ),
)
