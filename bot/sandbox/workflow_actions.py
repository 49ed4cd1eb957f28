"""The published actions the sandbox's runner stands in for: what each is given, and what Codex is asked."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from bot.sandbox.github_site import GitHubSite
from bot.sandbox.workflow_commands import StepLog


class StepFailedError(Exception):
    """The step cannot do its work; the message goes to its log and its annotations."""


@dataclass(frozen=True, kw_only=True)
class CodexRequest:
    """What a workflow asks of Codex."""

    prompt: str
    working_directory: Path
    output_file: Path | None
    output_schema: dict[str, JsonValue] | None
    inputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CodexAnswer:
    """What Codex said last, and what it printed while at work."""

    final_message: str
    log: str = ""


class StandIn(Protocol):
    """Does a coding agent's work in a folder; may raise StepFailedError, as a model's provider may fail."""

    async def __call__(self, request: CodexRequest) -> CodexAnswer:
        """Change files below the working directory and say what was done."""
        ...


@dataclass(frozen=True, kw_only=True)
class ActionCall:
    """One `uses:` step about to be done; paths it is given count from the workspace."""

    site: GitHubSite
    run_id: int
    run_attempt: int
    workspace: Path
    token: str
    inputs: Mapping[str, str]
    environment: Mapping[str, str]
    log: StepLog
    stand_in: StandIn
    python: str
    head_sha: str
    head_branch: str
    outputs: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, default: str = "") -> str:
        """An input without spaces around it; names count without regard to case."""
        for given, value in self.inputs.items():
            if given.lower() == name and value.strip():
                return value.strip()
        return default

    def is_on(self, name: str, *, default: bool) -> bool:
        """An input that is true or false; raises StepFailedError for anything else."""
        value = self.read(name, str(default)).lower()
        if value not in {"true", "false"}:
            raise StepFailedError(f"The input {name} is {value!r}, neither true nor false.")
        return value == "true"

    def refuse_inputs(self, *names: str) -> None:
        """Raise StepFailedError if one of these inputs is set: the sandbox could not honour it."""
        for name in names:
            if self.read(name).lower() not in {"", "false"}:
                raise StepFailedError(f"The sandbox's runner does not know the input {name}; leave it out.")

    def find_path(self, text: str) -> Path:
        """A path of an input."""
        return self.workspace / text


Action = Callable[[ActionCall], Awaitable[None]]


async def set_up_python(call: ActionCall) -> None:
    """The interpreter at hand, whatever version was asked for."""
    call.log.say(f"Python {call.read('python-version', 'of any version')}: the environment at hand serves.")
    call.outputs["python-path"] = call.python


async def set_up_node(call: ActionCall) -> None:
    """The Node at hand, if any."""
    call.log.say(f"Node {call.read('node-version', 'of any version')}: the environment at hand serves.")


async def restore_cache(call: ActionCall) -> None:
    """No cache: what it would hold is in the environment at hand."""
    call.log.say(f"Cache {call.read('key')!r}: the environment at hand serves.")
    call.outputs["cache-hit"] = "false"


async def create_app_token(call: ActionCall) -> None:
    """There are no GitHub Apps here."""
    raise StepFailedError(
        "actions/create-github-app-token is not available here: the sandbox has no GitHub App; use the job's token."
    )


async def ask_codex(call: ActionCall) -> None:
    """Ask the stand-in for Codex; its last message goes to `output-file` and the output `final-message`."""
    if not call.read("openai-api-key") and not call.read("responses-api-endpoint"):
        raise StepFailedError(
            "openai/codex-action has no openai-api-key: set the secret OPENAI_API_KEY and pass it to this step."
        )
    output = call.read("output-file")
    request = CodexRequest(
        prompt=_read_prompt(call),
        working_directory=call.find_path(call.read("working-directory")),
        output_file=call.find_path(output) if output else None,
        output_schema=_read_schema(call),
        inputs=call.inputs,
    )
    if not request.working_directory.is_dir():
        raise StepFailedError(
            f"The working-directory {call.read('working-directory')!r} is no folder of the workspace."
        )
    answer = await call.stand_in(request)
    call.log.take(answer.log)
    if request.output_file is not None:
        request.output_file.parent.mkdir(parents=True, exist_ok=True)
        request.output_file.write_text(answer.final_message, "utf-8")
    call.outputs["final-message"] = answer.final_message


def _read_prompt(call: ActionCall) -> str:
    prompt, file = call.inputs.get("prompt", ""), call.read("prompt-file")
    if bool(prompt.strip()) == bool(file):
        raise StepFailedError("openai/codex-action takes either prompt or prompt-file.")
    return prompt if prompt.strip() else _read_text(call, file)


def _read_schema(call: ActionCall) -> dict[str, JsonValue] | None:
    text, file = call.read("output-schema"), call.read("output-schema-file")
    if text and file:
        raise StepFailedError("openai/codex-action takes either output-schema or output-schema-file.")
    if not text and not file:
        return None
    try:
        schema = json.loads(text or _read_text(call, file))
    except ValueError as reason:
        raise StepFailedError(f"The output schema is not JSON: {reason}.") from reason
    if not isinstance(schema, dict):
        raise StepFailedError("The output schema is not a JSON object.")
    return schema


def _read_text(call: ActionCall, path: str) -> str:
    try:
        return call.find_path(path).read_text("utf-8")
    except OSError as reason:
        raise StepFailedError(f"The file {path!r} cannot be read: {reason.strerror}.") from reason
