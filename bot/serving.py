"""What the bot serves over HTTP: the platform's health checks, or with them the API and the panel."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.client import SutureClient
from bot.records.store import StoreUnavailable
from bot.web.github_hook import hook_of
from bot.web.health import open_health

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.web.desk import Desk

DEFAULT_PORT = 8000
UNHEARD = (
    "GITHUB_WEBHOOK_SECRET is set, but nothing listens for GitHub's deliveries: set PORT (or WEB_ENABLED=true), or "
    "take the secret out. Orders are polled all the same."
)

log = logging.getLogger(__name__)


async def opened_http(
    stack: AsyncExitStack, settings: "Settings", client: SutureClient, stop: asyncio.Event
) -> str | None:
    """Serve what the settings ask for until the stack closes; the panel's address. Raises CannotListen."""
    ready = partial(why_not_ready, client, stop)
    hook = hook_of(settings.github_webhook_secret, client.face.repairs.reconciler.hurry)
    if settings.web_enabled:
        from bot.web.server import open_web

        port = DEFAULT_PORT if settings.port is None else settings.port
        desk = replace(desk_of(settings, client, ready), hook=hook)
        return await stack.enter_async_context(open_web(desk, settings.web_host, port))
    if settings.hook_unheard:
        log.warning(UNHEARD, extra={"action": "hook_unheard"})
    if settings.port is not None:
        await stack.enter_async_context(open_health(settings.port, ready, settings.git_sha, hook))
    return None


def desk_of(settings: "Settings", client: SutureClient, ready: Callable[[], Awaitable[str | None]]) -> "Desk":
    """Everything behind the API, from everything behind the faces."""
    from bot.records.api_key import KeyRing
    from bot.web.desk import Desk

    face = client.face
    key = settings.web_admin_key

    def home() -> tuple[int, int]:
        return face.gate.home_of(client) or 0, face.card_channel_id or 0

    async def card_url(incident_id: str) -> str | None:
        place = await face.store.notes.read(f"card:{incident_id}")
        channel, _, rest = (place or "").partition("/")
        message = rest.partition("/")[0]
        return f"https://discord.com/channels/{home()[0]}/{channel}/{message}" if message else None

    return Desk(
        store=face.store,
        bus=face.bus,
        repairs=face.repairs,
        healing=face.healing,
        handler=face.handler,
        summariser=face.summariser,
        keys=KeyRing(face.store.documents, face.clock),
        admin_key=key.get_secret_value() if key else None,
        clock=face.clock,
        why_not_ready=ready,
        build=face.facts.build,
        home=home,
        card_url=card_url,
    )


async def why_not_ready(client: SutureClient, stop: asyncio.Event) -> str | None:
    """Why no work should be sent here now, or None."""
    if stop.is_set():
        return "leaving"
    if client.face.presence.leads.is_set() and not client.is_ready():  # one that waits is ready to take over
        return "not connected to Discord"
    try:
        await client.face.store.notes.read("health")
    except StoreUnavailable:
        return "the store does not answer"
    return None
