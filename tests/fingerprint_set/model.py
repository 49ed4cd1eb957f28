"""An event of the set, and the fault that a traceback tells of."""

import random
import re
import string
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Event:
    """One labelled event: `group` is the truth; the rest is what a program would see."""

    group: str
    shape: str  # how it was made, for the report
    kind: Literal["traceback", "log", "titled"]
    traceback: str | None = None
    logger: str | None = None
    message: str = ""
    template: str | None = None
    title: str | None = None
    culprit: str | None = None


@dataclass(frozen=True)
class Fault:
    """A root cause: where it was raised, innermost frame last, and what it said."""

    group: str
    frames: tuple[str, ...]  # `lib:` a third party's, `std:` Python's, otherwise our own; then file:function
    type: str
    message: str

    @property
    def native(self) -> "Fault | None":
        """What the library itself raised this error from, deep inside of itself."""
        inner = INNER.get(self.type)
        if inner is None:
            return None
        frame, kind, form = inner
        told = re.fullmatch(form, self.message, re.DOTALL)
        if told is None:
            return None
        kind = kind or told[1]
        return Fault(self.group, (frame,), kind, told[told.lastindex or 0])


INNER = {
    "httpx.ReadTimeout": ("lib:httpcore/_backends/anyio.py:read", "httpcore.ReadTimeout", ".*"),
    "httpx.ConnectError": ("lib:httpcore/_backends/anyio.py:connect_tcp", "httpcore.ConnectError", ".*"),
    "sqlalchemy.exc.IntegrityError": (
        "lib:psycopg/cursor.py:execute",
        "",
        r"\(([\w.]+)\) ([^\n]*(?:\nDETAIL[^\n]*)?).*",
    ),
    "sqlalchemy.exc.OperationalError": ("lib:sqlalchemy/engine/default.py:do_execute", "", r"\(([\w.]+)\) (.*)"),
    "sqlalchemy.exc.ProgrammingError": ("lib:psycopg/cursor.py:execute", "", r"\(([\w.]+)\) (.*)"),
}
"""Where a library's error comes from: its frame, type (or the message's first word) and the part of the message."""


@dataclass
class World:
    """What differs from one occurrence to the next: ids, lines, where the code is deployed."""

    rng: random.Random
    app: str = field(init=False)
    library: str = field(init=False)
    python: str = field(init=False)

    def __post_init__(self) -> None:
        release = self.rng.randrange(20260101, 20261231)
        version = self.rng.choice(["3.11", "3.12", "3.13"])
        self.app = self.rng.choice(["/app", "/usr/src/app", f"/srv/releases/{release}", "/opt/render/project/src"])
        self.python = f"/usr/local/lib/python{version}"
        packages = [self.python, f"/opt/venv/lib/python{version}", f"{self.app}/.venv/lib/python{version}"]
        self.library = f"{self.rng.choice(packages)}/site-packages"

    def filled(self, text: str) -> str:
        """The text with its <facts> drawn."""
        return FACT.sub(self._fact, text)

    def _fact(self, match: re.Match[str]) -> str:
        rng, name = self.rng, match[1]
        made = {
            "snow": lambda: str(rng.randrange(17 * 10**16, 14 * 10**17)),
            "n": lambda: str(rng.randrange(1, 10 ** rng.randrange(1, 6))),
            "count": lambda: str(rng.choice([403, 404, 429, 500, 503, 12, 1777])),  # numbers that only look like codes
            "f": lambda: f"{rng.uniform(0.1, 90):.2f}",
            "ip": lambda: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
            "addr": lambda: f"0x{rng.randrange(16**11, 16**12):012x}",
            "byte": lambda: f"0x{rng.randrange(128, 256):02x}",
            "hex8": lambda: "".join(rng.choices("0123456789abcdef", k=8)),
            "hex32": lambda: "".join(rng.choices("0123456789abcdef", k=32)),
            "sha": lambda: "".join(rng.choices("0123456789abcdef", k=40)),
            "uuid": lambda: _uuid(rng),
            "date": lambda: f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
            "time": lambda: f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
            "req": lambda: "req_" + "".join(rng.choices("0123456789abcdef", k=32)),
            "org": lambda: "org-" + "".join(rng.choices(string.ascii_letters + string.digits, k=24)),
            "user": lambda: rng.choice(["anna", "bertil", "chidi", "dagny", "emre", "farah"]),
        }
        return made[name]()


FACT = re.compile(r"<(snow|n|count|f|ip|addr|byte|hex8|hex32|sha|uuid|date|time|req|org|user)>")


def _uuid(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789abcdef", k=32))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
