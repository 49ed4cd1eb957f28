"""The values of our own settings that are secret, in every form in which they turn up in texts."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from bot.logging.anchors import holds_any
from bot.logging.seen_before import SeenBefore
from bot.logging.spans import Span

MIN_LENGTH: Final = 6
"""A shorter value would be found in innocent text."""


class KnownSecrets:
    """A set of secret values that replaces them in texts: verbatim, escaped, URL-encoded and base64."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.harmless = SeenBefore()
        """Texts that hold none of the values nor any other secret."""
        self.plain_names = SeenBefore()
        """Names of fields that hold no secret and tell of none."""
        self.suspect = SeenBefore()
        """Texts that may hold one."""
        self.heads: dict[tuple[str, str], bytes] = {}
        """What stands between a line's time and its message, by level and logger that hold no secret."""
        self.orders: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Names of a line's fields, all plain: in which order they go when it is another, or nothing."""
        forms = {form for value in values for member in _members(value) for form in _forms(member)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._anchors = tuple(sorted({_anchor(form) for form in forms}))
        self._byte_anchors = tuple(anchor.encode("utf-8", "surrogatepass") for anchor in self._anchors)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def occur_in(self, text: str) -> bool:
        """Whether the text may hold one of the values."""
        return holds_any(text, self._anchors)

    def occur_in_bytes(self, line: bytes) -> bool:
        """Whether the UTF-8 text may hold one of the values."""
        for anchor in self._byte_anchors:  # noqa: SIM110 - as fast as can be, on every log line
            if anchor in line:
                return True
        return False

    def find(self, text: str) -> Iterator[Span]:
        """Yield each of the values that the text holds."""
        if self._pattern and self.occur_in(text):
            yield from (Span(*found.span(), "[redacted:known-secret]") for found in self._pattern.finditer(text))


def _members(value: str) -> Iterator[str]:
    """Yield the value itself and, of a URL or a JSON key file, the part that is secret on its own."""
    value = value.strip()
    if len(value) < MIN_LENGTH:
        return
    yield value
    if (found := re.match(r"[a-z][a-z0-9+.-]*://[^/\s]*?:([^/\s]+)@", value)) and len(found[1]) >= MIN_LENGTH:
        yield found[1]
    if value.startswith("{"):
        try:
            document = json.loads(value)
        except ValueError:
            return
        yield from (
            part for name, part in document.items() if name.startswith("private_key") and len(part) >= MIN_LENGTH
        )


def _forms(value: str) -> set[str]:
    """Return the value as it looks in plain text, JSON, repr, URLs and base64 at each of the three alignments."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, quote(raw, safe=""), quote(raw), quote_plus(raw), repr(value)[1:-1]}
    forms |= {re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), form) for form in forms}
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= escaped | {json.dumps(form, ensure_ascii=False)[1:-1] for form in escaped}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        whole = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (len(raw) + shift) % 3 else 0)]
        if len(whole) >= MIN_LENGTH:
            forms |= {whole, whole.translate(str.maketrans("+/", "-_"))}
    return forms


def _anchor(form: str) -> str:
    """Return the longest part that no escaping changes, or the form itself when it has none that tells."""
    longest = max(re.findall(r"[A-Za-z0-9]+", form), key=len, default="")
    return longest if len(longest) >= MIN_LENGTH else form
