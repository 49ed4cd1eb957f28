"""Where a fault came from, read out of a traceback or a line: the part of our own code, and the run that caused it."""

import re

from bot.incident.fingerprint import is_own
from bot.incident.traceback_reading import frames_in

OWN = re.compile(r"(?:.*/)?(bot/[\w/]+\.py)")
RUN = re.compile(r'"healing_run":\s*"(run_\w+)"')
OUTSIDE = ("bot/apis/", "bot/ledger/google_sheet.py", "bot/ledger/waiting_sheet.py")
"""Our own code that waits for somebody else's answer."""


def own_files(told: str) -> list[str]:
    """Our own files of a traceback, or of a file's bare name, the innermost last, as `bot/…/….py`."""
    files = [file for file, *_ in frames_in(told)] or [told]
    ours = (OWN.fullmatch(file.replace("\\", "/")) for file in files if is_own(file))
    return [found[1] for found in ours if found]


def component_of(trace: str) -> str:
    """The top package of the innermost own frame: `bot.ledger`; empty when there is none."""
    files = own_files(trace)
    return ".".join(files[-1].removesuffix(".py").split("/")[:2]) if files else ""


def waits_outside(trace: str) -> bool:
    """Whether its innermost own frame waited for an answer from outside."""
    files = own_files(trace)
    return bool(files) and files[-1].startswith(OUTSIDE)


def run_named_in(line: str) -> str:
    """The playbook's run in whose course a line of our own log was written; empty when in none."""
    found = RUN.search(line)
    return found[1] if found else ""
