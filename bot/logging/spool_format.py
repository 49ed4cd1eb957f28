"""How the spool looks on disk: frames of length, checksum, kind and content, readable up to wherever it broke off."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct("<II")
"""Length of what follows, and its CRC-32."""

MAX_CONTENT: Final = 1024 * 1024
"""Bytes of one frame; a longer one is damage."""

ABOUT, LINE, LOST, END = b"A", b"L", b"C", b"E"
"""What a frame holds: JSON about the run, a log line, how many lines were lost so far, nothing more to come."""


class Frame(NamedTuple):
    """One record of the spool."""

    kind: bytes
    content: bytes


def encoded(kind: bytes, content: bytes = b"") -> bytes:
    """Return a frame as it stands in the file."""
    body = kind + content
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def frames(data: bytes) -> Iterator[Frame]:
    """Yield the frames up to the end or the first damage; nothing that was not written whole."""
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        body = data[at : at + length]
        if not 0 < length <= MAX_CONTENT or len(body) < length or zlib.crc32(body) != checksum:
            return
        yield Frame(body[:1], body[1:])
        at += length
