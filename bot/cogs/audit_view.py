"""Who decided what, as an admin reads it: the newest decisions, whether the chain is whole, and all of it as a file."""

import asyncio
from collections.abc import Sequence

import discord

from bot.cogs.face import Face
from bot.cogs.replies import answer, as_code, as_text, file_of
from bot.cogs.review import stamp
from bot.incident.foreign_text import cut
from bot.records.audit import Entry
from bot.records.audit_trail import Trail, as_json_lines, read_trail, readable
from bot.repair.incident_list import incident_named

SHOWN = 10
MAX_BYTES = 7 * 1024 * 1024
"""Discord takes at least eight in a file."""


def who(actor: str) -> str:
    """The one who decided, as Discord shows people."""
    return f"<@{actor}>" if actor.isdecimal() else as_text(actor, 30)


def entry_line(entry: Entry) -> str:
    """One decision."""
    told = readable(entry)
    if told is None:
        return f"#{entry.seq} cannot be read"
    details = ", ".join(f"{name} {value}" for name, value in told.details.items())
    about = (
        f"#{entry.seq} {stamp(told.at.timestamp(), 'f')} {who(told.actor)} **{told.action}** {as_code(told.subject)}"
    )
    return f"{about} {as_text(details, 60)}" if details else about


def state_line(trail: Trail, problems: Sequence[str]) -> str:
    """Whether the chain is whole."""
    if problems:
        return f"🔴 **The audit is broken.** {as_text(' '.join(problems), 500)}"
    end = trail.end
    return (
        f"🟢 The audit is intact: {len(trail.entries)} entries; its head is `{end.seq}:{end.digest[:16]}…`.\n"
        "-# keep the full head elsewhere: `python -m bot audit verify --head …` then proves that nothing was cut off"
    )


def newest_that_fit(entries: Sequence[Entry]) -> tuple[str, int]:
    """The export in at most so many bytes, and how many older entries were left out."""
    left_out = 0
    while len(text := as_json_lines(entries[left_out:])) > MAX_BYTES:
        left_out += max((len(entries) - left_out) // 10, 1)
    return text, left_out


async def subjects_of(face: Face, name: str) -> set[str]:
    """An incident's own id and those of its orders; an order's id stands for its incident's. Raises RecordMissing."""
    incident, orders = await incident_named(face.store, name)
    return {incident.id, *(order.id for order in orders)}


async def show_audit(interaction: discord.Interaction, face: Face, incident: str | None) -> None:
    """The newest decisions (of one incident), the state of the chain, and the export."""
    subjects = await subjects_of(face, incident) if incident else None
    trail = await read_trail(face.store.audit)
    problems = await asyncio.to_thread(trail.problems)
    entries = trail.about(subjects) if subjects else list(trail.entries)
    export, left_out = newest_that_fit(entries)
    lines = [state_line(trail, problems), *(entry_line(each) for each in reversed(entries[-SHOWN:]))]
    if len(entries) > SHOWN:
        lines.append(f"-# {len(entries) - SHOWN} more in the file" + (f", {left_out} left out" if left_out else ""))
    if not entries:
        await answer(interaction, "\n".join([lines[0], "No decisions yet."]))
        return
    file = file_of("audit.jsonl", export, f"{len(entries) - left_out} decisions")
    await answer(interaction, cut("\n".join(lines), 1990), file=file)
