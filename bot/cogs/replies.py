"""How the bot answers: short, to the person alone, mentioning nobody, foreign text kept as text, errors with an id."""

import io
import logging

import discord
from discord import app_commands
from discord.utils import MISSING

from bot.cogs.guards import GateRefused
from bot.incident.confirmation import ConfirmationRefused
from bot.incident.payload import new_incident_id
from bot.ledger.sheet import SheetUnavailable
from bot.logging import bind, redact
from bot.records.store import RecordMissing, StoreUnavailable
from bot.repair.repairs import RepairRefused

MAX_CONTENT = 2000
"""Discord's limit for a message."""
BROKEN_FENCE = "`\u200b``"
"""What looks like a fence and is none."""
NOBODY = discord.AllowedMentions.none()
TOLD = (RepairRefused, ConfirmationRefused, RecordMissing, StoreUnavailable, SheetUnavailable)
"""Errors whose sentence is meant for the person who asked."""

log = logging.getLogger(__name__)


def as_text(foreign: str, limit: int = 300) -> str:
    """A foreign text inside a sentence: one line, no Markdown, no mention, at most `limit` characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in redact(foreign)).split())
    cut = line if len(line) <= limit else line[: limit - 1] + "…"
    return discord.utils.escape_mentions(discord.utils.escape_markdown(cut))


def as_block(foreign: str, language: str = "") -> str:
    """A foreign text in a code block that it cannot leave."""
    return f"```{language}\n{foreign.replace('```', BROKEN_FENCE)}\n```"


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
    content = content if len(content) <= MAX_CONTENT else content[: MAX_CONTENT - 1] + "…"
    done = interaction.response.is_done()
    send = interaction.followup.send if done else interaction.response.send_message
    await send(content, ephemeral=True, allowed_mentions=NOBODY, file=file, view=view, embed=embed)


def cause_of(error: Exception) -> Exception:
    """What really went wrong inside discord.py's wrapping."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def explained(error: Exception) -> str:
    """The sentence for a failure; the log holds the rest under the incident id that it names."""
    if isinstance(error, GateRefused):
        log.warning("refused: %s", error, extra={"action": "command_refused"})
        return str(error)
    incident_id = new_incident_id()
    bind(incident_id=incident_id)
    if isinstance(error, TOLD):
        log.warning("%s", error, extra={"action": "command_declined"})
        return f"❌ {as_text(str(error), 1500)}\n-# {incident_id}"
    log.error("%s", type(error).__name__, exc_info=error, extra={"action": "command_failed"})
    return (
        f"💥 Something broke: `{incident_id}`.\n"
        f"-# `/debug_logs contains:{incident_id}` shows what; `/debug_open_issue` hands it over."
    )


async def answer_failure(interaction: discord.Interaction, error: Exception) -> None:
    """The one way to fail in public: log it, and answer with an id that finds it in the log."""
    sentence = explained(cause_of(error))
    try:
        await answer(interaction, sentence)
    except discord.HTTPException as lost:
        log.warning("the answer could not be sent: %s", lost, extra={"action": "answer_lost"})
