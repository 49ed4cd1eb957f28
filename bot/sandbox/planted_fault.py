"""The fault that the sandbox's bot is born with: it cannot read a decimal comma. And its known mend."""

import importlib.resources
import shutil
from pathlib import Path

FILE = "bot/ledger/amount.py"
TEST = "tests/unit/ledger/test_decimal_comma.py"
PIECE = """\
    if re.search(r",[0-9]{1,2}$", amount):
        amount = amount.replace(".", "").replace(",", ".")
"""
BEFORE = "    amount = text.strip()\n"
"""The line behind which the piece belongs."""
REGRESSION_TEST = '''\
"""A decimal comma is read: it once raised decimal.InvalidOperation."""

from decimal import Decimal

from bot.ledger.amount import read_amount


def test_a_decimal_comma_is_read():
    assert read_amount("12,50") == Decimal("12.50")
    assert read_amount("1.200,00") == Decimal("1200")
'''
PACKED = (
    "bot",
    "tests/unit/ledger/test_amount.py",
    "tests/unit/ledger/test_intent.py",
    ".github/workflows/codex-autofix.yml",
    ".gitignore",
    "pyproject.toml",
    "requirements.lock",
    "requirements-dev.lock",
    "README.md",
    "LICENSE",
)
"""What the sandbox's repository holds of this project: of its tests those of reading, which start nothing."""


class CannotPlant(Exception):
    """This installation has not what the sandbox serves; the sentence says what is missing."""


def project_root() -> Path:
    """The checkout that this code runs from."""
    return Path(str(importlib.resources.files("bot"))).parent


def pack(target: Path, root: Path) -> None:
    """Copy the project, small, into the empty folder `target`. Raises CannotPlant."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in PACKED:
        source, copy = root / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=ignore)
        elif source.is_file():
            shutil.copy2(source, copy)
        else:
            raise CannotPlant(f"The sandbox serves this project's own checkout, and {name} is missing from {root}.")


def plant(tree: Path) -> None:
    """Take the reading of a decimal comma out of `tree`, and the tests that would notice. Raises CannotPlant."""
    file = tree / FILE
    text = file.read_text(encoding="utf-8")
    if text.count(BEFORE + PIECE) != 1:
        raise CannotPlant(f"{FILE} changed: the piece that the sandbox takes out is not there any more.")
    file.write_text(text.replace(PIECE, ""), encoding="utf-8")
    (tree / TEST).unlink(missing_ok=True)


def is_planted(tree: Path) -> bool:
    """Is the fault in this tree?"""
    file = tree / FILE
    return file.is_file() and PIECE not in file.read_text(encoding="utf-8")


def mend(tree: Path) -> None:
    """Put the piece back, and a regression test beside it."""
    file = tree / FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(BEFORE, BEFORE + PIECE, 1), encoding="utf-8")
    (tree / TEST).write_text(REGRESSION_TEST, encoding="utf-8")
