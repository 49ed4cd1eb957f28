"""Who tells people what happened here: alerts with their evidence, and one sentence for threads."""

import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.adapters import utc_now
from bot.events.bus import Bus
from bot.incident.summary import Summariser
from bot.notify.notifier import Notifier, never_quiet, quiet_between
from bot.notify.sending import Addresses, open_notifier
from bot.records.store import RecordMissing, Store, StoreUnavailable
from bot.repair.known_faults import known_of
from bot.repair.purse import DailyPurse
from bot.setting_groups.alerts import quiet_hours

if TYPE_CHECKING:
    from bot.apis.llm import ChatModel
    from bot.settings import Settings

log = logging.getLogger(__name__)


def tell_webhook(settings: "Settings", sentence: str) -> None:
    """Say it through the operator's webhook, if there is one; for threads."""
    if settings.discord_webhook_url is None:
        return
    from bot.apis.webhooks import WebhookFailed, post_alert  # with httpx, which alerts need anyway

    try:
        post_alert(settings.discord_webhook_url.get_secret_value(), sentence)
    except WebhookFailed as error:
        log.warning("%s", error, extra={"action": "alert_failed"})


def built_summariser(settings: "Settings", store: Store, model: "ChatModel | None") -> Summariser:
    """Who summarises incidents, within the day's tokens."""
    return Summariser(model, DailyPurse(store.documents, settings.openai_daily_tokens, utc_now))


async def opened_alerts(
    stack: AsyncExitStack, settings: "Settings", bus: Bus, store: Store, summariser: Summariser
) -> Notifier:
    """Who tells people what the bus delivers."""

    async def evidence(incident_id: str) -> tuple[str, str]:
        try:
            incident = await store.incidents.get(incident_id)
            known = await known_of(store, incident)
        except (RecordMissing, StoreUnavailable):
            return "", ""
        told = (await summariser.summarise(incident, known)).as_text() if settings.alert_ai_summary else ""
        return "\n".join(incident.logs[-5:]), told

    discord, slack = settings.discord_webhook_url, settings.slack_webhook_url
    addresses = Addresses(
        discord=discord.get_secret_value() if discord else None,
        slack=slack.get_secret_value() if slack else None,
        heal_log=settings.state_dir / "logs" / "self-heal.log",
    )
    quiet = settings.alert_quiet_hours
    is_quiet = quiet_between(*quiet_hours(quiet)) if quiet else never_quiet
    return await stack.enter_async_context(open_notifier(addresses, bus, utc_now, is_quiet, evidence))
