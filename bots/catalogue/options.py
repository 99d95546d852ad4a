"""What the arguments of commands are called, for platforms that show their names.

The names are looked up by `word("option", name)`; standing here, they reach the catalogues. A
translation is one short word in small letters, and no two of one command are the same.
"""

from __future__ import annotations

from bots.replies import word

OPTION_WORDS = (
    word("option", "category"),
    word("option", "code"),
    word("option", "command"),
    word("option", "commitment"),
    word("option", "commitments"),
    word("option", "credits"),
    word("option", "currency"),
    word("option", "due"),
    word("option", "entry"),
    word("option", "every"),
    word("option", "how"),
    word("option", "language"),
    word("option", "listing"),
    word("option", "member"),
    word("option", "members"),
    word("option", "name"),
    word("option", "need"),
    word("option", "note"),
    word("option", "offer"),
    word("option", "order"),
    word("option", "payload"),
    word("option", "per"),
    word("option", "photo"),
    word("option", "place"),
    word("option", "profile"),
    word("option", "qty"),
    word("option", "role"),
    word("option", "search"),
    word("option", "timezone"),
    word("option", "to"),
    word("option", "topic"),
    word("option", "until"),
    word("option", "what"),
    word("option", "why"),
    word("option", "worth"),
)
