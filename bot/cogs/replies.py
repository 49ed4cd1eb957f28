"""How the bot answers: short, to the person alone, mentioning nobody, foreign text kept as text, errors with an id."""

import io
import logging

import discord
from discord import app_commands
from discord.utils import MISSING

from bot.cogs.guards import GateRefused
from bot.cogs.lost_answers import LOST, why_lost
from bot.healing.engine import HealRefused
from bot.healing.playbook import PlaybookUnknown
from bot.incident.confirmation import ConfirmationRefused
from bot.incident.payload import new_incident_id
from bot.ledger.sheet import SheetUnavailable
from bot.logging import UnknownLevel, bind, redact
from bot.records.store import RecordMissing, StoreUnavailable
from bot.repair.rules import RepairRefused

MAX_CONTENT = 2000
"""Discord's limit for a message."""
NO_FENCE = "`\u200b"
"""A backtick that no other joins: what looks like a fence and is none."""
NO_LINK = "]\u200b("
"""What looks like a link under other words and is none."""
QUOTE = "\u02cb"
"""Stands for a backtick inside inline code."""
NOBODY = discord.AllowedMentions.none()
TOLD = (
    RepairRefused,
    ConfirmationRefused,
    RecordMissing,
    StoreUnavailable,
    SheetUnavailable,
    UnknownLevel,
    HealRefused,
    PlaybookUnknown,
)
"""Errors whose sentence is meant for the person who asked."""

log = logging.getLogger(__name__)


def one_line(foreign: str) -> str:
    """A foreign text, redacted, on one line and without what is not to be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in redact(foreign)).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with a mark where something went."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def as_text(foreign: str, limit: int = 300) -> str:
    """A foreign text inside a sentence: no Markdown, no link under other words, no mention, at most `limit` long."""
    escaped = discord.utils.escape_markdown(one_line(foreign).replace("](", NO_LINK), ignore_links=False)
    shown = cut(discord.utils.escape_mentions(escaped), limit)
    return shown.replace("\\…", "…")  # never half an escape


def as_code(foreign: str, limit: int = 100) -> str:
    """A foreign name as inline code that it cannot leave."""
    return f"`{cut(one_line(foreign), limit).replace('`', QUOTE)}`"


def in_block(foreign: str) -> str:
    """A foreign text as it may stand in a code block: no run of its backticks ends it."""
    return foreign.replace("`", NO_FENCE)


def file_of(name: str, content: bytes | str, description: str) -> discord.File:
    """An attachment; its name is ours, never the content's."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    return discord.File(io.BytesIO(data), filename=name, description=description)


async def answer(
    interaction: discord.Interaction,
    content: str,
    *,
    file: discord.File = MISSING,
    view: discord.ui.View = MISSING,
    embed: discord.Embed = MISSING,
) -> None:
    """Answer the person who asked, and nobody else."""
    content = cut(content, MAX_CONTENT)
    done = interaction.response.is_done()
    send = interaction.followup.send if done else interaction.response.send_message
    await send(content, ephemeral=True, allowed_mentions=NOBODY, file=file, view=view, embed=embed)


def cause_of(error: Exception) -> Exception:
    """What really went wrong inside discord.py's wrapping."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def explained(error: Exception, *, to_admin: bool) -> str:
    """The sentence for a failure; the log holds the rest under the id that it names, and admins are told where."""
    if isinstance(error, GateRefused):
        log.warning("refused: %s", error, extra={"action": "command_refused"})
        return str(error)
    incident_id = new_incident_id()
    bind(incident_id=incident_id)
    if isinstance(error, (*TOLD, app_commands.TransformerError)):  # the latter: what no honest client sends
        log.warning("%s", error, extra={"action": "command_declined"})
        return f"❌ {as_text(str(error), 1500)}\n-# {incident_id}"
    log.error("%s", type(error).__name__, exc_info=error, extra={"action": "command_failed"})
    if not to_admin:
        return f"💥 Something broke: `{incident_id}`.\n-# Tell an admin this id: it finds what happened."
    return (
        f"💥 Something broke: `{incident_id}`.\n"
        f"-# `/debug_logs contains:{incident_id}` shows what; `/debug_open_issue` hands it over."
    )


def note_lost(why: str) -> None:
    """One line, under an id, for an answer that cannot reach the person."""
    bind(incident_id=new_incident_id())
    log.warning("an answer was lost: %s", why, extra={"action": "answer_lost"})


async def answer_failure(interaction: discord.Interaction, error: Exception) -> None:
    """The one way to fail in public: log it, and answer with an id that finds it in the log.

    When it was Discord that did not take the answer, no other is tried: that would fail as well.
    """
    cause = cause_of(error)
    if why := why_lost(cause):
        note_lost(why)
        return
    sentence = explained(cause, to_admin=True)  # whoever is none was refused at the gate
    try:
        await answer(interaction, sentence)
    except LOST as lost:
        log.warning("the answer could not be sent: %s", lost, extra={"action": "answer_lost"})
