"""How far a diff holds: 0 it does not apply, 1 it applies, 2 the project's tests pass with it.

The patched tree is a copy that is thrown away; its tests run without our environment and within a time limit.
"""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.records.proposal import Proof
from bot.repair.git import GitFailed, git
from bot.repair.protected_paths import refusals

DEFAULT_TESTS = "python -m pytest -q"
READ_OUTPUT = 64 * 1024
"""Bytes that are read of the tests' output, from its end."""
KEEP_OUTPUT = 1500
"""Characters of the tests' output that a failure quotes, from its end."""


@dataclass(frozen=True)
class Suite:
    """The command that runs a project's tests, and how long it may take."""

    command: str = DEFAULT_TESTS
    seconds: float = 900.0


def prove(repo: Path, diff: bytes, tests: Suite) -> Proof:
    """The proof level of `diff` on the commit that is checked out in `repo`; `repo` itself is not changed."""
    digest = hashlib.sha256(diff).hexdigest()
    if not diff.strip():
        return Proof(level=0, reasons=("There is no diff.",), diff_sha256=digest)
    if refused := refusals(diff):
        return Proof(level=0, reasons=tuple(refused), diff_sha256=digest)
    with tempfile.TemporaryDirectory(prefix="suture-proof-") as folder:
        tree = Path(folder, "tree")
        try:
            git(repo, "clone", "--quiet", "--no-hardlinks", "--shared", str(repo), str(tree))
            git(tree, "apply", "--index", "--whitespace=nowarn", "-", stdin=diff)
        except GitFailed as error:
            return Proof(level=0, reasons=(f"The diff does not apply: {error}",), diff_sha256=digest)
        level, reason, facts = run_tests(tree, tests)
    return Proof(level=level, reasons=("The diff applies.", reason), tests=facts, diff_sha256=digest)


def run_tests(tree: Path, tests: Suite) -> tuple[int, str, dict[str, int | str]]:
    """The level that the tests of `tree` give, why, and the facts."""
    argv = argv_of(tests.command)
    if not argv:
        return 1, f"The test command {tests.command!r} cannot be read: mend AUTOFIX_TEST_COMMAND.", {}
    with tempfile.TemporaryFile() as output:
        code = exit_code(argv, tree, tests.seconds, output.fileno())
        output.seek(max(output.seek(0, os.SEEK_END) - READ_OUTPUT, 0))
        words = output.read().decode("utf-8", "replace")
    facts: dict[str, int | str] = {"command": tests.command, "summary": last_line(words)}
    if code is None:
        return 1, f"The tests did not end within {tests.seconds:.0f} s.", facts
    facts["exit_code"] = code
    if code:
        return 1, f"The tests fail with it (exit {code}): …{words[-KEEP_OUTPUT:]}", facts
    return 2, f"The project's tests pass with it: {last_line(words)}", facts


def argv_of(command: str) -> list[str]:
    """The command's words, `python` being this very interpreter; none when it cannot be read."""
    try:
        argv = shlex.split(command)
    except ValueError:
        return []
    return [sys.executable, *argv[1:]] if argv[:1] == ["python"] else argv


def exit_code(argv: list[str], tree: Path, seconds: float, output: int) -> int | None:
    """The tests' exit code in a clean environment, or None when they had to be stopped."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(tree), "LC_ALL": "C.UTF-8", "CI": "true"}
    try:
        process = subprocess.Popen(
            argv, cwd=tree, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    except OSError:
        return 127
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process, if it has not ended, and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    else:
        process.kill()
    process.wait()


def last_line(words: str) -> str:
    """The last line that says something."""
    lines = [line for line in words.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no output"
