"""Findings as lines for people, and as SARIF for programs."""

import json
from collections.abc import Iterator, Sequence

from bot.logging import redact
from bot.repair.workflow_lint.finding import Finding

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def as_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield file:line, what stands there, why it is wrong, and the mend."""
    for each in findings:
        yield f"{each.path}:{each.line}: {each.rule.severity}: {each.rule.name}: {_shown(each.what)}"
        yield f"    {each.rule.why}"
        yield f"    {each.rule.mend}"


def as_json(findings: Sequence[Finding]) -> str:
    """The findings as a SARIF 2.1.0 log, which GitHub's code scanning takes."""
    rules = {each.rule.name: each.rule for each in findings}
    driver = {
        "name": "suture lint-workflow",
        "rules": [
            {"id": rule.name, "shortDescription": {"text": rule.why}, "help": {"text": rule.mend}}
            for rule in rules.values()
        ],
    }
    results = [
        {
            "ruleId": each.rule.name,
            "level": each.rule.severity,
            "message": {"text": f"{_shown(each.what)}. {each.rule.why} {each.rule.mend}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": each.path},
                        "region": {"startLine": each.line},
                    }
                }
            ],
        }
        for each in findings
    ]
    log = {"$schema": SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=1)


def _shown(what: str) -> str:
    """A file's text on one line, without control characters or secrets."""
    return redact("".join(sign if sign.isprintable() else " " for sign in what))
