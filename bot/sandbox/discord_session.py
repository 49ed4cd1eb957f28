"""A bot's session with the sandbox's gateway, and the websocket it is on."""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.discord_records import JsonObject

DISPATCH = 0
REMEMBERED = 2_000  # events a session keeps for a resume


class Connection:
    """One websocket; what is sent is queued, so that handlers never wait for a slow client."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None = None) -> None:
        self._socket = socket
        self._transport = transport
        self._outbox: asyncio.Queue[str | bytes | int] = asyncio.Queue()
        self.session: Session | None = None
        self.closed_by_us = False

    def send(self, op: int, data: Any = None) -> None:
        """Queue a payload that is no event."""
        self.send_text(_encode({"op": op, "d": data, "s": None, "t": None}))

    def send_text(self, text: str | bytes) -> None:
        """Queue a payload that is encoded already; bytes go out as a binary frame."""
        self._outbox.put_nowait(text)

    def close(self, code: int) -> None:
        """Close with a code after what is queued."""
        self.closed_by_us = True
        self._outbox.put_nowait(code)

    def cut(self) -> None:
        """End without a closing frame."""
        self.closed_by_us = True
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is queued until the socket is closed."""
        while not self._socket.closed:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self._socket.close(code=item)
                return
            try:
                await (self._socket.send_bytes(item) if isinstance(item, bytes) else self._socket.send_str(item))
            except ConnectionError:
                return


@dataclass
class Session:
    """An identified bot: its intents, and the events it would get again on a resume."""

    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    connection: Connection | None = None

    def dispatch(self, name: str, data: JsonObject) -> None:
        """Send an event, or keep it for a resume."""
        self.sequence += 1
        text = _encode({"op": DISPATCH, "t": name, "s": self.sequence, "d": data})
        self.sent.append((self.sequence, text))
        if self.connection is not None:
            self.connection.send_text(text)

    def replay(self, after: int) -> None:
        """Send again what the bot has not seen."""
        for sequence, text in self.sent:
            if sequence > after and self.connection is not None:
                self.connection.send_text(text)


def _encode(payload: JsonObject) -> str:
    return orjson.dumps(payload).decode()
