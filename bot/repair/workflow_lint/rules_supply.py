"""Rules on what a workflow takes in and leaves behind: actions, rights, credentials, artifacts, caches, runners."""

import re
from collections.abc import Iterator
from typing import Final

from bot.logging import redact
from bot.repair.workflow_lint.document import Table, Text, texts_in
from bot.repair.workflow_lint.finding import Rule
from bot.repair.workflow_lint.rules_model import brings_foreign_code
from bot.repair.workflow_lint.rules_payload import Hit
from bot.repair.workflow_lint.workflow import Job, Step, Workflow

FOREIGN_HEAD = Rule(
    "stranger-code-checked-out",
    "error",
    "The trigger runs with your secrets and token, and the checkout is a stranger's commit.",
    "Use `pull_request`, or check out the base and treat the head as text.",
)
UNPINNED = Rule(
    "unpinned-action",
    "error",
    "Whoever controls that tag or branch decides tomorrow what runs here.",
    "Pin the full commit id and keep the version as a comment: owner/action@<40 hex> # v1.2.3.",
)
NO_PERMISSIONS = Rule(
    "no-permissions",
    "warning",
    "Without a statement the token has the repository's default rights, often all of them.",
    "Write `permissions: {}` at the top, and in each job what it needs.",
)
WIDE = Rule(
    "wide-permissions",
    "error",
    "Every job gets rights that at most one of them needs.",
    "Write `permissions: {}` at the top, and in each job what it needs.",
)
CREDENTIALS = Rule(
    "persisted-credentials",
    "warning",
    "The checkout leaves the token in .git/config, where every later step and an artifact can read it.",
    "Add `persist-credentials: false` to the checkout.",
)
ARTIFACT = Rule(
    "artifact-without-digest",
    "error",
    "What another job or run left behind is used with a token that writes, whoever wrote it.",
    "Compare its sha256 with the one that was approved before anything uses it.",
)
CACHE = Rule(
    "shared-cache",
    "warning",
    "A cache is shared between runs: a poisoned one brings a stranger's code next to the key or the write token.",
    "Use no cache in this job.",
)
SELF_HOSTED = Rule(
    "self-hosted-runner",
    "warning",
    "The machine keeps what a run leaves on it, and stands in your network.",
    "Use a hosted runner, or an ephemeral one, for what strangers or a model can start.",
)
NO_TIMEOUT = Rule(
    "no-timeout",
    "warning",
    "A job that hangs runs (and costs) for six hours.",
    "Add `timeout-minutes:`.",
)
ALL_SECRETS = Rule(
    "all-secrets",
    "error",
    "Every secret is handed over where one is needed.",
    "Name the secrets that are needed.",
)
INSECURE_COMMANDS = Rule(
    "insecure-commands",
    "error",
    "Whatever a program prints can set variables of later steps.",
    "Remove ACTIONS_ALLOW_UNSECURE_COMMANDS.",
)
PIPE_TO_SHELL = Rule(
    "download-piped-to-shell",
    "warning",
    "Whoever answers at that address runs commands here.",
    "Install a pinned package, or check the file's sha256 before it is run.",
)
LITERAL_SECRET = Rule(
    "secret-in-file",
    "error",
    "Whoever can read the repository has the secret.",
    "Revoke it, and store a new one as a repository or environment secret.",
)
SPOOFABLE_BOT = Rule(
    "spoofable-actor",
    "warning",
    "github.actor is whoever acted last, not who wrote the commit.",
    "Compare github.event.pull_request.user.login (and the event's own type).",
)
ANY_DISPATCH = Rule(
    "any-dispatch",
    "warning",
    "Every repository_dispatch starts it, whatever its type.",
    "Name the types: `repository_dispatch: {types: [codex_autofix]}`.",
)
RESULT_IGNORED = Rule(
    "check-ignored",
    "error",
    "The job goes on although the check failed.",
    "Let it fail: no `continue-on-error` and no `|| true` on a check.",
)
WHOLE_WORKSPACE = Rule(
    "workspace-uploaded",
    "warning",
    "The whole checkout, .git and its credentials included, becomes an artifact that others can download.",
    "Name the files.",
)
STRANGER_STARTS = Rule(
    "anybody-starts-it",
    "error",
    "Anybody who can write a comment or an issue starts a job that holds a secret or a token that writes.",
    "Check author_association (OWNER, MEMBER, COLLABORATOR) in the job's `if:`.",
)

_PINNED: Final = re.compile(r"@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$")
_WHOLE_WORKSPACE: Final = re.compile(r"\.|\./|\*|\*\*|\$\{\{\s*github\.workspace\s*\}\}/?")
_CHECKS: Final = re.compile(r"\b(?:pytest|test|prove|verify|sha256sum|shasum|cosign|lint|check)\b")


def supply_rules(workflow: Workflow) -> Iterator[Hit]:
    """What comes in from elsewhere, and what each job may do with it."""
    yield from _permissions(workflow)
    yield from _trigger(workflow)
    for job in workflow.jobs:
        yield from _job(job)
        yield from _conditions(job)
        for step in job.steps:
            yield from _uses(step.uses)
            yield from _step(job, step)
    for key, text in texts_in(workflow.table):
        if key == "ACTIONS_ALLOW_UNSECURE_COMMANDS" and text.casefold() == "true":
            yield text.first, INSECURE_COMMANDS, key
        if re.search(r"toJSON\(\s*secrets\s*\)", text, re.IGNORECASE):
            yield text.first, ALL_SECRETS, "toJSON(secrets)"
        elif "${{" not in text and (redacted := redact(str(text))) != text:
            yield text.first, LITERAL_SECRET, redacted.strip()[:80]


def _permissions(workflow: Workflow) -> Iterator[Hit]:
    stated = workflow.table.get("permissions")
    line = workflow.table.line_at("permissions")
    if stated is None:
        for job in workflow.jobs:
            if "permissions" not in job.table:
                yield job.line, NO_PERMISSIONS, f"the job {job.name!r}"
    elif isinstance(stated, Text) and stated in {"write-all", "read-all"}:
        yield line, WIDE, f"permissions: {stated}"
    elif isinstance(stated, Table) and len(workflow.jobs) > 1:
        for name, right in stated.items():
            if right == "write":
                yield stated.line_at(name), WIDE, f"{name}: write for all {len(workflow.jobs)} jobs"
    for job in workflow.jobs:
        if job.table.text("permissions") == "write-all":
            yield job.table.line_at("permissions"), WIDE, f"write-all in the job {job.name!r}"


def _trigger(workflow: Workflow) -> Iterator[Hit]:
    on = workflow.table.get("on")
    table = on if isinstance(on, Table) else Table(workflow.table.line_at("on"))
    if "repository_dispatch" in workflow.triggers and not table.table("repository_dispatch").items_of("types"):
        yield table.line_at("repository_dispatch"), ANY_DISPATCH, "repository_dispatch without types"


def _job(job: Job) -> Iterator[Hit]:
    if job.table.text("uses"):
        yield from _uses(job.table.text("uses"))
        if job.table.text("secrets") == "inherit":
            yield job.table.line_at("secrets"), ALL_SECRETS, "secrets: inherit"
        return
    if "timeout-minutes" not in job.table:
        yield job.line, NO_TIMEOUT, f"the job {job.name!r}"
    for _, text in texts_in(job.table.get("runs-on", job.table.text("runs-on"))):
        if "self-hosted" in text.casefold():
            yield text.first, SELF_HOSTED, f"the job {job.name!r}"
    for name, text in texts_in(job.table.table("container")):
        if name == "image":
            yield from _uses(Text(f"docker://{text}"), text.first)
    yield from _started_by_anybody(job)


def _conditions(job: Job) -> Iterator[Hit]:
    for table in (job.table, *(step.table for step in job.steps)):
        condition = table.text("if")
        if re.search(r"github\.(?:triggering_)?actor\s*==\s*'[^']*\[bot\]'", condition):
            yield condition.first, SPOOFABLE_BOT, condition.strip()[:80]


def _started_by_anybody(job: Job) -> Iterator[Hit]:
    talk = job.workflow.triggers & {
        "issues",
        "issue_comment",
        "pull_request_review_comment",
        "discussion",
        "discussion_comment",
    }
    holds = job.writes or any("secrets." in text for _, text in texts_in(job.table))
    conditions = [job.table.text("if"), *(step.table.text("if") for step in job.steps)]
    asked = any(
        re.search(r"author_association|sender\.login|github\.actor|user\.login|needs\.", each) for each in conditions
    )
    own_check = any(step.is_action("openai/codex-action", "anthropics/claude-code-action") for step in job.steps)
    if talk and holds and not asked and not own_check:
        yield job.line, STRANGER_STARTS, f"{', '.join(sorted(talk))} starts the job {job.name!r}"


def _uses(uses: Text, line: int | None = None) -> Iterator[Hit]:
    if uses and not uses.startswith("./") and not _PINNED.search(uses):
        yield uses.first if line is None else line, UNPINNED, uses.removeprefix("docker://") if line else uses


def _step(job: Job, step: Step) -> Iterator[Hit]:
    line = step.table.line_at("uses")
    keeps_token = step.is_action("actions/checkout") and step.inputs.text("persist-credentials") != "false"
    if keeps_token:
        yield line, CREDENTIALS, f"the job {job.name!r}"
    is_download = "download-artifact" in step.uses
    if brings_foreign_code(job, step) and job.workflow.is_open_to_strangers and not is_download:
        yield _line_of_head(step), FOREIGN_HEAD, f"{', '.join(sorted(job.workflow.triggers))} in the job {job.name!r}"
    if re.search(r"(?:^|/)(?:action-)?download-artifact", step.uses.split("@")[0]) and _trusts_artifact(job, step):
        yield line, ARTIFACT, f"the job {job.name!r}"
    if _caches(step) and (job.has_write_token or job.model_key):
        yield line, CACHE, f"the job {job.name!r}"
    path = step.inputs.text("path").strip()
    if step.is_action("actions/upload-artifact") and _WHOLE_WORKSPACE.fullmatch(path):
        yield step.inputs.line_at("path"), WHOLE_WORKSPACE, f"path: {path}"
    yield from _scripts(step)


def _scripts(step: Step) -> Iterator[Hit]:
    if found := re.search(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b|\b(?:ba)?sh\s+<\(\s*curl", step.run):
        yield step.run.line_of(found.start()), PIPE_TO_SHELL, found[0][:80]
    if found := re.search(
        r"[^\n]*\b(?:pytest|sha256sum|shasum|autofix prove|npm (?:run )?test|make \w+|mypy|tox"
        r"|cargo test|go test)\b[^\n]*"
        r"(?:\|\|\s*(?:true|:|echo\b)|;\s*(?:exit 0|true)\b)",
        step.run,
    ):
        yield step.run.line_of(found.start()), RESULT_IGNORED, found[0].strip()[:80]
    if step.table.text("continue-on-error") == "true" and _CHECKS.search(
        step.run or step.table.text("name").casefold()
    ):
        yield step.table.line_at("continue-on-error"), RESULT_IGNORED, "continue-on-error on a check"


def _trusts_artifact(job: Job, step: Step) -> bool:
    from_elsewhere = bool(step.inputs.text("run-id")) or not step.is_action("actions/download-artifact")
    after = job.steps[job.steps.index(step) + 1 :]
    is_checked = any(
        re.search(r"sha256|shasum|digest|cosign|attestation", str(each.run), re.IGNORECASE) for each in after
    )
    return (job.has_write_token or from_elsewhere) and not is_checked


def _caches(step: Step) -> bool:
    name = step.uses.split("@")[0].casefold()
    if name in {"actions/cache", "actions/cache/restore"}:
        return True
    return name.startswith("actions/setup-") and step.inputs.text("cache") not in {"", "false"}


def _line_of_head(step: Step) -> int:
    for key in ("ref", "repository"):
        if step.inputs.text(key):
            return step.inputs.line_at(key)
    if found := re.search(r"\bgit\s+(?:checkout|switch|merge|reset)\b[^\n]*\bFETCH_HEAD\b", step.run):
        return step.run.line_of(found.start())
    return step.run.first if step.run else step.table.line_at("uses")
