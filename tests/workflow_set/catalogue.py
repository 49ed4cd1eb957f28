"""Workflow files with known mistakes, and files without any, to judge the workflow linter by.

A planted line ends in `# plant: kind` (several kinds are parted by commas), lines counted from one.
The set was written without sight of the linter; it is frozen: mend the linter, not the files.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
MARK = re.compile(r"# plant: ([a-z-]+(?:, [a-z-]+)*)$")

Plants = set[tuple[int, str]]


def planted() -> list[tuple[Path, Plants]]:
    """Every file with mistakes, and each mistake as its line and its kind."""
    return [(path, plants(path.read_text())) for path in sorted((HERE / "planted").glob("*.yml"))]


def good() -> list[Path]:
    """Every file that holds no mistake."""
    return sorted((HERE / "good").glob("*.yml"))


def plants(text: str) -> Plants:
    """The mistakes that a file's marks name."""
    marks = ((number, MARK.search(line)) for number, line in enumerate(text.splitlines(), 1))
    return {(number, kind) for number, mark in marks if mark for kind in mark[1].split(", ")}
