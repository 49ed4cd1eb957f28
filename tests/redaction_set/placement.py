"""Where a secret may stand in what is logged, and how it is written there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.redaction_set.secret import Form, Kind, Secret

Grade = Literal["ordinary", "hard", "extreme"]
Telling = Literal["nothing", "name", "token", "password"]
"""What the placement says about the secret: nothing, its own name, that it is a token, or that it is a password."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

WORD: frozenset[Form] = frozenset({"token"})
ONE_LINE: frozenset[Form] = frozenset({"token", "url", "line"})
QUOTED: frozenset[Form] = frozenset({"token", "url", "line", "phrase"})
ANY: frozenset[Form] = frozenset({"token", "url", "line", "phrase", "block"})
BLOCK: frozenset[Form] = frozenset({"block"})


@dataclass(frozen=True)
class Planted:
    """A secret on its way into a line, with a second one of the same kind and what the first is called."""

    secret: Secret
    other: Secret
    name: str
    rng: Random


def unchanged(text: str) -> str:
    """The text itself."""
    return text


@dataclass(frozen=True)
class Placement:
    """One way to write a secret into a log.

    `put` gives the text, or a plain value for `extra`. `encode` is how a secret part reads there; `fold` takes out
    what stands between its characters, such as colours, from what is put and from what comes out.
    """

    name: str
    grade: Grade
    telling: Telling
    takes: frozenset[Form]
    put: Callable[[Planted], Json]
    encode: Callable[[str], str] = unchanged
    fold: Callable[[str], str] = unchanged
    both: bool = False
    """Whether the second secret is planted too."""

    def may_hold(self, kind: Kind) -> bool:
        """Whether people would meet that kind here, and could tell that it is secret."""
        if kind.form not in self.takes:
            return False
        if kind.tells_itself or self.telling == "name":
            return True
        if self.telling == "password":
            return kind.is_password
        is_sent = any(re.search(r"token|api_?key|jwt", name, re.IGNORECASE) for name in kind.names)
        return self.telling == "token" and is_sent


def spelled(name: str, style: str) -> str:
    """A snake_case name in another spelling; names with a spelling of their own (PHPSESSID) stay as they are."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        return name
    words = name.strip("_").split("_")
    styles: dict[str, Callable[[], str]] = {
        "k": lambda: name,
        "K": name.upper,
        "c": lambda: words[0] + "".join(word.title() for word in words[1:]),
        "P": lambda: "".join(word.title() for word in words),
        "d": lambda: "-".join(words),
        "D": lambda: "-".join(word.title() for word in words),
        "w": lambda: " ".join(words),
        "W": lambda: " ".join(word.title() for word in words),
        "o": lambda: ".".join(words),
        "f": lambda: "".join(words),
    }
    return styles[style]()


SLOT = re.compile(r"\{([kKcPdDwWof]|s|s2|e|id|hex|uuid)\}")
REDACTED = "[redac" + "ted:token]"


def written(pattern: str, planted: Planted, encode: Callable[[str], str] = unchanged) -> str:
    """`pattern` with its slots filled: {s} the secret, {s2} the second, {k} {K} {c} {P} {d} {D} {w} {W} its name."""

    def fill(found: re.Match[str]) -> str:
        slot = found[1]
        if slot in {"s", "s2"}:
            return encode((planted.secret if slot == "s" else planted.other).text)
        if slot == "e":
            return REDACTED
        if slot == "id":
            return str(planted.rng.randrange(10**17, 10**18))
        if slot in {"hex", "uuid"}:
            digits = f"{planted.rng.getrandbits(128):032x}"
            return digits if slot == "hex" else "-".join(re.findall(r"^.{8}|.{12}$|.{4}", digits))
        return spelled(planted.name, slot)

    return SLOT.sub(fill, pattern)


@dataclass(frozen=True)
class Table:
    """A maker of placements that share their grade, their telling and the forms they take."""

    grade: Grade
    telling: Telling
    takes: frozenset[Form]
    encode: Callable[[str], str] = unchanged

    def __call__(self, name: str, pattern: str) -> Placement:
        """A placement whose text is `pattern`."""

        def put(planted: Planted) -> Json:
            return written(pattern, planted, self.encode)

        return Placement(name, self.grade, self.telling, self.takes, put, self.encode, both="{s2}" in pattern)
