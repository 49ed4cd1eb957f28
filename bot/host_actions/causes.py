"""Why something timed out or went wrong: configuration, data or code, told from the traceback and the place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.healing.host import Action, CannotHeal, Facts, NeedsPatch, NotNeeded, Told
from bot.healing.host_parts import HostParts, TimeLimit
from bot.healing.origin import own_files, waits_outside
from bot.records.store import Notes

RAISE_BY = 2.0
NOTE = "time_limit:{}"
DATA_ERRORS = re.compile(r"\b(SheetForeign|SheetUnavailable|StoreUnavailable|UnicodeDecodeError|ValidationError)\b")
"""Exceptions that speak of what came in, not of the code that read it."""


def limit_of(parts: HostParts, facts: Facts) -> TimeLimit | None:
    """The time limit of the pipeline that the fault is about, if the host has one."""
    told = " ".join((facts.get("pipeline", ""), facts.get("error", ""), facts.get("trace", "")[-500:]))
    exact = parts.limits.get(facts.get("pipeline", ""))
    return exact or next((limit for name, limit in parts.limits.items() if name in told), None)


@dataclass(frozen=True)
class Causes:
    """Looks for the cause, and raises a time limit where that is all it takes."""

    parts: HostParts
    notes: Notes

    async def of_timeout(self, facts: Facts) -> Told:
        """Tell whether a limit is too short or our own code too slow. Raises CannotHeal when it is neither's."""
        files = own_files(facts.get("trace", ""))
        if files and not waits_outside(facts.get("trace", "")):
            return Told(f"Our own code took too long: {files[-1]}.", {"cause": "code"}, changed=False)
        limit = limit_of(self.parts, facts)
        if limit is not None and limit.read() * RAISE_BY <= limit.most:
            now = limit.read()
            noted = {"cause": "limit", "limit": limit.pipeline, "limit_before": str(now)}
            return Told(f"{limit.pipeline} may take {now:g} s, which was too short.", noted, changed=False)
        if limit is not None:
            said = f"{limit.pipeline} has its longest limit already, {limit.read():g} s."
            return Told(said, {"cause": "code"}, changed=False)
        place = facts.get("pipeline") or facts.get("culprit")
        if place or facts.get("trace"):
            where = place or "the place"
            raise CannotHeal(f"No time limit of this bot governs {where}, and no code of ours is in the trace.")
        return Told("It names no pipeline whose limit could be raised.", {"cause": "code"}, changed=False)

    async def is_code(self, facts: Facts) -> Told:
        """Raises NeedsPatch when only faster code helps."""
        if facts.get("cause") == "code":
            raise NeedsPatch(f"A longer limit would not help: {said_of(facts)}")
        return Told("It is the limit, not the code.", {}, changed=False)

    async def raise_limit(self, facts: Facts) -> str:
        """Double what the limit was when it was looked at, at most to its bound, and keep that over a restart."""
        limit = self.parts.limits.get(facts.get("limit", ""))
        if limit is None:
            raise CannotHeal("The time limit is not there any more.")
        before = float(facts["limit_before"])
        after = min(before * RAISE_BY, limit.most)
        await self._set(limit, after)
        return f"{limit.pipeline} may take {after:g} s from now on, before {before:g} s."

    async def put_limit_back(self, facts: Facts) -> str:
        """The limit as it was before."""
        limit = self.parts.limits.get(facts.get("limit", ""))
        if limit is None:
            return "No limit was changed."
        await self._set(limit, float(facts["limit_before"]))
        return f"{limit.pipeline} may take {facts['limit_before']} s again."

    async def restore(self) -> None:
        """After a start: the limits that were raised before. Raises StoreUnavailable."""
        for limit in self.parts.limits.values():
            kept = await self.notes.read(NOTE.format(limit.pipeline))
            if kept:
                limit.write(min(max(float(kept), limit.read()), limit.most))

    async def _set(self, limit: TimeLimit, seconds: float) -> None:
        await self.notes.write({NOTE.format(limit.pipeline): str(seconds)})
        limit.write(seconds)

    async def of_failure(self, facts: Facts) -> Told:
        """Tell what is known of the failure."""
        files = own_files(facts.get("trace", "")) or own_files(facts.get("file", ""))
        cause = "data" if not files and DATA_ERRORS.search(facts.get("error", "")) else "logic"
        where = files[-1] if files else facts.get("file") or facts.get("culprit") or "an unknown place"
        return Told(f"It looks like {cause}, in {where}.", {"cause": cause, "where": where}, changed=False)

    async def is_logic(self, facts: Facts) -> str:
        """Raises NeedsPatch when the code is wrong, CannotHeal when what came in is."""
        if facts.get("cause") == "data":
            raise CannotHeal(f"The data is wrong, not the code: {said_of(facts)}")
        raise NeedsPatch(f"The code in {facts.get('where', 'an unknown place')} is wrong: {said_of(facts)}")

    async def has_trace_or_words(self, facts: Facts) -> None:
        """Raises NotNeeded when there is nothing to look at."""
        if not any(facts.get(name) for name in ("trace", "error", "file", "culprit")):
            raise NotNeeded("The fault comes with no traceback and no words to look at.")

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "analyze_timeout_cause": Action(does="look for what was too slow", act=self.of_timeout),
            "check_if_code_issue": Action(does="ask for a patch if it is code", act=self.is_code),
            "apply_config_timeout": Action(
                does="double the time limit, within its bound", act=self.raise_limit, undo=self.put_limit_back
            ),
            "analyze_failure_reason": Action(
                does="look for where it went wrong", act=self.of_failure, precheck=self.has_trace_or_words
            ),
            "check_data_vs_logic_issue": Action(does="ask for a patch if the logic is wrong", act=self.is_logic),
        }


def said_of(facts: Facts) -> str:
    """The fault in its own words, short."""
    return " ".join(facts.get("error", "").split())[:300] or "see the incident"
