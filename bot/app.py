"""The one place where ports meet adapters: settings in, a running bot out, everything closed in reverse."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bot.adapters import (
    Parts,
    built_ledger,
    built_lights,
    chosen_agent,
    opened_deploys,
    opened_github,
    opened_model,
    opened_repairs,
    opened_sheets,
    switched_off,
    utc_now,
    waiting_sheet,
)
from bot.alerting import built_summariser, opened_alerts, tell_webhook
from bot.arriving import watched_arrivals
from bot.client import CannotStart, SutureClient, point_discord_at, serve
from bot.cogs.face import FACES, Face, Facts
from bot.cogs.guards import Gate
from bot.cogs.installation import Installation, command_shapes, refuse_twice
from bot.cogs.invalid_requests import counted
from bot.doctor.patient import patient_of
from bot.endings import stop_on_signals, stop_with_parent
from bot.events.bus import open_bus
from bot.host_actions.registration import register_all, register_discord, register_own, resync
from bot.host_actions.restarting import Departure, RestartWanted
from bot.logging import RingBufferHandler, setup_logging
from bot.logging import teardown as teardown_logging
from bot.logging.flight_recorder import FlightRecorder, is_durable, open_recorder
from bot.logging.loop_watch import watched_loop
from bot.logging.redaction import redact_plain
from bot.mending import Ground, opened_healing
from bot.noticing import opened_triage, opened_watchdog
from bot.records.sql_store import open_store
from bot.records.store import StoreUnavailable
from bot.repair.presence import LeadLost, Presence
from bot.repair.reconcile import Reconciler
from bot.serving import opened_http
from bot.settings import EXIT_CONFIG, EmbeddedSettings, Settings, given_names, load_settings, suspicious
from bot.supervision import supervised
from bot.watchdog.patterns import PatternsRefused
from bot.web.health import CannotListen

if TYPE_CHECKING:
    from discord import Client
    from discord.app_commands import CommandTree
    from discord.ext.commands import Bot

LEAVE_SECONDS = 3.0
"""How long a step of an order may take on after the bot was asked to leave."""

EXIT_RESTART = 1
"""Whoever supervises the process starts another."""

log = logging.getLogger(__name__)


def flight_recorder(settings: Settings, handler: RingBufferHandler) -> AbstractContextManager[FlightRecorder]:
    """What keeps the log's last lines over the end of the process."""
    return open_recorder(
        settings.state_dir / "spool",
        handler,
        {"build": settings.git_sha, "env": settings.bot_env},
        durable=is_durable(settings.state_dir, os.environ),
        said=(CannotStart, CannotListen, StoreUnavailable, PatternsRefused),
    )


@asynccontextmanager
async def open_face(settings: Settings, handler: RingBufferHandler) -> AsyncIterator[Face]:
    """Everything behind the faces, opened; closed in reverse. Raises StoreUnavailable."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each poll would fill the ring
    started_at = utc_now()
    async with AsyncExitStack() as stack:
        recorder = stack.enter_context(flight_recorder(settings, handler))
        await stack.enter_async_context(watched_loop(partial(tell_webhook, settings)))
        store = await stack.enter_async_context(open_store(settings.state_dir, settings.store_url))
        bus = await stack.enter_async_context(open_bus(store.events, redact_plain, utc_now))
        sheets = await opened_sheets(stack, settings)
        model = await opened_model(stack, settings)
        github = await opened_github(stack, settings)
        agent = await chosen_agent(stack, settings, store, github)
        repairs, presence, tally = await opened_repairs(stack, settings, Parts(store, agent, handler), github)
        summariser = built_summariser(settings, store, model)
        notifier = await opened_alerts(stack, settings, bus, store, summariser)
        triage = await opened_triage(stack, repairs, tally, bus, auto_propose=settings.autofix_auto_propose)
        rows = waiting_sheet(store, sheets, bus)
        ground = Ground(store, bus, repairs, presence, tally, triage, github, sheets, rows)
        healing = await opened_healing(stack, settings, ground)
        await opened_watchdog(stack, settings, handler, bus, presence.leads)
        yield Face(
            gate=Gate(settings.debug_admins, settings.discord_guild_id, tally.handled),
            facts=Facts(
                build=settings.git_sha, env=settings.bot_env, started_at=started_at, off=switched_off(settings, agent)
            ),
            handler=handler,
            recorder=recorder,
            bus=bus,
            presence=presence,
            tally=tally,
            repairs=repairs,
            healing=healing,
            noticed=triage.orders,
            recall=triage.recall,
            ledger=built_ledger(store, rows, model),
            deploys=await opened_deploys(stack, settings, store, github),
            store=store,
            summariser=summariser,
            notifier=notifier,
            patient=patient_of(settings, os.environ, command_shapes()),
            lights=built_lights(store, agent, sheets, model),
            clock=utc_now,
            card_channel_id=settings.debug_channel_id,
            ledger_channel=settings.channel_id or settings.channel_name,
        )


@asynccontextmanager
async def open_app(settings: Settings, handler: RingBufferHandler) -> AsyncIterator[SutureClient]:
    """A client of our own with everything behind it, not yet connected. Raises StoreUnavailable."""
    point_discord_at(settings.discord_api_url, settings.discord_gateway_url)
    async with open_face(settings, handler) as face, watched_arrivals(settings, face):
        client = SutureClient(face)
        register_own(face.healing.host, client)
        yield client


def leave_log() -> None:
    """Take the log handler out, unless another client of this process lives on it."""
    if not FACES:
        teardown_logging()


@asynccontextmanager
async def install(client: "Client", tree: "CommandTree[Any]") -> AsyncIterator[Face]:
    """Suture in another `discord.Client` (or `commands.Bot`), for as long as the context is open.

    Enter it in `setup_hook` or inside `async with client`; sync the tree afterwards, as for commands of your own.
    Raises SettingsError, StoreUnavailable, CannotInstall.
    """
    refuse_twice(client)
    settings = load_settings(kind=EmbeddedSettings)
    handler = setup_logging(settings.log_level, settings.secrets)
    async with AsyncExitStack() as stack:
        stack.callback(leave_log)
        for hint in suspicious(given_names()):
            log.warning("%s", hint, extra={"action": "settings_hint"})
        face = await stack.enter_async_context(open_face(settings, handler))
        await stack.enter_async_context(watched_arrivals(settings, face))
        installation = Installation(client, tree, face)
        installation.install()
        register_discord(face.healing.host, client, partial(resync, tree))
        stack.push_async_callback(installation.remove)
        await stack.enter_async_context(counted(client))
        stack.callback(asyncio.create_task(beat_beside(face.presence)).cancel)
        working = asyncio.create_task(reconciling(face.repairs.reconciler, settings.autofix_poll_seconds))
        stack.push_async_callback(finish, face.repairs.reconciler, working)
        yield face


EXTENSIONS: "WeakKeyDictionary[Bot, AsyncExitStack]" = WeakKeyDictionary()
"""What `load_extension` opened, until `unload_extension` closes it."""


async def setup(bot: "Bot") -> None:
    """`await bot.load_extension("bot.app")`. Raises SettingsError, StoreUnavailable, CannotInstall."""
    stack = AsyncExitStack()
    await stack.enter_async_context(install(bot, bot.tree))
    EXTENSIONS[bot] = stack


async def teardown(bot: "Bot") -> None:
    """`await bot.unload_extension("bot.app")`."""
    await EXTENSIONS.pop(bot).aclose()


def reconciling(reconciler: Reconciler, seconds: float) -> Coroutine[None, None, None]:
    """The reconciler at work until it is stopped."""
    return supervised("the reconciler", partial(reconciler.run, seconds), seconds)


async def beat_beside(presence: Presence) -> None:
    """Signs of life from inside another bot, which connects whether it leads or not."""
    while True:
        try:
            await presence.run()
        except LeadLost as error:
            presence.leads.clear()
            log.warning("%s", error, extra={"action": "lead_lost"})


async def finish(reconciler: Reconciler, working: asyncio.Task[None]) -> None:
    """Let the reconciler end the step that it is in, within a time."""
    reconciler.stop()
    await asyncio.wait({working}, timeout=LEAVE_SECONDS)
    working.cancel()


async def live(settings: Settings, handler: RingBufferHandler, *, exit_with_parent: bool) -> None:
    """Connect, work, and leave in order when asked to. Raises CannotStart, StoreUnavailable, LeadLost, RestartWanted.

    Every process takes orders on; Discord is connected by the one that leads, the others wait for their turn.
    """
    stop = asyncio.Event()
    stop_on_signals(stop)
    if exit_with_parent:
        stop_with_parent(stop)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_app(settings, handler))
        departure = Departure(stop.set)
        register_all(client.face.healing.host, departure.actions())
        panel = await opened_http(stack, settings, client, stop)
        report(settings, client)
        if panel:
            log.info("the panel is served at %s", panel, extra={"action": "web_serves"})
        async with asyncio.TaskGroup() as tasks:
            reconciler = client.face.repairs.reconciler
            beating = tasks.create_task(client.face.presence.run())
            working = tasks.create_task(reconciling(reconciler, settings.autofix_poll_seconds))
            gateway = tasks.create_task(serve_in_turn(client, settings.discord_token.get_secret_value()))
            stopping = tasks.create_task(stop.wait())
            await asyncio.wait({gateway, stopping}, return_when=asyncio.FIRST_COMPLETED)
            log.info("leaving", extra={"action": "stopping"})
            await client.close()
            if not client.face.presence.leads.is_set():
                gateway.cancel()
            stopping.cancel()
            await finish(reconciler, working)
            beating.cancel()
    if departure.reason:
        raise RestartWanted(departure.reason)


async def serve_in_turn(client: SutureClient, token: str) -> None:
    """Connect once this process leads. Raises CannotStart."""
    leads = client.face.presence.leads
    if not leads.is_set():
        log.info("another process leads: this one waits for its turn", extra={"action": "waiting_to_lead"})
    await leads.wait()
    await serve(client, token)


def report(settings: Settings, client: SutureClient) -> None:
    """Say at the start how the bot is configured: one line, without a secret."""
    facts = client.face.facts
    log.info(
        "suture starts: build %s, environment %s, agent %s, off: %s",
        facts.build,
        facts.env,
        client.face.repairs.agent.name,
        "; ".join(facts.off) or "nothing",
        extra={"action": "starting", "admins": len(settings.debug_admins)},
    )


def run_bot(settings: Settings, *, exit_with_parent: bool = False) -> int:
    """Run the bot until it is stopped; returns the exit code (78: it can never work like this)."""
    handler = setup_logging(settings.log_level, settings.secrets)
    reasons: list[str] = []
    lost = ""
    try:
        asyncio.run(live(settings, handler, exit_with_parent=exit_with_parent))
    except* (CannotStart, CannotListen, StoreUnavailable, PatternsRefused) as group:
        reasons = [str(error) for error in group.exceptions]
    except* (LeadLost, RestartWanted) as group:
        lost = str(group.exceptions[0])
    for reason in reasons:
        print(f"Suture cannot start: {reason}", file=sys.stderr)
    if lost:
        print(f"Suture ends: {lost} Its supervisor starts it again.", file=sys.stderr)
        return EXIT_RESTART
    return EXIT_CONFIG if reasons else 0
