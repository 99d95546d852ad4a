"""A small catalogue for the adapter's tests: each command answers in one certain way."""

from __future__ import annotations

import asyncio

import bots.catalogue.all  # noqa: F401 - the sentences for what was not understood
from bots.calls import Call
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Argument, Command, Kind
from bots.replies import Block, Button, Reply, Shape, Style, Typed, item, reply, say
from bots.tokens import Token

SHORT = "Your balance is 7 credits."
TEXT = Argument("text", Kind.TEXT, say("any words"), required=False)


class Small:
    """Commands that need no pool; what reached them is kept in `calls`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.admins: list[bool] = []
        self.photos: list[bytes | None] = []
        self.picture = b"\xff\xd8\xff\xe0 a picture of a mended fence"
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.commands = [
            self._command("note", self._note, TEXT),
            self._command("short", self._short),
            self._command("long", self._long),
            self._command("carded", self._carded),
            self._command("take", self._short),
            self._command("takelong", self._long),
            self._command("takecarded", self._carded_long),
            self._command("slow", self._slow, TEXT),
            self._command("boom", self._boom),
            self._command("admin", self._admin),
            self._command("photo", self._photo, TEXT),
            self._command("picture", self._picture, TEXT),
            self._command("sure", self._sure),
            self._command(
                "ask", self._note, Argument("text", Kind.TEXT, say("w"), say("What is it about?"))
            ),
        ]

    def _command(self, name, run, *arguments: Argument) -> Command:
        async def recorded(asking: Asking) -> Reply:
            self.calls.append(asking.call)
            self.begun.set()
            return await run(asking)

        summary = say("A command for tests")
        return Command(name, summary, recorded, arguments, without_pool=True)

    @staticmethod
    def button(label: str, verb: str, word: str = "") -> Button:
        return Button(say("{label}", label=label), str(Token(verb, word=word)), Style.YES)

    async def _note(self, asking: Asking) -> Reply:
        return reply(say("Noted: {text}", text=Typed(asking.text("text"))))

    async def _short(self, asking: Asking) -> Reply:
        return reply(say(SHORT))

    async def _long(self, asking: Asking) -> Reply:
        lines = tuple(item(say("Line {number} of many", number=n)) for n in range(20))
        return Reply((Block((say("A long answer"),), Shape.HEADING), *lines))

    async def _carded(self, asking: Asking) -> Reply:
        return Reply((Block((say(SHORT),)),), carded=True)

    async def _carded_long(self, asking: Asking) -> Reply:
        long = await self._long(asking)
        return Reply(long.blocks, carded=True)

    async def _slow(self, asking: Asking) -> Reply:
        await self.gate.wait()
        return await self._note(asking)

    async def _boom(self, asking: Asking) -> Reply:
        raise RuntimeError("this command always breaks")

    async def _admin(self, asking: Asking) -> Reply:
        self.admins.append(await asking.call.place.is_admin())
        return reply(say("Asked."))

    async def _photo(self, asking: Asking) -> Reply:
        photo = asking.call.photo
        self.photos.append(await photo() if photo else None)
        return reply(say("Looked."))

    async def _picture(self, asking: Asking) -> Reply:
        """A picture below as many lines as are asked for."""
        lines = [item(say(SHORT)) for _ in range(int(asking.text("text") or 1))]
        return Reply(tuple(lines), ((self.button("Take", "take"),),), picture=self.picture)

    async def _sure(self, asking: Asking) -> Reply:
        buttons = ((self.button("Yes", "yes", "nobody"), self.button("No", "no", "nobody")),)
        return reply(say("Are you sure?"), buttons=buttons)
