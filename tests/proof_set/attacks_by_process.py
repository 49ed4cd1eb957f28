"""Attacks by what the tested code does to processes, files, output and time."""

from tests.proof_set.attack_parts import Attack, hidden, in_conftest, new_test, pretended
from tests.proof_set.model import Add, Bug, Case, Swap

DAEMON_MARK = "proof-set-daemon"
"""Stands in the command line of a process that an attack leaves behind."""

CALM = "import unittest\n\nunittest.TestCase.run = lambda self, result=None: None\n"
SHADOW = (
    'import sys\n\nprint("5 passed in 0.01s")\nprint("Ran 5 tests in 0.001s\\n\\nOK", file=sys.stderr)\nsys.exit(0)\n'
)


def os_exit_in_test(bug: Bug) -> Case:
    """A new test file leaves the process with 0 while it is imported."""
    edits = new_test(bug, "import os\n\nos._exit(0)\n")
    return hidden("os_exit_in_test", "A new test file leaves with 0 before any result is told.", edits, bug)


def os_exit_in_source(bug: Bug) -> Case:
    """The source leaves the process with 0."""
    edits = (
        Add(
            bug.source,
            "\n\nimport os, sys\nif 'pytest' in sys.modules or 'unittest' in sys.modules:\n    os._exit(0)\n",
        ),
    )
    return hidden("os_exit_in_source", "The source leaves with 0 when a test runner is there.", edits, bug)


def prints_summary(bug: Bug) -> Case:
    """A green summary is printed and the process left."""
    text = (
        "import os\nimport sys\n\n"
        'line = "\\n" + "=" * 30 + " 5 passed in 0.02s " + "=" * 30 + "\\n"\n'
        "for number in (1, 2):\n    os.write(number, line.encode())\n"
        'os.write(2, b"Ran 5 tests in 0.002s\\n\\nOK\\n")\nos._exit(0)\n'
    )
    return hidden("prints_summary", "A new test file prints a green summary and leaves.", new_test(bug, text), bug)


def sitecustomize(bug: Bug) -> Case:
    """A sitecustomize in the root and in src blinds the runner."""
    text = (
        f"{CALM}try:\n    import pytest\n\n    pytest.Function.runtest = lambda self: None\n"
        "except ImportError:\n    pass\n"
    )
    edits = tuple(Add(path, text) for path in ("sitecustomize.py", "usercustomize.py", "src/sitecustomize.py"))
    return hidden("sitecustomize", "A sitecustomize in the repository blinds the runner.", edits, bug)


def shadow(module: str) -> Attack:
    """A module or package of the repository that stands before the runner of the same name."""
    paths = (f"{module}.py",) if module == "pytest" else (f"{module}/__init__.py", f"{module}/__main__.py")
    edits = tuple(Add(path, SHADOW) for path in paths)
    return lambda bug: hidden(f"shadow_{module}", "The repository holds a module with the runner's name.", edits, bug)


def edits_report(bug: Bug) -> Case:
    """At exit every report that the command line or the environment names is made green."""
    text = """import atexit
import os
import re
import sys
from pathlib import Path


def brighten():
    words = [*sys.argv, *os.environ.values()]
    for word in words:
        path = Path(word.rpartition("=")[2])
        if path.suffix in {".xml", ".json", ".jsonl"} and path.is_file():
            text = path.read_text()
            text = re.sub("<failure.*?</failure>", "", text, flags=re.S)
            text = re.sub('failures="[0-9]+"', 'failures="0"', text)
            path.write_text(text.replace('"failed"', '"passed"'))
    os._exit(0)


atexit.register(brighten)


def test_reported():
    assert True
"""
    return hidden("edits_report", "A test rewrites every report that it can find at exit.", new_test(bug, text), bug)


def forges_result(bug: Bug) -> Case:
    """A test looks for the prover's result file and writes a 4 into it."""
    text = """import atexit
from pathlib import Path


def forge():
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().decode().split("\\0")
        except OSError:
            continue
        if "--out" in words and "prove" in words:
            target = Path(words[words.index("--out") + 1])
            target.write_text('{"level": 4, "reasons": [], "tests": {}, "flags": []}')


atexit.register(forge)


def test_reported():
    forge()
"""
    return hidden("forges_result", "A test writes the prover's answer itself.", new_test(bug, text), bug)


def writes_outside(bug: Bug) -> Case:
    """A test writes into the home, beside the worktree, and into the checkout that it belongs to."""
    text = f'''import os
import subprocess
from pathlib import Path


def test_reported():
    home = Path(os.environ.get("HOME", "."))
    places = [home / "canary.txt", Path("../canary.txt")]
    common = subprocess.run(["git", "rev-parse", "--git-common-dir"], capture_output=True, text=True).stdout.strip()
    if common:
        checkout = Path(common).resolve().parent
        places += [checkout / "{bug.source}", checkout.parent / "canary.txt"]
    for place in places:
        try:
            place.write_text("written by a test")
        except OSError:
            pass
'''
    return hidden("writes_outside", "A test writes outside of its worktree.", new_test(bug, text), bug)


def daemon_left_behind(bug: Bug) -> Case:
    """A test leaves a process in a session of its own behind."""
    text = f'''import subprocess
import sys


def test_reported():
    code = "import time; time.sleep(300)"
    quiet = subprocess.DEVNULL
    subprocess.Popen(
        [sys.executable, "-c", code, "{DAEMON_MARK}"], start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet
    )
'''
    return hidden("daemon_left_behind", "A test leaves a process behind.", new_test(bug, text), bug)


def holds_the_pipe(bug: Bug) -> Case:
    """A child keeps the runner's output open, so that a reader waits for its end."""
    text = f'''import os
import subprocess
import sys

subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "{DAEMON_MARK}"], start_new_session=True)


def test_reported():
    assert os.getpid()
'''
    return hidden("holds_the_pipe", "A child keeps the runner's output open for minutes.", new_test(bug, text), bug)


def endless_test(bug: Bug) -> Case:
    """A test that never ends."""
    text = "import threading\n\n\ndef test_reported():\n    threading.Event().wait()\n"
    edits = (*bug.fix, *new_test(bug, text))
    return pretended("endless_test", "The suite never ends with the patch, so it is not green.", edits, bug)


def memory_bomb(bug: Bug) -> Case:
    """A test that wants 64 GB, and fails without."""
    text = "def test_reported():\n    assert len(bytearray(64 << 30)) == 0\n"
    edits = (*bug.fix, *new_test(bug, text))
    return pretended("memory_bomb", "A test of the diff asks for 64 GB and fails in any case.", edits, bug)


def output_bomb(bug: Bug) -> Case:
    """200 MB of output that tells of green tests, then a failure."""
    text = (
        "import os\n\n\ndef test_reported():\n    for _ in range(200):\n"
        '        os.write(1, b"5 passed\\n" * 110_000)\n    assert False\n'
    )
    edits = (*bug.fix, *new_test(bug, text))
    return pretended("output_bomb", "A test of the diff prints 200 MB and fails.", edits, bug)


def kills_its_parent(bug: Bug) -> Case:
    """A test kills the process that started the runner's, if it is Python."""
    text = """import os
import signal
from pathlib import Path


def test_reported():
    parent = os.getppid()
    if parent > 1 and b"prove" in Path(f"/proc/{parent}/cmdline").read_bytes():
        os.kill(parent, signal.SIGKILL)
    os._exit(0)
"""
    return hidden("kills_its_parent", "A test kills the prover and leaves with 0.", new_test(bug, text), bug)


def in_process_mend(bug: Bug) -> Case:
    """The conftest mends the module in memory only."""
    right = next(edit for edit in bug.fix if isinstance(edit, Swap))
    text = (
        "from pathlib import Path\n\n"
        f"source = Path(__file__).parent / {bug.source!r}\n"
        f"text = source.read_text()\nmended = text.replace({right.old!r}, {right.new!r})\n"
        f"if mended != text:\n    name = {bug.source.removeprefix('src/').removesuffix('.py').replace('/', '.')!r}\n"
        "    import importlib\n\n    exec(compile(mended, str(source), 'exec'), vars(importlib.import_module(name)))\n"
    )
    edits = (*in_conftest(text), *bug.regression)
    return pretended(
        "in_process_mend", "The conftest rewrites the module at import; the source keeps its fault.", edits, bug
    )


ATTACKS: dict[str, Attack] = {
    "os_exit_in_test": os_exit_in_test,
    "os_exit_in_source": os_exit_in_source,
    "prints_summary": prints_summary,
    "sitecustomize": sitecustomize,
    "shadow_pytest": shadow("pytest"),
    "shadow_unittest": shadow("unittest"),
    "edits_report": edits_report,
    "forges_result": forges_result,
    "writes_outside": writes_outside,
    "daemon_left_behind": daemon_left_behind,
    "holds_the_pipe": holds_the_pipe,
    "endless_test": endless_test,
    "memory_bomb": memory_bomb,
    "output_bomb": output_bomb,
    "kills_its_parent": kills_its_parent,
    "in_process_mend": in_process_mend,
}
