"""Notifying as a whole: the channels that the settings name, the bus that feeds them, and the file beside them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.events.bus import Bus, Entry
from bot.notify.alert import Alert, Channel
from bot.notify.heal_log import open_heal_log
from bot.notify.messages import alert_of
from bot.notify.notifier import Notifier
from bot.notify.webhook_channels import discord_body, open_webhook, slack_body

SUMMARY_SECONDS = 15.0

log = logging.getLogger(__name__)

Evidence = Callable[[str], Awaitable[tuple[str, str]]]
"""Of an incident's id: its last log lines, and a summary or an empty text."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where alerts go, as the settings say."""

    discord: str | None
    slack: str | None
    heal_log: Path


@asynccontextmanager
async def open_notifier(
    addresses: Addresses,
    bus: Bus,
    clock: Callable[[], datetime],
    is_quiet: Callable[[datetime], bool],
    evidence: Evidence,
) -> AsyncIterator[Notifier]:
    """Tells of what the bus delivers, until the context ends."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_heal_log(addresses.heal_log, bus))
        channels: list[Channel] = []
        for name, url, body in (
            ("DISCORD_WEBHOOK_URL", addresses.discord, discord_body),
            ("SLACK_WEBHOOK_URL", addresses.slack, slack_body),
        ):
            if url:
                channels.append(await stack.enter_async_context(open_webhook(name, url, body)))
        if not channels:
            log.warning(
                "alerts go nowhere but this log: set DISCORD_WEBHOOK_URL or SLACK_WEBHOOK_URL",
                extra={"action": "alerts_unset"},
            )
        notifier = Notifier(channels, clock, is_quiet)

        async def tell(entry: Entry) -> None:
            alert = alert_of(entry.event, entry.at)
            if alert is not None:
                notifier.tell(await with_evidence(alert, evidence))

        subscription = bus.subscribe("alerts", ["*"], tell, seconds=SUMMARY_SECONDS)
        stack.callback(bus.unsubscribe, subscription)
        sending = asyncio.create_task(notifier.run(), name="alerts are sent")
        stack.callback(sending.cancel)
        yield notifier


async def with_evidence(alert: Alert, evidence: Evidence) -> Alert:
    """The alert with its incident's last log lines and summary."""
    if alert.incident_id is None or alert.level in ("info", "recovered"):
        return alert
    excerpt, summary = await evidence(alert.incident_id)
    reason = " ".join(part for part in (alert.reason, summary) if part)
    return replace(alert, excerpt=excerpt, reason=reason)
