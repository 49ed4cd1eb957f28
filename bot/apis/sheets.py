"""One Google spreadsheet, by a service account: read and written in threads, each call with a deadline and an end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from bot.apis.probe import Probe
from bot.apis.sheet_errors import SheetAccountRefused, SheetFailure, SheetMissing, SheetTimeout, SheetUnreachable
from bot.apis.threads import Threads

if TYPE_CHECKING:
    from gspread.http_client import HTTPClient

    from bot.apis.gspread_client import SheetsClient

SHEETS_URL = "https://sheets.googleapis.com"
DEADLINE = 5.0
"""Seconds for one call, with signing in and waiting for a free thread."""
MOST_THREADS = 2

Cell = str | int | float | bool | None
Table = list[list[Cell]]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Place:
    """Which spreadsheet, and which tab of it (the first when none is told)."""

    spreadsheet_id: str
    tab: str | None = None

    def range(self, cells: str) -> str:
        """The cells (`A1:F1`) in this tab, as the API names them."""
        quoted = (self.tab or "").replace("'", "''")
        return f"'{quoted}'!{cells}" if self.tab else cells


class Sheets:
    """The cells of one tab. Every call raises SheetFailure, and in time."""

    def __init__(
        self, connect: "Callable[[], SheetsClient]", disconnect: Callable[[], None], place: Place, deadline: float
    ) -> None:
        self._connect = connect
        self._disconnect = disconnect
        self._place = place
        self._deadline = deadline
        self._threads = Threads("sheets", MOST_THREADS)

    @property
    def deadline(self) -> float:
        """Seconds that one call may take."""
        return self._deadline

    def allow(self, seconds: float) -> None:
        """Let one call take so long from now on."""
        self._deadline = seconds

    async def read(self, *ranges: str) -> list[Table]:
        """The cells of each range as they are stored, without the empty ones at the end."""
        names = [self._place.range(cells) for cells in ranges]
        parameters: dict[str, str | int | bool | float | list[str] | None] = {
            "valueRenderOption": "UNFORMATTED_VALUE",
            "majorDimension": "ROWS",
        }
        answer = await self._call(
            lambda http: http.values_batch_get(self._place.spreadsheet_id, names, params=parameters)
        )
        return tables_of(answer, len(names))

    async def write(self, cells: str, rows: Sequence[Sequence[Cell]]) -> None:
        """Put these values into the range; a text that looks like a formula stays a text."""
        name = self._place.range(cells)
        body = {"values": [list(row) for row in rows]}
        await self._call(
            lambda http: http.values_update(
                self._place.spreadsheet_id, name, params={"valueInputOption": "RAW"}, body=body
            )
        )

    async def append(self, cells: str, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows below the last one of the range. After SheetUnreachable they may be there: look."""
        name = self._place.range(cells)
        body = {"values": [list(row) for row in rows]}
        answer = await self._call(
            lambda http: http.values_append(
                self._place.spreadsheet_id,
                name,
                params={"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"},
                body=body,
            )
        )
        updates = answer.get("updates") if isinstance(answer, dict) else None
        if not isinstance(updates, dict) or updates.get("updatedRows") != len(rows):
            raise SheetUnreachable("Google Sheets did not say that the row was written.")

    async def insert_top_row(self) -> None:
        """Move everything in the tab down by one row. After SheetUnreachable it may have moved: look."""
        await self._change_top_row("insertDimension", {"inheritFromBefore": False})

    async def delete_top_row(self) -> None:
        """Take the tab's first row out. After SheetUnreachable it may be gone: look."""
        await self._change_top_row("deleteDimension", {})

    async def _change_top_row(self, what: str, options: Mapping[str, object]) -> None:
        first = {"sheetId": await self._tab_id(), "dimension": "ROWS", "startIndex": 0, "endIndex": 1}
        body = {"requests": [{what: {"range": first, **options}}]}
        await self._call(lambda http: http.batch_update(self._place.spreadsheet_id, body))

    async def _tab_id(self) -> int:
        """The number by which the API knows the tab."""
        answer = await self._call(
            lambda http: http.fetch_sheet_metadata(self._place.spreadsheet_id, params={"fields": "sheets.properties"})
        )
        tabs = dict(zip(titles_of(answer), ids_of(answer), strict=True))
        if self._place.tab is None:
            return next(iter(tabs.values()))
        if self._place.tab not in tabs:
            raise SheetMissing("The spreadsheet has no tab of the name in GOOGLE_SHEET_TAB: write one of its tabs.")
        return tabs[self._place.tab]

    async def forget(self) -> None:
        """Let connections and access token go; the next call signs in anew."""
        await self._threads.run(self._disconnect)

    async def reachable(self) -> Probe:
        """Does the sheet answer, is it shared with the service account, and is the tab there? Never raises."""
        began = monotonic()
        try:
            await self._find_tab()
        except SheetFailure as error:
            return Probe(ok=False, latency_ms=since(began), reason=str(error))
        return Probe(ok=True, latency_ms=since(began))

    async def look_around(self) -> str:
        """For a status: a few good words. Raises SheetFailure."""
        await self._find_tab()
        return "the sheet answers"

    async def _find_tab(self) -> None:
        answer = await self._call(
            lambda http: http.fetch_sheet_metadata(
                self._place.spreadsheet_id, params={"fields": "sheets.properties.title"}
            )
        )
        titles = titles_of(answer)
        if self._place.tab is not None and self._place.tab not in titles:
            raise SheetMissing("The spreadsheet has no tab of the name in GOOGLE_SHEET_TAB: write one of its tabs.")

    async def _call(self, action: "Callable[[HTTPClient], Result]") -> Result:
        outcome: Result | SheetFailure
        try:
            async with asyncio.timeout(self._deadline):
                outcome = await self._threads.run(partial(self._attempt, action))
        except TimeoutError:
            outcome = SheetTimeout(f"Google Sheets did not answer within {self._deadline:g} seconds.", self._deadline)
        if isinstance(outcome, SheetFailure):
            raise outcome
        return outcome

    def _attempt(self, action: "Callable[[HTTPClient], Result]") -> Result | SheetFailure:
        client = self._connect()
        client.allow(self._deadline)
        return client.attempt(action)


def since(began: float) -> int:
    """Milliseconds since then."""
    return round((monotonic() - began) * 1000)


def tables_of(answer: object, count: int) -> list[Table]:
    """The tables of a batch answer. Raises SheetUnreachable when it is not one."""
    found = answer.get("valueRanges") if isinstance(answer, dict) else None
    if not isinstance(found, list) or len(found) != count or not all(isinstance(each, dict) for each in found):
        raise SheetUnreachable("Google Sheets' answer does not hold the cells that were asked for.")
    tables = [each.get("values", []) for each in found]
    if not all(isinstance(table, list) and all(isinstance(row, list) for row in table) for table in tables):
        raise SheetUnreachable("Google Sheets' answer does not hold rows of cells.")
    return tables


def titles_of(answer: object) -> list[str]:
    """The tabs' names in a spreadsheet's description. Raises SheetUnreachable when it is not one."""
    try:
        return [str(each["properties"]["title"]) for each in answer["sheets"]]  # type: ignore[index] # - checked by trying
    except (KeyError, TypeError):
        raise SheetUnreachable("Google Sheets' answer does not describe a spreadsheet.") from None


def ids_of(answer: object) -> list[int]:
    """The tabs' numbers in a spreadsheet's description. Raises SheetUnreachable when it is not one."""
    try:
        return [int(each["properties"]["sheetId"]) for each in answer["sheets"]]  # type: ignore[index] # - checked by trying
    except (KeyError, TypeError, ValueError):
        raise SheetUnreachable("Google Sheets' answer does not describe a spreadsheet's tabs.") from None


def account_of(key_file: str) -> Mapping[str, object]:
    """The service account of a JSON key file's text. Raises SheetAccountRefused."""
    try:
        account = json.loads(key_file)
    except ValueError:
        account = None
    needed = ("client_email", "private_key", "token_uri")
    if not isinstance(account, dict) or not all(isinstance(account.get(name), str) for name in needed):
        raise SheetAccountRefused(
            "GOOGLE_SERVICE_ACCOUNT_JSON is not a service account's JSON key: paste the whole file that Google gave."
        )
    return account


@asynccontextmanager
async def open_sheets(
    key_file: str, place: Place, *, url: str = SHEETS_URL, deadline: float = DEADLINE
) -> AsyncIterator[Sheets]:
    """A spreadsheet's tab; `key_file` is the JSON text. gspread is imported by the first call, in its thread."""
    account = account_of(key_file)
    made: list[SheetsClient] = []

    def connect() -> "SheetsClient":
        from bot.apis.gspread_client import SheetsClient

        if not made:
            made.append(SheetsClient(account, url, deadline))
        return made[0]

    def disconnect() -> None:
        while made:
            made.pop().close()

    try:
        yield Sheets(connect, disconnect, place, deadline)
    finally:
        disconnect()
