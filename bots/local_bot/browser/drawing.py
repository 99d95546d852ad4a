"""What is said, as the page is told of it: text in pieces, never markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.local_bot.bot import GROUP, Post
from bots.local_bot.talk import Entry
from bots.replies import Block, Button, Instant, Name, Say, Typed, say, word
from bots.transcripts.script import Actor
from bots.words import Voice, pieces, spoken

Drawn = dict[str, Any]
BOT = "Poolkeeper"


def drawn(entry: Entry, nick: str, voice: Voice, people: Mapping[str, Actor]) -> Drawn:
    """An entry as somebody sees it."""
    shown = _post(entry.post, people, voice) if entry.post else _typed(entry, nick, voice, people)
    return {
        "place": "group" if entry.in_group else "private",
        "time": spoken(say("{instant}", instant=Instant(entry.at)), voice),
        **shown,
    }


def _post(post: Post, people: Mapping[str, Actor], voice: Voice) -> Drawn:
    alone = post.in_group and post.audience != GROUP
    name = Name(people[post.audience].name) if alone else Name("")
    marks = [
        *([spoken(say("Only {name} sees this:", name=name), voice)] if alone else []),
        *([spoken(word("page", "changed"), voice)] if post.edited else []),
    ]
    return {
        "id": post.message,
        "by": BOT,
        "marks": marks,
        "alone": post.audience != GROUP,
        "language": post.voice.language,
        "lines": [_line(block, post.voice) for block in post.reply.blocks],
        "buttons": [[_button(each, post.voice) for each in row] for row in post.reply.buttons],
        "picture": bool(post.reply.picture),
        "file": post.reply.file.name if post.reply.file else "",
        "asks": bool(post.reply.question),
    }


def _line(block: Block, voice: Voice) -> Drawn:
    """A line: its shape, and pieces with what each of them is."""
    runs: list[tuple[str, str]] = []
    for sentence in block.sentences:
        runs += [("ours", " ")] * bool(runs)
        runs += [(piece.kind.value, piece.text) for piece in pieces(sentence, voice)]
    return {"shape": block.shape.value, "pieces": runs}


def _button(button: Button, voice: Voice) -> Drawn:
    asks = spoken(button.asks, voice) if button.asks is not None else ""
    return {
        "label": spoken(button.label, voice),
        "token": button.token,
        "style": button.style.value,
        "asks": asks,
    }


def _typed(entry: Entry, nick: str, voice: Voice, people: Mapping[str, Actor]) -> Drawn:
    name = Name(people[entry.typist].name)
    marks: list[Say] = []
    if entry.replies_to:
        marks.append(say("in reply to {name}", name=Name(people[entry.replies_to].name)))
    if entry.photo:
        marks.append(say("with a photo"))
    typed = Block((say("{text}", text=Typed(entry.typed)),))
    shown: Drawn = {
        "by": name.name,
        "own": entry.typist == nick,
        "answers": entry.typist == nick and not entry.typed.startswith("/"),
        "marks": [spoken(each, voice) for each in marks],
        "lines": [_line(typed, voice)],
    }
    if entry.in_group and entry.typist != nick:
        shown["reply"] = {"to": entry.typist, "said": spoken(replying(name), voice)}
    return shown


def replying(name: Name) -> Say:
    """What stands above the field while an answer to somebody is written."""
    return say("Your message answers {name}.", name=name)
