"""Whom the gate turned away goes into the audit too: once a minute for each person and command, and so many in all."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from bot.records.store import StoreUnavailable
from bot.repair.decisions import Decisions

AGAIN_SECONDS = 60.0
"""After this time the same refusal is written once more."""
MOST = 100
"""Refusals that are written within that time; a crowd must not fill the store."""
CLOSE_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass
class Refusals:
    """Writes refusals down in tasks of their own: nobody is answered later for it."""

    decisions: Decisions
    _written: dict[tuple[int, str], float] = field(default_factory=dict)
    """When each was last written, within the last minute."""
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, person: int, what: str) -> None:
        """Somebody was refused this."""
        now = time.monotonic()
        self._written = {key: at for key, at in self._written.items() if now - at < AGAIN_SECONDS}
        if (person, what) in self._written or len(self._written) >= MOST:
            return
        self._written[person, what] = now
        task = asyncio.create_task(self._write(person, what), name=f"refusal of {person}")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait, within a time, until everything is written."""
        if self._writing:
            await asyncio.wait(set(self._writing), timeout=CLOSE_SECONDS)

    async def _write(self, person: int, what: str) -> None:
        try:
            await self.decisions.write("refused", person, what or "a button", why="not authorized")
        except StoreUnavailable as error:
            log.warning("a refusal is in no audit: %s", error, extra={"action": "refusal_unwritten"})
