"""The same bug has the same fingerprint, and another bug has another one."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incident.fingerprint import Frame, fingerprint, is_own, own_frame

OWN: tuple[Frame, ...] = (
    ("/app/bot/cogs/ledger.py", 30, "on_message"),
    ("/app/bot/ledger/amount.py", 9, "read"),
    ("/usr/lib/python3.11/decimal.py", 100, "__new__"),
)


def at(path: str, line: int, function: str = "read") -> tuple[Frame, ...]:
    return ((path, line, function),)


Fault = tuple[Any, ...]
SAME: dict[str, tuple[Fault, Fault]] = {
    "another line": (("E", "m", at("/app/bot/x.py", 9)), ("E", "m", at("/app/bot/x.py", 12))),
    "another deploy path": (("E", "m", at("/app/bot/x.py", 9)), ("E", "m", at("/srv/releases/42/bot/x.py", 9))),
    "a deploy path named bot": (("E", "m", at("/app/bot/x.py", 9)), ("E", "m", at("/data/bot/app/bot/x.py", 9))),
    "another system": (("E", "m", at("/app/bot/x.py", 9)), ("E", "m", at("C:\\app\\bot\\x.py", 9))),
    "other library frames below": (("E", "m", OWN), ("E", "m", (*OWN, ("/usr/lib/python3.11/a.py", 1, "b")))),
    "numbers": (("E", "row 17 of 20 is bad"), ("E", "row 3 of 9 is bad")),
    "decimals": (("E", "took 1.52 of 3,000"), ("E", "took 0.07 of 12,000")),
    "numbers with units": (("E", "no answer in 12s, 300ms late"), ("E", "no answer in 9s, 45ms late")),
    "negative numbers": (("E", "index -1"), ("E", "index -22")),
    "Discord ids": (("E", "no <@123456789012345678>"), ("E", "no <@987654321098765432>")),
    "uuids": (
        ("E", "no 3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("E", "no 9F2504E0-4F89-11D3-9A0C-0305E82C33FF"),
    ),
    "addresses": (("E", "<object at 0x7f3b3e6c5d30>"), ("E", "<object at 0x10>")),
    "commit ids": (("E", "at " + "a1" * 20), ("E", "at " + "9f" * 20)),
    "our incident ids": (("E", "inc_0123456789ab is gone"), ("E", "inc_zyxwvtsrqpnm is gone")),
    "our order ids": (("E", "wo_20260105_0001 is stale"), ("E", "wo_20260106_0017 is stale")),
    "spaces": (("E", "a  b\n c"), ("E", "a b c")),
}
OTHER: dict[str, tuple[Fault, Fault]] = {
    "another type": (("ValueError", "m"), ("TypeError", "m")),
    "another message": (("E", "no row"), ("E", "no column")),
    "another function": (("E", "m", at("/app/bot/x.py", 9, "a")), ("E", "m", at("/app/bot/x.py", 9, "b"))),
    "another file": (("E", "m", at("/app/bot/x.py", 9)), ("E", "m", at("/app/bot/y.py", 9))),
    "another folder": (("E", "m", at("/app/bot/a/x.py", 9)), ("E", "m", at("/app/bot/b/x.py", 9))),
    "HTTP statuses": (("E", "429 Too Many Requests"), ("E", "403 Forbidden")),
    "HTTP statuses in a sentence": (("E", "GitHub answered 429: slow"), ("E", "GitHub answered 403: slow")),
    "HTTP statuses by name": (("E", "HTTP 301 for x"), ("E", "HTTP 200 for x")),
    "Discord's codes": (("E", "(error code: 50013): no"), ("E", "(error code: 50001): no")),
    "sheet's statuses": (("E", "APIError: [429]: Quota"), ("E", "APIError: [403]: Quota")),
}


@pytest.mark.parametrize("what", SAME)
def test_the_same_bug_has_the_same_fingerprint_in_spite_of(what: str) -> None:
    one, two = SAME[what]

    assert fingerprint(*one) == fingerprint(*two)


@pytest.mark.parametrize("what", OTHER)
def test_another_bug_is_told_by(what: str) -> None:
    one, two = OTHER[what]

    assert fingerprint(*one) != fingerprint(*two)


def test_the_innermost_own_frame_counts() -> None:
    assert own_frame(OWN) == "bot/ledger/amount.py:read"
    assert own_frame(OWN[2:]) == "decimal.py:__new__"
    assert own_frame(()) == ""


@pytest.mark.parametrize(
    ("file", "own"),
    [
        ("/app/bot/cogs/ledger.py", True),
        ("bot/x.py", True),
        ("C:\\bot\\bot\\x.py", True),
        ("/app/.venv/lib/python3.11/site-packages/bot/x.py", False),
        ("/data/bot/versions/3.11.7/lib/python3.11/asyncio/tasks.py", False),
        ("/app/mybot/x.py", True),
        ("/app/.venv/lib64/python3.12/site-packages/discord/client.py", False),
        ("C:\\Python312\\Lib\\asyncio\\tasks.py", False),
        ("<frozen importlib._bootstrap>", False),
    ],
)
def test_own_code_is_told_from_libraries(file: str, own: bool) -> None:
    assert is_own(file) is own


@given(st.text(max_size=40), st.text(st.characters(exclude_categories=[])))
def test_any_text_gives_sixteen_hex_digits(kind: str, message: str) -> None:
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(kind, message))


def test_a_huge_message_is_masked_in_one_pass() -> None:
    assert fingerprint("E", "abcdef1 " * 50_000) == fingerprint("E", "abcdef2 " * 50_000)
