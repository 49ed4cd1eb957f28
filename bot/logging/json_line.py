"""Plain values as one line of JSON."""

import json
import re
from collections.abc import Callable
from typing import Final

try:
    import orjson
except ImportError:  # it makes lines cheaper, and is not needed for anything
    orjson = None  # type: ignore[assignment] # the name of a module

_LINE_BREAKERS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON leaves as it is though a terminal or a reader of lines acts on it."""

_HARMLESS: Final = bytes(range(0x7F))
_ENCODED_BREAKERS: Final = re.compile(b"\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\x7f")

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii: Final = json.JSONEncoder(separators=(",", ":")).encode


def to_json_bytes(value: object) -> bytes:
    """Return plain values as UTF-8 JSON that holds no line end and no control character of any kind."""
    return without_breakers(memoryview(_dump(value)).tobytes())  # a copy: orjson's bytes hold eight times their size


def _dump(value: object) -> bytes:
    try:
        return orjson.dumps(value) if orjson is not None else _encode(value).encode()
    except (TypeError, UnicodeEncodeError):  # a lone surrogate, or an integer beyond 64 bits
        return _encode_ascii(value).encode()


def _dump_by_stdlib(fields: dict[str, object]) -> bytes:
    return _encode(fields).encode()


dump_plain: Final[Callable[[dict[str, object]], bytes]] = orjson.dumps if orjson is not None else _dump_by_stdlib
"""Fields of the very types of JSON as UTF-8, their control characters left as they are.

Raises TypeError or ValueError for what JSON in UTF-8 cannot hold."""


def without_breakers(line: bytes) -> bytes:
    """Return encoded JSON with every control character and line separator escaped."""
    if line.isascii():
        return line if b"\x7f" not in line else line.replace(b"\x7f", b"\\u007f")
    if not _may_break(line) or _ENCODED_BREAKERS.search(line.translate(None, _HARMLESS)) is None:
        return line
    return _LINE_BREAKERS.sub(lambda found: f"\\u{ord(found.group()):04x}", line.decode()).encode()


def _may_break(line: bytes) -> bool:
    """Whether a byte is there without which no breaker is: a single one is found faster than any pattern."""
    return b"\xc2" in line or b"\xa8" in line or b"\xa9" in line or b"\x7f" in line


def to_json(value: object) -> str:
    """Return plain values as JSON that holds no line end and no control character of any kind."""
    return to_json_bytes(value).decode()


def json_size(value: object) -> int:
    """Return how many bytes the value takes in a line."""
    line = _dump(value)
    return len(line) if line.isascii() and b"\x7f" not in line else len(without_breakers(line))
