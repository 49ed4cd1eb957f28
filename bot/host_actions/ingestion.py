"""Writing again what could not be written to the ledger's sheet, and leaving the sheet in peace meanwhile."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.apis.sheets import Sheets
from bot.healing.host import Action, CannotHeal, Facts, NotNeeded, RetryAfter, Told
from bot.healing.host_parts import Chore
from bot.ledger.sheet import SheetForeign, SheetUnavailable
from bot.ledger.waiting_sheet import WaitingSheet

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two tries: they double."""
REPLAY_SECONDS = 60.0
OWN_STORE = "The ledger keeps its rows in the bot's own store: there is no sheet."

log = logging.getLogger(__name__)


def pause_of(facts: Facts) -> float:
    """How long to wait after this try."""
    return min(FIRST_WAIT * 2.0 ** (int(facts.get("try", "1")) - 1), LONGEST_WAIT)


@dataclass(frozen=True)
class Ingestion:
    """The ledger's way into its sheet."""

    sheets: Sheets
    rows: WaitingSheet

    async def anything_waits(self, facts: Facts) -> None:
        """Raises NotNeeded when no row waits."""
        if not await self.rows.waiting():
            raise NotNeeded("No row waits to be written.")

    async def anything_is_wrong(self, facts: Facts) -> None:
        """Raises NotNeeded when no row waits and rows go to the sheet."""
        if not self.rows.stays_local and not await self.rows.waiting():
            raise NotNeeded("No row waits to be written, and rows go to the sheet.")

    async def forget_session(self, facts: Facts) -> str:
        """Sign in anew at the next call."""
        await self.sheets.forget()
        return "The sheet's connections and access token were let go."

    async def is_local(self, facts: Facts) -> None:
        """Raises NotNeeded while rows go to the sheet anyway."""
        if not self.rows.stays_local:
            raise NotNeeded("Rows go to the sheet already.")

    async def go_to_sheet(self, facts: Facts) -> str:
        """Write to the sheet again."""
        self.rows.stays_local = False
        return "Rows go to the sheet again."

    async def stay_local(self, facts: Facts) -> str:
        """Keep rows in the store alone."""
        self.rows.stays_local = True
        return "Rows are kept in the bot's own store; nothing asks the sheet for anything."

    async def replay(self, facts: Facts) -> str:
        """Write what waits, each row once, in its order."""
        return f"{await self.replayed(facts)} waiting row(s) were written."

    async def replayed(self, facts: Facts) -> int:
        """How many rows were written now. Raises RetryAfter, CannotHeal."""
        try:
            return await self.rows.replay()
        except SheetForeign as error:
            raise CannotHeal(str(error)) from error
        except SheetUnavailable as error:
            raise RetryAfter(str(error), pause_of(facts)) from error

    async def nothing_waits(self, facts: Facts) -> None:
        """Raises RetryAfter while rows wait: what an interrupted replay left is written here."""
        await self.replayed(facts)

    async def probe(self, facts: Facts) -> Told:
        """Ask the sheet once; go back to it when it answers."""
        seen = await self.sheets.reachable()
        if not seen.ok:
            raise RetryAfter(seen.reason or "The sheet does not answer.", 4 * pause_of(facts))
        self.rows.stays_local = False
        return Told(f"The sheet answers in {seen.latency_ms} ms: rows go there again.", {})

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "clear_ingestion_cache": Action(
                does="let the sheet's connections and access token go", act=self.forget_session,
                precheck=self.anything_is_wrong,
            ),
            "reset_pipeline_state": Action(
                does="let rows go to the sheet again", act=self.go_to_sheet, precheck=self.is_local,
                undo=self.stay_local,
            ),
            "retry_ingestion": Action(
                does="write the waiting rows, each once, in their order", act=self.replay,
                precheck=self.anything_waits, verify=self.nothing_waits, survives=True,
            ),
            "use_local_store": Action(
                does="keep rows in the bot's own store for a while", act=self.stay_local, undo=self.go_to_sheet
            ),
            "probe_sheet": Action(
                does="ask the sheet whether it takes rows again", act=self.probe, undo=self.go_to_sheet
            ),
        }  # fmt: skip


class Replays:
    """Work of low priority: now and then what waits is written, also when nobody else thinks of it."""

    def __init__(self, rows: WaitingSheet, leads: asyncio.Event, seconds: float = REPLAY_SECONDS) -> None:
        self._rows = rows
        self._leads = leads
        self._seconds = seconds
        self._may = asyncio.Event()
        self._may.set()
        self.chore = Chore(name="writing what waits", pause=self._may.clear, resume=self._may.set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._seconds)
            await self._leads.wait()
            await self._may.wait()
            if self._rows.stays_local:
                continue
            try:
                await self._rows.replay()
            except SheetUnavailable as error:
                log.info("rows go on waiting: %s", error, extra={"action": "rows_wait"})


async def no_sheet(facts: Facts) -> None:
    """Raises NotNeeded: this bot has no Google sheet."""
    raise NotNeeded(OWN_STORE)


async def nothing(facts: Facts) -> str:
    """Never reached: its check says no."""
    raise CannotHeal(OWN_STORE)


def without_sheet() -> Mapping[str, Action]:
    """The same names for a bot whose ledger needs no sheet."""
    names = (
        "clear_ingestion_cache", "reset_pipeline_state", "retry_ingestion", "use_local_store", "probe_sheet",
        "validate_schema", "backup_current_schema", "apply_schema_fix", "verify_schema",
    )  # fmt: skip
    return {name: Action(does="do nothing: there is no sheet", act=nothing, precheck=no_sheet) for name in names}
