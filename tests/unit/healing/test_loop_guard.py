"""Nothing is healed in a loop, whatever is asked in whatever order."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.healing import loop_guard
from bot.healing.loop_guard import GuardState, Heal, Limits, Pair, Verdict, ask, ended, reset, resume, returned, stop
from tests.factories import NOW

LIMITS = Limits()
REPLAY = Pair(playbook="ingestion_replay", fingerprint="f" * 16)
MEMORY = Pair(playbook="memory_cleanup", fingerprint="a" * 16)
MINUTE = timedelta(minutes=1)
PACES = (20, 90, 300, 900, 1800)
"""Seconds from one random step to the next: storms, and faults that come back slowly."""


@dataclass
class Guarded:
    """A guard, its clock, and what it said."""

    state: GuardState = field(default_factory=GuardState)
    now: datetime = NOW
    alerts: list[str] = field(default_factory=list)
    runs: int = 0

    def heal(self, pair: Pair = REPLAY, **more: str) -> Verdict:
        """Ask for a heal that ends at once when it is allowed."""
        self.runs += 1
        run_id = f"run_{self.runs}"
        self.state, verdict = ask(self.state, Heal(run_id=run_id, pair=pair, **more), self.now, LIMITS)
        self.alerts += [verdict.alert] if verdict.alert else []
        if verdict.allowed:
            self.state = ended(self.state, run_id)
        return verdict

    def comes_back(self, pair: Pair = REPLAY) -> None:
        """The pair's fault is seen again."""
        self.state, verdict = returned(self.state, pair.fingerprint, self.now, LIMITS)
        self.alerts += [verdict.alert] if verdict and verdict.alert else []


def test_a_fourth_heal_within_half_an_hour_pauses_the_pair_with_one_alert():
    guard = Guarded()

    verdicts = [guard.heal() for _ in range(6)]

    assert [one.allowed for one in verdicts] == [True] * 3 + [False] * 3
    assert verdicts[3].until == verdicts[5].until == NOW + 60 * MINUTE
    assert len(guard.alerts) == 1
    assert "ingestion_replay" in guard.alerts[0]


def test_other_pairs_heal_while_one_is_paused():
    guard = Guarded()
    [guard.heal() for _ in range(4)]

    assert guard.heal(MEMORY).allowed


def test_a_pause_ends_by_itself_and_counts_from_nothing():
    guard = Guarded()
    [guard.heal() for _ in range(4)]

    guard.now += 60 * MINUTE

    assert [guard.heal().allowed for _ in range(4)] == [True, True, True, False]
    assert len(guard.alerts) == 2


def test_a_person_ends_a_pause_earlier():
    guard = Guarded()
    [guard.heal() for _ in range(4)]

    guard.state = reset(guard.state, REPLAY)

    assert guard.heal().allowed


def test_a_fault_that_is_fixed_and_breaks_slowly_pauses_too():
    guard = Guarded()

    for _ in range(LIMITS.returns):
        assert guard.heal().allowed
        guard.now += 40 * MINUTE
        guard.comes_back()
        guard.comes_back()

    assert not guard.heal().allowed
    assert len(guard.alerts) == 1


def test_too_many_heals_of_whatever_kind_pause_everything():
    guard = Guarded()
    pairs = [Pair(playbook="ingestion_replay", fingerprint=f"{number:016x}") for number in range(12)]

    allowed = [guard.heal(pair).allowed for pair in pairs]

    assert allowed == [True] * LIMITS.all_heals + [False] * 2
    assert len(guard.alerts) == 1
    assert "All healing" in guard.alerts[0]


def test_what_a_heal_caused_and_the_healer_itself_are_left_to_a_person():
    guard = Guarded()

    assert "run_9" in guard.heal(caused_by="run_9").reason
    assert not guard.heal(component="bot.healing.engine").allowed
    assert guard.heal(component="bot.healing_room").allowed


def test_one_heal_runs_at_a_time_and_a_killed_one_is_forgotten():
    guard = Guarded()
    guard.state, first = ask(guard.state, Heal(run_id="run_a", pair=REPLAY), NOW, LIMITS)

    assert first.allowed
    assert "run_a" in guard.heal(MEMORY).reason

    guard.now += LIMITS.longest

    assert guard.heal(MEMORY).allowed


def test_the_kill_switch_stops_all_until_it_is_put_back():
    guard = Guarded()
    guard.state = stop(guard.state, "<@1001>")

    assert "<@1001>" in guard.heal().reason

    guard.state = resume(guard.state)

    assert guard.heal().allowed


@dataclass
class Walk:
    """Random steps at the guard, with a book of its own to hold it to."""

    chance: random.Random
    state: GuardState = field(default_factory=GuardState)
    now: datetime = NOW
    began: dict[Pair, list[datetime]] = field(default_factory=dict)
    paused: dict[Pair | None, datetime] = field(default_factory=dict)
    running: tuple[str, datetime] | None = None
    stopped: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        """One thing happens."""
        self.seen["steps"] += 1
        self.now += timedelta(seconds=self.chance.expovariate(1 / PACES[self.seen["steps"] // 500 % len(PACES)]))
        steps: list[tuple[Callable[[], None], int]] = [
            (self.a_heal, 60), (self.an_end, 25), (self.a_return, 12), (self.a_reset, 1),
            (self.a_switch, 20 if self.stopped else 1),
        ]  # fmt: skip
        self.chance.choices([what for what, _ in steps], [weight for _, weight in steps])[0]()

    def pair(self) -> Pair:
        """One of a few pairs, some asked for far more often."""
        number = min(int(self.chance.expovariate(0.7)), 7)
        return Pair(playbook=("ingestion_replay", "memory_cleanup")[number % 2], fingerprint=f"{number // 2:016x}")

    def a_heal(self) -> None:
        """Somebody asks, now and then for what must never be healed."""
        pair, self.seen["asked"] = self.pair(), self.seen["asked"] + 1
        forbidden = self.chance.random() < 0.05
        component, cause = self.chance.choice(((loop_guard.HEALER, None), ("", "run_0"))) if forbidden else ("", None)
        heal = Heal(run_id=f"run_{self.seen['asked']}", pair=pair, component=component, caused_by=cause)
        self.state, verdict = ask(self.state, heal, self.now, LIMITS)
        if verdict.allowed:
            self.allowed(pair, heal, forbidden)
        elif verdict.alert:
            scope = None if verdict.alert.startswith("All healing") else pair
            self.tripped(scope, verdict)
        elif not forbidden and not self.stopped:
            busy = self.running and self.now - self.running[1] < LIMITS.longest
            assert busy or self.is_paused(pair), "it was refused without a reason that stands"

    def allowed(self, pair: Pair, heal: Heal, forbidden: bool) -> None:
        """A heal began: had it any right to?"""
        assert not forbidden
        assert not self.stopped
        assert not self.is_paused(pair)
        assert self.running is None or self.now - self.running[1] >= LIMITS.longest
        times = self.began.setdefault(pair, [])
        times.append(self.now)
        assert sum(at > self.now - LIMITS.window for at in times) <= LIMITS.heals
        every = sum(at > self.now - LIMITS.all_window for of in self.began.values() for at in of)
        assert every <= LIMITS.all_heals + self.seen["reset"] * LIMITS.heals
        self.running = (heal.run_id, self.now)
        self.seen["allowed"] += 1

    def tripped(self, scope: Pair | None, verdict: Verdict) -> None:
        """A pause was told: was it a new one?"""
        assert not self.is_paused(scope), "a pause was told twice"
        assert verdict.until == self.now + LIMITS.pause
        self.paused[scope] = verdict.until
        self.seen["tripped, all" if scope is None else "tripped"] += 1

    def is_paused(self, pair: Pair | None) -> bool:
        """Does a pause of this pair, or of everything, last?"""
        return any(self.paused.get(scope, self.now) > self.now for scope in (pair, None))

    def an_end(self) -> None:
        """The running heal ends, or one that ended long ago ends again."""
        if self.running:
            self.state, self.running = ended(self.state, self.running[0]), None
        self.state = ended(self.state, "run_of_long_ago")

    def a_return(self) -> None:
        """A fault is seen again."""
        pair = self.pair()
        self.state, verdict = returned(self.state, pair.fingerprint, self.now, LIMITS)
        if verdict is not None:
            healed_by = [one for one in self.pairs_of(pair.fingerprint) if str(one) in (verdict.alert or "")]
            assert len(healed_by) == 1
            self.tripped(healed_by[0], verdict)
            self.seen["tripped by returns"] += 1

    def pairs_of(self, fingerprint: str) -> list[Pair]:
        """The pairs of a fault that ever began."""
        return [one for one in self.began if one.fingerprint == fingerprint]

    def a_reset(self) -> None:
        """A person frees a pair: from then on it counts from nothing."""
        pair = self.pair()
        self.state = reset(self.state, pair)
        self.began.pop(pair, None)
        self.paused.pop(pair, None)
        self.seen["reset"] += 1

    def a_switch(self) -> None:
        """A person pulls the switch, or puts it back."""
        self.state = resume(self.state) if self.stopped else stop(self.state, "<@1001>")
        self.stopped = not self.stopped


def test_what_the_guard_promises_holds_over_a_hundred_thousand_random_steps():
    walk = Walk(random.Random(20_260_105))

    for _ in range(100_000):
        walk.step()

    assert min(walk.seen[what] for what in ("allowed", "tripped", "tripped, all", "tripped by returns", "reset")) > 50
