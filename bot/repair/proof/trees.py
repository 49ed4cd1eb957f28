"""The commit as it is and with the diff, as folders of their own that nothing tested ever runs in."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.repair.git import GitFailed, git

NOT_A_PROJECT = shutil.ignore_patterns(".git", ".venv", "venv", "node_modules", "__pycache__", "*.pyc")
WE = ("-c", "user.name=suture", "-c", "user.email=suture@localhost")


@dataclass(frozen=True)
class Change:
    """A file that the diff touches; a side is None where there is no such file."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Trees:
    """Two checkouts in one folder, and what is made of them."""

    folder: Path

    @property
    def base(self) -> Path:
        """The commit as it is."""
        return self.folder / "base"

    @property
    def patched(self) -> Path:
        """The commit with the diff."""
        return self.folder / "patched"

    def check_out(self, repo: Path) -> None:
        """Fill the base from the commit that is checked out; a folder that is no repository counts as it lies.

        Raises GitFailed.
        """
        if not (repo / ".git").exists():
            shutil.copytree(repo, self.base, ignore=NOT_A_PROJECT, symlinks=True)
            git(self.base, "init", "--quiet", "--template=")
            git(self.base, "add", "--all", "--force")
            git(self.base, *WE, "commit", "--quiet", "--allow-empty", "-m", "base")
            return
        self.base.mkdir()
        git(self.base, "init", "--quiet", "--template=")
        git(self.base, "fetch", "--quiet", "--depth=1", "--no-tags", f"file://{repo}", git(repo, "rev-parse", "HEAD"))
        git(self.base, "checkout", "--quiet", "--detach", "FETCH_HEAD")

    def apply(self, diff: bytes) -> list[Change]:
        """Make the patched tree. The changes. Raises GitFailed when the diff does not apply."""
        shutil.copytree(self.base, self.patched, symlinks=True)
        git(self.patched, "update-index", "-q", "--refresh")
        git(self.patched, "apply", "--index", "--whitespace=nowarn", "-", stdin=diff)
        names = git(self.patched, "diff", "--cached", "--no-renames", "--name-only", "-z", "HEAD").split("\0")
        return [Change(name, text_of(self.base / name), text_of(self.patched / name)) for name in names if name]

    def mix(self, name: str, ground: Path, other: Path, taken: Iterable[str]) -> Path:
        """A tree like `ground`, in which some files are as in `other`."""
        mixed = self.folder / name
        shutil.copytree(ground, mixed, symlinks=True)
        for each in taken:
            (mixed / each).unlink(missing_ok=True)
            if (other / each).is_file():
                (mixed / each).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(other / each, mixed / each)
        return mixed


def text_of(path: Path) -> str | None:
    """A file's text; None where there is none."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() and not path.is_symlink() else None


def texts_of(tree: Path) -> dict[str, str]:
    """Every Python file of a tree, by its name in the project."""
    found = (path for path in tree.rglob("*.py") if ".git" not in path.relative_to(tree).parts and path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in found}


__all__ = ["Change", "GitFailed", "Trees", "text_of", "texts_of"]
