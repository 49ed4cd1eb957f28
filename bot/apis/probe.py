"""Whether an outside service answers, as a status may show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """One look at a service: did it answer as it should, after how long, and if not, why (a sentence)."""

    ok: bool
    latency_ms: int
    reason: str = ""
