"""The engine: a fault comes in at its one door, a playbook climbs its ladder, and time tells whether it helped."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.events.bus import in_run
from bot.events.catalog import HealingTriggered
from bot.healing.guard_keeper import GuardKeeper, Publish
from bot.healing.host import CannotHeal, NeedsPatch
from bot.healing.ladder import Ladder
from bot.healing.loop_guard import TELLING, Heal, Pair, Verdict
from bot.healing.news import HELPED, NAMES, settled
from bot.healing.outside import Patches, Sight, Told
from bot.healing.playbook import Playbook, PlaybookUnknown, Shelf
from bot.healing.trouble import Trouble
from bot.healing.trust_keeper import TrustKeeper
from bot.logging import bound
from bot.records.healing_store import Runs
from bot.records.playbook_run import PlaybookRun, RunStatus, StepTaken
from bot.records.store import RecordMissing, StaleRecord, StoreUnavailable

AT_WORK: frozenset[RunStatus] = frozenset({"queued", "running", "undoing"})
"""What a process is doing; in every other status a run only waits."""
BUSY: tuple[RunStatus, ...] = ("queued", "running", "undoing", "watching")
WAITING: tuple[RunStatus, ...] = ("awaiting_patch", "patch_applied")
OPEN = (*BUSY, *WAITING)
MOST_OPEN = 500
WAITING_AT_ONCE = 20
"""Runs that wait for a patch and are looked at in one round."""
LOOKED_BACK = 50
"""Runs whose news are looked after when a process ended before it could tell them."""
LOST = timedelta(minutes=1)
"""How long a heal may be at the guard without being a run: its process died in between."""
RUN_FIELD = "healing_run"
"""The field of a log line that was written in the course of a run."""

log = logging.getLogger(__name__)


class HealRefused(Exception):
    """The loop guard does not let this heal begin; `verdict` says why and until when."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


@dataclass(kw_only=True)
class Engine:
    """Heals, one fault at a time, and takes every open run on after a restart."""

    runs: Runs
    ladder: Ladder
    shelf: Shelf
    guard: GuardKeeper
    trust: TrustKeeper
    patches: Patches
    sight: Sight
    told: Told
    publish: Publish
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    window: timedelta = timedelta(minutes=10)
    """How long a fault has to stay away after its heal."""
    _mine: set[str] = field(default_factory=set)
    _last_waiting: str | None = None
    """The run that waits for a patch and was looked at last; None: they are looked at from the first one on."""
    _owes_news: bool = True
    """Whether a run may have news that were not told: after a start, and when telling was cut short."""

    async def heal(self, trouble: Trouble, playbook_id: str | None = None) -> PlaybookRun:
        """Run the named playbook, or the one that fits, as far as it goes now.

        Raises HealRefused, PlaybookUnknown, StoreUnavailable.
        """
        playbook = self.shelf.named(playbook_id) if playbook_id else self.shelf.fitting(trouble.error_type)
        run = self._run(trouble, playbook)
        asked = Heal(
            run_id=run.id,
            pair=Pair(playbook=playbook.id, fingerprint=trouble.fingerprint),
            component=trouble.component,
            caused_by=trouble.caused_by,
        )
        verdict = await self.guard.ask(asked)
        if not verdict.allowed:
            log.info("no heal: %s", verdict.reason, extra={"action": "heal_refused", "playbook": playbook.id})
            raise HealRefused(verdict)
        self._mine.add(run.id)
        try:
            with in_run(run.id), bound(**{RUN_FIELD: run.id}):
                run = await self.runs.create(run)
                await self._tell_start(run)
                return await self._climb(await self._to(run, "running"), playbook)
        finally:
            self._mine.discard(run.id)
            await self.guard.ended(run.id)

    async def rehearse(self, trouble: Trouble, playbook_id: str | None = None) -> list[StepTaken]:
        """What each step would do now: its checks are asked, nothing is done or kept. Raises PlaybookUnknown."""
        playbook = self.shelf.named(playbook_id) if playbook_id else self.shelf.fitting(trouble.error_type)
        return await self.ladder.rehearse(playbook, self._run(trouble, playbook).facts)

    async def tick(self) -> None:
        """Take every open run on that nobody drives, and tell what was left untold.

        Raises StoreUnavailable, and at the end of the round an ExceptionGroup of what single runs broke on.
        """
        await self.guard.tell()
        if self._owes_news:
            await self._tell_the_rest()
        broken: list[Exception] = []
        for run in [*await self.runs.following(None, BUSY, MOST_OPEN), *await self._some_waiting()]:
            if run.id in self._mine:
                continue
            with in_run(run.id), bound(**{RUN_FIELD: run.id}):
                # gather: what one run breaks on must not keep the others waiting
                (error,) = await asyncio.gather(self._go_on(run), return_exceptions=True)
            if isinstance(error, StoreUnavailable) or (error is not None and not isinstance(error, Exception)):
                raise error
            if error is not None and not isinstance(error, StaleRecord):  # stale: another process has it
                broken.append(error)
        await self._free_guard()
        if broken:
            raise ExceptionGroup(f"{len(broken)} run(s) could not be taken on", broken)

    async def _some_waiting(self) -> list[PlaybookRun]:
        """The next of the runs that wait for a patch, in turn: there may be many whose patch nobody asks for."""
        some = await self.runs.following(self._last_waiting, WAITING, WAITING_AT_ONCE)
        some = some or await self.runs.following(None, WAITING, WAITING_AT_ONCE)
        self._last_waiting = some[-1].id if some else None
        return some

    async def _tell_the_rest(self) -> None:
        told, since, waits = await self.told.of_runs(), await self.told.since(), False
        for run in reversed(await self.runs.newest(tuple(NAMES), LOOKED_BACK)):
            at = run.history[-1][1]
            if run.id in self._mine or (run.id, NAMES[run.status]) in told or at < since:
                continue
            if timedelta() <= self.clock() - at < TELLING:
                waits = True
            else:
                await self._tell(run)
        self._owes_news = waits

    async def _free_guard(self) -> None:
        """A heal whose process died before it could say that it ended holds up nobody any more."""
        held = (await self.guard.state()).running
        if held is None or held.run_id in self._mine:
            return
        try:
            is_over = (await self.runs.get(held.run_id)).status not in AT_WORK
        except RecordMissing:
            is_over = self.clock() - held.at > LOST
        if is_over:
            await self.guard.ended(held.run_id)

    async def _go_on(self, run: PlaybookRun) -> None:
        match run.status:
            case "queued":
                await self._end(run, "failed", "The bot was stopped before it began.")
            case "running" | "undoing":
                await self._drive_on(run)
            case "awaiting_patch" | "patch_applied":
                await self._follow_patch(run)
            case _:
                await self._watch(run)

    async def _drive_on(self, run: PlaybookRun) -> None:
        """It was under way when its process died; while another heal is, it waits for a later tick."""
        if not await self.guard.go_on(run.id, Pair(playbook=run.playbook, fingerprint=run.fingerprint)):
            return
        try:
            await (self._resume(run) if run.status == "running" else self._put_back(run, run.reason))
        finally:
            await self.guard.ended(run.id)

    async def _resume(self, run: PlaybookRun) -> None:
        """The process that drove it is gone: it is put back, or climbed to the end."""
        try:
            playbook = self.shelf.named(run.playbook)
            run = await self.ladder.resume(run)
        except (CannotHeal, NeedsPatch, PlaybookUnknown) as error:
            await self._put_back(await self._to(run, "undoing", str(error)), str(error))
        else:
            await self._climb(run, playbook)

    async def _climb(self, run: PlaybookRun, playbook: Playbook) -> PlaybookRun:
        try:
            run = await self.ladder.climb(run, playbook)
        except NeedsPatch as why:
            return await self._escalate(await self.runs.get(run.id), playbook, str(why))
        except CannotHeal as why:
            return await self._put_back(await self._to(await self.runs.get(run.id), "undoing", str(why)), str(why))
        if not run.changed_anything:
            return await self._end(run, "nothing_to_do", "No step found anything to do: nothing was changed.")
        seen = str(await self.sight.count(run.fingerprint))
        run = run.evolve(watch_until=self.clock() + self.window, facts={**run.facts, "seen": seen})
        return await self._to(run, "watching")

    async def _escalate(self, run: PlaybookRun, playbook: Playbook, why: str) -> PlaybookRun:
        if not playbook.escalates:
            reason = f"{playbook.id} may not ask for a patch, and one is needed: {why}"
            return await self._put_back(await self._to(run, "undoing", reason), reason)
        asked = next((step for step in run.steps if step.state == "acting"), None)
        if asked is not None:  # it found out that code is to be changed: that was its work
            run = run.with_step(asked.model_copy(update={"state": "done", "said": self.ladder.redact(why)}))
        return await self._ask_for_patch(await self._to(run, "awaiting_patch", why))

    async def _ask_for_patch(self, run: PlaybookRun) -> PlaybookRun:
        order_id = await self.patches.ask(run, run.reason)
        run = await self.runs.save(run.evolve(work_order_id=order_id))
        await self._tell(run)
        return run

    async def _follow_patch(self, run: PlaybookRun) -> None:
        if run.work_order_id is None:
            await self._ask_for_patch(run)
            return
        try:
            order = await self.patches.order(run.work_order_id)
        except RecordMissing as error:
            await self._end(run, "failed", f"The patch that it waits for is not known any more: {error}")
            return
        if run.status == "awaiting_patch" and (order.is_live or order.verdict):
            run = run.evolve(facts={**run.facts, HELPED: "yes"}) if order.verdict else run
            run = await self._end(run, "patch_applied", run.reason)
        if order.verdict is True and run.status == "patch_applied":
            await self._end(run, "verified")
        elif order.verdict is False:
            await self._end(run, "failed", order.reason)

    async def _watch(self, run: PlaybookRun) -> None:
        if await self.sight.count(run.fingerprint) > int(run.facts.get("seen", "0")):
            await self.guard.returned(run.fingerprint)
            reason = "The fault came back after the heal."
            await self._put_back(await self._to(run, "undoing", reason), reason)
        elif run.watch_until is None or self.clock() >= run.watch_until:
            await self._end(run, "verified")
        elif run.watch_until > self.clock() + self.window:  # the clock was set back: it is watched for a whole window
            await self.runs.save(run.evolve(watch_until=self.clock() + self.window))

    async def _put_back(self, run: PlaybookRun, reason: str) -> PlaybookRun:
        run, left = await self.ladder.descend(run)
        if left:
            return await self._end(run, "failed", " ".join((reason, *left, "A person has to look.")))
        return await self._end(run, "undone", reason)

    async def _end(self, run: PlaybookRun, status: RunStatus, reason: str = "") -> PlaybookRun:
        """Save it first: trust and the bus follow what is written down, now or after a crash."""
        run = await self._to(run, status, reason)
        await self._tell(run)
        return run

    async def _tell(self, run: PlaybookRun) -> None:
        try:
            news = await settled(run, self.trust)
        except StoreUnavailable:
            self._owes_news = True
            raise
        if news is not None:
            await self.publish(news)

    async def _tell_start(self, run: PlaybookRun) -> None:
        await self.publish(
            HealingTriggered(run_id=run.id, playbook_id=run.playbook, incident_id=run.incident_id, reason=run.summary)
        )

    async def _to(self, run: PlaybookRun, status: RunStatus, reason: str = "") -> PlaybookRun:
        return await self.runs.save(run.step_to(status, self.clock(), self.ladder.redact(reason)))

    def _run(self, trouble: Trouble, playbook: Playbook) -> PlaybookRun:
        redact = self.ladder.redact
        return PlaybookRun(
            id=self.new_id(),
            playbook=playbook.id,
            fingerprint=trouble.fingerprint,
            component=trouble.component,
            error_type=redact(trouble.error_type),
            summary=redact(trouble.summary),
            started_at=self.clock(),
            asked_by=trouble.asked_by,
            incident_id=trouble.incident_id,
            facts={name: redact(value) for name, value in trouble.context.items()},
        )
