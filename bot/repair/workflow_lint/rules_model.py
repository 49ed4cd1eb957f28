"""Rules on a model in a workflow: what it must not stand beside, and how it must be held."""

import re
from collections.abc import Iterator
from typing import Final

from bot.repair.workflow_lint.document import Text, texts_in
from bot.repair.workflow_lint.finding import Rule
from bot.repair.workflow_lint.rules_payload import Hit
from bot.repair.workflow_lint.workflow import Job, Step, Workflow, model_keys_in

SPLIT: Final = (
    "Split it: one job with the model key and read rights, one that tests without either, one that publishes."
)

BESIDE_WRITE = Rule(
    "model-key-beside-write-token",
    "error",
    "Whoever talks the model over, or reads the key's job, can also change the repository.",
    SPLIT,
)
BESIDE_CODE = Rule(
    "model-key-beside-untrusted-code",
    "error",
    "Code that the model wrote, or that a stranger sent, runs where the model's key can be read.",
    SPLIT,
)
WRITE_BESIDE_CODE = Rule(
    "write-token-beside-untrusted-code",
    "error",
    "Code that the model wrote, or that a stranger sent, runs where the token can change the repository.",
    SPLIT,
)
KEY_FOR_ALL = Rule(
    "model-key-for-all-steps",
    "error",
    "Every step, and every program they install, can read the model's key.",
    "Give the key to the one step that calls the model.",
)
FULL_ACCESS = Rule(
    "model-without-sandbox",
    "error",
    "The model may run any command with the network and the job's rights.",
    "Use the sandbox: permission-profile `:workspace` (or `:read-only`), safety-strategy `drop-sudo`.",
)
ANYBODY = Rule(
    "model-open-to-anybody",
    "error",
    "Anybody, or any bot, can have the model work with your key and rights.",
    "Name the users and bots that may start it.",
)
NETWORK = Rule(
    "model-with-network",
    "warning",
    "With the network open, what the model reads can be sent anywhere.",
    "Leave the network closed in the model's sandbox.",
)
UNPINNED_MODEL_TOOL = Rule(
    "model-tool-unpinned",
    "warning",
    "Whatever version is newest runs with your key.",
    "Install one version: package@1.2.3 (or the action's codex-version).",
)
DRAFTLESS = Rule(
    "publish-without-draft",
    "error",
    "A pull request that nobody has looked at is ready to merge.",
    "Open it as a draft: `draft: true`, `gh pr create --draft`.",
)
AUTO_MERGE = Rule(
    "auto-merge",
    "error",
    "Code that no person has read gets to the branch that is deployed.",
    "Leave merging and approving to people.",
)
PUSH_TO_MAIN = Rule(
    "push-to-main",
    "error",
    "The change is live before anybody has seen it.",
    "Push a branch of its own and open a draft pull request.",
)
NO_CONCURRENCY = Rule(
    "model-without-concurrency",
    "warning",
    "The same request sent twice runs twice, side by side, and costs twice.",
    "Add `concurrency:` with a group that names the request.",
)

_DANGEROUS: Final = re.compile(
    r"danger-full-access|--dangerously-[\w-]+|--yolo\b|--full-auto\b.{0,80}danger|:danger[\w-]*"
    r"|bypassPermissions|approval[-_]mode[= ]+yolo|Bash\(\*\)",
    re.IGNORECASE,
)
_NETWORK: Final = re.compile(
    r"network_access\s*=\s*[\"']?true|--search\b|sandbox_workspace_write\.network|\bWeb(?:Fetch|Search)\b",
    re.IGNORECASE,
)
_WHO: Final = re.compile(r"allow[-_](?:users|bot[-_]users|bots)|allowed_(?:bots|non_write_users)")
_INSTALLS: Final = re.compile(
    r"(?:npm\s+(?:-\S+\s+)*(?:i|install|add)|npx|pnpm\s+add|yarn\s+(?:global\s+)?add|pip[\"']?\s+install|uv\s+tool\s+install|uvx)\b[^\n;&|]*?"
    r"[\s\"'](@openai/codex|@anthropic-ai/claude-code|@google/gemini-cli|aider-chat|openhands-ai|opencode-ai)"
    r"(?P<pin>(?:@|==)(?!latest)[\w.]+)?(?![\w/-])"
)
RUNS_CODE: Final = re.compile(
    r"(?m)^\s*(?:[A-Z_]+=\S*\s+)*(?:sudo\s+)?(?:time\s+)?"
    r"(?:(?:python3?|uv run|poetry run|pipenv run|pdm run|hatch run|xvfb-run)\s+(?!-[PI]\b)(?:-m\s+)?(?!json\.tool)\S"
    r"|(?:pytest|tox|nox|make|npm|npx|yarn|pnpm|bun|node|deno|cargo|go\s+(?:test|run|generate|build)|mvn|gradle"
    r"|\./gradlew|ant|rake|bundle|rspec|phpunit|composer|dotnet|sbt|mix|cmake|ctest|pip3?\s+install|uv\s+(?:sync|pip)|poetry\s+install|bash|sh)\b"
    r"|\./\S+|source\s+\S+|\.\s+\S+)"
)
"""Commands that run what stands in the checkout; `python -P` and `-I` run what is installed or named by PYTHONPATH."""


def model_rules(workflow: Workflow) -> Iterator[Hit]:
    """How a model is held, and what becomes of what it wrote."""
    for job in workflow.jobs:
        yield from _neighbours(job)
        for step in job.steps:
            yield from _reins(step)
            yield from _publishing(step)
            yield from _pushed_by_name(job, step)
    yield from _keys_for_all(workflow)
    yield from _concurrency(workflow)


def _neighbours(job: Job) -> Iterator[Hit]:
    code = untrusted_code(job)
    if job.model_key is not None or job.model_step is not None:
        line, name = job.model_key or (job.line, "a model")
        if job.writes:
            yield line, BESIDE_WRITE, f"{name} in the job {job.name!r}, whose token may write {', '.join(job.writes)}"
        elif job.foreign_write_token is not None:
            yield line, BESIDE_WRITE, f"{name} in the job {job.name!r} beside {job.foreign_write_token[1]}"
        if code is not None:
            yield code, BESIDE_CODE, f"{name} in the job {job.name!r}"
    elif code is not None and job.has_write_token:
        yield code, WRITE_BESIDE_CODE, f"the job {job.name!r}"


def untrusted_code(job: Job) -> int | None:
    """The line where the job runs code that a model wrote or a stranger sent, if it does."""
    untrusted_from: int | None = None
    for at, step in enumerate(job.steps):
        if untrusted_from is None and (at == job.model_step or brings_foreign_code(job, step)):
            untrusted_from = at
        if untrusted_from is not None and at > untrusted_from and (found := RUNS_CODE.search(step.run)):
            return step.run.line_of(found.start() + len(found[0]) - len(found[0].lstrip()))
        if untrusted_from is not None and (found := RUNS_CODE.search(_after_apply(step.run))):
            return step.run.line_of(len(step.run) - len(_after_apply(step.run)) + found.start())
    return None


def brings_foreign_code(job: Job, step: Step) -> bool:
    """Whether the step puts a stranger's commit, or a patch, into the checkout."""
    if re.search(
        r"\bgh\s+pr\s+checkout\b|\bgit\s+fetch\b[^\n]*\bpull/|\bgit\s+(?:apply|am)\b|\bpatch\s+-p\d", step.run
    ):
        return True
    if job.workflow.is_open_to_strangers and (step.inputs.text("run-id") or step.inputs.text("run_id")):
        return True
    if not step.is_action("actions/checkout") or not job.workflow.is_open_to_strangers:
        return False
    return any(
        re.search(r"\bhead[._]|pull/|merge_commit_sha|workflow_run\.head", step.inputs.text(key))
        for key in ("ref", "repository")
    )


def _after_apply(run: Text) -> str:
    found = re.search(r"\bgit\s+(?:apply|am)\b[^\n]*\n|\bgh\s+pr\s+checkout\b[^\n]*\n|\bpatch\s+-p\d[^\n]*\n", run)
    return run[found.end() :] if found else ""


def _reins(step: Step) -> Iterator[Hit]:
    parts = [("run", step.run), *texts_in(step.inputs)] if step.has_model or step.run else []
    for key, text in parts:
        if found := _DANGEROUS.search(text):
            yield text.line_of(found.start()), FULL_ACCESS, found[0]
        if step.has_model and (found := _NETWORK.search(text)):
            yield text.line_of(found.start()), NETWORK, found[0]
        if step.has_model and key == "safety-strategy" and text == "unsafe":
            yield text.first, FULL_ACCESS, "safety-strategy: unsafe"
        if step.has_model and _WHO.fullmatch(key) and text.strip() == "*":
            yield text.first, ANYBODY, f"{key}: {text}"
    if step.inputs.text("codex-version") in {"latest", "next", "alpha"}:
        yield step.inputs.line_at("codex-version"), UNPINNED_MODEL_TOOL, "codex-version: latest"
    for found in _INSTALLS.finditer(step.run):
        if not found["pin"]:
            yield step.run.line_of(found.start()), UNPINNED_MODEL_TOOL, found[1]


def _keys_for_all(workflow: Workflow) -> Iterator[Hit]:
    for name, holder in [
        ("the workflow", workflow.table),
        *((f"the job {job.name!r}", job.table) for job in workflow.jobs),
    ]:
        for key, value in model_keys_in(holder.table("env")):
            yield value.first, KEY_FOR_ALL, f"{key} in the env of {name}"


def _publishing(step: Step) -> Iterator[Hit]:
    if step.is_action("peter-evans/create-pull-request") and step.inputs.text("draft") not in {"true", "always-true"}:
        yield step.table.line_at("uses"), DRAFTLESS, "create-pull-request without draft"
    if re.search(r"enable-pull-request-automerge|automerge-action|auto-?merge|auto-?approve", step.uses, re.IGNORECASE):
        yield step.table.line_at("uses"), AUTO_MERGE, step.uses
    for text in (step.run, step.inputs.text("script")):
        yield from _published_by(text)


def _pushed_by_name(job: Job, step: Step) -> Iterator[Hit]:
    for table in (job.workflow.table.table("env"), job.table.table("env"), step.env):
        for name, value in texts_in(table):
            target = rf"\bgit\b[^\n]*\bpush\b[^\n]*[\s:\"']\$\{{?{re.escape(name)}\b"
            is_main = re.fullmatch(r"main|master|\$\{\{\s*github\.event\.repository\.default_branch\s*\}\}", value)
            if is_main and (found := re.search(target, step.run)):
                yield step.run.line_of(found.start()), PUSH_TO_MAIN, f"{name} is {value}"


_COMMANDS: Final = (
    (
        re.compile(
            r"gh\s+pr\s+create\b(?![^\n]*(?:\s--draft\b|\s-d\b))(?:[^\n]*\\\n(?![^\n]*(?:\s--draft\b|\s-d\b)))*[^\n]*"
        ),
        DRAFTLESS,
    ),
    (re.compile(r"\bpulls\.create\((?![^)]{0,1500}\bdraft\s*:\s*true)"), DRAFTLESS),
    (re.compile(r"gh\s+pr\s+merge\b|enablePullRequestAutoMerge|\bpulls\.merge\(|/pulls/[^\s\"']+/merge\b"), AUTO_MERGE),
    (re.compile(r"gh\s+pr\s+review\b[^\n]*--approve|event\s*:\s*['\"]APPROVE|gh\s+pr\s+ready\b"), AUTO_MERGE),
    (
        re.compile(
            r"git\s+(?:-\S+\s+(?:\S+=\S*\s+)?)*push\b[^\n]*\s(?:\S*:)?(?:refs/heads/)?(?:main|master|\"?\$\{?DEFAULT_BRANCH\}?\"?"
            r"|\$\{\{\s*github\.event\.repository\.default_branch\s*\}\})(?=\s|$)"
        ),
        PUSH_TO_MAIN,
    ),
)


def _published_by(text: Text) -> Iterator[Hit]:
    for pattern, rule in _COMMANDS:
        for found in pattern.finditer(text):
            yield text.line_of(found.start()), rule, " ".join(found[0].split())[:80]


def _concurrency(workflow: Workflow) -> Iterator[Hit]:
    by_others = workflow.triggers - {"workflow_call"}
    for job in workflow.jobs:
        if by_others and job.model_step is not None and not {*workflow.table, *job.table} & {"concurrency"}:
            yield job.line, NO_CONCURRENCY, f"{', '.join(sorted(by_others))} starts the job {job.name!r}"
