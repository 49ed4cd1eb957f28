"""Who decided what: a chain in which each entry holds the digest of the one before, so that no entry can be changed."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

BEGINNING = "0" * 64
"""What the first entry has before it."""

Action = Literal[
    "open",
    "review",
    "approve",
    "reject",
    "cancel",
    "retry",
    "dispatch",
    "refused",
    "verified",
    "regressed",
    "deploy",
    "heal",
    "pause_healing",
    "resume_healing",
    "revert",
]


class Decision(BaseModel):
    """One decision: who, what, about what, and what exactly it was bound to."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    at: datetime
    actor: str
    """A Discord user's id, or `bot` for what it decided by itself."""
    action: Action
    subject: str
    """An order's id, a command's name."""
    details: dict[str, str] = {}


class Entry(BaseModel):
    """A decision in its place in the chain."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    seq: int
    body: str
    """The decision as JSON, to the byte as it was digested."""
    previous: str
    digest: str

    @property
    def decision(self) -> Decision:
        """What was decided. Raises ValidationError when somebody made the body unreadable."""
        return Decision.model_validate_json(self.body)


class Head(BaseModel):
    """How long the chain is, and its last digest: kept elsewhere, it proves that the end was not cut off."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"


class AuditLog(Protocol):
    """The chain, which is only ever added to."""

    async def append(self, decision: Decision) -> Entry:
        """Add a decision at the end. Raises StoreUnavailable: then it was not written, and must not be acted on."""
        ...

    async def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """The entries after this number, oldest first, as they stand in the store. Raises StoreUnavailable."""
        ...

    async def head(self) -> Head:
        """The end of the chain as the store remembers it beside the entries. Raises StoreUnavailable."""
        ...


def body_of(decision: Decision) -> str:
    """The decision as it is kept and digested: always the same bytes."""
    return json.dumps(
        {**decision.model_dump(mode="json"), "at": decision.at.astimezone(UTC).isoformat()},
        sort_keys=True, ensure_ascii=True, separators=(",", ":"),
    )  # fmt: skip


def digest_of(seq: int, body: str, previous: str) -> str:
    """What an entry is known by: its number, its decision, and all before it."""
    return hashlib.sha256(f"{seq}\n{previous}\n{body}".encode()).hexdigest()


def chained(decision: Decision, head: Head) -> Entry:
    """The decision as the entry after this head."""
    seq, body = head.seq + 1, body_of(decision)
    return Entry(seq=seq, body=body, previous=head.digest, digest=digest_of(seq, body, head.digest))


def broken_links(entries: Iterable[Entry], heads: Iterable[Head]) -> list[str]:
    """What is wrong with a whole chain, a sentence each: changed, removed, inserted, reordered or cut-off entries.

    `heads` are ends of the chain that were remembered: the store's own, and those kept outside of it.
    """
    found: list[str] = []
    at = Head(seq=0, digest=BEGINNING)
    digests = {0: BEGINNING}
    for entry in entries:
        if entry.seq != at.seq + 1:
            found.append(f"After entry {at.seq} comes entry {entry.seq}: entries were removed or inserted.")
        if entry.previous != at.digest:
            found.append(f"Entry {entry.seq} does not follow from the one before it.")
        if entry.digest != digest_of(entry.seq, entry.body, entry.previous):
            found.append(f"Entry {entry.seq} was changed after it was written.")
        at = Head(seq=entry.seq, digest=entry.digest)
        digests[entry.seq] = entry.digest
    found.extend(
        f"The end that was remembered ({head.seq}:{head.digest[:12]}…) is not in the chain."
        for head in heads
        if digests.get(head.seq) != head.digest
    )
    return found
