"""The judge under test: what the intake says of a record, with this repository's own globs and owners."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from bot.intake.code_owners import CodeOwners
from bot.intake.fault import Fault, Frame
from bot.intake.normalise import Judge
from bot.intake.repository import Repository
from bot.intake.rules import AreaRule, Rules, Table, packaged
from tests.intake_set.model import Record
from tests.intake_set.repository import areas, files, owner_lines

SEEN = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Judgement:
    """What was said of one record."""

    severity: str
    area: str | None
    owners: tuple[str, ...]


@cache
def judge() -> Judge:
    """The packaged rules, and an operator's table with the repository's areas before them."""
    own = Table(area=tuple(AreaRule(is_=area, paths=tuple(globs)) for area, globs in areas().items()))
    repository = Repository(lambda name: name in files(), CodeOwners(owner_lines()))
    return Judge(rules=Rules((own, packaged())), repository=repository)


def fault_of(record: Record) -> Fault:
    """The record as an adapter of its source makes it."""
    test = record.test
    return Fault(
        source=record.source,
        id=record.name,
        title=record.title,
        kind=record.type or (test.status if test else "error"),
        message=record.value,
        culprit=record.culprit,
        frames=tuple(Frame(file=each.file, function=each.function, own=each.in_app) for each in record.frames),
        level=test.status if test else record.level,
        count=record.times_seen,
        last_seen=SEEN,
        handled={"yes": True, "no": False}.get(record.tags.get("handled", "")),
        tags=record.tags,
        test=test.title if test else None,
        test_file=test.file if test else None,
    )


def judged(record: Record) -> Judgement:
    """What the intake says."""
    task = judge().task_of(fault_of(record))
    owners = tuple(each for each in task.owner.split() if each.startswith("@"))
    return Judgement(task.severity, task.area, owners)
