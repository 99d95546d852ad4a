"""The WebSocket over which Discord tells the bot what happens."""

from __future__ import annotations

import asyncio
import importlib
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.pretended.discord.world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))


class CloseConnection(Exception):
    """The gateway hangs up with one of Discord's codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Packing(Protocol):
    """How a message is put on the wire."""

    def pack(self, text: str) -> str | bytes:
        """The frame for one message."""
        ...


class PlainPacking:
    """No compression."""

    def pack(self, text: str) -> str | bytes:
        """The text itself."""
        return text


class ZlibPacking:
    """``zlib-stream``: one stream for the connection, flushed after each message."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdPacking:
    """``zstd-stream``: the same with Zstandard, where Python has it or a package brings it."""

    def __init__(self) -> None:
        try:
            zstd = importlib.import_module("compression.zstd")
            self._stream = zstd.ZstdCompressor()
            self._flush = zstd.ZstdCompressor.FLUSH_BLOCK
        except ModuleNotFoundError:
            zstd = importlib.import_module("zstandard")
            self._stream = zstd.ZstdCompressor().compressobj()
            self._flush = zstd.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        packed: bytes = self._stream.compress(text.encode()) + self._stream.flush(self._flush)
        return packed


PACKINGS: dict[str | None, type[Packing]] = {
    None: PlainPacking,
    "zlib-stream": ZlibPacking,
    "zstd-stream": ZstdPacking,
}


@dataclass(frozen=True)
class Identify:
    """One time the bot logged in at the gateway."""

    intents: int
    shard: tuple[int, int]
    properties: dict[str, Any]


@dataclass(eq=False)
class Session:
    """What the gateway remembers of a bot between its connections."""

    id: str
    intents: int
    shard: tuple[int, int]
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    connection: Connection | None = None

    def wants(self, intent: int, guild_id: int | None) -> bool:
        """Whether an event is for this session: by intent and by shard."""
        number, count = self.shard
        here = 0 if guild_id is None else (guild_id >> 22) % count
        return here == number and (not intent or bool(self.intents & intent))

    def send(self, event: str, data: dict[str, Any]) -> None:
        """Tell it, or keep it for when the connection is resumed."""
        sequence = len(self.events) + 1
        self.events.append((sequence, event, data))
        if self.connection:
            self.connection.dispatch(sequence, event, data)


class Connection:
    """One WebSocket of the bot."""

    def __init__(self, world: World, gateway: Gateway, request: web.Request) -> None:
        self._world = world
        self._gateway = gateway
        self._request = request
        self._socket = web.WebSocketResponse(compress=False, timeout=1)
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._packing: Packing = PlainPacking()
        self.session: Session | None = None

    async def serve(self) -> web.WebSocketResponse:
        """Talk until one side hangs up."""
        await self._socket.prepare(self._request)
        try:
            self._agree()
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write())
                self._put(HELLO, {"heartbeat_interval": 41250})
                try:
                    await self._read()
                finally:
                    writer.cancel()
        except* CloseConnection as refusals:
            refusal = refusals.exceptions[0]
            assert isinstance(refusal, CloseConnection)
            await self._socket.close(code=refusal.code, message=refusal.reason.encode())
        finally:
            self._leave()
        return self._socket

    def dispatch(self, sequence: int, event: str, data: dict[str, Any]) -> None:
        """Send an event."""
        self._frames.put_nowait({"op": DISPATCH, "s": sequence, "t": event, "d": data})

    def ask_to_reconnect(self) -> None:
        """Tell the bot to come back on a new connection."""
        self._put(RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell the bot that its session is over, or must be resumed."""
        self._put(INVALID_SESSION, resumable)

    async def close(self, code: int) -> None:
        """Hang up politely."""
        await self._socket.close(code=code)

    def cut(self) -> None:
        """Break the line."""
        if self._request.transport:
            self._request.transport.abort()

    def _agree(self) -> None:
        query = self._request.query
        if query.get("v") != "10" or query.get("encoding") != "json":
            raise CloseConnection(4012, "Invalid API version.")
        compression = query.get("compress")
        if compression not in PACKINGS:
            raise CloseConnection(4012, f"Unknown compression {compression}.")
        self._packing = PACKINGS[compression]()

    def _put(self, op: int, data: Any) -> None:
        self._frames.put_nowait({"op": op, "d": data, "s": None, "t": None})

    async def _write(self) -> None:
        while True:
            frame = self._packing.pack(json.dumps(await self._frames.get()))
            if self._socket.closed:
                return
            # The line may break at any moment; the reader notices it too.
            with suppress(ConnectionError):
                if isinstance(frame, bytes):
                    await self._socket.send_bytes(frame)
                else:
                    await self._socket.send_str(frame)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                raise CloseConnection(4002, "Error while decoding payload.")
            try:
                frame = json.loads(message.data)
                op, data = frame["op"], frame["d"]
            except (ValueError, KeyError, TypeError):
                raise CloseConnection(4002, "Error while decoding payload.") from None
            self._take(op, data)
            self._world.board.notify()

    def _take(self, op: int, data: Any) -> None:
        if op == HEARTBEAT:
            self._put(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            self._identify(data)
        elif op == RESUME:
            self._resume(data)
        elif self.session is None:
            raise CloseConnection(4003, "Not authenticated.")
        elif op == REQUEST_MEMBERS:
            self._send_members(data)
        elif op not in (PRESENCE, VOICE_STATE):
            raise CloseConnection(4001, "Unknown opcode.")

    def _identify(self, data: dict[str, Any]) -> None:
        if self.session is not None:
            raise CloseConnection(4005, "Already authenticated.")
        if data.get("token") != self._world.token:
            raise CloseConnection(4004, "Authentication failed.")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise CloseConnection(4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise CloseConnection(4013, "Invalid intent(s).")
        if not isinstance(data.get("properties"), dict):
            raise CloseConnection(4002, "Error while decoding payload.")
        self._gateway.identifies.append(Identify(intents, (number, count), data["properties"]))
        if intents & PRIVILEGED & ~self._gateway.enabled_privileged_intents:
            raise CloseConnection(4014, "Disallowed intent(s).")
        self._begin(intents, (number, count))

    def _begin(self, intents: int, shard: tuple[int, int]) -> None:
        self.session = self._gateway.begin_session(intents, shard)
        self.session.connection = self
        guilds = [
            guild
            for guild in self._world.guilds.values()
            if guild.has_bot and self.session.wants(0, guild.id)
        ]
        ready = {
            "v": 10,
            "user": self._world.bot_user.payload() | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": self.session.id,
            "resume_gateway_url": self._gateway.url,
            "shard": list(shard),
            "application": {"id": str(self._world.application_id), "flags": 0},
            "private_channels": [],
        }
        self.session.send("READY", ready)
        if intents & GUILDS:
            for guild in guilds:
                self.session.send("GUILD_CREATE", guild.gateway_payload(self._world.bot_user))

    def _resume(self, data: dict[str, Any]) -> None:
        if self.session is not None:
            raise CloseConnection(4005, "Already authenticated.")
        if data.get("token") != self._world.token:
            raise CloseConnection(4004, "Authentication failed.")
        session = self._gateway.sessions.get(data.get("session_id") or "")
        if session is None:
            self._put(INVALID_SESSION, False)
            return
        seen = data.get("seq") or 0
        if seen > len(session.events):
            raise CloseConnection(4007, "Invalid seq.")
        self.session = session
        session.connection = self
        self._gateway.resumes += 1
        for sequence, event, missed in session.events[seen:]:
            self.dispatch(sequence, event, missed)
        session.send("RESUMED", {})

    def _send_members(self, data: dict[str, Any]) -> None:
        assert self.session is not None
        guild = self._world.guilds[int(data["guild_id"])]
        wanted = {int(key) for key in data.get("user_ids") or []}
        query = data.get("query")
        if query == "" and not self.session.intents & GUILD_MEMBERS:
            raise CloseConnection(4014, "Disallowed intent(s).")
        found = [
            member.payload()
            for member in guild.members.values()
            if member.user.id in wanted
            or (query is not None and member.user.name.startswith(query))
        ]
        chunk = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        chunk |= {"not_found": [str(key) for key in wanted - set(guild.members)]}
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        self.session.send("GUILD_MEMBERS_CHUNK", chunk)

    def _leave(self) -> None:
        session = self.session
        if session and session.connection is self:
            session.connection = None
            # Only a proper goodbye ends a session. discord.py says 4000 even when
            # its client is closed, so the session waits until the next login.
            if self._socket.close_code in (1000, 1001):
                self._gateway.sessions.pop(session.id, None)
        self._gateway.connections.discard(self)
        self._world.board.notify()


class Gateway:
    """All sessions and connections of the bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.url = ""
        self.shards = 1
        self.enabled_privileged_intents = 0
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies: list[Identify] = []
        self.resumes = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Answer one connection."""
        connection = Connection(self._world, self, request)
        self.connections.add(connection)
        return await connection.serve()

    def begin_session(self, intents: int, shard: tuple[int, int]) -> Session:
        """Remember a bot that has just logged in; it takes the place of the same shard."""
        for old in [one for one in self.sessions.values() if one.shard == shard]:
            if old.connection is None:
                del self.sessions[old.id]
        session = Session(f"session-{len(self.identifies)}", intents, shard)
        self.sessions[session.id] = session
        return session

    def dispatch(
        self, event: str, data: dict[str, Any], *, guild_id: int | None = None, intent: int = 0
    ) -> int:
        """Tell every session that wants to know; say how many there were."""
        told = [one for one in self.sessions.values() if one.wants(intent, guild_id)]
        for session in told:
            session.send(event, data)
        return len(told)

    def forget_sessions(self) -> None:
        """From now on no session can be resumed."""
        for session in self.sessions.values():
            if session.connection:
                session.connection.session = None
        self.sessions.clear()

    async def close_all(self, code: int = 1001) -> None:
        """Hang up on everybody."""
        for connection in list(self.connections):
            await connection.close(code)
