"""A pattern file is taken whole or refused with every reason; no pattern that is taken can run away on any line."""

import re
from pathlib import Path

import pytest

from bot.watchdog.matching import Line, Matcher, first_of, index_of, may_meet, places_in
from bot.watchdog.patterns import SHIPPED, PatternsRefused, read_patterns
from bot.watchdog.runaway import MAX_LINE, RunsAway, check_runaway, needed_texts

MET = {
    "discord-login-limited": "HTTP 429 at gateway/bot (error code: 1015)",
    "discord-token-refused": "LoginFailure: Improper token has been passed.",
    "discord-privileged-intents": "Shard ID None is requesting privileged intents",
    "discord-heartbeat-blocked": "Shard ID None heartbeat blocked for more than 20 seconds.",
    "discord-unknown-interaction": "NotFound: 404 Not Found (error code: 10062): Unknown interaction",
    "discord-already-acknowledged": "400 Bad Request (error code: 40060): Interaction has already been acknowledged.",
    "discord-token-expired": "401 Unauthorized (error code: 50027): Invalid Webhook Token",
    "approval-guessed": "5 wrong tokens: 1001 may not confirm",
    "discord-missing-access": "Forbidden: 403 Forbidden (error code: 50001): Missing Access",
    "discord-missing-permissions": "403 Forbidden (error code: 50013): Missing Permissions",
    "discord-command-limit": "400 Bad Request (error code: 30034): Max number of daily application command creates",
    "discord-command-sync": "the commands could not be synced: 400",
    "discord-command-drift": "discord.app_commands.errors.CommandSignatureMismatch: the signature differs",
    "discord-rate-limited": "We are being rate limited. PATCH https://discord.com responded with 429.",
    "discord-gateway-lost": "Shard ID 0 WebSocket closed with 1006",
    "sheets-quota": "gspread.exceptions.APIError: [429]: Quota exceeded",
    "sheets-not-shared": "gspread.exceptions.APIError: [403]: The caller does not have permission",
    "sheets-gone": "gspread.exceptions.SpreadsheetNotFound",
    "model-quota": "openai.RateLimitError: Error code: 429 - insufficient_quota",
    "model-key-refused": "openai.AuthenticationError: Incorrect API key provided",
    "model-transient": "openai.InternalServerError: Error code: 503",
    "model-malformed-json": "the model answered with malformed JSON",
    "service-down": "service worker.web is down",
    "database-unreachable": "sqlalchemy.exc.OperationalError: connection refused",
    "disk-full": "OSError: [Errno 28] No space left on device",
    "python-broken-file": 'File "/app/bot/ledger/amount.py", line 9, in read: NameError: x',
    "memory_pressure": "MemoryError",
    "ingestion_failure": "ingestion of book_123.pdf failed",
    "connection_lost": "connection to the broker lost",
    "critical": "FATAL: giving up",
    "error": "ERROR something",
    "warning": "WARN something",
}


def written(folder: Path, text: str) -> Path:
    path = folder / "patterns.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_shipped_pattern_is_met_by_what_it_is_for() -> None:
    patterns = read_patterns(SHIPPED)
    index = index_of(patterns)

    may = {name: [patterns[place] for place in places_in(index, line.lower())] for name, line in MET.items()}
    first = {name: hit[0].pattern.id for name, line in MET.items() if (hit := first_of(may[name], line, line.lower()))}

    assert {each.pattern.id for each in patterns} == set(MET)
    assert first == {name: name for name in MET}


def test_every_shipped_pattern_has_a_text_that_tells_most_lines_apart() -> None:
    for each in read_patterns(SHIPPED):
        assert all(each.needs)
        assert may_meet(each, MET[each.pattern.id].lower())


@pytest.mark.parametrize(
    "line", ["INFO ready as suture in guild 1", '{"level":"INFO","msg":"order wo_1 is proposing"}', "", "x" * 5_000]
)
def test_a_quiet_line_meets_nothing(line: str) -> None:
    assert Matcher(read_patterns(SHIPPED)).met([Line(line, "a.log")]) == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('id = "a"\nregex = "("', "pattern a: regex: missing )"),
        ('id = "a"\nregex = "(a+)+$"', "pattern a: regex: a repeat stands inside of a repeat"),
        ('id = "a"\nregex = "x"\naction = "rm -rf"', "pattern a: action"),
        ('id = "a"\nregex = "x"\nplaybook = "rm -rf"', "pattern a: playbook"),
        ('id = "a"\nregex = "x"\nplaybook = "b"\nheal = false', "one of action, playbook and heal"),
        ('id = "a"\nregex = "x"\naction = "GENERAL_RESTART"\nplaybook = "b"', "one of action, playbook and heal"),
        ('id = "a"\nregex = "x"\naction = "RESTART_SERVICE"\nargument = "x; reboot"', "needs the service's name"),
        ('id = "a"\nregex = "x"\nmax_streak = -1', "pattern a: max_streak"),
        ('id = "a"\nregex = "x"\nmore = 1', "pattern a: more"),
        ('regex = "x"', "pattern number 1: id"),
        ('id = "a"\nregex = "x"\n[[pattern]]\nid = "a"\nregex = "y"', "pattern a is there twice"),
    ],
)
def test_a_wrong_pattern_is_refused_by_file_name_and_reason(tmp_path: Path, entry: str, told: str) -> None:
    path = written(tmp_path, f"[[pattern]]\n{entry}\n")

    with pytest.raises(PatternsRefused) as refused:
        read_patterns(path)

    assert f"WATCHDOG_PATTERNS: {path}: pattern" in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize("text", ["[[pattern", "pattern = 1", "\x00"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PatternsRefused, match=r"patterns\.toml"):
        read_patterns(written(tmp_path, text))


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = '[[pattern]]\nid = "a"\nregex = "("\n[[pattern]]\nid = "b"\nregex = "(ab|a)*c"\n'

    with pytest.raises(PatternsRefused) as refused:
        read_patterns(written(tmp_path, text))

    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a+)+$", r"(a*)*b", r"(?:a|a)*b", r"(\w+\s?)*$", r"(?:(?:ab)*)+", r"(.*)(.*)x", r".*a.*b", r"\s*\s*x"),
        *(r"(?:x\w*){20,}y", r"a+b*c*.+d.+e", r"(?=(a+)+b)", r".{0,2000}.{0,2000}x", r"(?:a?){100}b"),
    ],
)
def test_a_pattern_that_could_run_away_is_refused(pattern: str) -> None:
    with pytest.raises(RunsAway):
        check_runaway(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"File \"([^\"]+)\", line (\d+)",
            r"error.*timeout",
            r"\b\d{5}\b",
            r"[^\n]{0,80}lost",
            r"a|b|c",
            r"(?:ab){3}",
        ),
        *(r"shard \S{1,20} (?:stopped|lost)", r"took \d+ ms", r"(?P<service>[a-z][a-z0-9_-]{0,60}) is down"),
    ],
)
def test_an_honest_pattern_is_taken(pattern: str) -> None:
    check_runaway(pattern)

    assert re.compile(pattern)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r"error code: 1015|rate limited", [[{"error code: 1015"}], [{"rate limited"}]]),
        (r"service (\w+) is down", [[{"service "}, {" is down"}]]),
        (r"(?:sheet|gspread).{0,9}(?:\b429\b|Quota)", [[{"sheet", "gspread"}, {"429", "quota"}]]),
        (r"sheet.{0,9}429|quota exceeded", [[{"sheet"}, {"429"}], [{"quota exceeded"}]]),
        (r"\d+", [[]]),
        (r"\d+|ab", [[], [{"ab"}]]),
        (r"(?:Timeout|)x", [[]]),
        (r"(?:ab)?c", [[]]),
    ],
)
def test_the_texts_that_a_line_needs_are_told(pattern: str, needs: list[list[set[str]]]) -> None:
    assert [[set(texts) for texts in each] for each in needed_texts(pattern)] == needs


def test_a_line_is_looked_at_up_to_its_bound() -> None:
    matcher = Matcher(read_patterns(SHIPPED))

    assert matcher.met([Line("x" * MAX_LINE + " MemoryError", "a.log")]) == []
