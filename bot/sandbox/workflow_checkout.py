"""actions/checkout: a real clone over HTTP with the job's token, at the ref that was asked for."""

import base64
import re
import shutil
from pathlib import Path

from bot.sandbox.github_repository import run_program
from bot.sandbox.workflow_actions import ActionCall, StepFailedError

_SHA = re.compile(r"[0-9a-f]{40}")
_UNKNOWN = ("submodules", "lfs", "ssh-key", "sparse-checkout", "filter")


async def check_out(call: ActionCall) -> None:
    """Fetch the ref and check it out below the workspace; outputs `ref` and `commit`."""
    call.refuse_inputs(*_UNKNOWN)
    repository, ref = call.read("repository", call.site.repo), call.read("ref")
    folder = (call.workspace / call.read("path", ".")).resolve()
    if not folder.is_relative_to(call.workspace.resolve()):
        raise StepFailedError(f"The path {call.read('path')!r} is outside of the workspace.")
    _clear(folder)
    url = f"{call.site.url}/{repository}"
    token = call.read("token", call.token)
    encoded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    call.log.masker.add(encoded)
    header = f"AUTHORIZATION: basic {encoded}"
    clone = _Clone(call, folder)
    await clone.git("init", "--quiet", "--initial-branch=main", str(folder))
    await clone.git("remote", "add", "origin", url)
    await clone.git("config", "--local", f"http.{call.site.url}/.extraheader", header)
    await clone.git("config", "--local", "gc.auto", "0")
    await _fetch(clone, ref)
    if not call.is_on("persist-credentials", default=True):
        await clone.git("config", "--local", "--unset-all", f"http.{call.site.url}/.extraheader")
    call.outputs["ref"] = ref or f"refs/heads/{call.head_branch}"
    call.outputs["commit"] = await clone.git("rev-parse", "HEAD")


async def _fetch(clone: "_Clone", ref: str) -> None:
    call = clone.call
    branch = ref.removeprefix("refs/heads/") or call.head_branch
    wanted = ref or call.head_sha
    depth = call.read("fetch-depth", "1")
    if not depth.isdigit():
        raise StepFailedError(f"The input fetch-depth is {depth!r}, not a number.")
    limit = [] if depth == "0" else ["--no-tags", f"--depth={depth}"]
    if depth == "0":
        await clone.git("fetch", "--quiet", "--prune", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
    if _SHA.fullmatch(wanted) and ref:
        await clone.git("fetch", "--quiet", *limit, "origin", wanted)
        await clone.git("checkout", "--quiet", "--force", "--detach", wanted)
        return
    source = wanted if _SHA.fullmatch(wanted) else f"refs/heads/{branch}"
    await clone.git("fetch", "--quiet", *limit, "origin", f"+{source}:refs/remotes/origin/{branch}")
    await clone.git("checkout", "--quiet", "--force", "-B", branch, f"refs/remotes/origin/{branch}")


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for inside in folder.iterdir():
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside)
        else:
            inside.unlink()


class _Clone:
    def __init__(self, call: ActionCall, folder: Path) -> None:
        self.call = call
        self._folder = folder

    async def git(self, *arguments: str) -> str:
        self.call.log.say(f"git {' '.join(arguments)}")
        environment = {**self.call.environment, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        code, out, err = await run_program(["git", *arguments], environment=environment, folder=self._folder)
        self.call.log.take(err.decode(errors="replace"))
        if code:
            raise StepFailedError(f"git {arguments[0]} ended with {code}: {err.decode(errors='replace').strip()}")
        return out.decode(errors="replace").strip()
