"""The long runs: steady load, a storm, and the tests that take many examples: `make soak`."""

import asyncio
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.verdicts import Row
from benchmarks.workload import workload
from bot.logging import RingBufferHandler
from bot.logging.flight_recorder import open_recorder

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
STORM_SECONDS = min(SECONDS, 10.0)
CALLS = workload()
TESTS = [
    "tests/unit/logging",
    "tests/faults/test_approval_races.py",
    "tests/faults/test_broken_inputs.py",
    "tests/faults/test_killed_heals.py",
    "tests/unit/healing/test_overlaps.py",
    "tests/unit/repair/test_restart_after_publishing.py",
    "tests/unit/web/test_openapi.py",
]


def steady(logger: logging.Logger, rate: float, until: float, took: list[float]) -> None:
    """One thread at a steady rate, in bursts of ten milliseconds; how long each call took."""
    calls = CALLS
    due, at = time.perf_counter(), 0
    while due < until:
        for _ in range(round(rate / 100)):
            call = calls[at % len(calls)]
            start = time.perf_counter()
            logger.log(call.level, call.message, *call.args, extra=call.extra, exc_info=call.exc_info)
            took.append(time.perf_counter() - start)
            at += 1
        due += 0.01
        time.sleep(max(due - time.perf_counter(), 0))


def unthrottled(logger: logging.Logger, until: float, emitted: list[int]) -> None:
    """One thread as fast as it can, every fifth line of 64 KiB, every hundredth an error."""
    chance, count = random.Random(threading.get_ident()), 0
    long = "a page of words and numbers 1 2 3 " * (65_536 // 34)
    while time.perf_counter() < until:
        level = logging.ERROR if count % 100 == 0 else logging.INFO
        logger.log(level, long if chance.random() < 0.2 else "a short line")
        count += 1
    emitted.append(count)


async def lags(until: float) -> list[float]:
    """How much later than asked the loop wakes, in milliseconds."""
    found = []
    while time.perf_counter() < until:
        start = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append((time.perf_counter() - start - 0.005) * 1000)
    return found


def loaded(target: Callable[..., None], arguments: list[tuple[object, ...]], until: float) -> list[float]:
    """Run threads beside an event loop; the loop's lags."""
    threads = [threading.Thread(target=target, args=each) for each in arguments]
    for thread in threads:
        thread.start()
    found = asyncio.run(lags(until))
    for thread in threads:
        thread.join()
    return sorted(found)


def quantile(values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def handler_with(folder: Path) -> tuple[RingBufferHandler, logging.Logger]:
    """A handler that writes to a stream, and its logger."""
    handler = RingBufferHandler(stream=(folder / "out.log").open("w"))
    logger = logging.Logger("soak", logging.DEBUG)
    logger.addHandler(handler)
    return handler, logger


def steady_load(folder: Path) -> list[Row]:
    """Eight threads, 5,000 records a second, with stream and spool."""
    handler, logger = handler_with(folder)
    took: list[list[float]] = [[] for _ in range(8)]
    with open_recorder(folder / "spool", handler, {}):
        until = time.perf_counter() + SECONDS
        lag = loaded(steady, [(logger, 625.0, until, each) for each in took], until)
        counts = handler.counts
    calls = [each for thread in took for each in thread]
    lost = len(calls) - counts.accepted + sum(counts.unwritten.values()) + sum(counts.unspooled.values())
    print(f"steady: {len(calls) / SECONDS:.0f} records/s, median call {statistics.median(calls) * 1e6:.0f} us")
    return [
        Row("steady load: loop lag p99", quantile(lag, 0.99), 10, 10, "ms"),
        Row("steady load: loop lag, longest", lag[-1], 50, 50, "ms"),
        Row("steady load: a call, p99", quantile(calls, 0.99) * 1000, 1, 1, "ms"),
        Row("steady load: lines lost", lost, 0, 0, ""),
    ]


def log_storm(folder: Path) -> list[Row]:
    """Sixteen threads as fast as they can."""
    handler, logger = handler_with(folder)
    emitted: list[int] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_recorder(folder / "spool", handler, {}):
        until = time.perf_counter() + STORM_SECONDS
        lag = loaded(unthrottled, [(logger, until, emitted)] * 16, until)
        handler.flush()
        counts = handler.counts
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    kept = handler._ring.lines()
    held = sum(sys.getsizeof(line) + sys.getsizeof(line[1]) for line in kept) / 1024**2
    missing = sum(emitted) - counts.accepted - sum(counts.dropped.values())
    print(f"storm: {sum(emitted) / STORM_SECONDS:.0f} records/s; not written {dict(counts.unwritten)}")
    return [
        Row("storm: loop lag p99", quantile(lag, 0.99), 100, 100, "ms"),
        Row("storm: emitted - accepted - dropped", abs(missing), 0, 0, ""),
        Row("storm: lines in the ring", len(kept), 2000, 2000, ""),
        Row("storm: ring memory", held, 4.5, 4.5, "MiB"),
        Row("storm: growth of the process", growth, 64, 64, "MiB"),
    ]


def long_tests() -> list[Row]:
    """Two hundred kills, a heal killed at each of its points, a thousand races, and many examples."""
    more = {"SOAK_KILLS": "200", "SOAK_EXAMPLES": "100000", "SOAK_RACES": "1000", "SOAK_REQUESTS": "100"}
    more |= {"SOAK_KILL_EVERY": "1", "SOAK_OVERLAPS": "100"}
    environment = {**os.environ, **{name: os.environ.get(name, value) for name, value in more.items()}}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", *TESTS], env=environment, check=False)
    return [Row(f"kills ({environment['SOAK_KILLS']}), races and property tests that fail", done.returncode, 0, 0, "")]


def main() -> int:
    """Run all of it and print the verdicts; 1 when something falls short."""
    rows = []
    for part in (log_storm, steady_load):
        with tempfile.TemporaryDirectory() as folder:
            rows += part(Path(folder))
    rows += long_tests()
    print("\nFigure (must / stretch)")
    for row in rows:
        print(row.told())
    return int(any(row.verdict == "FALLS SHORT" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
