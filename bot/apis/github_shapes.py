"""GitHub's answers, as much of them as we use, checked. Facts: docs.github.com/rest."""

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.apis.http import Answer, Answered


class Shape(BaseModel):
    """A part of a GitHub answer: what we use of it, checked."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


Model = TypeVar("Model", bound=Shape)


class Run(Shape):
    """A workflow run."""

    id: int
    display_title: str
    status: str
    conclusion: str | None = None
    html_url: str
    head_sha: str
    event: str = ""
    head_branch: str | None = None
    path: str = ""
    created_at: datetime

    def is_of(self, workflow: str) -> bool:
        """Is it a run of this workflow file, at whatever ref?"""
        return self.path.partition("@")[0] == f".github/workflows/{workflow}"


class Begun(Shape):
    """What starting a workflow gives when its run's details are asked for."""

    workflow_run_id: int = Field(gt=0)


class Step(Shape):
    """A step of a job."""

    name: str
    number: int
    status: str
    conclusion: str | None = None


class Job(Shape):
    """A job of a run."""

    id: int
    name: str
    status: str
    conclusion: str | None = None
    steps: tuple[Step, ...] = ()


class CommitText(Shape):
    """A commit's message."""

    message: str = ""


class Commit(Shape):
    """A commit."""

    sha: str
    commit: CommitText = CommitText()

    @property
    def title(self) -> str:
        """The first line of its message."""
        return self.commit.message.partition("\n")[0]


class Artifact(Shape):
    """A stored artifact of a run."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool = False


class Head(Shape):
    """The tip of a pull request's branch."""

    sha: str
    ref: str = ""
    """The branch's name."""


class User(Shape):
    """Somebody on GitHub."""

    login: str


class Review(Shape):
    """What a reviewer said of a pull request."""

    state: str
    user: User = User(login="ghost")

    @field_validator("user", mode="before")
    @classmethod
    def known(cls, value: object) -> object:
        """A deleted account is null."""
        return value or User(login="ghost")


class PullRequest(Shape):
    """A pull request."""

    number: int
    html_url: str
    state: str
    draft: bool = False
    title: str = ""
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    head: Head = Head(sha="")


class Comparison(Shape):
    """How one commit stands to another: ahead, behind, identical or diverged."""

    status: str


class Runs(Shape):
    """A page of runs."""

    workflow_runs: tuple[Run, ...]


class Jobs(Shape):
    """A page of jobs."""

    jobs: tuple[Job, ...]


class Artifacts(Shape):
    """A page of artifacts."""

    artifacts: tuple[Artifact, ...]


class Repository(Shape):
    """A repository."""

    full_name: str
    default_branch: str


def read(shape: type[Model], answer: Answer, value: object = None) -> Model:
    """The answer (or a part of it) as this shape. Raises Answered when GitHub answered something else."""
    try:
        return shape.model_validate(answer.json if value is None else value)
    except ValidationError as error:
        raise Answered(answer.status, f"its answer is not a {shape.__name__} as documented") from error


def read_list(shape: type[Model], answer: Answer) -> list[Model]:
    """The answer as a list of these. Raises Answered when GitHub answered something else."""
    if not isinstance(answer.json, list):
        raise Answered(answer.status, f"its answer is not a list of {shape.__name__}s as documented")
    return [read(shape, answer, each) for each in answer.json]
