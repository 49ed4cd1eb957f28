"""May this playbook heal this fault now? One answer for every door, so that no heal runs in a loop.

The state is one frozen record and every function here is pure: whoever keeps it saves what comes back, if nobody else
saved in between. What always holds, whatever is asked in whatever order (tests/unit/healing/test_loop_guard.py):

1. of one pair, at most `Limits.heals` heals begin in any `Limits.window`;
2. no heal of a pair begins while that pair is paused, and none at all while everything is paused or stopped;
3. each pause was told with one alert, or with a second one where a kill left open whether the first went out;
4. at most one heal runs at a time;
5. what a heal caused is never healed, nor is the healer itself;
6. a pause ends by itself at its time, or earlier when a person resets it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

HEALER = "bot.healing"
"""The component whose own errors are never healed."""


class Limits(BaseModel):
    """How often is too often."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    heals: int = 3
    """Of one pair in one window; the next one pauses the pair."""
    window: timedelta = timedelta(minutes=30)
    pause: timedelta = timedelta(minutes=60)
    returns: int = 5
    """How often a healed fault may come back within a day; then its pair pauses, however slowly it flaps."""
    all_heals: int = 10
    """Of all pairs in `all_window`; the next one pauses everything."""
    all_window: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(minutes=15)
    """A heal that runs longer than this was killed with its process, and holds up nobody any more."""


DAY = timedelta(days=1)
SKEW = timedelta(minutes=5)
"""By how much the clocks of two processes may differ."""
TELLING = timedelta(seconds=10)
"""How long a process may take to tell what it wrote down: until then another one does not tell it in its place."""


class Pair(BaseModel):
    """A playbook and the fault that it heals."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    playbook: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.playbook} for fault {self.fingerprint}"


class Attempt(BaseModel):
    """A heal that began."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    run_id: str
    pair: Pair
    at: datetime
    returned_at: datetime | None = None
    """When the fault came back after it."""


class Pause(BaseModel):
    """No heal of this pair, or of any when there is none, before a time."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    pair: Pair | None
    until: datetime
    why: str
    telling_since: datetime | None = None
    """When a process set about its alert; another one does when this was long ago, for it was killed."""
    told: bool = False
    """Whether its alert went out."""

    @property
    def alert(self) -> str:
        """What people are told: once."""
        what = "All healing" if self.pair is None else str(self.pair)
        return f"{what} is paused until {self.until:%H:%M} UTC. {self.why} /healing_resume ends the pause earlier."


class GuardState(BaseModel):
    """All that the guard remembers."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    attempts: tuple[Attempt, ...] = ()
    """Of the last day, oldest first."""
    pauses: tuple[Pause, ...] = ()
    running: Attempt | None = None
    stopped_by: str | None = None
    """Who pulled the kill switch."""


class Heal(BaseModel):
    """A heal that somebody wants to begin."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    run_id: str
    pair: Pair
    component: str = ""
    """Where the fault is: the innermost package of our own code."""
    caused_by: str | None = None
    """The run that caused the fault."""


class Verdict(BaseModel):
    """May it begin? If not: why, until when, and the alert that this very question brought about."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    allowed: bool
    reason: str = ""
    until: datetime | None = None
    alert: str | None = None


def ask(state: GuardState, heal: Heal, now: datetime, limits: Limits) -> tuple[GuardState, Verdict]:
    """The verdict, and the state after it: the heal counts from here when it is allowed."""
    state = _forget(state, now, limits)
    refusal = _standing_refusal(state, heal, now)
    if refusal is not None:
        return state, refusal
    tripped = _tripped(state, heal.pair, now, limits)
    if tripped is not None:
        return _paused(state, tripped)
    attempt = Attempt(run_id=heal.run_id, pair=heal.pair, at=now)
    return (
        state.model_copy(update={"attempts": (*state.attempts, attempt), "running": attempt}),
        Verdict(allowed=True),
    )


def go_on(state: GuardState, run_id: str, pair: Pair, now: datetime, limits: Limits) -> tuple[GuardState, bool]:
    """May this heal, whose process died, be driven on now? Not beside another one; it does not count once more."""
    state = _forget(state, now, limits)
    if state.running is not None and state.running.run_id != run_id:
        return state, False
    return state.model_copy(update={"running": Attempt(run_id=run_id, pair=pair, at=now)}), True


def ended(state: GuardState, run_id: str) -> GuardState:
    """The state after this heal ended, well or not."""
    if state.running is None or state.running.run_id != run_id:
        return state
    return state.model_copy(update={"running": None})


def returned(state: GuardState, fingerprint: str, now: datetime, limits: Limits) -> tuple[GuardState, Verdict | None]:
    """The state after a fault was seen again; with a verdict when its pair pauses for that."""
    state = _forget(state, now, limits)
    last = next((one for one in reversed(state.attempts) if one.pair.fingerprint == fingerprint), None)
    if last is None or last.returned_at is not None or last == state.running:
        return state, None
    marked = last.model_copy(update={"returned_at": now})
    state = state.model_copy(update={"attempts": tuple(marked if one == last else one for one in state.attempts)})
    times = sum(one.returned_at is not None for one in _of(state.attempts, last.pair))
    if times < limits.returns or _pause_of(state, last.pair, now) is not None:
        return state, None
    why = f"The fault came back {times} times within a day after {last.pair.playbook} had healed it."
    return _paused(state, Pause(pair=last.pair, until=now + limits.pause, why=why))


def reset(state: GuardState, pair: Pair | None) -> GuardState:
    """The state after a person freed this pair, or everything: what was counted is counted no more."""
    return state.model_copy(
        update={
            "attempts": tuple(one for one in state.attempts if pair is not None and one.pair != pair),
            "pauses": tuple(one for one in state.pauses if pair is not None and one.pair != pair),
        }
    )


def telling(state: GuardState, now: datetime) -> tuple[GuardState, list[Pause]]:
    """The pauses whose alert has to go out, and the state in which nobody else tells them meanwhile."""
    due = [pause for pause in state.pauses if not pause.told and not _is_being_told(pause, now)]
    begun = {"telling_since": now}
    pauses = tuple(pause.model_copy(update=begun) if pause in due else pause for pause in state.pauses)
    return state.model_copy(update={"pauses": pauses}), due


def told(state: GuardState, pause: Pause) -> GuardState:
    """The state after this pause's alert went out."""
    pauses = (
        one.model_copy(update={"told": True}) if (one.pair, one.until) == (pause.pair, pause.until) else one
        for one in state.pauses
    )
    return state.model_copy(update={"pauses": tuple(pauses)})


def _is_being_told(pause: Pause, now: datetime) -> bool:
    return pause.telling_since is not None and abs(now - pause.telling_since) < TELLING


def stop(state: GuardState, who: str) -> GuardState:
    """The state after the kill switch was pulled."""
    return state.model_copy(update={"stopped_by": who})


def resume(state: GuardState) -> GuardState:
    """The state after the kill switch was put back."""
    return state.model_copy(update={"stopped_by": None})


def _forget(state: GuardState, now: datetime, limits: Limits) -> GuardState:
    """The state without what is over, and without what a clock that was wrong put into the future."""
    running = state.running
    return state.model_copy(
        update={
            "attempts": tuple(one for one in state.attempts if now - DAY < one.at <= now + SKEW),
            "pauses": tuple(one for one in state.pauses if now < one.until <= now + limits.pause + SKEW),
            "running": running if running and now - limits.longest < running.at <= now + SKEW else None,
        }
    )


def _standing_refusal(state: GuardState, heal: Heal, now: datetime) -> Verdict | None:
    if state.stopped_by is not None:
        return Verdict(allowed=False, reason=f"Healing was stopped by {state.stopped_by}: /healing_resume starts it.")
    if heal.caused_by is not None:
        return Verdict(allowed=False, reason=f"Run {heal.caused_by} caused this fault: a person has to look.")
    if heal.component == HEALER or heal.component.startswith(f"{HEALER}."):
        return Verdict(allowed=False, reason="The fault is in the healer itself: a person has to look.")
    pause = _pause_of(state, heal.pair, now)
    if pause is not None:
        return Verdict(allowed=False, reason=pause.why, until=pause.until)
    if state.running is not None:
        return Verdict(allowed=False, reason=f"Run {state.running.run_id} is healing now: one heal at a time.")
    return None


def _pause_of(state: GuardState, pair: Pair, now: datetime) -> Pause | None:
    return next((one for one in state.pauses if one.until > now and one.pair in (None, pair)), None)


def _tripped(state: GuardState, pair: Pair, now: datetime, limits: Limits) -> Pause | None:
    lately = _since(state.attempts, now - limits.all_window)
    if len(lately) >= limits.all_heals:
        why = f"{len(lately)} heals began within {_minutes(limits.all_window)}: something larger is wrong."
        return Pause(pair=None, until=now + limits.pause, why=why)
    mine = _since(_of(state.attempts, pair), now - limits.window)
    if len(mine) >= limits.heals:
        why = f"{pair} began {len(mine)} times within {_minutes(limits.window)} and did not help."
        return Pause(pair=pair, until=now + limits.pause, why=why)
    return None


def _paused(state: GuardState, pause: Pause) -> tuple[GuardState, Verdict]:
    return (
        state.model_copy(update={"pauses": (*state.pauses, pause), "attempts": _uncounted(state.attempts, pause.pair)}),
        Verdict(allowed=False, reason=pause.why, until=pause.until, alert=pause.alert),
    )


def _uncounted(attempts: Iterable[Attempt], pair: Pair | None) -> tuple[Attempt, ...]:
    """A pause is longer than a window: what led to it must not count a second time, nor be told as a new return."""
    return tuple(one for one in attempts if pair is not None and one.pair != pair)


def _of(attempts: Iterable[Attempt], pair: Pair) -> list[Attempt]:
    return [one for one in attempts if one.pair == pair]


def _since(attempts: Iterable[Attempt], start: datetime) -> list[Attempt]:
    return [one for one in attempts if one.at > start]


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} minutes"
