"""Records of the sandbox GitHub in the shapes of GitHub's REST API."""

from datetime import datetime

from bot.sandbox.github_records import ArtifactRecord, JobRecord, PullRecord, ReviewRecord, RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_site import GitHubSite

Shape = dict[str, object]


def show_time(at: datetime | None) -> str | None:
    """GitHub's time form, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def show_user(login: str) -> Shape:
    """A user as other shapes hold one."""
    is_bot = login.endswith("[bot]")
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if is_bot else "User", "site_admin": False}


def show_repository(site: GitHubSite) -> Shape:
    """The repository."""
    return {
        "id": 1,
        "name": site.repo.partition("/")[2],
        "full_name": site.repo,
        "private": True,
        "owner": show_user(site.owner),
        "html_url": site.repo_url,
        "url": site.repo_api_url,
        "clone_url": f"{site.repo_url}.git",
        "default_branch": DEFAULT_BRANCH,
        "archived": False,
        "disabled": False,
        "visibility": "private",
    }


def show_run(site: GitHubSite, run: RunRecord) -> Shape:
    """One workflow run."""
    url = f"{site.repo_api_url}/actions/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.workflow_name,
        "display_title": run.display_title,
        "run_number": run.run_number,
        "run_attempt": run.run_attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.workflow_file,
        "workflow_id": sum(run.workflow_file.encode()),
        "check_suite_id": run.id,
        "pull_requests": [],
        "actor": show_user(run.actor),
        "triggering_actor": show_user(run.actor),
        "created_at": show_time(run.created_at),
        "updated_at": show_time(run.updated_at),
        "run_started_at": show_time(run.run_started_at),
        "url": url,
        "html_url": f"{site.repo_url}/actions/runs/{run.id}",
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "repository": {"id": 1, "name": site.repo.partition("/")[2], "full_name": site.repo, "private": True},
    }


def show_job(site: GitHubSite, run: RunRecord, job: JobRecord) -> Shape:
    """One job of a run with its steps."""
    return {
        "id": job.id,
        "run_id": run.id,
        "run_attempt": job.run_attempt,
        "run_url": f"{site.repo_api_url}/actions/runs/{run.id}",
        "url": f"{site.repo_api_url}/actions/jobs/{job.id}",
        "html_url": f"{site.repo_url}/actions/runs/{run.id}/job/{job.id}",
        "name": job.name,
        "workflow_name": run.workflow_name,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": show_time(job.created_at),
        "started_at": show_time(job.started_at or job.created_at),
        "completed_at": show_time(job.completed_at),
        "labels": ["ubuntu-latest"],
        "runner_name": "sandbox" if job.started_at else None,
        "steps": [
            {
                "name": step.name,
                "number": step.number,
                "status": step.status,
                "conclusion": step.conclusion,
                "started_at": show_time(step.started_at),
                "completed_at": show_time(step.completed_at),
            }
            for step in job.steps
        ],
    }


def show_artifact(site: GitHubSite, artifact: ArtifactRecord) -> Shape:
    """One artifact."""
    url = f"{site.repo_api_url}/actions/artifacts/{artifact.id}"
    run = site.state.runs[artifact.run_id]
    return {
        "id": artifact.id,
        "name": artifact.name,
        "size_in_bytes": artifact.size,
        "digest": f"sha256:{artifact.digest}",
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": site.clock() >= artifact.expires_at,
        "created_at": show_time(artifact.created_at),
        "updated_at": show_time(artifact.created_at),
        "expires_at": show_time(artifact.expires_at),
        "workflow_run": {
            "id": run.id,
            "repository_id": 1,
            "head_repository_id": 1,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }


def _show_branch(site: GitHubSite, branch: str, sha: str) -> Shape:
    return {
        "label": f"{site.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": show_user(site.owner),
        "repo": show_repository(site),
    }


def show_pull(site: GitHubSite, pull: PullRecord) -> Shape:
    """One pull request."""
    url = f"{site.repo_api_url}/pulls/{pull.number}"
    html_url = f"{site.repo_url}/pull/{pull.number}"
    return {
        "id": pull.number,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "user": show_user(pull.author),
        "labels": [{"name": name} for name in pull.labels],
        "assignees": [],
        "requested_reviewers": [],
        "url": url,
        "html_url": html_url,
        "diff_url": f"{html_url}.diff",
        "issue_url": f"{site.repo_api_url}/issues/{pull.number}",
        "head": _show_branch(site, pull.head_branch, pull.head_sha),
        "base": _show_branch(site, pull.base_branch, pull.base_sha),
        "created_at": show_time(pull.created_at),
        "updated_at": show_time(pull.updated_at),
        "closed_at": show_time(pull.closed_at),
        "merged_at": show_time(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
    }


def show_review(number: int, review: ReviewRecord) -> Shape:
    """One review of a pull request."""
    return {
        "id": number,
        "user": show_user(review.author),
        "state": review.state,
        "body": "",
        "submitted_at": show_time(review.at),
    }
