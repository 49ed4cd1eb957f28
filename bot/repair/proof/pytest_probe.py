"""Runs a project's tests under pytest, as a script of its own inside a cell: `python -P -s pytest_probe.py FILE`.

What it tells, a line of JSON per fact on a pipe, is read off the exceptions themselves; pytest's exit code, summary
and report files count for nothing. A test of ours that must fail runs among the project's: where it "passes", the
results are not to be believed.
"""

import builtins
import importlib.util
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import TypedDict

import pytest
from _pytest._io.saferepr import saferepr
from _pytest.doctest import MultipleDoctestFailures

CANARY = "canary_that_must_fail"
NOTE = "__suture_note__"
"""The name under which rewritten tests find what takes down a value."""


class Spec(TypedDict):
    """What to run, and how to tell of it."""

    root: str
    args: list[str]
    report: int
    nonce: str
    trace: list[str]
    """Test files whose tests are watched: which of the project's functions do they enter?"""
    seconds: float
    """How long one test may take."""
    order: int
    """0: the project's own order; else the seed by which the files are put in another one."""


class TookTooLong(BaseException):
    """A test did not end in its time."""


class Probe:
    """The plugin that sees each test and tells what became of it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.entered: set[CodeType] = set()
        self.write = os.write
        setattr(builtins, NOTE, self.note)

    def tell(self, kind: str, **fact: object) -> None:
        """One line for the prover, in pieces that a pipe takes whole."""
        line = f"{self.spec['nonce']} {json.dumps({'kind': kind, **fact})}\n".encode()
        while line:
            line = line[self.write(self.spec["report"], line) :]

    def note(self, key: str, value: object) -> None:
        """A value that a rewritten test saw."""
        self.tell("note", key=key, value=saferepr(value, 2000), type=type(value).__name__)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """Tell what was found, once everybody had their way with it; put the canary behind a file's last test."""
        found = [item.nodeid for item in items]
        yield
        if self.spec["order"]:
            reorder(items, random.Random(self.spec["order"]))  # noqa: S311 - an order, not a secret
        kept = [item.nodeid for item in items]
        self.tell("collected", ids=kept, gone=sorted(set(found) - set(kept)))
        if items:
            put_canary(items, self.spec["nonce"])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that could not be read as tests."""
        if report.failed:
            self.tell("unread", id=report.nodeid, text=str(report.longrepr)[-1500:])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch what a test of interest enters."""
        watched = item.location[0] in self.spec["trace"] and CANARY not in item.name
        self.entered = set()
        if watched:
            threading.setprofile(self.watch)
            sys.setprofile(self.watch)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            if watched:
                self.tell("entered", id=item.nodeid, code=sorted(set(places(self.entered, self.spec["root"]))))

    def watch(self, frame: FrameType, event: str, _arg: object) -> None:
        """Take down each function that is entered."""
        if event == "call":
            self.entered.add(frame.f_code)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Stop a test that does not end."""
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, self.spec["seconds"])
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell a test's phase as its exception says it, whatever the report says."""
        report = yield
        raised = call.excinfo
        fact = {"id": item.nodeid, "when": call.when, "seconds": round(call.duration, 4)}
        if raised is None or isinstance(raised.value, pytest.skip.Exception) or hasattr(report, "wasxfail"):
            expected = hasattr(report, "wasxfail")
            outcome = ("xpassed" if report.passed else "xfailed") if expected else str(report.outcome)
            self.tell("phase", **fact, outcome=outcome)
        else:
            self.tell("phase", **fact, outcome="failed", **told(raised.value, self.spec["root"]))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure that only a report tells of: one of a test's parts."""
        if report.failed:
            self.tell("failed", id=report.nodeid)


def stop(_number: int, _frame: FrameType | None) -> None:
    """The alarm's answer."""
    raise TookTooLong("the test did not end in its time")


def reorder(items: list[pytest.Item], dice: random.Random) -> None:
    """Put the files in another order; within a file the order stays."""
    files = list(dict.fromkeys(item.location[0] for item in items))
    dice.shuffle(files)
    rank = {name: number for number, name in enumerate(files)}
    items.sort(key=lambda item: rank[item.location[0]])


def put_canary(items: list[pytest.Item], nonce: str) -> None:
    """A test that must fail, behind the last test of one of the files."""
    at = random.Random(nonce).randrange(len(items))  # noqa: S311 - a place, not a secret
    while at + 1 < len(items) and items[at + 1].location[0] == items[at].location[0]:
        at += 1
    name, module = f"test_{CANARY}_{nonce}", items[at].getparent(pytest.Module)
    if module is not None and isinstance(items[at], pytest.Function):
        items.insert(at + 1, pytest.Function.from_parent(module, name=name, callobj=must_fail))
    else:
        items.insert(at + 1, Canary.from_parent(items[at].parent or items[at].session, name=name))


def must_fail() -> None:
    """What the canary does."""
    assert [1] == [2], CANARY  # noqa: S101 - the very thing that is tried


class Canary(pytest.Item):
    """A canary where there is no module of tests to put it in."""

    def runtest(self) -> None:
        """Fail."""
        must_fail()


def told(error: BaseException, root: str) -> dict[str, object]:
    """What an exception was, and where in the project it came from."""
    if isinstance(error, MultipleDoctestFailures):
        error = error.failures[0]
    example = getattr(error, "example", None)
    if example is not None and hasattr(error, "exc_info"):
        error = error.exc_info[1]
    elif example is not None:
        return {"types": ["builtins.AssertionError"], "text": saferepr(example.source, 300), "frames": [], "own": True}
    frames = list(frames_of(error, root))
    types = [f"{each.__module__}.{each.__qualname__}" for each in type(error).__mro__ if each is not object]
    return {"types": types, "text": saferepr(error, 600), "frames": [each for each in frames if each[0]][-20:],
            "own": bool(frames and frames[-1][0])}  # fmt: skip


def frames_of(error: BaseException, root: str) -> Iterator[tuple[str, str, int, int]]:
    """File, function, its first line and the line, from outside in; the file is empty outside of the project."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        yield relative(code.co_filename, root), code.co_name, code.co_firstlineno, trace.tb_lineno
        trace = trace.tb_next


def places(entered: set[CodeType], root: str) -> Iterator[tuple[str, int]]:
    """File and first line of the project's own functions among those entered."""
    for code in entered:
        if name := relative(code.co_filename, root):
            yield name, code.co_firstlineno


def relative(filename: str, root: str) -> str:
    """The file as the project names it; empty when it is not the project's."""
    if filename.startswith("<"):
        return ""
    path = os.path.normpath(os.path.join(root, filename))  # noqa: PTH118 - a path of no file, as doctest's, will do
    return path[len(root) + 1 :] if path.startswith(root + os.sep) else ""


def main(spec: Spec) -> None:
    """Run the tests."""
    quiet = ["--maxfail=0", "--color=no", "--tb=short", "-q", "--rootdir", spec["root"]]
    quiet += ["-n0"] if importlib.util.find_spec("xdist") and "no:xdist" not in spec["args"] else []
    quiet += ["--no-cov"] if importlib.util.find_spec("pytest_cov") else []
    quiet += ["-p", "no:randomly"] if importlib.util.find_spec("pytest_randomly") else []
    sys.path[:0] = [str(path) for path in (Path(spec["root"], "src"), Path(spec["root"])) if path.is_dir()]
    probe = Probe(spec)
    code = pytest.main([*spec["args"], *quiet], plugins=[probe])
    probe.tell("end", exit=int(code))


def taken() -> Spec:
    """What was asked, taken away from wherever the tested code could read it."""
    file = Path(sys.argv.pop())
    spec: Spec = json.loads(file.read_bytes())
    file.unlink()
    return spec


if __name__ == "__main__":
    main(taken())
