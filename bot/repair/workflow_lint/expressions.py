"""Which `${{ … }}` of a workflow a stranger, or a model, can fill with text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.repair.workflow_lint.document import Text

EXPRESSION: Final = re.compile(r"\$\{\{(.{0,2000}?)\}\}", re.DOTALL)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_INDEX: Final = re.compile(r"\[\s*'([^']*)'\s*\]")
_PATH: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.(?:[\w-]+|\*))*")

_EVENT_TEXTS: Final = re.compile(
    r"github\.head_ref"
    r"|github\.event\.(?:client_payload|inputs)(?:\..+)?"
    r"|github\.event\.(?:issue|pull_request|discussion|comment|review|review_comment|milestone|release|label)"
    r"(?:\.\*)?\.(?:title|body|name|description)"
    r"|github\.event\.pull_request\.head\.(?:ref|label|repo\.default_branch|repo\.description|repo\.homepage)"
    r"|github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\..+|head_repository\.description)"
    r"|github\.event\.(?:head_commit|commits(?:\.\*|\.\d+)?)\.(?:message|author\.\w+|committer\.\w+)"
    r"|github\.event\.commits"
    r"|github\.event\.pages\b.*"
    r"|github\.event\.changes\..+"
    r"|github\.event\.(?:ref|after_ref)"
    r"|inputs\..+"
)
"""Fields of an event that hold what somebody typed; ids, numbers and SHAs are not among them."""

_WHOLE: Final = frozenset({
    "github", "github.event", "github.event.issue", "github.event.comment", "github.event.pull_request",
    "github.event.discussion", "github.event.review", "github.event.head_commit", "inputs",
})  # fmt: skip
"""Objects that hold such a field, when they are spelt out whole (by toJSON)."""


def paths_in(expression: str) -> Iterator[str]:
    """Yield the dotted paths that an expression reads; `a['b']` is `a.b`."""
    dotted = _INDEX.sub(lambda index: f".{index[1]}", expression)
    for found in _PATH.finditer(_QUOTED.sub("''", dotted)):
        if not dotted[found.end() :].lstrip().startswith("("):
            yield found[0].casefold() if found[0].casefold().startswith("github.") else found[0]


def is_compared(expression: str) -> bool:
    """Whether the expression's value is only true or false, whatever it reads."""
    return bool(re.fullmatch(r"[^&|]*(?:==|!=|<|>)[^&|]*|\s*(?:contains|startsWith|endsWith)\([^&|]*\)\s*", expression))


@dataclass
class Taint:
    """What is untrusted in one job: the event's texts, a model's answers, and what was filled with them."""

    outputs: frozenset[str] = frozenset()
    """`steps.ID` and `needs.ID.outputs.NAME` whose text a stranger or a model chose."""
    variables: set[str] = field(default_factory=set)

    def holds(self, path: str) -> bool:
        """Whether a stranger or a model can choose the text at this path."""
        parts = path.split(".")
        if parts[0] == "steps":
            return len(parts) > 2 and parts[2] == "outputs" and ".".join(parts[:2]) in self.outputs
        if parts[0] == "needs":
            return path in self.outputs
        if parts[0] == "env" and len(parts) == 2:
            return parts[1] in self.variables
        return path in _WHOLE or _EVENT_TEXTS.fullmatch(path) is not None

    def found_in(self, text: Text) -> Iterator[tuple[int, str]]:
        """Yield line and path of each untrusted expression in the text."""
        for expression in EXPRESSION.finditer(text):
            if is_compared(expression[1]):
                continue
            for path in paths_in(expression[1]):
                if self.holds(path):
                    yield text.line_of(expression.start()), path
                    break
