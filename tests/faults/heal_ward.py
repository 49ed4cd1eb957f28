"""One process of the bot that heals: the wiring of the bot itself on a store, without its Discord."""

import os
import shlex
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import discord
from discord.ext import commands

from bot.adapters import opened_sheets, utc_now, waiting_sheet
from bot.apis.sheets import Sheets
from bot.cogs.connection import Patience
from bot.events.bus import open_bus
from bot.healing.engine import Engine
from bot.healing.host import Action, CannotHeal, Facts, Host
from bot.healing.host_parts import Cache, Chore, HostParts
from bot.healing.playbook import Shelf
from bot.healing.playbooks import ALL
from bot.healing.trouble import Trouble
from bot.host_actions.causes import Causes
from bot.host_actions.discord_client import DiscordParts
from bot.host_actions.ingestion import Replays
from bot.host_actions.restarting import Departure
from bot.ledger.google_sheet import ALL_CELLS
from bot.ledger.waiting_sheet import WaitingSheet
from bot.mending import Ground, host_actions, opened_engine, parts_of
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.presence import Presence
from bot.repair.run_orders import RunOrders
from bot.repair.tally import Tally
from bot.repair.triage import Triage
from bot.settings import EmbeddedSettings
from tests.factories import Clock, ScriptedAgent, a_bench
from tests.faults.heal_cases import PART, Case
from tests.kill_points import Reaper

SAVES = {
    "runs": ("create", "save"), "documents": ("replace",), "notes": ("write",), "trust": ("add",),
    "events": ("append",), "dead_letters": ("remove",), "orders": ("create", "save"), "incidents": ("add",),
}  # fmt: skip
"""What of the store is written in the course of a heal."""
DEEDS = "deeds"
"""The file of what was done outside, a line each."""
CALLS = ("write", "append", "insert_top_row", "delete_top_row")


class Executioner(Reaper):
    """A reaper whose death is SIGKILL: nothing in the process runs any more, no `finally` either."""

    def point(self) -> None:
        """Die here, if here it is."""
        self.passed += 1
        if self.came:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Saboteur:
    """Breaks the n-th part (check, act, verification, undoing) that a heal comes to, as a bug would."""

    at: int = 0
    passed: int = 0

    def point(self) -> None:
        """Raise here, if here it is."""
        self.passed += 1
        if self.passed == self.at:
            raise ZeroDivisionError("a bug that was planted")


@dataclass(frozen=True)
class Google:
    """Where the case's sheet is."""

    url: str
    key_file: str


@dataclass
class Line:
    """A gateway's connection: as much of it as is left and opened again."""

    client: "Client"
    open: bool = True

    async def close(self, code: int) -> None:
        """The client comes back at once."""
        self.client.did("left")
        self.client.ws = Line(self.client)  # type: ignore[assignment] # - what is used of it


class Client(commands.Bot):
    """The real client with its parts, off the air: what it would tell Discord is a line in the list of deeds."""

    def __init__(self, deeds: Path) -> None:
        super().__init__(command_prefix=commands.when_mentioned, help_command=None, intents=discord.Intents.none())
        self.deeds = deeds
        self.ws = Line(self)  # type: ignore[assignment] # - what is used of it

    def is_ready(self) -> bool:
        """Always."""
        return True

    def did(self, deed: str) -> None:
        """Something outside was done."""
        with self.deeds.open("a", encoding="utf-8") as file:
            file.write(f"{deed}\n")

    async def resync(self) -> None:
        """Discord has the commands."""
        self.did("resync")


@dataclass(frozen=True, kw_only=True)
class Ward:
    """What a process heals with, and what can be looked at."""

    engine: Engine
    store: Store
    parts: HostParts
    rows: WaitingSheet | None
    sheets: Sheets
    client: Client
    patience: Patience
    hoard: list[int]
    paused: list[str]

    async def cells(self) -> list[list[object]]:
        """What the sheet holds."""
        (table,) = await self.sheets.read(ALL_CELLS)
        return [list(row) for row in table]

    def trouble(self, case: Case) -> Trouble:
        """The fault."""
        return Trouble(fingerprint="f" * 16, error_type="test", summary="it broke", context=case.facts)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a process lives: its folder, its database, its sheet, and what befalls it."""

    folder: Path
    url: str | None
    settings: EmbeddedSettings
    reaper: Reaper
    saboteur: Saboteur
    fails_last: bool = False
    """Whether the last step, once it is done, turns out not to have helped."""
    came_to_nothing: Callable[[], None] = lambda: None
    """Told when it does."""


def settings_of(google: Google) -> EmbeddedSettings:
    """What all cases have in common."""
    told = {
        "heal_services": "web",
        "google_service_account_json": google.key_file,
        "google_sheet_id": "0",
        "google_sheets_api_url": google.url,
    }
    return EmbeddedSettings.model_validate(told)


def placed(settings: EmbeddedSettings, case: Case, folder: Path) -> EmbeddedSettings:
    """The settings of one death: its folder, its sheet, and what its commands leave in its list of deeds."""
    deed = f"/bin/sh -c {shlex.quote(f'echo {{}} >> {folder / DEEDS}')}"
    return settings.model_copy(
        update={
            "state_dir": folder,
            "google_sheet_id": folder.name,
            "heal_command": deed.replace("{}", case.command) if case.command else None,
            "heal_service_command": deed.replace("{}", "service") + " {name}",
        }
    )


@asynccontextmanager
async def a_ward(case: Case, stage: Stage) -> AsyncIterator[Ward]:
    """A process of the bot, put together as the bot itself is, from its start on."""
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(open_store(stage.folder, stage.url))
        around = {name: stage.reaper.around(getattr(plain, name), calls) for name, calls in SAVES.items()}
        store = replace(plain, **around)
        bus = await stack.enter_async_context(open_bus(store.events, lambda told: told, utc_now))
        plain_sheets = await opened_sheets(stack, stage.settings)
        assert plain_sheets is not None
        sheets = stage.reaper.around(plain_sheets, CALLS)
        bench = a_bench(store, ScriptedAgent(), Clock())
        tally = Tally(store.tallies, "b1", utc_now)
        triage = Triage(store, bench.repairs.capture, bus, NoticedOrders(bench.repairs, utc_now, auto_propose=False))
        ground = Ground(
            store=store, bus=bus, repairs=bench.repairs, presence=Presence(store.processes, tally, "b1", utc_now),
            tally=tally, triage=triage, github=None, sheets=sheets, rows=waiting_sheet(store, sheets, bus),
        )  # fmt: skip
        parts, hoard, paused = parts_of(ground), [1, 2, 3], []
        parts.add(Cache(name="hoard", size=hoard.__len__, clear=hoard.clear))
        parts.add(Chore(name="tidying", pause=lambda: paused.append("tidying"), resume=paused.clear))
        if ground.rows is not None:
            parts.add(Replays(ground.rows, ground.presence.leads).chore)
        causes = Causes(parts, store.notes)
        await causes.restore()
        client, patience = Client(stage.folder / DEEDS), Patience()
        await client.load_extension(PART)
        discord_parts = DiscordParts(client=client, resync=client.resync, cogs={}, patience=patience)
        leaving = Departure(leave=lambda: None)
        host = Host({
            **host_actions(stage.settings, ground, parts), **causes.actions(), **discord_parts.actions(),
            **leaving.actions(),
        })  # fmt: skip
        beset(host, case, stage)
        engine = opened_engine(stage.settings, ground, host, RunOrders(bench.repairs, utc_now, auto_propose=False))
        engine.window = timedelta(0)
        yield Ward(
            engine=engine, store=plain, parts=parts, rows=ground.rows, sheets=plain_sheets, client=client,
            patience=patience, hoard=hoard, paused=paused,
        )  # fmt: skip
        bench.handler.close()


def beset(host: Host, case: Case, stage: Stage) -> None:
    """Let each part of each action of the host meet the reaper and the saboteur."""

    def around(part: Callable[[Facts], Awaitable[object]], dooms: Callable[[], None]) -> Callable[[Facts], object]:
        async def beset_part(facts: Facts) -> object:
            stage.reaper.point()
            stage.saboteur.point()
            told = await part(facts)
            dooms()
            stage.reaper.point()
            return told

        return beset_part

    def nothing() -> None:
        """Goes on."""

    def doom() -> None:
        stage.came_to_nothing()
        raise CannotHeal("it did not help, as was planned")

    for name in list(host):
        action = host.action(name)
        last = stage.fails_last and name == last_step_of(case)
        host.register(
            name,
            Action(
                does=action.does,
                precheck=around(action.precheck, nothing),  # type: ignore[arg-type] # - the same signatures
                act=around(action.act, nothing),  # type: ignore[arg-type] # - as above
                verify=around(action.verify, doom if last else nothing),  # type: ignore[arg-type] # - as above
                undo=around(action.undo, nothing) if action.undo else None,  # type: ignore[arg-type] # - as above
                survives=action.survives,
                seconds=action.seconds,
            ),
        )


def last_step_of(case: Case) -> str:
    """The last step that this case takes."""
    steps = Shelf(ALL).named(case.playbook).steps
    if case.playbook != "general_restart":
        return steps[-1]
    return steps[0] if case.command else steps[int(case.facts.get("rung", "1"))]
