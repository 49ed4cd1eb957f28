"""Why a run of the workflow came to nothing, a sentence for each way, with what can be done about it."""

from typing import TYPE_CHECKING

from bot.records.proposal import Report

if TYPE_CHECKING:
    from bot.apis.github_shapes import Job, Run

PRUNED = "GitHub pruned what the run had left (it keeps that for 30 days at most) before it was fetched."
"""How a patch ends that nobody came for in time."""
SILENT_END = ("cancelled", "timed_out")
STEPS = {
    "Look for the model key": (
        "The model key is missing: put OPENAI_API_KEY into the environment “autofix” or the Actions secrets."
    ),
    "Install": "The workflow could not install its packages: is the package index reachable, are the lock files whole?",
    "Write the brief": "The workflow could not write the brief for the model; the step's log says why.",
    "Take the fix back": "Git could not take the fix back; the step's log says why. Revert it by hand on GitHub.",
    "Write the patch": (
        "The model gave no answer: it is down, its key is refused, or its quota is spent; the step's log says which."
    ),
    "Write the diff": "The workflow could not write down what the model changed; the step's log says why.",
    "Keep the patch": "The patch could not be stored as an artifact: is the repository's artifact storage full?",
    "Check the patch's digest": "The patch changed on its way to the proof: its sha256 differs. Nothing was proved.",
    "Prove": "The prover broke on the patch; the step's log says why. Nothing was proved.",
    "Check the proof's size": "The proof is larger than a proof can be: what was tested may have written into it.",
    "Keep the proof": "The proof could not be stored as an artifact: is the repository's artifact storage full?",
    "Ask for the App's token": (
        "The GitHub App gave no token: are AUTOFIX_APP_ID and AUTOFIX_APP_PRIVATE_KEY right, and is it installed here?"
    ),
}
"""By the step's name in the workflow file; a test holds that each is there."""


def failure_of(run: "Run", jobs: "list[Job]") -> str:
    """Where a run failed and what that means."""
    for job in jobs:
        for step in job.steps:
            if step.conclusion in ("failure", *SILENT_END):
                where = f"job “{job.name}”, step “{step.name}”"
                if step.conclusion in SILENT_END:
                    return f"The workflow was stopped ({step.conclusion}) in {where}: cancelled, or it took too long."
                return f"{STEPS.get(step.name, 'The workflow failed.')} It ended with failure in {where}."
    if run.conclusion in SILENT_END:
        return f"The workflow run was stopped ({run.conclusion}) before a step began: cancelled, or no runner came."
    if run.conclusion == "startup_failure":
        return "The workflow could not start (startup_failure): GitHub does not take its file; the run's page says why."
    return f"The workflow run ended with {run.conclusion}."


def no_fix_of(report: Report) -> str:
    """Why a run that succeeded changed nothing."""
    if not report.commands_ran:
        return (
            "No fix: the coding agent could not run its commands, so it saw no code: its sandbox did not start. "
            "The log of the step “Write the patch” says why."
        )
    looked = ", ".join(name[:120] for name in report.files_examined[:10])
    if report.no_fix_reason:
        return f"No fix: {report.no_fix_reason}" + (f" It looked at {looked}." if looked else "")
    if looked:
        return f"No fix: it changed no file and did not say why. It looked at {looked}."
    return (
        "No fix: it changed no file, looked at none and did not say why, as when its sandbox could not start. "
        "The log of the step “Write the patch” says which."
    )
