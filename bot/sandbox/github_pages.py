"""Small plain pages behind the sandbox GitHub's html_url links, for the person who plays along."""

from html import escape

from aiohttp import web

from bot.sandbox.github_records import RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_site import GitHubSite

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:1rem;overflow:auto;font-size:13px}"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def _show(title: str, *parts: str) -> web.Response:
    name = escape(title)
    page = f"<!doctype html><meta charset=utf-8><title>{name}</title><style>{_STYLE}</style><h1>{name}</h1>"
    return web.Response(text=page + "".join(parts), content_type="text/html", headers=_HEADERS)


def _list(rows: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>" if rows else "<p>Nothing yet.</p>"


class Pages:
    """The repository's, a run's, a workflow's and a pull request's page."""

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def add_routes(self, app: web.Application) -> None:
        """Serve them at the web root."""
        root = f"/{self._site.repo}"
        app.router.add_get(root, self._show_repository)
        app.router.add_get(root + r"/actions/runs/{run:\d+}{rest:(/.*)?}", self._show_run)
        app.router.add_get(root + "/actions{rest:(/workflows/.*)?}", self._list_runs)
        app.router.add_get(root + r"/pull/{number:\d+}", self._show_pull)
        app.router.add_get(root + r"/pull/{number:\d+}.diff", self._send_diff)
        app.router.add_get(root + "/commit/{sha:[0-9a-f]+}", self._show_commit)

    async def _show_repository(self, request: web.Request) -> web.Response:
        tip = await self._site.repository.find_branch(DEFAULT_BRANCH)
        pulls = [
            f'<a href="{self._site.repo_url}/pull/{pull.number}">#{pull.number} {escape(pull.title)}</a> ({pull.state})'
            for pull in sorted(self._site.state.pulls.values(), key=lambda pull: -pull.number)
        ]
        head = f"<p>{DEFAULT_BRANCH} is at {escape(tip or 'no commit')}.</p>"
        return _show(self._site.repo, head, "<h2>Pull requests</h2>", _list(pulls), "<h2>Runs</h2>", self._link_runs())

    def _link_runs(self, workflow_file: str = "") -> str:
        runs = sorted(self._site.state.runs.values(), key=lambda run: -run.id)
        root = f"{self._site.repo_url}/actions/runs"
        rows = [
            f'<a href="{root}/{run.id}">{escape(run.display_title)}</a> ({_tell_state(run)})'
            for run in runs
            if run.workflow_file.endswith(workflow_file)
        ]
        return _list(rows[:100])

    async def _list_runs(self, request: web.Request) -> web.Response:
        workflow_file = request.match_info["rest"].removeprefix("/workflows/")
        return _show(workflow_file or "Runs", self._link_runs(workflow_file))

    async def _show_run(self, request: web.Request) -> web.Response:
        run = self._site.state.runs.get(int(request.match_info["run"]))
        if run is None:
            raise web.HTTPNotFound(text="There is no such run.\n")
        parts = [f"<p>{escape(run.workflow_name)}, run {run.id}, attempt {run.run_attempt}: {_tell_state(run)}</p>"]
        notes = [*run.annotations, *(note for job in run.jobs for note in job.annotations)]
        for job in run.jobs:
            steps = [f"{escape(step.name)}: {step.conclusion or step.status}" for step in job.steps]
            parts += [f"<h2>{escape(job.name)}: {job.conclusion or job.status}</h2>", _list(steps)]
        parts += ["<h2>Annotations</h2>", _list([f"{note.level}: {escape(note.message)}" for note in notes])]
        parts += [f"<h2>Log</h2><pre>{escape(self._site.state.read_log(run.id))}</pre>"]
        return _show(run.display_title, *parts)

    async def _show_pull(self, request: web.Request) -> web.Response:
        pull = self._site.state.pulls.get(int(request.match_info["number"]))
        if pull is None:
            raise web.HTTPNotFound(text="There is no such pull request.\n")
        state = "merged" if pull.merged_at else f"draft, {pull.state}" if pull.draft else pull.state
        diff = await self._site.repository.diff(pull.base_sha, pull.head_sha)
        return _show(
            f"{pull.title} #{pull.number}",
            f"<p>{state}: {escape(pull.head_branch)} into {escape(pull.base_branch)}, by {escape(pull.author)}</p>",
            f"<pre>{escape(pull.body)}</pre><h2>Diff</h2>",
            f"<pre>{escape(diff.encode('utf-8', 'surrogateescape').decode(errors='replace'))}</pre>",
        )

    async def _send_diff(self, request: web.Request) -> web.Response:
        pull = self._site.state.pulls.get(int(request.match_info["number"]))
        if pull is None:
            raise web.HTTPNotFound(text="There is no such pull request.\n")
        diff = await self._site.repository.diff(pull.base_sha, pull.head_sha)
        return web.Response(body=diff.encode("utf-8", "surrogateescape"), content_type="text/plain", headers=_HEADERS)

    async def _show_commit(self, request: web.Request) -> web.Response:
        sha = await self._site.repository.find_commit(request.match_info["sha"])
        if sha is None:
            raise web.HTTPNotFound(text="There is no such commit.\n")
        shown = await self._site.repository.git("show", "--no-color", sha)
        text = shown.encode("utf-8", "surrogateescape").decode(errors="replace")
        return _show(sha, f"<pre>{escape(text)}</pre>")


def _tell_state(run: RunRecord) -> str:
    return run.conclusion or run.status
