"""The text of a draft pull request: what a reviewer needs, with every foreign word fenced so that it stays text."""

import re
from dataclasses import dataclass, field

from bot.incident.foreign_text import one_line
from bot.logging import redact
from bot.records.proposal import LEVELS, Proof, Proposal, Report
from bot.repair.brief import Publishing
from bot.repair.evidence import Evidence
from bot.repair.undone_fix import TRAILER

MAX_TITLE = 120
MAX_REASONS = 10
MAX_FLAGS = 12
LIVE = re.compile(r"([@#\[]|GH(?=-\d)|:(?=//)|www(?=\.))", re.IGNORECASE)
"""Where GitHub would begin a mention, a reference that closes an issue, a link, or a word that skips the checks."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """All that a pull request tells."""

    publishing: Publishing
    report: Report
    proof: Proof
    files: list[str]
    evidence: Evidence = field(default_factory=Evidence)

    @classmethod
    def of(cls, publishing: Publishing, patch: Proposal, evidence: Evidence) -> "Draft":
        """The draft of an approved patch."""
        return cls(publishing=publishing, report=patch.report, proof=patch.proof, files=patch.files, evidence=evidence)


def shown(text: str) -> str:
    """The text with every character that cannot be seen, or turns the reading order, as a mark."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def fenced(text: str, limit: int = 6000) -> str:
    """The text in a code block that it cannot break out of."""
    text = shown("\n".join(redact(text).splitlines())).strip()[:limit]
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    text = text[: max(limit - 2 * longest, 0)] or "—"
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def title_of(report: Report) -> str:
    """One line, at most 120 characters, that mentions nobody, closes no issue and skips no checks (`[skip ci]`)."""
    return LIVE.sub("\\1\u200b", one_line(report.pr_title))[:MAX_TITLE].rstrip() or "Fix an incident"


def proof_table(proof: Proof) -> str:
    """The levels, and up to which of them the proof goes."""
    rows = [f"| {level} | {what} | {'✅' if level <= proof.level else '—'} |" for level, what in enumerate(LEVELS)]
    return "\n".join(("| level | what it says | holds |", "|---|---|---|", *rows))


def flags_text(proof: Proof) -> str:
    """What the policy tells of the diff; empty when there is nothing to tell."""
    if not proof.policy_flags:
        return ""
    boxes = "\n\n".join(fenced(flag, 600) for flag in proof.policy_flags[:MAX_FLAGS])
    return f"### Flagged by the patch policy\nRead these places yourself.\n\n{boxes}\n\n"


def regression_text(report: Report) -> str:
    """Which test holds the fix, or why there is none."""
    if report.no_test_reason:
        return f"None, because: {report.no_test_reason}"
    return report.regression_test or "None, and the agent does not say why."


def evidence_text(evidence: Evidence) -> str:
    """Where it broke, the innermost frame last."""
    facts = (evidence.exception, *evidence.frames, evidence.build and f"build {evidence.build}")
    return "\n".join(fact for fact in facts if fact) or "the incident held no trace"


def body_of(draft: Draft) -> str:
    """The body: summary, cause, evidence, proof, files, risk, how to check, and the trailers by which it is found."""
    publishing, report, proof = draft.publishing, draft.report, draft.proof
    # No list: a box inside a list item ends with its first line.
    proved = "\n\n".join(fenced(reason, 800) for reason in proof.reasons[:MAX_REASONS]) or "nothing was proved"
    return f"""\
Suture opened this draft for incident `{publishing.incident.id}` (`{publishing.order_id}`) after an admin approved
exactly this diff (sha256 `{publishing.diff_sha256}`, on `{publishing.base_sha[:12]}`).
The texts in the boxes are the coding agent's own, or come from the run; nobody else has checked them.

### Summary
{fenced(report.pr_body, 4000)}

### Cause
{fenced(report.root_cause)}

### Evidence
{fenced(evidence_text(draft.evidence), 3000)}

### Fix
{fenced(report.fix)}

### Proof: level {proof.level} ({LEVELS[proof.level]})
{proof_table(proof)}

{proved}

{flags_text(proof)}### Regression test
{fenced(regression_text(report), 3000)}

### Files
{fenced(chr(10).join(draft.files))}

### Risk (confidence: {report.confidence})
{fenced(report.risk, 3000)}

### How to check
Read the diff, run the tests, and after the merge watch that the incident stays silent.

{TRAILER}: {publishing.incident.id}
Suture-Key: suture {publishing.incident.id} publish {publishing.attempt}
Suture-Diff: {publishing.diff_sha256}
"""
