"""Rules on text from outside: where it must not be spliced in."""

import re
from collections.abc import Iterator
from typing import Final

from bot.repair.workflow_lint.document import Text, texts_in
from bot.repair.workflow_lint.finding import Rule
from bot.repair.workflow_lint.workflow import Job, Step, Workflow

Hit = tuple[int, Rule, str]
"""Line, rule, and what stands there."""

AS_DATA: Final = "Pass it through `env:` and read the variable, in double quotes; or read $GITHUB_EVENT_PATH."

IN_RUN = Rule("payload-in-run", "error", "Whoever writes this text runs commands with the job's rights.", AS_DATA)
IN_PROMPT = Rule(
    "payload-in-prompt",
    "error",
    "Whoever writes this text gives the model its instructions.",
    "Write it as JSON into a file, say in the prompt that the file is data, and name only the file.",
)
IN_SCRIPT = Rule(
    "payload-in-script",
    "error",
    "Whoever writes this text runs code with the script's token.",
    "Pass it through `env:` and read process.env, or read context.payload.",
)
IN_ENV_FILE = Rule(
    "payload-in-env-file",
    "error",
    "A line end in the text sets any variable for all later steps (PATH, LD_PRELOAD, NODE_OPTIONS).",
    "Do not write it to $GITHUB_ENV or $GITHUB_PATH; give it to the one step that needs it by `env:`.",
)
IN_OUTPUT_FILE = Rule(
    "payload-in-output-file",
    "error",
    "A line end in the text sets further outputs, which later steps believe.",
    "Write only checked values, or use a heredoc whose delimiter is random for each run.",
)
EVALUATED = Rule(
    "payload-evaluated",
    "error",
    "The text is run as a command although it came through a variable.",
    'Never give it to eval or to `sh -c`; use it as one quoted argument: "$NAME".',
)
IN_REF = Rule(
    "payload-in-checkout",
    "error",
    "The sender chooses which code runs with this job's rights.",
    "Check out the default branch, or a commit id that your own code has looked up and checked.",
)
IN_SHELL = Rule("payload-in-shell-option", "error", "The text decides how the step is run.", AS_DATA)
MODEL_IN_RUN = Rule(
    "model-answer-in-run",
    "error",
    "A model's answer can hold whatever an attacker talked it into; here it is run.",
    "Take the answer from a file, validate it, and pass it through `env:`.",
)
SECRET_IN_RUN = Rule(
    "secret-in-run",
    "warning",
    "The secret stands in the script's text, in the process list and in its shell's history.",
    "Pass it through `env:` and use the variable.",
)

_VARIABLE: Final = r"(?:\$(?:\{|env:)?|environ(?:\.get)?[\[(][\"']|process\.env\.|\bENV\[['\"])NAME\b"
_ASSIGNS: Final = re.compile(r"\s*(?:export\s+|local\s+|\$)?(\w+)\s*=\s*(.*)")
_WRITES: Final = re.compile(r"\b(?:echo|printf|cat|write|print)\b")
_RANDOM_END: Final = re.compile(r"<<\s*[\"']?\$|\b(?:uuidgen|urandom|openssl rand|RANDOM|uuid4|token_hex)\b")
_ASKS: Final = r"(?:\bcodex(?:@\S+)?\s+(?:exec|e)\b|\bclaude\s|\bgemini\s|\baider\s)[^\n|<]*"
_EVALUATES: Final = (
    r"(?:\beval\b|\b(?:ba|z|da)?sh\s+-\w*c\b|\bpython3?\s+-c\b|\bnode\s+-e\b|\|\s*(?:ba)?sh\b|\bxargs\b)[^\n]*"
)


def payload_rules(workflow: Workflow) -> Iterator[Hit]:
    """Text from outside where it is run, followed, or believed."""
    for job, step in workflow.steps():
        yield from _spliced(job, step.run, IN_RUN)
        yield from _in_inputs(job, step)
        yield from _through_variables(job, step)
        for key in ("shell", "working-directory"):
            yield from _spliced(job, step.table.text(key), IN_SHELL)
        for line, secret in _secrets(step.run):
            yield line, SECRET_IN_RUN, f"{secret} in a script"


def _spliced(job: Job, text: Text, rule: Rule) -> Iterator[Hit]:
    for line, path in job.taint.found_in(text):
        is_answer = path.startswith("steps.") or job.workflow.is_answer(path)
        chosen = MODEL_IN_RUN if is_answer and rule in {IN_RUN, IN_SCRIPT} else rule
        yield line, chosen, path


def _in_inputs(job: Job, step: Step) -> Iterator[Hit]:
    for key, text in texts_in(step.inputs):
        name = key.casefold()
        if step.has_model and ("prompt" in name or "instruction" in name or name.endswith("args")):
            yield from _spliced(job, text, IN_PROMPT)
        elif name in {"script", "run", "command", "cmd", "inlinescript"}:
            yield from _spliced(job, text, IN_SCRIPT)
        elif step.is_action("actions/checkout") and name in {"ref", "repository"}:
            yield from _spliced(job, text, IN_REF)


def _through_variables(job: Job, step: Step) -> Iterator[Hit]:
    for name in sorted(shell_variables(job, step)):
        variable = _VARIABLE.replace("NAME", re.escape(name))
        for number, line in enumerate(step.run.splitlines()):
            if not re.search(variable, line):
                continue
            at = step.run.first + number
            if _goes_to(step.run, line, "ENV") or _goes_to(step.run, line, "PATH"):
                yield at, IN_ENV_FILE, f"{name} goes to GITHUB_ENV or GITHUB_PATH"
            elif _goes_to(step.run, line, "OUTPUT") and not _RANDOM_END.search(step.run):
                yield at, IN_OUTPUT_FILE, f"{name} goes to GITHUB_OUTPUT"
            if re.search(_EVALUATES + variable, line):
                yield at, EVALUATED, f"{name} is run as a command"
            if re.search(_ASKS + variable, line):
                yield at, IN_PROMPT, f"{name} stands in the prompt"


def shell_variables(job: Job, step: Step) -> set[str]:
    """The variables of a script that hold text from outside: those given, and those it makes of them."""
    tainted = set(job.taint.variables)
    for line in step.run.splitlines():
        made = _ASSIGNS.match(line)
        if made and any(re.search(_VARIABLE.replace("NAME", re.escape(name)), made[2]) for name in tainted):
            tainted.add(made[1])
    return tainted


def _goes_to(run: Text, line: str, file: str) -> bool:
    """Whether the line's text is written to one of the runner's files, by itself or as part of a group."""
    name = re.compile(rf"GITHUB_{file}\b")
    if name.search(line):
        return True
    return bool(
        name.search(run) and _WRITES.search(line) and re.search(rf"(?m)^\s*\}}\s*>>.*GITHUB_{file}|open\(", run)
    )


def _secrets(text: Text) -> Iterator[tuple[int, str]]:
    for found in re.finditer(r"(?i)\$\{\{[^}]{0,500}\b(secrets(?:\.|\[\s*')\w+|github\.token)[^}]{0,500}\}\}", text):
        yield text.line_of(found.start()), found[1]
