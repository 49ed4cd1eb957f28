"""JUnit's XML as faults, as pytest, jest and others write it. A document type is refused, so no entity expands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers import expat

from bot.intake.fault import Fault, Frame, moment, plain_text, quoted_incident, whole_number
from bot.intake.report_file import ReportUnreadable
from bot.intake.trace_text import Trace, first_line, pytest_trace, python_trace, script_frames
from bot.logging import redact

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 60
MAX_CASES = 100_000
MAX_TEXT = 16_000
FAILED = {"failure", "error"}
RERUN = {"rerunFailure", "rerunError", "flakyFailure", "flakyError"}
KIND = re.compile(r"(?:[A-Za-z_]\w{0,80}\.){0,8}[A-Za-z_]\w{0,80}")


@dataclass
class Case:
    """A test case as it is read."""

    attributes: Mapping[str, str]
    suite: Mapping[str, str]
    outcome: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    size: int = 0
    attempts: int = 1


class Reader:
    """Takes the XML's tags as they come; keeps the cases that did not pass."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.is_junit = False
        self._depth = 0
        self._count = 0
        self._suites: list[Mapping[str, str]] = []
        self._case: Case | None = None
        self._inside = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ReportUnreadable(f"it is nested deeper than {MAX_DEPTH} tags")
        if self._depth == 1:
            self.is_junit = name in {"testsuites", "testsuite"}
        if name == "testsuite":
            self._suites.append(attributes)
        elif name == "testcase":
            self._count += 1
            if self._count > MAX_CASES:
                raise ReportUnreadable(f"it holds more than {MAX_CASES} test cases")
            self._case = Case(attributes, self._suites[-1] if self._suites else {})
        elif self._case is not None and name in FAILED | RERUN:
            self._fail(self._case, name, attributes)

    def _fail(self, case: Case, name: str, attributes: dict[str, str]) -> None:
        case.attempts += name in RERUN
        if name in FAILED or case.outcome is None:
            case.outcome = ("error" if name == "error" else "failed") if name in FAILED else "flaky"
            case.told, case.text, case.size = attributes, [], 0
            self._inside = name

    def text(self, text: str) -> None:
        """Text inside a tag."""
        if self._inside and self._case is not None and self._case.size < MAX_TEXT:
            self._case.text.append(text)
            self._case.size += len(text)

    def end(self, name: str) -> None:
        """A tag ends."""
        self._depth -= 1
        if name == self._inside:
            self._inside = ""
        elif name == "testsuite" and self._suites:
            self._suites.pop()
        elif name == "testcase" and self._case is not None:
            if self._case.outcome:
                self.cases.append(self._case)
            self._case = None


def refuse(*_: object) -> int:
    """A document type could bring entities: no test tool writes one."""
    raise ReportUnreadable("it has a document type (DOCTYPE), which no test tool writes")


def faults_of(data: bytes, name: str, now: datetime) -> list[Fault]:
    """The faults in a JUnit file. Raises ReportUnreadable."""
    if len(data) > MAX_BYTES:
        raise ReportUnreadable(f"{name} is larger than {MAX_BYTES >> 20} MiB: split the run, or leave its output out.")
    reader, parser = Reader(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ReportUnreadable(f"{name} is not XML: {error}.") from error
    except (ReportUnreadable, ValueError, LookupError) as error:
        raise ReportUnreadable(f"{name} is refused: {error}.") from error
    if not reader.is_junit:
        raise ReportUnreadable(f"{name} is no JUnit report: its first tag is neither testsuites nor testsuite.")
    return [fault_of(case, now) for case in reader.cases]


def fault_of(case: Case, now: datetime) -> Fault:
    """The fault of a case that did not pass."""
    text = redact(plain_text("".join(case.text), MAX_TEXT))
    message = redact(plain_text(case.told.get("message"), 2_000))
    test, group = plain_text(case.attributes.get("name"), 200), plain_text(case.attributes.get("classname"), 200)
    whole = test if not group or test.startswith(group) else f"{group} › {test}"
    outcome = case.outcome or "failed"
    trace = trace_of(text, message, plain_text(case.told.get("type"), 200), outcome)
    file = file_of(case, trace)
    frames = trace.frames or (
        (Frame(file=file, line=whole_number(case.attributes.get("line")), function=test),) if file else ()
    )
    said = trace.said or first_line(message or text)
    return Fault(
        source="junit",
        id=f"{file or group}-{test}",
        title=redact(f"{whole}: {said}" if said else whole),
        kind="flaky" if outcome == "flaky" else trace.kind,
        message=trace.message or said or whole,
        culprit=file,
        frames=frames,
        level=outcome,
        platform="python" if file.endswith(".py") else "javascript" if script_frames(text) else "",
        last_seen=moment(case.suite.get("timestamp")) or now,
        test=redact(whole),
        test_file=file or None,
        incident_id=quoted_incident(message, text),
        notes=(f"It passed at attempt {case.attempts}: the test or what it waits for is unsteady.",)
        if outcome == "flaky"
        else (),
    )


def trace_of(text: str, message: str, kind: str, outcome: str) -> Trace:
    """What went wrong, from the failure's text or else from its attributes."""
    if trace := python_trace(text) or pytest_trace(text):
        return trace
    message = message or first_line(text)
    name, _, rest = message.partition(": ")
    if KIND.fullmatch(name) and rest and name[:1].isupper():
        return Trace(kind=name, message=rest, frames=script_frames(text))
    named = kind if KIND.fullmatch(kind) else ""
    return Trace(kind=named or outcome, message=first_line(message or text), frames=script_frames(text))


def file_of(case: Case, trace: Trace) -> str:
    """The test's own file, as the tool tells it or as its class is named."""
    told = plain_text(case.attributes.get("file"), 300) or plain_text(case.suite.get("file"), 300)
    if told:
        return told
    group = plain_text(case.attributes.get("classname"), 200)
    tests = [
        frame.file
        for frame in trace.frames
        if re.search(r"(^|[/\\])(tests?|__tests__|spec)[/\\]|(^|/)test_|\.(test|spec)\.", frame.file)
    ]
    if tests:
        return tests[0]
    parts = [part for part in group.split(".") if part[:1].islower() or part[:1] == "_"]
    return (
        "/".join(parts) + ".py"
        if re.fullmatch(r"(?:\w+\.)+\w+", group) and parts and parts[-1].startswith("test")
        else ""
    )
