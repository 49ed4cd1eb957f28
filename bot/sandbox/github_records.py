"""The sandbox GitHub's records: what is kept of runs, jobs, artifacts, pull requests, requests and events."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Annotation(_Record):
    """One message that a step, a job or the runner left on a run."""

    level: str
    message: str
    title: str = ""
    path: str = ""
    line: int | None = None
    step: str = ""


class StepRecord(_Record):
    """One step of a job as the jobs listing shows it."""

    number: int
    name: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


class JobRecord(_Record):
    """One job of a run; `key` is its name in the workflow file."""

    id: int
    key: str
    name: str
    run_attempt: int
    created_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: tuple[StepRecord, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    outputs: dict[str, str] = {}


class RunRecord(_Record):
    """One run of a workflow file, with the jobs of its newest attempt."""

    id: int
    workflow_file: str
    workflow_name: str
    display_title: str
    run_number: int
    run_attempt: int = 1
    event: str
    event_payload: dict[str, JsonValue]
    head_branch: str
    head_sha: str
    actor: str
    group: str = ""
    cancel_in_progress: bool = False
    created_at: datetime
    run_started_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    jobs: tuple[JobRecord, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the run came to its end."""
        return self.status == "completed"


class ArtifactRecord(_Record):
    """One artifact; its zip lies beside the record, `digest` is the sha256 of that zip."""

    id: int
    name: str
    run_id: int
    run_attempt: int
    size: int
    digest: str
    created_at: datetime
    expires_at: datetime


class ReviewRecord(_Record):
    """What somebody said of a pull request."""

    author: str
    state: str
    at: datetime


class CommentRecord(_Record):
    """What somebody said below a pull request."""

    author: str
    body: str
    at: datetime


class LabelRecord(_Record):
    """A label of the repository."""

    name: str
    color: str
    description: str


class PullRecord(_Record):
    """One pull request between two branches of the repository."""

    number: int
    title: str
    body: str
    draft: bool
    author: str
    head_branch: str
    head_sha: str
    base_branch: str
    base_sha: str
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    reviews: tuple[ReviewRecord, ...] = ()
    labels: tuple[str, ...] = ()
    comments: tuple[CommentRecord, ...] = ()


class Entry(_Record):
    """One request that the sandbox GitHub answered: who asked what, and whether it could change anything."""

    at: datetime
    who: str
    method: str
    path: str
    status: int
    is_write: bool
    note: str = ""


class GitHubEvent(_Record):
    """One thing that happened, told to subscribers as it happens."""

    kind: str
    at: datetime
    run_id: int | None = None
    job: str = ""
    step: str = ""
    conclusion: str = ""
    detail: str = ""
