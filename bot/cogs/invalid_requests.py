"""How often Discord refused a request of ours, and the stop before it bans the address for that."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace

import aiohttp
import discord

LIMIT = 1_000
"""Discord bans an address after 10,000 in the window (its guide on rate limits); we stop far below."""
WINDOW = 600.0
"""Seconds."""
REFUSED = (401, 403, 429)
SESSION = "_HTTPClient__session"
"""Where discord.py keeps what it sends through; it takes a trace before the login only."""

log = logging.getLogger(__name__)


class SendingPaused(discord.HTTPException):
    """Too many requests were refused: nothing is sent until the window is over."""

    def __init__(self, seconds: float) -> None:
        self.status = 429
        self.code = 0
        self.text = f"nothing is sent for {seconds:.0f} s: Discord refused too many requests"
        Exception.__init__(self, self.text)


class InvalidRequests:
    """Counts refused requests in windows of ten minutes; at the limit it lets none out for the rest of the window."""

    def __init__(self, limit: int = LIMIT, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._began = -window
        self._count = 0

    @property
    def count(self) -> int:
        """How many there were in this window."""
        return self._count if self._clock() < self._began + self._window else 0

    @property
    def pause(self) -> float:
        """Seconds for which nothing may be sent; 0 when it may."""
        return self._began + self._window - self._clock() if self.count >= self._limit else 0.0

    def note(self, status: int, scope: str | None = None) -> None:
        """Count an answer; a limit that all users of a resource share (scope `shared`) is not our fault."""
        if status not in REFUSED or scope == "shared":
            return
        if not self.count:
            self._began, self._count = self._clock(), 0
        self._count += 1
        if self._count == self._limit:
            log.error(
                "Discord refused %s requests within %.0f minutes; nothing is sent for %.0f s, so that it does not ban "
                "this address: look for 401, 403 and 429 above",
                self._count,
                self._window / 60,
                self.pause,
                extra={"action": "discord_paused"},
            )

    def trace(self) -> aiohttp.TraceConfig:
        """What discord.py's HTTP client calls around each request."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._before)
        config.on_request_end.append(self._after)
        return config

    async def _before(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, asked: aiohttp.TraceRequestStartParams
    ) -> None:
        if asked.url.scheme not in ("ws", "wss") and (seconds := self.pause):
            raise SendingPaused(seconds)

    async def _after(self, _: aiohttp.ClientSession, __: SimpleNamespace, told: aiohttp.TraceRequestEndParams) -> None:
        self.note(told.response.status, told.response.headers.get("X-RateLimit-Scope"))


@asynccontextmanager
async def counted(client: discord.Client) -> AsyncIterator[InvalidRequests]:
    """Count what another's client sends, from when it is connected on, for as long as the context is open."""
    refused, config = InvalidRequests(), None

    async def begin() -> None:
        nonlocal config
        await client.wait_until_ready()
        config = refused.trace()
        config.freeze()
        session_of(client).trace_configs.append(config)

    beginning = asyncio.create_task(begin(), name="suture count refusals")
    try:
        yield refused
    finally:
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
        if config is not None:
            with suppress(ValueError):  # the client has logged in anew, with a session of its own
                session_of(client).trace_configs.remove(config)


def session_of(client: discord.Client) -> aiohttp.ClientSession:
    """What a client that is logged in sends through."""
    session: aiohttp.ClientSession = getattr(client.http, SESSION)
    return session
