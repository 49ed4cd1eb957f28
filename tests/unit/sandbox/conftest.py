"""A local GitHub for the tests of the sandbox, and a hand for each thing done to it."""

import asyncio
import subprocess
from dataclasses import dataclass

import httpx
import pytest

from bot.sandbox.github_repository import build_git_environment
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer

BOT_TOKEN = "github_" + "pat_" + "a" * 36


async def answer_quickly(request):
    return CodexAnswer(final_message=f"answer to {request.prompt}")


@dataclass
class Lab:
    """A server with the bot's client beside it."""

    server: GitHubServer
    client: httpx.AsyncClient

    @property
    def root(self):
        """The repository's own address in the REST API."""
        return str(self.client.base_url).rstrip("/")

    async def dispatch(self, event_type="go", **payload):
        """The runs that a dispatch of the bot starts."""
        known = {run.id for run in self.server.runs}
        body = {"event_type": event_type, "client_payload": payload}
        response = await self.client.post("/dispatches", json=body)
        assert response.status_code == 204, response.text
        return [run for run in self.server.runs if run.id not in known]

    async def run(self, event_type="go", **payload):
        """The one run that a dispatch starts, once it is over."""
        [run] = await self.dispatch(event_type, **payload)
        return await self.server.wait_for_run(run.id)


@pytest.fixture
def make_tree(tmp_path):
    def make(files, name="tree"):
        for path, text in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return tmp_path / name

    return make


@pytest.fixture
async def start_github(tmp_path, make_tree):
    opened = []

    async def start(files=None, *, workflow="", directory="github", stand_in=answer_quickly, **options):
        server = GitHubServer(tmp_path / directory, bot_token=BOT_TOKEN, stand_in=stand_in, **options)
        tree = {"README.md": "# Suture\n", "app.py": "answer = 41\n"} | (files or {})
        if workflow:
            tree[".github/workflows/go.yml"] = workflow
        if await server.find_default_commit() is None:
            await server.import_tree(make_tree(tree, f"{directory}-tree"), "Start")
        await server.start()
        client = httpx.AsyncClient(
            base_url=f"{server.api_url}/repos/{server.repo}",
            headers={"Authorization": f"token {BOT_TOKEN}"},
            trust_env=False,
        )
        opened.append((server, client))
        return Lab(server, client)

    yield start
    for server, client in opened:
        await client.aclose()
        await server.stop()


@pytest.fixture
def git(tmp_path):
    """Runs git as a person would, and returns (exit code, output)."""
    environment = build_git_environment(tmp_path) | {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Ada"), ("EMAIL", "ada@example.invalid"))
    }

    async def run(*arguments, folder=None):
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=folder or tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    return run
