"""How a kind of credential is written down: a pattern with random pieces, and which part of it is the secret."""

import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALPHABETS = {
    "a": LOWER,
    "A": UPPER,
    "d": DIGITS,
    "h": DIGITS + "abcdef",
    "H": DIGITS + "ABCDEF",
    "l": LOWER + DIGITS,
    "u": UPPER + DIGITS,
    "w": LOWER + UPPER + DIGITS,
    "s": LOWER + UPPER + DIGITS + "-_",
    "b": LOWER + UPPER + DIGITS + "+/",
    "t": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",  # RFC 4648 base 32
    "z": "qpzry9x8gf2tvdw0s3jn54khce6mua7l",  # bech32
    "n": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",  # base 58
    "p": LOWER + UPPER + DIGITS + "!@%^*-_+=.~?",
    "q": LOWER + UPPER + DIGITS + "-._~!*",  # what a URL takes unescaped
}
PIECE = re.compile(r"\[([a-zA-Z]):(\d+)(?:-(\d+))?\]|\[uuid\]|\[human\]")
SECRET = re.compile(r"«(.*)»", re.DOTALL)
WORDS = [
    "walnut",
    "copper",
    "Lantern",
    "harbour",
    "mango",
    "Velvet",
    "thunder",
    "pickle",
    "Granite",
    "saffron",
    "otter",
    "marble",
    "tundra",
    "Bishop",
    "cactus",
    "ember",
    "raven",
    "Falcon",
    "quartz",
    "ginger",
    "willow",
    "bramble",
    "Comet",
    "juniper",
]


@dataclass(frozen=True, kw_only=True)
class Credential:
    """One credential as it stands in a line; `secret` is the part of `text` that nobody may read."""

    text: str
    secret: str
    name: str  # what a program would call it
    stands_alone: bool  # False: nothing but its name tells that it is a secret


@dataclass(frozen=True)
class Kind:
    """A kind of credential; `make` draws one."""

    name: str
    family: str
    make: Callable[[random.Random], Credential]


def drawn(alphabet: str, length: int, rng: random.Random) -> str:
    """Characters of one alphabet; never without a digit or a letter where the alphabet has both."""
    characters = ALPHABETS[alphabet]
    while True:
        text = "".join(rng.choices(characters, k=length))
        if length < 8 or alphabet in "aAd" or (re.search(r"\d", text) and re.search(r"[a-zA-Z]", text)):
            return text


def uuid(rng: random.Random) -> str:
    """A random UUID, version 4."""
    digits = drawn("h", 32, rng)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{rng.choice('89ab')}{digits[17:20]}-{digits[20:]}"


def human_password(rng: random.Random) -> str:
    """A password that a person made up: words, digits and a sign."""
    first, second = rng.sample(WORDS, 2)
    shapes = (
        f"{first.capitalize()}{rng.randrange(10, 9999)}{rng.choice('!?*%')}",
        f"{first}-{second}-{rng.randrange(100, 999)}",
        f"{first.capitalize()}{second.capitalize()}{rng.choice('!_.')}{rng.randrange(10, 99)}",
        f"{rng.randrange(10, 99)}{first.replace('a', '4').replace('e', '3')}{rng.choice('!*?')}{second}",
    )
    return rng.choice(shapes)


def filled(pattern: str, rng: random.Random) -> str:
    """The pattern with every [alphabet:length] drawn."""

    def draw(match: re.Match[str]) -> str:
        if match[0] == "[uuid]":
            return uuid(rng)
        if match[0] == "[human]":
            return human_password(rng)
        shortest = int(match[2])
        return drawn(match[1], rng.randint(shortest, int(match[3] or shortest)), rng)

    return PIECE.sub(draw, pattern)


def marked(pattern: str) -> str:
    """The pattern with its secret between « and »; without a mark, from the first random piece to the last."""
    if "«" in pattern:
        return pattern
    pieces = list(PIECE.finditer(pattern))
    start, end = pieces[0].start(), pieces[-1].end()
    return f"{pattern[:start]}«{pattern[start:end]}»{pattern[end:]}"


def of_pattern(pattern: str, name: str, stands_alone: bool) -> Callable[[random.Random], Credential]:
    """A maker of credentials of this pattern."""
    form = marked(pattern)

    def make(rng: random.Random) -> Credential:
        text = filled(form, rng)
        found = SECRET.search(text)
        secret = found[1] if found else text
        return Credential(
            text=SECRET.sub(lambda match: match[1], text), secret=secret, name=name, stands_alone=stands_alone
        )

    return make


def table(family: str, rows: str) -> list[Kind]:
    """Kinds that their own form tells, from lines `kind | NAME | pattern`."""
    split = [[cell.strip() for cell in row.split(" | ", 2)] for row in rows.strip().splitlines()]
    return [Kind(kind, family, of_pattern(pattern, name, stands_alone=True)) for kind, name, pattern in split]


def named_table(family: str, rows: str) -> list[Kind]:
    """Kinds that only their name tells, from lines `NAME | pattern`."""
    split = [[cell.strip() for cell in row.split(" | ", 1)] for row in rows.strip().splitlines()]
    return [Kind(f"named {name}", family, of_pattern(pattern, name, stands_alone=False)) for name, pattern in split]
