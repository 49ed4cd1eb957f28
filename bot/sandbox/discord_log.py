"""The append-only file of the sandbox's Discord: one line per change, whole or not there."""

import os
from collections.abc import Iterable
from pathlib import Path

import orjson

from bot.sandbox.discord_records import KINDS, Key, Record

COMPACT_FROM = 2_000  # lines; below that a start is fast anyway


class RecordLog:
    """Replays and appends changes; a line cut short by a kill is dropped at the next start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = 0
        self._file = -1

    def open(self) -> list[tuple[list[Record], list[tuple[str, Key]]]]:
        """Every change so far, oldest first, as (records put, keys dropped); opens the file for appending."""
        raw = self._path.read_bytes() if self._path.exists() else b""
        whole = raw[: raw.rfind(b"\n") + 1]
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if len(whole) < len(raw):
            os.ftruncate(self._file, len(whole))
        changes = [self._decode(line) for line in whole.splitlines()]
        self._lines = len(changes)
        return changes

    def append(self, put: Iterable[Record], drop: Iterable[Record] = ()) -> None:
        """Write one change as one line, so that it is kept as a whole or not at all."""
        os.write(self._file, self._encode(put, drop))
        self._lines += 1

    def compact(self, live: list[Record]) -> None:
        """Replace a long history by what is alive, when that makes it much shorter."""
        if self._lines < COMPACT_FROM or self._lines < 2 * len(live):
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(b"".join(self._encode([record], []) for record in live))
        fresh.replace(self._path)
        os.close(self._file)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._lines = len(live)

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @staticmethod
    def _encode(put: Iterable[Record], drop: Iterable[Record]) -> bytes:
        line = {
            "put": [[type(record).__name__, record.model_dump(mode="json", exclude_defaults=True)] for record in put],
            "drop": [[type(record).__name__, record.key] for record in drop],
        }
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)

    @staticmethod
    def _decode(line: bytes) -> tuple[list[Record], list[tuple[str, Key]]]:
        change = orjson.loads(line)
        put = [KINDS[name].model_validate(body) for name, body in change["put"]]
        return put, [(name, tuple(key)) for name, key in change["drop"]]
