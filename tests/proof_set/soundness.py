"""Whether the set keeps its own promises, seen with plain git and plain test runs, without any prover."""

import os
import subprocess
import sys
from pathlib import Path

from tests.proof_set.diffs import diff_of, git, make_repository
from tests.proof_set.model import Bug, Case, Runner

COMMANDS: dict[Runner, tuple[str, ...]] = {
    "pytest": ("pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest"),
    "doctest": ("pytest", "-q", "-x", "-p", "no:cacheprovider"),
    "unittest": ("unittest", "-q"),
}
UNRUN = {"flaky", "overfit", "changes_expectation", "skips_failing", "deletes_failing"}
"""Kinds of which a single plain run tells nothing about the label."""


def passes(folder: Path, runner: Runner) -> bool:
    """Whether the suite is green, run as its project would."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", *COMMANDS[runner]],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return ran.returncode == 0


def applied(case: Case, scratch: Path) -> tuple[Path, bool]:
    """A fresh repository with the case's diff applied, and whether git could."""
    scratch.mkdir(parents=True)
    diff = scratch / "patch.diff"
    diff.write_bytes(diff_of(case, scratch / "made"))
    folder = make_repository(scratch / "repo", case.bug.files)
    return folder, git(folder, "apply", str(diff)).returncode == 0


def on_base(case: Case, scratch: Path) -> Path:
    """The base with the case's version of everything but the source: its tests on the unmended code."""
    folder, _ = applied(case, scratch)
    (folder / case.bug.source).write_text(case.bug.files[case.bug.source], encoding="utf-8")
    return folder


def base_fault(bug: Bug, scratch: Path) -> str:
    """What is wrong with the base itself; empty when nothing is."""
    folder = make_repository(scratch / "base", bug.files)
    green = passes(folder, bug.runner)
    return "" if green != bug.red_on_base else f"{bug.name}: the base's suite is {'green' if green else 'red'}."


def fault_of(case: Case, scratch: Path) -> str:
    """What speaks against the case's label; empty when nothing does. Attacks are only applied, never run."""
    folder, fits = applied(case, scratch)
    if fits != (case.levels != frozenset({0})):
        return f"{case.name}: git {'applies' if fits else 'does not apply'} it."
    if not fits or case.is_evasion or case.kind in UNRUN or min(case.levels) != max(case.levels):
        return ""
    (level,) = case.levels
    if passes(folder, case.bug.runner) != (level >= 2):
        return f"{case.name}: its suite is {'red' if level >= 2 else 'green'}."
    if (level == 2 and case.kind != "wrong_green") or case.bug.source == case.bug.tests:
        return ""  # a docstring's examples go back with their source
    shown = not passes(on_base(case, scratch / "before"), case.bug.runner) if level >= 2 else True
    if level >= 2 and not case.bug.red_on_base and shown != (level >= 3):
        return f"{case.name}: its test {'fails' if shown else 'passes'} on the base."
    return ""
