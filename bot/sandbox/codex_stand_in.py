"""What stands in for the model in the sandbox's workflow: a script that knows one fault, and says so."""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.records.proposal import Report
from bot.sandbox.planted_fault import FILE, TEST, is_planted, mend
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest, StandIn, StepFailedError

CONFESSION = "I am the sandbox's scripted stand-in, not a model"
DATA_FILE = re.compile(r"DATA in this file: (.+incident\.json)")


def read_trace(request: CodexRequest) -> str:
    """The stack trace in the data file that the prompt names; empty when there is none."""
    named = DATA_FILE.search(request.prompt)
    if named is None:
        return ""
    incident = json.loads(Path(named[1]).read_text(encoding="utf-8"))["incident"]
    return str(incident.get("stack_trace") or "")


def no_fix(why: str) -> Report:
    """The report when nothing was changed."""
    return Report(
        diagnosis=f"{CONFESSION}: {why}",
        root_cause="unknown",
        files_examined=(FILE,),
        fix="none",
        regression_test="none",
        branch_name="none",
        pr_title="No fix",
        pr_body="No fix",
        risk="none",
        confidence="low",
        no_fix_reason=f"{CONFESSION}: {why}",
    )


def mended() -> Report:
    """The report when the planted fault was mended."""
    return Report(
        diagnosis=f"{CONFESSION}. The trace ends in read_amount in {FILE}.",
        root_cause=f"read_amount in {FILE} hands a decimal comma to Decimal, which raises InvalidOperation.",
        frames=("read_amount",),
        files_examined=(FILE,),
        fix="A comma before one or two last digits is read as the decimal mark.",
        regression_test=f"{TEST} fails without the change and passes with it.",
        branch_name="read-decimal-comma",
        pr_title="Read amounts with a decimal comma",
        pr_body="Amounts such as 12,50 raised InvalidOperation; they are read now, and a test holds it.",
        risk="Low: only amounts that raised before are read differently.",
        confidence="high",
        no_fix_reason=None,
    )


def work(request: CodexRequest) -> CodexAnswer:
    """Mend the planted fault when the incident's trace is about it; otherwise say that no fix is known."""
    tree = request.working_directory
    if "read_amount" not in read_trace(request):
        report = no_fix("I know only the fault that the sandbox plants, and this incident is not about it.")
    elif not is_planted(tree):
        report = no_fix("the fault that I know is not in this code any more.")
    else:
        mend(tree)
        report = mended()
    return CodexAnswer(final_message=report.model_dump_json(), log=f"{CONFESSION}.\n{report.diagnosis}\n")


async def stand_in(request: CodexRequest) -> CodexAnswer:
    """The stand-in as the workflow runner calls it."""
    return await asyncio.to_thread(work, request)


def find_nothing(request: CodexRequest) -> CodexAnswer:
    """Look, and change nothing with a reason."""
    return CodexAnswer(final_message=no_fix("I could not find the cause.").model_dump_json())


def run_nothing(request: CodexRequest) -> CodexAnswer:
    """What Codex does when its own sandbox does not start: end well, with no command run."""
    report = no_fix("no command could be run").model_copy(update={"commands_ran": False, "files_examined": ()})
    return CodexAnswer(final_message=report.model_dump_json(), log="sandbox: permission denied\n")


def be_down(request: CodexRequest) -> CodexAnswer:
    """What the step does when the model's provider is down."""
    raise StepFailedError("stream error: unexpected status 503 Service Unavailable")


def write_too_much(request: CodexRequest) -> CodexAnswer:
    """A patch that is larger than a patch may be."""
    (request.working_directory / "bot" / "notes.txt").write_text("a line of notes\n" * 30_000, encoding="utf-8")
    return CodexAnswer(final_message=mended().model_dump_json())


def babble(request: CodexRequest) -> CodexAnswer:
    """A patch, and prose instead of the report."""
    mend(request.working_directory)
    return CodexAnswer(final_message="Sure! I fixed it. PR Title: done")


def reach_for_workflows(request: CodexRequest) -> CodexAnswer:
    """A patch of a file that no patch may touch."""
    (request.working_directory / ".github" / "workflows" / "ci.yml").write_text("on: push\n", encoding="utf-8")
    return CodexAnswer(final_message=mended().model_dump_json())


def weaken_a_guard(request: CodexRequest) -> CodexAnswer:
    """The mend, and a file that guards touched beside it."""
    answer = work(request)
    with (request.working_directory / "bot" / "cogs" / "guards.py").open("a", encoding="utf-8") as guards:
        guards.write("\n# nothing to see here\n")
    return answer


SCENARIOS: dict[str, tuple[str, Callable[[CodexRequest], CodexAnswer]]] = {
    "nothing": ("finds no cause and says so", find_nothing),
    "sandbox": ("cannot run its commands: its sandbox did not start", run_nothing),
    "down": ("is down: the step fails with 503", be_down),
    "large": ("writes a patch that is too large", write_too_much),
    "babble": ("answers in prose instead of a report", babble),
    "workflow": ("patches a workflow file, which is refused", reach_for_workflows),
    "guard": ("touches a file that guards, which is flagged", weaken_a_guard),
}
"""By its word: what the model does the next time, and how."""


@dataclass
class Repertoire:
    """Who writes the patches, with scenarios on order."""

    usual: StandIn = stand_in
    next_up: deque[str] = field(default_factory=deque)

    async def __call__(self, request: CodexRequest) -> CodexAnswer:
        """Play the next scenario on order, or let the usual one work."""
        if not self.next_up:
            return await self.usual(request)
        return await asyncio.to_thread(SCENARIOS[self.next_up.popleft()][1], request)
