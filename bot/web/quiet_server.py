"""uvicorn inside the bot: it leaves signals alone, tells when it listens, and lets nobody hold all its connections."""

import asyncio
import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.web.room import most_connections

CUT_OFF = ("ASGI callable returned without completing", "Cancel ")
"""What uvicorn says of connections that were ended before their answer was whole."""


class QuietServer(uvicorn.Server):
    """A server among the bot's other tasks."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The bot ends in order by itself."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.listens.set()


class PatientProtocol(H11Protocol):
    """A connection that has to ask for something within its keep-alive time, and gives way to others while it waits."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._unasked = self.loop.call_later(self.timeout_keep_alive, transport.close)
        if len(self.connections) > most_connections():
            self._make_room()

    def handle_events(self) -> None:
        """Read what came; with the first whole request the wait is over."""
        super().handle_events()
        if getattr(self, "cycle", None):
            self._unasked.cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._waits_since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._unasked.cancel()
        super().connection_lost(exc)

    @property
    def is_waiting(self) -> bool:
        """Is nothing being answered here, for no request came whole?"""
        cycle = self.cycle
        is_asked = cycle is not None and not cycle.response_complete and (cycle.response_started or not cycle.more_body)
        return not is_asked or self.transport.is_closing()

    def _make_room(self) -> None:
        """Let go of the connection that has waited longest; of this one where all others are being answered."""
        patient = [each for each in self.connections if isinstance(each, PatientProtocol) and each.is_waiting]
        longest = min(patient, key=lambda each: each._waits_since)
        self.connections.discard(longest)
        longest.transport.abort()


def is_fault(record: logging.LogRecord) -> bool:
    """Is it more than a connection that we, or a leaving process, ended early?"""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError) and not str(record.msg).startswith(CUT_OFF)
