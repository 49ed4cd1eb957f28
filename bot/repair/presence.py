"""This process among the others on its store: its signs of life, and whether it leads."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.records.store import Process, Processes, StoreUnavailable
from bot.repair.tally import Tally

BEAT_SECONDS = 2.0

log = logging.getLogger(__name__)


class LeadLost(Exception):
    """Another process leads now: this one was away for too long, and must not act beside it."""


class Presence:
    """Beats while the process lives; the first of several processes leads until it leaves or dies."""

    def __init__(self, processes: Processes, tally: Tally, build: str, clock: Callable[[], datetime]) -> None:
        self._processes = processes
        self._tally = tally
        self._clock = clock
        now = clock()
        self.process = Process(id=f"p_{secrets.token_hex(8)}", build=build[:80], started_at=now, seen_at=now)
        self.leads = asyncio.Event()

    @property
    def id(self) -> str:
        """By what this process is known in the store."""
        return self.process.id

    async def beat(self) -> None:
        """One sign of life, with what was counted. Raises StoreUnavailable, LeadLost."""
        self.process = replace(self.process, seen_at=self._clock())
        leads = await self._processes.beat(self.process)
        await self._tally.flush()
        if self.leads.is_set() and not leads:
            raise LeadLost(f"{self.id} was away for too long: another process leads now.")
        if leads and not self.leads.is_set():
            log.info("%s leads", self.id, extra={"action": "leading"})
            self.leads.set()

    async def run(self, seconds: float = BEAT_SECONDS) -> None:
        """Beat until cancelled. A store that is away is waited for: then nobody else can lead either.

        Raises LeadLost.
        """
        while True:
            try:
                await self.beat()
            except StoreUnavailable as error:
                log.warning("no sign of life: %s", error, extra={"action": "beat_missed"})
            await asyncio.sleep(seconds)

    async def leave(self) -> None:
        """Say goodbye, so that another process takes over at once; with a store that is away it takes seconds."""
        with suppress(StoreUnavailable):
            await self._tally.flush()
            await self._processes.leave(self.id, self._clock())
