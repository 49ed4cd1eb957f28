"""The agent when none is configured: it shows what would be sent, and sends nothing."""

from collections.abc import Sequence

from bot.agents.agent import AgentRefused, NotSeen, Sighting
from bot.incident.payload import Incident, encoded, fitted
from bot.records.work_order import WorkOrder


class StagedAgent:
    """A dry run: the incident is kept, and nothing leaves."""

    name = "staged"

    def __init__(self, missing: Sequence[str]) -> None:
        self.off: str | None = (
            f"no coding agent is configured: {' and '.join(missing)} not set"
            if missing
            else "AUTOFIX_AGENT is staged: nothing is sent"
        )

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The incident as an agent would get it."""
        return encoded(
            {"incident": fitted(incident).model_dump(mode="json"), "phase": "propose", "attempt": order.attempt}
        )

    async def propose(self, order: WorkOrder, incident: Incident) -> None:
        """Never sends."""
        raise AgentRefused(f"{order.id} is only staged: {self.off}.")

    async def publish(self, order: WorkOrder) -> None:
        """Never sends."""
        raise AgentRefused(f"{order.id} is only staged: {self.off}.")

    async def look(self, order: WorkOrder) -> Sighting:
        """There is nothing to be seen."""
        return NotSeen()
