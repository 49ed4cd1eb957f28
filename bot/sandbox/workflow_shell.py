"""`run:` steps: a script in its own process group, its output in a file, its command files read back."""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.repair.process_group import kill_group
from bot.sandbox.workflow_values import WorkflowError

_SHELLS = {
    "": "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
}
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"$`\n]*\"")
_INSTALL = re.compile(r"(?:python3?\s+-m\s+)?pip3?\s+install\s[^;&|<>$`()]*")
_MAX_READ = 8 * 1024 * 1024
COMMAND_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script about to be run; `number` tells its files from those of other steps."""

    text: str
    shell: str
    folder: Path
    environment: Mapping[str, str]
    temp: Path
    number: int

    @property
    def output_path(self) -> Path:
        """Where what it prints goes."""
        return self.temp / f"step-{self.number}.output"


def is_installation(text: str) -> bool:
    """Whether a script does nothing but `pip install`, for which the environment at hand serves."""
    lines = (line.strip() for line in _QUOTED.sub("quoted", text.replace("\\\n", " ")).splitlines())
    commands = [line for line in lines if line and not line.startswith("#")]
    return bool(commands) and all(_INSTALL.fullmatch(command) for command in commands)


def make_command_files(temp: Path, number: int) -> dict[str, Path]:
    """Empty command files of a step, by the variable that names each."""
    files = {name: temp / f"step-{number}.{name.lower()}" for name in COMMAND_FILES}
    for path in files.values():
        path.write_bytes(b"")
    return files


def build_command(shell: str, script: Path) -> list[str]:
    """The words that start a script; raises WorkflowError for a shell that is unknown."""
    template = _SHELLS.get(shell, shell)
    if "{0}" not in template:
        raise WorkflowError(f"The shell {shell!r} is unknown here; use bash, sh, python or a command with {{0}}.")
    return [word.replace("{0}", str(script)) for word in shlex.split(template)]


async def run_script(script: Script) -> int:
    """Run a script to its end and return its exit code; cancelled, it takes its whole process group along."""
    command = build_command(script.shell, _write_script(script))
    with script.output_path.open("ab") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=script.folder,
                env=dict(script.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as reason:
            raise WorkflowError(f"{command[0]} cannot be started in {script.folder}: {reason.strerror}.") from reason
        try:
            return await process.wait()
        finally:
            kill_group(process.pid)  # what a step leaves running ends with it: nothing may outlive the sandbox
            await process.wait()


def _write_script(script: Script) -> Path:
    suffix = ".py" if script.shell == "python" else ".sh"
    path = script.temp / f"step-{script.number}{suffix}"
    path.write_text(script.text, "utf-8", newline="\n")
    return path


def end_leftovers(work: Path) -> None:
    """Kill what the steps of a killed sandbox left running, told by its workspace; does nothing without /proc."""
    mark = f"GITHUB_WORKSPACE={work}{os.sep}".encode()
    if sys.platform == "win32" or not Path("/proc").is_dir():
        return
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # a process may end, or be somebody else's, at any moment
            if process.name.isdigit() and mark in (process / "environ").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


def read_output(script: Script) -> str:
    """What a script printed, cut at a size no log needs."""
    if not script.output_path.exists():
        return ""
    with script.output_path.open("rb") as output:
        return output.read(_MAX_READ).decode("utf-8", "replace")
