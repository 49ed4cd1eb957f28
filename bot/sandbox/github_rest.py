"""The sandbox GitHub's REST routes on the repository itself: dispatches, branches and refs."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.github_gate import GRANT, NOTE, RestError, answer, require
from bot.sandbox.github_shapes import Shape, show_repository
from bot.sandbox.github_site import GitHubSite

Dispatch = Callable[[str, dict[str, JsonValue], str], Awaitable[object]]

_MAX_EVENT_TYPE = 100
_MAX_KEYS = 10
_MAX_PAYLOAD = 64 * 1024


async def read_object(request: web.Request) -> dict[str, JsonValue]:
    """The JSON object in a request's body; raises RestError."""
    try:
        body = json.loads(await request.text())
        json.dumps(body, ensure_ascii=False).encode()  # half a character is not JSON that GitHub would take
    except ValueError as reason:
        raise RestError(400, "Problems parsing JSON") from reason
    if not isinstance(body, dict):
        raise RestError(400, "Body should be a JSON object")
    return body


class RepositoryRest:
    """Routes that are about the repository as such; `dispatch` starts workflows (type, payload, actor)."""

    def __init__(self, site: GitHubSite, dispatch: Dispatch) -> None:
        self._site = site
        self._dispatch = dispatch

    def add_routes(self, app: web.Application) -> None:
        """Serve them below the API's root."""
        root = f"/api/v3/repos/{self._site.repo}"
        app.router.add_get(root, self._show)
        app.router.add_post(f"{root}/dispatches", self._receive_dispatch)
        app.router.add_get(f"{root}/branches/{{branch:.+}}", self._show_branch)
        app.router.add_get(f"{root}/git/ref/heads/{{branch:.+}}", self._show_ref)
        app.router.add_get(f"{root}/compare/{{base:.+}}...{{head:.+}}", self._compare)
        app.router.add_get(f"{root}/commits/{{ref:.+}}", self._show_commit)

    async def _show(self, request: web.Request) -> web.Response:
        grant = require(request, "metadata", "read")
        may_write = grant.may("contents", "write")
        permissions = {"admin": False, "push": may_write, "pull": grant.may("contents", "read")}
        return answer(show_repository(self._site) | {"permissions": permissions})

    async def _receive_dispatch(self, request: web.Request) -> web.Response:
        grant = request[GRANT]
        if not grant.may("contents", "write"):
            raise RestError(404, "Not Found")
        body = await read_object(request)
        event_type, payload = _check_dispatch(body)
        request[NOTE] = _describe(event_type, payload)
        await self._dispatch(event_type, payload, grant.login)
        return web.Response(status=204)

    async def _show_branch(self, request: web.Request) -> web.Response:
        require(request, "contents", "read")
        branch = request.match_info["branch"]
        sha = await self._site.repository.find_branch(branch)
        if sha is None:
            raise RestError(404, "Branch not found")
        commit = await self._describe_commit(sha)
        return answer({"name": branch, "commit": commit, "protected": False})

    async def _show_ref(self, request: web.Request) -> web.Response:
        require(request, "contents", "read")
        branch = request.match_info["branch"]
        sha = await self._site.repository.find_branch(branch)
        if sha is None:
            raise RestError(404, "Not Found")
        url = f"{self._site.repo_api_url}/git"
        target = {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"}
        return answer({"ref": f"refs/heads/{branch}", "url": f"{url}/refs/heads/{branch}", "object": target})

    async def _show_commit(self, request: web.Request) -> web.Response:
        require(request, "contents", "read")
        ref = request.match_info["ref"]
        sha = await self._site.repository.find_branch(ref) or await self._site.repository.find_commit(ref)
        if sha is None:
            raise RestError(422, f"No commit found for SHA: {ref}")
        return answer(await self._describe_commit(sha))

    async def _compare(self, request: web.Request) -> web.Response:
        require(request, "contents", "read")
        repository = self._site.repository
        base, head = [
            await repository.find_branch(ref) or await repository.find_commit(ref)
            for ref in (request.match_info["base"], request.match_info["head"])
        ]
        if base is None or head is None:
            raise RestError(404, "Not Found")
        ahead, behind = await repository.count_commits(base, head), await repository.count_commits(head, base)
        status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
        return answer({"status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": ahead})

    async def _describe_commit(self, sha: str) -> Shape:
        form = "%T%x00%P%x00%an%x00%ae%x00%aI%x00%B"
        shown = await self._site.repository.git("show", "--no-patch", f"--format={form}", sha)
        tree, parents, name, email, date, message = shown.split("\0")
        url = f"{self._site.repo_api_url}/commits/{sha}"
        person = {"name": name, "email": email, "date": date}
        return {
            "sha": sha,
            "url": url,
            "html_url": f"{self._site.repo_url}/commit/{sha}",
            "commit": {"message": message.strip(), "author": person, "committer": person, "tree": {"sha": tree}},
            "parents": [{"sha": parent} for parent in parents.split()],
        }


def _check_dispatch(body: dict[str, JsonValue]) -> tuple[str, dict[str, JsonValue]]:
    event_type, payload = body.get("event_type"), body.get("client_payload", {})
    if payload is None:
        payload = {}
    unknown = sorted(set(body) - {"event_type", "client_payload"})
    if unknown:
        raise RestError(422, f'Invalid request.\n\n"{unknown[0]}" is not a permitted key.')
    if not isinstance(event_type, str) or not event_type:
        raise RestError(422, 'Invalid request.\n\n"event_type" wasn\'t supplied.')
    if len(event_type) > _MAX_EVENT_TYPE:
        raise RestError(422, "Invalid request.\n\nevent_type is too long (maximum is 100 characters).")
    if not isinstance(payload, dict):
        raise RestError(422, f"Invalid request.\n\nFor 'properties/client_payload', {payload!r} is not an object.")
    if len(payload) > _MAX_KEYS:
        raise RestError(
            422, f"Invalid request.\n\nNo more than 10 properties are allowed; {len(payload)} were supplied."
        )
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > _MAX_PAYLOAD:
        raise RestError(422, "Invalid request.\n\nclient_payload is too large.")
    return event_type, payload


def _describe(event_type: str, payload: dict[str, JsonValue]) -> str:
    words = [f"{key}={value}" for key, value in payload.items() if isinstance(value, str) and len(value) < 80]
    return " ".join(["dispatch", event_type, *words])
