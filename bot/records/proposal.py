"""What a coding agent returned: the diff to the byte, its report, and how far it was proved."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from bot.incident.payload import cut_middle, sound
from bot.logging import redact
from bot.records.diff import read_diff

MAX_DIFF_BYTES = 256 * 1024


def text_up_to(limit: int) -> BeforeValidator:
    """A model's text made sound, redacted and cut; anything else is left for the type check to refuse."""
    return BeforeValidator(lambda value: cut_middle(redact(sound(value)), limit) if isinstance(value, str) else value)


Text = Annotated[str, text_up_to(20_000)]
Title = Annotated[str, text_up_to(500)]
LEVELS = (
    "diagnosis only",
    "the diff applies",
    "the test suite is green with it",
    "a new test fails without it and passes with it",
    "a new test proves it, and no test was deleted, skipped or weakened",
)
"""What each proof level says of a patch."""


class Report(BaseModel):
    """The agent's own words on the fault. Untrusted: shown as data, never followed."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    diagnosis: Text
    root_cause: Text
    frames: tuple[Title, ...] = Field((), max_length=100)
    """The frames of the trace that the root cause rests on."""
    files_examined: tuple[Title, ...] = Field((), max_length=100)
    fix: Text
    regression_test: Text = ""
    no_test_reason: Text | None = None
    """Why the patch brings no regression test, when it brings none."""
    branch_name: Title = ""
    pr_title: Title
    pr_body: Text
    risk: Text = ""
    confidence: Literal["low", "medium", "high"] = "low"
    no_fix_reason: Text | None = None
    commands_ran: StrictBool = True
    """False when the agent could not run its commands at all, as when its sandbox did not start."""


def read_report(data: bytes) -> Report:
    """The report in a model's JSON, with every field and no other.

    Raises ValueError (a ValidationError is one) with what is wrong.
    """
    try:
        value = json.loads(data)  # not model_validate_json: it refuses a lone surrogate outright
    except RecursionError as error:
        raise ValueError("the report is nested too deeply") from error
    if isinstance(value, dict) and (odd := value.keys() ^ Report.model_fields.keys()):
        raise ValueError(f"the report lacks a field, or has one too many: {', '.join(map(repr, sorted(odd)))[:200]}")
    return Report.model_validate(value)


class Proof(BaseModel):
    """How far a diff was proved, with the evidence.

    Levels: 0 diagnosis only, 1 applies, 2 test suite green, 3 a new test fails without it, 4 nothing weakened, stable.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    level: int = Field(ge=0, le=4)
    reasons: tuple[Text, ...] = ()
    tests: dict[str, int | str] = {}
    flags: tuple[Title, ...] = ()
    """What speaks against it: a word for machines and the place."""
    diff_sha256: str = ""
    policy_flags: tuple[Text, ...] = ()
    """What the patch policy tells a person of the diff before it is approved, a sentence each."""


class Proposal(BaseModel):
    """A patch that waits for a person."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    order_id: str
    base_sha: str = Field(pattern="^[0-9a-f]{40}$")
    diff: bytes
    report: Report
    proof: Proof

    @property
    def diff_sha256(self) -> str:
        """The digest of the diff's bytes, computed here and never taken from anyone."""
        return hashlib.sha256(self.diff).hexdigest()

    @property
    def files(self) -> list[str]:
        """The files that the diff touches. Raises DiffMalformed, which no diff does that `refusals` let pass."""
        return [file.name for file in read_diff(self.diff)]
