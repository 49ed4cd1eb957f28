"""GitHub's REST API, as much of it as drafts of one file each need: branches, contents, labels, pull requests.

Nothing here can mark a pull request ready or merge it. Facts: docs.github.com/rest.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from pydantic import field_validator

from bot.apis.github import SILENCE_SECONDS, headers_with, json_bytes
from bot.apis.github_shapes import Repository, Shape, read, read_list
from bot.apis.http import Answer, Answered, Http, open_http

PAGE = 100
MAX_PAGES = 20
AUTHOR = {"name": "suture", "email": "suture@users.noreply.github.com"}


class Label(Shape):
    """A label on a pull request."""

    name: str


class Home(Shape):
    """The repository that a branch is in."""

    full_name: str = ""


class Branch(Shape):
    """The branch that a pull request is from."""

    ref: str
    sha: str = ""
    repo: Home | None = None


class DraftSeen(Shape):
    """A pull request as it stands on GitHub."""

    number: int
    html_url: str
    state: str
    draft: bool = False
    title: str = ""
    body: str = ""
    labels: tuple[Label, ...] = ()
    head: Branch
    created_at: datetime
    merged_at: datetime | None = None
    closed_at: datetime | None = None

    @field_validator("body", mode="before")
    @classmethod
    def text(cls, value: object) -> object:
        """A body that was never written is null."""
        return value or ""

    @property
    def label_names(self) -> frozenset[str]:
        """Its labels."""
        return frozenset(label.name for label in self.labels)


class Target(Shape):
    """What a ref points at."""

    sha: str


class Ref(Shape):
    """A branch's ref."""

    object: Target


class Content(Shape):
    """A file on a branch."""

    sha: str
    content: str = ""


class Person(Shape):
    """Who wrote a commit."""

    name: str = ""


class CommitBody(Shape):
    """A commit's own words."""

    author: Person = Person()


class Commit(Shape):
    """A commit."""

    commit: CommitBody = CommitBody()


class Comparison(Shape):
    """How one commit stands to another."""

    ahead_by: int = 0


@dataclass(frozen=True)
class StoredFile:
    """A file on a branch: its text, and the id by which a change names what it replaces."""

    sha: str
    text: str


class DraftDesk:
    """One repository's drafts, by one token."""

    def __init__(self, http: Http, repository: str) -> None:
        self._http = http
        self.repository = repository
        self._path = f"repos/{repository}"

    async def default_branch(self) -> str:
        """The branch that drafts are for. Raises ApiError."""
        return read(Repository, await self._http.get(self._path)).default_branch

    async def pulls(self, state: str = "all") -> list[DraftSeen]:
        """The newest 2,000 pull requests from branches of the repository itself. Raises ApiError."""
        found: list[DraftSeen] = []
        for page in range(1, MAX_PAGES + 1):
            params = {"state": state, "sort": "created", "direction": "desc", "per_page": str(PAGE), "page": str(page)}
            pulls = read_list(DraftSeen, await self._http.get(f"{self._path}/pulls", params=params))
            found += [each for each in pulls if self._is_ours(each)]
            if len(pulls) < PAGE:
                break
        return found

    def _is_ours(self, pull: DraftSeen) -> bool:
        return pull.head.repo is not None and pull.head.repo.full_name.casefold() == self.repository.casefold()

    async def branch_tip(self, branch: str) -> str | None:
        """The commit at the tip of a branch, or None. Raises ApiError."""
        answer = await self._unless_missing(f"{self._path}/git/ref/heads/{quote(branch)}")
        return read(Ref, answer).object.sha if answer else None

    async def make_branch(self, branch: str, commit: str) -> None:
        """A new branch at this commit; one of that name that is there already stays as it is. Raises ApiError."""
        try:
            await self._write("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
        except Answered as error:
            if error.status != 422 or await self.branch_tip(branch) is None:
                raise

    async def is_written_by_us(self, branch: str) -> bool:
        """Is the newest commit of the branch one that this desk wrote? Raises ApiError."""
        answer = await self._http.get(f"{self._path}/commits/{quote(branch, safe='')}")
        return read(Commit, answer).commit.author.name == AUTHOR["name"]

    async def has_commits(self, branch: str, base: str) -> bool:
        """Has the branch commits that the base has not? Raises ApiError."""
        answer = await self._http.get(f"{self._path}/compare/{quote(base)}...{quote(branch)}", params={"per_page": "1"})
        return read(Comparison, answer).ahead_by > 0

    async def file(self, branch: str, path: str) -> StoredFile | None:
        """A file on a branch, or None. Raises ApiError."""
        answer = await self._unless_missing(f"{self._path}/contents/{quote(path)}", {"ref": branch})
        if answer is None:
            return None
        content = read(Content, answer)
        try:
            return StoredFile(content.sha, base64.b64decode(content.content).decode("utf-8", "replace"))
        except binascii.Error as error:
            raise Answered(answer.status, f"its content of {path} is not base64") from error

    async def write_file(self, branch: str, path: str, text: str, message: str) -> None:
        """Commit a file to a branch, in place of the one that is there. Raises ApiError."""
        there = await self.file(branch, path)
        if there and there.text == text:
            return
        content = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
        fields: dict[str, object] = {"message": message, "content": content, "branch": branch}
        replaced = {"sha": there.sha} if there else {}
        who = {"author": AUTHOR, "committer": AUTHOR}
        await self._write("PUT", f"contents/{quote(path)}", {**fields, **replaced, **who})

    async def open_draft(self, fields: Mapping[str, str]) -> DraftSeen:
        """Open a draft from `title`, `body`, `head` and `base`; sent once only. Raises ApiError."""
        return read(DraftSeen, await self._write("POST", "pulls", {**fields, "draft": True}))

    async def change(self, number: int, fields: Mapping[str, str]) -> DraftSeen:
        """Change a pull request's title or body, or reopen or close it. Raises ApiError."""
        return read(DraftSeen, await self._write("PATCH", f"pulls/{number}", dict(fields)))

    async def comment(self, number: int, text: str) -> None:
        """Say something below a pull request. Raises ApiError."""
        await self._write("POST", f"issues/{number}/comments", {"body": text})

    async def set_labels(self, number: int, names: Iterable[str]) -> None:
        """Give a pull request exactly these labels. Raises ApiError."""
        await self._write("PUT", f"issues/{number}/labels", {"labels": sorted(names)})

    async def make_label(self, name: str, colour: str, meaning: str) -> None:
        """Make a label unless there is one of that name. Raises ApiError."""
        if await self._unless_missing(f"{self._path}/labels/{quote(name, safe='')}"):
            return
        try:
            await self._write("POST", "labels", {"name": name, "color": colour, "description": meaning})
        except Answered as error:
            if error.status != 422:  # somebody else made it a moment ago
                raise

    async def _write(self, method: str, path: str, fields: Mapping[str, object]) -> Answer:
        content, headers = json_bytes(fields), {"Content-Type": "application/json"}
        answer = await self._http.send(method, f"{self._path}/{path}", content=content, headers=headers)
        if answer.status >= 300:
            raise Answered(answer.status, f"{self.repository} is not where it was: set GITHUB_REPO to its new name")
        return answer

    async def _unless_missing(self, path: str, params: Mapping[str, str] | None = None) -> Answer | None:
        try:
            return await self._http.get(path, params=params)
        except Answered as error:
            if error.status == 404:
                return None
            raise


@asynccontextmanager
async def open_draft_desk(
    api_url: str, token: str, repository: str, seconds: float = SILENCE_SECONDS
) -> AsyncIterator[DraftDesk]:
    """The drafts of one repository; the token goes to this origin only."""
    async with open_http(api_url.rstrip("/") + "/", "GitHub", headers_with(token), seconds) as http:
        yield DraftDesk(http, repository)
