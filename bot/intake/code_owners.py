"""Whose a path is: globs as git reads them, and the CODEOWNERS file, whose last match wins."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order."""
MAX_BYTES = 3 * 1024 * 1024
"""What GitHub still reads."""
TOKENS = re.compile(r"\*\*/|/\*\*|\*\*|\*|\?|.", re.DOTALL)
MEANINGS = {"**/": "(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=4_096)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """A glob over a whole path: without a slash at any depth, a folder with all that is in it."""
    body = glob.strip("/")
    anchored = glob.startswith("/") or "/" in body
    text = "".join(MEANINGS.get(token, re.escape(token)) for token in TOKENS.findall(body))
    below = "/.*" if glob.endswith("/") else "" if body.endswith("/*") or body == "*" else "(?:/.*)?"
    return re.compile(("" if anchored else "(?:.*/)?") + text + below, re.DOTALL)


def glob_matches(glob: str, path: str) -> bool:
    """Does the glob mean this path?"""
    return glob_pattern(glob).fullmatch(path) is not None


@dataclass(frozen=True)
class CodeOwners:
    """The rows of a CODEOWNERS file, in its order."""

    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def owners(self, path: str) -> tuple[str, ...]:
        """The owners in the last row that means this path; none when it names nobody."""
        for glob, owners in reversed(self.rows):
            if glob_matches(glob, path):
                return owners
        return ()


def read_code_owners(root: Path) -> CodeOwners:
    """The repository's CODEOWNERS; empty when there is none that can be read."""
    for place in PLACES:
        file = root / place
        if file.is_file() and file.stat().st_size <= MAX_BYTES:
            return CodeOwners(tuple(rows_of(file.read_text(encoding="utf-8", errors="replace"))))
    return CodeOwners()


def rows_of(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Glob and owners of each row."""
    lines = (re.sub(r"(^|\s)#.*", "", line).split() for line in text.splitlines())
    return [(parts[0], tuple(parts[1:])) for parts in lines if parts and not parts[0].startswith(("[", "!"))]
