"""What is new in any service's log file: through rotation, truncation and absence, over restarts, each line once."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.watchdog.matching import Line
from bot.watchdog.runaway import MAX_LINE

MAX_READ = 1024 * 1024
"""Bytes of one file that are read in one look."""
HEAD = 256
"""Bytes by which a file is known again beside its inode, which a new file may inherit."""


@dataclass(frozen=True)
class Place:
    """How far a file was read."""

    inode: int
    offset: int
    head: str = ""


class LogTail:
    """The files of some names or globs below a folder; `places` are kept in a file, before the lines are told."""

    def __init__(self, folder: Path, names: Iterable[str], memory: Path) -> None:
        self._folder = folder
        self._names = tuple(names)
        self._memory = memory
        self._places: dict[str, Place] = read_places(memory)
        self._is_first = True

    def read(self) -> list[Line]:
        """The lines that are new; of files that this process found without knowing them, none of the old ones.

        Raises OSError when a file breaks off, or when how far it was read cannot be written down: then the same lines
        come again.
        """
        before = dict(self._places)
        lines: list[Line] = []
        try:
            for path in self._files():
                with suppress(FileNotFoundError, PermissionError, IsADirectoryError):
                    lines += [Line(text, path.name) for text in self._new_in(path)]
            if self._places != before or self._is_first:
                keep_places(self._memory, self._places)
        except OSError:
            self._places = before
            raise
        self._is_first = False
        return lines

    def _files(self) -> list[Path]:
        """The files that are there, by their names."""
        found: dict[Path, None] = {}
        for name in self._names:
            found.update(dict.fromkeys(sorted(self._folder.glob(name)) if "*" in name else [self._folder / name]))
        return list(found)

    def _new_in(self, path: Path) -> list[str]:
        key = str(path)
        place = self._places.get(key)
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if place is None:
                start = facts.st_size if self._is_first else 0
                self._places[key] = placed(file.read(HEAD), facts.st_ino, start)
                place = self._places[key]
            rest: list[str] = []
            if not self._is_same(place, facts, head_of(file.read, file.seek)):
                rest, more = self._rest_of_rotated(path, place)
                if more is not None:  # the new file waits for a later look
                    self._places[key] = more
                    return rest
                place = Place(facts.st_ino, 0)
            texts, offset = lines_from(file.read, file.seek, place.offset)
            self._places[key] = placed(head_of(file.read, file.seek), facts.st_ino, offset)
        return [*rest, *texts]

    @staticmethod
    def _is_same(place: Place, facts: os.stat_result, head: bytes) -> bool:
        known = min(place.offset, HEAD)
        return place.inode == facts.st_ino and place.offset <= facts.st_size and digest_of(head[:known]) == place.head

    @staticmethod
    def _rest_of_rotated(path: Path, place: Place) -> tuple[list[str], Place | None]:
        """What was written to a file after the last look and before it was renamed, and where there is more of it."""
        with suppress(OSError), path.with_name(f"{path.name}.1").open("rb") as file:
            facts = os.fstat(file.fileno())
            if facts.st_ino == place.inode:
                texts, offset = lines_from(file.read, file.seek, place.offset)
                is_all = facts.st_size - place.offset <= MAX_READ
                return texts, None if is_all else placed(head_of(file.read, file.seek), place.inode, offset)
        return [], None


Read = Callable[[int], bytes]
Seek = Callable[[int], int]


def head_of(read: Read, seek: Seek) -> bytes:
    """A file's first bytes."""
    seek(0)
    return read(HEAD)


def lines_from(read: Read, seek: Seek, offset: int) -> tuple[list[str], int]:
    """The whole lines from there on, and where the next one begins."""
    seek(offset)
    data = read(MAX_READ)
    end = data.rfind(b"\n") + 1
    if not end and len(data) == MAX_READ:  # one line without an end
        end = len(data)
    texts = [text for raw in data[:end].split(b"\n") if (text := told(raw))]
    return texts, offset + end


def told(raw: bytes) -> str:
    """A line as text, cut to what patterns look at."""
    return raw[: MAX_LINE * 4].decode("utf-8", "replace").rstrip("\r")[:MAX_LINE]


def digest_of(head: bytes) -> str:
    """By what the beginning of a file is known again."""
    return hashlib.sha256(head).hexdigest()[:16]


def placed(head: bytes, inode: int, offset: int) -> Place:
    """How far a file of this beginning was read."""
    return Place(inode, offset, digest_of(head[: min(offset, HEAD)]))


def read_places(memory: Path) -> dict[str, Place]:
    """What was written down; nothing of a file that cannot be read."""
    try:
        kept = json.loads(memory.read_text(encoding="utf-8"))
        return {name: Place(int(each["inode"]), int(each["offset"]), str(each["head"])) for name, each in kept.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def keep_places(memory: Path, places: dict[str, Place]) -> None:
    """Write down how far every file was read. Raises OSError."""
    memory.parent.mkdir(parents=True, exist_ok=True)
    new = memory.with_suffix(".new")
    new.write_text(json.dumps({name: asdict(place) for name, place in places.items()}), encoding="utf-8")
    new.replace(memory)
