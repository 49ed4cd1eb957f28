"""Clean log lines: nothing in them is secret, and some of their words are what debugging lives on."""

import inspect
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

from tests.redaction_held_out import clean_python, clean_servers, clean_tools
from tests.redaction_held_out.grammar import drawn, uuid

DRAWS = 6
"""How many lines each form gives."""

FACT = re.compile(
    r"<(iso|snow|uuid|ip|addr|path|word|sheet|notion|colonhex|ulid|sha\d+|n\d*|ms|d|hexU?\d+|"
    r"b64x\d+|[wlsa]\d+)>"
)
KEPT = re.compile(r"«([^«»]*)»")
MADE: dict[str, Callable[[random.Random], str]] = {
    "iso": lambda rng: (
        f"2026-0{rng.randrange(1, 10)}-1{rng.randrange(10)} 0{rng.randrange(10)}:{rng.randrange(10, 60)}"
        f":{rng.randrange(10, 60)},{rng.randrange(100, 1000)}"
    ),
    "snow": lambda rng: str(rng.randrange(17 * 10**16, 14 * 10**17)),
    "uuid": uuid,
    "ip": lambda rng: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
    "addr": lambda rng: "0x7f" + drawn("h", 10, rng),
    "word": lambda rng: rng.choice(
        ["play", "ticket", "rank", "remind", "ledger", "quote", "poll", "weather", "token", "secret", "login"]
    ),
    "sheet": lambda rng: "1" + drawn("s", 43, rng),
    "notion": lambda rng: drawn("h", 32, rng),
    "colonhex": lambda rng: ":".join(drawn("H", 2, rng) for _ in range(32)),
    "ulid": lambda rng: "01J" + drawn("u", 23, rng),
    "sha7": lambda rng: drawn("h", 7, rng),
    "sha40": lambda rng: drawn("h", 40, rng),
    "sha256": lambda rng: drawn("h", 64, rng),
    "n": lambda rng: str(rng.randrange(1, 10 ** rng.randrange(1, 6))),
    "ms": lambda rng: str(rng.randrange(1, 3000)),
    "d": lambda rng: str(rng.randrange(10)),
}
ALPHABET = {"hex": "h", "hexU": "H", "b64x": "b", "w": "w", "l": "l", "s": "s", "a": "a", "n": "d"}


@dataclass(frozen=True)
class CleanLine:
    """A line that a redactor has no reason to touch, its source, and the words that must stay."""

    source: str
    text: str
    kept: tuple[str, ...]


def fact(match: re.Match[str], rng: random.Random) -> str:
    """A random id, number or hash for its name."""
    name = match[1]
    if name in MADE:
        return MADE[name](rng)
    form = name.rstrip("0123456789") if not name.startswith("b64x") else "b64x"
    length = name.removeprefix(form)
    return drawn(ALPHABET[form], int(length), rng)


def line_of(source: str, form: str, rng: random.Random) -> CleanLine:
    """One line of a form."""
    text = FACT.sub(lambda match: fact(match, rng), form)
    return CleanLine(source, KEPT.sub(lambda match: match[1], text), tuple(KEPT.findall(text)))


def forms(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Source and form of each line that a module writes down."""
    for name, text in inspect.getmembers(module, lambda value: isinstance(value, str)):
        if name.isupper():
            yield from ((name.lower(), form) for form in text.splitlines() if form.strip())


def clean_lines(seed: int = 11) -> list[CleanLine]:
    """All clean lines, the same for the same seed."""
    rng = random.Random(seed)
    every = [each for module in (clean_python, clean_servers, clean_tools) for each in forms(module)]
    return [line_of(source, form, rng) for source, form in every for _ in range(DRAWS)]
