"""Log lines that hold no secret, made from templates: what a redactor must leave alone.

A template stands on a line of its own, after a line `# program`. Its slots: {h40} hex digits, {a22} letters and digits,
{B43} base64url, {b64} base64, {U10}, {d18} digits, {n} a small number, {uuid}, {ip}, {ip6}, {mac}, {t} a time of day,
{date}, {flake}, {word}, {path}, {host}, {user}. What fills a slot must be kept, and so must a literal in {=…}.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.redaction_set import clean_apps, clean_builds, clean_python, clean_servers, clean_systems, clean_words
from tests.redaction_set.secret import SLOT as SHAPE
from tests.redaction_set.secret import characters, uuid

SLOT = re.compile(r"\{(=[^{}]+|[a-zA-Z]+\d*)\}")
PER_TEMPLATE = 26
NAMES = (
    "orders",
    "billing",
    "ingest",
    "search",
    "gateway",
    "ledger",
    "mailer",
    "scheduler",
    "reports",
    "profile",
    "media",
)
USERS = ("alice", "bob", "deploy", "www-data", "svc_orders", "postgres")


@dataclass(frozen=True)
class CleanLine:
    """A line without a secret, and the tokens in it that people need to see."""

    program: str
    text: str
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """The authentic shape of one program's line; backslash-n stands for a new line."""

    program: str
    text: str


def templates() -> tuple[Template, ...]:
    """All templates of all programs, in their order."""
    modules = (clean_apps, clean_builds, clean_python, clean_servers, clean_systems, clean_words)
    found = []
    for module in modules:
        program = ""
        for line in module.TEMPLATES.strip().splitlines():
            if line.startswith("# "):
                program = line[2:]
            elif line:
                found.append(Template(program, line))
    return tuple(found)


def moment(rng: Random) -> str:
    """A time of day."""
    return f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"


def groups(rng: Random, count: int, size: int) -> str:
    """Hex digits in groups, colons between: a MAC address or an IPv6 one."""
    return ":".join(characters(rng, "h", size) for _ in range(count))


def long_path(rng: Random) -> str:
    """A path of several folders."""
    return "/".join(["/srv/app", *rng.choices(NAMES, k=3), f"{rng.choice(NAMES)}_{rng.choice(NAMES)}.py"])


FILLERS: dict[str, Callable[[Random], str]] = {
    "n": lambda rng: str(rng.randrange(1, 5000)),
    "uuid": uuid,
    "ip": lambda rng: f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
    "ip6": lambda rng: f"2001:db8:{groups(rng, 6, 4)}",
    "mac": lambda rng: groups(rng, 6, 2),
    "t": moment,
    "date": lambda rng: f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
    "flake": lambda rng: str(rng.randrange(10**17, 14 * 10**17)),
    "word": lambda rng: rng.choice(NAMES),
    "path": long_path,
    "host": lambda rng: f"{rng.choice(NAMES)}-{rng.randrange(9)}.internal",
    "user": lambda rng: rng.choice(USERS),
    "f": lambda rng: f"{rng.random() * 10:.4f}",
    "epoch": lambda rng: f"{rng.randrange(1_700_000_000, 1_800_000_000)}.{rng.randrange(1000):03}",
}


def filled(rng: Random, slot: str) -> str:
    """What stands in a slot."""
    if slot.startswith("="):
        return slot[1:]
    if slot in FILLERS:
        return FILLERS[slot](rng)
    if SHAPE.fullmatch("{" + slot + "}"):
        return characters(rng, slot[0], int(slot[1:]))
    raise ValueError(f"The template slot {{{slot}}} is unknown; see the module's docstring for those there are.")


def made(rng: Random, template: Template) -> CleanLine:
    """One line of a template."""
    keep: list[str] = []

    def fill(found: re.Match[str]) -> str:
        keep.append(filled(rng, found[1]))
        return keep[-1]

    text = SLOT.sub(fill, template.text.replace("\\n", "\n").replace("\\t", "\t"))
    return CleanLine(template.program, text, tuple(keep))


def clean_lines(seed: int) -> Iterator[CleanLine]:
    """PER_TEMPLATE lines of each template, the templates taking turns."""
    every = templates()
    for turn in range(PER_TEMPLATE):
        for number, template in enumerate(every):
            yield made(Random(f"{seed}/clean/{number}/{turn}"), template)
