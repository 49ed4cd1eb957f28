"""The sandbox GitHub's REST routes on what branches hold: new refs, and single files read and committed."""

import base64
import binascii
import re
import tempfile
from pathlib import Path

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.github_gate import NOTE, RestError, answer, require
from bot.sandbox.github_records import GitHubEvent
from bot.sandbox.github_repository import DEFAULT_BRANCH, GitFailedError, Identity
from bot.sandbox.github_rest import read_object
from bot.sandbox.github_shapes import Shape
from bot.sandbox.github_site import GitHubSite

_SHA = re.compile(r"[0-9a-f]{40}")
_PART = re.compile(r"(?!\.{1,2}$|\.git$)[^/\0]{1,255}", re.IGNORECASE)


class ContentsRest:
    """Routes below /git/refs and /contents."""

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def add_routes(self, app: web.Application) -> None:
        """Serve them below the API's root."""
        root = f"/api/v3/repos/{self._site.repo}"
        app.router.add_post(f"{root}/git/refs", self._make_ref)
        app.router.add_get(f"{root}/contents/{{path:.+}}", self._show)
        app.router.add_put(f"{root}/contents/{{path:.+}}", self._write)

    async def _make_ref(self, request: web.Request) -> web.Response:
        require(request, "contents", "write")
        body, repository = await read_object(request), self._site.repository
        name, sha = str(body.get("ref", "")), str(body.get("sha", ""))
        branch = name.removeprefix("refs/heads/")
        if not name.startswith("refs/heads/") or not await _is_branch_name(self._site, branch):
            raise RestError(422, "Reference name is not valid")
        async with repository.pushing:
            if await repository.find_branch(branch):
                raise RestError(422, "Reference already exists")
            if not _SHA.fullmatch(sha) or await repository.find_commit(sha) is None:
                raise RestError(422, "Object does not exist")
            await repository.git("update-ref", f"refs/heads/{branch}", sha, "0" * 40)
        request[NOTE] = f"branch {branch}"
        self._tell(f"{branch} made")
        return answer({"ref": name, "object": {"type": "commit", "sha": sha}}, 201)

    async def _show(self, request: web.Request) -> web.Response:
        require(request, "contents", "read")
        branch = request.query.get("ref", DEFAULT_BRANCH)
        repository, path = self._site.repository, _check_path(request)
        commit = await repository.find_branch(branch) or await repository.find_commit(branch)
        found = await self._find_blob(commit, path) if commit else None
        if found is None:
            raise RestError(404, "Not Found")
        sha, data = found
        shape: Shape = {"type": "file", "path": path, "name": path.rpartition("/")[2], "sha": sha, "size": len(data)}
        return answer({**shape, "encoding": "base64", "content": base64.encodebytes(data).decode()})

    async def _write(self, request: web.Request) -> web.Response:
        grant = require(request, "contents", "write")
        body, path = await read_object(request), _check_path(request)
        if path.startswith(".github/workflows/") and not grant.may("workflows", "write"):
            raise RestError(403, "Resource not accessible by integration")
        branch, data = str(body.get("branch", DEFAULT_BRANCH)), _read_content(body)
        repository = self._site.repository
        async with repository.pushing:
            tip = await repository.find_branch(branch)
            if tip is None:
                raise RestError(404, f"Branch {branch} not found")
            there = await self._find_blob(tip, path)
            if (there[0] if there else None) != body.get("sha"):
                status, word = (409, "does not match") if body.get("sha") else (422, "wasn't supplied")
                raise RestError(status, f'Invalid request.\n\n"sha" {word}.')
            commit = await self._commit(tip, path, data, _read_words(body, grant.login, self._site))
            await repository.git("update-ref", f"refs/heads/{branch}", commit, tip)
        self._follow_pulls(branch, commit)
        request[NOTE] = f"{path} on {branch}"
        self._tell(f"{branch} {commit[:7]} by {grant.who}")
        return answer({"content": {"path": path}, "commit": {"sha": commit}}, 200 if there else 201)

    async def _find_blob(self, commit: str, path: str) -> tuple[str, bytes] | None:
        repository = self._site.repository
        listed = await repository.git("ls-tree", "-z", "--full-tree", commit, path)
        head = listed.partition("\t")[0].split()
        if len(head) != 3 or head[1] != "blob":
            return None
        shown = await repository.git("cat-file", "blob", head[2])
        size = int(await repository.git("cat-file", "-s", head[2]))
        data = shown.encode("utf-8", "surrogateescape")
        return head[2], data + b"\n" * (size - len(data))  # git() takes the last line end off

    async def _commit(self, tip: str, path: str, data: bytes, words: tuple[str, Identity]) -> str:
        repository, (message, who) = self._site.repository, words
        blob = await repository.git("hash-object", "-w", "--stdin", stdin=data)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            await repository.git("read-tree", tip, variables=index)
            entry = f"100644,{blob},{path}"
            await repository.git("update-index", "--add", "--cacheinfo", entry, variables=index)
            tree = await repository.git("write-tree", variables=index)
        variables = who.as_environment()
        return await repository.git(
            "commit-tree", tree, "-p", tip, "-F", "-", stdin=message.encode(), variables=variables
        )

    def _follow_pulls(self, branch: str, tip: str) -> None:
        for pull in list(self._site.state.pulls.values()):
            if pull.state == "open" and pull.head_branch == branch:
                update = {"head_sha": tip, "updated_at": self._site.clock()}
                self._site.state.save_pull(pull.model_copy(update=update))

    def _tell(self, detail: str) -> None:
        self._site.tell(GitHubEvent(kind="pushed", at=self._site.clock(), detail=detail))


async def _is_branch_name(site: GitHubSite, branch: str) -> bool:
    try:
        await site.repository.git("check-ref-format", "--branch", branch)
    except GitFailedError:
        return False
    return not branch.startswith("-")


def _check_path(request: web.Request) -> str:
    path = request.match_info["path"]
    if not all(_PART.fullmatch(part) for part in path.split("/")):
        raise RestError(422, "path contains a malformed path component")
    return path


def _read_content(body: dict[str, JsonValue]) -> bytes:
    try:
        return base64.b64decode(str(body["content"]), validate=True)
    except (KeyError, binascii.Error) as reason:
        raise RestError(422, "content is not valid Base64") from reason


def _read_words(body: dict[str, JsonValue], login: str, site: GitHubSite) -> tuple[str, Identity]:
    message, author = body.get("message"), body.get("author")
    if not isinstance(message, str) or not message.strip():
        raise RestError(422, 'Invalid request.\n\n"message" wasn\'t supplied.')
    told = author if isinstance(author, dict) else {}
    name, email = str(told.get("name") or login), str(told.get("email") or f"{login}@users.noreply.example.invalid")
    return message, Identity(name, email, site.clock().strftime("%Y-%m-%dT%H:%M:%S+0000"))
