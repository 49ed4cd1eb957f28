"""The sandbox's Actions: a dispatch starts runs of the default branch's workflow files, and each runs to its end."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from bot.sandbox.github_records import Annotation, GitHubEvent, PullRecord, RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.workflow_check import load_workflow
from bot.sandbox.workflow_expressions import Scope, interpolate, resolve
from bot.sandbox.workflow_file import Block, WorkflowSpec, find_types, read_yaml
from bot.sandbox.workflow_limits import ConcurrencyGroups
from bot.sandbox.workflow_run import RunnerFloor, RunWork
from bot.sandbox.workflow_scope import RunnerOptions, build_github_context
from bot.sandbox.workflow_shell import end_leftovers
from bot.sandbox.workflow_triggers import find_inputs, listens, show_inputs
from bot.sandbox.workflow_values import Value, WorkflowError, is_truthy

_FOLDER = ".github/workflows"
_WITHOUT_TYPES = frozenset({"workflow_dispatch", "schedule"})
_UNTYPED: dict[str, frozenset[str]] = {"pull_request": frozenset({"opened", "synchronize", "reopened"})}
"""The types that a trigger stands for where the file names none (empty: all)."""


@dataclass
class _Active:
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


@dataclass(frozen=True, kw_only=True)
class _Cause:
    trigger: str
    type: str
    title: str
    event: dict[str, JsonValue]
    branch: str
    sha: str
    actor: str
    file: str = ""
    """The one file that is meant; empty: each that listens."""


class WorkflowRunner:
    """Queues runs, holds them to their groups, and runs them."""

    def __init__(self, site: GitHubSite, options: RunnerOptions) -> None:
        self._site = site
        self._options = options
        self._active: dict[int, _Active] = {}
        self._groups = ConcurrencyGroups()
        self._floor = RunnerFloor(site, options, ConcurrencyGroups(), asyncio.Semaphore(options.runners))
        self._is_stopping = False

    async def dispatch(self, event_type: str, payload: dict[str, JsonValue], actor: str) -> list[RunRecord]:
        """Start a run of each workflow file on the default branch that listens to the type."""
        self._site.tell(GitHubEvent(kind="dispatch_received", at=self._site.clock(), detail=event_type))
        sha = await self._site.repository.find_branch(DEFAULT_BRANCH)
        if sha is None:
            return []
        event: dict[str, JsonValue] = {"action": event_type, "branch": DEFAULT_BRANCH, "client_payload": payload}
        named = {"trigger": "repository_dispatch", "type": event_type, "title": event_type, "branch": DEFAULT_BRANCH}
        return await self._begin(_Cause(**named, event=event, sha=sha, actor=actor))

    async def check(self, pull: PullRecord, action: str, actor: str) -> list[RunRecord]:
        """Start a run of each workflow file on the pull request's head that listens to this action of a person."""
        about: dict[str, JsonValue] = {"number": pull.number, "title": pull.title}
        event: dict[str, JsonValue] = {"action": action, "number": pull.number, "pull_request": about}
        named = {"trigger": "pull_request", "type": action, "title": pull.title, "branch": pull.head_branch}
        return await self._begin(_Cause(**named, event=event, sha=pull.head_sha, actor=actor))

    async def start_by_hand(self, file: str, inputs: Mapping[str, JsonValue], actor: str) -> list[RunRecord]:
        """Start a run of a workflow file of the default branch; none when it is not there or takes no such start.

        Raises WorkflowError for inputs that it has not.
        """
        sha = await self._site.repository.find_branch(DEFAULT_BRANCH)
        path = f"{_FOLDER}/{file}"
        if sha is None or path not in await self._list_files(sha):
            return []
        taken = find_inputs(read_yaml(await self._site.repository.read_file(sha, path)), inputs)
        if taken is None:
            return []
        self._site.tell(GitHubEvent(kind="dispatch_received", at=self._site.clock(), detail=file))
        event: dict[str, JsonValue] = {"inputs": dict(taken), "ref": f"refs/heads/{DEFAULT_BRANCH}"}
        named = {"trigger": "workflow_dispatch", "type": "", "title": file, "branch": DEFAULT_BRANCH, "file": path}
        return await self._begin(_Cause(**named, event=event, sha=sha, actor=actor))

    async def start_scheduled(self) -> list[RunRecord]:
        """Start a run of each workflow file on the default branch that has a schedule, whatever time it is."""
        sha = await self._site.repository.find_branch(DEFAULT_BRANCH)
        if sha is None:
            return []
        named = {"trigger": "schedule", "type": "", "title": "schedule", "branch": DEFAULT_BRANCH}
        return await self._begin(_Cause(**named, event={}, sha=sha, actor=self._site.owner))

    async def _begin(self, cause: _Cause) -> list[RunRecord]:
        sha = cause.sha
        paths = [path for path in await self._list_files(sha) if cause.file in ("", path)]
        texts = {path: await self._site.repository.read_file(sha, path) for path in paths}
        started = []
        for path, text in texts.items():
            run = self._plan(path, text, cause)
            if run is not None:
                started.append(self._site.state.save_run(run))
                self._site.tell_run("run_queued", run.id)
                self._start(run)
        return started

    async def _list_files(self, sha: str) -> list[str]:
        paths = await self._site.repository.list_files(sha, _FOLDER)
        return [path for path in paths if path.endswith((".yml", ".yaml"))]

    def _plan(self, path: str, text: str, cause: _Cause) -> RunRecord | None:
        now, state = self._site.clock(), self._site.state
        run = RunRecord(
            id=state.next_run_id(),
            workflow_file=path,
            workflow_name=path,
            display_title=cause.title,
            run_number=state.next_run_number(path),
            event=cause.trigger,
            event_payload=cause.event,
            head_branch=cause.branch,
            head_sha=cause.sha,
            actor=cause.actor,
            created_at=now,
            run_started_at=now,
            updated_at=now,
        )
        try:
            document = read_yaml(text)
            if not _is_meant(document, cause):
                return None
            return self._name(run, load_workflow(document, path))
        except WorkflowError as reason:
            return run.model_copy(update=_refuse(path, reason))

    def _name(self, run: RunRecord, spec: WorkflowSpec) -> RunRecord:
        named = run.model_copy(update={"workflow_name": spec.name})
        contexts: dict[str, Value] = {
            "github": build_github_context(self._site, named),
            "vars": dict(self._options.variables),
            "inputs": show_inputs(run.event_payload),
        }
        scope = Scope(contexts)
        update: dict[str, object] = {}
        if spec.run_name:
            update["display_title"] = interpolate(spec.run_name, scope).strip() or run.display_title
        if spec.concurrency:
            update["group"] = interpolate(spec.concurrency.group, scope)
            update["cancel_in_progress"] = is_truthy(resolve(spec.concurrency.cancel_in_progress, scope))
        return named.model_copy(update=update)

    def resume(self) -> None:
        """Run again from its start what a stop or a kill left unfinished."""
        self._is_stopping = False
        end_leftovers(self._site.state.work)
        shutil.rmtree(self._site.state.work, ignore_errors=True)
        for run in sorted(self._site.state.runs.values(), key=lambda run: run.id):
            if not run.is_done:
                now = self._site.clock()
                update = {
                    "run_attempt": run.run_attempt + 1,
                    "status": "queued",
                    "jobs": (),
                    "annotations": (),
                    "run_started_at": now,
                    "updated_at": now,
                }
                again = self._site.state.save_run(run.model_copy(update=update))
                self._site.tell_run("run_queued", run.id)
                self._start(again)

    def _start(self, run: RunRecord) -> None:
        active = self._active[run.id] = _Active()
        active.task = asyncio.create_task(self._run(run, active.cancelled), name=f"run {run.id}")

    async def _run(self, run: RunRecord, cancelled: asyncio.Event) -> None:
        if run.is_done:
            self._site.tell_run("run_finished", run.id, run.conclusion or "")
            return
        work = RunWork(self._floor, run, cancelled)
        try:
            await self._run_in_group(run, work, cancelled)
        finally:
            if not self._is_stopping:
                work.give_up()

    async def _run_in_group(self, run: RunRecord, work: RunWork, cancelled: asyncio.Event) -> None:
        if not run.group:
            await work.run()
            return
        if self._groups.is_busy(run.group):
            work.change(status="pending")
            self._site.tell_run("run_pending", run.id)
        if not await self._groups.enter(run.group, run.cancel_in_progress, cancelled):
            work.supersede()
            return
        try:
            await work.run()
        finally:
            self._groups.leave(run.group)

    def cancel(self, run_id: int) -> bool:
        """Cancel a run; False when it is over already."""
        run, active = self._site.state.runs.get(run_id), self._active.get(run_id)
        if run is None or run.is_done or active is None:
            return False
        active.cancelled.set()
        return True

    async def wait(self, run_id: int) -> RunRecord:
        """A run's record once it is over."""
        active = self._active.get(run_id)
        if active is not None and active.task is not None:
            await asyncio.shield(active.task)
        return self._site.state.runs[run_id]

    async def wait_idle(self) -> None:
        """Return once nothing runs or waits."""
        while tasks := [active.task for active in self._active.values() if active.task and not active.task.done()]:
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        """Stop everything where it stands; the next start runs it again."""
        self._is_stopping = True
        tasks = [active.task for active in self._active.values() if active.task]
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        self._active.clear()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def _is_meant(document: Block, cause: _Cause) -> bool:
    if cause.trigger in _WITHOUT_TYPES:
        return listens(document, cause.trigger)
    types = find_types(document, cause.trigger)
    wanted = types or _UNTYPED.get(cause.trigger)
    return types is not None and (not wanted or cause.type in wanted)


def _refuse(path: str, reason: WorkflowError) -> dict[str, object]:
    note = Annotation(level="failure", message=f"{path}: {reason}", path=path)
    return {"status": "completed", "conclusion": "startup_failure", "annotations": (note,), "display_title": path}
