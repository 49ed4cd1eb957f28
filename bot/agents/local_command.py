"""The coding agent for people without Actions: a command on the bot's own machine, in a workshop that is handed in.

A request is taken down as a file and worked on in the background, one at a time; its last word is a file too. When the
bot is killed in between, the request is taken up again as it is looked at: there is one effective outcome for each.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Protocol

from pydantic import ValidationError

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Patched,
    Published,
    Sighting,
    Working,
)
from bot.agents.github_dispatch import REMEDIES
from bot.agents.github_pull import followed_pull
from bot.agents.local_jobs import Job, Jobs, Outcome
from bot.agents.translation import in_our_words, phase_of
from bot.apis.github import GitHub
from bot.incident.payload import Incident, encoded, fitted
from bot.records.work_order import Phase, WorkOrder

MOST_RUNS = 2
"""How often the command is run for one request when the bot ends while it runs."""
BROKEN_OFF = f"The command was begun {MOST_RUNS} times, and each time the bot ended before it did: it is given up."

NO_CELL = "AUTOFIX_AGENT=local needs a cell for its command, which Windows has not: run the bot on Linux or in WSL"

Tell = Callable[[str], None]
"""Takes what the work is at, for people."""


class Workshop(Protocol):
    """Where the work is done; an error of the port's that it raises says that nothing came of it."""

    async def base(self) -> str:
        """The commit that patches are made on now. Raises AgentRefused, AgentUnavailable."""
        ...

    async def propose(
        self, order: WorkOrder, incident: Incident, base_sha: str, tell: Tell
    ) -> Patched | NoFix | Failed:
        """Run the command, prove what it changed. Raises OSError."""
        ...

    async def publish(self, order: WorkOrder) -> Published | Failed:
        """Push exactly the approved diff and open its draft. Raises AgentRefused, AgentUnavailable, OutcomeUnknown."""
        ...

    async def look_around(self) -> str:
        """Could the work be done? Raises AgentRefused."""
        ...


class LocalCommand:
    """Proposes and publishes on this machine; whatever it is at ends with the bot."""

    name = "local"

    def __init__(self, github: GitHub, workshop: Workshop, jobs: Jobs) -> None:
        self._github = github
        self._workshop = workshop
        self._jobs = jobs
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._progress: dict[Job, str] = {}
        self.off: str | None = NO_CELL if sys.platform == "win32" else None

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The incident as the command gets it."""
        told = {"phase": "propose", "attempt": order.attempt, "incident": fitted(incident).model_dump(mode="json")}
        return encoded(told)

    async def propose(self, order: WorkOrder, incident: Incident) -> None:
        """Take the request down and begin."""
        self._ask(order, "propose", fitted(incident))

    async def publish(self, order: WorkOrder) -> None:
        """Take the approval down and begin."""
        self._ask(order, "publish")

    async def look(self, order: WorkOrder) -> Sighting:
        """The last word, or that the work goes on; work that a bot before this one left is taken up."""
        if order.status == "pr_open":
            return await self._pull(order)
        job = self._jobs.of(order, phase_of(order))
        try:
            if outcome := job.outcome():
                self._tasks.pop(job, None)
                return outcome
            if not job.is_asked:
                return NotSeen()
        except OSError as error:
            raise AgentUnavailable(f"What the local agent did cannot be read: {error}.") from error
        self._raise_what_broke(job)
        self._go_on(order, phase_of(order))
        return Working(0, "", self._progress.get(job, "waiting for its turn"))

    async def look_around(self) -> str:
        """Could the command be run? Raises AgentRefused."""
        return await self._workshop.look_around()

    async def rest(self) -> None:
        """Wait until nothing runs here."""
        await asyncio.wait(self._tasks.values()) if self._tasks else None

    async def close(self) -> None:
        """End what runs; it is taken up again at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pull(self, order: WorkOrder) -> Sighting:
        try:
            with in_our_words("GitHub", REMEDIES):
                return await followed_pull(self._github, order)
        except OutcomeUnknown as error:
            raise AgentUnavailable(str(error)) from error

    def _ask(self, order: WorkOrder, phase: Phase, incident: Incident | None = None) -> None:
        try:
            self._jobs.of(order, phase).ask(incident)
        except OSError as error:
            raise AgentUnavailable(f"The request cannot be kept in STATE_DIR: {error}.") from error
        self._go_on(order, phase)

    def _raise_what_broke(self, job: Job) -> None:
        """What the last try broke on, once. Raises AgentUnavailable, and what was no error of the work's."""
        task = self._tasks.get(job)
        if task is None or not task.done() or task.cancelled():
            return
        del self._tasks[job]
        if error := task.exception():
            if isinstance(error, OutcomeUnknown | OSError):
                raise AgentUnavailable(str(error)) from error
            raise error

    def _go_on(self, order: WorkOrder, phase: Phase) -> None:
        job = self._jobs.of(order, phase)
        if job not in self._tasks:
            self._tasks[job] = asyncio.create_task(self._work(order, phase, job))

    async def _work(self, order: WorkOrder, phase: Phase, job: Job) -> None:
        """One try at the request, if the place at the work is free."""
        with self._jobs.place(phase) as is_ours:
            if not is_ours or job.outcome():
                return
            try:
                outcome = await (self._publish(order) if phase == "publish" else self._propose(order, job))
            finally:
                self._progress.pop(job, None)
            job.settle(outcome)
            self._jobs.forget_old()

    async def _propose(self, order: WorkOrder, job: Job) -> Outcome:
        begun = job.begun
        if begun >= MOST_RUNS:
            return Failed("", BROKEN_OFF)
        try:
            base_sha, incident = await self._workshop.base(), job.incident()
        except (AgentRefused, ValidationError) as error:
            return Failed("", f"The command was not run: {error}")
        job.begin(begun + 1)
        try:
            return await self._workshop.propose(order, incident, base_sha, lambda told: self._tell(job, told))
        except asyncio.CancelledError:
            job.begin(begun)  # the bot leaves in order: the next one begins anew
            raise

    def _tell(self, job: Job, told: str) -> None:
        self._progress[job] = told

    async def _publish(self, order: WorkOrder) -> Outcome:
        try:
            return await self._workshop.publish(order)
        except AgentRefused as error:
            return Failed("", str(error))
