"""After the merge: is the fix live, and does the fault stay away? Told by the running builds and what they count."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.agents.history import History
from bot.incident.payload import Incident
from bot.records.store import Fault, Process, Store
from bot.records.work_order import WorkOrder, advance

UNKNOWN = "unknown"
SHORTEST_SHA = 7
SURENESS = 3
"""The rule of three: no fault in 3/p requests means, at 95 %, that it is rarer than p."""
CRASHES = 3
CRASH_WINDOW = timedelta(minutes=10)
YOUNG = timedelta(minutes=2)
"""So many processes that died within the window, each so young, are a crash loop."""
OVERLAP = timedelta(minutes=1)
"""By how much each look for returned faults goes back behind the one before."""
PAUSE = timedelta(minutes=1)
"""Between two tries to judge a verified order while nobody can tell which builds have its fix."""
TAKEN_BACK = "The fix is taken back, and the fault is open as it was before: it needs another patch. It was seen"
OTHER = "message"
"""The kind under which requests are counted that are no command."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How long each wait of an order may be."""

    merge: timedelta = timedelta(days=14)
    """For the merge, and then for the deploy."""
    verify: timedelta = timedelta(minutes=60)
    """How long the fault must stay away."""
    traffic: timedelta = timedelta(days=7)
    """For enough traffic to tell."""
    requests: int = 20
    """Under fewer requests no silence says anything."""


@dataclass(frozen=True)
class Evidence:
    """What is known of an order after its merge: who runs what, and what was counted there."""

    order: WorkOrder
    incident: Incident
    now: datetime
    fixed: frozenset[str]
    """The builds that have the merge in them."""
    processes: tuple[Process, ...]
    faults: tuple[Fault, ...]
    handled: Mapping[tuple[str, str], int]

    @property
    def alive(self) -> list[Process]:
        """The processes that live."""
        return [each for each in self.processes if each.is_alive(self.now)]

    @property
    def live(self) -> list[Process]:
        """Those of them that have the fix."""
        return [each for each in self.alive if each.build in self.fixed]

    @property
    def crashed(self) -> list[Process]:
        """Processes with the fix that died a moment ago, not long after they started."""
        dead = [each for each in self.processes if each.build in self.fixed and not each.is_alive(self.now)]
        return [
            each
            for each in dead
            if each.left_at is None
            and self.now - each.seen_at < CRASH_WINDOW
            and each.seen_at - each.started_at < YOUNG
        ]

    def requests(self, counts: Callable[[str], bool]) -> int:
        """How many requests the builds that count handled, of the kind that the fault was met in."""
        intent = self.incident.context.intent
        kind = intent if intent in {kind for _, kind in self.handled} else OTHER
        return sum(number for (build, each), number in self.handled.items() if each == kind and counts(build))

    def requests_needed(self, fewest: int) -> int:
        """Under how many requests the silence tells something, by how often the fault came before."""
        before = sum(each.count for each in self.own if each.build not in self.fixed)
        often = self.requests(lambda build: build not in self.fixed and any(each.build == build for each in self.own))
        return max(fewest, math.ceil(SURENESS * often / before) if before else 0)

    @property
    def own(self) -> list[Fault]:
        """The order's own fault, wherever it was counted."""
        return [each for each in self.faults if each.fingerprint == self.incident.fingerprint]

    @property
    def back(self) -> Fault | None:
        """The fault in a build that has the fix."""
        return next((each for each in self.own if each.build in self.fixed), None)

    @property
    def moved(self) -> Fault | None:
        """The same error from another place, which no build without the fix had."""
        before = {each.fingerprint for each in self.faults if each.build not in self.fixed}
        new = (each for each in self.faults if each.build in self.fixed and each.fingerprint not in before)
        return next((each for each in new if each.fingerprint != self.incident.fingerprint), None)


def regression(seen: Evidence) -> str | None:
    """Why the fix did not hold, as a sentence; None while it does."""
    fix = f"pull request #{seen.order.pr_number} ({short(seen.order.merge_sha)})"
    if (fault := seen.back) and seen.order.reverts:
        return f"{TAKEN_BACK} {fault.count} time(s) in build {short(fault.build)}."
    if fault:
        return f"The fault came back {fault.count} time(s) in build {short(fault.build)}, which has {fix} in it."
    if fault := seen.moved:
        return f"With {fix}, build {short(fault.build)} has the same error from another place ({fault.count} time(s))."
    if len(seen.crashed) >= CRASHES:
        minutes = CRASH_WINDOW.total_seconds() / 60
        return f"The build with {fix} crashes: {len(seen.crashed)} of its processes died within {minutes:g} minutes."
    return None


def judged(seen: Evidence, windows: Windows) -> WorkOrder:
    """The order as this evidence makes it; the same one when there is nothing new."""
    if why := regression(seen):
        return advance(seen.order, "regressed", seen.now, why)
    if not seen.live:
        return not_live(seen, windows)
    if len(seen.live) < len(seen.alive):
        return partly_live(seen)
    if seen.order.status != "verifying":
        build = seen.live[0].build
        facts = {"live_build": build, "handled_before": seen.requests(seen.fixed.__contains__)}
        return advance(seen.order, "verifying", seen.now, None, **facts)
    return watched(seen, windows)


def not_live(seen: Evidence, windows: Windows) -> WorkOrder:
    """No process with the fix lives: it is not deployed yet, or not any more."""
    order = seen.order
    builds = sorted({each.build for each in seen.alive})
    if UNKNOWN in builds:
        why = "The running build does not say its commit, so nobody can tell when the fix is live: set GIT_SHA."
    else:
        why = f"Running: {', '.join(short(each) for each in builds) or 'nothing'}, without the fix."
        started = max((each.started_at for each in seen.alive), default=order.created_at)
        if order.status == "merged" and started > order.history[-1][1]:
            why += " It was started after the merge, so another commit was deployed: deploy the default branch."
    if order.status != "merged":
        return advance(order, "merged", seen.now, f"The fix is not live any more. {why}")
    if seen.now - order.history[-1][1] >= windows.merge:
        days = windows.merge.days
        return advance(order, "expired", seen.now, f"No build with the fix ran within {days} days. {why}")
    if order.reason and order.reason.endswith(why):
        return order
    return order.evolve(reason=why)


def partly_live(seen: Evidence) -> WorkOrder:
    """Processes with the fix and without it live beside each other."""
    progress = f"{len(seen.live)} of {len(seen.alive)} processes run the fix"
    if seen.order.status == "merged":
        return advance(seen.order, "deploying", seen.now).evolve(progress=progress)
    return seen.order.evolve(progress=progress)


def watched(seen: Evidence, windows: Windows) -> WorkOrder:
    """The fix is live everywhere, and the fault was not seen since."""
    order, since = seen.order, seen.now - seen.order.history[-1][1]
    handled = max(seen.requests(seen.fixed.__contains__) - order.handled_before, 0)
    needed = seen.requests_needed(windows.requests)
    share = f"{handled} of {needed} requests"
    if since < windows.verify:
        ends = int((order.history[-1][1] + windows.verify).timestamp())
        return order.evolve(progress=f"quiet so far; watching until <t:{ends}:R>", reason=None)
    if handled >= needed:
        seconds = int(since.total_seconds())
        time = f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"
        why = f"Quiet for {time} and {handled} requests in build {short(order.live_build)}."
        return advance(order, "verified", seen.now, why)
    if since < windows.traffic:
        return order.evolve(progress="quiet, but there is too little traffic to tell", reason=f"Handled: {share}.")
    why = f"Live and quiet, but within {windows.traffic.days} days there was too little traffic to tell ({share})."
    return advance(order, "expired", seen.now, why)


def short(commit: str | None) -> str:
    """A commit as people read it."""
    return (commit or UNKNOWN)[:12]


class Verification:
    """Gathers the evidence of orders after their merge."""

    def __init__(self, store: Store, history: History, windows: Windows, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._history = history
        self.windows = windows
        self.clock = clock
        self._known: dict[tuple[str, str], bool] = {}
        """Whether a build has a commit in it, as far as it was asked."""
        self._looked_at = clock() - timedelta(days=1)
        self._owed: dict[str, datetime] = {}
        """The verified orders whose fault was seen and that were not judged since, and from when on they may be."""

    async def next_of(self, order: WorkOrder) -> WorkOrder:
        """The order after the merge, judged anew. Raises RecordMissing, StoreUnavailable, and as History does."""
        return judged(await self._evidence(order), self.windows)

    async def returned(self) -> list[WorkOrder]:
        """The verified orders whose fault was seen, and that are to be judged now. Raises StoreUnavailable."""
        now = self.clock()
        for order in await self._store.orders.in_doubt(min(self._looked_at, now) - OVERLAP):
            self._owed.setdefault(order.id, now)
        self._looked_at = now
        due = [order_id for order_id, at in self._owed.items() if at <= now]
        return [await self._store.orders.get(order_id) for order_id in due]

    async def back_again(self, order: WorkOrder) -> WorkOrder:
        """A verified order, regressed when its fault is back in a build with the fix. Raises as `next_of` does."""
        self._owed[order.id] = self.clock() + PAUSE  # what breaks off here is judged again
        if order.status == "verified":
            seen = await self._evidence(order)
            if seen.back:
                return advance(order, "regressed", seen.now, regression(seen))
        del self._owed[order.id]
        return order

    async def _evidence(self, order: WorkOrder) -> Evidence:
        incident = await self._store.incidents.get(order.incident_id)
        processes = await self._store.processes.newest()
        faults = await self._store.tallies.faults(incident.fingerprint)
        handled = await self._store.tallies.handled()
        builds = {*(each.build for each in processes), *(each.build for each in faults)}
        if order.live_build:
            builds.add(order.live_build)
        fixed = await self._with_fix(builds, order.merge_sha)
        return Evidence(order, incident, self.clock(), fixed, tuple(processes), tuple(faults), handled)

    async def _with_fix(self, builds: Iterable[str], commit: str | None) -> frozenset[str]:
        return frozenset([build for build in builds if commit and await self._has_in_it(build, commit)])

    async def _has_in_it(self, build: str, commit: str) -> bool:
        if build == UNKNOWN:
            return False
        if len(build) >= SHORTEST_SHA and commit.startswith(build):
            return True
        if (build, commit) not in self._known:
            self._known[build, commit] = await self._history.has_in_it(build, commit)
        return self._known[build, commit]
