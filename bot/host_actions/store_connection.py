"""The store's connections: let go, and opened anew once the database answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.healing.host import Action, Facts, NotNeeded, RetryAfter, Told
from bot.host_actions.ingestion import pause_of
from bot.records.dead_letter import Connections
from bot.records.store import Notes, StoreUnavailable

NOTE = "health"


@dataclass(frozen=True)
class StoreConnection:
    """This process's way to its database."""

    connections: Connections
    notes: Notes

    async def is_ill(self, facts: Facts) -> None:
        """Raises NotNeeded when only a check was asked for and the store is well."""
        if facts.get("trigger") and await self._answers():
            raise NotNeeded("The store answers.")

    async def close(self, facts: Facts) -> str:
        """Let go of the connections that idle."""
        await self.connections.close()
        return "The store's connections were closed."

    async def wait(self, facts: Facts) -> Told:
        """Wait until the database answers, each time twice as long."""
        await self._ping(facts)
        return Told(f"The database answered at try {facts.get('try', '1')}.", {}, changed=False)

    async def reconnect(self, facts: Facts) -> str:
        """Open a new connection."""
        await self.connections.close()
        await self._ping(facts)
        return "A new connection was opened."

    async def check(self, facts: Facts) -> Told:
        """Write and read back."""
        told = facts.get("try", "1")
        try:
            await self.notes.write({NOTE: told})
            read = await self.notes.read(NOTE)
        except StoreUnavailable as error:
            raise RetryAfter(str(error), pause_of(facts)) from error
        return Told("The store writes and reads." if read else "The store answers.", {}, changed=False)

    async def _ping(self, facts: Facts) -> None:
        try:
            await self.connections.ping()
        except StoreUnavailable as error:
            raise RetryAfter(str(error), pause_of(facts)) from error

    async def _answers(self) -> bool:
        try:
            await self.connections.ping()
        except StoreUnavailable:
            return False
        return True

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "close_existing_connections": Action(
                does="close the store's connections", act=self.close, precheck=self.is_ill
            ),
            "wait_with_backoff": Action(
                does="wait until the database answers, each time longer", act=self.wait, precheck=self.is_ill
            ),
            "reconnect_database": Action(does="open a new connection", act=self.reconnect, precheck=self.is_ill),
            "verify_connection": Action(does="write to the store and read it back", act=self.check),
        }
