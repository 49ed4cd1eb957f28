"""The machine: what outlives a deploy, how the process is ended, the clock, and what Railway is set to."""

import os
import shutil
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from bot.apis.http import Http
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import look
from bot.doctor.patient import Patient

LEAST_FREE = 100 * 1024 * 1024
"""Bytes on the state's disk below which store and spool may stop."""
MOST_SKEW = 5.0
"""Seconds by which the clock may be wrong: approvals and leases are timed."""
LEAST_DRAINING = 10
"""Seconds that the bot needs after SIGTERM to end the step it is in."""


def check_machine(patient: Patient) -> list[Finding]:
    """The variables, the state's folder and its disk."""
    found = [warning("machine-variables", hint, "rename it, or take it out") for hint in patient.hints]
    if patient.hook_unheard:
        sentence = "GITHUB_WEBHOOK_SECRET is set, but nothing listens for GitHub's deliveries; orders are polled alone."
        found.append(warning("machine-webhook", sentence, "set PORT (or WEB_ENABLED=true), or take the secret out"))
    folder = next(
        each for each in (patient.state_dir.absolute(), *patient.state_dir.absolute().parents) if exists(each)
    )
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        sentence = f"STATE_DIR {patient.state_dir} cannot be written: {folder} is no folder that this bot may write."
        return [*found, wrong("machine-state", sentence, "set STATE_DIR to a folder that the bot may write")]
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        sentence = f"The disk of STATE_DIR has {free >> 20} MiB left."
        return [*found, wrong("machine-disk", sentence, "free some, or move STATE_DIR")]
    return [*found, well("machine-state", f"STATE_DIR can be written, {free >> 30} GiB are free.")]


def exists(path: Path) -> bool:
    """Is there anything of this name, as far as this process may look?"""
    try:
        return path.exists()
    except OSError:
        return False


def check_railway(patient: Patient) -> list[Finding]:
    """What Railway says of itself in the environment; nothing when the bot runs elsewhere."""
    told = patient.environ
    if "RAILWAY_PROJECT_ID" not in told and "RAILWAY_ENVIRONMENT_ID" not in told:
        return []
    found = []
    volume = told.get("RAILWAY_VOLUME_MOUNT_PATH")
    if patient.database_url is None and volume is None:
        sentence = (
            "Railway keeps no disk across deploys, and there is neither a volume nor DATABASE_URL: orders are lost."
        )
        found.append(wrong("railway-volume", sentence, "mount a volume, with STATE_DIR on it, or add PostgreSQL"))
    elif volume and not is_within(patient.state_dir, volume):
        sentence = f"STATE_DIR {patient.state_dir} is not on the volume {volume}: it is lost with each deploy."
        found.append(wrong("railway-state", sentence, f"set STATE_DIR={volume}/suture"))
    draining = told.get("RAILWAY_DEPLOYMENT_DRAINING_SECONDS", "0")
    if not draining.isdecimal() or int(draining) < LEAST_DRAINING:
        sentence = f"Railway kills the old process after {draining} s: what it does then is cut off."
        found.append(
            warning("railway-draining", sentence, f"set RAILWAY_DEPLOYMENT_DRAINING_SECONDS={LEAST_DRAINING} or more")
        )
    overlap = told.get("RAILWAY_DEPLOYMENT_OVERLAP_SECONDS", "0")
    if overlap not in ("", "0"):
        sentence = f"Old and new process overlap for {overlap} s: two bots would answer."
        found.append(warning("railway-overlap", sentence, "set RAILWAY_DEPLOYMENT_OVERLAP_SECONDS=0"))
    if patient.build == "unknown":
        sentence = "The build's commit is unknown, so that no deploy can be told from another."
        found.append(wrong("railway-build", sentence, "deploy from GitHub, or set GIT_SHA in the deploy"))
    if patient.port is None:
        sentence = "PORT is not set: Railway's health check has nothing to ask."
        found.append(warning("railway-port", sentence, "set PORT, and healthcheckPath to /healthz"))
    return found or [well("railway-settings", "Railway is set as it should be.")]


def is_within(folder: Path, volume: str) -> bool:
    """Is the folder on the volume?"""
    return folder.absolute().is_relative_to(volume)


async def check_clock(http: Http) -> list[Finding]:
    """This clock against Discord's. Raises Unreachable."""
    told = (await look(http, "/gateway")).headers.get("date", "")
    try:
        theirs = parsedate_to_datetime(told)
    except ValueError:
        return [unknown("machine-clock", "Discord did not say what time it is.")]
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew > MOST_SKEW:
        sentence = (
            f"This machine's clock is {skew:.0f} s away from Discord's: approvals and leases would be timed wrongly."
        )
        return [wrong("machine-clock", sentence, "let NTP set it")]
    return [well("machine-clock", "The clock is right.")]
