"""Keeps texts and lines within their limits, so that what is cut says so and no part of a secret is left at a cut."""

import re
from collections.abc import Callable
from typing import Final

from bot.logging.json_line import json_size, to_json

MAX_TEXT: Final = 16_384
"""Characters of one text that are looked at; the middle of a longer one is never formatted."""

MARGIN: Final = 4_096
"""Characters thrown away on both sides of a clip: the longest piece of a secret that a clip could leave behind."""

_NOTE: Final = re.compile(r"…\[cut ([0-9]{1,15}) bytes\]…")

_MOST_NOTE: Final = 31
"""Bytes of the longest note, less two quotes: texts in ASCII and a note are told faster apart than as one."""

_MOST_AROUND_CUT: Final = 48
"""Bytes that a note and its text's quotes take at most."""

_ROOMY: Final = 200
"""Bytes that each field may ask for before whole fields are dropped."""

_MOST_PER_CHARACTER: Final = 12
"""Bytes of JSON that a character takes at most: two escapes for one beyond the basic plane."""

_RESERVE: Final = 40
"""Bytes kept for the note of how many fields were dropped."""

_NEVER_DROPPED: Final = 4
"""The line's first fields: ts, level, logger, msg."""


def clip(text: str, redact: Callable[[str], str]) -> str:
    """Return a text of at most MAX_TEXT characters: first and last part of a longer one, both redacted."""
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    head = redact(text[:half])[:-MARGIN]
    tail = redact(text[-half:])[MARGIN:]
    return _joined(head, tail, text)


def cut_middle(text: str, room: int) -> str:
    """Return the text, its middle replaced by a note when its JSON would take more than `room` bytes."""
    if len(text) * _MOST_PER_CHARACTER < room:
        return text
    size = json_size(text)
    return text if size <= room else _without_middle(text, size, room)


def _without_middle(text: str, size: int, room: int) -> str:
    """Return a text of at most `room` bytes of JSON that takes `size` bytes now."""
    kept = len(text) * max(room - _MOST_AROUND_CUT, 0) // size
    while kept >= 2:
        head, tail = text[: (kept + 1) // 2], text[-(kept // 2) :]
        shorter = _joined(head, tail, text)
        if (json_size(head) + json_size(tail) + _MOST_NOTE if text.isascii() else json_size(shorter)) <= room:
            return shorter
        kept = kept * 3 // 4
    return _joined("", "", text)


def fit_fields(fields: dict[str, object], limit: int) -> dict[str, object]:
    """Return fields whose line takes at most `limit` bytes: long ones lose their middle; then the last ones go."""
    return _with_one_cut(fields, limit - _RESERVE) or _with_shares(fields, limit)


def _with_one_cut(fields: dict[str, object], room: int) -> dict[str, object] | None:
    """Return the same as by shares when one text is to blame, as is most often so; None when it is not."""
    longest, text = max(fields.items(), key=_length)
    if type(text) is not str:
        return None
    rest = _name_size(longest) + json_size({name: value for name, value in fields.items() if name != longest}) + 1
    if rest > room // 2 or rest + _ROOMY > room:
        return None
    return {**fields, longest: cut_middle(text, room - rest)}


def cut_line(line: bytes, fields: dict[str, object], limit: int) -> bytes | None:
    """Return the line that the fitted fields would make, cut out of this longer one that all the fields made.

    None when more than one plain text of ASCII is to blame.
    """
    longest, text = max(fields.items(), key=_length)
    if type(text) is not str or not text.isascii():
        return None
    lead = f'"{longest}":"'.encode()
    at, size = line.find(lead) + len(lead), len(text)
    room, rest = limit - _RESERVE, len(line) - size - 3
    if rest > room // 2 or rest + _ROOMY > room or line[at : at + size + 1] != f'{text}"'.encode():
        return None
    kept = size * (room - rest - _MOST_AROUND_CUT) // (size + 2)
    cut = f"…[cut {size - kept} bytes]…".encode()
    shorter = line[: at + (kept + 1) // 2] + cut + line[at + size - kept // 2 :]
    return shorter if len(shorter) <= limit else None


def _length(field: tuple[str, object]) -> int:
    return len(field[1]) if type(field[1]) is str else 0


def _with_shares(fields: dict[str, object], limit: int) -> dict[str, object]:
    sizes = {name: json_size(value) for name, value in fields.items()}
    frames = {name: _name_size(name) + 2 for name in fields}  # its colon, and a comma or brace
    least = {name: frames[name] + min(size, _ROOMY) for name, size in sizes.items()}
    fitted = dict(fields)
    room = limit - _RESERVE
    while len(fitted) > _NEVER_DROPPED and sum(least[name] for name in fitted) > room:
        fitted.popitem()
    room -= sum(frames[name] for name in fitted)
    for left, name in _shortest_first(fitted, sizes):
        share = max(room // left, 0)
        if sizes[name] > share:
            value = fitted[name]
            fitted[name] = (
                _without_middle(value, sizes[name], share)
                if isinstance(value, str)
                else cut_middle(to_json(value), share)
            )
        room -= min(sizes[name], share)
    if len(fitted) < len(fields):
        fitted["cut_fields"] = len(fields) - len(fitted)
    return fitted


def _name_size(name: str) -> int:
    return len(name) + 2 if name.isascii() and name.isalpha() else json_size(name)


def _shortest_first(fields: dict[str, object], sizes: dict[str, int]) -> list[tuple[int, str]]:
    """Return the names by size, each with the number of those that still want room, itself included."""
    names = sorted(fields, key=sizes.__getitem__)
    return list(zip(range(len(names), 0, -1), names, strict=True))


def _joined(head: str, tail: str, text: str) -> str:
    middle = text[len(head) : len(text) - len(tail)]
    gone = len(middle.encode("utf-8", "surrogatepass"))
    for note in _NOTE.finditer(middle) if "…[cut " in middle else ():  # an earlier cut is part of this one
        gone += int(note[1]) - len(note[0].encode())
    return f"{head}…[cut {gone} bytes]…{tail}"
