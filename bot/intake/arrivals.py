"""What the intake brought, wherever it ran: its drafts on GitHub, each grave one a signal to this bot, once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.apis.github_drafts import DraftDesk, DraftSeen
from bot.apis.http import ApiError
from bot.events.catalog import Signal
from bot.events.event import GRAVE
from bot.intake.draft_plan import is_ours
from bot.intake.patch_task import PatchTask, TasksUnreadable, read_tasks
from bot.intake.task_text import FOLDER, read_trailers, redacted
from bot.records.store import Notes, StoreUnavailable

FIRST_LOOK_SECONDS = 60.0
"""After a start the bot has more urgent things to ask GitHub."""
LOOK_SECONDS = 600.0

log = logging.getLogger(__name__)


class Arrivals:
    """Looks at the intake's drafts and tells of each that is new or weighs more than before."""

    def __init__(
        self, desk: DraftDesk, notes: Notes, tell: Callable[[Signal], Awaitable[object]], clock: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._notes = notes
        self._tell = tell
        self._clock = clock

    async def run(self, leads: asyncio.Event) -> None:
        """Look every ten minutes, while this process leads, until cancelled."""
        await asyncio.sleep(FIRST_LOOK_SECONDS)
        while True:
            await leads.wait()
            try:
                await self.look()
            except (ApiError, StoreUnavailable) as error:
                log.warning("the intake's drafts cannot be looked at: %s", error, extra={"action": "arrivals_wait"})
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Tell of every grave draft that was not told of yet. Returns how many. Raises ApiError, StoreUnavailable."""
        told = 0
        for pull in await self._desk.pulls("open"):
            if is_ours(pull) and read_trailers(pull.body).get("Suture-Severity") in GRAVE:
                told += await self._take(pull)
        return told

    async def _take(self, pull: DraftSeen) -> bool:
        trailers = read_trailers(pull.body)
        name, weight = f"intake:{pull.number}", f"{trailers['Suture-Fingerprint']} {trailers['Suture-Severity']}"
        if await self._notes.read(name) == weight:
            return False
        task = await self._task(pull, trailers["Suture-Task"])
        if task is None or task.fingerprint != trailers["Suture-Fingerprint"]:
            return False
        await self._tell(signal_of(task, pull.html_url, self._clock()))
        await self._notes.write({name: weight})
        return True

    async def _task(self, pull: DraftSeen, task_id: str) -> PatchTask | None:
        """The task on the draft's branch, or None when people took it out or wrote something else there."""
        file = await self._desk.file(pull.head.ref, f"{FOLDER}/{task_id}.json")
        if file is None:
            return None
        try:
            [task] = read_tasks(f"[{file.text}]".encode("utf-8", "replace"), f"#{pull.number}")
        except (TasksUnreadable, ValueError) as error:
            log.warning("the task of #%d is not read: %s", pull.number, error, extra={"action": "task_unreadable"})
            return None
        return redacted(task)


def signal_of(task: PatchTask, url: str, now: datetime) -> Signal:
    """The task as an observation of a fault."""
    evidence = (f"draft: {url}", *task.evidence.stack, f"{task.kind}: {task.message}")
    hints = ", ".join(task.expected_fix.files_hint)
    return Signal(
        source=task.sources[0],
        kind=task.kind,
        severity=task.severity,
        title=task.title,
        culprit=hints[:200],
        evidence=evidence,
        context={"draft": url, "occurrences": str(task.frequency), "owner": task.owner},
        at=min(task.last_seen, now),
        fingerprint=task.fingerprint,
        incident_id=task.incident_id,
    )
