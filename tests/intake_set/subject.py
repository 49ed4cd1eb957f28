"""The judge under test: what the bot says of a record."""

from dataclasses import dataclass

from tests.intake_set.model import Record, Severity

BY_LEVEL: dict[str, Severity] = {"fatal": "blocker", "error": "high", "warning": "medium", "info": "low"}


@dataclass(frozen=True)
class Judgement:
    """What was said of one record."""

    severity: str
    area: str | None
    owners: tuple[str, ...]


def judged(record: Record) -> Judgement:
    """What a program that reads the level alone would say."""
    return Judgement(BY_LEVEL[record.level], None, ())
