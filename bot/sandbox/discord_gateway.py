"""The gateway of the sandbox's Discord: sessions over a websocket, with identify, resume and heartbeats."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from bot.sandbox.discord_events import EventKind, Events, WorldEvent
from bot.sandbox.discord_intents import (
    GUILD_MEMBERS,
    GUILD_PRESENCES,
    GUILDS,
    PRIVILEGED,
    hide_content,
    read_application_flags,
)
from bot.sandbox.discord_records import JsonObject
from bot.sandbox.discord_session import Connection, Session
from bot.sandbox.discord_state import State
from bot.sandbox.discord_wire import Wire

HEARTBEAT, IDENTIFY, RESUME, RECONNECT = 1, 2, 6, 7
ACK_SECONDS = 0.02
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
CHUNK = 1_000  # members in one GUILD_MEMBERS_CHUNK, from Discord's gateway reference


class Gateway:
    """All sessions of the bot, and the switches of a test over them."""

    def __init__(self, state: State, wire: Wire, events: Events, token: str) -> None:
        self._state = state
        self._wire = wire
        self._events = events
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._receivers: dict[int, Callable[[Connection, Any], None]] = {
            HEARTBEAT: self._acknowledge,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            REQUEST_MEMBERS: self._send_members,
        }
        self.url = ""
        self.allowed_intents = -1  # what the developer portal allows; take PRIVILEGED bits away to see a 4014
        self.heartbeat_interval_ms = 41_250
        self.acknowledges_heartbeats = True
        self.refusals = 0  # how many of the next connections are answered 503 instead
        self.identify_count = 0
        self.disconnect_count = 0

    @property
    def is_connected(self) -> bool:
        """Whether a bot is online."""
        return any(session.connection for session in self._sessions.values())

    @property
    def connection_count(self) -> int:
        """Open websockets, identified or not."""
        return len(self._connections)

    @property
    def application_flags(self) -> int:
        """The application's flags, which tell the privileged intents that the portal allows."""
        return read_application_flags(self.allowed_intents)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one websocket from HELLO to its end."""
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(timeout=1.0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        self._connections.add(connection)
        connection.send(HELLO, {"heartbeat_interval": self.heartbeat_interval_ms})
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        finally:
            writer.cancel()
            self._connections.discard(connection)
            self.disconnect_count += 1
            said_goodbye = not connection.closed_by_us and socket.close_code in (1000, 1001)
            self._detach(connection, said_goodbye=said_goodbye)
        return socket

    def dispatch(self, name: str, data: JsonObject, intent: int = 0) -> None:
        """Send an event to every session that asked for one of the intents; 0 goes to all."""
        for session in self._sessions.values():
            if not intent or session.intents & intent:
                session.dispatch(name, hide_content(data, session.intents, self._state.bot.id))

    def dispatch_guild(self, guild_id: int) -> None:
        """Send GUILD_CREATE to every session with the guilds intent."""
        for session in self._sessions.values():
            self._introduce_guild(session, guild_id, is_new=True)

    def drop(self, code: int) -> None:
        """Close every connection with a code; the sessions can be resumed."""
        for connection in list(self._connections):
            connection.close(code)

    def cut(self) -> None:
        """Cut every connection without a word; the sessions can be resumed."""
        for connection in list(self._connections):
            connection.cut()

    def garble(self, frame: str | bytes = '{"op": 0, "t": ') -> None:
        """Send everybody a frame that is none: half a payload, or bytes that no decompressor takes."""
        for connection in self._connections:
            connection.send_text(frame)

    def request_reconnect(self) -> None:
        """Send op 7 to everybody."""
        for connection in self._connections:
            connection.send(RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9 to everybody; without `resumable` the sessions are gone."""
        for connection in self._connections:
            connection.send(INVALID_SESSION, resumable)
        if not resumable:
            self._sessions.clear()

    def _receive(self, connection: Connection, text: str) -> None:
        try:
            payload = orjson.loads(text)
            receiver = self._receivers.get(payload["op"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            connection.close(4002)
            return
        if receiver is not None:
            receiver(connection, payload.get("d"))

    def _acknowledge(self, connection: Connection, _: Any) -> None:
        if self.acknowledges_heartbeats:
            # At once, it would come before discord.py has noted when it sent, and read as a lag of a whole interval.
            asyncio.get_running_loop().call_later(ACK_SECONDS, connection.send, HEARTBEAT_ACK)

    def _identify(self, connection: Connection, data: JsonObject) -> None:
        self.identify_count += 1
        intents = int(data.get("intents", 0))
        if data.get("token") != self._token:
            connection.close(4004)
        elif intents & PRIVILEGED & ~self.allowed_intents:
            connection.close(4014)
        else:
            self._begin(connection, Session(intents))

    def _begin(self, connection: Connection, session: Session) -> None:
        self._sessions[session.id] = session
        self._attach(connection, session)
        bot = self._state.bot
        guild_ids = [guild.id for guild in self._state.guilds if self._state.has_bot(guild.id)]
        ready = {
            "v": 10,
            "user": self._wire.user(bot) | {"mfa_enabled": True, "verified": True, "email": None},
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": self.application_flags},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "_trace": [],
        }
        session.dispatch("READY", ready)
        for guild_id in guild_ids:
            self._introduce_guild(session, guild_id)
        self._tell("bot_connected", "identified")

    def _introduce_guild(self, session: Session, guild_id: int, *, is_new: bool = False) -> None:
        guild = self._state.guilds.get(guild_id)
        if guild is None or not session.intents & GUILDS:
            return
        body = self._wire.guild_create(guild, all_members=bool(session.intents & GUILD_PRESENCES))
        # A guild that READY announced becomes available; the absent key tells that the bot was invited.
        session.dispatch("GUILD_CREATE", body if is_new else body | {"unavailable": False})

    def _resume(self, connection: Connection, data: JsonObject) -> None:
        session = self._sessions.get(str(data.get("session_id")))
        if data.get("token") != self._token:
            connection.close(4004)
        elif session is None:
            connection.send(INVALID_SESSION, False)
        else:
            self._attach(connection, session)
            session.replay(int(data.get("seq") or 0))
            session.dispatch("RESUMED", {"_trace": []})
            self._tell("bot_connected", "resumed")

    def _send_members(self, connection: Connection, data: JsonObject) -> None:
        session, guild_id = connection.session, int(data["guild_id"])
        if session is None or not self._state.has_bot(guild_id):
            return
        members = [self._wire.member(member) for member in self._state.list_members(guild_id)]
        if not session.intents & GUILD_MEMBERS and not data.get("user_ids") and not data.get("query"):
            members = [member for member in members if member["user"]["id"] == str(self._state.bot.id)]
        members = list(_filter_members(members, data))
        chunks = [members[start : start + CHUNK] for start in range(0, len(members), CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            body = {"guild_id": str(guild_id), "members": chunk, "chunk_index": index, "chunk_count": len(chunks)}
            session.dispatch("GUILD_MEMBERS_CHUNK", body | {"nonce": data.get("nonce"), "not_found": []})

    def _attach(self, connection: Connection, session: Session) -> None:
        if session.connection is not None and session.connection is not connection:
            session.connection.close(4000)
        session.connection, connection.session = connection, session

    def _detach(self, connection: Connection, *, said_goodbye: bool) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if said_goodbye:
            self._sessions.pop(session.id, None)
        self._tell("bot_disconnected", "closed" if said_goodbye else "lost")

    def _tell(self, kind: EventKind, detail: str) -> None:
        self._events.publish(WorldEvent(kind=kind, at=self._state.clock(), detail=detail))


def _filter_members(members: list[JsonObject], data: JsonObject) -> Iterable[JsonObject]:
    wanted = data.get("user_ids")
    wanted_ids = {str(one) for one in (wanted if isinstance(wanted, list) else [wanted])} if wanted else None
    start = (data.get("query") or "").lower()
    limit = data.get("limit") or len(members)
    for member in members:
        if limit <= 0:
            return
        user = member["user"]
        if (wanted_ids is None or user["id"] in wanted_ids) and user["username"].lower().startswith(start):
            limit -= 1
            yield member
