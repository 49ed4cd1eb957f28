"""The files that the steps of the intake hand to one another, in one folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.intake.fault import mapping, moment
from bot.intake.patch_task import PatchTask, Source, TasksUnreadable, read_tasks, tasks_json
from bot.intake.report_file import read_json

SENTRY = "sentry_errors.json"
TASKS = "patchtasks.json"
READ = "sources.json"
OF_TESTS: Mapping[Source, str] = {"playwright": "playwright_patchtasks.json", "junit": "junit_patchtasks.json"}


@dataclass(frozen=True)
class OutFiles:
    """The folder, usually `out`."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        """A whole file, or the old one. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path, scratch = self.folder / name, self.folder / f".{name}.part"
        scratch.write_text(text, encoding="utf-8", errors="replace")
        scratch.replace(path)
        return path

    def write_records(self, records: Sequence[Mapping[str, object]]) -> Path:
        """Sentry's errors. Raises OSError."""
        return self.write(SENTRY, json.dumps(records, indent=1, ensure_ascii=False) + "\n")

    def write_tasks(self, name: str, tasks: Iterable[PatchTask]) -> Path:
        """A list of tasks. Raises OSError."""
        return self.write(name, tasks_json(tasks))

    def records(self) -> Sequence[object] | None:
        """Sentry's errors, or None when that step has not run. Raises ReportUnreadable, TasksUnreadable, OSError."""
        path = self.folder / SENTRY
        if not path.exists():
            return None
        value = read_json(path.read_bytes(), str(path))
        if not isinstance(value, list):
            raise TasksUnreadable(f"{path} is no list of Sentry's errors: run `intake sentry` again.")
        return value

    def tasks(self, name: str) -> list[PatchTask] | None:
        """A list of tasks, or None when its step has not run. Raises TasksUnreadable, OSError."""
        path = self.folder / name
        return read_tasks(path.read_bytes(), str(path)) if path.exists() else None

    def note_read(self, source: Source, *, complete: bool, at: datetime) -> None:
        """Write down that a source was read, and whether to its end. Raises OSError."""
        told = dict(self._read())
        told[source] = {"complete": complete, "at": at.isoformat()}
        self.write(READ, json.dumps(told, indent=1) + "\n")

    def complete(self) -> frozenset[str]:
        """The sources that were read to their end. Raises ReportUnreadable, OSError."""
        return frozenset(
            name
            for name, facts in self._read().items()
            if mapping(facts).get("complete") is True and moment(mapping(facts).get("at"))
        )

    def _read(self) -> Mapping[str, object]:
        path = self.folder / READ
        return mapping(read_json(path.read_bytes(), str(path))) if path.exists() else {}
