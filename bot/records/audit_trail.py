"""The audit as a whole: read to its end, verified, and written out."""

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass

from pydantic import ValidationError

from bot.records.audit import BEGINNING, AuditLog, Decision, Entry, Head, broken_links

AT_ONCE = 1000


@dataclass(frozen=True)
class Trail:
    """Every entry, and the end that the store remembered before they were read."""

    entries: tuple[Entry, ...]
    head: Head

    def problems(self, kept: Sequence[Head] = ()) -> list[str]:
        """What is wrong with the chain, a sentence each; `kept` are ends that were remembered elsewhere."""
        return broken_links(self.entries, [self.head, *kept])

    @property
    def end(self) -> Head:
        """Where the chain ends."""
        last = self.entries[-1] if self.entries else None
        return Head(seq=last.seq, digest=last.digest) if last else self.head

    def about(self, subjects: Set[str]) -> list[Entry]:
        """The entries on any of these subjects."""
        return [each for each in self.entries if (told := readable(each)) and told.subject in subjects]


async def read_trail(log: AuditLog) -> Trail:
    """The whole audit. Raises StoreUnavailable."""
    head = await log.head()  # first: what is added meanwhile follows it
    entries: list[Entry] = []
    while more := await log.entries(after=entries[-1].seq if entries else 0, limit=AT_ONCE):
        entries.extend(more)
    return Trail(tuple(entries), head)


def readable(entry: Entry) -> Decision | None:
    """The decision of an entry; None when somebody made it unreadable."""
    try:
        return entry.decision
    except ValidationError:
        return None


def as_json_lines(entries: Sequence[Entry]) -> str:
    """The entries, one JSON object a line, with all that is needed to verify them again."""
    return "".join(json.dumps(entry.model_dump()) + "\n" for entry in entries)


def read_lines(text: str) -> Trail:
    """An export, read again. Raises ValueError (a ValidationError is one)."""
    entries = tuple(Entry.model_validate_json(line) for line in text.splitlines() if line.strip())
    begins = Head(seq=0, digest=BEGINNING)
    return Trail(entries, Head(seq=entries[-1].seq, digest=entries[-1].digest) if entries else begins)


def read_head(text: str) -> Head:
    """An end as it is printed, `12:3f…`. Raises ValueError (a ValidationError is one)."""
    seq, _, digest = text.strip().partition(":")
    return Head(seq=int(seq), digest=digest)
