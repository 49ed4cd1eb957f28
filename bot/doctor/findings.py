"""What a check found: well, wrong with its remedy, worth knowing, or not to be told from here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "wrong", "warning", "unknown"]
MARKS: dict[State, str] = {"ok": "✅", "wrong": "❌", "warning": "⚠️", "unknown": "❔"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    """Its stable name, such as `discord-token`."""
    state: State
    sentence: str
    remedy: str = ""

    @property
    def area(self) -> str:
        """What it belongs to: the first word of its name."""
        return self.check.partition("-")[0]

    def as_line(self) -> str:
        """The finding for people, on one line."""
        return f"{MARKS[self.state]} {self.sentence}" + (f" → {self.remedy}" if self.remedy else "")


def well(check: str, sentence: str) -> Finding:
    """All is as it should be."""
    return Finding(check=check, state="ok", sentence=sentence)


def wrong(check: str, sentence: str, remedy: str) -> Finding:
    """It cannot work like this."""
    return Finding(check=check, state="wrong", sentence=sentence, remedy=remedy)


def warning(check: str, sentence: str, remedy: str) -> Finding:
    """It works, but not as well or as safely as it could."""
    return Finding(check=check, state="warning", sentence=sentence, remedy=remedy)


def unknown(check: str, sentence: str, remedy: str = "") -> Finding:
    """It cannot be told from here."""
    return Finding(check=check, state="unknown", sentence=sentence, remedy=remedy)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing is wrong, 1 when something is; warnings and what cannot be told are no failure."""
    return 1 if any(finding.state == "wrong" for finding in findings) else 0
