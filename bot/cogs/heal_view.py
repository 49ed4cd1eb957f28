"""How runs, playbooks and pauses are shown: lists, one run with its timeline, a rehearsal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import discord

from bot.cogs.replies import as_code, as_text
from bot.cogs.review import stamp
from bot.healing.loop_guard import GuardState, Pair
from bot.healing.playbook import Playbook
from bot.incident.foreign_text import cut
from bot.records.playbook_run import PlaybookRun, RunStatus, StepState, StepTaken
from bot.records.work_order import WorkOrder

SIGNS: dict[RunStatus, str] = {
    "queued": "⏳", "running": "🏃", "undoing": "↩️", "awaiting_patch": "🧑‍💻", "patch_applied": "🔬",
    "watching": "👀", "verified": "✅", "nothing_to_do": "💤", "undone": "↩️", "failed": "❌",
}  # fmt: skip
STEP_SIGNS: dict[StepState, str] = {
    "skipped": "⏭️", "acting": "🏃", "done": "✔️", "undone": "↩️", "failed": "✖️",
}  # fmt: skip
COLOURS: dict[RunStatus, discord.Colour] = {
    "verified": discord.Colour.green(),
    "failed": discord.Colour.red(),
    "undone": discord.Colour.dark_grey(),
    "nothing_to_do": discord.Colour.dark_grey(),
    "awaiting_patch": discord.Colour.purple(),
}
STAGES: dict[RunStatus, str] = {
    "running": "🔧 Playbook running",
    "awaiting_patch": "🧑‍💻 Needs code: a patch was asked for",
    "patch_applied": "🔬 Patch applied, verifying",
    "watching": "👀 Applied: watching whether the fault stays away",
    "undoing": "↩️ It did not help: putting it back",
    "verified": "🏁 Verified: the fault stayed away, trust restored",
    "nothing_to_do": "💤 Nothing to do: no step found anything to change, so nothing was healed",
    "undone": "↩️ Put back: it did not help",
    "failed": "❌ Failed: a person has to look",
}
"""What each status means to who reads along, in a line of the timeline."""
AT_WORK = frozenset({"dispatched", "proposing"})
MOST_IN_FIELD = 1000


def run_line(run: PlaybookRun) -> str:
    """A run in a list."""
    order = f" · {run.work_order_id}" if run.work_order_id else ""
    when = stamp(run.started_at.timestamp())
    return f"{SIGNS[run.status]} `{run.id}` {run.playbook} · {run.status}{order} · {when} · {as_text(run.summary, 60)}"


def steps_text(steps: Iterable[StepTaken]) -> str:
    """Steps, each with what it did."""
    lines = [f"{STEP_SIGNS[step.state]} {as_code(step.action)} {as_text(step.said, 160)}".strip() for step in steps]
    return cut("\n".join(lines), MOST_IN_FIELD) or "none yet"


def timeline(run: PlaybookRun, order: WorkOrder | None, eta: float | None) -> str:
    """What happened when: one line per stage, oldest first; `eta` in seconds is how long an analysis usually takes."""
    told: list[tuple[datetime, str]] = [(run.started_at, "🚨 Fault detected")]
    told += [(at, STAGES[status]) for status, at in run.history if status in STAGES]
    if order is not None:
        began = next((at for status, at in order.history if status in AT_WORK), None)
        if began is not None:
            usual = f", usually {max(round(eta / 60), 1)} min" if eta else ""
            told.append((began, f"🧠 The coding agent is analysing{usual}"))
        ready = next((at for status, at in order.history if status == "awaiting_approval"), None)
        if ready is not None:
            told.append((ready, "🙋 A patch waits for an admin"))
    return "\n".join(f"{stamp(at.timestamp(), 'T')} {what}" for at, what in sorted(told, key=lambda each: each[0]))


def run_embed(run: PlaybookRun, order: WorkOrder | None, *, eta: float | None = None, trust: str = "") -> discord.Embed:
    """One run: where it stands, what its steps did, what happened when."""
    stands = STAGES.get(run.status, "⏳ Queued")
    embed = discord.Embed(
        title=f"{run.playbook} · {run.id}",
        description=f"{as_text(run.summary, 500)}\n\n**{stands}**",
        colour=COLOURS.get(run.status, discord.Colour.blurple()),
    )
    embed.add_field(name="Steps", value=steps_text(run.steps), inline=False)
    if run.reason:
        embed.add_field(name="Why", value=as_text(run.reason, 900), inline=False)
    embed.add_field(name="So far", value=timeline(run, order, eta)[-MOST_IN_FIELD:], inline=False)
    if run.status == "watching" and run.watch_until:
        embed.add_field(name="Watched until", value=stamp(run.watch_until.timestamp()))
    facts = {"Incident": run.incident_id, "Work order": run.work_order_id, "Trust": trust, "Asked by": asker(run)}
    for name, value in facts.items():
        if value:
            embed.add_field(name=name, value=value)
    return embed


def asker(run: PlaybookRun) -> str:
    """Who asked for it."""
    return f"<@{run.asked_by}>" if run.asked_by.isdigit() else as_text(run.asked_by, 100)


def outcome_text(run: PlaybookRun) -> str:
    """One sentence on where a run stands now, for who asked for it."""
    done = f"{len(run.steps_done)} of {len(run.steps)} steps done"
    why = f" {as_text(run.reason, 600)}" if run.reason else ""
    return f"{SIGNS[run.status]} `{run.id}` is **{run.status}**: {done}.{why}\n-# `/healing_run {run.id}` shows more"


def playbook_line(playbook: Playbook, trust: float, pauses: int) -> str:
    """A playbook in a list."""
    paused = f" · ⏸️ {pauses} pause(s)" if pauses else ""
    code = " · may ask for a patch" if playbook.escalates else ""
    return (
        f"**{playbook.id}** ({playbook.kind}{code}) trust {trust:.2f}{paused}\n"
        f"-# {playbook.title}: {' → '.join(playbook.steps)}"
    )


def pairs_of(state: GuardState) -> Sequence[Pair]:
    """The pairs that are paused now."""
    return [pause.pair for pause in state.pauses if pause.pair is not None]


def pair_name(pair: Pair) -> str:
    """A pair as it is typed."""
    return f"{pair.playbook}/{pair.fingerprint}"


def rehearsal_text(playbook: Playbook, steps: Iterable[StepTaken]) -> str:
    """What would happen, and that nothing did."""
    return f"**Rehearsal of {playbook.id}**: {playbook.title}. Nothing was done yet.\n{steps_text(steps)}"
