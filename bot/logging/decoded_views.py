"""Decoded views of a text: as it reads without its escapes, colours or line wraps, with the way back to each place."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from bot.logging.anchors import holds_any
from bot.logging.spans import Span


class View(NamedTuple):
    """A decoded text; `starts` are the places where its pieces begin, `raws` where each piece stands outside."""

    text: str
    starts: list[int]
    raws: list[tuple[int, int]]

    def outside(self, span: Span) -> Span:
        """Return the span of the text outside that a span of this view was decoded from."""
        first, last = bisect_right(self.starts, span.start) - 1, bisect_right(self.starts, span.end - 1) - 1
        return Span(self._place(first, span.start), self._end(last, span.end), span.replacement)

    def _place(self, piece: int, at: int) -> int:
        raw_start, raw_end = self.raws[piece]
        length = self._length(piece)
        return raw_start + at - self.starts[piece] if length == raw_end - raw_start else raw_start

    def _end(self, piece: int, at: int) -> int:
        raw_start, raw_end = self.raws[piece]
        length = self._length(piece)
        return raw_start + at - self.starts[piece] if length == raw_end - raw_start else raw_end

    def _length(self, piece: int) -> int:
        following = self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.text)
        return following - self.starts[piece]


_INVISIBLE: Final = re.compile(
    "(?:\x1b|\\\\{1,4}(?:x1[bB]|u001[bB]|033|e)|\u241b)\\[[0-9;]{0,20}[A-Za-z]"
    "|[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\x00\x7f\x08]+"
    r"|\\{1,4}u(?:00[aA][dD]|200[b-fB-F]|202[a-eA-E]|206[0-9a-fA-F]|[fF][eE][fF][fF])"
    r"|<wbr[ ]?/?>|%[Ee]2%80%8[bBcCdDeEfF]|&(?:\#(?:820[3-7]|173|x200[b-f]|8288)|shy|zwnj|zwj|ZeroWidthSpace);"
)
_WRAPPED: Final = re.compile(
    r"(?=[=\r\n\\\"'])(?<=[A-Za-z0-9+/=_.:-]{16})"
    r"(?:=?(?:\r?\n|\\{1,4}r\\{1,4}n|\\{1,4}n)[ \t>|#*]{0,40}|\\\r?\n[ \t]{0,40}"
    r"|\\{2}\\{0,4}n[ \t]{0,40}"
    r"|\\{0,4}[\"'] ?[+.&\\]? ?(?:\r?\n|\\{1,4}n)?[ \t+.&]{0,40}\\{0,4}[\"'])(?=[A-Za-z0-9+/=_.~-]{0,12}[0-9A-Z+/=])"
)
_LONG: Final = re.compile(r"[A-Za-z0-9+/=_.:-]{16,}", re.ASCII)
_BREAKS: Final = frozenset("\n\r\\'\"")
_PERCENT: Final = re.compile(r"(?:%(?:25){0,3}[0-9A-Fa-f]{2})+")
_ENTITY: Final = re.compile(
    r"&(?:amp;)?(?:\#[0-9]{1,6}|\#[xX][0-9A-Fa-f]{1,5}|amp|lt|gt|quot|apos|equals|colon|lowbar|sol|period|hyphen|dash|plus|nbsp|num);"
)
_ENTITIES: Final = re.compile(rf"(?:{_ENTITY.pattern})+")
_ESCAPE: Final = re.compile(r"\\{1,8}(?:u\{([0-9A-Fa-f]{1,5})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))")
_ESCAPES: Final = re.compile(rf"(?:{_ESCAPE.pattern})+")
_QUOTED: Final = re.compile(r"=(?:3D|2E|2F|2B|5F|2D|22|27|20|0D|0A)|=\r?\n")
_WIDE: Final = re.compile("[\uff01-\uff5e]")


def _decode_percent(raw: str) -> str:
    while "%25" in raw:
        raw = raw.replace("%25", "%")
    try:
        decoded = bytes.fromhex(raw.replace("%", ""))
    except ValueError:
        decoded = unquote_to_bytes(raw)
    return decoded.decode("utf-8", "replace")


def _decode_entities(raw: str) -> str:
    known: dict[str, str] = {}

    def decode(found: re.Match[str]) -> str:
        one = found.group()
        if one not in known:
            known[one] = html.unescape(html.unescape(one))
        return known[one]

    return _ENTITY.sub(decode, raw)


def _decode_escapes(raw: str) -> str:
    return _ESCAPE.sub(_decode_one_escape, raw)


def _decode_one_escape(found: re.Match[str]) -> str:
    number = int(found[4], 8) if found[4] else int(found[1] or found[2] or found[3], 16)
    return chr(number) if number < 0x11_0000 else "?"


def _decode_quoted(raw: str) -> str:
    return chr(int(raw[1:], 16)) if raw[1:].isalnum() else ""


def _leave_out(_: str) -> str:
    return ""


_DECODERS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[str], str]], ...]] = (
    (
        ("\x1b", "\x00", "\x08", "\x7f", "\\", "\u241b", "<wbr", "%E2%80", "%e2%80", "&#", "&shy", "&zw", "&Zero"),
        _INVISIBLE,
        _leave_out,
    ),
    (("%",), _PERCENT, _decode_percent),
    (("&",), _ENTITIES, _decode_entities),
    (("\\",), _ESCAPES, _decode_escapes),
    (("=3D", "=\n", "=\r"), _QUOTED, _decode_quoted),
    (("\uff1d", "\uff1a", "\uff3f", "\uff45"), _WIDE, lambda raw: chr(ord(raw) - 0xFEE0)),
)


def may_be_wrapped(text: str) -> bool:
    """Whether a long run of token characters goes on behind a line end or between quotes."""
    return not _BREAKS.isdisjoint(text) and any(is_wrapped(text, run.end()) for run in _LONG.finditer(text))


def is_wrapped(text: str, end: int) -> bool:
    """Whether the run that ends here goes on."""
    if text[end : end + 1] not in _BREAKS:
        return False
    return (_WRAPPED.match(text, end) or _WRAPPED.match(text, end - 1)) is not None


def decoded_views(text: str) -> Iterator[View]:
    """Yield the text decoded in each way that changes it."""
    plain_text = text.isascii()
    for anchors, pattern, decode in _DECODERS:
        if not plain_text or holds_any(text, anchors):
            view = _decoded(text, pattern, decode)
            if view is not None:
                yield view
    if may_be_wrapped(text):
        view = _decoded(text, _WRAPPED, _leave_out)
        if view is not None:
            yield view


def _decoded(text: str, pattern: re.Pattern[str], decode: Callable[[str], str]) -> View | None:
    pieces: list[str] = []
    raws: list[tuple[int, int]] = []
    known: dict[str, str] = {}
    at = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        if start > at:
            pieces.append(text[at:start])
            raws.append((at, start))
        raw = text[start:end]
        if raw not in known:
            known[raw] = decode(raw)
        if known[raw]:
            pieces.append(known[raw])
            raws.append((start, end))
        at = end
    if at == 0:
        return None
    if at < len(text):
        pieces.append(text[at:])
        raws.append((at, len(text)))
    starts = list(accumulate(map(len, pieces[:-1]), initial=0))
    return View("".join(pieces), starts, raws) if pieces else None
