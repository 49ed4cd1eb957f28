"""The checkout that a fault's files are looked for in: which of them exist, and whose they are."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bot.intake.code_owners import CodeOwners, read_code_owners

SCHEME = re.compile(r"^(?:webpack(?:-internal)?:/+|app:/+|file:/+|https?://[^/]+/|~/|\(\w[\w-]*\)/)+")
MAX_PARTS = 30


@dataclass
class Repository:
    """The project's files, as far as they are at hand."""

    has_file: Callable[[str], bool] = lambda _: False
    owners: CodeOwners = field(default_factory=CodeOwners)

    @classmethod
    def at(cls, root: Path) -> "Repository":
        """The checkout at `root`, with its CODEOWNERS."""
        home = root.resolve()

        def has_file(name: str) -> bool:
            file = home / name
            return file.is_file() and file.resolve().is_relative_to(home)

        return cls(has_file, read_code_owners(home))

    def existing(self, file: str) -> str | None:
        """The path in the repository that a trace's file name means: its longest end that is a file there."""
        parts = path_parts(file)
        ends = ("/".join(parts[start:]) for start in range(len(parts)) if len(parts) - start > 1 or len(parts) == 1)
        return next((end for end in ends if self.has_file(end)), None)


def path_parts(file: str) -> tuple[str, ...]:
    """A trace's file name in parts, without scheme, drive, query, or a way upward; empty when it is no path."""
    plain = SCHEME.sub("", file.replace("\\", "/").strip()).split("?")[0].split("#")[0]
    parts = tuple(part for part in PurePosixPath(plain).parts if part not in ("/", ".", "..") and ":" not in part)
    is_sound = all(part.isprintable() and len(part.encode("utf-8", "replace")) < 250 for part in parts)
    return parts if is_sound and len(parts) <= MAX_PARTS else ()


def relative(file: str) -> str:
    """A trace's file name as a path below the project, as far as its own words go."""
    return "/".join(path_parts(file))


def is_file_name(text: str) -> bool:
    """Is it a file's path rather than a route or a function?"""
    return "/" in text and re.search(r"\.[A-Za-z]\w{0,7}$", text) is not None and not re.search(r"\s", text)
