"""Makers of what the intake is fed: frames, issues, tasks."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.intake.patch_task import ExpectedFix, PatchTask, Sighting
from bot.sandbox.sentry_records import SentryFrame, SentryIssue

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def a_frame(file="bot/ledger/amount.py", function="parse", line=2, **changes):
    return SentryFrame(file=file, function=function, line=line, **changes)


def an_issue(**changes):
    told: dict[str, Any] = {
        "id": "1001",
        "kind": "TypeError",
        "value": "unsupported operand",
        "first_seen": NOW - timedelta(days=3),
        "last_seen": NOW,
        "frames": (a_frame("discord/client.py", "run", 9, is_own=False), a_frame()),
        "culprit": "bot.ledger.amount in parse",
        "count": 7,
    }
    return SentryIssue(**(told | changes))


def a_task(**changes):
    told: dict[str, Any] = {
        "id": "sentry-1001",
        "title": "TypeError: unsupported operand",
        "area": "backend",
        "owner": "ledger",
        "severity": "high",
        "frequency": 7,
        "last_seen": NOW,
        "fingerprint": secrets.token_hex(8),
        "kind": "TypeError",
        "message": "unsupported operand",
        "sightings": (Sighting(source="sentry", id="1001", count=7),),
        "expected_fix": ExpectedFix(kind="bugfix"),
    }
    return PatchTask(**(told | changes))
