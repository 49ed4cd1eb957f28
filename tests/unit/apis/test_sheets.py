"""The sheet's door against a Google Sheets on this machine, over real HTTP."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.apis.sheet_errors import (
    SheetAccountRefused,
    SheetFailure,
    SheetMissing,
    SheetNotShared,
    SheetQuota,
    SheetTimeout,
    SheetUnreachable,
)
from bot.apis.sheets import MOST_THREADS, Place, Sheets, open_sheets
from bot.sandbox.sheet_accounts import EMAIL
from bot.sandbox.sheet_server import SheetServer, fault, garbage_fault, hang_fault, quota_fault

SOON = 0.3
PLENTY = 30.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One service account's key for all tests here: it takes a while to make."""
    return tmp_path_factory.mktemp("google")


@pytest.fixture
async def server(home: Path) -> AsyncIterator[SheetServer]:
    (home / "sheets.json").unlink(missing_ok=True)
    (home / "journal.jsonl").unlink(missing_ok=True)
    server = SheetServer(home)
    server.add_spreadsheet("ledger", "Sheet1", "It's ours")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def sheets(server: SheetServer) -> AsyncIterator[Sheets]:
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=PLENTY) as opened:
        yield opened


async def failure_of(sheets: Sheets, server: SheetServer, kind: type[SheetFailure]) -> str:
    """The sentence of a failed read, seen to hold nothing secret, nor anything that it was raised from."""
    with pytest.raises(kind) as caught:
        await sheets.read("A:F")
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    sentence = str(caught.value)
    key = json.loads(server.key_file)["private_key"]
    assert not any(line in sentence for line in key.split("\n") if line)
    assert "Bearer" not in sentence
    assert sentence.endswith(".")
    return sentence


async def test_what_is_written_is_read_back(server, sheets):
    await sheets.write("A1:C1", [["a", 1.5, "=1+1"]])
    await sheets.append("A:C", [["b", 2, "0012"]])

    assert await sheets.read("A1:C1", "A:C", "D:D") == [
        [["a", 1.5, "=1+1"]],
        [["a", 1.5, "=1+1"], ["b", 2, "0012"]],
        [],
    ]
    assert server.rows("ledger") == [["a", 1.5, "=1+1"], ["b", 2, "0012"]]


async def test_one_sign_in_serves_many_calls_and_an_expired_token_is_renewed(server, sheets):
    await sheets.read("A:F")
    await sheets.read("A:F")
    server.account.expire_tokens()

    await sheets.read("A:F")

    assert [entry.status for entry in server.journal if entry.path == "/token"] == [200, 200]


async def test_a_tab_is_named_as_google_quotes_it(server):
    async with open_sheets(server.key_file, Place("ledger", "It's ours"), url=server.url) as sheets:
        await sheets.append("A:F", [["x"]])

    assert server.rows("ledger", "It's ours") == [["x"]]
    assert server.rows("ledger") == []


async def test_a_full_quota_is_not_a_missing_permission(server, sheets):
    server.faults.add(quota_fault())
    quota = await failure_of(sheets, server, SheetQuota)
    server.faults.add(fault(403, "The caller does not have permission"))
    shared = await failure_of(sheets, server, SheetNotShared)

    assert "in a minute" in quota
    assert f"share the sheet with {EMAIL}" in shared


async def test_a_quota_told_by_403_is_a_quota_all_the_same(server, sheets):
    server.faults.add(fault(403, "slow down", reason="RATE_LIMIT_EXCEEDED"))

    assert "in a minute" in await failure_of(sheets, server, SheetQuota)


async def test_an_api_that_is_switched_off_is_told_apart(server, sheets):
    server.faults.add(fault(403, "not enabled", reason="SERVICE_DISABLED"))

    assert "enable it in Google Cloud" in await failure_of(sheets, server, SheetAccountRefused)


async def test_a_sheet_that_is_not_shared_says_with_whom_to_share_it(server):
    server.add_spreadsheet("secret", role=None)
    async with open_sheets(server.key_file, Place("secret"), url=server.url) as sheets:
        assert EMAIL in await failure_of(sheets, server, SheetNotShared)
        assert EMAIL in (await sheets.reachable()).reason


async def test_a_reader_may_look_but_not_write(server):
    server.add_spreadsheet("shown", role="reader")
    async with open_sheets(server.key_file, Place("shown"), url=server.url) as sheets:
        assert await sheets.read("A:F") == [[]]
        with pytest.raises(SheetNotShared, match="as an editor"):
            await sheets.append("A:F", [["x"]])


@pytest.mark.parametrize(
    ("place", "words"), [(Place("nothing"), "GOOGLE_SHEET_ID"), (Place("ledger", "Nothing"), "GOOGLE_SHEET_TAB")]
)
async def test_what_is_missing_is_named_with_its_variable(server, place, words):
    async with open_sheets(server.key_file, place, url=server.url) as sheets:
        assert words in await failure_of(sheets, server, SheetMissing)
        assert words in (await sheets.reachable()).reason


@pytest.mark.parametrize("status", [500, 503, 301])
async def test_a_server_in_trouble_is_unreachable(server, sheets, status):
    server.faults.add(fault(status))

    assert str(status) in await failure_of(sheets, server, SheetUnreachable)


@pytest.mark.parametrize("path", ["/v4/", "/token"])
async def test_garbage_is_no_answer(server, sheets, path):
    server.faults.add(garbage_fault(path))

    assert "understood" in await failure_of(sheets, server, SheetUnreachable)


@pytest.mark.parametrize("answer", [[], {"valueRanges": 1}, {"valueRanges": [{"values": 1}]}, {"valueRanges": [1]}, 7])
async def test_json_of_another_kind_is_no_answer(server, sheets, answer):
    garbage = garbage_fault("/v4/")
    server.faults.add(type(garbage)(method="*", path="/v4/", status=200, body=json.dumps(answer)))

    assert "answer" in await failure_of(sheets, server, SheetUnreachable)


async def test_an_append_that_is_not_confirmed_is_no_success(server, sheets):
    server.faults.add(type(garbage_fault())(method="POST", path="append", status=200, body="{}"))

    with pytest.raises(SheetUnreachable, match="did not say"):
        await sheets.append("A:F", [["x"]])


async def test_a_dropped_connection_is_unreachable(server, sheets):
    server.faults.add(type(garbage_fault())(method="*", path="/v4/", drop="before"))

    assert "ConnectionError" in await failure_of(sheets, server, SheetUnreachable)


@pytest.mark.parametrize("status", [429, 500, 302])
async def test_the_token_endpoint_is_asked_once_and_its_trouble_is_told(server, sheets, status):
    server.faults.add(fault(status, path="/token"))

    kind = SheetQuota if status == 429 else SheetUnreachable
    assert str(status) in await failure_of(sheets, server, kind)
    assert [entry.path for entry in server.journal] == ["/token"]


async def test_a_revoked_key_is_refused_with_the_remedy(server, sheets):
    server.account.revoked = True

    assert "make a new JSON key" in await failure_of(sheets, server, SheetAccountRefused)


async def test_a_key_that_cannot_be_read_is_refused(server):
    broken = json.loads(server.key_file) | {"private_key": "-----BEGIN NOTHING-----"}
    async with open_sheets(json.dumps(broken), Place("ledger"), url=server.url) as sheets:
        assert "paste the whole JSON key file" in await failure_of(sheets, server, SheetAccountRefused)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"client_email": 1}'])
async def test_a_text_that_is_no_key_file_is_refused_at_once(text):
    with pytest.raises(SheetAccountRefused, match="GOOGLE_SERVICE_ACCOUNT_JSON"):
        async with open_sheets(text, Place("ledger")):
            pytest.fail("it opened")


async def test_a_server_that_hangs_ends_at_the_deadline_and_never_holds_the_loop(server):
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=SOON) as sheets:
        server.faults.add(hang_fault("/token"))
        waiting = asyncio.create_task(failure_of(sheets, server, SheetTimeout))
        ticks = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1

        assert "0.3 seconds" in await waiting
        assert ticks > 1  # a held loop would tick once, when all is over


async def test_a_hanging_server_keeps_few_threads_however_often_it_is_asked(server):
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=SOON) as sheets:
        server.faults.add(*(hang_fault("") for _ in range(30)))
        probes = asyncio.gather(*(sheets.reachable() for _ in range(20)))
        most = 0
        while not probes.done():
            most = max(most, sum(thread.name == "sheets" for thread in threading.enumerate()))
            await asyncio.sleep(0.01)

    assert [probe.ok for probe in await probes] == [False] * 20
    assert 0 < most <= MOST_THREADS
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "sheets")


async def test_after_a_hang_the_sheet_answers_again(server):
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=SOON) as sheets:
        server.faults.add(hang_fault("/token"))
        assert not (await sheets.reachable()).ok
        while any(thread.name == "sheets" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)

    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=PLENTY) as sheets:
        assert (await sheets.reachable()).ok


async def test_a_probe_says_that_the_sheet_is_there_and_after_how_long(server, sheets):
    probe = await sheets.reachable()

    assert (probe.ok, probe.reason) == (True, "")
    assert probe.latency_ms >= 0
    assert [entry.is_write for entry in server.journal] == [False, False]


async def test_a_server_that_is_gone_is_unreachable(server):
    await server.stop()
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=PLENTY) as sheets:
        probe = await sheets.reachable()

    assert not probe.ok
    assert "cannot be reached" in probe.reason


async def test_a_proxy_of_the_environment_is_not_used(server, sheets, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert (await sheets.reachable()).ok
