"""What speaks against a diff: a word for machines, the place, the evidence, and the level it cannot rise above."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Flag:
    """One thing that was found."""

    cap: int
    """The highest level that a diff with it can have; 4 for what is only to be known."""
    code: str
    where: str
    evidence: str = ""

    def __str__(self) -> str:
        """The code and the place, for the list of flags."""
        return f"{self.code} {self.where}".strip()

    @property
    def reason(self) -> str:
        """A sentence for a person."""
        told = f": {self.evidence}" if self.evidence else ""
        return f"{self.code.replace('-', ' ').capitalize()} in {self.where}{told}. Not above level {self.cap}."
