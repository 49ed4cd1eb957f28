"""The log calls of a busy bot: 10,000 of them, always the same; most short, few long, some with what must not show."""

import base64
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

RECORDS = 10_000
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


@dataclass(frozen=True)
class Call:
    """One log call."""

    level: int
    message: str
    args: tuple[object, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)
    exc_info: ExcInfo | None = None


SHORT = (
    ("row saved to %s", ("Expenses",)),
    ("heartbeat acknowledged after %.1f ms", (41.7,)),
    ("command %s answered in %d ms", ("debug_status", 87)),
    ("%d of %d messages were read", (12, 40)),
    ("session resumed", ()),
    ("the gateway asked for a reconnect", ()),
)


def drawn(chance: random.Random, alphabet: str, length: int) -> str:
    """A random text."""
    return "".join(chance.choice(alphabet) for _ in range(length))


def secret(chance: random.Random) -> str:
    """A sentence that holds a credential, made now."""
    letters = string.ascii_letters + string.digits
    key = drawn(chance, letters, 36)
    return chance.choice(
        [
            "login with ghp_" + key,
            "Authorization: Bearer " + base64.b64encode(key.encode()).decode(),
            "connecting to postgres://bot:" + key + "@db.internal:5432/app",
            "retrying with api_key=" + key,
            "model key sk-" + "proj-" + key + " was refused",
        ]
    )


def failing(number: int) -> ExcInfo:
    """An exception that went through 13 frames; 17 places raise."""

    def dig(depth: int) -> None:
        if depth:
            dig(depth - 1)
        else:
            PLACES[number % len(PLACES)](number)

    try:
        dig(10)
    except (ValueError, KeyError, RuntimeError) as error:
        return type(error), error, error.__traceback__
    raise AssertionError("every place raises")


def _place(number: int) -> Callable[[int], None]:
    source = (
        "def place(number):\n    if number % 3 == 0:\n        raise ValueError(f'row {number} has no amount')\n"
        "    if number % 3 == 1:\n        raise KeyError(f'sheet-{number}')\n"
        "    raise RuntimeError(f'the sheet answered {number}')\n"
    )
    space: dict[str, Callable[[int], None]] = {}
    exec(compile(source, __file__.replace("workload", f"place_{number}"), "exec"), space)
    return space["place"]


PLACES = [_place(number) for number in range(17)]


def entities(chance: random.Random) -> dict[str, object]:
    """What a sentence was understood as: nested, and of every plain type."""
    return {
        "amount": chance.randrange(10_000) / 100,
        "currency": "EUR",
        "category": chance.choice(["food", "rent", "travel"]),
        "who": [{"name": "Åsa", "share": 0.5}, {"name": "Bo", "share": 0.5}],
        "when": {"day": 13, "month": 11, "relative": None, "certain": True},
    }


def short(chance: random.Random) -> Call:
    """A short line with extras."""
    message, args = chance.choice(SHORT)
    extra: dict[str, object] = {
        "user": chance.choice(["alice", "bob", "carol"]),
        "user_id": chance.randrange(10**17, 10**18),
        "channel": "general",
        "action": "row_saved",
    }
    return Call(chance.choice([20, 20, 20, 30]), message, args, extra)


def workload(*, tracebacks: bool = True) -> list[Call]:
    """85 % short with extras, 10 % nested entities, 4 % exceptions, 1 % secrets, and ten of 8 to 64 KB."""
    chance = random.Random(20)
    calls = []
    for number in range(RECORDS):
        at = number % 100
        if at < 85:
            call = short(chance)
        elif at < 95:
            call = Call(20, "understood %s", ("log_expense",), {"user": "alice", "entities": entities(chance)})
        elif at < 99:
            call = Call(40, "order %s failed", (number,), {"incident_id": f"inc_{number:012x}"}, failing(number))
        else:
            call = Call(30, secret(chance), (), {"user": "bob"})
        if call.exc_info is None or tracebacks:
            calls.append(call)
    for step in range(10):
        size = 8_192 * (step % 8 + 1)
        calls[step * 900 + 7] = Call(20, "body: " + "a page of words and 12 numbers, " * (size // 32))
    return calls


def chunks(calls: list[Call], size: int) -> Iterator[list[Call]]:
    """The calls in portions, so that peers can take turns."""
    for start in range(0, len(calls), size):
        yield calls[start : start + size]
