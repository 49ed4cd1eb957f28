"""The local GitHub as the chat page's JSON: runs with their jobs and steps, pull requests, and what they hold."""

from datetime import datetime

from bot.sandbox.discord_records import JsonObject
from bot.sandbox.github_records import JobRecord, PullRecord, RunRecord, StepRecord
from bot.sandbox.github_server import GitHubServer

NEWEST = 20
MAX_TEXT = 1_000_000


def show_github(github: GitHubServer) -> JsonObject:
    """The newest runs and pull requests, newest first."""
    return {
        "repo": github.repo,
        "url": f"{github.url}/{github.repo}",
        "runs": [_show_run(github, run) for run in reversed(github.runs[-NEWEST:])],
        "pulls": [_show_pull(pull) for pull in reversed(github.pulls[-NEWEST:])],
    }


async def read_pull_diff(github: GitHubServer, number: int) -> str | None:
    """What a pull request changes; None when there is no such one."""
    pull = next((pull for pull in github.pulls if pull.number == number), None)
    if pull is None:
        return None
    diff = await github.read_diff(pull.base_sha, pull.head_sha)
    return _as_text(diff.encode("utf-8", "surrogateescape"))


def read_artifact(github: GitHubServer, run_id: int, artifact_id: int) -> dict[str, str] | None:
    """The files of a run's artifact as text; None when there is no such one."""
    if artifact_id not in [artifact.id for artifact in github.artifacts(run_id)]:
        return None
    return {name: _as_text(content) for name, content in github.read_artifact(artifact_id).items()}


def read_run_log(github: GitHubServer, run_id: int) -> str | None:
    """What a run printed; its end when that is long; None when there is no such run."""
    if run_id not in [run.id for run in github.runs]:
        return None
    log = github.read_log(run_id)
    return log if len(log) <= MAX_TEXT else "… (the beginning is left out)\n" + log[-MAX_TEXT:]


def _show_run(github: GitHubServer, run: RunRecord) -> JsonObject:
    notes = [*run.annotations, *(note for job in run.jobs for note in job.annotations)]
    return {
        "id": run.id,
        "title": run.display_title,
        "workflow": run.workflow_name,
        "number": run.run_number,
        "attempt": run.run_attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "began": _ms(run.run_started_at),
        "ended": _ms(run.updated_at) if run.is_done else None,
        "jobs": [_show_job(job) for job in run.jobs],
        "notes": [{"level": note.level, "text": note.message} for note in notes],
        "artifacts": [
            {"id": artifact.id, "name": artifact.name, "size": artifact.size} for artifact in github.artifacts(run.id)
        ],
    }


def _show_job(job: JobRecord) -> JsonObject:
    return {"name": job.name, **_show_course(job), "steps": [_show_step(step) for step in job.steps]}


def _show_step(step: StepRecord) -> JsonObject:
    return {"number": step.number, "name": step.name, **_show_course(step)}


def _show_course(part: JobRecord | StepRecord) -> JsonObject:
    return {
        "status": part.status,
        "conclusion": part.conclusion,
        "began": _ms(part.started_at),
        "ended": _ms(part.completed_at),
    }


def _show_pull(pull: PullRecord) -> JsonObject:
    state = "merged" if pull.merged_at else "draft" if pull.draft and pull.state == "open" else pull.state
    return {
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "state": state,
        "approved": any(review.state == "APPROVED" for review in pull.reviews),
        "author": pull.author,
        "head": pull.head_branch,
        "base": pull.base_branch,
        "sha": pull.head_sha,
        "at": _ms(pull.created_at),
    }


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", "replace")[:MAX_TEXT]


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
