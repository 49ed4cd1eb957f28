"""A drill: one fault played through the whole real path in a local world, each step timed and scored."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.story import FAILURES, play
from bot.sandbox.story_steps import Step, Steps

LONGEST = 60.0
"""Seconds from the fault to its being verified as gone."""
PLAN = ("break", "logs", "propose", "refuse", "publish", "compare", "check", "merge", "deploy", "use", "verify")
"""The steps of the whole path, in their order."""


def score(steps: Steps, why: str = "", plan: Sequence[str] = PLAN, longest: float = LONGEST) -> dict[str, Any]:
    """What a drill came to: passed only when each planned step ended well in its time, and all together in theirs."""
    taken = {step.name: step for step in steps.taken}
    seconds = sum(step.seconds for step in steps.taken)
    good = [name for name in plan if name in taken and taken[name].is_good]
    return {
        "passed": len(good) == len(plan) and seconds <= longest,
        "score": f"{len(good)}/{len(plan)}",
        "seconds": round(seconds, 1),
        "limit": longest,
        "why": why or None,
        "steps": [shown(name, taken.get(name)) for name in plan],
    }


def shown(name: str, step: Step | None) -> dict[str, Any]:
    """One step's line: passed, late, failed, or not reached."""
    if step is None:
        return {"name": name, "verdict": "not reached"}
    verdict = "passed" if step.is_good else "late" if step.is_done else "failed"
    return {"name": name, "verdict": verdict, "seconds": round(step.seconds, 1), "limit": step.limit}


def tell_score(told: dict[str, Any], *, as_json: bool) -> int:
    """Print what a drill came to. Returns the exit code."""
    if as_json:
        print(json.dumps(told, indent=1), flush=True)
        return 0 if told["passed"] else 1
    for each in told["steps"]:
        times = f"{each['seconds']:6.1f} s of {each['limit']:g}" if "seconds" in each else ""
        print(f"  {each['name']:9} {each['verdict']:12} {times}".rstrip())
    print(
        f"Drill {'passed' if told['passed'] else 'failed'}: {told['score']} steps in {told['seconds']} s.", flush=True
    )
    if told["why"]:
        print(f"❌ {told['why']}", file=sys.stderr)
    return 0 if told["passed"] else 1


def drill(*, as_json: bool = False) -> int:
    """`python -m bot drill [--json]`; returns 0 only when every step passed, 1 else."""
    steps = Steps(out=sys.stderr if as_json else sys.stdout)
    why = ""
    with tempfile.TemporaryDirectory(prefix="suture-drill-") as folder:
        try:
            asyncio.run(play(Path(folder, "world"), None, "verified", steps))
        except FAILURES as error:
            why = str(error)
    return tell_score(score(steps, why), as_json=as_json)
