"""What looking into the ring costs: the worst filter beside a scan that parses each line; how long the loop waits."""

import asyncio
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.verdicts import Row, interleaved, show
from bot.logging import RingBufferHandler

ROUNDS = 15
LINES = 2_000
SCAN = "json.loads of each line"
FILTERS: dict[str, dict[str, str]] = {
    "text that is nowhere": {"contains": "zzz nowhere"},
    "text that is nowhere, not ASCII": {"contains": "Überweisung"},
    "level that is nowhere": {"level": "critical"},
    "text and level": {"contains": "expenses", "level": "info"},
    "text that is everywhere": {"contains": "saved"},
    "none": {},
}


def filled(text: str) -> RingBufferHandler:
    """A full ring of usual lines."""
    handler = RingBufferHandler()
    logger = logging.Logger("bench", logging.DEBUG)
    logger.addHandler(handler)
    for number in range(LINES):
        extra = {"user": "alice", "user_id": 10**17 + number, "channel": "general", "entities": {"amount": 12.5}}
        logger.info(text, number, extra={**extra, "intent": "log_expense", "action": "row_saved"})
    return handler


def scan(handler: RingBufferHandler) -> list[dict[str, object]]:
    """What a bot without filters of its own does."""
    return [fields for line in handler.lines() if "nowhere" in (fields := json.loads(line))["msg"]]


def memory() -> float:
    """MiB that a handler holds after the most that can be logged into it: lines at the cap, then the shortest."""
    worst = 0.0
    for size in (20, 300, 2_000, 20_000):
        handler = RingBufferHandler()
        for number in range(4_000):
            record = {"msg": f"{number} " + "é" * size, "levelno": 20, "levelname": "INFO"}
            handler.handle(logging.makeLogRecord(record))
        kept = handler._ring.lines()
        held = sys.getsizeof(handler._ring._kept) + sum(sys.getsizeof(line) + sys.getsizeof(line[1]) for line in kept)
        worst = max(worst, held / 1024**2)
    return worst


async def longest_hold(handler: RingBufferHandler) -> float:
    """Milliseconds of CPU that the event loop waits while somebody looks for what is nowhere; median of the maxima."""
    maxima = []
    for _ in range(ROUNDS):
        gaps = [0.0]
        finding = asyncio.create_task(handler.find(contains="zzz nowhere"))
        before = time.thread_time()
        while not finding.done():
            await asyncio.sleep(0)
            gaps.append(time.thread_time() - before)
            before = time.thread_time()
        maxima.append(max(gaps) * 1000)
    return statistics.median(maxima)


def looked(handler: RingBufferHandler, wanted: dict[str, str]) -> Callable[[], object]:
    """One look."""
    return lambda: handler.lines(**wanted)  # type: ignore[arg-type] # the filters are all texts


def rows() -> list[Row]:
    """Measure and return the verdicts."""
    ratios: list[float] = []
    for text in ("row %d was saved to Expenses", "row %d was saved to Ausgaben für Åsa"):
        handler = filled(text)
        works = {SCAN: lambda handler=handler: scan(handler), **{n: looked(handler, f) for n, f in FILTERS.items()}}
        seconds = interleaved(works, ROUNDS)
        show(f"{LINES} lines: {text}", seconds, SCAN)
        ratios += [seconds[name] / seconds[SCAN] for name in FILTERS]
    hold = asyncio.run(longest_hold(filled("row %d was saved to Ausgaben für Åsa")))
    return [
        Row("lines(), worst filter, x a json.loads scan", max(ratios), 0.2, 0.14),
        Row("longest hold of the event loop", hold, 5, 1.5, "ms"),
        Row("ring memory, whatever is logged", memory(), 4.5, 4.5, "MiB"),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row.told())
