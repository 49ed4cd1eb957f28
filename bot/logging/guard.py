"""The log handler's guard: whatever happens inside logging stays inside logging."""

from collections.abc import Callable
from typing import TypeVar

Outcome = TypeVar("Outcome")
Other = TypeVar("Other")


def attempt(act: Callable[[], Outcome], otherwise: Callable[[Exception], Other]) -> Outcome | Other:
    """Run `act`; whatever it raises becomes `otherwise(error)`, so that a log call never raises in its caller."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - a log record may hold any object, and any of them may raise anything
        return otherwise(error)
