"""What a new test's failure on the base is worth: the fault itself, or only that something is missing there."""

import re
from dataclasses import dataclass

from bot.incident.traceback_reading import frames_in
from bot.repair.proof.project import Project
from bot.repair.proof.results import Failure

ASSERTIONS = {"builtins.AssertionError", "_pytest.outcomes.Failed", "unittest.case._SubTestFailure"}
NOT_THERE = {"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError", "FixtureLookupError"}
MISSING_NAMES = NOT_THERE | {"AttributeError", "NameError", "TypeError"}
"""What calling something new raises in the test itself."""
AROUND = {
    "setUp",
    "setUpClass",
    "setUpModule",
    "setup_method",
    "setup_function",
    "setup_module",
    "setup_class",
    "tearDown",
}
RAISED = re.compile(
    r"^(?:\s*[|+]?\s*)?([A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Operation|[A-Z]\w+))(?::|$)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Told:
    """What of the incident matters here."""

    kinds: frozenset[str] = frozenset()
    """Names of the exceptions in its trace."""
    frames: tuple[tuple[str, str], ...] = ()
    """File and function of its frames."""
    text: str = ""


def read_told(text: str) -> Told:
    """What an incident's words tell: `text` is its summary and trace."""
    kinds = frozenset(match[1].rpartition(".")[2] for match in RAISED.finditer(text))
    return Told(kinds, tuple((file, function) for file, _, function in frames_in(text)), text)


def right_reason(failure: Failure, project: Project, told: Told) -> str:
    """Why a failure on the base is the fault's own, as a sentence's end; empty when it is not."""
    if failure.when != "call" or (failure.frames and failure.frames[-1][1] in AROUND):
        return ""
    if set(failure.types) & ASSERTIONS:
        return f"an assertion fails ({failure.text[:160]})"
    inner = failure.frames[-1][0] if failure.frames else ""
    from_code = bool(inner) and not project.is_about_tests(inner)
    if failure.kind == "TookTooLong":
        return "it does not end" if from_code else ""
    if failure.kind in told.kinds and (from_code or failure.kind not in MISSING_NAMES):
        return f"the incident's own {failure.kind} is raised"
    kinds = {each.rpartition(".")[2] for each in failure.types}
    if not from_code or (told.kinds and not told.kinds & kinds) or (kinds & NOT_THERE and len(failure.frames) < 2):
        return ""
    return f"{failure.kind} comes out of {inner}"
