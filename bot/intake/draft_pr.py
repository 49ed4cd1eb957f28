"""Draft pull requests of patch tasks: a branch with the task as a file, and a draft. Never ready, never merged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.apis.github_drafts import DraftDesk, DraftSeen
from bot.apis.http import ApiError, OutcomeUnknown
from bot.intake.draft_plan import Step
from bot.intake.patch_task import PatchTask
from bot.intake.task_text import CLOSED_NOTE, body_of, commit_message, file_of, labels_of, task_file, title_of

STOPPING = frozenset({401, 403, 404, 429})
"""Answers after which the next task would be refused as well."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a step."""

    step: Step
    url: str | None = None
    failed: str | None = None


class BranchTaken(Exception):
    """The branch of a task is somebody else's work; the sentence names it."""


@dataclass(frozen=True)
class Drafts:
    """Carries plans out."""

    desk: DraftDesk

    async def carry_out(self, steps: Sequence[Step], told: Callable[[Outcome], None]) -> list[Outcome]:
        """Do every step, telling each as it is done; one that fails does not keep the others."""
        outcomes: list[Outcome] = []
        made: set[str] = set()
        stopped: str | None = None
        base = await self.desk.default_branch() if any(step.deed == "open" for step in steps) else ""
        for step in steps:
            if stopped and step.deed in ("open", "update", "reopen", "close"):
                outcome = Outcome(step=step, failed=f"not tried: {stopped}")
            else:
                outcome, stopped = await self._tried(step, base, made)
            outcomes.append(outcome)
            told(outcome)
        return outcomes

    async def _tried(self, step: Step, base: str, made: set[str]) -> tuple[Outcome, str | None]:
        """The step's outcome, and why the steps after it need not be tried."""
        try:
            pull = await self._done(step, base, made)
        except BranchTaken as error:
            return Outcome(step=step, failed=str(error)), None
        except ApiError as error:
            stopping = getattr(error, "status", None) in STOPPING or not hasattr(error, "status")
            return Outcome(step=step, failed=f"GitHub {error}"), f"GitHub {error}" if stopping else None
        return Outcome(step=step, url=pull.html_url if pull else None), None

    async def _done(self, step: Step, base: str, made: set[str]) -> DraftSeen | None:
        if step.task and step.deed in ("open", "update", "reopen"):
            await self._make_labels(step.task, made)
        if step.deed == "open" and step.task:
            return await self._open(step, step.task, base)
        if step.deed in ("update", "reopen") and step.task and step.pull:
            return await self._update(step, step.task, step.pull)
        if step.deed == "close" and step.pull:
            return await self._close(step, step.pull)
        return step.pull

    async def _make_labels(self, task: PatchTask, made: set[str]) -> None:
        for name, (colour, meaning) in labels_of(task).items():
            if name not in made:
                await self.desk.make_label(name, colour, meaning)
                made.add(name)

    async def _open(self, step: Step, task: PatchTask, base: str) -> DraftSeen:
        tip = await self.desk.branch_tip(base)
        if tip is None:
            raise BranchTaken(f"The repository has no branch {base} yet: push one first.")
        if (
            await self.desk.branch_tip(step.branch)
            and await self.desk.has_commits(step.branch, base)
            and await self.desk.file(step.branch, file_of(task)) is None
        ):
            raise BranchTaken(
                f"The branch {step.branch} is somebody's own work: rename it, and the task gets its draft."
            )
        await self.desk.make_branch(step.branch, tip)
        await self.desk.write_file(step.branch, file_of(task), task_file(task), commit_message(task))
        pull = await self._opened(step, task, base)
        await self.desk.set_labels(pull.number, step.labels | pull.label_names)
        return pull

    async def _opened(self, step: Step, task: PatchTask, base: str) -> DraftSeen:
        """The new draft, or the one that an earlier run left without its labels."""
        fields = {"title": title_of(task), "body": body_of(task)}
        for pull in await self.desk.pulls("open"):
            if pull.head.ref == step.branch:
                return await self.desk.change(pull.number, fields)
        try:
            return await self.desk.open_draft({**fields, "head": step.branch, "base": base})
        except OutcomeUnknown:
            for pull in await self.desk.pulls("open"):
                if pull.head.ref == step.branch:
                    return pull
            raise

    async def _update(self, step: Step, task: PatchTask, pull: DraftSeen) -> DraftSeen:
        if await self.desk.branch_tip(step.branch) and await self.desk.is_written_by_us(step.branch):
            await self.desk.write_file(step.branch, file_of(task), task_file(task), commit_message(task))
        fields = {"title": title_of(task), "body": body_of(task)}
        changed = await self.desk.change(pull.number, fields | ({"state": "open"} if step.deed == "reopen" else {}))
        if changed.label_names != step.labels:
            await self.desk.set_labels(pull.number, step.labels)
        return changed

    async def _close(self, step: Step, pull: DraftSeen) -> DraftSeen:
        """Say why, then close; the trailer tells later runs that no person closed it."""
        if not await self.desk.is_written_by_us(pull.head.ref):
            raise BranchTaken(
                f"#{pull.number} is left open, for people have pushed to {pull.head.ref}: close it yourself."
            )
        await self.desk.comment(pull.number, f"Closed by Suture's intake: {step.why}.")
        body = f"{pull.body.rstrip()}\n{CLOSED_NOTE}: gone\n"
        return await self.desk.change(pull.number, {"body": body, "state": "closed"})
