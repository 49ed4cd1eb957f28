"""What a proof costs beside the project's own test run: `PYTHONPATH=. python benchmarks/proof.py`.

Level 2 and level 4 of a small repository against plain `python -m pytest`, interleaved; the ratios are of medians.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.repair.git import git
from bot.repair.proof import Suite, prove

ROUNDS = 5
MOST = {"level 2": 3.0, "level 4": 10.0}
"""How many times the suite's own time a proof may take."""
FILES = {
    "amount.py": "def read(text):\n    return float(text)\n",
    "tests/test_amount.py": "from amount import read\n\n\ndef test_plain():\n    assert read('3') == 3\n"
    + "".join(f"\n\ndef test_{number}():\n    assert read('{number}') == {number}\n" for number in range(200)),
}
FIX = {"amount.py": "def read(text):\n    return float(text.replace(',', '.'))\n"}
TEST = {"tests/test_comma.py": "from amount import read\n\n\ndef test_comma():\n    assert read('12,50') == 12.5\n"}
WE = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def diff_of(repo: Path, files: dict[str, str]) -> bytes:
    """The diff that makes these files; the repository is left as it was."""
    write(repo, files)
    git(repo, "add", "--all")
    diff = git(repo, "diff", "--cached", "--full-index").encode() + b"\n"
    git(repo, "reset", "--quiet", "--hard")
    return diff


def seconds(what: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def level_of(repo: Path, diff: bytes, expected: int) -> None:
    """Prove, and see that the proof is the one that is measured."""
    proof = prove(repo, diff, Suite())
    assert proof.level == expected, proof


def main() -> int:
    """Print the ratios; 1 when one is too high."""
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder)
        write(repo, FILES)
        git(repo, "init", "--quiet")
        git(repo, "add", "--all")
        git(repo, *WE, "commit", "--quiet", "-m", "base")
        two, four = diff_of(repo, FIX), diff_of(repo, {**FIX, **TEST})
        suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        work: dict[str, Callable[[], object]] = {
            "suite": lambda: subprocess.run(suite, cwd=repo, capture_output=True, check=True),
            "level 2": lambda: level_of(repo, two, 2),
            "level 4": lambda: level_of(repo, four, 4),
        }
        times: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(ROUNDS):
            for name, each in work.items():
                times[name].append(seconds(each))
    medians = {name: statistics.median(each) for name, each in times.items()}
    print(f"suite alone: {medians['suite']:.2f} s")
    for name, most in MOST.items():
        ratio = medians[name] / medians["suite"]
        print(f"proof of {name}: {medians[name]:.2f} s, {ratio:.1f} times the suite (at most {most:.0f})")
    return int(any(medians[name] > most * medians["suite"] for name, most in MOST.items()))


if __name__ == "__main__":
    sys.exit(main())
