"""One mistake in a workflow file: where it stands, why it is one, and its mend."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Rule(NamedTuple):
    """A kind of mistake: its name, how bad it is, why it is one, and its mend."""

    name: str
    severity: Severity
    why: str
    mend: str


@dataclass(frozen=True, order=True)
class Finding:
    """A mistake at a line of a file."""

    path: str
    line: int
    """From 1."""
    rule: Rule
    what: str
    """What stands there, in a few words."""
