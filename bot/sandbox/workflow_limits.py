"""Limits on work: minutes, cancellation, and groups of which one member runs at a time."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

_ResultT = TypeVar("_ResultT")


class WorkTimedOutError(Exception):
    """The work took longer than it was given."""


class WorkCancelledError(Exception):
    """Somebody cancelled the run."""


async def run_within(work: Coroutine[None, None, _ResultT], seconds: float, cancelled: asyncio.Event) -> _ResultT:
    """Do the work; raises WorkTimedOutError or WorkCancelledError after having stopped it."""
    task = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(cancelled.wait())
    limit = None if seconds == float("inf") else max(seconds, 0)
    try:
        await asyncio.wait({task, stop}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return await task
        raise WorkCancelledError if stop.done() else WorkTimedOutError
    finally:
        stop.cancel()
        task.cancel()
        await asyncio.wait({task, stop})


@dataclass(eq=False)
class _Claim:
    cancelled: asyncio.Event
    entered: "asyncio.Future[bool]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class ConcurrencyGroups:
    """Per group one claim runs and one waits; a newer one takes the place of the one that waits."""

    def __init__(self) -> None:
        self._running: dict[str, _Claim] = {}
        self._waiting: dict[str, _Claim] = {}

    def is_busy(self, group: str) -> bool:
        """Whether a newcomer would have to wait."""
        return group.lower() in self._running

    async def enter(self, group: str, cancels_others: bool, cancelled: asyncio.Event) -> bool:
        """Wait for the group; False when a newer claim took this one's place, or when `cancelled` was set."""
        key, claim = group.lower(), _Claim(cancelled)
        if key not in self._running:
            self._running[key] = claim
            return True
        if cancels_others:
            self._running[key].cancelled.set()
        if older := self._waiting.pop(key, None):
            older.entered.set_result(False)
        self._waiting[key] = claim
        stop: asyncio.Future[bool] = asyncio.ensure_future(cancelled.wait())
        try:
            await asyncio.wait({claim.entered, stop}, return_when=asyncio.FIRST_COMPLETED)
            return claim.entered.done() and claim.entered.result()
        finally:
            stop.cancel()
            if self._waiting.get(key) is claim:
                del self._waiting[key]

    def leave(self, group: str) -> None:
        """Let the one that waits run."""
        key = group.lower()
        self._running.pop(key, None)
        if claim := self._waiting.pop(key, None):
            self._running[key] = claim
            claim.entered.set_result(True)
