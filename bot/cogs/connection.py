"""Getting to Discord and staying there: what may pass is waited for, with plain lines in the log."""

import asyncio
import logging
import random
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord
from discord.backoff import ExponentialBackoff

from bot.cogs.lost_answers import LOST

LAST_MOMENT = 1.0
"""Seconds in which discord.py may end its connection by itself once the client left."""
STEADY_SECONDS = 60.0
"""A connection that lived longer than this makes the pauses short again."""
BROKEN_FRAME = (ValueError, TypeError, LookupError, AttributeError, RuntimeError, zlib.error)
"""What discord.py raises on a frame of the gateway that is not one; it lets these through and stops."""

Act = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass
class Patience:
    """The pauses between two tries to reach Discord, in seconds: growing, and long when Discord limits us.

    They may be changed while somebody waits; the next pause is by what stands here then.
    """

    first: float = 1.0
    longest: float = 30.0
    limited: float = 60.0
    longest_limited: float = 1_800.0

    def pause(self, failures: int, error: BaseException) -> float:
        """How long to wait after so many failures in a row, with jitter, so that many bots do not come at once."""
        if isinstance(error, discord.HTTPException) and error.status in (403, 429):
            wait = min(max(asked_wait(error), self.limited), self.longest_limited)
            return wait * random.uniform(1.0, 1.1)  # noqa: S311 - not a secret
        wait = min(self.first * 2.0 ** min(failures, 10), self.longest)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret


def asked_wait(error: discord.HTTPException) -> float:
    """The seconds that Discord asks us to wait; 0 when it does not say."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return float(headers.get("Retry-After") or headers.get("X-RateLimit-Reset-After") or 0)
    except ValueError:
        return 0.0


class ShortBackoff(ExponentialBackoff[Any]):
    """discord.py's pauses between two reconnects, at most 16 seconds instead of 17 minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._max = 4


class PlainOutages(logging.Filter):
    """Makes a plain line of what discord.py logs as an error with its traceback when it loses the connection."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__()
        self._client = client

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line; drop it while the first connection is not made, which `Connection` tells of."""
        if not record.exc_info or not str(record.msg).startswith("Attempting a reconnect"):
            return True
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "%s; trying again within seconds", (told_of(record.exc_info[1]),)
        record.exc_info = record.exc_text = None
        record.action = "discord_unreachable"
        return has_connected(self._client)


def has_connected(client: discord.Client) -> bool:
    """Has this client had a gateway connection yet? (discord.py declares `ws` as always there.)"""
    ws: object = client.ws
    return ws is not None


def told_of(error: BaseException | None) -> str:
    """What went wrong between Discord and us, in one line."""
    return " ".join(f"Discord cannot be reached: {type(error).__name__} {error}".split())[:300]


@contextmanager
def calm_discord(client: discord.Client) -> Iterator[None]:
    """Let discord.py of this process wait shortly, and tell of outages plainly."""
    outages, logger = PlainOutages(client), logging.getLogger("discord.client")
    vars(discord.client)["ExponentialBackoff"] = ShortBackoff  # discord.py has no setting for it
    logger.addFilter(outages)
    try:
        yield
    finally:
        logger.removeFilter(outages)


@dataclass(frozen=True)
class Connection:
    """One client's way to Discord; `left` is set when it will not connect again."""

    client: discord.Client
    left: asyncio.Event
    patience: Patience = field(default_factory=Patience)

    async def log_in(self, token: str) -> None:
        """Log in, again and again after what may pass. Raises LoginFailure."""
        await self._persist(lambda: self.client.login(token), LOST, self._forget_session)

    async def stay(self) -> None:
        """Stay connected until the client leaves. Raises PrivilegedIntentsRequired, ConnectionClosed."""
        await self._persist(self.client.connect, (*LOST, discord.GatewayNotFound, *BROKEN_FRAME), self._hang_up)

    async def _persist(self, act: Act, failures: tuple[type[Exception], ...], clean: Act) -> None:
        failed = 0
        while not self.left.is_set():
            began = time.monotonic()
            try:
                await self._until_left(act())
            except failures as error:
                cause = real_cause(error)
            else:
                return
            if self.left.is_set():
                return
            failed = 0 if time.monotonic() - began > STEADY_SECONDS else failed
            pause = self.patience.pause(failed, cause)
            failed += 1
            log.warning("%s; next try in %.0f s", told_of(cause), pause, extra={"action": "discord_unreachable"})
            await clean()
            await self._until_left(asyncio.sleep(pause))

    async def _until_left(self, work: Awaitable[None]) -> None:
        """Do this work, but no longer than a moment after the client left."""
        working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(self.left.wait())
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({working}, timeout=LAST_MOMENT)
            if working.done():
                working.result()
        finally:
            leaving.cancel()
            working.cancel()
            await asyncio.gather(leaving, working, return_exceptions=True)

    async def _hang_up(self) -> None:
        """Close a connection that a broken frame left open."""
        if has_connected(self.client) and self.client.ws.open:
            await self.client.ws.close()

    async def _forget_session(self) -> None:
        """A login opens a session of its own; closing the old one closes its connector too."""
        await self.client.http.close()
        self.client.http.connector = discord.utils.MISSING


def real_cause(error: Exception) -> BaseException:
    """What went wrong: a first connection that fails ends in an AttributeError of discord.py 2.7's own making."""
    return error.__context__ if isinstance(error, AttributeError) and error.__context__ else error
