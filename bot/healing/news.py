"""What the bus is told of a run, read off its record: so it can be told after a crash as well as at once."""

from bot.events.catalog import HealingCompleted, HealingEscalated, HealingFailed, HealingPatchApplied
from bot.healing.trust_keeper import TrustKeeper
from bot.records.playbook_run import PlaybookRun, RunStatus

News = HealingCompleted | HealingEscalated | HealingFailed | HealingPatchApplied
HELPED = "patch_helped"
"""The fact of a run whose patch was known to help when it was seen to be live."""
NAMES: dict[RunStatus, str] = {
    "verified": HealingCompleted.wire,
    "nothing_to_do": HealingCompleted.wire,
    "undone": HealingFailed.wire,
    "failed": HealingFailed.wire,
    "awaiting_patch": HealingEscalated.wire,
    "patch_applied": HealingPatchApplied.wire,
}
"""By a run's status: the event that tells of it. Of the others nothing is told."""


async def settled(run: PlaybookRun, trust: TrustKeeper) -> News | None:
    """The event of a run that was just saved, once trust is moved by its verdict; the same as often as it is asked for.

    None for one that has nothing to tell. Raises StoreUnavailable.
    """
    match run.status:
        case "verified":
            before, after = await trust.succeeded(run)
            return completed(run, before, after)
        case "nothing_to_do":
            return completed(run)
        case "undone" | "failed":
            await trust.failed(run)
            return HealingFailed(run_id=run.id, playbook_id=run.playbook, incident_id=run.incident_id,
                                 reason=run.reason, steps_completed=tuple(run.steps_done))  # fmt: skip
        case "awaiting_patch" if run.work_order_id:
            return HealingEscalated(run_id=run.id, playbook_id=run.playbook, incident_id=run.incident_id,
                                    work_order_id=run.work_order_id, reason=run.reason)  # fmt: skip
        case "patch_applied":
            return HealingPatchApplied(run_id=run.id, playbook_id=run.playbook, incident_id=run.incident_id,
                                       work_order_id=run.work_order_id or "",
                                       trust_restored=HELPED in run.facts)  # fmt: skip
    return None


def completed(run: PlaybookRun, before: float | None = None, after: float | None = None) -> HealingCompleted:
    """A run that ended well, or that found nothing to do."""
    nothing = run.status == "nothing_to_do"
    return HealingCompleted(
        run_id=run.id,
        playbook_id=run.playbook,
        incident_id=run.incident_id,
        steps_completed=() if nothing else tuple(run.steps_done),
        outcome="nothing_to_do" if nothing else "verified",
        reason=run.reason,
        trust_before=before,
        trust_after=after,
    )
