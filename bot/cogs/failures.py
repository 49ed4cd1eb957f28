"""How the bot fails in public: a sentence with an id that finds it in the log, the same id each time a fault is met."""

import logging

import discord
from discord import app_commands

from bot.cogs.face import FACES, Recall
from bot.cogs.guards import GateRefused
from bot.cogs.lost_answers import LOST, why_lost
from bot.cogs.replies import answer, as_text
from bot.healing.engine import HealRefused
from bot.healing.playbook import PlaybookUnknown
from bot.incident.capture import identity_of_raised
from bot.incident.confirmation import ConfirmationRefused
from bot.incident.payload import new_incident_id
from bot.ledger.sheet import SheetUnavailable
from bot.logging import UnknownLevel, bind
from bot.records.sighting import Sighting
from bot.records.store import RecordMissing, StoreUnavailable
from bot.repair.rules import RepairRefused

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


def cause_of(error: Exception) -> Exception:
    """What really went wrong inside discord.py's wrapping."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


async def explained(error: Exception, recall: Recall | None, *, to_admin: bool) -> str:
    """The sentence for a failure; the log holds the rest under the id that it names, and admins are told where."""
    if isinstance(error, GateRefused):
        log.warning("refused: %s", error, extra={"action": "command_refused"})
        return str(error)
    is_told = isinstance(error, (*TOLD, app_commands.TransformerError))  # the latter: what no honest client sends
    known = await recall(identity_of_raised(error)) if recall and not is_told else None
    incident_id = known.incident_id if known else new_incident_id()
    bind(incident_id=incident_id)
    if is_told:
        log.warning("%s", error, extra={"action": "command_declined"})
        return f"❌ {as_text(str(error), 1500)}\n-# {incident_id}"
    log.error("%s", type(error).__name__, exc_info=error, extra={"action": "command_failed"})
    broke = f"💥 Something broke{again(known)}: `{incident_id}`."
    if not to_admin:
        return f"{broke}\n-# Give this id to an admin, who can look up what happened."
    return f"{broke}\n-# `/debug_logs contains:{incident_id}` shows why; `/debug_open_issue` asks for a patch."


def again(known: Sighting | None) -> str:
    """How often a fault came before, as the rest of `Something broke`; nothing when it is new."""
    return f" again, {known.count + 1}× since <t:{int(known.first_seen.timestamp())}:f>" if known else ""


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
    face = FACES.get(interaction.client)
    sentence = await explained(cause, face.recall if face else None, to_admin=True)  # who is none stood at the gate
    try:
        await answer(interaction, sentence)
    except LOST as lost:
        log.warning("the answer could not be sent: %s", lost, extra={"action": "answer_lost"})
