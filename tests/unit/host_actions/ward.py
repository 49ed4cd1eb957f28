"""A bot of ours without Discord: the real store, bus, engine and sheet client, before a local Google Sheets."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.app import open_face
from bot.cogs.face import Face
from bot.healing.healer import Healer
from bot.healing.trouble import Trouble
from bot.incident.fingerprint import fingerprint
from bot.logging import setup_logging, teardown
from bot.records.playbook_run import PlaybookRun
from bot.sandbox.sheet_server import SheetServer
from bot.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = 1_234_567_890_123_456_789
Found = TypeVar("Found")
CALM = ("watching", "awaiting_patch", "verified", "undone", "failed")


@dataclass
class Ward:
    """The bot's insides and its sheet."""

    face: Face
    sheet: SheetServer

    @property
    def healing(self) -> Healer:
        """What heals."""
        return self.face.healing

    async def note(self, number: int, sentence: str = "lunch 12.50") -> str:
        """Somebody writes a sentence into the ledger's channel."""
        ledger = self.face.ledger
        intent = await ledger.understand(sentence)
        return await ledger.record(intent, user_id=7, message_id=FIRST + number, at=NOON)

    def items(self) -> list[str]:
        """What the sheet holds, by message, in its order."""
        return [str(int(str(row[2])) - FIRST) for row in self.sheet.rows("ledger")[1:]]

    async def calm(self, playbook: str) -> PlaybookRun:
        """The newest run of this playbook, once it does nothing more by itself for a while."""
        return await soon(lambda: self._calm(playbook))

    async def _calm(self, playbook: str) -> PlaybookRun | None:
        runs = [run for run in await self.face.store.runs.newest() if run.playbook == playbook]
        return runs[0] if runs and runs[0].status in CALM else None


async def soon(look: Callable[[], Awaitable[Found | None]], seconds: float = 15.0) -> Found:
    """What `look` gives once it gives something."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if found is not None:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_ward(folder: Path, **settings: object) -> AsyncIterator[Ward]:
    """A bot in this folder, whose ledger stands in a local Google sheet."""
    server = SheetServer(folder / "google")
    server.add_spreadsheet("ledger")
    await server.start()
    told: dict[str, object] = {
        "discord_token": "lab." + "x" * 40,
        "state_dir": folder / "state",
        "google_service_account_json": server.key_file,
        "google_sheet_id": "ledger",
        "google_sheets_api_url": server.url,
        "autofix_poll_seconds": 0.2,
        **settings,
    }
    read = Settings.model_validate(told)
    handler = setup_logging("INFO", read.secrets, stream=io.StringIO())
    try:
        async with open_face(read, handler) as face:
            yield Ward(face, server)
    finally:
        teardown()
        await server.stop()


def a_wish(**context: str) -> Trouble:
    """A fault of a test's own making."""
    summary = context.get("error", "it broke")
    return Trouble(fingerprint=fingerprint("test", summary), error_type="test", summary=summary, context=context)
