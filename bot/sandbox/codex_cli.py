"""The real Codex CLI as the sandbox's coding agent, with the scripted model behind it."""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest, StepFailedError

SECONDS = 600.0
SANDBOXES = {":workspace": "workspace-write", ":read-only": "read-only"}
"""The action's permission profiles, as the CLI calls them."""
KEY_NAME = "SANDBOX_MODEL_KEY"


@dataclass(frozen=True)
class CodexCli:
    """Runs `codex exec` as openai/codex-action does, against a model at a loopback address."""

    program: str
    model_url: str

    async def __call__(self, request: CodexRequest) -> CodexAnswer:
        """Have it work in the folder. Raises StepFailedError when it does not end well."""
        with tempfile.TemporaryDirectory(prefix="suture-codex-") as home:
            argv = [*self._argv(request), *schema_of(request, Path(home)), "-o", str(Path(home, "answer")), "-"]
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=request.working_directory,
                env=environment(home, request),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                async with asyncio.timeout(SECONDS):
                    words, _ = await process.communicate(request.prompt.encode())
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            log = words.decode("utf-8", "replace")
            answer = Path(home, "answer")
            if process.returncode or not answer.is_file():
                raise StepFailedError(f"codex exec ended with {process.returncode}: {log.strip()[-500:]}")
            return CodexAnswer(final_message=answer.read_text("utf-8"), log=log)

    def _argv(self, request: CodexRequest) -> list[str]:
        profile = request.inputs.get("permission-profile", "").strip()
        provider = f'{{name="sandbox", base_url="{self.model_url}", wire_api="responses", env_key="{KEY_NAME}"}}'
        return [
            self.program,
            "exec",
            "--skip-git-repo-check",
            "--sandbox",
            SANDBOXES.get(profile, "read-only"),
            "-c",
            'model_provider="sandbox"',
            "-c",
            f"model_providers.sandbox={provider}",
            "-c",
            'model="scripted"',
            *extra_arguments(request),
        ]


def extra_arguments(request: CodexRequest) -> list[str]:
    """The action's codex-args: a JSON list of texts. Raises StepFailedError for anything else."""
    text = request.inputs.get("codex-args", "").strip()
    try:
        value: JsonValue = json.loads(text) if text else []
    except ValueError:
        value = text
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise StepFailedError("codex-args is no JSON list of texts.")
    return [str(each) for each in value]


def schema_of(request: CodexRequest, home: Path) -> list[str]:
    """The option for the answer's schema, if there is one."""
    if request.output_schema is None:
        return []
    file = home / "schema.json"
    file.write_text(json.dumps(request.output_schema), "utf-8")
    return ["--output-schema", str(file)]


def environment(home: str, request: CodexRequest) -> dict[str, str]:
    """Nothing of ours but the path, a home that is thrown away, and the key."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": home, "CODEX_HOME": home, KEY_NAME: request.inputs.get("openai-api-key", "")}
