"""What a pull request shows of an incident: where it broke and how, without a word that anybody wrote in a chat."""

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.incident.payload import Incident
from bot.incident.traceback_reading import frames_in

RAISED = re.compile(r"^(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Z]\w{0,80}(?=:|\s*$)", re.MULTILINE)
PLAIN = re.compile(r"[^\w./<>-]")
SHOWN_FRAMES = 8


class Evidence(BaseModel):
    """The kind of exception and the innermost frames; messages, which may quote people, are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    exception: str = Field("", max_length=200)
    frames: tuple[str, ...] = Field((), max_length=SHOWN_FRAMES)
    """`path:line in function`, the innermost last."""
    severity: str = Field("", max_length=20)
    build: str = Field("", max_length=200)


def evidence_of(incident: Incident) -> Evidence:
    """The evidence in an incident's trace."""
    trace = incident.stack_trace or ""
    frames = [f"{shortened(path)}:{line} in {PLAIN.sub('?', function)}" for path, line, function in frames_in(trace)]
    raised = RAISED.findall(trace) if frames else []
    return Evidence(
        exception=raised[-1] if raised else "",
        frames=tuple(frames[-SHOWN_FRAMES:]),
        severity=incident.severity,
        build=incident.build if re.fullmatch("[0-9a-f]{7,40}", incident.build) else "",
    )


def read_evidence(data: bytes | None) -> Evidence:
    """The evidence in a run's file; empty when there is none or it is of another form."""
    try:
        return Evidence.model_validate_json(data or b"{}")
    except ValidationError:
        return Evidence()


def shortened(path: str) -> str:
    """The last four parts of a path, of plain characters only: enough to find the file, nothing of the machine."""
    return PLAIN.sub("?", "/".join(path.replace("\\", "/").split("/")[-4:]))
