"""What the watchdog adds to a log call with its patterns, and how long a storm takes through bus and triage."""

import asyncio
import logging
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.peers import by_stdlib
from benchmarks.verdicts import Row
from benchmarks.workload import workload
from bot.events.bus import open_bus
from bot.events.catalog import IngestionFailed, LogPatternError
from bot.events.event import Event
from bot.logging import RingBufferHandler
from bot.logging.line_writer import LineWriter
from bot.logging.redaction import redact_plain
from bot.records.sql_store import open_store
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.signals import SIGNALS
from bot.repair.triage import Triage
from bot.watchdog.matching import Line, Matcher
from bot.watchdog.own_log import OwnLog
from bot.watchdog.patterns import SHIPPED, read_patterns
from tests.factories import Clock, ScriptedAgent, a_bench

EVENTS = 10_000
ROUNDS = 15


def nowhere(*_: object) -> None:
    """Takes the events."""


def shares() -> tuple[float, float]:
    """By how much the full mix of calls gets dearer when the watchdog looks on: for the caller, and in all threads."""
    bare, watched = RingBufferHandler(), RingBufferHandler()
    matcher = Matcher([each for each in read_patterns(SHIPPED) if each.pattern.own_log])
    queue = watched.watched = LineWriter(OwnLog(matcher, nowhere), name="watchdog", delay=0.2)
    logs = {"bare": by_stdlib(bare, "bare"), "watched": by_stdlib(watched, "watched")}
    calls = workload()
    own: dict[str, list[float]] = {name: [] for name in logs}
    all_of_it: dict[str, list[float]] = {name: [] for name in logs}
    for _ in range(ROUNDS):
        for name, call_log in logs.items():
            began, began_all = time.thread_time(), time.process_time()
            for call in calls:
                call_log(call)
            own[name].append(time.thread_time() - began)
            queue.flush()
            all_of_it[name].append(time.process_time() - began_all)
    for what, spent in (("for the caller", own), ("in all threads", all_of_it)):
        bare_ms, watched_ms = (statistics.median(spent[name][1:]) * 1e3 for name in logs)
        print(f"  10,000 calls, {what}: {bare_ms:.1f} ms bare, {watched_ms:.1f} ms watched")
    return tuple(  # type: ignore[return-value] # - there are two
        statistics.median(spent["watched"][1:]) / statistics.median(spent["bare"][1:]) - 1 for spent in (own, all_of_it)
    )


def each_line() -> float:
    """Microseconds that one line of a file takes, of which one in ten meets a pattern."""
    matcher = Matcher(read_patterns(SHIPPED))
    quiet = [Line(f"2026-01-05 12:00:00 INFO request {n} took {n % 90} ms for user {n}", "a.log") for n in range(9_000)]
    lines = quiet + [Line(f"404 Not Found (error code: 10062): Unknown interaction {n}", "a.log") for n in range(1_000)]
    began = time.perf_counter()
    matcher.met(lines)
    return (time.perf_counter() - began) / len(lines) * 1e6


async def storm() -> tuple[float, int]:
    """Seconds for 10,000 events through a bus on a real store and triage, and how many incidents came of them."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder)) as store:
            clock = Clock()
            bench = a_bench(store, ScriptedAgent(), clock)
            async with open_bus(store.events, redact_plain, clock) as bus:
                orders = NoticedOrders(bench.repairs, clock, auto_propose=False)
                triage = Triage(store, bench.repairs.capture, bus, orders)
                bus.subscribe("triage", SIGNALS, triage.hear, capacity=EVENTS)
                began = time.perf_counter()
                for start in range(0, EVENTS, 500):
                    await bus.publish(*map(event, range(start, start + 500)))
                await bus.settle()
                await triage.flush()
                took = time.perf_counter() - began
            bench.handler.close()
            return took, len(await store.sightings.newest(1_000))


def event(number: int) -> Event:
    """Mostly the same fault; each thousandth is another one."""
    if number % 1_000:
        return IngestionFailed(file_path="book.pdf", error=f"row {number} is bad")
    return LogPatternError(pattern=f"p{number}", line="x", source="a.log")


def rows() -> list[Row]:
    """Measure, and return the verdicts."""
    logging.getLogger("bot").setLevel(logging.CRITICAL)
    took, incidents = asyncio.run(storm())
    print(f"\n10,000 events through bus and triage: {took:.2f} s, {incidents} incidents")
    caller, everything = shares()
    return [
        Row("watchdog, 32 patterns: share on top of a call, caller", caller, 0.05, 0.02),
        Row("the same, CPU of all threads; a quarter of the lines is WARNING or worse", everything, 0.5, 0.1),
        Row("a line of a watched file, µs", each_line(), 20.0, 8.0),
        Row("10,000 events, bus + store + triage, s", took, 10.0, 4.0),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row.told())
