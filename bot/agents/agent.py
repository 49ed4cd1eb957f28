"""The port of a coding agent: four calls, and what they may answer or raise."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from bot.incident.payload import Incident
from bot.records.proposal import Proof, Report
from bot.records.work_order import WorkOrder


class AgentRefused(Exception):
    """The agent will not do it, now or later; the sentence says why and what to mend."""


class AgentUnavailable(Exception):
    """The request never took effect; it may be sent again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(Exception):
    """The request may have taken effect: look for its run before sending again."""


@dataclass(frozen=True)
class NotSeen:
    """Nothing of this order's request is to be found (yet)."""


@dataclass(frozen=True)
class Working:
    """The agent is at it."""

    run_id: int
    url: str
    progress: str


@dataclass(frozen=True)
class Patched:
    """A patch, with its report and proof, made on `base_sha`."""

    run_id: int
    url: str
    base_sha: str
    diff: bytes
    report: Report
    proof: Proof
    cost_usd: Decimal | None = None
    """What the run cost, where the agent tells it."""


@dataclass(frozen=True)
class NoFix:
    """The agent looked and has no patch; the reason is its own."""

    url: str
    reason: str
    cost_usd: Decimal | None = None


@dataclass(frozen=True)
class Published:
    """The approved diff stands in a draft pull request."""

    number: int
    url: str


@dataclass(frozen=True)
class Failed:
    """The agent's run ended without what it was asked for; the reason is a sentence."""

    url: str
    reason: str
    cost_usd: Decimal | None = None


Checks = Literal["none", "running", "passed", "failed"]
Verdict = Literal["none", "approved", "changes requested"]


@dataclass(frozen=True)
class PullSeen:
    """The pull request of a published order, as it is now."""

    state: Literal["open", "closed", "merged"]
    draft: bool
    checks: Checks
    review: Verdict
    merge_sha: str | None = None
    branch_gone: bool = False
    """Closed, and its branch is not there any more."""


RunSighting = NotSeen | Working | Patched | NoFix | Published | Failed
Sighting = RunSighting | PullSeen


class CodingAgent(Protocol):
    """Somebody who proposes a patch for an incident and publishes it once it is approved."""

    name: str
    off: str | None
    """Why it cannot be asked at all (a sentence that names the variables), or None."""

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The very bytes that `propose` sends."""
        ...

    async def propose(self, order: WorkOrder, incident: Incident) -> int | None:
        """Ask for a patch, once; the id of its run, where the answer tells it.

        Raises AgentRefused, AgentUnavailable, OutcomeUnknown.
        """

    async def publish(self, order: WorkOrder) -> int | None:
        """Ask for the draft pull request of the approved diff, once; as `propose` answers and raises."""

    async def look(self, order: WorkOrder) -> Sighting:
        """What became of the request of the order's phase, or of its pull request once that is open.

        An agent that cannot follow pull requests has NotSeen them. Raises AgentRefused, AgentUnavailable.
        """
        ...


@runtime_checkable
class LooksAround(Protocol):
    """An agent that somebody else runs, and who can tell whether it is there."""

    async def look_around(self) -> str:
        """Would it take a request now? Raises AgentRefused, AgentUnavailable."""
        ...
