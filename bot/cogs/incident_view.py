"""What there is to see of incidents: the list, page by page, and one of them with all that can be done to it."""

import discord
from discord.utils import MISSING

from bot.cogs.buttons import CancelButton, ProposeButton, RejectButton, ReviewButton
from bot.cogs.card_text import retry_button
from bot.cogs.face import Face
from bot.cogs.pages import Pages
from bot.cogs.replies import as_code, as_text, file_of, in_block
from bot.cogs.review import stamp
from bot.incident.foreign_text import cut
from bot.incident.payload import Incident
from bot.logging import redact
from bot.records.incident_state import state_of
from bot.records.work_order import NEXT, WorkOrder
from bot.repair.incident_list import Listed, counted, times_seen
from bot.repair.repairs import RETRIED

PER_PAGE = 6
SHOWN_ATTEMPTS = 5
TRACE_CHARS = 600
MARKS = {"blocker": "🟥", "high": "🟧", "medium": "🟨", "low": "⬜"}
"""A severity's colour."""


def links_of(order: WorkOrder) -> str:
    """Where the order's run and its pull request are."""
    links = {"run": order.run_url, "publish run": order.publish_run_url, "pull request": order.pr_url}
    return " · ".join(f"[{name}](<{url}>)" for name, url in links.items() if url)


class IncidentList(Pages):
    """The incidents that match, newest first."""

    def __init__(self, face: Face, incidents: list[Listed]) -> None:
        super().__init__(face)
        self.incidents = incidents
        self.show_state()

    @property
    def last(self) -> int:
        """The number of the last page."""
        return (len(self.incidents) - 1) // PER_PAGE

    async def page(self) -> str:
        """The page as a message. Raises StoreUnavailable."""
        if not self.incidents:
            return "No incidents match."
        counts = ", ".join(f"{status} {count}" for status, count in counted(self.incidents).items())
        head = f"**{len(self.incidents)} incident(s)**, newest first: {counts}"
        shown = self.incidents[self.at * PER_PAGE : (self.at + 1) * PER_PAGE]
        rows = [await self._row(each) for each in shown]
        return "\n".join([head, *rows, f"-# page {self.at + 1} of {self.last + 1} · /debug_incident shows one of them"])

    async def _row(self, listed: Listed) -> str:
        outline = listed.outline
        seen = await times_seen(self.face.store, outline.fingerprint)
        facts = [
            f"{MARKS[outline.severity]} `{listed.id}` {outline.severity}",
            f"**{listed.state}**" + (f" ({listed.status})" if listed.order else ""),
            stamp(outline.created_at.timestamp()),
            f"seen {seen}×",
            f"from {outline.source}",
        ]
        return f"{' · '.join(facts)}\n> {as_text(listed.summary, 100)}"


def attempt_line(order: WorkOrder) -> str:
    """One attempt of an incident: since when it is where it is, and why."""
    since = stamp(order.history[-1][1].timestamp()) if order.history else ""
    parts = [f"`{order.id}` attempt {order.attempt} · **{order.status}** {since}", links_of(order)]
    told = " · ".join(part for part in parts if part)
    return f"{told}\n> {as_text(order.reason, 200)}" if order.reason else told


def incident_text(incident: Incident, attempts: list[WorkOrder], seen: int) -> str:
    """All about one incident that fits a message; the log slice is a file beside it."""
    context = incident.context
    lines = [
        f"{MARKS[incident.severity]} **{incident.id}** · **{state_of(attempts)}** · {incident.severity} · "
        f"from {incident.source}",
        f"> {as_text(incident.summary, 400)}",
        f"Opened {stamp(incident.created_at.timestamp(), 'f')} ({stamp(incident.created_at.timestamp())}), the fault "
        f"was seen {seen}× · build {as_code(incident.build, 60)} · {as_text(incident.env, 60)}",
        f"Request: {as_text(context.user or 'unknown', 60)} in {as_text(context.channel or 'unknown', 60)}, "
        f"{as_text(context.intent or 'unknown', 60)} · fault `{incident.fingerprint}`",
        *([attempt_line(order) for order in attempts[:SHOWN_ATTEMPTS]] or ["Nobody has asked for a patch yet."]),
    ]
    if len(attempts) > SHOWN_ATTEMPTS:
        lines.append(f"-# and {len(attempts) - SHOWN_ATTEMPTS} earlier attempts")
    text = cut("\n".join(lines), 1980 - TRACE_CHARS)
    trace = redact(incident.stack_trace or "").strip()
    return f"{text}\n```py\n{in_block(trace)[-TRACE_CHARS + 20 :]}\n```" if trace else text


def slice_file(incident: Incident) -> discord.File:
    """The log lines that were captured with the incident, redacted once more on their way out."""
    if not incident.logs:
        return MISSING  # type: ignore[no-any-return] # discord.py's word for nothing
    text = "\n".join(redact(line) for line in incident.logs) + "\n"
    return file_of("logs.txt", text, f"The {len(incident.logs)} log lines of {incident.id}")


def acts_of(incident: Incident, newest: WorkOrder | None, *, may_retry: bool) -> discord.ui.View:
    """The buttons for what can be done to an incident's newest order now, or about having none."""
    view = discord.ui.View(timeout=None)
    if newest is None:
        view.add_item(ProposeButton(incident.id))
        return view
    if newest.status == "awaiting_approval":
        view.add_item(ReviewButton(newest.id))
        view.add_item(RejectButton(newest.id))
    if "cancelled" in NEXT[newest.status]:
        view.add_item(CancelButton(newest.id))
    if may_retry and newest.status in RETRIED:
        view.add_item(retry_button(newest))
    return view if view.children else MISSING


async def incident_view(
    face: Face, incident: Incident, attempts: list[WorkOrder]
) -> tuple[str, discord.File, discord.ui.View]:
    """One incident as a message: text, file and buttons. Raises StoreUnavailable."""
    seen = await times_seen(face.store, incident.fingerprint)
    view = acts_of(incident, next(iter(attempts), None), may_retry=face.repairs.agent.off is None)
    return incident_text(incident, attempts, seen), slice_file(incident), view
