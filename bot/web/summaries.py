"""Summaries as they are asked for again and again: an open page asks with every event, and each may cost tokens."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.incident.payload import Incident
from bot.incident.summary import Summary

FRESH = timedelta(minutes=10)
MOST_KEPT = 200

Summarise = Callable[[Incident], Awaitable[Summary]]


class Summaries:
    """One summary of an incident for a while, made one after the other."""

    def __init__(self, summarise: Summarise, clock: Callable[[], datetime]) -> None:
        self._summarise = summarise
        self._clock = clock
        self._kept: OrderedDict[str, tuple[datetime, Summary]] = OrderedDict()
        self._one = asyncio.Lock()

    async def of(self, incident: Incident) -> Summary:
        """The incident's summary, at most so old. Raises StoreUnavailable."""
        async with self._one:
            made_at, summary = self._kept.get(incident.id, (None, None))
            if made_at is None or summary is None or self._clock() - made_at >= FRESH:
                summary = await self._summarise(incident)
                self._kept[incident.id] = (self._clock(), summary)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            return summary
