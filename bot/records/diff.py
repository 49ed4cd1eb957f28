"""A diff as `git diff` writes it, read so strictly that no file in it stays unseen; other forms are refused."""

import re
from dataclasses import dataclass, replace

HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
NAME = rb'("[^\n]+"|[^"\n\t\r][^\n\t\r]*)'
MODE = rb"100(?:644|755)"
HEADER = re.compile(
    rb"diff --git ([^\n\t\r]+)\n"
    rb"(?:(?:new|deleted) file mode " + MODE + rb"\n)?"
    rb"(?:(?:dis)?similarity index \d{1,3}%\n)?"
    rb"(?:(?:rename|copy) from " + NAME + rb"\n(?:rename|copy) to " + NAME + rb"\n)?"
    rb"(?:index [0-9a-f]+\.\.[0-9a-f]+(?: " + MODE + rb")?\n)?"
    rb"(?:--- " + NAME + rb"\t?\n\+\+\+ " + NAME + rb"\t?\n)?"
)
UNUSUAL = (
    (re.compile(rb"^(?:GIT binary patch|Binary files )", re.MULTILINE), "a binary file"),
    (
        re.compile(rb"^(?:(?:new file|deleted file|old|new) mode|index \S+) +0*1[26]0000\s*$", re.MULTILINE),
        "a symbolic link or submodule",
    ),
    (re.compile(rb"^(?:old|new) mode ", re.MULTILINE), "a file's mode"),
)
QUOTED = re.compile(rb'"((?:\\.|[^"\\])*)"')
ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class DiffMalformed(ValueError):
    """The diff is not in the form that git writes; the sentence says where."""


@dataclass(frozen=True)
class FileDiff:
    """One file's part of a diff."""

    name: str
    """The file's name afterwards; of a deleted file, before."""
    seen: tuple[str, ...]
    """Every name in its header, and its first line's pieces: more names than it has, never fewer."""
    unusual: str | None = None
    """What it changes beyond a file's text, if anything."""
    added: tuple[bytes, ...] = ()
    removed: tuple[bytes, ...] = ()
    """The lines that it brings and that it takes away, without their marks."""


def read_diff(diff: bytes) -> list[FileDiff]:
    """The files of a diff. Raises DiffMalformed."""
    headers: list[list[bytes]] = []
    changed: list[tuple[list[bytes], list[bytes]]] = []
    old = new = 0  # how many lines the hunk still has to bring on each side
    for number, line in enumerate(diff.removesuffix(b"\n").split(b"\n"), 1):
        if line.startswith(b"\\ "):
            continue  # "\ No newline at end of file"
        if old or new:
            old -= line[:1] in (b" ", b"-", b"")
            new -= line[:1] in (b" ", b"+", b"")
            if line[:1] not in (b" ", b"+", b"-", b"") or old < 0 or new < 0:
                raise DiffMalformed(f"line {number} does not belong to its hunk")
            if line[:1] in (b"+", b"-"):
                changed[-1][line[:1] == b"-"].append(line[1:])
        elif line.startswith(b"diff --git "):
            headers.append([line])
            changed.append(([], []))
        elif not headers:
            raise DiffMalformed(f"line {number} stands before the first file")
        elif hunk := HUNK.match(line):
            old, new = (int(count) if count else 1 for count in hunk.groups())
        else:
            headers[-1].append(line)
    if old or new:
        raise DiffMalformed("its last hunk is cut off")
    return [
        replace(read_header(b"".join(line + b"\n" for line in header)), added=tuple(added), removed=tuple(removed))
        for header, (added, removed) in zip(headers, changed, strict=True)
    ]


def read_header(header: bytes) -> FileDiff:
    """One file's header: all of its lines that stand outside its hunks. Raises DiffMalformed."""
    both = header.partition(b"\n")[0].removeprefix(b"diff --git ")
    title = unquoted(both)
    for pattern, what in UNUSUAL:
        if pattern.search(header):
            return FileDiff(title, tuple(title.split(" ")), what)
    parts = HEADER.fullmatch(header)
    if parts is None:
        raise DiffMalformed(f"the header of {title[:200]!r} is not one that git writes")
    moved = [unquoted(each) for each in parts.group(2, 3) if each]
    half = len(both) // 2
    sides = parts.group(4, 5) if parts[4] else () if moved else (both[:half], both[half + 1 :])
    names = [name for side, prefix in zip(sides, "ab", strict=False) if (name := without_prefix(side, prefix))]
    if len(set(names)) != 1 and not moved:
        raise DiffMalformed(f"the header of {title[:200]!r} names no file, or several")
    return FileDiff((moved or names)[-1], (*title.split(" "), *moved, *names))


def without_prefix(side: bytes, prefix: str) -> str:
    """The name after `a/` or `b/`; empty for /dev/null. Raises DiffMalformed when it has neither."""
    name = unquoted(side)
    if name != "/dev/null" and not name.startswith(f"{prefix}/"):
        raise DiffMalformed(f"the name {name[:200]!r} lacks its {prefix}/")
    return name[2:] if name != "/dev/null" else ""


def unquoted(name: bytes) -> str:
    """The text with what git quoted in it as it really is."""
    plain = QUOTED.sub(lambda quoted: ESCAPE.sub(lambda escape: unescaped(escape[1]), quoted[1]), name)
    return plain.decode("utf-8", "replace")


def unescaped(escape: bytes) -> bytes:
    """What stands for itself behind a backslash: an octal byte, a letter, or any other character."""
    return bytes([int(escape, 8) & 0xFF]) if len(escape) == 3 else LETTERS.get(escape, escape)
