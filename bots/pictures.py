"""Pictures that people send along with what they did, and that replies show."""

from __future__ import annotations

from dataclasses import replace

from bots.replies import Reply, line, say

SUFFIXES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
"""The kinds of picture that every platform shows, by the bytes with which they begin."""

BYTES_MAX = 5 * 1024 * 1024
"""The largest picture that is kept."""

NOT_SHOWN = say("Sorry, the photo cannot be shown here.")


def suffix_of(content: bytes) -> str:
    """How the name of a file with this picture ends; '' for what is no JPEG or PNG."""
    return next((name for magic, name in SUFFIXES.items() if content.startswith(magic)), "")


def fit_to_keep(content: bytes) -> bytes | None:
    """A picture that came along, None for what is no picture or too large."""
    return content if len(content) <= BYTES_MAX and suffix_of(content) else None


def name_of(content: bytes) -> str:
    """What a picture is called when it is sent as a file."""
    return f"photo.{suffix_of(content) or 'jpg'}"


def in_words(reply: Reply) -> Reply:
    """A reply for where its picture cannot be shown: the words, and that it is missing."""
    return replace(reply, blocks=(*reply.blocks, line(NOT_SHOWN)), picture=b"")
