"""Promise: text that others wrote stands in our sentences as one visible line of bounded length."""

import pytest

from bot.incident.foreign_text import cut, one_line


@pytest.mark.parametrize(
    ("foreign", "line"),
    [
        ("two\nlines\tand  a gap", "two lines and a gap"),
        ("paid \u202e05,21 lunch\u200b", "paid 05,21 lunch"),  # what turns the reading order, or is not seen
        ("\x1b[31mred\x07", "[31mred"),
        ("", ""),
    ],
)
def test_it_is_one_line_without_what_cannot_be_seen(foreign: str, line: str) -> None:
    assert one_line(foreign) == line


def test_what_is_too_long_ends_with_a_mark_within_the_limit() -> None:
    assert (cut("abcdef", 6), cut("abcdefg", 6)) == ("abcdef", "abcde…")
