"""What a run's facts say of each test; a test that is not told of has not passed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.repair.proof.runs import CANARY, Ran

GOOD = {"passed", "skipped", "xfailed", "xpassed"}


@dataclass(frozen=True)
class Failure:
    """Why a test failed."""

    when: str
    types: tuple[str, ...]
    """The exception's class and what it inherits from, with their modules."""
    text: str
    frames: tuple[tuple[str, str, int, int], ...]
    """The project's own frames, from outside in: file, function, its first line, the line."""

    @property
    def kind(self) -> str:
        """The exception's name."""
        return self.types[0].rpartition(".")[2] if self.types else "nothing"


@dataclass
class Results:
    """Each test's outcome in one run, by its id."""

    ran: Ran
    collected: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Deselected."""
    unread: dict[str, str] = field(default_factory=dict)
    """Files that could not be read as tests, and why."""
    outcomes: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    entered: dict[str, frozenset[tuple[str, int]]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    canary: str = ""
    ended: bool = False

    @property
    def believable(self) -> bool:
        """Did the canary fail, as it must, and was the run told to its end?"""
        return self.ended and (self.canary == "failed" or not self.collected)

    @property
    def bad(self) -> list[str]:
        """The tests and files that did not pass, and those of which nothing was told."""
        untold = [each for each in self.collected if each not in self.outcomes]
        return [*self.unread, *untold, *(each for each, what in self.outcomes.items() if what not in GOOD)]

    def why(self, test: str) -> str:
        """A sentence's end on a test that did not pass."""
        if test in self.unread:
            return self.unread[test].strip()[-300:]
        failure = self.failures.get(test)
        return f"{failure.kind}: {failure.text}" if failure else "nothing was told of it"


def read_results(ran: Ran) -> Results:
    """What the facts of a run say."""
    results = Results(ran)
    for fact in ran.facts:
        kind, test = fact.get("kind"), str(fact.get("id", ""))
        if kind == "collected":
            results.collected, results.gone = words(fact.get("ids")), words(fact.get("gone"))
        elif kind == "unread":
            results.unread[test] = str(fact.get("text"))
        elif kind == "end":
            results.ended = True
        elif kind == "note":
            results.notes[str(fact.get("key"))] = f"{fact.get('type')} {fact.get('value')}"
        elif CANARY in test:
            results.canary = str(fact["outcome"]) if fact.get("when") == "call" else results.canary
            if fact.get("when") == "setup" and fact.get("outcome") == "failed":
                results.canary = "failed"
        else:
            take_in(results, str(kind), test, fact)
    return results


def take_in(results: Results, kind: str, test: str, fact: Mapping[str, object]) -> None:
    """A fact about one of the project's tests."""
    if kind == "entered":
        results.entered[test] = frozenset((str(name), int(line)) for name, line in pairs(fact.get("code")))
    elif kind == "failed":
        results.outcomes[test] = "failed"
    elif kind == "phase":
        outcome, when = str(fact.get("outcome")), str(fact.get("when"))
        if outcome == "failed":
            results.failures.setdefault(test, failure_in(fact, when))
        if results.outcomes.get(test) != "failed" and (when == "call" or outcome != "passed"):
            results.outcomes[test] = outcome


def failure_in(fact: Mapping[str, object], when: str) -> Failure:
    """The failure that a fact tells of."""
    rows = fact.get("frames")
    frames = [each for each in rows if isinstance(each, list) and len(each) == 4] if isinstance(rows, list) else []
    places = tuple((str(name), str(function), int(first), int(line)) for name, function, first, line in frames)
    return Failure(when, words(fact.get("types")), str(fact.get("text")), places)


def words(value: object) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def pairs(value: object) -> Iterable[tuple[str, int]]:
    """A list of pairs of text and number."""
    return [(str(each[0]), int(each[1])) for each in value if len(each) == 2] if isinstance(value, list) else []
