"""One run at work: its jobs in the order of their needs, each with a token of its own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.github_records import Annotation, JobRecord, RunRecord
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.workflow_check import load_workflow
from bot.sandbox.workflow_expressions import (
    Scope,
    as_status_functions,
    check_condition,
    interpolate,
    resolve,
)
from bot.sandbox.workflow_file import JobSpec, WorkflowSpec, read_yaml, sort_jobs
from bot.sandbox.workflow_functions import Function
from bot.sandbox.workflow_job import JobWork
from bot.sandbox.workflow_limits import ConcurrencyGroups
from bot.sandbox.workflow_scope import JobResult, JobScope, RunnerOptions, build_github_context, show_needs
from bot.sandbox.workflow_triggers import show_inputs
from bot.sandbox.workflow_values import Value, WorkflowError, is_truthy


@dataclass(frozen=True)
class RunnerFloor:
    """What runs share: the site, the options, the groups of jobs and the places to run one."""

    site: GitHubSite
    options: RunnerOptions
    groups: ConcurrencyGroups
    places: asyncio.Semaphore


class RunWork:
    """Runs one run; jobs go one after the other."""

    def __init__(self, floor: RunnerFloor, run: RunRecord, cancelled: asyncio.Event) -> None:
        self._floor = floor
        self._site = floor.site
        self._run = run
        self._cancelled = cancelled
        self._results: dict[str, JobResult] = {}

    def change(self, **update: object) -> None:
        """Keep a new state of the run."""
        self._run = self._site.state.save_run(self._run.model_copy(update={"updated_at": self._site.clock(), **update}))

    def give_up(self) -> None:
        """End a run that a fault of the sandbox itself broke; the fault travels on to whoever waits."""
        if not self._run.is_done:
            message = "The sandbox's runner failed; what it raised is told where the sandbox stops."
            self._finish("failure", (Annotation(level="failure", message=message),))

    def supersede(self) -> None:
        """End a run that never left its group's queue: it was cancelled, or a newer one took its place."""
        message = "The run was canceled."
        if not self._cancelled.is_set():
            message = _tell_superseded(self._run.group)
        self._finish("cancelled", (Annotation(level="failure", message=message),))

    async def run(self) -> None:
        """The whole run."""
        try:
            text = await self._site.repository.read_file(self._run.head_sha, self._run.workflow_file)
            spec = load_workflow(read_yaml(text), self._run.workflow_file)
        except WorkflowError as reason:
            self._finish("startup_failure", (Annotation(level="failure", message=str(reason)),))
            return
        self.change(status="in_progress", run_started_at=self._site.clock())
        self._site.tell_run("run_started", self._run.id)
        for job in sort_jobs(spec):
            self._results[job.key] = await self._run_job(spec, job)
        self._finish(self._conclude())

    def _conclude(self) -> str:
        results = {result.result for result in self._results.values()}
        if self._cancelled.is_set():
            return "cancelled"
        return next((worst for worst in ("failure", "cancelled", "success") if worst in results), "skipped")

    def _finish(self, conclusion: str, annotations: tuple[Annotation, ...] = ()) -> None:
        self.change(status="completed", conclusion=conclusion, annotations=(*self._run.annotations, *annotations))
        self._site.tell_run("run_finished", self._run.id, conclusion)

    async def _run_job(self, spec: WorkflowSpec, job: JobSpec) -> JobResult:
        record = JobRecord(
            id=self._site.state.next_job_id(),
            key=job.key,
            name=job.name,
            run_attempt=self._run.run_attempt,
            created_at=self._site.clock(),
        )
        scope = self._build_scope(job)
        try:
            record = record.model_copy(update={"name": interpolate(job.name, scope)})
            is_wanted = check_condition(job.condition, scope.with_functions(self._read_status(spec, job)))
            group = interpolate(job.concurrency.group, scope) if job.concurrency else ""
            cancels = job.concurrency is not None and is_truthy(resolve(job.concurrency.cancel_in_progress, scope))
        except WorkflowError as reason:
            return self._end_early(record, "failure", f"jobs.{job.key}: {reason}")
        if not is_wanted:
            return self._end_early(record, "cancelled" if self._cancelled.is_set() else "skipped", "")
        self._keep(record)
        if not group:
            return await self._work(spec, job, record)
        if not await self._floor.groups.enter(group, cancels, self._cancelled):
            return self._end_early(record, "cancelled", _tell_superseded(group))
        try:
            return await self._work(spec, job, record)
        finally:
            self._floor.groups.leave(group)

    async def _work(self, spec: WorkflowSpec, job: JobSpec, record: JobRecord) -> JobResult:
        permissions = spec.permissions if job.permissions is None else job.permissions
        async with self._floor.places:
            token = self._site.tokens.issue(f"run {self._run.id} job {job.key}", permissions)
            directory = self._site.state.work / f"run-{self._run.id}-{self._run.run_attempt}-{job.key}"
            try:
                scope = JobScope(
                    site=self._site,
                    options=self._floor.options,
                    run=self._run,
                    workflow=spec,
                    spec=job,
                    needs={need: self._results[need] for need in job.needs},
                    token=token,
                    directory=directory,
                )
                done = await JobWork(scope, record, self._keep, self._cancelled).run()
            finally:
                self._site.tokens.revoke(token)
        return JobResult(done.conclusion or "failure", done.outputs)

    def _build_scope(self, job: JobSpec) -> Scope:
        contexts: dict[str, Value] = {
            "github": build_github_context(self._site, self._run),
            "needs": show_needs({need: self._results[need] for need in job.needs}),
            "vars": dict(self._floor.options.variables),
            "inputs": show_inputs(self._run.event_payload),
        }
        return Scope(contexts)

    def _read_status(self, spec: WorkflowSpec, job: JobSpec) -> Mapping[str, Function]:
        results = {self._results[name].result for name in _find_ancestors(spec, job)}
        return as_status_functions(
            is_success=results <= {"success"} and not self._cancelled.is_set(),
            is_failure="failure" in results,
            is_cancelled=self._cancelled.is_set(),
        )

    def _keep(self, record: JobRecord) -> None:
        others = [job for job in self._run.jobs if job.key != record.key]
        self.change(jobs=(*others, record))

    def _end_early(self, record: JobRecord, conclusion: str, message: str) -> JobResult:
        now = self._site.clock()
        notes = (Annotation(level="failure", message=message),) if message else ()
        update = {"status": "completed", "conclusion": conclusion, "completed_at": now, "annotations": notes}
        self._keep(record.model_copy(update=update))
        return JobResult(conclusion)


def _find_ancestors(spec: WorkflowSpec, job: JobSpec) -> set[str]:
    found = set(job.needs)
    for need in job.needs:
        found |= _find_ancestors(spec, spec.jobs[need])
    return found


def _tell_superseded(group: str) -> str:
    return f"Canceling since a higher priority waiting request for {group!r} exists"
