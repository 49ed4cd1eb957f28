"""Replaces secrets in texts and plain values by `[redacted:kind]` and leaves the rest as it is."""

from collections.abc import Iterable
from typing import Final

from bot.logging.credential_formats import FORMATS, may_hold_format
from bot.logging.credential_pairs import redact_pairs, redact_value
from bot.logging.telling_names import TellingName, find_names, telling_name
from bot.logging.known_secrets import KnownSecrets

MAX_PASSES: Final = 5
"""A replaced span can make its neighbour recognisable, so passes repeat until nothing changes."""


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
    """Return the text with every secret's span replaced by `[redacted:kind]`; doing it again changes nothing."""
    if not is_suspect(text):
        return text
    for _ in range(MAX_PASSES):
        redacted = _redact_once(text)
        if redacted == text:
            break
        text = redacted
    return text


def is_suspect(text: str) -> bool:
    """Whether the text may hold a secret; False is certain, and cheap to find out."""
    return may_hold_format(text) or _Known.secrets.occur_in(text) or next(find_names(text), None) is not None


def redact_plain(value: object, name: TellingName | None = None) -> object:
    """Return a plain JSON value with its keys and texts redacted, at any depth."""
    if name is not None:
        value = redact_value(name, value)
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        told = _told_by_sibling(value)
        return {
            redact(key): redact_plain(inner, telling_name(key) or (told if key == "value" else None))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [redact_plain(inner) for inner in value]
    return value


def _told_by_sibling(value: dict[str, object]) -> TellingName | None:
    """Return what `{"name": "PASSWORD", "value": …}` says about its value."""
    name = value.get("name", value.get("key")) if "value" in value else None
    return telling_name(name) if isinstance(name, str) else None


def _redact_once(text: str) -> str:
    text = _Known.secrets.redact(text)
    text = redact_pairs(text)
    for row in FORMATS:
        text = row.redact(text)
    return text
