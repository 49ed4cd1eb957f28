"""Starting anew: the operator's own command, a listed service, or this process, by whoever supervises it."""

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.healing.host import CUT_OFF, Action, CannotHeal, Facts, NotNeeded, Told
from bot.repair.process_group import kill_group
from bot.setting_values import SERVICE_NAME

COMMAND_SECONDS = 600.0
SERVICE_SECONDS = 60.0
SAID_CHARACTERS = 400
"""Of a command's output, so much of its end is told."""
LAST_RUNG = 3
NOT_OURS = "Suture lives in another bot here: restart that by its own means."
LEAVE_SECONDS = 1.0
"""Between the step that decides to end this process and its end: the step is written down first."""


def was_restarted(facts: Facts) -> bool:
    """Whether the operator's command ran: to its end, or until this process ended with it."""
    return "command" in facts or CUT_OFF in facts


class RestartWanted(Exception):
    """This process ended in order, for another to take its place."""


@dataclass
class Departure:
    """The end of this process, so that another takes its place."""

    leave: Callable[[], None] | None = None
    """Ends the process in order; None: it is another bot's."""
    reason: str = ""
    """Why it ends; empty: it does not."""

    async def is_my_turn(self, facts: Facts) -> None:
        """Raises NotNeeded below the third rung, CannotHeal where this process is not ours to end."""
        if was_restarted(facts) or int(facts.get("rung", "1")) < LAST_RUNG:
            raise NotNeeded("The process goes on: what was done before may be enough.")
        if self.leave is None:
            raise CannotHeal(NOT_OURS)

    async def exit(self, facts: Facts) -> str:
        """End this process in order, soon; who supervises it starts another."""
        if self.leave is None:
            raise CannotHeal(NOT_OURS)
        self.reason = "A playbook asked for a restart."
        asyncio.get_running_loop().call_later(LEAVE_SECONDS, self.leave)
        return "This process ends; who supervises it starts another."

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "exit_for_restart": Action(
                does="end this process in order, for its supervisor to start another", act=self.exit,
                precheck=self.is_my_turn, survives=True,
            )
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Restarting:
    """What may be started anew, as the operator allowed it."""

    command: str | None
    """HEAL_COMMAND."""
    services: frozenset[str]
    service_command: str
    """With `{name}` for the service."""
    hidden: frozenset[str]
    """Variables that a command does not get to see."""
    seconds: float = COMMAND_SECONDS

    async def has_command(self, facts: Facts) -> None:
        """Raises NotNeeded when no command is set."""
        if not self.command:
            raise NotNeeded("HEAL_COMMAND is not set: the bot's own ladder serves.")

    async def run_command(self, facts: Facts) -> Told:
        """Run the operator's command, without a shell."""
        said = await self._run(shlex.split(self.command or ""), self.seconds)
        return Told(f"HEAL_COMMAND ended well. {said}".strip(), {"command": "done"})

    async def is_listed(self, facts: Facts) -> None:
        """Raises CannotHeal unless the operator listed the service."""
        name = facts.get("argument", "")
        if not SERVICE_NAME.fullmatch(name) or name not in self.services:
            raise CannotHeal(f"{name[:100]!r} is not in HEAL_SERVICES: nothing is restarted.")

    async def restart_service(self, facts: Facts) -> str:
        """Restart it by the operator's command."""
        await self.is_listed(facts)
        argv = [part.replace("{name}", facts["argument"]) for part in shlex.split(self.service_command)]
        return f"{facts['argument']} was restarted. {await self._run(argv, SERVICE_SECONDS)}".strip()

    async def _run(self, argv: Sequence[str], seconds: float) -> str:
        """The end of what the program said. Raises CannotHeal unless it ends well in time."""
        environment = {name: value for name, value in os.environ.items() if name not in self.hidden}
        try:
            program = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT, env=environment, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotHeal(f"{argv[0]} could not be started: {error.strerror}.") from error
        try:
            async with asyncio.timeout(seconds):
                output, _ = await program.communicate()
        except TimeoutError as error:
            raise CannotHeal(f"{argv[0]} took longer than {seconds:g} s and was ended.") from error
        finally:
            if program.returncode is None:
                kill_group(program.pid)
                await program.wait()
        said = " ".join(output.decode("utf-8", "replace").split())[-SAID_CHARACTERS:]
        if program.returncode:
            raise CannotHeal(f"{argv[0]} ended with code {program.returncode}. {said}".strip())
        return said

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "run_heal_command": Action(
                does="run HEAL_COMMAND", act=self.run_command, precheck=self.has_command, seconds=self.seconds + 10,
                survives=True,  # a command that starts this process anew does not come back to it
            ),
            "restart_service": Action(
                does="restart the service that was named", act=self.restart_service, precheck=self.is_listed,
                seconds=SERVICE_SECONDS + 10,
            ),
        }  # fmt: skip
