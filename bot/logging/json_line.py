"""Plain values as one line of JSON."""

import json
import re
from typing import Final

import orjson

_LINE_BREAKERS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON leaves as it is though a terminal or a reader of lines acts on it."""


def to_json(value: object) -> str:
    """Return plain values as JSON that holds no line end and no control character of any kind."""
    try:
        line = orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate, or an integer beyond 64 bits
        return json.dumps(value, separators=(",", ":"))
    if line.isascii() and "\x7f" not in line:
        return line
    return _LINE_BREAKERS.sub(lambda found: f"\\u{ord(found.group()):04x}", line)


def json_size(value: object) -> int:
    """Return how many bytes the value takes in a line."""
    return len(to_json(value).encode())
