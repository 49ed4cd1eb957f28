"""What heals, put together: the engine on the store, the actions of this bot, and the bus that tells of faults."""

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.adapters import utc_now
from bot.events.bus import Bus
from bot.healing.engine import Engine
from bot.healing.guard_keeper import GuardKeeper
from bot.healing.healer import Healer
from bot.healing.host import Action, Host
from bot.healing.host_parts import Cache, HostParts, TimeLimit
from bot.healing.ladder import Ladder
from bot.healing.loop_guard import Limits
from bot.healing.news import NAMES
from bot.healing.playbook import Shelf
from bot.healing.playbooks import ALL
from bot.healing.reactions import EPOCH, HEARD
from bot.healing.trust_keeper import TrustKeeper
from bot.host_actions.causes import Causes
from bot.host_actions.ingestion import Ingestion, Replays, without_sheet
from bot.host_actions.memory import Memory
from bot.host_actions.restarting import Departure, Restarting
from bot.host_actions.sheet_schema import SheetSchema
from bot.host_actions.store_connection import StoreConnection
from bot.incident.payload import ALPHABET
from bot.ledger.sheet import SheetUnavailable
from bot.ledger.waiting_sheet import PIPELINE, WaitingSheet
from bot.logging import LoggedError, RingBufferHandler, redact
from bot.records.event_log import Events
from bot.records.store import Store
from bot.repair.presence import Presence
from bot.repair.repairs import Repairs
from bot.repair.run_orders import RunOrders
from bot.repair.tally import Tally
from bot.repair.triage import Triage
from bot.supervision import kept_running

if TYPE_CHECKING:
    from bot.apis.github import GitHub
    from bot.apis.sheets import Sheets
    from bot.settings import Settings

LONGEST_SHEET_CALL = 30.0
"""Seconds: a call of the sheet is never given more, however often it is too slow."""


@dataclass(frozen=True)
class Ground:
    """What healing stands on."""

    store: Store
    bus: Bus
    repairs: Repairs
    presence: Presence
    tally: Tally
    triage: Triage
    github: "GitHub | None"
    sheets: "Sheets | None"
    rows: WaitingSheet | None


@dataclass(frozen=True)
class SeenFaults:
    """How often a fault was seen: in the log of every process, and by everything that watches."""

    store: Store
    tally: Tally
    triage: Triage

    async def count(self, fingerprint: str) -> int:
        """So often until now, with what this process has not written down yet. Raises StoreUnavailable."""
        await self.tally.flush()
        await self.triage.flush()
        logged = await self.store.tallies.faults(fingerprint)
        seen = await self.store.sightings.get(fingerprint)
        return sum(each.count for each in logged if each.fingerprint == fingerprint) + (seen.count if seen else 0)


@dataclass(frozen=True)
class ToldOfRuns:
    """What was published of the newest runs."""

    events: Events

    async def of_runs(self) -> frozenset[tuple[str, str]]:
        """A run's id and an event's wire name, for each event of it. Raises StoreUnavailable."""
        newest = await self.events.newest(frozenset(NAMES.values()), limit=500)
        return frozenset((str(event.payload.get("run_id")), event.name) for event in newest)

    async def since(self) -> datetime:
        """When the oldest event that is kept was published. Raises StoreUnavailable."""
        oldest = await self.events.after(0, limit=1)
        return oldest[0].at if oldest else EPOCH


def new_run_id(now: datetime) -> str:
    """`run_20260105_7k3f`: its day, and what tells it from the others of that day."""
    return f"run_{now:%Y%m%d}_" + "".join(random.choices(ALPHABET, k=6))  # noqa: S311 - not a secret


async def opened_healing(stack: AsyncExitStack, settings: "Settings", ground: Ground) -> Healer:
    """Everything that heals, heard of and driven until the stack closes. Raises StoreUnavailable."""
    parts = parts_of(ground)
    causes = Causes(parts, ground.store.notes)
    await causes.restore()
    host = Host({**host_actions(settings, ground, parts), **causes.actions()})
    orders = RunOrders(ground.repairs, utc_now, auto_propose=settings.autofix_auto_propose)
    orders.settle_in(settings.discord_guild_id or 0, settings.debug_channel_id or 0)
    healer = Healer(
        engine=opened_engine(settings, ground, host, orders),
        parts=parts,
        leads=ground.presence.leads,
        incidents=ground.store.incidents,
        sightings=ground.store.sightings,
        afterwards=partial(replay_quietly, ground.rows),
        settle_in=orders.settle_in,
    )
    hear_of_errors(stack, ground.repairs.capture.handler, healer)
    heard = ground.bus.subscribe("healer", HEARD, healer.hear)
    stack.callback(ground.bus.unsubscribe, heard)
    await stack.enter_async_context(kept_running("healer", healer.work))
    await stack.enter_async_context(kept_running("open runs", partial(healer.watch, settings.autofix_poll_seconds)))
    if ground.rows is not None:
        replays = Replays(ground.rows, ground.presence.leads)
        parts.add(replays.chore)
        await stack.enter_async_context(kept_running("waiting rows", replays.run))
    return healer


def hear_of_errors(stack: AsyncExitStack, handler: RingBufferHandler, healer: Healer) -> None:
    """Let the healer, too, see what is logged."""
    before = handler.on_error

    def tell(error: LoggedError) -> None:
        if before is not None:
            before(error)
        healer.saw(error)

    stack.callback(setattr, handler, "on_error", before)
    handler.on_error = tell


def opened_engine(settings: "Settings", ground: Ground, host: Host, orders: RunOrders) -> Engine:
    """The engine on the store."""
    store, publish = ground.store, ground.bus.publish
    return Engine(
        runs=store.runs,
        ladder=Ladder(host=host, save=store.runs.save, clock=utc_now, redact=redact),
        shelf=Shelf(ALL),
        guard=GuardKeeper(store.documents, publish, utc_now, Limits()),
        trust=TrustKeeper(store.trust, utc_now),
        patches=orders,
        sight=SeenFaults(store, ground.tally, ground.triage),
        told=ToldOfRuns(store.events),
        publish=publish,
        clock=utc_now,
        new_id=lambda: new_run_id(utc_now()),
        window=timedelta(minutes=settings.heal_window_minutes),
    )


def parts_of(ground: Ground) -> HostParts:
    """This bot's own caches and time limits."""
    parts = HostParts()
    if ground.github is not None:
        answers = ground.github.polled
        parts.add(Cache(name="GitHub's answers", size=answers.__len__, clear=answers.clear))
    if sheets := ground.sheets:
        limit = TimeLimit(pipeline=PIPELINE, read=lambda: sheets.deadline, write=sheets.allow, most=LONGEST_SHEET_CALL)
        parts.add(limit)
    return parts


def host_actions(settings: "Settings", ground: Ground, parts: HostParts) -> dict[str, Action]:
    """What playbooks may do here, without Discord."""
    store = ground.store
    restarting = Restarting(
        command=settings.heal_command,
        services=settings.heal_services,
        service_command=settings.heal_service_command,
        hidden=secret_names(settings),
    )
    groups: list[Mapping[str, Action]] = [
        Memory(parts).actions(),
        StoreConnection(store.connections, store.notes).actions(),
        restarting.actions(),
        Departure().actions(),
    ]
    if ground.sheets is None or ground.rows is None:
        groups.append(without_sheet())
    else:
        ingestion = Ingestion(ground.sheets, ground.rows)
        schema = SheetSchema(ground.sheets, store.documents, ingestion)
        groups += [ingestion.actions(), schema.actions()]
    return {name: action for group in groups for name, action in group.items()}


def secret_names(settings: "Settings") -> frozenset[str]:
    """The variables whose values are secrets."""
    fields = type(settings).model_fields
    return frozenset(name.upper() for name in fields if isinstance(getattr(settings, name), SecretStr))


async def replay_quietly(rows: WaitingSheet | None) -> None:
    """Write what waits, if the sheet takes it now; if not, it goes on waiting."""
    if rows is not None and not rows.stays_local:
        with suppress(SheetUnavailable):
            await rows.replay()
