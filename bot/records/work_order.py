"""A work order, one request for a code change, and the table of what may become of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Usd = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False)]
"""A sum in US dollars that one run can cost."""

Status = Literal[
    "staged",
    "dispatched",
    "proposing",
    "awaiting_approval",
    "publishing",
    "pr_open",
    "merged",
    "deploying",
    "verifying",
    "verified",
    "no_fix",
    "rejected",
    "expired",
    "failed",
    "regressed",
    "cancelled",
]

NEXT: dict[Status, frozenset[Status]] = {
    "staged": frozenset({"dispatched", "cancelled"}),
    "dispatched": frozenset({"proposing", "awaiting_approval", "no_fix", "failed", "cancelled"}),
    "proposing": frozenset({"awaiting_approval", "no_fix", "failed", "cancelled"}),
    "awaiting_approval": frozenset({"publishing", "rejected", "cancelled"}),
    "publishing": frozenset({"pr_open", "failed"}),
    "pr_open": frozenset({"merged", "rejected", "expired", "cancelled"}),
    "merged": frozenset({"deploying", "verifying", "regressed", "expired", "cancelled"}),
    "deploying": frozenset({"merged", "verifying", "regressed", "expired", "cancelled"}),
    "verifying": frozenset({"merged", "verified", "regressed", "expired", "cancelled"}),
    "verified": frozenset({"regressed"}),
    "no_fix": frozenset(),
    "rejected": frozenset(),
    "expired": frozenset(),
    "failed": frozenset(),
    "regressed": frozenset(),
    "cancelled": frozenset(),
}
"""Status → what may follow it. Deploying: builds with the fix and without it run beside each other."""

WAITING_OUTSIDE: frozenset[Status] = frozenset(
    {"dispatched", "proposing", "publishing", "pr_open", "merged", "deploying", "verifying"}
)
"""The statuses in which the next step is somebody else's, so that the bot must go and look."""
AFTER_MERGE: frozenset[Status] = frozenset({"merged", "deploying", "verifying"})
"""The statuses in which the next step is told by the running builds."""
DONE: frozenset[Status] = frozenset({status for status, following in NEXT.items() if not following} | {"verified"})
"""The statuses in which nothing more is asked of anyone."""

UNDER_WAY: frozenset[Status] = frozenset(NEXT) - DONE - {"staged"}
"""The statuses of what somebody asked for and nobody ended yet."""

FIRST_SIGNS: frozenset[Status] = frozenset({"proposing", "awaiting_approval"})
"""What tells that a request for a patch was taken, when it is not known any more when it was sent."""

MACHINE = 0
"""As `requested_by`: the bot itself."""

Phase = Literal["propose", "publish"]


def branch_name(incident_id: str, attempt: int) -> str:
    """The branch that publishing pushes; from the second attempt on it carries its number."""
    return f"suture/{incident_id}" + (f"-{attempt}" if attempt > 1 else "")


def run_title(incident_id: str, phase: Phase, attempt: int) -> str:
    """The name by which a run is found again; the workflow's `run-name` builds the same."""
    return f"suture {incident_id} {phase} {attempt}"


class IllegalTransition(Exception):
    """An order was asked to go where the table does not lead."""


class WorkOrder(BaseModel):
    """One request for a code change: who asked, how far it is, and what the outside world said."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    """`wo_YYYYMMDD_NNNN`, counted per day in the store."""
    incident_id: str
    attempt: int = 1
    status: Status
    version: int = 0
    """Raised by the store at each save; a save of an older version is refused."""
    agent: str
    summary: str
    requested_by: int
    """Who asked; 0: nobody, the bot noticed it by itself."""
    healing_run_id: str | None = None
    """The playbook's run that waits for the patch."""
    guild_id: int
    channel_id: int
    created_at: datetime
    began_at_version: int = 0
    """The version that was the first of its status."""
    history: tuple[tuple[Status, datetime], ...] = ()
    """Each status that it had, and since when."""
    reason: str | None = None
    """Why it is staged, waits, had no fix, was rejected or failed, or what was flagged: a sentence for people."""

    reverts: str | None = None
    """The commit that this order takes back, instead of asking for a new patch."""
    sent_at: datetime | None = None
    """When this phase's request was last sent, written down just before; None: not in this phase."""
    sends: int = 0
    """How often this phase's request was sent."""
    asked_run_id: int | None = None
    """The run that the answer to this phase's request named."""
    retry_at: datetime | None = None
    """Not to be touched before: the outside asked to wait."""
    run_id: int | None = None
    run_url: str | None = None
    progress: str | None = None
    """What the run is doing now, in its own words."""
    cost_usd: Usd | None = None
    """What the run that proposed cost; None: nobody told."""
    base_sha: str | None = None
    diff_sha256: str | None = None

    token_until: datetime | None = None
    """Until when the newest token that was shown for it can be used."""
    proof_level: int | None = None
    rejected_by: int | None = None
    cancelled_by: int | None = None
    approved_by: int | None = None
    approved_at: datetime | None = None
    publish_run_url: str | None = None
    pr_number: int | None = None
    pr_url: str | None = None
    merge_sha: str | None = None
    """The commit by which the default branch has the fix."""
    live_build: str | None = None
    """The build with the fix whose silence is watched."""
    handled_before: int = 0
    """How many requests builds with the fix had handled when the watch began."""

    @property
    def branch(self) -> str:
        """The branch that publishing pushes."""
        return branch_name(self.incident_id, self.attempt)

    @property
    def asked_at(self) -> datetime | None:
        """When its proposal was asked for, as near as this record tells; None: never."""
        return next((at for status, at in self.history if status in FIRST_SIGNS), self.sent_at)

    def key(self, phase: Phase) -> str:
        """The name by which the run of this order and phase is known."""
        return run_title(self.incident_id, phase, self.attempt)

    def evolve(self, **changes: object) -> "WorkOrder":
        """A copy with these fields changed; the status only by `advance`."""
        if "status" in changes:
            raise IllegalTransition(f"{self.id}: the status changes only by advance().")
        return self.model_copy(update=changes)

    def log_context(self) -> dict[str, str]:
        """What a log line about this order carries."""
        return {"incident_id": self.incident_id, "order_id": self.id, "order_status": self.status}


def advance(order: WorkOrder, to: Status, at: datetime, reason: str | None = None, **changes: object) -> WorkOrder:
    """The order in its next status. Raises IllegalTransition when the table does not allow it."""
    if to not in NEXT[order.status]:
        raise IllegalTransition(f"{order.id} is {order.status}; it cannot become {to}.")
    return order.model_copy(
        update={
            "status": to,
            "reason": reason,
            "began_at_version": order.version + 1,
            "history": (*order.history, (to, at)),
            "progress": None,
            "retry_at": None,
            **changes,
        }
    )
