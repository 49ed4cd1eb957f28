"""Whether a redacted line still tells the secret: any eight characters of it in a row, however written."""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

PIECE = 8
UNSEEN = re.compile(r"\x1b\[[0-9;]*m|[\u200b-\u200d\ufeff\u00ad\x00]|<wbr>")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
OCTAL = re.compile(r"\\([0-7]{3})")
CODE = re.compile(r"[A-Za-z0-9+/]{11,}={0,2}")
HEX = re.compile(r"(?:[0-9a-f]{2} ?){8,}")
LOOSE = re.compile(r"=\r\n|\\\n|[\s'\",+]+")
BREAK = re.compile(r"\r?\n|(?:\\)+n|%0A")


def pieces(text: str, size: int = PIECE) -> set[str]:
    """Every run of so many characters in one line of the text; the text itself where all its lines are shorter."""
    lines = [line for line in BREAK.split(text) if line.strip()]
    long = {line[at : at + size] for line in lines for at in range(len(line) - size + 1)}
    return long or {"".join(lines)}


def decoded(text: str) -> Iterator[str]:
    """What the text's base 64 and hexadecimal parts say."""
    for code in CODE.findall(text):
        for at in range(4):
            part = code[at:].rstrip("=")
            try:
                yield base64.b64decode(part[: len(part) // 4 * 4]).decode("utf-8", "replace")
            except binascii.Error:
                continue
    for code in HEX.findall(text):
        yield bytes.fromhex(code).decode("utf-8", "replace")


def readings(text: str) -> Iterator[str]:
    """The ways to read the text."""
    yield text
    yield UNSEEN.sub("", text)
    yield unquote(text)
    yield unquote(unquote(text))
    yield html.unescape(text)
    yield ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    yield OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def leaks(output: str, secret: str, needle: str, written_plainly: bool) -> bool:
    """Whether the output tells a piece of the secret, or of the needle that stands for it in the line."""
    wanted = pieces(secret)
    if written_plainly:
        return any(piece in output for piece in wanted)
    if any(piece in reading for reading in readings(output) for piece in wanted):
        return True
    loose = {LOOSE.sub("", piece) for piece in pieces(LOOSE.sub("", secret))}
    squeezed = LOOSE.sub("", UNSEEN.sub("", output))
    told = " ".join(decoded(output))
    hidden = pieces(needle, -(-PIECE * len(needle) // len(secret)))
    return (
        any(piece in squeezed for piece in loose)
        or any(piece in told for piece in wanted)
        or any(piece in output for piece in hidden)
    )
