"""A fault as the engine takes it in, whoever asks for its heal."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A fault that somebody wants healed."""

    fingerprint: str
    error_type: str
    summary: str
    component: str = ""
    incident_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    caused_by: str | None = None
    """The run that caused it."""
    asked_by: str = "bot"
