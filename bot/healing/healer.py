"""Hears of faults on the bus and has each healed once, one after the other, in the process that leads."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.events.bus import Entry
from bot.events.catalog import ActionRequested, IncidentOpened, IncidentUpdated
from bot.events.event import Event
from bot.healing.engine import OPEN, RUN_FIELD, Engine, HealRefused
from bot.healing.host import Host
from bot.healing.host_parts import HostParts
from bot.healing.origin import component_of, run_named_in
from bot.healing.playbook import PlaybookUnknown
from bot.healing.reactions import Wanted, wanted_of, wanted_of_incident
from bot.healing.trouble import Trouble
from bot.incident.capture import identity_of
from bot.logging import LoggedError
from bot.records.playbook_run import PlaybookRun
from bot.records.sighting import Sightings
from bot.records.store import Incidents, RecordMissing, StaleRecord, StoreUnavailable

MOST_WAITING = 100
"""Different faults that may wait for their heal; more are counted and let go."""
INCIDENT_SECONDS = 2.0
"""How long a heal waits for its fault to become an incident."""
LOOK_SECONDS = 0.1
STORE_TRIES = 6
"""How often a heal is tried while the store is away, the pauses doubling from a second."""
STALE = timedelta(minutes=5)
"""How long what was heard of waits for this process to lead."""
CAUSED_WITHIN = timedelta(hours=1)
"""How long after a run began a fault can be its doing."""
RUNG_WINDOW = timedelta(hours=1)
"""In which a further restart climbs one rung higher."""

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Healer:
    """Everything that heals, for who drives it and for the faces."""

    engine: Engine
    parts: HostParts
    leads: asyncio.Event
    """Set while this process leads: only the leader heals."""
    incidents: Incidents
    sightings: Sightings
    afterwards: Callable[[], Awaitable[None]]
    """Done after each heal: what waited for it is tried again."""
    settle_in: Callable[[int, int], None]
    """Told the guild and the channel where cards go that nobody asked for."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    skipped: int = 0
    """Events that found their fault being healed already, or too many waiting."""
    _waiting: dict[str, Wanted] = field(default_factory=dict)
    _caused: dict[str, str] = field(default_factory=dict)
    """Faults that a run caused, by fingerprint."""
    _healing: str = ""
    """The fingerprint of the fault that is being healed."""
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> Host:
        """The actions of this host: `register` adds one, or puts another in place of one."""
        return self.engine.ladder.host

    async def hear(self, entry: Entry) -> None:
        """An event came; a fault that it tells of is healed soon, by `work`."""
        wanted = await self._wanted_of(entry.event)
        if wanted is None:
            return
        told_by = wanted.trouble.context.get("error", "")
        run_id = entry.run_id or self._caused.get(wanted.trouble.fingerprint) or run_named_in(told_by)
        caused_by = await self._cause(run_id, wanted.trouble.fingerprint) if run_id else None
        wanted = replace(wanted, trouble=replace(wanted.trouble, caused_by=caused_by), heard_at=entry.at)
        name = wanted.trouble.fingerprint
        is_known = name in self._waiting or name == self._healing
        replaces = isinstance(entry.event, ActionRequested) and name in self._waiting
        if (is_known and not replaces) or len(self._waiting) >= MOST_WAITING:
            self._skip(wanted, "it is healed already, or about to be" if is_known else "too many faults wait")
            return
        self._waiting[name] = wanted  # an action that was asked for by name goes before what would fit
        self._some.set()

    def saw(self, error: LoggedError) -> None:
        """An ERROR line was logged, in whatever thread: one in the course of a run is that run's doing."""
        run_id = error.context.get(RUN_FIELD)
        if run_id:
            if len(self._caused) >= MOST_WAITING:
                self._caused.clear()
            self._caused[identity_of(error)[0]] = str(run_id)

    async def _cause(self, run_id: str, fingerprint: str) -> str | None:
        """This run, if it can have caused the fault: not its own one, and not for ever.

        What a run starts, such as the tasks of a part that it loads anew, bears its name as long as it lives.
        """
        try:
            run = await self.engine.runs.get(run_id)
        except (RecordMissing, StoreUnavailable):
            return run_id
        is_lately = abs(self.engine.clock() - run.started_at) < CAUSED_WITHIN
        return run_id if is_lately and run.fingerprint != fingerprint else None

    async def _wanted_of(self, event: Event) -> Wanted | None:
        if not isinstance(event, IncidentOpened | IncidentUpdated):
            return wanted_of(event)
        seen = await self.sightings.get(event.fingerprint)
        return wanted_of_incident(seen) if seen else None

    async def work(self) -> None:
        """Heal what was heard of, one fault at a time, until cancelled."""
        while True:
            if not self._waiting:  # after a heal that broke, the others may wait still
                await self._some.wait()
            await self.leads.wait()
            self._some.clear()
            while self._waiting:
                self._healing = next(iter(self._waiting))
                try:
                    incident_id = await self._incident_of(self._healing)
                    await self._patiently(self._waiting.pop(self._healing), incident_id)
                finally:
                    self._waiting.pop(self._healing, None)
                    self._healing = ""

    async def watch(self, seconds: float) -> None:
        """Take open runs on every so many seconds, until cancelled."""
        while True:
            await self.leads.wait()
            try:
                await self.engine.tick()
            except StoreUnavailable as error:
                log.warning("open runs wait for the store: %s", error, extra={"action": "runs_wait"})
            await self.sleep(seconds)

    async def heal(self, wanted: Wanted, incident_id: str | None = None) -> PlaybookRun:
        """Heal now: the door of commands and of the web. Raises HealRefused, PlaybookUnknown, StoreUnavailable."""
        trouble = await self._informed(wanted.trouble, incident_id)
        run = await self.engine.heal(trouble, wanted.playbook)
        await self.afterwards()
        return run

    async def _patiently(self, wanted: Wanted, incident_id: str | None) -> None:
        """Heal, however often the store is away at first; that there is no heal is logged."""
        for number in range(STORE_TRIES):
            try:
                if why := await self._why_not(wanted):
                    self._skip(wanted, why)
                else:
                    await self.heal(wanted, incident_id)
            except PlaybookUnknown as unknown:
                told = {"action": "playbook_unknown", "fingerprint": wanted.trouble.fingerprint}
                log.warning("%s was asked for: %s", wanted.playbook, unknown, extra=told)
            except (HealRefused, StaleRecord) as refused:  # stale: another process leads now, and has the run
                self._skip(wanted, str(refused))
            except StoreUnavailable as error:
                log.warning("a heal waits for the store: %s", error, extra={"action": "heal_waits"})
                await self.sleep(2.0**number)
                continue
            return

    async def _why_not(self, wanted: Wanted) -> str:
        """Why this fault needs no heal now; empty when it does."""
        fingerprint, heard_at = wanted.trouble.fingerprint, wanted.heard_at
        if await self.engine.runs.of_fault(fingerprint, OPEN):
            return "a run of it is open"
        if heard_at is None:
            return ""
        lately, now = await self.engine.runs.newest(), self.engine.clock()
        if any(run.fingerprint == fingerprint and heard_at <= run.started_at <= now + STALE for run in lately):
            return "the process that led until now healed it"
        if now - heard_at > STALE:
            return "it was long ago: what is still wrong is told again"
        return ""

    async def _incident_of(self, fingerprint: str) -> str | None:
        """The fault's incident; triage makes it while this waits, and has counted the fault then."""
        for _ in range(round(INCIDENT_SECONDS / LOOK_SECONDS)):
            try:
                seen = await self.sightings.get(fingerprint)
            except StoreUnavailable:
                return None
            if seen is not None:
                return seen.incident_id
            await self.sleep(LOOK_SECONDS)
        return None

    async def _informed(self, trouble: Trouble, incident_id: str | None) -> Trouble:
        """The trouble with what its incident tells of where it came from."""
        context = dict(trouble.context)
        context["rung"] = str(1 + await self._runs_lately(trouble.fingerprint))
        try:
            incident = await self.incidents.get(incident_id) if incident_id else None
        except RecordMissing:
            incident = None
        trace = (incident.stack_trace if incident else "") or ""
        if trace:
            context["trace"] = trace
        component = trouble.component or component_of(trace or context.get("file", ""))
        return replace(trouble, incident_id=incident_id, component=component, context=context)

    async def _runs_lately(self, fingerprint: str) -> int:
        now = self.engine.clock()
        runs = await self.engine.runs.newest()
        return sum(run.fingerprint == fingerprint and abs(now - run.started_at) < RUNG_WINDOW for run in runs)

    def _skip(self, wanted: Wanted, why: str) -> None:
        self.skipped += 1
        told = {"action": "heal_skipped", "fingerprint": wanted.trouble.fingerprint}
        log.info("no heal of %s: %s", wanted.trouble.error_type, why, extra=told)
