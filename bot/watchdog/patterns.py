"""The patterns of log lines, read from a TOML file: what they look for, how often it may come, what is asked then."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.events.event import Severity
from bot.setting_values import SERVICE_NAME
from bot.watchdog.runaway import Needs, RunsAway, check_runaway, needed_texts

SHIPPED = Path(__file__).with_name("patterns.toml")
MOST_PATTERNS = 500
ACTIONS = ("GENERAL_RESTART", "CODEX_FIX_FILE", "RESTART_SERVICE", "CHECK_DB_HEALTH")
Action = Literal["GENERAL_RESTART", "CODEX_FIX_FILE", "RESTART_SERVICE", "CHECK_DB_HEALTH"]


PLAYBOOK = r"^[a-z][a-z0-9_.-]{0,36}$"


class PatternsRefused(Exception):
    """The file cannot be used; `problems` are sentences that name file, pattern and reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Pattern(BaseModel):
    """One pattern. Its groups `file`, `line` and `service` are used where it has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")]
    regex: Annotated[str, Field(min_length=1, max_length=1000)]
    severity: Severity = "medium"
    max_streak: Annotated[int, Field(ge=0, le=100_000)] = 0
    """So many are let pass: one more is told."""
    window_seconds: Annotated[float, Field(gt=0)] | None = None
    """Within this time; without it, one right after the other in the same log."""
    action: Action | None = None
    playbook: Annotated[str, Field(pattern=PLAYBOOK)] | None = None
    """The playbook that is asked for, where no action is; its host has to have it."""
    heal: bool = True
    """False: it is only told, for nothing that a playbook does would help."""
    argument: str = ""
    """The service of RESTART_SERVICE, unless the group `service` says it."""
    own_log: bool = True
    """Whether the bot's own log is looked at, too: there, a line's level says what a general pattern would."""
    cooldown_seconds: Annotated[float, Field(ge=0)] = 300.0
    """Between two requests for the action."""

    @model_validator(mode="after")
    def check_action(self) -> "Pattern":
        """An action needs what it acts on; only one thing can be asked for."""
        if (self.action, self.playbook, None if self.heal else False).count(None) < 2:
            raise ValueError("write one of action, playbook and heal = false")
        groups = re.compile(self.regex, re.IGNORECASE).groupindex
        if self.action == "RESTART_SERVICE" and "service" not in groups and not SERVICE_NAME.fullmatch(self.argument):
            raise ValueError("RESTART_SERVICE needs the service's name as its argument, or a group (?P<service>…)")
        return self


@dataclass(frozen=True)
class Compiled:
    """A pattern, ready to be met."""

    pattern: Pattern
    needs: tuple[Needs, ...] = ((),)
    """By alternative, sets of lower-case texts, the rarest first: a line that meets it has one of each set of one."""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What a line is searched for; compiled for the first line that has the texts it needs."""
        return re.compile(self.pattern.regex, re.IGNORECASE)


def read_patterns(path: Path) -> list[Compiled]:
    """The patterns of this file, in its order. Raises PatternsRefused with every problem at once."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("pattern", [])
    except (OSError, ValueError, RecursionError) as error:
        raise PatternsRefused([f"WATCHDOG_PATTERNS: {path} cannot be read as TOML: {error}."]) from error
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise PatternsRefused([f"WATCHDOG_PATTERNS: {path}: write each pattern under a heading [[pattern]]."])
    problems: list[str] = []
    found: dict[str, Compiled] = {}
    for number, table in enumerate(tables[:MOST_PATTERNS], 1):
        name = str(table.get("id", f"number {number}"))[:80]
        try:
            compiled = compiled_from(table)
            if path != SHIPPED:  # those are known to compile
                re.compile(compiled.pattern.regex, re.IGNORECASE)
        except (re.error, RunsAway, ValidationError, RecursionError, OverflowError) as error:
            problems.append(f"WATCHDOG_PATTERNS: {path}: pattern {name}: {reason_of(error)}.")
        else:
            problems += [f"WATCHDOG_PATTERNS: {path}: pattern {name} is there twice."] if name in found else []
            found[name] = compiled
    if len(tables) > MOST_PATTERNS:
        problems.append(f"WATCHDOG_PATTERNS: {path} has more than {MOST_PATTERNS} patterns.")
    if problems:
        raise PatternsRefused(problems)
    return list(found.values())


def compiled_from(table: dict[str, object]) -> Compiled:
    """One pattern. Raises re.error, RunsAway, ValidationError."""
    regex = table.get("regex")
    if isinstance(regex, str):
        check_runaway(regex)
    pattern = Pattern.model_validate(table)
    return Compiled(pattern, needed_texts(pattern.regex))


def reason_of(error: Exception) -> str:
    """What is wrong with a pattern, as the rest of a sentence."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return f"{where}: {first['msg']}".removeprefix(": ").replace("Value error, ", "")
    return f"regex: {error}"
