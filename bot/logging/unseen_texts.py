"""Which texts of plain values were not looked at before: most log calls say what others said, in other numbers."""

from typing import Final

from bot.logging.known_secrets import KnownSecrets
from bot.logging.plain_values import INT64, MAX_DEPTH, MAX_VALUES, NOT_PLAIN
from bot.logging.redaction import VALUE_KEYS, is_suspect
from bot.logging.telling_names import telling_name

MAX_NAME: Final = 200


def tells_nothing(name: object, secrets: KnownSecrets) -> bool:
    """Whether a name is short, holds no secret and says of no value that it is one."""
    if type(name) is not str or len(name) > MAX_NAME:
        return False
    if name in secrets.plain_names:
        return True
    if name in VALUE_KEYS or telling_name(name) is not None or is_suspect(name):
        return False
    secrets.plain_names.add(name)
    return True


def add_unseen(  # noqa: C901, PLR0911, PLR0912 - on most log calls, and a call per value would cost as much as the rest
    value: object, unseen: list[str], secrets: KnownSecrets, depth: int = 1
) -> int:
    """Add a dict's or list's texts that were not seen before; return how many values it holds.

    Above MAX_VALUES when a part of it is not plain JSON, or is told to be a secret by what stands beside it.
    """
    known, names = secrets.harmless.young, secrets.plain_names.young
    if type(value) is dict:
        for name in value:
            if type(name) is not str or (hash(name) not in names and not tells_nothing(name, secrets)):
                return NOT_PLAIN
        inside = value.values()
    elif type(value) is list:
        inside = value  # type: ignore[assignment] # both are iterated
        for item in value:
            if type(item) is str and hash(item) not in names and not tells_nothing(item, secrets):
                return NOT_PLAIN
    else:
        return NOT_PLAIN
    size = len(value)
    for item in inside:
        kind = type(item)
        if kind is str:
            if hash(item) not in known:
                unseen.append(item)
        elif kind is float:
            if item - item != 0.0:  # not finite
                return NOT_PLAIN
        elif kind is dict or kind is list:
            size += add_unseen(item, unseen, secrets, depth + 1) if depth < MAX_DEPTH else NOT_PLAIN
            if size > MAX_VALUES:
                return NOT_PLAIN
        elif kind is int:
            if not -INT64 <= item < INT64:
                return NOT_PLAIN
        elif kind is not bool and item is not None:
            return NOT_PLAIN
    return size
