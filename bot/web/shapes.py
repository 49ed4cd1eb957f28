"""The shapes of the `/patches` API, as it was published first, and the one table from our statuses to its."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.events.event import Priority
from bot.records.playbook_run import RUN_DONE, PlaybookRun, RunStatus, StepTaken
from bot.records.proposal import Proposal
from bot.records.store import Outline
from bot.records.work_order import Status, WorkOrder
from bot.repair.order_events import PRIORITIES

OrderWord = Literal["queued", "assigned", "in_progress", "testing", "completed", "failed"]
RunWord = Literal["queued", "running", "awaiting_patch", "patch_applied", "completed", "failed"]
Complexity = Literal["high", "medium", "low"]
Whole = Annotated[int, BeforeValidator(lambda told: int(told) if type(told) is float and told.is_integer() else told)]
"""61, and 61.0, which is an integer in JSON, too."""

ORDER_WORDS: dict[Status, OrderWord] = {
    "staged": "queued",
    "dispatched": "assigned",
    "proposing": "in_progress",
    "awaiting_approval": "testing",
    "publishing": "testing",
    "pr_open": "testing",
    "merged": "testing",
    "deploying": "testing",
    "verifying": "testing",
    "verified": "completed",
    "no_fix": "failed",
    "rejected": "failed",
    "expired": "failed",
    "failed": "failed",
    "regressed": "failed",
    "cancelled": "failed",
}
RUN_WORDS: dict[RunStatus, RunWord] = {
    "queued": "queued",
    "running": "running",
    "undoing": "running",
    "watching": "running",
    "awaiting_patch": "awaiting_patch",
    "patch_applied": "patch_applied",
    "verified": "completed",
    "nothing_to_do": "completed",
    "undone": "failed",
    "failed": "failed",
}
COMPLEXITIES: tuple[tuple[str, Complexity], ...] = (("timeout", "medium"), ("schema", "low"), ("validation", "high"))
"""What an error's type says of the work; the first that it contains."""


class PatchResult(BaseModel):
    """What came of a patch, as far as the prover knows."""

    tests_passed: bool
    files_changed: int
    diff_url: str | None
    proof_level: int
    evidence: list[str] = Field(description="what the prover saw, and what the policy says of the diff")


class Reached(BaseModel):
    """A status, and since when."""

    state: Status
    at: datetime


class OrderShape(BaseModel):
    """A work order."""

    work_order_id: str
    type: Literal["self_healing_patch"] = "self_healing_patch"
    priority: Priority
    description: str
    context: dict[str, str]
    self_healing_run_id: str | None
    playbook_id: str | None
    status: OrderWord
    created_at: datetime
    updated_at: datetime
    assigned_agent: str
    estimated_complexity: Complexity
    patch_result: PatchResult | None
    state: Status = Field(description="the status in Suture's own words")
    incident_id: str
    pull_request: str | None
    run_url: str | None = Field(description="the run of the coding agent")
    approved_at: datetime | None
    history: list[Reached]
    card: str | None = Field(None, description="the card in Discord, where people decide")


class RunShape(BaseModel):
    """A playbook's run."""

    run_id: str
    playbook_id: str
    status: RunWord
    context: dict[str, str]
    started_at: datetime
    completed_at: datetime | None
    steps_completed: list[str]
    coding_work_order_id: str | None
    patch_result: PatchResult | None
    state: RunStatus = Field(description="the status in Suture's own words")
    steps: list[StepTaken]
    incident_id: str | None
    reason: str


class OrderStats(BaseModel):
    """How many orders there are, by status; assigned and testing ones count as in progress."""

    total_work_orders: int
    queued: int
    in_progress: int
    completed: int
    failed: int


class Stats(BaseModel):
    """The figures of the panel's head; docs/api.md has their formulas."""

    total_playbook_runs: int
    work_orders: OrderStats
    escalation_rate: float
    auto_fix_rate: float
    average_patch_time_minutes: float


class Orders(BaseModel):
    """Some of the work orders."""

    work_orders: list[OrderShape]
    count: int
    stats: OrderStats
    next_cursor: str | None


class Runs(BaseModel):
    """Some of the runs."""

    runs: list[RunShape]
    count: int
    next_cursor: str | None


class Completion(BaseModel):
    """Somebody says that an order's patch is done."""

    model_config = ConfigDict(strict=True)

    tests_passed: bool
    files_changed: Whole = Field(0, ge=0, le=100_000)
    diff_url: str | None = Field(None, max_length=2000)


class Completed(BaseModel):
    """What came of that."""

    success: bool
    message: str
    self_healing_resumed: bool


class Trigger(BaseModel):
    """Something is broken."""

    description: str = Field(min_length=1, max_length=2000)
    error_type: str = Field(min_length=1, max_length=200)
    file_path: str | None = Field(None, max_length=1000)
    stack_trace: str | None = Field(None, max_length=20_000)


class Triggered(BaseModel):
    """What came of that."""

    success: bool
    message: str
    run_id: str | None
    escalated_to_coding: bool
    work_order_id: str | None


def order_shape(
    order: WorkOrder, incident: Outline | None, run: PlaybookRun | None, proposal: Proposal | None
) -> OrderShape:
    """An order as the API shows it."""
    context = {
        "incident_id": order.incident_id,
        "error_type": run.error_type if run else "",
        "reason": order.reason or "",
    }
    return OrderShape(
        work_order_id=order.id,
        priority=PRIORITIES[incident.severity] if incident else "medium",
        description=order.summary,
        context=context,
        self_healing_run_id=order.healing_run_id,
        playbook_id=run.playbook if run else None,
        status=ORDER_WORDS[order.status],
        created_at=order.created_at,
        updated_at=order.history[-1][1] if order.history else order.created_at,
        assigned_agent=order.agent,
        estimated_complexity=complexity_of(run.error_type if run else order.summary),
        patch_result=result_of(order, proposal),
        state=order.status,
        incident_id=order.incident_id,
        pull_request=order.pr_url,
        run_url=order.run_url,
        approved_at=order.approved_at,
        history=reached_by(order),
    )


def reached_by(order: WorkOrder) -> list[Reached]:
    """Every status that an order had."""
    return [Reached(state=status, at=at) for status, at in order.history]


def complexity_of(error_type: str) -> Complexity:
    """How much work an error of this type is."""
    return next((words for part, words in COMPLEXITIES if part in error_type.lower()), "medium")


def result_of(order: WorkOrder, proposal: Proposal | None) -> PatchResult | None:
    """What the prover knows of an order's patch."""
    if proposal is None:
        return None
    level = proposal.proof.level if proposal.proof else 0
    return PatchResult(
        tests_passed=level >= 2,
        files_changed=proposal.diff.count(b"\ndiff --git ") + proposal.diff.startswith(b"diff --git "),
        diff_url=f"/patches/diffs/{order.id}.diff",
        proof_level=level,
        evidence=[*proposal.proof.reasons, *proposal.proof.policy_flags],
    )


def run_shape(run: PlaybookRun, result: PatchResult | None = None) -> RunShape:
    """A run as the API shows it."""
    return RunShape(
        run_id=run.id,
        playbook_id=run.playbook,
        status=RUN_WORDS[run.status],
        context=dict(run.facts),
        started_at=run.started_at,
        completed_at=run.completed_at,
        steps_completed=run.steps_done,
        coding_work_order_id=run.work_order_id,
        patch_result=result,
        state=run.status,
        steps=list(run.steps),
        incident_id=run.incident_id,
        reason=run.reason,
    )


def order_stats(orders: list[WorkOrder]) -> OrderStats:
    """How many there are of each."""
    words = [ORDER_WORDS[order.status] for order in orders]
    return OrderStats(
        total_work_orders=len(words),
        queued=words.count("queued"),
        in_progress=sum(words.count(word) for word in ("assigned", "in_progress", "testing")),
        completed=words.count("completed"),
        failed=words.count("failed"),
    )


def stats_of(runs: list[PlaybookRun], orders: list[WorkOrder]) -> Stats:
    """The figures over these records: rates in per cent of what has ended or escalated, 0 where there is nothing."""
    escalated = [run for run in runs if run.work_order_id]
    ended = [run for run in runs if run.status in RUN_DONE and run.status != "nothing_to_do"]
    by_itself = [run for run in ended if run.status == "verified" and not run.work_order_id]
    times = [minutes for order in orders if (minutes := patch_minutes(order)) is not None]
    return Stats(
        total_playbook_runs=len(runs),
        work_orders=order_stats(orders),
        escalation_rate=rate(len(escalated), len(runs)),
        auto_fix_rate=rate(len(by_itself), len(ended)),
        average_patch_time_minutes=round(sum(times) / len(times), 1) if times else 0.0,
    )


def rate(part: int, whole: int) -> float:
    """Per cent, one digit; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0


def patch_minutes(order: WorkOrder) -> float | None:
    """From the request to the patch that people could see; None while there is none."""
    seen = next((at for status, at in order.history if status == "awaiting_approval"), None)
    return (seen - order.created_at) / timedelta(minutes=1) if seen else None
