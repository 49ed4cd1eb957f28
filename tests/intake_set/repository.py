"""The made-up repository: its files, owners and areas, and who is told for a path."""

import re
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent / "repository"


@cache
def files() -> frozenset[str]:
    """Every path in the repository."""
    return frozenset((ROOT / "files.txt").read_text(encoding="utf-8").split())


@cache
def areas() -> dict[str, list[str]]:
    """Area to globs."""
    found: dict[str, list[str]] = tomllib.loads((ROOT / "areas.toml").read_text(encoding="utf-8"))["areas"]
    return found


@cache
def owner_lines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Pattern and owners of each line."""
    lines = (ROOT / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    cells = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return tuple((pattern, tuple(owners)) for pattern, *owners in cells)


def glob(pattern: str) -> str:
    """The pattern as a regular expression: `**/` any folders, `*` within one."""
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return "".join(known.get(part, re.escape(part)) for part in parts)


def owns(pattern: str, path: str) -> bool:
    """Whether a line of CODEOWNERS is about the path."""
    anchored = "/" in pattern.rstrip("/")
    body = glob(pattern.strip("/")) + ("/.*" if pattern.endswith("/") else "(?:/.*)?")
    return re.fullmatch(body if anchored else f"(?:.*/)?{body}", path) is not None


def owners_of(path: str) -> tuple[str, ...]:
    """The owners of the last line that matches; empty where that line names nobody."""
    return [owners for pattern, owners in owner_lines() if owns(pattern, path)][-1]


def area_of(path: str) -> str | None:
    """The area whose globs hold the path."""
    return next(iter(areas_of(path)), None)


def areas_of(path: str) -> list[str]:
    """Every area with a glob that holds the path."""
    return [area for area, globs in areas().items() if any(re.fullmatch(glob(each), path) for each in globs)]
