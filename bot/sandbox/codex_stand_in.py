"""What stands in for the model in the sandbox's workflow: a script that knows one fault, and says so."""

import asyncio
import json
import re
from pathlib import Path

from bot.records.proposal import Report
from bot.sandbox.planted_fault import FILE, TEST, is_planted, mend
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest

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
