"""Foreign text stays text in whatever Discord would make of it."""

import re

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.log_view import pages_of
from bot.cogs.replies import as_code, as_text, in_block

FENCE = re.compile(r"`{3}")


@pytest.mark.parametrize("count", range(1, 9))
def test_no_run_of_backticks_leaves_a_block(count):
    block = in_block("a" + "`" * count + "\n[click](http://evil.example)")

    assert not FENCE.search(block)


@given(st.text(alphabet="`a\n", max_size=40))
def test_a_text_in_a_block_holds_no_fence(text):
    assert not FENCE.search(in_block(text))


@given(st.lists(st.text(alphabet="`ab", max_size=600), min_size=1, max_size=12))
def test_a_page_of_the_log_fits_a_message_and_holds_no_fence(lines):
    pages = pages_of(lines)

    assert sum(len(page) for page in pages) == len(lines)
    assert all(len("\n".join(page)) <= 1800 and not FENCE.search("\n".join(page)) for page in pages)


@pytest.mark.parametrize(
    "text",
    [
        "[Approve](http://evil.example)",
        "see http://a.example/[Approve](http://evil.example)",
        "[a [b](http://evil.example)",
        "<@123456789012345678>",
        "@everyone",
    ],
)
def test_links_under_other_words_and_mentions_stay_words(text):
    shown = as_text(text)

    assert "](" not in shown
    assert "@everyone" not in shown
    assert "<@123456789012345678>" not in shown


@given(st.text(max_size=400), st.integers(min_value=5, max_value=200))
def test_a_text_is_one_line_within_its_limit(text, limit):
    shown = as_text(text, limit)

    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not (shown.endswith("\\…"))


@pytest.mark.parametrize("name", ["tests/test_decimal_comma.py", "a`b`c", "``", "x" * 300])
def test_a_name_is_inline_code_without_an_escape_or_a_way_out(name):
    shown = as_code(name, 80)

    assert shown.count("`") == 2
    assert "\\" not in shown
    assert discord.utils.remove_markdown(shown)
