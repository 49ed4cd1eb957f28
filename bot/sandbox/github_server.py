"""A GitHub of one repository on this machine: REST, git over HTTP, pages, and Actions that really run."""

import io
import sys
import zipfile
from asyncio import Queue
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.git_http import GitHttp
from bot.sandbox.github_faults import FaultQueue
from bot.sandbox.github_gate import Gate
from bot.sandbox.github_pages import Pages
from bot.sandbox.github_pulls import PullDesk
from bot.sandbox.github_records import ArtifactRecord, Entry, GitHubEvent, PullRecord, RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_rest import RepositoryRest
from bot.sandbox.github_rest_actions import ActionsRest
from bot.sandbox.github_rest_contents import ContentsRest
from bot.sandbox.github_rest_labels import LabelsRest
from bot.sandbox.github_rest_pulls import PullsRest
from bot.sandbox.github_site import Clock, GitHubSite, read_utc_now
from bot.sandbox.github_tokens import BOT_PERMISSIONS, Grant
from bot.sandbox.loopback_site import LoopbackSite
from bot.sandbox.workflow_actions import StandIn
from bot.sandbox.workflow_runner import WorkflowRunner
from bot.sandbox.workflow_scope import RunnerOptions


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return packed.getvalue()


@dataclass
class GitHubServer:
    """The sandbox's GitHub; all it knows lies in `directory`, and a new server there goes on with it."""

    directory: Path
    _: KW_ONLY
    bot_token: str
    stand_in: StandIn
    repo: str = "suture-lab/suture"
    clock: Clock = read_utc_now
    python: str = sys.executable
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    bot_permissions: Mapping[str, str] = field(default_factory=lambda: dict(BOT_PERMISSIONS))
    actions_may_open_pull_requests: bool = True
    requests_per_hour: int = 5000
    runners: int = 2

    def __post_init__(self) -> None:
        self.directory = self.directory.resolve()
        site = self._site = GitHubSite.open(self.directory, self.repo, self.clock)
        site.actions_may_open_pull_requests = self.actions_may_open_pull_requests
        site.requests_per_hour = self.requests_per_hour
        site.tokens.add(self.bot_token, Grant("bot", site.owner, dict(self.bot_permissions)))
        options = RunnerOptions(
            python=self.python,
            stand_in=self.stand_in,
            secrets=dict(self.secrets),
            variables=dict(self.variables),
            runners=self.runners,
        )
        self._runner = WorkflowRunner(site, options)
        self._desk = PullDesk(site)
        self._web = LoopbackSite()

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 (port 0: any that is free) and go on with what was unfinished; OSError: port taken."""
        await self._site.repository.open()
        await self._web.serve(self._build_app(), port)
        self._site.url = self._web.url
        self._runner.resume()

    def _build_app(self) -> web.Application:
        app = web.Application(middlewares=[Gate(self._site).as_middleware()], client_max_size=16 * 1024 * 1024)
        RepositoryRest(self._site, self._runner.dispatch).add_routes(app)
        ActionsRest(self._site, self._runner.start_by_hand, self._runner.cancel).add_routes(app)
        PullsRest(self._site, self._desk).add_routes(app)
        ContentsRest(self._site).add_routes(app)
        LabelsRest(self._site).add_routes(app)
        GitHttp(self._site).add_routes(app)
        Pages(self._site).add_routes(app)
        return app

    async def stop(self) -> None:
        """Stop runs where they stand and serve no more; raises what a run of ours broke on."""
        try:
            await self._runner.stop()
        finally:
            await self._web.close()

    @property
    def url(self) -> str:
        """The web root."""
        return self._site.url

    @property
    def api_url(self) -> str:
        """The REST API's root, for GITHUB_API_URL."""
        return self._site.api_url

    @property
    def clone_url(self) -> str:
        """Where git finds the repository."""
        return f"{self._site.repo_url}.git"

    @property
    def journal(self) -> list[Entry]:
        """Every request and git exchange so far, also of earlier servers on this directory."""
        return list(self._site.journal.entries)

    @property
    def runs(self) -> list[RunRecord]:
        """Every run, oldest first."""
        return [run for _, run in sorted(self._site.state.runs.items())]

    @property
    def pulls(self) -> list[PullRecord]:
        """Every pull request, oldest first."""
        return [pull for _, pull in sorted(self._site.state.pulls.items())]

    @property
    def faults(self) -> FaultQueue:
        """Faults on order."""
        return self._site.faults

    def artifacts(self, run_id: int) -> list[ArtifactRecord]:
        """The artifacts of a run, newest first."""
        return self._site.state.artifacts_of(run_id)

    def read_artifact(self, artifact_id: int) -> dict[str, bytes]:
        """The files in an artifact."""
        with zipfile.ZipFile(self._site.state.zip_path(artifact_id)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def read_log(self, run_id: int) -> str:
        """What the jobs of a run printed, secrets masked."""
        return self._site.state.read_log(run_id)

    def read_summary(self, run_id: int) -> str:
        """What the steps of a run wrote to GITHUB_STEP_SUMMARY."""
        return self._site.state.read_summary(run_id)

    async def keep_finished_run(
        self, workflow_file: str, title: str, artifacts: Mapping[str, Mapping[str, bytes]]
    ) -> RunRecord:
        """A dispatched run on the default branch's tip that has succeeded, as if it had been done, and what it left."""
        now, state = self.clock(), self._site.state
        record = RunRecord(
            id=state.next_run_id(),
            workflow_file=workflow_file,
            workflow_name=title,
            display_title=title,
            run_number=state.next_run_number(workflow_file),
            event="repository_dispatch",
            event_payload={},
            head_branch=DEFAULT_BRANCH,
            head_sha=await self.find_default_commit() or "",
            actor=self._site.owner,
            created_at=now,
            run_started_at=now,
            updated_at=now,
            status="completed",
            conclusion="success",
        )
        run = state.save_run(record)
        for name, files in artifacts.items():
            kept = ArtifactRecord(
                id=state.next_artifact_id(),
                name=name,
                run_id=run.id,
                run_attempt=1,
                size=0,
                digest="",
                created_at=now,
                expires_at=now + timedelta(days=30),
            )
            state.save_artifact(kept, pack(files))
        return run

    def replace_artifact_file(self, artifact_id: int, name: str, content: bytes, *, keep_digest: bool = False) -> None:
        """Tamper with an artifact: another file in it, its recorded digest brought along unless it is to be kept."""
        files = self.read_artifact(artifact_id) | {name: content}
        if keep_digest:
            self._site.state.replace_zip(artifact_id, pack(files))
        else:
            self._site.state.save_artifact(self._site.state.artifacts[artifact_id], pack(files))

    def add_token(self, token: str, permissions: Mapping[str, str]) -> None:
        """Somebody else's token, with these permissions."""
        self._site.tokens.add(token, Grant("developer", self._site.owner, dict(permissions)))

    async def import_tree(self, path: Path, message: str) -> str:
        """Commit a folder as it lies there to the default branch; returns the commit's id."""
        await self._site.repository.open()
        async with self._site.repository.pushing:
            return await self._site.repository.import_tree(path.resolve(), message)

    async def find_default_commit(self) -> str | None:
        """The commit at the tip of the default branch, or None before anything was imported."""
        await self._site.repository.open()
        return await self._site.repository.find_branch(DEFAULT_BRANCH)

    @property
    def repository_path(self) -> Path:
        """The bare repository's folder."""
        return self._site.repository.path

    async def read_branch(self, branch: str) -> str | None:
        """The commit at the tip of a branch, or None."""
        return await self._site.repository.find_branch(branch)

    async def read_file(self, commit: str, path: str) -> str:
        """A file's text in a branch or commit."""
        return await self._site.repository.read_file(commit, path)

    async def read_diff(self, base: str, head: str) -> str:
        """The diff between two commits, with whole blob ids."""
        return await self._site.repository.git("diff", "--no-color", "--full-index", "--binary", base, head)

    async def list_branches(self) -> dict[str, str]:
        """Branch → commit."""
        return await self._site.repository.list_branches()

    async def merge_pull(self, number: int) -> str:
        """Merge a pull request as its owner would on the web; returns the merge commit's id."""
        return (await self._desk.merge(number)).merge_commit_sha or ""

    async def mark_pull_ready(self, number: int) -> None:
        """End a pull request's draft state as its owner would on the web, which starts its checks."""
        pull = await self._desk.mark_ready(number)
        await self._runner.check(pull, "ready_for_review", self._site.owner)

    def review_pull(self, number: int, author: str, state: str) -> None:
        """Review a pull request as somebody would on the web: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        self._desk.review(number, author, state)

    def add_check(self, number: int, conclusion: str) -> None:
        """The run of a check on a pull request's head, over already, as if a person's push had started it."""
        self._desk.add_check(number, conclusion)

    def close_pull(self, number: int) -> None:
        """Close a pull request unmerged, as its owner would on the web."""
        self._desk.change(self._site.state.pulls[number], {"state": "closed"})

    async def run_workflow(self, file: str, **inputs: JsonValue) -> list[RunRecord]:
        """Start a workflow by hand, as its owner would on the web; raises WorkflowError for inputs it does not take."""
        return await self._runner.start_by_hand(file, inputs, self._site.owner)

    async def run_schedules(self) -> list[RunRecord]:
        """Start what is scheduled, as if its time had come."""
        return await self._runner.start_scheduled()

    def cancel_run(self, run_id: int) -> bool:
        """Cancel a run as its owner would on the web; False when it is over already."""
        return self._runner.cancel(run_id)

    async def wait_for_run(self, run_id: int) -> RunRecord:
        """A run's record once it is over."""
        return await self._runner.wait(run_id)

    async def wait_idle(self) -> None:
        """Return once no run runs or waits."""
        await self._runner.wait_idle()

    def subscribe(self) -> "Queue[GitHubEvent]":
        """A queue of all events from now on."""
        return self._site.events.subscribe()

    def unsubscribe(self, queue: "Queue[GitHubEvent]") -> None:
        """Stop filling a queue."""
        self._site.events.unsubscribe(queue)
