"""Finds in a workflow what would turn it against its owner: payloads in scripts and prompts, keys beside tokens.

The rules and how a finding is told belong here; running a workflow does not. Reads text only: no settings, no network.
The command line may call it, and tests.
"""

from bot.repair.workflow_lint.finding import Finding
from bot.repair.workflow_lint.lint import lint_paths, lint_text
from bot.repair.workflow_lint.report import as_json, as_lines

__all__ = ["Finding", "as_json", "as_lines", "lint_paths", "lint_text"]
