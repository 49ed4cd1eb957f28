"""Trust in the store: every change with its before and after, one for each verdict on each subject."""

from collections.abc import Callable
from datetime import datetime

from bot.healing.trust import AT_FIRST, after_failure, after_success
from bot.records.healing_store import TrustBook, TrustChange
from bot.records.playbook_run import PlaybookRun


class TrustKeeper:
    """How far each playbook, and each component of the host, is trusted."""

    def __init__(self, book: TrustBook, clock: Callable[[], datetime]) -> None:
        self._book = book
        self._clock = clock

    async def of(self, subject: str) -> float:
        """The trust of `playbook <id>` or `component <package>`, from 0 to 1. Raises StoreUnavailable."""
        newest = await self._book.newest(subject, limit=1)
        return newest[0].after if newest else AT_FIRST

    async def succeeded(self, run: PlaybookRun) -> tuple[float, float]:
        """The playbook's trust before and after this verified run. Raises StoreUnavailable."""
        return await self._move(run, after_success)

    async def failed(self, run: PlaybookRun) -> tuple[float, float]:
        """The playbook's trust before and after this run, which did not help. Raises StoreUnavailable."""
        return await self._move(run, after_failure)

    async def _move(self, run: PlaybookRun, rule: Callable[[float], float]) -> tuple[float, float]:
        for subject in subjects_of(run):
            before = await self.of(subject)
            change = TrustChange(subject=subject, at=self._clock(), before=before, after=rule(before), run_id=run.id)
            await self._book.add(change)
        changes = await self._book.newest(f"playbook {run.playbook}")
        mine = next((each for each in changes if each.run_id == run.id), changes[0])
        return mine.before, mine.after


def subjects_of(run: PlaybookRun) -> list[str]:
    """Whose trust a run's verdict moves, the playbook last."""
    return [*([f"component {run.component}"] if run.component else []), f"playbook {run.playbook}"]
