"""What the API and the panel cost on the bot's own loop: 50 stream readers, 20 requests a second, 10,000 incidents.

The clients are a process of their own, so that the loop carries the bot alone; one of them reads nothing.
"""

import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.verdicts import Row
from bot.events.catalog import IngestionCompleted
from bot.records.playbook_run import PlaybookRun
from bot.records.sighting import Sighting
from bot.records.store import Store
from tests.factories import an_incident, an_order
from tests.stories.browser_lab import open_browser
from tests.unit.web.web_lab import KEY, WebLab, open_web_lab

SECONDS = float(os.environ.get("PANEL_SECONDS", "60"))
READERS, PER_SECOND = 50, 20
EVENTS_PER_SECOND = 10
INCIDENTS, RECORDS = 10_000, 500
FLOOD = 4_000
"""Events, of a size that fills any socket's buffers, after which whoever reads nothing is a thousand behind."""
LISTS = ("/patches/work-orders?limit=200", "/patches/runs?limit=200", "/incidents?limit=200", "/patches/stats",
         "/events/recent?limit=100", "/logs?lines=200", "/incidents?severity=high&limit=50")  # fmt: skip
AT_ONCE = 10
FLOODED = "flood-"
LAST = "the last one"


@dataclass
class Heard:
    """What one reader of the stream got."""

    delays: list[float] = field(default_factory=list)
    flooded: int = 0
    has_last: bool = False


async def read_stream(url: str, heard: Heard) -> None:
    """Follow the stream until its last event."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /events/stream HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {KEY}\r\n\r\n".encode())
    async for line in reader:
        if not line.startswith(b"data:") or b"ingestion.completed" not in line:
            continue
        told = json.loads(line[5:])["payload"]["file_path"]
        if told.startswith(FLOODED):
            heard.flooded += 1
        elif told == LAST:
            heard.has_last = True
            break
        else:
            heard.delays.append(time.monotonic() - float(told))
    writer.close()


async def read_nothing(url: str, over: asyncio.Event) -> None:
    """Open the stream and leave it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    held.setblocking(False)
    await asyncio.get_running_loop().sock_connect(held, (urlsplit(url).hostname, urlsplit(url).port))
    words = f"GET /events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {KEY}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(held, words.encode())
    await over.wait()
    held.close()


async def ask(url: str, took: list[float], failed: list[int]) -> None:
    """Ask for lists at a steady pace."""
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=url, headers={"X-API-Key": KEY}, timeout=30) as client:

        async def once(path: str) -> None:
            start = time.monotonic()
            answer = await client.get(path)
            took.append(time.monotonic() - start)
            if answer.status_code != 200:
                failed.append(answer.status_code)

        async with asyncio.TaskGroup() as group:
            for number in range(round(SECONDS * PER_SECOND)):
                await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
                group.create_task(once(LISTS[number % len(LISTS)]))


async def be_clients(url: str) -> None:
    """Everything that asks, until the last event; prints what it saw."""
    took: list[float] = []
    failed: list[int] = []
    over, everyone = asyncio.Event(), [Heard() for _ in range(READERS)]
    slow = asyncio.create_task(read_nothing(url, over))
    reading = [asyncio.create_task(read_stream(url, heard)) for heard in everyone]
    await asyncio.sleep(1)
    print("ready", flush=True)
    await ask(url, took, failed)
    await asyncio.wait(reading, timeout=120)
    over.set()
    await slow
    delays = [delay for heard in everyone for delay in heard.delays]
    whole = sum(heard.has_last and heard.flooded == FLOOD for heard in everyone)
    print(json.dumps({"took": took, "failed": failed, "delays": delays, "whole": whole}), flush=True)


async def fill(store: Store) -> None:
    """Put 10,000 incidents, and as many orders and runs as lists look at, into the store."""
    now, chance = datetime.now(UTC), random.Random(8)
    logs = tuple(json.dumps({"ts": now.isoformat(), "level": "INFO", "msg": f"line {n}"}) for n in range(50))
    for start in range(0, INCIDENTS, 500):
        made = [
            an_incident(id=f"inc_{n:012x}", fingerprint=f"{n:016x}", created_at=now, logs=logs)
            for n in range(start, start + 500)
        ]
        seen = [
            Sighting(
                fingerprint=each.fingerprint, incident_id=each.id, title=each.summary, severity="medium",
                sources=frozenset({"log"}), count=1, first_seen=now,
                last_seen=now - timedelta(seconds=chance.randrange(10**6)),
            )
            for each in made
        ]  # fmt: skip
        await store.sightings.add(seen, made)
    for n in range(RECORDS):
        await store.orders.create(an_order(incident_id=f"inc_{n:012x}", status="cancelled", created_at=now))
        run = PlaybookRun(
            id=f"run_{n}", playbook="ingestion_replay", fingerprint=f"{n:016x}", error_type="x", summary="x",
            status="failed", started_at=now,
        )  # fmt: skip
        await store.runs.create(run)


async def lags(found: list[float]) -> None:
    """How much later than asked the loop wakes, in milliseconds, until cancelled."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.005)
        found.append((time.perf_counter() - start - 0.005) * 1000)


async def under_load(web: WebLab) -> list[Row]:
    """The clients at work, then the flood."""
    bus, found = web.lab.client.face.bus, list[float]()
    before = psutil.Process().memory_info().rss
    clients = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.panel", web.url, stdout=asyncio.subprocess.PIPE, limit=2**26
    )
    assert clients.stdout is not None
    await clients.stdout.readline()
    watching = asyncio.create_task(lags(found))
    for _ in range(round(SECONDS * EVENTS_PER_SECOND)):
        await bus.publish(IngestionCompleted(file_path=str(time.monotonic())))
        await asyncio.sleep(1 / EVENTS_PER_SECOND)
    watching.cancel()
    for _ in range(0, FLOOD, AT_ONCE):
        await bus.publish(*(IngestionCompleted(file_path=FLOODED + "x" * 1900) for _ in range(AT_ONCE)))
        await asyncio.sleep(0.05)
    await bus.publish(IngestionCompleted(file_path=LAST))
    told = json.loads(await clients.stdout.readline())
    await clients.wait()
    stats = (await web.admin.get("/events/stats")).json()
    growth = (psutil.Process().memory_info().rss - before) / 1024**2
    for what in ("took", "delays"):
        print(f"{what}: {len(told[what])} times, median {statistics.median(told[what]) * 1000:.1f} ms")
    return [
        Row("loop lag p99 under load", quantile(found, 0.99), 100, 50, "ms"),
        Row("a list of 10,000 incidents, 500 orders or runs: p95", quantile(told["took"], 0.95) * 1000, 200, 50, "ms"),
        Row("an event, from the bus to a reader: p95", quantile(told["delays"], 0.95) * 1000, 1000, 250, "ms"),
        Row("requests that failed", len(told["failed"]), 0, 0, ""),
        Row(
            f"readers, of {READERS}, that got all of {FLOOD} events", told["whole"], READERS, READERS, "", at_least=True
        ),
        Row("readers that were let go: the one that reads nothing", abs(stats["evicted"] - 1), 0, 0, "off"),
        Row("growth of the bot", growth, 64, 32, "MiB"),
    ]


async def first_paint(web: WebLab) -> list[Row]:
    """The panel in Chromium, logged in: the first paint, and the first view with its data; medians of five."""
    paints, whole = [], []
    async with open_browser() as browser:
        page = await browser.new_page()
        await page.goto(web.url)
        await page.fill("#key", KEY)
        await page.click("form button")
        for _ in range(5):
            await page.goto("about:blank")
            await page.goto(web.url)
            await page.wait_for_selector("ol.path")
            whole.append(await page.evaluate("performance.now()"))
            paints.append(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    return [
        Row("panel, first paint", statistics.median(paints), 1000, 500, "ms"),
        Row("panel, first view with its data", statistics.median(whole), 2000, 1000, "ms"),
    ]


def quantile(values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


async def main() -> int:
    """Print the verdicts; 1 when something falls short."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_web_lab(Path(folder)) as web:
            await fill(web.lab.client.face.store)
            rows = await under_load(web)
            if shutil.which("chromium"):
                rows += await first_paint(web)
            else:
                print("Chromium is not installed: the panel's first paint is not measured.")
    print("\nFigure (must / stretch)")
    for row in rows:
        print(row.told())
    return int(any(row.verdict == "FALLS SHORT" for row in rows))


if __name__ == "__main__":
    sys.exit(asyncio.run(be_clients(sys.argv[1]) if len(sys.argv) > 1 else main()))
