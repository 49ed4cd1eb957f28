"""What is sent to GitHub for a phase of an order, by either trigger: the same payload, as an event's or as an input."""

from dataclasses import dataclass
from typing import Literal

from bot.incident.payload import MAX_PAYLOAD_BYTES, Incident, encoded, fitted
from bot.records.work_order import WorkOrder

WORKFLOW = "codex-autofix.yml"
"""The workflow's file, by whichever event it is asked."""
Trigger = Literal["repository_dispatch", "workflow_dispatch"]
MAX_INPUT_CHARACTERS = 65_535
"""GitHub's limit for all inputs of a `workflow_dispatch` together; it takes at most 25 of them."""
INPUTS = frozenset({"incident_id", "phase", "attempt", "payload"})
"""What a start by name fills in."""
SHARES = (MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES * 3 // 4, MAX_PAYLOAD_BYTES // 2)
"""How large an incident may be, tried in turn: in an input, each quote and backslash counts twice."""
GUESS = "main"


@dataclass
class DispatchForm:
    """How this bot asks the workflow: by an event of this type, or by starting it on the default branch."""

    event_type: str
    trigger: Trigger = "repository_dispatch"
    branch: str = GUESS
    """The default branch, as far as GitHub was asked for it."""

    def propose(self, order: WorkOrder, incident: Incident) -> bytes:
        """The request for a patch, within GitHub's limits."""
        body = b""
        for share in SHARES:
            body = self._body(proposing(order, fitted(incident, share)))
            if self.trigger == "repository_dispatch" or len(body) <= MAX_INPUT_CHARACTERS:
                break
        return body

    def publish(self, order: WorkOrder) -> bytes:
        """The request for the draft of exactly the approved diff."""
        return self._body({
            **named(order, "publish"),
            "incident": {"id": order.incident_id},
            "run_id": str(order.run_id),
            "diff_sha256": order.diff_sha256,
            "base_sha": order.base_sha,
            **revert_of(order),
        })  # fmt: skip

    def _body(self, payload: dict[str, object]) -> bytes:
        if self.trigger == "repository_dispatch":
            return encoded({"event_type": self.event_type, "client_payload": payload})
        return encoded({"ref": self.branch, "inputs": inputs_of(payload), "return_run_details": True})


def proposing(order: WorkOrder, incident: Incident) -> dict[str, object]:
    """The payload of a request for a patch: at most 10 keys."""
    return {
        **named(order, "propose"),
        "summary": incident.summary[:200],
        "incident": incident.model_dump(mode="json"),
        **revert_of(order),
    }


def revert_of(order: WorkOrder) -> dict[str, object]:
    """The commit that is to be taken back, if the order is to."""
    return {"revert": order.reverts} if order.reverts else {}


def named(order: WorkOrder, phase: str) -> dict[str, object]:
    """What every payload begins with."""
    return {"phase": phase, "attempt": str(order.attempt), "order_id": order.id}


def inputs_of(payload: dict[str, object]) -> dict[str, str]:
    """The payload as the workflow's inputs: its name, and the whole of it as one text."""
    incident = payload["incident"]
    name = {"incident_id": str(incident["id"])} if isinstance(incident, dict) else {}
    return {**name, "phase": str(payload["phase"]), "attempt": str(payload["attempt"]),
            "payload": encoded(payload).decode("ascii")}  # fmt: skip
