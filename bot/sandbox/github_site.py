"""What the parts of the sandbox GitHub share: the repository, the records, the tokens, the clock and the addresses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.github_faults import FaultQueue
from bot.sandbox.github_journal import EventStream, Journal
from bot.sandbox.github_records import GitHubEvent
from bot.sandbox.github_repository import GitRepository
from bot.sandbox.github_state import GitHubState
from bot.sandbox.github_tokens import TokenRegistry

Clock = Callable[[], datetime]


def read_utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass
class GitHubSite:
    """One local GitHub that holds one repository."""

    repo: str
    clock: Clock
    state: GitHubState
    repository: GitRepository
    journal: Journal
    tokens: TokenRegistry = field(default_factory=TokenRegistry)
    events: EventStream = field(default_factory=EventStream)
    faults: FaultQueue = field(default_factory=FaultQueue)
    actions_may_open_pull_requests: bool = True
    requests_per_hour: int = 5000
    url: str = ""

    @classmethod
    def open(cls, directory: Path, repo: str, clock: Clock) -> "GitHubSite":
        """The site of a directory, new or as it was left."""
        if repo.count("/") != 1:
            raise ValueError(f"The sandbox repository {repo!r} is not of the form owner/name.")
        return cls(
            repo=repo,
            clock=clock,
            state=GitHubState(directory),
            repository=GitRepository(directory / "repository.git"),
            journal=Journal(directory / "journal.jsonl"),
        )

    @property
    def owner(self) -> str:
        """The owner's login."""
        return self.repo.partition("/")[0]

    @property
    def api_url(self) -> str:
        """The REST API's root."""
        return f"{self.url}/api/v3"

    @property
    def repo_api_url(self) -> str:
        """The REST API's address of the repository."""
        return f"{self.api_url}/repos/{self.repo}"

    @property
    def repo_url(self) -> str:
        """The repository's page."""
        return f"{self.url}/{self.repo}"

    def tell(self, event: GitHubEvent) -> None:
        """Tell the subscribers."""
        self.events.publish(event)

    def tell_run(self, kind: str, run_id: int, conclusion: str = "") -> None:
        """Tell the subscribers of a run."""
        self.tell(GitHubEvent(kind=kind, at=self.clock(), run_id=run_id, conclusion=conclusion))
