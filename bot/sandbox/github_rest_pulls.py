"""The sandbox GitHub's REST routes on pull requests."""

from aiohttp import web

from bot.sandbox.github_gate import NOTE, RestError, answer, require
from bot.sandbox.github_listing import cut_page
from bot.sandbox.github_pulls import PullDesk
from bot.sandbox.github_records import PullRecord
from bot.sandbox.github_rest import read_object
from bot.sandbox.github_shapes import Shape, show_pull, show_review
from bot.sandbox.github_site import GitHubSite


class PullsRest:
    """Routes below /pulls."""

    def __init__(self, site: GitHubSite, desk: PullDesk) -> None:
        self._site = site
        self._desk = desk

    def add_routes(self, app: web.Application) -> None:
        """Serve them below the API's root."""
        root = f"/api/v3/repos/{self._site.repo}/pulls"
        app.router.add_get(root, self._list)
        app.router.add_post(root, self._open)
        app.router.add_get(root + r"/{number:\d+}", self._show)
        app.router.add_patch(root + r"/{number:\d+}", self._change)
        app.router.add_get(root + r"/{number:\d+}/files", self._list_files)
        app.router.add_get(root + r"/{number:\d+}/reviews", self._list_reviews)

    async def _list(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        query = request.query
        state, base = query.get("state", "open"), query.get("base")
        owner, colon, head = query.get("head", "").partition(":")
        kept = [
            pull
            for pull in self._site.state.pulls.values()
            if state in {"all", pull.state}
            and base in {None, pull.base_branch}
            and (not colon or (owner.lower() == self._site.owner.lower() and head == pull.head_branch))
        ]
        is_by_update = query.get("sort") == "updated"
        direction = query.get("direction") or ("desc" if query.get("sort", "created") == "created" else "asc")
        kept.sort(
            key=lambda pull: (pull.updated_at if is_by_update else pull.created_at, pull.number),
            reverse=direction == "desc",
        )
        page, links = cut_page(self._site, request, kept)
        return answer([show_pull(self._site, pull) for pull in page], headers=links)

    def _find(self, request: web.Request) -> PullRecord:
        pull = self._site.state.pulls.get(int(request.match_info["number"]))
        if pull is None:
            raise RestError(404, "Not Found")
        return pull

    async def _show(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        pull = self._find(request)
        if request.headers.get("Accept", "").startswith(
            ("application/vnd.github.diff", "application/vnd.github.v3.diff")
        ):
            diff = await self._site.repository.diff(pull.base_sha, pull.head_sha)
            body = diff.encode("utf-8", "surrogateescape")
            return web.Response(body=body, headers={"Content-Type": "application/vnd.github.diff; charset=utf-8"})
        return answer(await self._show_whole(pull))

    async def _show_whole(self, pull: PullRecord) -> Shape:
        files, added, deleted = await self._site.repository.diff_stat(pull.base_sha, pull.head_sha)
        return show_pull(self._site, pull) | {
            "merged": pull.merged_at is not None,
            "mergeable": True if pull.state == "open" else None,
            "mergeable_state": "draft" if pull.draft else "clean",
            "maintainer_can_modify": False,
            "commits": await self._site.repository.count_commits(pull.base_sha, pull.head_sha),
            "changed_files": files,
            "additions": added,
            "deletions": deleted,
        }

    async def _list_files(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        pull = self._find(request)
        listed = await self._site.repository.git("diff", "--name-status", f"{pull.base_sha}...{pull.head_sha}")
        words = {"A": "added", "M": "modified", "D": "removed"}
        rows = [line.split("\t") for line in listed.splitlines()]
        files = [{"filename": row[-1], "status": words.get(row[0][0], "renamed")} for row in rows]
        page, links = cut_page(self._site, request, files)
        return answer(page, headers=links)

    async def _list_reviews(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        page, links = cut_page(self._site, request, self._find(request).reviews)
        return answer([show_review(number, each) for number, each in enumerate(page, 1)], headers=links)

    async def _open(self, request: web.Request) -> web.Response:
        grant = require(request, "pull_requests", "write")
        if grant.is_job and not self._site.actions_may_open_pull_requests:
            raise RestError(403, "GitHub Actions is not permitted to create or approve pull requests.")
        body = await read_object(request)
        pull = await self._desk.open(body, grant.login)
        request[NOTE] = f"pull request {pull.number} {pull.head_branch}"
        shape = await self._show_whole(pull)
        return answer(shape, 201, {"Location": str(shape["url"])})

    async def _change(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "write")
        pull = self._desk.change(self._find(request), await read_object(request))
        request[NOTE] = f"pull request {pull.number} {pull.state}"
        return answer(await self._show_whole(pull))
