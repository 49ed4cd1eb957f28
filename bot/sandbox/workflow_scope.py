"""What one job can see and use: its folders, its variables, its contexts, the results of its steps."""

import json
import os
import platform
import shutil
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.github_records import RunRecord
from bot.sandbox.github_repository import DEFAULT_BRANCH
from bot.sandbox.github_shapes import show_repository, show_user
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.workflow_actions import StandIn
from bot.sandbox.workflow_commands import Masker
from bot.sandbox.workflow_expressions import Scope, as_status_functions
from bot.sandbox.workflow_file import JobSpec, WorkflowSpec
from bot.sandbox.workflow_functions import hash_files
from bot.sandbox.workflow_triggers import show_inputs
from bot.sandbox.workflow_values import Value

_PROGRAMS = ("git", "bash", "sh", "node", "curl")
_MINIMAL_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_KEPT_FROM_HOST = ("SYSTEMROOT", "COMSPEC", "PATHEXT")


@dataclass(frozen=True, kw_only=True)
class RunnerOptions:
    """What runs are given: an interpreter, a stand-in for Codex, secrets, variables, and how many jobs at once."""

    python: str
    stand_in: StandIn
    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    runners: int = 2


@dataclass(frozen=True)
class StepResult:
    """How a step ended; `conclusion` is after continue-on-error."""

    outcome: str
    conclusion: str
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JobResult:
    """How a job ended, for the jobs that need it."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)


def build_event(site: GitHubSite, run: RunRecord) -> dict[str, Value]:
    """The event that started a run, as GITHUB_EVENT_PATH holds it."""
    everything = {"repository": show_repository(site), "sender": show_user(run.actor), **run.event_payload}
    event: dict[str, Value] = json.loads(json.dumps(everything))
    return event


def build_github_context(site: GitHubSite, run: RunRecord) -> dict[str, Value]:
    """The `github` context as far as a run alone determines it."""
    return {
        "event": build_event(site, run),
        "event_name": run.event,
        "sha": run.head_sha,
        "ref": f"refs/heads/{DEFAULT_BRANCH}",
        "ref_name": DEFAULT_BRANCH,
        "ref_type": "branch",
        "ref_protected": False,
        "head_ref": "",
        "base_ref": "",
        "repository": site.repo,
        "repository_owner": site.owner,
        "repository_id": "1",
        "run_id": str(run.id),
        "run_number": str(run.run_number),
        "run_attempt": str(run.run_attempt),
        "actor": run.actor,
        "triggering_actor": run.actor,
        "workflow": run.workflow_name,
        "workflow_ref": f"{site.repo}/{run.workflow_file}@refs/heads/{DEFAULT_BRANCH}",
        "workflow_sha": run.head_sha,
        "server_url": site.url,
        "api_url": site.api_url,
        "graphql_url": f"{site.url}/api/graphql",
    }


@dataclass(kw_only=True)
class JobScope:
    """One job of one run at work."""

    site: GitHubSite
    options: RunnerOptions
    run: RunRecord
    workflow: WorkflowSpec
    spec: JobSpec
    needs: Mapping[str, JobResult]
    token: str
    directory: Path
    masker: Masker = field(default_factory=Masker)
    env: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    steps: dict[str, StepResult] = field(default_factory=dict)
    status: str = "success"

    def __post_init__(self) -> None:
        for secret in (self.token, *self.options.secrets.values()):
            self.masker.add(secret)

    @property
    def workspace(self) -> Path:
        """GITHUB_WORKSPACE."""
        return self.directory / "workspace"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.directory / "temp"

    @property
    def event_path(self) -> Path:
        """GITHUB_EVENT_PATH."""
        return self.directory / "event.json"

    def prepare_folders(self) -> None:
        """Make the job's folders, its event file and its `python`."""
        for folder in (self.workspace, self.temp, self.directory / "home", self.directory / "bin"):
            folder.mkdir(parents=True, exist_ok=True)
        self.event_path.write_text(json.dumps(build_event(self.site, self.run)), "utf-8")
        for name in ("python", "python3"):
            _write_starter(self.directory / "bin", name, self.options.python)

    def remove_folders(self) -> None:
        """Forget the job's folders."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def build_environment(self, step_env: Mapping[str, str]) -> dict[str, str]:
        """A step's variables: the runner's own, the job's and the step's, nothing of the host's."""
        start = {
            "CI": "true",
            "HOME": str(self.directory / "home"),
            "LANG": "C.UTF-8",
            "PATH": self._build_path(),
            "TMPDIR": str(self.temp),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
        fixed = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.event_path),
            "GITHUB_JOB": self.spec.key,
            "GITHUB_RETENTION_DAYS": "90",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": str(self.directory / "tools"),
            "RUNNER_OS": _name_system(),
            "RUNNER_ARCH": platform.machine().upper(),
            "RUNNER_NAME": "sandbox",
        }
        told = {
            f"GITHUB_{name.upper()}": str(value)
            for name, value in build_github_context(self.site, self.run).items()
            if isinstance(value, str)
        }
        kept = {name: os.environ[name] for name in _KEPT_FROM_HOST if name in os.environ}
        return kept | start | self.env | dict(step_env) | fixed | told

    def _build_path(self) -> str:
        found = (shutil.which(name) for name in _PROGRAMS)
        folders = [
            *reversed(self.paths),
            str(self.directory / "bin"),
            str(Path(self.options.python).parent),
            *_MINIMAL_PATH,
            *(str(Path(program).parent) for program in found if program),
        ]
        return os.pathsep.join(dict.fromkeys(folders))

    def build_scope(self, env: Mapping[str, str] | None = None) -> Scope:
        """What the job's expressions see, with a step's own `env` on top."""
        github = build_github_context(self.site, self.run) | {
            "token": self.token,
            "job": self.spec.key,
            "workspace": str(self.workspace),
            "event_path": str(self.event_path),
        }
        steps: dict[str, Value] = {
            name: {"outcome": step.outcome, "conclusion": step.conclusion, "outputs": dict(step.outputs)}
            for name, step in self.steps.items()
        }
        contexts: dict[str, Value] = {
            "github": github,
            "env": {**self.env, **(env or {})},
            "secrets": {**self.options.secrets, "GITHUB_TOKEN": self.token},
            "vars": dict(self.options.variables),
            "needs": show_needs(self.needs),
            "steps": steps,
            "job": {"status": self.status},
            "runner": {
                "os": _name_system(),
                "arch": platform.machine().upper(),
                "name": "sandbox",
                "temp": str(self.temp),
                "tool_cache": str(self.directory / "tools"),
                "environment": "self-hosted",
            },
            "inputs": show_inputs(self.run.event_payload),
        }
        return Scope(contexts, {"hashfiles": lambda patterns: hash_files(self.workspace, patterns)})

    def build_condition_scope(self, env: Mapping[str, str]) -> Scope:
        """What a step's `if` sees: no secrets, but the status functions."""
        status = as_status_functions(
            is_success=self.status == "success",
            is_failure=self.status == "failure",
            is_cancelled=self.status == "cancelled",
        )
        return self.build_scope(env).without("secrets").with_functions(status)


def show_needs(needs: Mapping[str, JobResult]) -> dict[str, Value]:
    """The `needs` context."""
    return {name: {"result": need.result, "outputs": dict(need.outputs)} for name, need in needs.items()}


def _name_system() -> str:
    return {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, "Linux")


def _write_starter(folder: Path, name: str, python: str) -> None:
    # A symbolic link would lose the virtual environment of the interpreter behind it.
    if sys.platform == "win32":
        (folder / f"{name}.cmd").write_text(f'@"{python}" %*\n', "utf-8")
        return
    quoted = python.replace("'", "'\\''")
    starter = folder / name
    starter.write_text(f"#!/bin/sh\nexec '{quoted}' \"$@\"\n", "utf-8")
    starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
