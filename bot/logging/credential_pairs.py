"""Finds values that follow a telling name: `password=…`, `"api_key": "…"`, `--token …`, `Cookie: …`, escaped or not."""

import re
from collections.abc import Iterator
from typing import Final

from bot.logging.name_links import BARE_CREDENTIAL, GOES_ON, LINK, OTHER_PAIR, PART_OF_A_CALL, is_aligned, is_code
from bot.logging.named_columns import find_columns
from bot.logging.spans import Span
from bot.logging.telling_names import (
    MOST_NAMES,
    FoundName,
    TellingName,
    find_names,
    is_harmless,
    is_prose,
    looks_like_credential,
    looks_like_variable,
)

_OPENING: Final = re.compile(r"[rRbBuUfF]{0,2}(?P<slashes>\\{0,63})(?P<quote>[\"'`])")
_STRUCTURE: Final = re.compile(r"[ ]?[,}\]:](?:[\s,:{}\[\]0-9.+-]|true|false|null){0,200}(?:\\{0,63}[\"']|\Z)")
"""What stands between two texts of a JSON line: there the name was the end of a text, not in front of a value."""

_NEXT_VALUE: Final = r"[ ]?:[ ]?\\{0,63}[\"']"
_AFTER_WORD: Final = re.compile(rf"\w|{_NEXT_VALUE}")
_AFTER_SLASHES: Final = re.compile(rf"[^\s,;:)}}\]\\\"']|{_NEXT_VALUE}")
"""Behind a quote that closes nothing: an apostrophe, one that was escaped more than once, or the end of a next name."""

_SCHEME: Final = re.compile(r"(?:Bearer|Basic|Bot|Token|Digest|Negotiate|ApiKey)[ \t]+", re.IGNORECASE)

_MARKER: Final = r"\[redacted:[a-z-]+\]"
_ESCAPED_END: Final = r"\\(?!\\{0,63}[\"'nrt])"
"""A backslash that belongs to the value, not to an escaped quote or line end behind it."""

_WORD: Final = re.compile(
    rf"(?:{_MARKER}|\$?\{{\{{?[ \w.!:]{{0,80}}\}}\}}?"
    r"|[^\s\"'`,;&)}\]<\\]"
    r"|[\"'`](?![\s,;:.)}\]\\\"'`]|\Z)"
    r"|[,;&](?!\s|\Z|[\"']|[\w.-]{1,40}[=:])"
    r"|[)}\]](?![\s,;:.)}\]\"'\\]|\Z)"
    r"|<(?![/A-Za-z])"
    rf"|{_ESCAPED_END}){{1,2000}}[^\s\"'`,;&)}}\]<\\]*",
    re.ASCII,
)
"""A bare value in prose, a query or a list; punctuation belongs to it unless the text goes on in its own structure."""

_ENV_WORD: Final = re.compile(rf"(?:[^\s\\\"']|{_ESCAPED_END}|[\"'](?=\S))+")
"""A bare value in an environment dump: NAME=all up to the next space."""

_COOKIES: Final = re.compile(
    r"(?:[^\s=;\"'\\]{1,200}=(?:\\{0,63}\"[^\"\n\\]{0,4000}\\{0,63}\"|[^\s;\"'\\]*)"
    r"(?:;[ ]?[\w-]{1,40}(?![\w=-])|;[ ]?)*)+",
    re.ASCII,
)
"""A cookie header's value: its pairs and attributes."""

_CODE_WORD: Final = r"(?:[a-z_][a-z0-9_]{2,60}|_{0,2}(?:[A-Z][a-z]{1,20}){1,6})"
_CALL: Final = re.compile(rf"(?:await )?(?:[a-z]{{2}}\.)?{_CODE_WORD}(?:\.{_CODE_WORD}){{0,8}}[(\[]", re.ASCII)
_ATTRIBUTE: Final = re.compile(rf"{_CODE_WORD}(?:\.\w{{1,60}}){{1,8}}", re.ASCII)
_USUAL_OWNERS: Final = ("self.", "cls.", "settings.", "config.", "request.", "response.", "args.")
"""Expressions of source code, as tracebacks and patches show them."""

_LITERAL: Final = r"\\{0,7}[\"'][^\"'\\]{0,200}\\{0,7}[\"']"
_ITEM: Final = rf"(?:{_LITERAL}[ ]?:[ ]?)?(?:{_LITERAL}|[\w.+-]{{1,200}})"
_COLLECTION: Final = re.compile(rf"[(\[{{][ ]?{_ITEM}(?:,[ ]?{_ITEM}){{0,50}}(?:[ ]?:)?")
"""The flat start of a list, tuple or dict."""

_MEMBER: Final = re.compile(
    r"(?P<open>\\{0,7}[\"'])(?P<text>[^\"'\\]{0,200})(?P<close>\\{0,7}[\"'])(?P<key>[ ]?:)?", re.ASCII
)
_MOST_QUOTES: Final = 200
_MAX_COLLECTION: Final = 256
"""Characters of a collection that are looked at, so that a hostile text costs no more than an honest one."""

_NAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_PAIR_START: Final = re.compile(r"[(\[]b?\\{0,63}[\"'][\w-]*\Z")
_PAIR_END: Final = re.compile(r"\\{0,63}[\"'][)\]]")
_KEY_END: Final = re.compile(r"\\{0,63}[\"'][ ]?:")
_TAG_START: Final = re.compile(r"<[\w:.-]*\Z")
_OPTION_START: Final = re.compile(r"--[\w-]*\Z")


def find_pairs(text: str) -> Iterator[Span]:
    """Yield the values of telling names; names, separators and quotes stay."""
    at = count = 0
    for count, found in enumerate(find_names(text), 1):
        if count > MOST_NAMES:
            word = len(text[: found.start].rstrip(_NAME_CHARACTERS))  # with a part of a word left, its end would tell
            yield Span(max(word, at), len(text), "[redacted:too-many-names]")
            return
        value = _value_after(text, found) if found.start >= at else None
        if value is not None:
            at = value.end
            yield value
    if count:
        yield from find_columns(text)


def redact_value(name: TellingName, value: object) -> object:
    """Replace a plain value under a telling key: every text in it, and numbers too unless they look like counts."""
    if isinstance(value, dict):
        return {key: redact_value(name, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact_value(name, inner) for inner in value]
    if value is None or isinstance(value, bool) or is_harmless(str(value), name):
        return value
    return f"[redacted:{name.kind}]"


def _value_after(text: str, found: FoundName) -> Span | None:
    link = LINK.match(text, found.end)
    return None if link is None or _is_in_marker(text, found) else _linked_value(text, found, link)


def _linked_value(text: str, found: FoundName, link: re.Match[str]) -> Span | None:
    opening = _OPENING.match(text, link.end())
    if not _is_linked(text, found, link, quoted=opening is not None):
        return None
    if opening is not None:
        if _STRUCTURE.match(text, opening.end()) or (not link["quote"] and _closes_the_name(text, found, opening)):
            return None
        value = _quoted(text, opening, found.row)
        return value if value and _is_plausible(text, found, link, value) else None
    if link["op"] in {"==", "!="} and BARE_CREDENTIAL.match(text, link.end()) is None:
        return None
    if link["comma"]:
        return None  # a list's next item, or a comparison with a variable
    return _collection(text, link, found.row) or _bare(text, found, link)


def _is_in_marker(text: str, found: FoundName) -> bool:
    marker = text.rfind("[redacted:", max(found.start - 40, 0), found.start)
    return marker >= 0 and text.find("]", marker, found.start) < 0


def _closes_the_name(text: str, found: FoundName, opening: re.Match[str]) -> bool:
    """Whether the quote behind `"token:"` is the end of that text and opens nothing."""
    before = text[max(found.start - 40, 0) : found.start].rstrip(_NAME_CHARACTERS)
    return before.endswith(opening["quote"]) and not text[opening.end() : opening.end() + 1].isalnum()


def _is_linked(text: str, found: FoundName, link: re.Match[str], quoted: bool) -> bool:
    """Whether what follows the name is a separator: a sign, a list's comma, a tag's end, a verb, an option's space."""
    if link["op"] or link["typed"] or link["verb"] or link["attribute"]:
        return True
    if link["below"] and not link["op"]:
        return False
    before = text[max(found.start - 40, 0) : found.start]
    if link["comma"]:
        return link["quote"] is not None
    if link["tag"]:
        return link["tag"].startswith("</") or _TAG_START.search(before) is not None
    spaced = link.end() > found.end and not link["quote"]
    if link["cell"] or (spaced and is_aligned(text, found.row, link)):
        return True
    return spaced and (
        (quoted and not found.row.weak)
        or _OPTION_START.search(before) is not None
        or (found.row.kind not in {"session", "cookie"} and BARE_CREDENTIAL.match(text, link.end()) is not None)
    )


def _is_plausible(text: str, found: FoundName, link: re.Match[str], value: Span) -> bool:
    """Whether a quoted text is the name's value: after a comma or nothing it may as well be the next of a list."""
    if link["op"] or link["typed"] or link["attribute"] or (link["comma"] or "").endswith(":"):
        return True
    before, after = text[max(found.start - 110, 0) : found.start], text[value.end : value.end + 70]
    if _OPTION_START.search(before):
        return text[value.start] != "-"
    if looks_like_credential(text[value.start : value.end]):
        return not _KEY_END.match(after)
    is_pair = _PAIR_START.search(before) and _PAIR_END.match(after)
    return bool(is_pair) and not looks_like_variable(text[value.start : value.end])


def _quoted(text: str, opening: re.Match[str], name: TellingName) -> Span | None:
    start = opening.end()
    end = _closing_quote(text, start, opening["quote"], len(opening["slashes"]))
    if name.kind == "authorization" and (scheme := _SCHEME.match(text, start, end)):
        start = scheme.end()
    if is_harmless(text[start:end], name) or is_prose(text[start:end], name):
        return None
    while (more := GOES_ON.match(text, end)) is not None:
        end = more.end()
    return Span(start, end, f"[redacted:{name.kind}]")


def _closing_quote(text: str, start: int, quote: str, slashes: int) -> int:
    """Return where a quoted text ends, given the backslashes before its opening quote; unclosed, it ends with its line.

    Each level of escaping doubles backslashes and adds one before a quote, so levels are undone until none is left.
    """
    at, line_end = start, text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    for _ in range(_MOST_QUOTES):
        if (at := text.find(quote, at, line_end)) < 0:
            break
        before = at
        while before > start and text[before - 1] == "\\":
            before -= 1
        level, inner = slashes, at - before
        while level % 2 and inner % 2:
            level, inner = level // 2, inner // 2
        at += 1
        if level == 0 and inner % 2 == 0 and not (_AFTER_SLASHES if inner else _AFTER_WORD).match(text, at):
            return at - 1 - slashes
    return line_end


def _collection(text: str, link: re.Match[str], name: TellingName) -> Span | None:
    """Replace the quoted texts in a list, tuple or dict, but not a dict's keys."""
    found = _COLLECTION.match(text, link.end(), link.end() + _MAX_COLLECTION)
    if found is None or not _MEMBER.search(found.group()):
        return None

    def replace(member: re.Match[str]) -> str:
        if member["key"] or is_harmless(member["text"], name):
            return member.group()
        return f"{member['open']}[redacted:{name.kind}]{member['close']}"

    return Span(found.start(), found.end(), _MEMBER.sub(replace, found.group()))


def _holds_no_value(text: str, found: FoundName, link: re.Match[str]) -> bool:
    """Whether what follows a name and a sign is something else: a pair of its own, a part of a name, a folder."""
    start, op = link.end(), link["op"] or ""
    before = text[max(found.start - 10, 0) : found.start]
    return (
        before.endswith("checksum/")
        or (before.endswith("(") and PART_OF_A_CALL.match(text, start) is not None)
        or (found.row.weak and found.row.kind != "cookie" and OTHER_PAIR.match(text, start) is not None)
        or (op == ":" and not link["space"] and before.endswith(":"))  # arn:aws:secretsmanager:…:secret:db
        or (text[found.start : found.end] in {"PWD", "OLDPWD"} and text[start : start + 1] in {"/", "~"})
        # a nested mapping or list in JSON: its members are told by their own names
        or (link["quote"] is not None and op == ":" and text[start : start + 1] in {"{", "[", "("})
    )


def _bare(text: str, found: FoundName, link: re.Match[str]) -> Span | None:
    start, op = link.end(), link["op"] or ""
    if _holds_no_value(text, found, link):
        return None
    scheme = _SCHEME.match(text, start) if found.row.kind == "authorization" else None
    start = scheme.end() if scheme is not None else start
    if call := _CALL.match(text, start):
        return _literal_argument(text, call, found.row)
    match = _shape(text, found, op).match(text, start)
    if match is None:
        return None
    value = re.split(r"%2[0267]|%0[AaDd]", match.group(), maxsplit=1)[0] if op.startswith("%") else match.group()
    if is_harmless(value, found.row) or (scheme is None and _is_innocent(text, found, link, value)):
        return None
    marker = f"[redacted:{found.row.kind}]"
    if link["quote"] == '"' and op == ":":
        marker = f'"{marker}"'  # a number in JSON: the line stays JSON
    return Span(start, start + len(value), marker)


def _shape(text: str, found: FoundName, op: str) -> re.Pattern[str]:
    if found.row.kind == "cookie" and op == ":":
        return _COOKIES
    return _ENV_WORD if op == "=" and text[found.start : found.end].isupper() else _WORD


def _is_innocent(text: str, found: FoundName, link: re.Match[str], value: str) -> bool:
    """Whether a bare value is prose, a variable, or too plain for a name that is weak."""
    row, op = found.row, link["op"]
    if is_harmless(value.split(None, 1)[0] if value.strip() else "", row):
        return True
    if _is_variable(value, text[found.start : found.end], row):
        return True
    doubtful = (
        link["verb"]
        or link["aside"]
        or link["cell"]
        or link["below"]
        or link["op"] == "->"
        or (row.weak and (op == ":" or (op == "=" and link["space"])))
    )
    if op == "::":
        return not looks_like_credential(value) or looks_like_variable(value.rstrip("0123456789"))
    return bool(doubtful) and not looks_like_credential(value) and not (link["cell"] and is_code(value, row))


def _is_variable(value: str, name: str, row: TellingName) -> bool:
    """Whether the value is a variable of the same name, or an attribute; of a strong name, one of its own name."""
    if value.isidentifier() and value.lower().endswith(name.lower()):
        return value[: -len(name)][-1:] in {"", "_"}
    if not _ATTRIBUTE.fullmatch(value):
        return False
    own = value.lower().endswith(name.lower()) or value.startswith(_USUAL_OWNERS)
    return own or (row.weak and not looks_like_credential(value))


def _literal_argument(text: str, call: re.Match[str], name: TellingName) -> Span | None:
    """Replace the credential in `token = SecretStr("…")`; other calls are source code and stay."""
    opening = _OPENING.match(text, call.end())
    value = _quoted(text, opening, name) if opening is not None else None
    return value if value is not None and looks_like_credential(text[value.start : value.end]) else None
