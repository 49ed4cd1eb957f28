"""GitHub's REST API, as much of it as mending needs. Facts and limits: docs.github.com/rest."""

import io
import json
import lzma
import zipfile
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from bot.apis.conditional import Conditional
from bot.apis.github_shapes import (
    Artifacts,
    Begun,
    Commit,
    Comparison,
    Job,
    Jobs,
    PullRequest,
    Repository,
    Review,
    Run,
    Runs,
    read,
    read_list,
)
from bot.apis.http import Answered, Forbidden, Http, OutcomeUnknown, open_http

USER_AGENT = "codex-autofix-dispatch-bot"
SILENCE_SECONDS = 15.0
"""How long GitHub may be silent; a whole call takes at most twice as long."""
MAX_ARTIFACT_BYTES = 8 * 1024 * 1024
MAX_ARTIFACT_FILES = 20
RUNS_A_PAGE = 100
NO_BRANCH = "suture..none"
"""A name that git gives to no branch."""

NO_ZIP = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
"""All that zipfile raises on a broken, encrypted or foreign archive."""


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The files of an artifact's zip by name. Raises Answered when it is not one that we would write ourselves."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as pack:
            entries = pack.infolist()
            sizes = sum(entry.file_size for entry in entries)
            strange = [entry.filename for entry in entries if "/" in entry.filename or "\\" in entry.filename]
            if len(entries) > MAX_ARTIFACT_FILES or sizes > MAX_ARTIFACT_BYTES or strange:
                raise Answered(200, "the artifact holds more than a patch and its reports")
            return {entry.filename: pack.read(entry) for entry in entries}
    except NO_ZIP as error:
        raise Answered(200, "the artifact is not a zip file that can be read") from error


def git_address(api_url: str, repository: str) -> str:
    """Where git finds a repository, by the address of the API: github.com, or the host of a GitHub Enterprise."""
    there = urlsplit(api_url)
    if there.hostname == "api.github.com":
        return f"https://github.com/{repository}.git"
    return f"{there.scheme}://{there.netloc}{there.path.rstrip('/').removesuffix('/api/v3')}/{repository}.git"


class GitHub:
    """One repository on GitHub, by one token."""

    def __init__(self, http: Http, downloads: Http, repository: str) -> None:
        self._http = http
        self._downloads = downloads
        self.polled = Conditional(http)
        self.repository = repository
        self._path = f"repos/{repository}"

    async def dispatch(self, body: bytes) -> None:
        """Send a `repository_dispatch`; `body` is the whole JSON document. Raises ApiError; sent once only."""
        answer = await self._http.send(
            "POST", f"{self._path}/dispatches", content=body, headers={"Content-Type": "application/json"}
        )
        if answer.status != 204:  # 307: the repository was renamed
            raise Answered(answer.status, "the dispatch was not taken")

    async def start(self, workflow: str, body: bytes) -> int | None:
        """Send a `workflow_dispatch`; its run's id, where GitHub tells it. Raises ApiError; sent once only."""
        answer = await self._http.send(
            "POST",
            f"{self._path}/actions/workflows/{workflow}/dispatches",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        if answer.status == 204:
            return None
        if answer.status != 200:
            raise Answered(answer.status, "the dispatch was not taken")
        try:
            return read(Begun, answer).workflow_run_id
        except Answered as error:  # taken or not: only its run can tell
            raise OutcomeUnknown(f"GitHub {error}.") from error

    async def is_dispatched(self, run: Run) -> bool:
        """Was it begun by a dispatch, on the default branch? A `workflow_dispatch` may name any branch."""
        if run.event == "workflow_dispatch":
            return run.head_branch == (await self.repository_facts()).default_branch
        return run.event == "repository_dispatch"

    async def runs(self, workflow: str, created_since: datetime) -> list[Run]:
        """The runs of a workflow file since then, whatever began them, newest first."""
        params = {
            "created": f">={created_since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "per_page": str(RUNS_A_PAGE),
        }
        answer = await self.polled.get(f"{self._path}/actions/workflows/{workflow}/runs", params=params)
        return list(read(Runs, answer).workflow_runs)

    async def run(self, run_id: int) -> Run:
        """One run."""
        return read(Run, await self.polled.get(f"{self._path}/actions/runs/{run_id}"))

    async def jobs(self, run_id: int) -> list[Job]:
        """The jobs of a run with their steps."""
        answer = await self.polled.get(f"{self._path}/actions/runs/{run_id}/jobs", params={"per_page": "50"})
        return list(read(Jobs, answer).jobs)

    async def artifact(self, run_id: int, name: str) -> dict[str, bytes] | None:
        """The files of the run's newest artifact of this name, or None. Raises Answered (410 only when it expired)."""
        answer = await self._http.get(f"{self._path}/actions/runs/{run_id}/artifacts", params={"per_page": "100"})
        named = [each for each in read(Artifacts, answer).artifacts if each.name == name]
        if not named:
            return None
        newest = max(named, key=lambda each: each.id)
        if newest.expired:
            raise Answered(410, f"the artifact {name} expired")
        if newest.size_in_bytes > MAX_ARTIFACT_BYTES:
            raise Answered(413, f"the artifact {name} is too large")
        ticket = await self._http.get(f"{self._path}/actions/artifacts/{newest.id}/zip")
        address = ticket.headers.get("location")
        # The ticket is for an address that refuses our token: it is fetched by a client that has none.
        try:
            return unpacked((await self._downloads.get(address)).body if address else ticket.body)
        except Forbidden as error:
            raise Answered(200, f"the artifact is said to be at an address that is not fetched: {error}") from error

    async def pull_of(self, branch: str) -> PullRequest | None:
        """The newest pull request from this branch of the repository itself, in any state."""
        return max(await self.pulls_of(branch), key=lambda pull: pull.number, default=None)

    async def pulls_of(self, branch: str) -> list[PullRequest]:
        """The pull requests from this branch of the repository itself, in any state."""
        owner = self.repository.split("/", 1)[0]
        params = {"head": f"{owner}:{branch}", "state": "all", "per_page": "10"}
        answer = await self.polled.get(f"{self._path}/pulls", params=params)
        return read_list(PullRequest, answer)

    async def pull(self, number: int) -> PullRequest:
        """One pull request; unlike the listings, this knows one that was opened a moment ago."""
        return read(PullRequest, await self._http.get(f"{self._path}/pulls/{number}"))

    async def runs_on(self, commit: str) -> list[Run]:
        """The workflow runs on a commit, whatever started them."""
        answer = await self.polled.get(f"{self._path}/actions/runs", params={"head_sha": commit, "per_page": "100"})
        return list(read(Runs, answer).workflow_runs)

    async def reviews(self, number: int) -> list[Review]:
        """The reviews of a pull request, oldest first."""
        return read_list(
            Review, await self.polled.get(f"{self._path}/pulls/{number}/reviews", params={"per_page": "100"})
        )

    async def has_in_it(self, build: str, commit: str) -> bool:
        """Is `commit` in the history of `build`? False too when GitHub does not know one of them."""
        try:
            answer = await self.polled.get(f"{self._path}/compare/{commit}...{build}", params={"per_page": "1"})
        except Answered as error:
            if error.status in (404, 422):
                return False
            raise
        return read(Comparison, answer).status in ("ahead", "identical")

    async def has_branch(self, branch: str) -> bool:
        """Is there a branch of this name?"""
        try:
            await self._http.get(f"{self._path}/branches/{quote(branch)}")
        except Answered as error:
            if error.status == 404:
                return False
            raise
        return True

    async def head(self) -> Commit:
        """The newest commit of the default branch."""
        return read(Commit, await self.polled.get(f"{self._path}/commits/HEAD"))

    async def open_draft(self, fields: Mapping[str, str]) -> PullRequest:
        """Open a draft pull request from `title`, `body`, `head` and `base`; sent once only."""
        answer = await self._http.send(
            "POST",
            f"{self._path}/pulls",
            content=json_bytes({**fields, "draft": True}),
            headers={"Content-Type": "application/json"},
        )
        return read(PullRequest, answer)

    async def may_dispatch(self, workflow: str | None = None) -> bool:
        """Would a dispatch be taken, or a start of this workflow? Asked with what can start nothing.

        An empty event type, or a branch that cannot be, is refused (422) only after the right to send was checked.
        Raises Answered with 404 when there is no such workflow.
        """
        try:
            if workflow is None:
                await self.dispatch(json_bytes({"event_type": ""}))
            else:
                await self.start(workflow, json_bytes({"ref": NO_BRANCH}))
        except Answered as error:
            if error.status == 422:
                return True
            if error.status == 403 or (error.status == 404 and workflow is None):
                return False
            raise
        return True

    async def repository_facts(self) -> Repository:
        """The repository's name and default branch."""
        return read(Repository, await self.polled.get(self._path))


def json_bytes(value: Mapping[str, object]) -> bytes:
    """A JSON document."""
    return json.dumps(value).encode()


def headers_with(token: str) -> dict[str, str]:
    """What every request to GitHub's API carries."""
    return {
        "Authorization": f"token {token}",
        "Accept": "application/vnd.github+json",
        "User-Agent": USER_AGENT,
        "X-GitHub-Api-Version": "2022-11-28",
    }


@asynccontextmanager
async def open_github(
    api_url: str, token: str, repository: str, seconds: float = SILENCE_SECONDS
) -> AsyncIterator[GitHub]:
    """GitHub for one repository; the token goes to this origin only."""
    async with (
        open_http(api_url.rstrip("/") + "/", "GitHub", headers_with(token), seconds) as http,
        open_http("", "GitHub's artifact store", {"User-Agent": USER_AGENT}, seconds, near=api_url) as downloads,
    ):
        yield GitHub(http, downloads, repository)
