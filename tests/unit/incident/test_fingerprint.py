"""The same bug has the same fingerprint, and another bug has another one."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incident.fingerprint import Frame, fingerprint, fingerprint_of, is_own, own_frame
from bot.incident.traceback_reading import ToldError

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
    "spaces": (("E", "a  b"), ("E", "a b")),
    "a release's folder": (
        ("E", "m", at("/srv/bot/releases/20260105/cogs/x.py", 9)),
        ("E", "m", at("/usr/src/releases/20260107/cogs/x.py", 9)),
    ),
    "a folder that is no package": (
        ("E", "m", at("/opt/my-bot/main.py", 9)),
        ("E", "m", at("D:\\bots\\my-bot\\main.py", 9)),
    ),
    "a place told by its module": (
        ("", "KeyError: 'price'", at("cogs.market in fetch", 0, "")),
        ("", "KeyError: 'price'", at("/app/cogs/market.py in fetch", 0, "")),
    ),
    "a terminal's colours": (("E", "\x1b[31mno row\x1b[0m"), ("E", "no row")),
    "notes below": (("ValueError", "no row\nwhile handling guild 5"), ("ValueError", "no row")),
    "the wording of Python's version": (
        ("UnboundLocalError", "local variable 'x' referenced before assignment"),
        ("UnboundLocalError", "cannot access local variable 'x' where it is not associated with a value"),
    ),
    "a class before its function": (
        ("TypeError", "Shop.__init__() got an unexpected keyword argument 'a'"),
        ("TypeError", "__init__() got an unexpected keyword argument 'a'"),
    ),
    "how a syntax error is worded": (
        ("SyntaxError", "EOL while scanning string literal", at("/app/cogs/x.py", 9)),
        ("SyntaxError", "unterminated string literal", at("/app/cogs/x.py", 9)),
    ),
    "gspread's version": (
        ("APIError", "{'code': 503, 'message': 'unavailable', 'status': 'UNAVAILABLE'}"),
        ("APIError", "APIError: [503]: unavailable"),
    ),
    "what was not found": (("WorksheetNotFound", "Raid Bergen"), ("WorksheetNotFound", "Week 40")),
    "a channel's name": (("cogs.spam", "no rights in #musica: 403"), ("cogs.spam", "no rights in #off-topic: 403")),
    "a name before an id": (
        ("cogs.dm", f"no answer to Marta Kowalska ({10**17}): closed"),
        ("cogs.dm", f"no answer to sable ({10**18}): closed"),
    ),
    "a name after a word that names": (
        ("weather", "no forecast for Kraków: 0"),
        ("weather", "no forecast for Cork: 0"),
    ),
    "a file's name": (("importer", "skipping backup-3.json: bad"), ("importer", "skipping luna.png: bad")),
    "a plural": (("sync", "1 command failed"), ("sync", "7 commands failed")),
    "the unit of a duration": (("queue", "5 minutes behind"), ("queue", "1 second behind")),
    "tries": (("http", "timed out after 6s (attempt 3/5)"), ("http", "timed out after 13s")),
    "the path of an address": (
        ("hook", "POST https://api.example.test/repos/ada/bot/issues failed"),
        ("hook", "POST https://api.example.test/repos/acme/site/issues failed"),
    ),
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
    "the field that is wrong": (
        ("HTTPException", "400 Bad Request (error code: 50035): Invalid\nIn content: too long"),
        ("HTTPException", "400 Bad Request (error code: 50035): Invalid\nIn embeds.0.title: too long"),
    ),
    "the host": (("http", "GET https://one.test/a failed"), ("http", "GET https://two.test/a failed")),
    "the service": (("pool", "no connection for Redis: refused"), ("pool", "no connection for Postgres: refused")),
    "a status in a title": (
        ("", "ClientResponseError: 429, message='slow'", at("cogs.riot in get", 0, "")),
        ("", "ClientResponseError: 403, message='slow'", at("cogs.riot in get", 0, "")),
    ),
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


def test_a_cause_deep_inside_of_a_library_is_told_as_it_reached_our_code() -> None:
    def refused(host: str) -> list[ToldError]:
        seen = ToldError("ConnectorError", f"Cannot connect to host {host}:443", at("/app/cogs/http.py", 9, "fetch"))
        return [seen, ToldError("OSError", "[Errno 111]", at("/usr/lib/python3.12/asyncio/tasks.py", 9, "connect"))]

    assert fingerprint_of(refused("one.test")) != fingerprint_of(refused("two.test"))
    assert fingerprint_of(refused("one.test")) == fingerprint_of(refused("one.test")[:1])


def test_a_huge_message_is_masked_in_one_pass() -> None:
    assert fingerprint("E", "abcdef1 " * 50_000) == fingerprint("E", "abcdef2 " * 50_000)


@pytest.mark.parametrize("mark", ["(", " ", "/-", "\\@", "a://"])
def test_marks_without_end_are_cut_to_one_identity(mark: str) -> None:
    assert fingerprint("bot.intake", mark * 20_000) == fingerprint("bot.intake", mark * 30_000)


def test_an_address_is_the_same_with_a_query_a_mark_or_neither() -> None:
    said = {fingerprint("E", f"no answer from https://a.test/v1{end}") for end in ("", "?page=7", "#top")}

    assert len(said) == 1
