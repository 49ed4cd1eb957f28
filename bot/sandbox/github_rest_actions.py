"""The sandbox GitHub's REST routes on workflow runs, their jobs and their artifacts."""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.github_gate import NOTE, RestError, answer, require
from bot.sandbox.github_listing import cut_page, read_created_filter
from bot.sandbox.github_records import ArtifactRecord, RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_rest import read_object
from bot.sandbox.github_shapes import show_artifact, show_job, show_run
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.github_tokens import LINK_SECONDS
from bot.sandbox.workflow_values import WorkflowError

Start = Callable[[str, Mapping[str, JsonValue], str], Awaitable[list[RunRecord]]]
_MAX_INPUTS = 25
_MAX_INPUT_CHARACTERS = 65_535


class ActionsRest:
    """Routes below /actions; `start` begins a run of a file (name, inputs, actor), `cancel` ends one."""

    def __init__(self, site: GitHubSite, start: Start, cancel: Callable[[int], bool]) -> None:
        self._site = site
        self._start = start
        self._cancel = cancel

    def add_routes(self, app: web.Application) -> None:
        """Serve them below the API's root, and the signed links outside of it."""
        root = f"/api/v3/repos/{self._site.repo}/actions"
        app.router.add_get(f"{root}/workflows/{{file}}/runs", self._list_workflow_runs)
        app.router.add_post(f"{root}/workflows/{{file}}/dispatches", self._start_workflow)
        app.router.add_get(f"{root}/runs", self._list_runs)
        app.router.add_get(root + r"/runs/{run:\d+}", self._show_run)
        app.router.add_get(root + r"/runs/{run:\d+}/jobs", self._list_jobs)
        app.router.add_get(root + r"/runs/{run:\d+}/artifacts", self._list_run_artifacts)
        app.router.add_get(root + r"/runs/{run:\d+}/logs", self._zip_logs)
        app.router.add_post(root + r"/runs/{run:\d+}/cancel", self._cancel_run)
        app.router.add_get(f"{root}/artifacts", self._list_artifacts)
        app.router.add_get(root + r"/artifacts/{artifact:\d+}", self._show_artifact)
        app.router.add_get(root + r"/artifacts/{artifact:\d+}/zip", self._link_zip)
        app.router.add_get(r"/_artifacts/{artifact:\d+}/zip", self._send_zip)

    async def _list_workflow_runs(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        path = f".github/workflows/{request.match_info['file']}"
        runs = [run for run in self._site.state.runs.values() if run.workflow_file == path]
        if not runs and path not in await self._list_workflows():
            raise RestError(404, "Not Found")
        return self._answer_runs(request, runs)

    async def _start_workflow(self, request: web.Request) -> web.Response:
        grant = require(request, "actions", "write")
        file = request.match_info["file"]
        if f".github/workflows/{file}" not in await self._list_workflows():
            raise RestError(404, "Not Found")
        inputs, wants_details = _check_start(await read_object(request))
        request[NOTE] = " ".join(["start", file, *(f"{key}={text}" for key, text in inputs.items() if len(text) < 80)])
        try:
            runs = await self._start(file, inputs, grant.login)
        except WorkflowError as reason:
            raise RestError(422, str(reason)) from reason
        if not runs:
            raise RestError(422, "Workflow does not have 'workflow_dispatch' trigger")
        if not wants_details:
            return web.Response(status=204)
        shape = show_run(self._site, runs[0])
        return answer({"workflow_run_id": runs[0].id, "run_url": shape["url"], "html_url": shape["html_url"]})

    async def _list_workflows(self) -> list[str]:
        tip = await self._site.repository.find_branch(DEFAULT_BRANCH)
        return await self._site.repository.list_files(tip, ".github/workflows") if tip else []

    async def _list_runs(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        return self._answer_runs(request, list(self._site.state.runs.values()))

    def _answer_runs(self, request: web.Request, runs: list[RunRecord]) -> web.Response:
        query = request.query
        is_created = read_created_filter(query["created"]) if query.get("created") else None
        kept = [
            run
            for run in sorted(runs, key=lambda run: -run.id)
            if query.get("event", run.event) == run.event
            and query.get("branch", run.head_branch) == run.head_branch
            and query.get("actor", run.actor) == run.actor
            and query.get("head_sha", run.head_sha) == run.head_sha
            and query.get("status", run.status) in {run.status, run.conclusion}
            and (is_created is None or is_created(run.created_at))
        ]
        page, links = cut_page(self._site, request, kept)
        shapes = [show_run(self._site, run) for run in page]
        return answer({"total_count": len(kept), "workflow_runs": shapes}, headers=links)

    def _find_run(self, request: web.Request) -> RunRecord:
        run = self._site.state.runs.get(int(request.match_info["run"]))
        if run is None:
            raise RestError(404, "Not Found")
        return run

    async def _show_run(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        return answer(show_run(self._site, self._find_run(request)))

    async def _list_jobs(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        run = self._find_run(request)
        page, links = cut_page(self._site, request, run.jobs)
        shapes = [show_job(self._site, run, job) for job in page]
        return answer({"total_count": len(run.jobs), "jobs": shapes}, headers=links)

    async def _cancel_run(self, request: web.Request) -> web.Response:
        require(request, "actions", "write")
        if not self._cancel(self._find_run(request).id):
            raise RestError(409, "Cannot cancel a workflow run that is completed.")
        return answer({}, 202)

    async def _zip_logs(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        run = self._find_run(request)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, job in enumerate(run.jobs):
                path = self._site.state.log_path(run.id, run.run_attempt, job.key)
                archive.writestr(f"{number}_{job.key}.txt", path.read_bytes() if path.exists() else b"")
        return web.Response(body=content.getvalue(), content_type="application/zip")

    async def _list_run_artifacts(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        return self._answer_artifacts(request, self._site.state.artifacts_of(self._find_run(request).id))

    async def _list_artifacts(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        everything = sorted(self._site.state.artifacts.values(), key=lambda artifact: -artifact.id)
        return self._answer_artifacts(request, everything)

    def _answer_artifacts(self, request: web.Request, artifacts: list[ArtifactRecord]) -> web.Response:
        name = request.query.get("name")
        kept = [artifact for artifact in artifacts if name in {None, artifact.name}]
        page, links = cut_page(self._site, request, kept)
        shapes = [show_artifact(self._site, artifact) for artifact in page]
        return answer({"total_count": len(kept), "artifacts": shapes}, headers=links)

    def _find_artifact(self, request: web.Request) -> ArtifactRecord:
        artifact = self._site.state.artifacts.get(int(request.match_info["artifact"]))
        if artifact is None:
            raise RestError(404, "Not Found")
        return artifact

    async def _show_artifact(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        return answer(show_artifact(self._site, self._find_artifact(request)))

    async def _link_zip(self, request: web.Request) -> web.Response:
        require(request, "actions", "read")
        artifact = self._find_artifact(request)
        if self._site.clock() >= artifact.expires_at:
            raise RestError(410, "Artifact has expired")
        expires = int(self._site.clock().timestamp()) + LINK_SECONDS
        signature = self._site.tokens.sign_link(artifact.id, expires)
        link = f"{self._site.url}/_artifacts/{artifact.id}/zip?expires={expires}&signature={signature}"
        return web.Response(status=302, headers={"Location": link})

    async def _send_zip(self, request: web.Request) -> web.Response:
        artifact_id = int(request.match_info["artifact"])
        expires, signature = request.query.get("expires", ""), request.query.get("signature", "")
        request[NOTE] = f"artifact {artifact_id}"
        if "Authorization" in request.headers:
            return web.Response(status=400, text="A signed link takes no Authorization header.\n")
        is_good = expires.isdigit() and self._site.tokens.is_link_good(artifact_id, int(expires), signature)
        if not is_good or self._site.clock().timestamp() > int(expires):
            return web.Response(status=403, text="The link is not signed or its minute is over.\n")
        return web.Response(body=self._site.state.zip_path(artifact_id).read_bytes(), content_type="application/zip")


def _check_start(body: dict[str, JsonValue]) -> tuple[dict[str, str], bool]:
    """The inputs of a start on the default branch, and whether its run's details are wanted. Raises RestError."""
    ref, inputs = body.get("ref"), body.get("inputs") or {}
    if unknown := sorted(set(body) - {"ref", "inputs", "return_run_details"}):
        raise RestError(422, f'Invalid request.\n\n"{unknown[0]}" is not a permitted key.')
    if not isinstance(ref, str):
        raise RestError(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
    if ref.removeprefix("refs/heads/") != DEFAULT_BRANCH:
        raise RestError(422, f"No ref found for: {ref}")
    if not isinstance(inputs, dict):
        raise RestError(422, f"Invalid request.\n\nFor 'properties/inputs', {inputs!r} is not an object.")
    if len(inputs) > _MAX_INPUTS:
        raise RestError(422, f"you may only define up to {_MAX_INPUTS} `inputs` for a `workflow_dispatch` event")
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in inputs.items()}
    if len(json.dumps(texts)) > _MAX_INPUT_CHARACTERS:
        raise RestError(422, "inputs are too large.")
    return texts, body.get("return_run_details") is True
