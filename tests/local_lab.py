"""A local coding agent over a real GitHub server, checkout and store; its command is a few lines of Python."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.agents.agent import Sighting, Working
from bot.agents.local_command import LocalCommand
from bot.agents.local_jobs import Jobs
from bot.apis.github import git_address, open_github
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.records.work_order import WorkOrder, advance
from bot.repair.git import git
from bot.repair.local_run import Command
from bot.repair.publication import Remote
from bot.repair.workshop import LocalWorkshop, Tests
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer
from tests.factories import NOW, a_proposal, an_incident, an_order

TOKEN = "local-" + "t" * 30
REPOSITORY = "suture-lab/suture"
FILES = {
    "amount.py": "def read(text):\n    return float(text)\n",
    "test_amount.py": "from amount import read\n\n\ndef test_a_point():\n    assert read('1.5') == 1.5\n",
}
FIX = """
import sys
sys.stdin.read()
open("amount.py", "w").write("def read(text):\\n    return float(text.replace(',', '.'))\\n")
open("test_amount.py", "a").write("\\n\\ndef test_a_comma():\\n    assert read('1,5') == 1.5\\n")
"""
RIGHTS = {"contents": "write", "actions": "read", "pull_requests": "write"}


async def no_model(request: object) -> CodexAnswer:
    return CodexAnswer(final_message="")


async def an_agent(
    stack: AsyncExitStack, directory: Path, api_url: str, command: Command, tests: str = "true"
) -> LocalCommand:
    """The agent on what lies in this directory."""
    github = await stack.enter_async_context(open_github(api_url, TOKEN, REPOSITORY))
    workshop = LocalWorkshop(
        repo=directory / "checkout",
        command=command,
        tests=Tests(command=tests, seconds=60),
        github=github,
        remote=Remote(url=git_address(api_url, REPOSITORY), token=TOKEN),
        store=await stack.enter_async_context(open_store(directory / "state")),
    )
    return LocalCommand(github, workshop, Jobs(directory / "state" / "local"))


@dataclass
class LocalLab:
    """The world of a local agent; `make` gives the agent as a process has it when it starts."""

    directory: Path
    server: GitHubServer
    base_sha: str
    store: Store
    stack: AsyncExitStack
    code: str
    command: dict[str, Any] = field(default_factory=dict)
    tests: str = "true"

    async def make(self) -> LocalCommand:
        command = Command(**{"argv": (sys.executable, "-c", self.code), "seconds": 60.0, **self.command})
        agent = await an_agent(self.stack, self.directory, self.server.api_url, command, self.tests)
        self.stack.push_async_callback(agent.close)
        return agent

    @property
    def pulls(self) -> list[str]:
        return [pull.head_branch for pull in self.server.pulls]

    async def stored(self) -> WorkOrder:
        """An order in the store whose request was sent."""
        await self.store.incidents.add(an_incident())
        return await self.store.orders.create(an_order(sent_at=NOW, sends=1))

    async def approved(self, order: WorkOrder, diff: bytes, **changes: Any) -> WorkOrder:
        """The order once this diff was proposed, kept and approved."""
        proposal = a_proposal(order_id=order.id, base_sha=self.base_sha, diff=diff)
        await self.store.proposals.put(proposal)
        facts = {"run_id": 0, "base_sha": proposal.base_sha, "diff_sha256": proposal.diff_sha256, **changes}
        waiting = advance(order, "awaiting_approval", NOW, None, **facts)
        return advance(waiting, "publishing", NOW, None, sent_at=NOW)


async def settled(agent: LocalCommand, order: WorkOrder) -> Sighting:
    """What the agent sees of an order once it is no longer at work."""
    while isinstance(seen := await agent.look(order), Working):
        await agent.rest()
    return seen


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def open_local(
    directory: Path, code: str = FIX, files: dict[str, str] = FILES, *, tree: Path | None = None, **given: Any
) -> AsyncIterator[LocalLab]:
    """GitHub with these files, a checkout of it, and the agent whose command is this code."""
    server = GitHubServer(
        directory / "github", repo=REPOSITORY, bot_token=TOKEN, stand_in=no_model, bot_permissions=RIGHTS
    )
    base = await server.import_tree(tree or lay_out(directory / "tree", files), "Start")
    await server.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        store = await stack.enter_async_context(open_store(directory / "state"))
        git(directory, "init", "--quiet", "--initial-branch=main", "checkout")
        yield LocalLab(directory, server, base, store, stack, code, **given)


async def be_a_bot(directory: Path, api_url: str, code: str) -> None:
    """What a bot's process does with a request, until it is killed."""
    async with AsyncExitStack() as stack:
        command = Command(argv=(sys.executable, "-c", code), seconds=60.0)
        agent = await an_agent(stack, directory, api_url, command)
        await agent.propose(an_order(), an_incident())
        await agent.rest()


if __name__ == "__main__":
    asyncio.run(be_a_bot(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
