"""Git's smart HTTP protocol over the sandbox GitHub's repository, spoken by git's own upload-pack and receive-pack."""

from aiohttp import web

from bot.sandbox.github_gate import GRANT, IS_WRITE, NOBODY, NOTE
from bot.sandbox.github_records import GitHubEvent
from bot.sandbox.github_repository import run_program
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.github_tokens import Grant

_SERVICES = {"git-upload-pack": "read", "git-receive-pack": "write"}
_MAX_BODY = 64 * 1024 * 1024


class GitHttp:
    """The three routes a git client uses."""

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def add_routes(self, app: web.Application) -> None:
        """Serve the repository with and without `.git` at the end of its address."""
        for name in (self._site.repo, f"{self._site.repo}.git"):
            app.router.add_get(f"/{name}/info/refs", self._list_refs)
            app.router.add_post(f"/{name}/git-upload-pack", self._upload_pack)
            app.router.add_post(f"/{name}/git-receive-pack", self._receive_pack)

    async def _list_refs(self, request: web.Request) -> web.Response:
        service = request.query.get("service", "")
        if service not in _SERVICES:
            return web.Response(status=403, text="Please upgrade your git client.\n")
        if refusal := _refuse(request, service):
            return refusal
        code, out, err = await self._run(request, service, b"", "--http-backend-info-refs")
        if code:
            return web.Response(status=500, text=err.decode(errors="replace"))
        greeting = f"# service={service}\n".encode()
        body = f"{len(greeting) + 4:04x}".encode() + greeting + b"0000" + out
        return _answer(body, f"application/x-{service}-advertisement")

    async def _upload_pack(self, request: web.Request) -> web.Response:
        if refusal := _refuse(request, "git-upload-pack"):
            return refusal
        request[IS_WRITE] = False
        _, out, _ = await self._run(request, "git-upload-pack", await _read_body(request))
        return _answer(out, "application/x-git-upload-pack-result")

    async def _receive_pack(self, request: web.Request) -> web.Response:
        if refusal := _refuse(request, "git-receive-pack"):
            return refusal
        body = await _read_body(request)
        repository = self._site.repository
        async with repository.pushing:
            before = await repository.list_branches()
            _, out, err = await self._run(request, "git-receive-pack", body)
            after = await repository.list_branches()
        moved = [
            f"{name} {before.get(name, '0' * 40)[:10]}..{after.get(name, '0' * 40)[:10]}"
            for name in sorted(before | after)
            if before.get(name) != after.get(name)
        ]
        request[NOTE] = "; ".join(moved) or f"no branch moved {err.decode(errors='replace').strip()}".strip()
        self._follow_pulls(after)
        for change in moved:
            self._site.tell(
                GitHubEvent(kind="pushed", at=self._site.clock(), detail=f"{change} by {request[GRANT].who}")
            )
        return _answer(out, "application/x-git-receive-pack-result")

    def _follow_pulls(self, branches: dict[str, str]) -> None:
        for pull in list(self._site.state.pulls.values()):
            tip = branches.get(pull.head_branch)
            if pull.state == "open" and tip and tip != pull.head_sha:
                update = {"head_sha": tip, "updated_at": self._site.clock()}
                self._site.state.save_pull(pull.model_copy(update=update))

    async def _run(self, request: web.Request, service: str, body: bytes, *flags: str) -> tuple[int, bytes, bytes]:
        environment = dict(self._site.repository.environment)
        if protocol := request.headers.get("Git-Protocol"):
            environment["GIT_PROTOCOL"] = protocol
        grant = request[GRANT]
        if not grant.may("workflows", "write"):
            environment["SANDBOX_REFUSES_WORKFLOWS"] = "a GitHub App" if grant.is_job else "a Personal Access Token"
        command = ["git", service.removeprefix("git-"), "--stateless-rpc", *flags, str(self._site.repository.path)]
        return await run_program(command, environment=environment, stdin=body)


async def _read_body(request: web.Request) -> bytes:
    # aiohttp has taken gzip off already, and its own cap is for JSON.
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(_MAX_BODY, len(body))
    return bytes(body)


def _refuse(request: web.Request, service: str) -> web.Response | None:
    grant: Grant = request[GRANT]
    if grant is NOBODY:
        return web.Response(
            status=401,
            headers={"WWW-Authenticate": 'Basic realm="GitHub"'},
            text="Invalid username or token. Password authentication is not supported for Git operations.\n",
        )
    if not grant.may("contents", _SERVICES[service]):
        verb = "Write" if service == "git-receive-pack" else "Read"
        return web.Response(status=403, text=f"{verb} access to repository not granted.\n")
    return None


def _answer(body: bytes, content_type: str) -> web.Response:
    headers = {"Cache-Control": "no-cache, max-age=0, must-revalidate", "Content-Type": content_type}
    return web.Response(body=body, headers=headers)
