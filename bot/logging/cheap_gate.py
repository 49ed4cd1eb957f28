"""The one cheap look that most lines are done with."""

from typing import Final


def may_hold(text: str) -> bool:
    """Whether the text may hold a secret; False is certain."""
    return True
