"""Rows that are few and change together: kept as one document of the store, changed by compare-and-set."""

import json
from collections.abc import Callable
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from bot.records.healing_store import Documents
from bot.records.store import StaleRecord, StoreUnavailable

TRIES = 10
Row = TypeVar("Row", bound=BaseModel)


class DocumentRows(Generic[Row]):
    """The rows of one document, in the order in which they came."""

    def __init__(self, documents: Documents, name: str, row: type[Row]) -> None:
        self._documents = documents
        self._name = name
        self._rows = TypeAdapter(list[row])  # type: ignore[valid-type]  # pydantic reads the type as a value

    async def all(self) -> list[Row]:
        """Every row. Raises StoreUnavailable."""
        body, _ = await self._documents.read(self._name)
        return self._rows.validate_json(body) if body else []

    async def change(self, change: Callable[[list[Row]], list[Row]]) -> None:
        """Keep what `change` makes of them; it is asked again when others were faster. Raises StoreUnavailable."""
        for _ in range(TRIES):
            body, version = await self._documents.read(self._name)
            rows = change(self._rows.validate_json(body) if body else [])
            try:
                await self._documents.replace(
                    self._name, json.dumps(self._rows.dump_python(rows, mode="json")), version
                )
            except StaleRecord:
                continue
            return
        raise StoreUnavailable(f"The document {self._name} changed too often meanwhile: try again.")
