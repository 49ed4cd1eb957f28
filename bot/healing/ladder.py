"""One run's steps: each checked, taken, verified, and put back when a later one fails; every move is saved first."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.healing.host import (
    CUT_OFF,
    Action,
    ActionUnknown,
    CannotHeal,
    Host,
    NeedsPatch,
    NotNeeded,
    RetryAfter,
    Told,
)
from bot.healing.playbook import Playbook
from bot.records.playbook_run import PlaybookRun, StepState, StepTaken

MOST_TRIES = 5
"""How often one step is tried when it asks for time."""
LONGEST_WAIT = 60.0
"""Seconds between two tries, at most."""

UNTOLD = "Its end was not written down: the bot was stopped, or its store was away."

Result = TypeVar("Result")
Save = Callable[[PlaybookRun], Awaitable[PlaybookRun]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Takes a run up its playbook's steps, or back down."""

    host: Host
    save: Save
    clock: Callable[[], datetime]
    redact: Callable[[str], str]
    sleep: Sleep = asyncio.sleep

    async def climb(self, run: PlaybookRun, playbook: Playbook) -> PlaybookRun:
        """Take the steps that are not taken yet.

        Raises NeedsPatch and CannotHeal, with what was taken saved; StaleRecord when somebody else has the run.
        """
        settled = {step.action for step in run.steps if step.state in ("done", "skipped")}
        for name in playbook.steps:
            if name not in settled:
                run = await self._take(run, name)
        return run

    async def resume(self, run: PlaybookRun) -> PlaybookRun:
        """A step in whose middle the process died: done if its verification says so. Raises CannotHeal if not."""
        acting = next((step for step in run.steps if step.state == "acting"), None)
        if acting is None:
            return run
        try:
            action = self.host.action(acting.action)
        except ActionUnknown as error:
            raise CannotHeal(str(error)) from error
        if not action.survives:
            raise CannotHeal(f"The bot was stopped, or its store was away, in the middle of {acting.action}.")
        await outcome(action.verify(run.facts), action.seconds)
        run = run.evolve(facts={**run.facts, CUT_OFF: acting.action})
        return await self._note(run, acting.action, "done", acting.said or UNTOLD)

    async def descend(self, run: PlaybookRun) -> tuple[PlaybookRun, list[str]]:
        """Put back what was done, the last step first; returns what could not be put back, a sentence each."""
        left: list[str] = []
        for step in reversed(run.steps):
            if step.state not in ("acting", "done", "failed"):
                continue
            try:
                said = await self._undo(run, step)
            except (CannotHeal, RetryAfter, NeedsPatch, NotNeeded, ActionUnknown) as error:
                left.append(f"{step.action} could not be put back: {error}")
                run = await self._note(run, step.action, "failed", f"It could not be put back: {error}")
                continue
            run = await self._note(run, step.action, "undone", said)
        return run, left

    async def rehearse(self, playbook: Playbook, facts: Mapping[str, str]) -> list[StepTaken]:
        """What each step would do now: its checks are asked, and nothing is done."""
        told: list[StepTaken] = []
        for name in playbook.steps:
            state, said = await self._foretold(name, facts)
            told.append(StepTaken(action=name, state=state, at=self.clock(), said=self.redact(said)))
        return told

    async def _foretold(self, name: str, facts: Mapping[str, str]) -> tuple[StepState, str]:
        try:
            action = self.host.action(name)
            await outcome(action.precheck(facts), action.seconds)
        except NotNeeded as reason:
            return "skipped", f"would be skipped: {reason}"
        except (CannotHeal, RetryAfter, NeedsPatch, ActionUnknown) as reason:
            return "failed", f"would end here: {reason}"
        return "done", f"would {action.does}" + ("" if action.undo else "; nothing of it can be put back")

    async def _take(self, run: PlaybookRun, name: str) -> PlaybookRun:
        try:
            action = self.host.action(name)
            await outcome(action.precheck(run.facts), action.seconds)
        except NotNeeded as reason:
            return await self._note(run, name, "skipped", str(reason))
        except ActionUnknown as error:
            raise CannotHeal(str(error)) from error
        run = await self._note(run, name, "acting", "")
        told = await self._tried(run, name, action)
        run = run.evolve(facts={**run.facts, **told.facts})
        return await self._note(run, name, "done", told.said, changed=told.changed)

    async def _tried(self, run: PlaybookRun, name: str, action: Action) -> Told:
        for number in range(1, MOST_TRIES + 1):
            facts = {**run.facts, "try": str(number)}
            try:
                told = await outcome(action.act(facts), action.seconds)
                told = told if isinstance(told, Told) else Told(told, {})
                await outcome(action.verify({**facts, **told.facts}), action.seconds)
            except RetryAfter as later:
                if number == MOST_TRIES:
                    raise CannotHeal(f"{name} did not come through in {number} tries: {later}") from later
                await self.sleep(min(later.seconds, LONGEST_WAIT))
            else:
                return told
        raise AssertionError("the last try returns or raises")

    async def _undo(self, run: PlaybookRun, step: StepTaken) -> str:
        action = self.host.action(step.action)
        if action.undo is None:
            cut_off = "It did not come to its end; how much of it was done is not known, and it has no way back."
            return cut_off if step.state == "acting" else "There was nothing to put back."
        told = await outcome(action.undo(run.facts), action.seconds)
        return told.said if isinstance(told, Told) else told

    async def _note(
        self, run: PlaybookRun, name: str, state: StepState, said: str, *, changed: bool = True
    ) -> PlaybookRun:
        step = StepTaken(action=name, state=state, at=self.clock(), said=self.redact(said), changed=changed)
        return await self.save(run.with_step(step))


async def outcome(part: Coroutine[object, object, Result], seconds: float) -> Result:
    """What a part of an action returns; it runs in a task of its own, so that whatever it raises is told as CannotHeal.

    Raises RetryAfter, NeedsPatch, CannotHeal, NotNeeded.
    """
    task = asyncio.create_task(contained(part))
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise CannotHeal(f"It took longer than {seconds:g} s.")
        if task.cancelled():
            raise CannotHeal("It was cut off.")
        error = task.exception()
    finally:
        task.cancel()
    if error is None:
        return task.result()
    if isinstance(error, RetryAfter | NeedsPatch | CannotHeal | NotNeeded | KeyboardInterrupt):
        raise error
    raise CannotHeal(f"{type(error).__name__}: {error}") from error


async def contained(part: Coroutine[object, object, Result]) -> Result:
    """What the part returns; one that would end the whole process does not, and cannot heal."""
    try:
        return await part
    except SystemExit as error:
        raise CannotHeal(f"It asked for the end of the process (SystemExit {error.code}).") from error
