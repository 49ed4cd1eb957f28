"""One run of one command in a cell, in a room that is thrown away: its output's end, and what the probe told."""

import itertools
import json
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.repair.process_group import kill_group

CELL = Path(__file__).with_name("cell.py")
PROBE = Path(__file__).with_name("pytest_probe.py")
KEEP_OUTPUT = 64 * 1024
"""Bytes kept of a run's output, from its end."""
MOST_REPORT = 32 << 20
"""Bytes of the probe's report that are read; what comes after is as if it had not been told."""
MEGABYTES, PROCESSES = 1024, 256
FIRST_UID = 2_000_000
"""Users that no system has: each run gets one of its own, so that its processes can be counted and ended."""
PYTHON = str(Path(sys.executable).parent.resolve() / Path(sys.executable).name)
"""The interpreter by the path that is kept in a cell: of the environment itself, not of a link to it."""
NUMBERS = itertools.count()
CANARY = "canary_that_must_fail"
"""What the name of the probe's own test holds."""

Fact = Mapping[str, object]


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int | None
    """The exit code; None when it had to be stopped."""
    output: str
    seconds: float
    facts: tuple[Fact, ...] = ()
    held: str = ""
    """What of the cell the machine allowed."""


@dataclass(frozen=True)
class Room:
    """A folder of its own for one run: the tree, a home, and room for temporary files."""

    path: Path
    uid: int

    @property
    def tree(self) -> Path:
        """The project's files."""
        return self.path / "tree"

    @property
    def env(self) -> dict[str, str]:
        """All that the run sees of an environment."""
        source = self.tree / "src"
        paths = {"PYTHONPATH": f"{source}{os.pathsep}{self.tree}"} if source.is_dir() else {}
        search = f"{Path(PYTHON).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {"PATH": search, "HOME": str(self.path / "home"), "TMPDIR": str(self.path / "tmp"), "LC_ALL": "C.UTF-8",
                "CI": "true", "PYTHONDONTWRITEBYTECODE": "1", **paths}  # fmt: skip


@contextmanager
def room_with(tree: Path) -> Iterator[Room]:
    """A room with a copy of `tree`; gone afterwards."""
    uid = FIRST_UID + (os.getpid() * 64 + next(NUMBERS)) % 1_000_000 if os.geteuid() == 0 else 0
    with tempfile.TemporaryDirectory(prefix="suture-run-", ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve()
        shutil.copytree(tree, path / "tree", symlinks=True)
        for name in ("home", "tmp"):
            (path / name).mkdir()
        shutil.copyfile(PROBE, path / "probe.py")
        if uid:
            hand_over(path, uid)
        yield Room(path, uid)


def hand_over(path: Path, uid: int) -> None:
    """Give everything in a folder to a user; the probe stays ours."""
    for folder, _, names in os.walk(path):
        os.chown(folder, uid, uid)
        for name in names:
            os.chown(Path(folder, name), uid, uid, follow_symlinks=False)
    os.chown(path / "probe.py", 0, 0)


@dataclass
class Ear:
    """What is read of a run while it goes on, in bounds."""

    output: bytearray = field(default_factory=bytearray)
    report: bytearray = field(default_factory=bytearray)

    def hear(self, *, is_report: bool, data: bytes) -> None:
        """Take in a piece; output keeps its end, the report its beginning."""
        if is_report:
            self.report += data[: max(MOST_REPORT - len(self.report), 0)]
        else:
            self.output += data
            del self.output[: max(len(self.output) - KEEP_OUTPUT, 0)]


def spec_of(
    room: Room, argv: Sequence[str], seconds: float, env: Mapping[str, str], reads: Sequence[Path] = ()
) -> dict[str, object]:
    """What a cell is asked for, but for where it tells what held; `reads` stay readable although they are hidden."""
    kept = (*map(Path, (sys.prefix, sys.base_prefix, sys.exec_prefix)), *reads)
    keep = list(dict.fromkeys(str(each.resolve()) for each in kept))
    return {"argv": list(argv), "env": dict(env), "cwd": str(room.tree), "room": str(room.path),
            "hide": hidden(keep), "keep": keep, "uid": room.uid, "megabytes": MEGABYTES, "processes": PROCESSES,
            "seconds": int(seconds) + 1, "parent": os.getpid(), "network": False}  # fmt: skip


def run_in(room: Room, argv: Sequence[str], seconds: float, env: Mapping[str, str], marks: tuple[str, int, int]) -> Ran:
    """Run a command in a room's cell. `marks`: the word before each told fact, and both ends of the pipe for them."""
    nonce, listening, telling = marks
    opening = f"{secrets.token_hex(8)} held "  # stands in the cell's own argv, so it is not the word that facts have
    spec = spec_of(room, argv, seconds, {**room.env, **env}) | {"report": telling, "facts": opening}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(CELL), json.dumps(spec)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, pass_fds=(telling,), env={}, cwd=room.path, start_new_session=True,
    )  # fmt: skip
    os.close(telling)
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    ear, in_time = Ear(), False
    try:
        in_time = listen({process.stdout.fileno(): False, listening: True}, ear, began + seconds)
    finally:
        code = end(process, began + seconds if in_time else 0)
        os.close(listening)
        process.stdout.close()
    report = ear.report.decode("utf-8", "replace").splitlines()
    held = next((line.removeprefix(opening) for line in report if line.startswith(opening)), "")
    return Ran(code if in_time else None, ear.output.decode("utf-8", "replace"), time.monotonic() - began,
               tuple(facts_in(report, nonce)), held)  # fmt: skip


def hidden(keep: Sequence[str]) -> list[str]:
    """The folders that no run sees: homes, and those through which only their owner comes to the interpreter."""
    import pwd  # Windows can read what a proof is, though it makes none

    homes = {str(Path.home().resolve()), str(Path(pwd.getpwuid(os.getuid()).pw_dir).resolve())} - {"/"}
    closed = {str(each) for path in keep for each in Path(path).parents if not each.stat().st_mode & 1}
    return sorted(homes | closed)


def listen(pipes: dict[int, bool], ear: Ear, until: float) -> bool:
    """Read all pipes to their ends; False when the time is over first."""
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            if (left := until - time.monotonic()) <= 0:
                return False
            for key, _ in selector.select(left):
                data = os.read(key.fd, 1 << 16)
                ear.hear(is_report=pipes[key.fd], data=data)
                if not data:
                    selector.unregister(key.fd)
    return True


def end(process: subprocess.Popen[bytes], until: float) -> int:
    """The cell's exit code; one that does not end by itself is made to."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(max(until - time.monotonic(), 0))
    process.terminate()
    try:
        return process.wait(5)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        return process.wait()


def facts_in(report: list[str], nonce: str) -> Iterator[Fact]:
    """The facts among the lines of a report; a line that is none ends nothing."""
    for line in report:
        if line.startswith(f"{nonce} {{"):
            with suppress(ValueError):
                fact = json.loads(line.removeprefix(nonce))
                if isinstance(fact, dict):
                    yield fact


def run_command(room: Room, argv: Sequence[str], seconds: float) -> Ran:
    """Run any command; its exit code and output are all it tells."""
    listening, telling = os.pipe()
    return run_in(room, argv, seconds, {}, (secrets.token_hex(8), listening, telling))


@dataclass(frozen=True)
class Asked:
    """What a run of pytest is to do."""

    args: tuple[str, ...]
    seconds: float
    """For all of it."""
    each: float = 120.0
    """For one test."""
    trace: tuple[str, ...] = ()
    order: int = 0
    """Also the seed of Python's hashes."""


def run_pytest(room: Room, asked: Asked) -> Ran:
    """Run tests under the probe."""
    nonce = secrets.token_hex(8)
    listening, telling = os.pipe()
    spec = {"root": str(room.tree), "args": list(asked.args), "report": telling, "nonce": nonce,
            "trace": list(asked.trace), "seconds": min(asked.each, asked.seconds), "order": asked.order}  # fmt: skip
    file = room.path / "spec.json"  # the probe takes it away: no argv and no file tells the tested code of the pipe
    file.write_text(json.dumps(spec), encoding="utf-8")
    argv = [PYTHON, "-P", "-s", str(room.path / "probe.py"), str(file)]
    return run_in(room, argv, asked.seconds, {"PYTHONHASHSEED": str(asked.order)}, (nonce, listening, telling))
