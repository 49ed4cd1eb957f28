"""What more processes on one PostgreSQL cost and bring: open orders shared by 1 to 4 of them, and one that is killed.

`python -m benchmarks.replicas` takes TEST_DATABASE_URL, else starts a server by .ci/postgres, else measures one process
on SQLite. REPLICA_ORDERS is how many orders are open (1,000).
"""

import asyncio
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.verdicts import Row
from bot.agents.agent import NoFix, Sighting
from bot.agents.history import NoHistory
from bot.incident.payload import Incident, new_incident_id
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.records.work_order import WorkOrder
from bot.repair.order_book import OrderBook
from bot.repair.presence import Presence
from bot.repair.reconcile import Reconciler
from bot.repair.tally import Tally
from bot.repair.verification import Verification, Windows

ORDERS = int(os.environ.get("REPLICA_ORDERS", "1000"))
FEW = max(ORDERS // 5, 1)
REPLICAS = (1, 2, 3, 4)
PAUSE = 0.1
ROOT = Path(__file__).resolve().parents[1]


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass
class Outside:
    """A coding agent that writes down each request that it is sent, and has no fix; it may hang on every look."""

    requests: Path
    hangs: bool = False
    name: str = "outside"
    off: str | None = None

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """Nothing is to be shown here."""
        return b""

    async def propose(self, order: WorkOrder, incident: Incident) -> None:
        """Write the request's key down."""
        with self.requests.open("a", encoding="utf-8") as file:
            file.write(order.key("propose") + "\n")

    async def publish(self, order: WorkOrder) -> None:
        """Nothing comes so far."""

    async def look(self, order: WorkOrder) -> Sighting:
        """No fix, at once or never."""
        if self.hangs:
            await asyncio.Event().wait()
        return NoFix("https://github.example/run/1", "there is none")


async def replica(state: Path, url: str | None, *, hangs: bool) -> None:
    """One process of the bot, without its Discord: from one line of input to the next it takes orders on."""
    async with open_store(state, url) as store:
        presence = Presence(store.processes, Tally(store.tallies, "bench", now), "bench", now)
        await presence.beat()
        agent = Outside(state / f"{presence.id}.requests", hangs)
        verification = Verification(store, NoHistory(), Windows(), now)
        reconciler = Reconciler(store, OrderBook(store.orders), agent, verification, presence.id)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        spent = time.process_time()
        beating = asyncio.create_task(presence.run())
        working = asyncio.create_task(reconciler.run(PAUSE))
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps({"cpu": time.process_time() - spent}), flush=True)
        reconciler.stop()
        await working
        beating.cancel()


def query(url: str | None, state: Path, statement: str) -> list[tuple[object, ...]]:
    """The rows of a question to the database, asked beside the store."""
    if url is None:
        with sqlite3.connect(state / "suture.db", timeout=30) as database:
            return database.execute(statement).fetchall()
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def wait_until_done(url: str | None, state: Path) -> None:
    """Return once every order is at its end."""
    while query(url, state, "SELECT 1 FROM work_orders WHERE status <> 'no_fix' LIMIT 1"):
        time.sleep(PAUSE)


async def fill(state: Path, url: str | None, count: int) -> None:
    """So many open orders."""
    async with open_store(state, url) as store:
        for _ in range(count):
            await one_order(store)


async def one_order(store: Store) -> None:
    """An incident and its order, just asked for."""
    incident = Incident(
        id=new_incident_id(), summary="it hurts", severity="high", fingerprint=secrets.token_hex(8), created_at=now(),
        build="bench", env="bench", uptime_seconds=1,
    )  # fmt: skip
    await store.incidents.add(incident)
    order = WorkOrder(
        id="wo_new", incident_id=incident.id, status="dispatched", agent="outside", summary="it hurts", requested_by=1,
        guild_id=1, channel_id=1, created_at=now(), history=(("dispatched", now()),),
    )  # fmt: skip
    await store.orders.create(order)


def started(state: Path, url: str | None, *, hangs: bool = False) -> subprocess.Popen[str]:
    """A replica that is ready and waits for its start."""
    command = [sys.executable, "-m", "benchmarks.replicas", str(state), url or "", "hangs" if hangs else ""]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def tell(processes: list[subprocess.Popen[str]]) -> None:
    """Start them at the same moment; told once more, they end."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


@contextmanager
def fresh(server: str | None) -> Iterator[tuple[Path, str | None]]:
    """A new database, and a folder."""
    with tempfile.TemporaryDirectory() as folder:
        if server is None:
            yield Path(folder), None
            return
        name = f"bench_{secrets.token_hex(6)}"
        address = sa.make_url(server).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        url = address.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        yield Path(folder), url
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


def shared(server: str | None, orders: int, replicas: int) -> tuple[float, float, int]:
    """CPU milliseconds of all replicas per order, seconds until all were done, and requests that were sent twice."""
    with fresh(server) as (state, url):
        asyncio.run(fill(state, url, orders))
        processes = [started(state, url) for _ in range(replicas)]
        begin = time.monotonic()
        tell(processes)
        wait_until_done(url, state)
        took = time.monotonic() - begin
        tell(processes)
        told = [process.communicate()[0] for process in processes]
        cpu = sum(json.loads(text)["cpu"] for text in told)
        sent = Counter(line for file in state.glob("*.requests") for line in file.read_text().splitlines())
        doubled = sum(sent.values()) - len(sent) + abs(orders - len(sent))
    return cpu / orders * 1000, took, doubled


def taken_over(server: str, orders: int) -> float:
    """Seconds from the kill of a process that holds orders until another has brought them to their end."""
    with fresh(server) as (state, url):
        asyncio.run(fill(state, url, orders))
        doomed = started(state, url, hangs=True)
        tell([doomed])
        while not query(url, state, "SELECT 1 FROM work_orders WHERE holder IS NOT NULL AND version > 1"):
            time.sleep(PAUSE)
        other = started(state, url)
        tell([other])
        time.sleep(1.0)
        doomed.send_signal(signal.SIGKILL)
        begin = time.monotonic()
        wait_until_done(url, state)
        took = time.monotonic() - begin
        tell([other])
        other.communicate()
        doomed.communicate()
        return took


@contextmanager
def a_server() -> Iterator[str | None]:
    """A PostgreSQL: the one that is told, one of our own, or none."""
    if told := os.environ.get("TEST_DATABASE_URL"):
        yield told
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        command = [str(ROOT / ".ci" / "postgres"), "start", f"{folder}/postgres"]
        ready = subprocess.run(command, capture_output=True, text=True, check=False)
        yield ready.stdout.strip() or None
        subprocess.run([command[0], "stop", command[2]], capture_output=True, check=False)


def main() -> int:
    """Print the table and its verdicts; 1 when a row falls short."""
    with a_server() as server:
        runs = {count: shared(server, ORDERS, count) for count in (REPLICAS if server else (1,))}
        few = shared(server, FEW, 1)
        takeover = taken_over(server, 20) if server else None
    alone = runs[1][0]
    for count, (cost, took, _) in runs.items():
        print(f"{count} process(es): {cost:6.2f} ms CPU per order, {ORDERS} orders in {took:5.1f} s")
    print(f"1 process, {FEW} orders: {few[0]:6.2f} ms CPU per order")
    rows = [Row(f"cost per order, {ORDERS} open beside {FEW} open", alone / few[0], 1.5, 1.2)]
    rows += [
        Row(f"cost per order, {count} processes beside 1", runs[count][0] / alone, 1.5, 1.2) for count in list(runs)[1:]
    ]
    rows.append(Row("requests that were sent twice or never", sum(run[2] for run in runs.values()), 0, 0, ""))
    if takeover is not None:
        rows.append(Row("after kill -9 another process has done its orders", takeover, 10, 8, "s"))
    print("\nFigure (must / stretch)")
    for row in rows:
        print(row.told())
    return int(any(row.verdict == "FALLS SHORT" for row in rows))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(replica(Path(sys.argv[1]), sys.argv[2] or None, hangs=sys.argv[3] == "hangs"))
        sys.exit()
    sys.exit(main())
