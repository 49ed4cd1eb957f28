"""Freeing memory: what can be had again is let go, what can wait is paused, and the effect is measured."""

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.healing.host import Action, CannotHeal, Facts, NotNeeded, Told
from bot.healing.host_parts import HostParts

LARGEST_TOLD = 5
MEGABYTE = 1024 * 1024


def resident() -> int:
    """Bytes of memory that this process holds."""
    import psutil  # only here: it is seldom needed, and takes its time to import

    return int(psutil.Process().memory_info().rss)


@dataclass(frozen=True)
class Memory:
    """The caches and chores of the host, and the memory of this process."""

    parts: HostParts
    measure: Callable[[], int] = resident

    def _sizes(self) -> dict[str, int]:
        return {cache.name: cache.size() for cache in self.parts.caches.values() if not cache.critical}

    async def identify(self, facts: Facts) -> Told:
        """Tell which caches are large now."""
        sizes = sorted(self._sizes().items(), key=lambda each: -each[1])
        told = ", ".join(f"{name} {size:,}" for name, size in sizes[:LARGEST_TOLD]) or "none"
        noted = {"sizes": json.dumps(dict(sizes)), "resident": str(self.measure())}
        return Told(f"Caches that can be had again, the largest first: {told}.", noted, changed=False)

    async def any_is_filled(self, facts: Facts) -> None:
        """Raises NotNeeded when there is nothing to clear."""
        if not any(self._sizes().values()):
            raise NotNeeded("Every cache that can be had again is empty.")

    async def clear(self, facts: Facts) -> str:
        """Clear what is not critical."""
        filled = {name for name, size in self._sizes().items() if size}
        for name in filled:
            self.parts.caches[name].clear()
        gc.collect()
        kept = [cache.name for cache in self.parts.caches.values() if cache.critical]
        left_alone = f"; left alone: {', '.join(kept)}" if kept else ""
        return f"Cleared: {', '.join(sorted(filled)) or 'nothing'}{left_alone}."

    async def any_runs(self, facts: Facts) -> None:
        """Raises NotNeeded when no chore is registered."""
        if not self.parts.chores:
            raise NotNeeded("No work of low priority runs.")

    async def pause_chores(self, facts: Facts) -> str:
        """Let chores wait until they are resumed."""
        for chore in self.parts.chores.values():
            chore.pause()
        return f"Paused: {', '.join(self.parts.chores)}."

    async def resume_chores(self, facts: Facts) -> str:
        """Let them go on."""
        for chore in self.parts.chores.values():
            chore.resume()
        return f"They go on: {', '.join(self.parts.chores) or 'none'}."

    async def compare(self, facts: Facts) -> Told:
        """Tell what was freed. Raises CannotHeal when a cache is as large as before."""
        before: dict[str, int] = json.loads(facts.get("sizes", "{}"))
        now = self._sizes()
        stuck = [name for name, size in before.items() if size and now.get(name, 0) >= size]
        if stuck:
            raise CannotHeal(f"Still as large as before: {', '.join(stuck)}. Something holds on to what is in there.")
        freed = sum(before.values()) - sum(now.get(name, 0) for name in before)
        was, is_now = int(facts.get("resident", "0")), self.measure()
        await self.resume_chores(facts)
        memory = f"the process holds {is_now / MEGABYTE:,.1f} MiB, before {was / MEGABYTE:,.1f}"
        told = f"{freed:,} of what was cached were freed; {memory}."
        return Told(told, {"freed": str(freed), "resident_after": str(is_now)}, changed=False)

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "identify_large_caches": Action(does="measure the caches", act=self.identify),
            "clear_non_critical_caches": Action(
                does="clear every cache that can be had again", act=self.clear, precheck=self.any_is_filled
            ),
            "stop_low_priority_tasks": Action(
                does="pause work that can wait", act=self.pause_chores, precheck=self.any_runs,
                undo=self.resume_chores,
            ),
            "verify_memory_freed": Action(does="measure again, and let paused work go on", act=self.compare),
        }  # fmt: skip
