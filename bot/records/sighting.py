"""Which fault is whose incident, and how often it was seen: the record, and its port of the store."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.events.event import Severity, Source
from bot.incident.payload import Incident

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "blocker")
"""From the least to the gravest."""


def graver(one: Severity, other: Severity) -> Severity:
    """The graver of two severities."""
    return max(one, other, key=SEVERITIES.index)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One fault as it was seen so far, by whomever: all signals of one fingerprint are one incident."""

    fingerprint: str
    incident_id: str
    title: str
    severity: Severity
    sources: frozenset[str]
    count: int
    first_seen: datetime
    last_seen: datetime


Place = tuple[datetime, str]
"""When a fault was seen last, and its fingerprint: where it stands in the list."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which faults are listed: all, or those of a severity, from a source, and after a place in the list."""

    severity: Severity | None = None
    source: Source | None = None
    before: Place | None = None


EVERY = Wanted()


class Sightings(Protocol):
    """Which fault is whose incident, and how often it was seen."""

    async def add(self, seen: Sequence[Sighting], first: Iterable[Incident] = ()) -> list[Sighting]:
        """Add these counts; returns what is known of each fault then.

        A fault that was not known gets its incident of `first`, in one transaction; a known one keeps the incident that
        it has. Raises StoreUnavailable.
        """
        ...

    async def get(self, fingerprint: str) -> Sighting | None:
        """What is known of this fault; None when it was never seen. Raises StoreUnavailable."""
        ...

    async def known(self, fingerprints: Collection[str]) -> frozenset[str]:
        """Those of them that were seen before. Raises StoreUnavailable."""
        ...

    async def newest(self, limit: int = 100, wanted: Wanted = EVERY) -> list[Sighting]:
        """The faults that were seen last, newest first. Raises StoreUnavailable."""
        ...
