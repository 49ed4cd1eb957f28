"""Notifying as a whole: the channels that the settings name, the bus that feeds them, and the file beside them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.events.bus import Bus, Entry
from bot.notify.alert import Alert, Channel
from bot.notify.heal_log import open_heal_log
from bot.notify.messages import alert_of
from bot.notify.notifier import Notifier
from bot.notify.webhook_channels import discord_body, open_webhook, slack_body
from bot.supervision import kept_running

RESTART_SECONDS = 1.0
"""Between the breaking of what sends and its next start."""
FRESH = timedelta(minutes=5)
"""How long what was found out of an incident is told in further messages."""

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
        notifier = Notifier(channels, clock, is_quiet, Enricher(evidence, clock).enriched)

        async def tell(entry: Entry) -> None:
            alert = alert_of(entry.event, entry.at)
            if alert is not None:
                notifier.tell(alert)

        subscription = bus.subscribe("alerts", ["*"], tell)
        stack.callback(bus.unsubscribe, subscription)
        await stack.enter_async_context(kept_running("alerts are sent", notifier.run, RESTART_SECONDS))
        yield notifier


@dataclass
class Enricher:
    """Adds an incident's last log lines and summary to its alert; asked for once, however many channels there are."""

    evidence: Evidence
    clock: Callable[[], datetime]
    _known: dict[str, tuple[datetime, str, str]] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enriched(self, alert: Alert) -> Alert:
        """The alert with its evidence."""
        if alert.incident_id is None or alert.level in ("info", "recovered"):
            return alert
        async with self._turn:
            excerpt, summary = await self._of(alert.incident_id)
        reason = " ".join(part for part in (alert.reason, summary) if part)
        return replace(alert, excerpt=excerpt, reason=reason)

    async def _of(self, incident_id: str) -> tuple[str, str]:
        now = self.clock()
        self._known = {name: each for name, each in self._known.items() if abs(now - each[0]) < FRESH}
        if incident_id not in self._known:
            self._known[incident_id] = (now, *await self.evidence(incident_id))
        return self._known[incident_id][1:]
