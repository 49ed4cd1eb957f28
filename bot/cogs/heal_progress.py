"""How far the healing of an incident is, for its card: the playbook, and what happened when."""

from dataclasses import dataclass
from statistics import median

from bot.cogs.face import Face
from bot.cogs.heal_view import AT_WORK, MOST_IN_FIELD, STAGES, timeline
from bot.cogs.replies import as_text
from bot.records.playbook_run import PlaybookRun
from bot.records.store import RecordMissing
from bot.records.work_order import WorkOrder

LOOKED_AT = 100
"""Of the newest runs, so many are looked at for one of an incident."""


@dataclass(frozen=True)
class HealProgress:
    """The runs behind the cards."""

    face: Face

    async def of(self, order: WorkOrder) -> str:
        """What a card says of the healing of its incident; empty when nothing heals it. Raises StoreUnavailable."""
        run = await self.run_of(order)
        if run is None:
            return ""
        trust = await self.trust_in(run)
        told = f"**{STAGES.get(run.status, '⏳ Queued')}**\n{run.playbook} · `{run.id}` · trust {trust}\n"
        if run.reason:
            told += f"-# {as_text(run.reason, 200)}\n"
        stages = timeline(run, order, await self.usual_analysis()).splitlines()
        while len(told) + len("\n".join(stages)) > MOST_IN_FIELD:
            stages.pop(1)  # how it began and how it stands is what is read
        return told + "\n".join(stages)

    async def run_of(self, order: WorkOrder) -> PlaybookRun | None:
        """The run that heals, or healed, the incident of this order: the newest one. Raises StoreUnavailable."""
        newest = await self.face.store.runs.newest(limit=LOOKED_AT)
        found = next((run for run in newest if run.incident_id == order.incident_id), None)
        if found is None and order.healing_run_id:
            try:
                return await self.face.store.runs.get(order.healing_run_id)
            except RecordMissing:
                return None
        return found

    async def trust_in(self, run: PlaybookRun) -> str:
        """How far its playbook is trusted now. Raises StoreUnavailable."""
        return f"{await self.face.healing.engine.trust.of(f'playbook {run.playbook}'):.2f}"

    async def usual_analysis(self) -> float | None:
        """Seconds from a request to its patch, the median of the orders so far. Raises StoreUnavailable."""
        spans = [span for order in await self.face.store.orders.newest() if (span := analysis_of(order)) is not None]
        return median(spans) if spans else None


def analysis_of(order: WorkOrder) -> float | None:
    """Seconds from the request to the patch; None while there is none."""
    began = next((at for status, at in order.history if status in AT_WORK), None)
    ready = next((at for status, at in order.history if status == "awaiting_approval"), None)
    return (ready - began).total_seconds() if began and ready else None
