"""The table of rules: what an error weighs, where it is and whose it is; the first match wins."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.events.event import Severity
from bot.intake.code_owners import glob_matches
from bot.intake.fault import Fault

MAX_LOOKED_AT = 2_000
"""Characters of an error that its rules look at."""


class RulesUnreadable(Exception):
    """A table of rules is not of its form; the sentence names the file and the place."""


def compiled(value: object) -> tuple[re.Pattern[str], ...]:
    """Regular expressions, ready to be looked for. Raises ValueError."""
    if not isinstance(value, list | tuple):
        raise ValueError("it is not a list of regular expressions")  # noqa: TRY004 - what pydantic tells of
    try:
        return tuple(re.compile(str(each), re.IGNORECASE | re.MULTILINE) for each in value)
    except (re.error, OverflowError, RecursionError) as error:
        pattern = getattr(error, "pattern", "one of them")
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def compiled_values(value: object) -> object:
    """A regular expression for each name. Raises ValueError."""
    return {key: compiled([each])[0] for key, each in value.items()} if isinstance(value, dict) else value


Patterns = Annotated[tuple[re.Pattern[str], ...], BeforeValidator(compiled)]


Wanted = Annotated[Mapping[str, re.Pattern[str]], BeforeValidator(compiled_values)]


class Rule(BaseModel):
    """One row: every condition that it names must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    why: str = ""
    any: Patterns = ()
    levels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    handled: bool | None = None
    tags: Wanted = {}

    def holds(self, fault: Fault, text: str) -> bool:
        """Do all conditions hold for this fault?"""
        return (
            (not self.levels or fault.level in self.levels)
            and (not self.sources or fault.source in self.sources)
            and (not self.platforms or fault.platform in self.platforms)
            and (self.handled is None or fault.handled is self.handled)
            and all(pattern.fullmatch(fault.tags.get(name, "")) for name, pattern in self.tags.items())
            and (not self.any or any(pattern.search(text) for pattern in self.any))
        )


class SeverityRule(Rule):
    """A row of `[[severity]]`."""

    is_: Severity


class PlaceRule(Rule):
    """A row that may look at the file, too."""

    paths: tuple[str, ...] = ()

    def holds_at(self, fault: Fault, text: str, paths: tuple[str, ...]) -> bool:
        """Do all conditions hold for this fault, whose files these are?"""
        at = not self.paths or any(glob_matches(glob, path) for path in paths for glob in self.paths)
        return at and self.holds(fault, text)


class AreaRule(PlaceRule):
    """A row of `[[area]]`."""

    is_: str = Field(pattern="^[a-z][a-z0-9_-]{0,39}$")


class OwnerRule(PlaceRule):
    """A row of `[[owner]]`."""

    is_: str
    areas: tuple[str, ...] = ()


class Table(BaseModel):
    """A whole file of rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: tuple[SeverityRule, ...] = ()
    area: tuple[AreaRule, ...] = ()
    owner: tuple[OwnerRule, ...] = ()


@dataclass(frozen=True)
class Rules:
    """An operator's table before the packaged one."""

    tables: tuple[Table, ...]

    def severity(self, fault: Fault) -> tuple[Severity, str]:
        """What the fault weighs, and why."""
        text = looked_at(fault)
        for rule in (rule for table in self.tables for rule in table.severity):
            if rule.holds(fault, text):
                return rule.is_, rule.why
        return "medium", "no rule says otherwise"

    def area(self, fault: Fault, paths: tuple[str, ...]) -> str:
        """The part of the project."""
        text = looked_at(fault)
        rules = (rule for table in self.tables for rule in table.area)
        return next((rule.is_ for rule in rules if rule.holds_at(fault, text, paths)), "backend")

    def owner(self, fault: Fault, paths: tuple[str, ...], area: str) -> str | None:
        """Whose it is by the table; None when no row says."""
        text = looked_at(fault)
        rules = (rule for table in self.tables for rule in table.owner if not rule.areas or area in rule.areas)
        return next((rule.is_ for rule in rules if rule.holds_at(fault, text, paths)), None)


def looked_at(fault: Fault) -> str:
    """The text that rules look at."""
    return "\n".join((f"{fault.kind}: {fault.message}"[:MAX_LOOKED_AT], fault.title[:MAX_LOOKED_AT]))


def read_table(text: str, name: str) -> Table:
    """A table from its TOML. Raises RulesUnreadable."""
    try:
        told = tomllib.loads(text)
        rows = {key: [renamed(row) for row in value] for key, value in told.items() if isinstance(value, list)}
        return Table.model_validate({**told, **rows})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulesUnreadable(f"{name} is not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part).rstrip("_") for part in first["loc"])
        raise RulesUnreadable(f"{name}: {where} is wrong: {first['msg'].removeprefix('Value error, ')}.") from error


def renamed(row: object) -> object:
    """A row whose `is`, a word of Python's own, has its field's name."""
    return {f"{key}_" if key == "is" else key: value for key, value in row.items()} if isinstance(row, dict) else row


@cache
def packaged() -> Table:
    """The table that comes with the package."""
    return read_table(files("bot.intake").joinpath("rules.toml").read_text(encoding="utf-8"), "rules.toml")


def load_rules(own: Path | None = None) -> Rules:
    """The rules, an operator's own first. Raises RulesUnreadable."""
    if own is None:
        return Rules((packaged(),))
    try:
        return Rules((read_table(own.read_text(encoding="utf-8"), str(own)), packaged()))
    except (OSError, UnicodeDecodeError) as error:
        raise RulesUnreadable(f"INTAKE_RULES: {own} cannot be read as UTF-8 text: write the table there.") from error
