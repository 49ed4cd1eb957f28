"""Eight threads and four tasks log as fast as they can: what gets through, and how evenly a call on the loop takes."""

import asyncio
import statistics
import threading
import time

from benchmarks.log_engine import OURS, REF, ours
from benchmarks.peers import Log, reference
from benchmarks.verdicts import Row
from benchmarks.workload import Call, workload

SECONDS = 1.5
ROUNDS = 5
THREADS, TASKS = 8, 4


def in_threads(log: Log, calls: list[Call], stop: threading.Event, done: list[int]) -> None:
    """Log until told to stop."""
    count = 0
    while not stop.is_set():
        for call in calls[count % len(calls) : count % len(calls) + 50]:
            log(call)
            count += 1
    done.append(count)


async def in_tasks(log: Log, calls: list[Call], stop: threading.Event, took: list[float]) -> None:
    """Log on the loop, and time each call."""
    while not stop.is_set():
        for call in calls[:20]:
            start = time.perf_counter()
            log(call)
            took.append(time.perf_counter() - start)
        await asyncio.sleep(0)


def storm(log: Log, calls: list[Call]) -> tuple[float, float]:
    """Calls a second, and p99/p50 of a call on the loop."""
    stop, done, took = threading.Event(), list[int](), list[float]()
    threads = [threading.Thread(target=in_threads, args=(log, calls, stop, done)) for _ in range(THREADS)]

    async def loop() -> None:
        tasks = [asyncio.create_task(in_tasks(log, calls, stop, took)) for _ in range(TASKS)]
        for thread in threads:
            thread.start()
        await asyncio.sleep(SECONDS)
        stop.set()
        await asyncio.gather(*tasks)

    start = time.perf_counter()
    asyncio.run(loop())
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - start
    cuts = statistics.quantiles(took, n=100)
    return (sum(done) + len(took)) / spent, cuts[98] / cuts[49]


def rows() -> list[Row]:
    """Measure in turns and return the verdicts."""
    calls = [call for call in workload() if call.exc_info is None]
    logs = {REF: reference(), OURS: ours()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in logs}
    for _ in range(ROUNDS):
        for name, log in logs.items():
            found[name].append(storm(log, calls))
    rate, spread = {}, {}
    print("\nA storm of 8 threads and 4 tasks")
    for name, values in found.items():
        rate[name], spread[name] = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"  {name:44} {rate[name]:8.0f} calls/s  p99/p50 {spread[name]:6.2f}")
    return [
        Row("storm: throughput, x python-json-logger", rate[OURS] / rate[REF], 1.0, 1.3, at_least=True),
        Row("storm: p99/p50 of a call on the loop", spread[OURS], 5, 3),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row.told())
