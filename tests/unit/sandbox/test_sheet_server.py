"""The sandbox's Google Sheets behaves as the real one where the ledger counts on it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from bot.sandbox.sheet_accounts import GRANT_TYPE
from bot.sandbox.sheet_server import SheetServer, hang_fault
from bot.sandbox.sheet_state import EXECUTED, column_letters, column_number


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("google")


@pytest.fixture
async def server(home: Path) -> AsyncIterator[SheetServer]:
    (home / "sheets.json").unlink(missing_ok=True)
    server = SheetServer(home)
    server.add_spreadsheet("one")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: SheetServer) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has signed in."""
    account = Credentials.from_service_account_info(json.loads(server.key_file), scopes=["sheets"])
    await asyncio.to_thread(account.refresh, Request())
    headers = {"Authorization": f"Bearer {account.token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as opened:
        yield opened


async def put(client: httpx.AsyncClient, cells: str, rows: list[list[object]], option: str = "RAW") -> httpx.Response:
    address = f"/v4/spreadsheets/one/values/{cells}"
    return await client.put(address, params={"valueInputOption": option}, json={"values": rows})


async def test_typed_input_runs_formulas_and_raw_input_does_not(server, client):
    await put(client, "A1:B1", [["=1+1", "12"]], "USER_ENTERED")
    await put(client, "A2:B2", [["=1+1", "12"]])

    answer = await client.get("/v4/spreadsheets/one/values/A1:B2", params={"valueRenderOption": "UNFORMATTED_VALUE"})

    assert answer.json()["values"] == [[EXECUTED, 12.0], ["=1+1", "12"]]
    assert server.rows("one")[0][0] == {"formula": "=1+1"}


async def test_rows_are_added_below_the_last_one_and_empty_ends_are_left_out(client):
    await put(client, "A1:C1", [["a", "", ""]])
    await put(client, "A4:A4", [["d"]])

    answer = await client.post(
        "/v4/spreadsheets/one/values/A:C:append", params={"valueInputOption": "RAW"}, json={"values": [["e", 2]]}
    )

    assert answer.json()["updates"]["updatedRange"] == "Sheet1!A5:B5"
    read = await client.get("/v4/spreadsheets/one/values/A:C")
    assert read.json()["values"] == [["a"], [], [], ["d"], ["e", 2]]


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/v4/spreadsheets/none", 404, "NOT_FOUND"),
        ("GET", "/v4/spreadsheets/one/values/None!A1", 400, "INVALID_ARGUMENT"),
        ("GET", "/v4/spreadsheets/one/values/1A", 400, "INVALID_ARGUMENT"),
        ("PUT", "/v4/spreadsheets/one/values/A1", 400, "INVALID_ARGUMENT"),
        ("PUT", "/v4/spreadsheets/one/values/A1?valueInputOption=RAW", 400, "INVALID_ARGUMENT"),
        ("GET", "/v4/spreadsheets/closed", 403, "PERMISSION_DENIED"),
    ],
)
async def test_refusals_are_googles(server, client, method, path, status, name):
    server.add_spreadsheet("closed", role=None)

    answer = await client.request(method, path)

    assert (answer.status_code, answer.json()["error"]["status"]) == (status, name)


async def test_nobody_comes_in_without_a_token_of_the_account(server):
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as stranger:
        unknown = await stranger.get("/v4/spreadsheets/one")
        forged = await stranger.post("/token", data={"grant_type": GRANT_TYPE, "assertion": "a.b.c"})
        other = await stranger.post("/token", data={"grant_type": "password"})

    assert unknown.status_code == 401
    assert (forged.status_code, forged.json()["error"]) == (400, "invalid_grant")
    assert other.json()["error"] == "unsupported_grant_type"


async def test_a_new_server_on_the_same_folder_goes_on(server, client, home):
    await put(client, "A1:A1", [["kept"]])
    key_file = server.key_file
    await server.stop()

    again = SheetServer(home)
    await again.start(int(server.url.rsplit(":", 1)[1]))
    try:
        assert again.rows("one") == [["kept"]]
        assert again.key_file == key_file
        assert [entry.is_write for entry in again.journal][-1]
        assert (await client.get("/v4/spreadsheets/one")).status_code == 401
    finally:
        await again.stop()


async def test_who_hangs_is_let_go_when_the_server_stops(server, client):
    server.faults.add(hang_fault())
    hanging = asyncio.create_task(client.get("/v4/spreadsheets/one", timeout=60))
    while len(server.faults):
        await asyncio.sleep(0.01)

    await server.stop()

    done, _ = await asyncio.wait({hanging}, timeout=30)
    assert done == {hanging}
    assert hanging.exception() is None or isinstance(hanging.exception(), httpx.TransportError)


@pytest.mark.parametrize("letters", ["A", "Z", "AA", "AZ", "BA", "ZZ"])
def test_columns_are_counted_as_spreadsheets_do(letters):
    assert column_letters(column_number(letters)) == letters
