"""A workflow's jobs and steps, and what each of them holds: a model, a key, a token that writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.repair.workflow_lint.document import Items, Table, Text, plain, texts_in
from bot.repair.workflow_lint.expressions import Taint

_MODEL_ACTION: Final = re.compile(
    r"^(?:openai/codex-action|anthropics/claude-code(?:-base)?-action|google-github-actions/run-gemini-cli"
    r"|actions/ai-inference|[\w.-]+/[\w.-]*(?:codex|claude|gemini|aider|openhands|copilot-agent)[\w.-]*)(?:/|@)",
    re.IGNORECASE,
)
_MODEL_COMMAND: Final = re.compile(
    r"(?:^|[\s;&|(])(?:npx\s+(?:-y\s+|--yes\s+)?)?(?:@(?:openai|anthropic-ai|google)/)?"
    r"(?:codex(?:@\S+)?\s+(?:exec|e)\b|claude(?:-code)?(?:@\S+)?\s+(?:-\S+\s+)*(?:-p|--print)\b"
    r"|gemini(?:-cli)?(?:@\S+)?\s+(?:-\S+\s+)*(?:-p|--prompt)\b|aider\s+--|opencode\s+run\b)",
    re.MULTILINE,
)
_MODEL_KEY: Final = re.compile(
    r"(?:OPENAI|ANTHROPIC|CLAUDE|GEMINI|GOOGLE_AI|MISTRAL|GROQ|OPENROUTER|DEEPSEEK|XAI|CODEX|COHERE|AZURE_OPENAI)"
    r"\w*(?:KEY|TOKEN)\b|\bLLM_\w*KEY\b",
    re.IGNORECASE,
)
_CODE_WRITES: Final = frozenset({
    "contents", "pull-requests", "actions", "packages", "deployments", "pages", "workflows", "id-token",
    "attestations", "security-events", "repository-projects", "checks", "statuses",
})  # fmt: skip
STRANGERS: Final = frozenset({
    "issues", "issue_comment", "pull_request_target", "pull_request_review", "pull_request_review_comment",
    "discussion", "discussion_comment", "fork", "watch", "workflow_run",
})  # fmt: skip
"""Triggers that anybody can fire and that run with the repository's own secrets and token."""


@dataclass(frozen=True)
class Step:
    """One step of a job."""

    table: Table

    @property
    def run(self) -> Text:
        """Its script, or an empty text."""
        return self.table.text("run")

    @property
    def uses(self) -> Text:
        """Its action, or an empty text."""
        return self.table.text("uses")

    @property
    def inputs(self) -> Table:
        """What the action is given."""
        return self.table.table("with")

    @property
    def env(self) -> Table:
        """Its variables."""
        return self.table.table("env")

    def is_action(self, *names: str) -> bool:
        """Whether it uses one of these actions, whatever their version."""
        return self.uses.split("@")[0].casefold() in names

    def passes_on(self, variables: set[str]) -> bool:
        """Whether it writes one of these variables to its outputs."""
        return "GITHUB_OUTPUT" in self.run and any(re.search(rf"\b{re.escape(name)}\b", self.run) for name in variables)

    @property
    def has_model(self) -> bool:
        """Whether a model works in it."""
        return bool(_MODEL_ACTION.match(self.uses) or _MODEL_COMMAND.search(self.run))

    @property
    def model_keys(self) -> list[tuple[str, Text]]:
        """The secrets of a model that it is given, each with the name it is given under."""
        return [found for part in (self.env, self.inputs) for found in model_keys_in(part)]


def model_keys_in(table: Table) -> list[tuple[str, Text]]:
    """The model's secrets among the values of a mapping."""
    return [
        (key, value)
        for key, value in texts_in(table)
        if "secrets." in value and (_MODEL_KEY.search(value) or re.search(r"(?i)(?:api[-_]?key|oauth_token)$", key))
    ]


@dataclass(frozen=True)
class Job:
    """One job of a workflow."""

    name: str
    table: Table
    workflow: "Workflow"

    @cached_property
    def steps(self) -> list[Step]:
        """Its steps in order."""
        return [Step(step) for step in self.table.items_of("steps") if isinstance(step, Table)]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.workflow.jobs_table.line_at(self.name)

    @property
    def permissions(self) -> Table | Text | None:
        """What its token may do: its own statement, else the workflow's, else none was made."""
        for table in (self.table, self.workflow.table):
            value = table.get("permissions")
            if value is not None and not isinstance(value, Items):
                return value
        return None

    @cached_property
    def writes(self) -> list[str]:
        """The permissions with which its token can change the repository. Without a statement that is not known."""
        permissions = self.permissions
        if permissions is None or isinstance(permissions, Text):
            return ["everything"] if permissions == "write-all" else []
        return [name for name, right in permissions.items() if right == "write" and name in _CODE_WRITES]

    @property
    def has_write_token(self) -> bool:
        """Whether anything in it can change the repository: its own token, or a person's or App's."""
        return bool(self.writes) or self.foreign_write_token is not None

    @cached_property
    def foreign_write_token(self) -> tuple[int, str] | None:
        """Line and name of a secret token of GitHub other than the built-in one, if it is given one."""
        for _, text in texts_in(self.table):
            found = re.search(r"secrets\.(\w*(?:PAT|GH_TOKEN|GITHUB_\w*TOKEN|BOT_TOKEN|APP_PRIVATE_KEY)\w*)", text)
            if found and found[1] != "GITHUB_TOKEN":
                return text.line_of(found.start()), found[1]
        return None

    @cached_property
    def model_step(self) -> int | None:
        """The index of the first step in which a model works."""
        return next((at for at, step in enumerate(self.steps) if step.has_model), None)

    @cached_property
    def model_key(self) -> tuple[int, str] | None:
        """Line and name of a model's secret in this job, if there is one."""
        scopes = [self.workflow.table.table("env"), self.table.table("env"), self.table.table("secrets")]
        found = [each for scope in scopes for each in model_keys_in(scope)]
        found += [each for step in self.steps for each in step.model_keys]
        return (found[0][1].first, found[0][0]) if found else None

    @cached_property
    def taint(self) -> Taint:
        """What of it a stranger or a model can fill: for the whole job, its and the workflow's variables included."""
        outputs = {f"steps.{step.table.text('id')}" for step in self.steps if step.has_model}
        taint = Taint(frozenset(outputs | self.workflow.tainted_outputs(before=self)))
        tables = [self.workflow.table.table("env"), self.table.table("env"), *(step.env for step in self.steps)]
        taint.variables = {key for table in tables for key, value in texts_in(table) if any(taint.found_in(value))}
        passing = {f"steps.{step.table.text('id')}" for step in self.steps if step.passes_on(taint.variables)}
        return Taint(taint.outputs | passing, taint.variables)


class Workflow:
    """A workflow file's content."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @property
    def jobs_table(self) -> Table:
        """The mapping of its jobs."""
        return self.table.table("jobs")

    @cached_property
    def jobs(self) -> list[Job]:
        """Its jobs in order."""
        return [Job(name, job, self) for name, job in self.jobs_table.items() if isinstance(job, Table)]

    @cached_property
    def triggers(self) -> set[str]:
        """The names of the events that start it."""
        on = self.table.get("on", plain("", 1))
        return {str(on)} if isinstance(on, Text) else {str(each) for each in on}

    def tainted_outputs(self, before: Job) -> set[str]:
        """The outputs of the jobs above one that a stranger or a model filled, as later jobs read them."""
        found = set()
        for job in self.jobs[: [each.name for each in self.jobs].index(before.name)]:
            for name, value in texts_in(job.table.table("outputs")):
                if any(job.taint.found_in(value)):
                    found.add(f"needs.{job.name}.outputs.{name}")
        return found

    def is_answer(self, path: str) -> bool:
        """Is `needs.JOB.outputs.NAME` what a step with a model gave?"""
        parts = path.split(".")
        jobs = [job for job in self.jobs if parts[0] == "needs" and len(parts) == 4 and job.name == parts[1]]
        return any(
            f"steps.{step.table.text('id')}." in job.table.table("outputs").text(parts[3])
            for job in jobs
            for step in job.steps
            if step.has_model and step.table.text("id")
        )

    @property
    def is_open_to_strangers(self) -> bool:
        """Whether anybody can start it with the repository's own rights."""
        return bool(self.triggers & STRANGERS)

    @property
    def has_model(self) -> bool:
        """Whether a model works in any of its jobs."""
        return any(job.model_step is not None for job in self.jobs)

    def steps(self) -> Iterator[tuple[Job, Step]]:
        """Every step, with its job."""
        for job in self.jobs:
            for step in job.steps:
                yield job, step
