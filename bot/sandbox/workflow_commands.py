"""What steps tell the runner: command files, `::commands::` in their output, and secrets masked in what is kept."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from bot.sandbox.github_records import Annotation
from bot.sandbox.workflow_values import WorkflowError

_COMMAND = re.compile(r"\s*::(?P<name>[^\s:]+)(?:\s+(?P<properties>.*?))?::(?P<data>.*)")
_ASSIGNMENT = re.compile(r"(?P<name>[^=<]*(?:<(?!<)[^=<]*)*)(?P<sign>=|<<)(?P<value>.*)", re.DOTALL)
_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}
_RETIRED = frozenset({"set-output", "save-state", "set-env", "add-path"})
_MAX_KEPT = 1024 * 1024


class Masker:
    """Replaces known secrets in texts; also their base64, JSON and URL forms."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, secret: str) -> None:
        """Mask this value from now on, each line of it for itself."""
        for line in filter(None, (part.strip() for part in secret.splitlines())):
            encoded = base64.b64encode(line.encode()).decode()
            self._values |= {line, encoded, json.dumps(line)[1:-1], quote(line, safe="")}

    def mask(self, text: str) -> str:
        """The text with `***` for each secret, longer ones first."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, "***")
        return text

    def is_clean(self, text: str) -> bool:
        """Whether the text holds no secret."""
        return self.mask(text) == text


@dataclass
class StepLog:
    """The lines and annotations of one step, masked as they come."""

    masker: Masker
    step: str
    lines: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    _kept: int = 0
    _stop_word: str = ""

    def say(self, line: str) -> None:
        """Keep a line of the runner's own."""
        masked = self.masker.mask(line)
        self._kept += len(masked)
        if self._kept <= _MAX_KEPT:
            self.lines.append(masked)
        elif self.lines[-1] != "… the rest of this step's output was not kept":
            self.lines.append("… the rest of this step's output was not kept")

    def note(self, level: str, message: str) -> None:
        """Annotate and say it."""
        self.say(f"##[{level}]{message}")
        shown = self.masker.mask(message)
        self.annotations.append(Annotation(level=_LEVELS[level], message=shown, step=self.step))

    def take(self, output: str) -> None:
        """Keep what a step printed and obey the commands in it."""
        for line in output.splitlines():
            match = _COMMAND.fullmatch(line)
            if match is None or (self._stop_word and match.group("name") != self._stop_word):
                self.say(line)
            else:
                self._obey(match, line)

    def _obey(self, match: re.Match[str], line: str) -> None:
        name, data = match.group("name"), unquote(match.group("data"), errors="replace")
        if self._stop_word:
            self._stop_word = ""
        elif name == "stop-commands":
            self._stop_word = data.strip()
        elif name == "add-mask":
            self.masker.add(data)
            self.say("::add-mask::***")
        elif name in _RETIRED:
            self.note("warning", f"The command {name} is retired and was ignored; write to the command files instead.")
        elif name in _LEVELS:
            self._annotate(name, match.group("properties") or "", data)
        else:
            self.say(line)

    def _annotate(self, name: str, properties: str, message: str) -> None:
        pairs = (part.partition("=") for part in properties.split(","))
        known = {key.strip(): unquote(value.strip()) for key, _, value in pairs if value}
        line = known.get("line", "")
        self.say(f"##[{name}]{message}")
        annotation = Annotation(
            level=_LEVELS[name],
            message=self.masker.mask(message),
            title=self.masker.mask(known.get("title", "")),
            path=known.get("file", ""),
            line=int(line) if line.isdigit() else None,
            step=self.step,
        )
        self.annotations.append(annotation)


def read_assignments(text: str, file: str) -> dict[str, str]:
    """The `name=value` and `name<<END … END` entries of a command file; raises WorkflowError on any other line."""
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        match = _ASSIGNMENT.fullmatch(line)
        if match is None or not match.group("name").strip():
            raise WorkflowError(f"Unable to process file command {file!r}: invalid format {line[:80]!r}.")
        name, value = match.group("name").strip(), match.group("value")
        values[name] = value if match.group("sign") == "=" else _read_until(lines, value, file)
    return values


def _read_until(lines: Iterator[str], end: str, file: str) -> str:
    kept: list[str] = []
    for line in lines:
        if line == end:
            return "\n".join(kept)
        kept.append(line)
    raise WorkflowError(f"Unable to process file command {file!r}: the delimiter {end!r} never comes.")
