"""What the sandbox GitHub remembers: one JSON file per record, each replaced in one move; a kill corrupts none."""

import hashlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter

from bot.sandbox.github_records import ArtifactRecord, JobRecord, LabelRecord, PullRecord, RunRecord

_RecordT = TypeVar("_RecordT", bound=BaseModel)
_LABELS = TypeAdapter(tuple[LabelRecord, ...])
_scratch = itertools.count(1)


def replace_file(path: Path, content: bytes) -> None:
    """Write the whole file or leave the old one, also when the process is killed half-way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{next(_scratch)}.tmp")
    scratch.write_bytes(content)
    scratch.replace(path)


class GitHubState:
    """Runs, pull requests and artifacts of one directory, in memory and on disk."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.work = directory / "work"
        for folder in ("runs", "pulls", "artifacts", "logs", "work"):
            (directory / folder).mkdir(parents=True, exist_ok=True)
        self.runs = {record.id: record for record in self._load("runs", RunRecord)}
        self.pulls = {record.number: record for record in self._load("pulls", PullRecord)}
        self.artifacts = {record.id: record for record in self._load("artifacts", ArtifactRecord)}
        labels = directory / "labels.json"
        self.labels = _LABELS.validate_json(labels.read_bytes()) if labels.exists() else ()
        self._job_ids = itertools.count(1 + max((job.id for job in self._all_jobs()), default=0))

    def _load(self, folder: str, kind: type[_RecordT]) -> Iterator[_RecordT]:
        for scratch in (self.directory / folder).glob(".*.tmp"):
            scratch.unlink(missing_ok=True)
        for path in sorted((self.directory / folder).glob("*.json"), key=lambda found: int(found.stem)):
            yield kind.model_validate_json(path.read_bytes())

    def _all_jobs(self) -> Iterator[JobRecord]:
        return itertools.chain.from_iterable(run.jobs for run in self.runs.values())

    def save_run(self, run: RunRecord) -> RunRecord:
        """Keep this version of a run."""
        replace_file(self.directory / "runs" / f"{run.id}.json", run.model_dump_json().encode())
        self.runs[run.id] = run
        return run

    def save_pull(self, pull: PullRecord) -> PullRecord:
        """Keep this version of a pull request."""
        replace_file(self.directory / "pulls" / f"{pull.number}.json", pull.model_dump_json().encode())
        self.pulls[pull.number] = pull
        return pull

    def save_label(self, label: LabelRecord) -> None:
        """Keep a new label."""
        self.labels = (*self.labels, label)
        replace_file(self.directory / "labels.json", _LABELS.dump_json(self.labels))

    def save_artifact(self, artifact: ArtifactRecord, content: bytes) -> ArtifactRecord:
        """Keep an artifact and its zip; the size and the digest are those of the zip."""
        kept = artifact.model_copy(update={"size": len(content), "digest": hashlib.sha256(content).hexdigest()})
        replace_file(self.zip_path(kept.id), content)
        replace_file(self.directory / "artifacts" / f"{kept.id}.json", kept.model_dump_json().encode())
        self.artifacts[kept.id] = kept
        return kept

    def replace_zip(self, artifact_id: int, content: bytes) -> None:
        """Change an artifact's bytes and leave its record, digest and all, as it was."""
        replace_file(self.zip_path(artifact_id), content)

    def delete_artifact(self, artifact_id: int) -> None:
        """Forget an artifact; its zip stays where it lies so that its id is never given out again."""
        path = self.directory / "artifacts" / f"{artifact_id}.json"
        path.unlink(missing_ok=True)
        self.artifacts.pop(artifact_id, None)

    def zip_path(self, artifact_id: int) -> Path:
        """Where the zip of an artifact lies."""
        return self.directory / "artifacts" / f"{artifact_id}.zip"

    def next_run_id(self) -> int:
        """The id of a new run."""
        return 1 + max(self.runs, default=0)

    def next_run_number(self, workflow_file: str) -> int:
        """The number of a new run among those of its workflow file."""
        return 1 + max((run.run_number for run in self.runs.values() if run.workflow_file == workflow_file), default=0)

    def next_pull_number(self) -> int:
        """The number of a new pull request."""
        return 1 + max(self.pulls, default=0)

    def next_artifact_id(self) -> int:
        """The id of a new artifact."""
        return 1 + max((int(path.stem) for path in (self.directory / "artifacts").glob("*.zip")), default=0)

    def next_job_id(self) -> int:
        """The id of a new job."""
        return next(self._job_ids)

    def artifacts_of(self, run_id: int) -> list[ArtifactRecord]:
        """The artifacts of a run, newest first."""
        return sorted((a for a in self.artifacts.values() if a.run_id == run_id), key=lambda a: -a.id)

    def add_summary(self, run_id: int, text: str) -> None:
        """Add to what the steps of a run said about themselves."""
        path = self.directory / "logs" / f"run-{run_id}" / "summary.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as summary:
            summary.write(text + "\n")

    def read_summary(self, run_id: int) -> str:
        """The step summaries of a run."""
        path = self.directory / "logs" / f"run-{run_id}" / "summary.md"
        return path.read_text("utf-8") if path.exists() else ""

    def log_path(self, run_id: int, attempt: int, job: str) -> Path:
        """Where the log of one job lies."""
        safe_name = re.sub(r"[^A-Za-z0-9_-]", "_", job)
        return self.directory / "logs" / f"run-{run_id}" / f"attempt-{attempt}" / f"{safe_name}.log"

    def read_log(self, run_id: int) -> str:
        """The kept log of a run: every job of every attempt, oldest first."""
        paths = (self.directory / "logs" / f"run-{run_id}").glob("*/*.log")
        return "".join(
            path.read_text("utf-8") for path in sorted(paths, key=lambda p: (p.parent.name, p.stat().st_ctime))
        )
