"""Replaces secrets in texts and plain values by `[redacted:kind]` and leaves the rest as it is."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from bot.logging.cheap_gate import may_hold_secret_bytes
from bot.logging.credential_formats import find_forms
from bot.logging.credential_pairs import TOO_MANY_NAMES, find_pairs, redact_value
from bot.logging.decoded_views import decoded_views
from bot.logging.encoded_runs import find_encoded
from bot.logging.json_line import to_json
from bot.logging.known_secrets import KnownSecrets
from bot.logging.long_runs import Place, long_runs_in
from bot.logging.random_runs import find_random
from bot.logging.spans import MARKER, Span, outside_markers, replace_spans
from bot.logging.telling_names import TellingName, telling_name

MAX_PASSES: Final = 5
"""A replaced span can make its neighbour recognisable, so passes repeat until nothing changes."""

MAX_DEEP: Final = 16_384
"""Characters of a text that is decoded a second time."""


VALUE_KEYS: Final = frozenset({"value", "Value", "VALUE", "val", "ParameterValue", "OptionValue"})
_NAME_KEYS: Final = ("name", "key", "Name", "Key", "NAME", "KEY", "ParameterKey", "OptionName", "field", "header")


class _Known:
    """The process's known secrets, replaced as one by `set_known_secrets`."""

    values: frozenset[str] = frozenset()
    secrets = KnownSecrets()


def set_known_secrets(values: Iterable[str]) -> None:
    """Redact these values from now on, in every form; they replace the ones set before. Short ones are ignored."""
    _Known.values = frozenset(values)
    _Known.secrets = KnownSecrets(_Known.values)


def add_known_secrets(values: Iterable[str]) -> None:
    """Redact these values as well."""
    set_known_secrets(_Known.values.union(values))


def redact(text: str) -> str:
    """Return the text with every secret's span replaced by `[redacted:kind]`; doing it again changes nothing.

    A JSON object or list stays one, with the same keys and values but for the secrets.
    """
    if hash(text) in _Known.secrets.harmless.young or not is_suspect(text) or _is_redacted(text):
        return text
    document = _parse_json(text)
    return _redact_text(text) if document is None else _redact_json(text, document)


def _redact_text(text: str) -> str:
    for _ in range(MAX_PASSES):
        redacted = _redact_once(text)
        if redacted == text or _is_redacted(redacted):
            return redacted
        text = redacted
    return text


def _is_redacted(text: str) -> bool:
    """Whether secrets were replaced in the text and what is left beside the markers holds none."""
    if "[redacted:" not in text or text.endswith(TOO_MANY_NAMES):
        return False
    return not is_suspect(MARKER.sub(" ", text))


def _redact_json(text: str, document: dict[str, object] | list[object]) -> str:
    """Redact a JSON text; where a span cannot be replaced in place, the text is written anew."""
    clean = redact_plain(document)
    if clean == document:
        return text
    in_place = _redact_text(text)
    return in_place if _parse_json(in_place) == clean else to_json(clean)


def _parse_json(text: str) -> dict[str, object] | list[object] | None:
    """Return the JSON object or list that the text is, or None for any other text."""
    if text[:1] + text[-1:] not in {"{}", "[]"}:
        return None
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that comes twice: the value that a parser drops may be the secret one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A JSON object has one name twice: it is redacted as text.")
    return found


def known_secrets() -> KnownSecrets:
    """Return the secrets of this time, with what was found harmless beside them."""
    return _Known.secrets


def is_suspect(text: str) -> bool:
    """Whether the text may hold a secret; False is certain, and cheap to find out."""
    return text not in _Known.secrets.harmless and not are_harmless([text])


def are_harmless(texts: list[str]) -> bool:
    """Whether none of the texts may hold a secret; True is certain. Either is remembered."""
    secrets = _Known.secrets
    text = texts[0] if len(texts) == 1 else " \n".join(texts)
    if text in secrets.suspect:
        return False
    if secrets.occur_in(text) or may_hold_secret_bytes(text.encode("utf-8", "surrogatepass")):
        secrets.suspect.add(text)
        return False
    for each in texts:
        secrets.harmless.add(each)
    return True


def may_hold_secret(line: bytes) -> bool:
    """Whether an encoded line may hold a secret; False is certain."""
    return _Known.secrets.occur_in_bytes(line) or may_hold_secret_bytes(line)


def redact_plain(value: object, name: TellingName | None = None) -> object:
    """Return a plain JSON value with its keys and texts redacted, at any depth; `name` is the key it stands under."""
    if isinstance(value, str):
        value = redact(value)
    elif isinstance(value, dict):
        told = _told_by_sibling(value)
        value = {
            redact(key): redact_plain(inner, telling_name(key) or (told if key in VALUE_KEYS else None))
            for key, inner in value.items()
        }
    elif isinstance(value, list):
        value = [redact_plain(inner, _told_by_neighbour(value, at)) for at, inner in enumerate(value)]
    return value if name is None else redact_value(name, value)


def _told_by_sibling(value: dict[str, object]) -> TellingName | None:
    """Return what `{"name": "PASSWORD", "value": …}` says about its value."""
    if VALUE_KEYS.isdisjoint(value):
        return None
    name = next((value[key] for key in _NAME_KEYS if key in value), None)
    return telling_name(name) if isinstance(name, str) else None


def _told_by_neighbour(items: list[object], at: int) -> TellingName | None:
    """Return what `["--password", …]` or the pair `["Authorization", …]` says about its next item."""
    before = items[at - 1] if at else None
    if isinstance(before, str) and (len(items) == 2 or before.startswith("--")):
        return telling_name(before)
    return None


def _redact_once(text: str) -> str:
    """Replace what is found; where findings overlap, the one that starts first names the kind."""
    spans = list(_find(text))
    spans += find_encoded(text, _find_told, spans)
    for view in decoded_views(text[: _still_shown(text, spans)]):
        found = list(_find(view.text))
        found += find_encoded(view.text, _find_told, found)
        spans += map(view.outside, found)
        for deeper in decoded_views(view.text) if len(text) <= MAX_DEEP else ():
            spans += map(view.outside, map(deeper.outside, _find(deeper.text)))
    return replace_spans(text, outside_markers(text, spans))


def _still_shown(text: str, spans: list[Span]) -> int:
    """Return how much of a long text is worth decoding: not what is replaced up to its end anyway."""
    size = len(text)
    return min((span.start for span in spans if span.end == size), default=size) if size > MAX_DEEP else size


def _find_told(text: str, runs: list[Place] | None = None) -> Iterator[Span]:
    """Yield what is told by value, by name or by form."""
    yield from _Known.secrets.find(text)
    yield from find_pairs(text)
    yield from find_forms(text, runs)


def _find(text: str) -> Iterator[Span]:
    """Yield every secret in a text, decoded nowhere."""
    runs = long_runs_in(text)
    told = list(_find_told(text, runs))
    yield from told
    yield from find_random(text, runs, told)
