"""A pattern speaks when its lines are one too many, says what its groups found, and asks for its action seldom."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.events.catalog import ActionRequested, LogPattern, LogPatternCritical, LogPatternError
from bot.events.event import Event
from bot.watchdog.matching import Line, Matcher
from bot.watchdog.patterns import Compiled, Pattern
from bot.watchdog.runaway import needed_texts


@dataclass
class Ticks:
    """A monotonic clock by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def compiled(**fields: object) -> Compiled:
    pattern = Pattern.model_validate({"id": "p", "regex": "boom"} | fields)
    return Compiled(pattern, needed_texts(pattern.regex))


def told(matcher: Matcher, *texts: str, source: str = "a.log") -> list[Event]:
    return matcher.met([Line(text, source) for text in texts])


def counts(events: list[Event]) -> list[int]:
    return [event.count for event in events if isinstance(event, LogPattern)]


def test_exactly_at_the_limit_nothing_is_told_and_beyond_it_once() -> None:
    matcher = Matcher([compiled(max_streak=3)])

    assert told(matcher, "boom", "boom", "boom") == []
    assert counts(told(matcher, "boom")) == [4]
    assert told(matcher, "boom", "boom", "boom") == []


def test_another_line_ends_a_streak_and_one_in_another_log_does_not() -> None:
    matcher = Matcher([compiled(max_streak=1)])

    assert told(matcher, "boom", "fine", "boom") == []
    assert told(matcher, "fine", source="b.log") == []
    assert counts(told(matcher, "boom")) == [2]


def test_in_a_window_other_lines_may_come_between_but_not_too_much_time() -> None:
    ticks = Ticks()
    matcher = Matcher([compiled(max_streak=2, window_seconds=60)], ticks)

    assert told(matcher, "boom", "fine", "boom") == []
    ticks.now += 61
    assert told(matcher, "boom", "boom") == []
    assert counts(told(matcher, "fine", "boom")) == [3]


def test_thousands_in_a_window_are_counted_to_the_last_one() -> None:
    matcher = Matcher([compiled(max_streak=5_000, window_seconds=60)], lambda: 0.0)

    assert told(matcher, *["boom"] * 5_000) == []
    assert counts(told(matcher, "boom")) == [5_001]


def test_equal_findings_of_one_look_are_one_event_with_their_number() -> None:
    matcher = Matcher([compiled()])

    (event,) = told(matcher, *["boom"] * 10_000)

    assert counts([event]) == [10_000]
    assert isinstance(event, LogPatternError)


def test_a_line_counts_for_the_first_pattern_only() -> None:
    matcher = Matcher([compiled(id="first", severity="blocker"), compiled(id="second", regex="b")])

    (event,) = told(matcher, "boom")

    assert isinstance(event, LogPatternCritical)
    assert event.pattern == "first"


def test_groups_say_file_line_and_service() -> None:
    regex = r'File "(?P<file>[^"]+)", line (?P<line>\d+): (?P<service>\w+)'
    action = {"action": "CODEX_FIX_FILE", "severity": "high"}
    event, asked = told(Matcher([compiled(regex=regex, **action)]), 'File "bot/x.py", line 9: web')

    assert isinstance(event, LogPattern)
    assert isinstance(asked, ActionRequested)
    assert (event.file, event.line_number, event.service) == ("bot/x.py", 9, "web")
    assert (asked.action, asked.file_path, asked.error) == ("CODEX_FIX_FILE", "bot/x.py", event.line)
    assert asked.fingerprint == event.fingerprint


def test_an_action_is_asked_for_once_within_its_cooldown() -> None:
    ticks = Ticks()
    matcher = Matcher([compiled(action="GENERAL_RESTART", cooldown_seconds=300)], ticks)

    assert len(told(matcher, "boom", "boom")) == 2
    ticks.now += 299
    assert len(told(matcher, "boom")) == 1
    ticks.now += 1
    assert len(told(matcher, "boom")) == 2


def test_a_service_whose_name_is_none_is_not_asked_for() -> None:
    matcher = Matcher([compiled(regex=r"(?P<service>\S+) boom", action="RESTART_SERVICE")])

    (event,) = told(matcher, "--now;reboot boom")

    assert isinstance(event, LogPattern)


def test_new_patterns_keep_what_was_counted() -> None:
    matcher = Matcher([compiled(max_streak=1)])
    told(matcher, "boom")

    matcher.use([compiled(id="other", regex="x"), compiled(max_streak=1)])

    assert counts(told(matcher, "boom")) == [2]


def test_patterns_that_are_put_in_place_in_the_middle_of_a_batch_hurt_nothing() -> None:
    many = [compiled(id=f"p{number}", regex=f"boom {number}\\b") for number in range(30)]
    matcher = Matcher(many)

    def lines() -> Iterator[Line]:
        for number in range(30):
            yield Line(f"boom {number}", "a.log")
            matcher.use([compiled(id="only", regex="nothing like it")])

    events = matcher.met(lines())

    assert len(events) in (0, 30)
    assert matcher.met([Line("there is nothing like it", "a.log")])


def test_a_line_meets_the_first_of_its_patterns_however_they_share_their_texts() -> None:
    matcher = Matcher([
        compiled(id="long", regex="rate limited by the gateway"), compiled(id="short", regex="limited|refused"),
        compiled(id="any", regex=r"\d{3}"), compiled(id="two", regex="sheet.{0,9}429|quota"),
    ])  # fmt: skip
    lines = ("rate limited by the gateway", "limited", "refused 429", "sheet: 42a", "the quota", "sheet 429", "nothing")

    met = [[e.pattern for e in told(matcher, line) if isinstance(e, LogPattern)] for line in lines]

    assert met == [["long"], ["short"], ["short"], [], ["two"], ["any"], []]
