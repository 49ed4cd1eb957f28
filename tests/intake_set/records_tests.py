"""Outcomes of test runs: browser journeys and unit tests."""

from typing import Literal

from tests.intake_set.model import Record, Severity, Source, TestResult


def outcome(
    name: str,
    severity: Severity,
    file: str,
    told: str,
    status: Literal["failed", "timedOut", "flaky", "skipped", "error"],
    retries: int = 0,
    tags: str = "",
) -> Record:
    """A record of one test; `told` is `title | error`."""
    title, error = told.split(" | ")
    source: Source = "playwright" if file.endswith(".ts") else "junit"
    kind, _, value = error.partition(": ")
    given = dict(pair.split("=") for pair in tags.split())
    return Record(
        name=name,
        severity=severity,
        path=file,
        source=source,
        title=f"{title}: {error}",
        type=kind,
        value=value,
        environment="ci",
        tags=given,
        level="warning" if status in {"flaky", "skipped"} else "error",
        test=TestResult(file=file, title=title, status=status, retries=retries),
    )


MAIN = "@journey=main"
TESTS = [
    outcome(
        "journey: sign in",
        "high",
        "tests/e2e/login.spec.ts",
        "login › signs in with Discord | TimeoutError: page.waitForURL: Timeout 15000ms exceeded.",
        "failed",
        2,
        MAIN,
    ),
    outcome(
        "journey: pay",
        "high",
        "tests/e2e/checkout.spec.ts",
        "checkout › pays with a card | Error: expect(locator).toHaveText('Thank you') failed",
        "failed",
        2,
        MAIN,
    ),
    outcome(
        "journey: ticket",
        "high",
        "tests/e2e/tickets.spec.ts",
        "tickets › opens a ticket and gets an answer | Error: expect(received).toBe(expected)",
        "failed",
        1,
        MAIN,
    ),
    outcome(
        "journey: search",
        "high",
        "tests/e2e/search.spec.ts",
        "search › finds an item | TypeError: Cannot read properties of undefined (reading 'hits')",
        "failed",
        1,
        MAIN,
    ),
    outcome(
        "journey hangs",
        "high",
        "tests/e2e/login.spec.ts",
        "login › stays signed in | Error: Test timeout of 30000ms exceeded.",
        "timedOut",
        2,
        MAIN,
    ),
    outcome(
        "flaky sign-out",
        "low",
        "tests/e2e/login.spec.ts",
        "login › signs out | TimeoutError: locator.click: Timeout 5000ms exceeded.",
        "flaky",
        1,
    ),
    outcome(
        "flaky basket",
        "low",
        "tests/e2e/checkout.spec.ts",
        "checkout › keeps the basket | Error: expect(locator).toHaveCount(2) failed",
        "flaky",
        1,
        MAIN,
    ),
    outcome(
        "flaky search",
        "low",
        "tests/e2e/search.spec.ts",
        "search › shows suggestions | Error: locator.fill: Target closed",
        "flaky",
        2,
    ),
    outcome(
        "skipped profile",
        "low",
        "tests/e2e/profile.spec.ts",
        "profile › uploads an avatar | skipped: waits for the new storage",
        "skipped",
    ),
    outcome(
        "looks a pixel off",
        "low",
        "tests/e2e/profile.spec.ts",
        "profile › looks as before | Error: 14 pixels (ratio 0.0001) are different",
        "failed",
        0,
        "kind=screenshot",
    ),
    outcome(
        "unit: charge",
        "high",
        "tests/unit/test_charge.py",
        "test_a_charge_is_made_once | AssertionError: assert 2 == 1",
        "failed",
    ),
    outcome(
        "unit: tokens",
        "high",
        "tests/unit/test_tokens.py",
        "test_an_expired_token_is_refused | TypeError: can't compare offset-naive and offset-aware datetimes",
        "error",
    ),
    outcome("unit: sync", "high", "tests/unit/test_sync.py", "test_rows_are_read | KeyError: 'amount'", "error"),
    outcome(
        "unit: flaky levels",
        "low",
        "tests/unit/test_levels.py",
        "test_the_card_is_drawn | AssertionError: assert 0.51 < 0.5",
        "flaky",
        1,
    ),
]
