"""The work of one step: a script or an action, and what it leaves in the command files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.workflow_actions import ActionCall, StepFailedError
from bot.sandbox.workflow_catalog import find_action
from bot.sandbox.workflow_commands import StepLog, read_assignments
from bot.sandbox.workflow_expressions import interpolate, resolve_texts
from bot.sandbox.workflow_file import Block, StepSpec
from bot.sandbox.workflow_scope import JobScope
from bot.sandbox.workflow_shell import Script, is_installation, make_command_files, read_output, run_script
from bot.sandbox.workflow_values import to_text


def name_step(step: StepSpec) -> str:
    """The name GitHub gives a step that has none."""
    return f"Run {step.uses or step.run.strip().splitlines()[0]}" if step.uses or step.run.strip() else "Run"


@dataclass(kw_only=True)
class StepWork:
    """One step at work; `outputs` fills as it goes."""

    scope: JobScope
    step: StepSpec
    number: int
    env: Mapping[str, str]
    log: StepLog
    outputs: dict[str, str] = field(default_factory=dict)
    _script: Script | None = None

    async def run(self) -> None:
        """Do it; raises StepFailedError or WorkflowError."""
        await (self._run_action() if self.step.uses else self._run_script())

    def keep_output(self) -> None:
        """Take what the script printed into the log, also of one that was stopped."""
        if self._script is not None:
            self.log.take(read_output(self._script))
            self._script = None

    async def _run_action(self) -> None:
        scope, site = self.scope, self.scope.site
        call = ActionCall(
            site=site,
            run_id=scope.run.id,
            run_attempt=scope.run.run_attempt,
            workspace=scope.workspace,
            token=scope.token,
            inputs=resolve_texts(self.step.inputs, scope.build_scope(self.env)),
            environment=scope.build_environment(self.env),
            log=self.log,
            stand_in=scope.options.stand_in,
            python=scope.options.python,
            head_sha=scope.run.head_sha,
            head_branch=scope.run.head_branch,
            outputs=self.outputs,
        )
        await find_action(self.step.uses)(call)

    async def _run_script(self) -> None:
        scope = self.scope.build_scope(self.env)
        text = interpolate(self.step.run, scope)
        if is_installation(text):
            self.log.say(text.rstrip())
            self.log.say("Nothing was installed: the environment at hand serves.")
            return
        files = make_command_files(self.scope.temp, self.number)
        own = {name: str(path) for name, path in files.items()}
        script = Script(
            text=text,
            shell=self._choose("shell", self.step.shell),
            folder=self._find_folder(),
            environment=self.scope.build_environment(self.env) | own,
            temp=self.scope.temp,
            number=self.number,
        )
        self.log.say(text.rstrip())
        self._script = script
        code = await run_script(script)
        self.keep_output()
        self._read_files(files)
        if code:
            raise StepFailedError(f"Process completed with exit code {code}.")

    def _choose(self, name: str, own: str) -> str:
        defaults: tuple[Block, Block] = (self.scope.spec.defaults, self.scope.workflow.defaults)
        value = own or next((to_text(block[name]) for block in defaults if block.get(name)), "")
        return interpolate(value, self.scope.build_scope(self.env))

    def _find_folder(self) -> Path:
        wanted = self._choose("working-directory", self.step.working_directory)
        folder = self.scope.workspace / wanted
        if not folder.is_dir():
            raise StepFailedError(f"The working-directory {wanted!r} is no folder of the workspace.")
        return folder

    def _read_files(self, files: Mapping[str, Path]) -> None:
        texts = {name: path.read_text("utf-8", "replace") for name, path in files.items() if path.exists()}
        self.outputs |= read_assignments(texts.get("GITHUB_OUTPUT", ""), "GITHUB_OUTPUT")
        self.scope.env |= read_assignments(texts.get("GITHUB_ENV", ""), "GITHUB_ENV")
        self.scope.paths += [line.strip() for line in texts.get("GITHUB_PATH", "").splitlines() if line.strip()]
        if summary := texts.get("GITHUB_STEP_SUMMARY", "").strip():
            run = self.scope.run
            self.scope.site.state.add_summary(run.id, self.log.masker.mask(summary))
