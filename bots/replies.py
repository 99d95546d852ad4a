"""What the bot says, before it is said in a language or drawn on a platform.

A `Say` is an English sentence with named places; each place is filled with a typed value, so
that every renderer escapes each value and shows an instant, an amount or a name in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from core.domain.units import Measure, Number, PoolId, Worth
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """What a member is called; '' is a former member."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Text that somebody typed. It is shown to the letter, whatever it holds."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The number of a thing, shown as #12."""

    number: int


@dataclass(frozen=True, slots=True)
class Amount:
    """So many credits, with the unit's name in the reader's language."""

    credits: int


@dataclass(frozen=True, slots=True)
class Valued:
    """A worth, in the measure in which it was said: 4 credits, 2 h, $40.00."""

    worth: Worth


def money(cents: int) -> Valued:
    """Cash in the pool's currency."""
    return Valued(Worth(Measure.CENTS, cents))


@dataclass(frozen=True, slots=True)
class Percent:
    """A share in parts per million, shown as 62.5 %."""

    ppm: int


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant: shown with date and time in the pool's time zone, or the date alone."""

    at: datetime
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The day of the pool's calendar on which something was: the same for every reader."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, '2026-11', shown as November 2026."""

    month: str


@dataclass(frozen=True, slots=True)
class Code:
    """What is to be typed: a command, a code."""

    text: str


@dataclass(frozen=True, slots=True)
class Sum:
    """So many units of the pool's currency, as they are to be typed: $40, or 40 KES."""

    units: int


@dataclass(frozen=True, slots=True)
class Language:
    """A language, as the reader calls it; `own`: as those who speak it do."""

    language: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its code, as the reader calls it: Kenyan Shilling (KES)."""

    code: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its IANA name, shown as its city is called."""

    name: str


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence: its English text is its id in the catalogues.

    `places` fills the `{names}` in the text. With `plural` and `count`, the form is chosen by
    the reader's language, and `{count}` is filled. `context` tells short words apart.
    `language` is set where it is to be said in another one than what stands around it.
    """

    text: str
    places: tuple[tuple[str, Value], ...] = ()
    plural: str = ""
    count: int = 0
    context: str = ""
    language: str = ""


Value = (
    Name
    | Typed
    | Ref
    | Amount
    | Valued
    | Percent
    | Instant
    | Day
    | Month
    | Code
    | Sum
    | Language
    | Currency
    | Zone
    | int
    | str
    | Say
)
"""What may fill a place. A plain `str` is a word of ours that is the same in every language."""


def say(text: str, /, **places: Value) -> Say:
    """A sentence with its places filled."""
    return Say(text, tuple(places.items()))


def says(text: str, plural: str, count: int, /, **places: Value) -> Say:
    """A sentence that depends on a count."""
    return Say(text, tuple(places.items()), plural, count)


def word(context: str, text: str) -> Say:
    """A short word that means different things in different places."""
    return Say(text, context=context)


class Shape(StrEnum):
    """How a sentence stands in a reply."""

    PLAIN = "plain"
    HEADING = "heading"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence, or several in a row, on a line of its own."""

    sentences: tuple[Say, ...]
    shape: Shape = Shape.PLAIN


ROWS_MAX = 5
"""How many rows of buttons, and buttons in a row, every platform shows."""


class Style(StrEnum):
    """What a button is for: renderers may colour it, the label says it all the same."""

    PLAIN = "plain"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Button:
    """A press sends the token back; with `asks`, the platform asks for that text first."""

    label: Say
    token: str
    style: Style = Style.PLAIN
    asks: Say | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """Things of which one may choose several at once, where the platform can show that.

    Whatever is chosen, `verb` is done to all of it, as when the button of each is pressed. A
    thing has a label, its number, and the version in which it is shown.
    """

    prompt: Say
    verb: str
    pool: PoolId
    things: tuple[tuple[Say, Number, int], ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep, as for a calendar: what it is called, and what is in it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Happening:
    """What a platform with a calendar of its own may show there too; `off`: it is called off."""

    pool: PoolId
    number: Number
    text: str
    place: str
    starts_at: datetime
    ends_at: datetime
    off: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What one reader sees: lines, and rows of buttons.

    `several` stands beside buttons that do the same, one thing at a time.
    `question` is set when the reader's next words answer it (its token finds it again).
    `picture` (JPEG or PNG) is shown with it, or a `file` comes with it, to the reader alone.
    A card of something that `happening` stands for can stand in the platform's calendar too.
    `carded` says that a card in the group shows the same, so that a platform which can not answer
    in private may leave this unsaid. `language` is set when it is to be said in another one than
    the reader's, because they have just chosen it. `card` is the card that they pressed as it has
    to look now, for all of the group: the platform puts it in the place of the one that stands
    there, which is `stands_on` where they answered a question in between. Where no card was
    pressed it is a new one. A reply of nothing but a card leaves the reader unanswered.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    question: str = ""
    carded: bool = False
    language: str = ""
    picture: bytes = b""
    file: File | None = None
    several: Several | None = None
    happening: Happening | None = None
    card: Reply | None = None
    stands_on: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to show to the reader alone."""
        return not (self.blocks or self.buttons or self.picture or self.file)

    def __post_init__(self) -> None:
        if len(self.buttons) > ROWS_MAX or any(len(row) > ROWS_MAX for row in self.buttons):
            raise ValueError("five rows of five buttons are what every platform shows")


def reply(*sentences: Say, buttons: tuple[tuple[Button, ...], ...] = ()) -> Reply:
    """A reply of one line."""
    return Reply((Block(sentences),), buttons)


def in_pairs(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Buttons in rows of two, which fit on a small phone."""
    return _in_rows(buttons, 2)


def in_threes(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Buttons with one short word each in rows of three."""
    return _in_rows(buttons, 3)


def _in_rows(buttons: Sequence[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(buttons[place : place + width]) for place in range(0, len(buttons), width))


def heading(*sentences: Say) -> Block:
    """A line that names what follows."""
    return Block(sentences, Shape.HEADING)


def item(*sentences: Say) -> Block:
    """A line of a list."""
    return Block(sentences, Shape.ITEM)


def line(*sentences: Say) -> Block:
    """A line of text."""
    return Block(sentences)
