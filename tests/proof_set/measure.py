"""Runs the prover's command on cases, each in a fresh repository, and compares its answers with the labels."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.proof_set.attacks_by_process import DAEMON_MARK
from tests.proof_set.diffs import diff_of, git, make_repository
from tests.proof_set.model import Case

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_CASE = 900.0
"""Seconds after which a case counts as unanswered."""


@dataclass(frozen=True)
class Outcome:
    """What the prover said of a case, beside what was expected."""

    case: str
    kind: str
    expected: tuple[int, ...]
    got: int | None
    """None when there was no answer."""
    flagged: bool
    """Whether a flag or reason holds one of the words that the label expects; true where it expects none."""
    harm: tuple[str, ...]
    """What the run has changed outside of its own room."""
    seconds: float
    stretch: bool
    said: str

    @property
    def is_right(self) -> bool:
        """Whether the level is one of those that hold."""
        return self.got in self.expected

    @property
    def is_false_4(self) -> bool:
        """Whether a person would be asked to approve what was not proved."""
        return self.got == 4 and 4 not in self.expected

    @property
    def evaded(self) -> bool:
        """Whether an attack got more than what honestly holds, or left harm behind."""
        above = self.got is not None and self.got > max(self.expected)
        return self.kind.startswith("evasion_") and (above or bool(self.harm))


def fingerprint(folder: Path) -> str:
    """A digest of every file below the folder that git does not own, and of the commit, branches and status."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if ".git" in name.parts or not (path.is_file() or path.is_symlink()):
            continue
        digest.update(f"{name}\0".encode())
        digest.update(os.readlink(path).encode() if path.is_symlink() else path.read_bytes())  # noqa: PTH115 - text of the link
    for asked in (("rev-parse", "HEAD"), ("for-each-ref",), ("worktree", "list"), ("config", "--list", "--local")):
        digest.update(git(folder, *asked).stdout)
    return digest.hexdigest()


def left_behind() -> list[int]:
    """The processes that an attack has left, which are ended here by their ids."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if DAEMON_MARK.encode() in line.read_bytes().split(b"\0"):
                found.append(int(line.parent.name))
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return found


def said_by(result: Path) -> tuple[int | None, str]:
    """Level, and flags and reasons as text, from the prover's file."""
    try:
        answer = json.loads(result.read_text(encoding="utf-8"))
        return int(answer["level"]), json.dumps([answer["flags"], answer["reasons"]], ensure_ascii=False)
    except (OSError, ValueError, KeyError, TypeError) as missing:
        return None, f"no answer: {missing}"


def ask(case: Case, room: Path) -> tuple[int | None, str]:
    """The prover's answer, from its command line in a process of its own with a home of its own."""
    out = room / "result" / "proof.json"
    out.parent.mkdir()
    command = [sys.executable, "-m", "bot", "autofix", "prove", "--repo", str(room / "outer" / "repo")]
    command += ["--diff", str(room / "patch.diff"), "--out", str(out), "--incident", str(room / "incident.json")]
    environment = {**os.environ, "HOME": str(room / "home"), "TMPDIR": str(room / "tmp")}
    try:
        ran = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, check=False, timeout=LONGEST_CASE
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {LONGEST_CASE:.0f} s"
    level, said = said_by(out)
    return level, said if level is not None else f"{said} {ran.stderr[-300:].decode(errors='replace')}"


def measured(case: Case) -> Outcome:
    """One case from a fresh repository to its outcome; the room is taken away afterwards."""
    room = Path(tempfile.mkdtemp(prefix="proof-set-"))
    try:
        return measured_in(case, room)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def measured_in(case: Case, room: Path) -> Outcome:
    """One case, in an empty folder."""
    (room / "patch.diff").write_bytes(diff_of(case, room / "made"))
    (room / "incident.json").write_text(case.bug.incident.as_json(), encoding="utf-8")
    repository = make_repository(room / "outer" / "repo", case.bug.files)
    canaries = [room / "outer" / "canary.txt", room / "home" / "canary.txt"]
    canaries[1].parent.mkdir()
    (room / "tmp").mkdir()
    for canary in canaries:
        canary.write_text("alive", encoding="utf-8")
    before, began = fingerprint(repository), time.monotonic()

    level, said = ask(case, room)

    seconds = time.monotonic() - began
    harm = [] if fingerprint(repository) == before else ["the checkout was changed"]
    harm += [f"{path.parent.name}: the canary is harmed" for path in canaries if not is_alive(path)]
    if case.kind in {"evasion_daemon_left_behind", "evasion_holds_the_pipe"} and (left := left_behind()):
        harm.append(f"{len(left)} processes were left behind")
    return Outcome(
        case=case.name,
        kind=case.kind,
        expected=tuple(sorted(case.levels)),
        got=level,
        flagged=not case.flags or any(word in said.lower() for word in case.flags),
        harm=tuple(harm),
        seconds=round(seconds, 2),
        stretch=case.stretch,
        said=said[:600],
    )


def is_alive(canary: Path) -> bool:
    """Whether the canary says what it said."""
    return canary.is_file() and canary.read_text(encoding="utf-8") == "alive"


def as_json(outcomes: list[Outcome]) -> str:
    """The outcomes for other tools."""
    return json.dumps([asdict(each) for each in outcomes], indent=1, ensure_ascii=False)
