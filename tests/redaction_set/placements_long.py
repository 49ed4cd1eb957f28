"""Secrets in long lines, on the borders of buffers, wrapped by terminals, coloured, and with hidden characters."""

import re
from collections.abc import Callable

from tests.redaction_set.placement import BLOCK, ONE_LINE, WORD, Grade, Json, Placement, Planted, Telling, written

FILLER = "step 12 of 40 done in 3.2 s, queue is 7 long, next at 14:05; "
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
HIDDEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
BREAKS = re.compile(r"\\?\s*\n\s*")


def filler(length: int) -> str:
    """Plain log text of that many characters, ending in a space."""
    return (FILLER * (length // len(FILLER) + 1))[: max(length - 1, 0)] + " "


def at(position: int, total: int, named: bool) -> Callable[[Planted], Json]:
    """A maker of a text of about `total` characters whose secret straddles `position`."""

    def put(planted: Planted) -> Json:
        lead = written("{k}=", planted) if named else ""
        before = max(position - len(planted.secret.text) // 2 - len(lead), 0)
        start = filler(before) + lead + planted.secret.text + " "
        return start + filler(total - len(start))

    return put


def cut_at_cap(planted: Planted) -> Json:
    """The text is cut at 8 KiB, in the middle of the secret: what is left of it still is secret."""
    kept = planted.secret.text[: max(len(planted.secret.text) * 2 // 3, 12)]
    lead = written("{k}=", planted)
    return filler(8192 - len(kept) - len(lead)) + lead + kept


def two_thirds(text: str) -> str:
    """What `cut_at_cap` leaves."""
    return text[: max(len(text) * 2 // 3, 12)]


def wrapped(columns: int, joint: str = "\n") -> Callable[[Planted], Json]:
    """A maker of text that a terminal broke at `columns`, in the secret's middle."""

    def put(planted: Planted) -> Json:
        lead = written("config {k}=", planted)
        middle = len(planted.secret.text) // 2
        line = filler(max(columns - len(lead) - middle, 2)) + lead + planted.secret.text
        return joint.join([line[:columns], *re.findall(f".{{1,{columns}}}", line[columns:])])

    return put


def between(mark: str, every: int) -> Callable[[str], str]:
    """A writer of `mark` after each `every` characters."""
    return lambda text: mark.join(re.findall(f".{{1,{every}}}", text, re.DOTALL))


def marked(pattern: str, write: Callable[[str], str]) -> Callable[[Planted], Json]:
    """A maker of `pattern` whose secret is written with marks in it."""
    return lambda planted: written(pattern, planted, write)


def without(noise: re.Pattern[str]) -> Callable[[str], str]:
    """A reader that does not see the noise."""
    return lambda text: noise.sub("", text)


def long_row(name: str, grade: Grade, position: int, total: int, telling: Telling = "name") -> Placement:
    """A placement at a position of a long text."""
    return Placement(name, grade, telling, ONE_LINE, at(position, total, telling == "name"))


def noisy_row(name: str, pattern: str, write: Callable[[str], str], noise: re.Pattern[str]) -> Placement:
    """An extreme placement with noise between the secret's characters."""
    telling: Telling = "name" if re.search(r"\{[kKcd]\}", pattern) else "nothing"
    return Placement(name, "extreme", telling, WORD, marked(pattern, write), fold=without(noise))


PLACEMENTS = (
    long_row("border-1024", "hard", 1024, 1400),
    long_row("border-2000", "hard", 2000, 2400),
    long_row("border-4096", "hard", 4096, 5000),
    long_row("border-4096-bare", "hard", 4096, 5000, "nothing"),
    long_row("border-8192", "hard", 8192, 9000),
    long_row("border-8192-bare", "extreme", 8192, 9000, "nothing"),
    long_row("border-16384", "extreme", 16384, 17000),
    long_row("long-line-start", "hard", 40, 65536),
    long_row("long-line-middle", "extreme", 32768, 65536),
    long_row("long-line-end", "extreme", 65400, 65536),
    Placement("cut-by-8-kib-cap", "extreme", "name", WORD, cut_at_cap, two_thirds),
    Placement("block-at-border", "extreme", "nothing", BLOCK, at(4096, 6000, False)),
    Placement("wrapped-at-80", "extreme", "name", WORD, wrapped(80), fold=without(BREAKS)),
    Placement("wrapped-at-120", "extreme", "name", WORD, wrapped(120), fold=without(BREAKS)),
    Placement("wrapped-indented", "extreme", "name", WORD, wrapped(80, "\n    "), fold=without(BREAKS)),
    Placement("continued-by-backslash", "extreme", "name", WORD, wrapped(80, "\\\n"), fold=without(BREAKS)),
    Placement("coloured-value", "hard", "name", WORD, marked("{k}=\x1b[32m{s}\x1b[0m", str)),
    Placement("coloured-name", "hard", "name", WORD, marked("\x1b[1;34m{k}\x1b[0m=\x1b[35m{s}\x1b[0m", str)),
    Placement("coloured-bare", "ordinary", "nothing", WORD, marked("got \x1b[31m{s}\x1b[0m back", str)),
    Placement("coloured-lost-escape", "hard", "name", WORD, marked("{k}=[32m{s}[0m", str)),
    noisy_row("colour-inside", "{k}={s}", between("\x1b[0m\x1b[33m", 7), COLOURS),
    noisy_row("colour-inside-bare", "got {s}", between("\x1b[4m", 9), COLOURS),
    noisy_row("zero-width-inside", "{k}={s}", between("\u200b", 6), HIDDEN),
    noisy_row("zero-width-inside-bare", "got {s} back", between("\u200d", 9), HIDDEN),
    noisy_row("soft-hyphen-inside", "{k}: {s}", between("\u00ad", 10), HIDDEN),
    noisy_row("byte-order-mark-before", "{k}=\ufeff{s}", str, HIDDEN),
)
