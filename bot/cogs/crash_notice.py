"""Tells the admins' channel, once, that the last run ended badly."""

import logging

import discord

from bot.cogs.face import Face
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import MAX_CONTENT, NOBODY, as_code, as_text, file_of
from bot.cogs.review import stamp
from bot.incident.foreign_text import cut
from bot.logging.crash_report import CrashReport

log = logging.getLogger(__name__)


async def tell_crash(client: discord.Client, face: Face) -> None:
    """Post what the spool kept of a run that broke off. Without a channel the log and `/debug_status` say it."""
    report = face.recorder.report
    if report is None:
        return
    log.warning(
        "the last run ended badly at %s; its last error: %s",
        report.ended_at.isoformat(timespec="seconds"),
        report.last_error or "none",
        extra={"action": "last_run_crashed", "run": report.run, "lost": report.lost},
    )
    if face.card_channel_id is None:
        face.troubles["crash"] = f"{sentence(report)} Set DEBUG_CHANNEL_ID to have its last lines posted."
        face.recorder.told()
        return
    try:
        # By its nonce Discord knows a notice again whose first answer was lost, and posts no second one.
        await client.get_partial_messageable(face.card_channel_id).send(
            cut(told(report), MAX_CONTENT),
            file=file_of("last-lines.txt", "\n".join(report.lines) + "\n", f"Last {len(report.lines)} log lines"),
            allowed_mentions=NOBODY,
            nonce=report.run[:25],
        )
    except LOST as error:
        face.troubles["crash"] = f"{sentence(report)} This could not be posted to DEBUG_CHANNEL_ID: {error}"
        log.warning("the crash could not be told: %s", error, extra={"action": "crash_untold"})
        return
    face.recorder.told()


def sentence(report: CrashReport) -> str:
    """The crash without Discord's notations."""
    ran = int((report.ended_at - report.started_at).total_seconds())
    return f"The last run ended badly after {ran} s (build {report.build})."


def told(report: CrashReport) -> str:
    """The notice as a message."""
    ran = max(int((report.ended_at - report.started_at).total_seconds()), 0)
    parts = [
        "💥 **The last run ended badly**: it was killed or crashed before it could write a last line.",
        f"Build {as_code(report.build, 60)} · ran {ran} s · ended {stamp(report.ended_at.timestamp())}",
        f"Last error: {as_text(report.last_error, 600) if report.last_error else 'none'}",
    ]
    if report.lost:
        parts.append(f"{report.lost} lines are known to be missing.")
    if report.earlier:
        parts.append(f"{report.earlier} more runs before it ended the same way.")
    return "\n".join(parts)
