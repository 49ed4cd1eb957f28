"""Git as the workflow's steps use it: by argv, deaf to the machine's and the repository's own configuration."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgsign=false")
SECONDS = 120


class GitFailed(Exception):
    """A git command failed; the sentence holds its own words."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        """Its exit code, when it ran."""


def git(repo: Path, *args: str, extra: Mapping[str, str] | None = None, stdin: bytes | None = None) -> str:
    """What `git args` prints in `repo`. Raises GitFailed."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", ""), **quiet, **(extra or {})}
    try:
        done = subprocess.run(
            ["git", *QUIET, *args], cwd=repo, env=env, input=stdin, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitFailed(f"git {args[0]} could not run: {error}.") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise GitFailed(f"git {args[0]} failed: {words}", done.returncode)
    return done.stdout.decode("utf-8", "replace").strip()
