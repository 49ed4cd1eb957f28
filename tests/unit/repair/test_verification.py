"""Is the fix live, and does the fault stay away? The right verdict in every way that a deploy may go."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.agents.agent import AgentUnavailable
from bot.records.sql_store import open_store
from bot.records.store import Fault, Process, Store
from bot.records.work_order import AFTER_MERGE, WorkOrder, advance
from bot.repair.endings import headline
from bot.repair.reverting import open_revert
from bot.repair.rules import RepairRefused
from bot.repair.verification import CRASHES, TAKEN_BACK, Windows
from tests.factories import ADMIN, NOW, Bench, Clock, ScriptedAgent, a_bench, awaiting_approval

OLD, FIX, LATER, OTHER = "0" * 40, "c" * 40, "d" * 40, "e" * 40
"""Commits: before the merge, the merge itself, one after it, and one of another branch."""
FAULT, KIN, MOVED = "0123456789abcdef", "a" * 16, "b" * 16
MINUTES = 60


@dataclass
class Commits:
    """A repository in which `LATER` follows on the merge."""

    away: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def has_in_it(self, build: str, commit: str) -> bool:
        """Only LATER has the merge in it, and the merge itself."""
        if self.away:
            raise AgentUnavailable("GitHub answered 503.", retry_after=30)
        self.asked.append((build, commit))
        return build in (commit, LATER)


@dataclass
class Production:
    """The processes of a bot in production, and the order that is to be verified there."""

    bench: Bench
    commits: Commits
    order: WorkOrder
    alive: dict[str, Process] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.bench.store

    async def start(self, build: str, name: str = "p_one") -> None:
        """A process of this build starts."""
        now = self.bench.clock()
        self.alive[name] = Process(id=name, build=build, started_at=now, seen_at=now)
        await self.store.processes.beat(self.alive[name])

    async def stop(self, name: str = "p_one") -> None:
        """A process leaves in order."""
        await self.store.processes.leave(self.alive.pop(name).id, self.bench.clock())

    def kill(self, name: str = "p_one") -> None:
        """A process dies."""
        del self.alive[name]

    async def deploy(self, build: str) -> None:
        """The one process is replaced by one of this build."""
        if "p_one" in self.alive:
            await self.stop()
        self.bench.clock.forward(10)
        name = f"p_{self.bench.clock.ticks}"
        await self.start(build, name)
        self.alive["p_one"] = self.alive.pop(name)

    async def passes(self, seconds: float) -> WorkOrder:
        """Time passes; whoever lives gives signs of life, and the order is looked at."""
        self.bench.clock.forward(seconds)
        for name, process in self.alive.items():
            now = self.bench.clock()
            self.alive[name] = Process(id=process.id, build=process.build, started_at=process.started_at, seen_at=now)
            await self.store.processes.beat(self.alive[name])
        await self.bench.reconciler.tick()
        self.order = await self.store.orders.get(self.order.id)
        return self.order

    async def requests(self, count: int, build: str, kind: str = "message") -> None:
        """So many requests are handled."""
        await self.store.tallies.add([], {(build, kind): count})

    async def fault(self, build: str, fingerprint: str = FAULT, count: int = 1) -> None:
        """The fault happens, or its kin."""
        now = self.bench.clock()
        seen = Fault(fingerprint=fingerprint, kin=KIN, build=build, count=count, first_seen=now, last_seen=now)
        await self.store.tallies.add([seen], {})


@pytest.fixture
async def production(bench: Bench, agent: ScriptedAgent) -> Production:
    """The old build runs and had the fault once in ten requests; the fix was merged a moment ago."""
    commits = Commits()
    mine = a_bench(bench.store, agent, bench.clock, commits)
    order = advance(await awaiting_approval(bench.store), "publishing", NOW)
    order = await bench.store.orders.save(advance(order, "pr_open", NOW, pr_number=3))
    order = await bench.store.orders.save(advance(order, "merged", NOW, merge_sha=FIX))
    made = Production(mine, commits, order)
    await made.start(OLD)
    await made.requests(100, OLD)
    await made.fault(OLD, count=10)
    return made


def words(order: WorkOrder) -> str:
    return f"{order.progress or ''} {order.reason or ''}"


async def test_live_and_silent_under_enough_traffic_is_verified(production: Production) -> None:
    await production.deploy(FIX)
    live = await production.passes(1)
    await production.requests(30, FIX)
    watched = await production.passes(59 * MINUTES)
    done = await production.passes(2 * MINUTES)

    assert (live.status, live.live_build) == ("verifying", FIX)
    assert watched.status == "verifying"
    assert done.status == "verified"
    assert "Quiet for 61 minutes and 30 requests in build cccccccccccc." in words(done)


async def test_a_merged_fix_is_watched_although_no_agent_is_set_any_more(
    production: Production, agent: ScriptedAgent
) -> None:
    agent.off = "AUTOFIX_AGENT is staged"
    await production.deploy(FIX)

    assert (await production.passes(1)).status == "verifying"


async def test_a_build_that_contains_the_merge_counts_as_live(production: Production) -> None:
    await production.deploy(LATER)

    assert (await production.passes(1)).status == "verifying"


async def test_a_shortened_sha_is_known_as_the_merge(production: Production) -> None:
    await production.deploy(FIX[:7])

    assert (await production.passes(1)).status == "verifying"
    assert (FIX[:7], FIX) not in production.commits.asked


async def test_never_live_is_said_and_in_the_end_given_up(production: Production) -> None:
    waiting = await production.passes(3 * 24 * 60 * MINUTES)
    ended = await production.passes(12 * 24 * 60 * MINUTES)

    assert waiting.status == "merged"
    assert "Running: 000000000000, without the fix." in words(waiting)
    assert ended.status == "expired"
    assert "No build with the fix ran within 14 days" in words(ended)


async def test_a_late_deploy_is_still_noticed(production: Production) -> None:
    await production.passes(13 * 24 * 60 * MINUTES)
    await production.deploy(FIX)

    assert (await production.passes(1)).status == "verifying"


async def test_while_an_old_process_still_answers_it_is_deploying_and_old_faults_do_not_count(
    production: Production,
) -> None:
    await production.start(FIX, "p_two")
    partly = await production.passes(1)
    await production.fault(OLD)
    still = await production.passes(5)
    await production.stop("p_one")
    live = await production.passes(5)

    assert (partly.status, partly.progress) == ("deploying", "1 of 2 processes run the fix")
    assert still.status == "deploying"
    assert live.status == "verifying"


async def test_a_build_that_crashes_again_and_again_has_regressed(production: Production) -> None:
    for number in range(CRASHES):
        await production.start(FIX, f"p_crash_{number}")
        assert (await production.passes(20)).status != "regressed"
        production.kill(f"p_crash_{number}")
    order = await production.passes(20)

    assert order.status == "regressed"
    assert "crashes: 3 of its processes died" in words(order)


async def test_a_few_orderly_restarts_are_no_crash_loop(production: Production) -> None:
    for _ in range(CRASHES + 2):
        await production.deploy(FIX)
        await production.passes(20)

    assert production.order.status == "verifying"


async def test_an_error_on_another_line_of_the_function_is_the_same_and_has_regressed(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.fault(FIX, count=2)
    order = await production.passes(60)

    assert order.status == "regressed"
    assert "came back 2 time(s) in build cccccccccccc, which has pull request #3 (cccccccccccc) in it" in words(order)


async def test_an_error_that_moved_to_another_function_has_regressed(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.fault(FIX, MOVED)

    order = await production.passes(60)

    assert order.status == "regressed"
    assert "the same error from another place" in words(order)


async def test_a_kindred_error_that_was_there_before_the_fix_says_nothing(production: Production) -> None:
    await production.fault(OLD, MOVED)
    await production.deploy(FIX)
    await production.fault(FIX, MOVED)

    assert (await production.passes(60)).status == "verifying"


async def test_too_little_traffic_is_said_and_waited_for(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(29, FIX)
    quiet = await production.passes(61 * MINUTES)
    await production.requests(1, FIX)
    enough = await production.passes(60)

    assert quiet.status == "verifying"
    assert "too little traffic to tell" in words(quiet)
    assert "29 of 30 requests" in words(quiet)
    assert enough.status == "verified"


async def test_traffic_that_never_comes_has_its_own_end(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)

    order = await production.passes(8 * 24 * 60 * MINUTES)

    assert order.status == "expired"
    assert "too little traffic to tell (0 of 30 requests)" in words(order)


@pytest.mark.parametrize(
    ("requests", "faults", "needed"),
    [(100, 10, 30), (1000, 1, 3000), (5, 5, Windows.requests), (0, 1, Windows.requests)],
)
async def test_the_rarer_the_fault_was_the_more_traffic_is_needed(
    tmp_path: Path, agent: ScriptedAgent, requests: int, faults: int, needed: int
) -> None:
    async with open_store(tmp_path / "other") as store:
        order = advance(await awaiting_approval(store), "publishing", NOW)
        order = await store.orders.save(advance(order, "pr_open", NOW))
        order = await store.orders.save(advance(order, "merged", NOW, merge_sha=FIX))
        production = Production(a_bench(store, agent, Clock(), Commits()), Commits(), order)
        await production.requests(requests, OLD)
        await production.fault(OLD, count=faults)
        await production.start(FIX)
        await production.passes(1)

        assert f"of {needed} requests" in words(await production.passes(61 * MINUTES))


async def test_builds_before_the_fault_came_tell_nothing_of_how_often_it_comes(production: Production) -> None:
    await production.requests(1_000_000, OTHER)
    await production.deploy(FIX)
    await production.passes(1)

    assert "of 30 requests" in words(await production.passes(61 * MINUTES))
    assert OTHER not in {build for build, _ in production.commits.asked}


async def test_only_requests_of_the_faults_own_kind_count(production: Production) -> None:
    await production.requests(100, OLD, "expense")  # the incident's own intent
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(1000, FIX, "debug_status")

    assert "0 of 30 requests" in words(await production.passes(61 * MINUTES))


async def test_another_build_that_was_deployed_instead_is_named(production: Production) -> None:
    await production.deploy(OTHER)

    order = await production.passes(60)

    assert order.status == "merged"
    assert "Running: eeeeeeeeeeee, without the fix" in words(order)
    assert "started after the merge, so another commit was deployed" in words(order)


async def test_a_redeploy_of_the_old_commit_is_not_taken_for_the_fix(production: Production) -> None:
    await production.deploy(OLD)

    order = await production.passes(60)

    assert order.status == "merged"
    assert "deploy the default branch" in words(order)


async def test_a_rollback_after_it_was_live_goes_back_to_merged_and_the_watch_begins_anew(
    production: Production,
) -> None:
    await production.deploy(FIX)
    await production.passes(30 * MINUTES)
    await production.deploy(OLD)
    back = await production.passes(60)
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(100, FIX)
    again = await production.passes(40 * MINUTES)

    assert back.status == "merged"
    assert "not live any more" in words(back)
    assert again.status == "verifying"


async def test_an_unknown_build_is_never_verified_and_the_remedy_is_said(production: Production) -> None:
    await production.deploy("unknown")
    await production.requests(1000, "unknown")

    order = await production.passes(61 * MINUTES)

    assert order.status == "merged"
    assert "set GIT_SHA" in words(order)


async def test_a_fault_that_comes_back_within_the_window_has_regressed(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(59 * MINUTES)
    await production.requests(1000, FIX)
    await production.fault(FIX)

    assert (await production.passes(2 * MINUTES)).status == "regressed"


async def test_a_revert_that_is_live_did_what_it_was_for_when_the_fault_is_there_as_before(
    production: Production, agent: ScriptedAgent
) -> None:
    production.order = await production.store.orders.save(production.order.evolve(reverts="9" * 40))
    agent.name = "github"
    await production.deploy(FIX)
    await production.fault(FIX)

    order = await production.passes(1)

    assert (order.status, order.reason) == ("regressed", f"{TAKEN_BACK} 1 time(s) in build {FIX[:12]}.")
    assert headline(order) == "⏪ Taken back: the fault is open, as it was before the fix"
    with pytest.raises(RepairRefused, match="took a fix back itself"):
        await open_revert(production.bench.repairs, order.id, person=ADMIN)
    again = await production.bench.repairs.retry(order.id, person=ADMIN)
    assert (again.reverts, again.attempt) == (None, order.attempt + 1)


async def test_a_verified_fault_that_comes_back_later_has_regressed(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(100, FIX)
    verified = await production.passes(61 * MINUTES)
    await production.passes(5 * 24 * 60 * MINUTES)
    await production.fault(FIX)
    back = await production.passes(5)

    assert verified.status == "verified"
    assert back.status == "regressed"


async def test_a_verified_fault_that_comes_back_once_while_github_is_away_has_regressed(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(40, FIX)
    verified = await production.passes(60 * MINUTES)
    await production.deploy(LATER)
    await production.fault(LATER)
    production.commits.away = True
    still = [await production.passes(5), await production.passes(2 * MINUTES)]

    production.commits.away = False
    await production.passes(2 * MINUTES)
    await production.passes(5)

    assert still == [verified, verified]
    assert production.order.status == "regressed"


async def test_a_returned_fault_is_found_among_a_thousand_others(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(40, FIX)
    await production.passes(60 * MINUTES)
    for number in range(1_000):
        await production.fault(FIX, f"{number:016x}")
        production.bench.clock.forward(0.01)
    await production.fault(FIX)

    for _ in range(3):
        await production.passes(5)

    assert production.order.status == "regressed"


async def test_a_verified_fault_in_a_build_without_the_fix_changes_nothing(production: Production) -> None:
    await production.deploy(FIX)
    await production.passes(1)
    await production.requests(100, FIX)
    await production.passes(61 * MINUTES)
    await production.fault(OTHER)

    assert (await production.passes(5)).status == "verified"


async def test_while_github_is_away_nothing_is_judged_and_it_is_told_why(production: Production) -> None:
    production.commits.away = True
    await production.deploy(LATER)
    waiting = await production.passes(1)
    production.commits.away = False
    live = await production.passes(120)

    assert (waiting.status, waiting.reason) == ("merged", "GitHub answered 503.")
    assert live.status == "verifying"


async def test_what_does_not_change_is_not_saved(production: Production) -> None:
    first = await production.passes(60)
    second = await production.passes(60)

    assert second.version == first.version
    assert first.status in AFTER_MERGE


async def test_history_is_asked_once_for_each_build(production: Production) -> None:
    for _ in range(5):
        await production.passes(60)

    assert production.commits.asked.count((OLD, FIX)) == 1


def test_a_process_from_the_future_does_not_live() -> None:
    process: Any = Process(id="p", build=FIX, started_at=NOW, seen_at=NOW + timedelta(hours=1))

    assert not process.is_alive(NOW)
