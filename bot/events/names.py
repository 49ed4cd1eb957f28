"""From wire names to events, for what comes from outside and for who subscribes by pattern."""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from bot.events.catalog import ALL
from bot.events.event import Event

BY_NAME: dict[str, type[Event]] = {kind.wire: kind for kind in ALL}


class NotAnEvent(Exception):
    """A name or a payload that no event has; the sentence says which."""


def event_of(name: str, payload: Mapping[str, object]) -> Event:
    """The event of this wire name with these fields. Raises NotAnEvent."""
    kind = BY_NAME.get(name)
    if kind is None:
        raise NotAnEvent(f"There is no event {name[:100]!r}: use one of {', '.join(sorted(BY_NAME))}.")
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its payload"
        raise NotAnEvent(f"{name}: {where[:100]} is wrong: {first['msg']}.") from error


PATTERN = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?")


def names_of(pattern: str) -> frozenset[str]:
    """The wire names that a pattern means: a name, `self_healing.*`, or `*`. Raises NotAnEvent when it means none."""
    if not PATTERN.fullmatch(pattern):
        raise NotAnEvent(f"{pattern[:100]!r} is no pattern: write a wire name, `self_healing.*`, or `*`.")
    prefix = pattern.removesuffix("*")
    names = {name for name in BY_NAME if name == pattern or (prefix != pattern and name.startswith(prefix))}
    if not names:
        raise NotAnEvent(f"{pattern[:100]!r} means no event: the names are {', '.join(sorted(BY_NAME))}.")
    return frozenset(names)
