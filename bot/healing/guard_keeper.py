"""The loop guard's state in the store: each question and its answer are one compare-and-set, whoever asks."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from bot.events.catalog import HealingPaused, HealingResumed
from bot.events.event import Event
from bot.healing import loop_guard
from bot.healing.loop_guard import GuardState, Heal, Limits, Pair, Pause, Verdict
from bot.records.healing_store import Documents
from bot.records.store import StaleRecord, StoreUnavailable

NAME = "loop_guard"
TRIES = 20

Answer = TypeVar("Answer")
Publish = Callable[[Event], Awaitable[None]]


class GuardKeeper:
    """The guard for every door: the watchdog's, the cog's, the API's, the intake's."""

    def __init__(self, documents: Documents, publish: Publish, clock: Callable[[], datetime], limits: Limits) -> None:
        self._documents = documents
        self._publish = publish
        self._clock = clock
        self.limits = limits

    async def state(self) -> GuardState:
        """What the guard remembers. Raises StoreUnavailable."""
        body, _ = await self._documents.read(NAME)
        return GuardState.model_validate_json(body) if body else GuardState()

    async def ask(self, heal: Heal) -> Verdict:
        """May this heal begin? It counts from here when it may. Raises StoreUnavailable: then it may not."""
        verdict = await self._change(lambda state: loop_guard.ask(state, heal, self._clock(), self.limits))
        await self.tell()
        return verdict

    async def go_on(self, run_id: str, pair: Pair) -> bool:
        """May this heal be driven on, whose process died? Raises StoreUnavailable: then it may not."""
        return await self._change(lambda state: loop_guard.go_on(state, run_id, pair, self._clock(), self.limits))

    async def ended(self, run_id: str) -> None:
        """This heal ended. Raises StoreUnavailable."""
        await self._change(lambda state: (loop_guard.ended(state, run_id), None))

    async def returned(self, fingerprint: str) -> None:
        """This fault was seen again. Raises StoreUnavailable."""
        await self._change(lambda state: loop_guard.returned(state, fingerprint, self._clock(), self.limits))
        await self.tell()

    async def reset(self, pair: Pair | None, who: str) -> None:
        """A person frees a pair, or everything. Raises StoreUnavailable."""
        await self._change(lambda state: (loop_guard.reset(state, pair), None))
        await self._resumed(pair, f"{who} freed it.")

    async def stop(self, who: str) -> None:
        """A person pulls the kill switch. Raises StoreUnavailable."""
        await self._change(lambda state: (loop_guard.stop(state, who), None))
        await self._publish(HealingPaused(playbook_id="*", reason=f"{who} stopped all healing."))

    async def resume(self, who: str) -> None:
        """A person puts the kill switch back. Raises StoreUnavailable."""
        await self._change(lambda state: (loop_guard.resume(state), None))
        await self._resumed(None, f"{who} let healing go on.")

    async def tell(self) -> None:
        """Publish each pause that was not told yet, also after a crash. Raises StoreUnavailable."""
        for pause in await self._change(lambda state: loop_guard.telling(state, self._clock())):
            playbook, fingerprint = parts_of(pause.pair)
            await self._publish(
                HealingPaused(playbook_id=playbook, fingerprint=fingerprint, reason=pause.alert, until=pause.until)
            )
            await self._was_told(pause)

    async def _was_told(self, pause: Pause) -> None:
        await self._change(lambda state: (loop_guard.told(state, pause), None))

    async def _resumed(self, pair: Pair | None, reason: str) -> None:
        playbook, fingerprint = parts_of(pair)
        await self._publish(HealingResumed(playbook_id=playbook, fingerprint=fingerprint, reason=reason))

    async def _change(self, change: Callable[[GuardState], tuple[GuardState, Answer]]) -> Answer:
        for _ in range(TRIES):
            body, version = await self._documents.read(NAME)
            before = GuardState.model_validate_json(body) if body else GuardState()
            after, answer = change(before)
            if after == before:
                return answer
            try:
                await self._documents.replace(NAME, after.model_dump_json(), version)
            except StaleRecord:
                continue
            return answer
        raise StoreUnavailable(f"The loop guard's state changed {TRIES} times while it was asked: try again.")


def parts_of(pair: Pair | None) -> tuple[str, str | None]:
    """The playbook and the fault, as events name them; without a pair, all of them."""
    return (pair.playbook, pair.fingerprint) if pair else ("*", None)
