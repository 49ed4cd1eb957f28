"""What every face of one bot shares, found by the client that a click or a command came through."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

import discord

from bot.apis.lights import Lights
from bot.cogs.deploy_watch import DeployWatch
from bot.cogs.followups import Followups
from bot.cogs.guards import Gate
from bot.doctor.patient import Patient
from bot.events.bus import Bus
from bot.healing.healer import Healer
from bot.incident.summary import Summariser
from bot.ledger.sheet import Ledger
from bot.logging import RingBufferHandler
from bot.logging.flight_recorder import FlightRecorder
from bot.notify.notifier import Notifier
from bot.records.sighting import Sighting
from bot.records.store import Store
from bot.repair.deploys import Deploys
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.presence import Presence
from bot.repair.repairs import Repairs
from bot.repair.tally import Tally

Recall = Callable[[str], Awaitable[Sighting | None]]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the bot knows of itself, told by `/debug_status`."""

    build: str
    env: str
    started_at: datetime
    off: tuple[str, ...]
    """What is switched off, and why, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """The parts that commands, buttons and cards talk to."""

    gate: Gate
    facts: Facts
    handler: RingBufferHandler
    recorder: FlightRecorder
    bus: Bus
    presence: Presence
    tally: Tally
    repairs: Repairs
    healing: Healer
    deploys: Deploys
    noticed: NoticedOrders
    recall: Recall
    """What is known of a fault, by its fingerprint."""
    ledger: Ledger
    store: Store
    lights: Lights
    summariser: Summariser
    notifier: Notifier
    patient: Patient
    """What the doctor looks at."""
    clock: Callable[[], datetime]
    card_channel_id: int | None
    ledger_channel: int | str | None
    """The ledger's channel, by id or by name; None: direct messages only."""
    followups: Followups = field(default_factory=Followups)
    deploy_watch: DeployWatch = field(default_factory=DeployWatch)
    troubles: dict[str, str] = field(default_factory=dict)
    """What a face cannot do now, by its name: a sentence each, shown by `/debug_status`."""


FACES: WeakKeyDictionary[discord.Client, Face] = WeakKeyDictionary()


def face_of(interaction: discord.Interaction) -> Face:
    """The face of the client that this interaction came through."""
    return FACES[interaction.client]
