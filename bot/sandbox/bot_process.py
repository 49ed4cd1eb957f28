"""The bot as the sandbox's child: runs from the served checkout, ends with it, is started again when it falls."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TZ")
"""What the bot gets of our own environment; no token of the person who tries it is among it."""
GRACE = 8.0
"""Seconds that the bot has to leave in order."""
DRAINING = 15.0
"""Seconds between SIGTERM and SIGKILL when another deployment takes over: `drainingSeconds` of railway.json."""
PAUSE = 0.2
"""Seconds before a bot that fell is started again; one that falls at once takes longer than that to start."""


@dataclass
class BotProcess:
    """One bot process, and the next one when it dies."""

    checkout: Path
    log_file: Path
    settings: Mapping[str, str]
    say: Callable[[str], None]
    process: asyncio.subprocess.Process | None = None
    _keeper: asyncio.Task[None] | None = field(default=None, repr=False)

    async def start(self, *, keep: bool = True) -> None:
        """Start the bot, and keep it running."""
        await self._spawn()
        if keep:
            self.keep()

    def keep(self) -> None:
        """From now on, start it again when it falls."""
        self._keeper = asyncio.create_task(self._keep(), name="bot keeper")

    async def _let_go(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def drain(self) -> None:
        """Ask the bot to leave by SIGTERM, as a platform does, and kill it when it does not."""
        await self._let_go()
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), DRAINING)
        except (TimeoutError, asyncio.CancelledError) as cut_short:
            process.kill()
            await process.wait()
            if isinstance(cut_short, asyncio.CancelledError):
                raise

    async def stop(self) -> None:
        """Let the bot leave, and do not start it again."""
        await self._let_go()
        process = self.process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()  # the bot ends when its standard input does
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep(self) -> None:
        while self.process is not None:
            code = await self.process.wait()
            self.say(f"the bot ended with code {code}; starting it again (its log: {self.log_file})")
            await asyncio.sleep(PAUSE)
            await self._spawn()

    async def _spawn(self) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with self.log_file.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                "--exit-with-parent",
                cwd=self.checkout,
                env={**kept, **self.settings},
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the sandbox, which then lets the bot leave
            )
