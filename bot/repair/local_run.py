"""A run of the operator's command on a throw-away copy, in a cell that keeps the network: bounded, and ended whole."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.repair.process_group import kill_group
from bot.repair.proof.runs import CELL, Room, spec_of

KEPT_OUTPUT, KEPT_COMPLAINTS = 512 * 1024, 16 * 1024
"""Bytes kept of standard output and of standard error, from their ends."""
MOST_OUTPUT = 8 << 20
"""Bytes of either after which the command is ended."""
GRACE = 5.0
"""Seconds that a cell has to end what it began."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What the operator lets run, and within what."""

    argv: tuple[str, ...]
    """`{schema}` in a word stands for the file with the report's JSON Schema."""
    seconds: float
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it sees of the environment beside PATH, HOME, TMPDIR and LANG."""
    reads: tuple[Path, ...] = ()

    def words(self, schema: Path) -> list[str]:
        """The words of one run; the program by its whole path."""
        program, *rest = (word.replace("{schema}", str(schema)) for word in self.argv)
        return [shutil.which(program) or program, *rest]


@dataclass(frozen=True)
class Said:
    """How a run of the command ended."""

    output: str
    complaints: str
    code: int = 0
    broke: str | None = None
    """Why it had to be ended, a sentence."""


async def run_on(room: Room, command: Command, brief: Path) -> Said:
    """Run it with the prompt on its standard input. Raises OSError."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(room.path / "home"), "LANG": "C.UTF-8",
           "TMPDIR": str(room.path / "tmp"), **command.env}  # fmt: skip
    spec = spec_of(room, command.words(brief / "report.schema.json"), command.seconds, env, command.reads)
    with ExitStack() as files:
        prompt, nowhere = os.open(brief / "prompt.md", os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)
        files.callback(os.close, prompt)
        files.callback(os.close, nowhere)
        told = {"report": nowhere, "facts": "", "network": True}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(CELL), json.dumps(spec | told),
            stdin=prompt, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            pass_fds=(nowhere,), env={}, cwd=room.path, start_new_session=True,
        )  # fmt: skip
    output, complaints = Heard(KEPT_OUTPUT, process), Heard(KEPT_COMPLAINTS, process)
    broke = None
    try:
        async with asyncio.timeout(command.seconds):
            await asyncio.gather(output.listen(process.stdout), complaints.listen(process.stderr), process.wait())
    except TimeoutError:
        broke = f"The command did not end within {command.seconds:g} seconds (AUTOFIX_LOCAL_SECONDS): it was ended."
    finally:
        await end(process)
    if max(output.total, complaints.total) > MOST_OUTPUT:
        broke = f"The command wrote more than {MOST_OUTPUT >> 20} MiB: it was ended."
    return Said(output.text, complaints.text, process.returncode or 0, broke)


@dataclass
class Heard:
    """The end of what a process writes into one of its streams; one that writes without end is ended."""

    most: int
    process: asyncio.subprocess.Process
    kept: bytearray = field(default_factory=bytearray)
    total: int = 0

    @property
    def text(self) -> str:
        """What was kept."""
        return self.kept.decode("utf-8", "replace")

    async def listen(self, stream: asyncio.StreamReader | None) -> None:
        """Read the stream to its end."""
        while stream is not None and (data := await stream.read(1 << 16)):
            self.total += len(data)
            self.kept += data
            del self.kept[: max(len(self.kept) - self.most, 0)]
            if self.total > MOST_OUTPUT and self.process.returncode is None:
                with suppress(ProcessLookupError):
                    self.process.terminate()


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that leads a session, and all that it started; what it still says is read to its end."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
    rest = asyncio.gather(drain(process.stdout), drain(process.stderr), process.wait())
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(rest), GRACE)
    kill_group(process.pid)
    await rest


async def drain(stream: asyncio.StreamReader | None) -> None:
    """Read a stream to its end and keep nothing."""
    while stream is not None and await stream.read(1 << 16):
        pass
