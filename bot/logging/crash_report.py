"""What the spool tells of runs that are over: which of them ended badly, and their last lines."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.logging.run_lock import is_held
from bot.logging.spool_format import ABOUT, END, LINE, LOST, Frame, frames

LAST_LINES: Final = 200
KEPT_RUNS: Final = 3
"""Earlier runs whose segments stay on disk."""

_ERRORS: Final = {"ERROR", "CRITICAL"}


@dataclass(frozen=True, kw_only=True)
class CrashReport:
    """A run that ended without saying so. All lines were redacted before they were written."""

    run: str
    build: str
    started_at: datetime
    ended_at: datetime
    """When it last showed that it lived, to about ten seconds."""
    lines: tuple[str, ...]
    """Its last ones, oldest first."""
    last_error: str | None
    """Message and exception of its newest line of ERROR or above."""
    lost: int
    """Lines that are known not to have reached the spool; up to a second of them, below ERROR, may be missing too."""
    earlier: int
    """Further runs before it that ended badly and that nobody was told of."""


def runs(folder: Path) -> list[str]:
    """Return all runs in the spool, newest first. Raises OSError."""
    return sorted({path.name.partition(".")[0] for path in folder.glob("*-*.*")}, reverse=True)


def frames_of(folder: Path, run: str) -> Iterator[Frame]:
    """Yield a run's frames, oldest first; of a damaged segment those in front of the damage. Raises OSError."""
    for path in sorted(folder.glob(f"{run}.[0-9]*")):
        yield from frames(path.read_bytes())


def crash_report(folder: Path, own: str) -> CrashReport | None:
    """Return what is to be told of the last runs, or None; runs that are long over are deleted. Raises OSError."""
    ended = [run for run in runs(folder) if run != own and not _lives(folder, run)]
    crashed = [run for run in ended if not _is_told(folder, run) and not _ended_well(folder, run)]
    for run in ended[KEPT_RUNS:]:
        _delete(folder, run)
    return _report(folder, crashed[0], len(crashed) - 1) if crashed else None


def mark_told(folder: Path, own: str) -> None:
    """Note that nothing more is to be told of any run before this one. Raises OSError."""
    for run in runs(folder):
        if run != own and not _lives(folder, run):
            (folder / f"{run}.told").touch(mode=0o600)


def _is_told(folder: Path, run: str) -> bool:
    return (folder / f"{run}.told").exists()


def _ended_well(folder: Path, run: str) -> bool:
    found = [frame.kind for frame in frames_of(folder, run)]
    return not found or found[-1] == END


def _lives(folder: Path, run: str) -> bool:
    return is_held(folder / f"{run}.lock")


def _report(folder: Path, run: str, earlier: int) -> CrashReport:
    about: dict[str, object] = {}
    lines: deque[str] = deque(maxlen=LAST_LINES)
    last_error, lost = None, 0
    for kind, content in frames_of(folder, run):
        if kind == ABOUT:
            about = json.loads(content)
        elif kind == LOST:
            lost = int(content)
        elif kind == LINE:
            lines.append(content.decode("utf-8", "replace"))
            last_error = _error_in(lines[-1]) or last_error
    last_sign = max(path.stat().st_mtime for path in folder.glob(f"{run}.[0-9]*"))
    started = about.get("started")
    return CrashReport(
        run=run,
        build=str(about.get("build", "unknown")),
        started_at=datetime.fromtimestamp(started if isinstance(started, float) else last_sign, UTC),
        ended_at=datetime.fromtimestamp(last_sign, UTC),
        lines=tuple(lines),
        last_error=last_error,
        lost=lost,
        earlier=earlier,
    )


def _error_in(line: str) -> str | None:
    if '"level":"ERROR"' not in line and '"level":"CRITICAL"' not in line:
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("level") not in _ERRORS:
        return None
    last = str(fields.get("exception", "")).strip().rpartition("\n")[2]
    return f"{fields.get('msg')}: {last}" if last else str(fields.get("msg"))


def _delete(folder: Path, run: str) -> None:
    for path in folder.glob(f"{run}.*"):
        with suppress(OSError):
            path.unlink()
