"""The sandbox GitHub's bare git repository, read and written through git itself with an environment of its own."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BRANCH = "main"
_IMPORT_TIME = "2025-01-01T00:00:00+0000"
_KEPT_FROM_HOST = ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT")

# A token without the workflows permission cannot change what CI runs, whichever branch it pushes.
_UPDATE_HOOK = """#!/bin/sh
[ -n "$SANDBOX_REFUSES_WORKFLOWS" ] || exit 0
case "$3" in *[!0]*) ;; *) exit 0 ;; esac
for commit in $(git rev-list "$3" --not --all); do
  changed=$(git diff-tree --root -m -r --name-only --no-commit-id "$commit" -- .github/workflows | head -n 1)
  if [ -n "$changed" ]; then
    echo "refusing to allow $SANDBOX_REFUSES_WORKFLOWS to create or update workflow \\`$changed\\` without \\`workflows\\` permission" >&2
    exit 1
  fi
done
"""  # noqa: E501 - one message, one line

_SETTINGS_FILE = "sandbox.config"
# What is fetched does not leave this machine: to compress it would only cost time; nor must it outlive a power cut.
_SETTINGS = """\
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	autogc = false
[gc]
	auto = 0
[core]
	logAllRefUpdates = false
	compression = 0
	fsync = none
[pack]
	window = 0
"""


class GitFailedError(Exception):
    """Git ended with an error; the message is what it said."""


def build_git_environment(home: Path) -> dict[str, str]:
    """Variables for a git of ours: nothing of the host's settings, and never a prompt."""
    kept = {name: os.environ[name] for name in _KEPT_FROM_HOST if name in os.environ}
    return kept | {
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


async def run_program(
    arguments: list[str], *, environment: Mapping[str, str], stdin: bytes = b"", folder: Path | None = None
) -> tuple[int, bytes, bytes]:
    """Run a program to its end; when the caller is cancelled, it is killed first."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        env=dict(environment),
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await process.communicate(stdin)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    return process.returncode or 0, out, err


@dataclass(frozen=True)
class Identity:
    """Who wrote a commit, and when (git's own date form)."""

    name: str
    email: str
    date: str = _IMPORT_TIME

    def as_environment(self) -> dict[str, str]:
        """The variables that make git use it as author and committer."""
        variables: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            variables |= {f"GIT_{role}_NAME": self.name, f"GIT_{role}_EMAIL": self.email, f"GIT_{role}_DATE": self.date}
        return variables


IMPORTER = Identity("Sandbox", "sandbox@example.invalid")


class GitRepository:
    """One bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = build_git_environment(path)
        self.pushing = asyncio.Lock()

    async def open(self) -> None:
        """Create the repository, or clear away the locks that a killed git left behind."""
        if not self._is_created():
            await self._git("init", "--quiet", "--bare", f"--initial-branch={DEFAULT_BRANCH}", str(self.path))
        self._release_locks()
        if _SETTINGS_FILE not in (self.path / "config").read_text("utf-8"):
            await self.git("config", "include.path", _SETTINGS_FILE)
        (self.path / _SETTINGS_FILE).write_text(_SETTINGS, "utf-8", newline="\n")
        self._write_hook()

    def _is_created(self) -> bool:
        return (self.path / "HEAD").exists()

    def _release_locks(self) -> None:
        for lock in self.path.rglob("*.lock"):
            lock.unlink(missing_ok=True)

    def _write_hook(self) -> None:
        hook = self.path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_UPDATE_HOOK, "utf-8", newline="\n")
        hook.chmod(0o755)

    async def git(self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        """Run git in this repository and return what it printed, without the last line end."""
        return await self._git(f"--git-dir={self.path}", *arguments, stdin=stdin, variables=variables)

    async def _git(self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        environment = self.environment | dict(variables or {})
        code, out, err = await run_program(["git", *arguments], environment=environment, stdin=stdin)
        if code:
            command = next(word for word in arguments if not word.startswith("-"))
            said = (err or out).decode(errors="replace").strip()
            raise GitFailedError(f"git {command} ended with {code}: {said}")
        return out.decode("utf-8", "surrogateescape").removesuffix("\n")

    async def import_tree(self, source: Path, message: str) -> str:
        """Commit a folder as it lies there (its .gitignore heeded) to the default branch; returns the commit."""
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            await self.git(f"--work-tree={source}", "add", "--all", str(source), variables=index)
            tree = await self.git("write-tree", variables=index)
        parent = await self.find_commit(f"refs/heads/{DEFAULT_BRANCH}")
        return await self.commit_tree(tree, [parent] if parent else [], message, IMPORTER)

    async def commit_tree(self, tree: str, parents: list[str], message: str, who: Identity) -> str:
        """Put a tree on top of the default branch."""
        flags = [flag for parent in parents for flag in ("-p", parent)]
        variables = who.as_environment()
        sha = await self.git("commit-tree", tree, *flags, "-F", "-", stdin=message.encode(), variables=variables)
        await self.git("update-ref", f"refs/heads/{DEFAULT_BRANCH}", sha, parents[0] if parents else "0" * 40)
        return sha

    async def find_commit(self, name: str) -> str | None:
        """The commit that a ref or id names, or None."""
        try:
            return await self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except GitFailedError:
            return None

    async def find_branch(self, branch: str) -> str | None:
        """The commit at the tip of a branch, or None."""
        return await self.find_commit(f"refs/heads/{branch}") if branch else None

    async def list_branches(self) -> dict[str, str]:
        """Branch → commit."""
        listed = await self.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads")
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref.removeprefix("refs/heads/"): sha for sha, ref in pairs}

    async def list_files(self, commit: str, folder: str) -> list[str]:
        """The paths of the files directly in a folder of a commit."""
        listed = await self.git("ls-tree", "-z", "--name-only", "--full-tree", commit, f"{folder}/")
        return [path for path in listed.split("\0") if path]

    async def read_file(self, commit: str, path: str) -> str:
        """The text of a file in a commit."""
        return await self.git("show", f"{commit}:{path}")

    async def count_commits(self, base: str, head: str) -> int:
        """How many commits the head has that the base has not."""
        return int(await self.git("rev-list", "--count", f"{base}..{head}"))

    async def diff(self, base: str, head: str) -> str:
        """The diff from where the two parted to the head."""
        shown = await self.git("diff", "--no-color", "--no-ext-diff", f"{base}...{head}")
        return shown + "\n" if shown else ""

    async def diff_stat(self, base: str, head: str) -> tuple[int, int, int]:
        """Files changed, lines added, lines deleted."""
        listed = await self.git("diff", "--numstat", f"{base}...{head}")
        counts = [line.split("\t")[:2] for line in listed.splitlines()]
        added = sum(int(count[0]) for count in counts if count[0].isdigit())
        deleted = sum(int(count[1]) for count in counts if count[1].isdigit())
        return len(counts), added, deleted

    async def merge(self, base: str, head: str, message: str, who: Identity) -> str:
        """Merge a commit into the default branch's tip `base`; raises GitFailedError on a conflict."""
        tree = (await self.git("merge-tree", "--write-tree", base, head)).splitlines()[0]
        return await self.commit_tree(tree, [base, head], message, who)
