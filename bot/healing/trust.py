"""How far a playbook or a component is trusted: from 0 to 1, moved only by what was verified."""

GAIN = 0.6
"""The part of the gap to 1 that one verified success closes."""
KEPT = 0.6
"""The part of the trust that is left after one failure or regression."""
AT_FIRST = 0.5
"""The trust of what was never tried."""


def after_success(trust: float) -> float:
    """The trust after a verified success."""
    return trust + GAIN * (1 - trust)


def after_failure(trust: float) -> float:
    """The trust after a failure or a regression."""
    return KEPT * trust
