"""What a local agent was asked and what came of it, as files that outlive the bot: a folder for each request."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.agents.agent import Failed, NoFix, Patched, Published
from bot.incident.payload import Incident
from bot.logging.run_lock import take
from bot.records.proposal import Proof, Report
from bot.records.work_order import Phase, WorkOrder

Outcome = Patched | NoFix | Failed | Published
KEPT = 100
"""How many ended requests are kept for whoever looks into the folder."""


class Settled(BaseModel):
    """The last word on a request, as it is kept; the diff is kept beside it, to the byte."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    kind: Literal["patched", "no_fix", "failed", "published"]
    url: str = ""
    reason: str = ""
    number: int = 0
    base_sha: str = ""
    report: Report | None = None
    proof: Proof | None = None


@dataclass(frozen=True)
class Job:
    """One request: its folder holds `request.json`, `begun`, and once it is done `outcome.json` (last of all)."""

    folder: Path

    def ask(self, incident: Incident | None = None) -> None:
        """Take the request down, unless it is there. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.is_asked:
            self._write("request.json", incident.model_dump_json() if incident else "{}")

    @property
    def is_asked(self) -> bool:
        """Was it ever asked?"""
        return (self.folder / "request.json").is_file()

    def incident(self) -> Incident:
        """The incident that a patch was asked for. Raises OSError, ValidationError."""
        return Incident.model_validate_json((self.folder / "request.json").read_bytes())

    @property
    def begun(self) -> int:
        """How often the work was begun."""
        with suppress(OSError, ValueError):
            return int((self.folder / "begun").read_text())
        return 0

    def begin(self, times: int) -> None:
        """Take down that the work is begun for the `times`-th time. Raises OSError."""
        self._write("begun", str(times))

    def settle(self, outcome: Outcome) -> None:
        """Keep the last word; whoever sees it sees all of it. Raises OSError."""
        if isinstance(outcome, Patched):
            (self.folder / "patch.diff").write_bytes(outcome.diff)
        self._write("outcome.json", settled(outcome).model_dump_json())

    def outcome(self) -> Outcome | None:
        """The last word, if there is one that can be read. Raises OSError."""
        try:
            kept = Settled.model_validate_json((self.folder / "outcome.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        if kept.kind == "patched" and kept.report and kept.proof:
            diff = (self.folder / "patch.diff").read_bytes()
            return Patched(0, "", kept.base_sha, diff, kept.report, kept.proof)
        if kept.kind == "published":
            return Published(kept.number, kept.url)
        return NoFix(kept.url, kept.reason) if kept.kind == "no_fix" else Failed(kept.url, kept.reason)

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.folder / name)


def settled(outcome: Outcome) -> Settled:
    """An outcome as it is kept."""
    match outcome:
        case Patched():
            return Settled(kind="patched", base_sha=outcome.base_sha, report=outcome.report, proof=outcome.proof)
        case Published():
            return Settled(kind="published", url=outcome.url, number=outcome.number)
        case NoFix():
            return Settled(kind="no_fix", url=outcome.url, reason=outcome.reason)
        case Failed():
            return Settled(kind="failed", url=outcome.url, reason=outcome.reason)


@dataclass(frozen=True)
class Jobs:
    """The folder of all requests, and the one place at the work."""

    folder: Path

    def of(self, order: WorkOrder, phase: Phase) -> Job:
        """The request of an order's phase; another attempt is another request."""
        return Job(self.folder / f"{order.incident_id}-{order.attempt}-{phase}")

    @contextmanager
    def place(self, phase: Phase) -> Iterator[bool]:
        """The one place at this phase's work, for all bots on this folder: is it ours? Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = take(self.folder / f"{phase}.lock")
        try:
            yield lock is not None
        finally:
            if lock is not None:
                os.close(lock)

    def forget_old(self) -> None:
        """Leave no more than the newest ended requests. Raises OSError."""
        ended = sorted(self.folder.glob("*/outcome.json"), key=lambda path: path.stat().st_mtime)
        for path in ended[: max(len(ended) - KEPT, 0)]:
            shutil.rmtree(path.parent, ignore_errors=True)
