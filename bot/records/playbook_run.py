"""A playbook's run, one try to heal a fault without code, and the table of what may become of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.records.work_order import IllegalTransition

RunStatus = Literal[
    "queued", "running", "undoing", "awaiting_patch", "patch_applied", "watching",
    "verified", "nothing_to_do", "undone", "failed",
]  # fmt: skip

RUN_NEXT: dict[RunStatus, frozenset[RunStatus]] = {
    "queued": frozenset({"running", "failed"}),
    "running": frozenset({"watching", "awaiting_patch", "undoing", "failed", "nothing_to_do"}),
    "undoing": frozenset({"undone", "failed"}),
    "awaiting_patch": frozenset({"patch_applied", "failed"}),
    "patch_applied": frozenset({"verified", "failed"}),
    "watching": frozenset({"verified", "undoing", "undone", "failed"}),
    "verified": frozenset(),
    "nothing_to_do": frozenset(),
    "undone": frozenset(),
    "failed": frozenset(),
}
"""Status → what may follow it. Watching: every step is done, and the fault has to stay away for a while."""
RUN_DONE: frozenset[RunStatus] = frozenset(status for status, following in RUN_NEXT.items() if not following)

StepState = Literal["skipped", "acting", "done", "undone", "failed"]


class StepTaken(BaseModel):
    """One step of a run: what it did, as far as is known."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    action: str
    state: StepState
    at: datetime
    said: str = ""
    """What the action did, or why it did not: a sentence."""
    changed: bool = True
    """Whether it did more than look."""


class PlaybookRun(BaseModel):
    """One run: which playbook, against which fault, how far it came."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    playbook: str
    fingerprint: str
    component: str = ""
    """The top package of the fault's innermost own frame: what trust is kept for, beside the playbook."""
    error_type: str
    summary: str
    status: RunStatus = "queued"
    version: int = 0
    """Raised by the store at each save; a save of an older version is refused."""
    started_at: datetime
    completed_at: datetime | None = None
    asked_by: str = "bot"
    """A Discord user's id, an API key's name, or `bot`."""
    facts: Mapping[str, str] = {}
    """What it knows: the signal's context, and what its steps noted for later ones and for their undoing."""
    steps: tuple[StepTaken, ...] = ()
    history: tuple[tuple[RunStatus, datetime], ...] = ()
    watch_until: datetime | None = None
    incident_id: str | None = None
    work_order_id: str | None = None
    reason: str = ""
    """Why it waits, was undone or failed: a sentence for people."""

    def evolve(self, **changes: object) -> "PlaybookRun":
        """A copy with these fields changed; the status only by `step_to`."""
        if "status" in changes:
            raise IllegalTransition(f"{self.id}: the status changes only by step_to().")
        return self.model_copy(update=changes)

    def step_to(self, to: RunStatus, at: datetime, reason: str = "") -> "PlaybookRun":
        """The run in its next status. Raises IllegalTransition."""
        if to not in RUN_NEXT[self.status]:
            raise IllegalTransition(f"{self.id} is {self.status} and cannot become {to}.")
        return self.model_copy(
            update={
                "status": to,
                "history": (*self.history, (to, at)),
                "reason": reason,
                "completed_at": at if to in RUN_DONE else None,
            }
        )

    def with_step(self, step: StepTaken) -> "PlaybookRun":
        """The run with this step's newest state; a step is known by its action."""
        others = tuple(one for one in self.steps if one.action != step.action)
        if len(others) == len(self.steps):
            return self.evolve(steps=(*self.steps, step))
        return self.evolve(steps=tuple(step if one.action == step.action else one for one in self.steps))

    @property
    def steps_done(self) -> list[str]:
        """The actions that are done and stand."""
        return [step.action for step in self.steps if step.state == "done"]

    @property
    def changed_anything(self) -> bool:
        """Whether something that was done stands; else every step was skipped, or only looked."""
        return any(step.state == "done" and step.changed for step in self.steps)
