"""The sandbox GitHub's pull requests: opened as GitHub would allow it, changed, closed, merged by its owner."""

from pydantic import JsonValue

from bot.sandbox.github_gate import RestError
from bot.sandbox.github_records import GitHubEvent, PullRecord, ReviewRecord, RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH, Identity
from bot.sandbox.github_site import GitHubSite


class PullDesk:
    """What can be done to pull requests; REST and the sandbox's own people come here."""

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    async def open(self, wish: dict[str, JsonValue], author: str) -> PullRecord:
        """A new pull request out of a request's body; raises RestError (422) as GitHub would."""
        title, body = _read_text(wish, "title"), wish.get("body") or ""
        base, head = _read_text(wish, "base"), _read_text(wish, "head").removeprefix(f"{self._site.owner}:")
        if not title:
            raise _invalid("missing_field", "title")
        base_sha = await self._site.repository.find_branch(base)
        if base_sha is None:
            raise _invalid("invalid", "base")
        head_sha = await self._site.repository.find_branch(head)
        if head_sha is None:
            raise _invalid("invalid", "head")
        if any(pull.head_branch == head and pull.base_branch == base for pull in self._list_open()):
            raise _custom(f"A pull request already exists for {self._site.owner}:{head}.")
        if not await self._site.repository.count_commits(base_sha, head_sha):
            raise _custom(f"No commits between {base} and {head}")
        now = self._site.clock()
        pull = PullRecord(
            number=self._site.state.next_pull_number(),
            title=title,
            body=str(body),
            draft=wish.get("draft") is True,
            author=author,
            head_branch=head,
            head_sha=head_sha,
            base_branch=base,
            base_sha=base_sha,
            created_at=now,
            updated_at=now,
        )
        self._site.state.save_pull(pull)
        self._tell("pull_opened", pull)
        return pull

    def _list_open(self) -> list[PullRecord]:
        return [pull for pull in self._site.state.pulls.values() if pull.state == "open"]

    def change(self, pull: PullRecord, wish: dict[str, JsonValue]) -> PullRecord:
        """Change title, body or state; raises RestError (422)."""
        now = self._site.clock()
        update: dict[str, object] = {"updated_at": now}
        update |= {name: str(wish[name] or "") for name in ("title", "body") if name in wish}
        state = wish.get("state", pull.state)
        if state not in {"open", "closed"}:
            raise _invalid("invalid", "state")
        if state != pull.state:
            if pull.merged_at is not None:
                raise _custom("A merged pull request cannot be opened again.")
            update |= {"state": state, "closed_at": now if state == "closed" else None}
        changed = self._site.state.save_pull(pull.model_copy(update=update))
        if state != pull.state:
            self._tell("pull_closed" if state == "closed" else "pull_reopened", changed)
        return changed

    async def mark_ready(self, number: int) -> PullRecord:
        """End the draft state, as a person does in the web."""
        update = {"draft": False, "updated_at": self._site.clock()}
        ready = self._site.state.save_pull(self._find_open(number).model_copy(update=update))
        self._tell("pull_ready", ready)
        return ready

    def review(self, number: int, author: str, state: str) -> PullRecord:
        """Somebody's review, APPROVED, CHANGES_REQUESTED or COMMENTED, as given in the web."""
        pull, now = self._find_open(number), self._site.clock()
        review = ReviewRecord(author=author, state=state, at=now)
        reviewed = self._site.state.save_pull(
            pull.model_copy(update={"reviews": (*pull.reviews, review), "updated_at": now})
        )
        self._tell("pull_reviewed", reviewed)
        return reviewed

    def add_check(self, number: int, conclusion: str) -> RunRecord:
        """A run of ci.yml on the pull request's head that is over."""
        pull, now, state = self._find_open(number), self._site.clock(), self._site.state
        file = ".github/workflows/ci.yml"
        return state.save_run(
            RunRecord(
                id=state.next_run_id(),
                workflow_file=file,
                workflow_name="CI",
                display_title=pull.title,
                run_number=state.next_run_number(file),
                event="pull_request",
                event_payload={},
                head_branch=pull.head_branch,
                head_sha=pull.head_sha,
                actor=self._site.owner,
                created_at=now,
                run_started_at=now,
                updated_at=now,
                status="completed",
                conclusion=conclusion,
            )
        )

    async def merge(self, number: int) -> PullRecord:
        """Merge into the default branch, as a person does in the web; raises GitFailedError on a conflict."""
        pull = self._find_open(number)
        repository, now = self._site.repository, self._site.clock()
        async with repository.pushing:
            base_sha = await repository.find_branch(DEFAULT_BRANCH)
            message = f"Merge pull request #{number} from {self._site.owner}/{pull.head_branch}\n\n{pull.title}\n"
            who = Identity(self._site.owner, "owner@example.invalid", now.strftime("%Y-%m-%dT%H:%M:%S+0000"))
            sha = await repository.merge(base_sha or "", pull.head_sha, message, who)
        update = {"state": "closed", "merged_at": now, "closed_at": now, "updated_at": now, "merge_commit_sha": sha}
        merged = self._site.state.save_pull(pull.model_copy(update=update | {"draft": False}))
        self._tell("pull_merged", merged)
        return merged

    def _find_open(self, number: int) -> PullRecord:
        pull = self._site.state.pulls.get(number)
        if pull is None or pull.state != "open":
            raise LookupError(f"The sandbox has no open pull request {number}; server.pulls lists them.")
        return pull

    def _tell(self, kind: str, pull: PullRecord) -> None:
        detail = f"#{pull.number} {pull.head_branch} by {pull.author}"
        self._site.tell(GitHubEvent(kind=kind, at=self._site.clock(), detail=detail))


def _read_text(wish: dict[str, JsonValue], name: str) -> str:
    value = wish.get(name)
    return value.strip() if isinstance(value, str) else ""


def _invalid(code: str, field: str) -> RestError:
    return RestError(422, "Validation Failed", [{"resource": "PullRequest", "field": field, "code": code}])


def _custom(message: str) -> RestError:
    return RestError(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])
