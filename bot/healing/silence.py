"""Heals that were done and whose fault has to stay away for a while: kept in the store, so a restart forgets none."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.records.healing_store import Documents

NAME = "standalone_watching"


class Watched(BaseModel):
    """One of them."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    playbook: str
    fingerprint: str
    until: datetime


ALL = TypeAdapter(tuple[Watched, ...])


@dataclass(frozen=True)
class Silence:
    """What is watched; only one process does. Every call raises StoreUnavailable."""

    documents: Documents
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, watched: Watched) -> None:
        """Watch from now on whether its fault stays away."""
        async with self._turn:
            known, version = await self._read()
            await self._write((*known, watched), version)

    async def end(self, watched: Watched) -> None:
        """What became of it was told: watch it no more."""
        async with self._turn:
            known, version = await self._read()
            await self._write(tuple(each for each in known if each != watched), version)

    async def broken_by(self, fingerprint: str) -> list[Watched]:
        """Those whose fault this is: it was seen, so they did not help."""
        return [each for each in (await self._read())[0] if each.fingerprint == fingerprint]

    async def has(self, run_id: str) -> bool:
        """Is this run watched?"""
        return any(each.run_id == run_id for each in (await self._read())[0])

    async def over(self, now: datetime) -> list[Watched]:
        """Those whose time is over: their fault stayed away."""
        return [each for each in (await self._read())[0] if each.until <= now]

    async def _read(self) -> tuple[tuple[Watched, ...], int]:
        body, version = await self.documents.read(NAME)
        return (ALL.validate_json(body) if body else ()), version

    async def _write(self, watched: tuple[Watched, ...], version: int) -> None:
        await self.documents.replace(NAME, ALL.dump_json(watched).decode(), version)
