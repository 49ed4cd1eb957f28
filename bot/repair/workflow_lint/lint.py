"""From workflow files to findings."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bot.repair.workflow_lint.document import WorkflowUnreadable, read_workflow
from bot.repair.workflow_lint.finding import Finding, Rule
from bot.repair.workflow_lint.rules_model import model_rules
from bot.repair.workflow_lint.rules_payload import payload_rules
from bot.repair.workflow_lint.rules_supply import supply_rules
from bot.repair.workflow_lint.workflow import Workflow

FAMILIES: Final = (payload_rules, model_rules, supply_rules)

UNREADABLE = Rule("unreadable", "error", "GitHub cannot run this file, and no rule can be held.", "Mend the file.")


def lint_text(text: str, path: str) -> list[Finding]:
    """The mistakes of one workflow's text, by line; each mistake of a line is told once."""
    try:
        workflow = Workflow(read_workflow(text))
    except WorkflowUnreadable as error:
        return [Finding(path, 1, UNREADABLE, str(error))]
    return sorted({Finding(path, *hit) for family in FAMILIES for hit in family(workflow)})


def lint_paths(paths: Iterable[Path]) -> list[Finding]:
    """The mistakes of files, and of the workflows in folders. Raises OSError when one cannot be read."""
    findings: list[Finding] = []
    for path in paths:
        for file in workflow_files(path):
            findings += lint_text(file.read_text(encoding="utf-8", errors="replace"), file.as_posix())
    return findings


def workflow_files(path: Path) -> Iterator[Path]:
    """The file itself; of a repository its workflows; of another folder its YAML files."""
    if not path.is_dir():
        yield path
        return
    folder = path / ".github" / "workflows" if (path / ".github" / "workflows").is_dir() else path
    yield from sorted(file for file in folder.iterdir() if file.suffix in {".yml", ".yaml"} and file.is_file())
