"""What an approval needs, as the operator set it, and the errors of whoever asks for more."""

from dataclasses import dataclass

from bot.records.proposal import Proposal
from bot.records.work_order import WorkOrder


class RepairRefused(Exception):
    """What was asked cannot be done with this order now; the sentence says why and what can be done."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who may approve, and what must have been proved."""

    second_approver: bool = False
    min_proof: int = 2

    def bars(self, order: WorkOrder) -> int | None:
        """Who may not approve this order."""
        return order.requested_by if self.second_approver else None

    def hindrance(self, order: WorkOrder, proposal: Proposal, person: int, *, insists: bool) -> str | None:
        """Why this person gets no token now, as a sentence; None when they get one."""
        if person == self.bars(order):
            return "REQUIRE_SECOND_APPROVER is on: you asked for this patch, so another admin has to approve it."
        if proposal.proof.level < self.min_proof and not insists:
            return (
                f"Its proof is level {proposal.proof.level}, below AUTOFIX_MIN_PROOF ({self.min_proof}). "
                "To approve it all the same, press “Approve anyway” and type the order's id."
            )
        return None
