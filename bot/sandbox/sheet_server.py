"""A Google Sheets on this machine: the token endpoint of a service account and the calls that a ledger makes."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import JsonValue

from bot.sandbox.github_faults import Fault, FaultQueue
from bot.sandbox.github_journal import Journal
from bot.sandbox.github_records import Entry
from bot.sandbox.loopback_site import LoopbackSite
from bot.sandbox.sheet_accounts import EMAIL, GrantRefused, ServiceAccount
from bot.sandbox.sheet_state import BadRange, Cells, Role, SheetState, SpreadsheetRecord, entered, read_rows

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}
QUOTA = (
    "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
    "'sheets.googleapis.com' for consumer 'project_number:1'."
)
CALLS = r"/v4/"


class SheetRefusal(Exception):
    """An answer that refuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def refusal_body(status: int, message: str, reason: str = "") -> dict[str, object]:
    """An error as Google's APIs tell it."""
    told: dict[str, object] = {"code": status, "message": message, "status": STATUS_NAMES.get(status, "UNKNOWN")}
    if reason:
        told["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return {"error": told}


def fault(status: int, message: str = "", *, reason: str = "", path: str = CALLS) -> Fault:
    """A fault on order: the next call that matches `path` is refused in Google's words."""
    body = json.dumps(refusal_body(status, message or f"fault {status}", reason))
    return Fault(method="*", path=path, status=status, body=body, headers={"Content-Type": "application/json"})


def quota_fault(path: str = CALLS) -> Fault:
    """Too many requests in this minute."""
    return fault(429, QUOTA, reason="RATE_LIMIT_EXCEEDED", path=path)


def garbage_fault(path: str = CALLS) -> Fault:
    """A page that is no JSON, with status 200."""
    return Fault(method="*", path=path, status=200, body="<html>", headers={"Content-Type": "application/json"})


def hang_fault(path: str = CALLS, seconds: float = 60.0) -> Fault:
    """No answer for so long, then the true one."""
    return Fault(method="*", path=path, hold_seconds=seconds)


class SheetServer:
    """The sandbox's Google Sheets; all it knows but its tokens lies in `directory`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.account = ServiceAccount(directory / "service-account.pem")
        self.faults = FaultQueue()
        self._state = SheetState(directory / "sheets.json")
        self._journal = Journal(directory / "journal.jsonl")
        self._closing = asyncio.Event()
        self._site = LoopbackSite()

    @property
    def url(self) -> str:
        """The server's root."""
        return self._site.url

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 (port 0: any that is free). Raises OSError when the port is taken."""
        app = web.Application(middlewares=[self._pass])
        app.router.add_post("/token", self._grant)
        app.router.add_get("/v4/spreadsheets/{id}", self._describe)
        app.router.add_get("/v4/spreadsheets/{id}/values:batchGet", self._batch_get)
        app.router.add_get("/v4/spreadsheets/{id}/values/{range}", self._get)
        app.router.add_put("/v4/spreadsheets/{id}/values/{range}", self._update)
        app.router.add_post("/v4/spreadsheets/{id}/values/{range}", self._append)
        app.router.add_post("/v4/spreadsheets/{id}:batchUpdate", self._change_rows)
        self._closing.clear()
        await self._site.serve(app, port)

    async def stop(self) -> None:
        """Serve no more; who hangs is let go."""
        self._closing.set()
        await self._site.close()

    @property
    def key_file(self) -> str:
        """The service account's JSON, for GOOGLE_SERVICE_ACCOUNT_JSON."""
        return self.account.key_file(f"{self.url}/token")

    @property
    def journal(self) -> list[Entry]:
        """Every request so far, also of earlier servers on this directory."""
        return list(self._journal.entries)

    def add_spreadsheet(self, spreadsheet_id: str, *tabs: str, role: Role | None = "writer") -> None:
        """A new spreadsheet with these tabs (one by default), shared with the service account in this role."""
        if spreadsheet_id not in self._state.spreadsheets:
            shared: dict[str, Role] = {EMAIL: role} if role else {}
            self._state.spreadsheets[spreadsheet_id] = SpreadsheetRecord(
                title="Ledger", tabs={name: [] for name in tabs or ("Sheet1",)}, shared=shared
            )
            self._state.save()

    def rows(self, spreadsheet_id: str, tab: str = "Sheet1") -> Cells:
        """The cells as they are kept; a formula that would run is a mapping."""
        return [list(row) for row in self._state.spreadsheets[spreadsheet_id].tabs[tab]]

    def type_in(self, spreadsheet_id: str, rows: Cells, tab: str = "Sheet1") -> None:
        """Put these rows in place of all that is there, as a person would by hand."""
        self.rearrange(spreadsheet_id, [[entered(cell, "USER_ENTERED") for cell in row] for row in rows], tab)

    def rearrange(self, spreadsheet_id: str, rows: Cells, tab: str = "Sheet1") -> None:
        """Put these rows in place of all that is there, each cell as it is, as a person who sorts or deletes."""
        self._state.spreadsheets[spreadsheet_id].tabs[tab] = [list(row) for row in rows]
        self._state.save()

    @web.middleware
    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        found = self.faults.take(request.method, request.raw_path, "")
        if found and found.hold_seconds:
            await self._hold(found.hold_seconds)
        if found and found.drop == "before":
            response: web.StreamResponse = web.Response(status=500)
        elif found and found.status is not None:
            body = found.body.encode() if isinstance(found.body, str) else found.body
            response = web.Response(status=found.status, body=body, headers=found.headers)
        else:
            response = await self._answer(request, handler)
        acted = found is None or (found.status is None and found.drop != "before")
        self._note(request, response.status, "" if acted else "fault: not acted on")
        if found and found.drop:
            hang_up(request)
        return response

    async def _hold(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path != "/token" and not self.account.knows(request.headers.get("Authorization", "")):
                raise SheetRefusal(401, "Request had invalid authentication credentials.")
            return await handler(request)
        except SheetRefusal as refusal:
            return web.json_response(refusal_body(refusal.status, refusal.message), status=refusal.status)
        except BadRange as bad:
            return web.json_response(refusal_body(400, f"Unable to parse range: {bad}"), status=400)

    def _note(self, request: web.Request, status: int, note: str) -> None:
        wrote = request.method != "GET" and request.path != "/token" and status == 200 and not note
        entry = Entry(
            at=datetime.now(UTC),
            who=EMAIL,
            method=request.method,
            path=request.raw_path,
            status=status,
            is_write=wrote,
            note=note,
        )
        self._journal.add(entry)

    async def _grant(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return web.json_response(self.account.grant(form))
        except GrantRefused as refusal:
            told = {"error": refusal.code, "error_description": refusal.description}
            return web.json_response(told, status=400)

    def _find(self, request: web.Request, role: Role) -> SpreadsheetRecord:
        spreadsheet = self._state.spreadsheets.get(request.match_info["id"])
        if spreadsheet is None:
            raise SheetRefusal(404, "Requested entity was not found.")
        has = spreadsheet.shared.get(EMAIL)
        if has is None or (role == "writer" and has == "reader"):
            raise SheetRefusal(403, "The caller does not have permission")
        return spreadsheet

    async def _describe(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "reader")
        tabs = [{"properties": {"sheetId": at, "title": name, "index": at}} for at, name in enumerate(spreadsheet.tabs)]
        told = {
            "spreadsheetId": request.match_info["id"],
            "properties": {"title": spreadsheet.title, "locale": "en_US", "timeZone": "Etc/UTC"},
            "sheets": tabs,
        }
        return web.json_response(told)

    async def _get(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "reader")
        option = request.query.get("valueRenderOption", "FORMATTED_VALUE")
        return web.json_response(self._state.read(spreadsheet, request.match_info["range"], option))

    async def _batch_get(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "reader")
        option = request.query.get("valueRenderOption", "FORMATTED_VALUE")
        found = [self._state.read(spreadsheet, text, option) for text in request.query.getall("ranges", [])]
        return web.json_response({"spreadsheetId": request.match_info["id"], "valueRanges": found})

    async def _update(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "writer")
        told = self._state.write(spreadsheet, request.match_info["range"], await self._rows(request))
        return web.json_response({"spreadsheetId": request.match_info["id"], **told})

    async def _append(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "writer")
        text, _, verb = request.match_info["range"].rpartition(":")
        if verb != "append":
            raise SheetRefusal(404, "Requested entity was not found.")
        told: Mapping[str, JsonValue] = self._state.append(spreadsheet, text, await self._rows(request))
        return web.json_response({"spreadsheetId": request.match_info["id"], **told})

    async def _change_rows(self, request: web.Request) -> web.Response:
        spreadsheet = self._find(request, "writer")
        for change in (await request.json())["requests"]:
            ((what, told),) = change.items()
            rows = list(spreadsheet.tabs.values())[told["range"]["sheetId"]]
            first, end = told["range"]["startIndex"], told["range"]["endIndex"]
            rows[first : first if what == "insertDimension" else end] = (
                [[] for _ in range(end - first)] if what == "insertDimension" else []
            )
        self._state.save()
        return web.json_response({"spreadsheetId": request.match_info["id"], "replies": [{}]})

    @staticmethod
    async def _rows(request: web.Request) -> Cells:
        option = request.query.get("valueInputOption", "")
        if option not in {"RAW", "USER_ENTERED"}:
            raise SheetRefusal(400, "'valueInputOption' is required but not specified")
        rows = read_rows(await request.read())
        if rows is None:
            raise SheetRefusal(400, "Invalid JSON payload received.")
        return [[entered(cell, option) for cell in row] for row in rows]


def hang_up(request: web.Request) -> None:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
