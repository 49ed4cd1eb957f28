"""What a planted secret is, and the small language its shape is written in.

A shape is text with slots: `{h40}` is forty lower-case hex digits; the letters are in ALPHABETS. `{uuid}`, `{host}`,
`{user}` and `{port}` are what they say. `<<…>>` marks the secret part where only a part is secret.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

Form = Literal["token", "url", "line", "phrase", "block"]
"""token: one word. url, line: one line that holds a secret. phrase: may hold spaces and quotes. block: many lines."""

ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "A": string.ascii_letters,
    "b": string.ascii_letters + string.digits + "+/",
    "B": string.ascii_letters + string.digits + "_-",
    "c": "qpzry9x8gf2tvdw0s3jn54khce6mua7l".upper(),
    "d": string.digits,
    "h": string.digits + "abcdef",
    "H": string.digits + "ABCDEF",
    "l": string.ascii_lowercase + string.digits,
    "L": string.ascii_lowercase,
    "U": string.ascii_uppercase + string.digits,
    "V": string.ascii_uppercase,
    "Z": string.ascii_uppercase + "234567",
    "s": string.ascii_letters + string.digits + "!#%*+-.=@^_~",
    "q": string.ascii_letters + string.digits + "!\"#$%&'()*+,-./:;<=>?@[]^_{|}~",
}
WORDS = {
    "host": ("db.internal", "cache-1.svc.cluster.local", "api.example.com", "10.0.3.17", "prod-eu.example.net"),
    "user": ("app", "svc_orders", "deploy", "alice", "reporting"),
    "port": ("5432", "6379", "8443", "27017", "3306"),
    "db": ("orders", "app_production", "ledger", "metrics"),
}
SLOT = re.compile(r"\{(uuid|host|user|port|db|[A-Za-z]\d+)\}")


@dataclass(frozen=True)
class Secret:
    """A made credential: its whole text, and the parts of it that nobody may read."""

    text: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of credential; `names` are what it is called where it needs a name to be recognised."""

    name: str
    make: Callable[[Random], Secret]
    form: Form
    tells_itself: bool
    names: tuple[str, ...]
    declared: re.Pattern[str]

    @property
    def is_password(self) -> bool:
        """Whether a person or a service logs in with it, beside a user name."""
        return any(re.search(r"pass|pwd", name, re.IGNORECASE) for name in self.names)


def characters(rng: Random, letter: str, count: int) -> str:
    """`count` characters of the alphabet that `letter` names."""
    return "".join(rng.choices(ALPHABETS[letter], k=count))


def uuid(rng: Random) -> str:
    """A random UUID, version 4."""
    return f"{characters(rng, 'h', 8)}-{characters(rng, 'h', 4)}-4{characters(rng, 'h', 3)}-" + (
        f"{rng.choice('89ab')}{characters(rng, 'h', 3)}-{characters(rng, 'h', 12)}"
    )


def filled(rng: Random, slot: str) -> str:
    """What stands in a slot."""
    if slot == "uuid":
        return uuid(rng)
    return rng.choice(WORDS[slot]) if slot in WORDS else characters(rng, slot[0], int(slot[1:]))


@cache
def pieces(shape: str) -> tuple[str, ...]:
    """A shape cut at its slots: literal, slot, literal, …"""
    return tuple(SLOT.split(shape))


def drawn(rng: Random, shape: str) -> Secret:
    """A secret of that shape."""
    text = "".join(filled(rng, each) if turn % 2 else each for turn, each in enumerate(pieces(shape)))
    marked = tuple(re.findall(r"<<(.+?)>>", text, re.DOTALL))
    return Secret(re.sub(r"<<(.+?)>>", r"\1", text, flags=re.DOTALL), marked) if marked else Secret(text, (text,))


def shape_pattern(shape: str) -> re.Pattern[str]:
    """The regular expression of a shape, written anew and not from its alphabets' drawing."""
    classes = {"uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", **dict.fromkeys(WORDS, r"[\w.-]+")}
    out = ""
    for turn, each in enumerate(pieces(shape)):
        if turn % 2 == 0:
            out += re.escape(each.replace("<<", "").replace(">>", ""))
        else:
            out += classes.get(each) or f"[{re.escape(ALPHABETS[each[0]])}]{{{each[1:]}}}"
    return re.compile(out, re.DOTALL)


def told(name: str, shape: str, names: str = "", form: Form = "token") -> Kind:
    """A kind recognised by its form alone; `names` are separated by spaces."""
    return Kind(name, lambda rng: drawn(rng, shape), form, True, usual_names(name, names), shape_pattern(shape))


def named(name: str, shape: str, names: str, form: Form = "token") -> Kind:
    """A kind recognised only by what stands before it: placed where one of its names stands."""
    return Kind(name, lambda rng: drawn(rng, shape), form, False, usual_names(name, names), shape_pattern(shape))


def made(name: str, make: Callable[[Random], Secret], declared: str, names: str = "", form: Form = "token") -> Kind:
    """A kind that tells itself and takes more than a shape to make: a checksum, a signature, a key block."""
    return Kind(name, make, form, True, usual_names(name, names), re.compile(declared, re.DOTALL))


def usual_names(name: str, names: str) -> tuple[str, ...]:
    """The names given, or the one people would think of: its product's token."""
    return tuple(names.split()) or (f"{name.partition('-')[0]}_token",)
