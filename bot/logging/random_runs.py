"""Finds long random runs that stand alone: told from words, names and paths by which characters follow each other."""

import re
from collections.abc import Iterable, Iterator
from itertools import repeat
from operator import add
from typing import Final

from bot.logging.long_runs import Place
from bot.logging.seen_before import SeenBefore
from bot.logging.spans import Covered, Span

SHORTEST: Final = 20
FEWEST_CHARACTERS: Final = 9
"""Different characters of a random run; rulers and repetitions have fewer."""

_USUAL: Final = (
    "aabcdfgiklmnprstuvwxy baceijlorsuy cacdefhiklmnoprstu dabcdefilmoprstu eabcdefghiklmnopqrstuvwxy fadefilorstu "
    "gaeghilnorstu haeilmortu iabcdefgklmnoprstvxz jaeo kaeios labcdefgilmnoprstuvy mabcdeilmopstu "
    "nabcdefghiklmnoprstuv oabcdfgiklmnoprstuvwx pacdehikloprstuy qu rabcdefgiklmnoprstuvy sacdefghiklmnopqrstuwy "
    "tabcdefghilmnoprstuwy uabcdefgilmnprst vaceio waehinors xceimpst yaelmnpst zae"
)
"""A letter, then those that follow it in 95 of 100 places in the words of documentation, source code and logs."""

_FREQUENT: Final = (
    "abcdglmnprst bael caehklot daei eacdeflmnprstvx fio ge haeo iabcdeglmnorst ke laeilot maeiop nacdegiost "
    "ocdlmnprstu paelort raceimorst sacehilopstu tacehiorsty ulnrst vae"
)
"""The same for 72 of 100 places."""


def _pairs(table: str) -> set[str]:
    return {row[0] + letter for row in table.split() for letter in row[1:]}


def _weights() -> dict[str, float]:
    """How much more a pair of characters says `random` than `word`; pairs that say neither are left out."""
    lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
    usual, frequent = _pairs(_USUAL), _pairs(_FREQUENT)
    weights: dict[str, float] = {}
    for first in lower:
        for second in lower:
            weight = -1.0 if first + second in frequent else 0.3 if first + second in usual else 2.2
            for pair in (first + second, first.upper() + second, first.upper() + second.upper()):
                weights[pair] = weight
            weights[first + second.upper()] = 0.9
    for letter in lower + lower.upper():
        for digit in digits:
            weights[letter + digit], weights[digit + letter] = 1.0, 1.2
    return weights


_WEIGHTS: Final = _weights()
_WEIGHT = _WEIGHTS.get
_LOOKED_AT: Final = 200
_THRESHOLD: Final = 0.42

_PIECE: Final = re.compile(r"[A-Za-z0-9+_-]{20,}", re.ASCII)
_ALNUM: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_MIXED: Final = re.compile(r"[A-Z].*[a-z]|[a-z].*[A-Z]", re.ASCII)
_FOLDERS: Final = re.compile(r"(?:^|/)[a-z]{3,}(?=/|$).*/[a-z]{3,}(?:/|$)", re.ASCII)
_STEP: Final = re.compile(r"[a-z][a-z_-]*|[A-Z]?[a-z]+|[0-9]*|v[0-9]+", re.ASCII)
_SOLID: Final = re.compile(r"[A-Za-z0-9]{20,}", re.ASCII)

_BETWEEN_EQUALS: Final = re.compile(r"[^=]+={0,2}(?![^=])|[^=]+")

_PLAIN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[0-9a-f]{6,}|[0-9A-F]{6,}|[0-9]+[a-z]{0,3})(?![A-Za-z0-9])|[0-9]{6,}", re.ASCII
)
"""Hashes, ids, numbers and sizes inside a run: they tell nothing."""

_KEPT: Final = re.compile(
    r"""[0-7][0-9A-HJKMNP-TV-Z]{25} | 1[A-Za-z0-9_-]{32} | 1[A-Za-z0-9_-]{43} | Qm[1-9A-HJ-NP-Za-km-z]{44}
    | baf[ky][a-z2-7]{50,60}
    | (?:in|out|req|cus|ch|pi|evt|sub|prod|price|msg|run|thread|asst|call|chatcmpl|resp)[_-]\w{14,40}
    | _ZN?\w+ | [A-Z0-9]{26}""",
    re.ASCII | re.VERBOSE,
)
"""Sortable ids, sheet and file ids, content addresses, and the public ids of payments and models."""

_KEPT_START: Final = re.compile(
    r"sha(?:1|224|256|384|512)-|v[0-9]{1,3}-[a-z]{2,20}-|(?:chatcmpl|req|resp|msg|run)[-_]", re.ASCII
)
"""What a lock's hash, a cache key or a request's id begins with."""

_KEPT_AFTER: Final = re.compile(
    r"""(?: (?:chatcmpl|req|resp|msg)[-_] | sha-?(?:1|224|256|384|512) | md5 | blake[0-9a-z]* | h1 | e?tag "
    r"| digest | hash | checksum | integrity | fingerprint
    | commit | trace(?:[-_]?parent)? | span | request | req | correlation | message | event | invocation | transaction
    | id-2 | spreadsheets?/d | sheet | document/d | file/d | folders | nonce | revision | build | base64
    | public[-_ ]?key
    | pub(?:lic|key) | cid | address | ssh-(?:rsa|ed25519|dss) | nistp[0-9]{3} | ray | uuid | guid | cursor
    | container | image | websocket-(?:key|accept) | track | album | artist | playlist | episode | peer
    | oid | session[-_]ticket | version | file | cache | key\ for
    | (?<![A-Za-z])[ku]?(?:su|u|cu|ul|nano)?id |(?<=[a-z])I[dD] | _id | \ ids? )
    (?:[-_ ]?id)? [\\"'\s:=/(<~,-]{0,8}(?:W/)?[\\"']{0,3} \Z""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
"""What stands in front of a random run that debugging needs."""

_BETWEEN: Final = "\\\"' \t\r\n\v\f:=/(<~,-_"
_KEPT_ENDS: Final = (
    "chatcmpl", "req", "resp", "msg", "1", "224", "256", "384", "512", "md5", "tag", "digest", "hash", "checksum",
    "integrity", "print", "commit", "trace", "parent", "span", "request", "correlation", "message", "event",
    "invocation", "transaction", "d-2", "s/d", "t/d", "e/d", "sheet", "folders", "nonce", "revision", "build",
    "base64", "key", "pub", "public", "cid", "address", "-rsa", "25519", "-dss", "521", "ray", "id", "ids", "cursor",
    "container", "image", "accept", "track", "album", "artist", "playlist", "episode", "peer", "ticket",
    "version", "file", "cache", "key for", "spreadsheet/d",
)  # fmt: skip
"""The ends of all that: a text without one of them is done with at once."""

_INDEX: Final = re.compile(r"[a-z.][a-z0-9._-]{0,60}/[A-Za-z0-9_-]{21,22}", re.ASCII)
"""A search engine's index with its id."""

_NODE_AFTER: Final = re.compile(
    r"""(?: (?:exceeded|going|elected|node[s]?|shard[s]?|index|master|primary|replica)\ (?:on\ |to\ |from\ )?[\[{]
    | \{[\w.-]{1,30}\}\{ | \[[\w.-]{1,30}/
    | (?:socket(?:\.io)?(?:\ (?:client|id))?|client|user|peer|player|spectator)
      (?:\ (?:dis)?connect(?:ed|ing|ion)(?:\ from)?)?[ :(\[#]{1,3}
    | _next/static/ )\Z""",
    re.ASCII | re.VERBOSE | re.IGNORECASE,
)
"""What stands in front of the id of a search engine's node or index, or of a socket: 20 to 22 characters."""

_PUBLIC_BLOCK: Final = re.compile(
    r"-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL"
    r"|PGP PUBLIC KEY BLOCK)[^-]{0,20}-----"
    r"[^-]{0,20000}|data:[a-z]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{1,60000}",
    re.ASCII,
)


_ORDER: Final = re.compile("abcdefgh|01234567|qwertyui")
"""Alphabets."""

_HEX_ID: Final = re.compile(
    r"[_=+/-]*(?:(?:[a-z]{2,6}[-_.])?0x)?[0-9A-Fa-f]{8,}(?:[-_/][0-9A-Fa-f]{1,})*[_=+/-]*|[0-9]+(?:[-_/][0-9]+)*",
    re.ASCII,
)
"""Hashes, UUIDs and numbers: debugging needs them, and nothing tells a secret one from the others."""


def is_random(run: str) -> bool:
    """Whether a run of at least 20 token characters is random rather than made of words, numbers and hashes."""
    if len(set(run)) < FEWEST_CHARACTERS or _HEX_ID.fullmatch(run) or _ORDER.search(run.lower()):
        return False
    run = _PLAIN.sub("-", run[:_LOOKED_AT])
    if len(run) < SHORTEST - 2:
        return False
    longest = max(map(len, _ALNUM.findall(run)), default=0)
    if longest < (10 if _MIXED.search(run) else 16):
        return False
    return sum(map(_WEIGHT, map(add, run, run[1:]), repeat(0.0))) > _THRESHOLD * (len(run) - 1)


def find_random(text: str, runs: Iterable[Place], done: Iterable[Span]) -> Iterator[Span]:
    """Yield those of a text's long runs that are random, without what debugging needs and what is `done` already."""
    public = _public_blocks(text)
    covered = Covered(done)
    for start, end in runs:
        if end - start >= SHORTEST and not covered.holds(_value_of(text, start, end), end):
            yield from _random_at(text, start, end, public)


def _value_of(text: str, start: int, end: int) -> int:
    """Return where the value of a run like `name=value` begins: a name that is too short to be random is left out."""
    sign = text.find("=", start, end)
    return sign + 1 if 0 <= sign - start < SHORTEST else start


def _public_blocks(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _PUBLIC_BLOCK.finditer(text)] if "BEGIN" in text or "base64," in text else []


def _random_at(text: str, at: int, stop: int, public: list[tuple[int, int]]) -> Iterator[Span]:
    for first, last in _random_parts(text[at:stop]):
        start, end = at + first, at + last
        if any(first <= start < last for first, last in public) or _is_kept(text, start, end):
            continue
        if (start, end) != (at, stop) and _is_kept(text, at, stop):
            continue
        yield Span(start, end, "[redacted:high-entropy]")


def random_within(text: str, start: int, end: int) -> bool | None:
    """Whether a part of this run of token characters is random; None when it is, and debugging needs it."""
    if end - start < SHORTEST or not _random_parts(text[start:end]):
        return False
    return next(_random_at(text, start, end, _public_blocks(text)), None) is not None or None


def _is_kept(text: str, start: int, end: int) -> bool:
    value = text[start:end].strip("=/-_+")
    if _KEPT.fullmatch(value) or _KEPT_START.match(value):
        return True
    before = text[max(start - 40, 0) : start] if start else ""
    if before.endswith("[") and text[end : end + 1] == "]" and _INDEX.fullmatch(value):
        return True
    if 20 <= end - start <= 22 and _NODE_AFTER.search(before):
        return True
    told = before.lower().rstrip(_BETWEEN)
    if not told.endswith(_KEPT_ENDS) and not told.rstrip("w" + _BETWEEN).endswith(_KEPT_ENDS) and "blake" not in told:
        return False
    return _KEPT_AFTER.search(before) is not None


_HARMLESS: Final = SeenBefore()
_RANDOM: Final = SeenBefore()
"""Runs without a random part, and those that are one: names and paths come again and again, and each run twice."""


def _random_parts(run: str) -> tuple[tuple[int, int], ...]:
    """Return where in a run its random parts are."""
    if run in _HARMLESS:
        return ()
    if run in _RANDOM:
        return ((0, len(run)),)
    parts = tuple(_find_parts(run))
    if not parts:
        _HARMLESS.add(run)
    elif parts == ((0, len(run)),):
        _RANDOM.add(run)
    return parts


def _find_parts(run: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run that are random: what follows a `=`, else pieces of a path, else of a name."""
    for part in _BETWEEN_EQUALS.finditer(run):
        text, start = part.group(), part.start()
        if len(text) < SHORTEST:
            continue
        if is_random(text) and not ("/" in text and _is_path(text)):
            yield start, start + len(text)
            continue
        for piece in _PIECE.finditer(text):
            yield from _random_in_piece(piece.group(), start + piece.start(), whole=len(piece.group()) == len(text))


def _random_in_piece(piece: str, at: int, whole: bool) -> Iterator[tuple[int, int]]:
    if not whole and is_random(piece):
        yield at, at + len(piece)
        return
    for solid in _SOLID.finditer(piece):
        if len(solid.group()) < len(piece) and is_random(solid.group()):
            yield at + solid.start(), at + solid.end()


def _is_path(run: str) -> bool:
    """Whether only one part of a run with slashes is random, and the others are names and numbers."""
    if _FOLDERS.search(run):
        return True
    others = [piece for piece in run.split("/") if not (len(piece) >= SHORTEST and is_random(piece))]
    return 0 < len(others) < run.count("/") + 1 and all(map(_STEP.fullmatch, others)) and any(others)
