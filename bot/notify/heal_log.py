"""`logs/self-heal.log`: one JSON line for every action of watchdog and healer, with what came of it."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from bot.events.bus import Bus, Entry

NAMES = ("self_healing.*", "watchdog.*", "coding_agent.*")
MAX_BYTES, KEPT = 1_000_000, 3

log = logging.getLogger(__name__)


class Lines(RotatingFileHandler):
    """A rotating file that tells a failure once, where the standard one prints a traceback each time."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # the standard library's name
        """A full disk is said once and holds nothing up."""
        if not self.failed:
            log.warning(
                "%s cannot be written: is the disk full?", self.baseFilename, extra={"action": "heal_log_failed"}
            )
        self.failed = True


class HealLog:
    """The file, bounded by rotation."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lines = Lines(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)

    async def write(self, entry: Entry) -> None:
        """One line, redacted as the event was."""
        fields = {"at": entry.at.isoformat(), "event": entry.name, **entry.event.model_dump(mode="json")}
        self._lines.emit(logging.makeLogRecord({"msg": json.dumps(fields, ensure_ascii=False)}))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


@asynccontextmanager
async def open_heal_log(path: Path, bus: Bus) -> AsyncIterator[HealLog]:
    """The file, written as the bus delivers."""
    heal_log = HealLog(path)
    subscription = bus.subscribe("self-heal.log", NAMES, heal_log.write)
    try:
        yield heal_log
    finally:
        bus.unsubscribe(subscription)
        heal_log.close()
