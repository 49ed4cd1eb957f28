"""The sandbox GitHub's journal of requests (append-only, on disk) and its stream of events."""

import asyncio
from pathlib import Path

from pydantic import ValidationError

from bot.sandbox.github_records import Entry, GitHubEvent


class Journal:
    """Every REST request and git exchange, in order, over restarts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.entries = self._read()

    def _read(self) -> list[Entry]:
        if not self._path.exists():
            return []
        kept, complete = [], bytearray()
        for line in self._path.read_bytes().splitlines(keepends=True):
            try:
                kept.append(Entry.model_validate_json(line))
            except ValidationError:
                continue  # only a line that a kill cut short
            complete += line.rstrip(b"\n") + b"\n"
        self._path.write_bytes(bytes(complete))
        return kept

    def add(self, entry: Entry) -> None:
        """Write one line at the end."""
        with self._path.open("ab", buffering=0) as journal:
            journal.write(entry.model_dump_json().encode() + b"\n")
        self.entries.append(entry)


class EventStream:
    """Tells each subscriber each event, in order."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[GitHubEvent]] = []

    def subscribe(self) -> asyncio.Queue[GitHubEvent]:
        """A queue of all events from now on."""
        queue: asyncio.Queue[GitHubEvent] = asyncio.Queue()
        self._queues.append(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[GitHubEvent]) -> None:
        """Stop filling a queue."""
        self._queues = [kept for kept in self._queues if kept is not queue]

    def publish(self, event: GitHubEvent) -> None:
        """Tell everyone."""
        for queue in self._queues:
            queue.put_nowait(event)
