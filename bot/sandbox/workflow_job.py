"""One job at work: its steps in order, by GitHub's rules of when a step runs and what its end means."""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.sandbox.github_records import Annotation, GitHubEvent, JobRecord, StepRecord
from bot.sandbox.workflow_actions import StepFailedError
from bot.sandbox.workflow_catalog import find_action
from bot.sandbox.workflow_commands import StepLog
from bot.sandbox.workflow_expressions import check_condition, interpolate, resolve, resolve_texts
from bot.sandbox.workflow_file import DEFAULT_MINUTES, StepSpec
from bot.sandbox.workflow_limits import WorkCancelledError, WorkTimedOutError, run_within
from bot.sandbox.workflow_scope import JobScope, StepResult
from bot.sandbox.workflow_step import StepWork, name_step
from bot.sandbox.workflow_values import Value, WorkflowError, is_truthy, to_number, to_text

_CLEAN_UP_SECONDS = 300.0


class JobWork:
    """Runs the steps of one job; `keep` is told each new state of its record."""

    def __init__(
        self, scope: JobScope, record: JobRecord, keep: Callable[[JobRecord], None], cancelled: asyncio.Event
    ) -> None:
        self._scope = scope
        self._record = record
        self._keep = keep
        self._cancelled = cancelled
        self._deadline = math.inf

    async def run(self) -> JobRecord:
        """The whole job; returns its record, completed."""
        self._change(status="in_progress", started_at=self._now())
        self._tell("job_started")
        self._scope.prepare_folders()
        try:
            if await self._set_up():
                for number, step in enumerate(self._scope.spec.steps, start=2):
                    await self._run_step(number, step)
            self._collect_outputs()
        finally:
            self._scope.remove_folders()
        self._change(status="completed", conclusion=self._scope.status, completed_at=self._now())
        self._tell("job_finished", conclusion=self._scope.status)
        return self._record

    def _now(self) -> datetime:
        return self._scope.site.clock()

    def _change(self, **update: object) -> None:
        self._record = self._record.model_copy(update=update)
        self._keep(self._record)

    def _tell(self, kind: str, step: str = "", conclusion: str = "") -> None:
        self._scope.site.tell(
            GitHubEvent(
                kind=kind,
                at=self._scope.site.clock(),
                run_id=self._scope.run.id,
                job=self._record.key,
                step=step,
                conclusion=conclusion,
            )
        )

    async def _set_up(self) -> bool:
        """The step "Set up job": limits and variables; False when the job cannot start."""
        log = StepLog(self._scope.masker, "Set up job")
        self._start_step(1, "Set up job")
        try:
            scope = self._scope.build_scope()
            minutes = _read_minutes(resolve(self._scope.spec.timeout_minutes, scope), DEFAULT_MINUTES)
            self._deadline = asyncio.get_running_loop().time() + minutes * 60
            self._scope.env |= resolve_texts(self._scope.workflow.env, scope.without("env", "steps", "job"))
            self._scope.env |= resolve_texts(self._scope.spec.env, scope.without("env", "steps", "job"))
            for step in self._scope.spec.steps:
                if step.uses:
                    find_action(step.uses)
        except WorkflowError as reason:
            log.note("error", str(reason))
            self._scope.status = "failure"
        self._end_step(1, log, self._scope.status)
        return self._scope.status == "success"

    async def _run_step(self, number: int, step: StepSpec) -> None:
        if self._cancelled.is_set() and self._scope.status != "cancelled":
            self._cancel()
        name = step.name or name_step(step)
        log = StepLog(self._scope.masker, name)
        env: dict[str, str] = {}
        try:
            name = log.step = interpolate(name, self._scope.build_scope())
            env = resolve_texts(step.env, self._scope.build_scope())
            is_wanted = check_condition(step.condition, self._scope.build_condition_scope(env))
        except WorkflowError as reason:
            log.note("error", str(reason))
            self._start_step(number, name)
            self._finish(number, step, log, StepResult("failure", "failure"))
            return
        if not is_wanted:
            self._add_step(StepRecord(number=number, name=name, status="completed", conclusion="skipped"))
            self._remember(step, StepResult("skipped", "skipped"))
            return
        self._start_step(number, name)
        work = StepWork(scope=self._scope, step=step, number=number, env=env, log=log)
        outcome = await self._perform(work, step, env, log)
        self._finish(number, step, log, self._weigh(step, env, outcome, work))

    async def _perform(self, work: StepWork, step: StepSpec, env: dict[str, str], log: StepLog) -> str:
        # After a cancellation what still runs is clean-up, and that is not cancelled again.
        cancelled = asyncio.Event() if self._scope.status == "cancelled" else self._cancelled
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            own = _read_minutes(resolve(step.timeout_minutes, self._scope.build_scope(env)), math.inf) * 60
            await run_within(work.run(), min(own, left), cancelled)
        except (StepFailedError, WorkflowError) as reason:
            log.note("error", str(reason))
            return "failure"
        except WorkCancelledError:
            work.keep_output()
            log.note("error", "The operation was canceled.")
            return self._cancel()
        except WorkTimedOutError:
            work.keep_output()
            if own <= left:
                log.note("error", f"The action {log.step!r} has timed out after {own / 60:g} minutes.")
                return "failure"
            log.note("error", "The job has exceeded the maximum execution time it was given; it was canceled.")
            return self._cancel()
        return "success"

    def _cancel(self) -> str:
        self._scope.status = "cancelled"
        self._deadline = asyncio.get_running_loop().time() + _CLEAN_UP_SECONDS
        return "cancelled"

    def _weigh(self, step: StepSpec, env: dict[str, str], outcome: str, work: StepWork) -> StepResult:
        may_fail = is_truthy(resolve(step.continue_on_error, self._scope.build_scope(env)))
        conclusion = "success" if outcome == "failure" and may_fail else outcome
        return StepResult(outcome, conclusion, work.outputs)

    def _finish(self, number: int, step: StepSpec, log: StepLog, result: StepResult) -> None:
        if result.conclusion == "failure" and self._scope.status == "success":
            self._scope.status = "failure"
        self._remember(step, result)
        self._end_step(number, log, result.conclusion)

    def _remember(self, step: StepSpec, result: StepResult) -> None:
        if step.id:
            self._scope.steps[step.id] = result

    def _start_step(self, number: int, name: str) -> None:
        started = self._scope.site.clock()
        self._add_step(StepRecord(number=number, name=name, status="in_progress", started_at=started))
        self._tell("step_started", step=name)

    def _add_step(self, step: StepRecord) -> None:
        self._change(steps=(*self._record.steps, step))

    def _end_step(self, number: int, log: StepLog, conclusion: str) -> None:
        update = {"status": "completed", "conclusion": conclusion, "completed_at": self._now(), "name": log.step}
        steps = [s.model_copy(update=update) if s.number == number else s for s in self._record.steps]
        annotations: tuple[Annotation, ...] = (*self._record.annotations, *log.annotations)
        self._write_log(log)
        self._change(steps=tuple(steps), annotations=annotations)
        self._tell("step_finished", step=log.step, conclusion=conclusion)

    def _write_log(self, log: StepLog) -> None:
        run = self._scope.run
        path: Path = self._scope.site.state.log_path(run.id, run.run_attempt, self._record.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as kept:
            kept.write("".join(f"{line}\n" for line in (f"## {log.step}", *log.lines)))

    def _collect_outputs(self) -> None:
        log = StepLog(self._scope.masker, "Complete job")
        number = len(self._scope.spec.steps) + 2
        self._start_step(number, "Complete job")
        outputs: dict[str, str] = {}
        conclusion = "success"
        try:
            for name, value in resolve_texts(self._scope.spec.outputs, self._scope.build_scope()).items():
                if self._scope.masker.is_clean(value):
                    outputs[name] = value
                else:
                    log.note("warning", f"Skip output {name!r} since it may contain secret.")
        except WorkflowError as reason:
            log.note("error", str(reason))
            conclusion = self._scope.status = "failure"
        self._change(outputs=outputs)
        self._end_step(number, log, conclusion)


def _read_minutes(value: Value, default: float) -> float:
    minutes = to_number(value)
    if value is None or to_text(value) == "":
        return default
    if math.isnan(minutes) or minutes <= 0:
        raise WorkflowError(f"timeout-minutes is {to_text(value)!r}, not a number above 0.")
    return minutes
