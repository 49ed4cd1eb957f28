"""The watchdog as a process of its own, beside any service: it notices, tells, and heals by the operator's command."""

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters import utc_now
from bot.alerting import built_summariser, opened_alerts
from bot.endings import stop_on_signals
from bot.events.bus import Bus, Entry, open_bus
from bot.events.catalog import (
    ActionRequested,
    HealingCompleted,
    HealingFailed,
    HealingTriggered,
    LogPattern,
    ResourceHigh,
)
from bot.healing.guard_keeper import GuardKeeper
from bot.healing.host import CannotHeal
from bot.healing.loop_guard import Heal, Limits, Pair
from bot.healing.silence import Silence, Watched
from bot.host_actions.restarting import Restarting
from bot.incident.fingerprint import fingerprint
from bot.logging import setup_logging
from bot.logging.redaction import redact_plain
from bot.logging.run_lock import take
from bot.noticing import watchdog_of
from bot.records.sql_store import open_store
from bot.records.store import StaleRecord, StoreUnavailable
from bot.settings import EXIT_CONFIG, EmbeddedSettings, Settings, SettingsError, load_settings
from bot.supervision import kept_running
from bot.watchdog.patterns import SHIPPED, PatternsRefused
from bot.watchdog.watchdog import PatternFile

EXIT_SECOND = 75
"""Exit code when another watchdog runs on the same state: EX_TEMPFAIL of sysexits.h."""

MOST_ENGAGED = 20
"""Heals that may wait for the one that runs."""
LOOK_SECONDS = 1.0
"""Between two looks at the heals that are watched."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hands:
    """What this process may do by itself: the operator's two commands, one at a time, within the loop guard."""

    restarting: Restarting
    guard: GuardKeeper
    bus: Bus
    silence: Silence
    clock: Callable[[], datetime]
    window: timedelta
    """How long a fault has to stay away after its heal."""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    engaged: list[str] = field(default_factory=list)
    """What waits for its heal, or is being healed."""
    running: set[str] = field(default_factory=set)
    """The run whose command runs."""
    at_work: set[asyncio.Task[None]] = field(default_factory=set)

    async def hear(self, entry: Entry) -> None:
        """An action was asked for, or a resource stays too high: act in a task of its own.

        Whatever tells of a fault that was healed a moment ago says that this did not help.
        """
        event = entry.event
        if isinstance(event, LogPattern | ActionRequested) and event.fingerprint:
            await self._seen_again(event.fingerprint)
        if isinstance(event, ResourceHigh) and event.resource in ("cpu", "memory"):
            event = ActionRequested(
                action="GENERAL_RESTART",
                reason=f"{event.resource} is at {event.value:.0%}",
                trigger=event.resource,
                fingerprint=fingerprint(event.resource, ""),
            )
            await self._seen_again(event.fingerprint)
        if isinstance(event, ActionRequested):
            task = asyncio.create_task(self.heal(event), name=event.action)
            self.at_work.add(task)
            task.add_done_callback(self.at_work.discard)

    async def _seen_again(self, name: str) -> None:
        for watched in await self.silence.broken_by(name):
            if watched.run_id in self.running:
                continue
            await self.guard.returned(name)
            reason = "The fault came back after the heal."
            await self.bus.publish(HealingFailed(run_id=watched.run_id, playbook_id=watched.playbook, reason=reason))
            await self.silence.end(watched)

    async def tell_what_held(self, seconds: float = LOOK_SECONDS) -> None:
        """Say of each heal whose fault stayed away that it helped, until cancelled. Raises StoreUnavailable."""
        while True:
            await self.tell_silent()
            await asyncio.sleep(seconds)

    async def tell_silent(self) -> None:
        """The same, once."""
        for watched in await self.silence.over(self.clock()):
            if watched.run_id in self.running:
                continue
            steps = (watched.playbook,)
            await self.bus.publish(
                HealingCompleted(run_id=watched.run_id, playbook_id=watched.playbook, steps_completed=steps)
            )
            await self.silence.end(watched)

    async def heal(self, asked: ActionRequested) -> None:
        """Run the command for this action, if there is one and the guard lets it."""
        is_restart = asked.action == "GENERAL_RESTART" and bool(self.restarting.command)
        if not is_restart and asked.action != "RESTART_SERVICE":
            log.warning("%s was asked for: %s", asked.action, asked.reason, extra={"action": "heal_left_to_people"})
            return
        what = f"{asked.action} {asked.argument} {asked.fingerprint}"
        if what in self.engaged or len(self.engaged) >= MOST_ENGAGED:
            why = "it is under way" if what in self.engaged else "too many wait"
            log.warning("%s is skipped: %s", asked.action, why, extra={"action": "heal_skipped"})
            return
        self.engaged.append(what)
        try:
            async with self.busy:
                await self._heal(asked)
        except (StoreUnavailable, StaleRecord) as error:
            log.warning("%s is not done: %s", asked.action, error, extra={"action": "heal_refused"})
        finally:
            self.engaged.remove(what)

    async def _heal(self, asked: ActionRequested) -> None:
        run_id, playbook = f"run_{secrets.token_hex(6)}", asked.action.lower()
        pair = Pair(playbook=playbook, fingerprint=asked.fingerprint)
        verdict = await self.guard.ask(Heal(run_id=run_id, pair=pair))
        if not verdict.allowed:
            log.warning("%s is held back: %s", asked.action, verdict.reason, extra={"action": "heal_refused"})
            return
        self.running.add(run_id)
        watched = Watched(run_id=run_id, playbook=playbook, fingerprint=asked.fingerprint, until=self._window_ends())
        try:
            await self.silence.begin(watched)  # before it: what this process does not live to see the end of is watched
            await self.bus.publish(
                HealingTriggered(run_id=run_id, playbook_id=playbook, reason=asked.reason, command=asked.action)
            )
            said = await self._run(asked)
        except CannotHeal as error:
            await self.bus.publish(HealingFailed(run_id=run_id, playbook_id=playbook, reason=str(error)))
            await self.silence.end(watched)
        else:
            log.info("%s It is watched whether the fault stays away.", said, extra={"action": "heal_watched"})
            await self.silence.end(watched)
            await self.silence.begin(watched.model_copy(update={"until": self._window_ends()}))
        finally:
            self.running.discard(run_id)
            await self.guard.ended(run_id)

    def _window_ends(self) -> datetime:
        return self.clock() + self.window

    async def take_over(self) -> None:
        """A heal in whose midst an earlier process ended holds up no other; it is watched. Raises StoreUnavailable."""
        held = (await self.guard.state()).running
        if held is not None and await self.silence.has(held.run_id):
            await self.guard.ended(held.run_id)

    async def _run(self, asked: ActionRequested) -> str:
        if asked.action == "RESTART_SERVICE":
            return await self.restarting.restart_service({"argument": asked.argument})
        return (await self.restarting.run_command({})).said


async def watch(settings: Settings) -> None:
    """Watch until asked to end. Raises StoreUnavailable, PatternsRefused."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        file = PatternFile.opened(settings.watchdog_patterns or SHIPPED)
        store = await stack.enter_async_context(open_store(settings.state_dir, settings.store_url))
        bus = await stack.enter_async_context(open_bus(store.events, redact_plain, utc_now))
        await opened_alerts(stack, settings, bus, store, built_summariser(settings, store, None))
        hidden = frozenset(name.upper() for name in Settings.model_fields)
        hands = Hands(
            Restarting(
                command=settings.heal_command,
                services=settings.heal_services,
                service_command=settings.heal_service_command,
                hidden=hidden,
            ),
            GuardKeeper(store.documents, bus.publish, utc_now, Limits()),
            bus,
            Silence(store.documents),
            utc_now,
            timedelta(minutes=settings.heal_window_minutes),
        )
        await hands.take_over()
        bus.subscribe("hands", ["watchdog.*", "resource.high", "log_pattern.*"], hands.hear)
        await stack.enter_async_context(kept_running("heals that are watched", hands.tell_what_held))
        watchdog = watchdog_of(settings, bus.publish, file, settings.state_dir / "watchdog-alone.json")
        await stack.enter_async_context(kept_running("the watchdog", watchdog.run))
        log.info("watching %s", settings.watchdog_log_path, extra={"action": "watchdog_started"})
        await stop.wait()
        log.info("leaving", extra={"action": "stopping"})


def run_from_environment() -> int:
    """Watch by the settings of the environment, in which no Discord token is needed; returns the exit code."""
    try:
        settings = load_settings(kind=EmbeddedSettings)
    except SettingsError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return EXIT_CONFIG
    return run_watchdog(settings)


def run_watchdog(settings: Settings) -> int:
    """Watch until stopped; returns the exit code (75: another one watches, 78: it can never work like this)."""
    setup_logging(settings.log_level, settings.secrets)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    lock = take(settings.state_dir / "watchdog.lock")
    if lock is None:
        print(f"A watchdog runs on {settings.state_dir} already: one is enough.", file=sys.stderr)
        return EXIT_SECOND
    try:
        asyncio.run(watch(settings))
    except (PatternsRefused, StoreUnavailable) as error:
        print(f"The watchdog cannot start: {error}", file=sys.stderr)
        return EXIT_CONFIG
    finally:
        os.close(lock)
    return 0
