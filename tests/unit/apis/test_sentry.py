"""Sentry's pages and limits, read as its documents have them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.apis.http import retry_after
from bot.apis.sentry import next_cursor, searched

PAGE = '<https://sentry.test/api/0/x/?&cursor=0:{at}:{back}>; rel="{rel}"; results="{has}"; cursor="0:{at}:{back}"'


def a_link(has: str) -> str:
    return ", ".join((
        PAGE.format(at=0, back=1, rel="previous", has="false"),
        PAGE.format(at=100, back=0, rel="next", has=has),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cursor"),
    [
        (a_link("true"), "0:100:0"),
        (a_link("false"), None),
        ('<https://glitchtip.test/?cursor=abc>; rel="next"; results="true"; cursor="abc"', "abc"),
        ("", None),
        ("garbage; <", None),
    ],
)
def test_the_next_page_is_where_the_link_says_as_long_as_there_is_one(header: str, cursor: str | None) -> None:
    assert next_cursor(header) == cursor


@given(st.text(max_size=300))
def test_no_link_breaks_the_reader(header: str) -> None:
    assert next_cursor(header) is None or isinstance(next_cursor(header), str)


@pytest.mark.parametrize(
    ("environment", "query"),
    [
        ("production", "is:unresolved environment:production"),
        ("prod eu", 'is:unresolved environment:"prod eu"'),
        ('x" or is:resolved', 'is:unresolved environment:"x or is:resolved"'),
    ],
)
def test_an_environments_name_is_one_word_of_the_search(environment: str, query: str) -> None:
    assert searched(environment) == query


def test_a_spent_limit_of_sentrys_own_headers_is_waited_for() -> None:
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    reset = str(int(now.timestamp()) + 7)

    told = retry_after({"x-sentry-rate-limit-reset": reset, "x-sentry-rate-limit-remaining": "0"}, now)

    assert told == 7
