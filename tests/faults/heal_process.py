"""Kills heals: `python -m tests.faults.heal_process FOLDER [DATABASE_URL]` tells a line of JSON for each death.

SOAK_KILL_EVERY=1 kills at every point of every case; else at each n-th, beginning elsewhere in each. KILL_CASES is a
part of the names of those that are wanted. Each death is a process of its own, forked when everything is imported,
which ends itself by SIGKILL at one point; the next process is the bot started again. Nobody puts anything right.
"""

import asyncio
import gc
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import gspread  # noqa: F401 - imported before the first fork, not after each
import sqlalchemy as sa

from bot.adapters import utc_now
from bot.healing.engine import OPEN
from bot.records.dead_letter import DeadLetter
from bot.records.sql_store import open_store
from bot.records.sql_tables import schema
from bot.records.store import LedgerRow, Store
from bot.sandbox.sheet_accounts import EMAIL
from bot.sandbox.sheet_server import SheetServer
from bot.sandbox.sheet_state import SheetRecords, SpreadsheetRecord
from bot.settings import EmbeddedSettings
from tests.faults.heal_cases import CASES, PART, Case
from tests.faults.heal_ward import Executioner, Google, Saboteur, Stage, Ward, a_ward, placed, settings_of

MOST = 400
"""Deaths of one case, at most."""
TICKS = 6
THREAD_SECONDS = 10.0
"""How long a thread that is at its end may take to be gone."""
EVERY = int(os.environ.get("SOAK_KILL_EVERY", "16"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Report:
    """What became of a heal."""

    case: str
    what: str
    """`kill`, or `break`: a bug in one part."""
    at: int
    helps: bool
    """Whether its last step turned out to help."""
    status: str = ""
    """Of the run; empty: there is none."""
    reason: str = ""
    steps: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    runs: int = 0
    held: bool = False
    """Whether the guard holds others up."""
    told: list[str] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    """The trust after each of its changes."""
    deeds: list[str] = field(default_factory=list)
    rows: list[list[object]] = field(default_factory=list)
    waiting: int = 0
    limit: float = 0.0
    hoard: int = 0
    paused: list[str] = field(default_factory=list)
    local: bool = False
    orders: int = 0


def forked(work: Callable[[], Awaitable[None]]) -> int:
    """Do this in a process of its own; returns the signal that ended it, or 0. Raises ChildProcessError."""
    child = os.fork()
    if not child:
        try:
            asyncio.run(work())  # type: ignore[arg-type] # - a coroutine
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise ChildProcessError(f"a process of the heal ended with {os.WEXITSTATUS(status)}")
    return 0


@contextmanager
def google(folder: Path, case: Case) -> Iterator[Google]:
    """A Google Sheets in a process of its own, with a sheet of the case for each death."""
    folder.mkdir()
    sheets = {
        str(number): SpreadsheetRecord(title="Ledger", tabs={"Sheet1": [list(row) for row in case.sheet]},
                                       shared={EMAIL: "writer"})
        for number in range(MOST)
    }  # fmt: skip
    (folder / "sheets.json").write_text(SheetRecords(spreadsheets=sheets).model_dump_json())
    child = os.fork()
    if not child:
        asyncio.run(serve(folder))
    try:
        told = folder / "told.json"
        while not told.exists():
            time.sleep(0.01)
        url, key_file = json.loads(told.read_text())
        yield Google(url, key_file)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


async def serve(folder: Path) -> None:
    """Serve until killed."""
    server = SheetServer(folder)
    await server.start()
    (folder / "telling.json").write_text(json.dumps([server.url, server.key_file]))
    (folder / "telling.json").rename(folder / "told.json")
    await asyncio.Event().wait()


@dataclass(frozen=True)
class Killer:
    """One case, and everything that befalls it."""

    case: Case
    folder: Path
    settings: EmbeddedSettings
    url: str | None
    offset: int
    """Of each stretch, the first point that is taken."""
    numbers: Iterator[int]

    async def prepare(self, folder: Path) -> None:
        """A store in which rows wait."""
        async with open_store(folder, self.url) as store:
            if self.url is not None:
                empty(self.url)
            for number in range(self.case.waiting):
                row = LedgerRow(at=NOON, user_id=7, message_id=100 + number, item="tea", amount=Decimal(2),
                                currency="EUR")  # fmt: skip
                await store.dead_letters.add(DeadLetter(row=row, why="it was away", at=NOON))

    def stage(self, folder: Path, at: int = 0, breaks: int = 0, *, helps: bool = True) -> Stage:
        """Where one process lives."""
        return Stage(folder=folder, url=self.url, settings=placed(self.settings, self.case, folder),
                     reaper=Executioner(at), saboteur=Saboteur(breaks), fails_last=not helps)  # fmt: skip

    def fresh(self) -> Path:
        """A folder for one death."""
        folder = self.folder / str(next(self.numbers))
        if self.url is None:
            shutil.copytree(self.folder / "template", folder)
        else:
            folder.mkdir()
            forked(partial(self.prepare, folder))
        return folder

    async def live(self, stage: Stage, counts: Path | None = None) -> None:
        """A process that heals until it is killed or done; how many points it passed is written down."""
        failed_at: list[int] = []
        stage = replaced(stage, lambda: failed_at.append(stage.reaper.passed))
        async with a_ward(self.case, stage) as ward:
            began = stage.reaper.passed
            await ward.engine.heal(ward.trouble(self.case), self.case.playbook)
            await settle(ward)
            if counts is not None:
                told = [began, stage.reaper.passed, stage.saboteur.passed, *failed_at]
                counts.write_text(json.dumps(told))

    async def start_again(self, stage: Stage, report: Report) -> None:
        """The next process: it goes on by itself, and what became of it is written down."""
        async with a_ward(self.case, stage) as ward:
            ward.engine.clock = lambda: utc_now() + timedelta(minutes=2)
            await settle(ward)
            await look(ward, report)
            (stage.folder / "report.json").write_text(json.dumps(asdict(report)))

    def counted(self, *, helps: bool) -> list[int]:
        """How many points there are, when nobody dies."""
        folder = self.fresh()
        # In this process, not in a child: what is built at its first use is built before the forks then.
        asyncio.run(self.live(self.stage(folder, helps=helps), folder / "counts"))
        others = [each for each in threading.enumerate() if each is not threading.current_thread()]
        for thread in others:
            thread.join(THREAD_SECONDS)
        if threading.active_count() > 1:
            raise ChildProcessError(f"{others} live on: the process cannot be forked safely")
        told: list[int] = json.loads((folder / "counts").read_text())
        return told

    def deaths(self) -> Iterator[Report]:
        """Every report: of kills, of kills while it is put back, and of bugs."""
        began, ended, parts, *_ = self.counted(helps=True)
        gc.collect()
        gc.freeze()  # what was there before the forks is no garbage of theirs
        yield from self.killed(range(began + 1, ended + 1), helps=True)
        yield from self.broken(parts, helps=True)
        _, ended, parts, *failed_at = self.counted(helps=False)
        if failed_at:
            yield from self.killed(range(failed_at[0], ended + 1), helps=False)
            yield from self.broken(parts, helps=False)

    def killed(self, points: range, *, helps: bool) -> Iterator[Report]:
        """One report for each point, or for each n-th."""
        for at in points[self.offset :: EVERY]:
            folder = self.fresh()
            ended_by = forked(partial(self.live, self.stage(folder, at, helps=helps)))
            if ended_by != signal.SIGKILL:
                raise ChildProcessError(f"point {at} was not passed")
            yield self.told(folder, Report(self.case.name, "kill", at, helps))

    def broken(self, parts: int, *, helps: bool) -> Iterator[Report]:
        """One report for each part that has a bug."""
        for at in range(1 + self.offset, parts + 1, EVERY):
            folder = self.fresh()
            forked(partial(self.live, self.stage(folder, breaks=at, helps=helps)))
            yield self.told(folder, Report(self.case.name, "break", at, helps))

    def told(self, folder: Path, report: Report) -> Report:
        """The report of the process that comes after."""
        forked(partial(self.start_again, self.stage(folder), report))
        return Report(**json.loads((folder / "report.json").read_text()))


def replaced(stage: Stage, came_to_nothing: Callable[[], None]) -> Stage:
    """The stage, and who is told when the last step did not help."""
    return Stage(**{**vars(stage), "came_to_nothing": came_to_nothing})


def empty(url: str) -> None:
    """Forget everything in a database."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in schema.sorted_tables)}")
    engine.dispose()


async def settle(ward: Ward) -> None:
    """Let it go on until nothing is open that goes on by itself."""
    for _ in range(TICKS):
        await ward.engine.tick()
        if not [run for run in await ward.store.runs.newest(OPEN) if run.status != "awaiting_patch"]:
            break
    await ward.engine.tick()


async def look(ward: Ward, report: Report) -> None:
    """Write down what can be seen."""
    runs = await ward.store.runs.newest()
    if runs:
        run = runs[0]
        report.status, report.reason = run.status, run.reason
        report.steps = {step.action: step.state for step in run.steps}
        report.said = [step.said for step in run.steps]
    report.runs = len(runs)
    report.held = (await ward.engine.guard.state()).running is not None
    report.told = [each.name for each in await ward.store.events.newest() if each.name.startswith("self_healing.")]
    report.moved = [change.after for change in await ward.store.trust.newest()]
    deeds = ward.client.deeds
    report.deeds = deeds.read_text().split() if deeds.exists() else []
    await look_at_parts(ward, report)


async def look_at_parts(ward: Ward, report: Report) -> None:
    """The same, of what the heals are about."""
    store: Store = ward.store
    report.waiting = await store.dead_letters.count()
    report.limit = ward.parts.limits["Google Sheets"].read()
    report.hoard, report.paused = len(ward.hoard), ward.paused
    report.orders = len(await store.orders.newest())
    if ward.rows is not None:
        report.local = ward.rows.stays_local
        report.rows = await ward.cells()


def play(case: Case, folder: Path, url: str | None, offset: int) -> None:
    """Tell what became of each death of this case."""
    folder.mkdir()
    with google(folder / "google", case) as found:
        killer = Killer(case, folder, settings_of(found), url, offset % EVERY, iter(range(1, MOST)))
        if url is None:
            forked(partial(killer.prepare, folder / "template"))
        for report in killer.deaths():
            print(json.dumps(asdict(report)), flush=True)


def main(folder: Path, url: str | None) -> None:
    """Tell what became of each death of each case."""
    (folder / f"{PART}.py").write_text("async def setup(bot):\n    pass\n")
    sys.path.insert(0, str(folder))
    wanted = os.environ.get("KILL_CASES", "")
    for number, case in enumerate(CASES):
        if wanted in case.name:
            play(case, folder / f"case-{number}", url, 3 * number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
