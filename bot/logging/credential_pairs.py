"""Finds values that follow a telling name: `password=…`, `"api_key": "…"`, `--token …`, `Cookie: …`, escaped or not."""

import re
from collections.abc import Iterator
from typing import Final

from bot.logging.harmless_values import are_plain_cookies, begins_prose
from bot.logging.listed_values import members
from bot.logging.name_links import (
    ARROWS,
    BARE_CREDENTIAL,
    GOES_ON,
    LINK,
    OTHER_PAIR,
    PART_OF_A_CALL,
    is_aligned,
    is_code,
    is_echoed,
    is_variable,
)
from bot.logging.named_columns import find_columns
from bot.logging.names_behind import value_before
from bot.logging.quoted_texts import OPENING, closing_quote
from bot.logging.spans import MARKER, Span
from bot.logging.telling_names import (
    MOST_NAMES,
    FoundName,
    TellingName,
    find_names,
    has_shape,
    is_harmless,
    is_prose,
    looks_like_credential,
    looks_like_variable,
)
from bot.logging.value_shapes import (
    BYTES,
    CALL,
    COOKIES,
    ENV_WORD,
    JOINTS,
    NESTED,
    SCHEME,
    UNMISTAKABLE,
    WORD,
    long_value_end,
)

_STRUCTURE: Final = re.compile(r"[ ]?[,}\]:](?:[\s,:{}\[\]0-9.+-]|true|false|null){0,200}(?:\\{0,63}[\"']|\Z)")
"""What stands between two texts of a JSON line: there the name was the end of a text, not in front of a value."""

_NEXT_NAME: Final = re.compile(r"[\w.-]{1,40}\\{0,63}[\"'][ ]?(?::|=>)")
"""A list's next item that is a name itself."""

_MOST_PARTS: Final = 8
"""Parts of a text that are put together to see whether it is a credential."""

_FEW_NAMES: Final = 40
"""A text with more names is no record that says its values first."""

_NAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_NAMED_TAG: Final = re.compile(r"(?:key|name|id|field|type)[ ]?=[ ]?\\{0,7}[\"'][\w.:-]*\Z")
_PAIR_START: Final = re.compile(r"[(\[]b?\\{0,63}[\"'][\w-]*\Z")
_PAIR_END: Final = re.compile(r"\\{0,63}[\"'](?:>>)?[)\]]")
_KEY_END: Final = re.compile(r"\\{0,63}[\"'][ ]?:")
_TAG_START: Final = re.compile(r"<[\w:.-]*\Z")
_OPTION_START: Final = re.compile(r"--[\w-]*\Z")
TOO_MANY_NAMES: Final = "[redacted:too-many-names]"
"""What stands for the rest of a text whose names are more than anybody writes."""


def find_pairs(text: str) -> Iterator[Span]:
    """Yield the values of telling names; names, separators and quotes stay."""
    at = count = 0
    for count, found in enumerate(find_names(text), 1):
        if count > MOST_NAMES:
            word = len(text[: found.start].rstrip(_NAME_CHARACTERS))  # with a part of a word left, its end would tell
            yield Span(max(word, at), len(text), TOO_MANY_NAMES)
            return
        value = _value_after(text, found) if found.start >= at else None
        if value is None and count < _FEW_NAMES:
            value = value_before(text, found)
        if value is not None and value.start >= at:
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
    opening = OPENING.match(text, link.end())
    if not _is_linked(text, found, link, quoted=opening is not None):
        return None
    if opening is not None:
        if _opens_no_value(text, found, link, opening):
            return None
        value = _quoted(text, opening, found.row)
        return value if value and _is_plausible(text, found, link, value) else None
    if link["op"] in {"==", "!=", "===", "!=="} and BARE_CREDENTIAL.match(text, link.end()) is None:
        return None
    if link["comma"]:
        return None  # a list's next item, or a comparison with a variable
    return members(text, link.end(), found.row) or _bare(text, found, link)


def _opens_no_value(text: str, found: FoundName, link: re.Match[str], opening: re.Match[str]) -> bool:
    """Whether the quote behind a name begins another name, or ends the text that the name stands in."""
    if link["comma"] and _NEXT_NAME.match(text, opening.end()):
        return True
    if _STRUCTURE.match(text, opening.end()):
        return True
    return not link["quote"] and _closes_the_name(text, found, opening)


def _is_in_marker(text: str, found: FoundName) -> bool:
    start = text.rfind("[redacted:", max(found.start - 40, 0), found.start)
    marker = MARKER.match(text, start) if start >= 0 else None  # one that never ends would hide what comes after it
    return marker is not None and marker.end() > found.start


def _closes_the_name(text: str, found: FoundName, opening: re.Match[str]) -> bool:
    """Whether the quote behind `"token:"` is the end of that text and opens nothing."""
    before = text[max(found.start - 40, 0) : found.start].rstrip(_NAME_CHARACTERS)
    return before.endswith(opening["quote"]) and not text[opening.end() : opening.end() + 1].isalnum()


def _is_linked(text: str, found: FoundName, link: re.Match[str], quoted: bool) -> bool:
    """Whether what follows the name is a separator: a sign, a list's comma, a tag's end, a verb, an option's space."""
    if link["op"] or link["typed"] or link["verb"] or link["attribute"]:
        return True
    before = text[max(found.start - 40, 0) : found.start]
    if link["below"] and not link["op"]:
        return is_echoed(before)
    if link["comma"]:
        return link["quote"] is not None or (quoted and before.endswith("{"))
    if link["tag"]:
        return "<" in link["tag"] or _TAG_START.search(before) is not None or _NAMED_TAG.search(before) is not None
    spaced = link["space"] != "" and (quoted or not link["quote"])
    if link["cell"] or (spaced and is_aligned(text, found.row, link)):
        return True
    return spaced and (
        (quoted and found.row.kind not in {"session", "cookie"})
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
    word = text[value.start : value.end]
    if link["quote"] and not link["comma"] and found.row.kind != "passphrase" and " " in word:
        return False
    if found.row.weak and found.row.kind != "password" and not link["comma"] and not UNMISTAKABLE.match(word):
        return False
    if looks_like_credential(word) or has_shape(found.row, word):
        return not _KEY_END.match(after)
    is_pair = _PAIR_START.search(before) and _PAIR_END.match(after)
    return bool(is_pair) and not looks_like_variable(text[value.start : value.end])


def _quoted(text: str, opening: re.Match[str], name: TellingName) -> Span | None:
    start = opening.end()
    end = closing_quote(text, start, opening["quote"], len(opening["slashes"]))
    if name.kind == "authorization" and (scheme := SCHEME.match(text, start, end)):
        start = scheme.end()
    last = end
    harmless = is_harmless(text[start:end], name)
    for _ in range(_MOST_PARTS if harmless else len(text)):
        more = GOES_ON.match(text, last)
        if more is None:
            break
        last = more.end()
    if harmless and (last == end or is_harmless(JOINTS.sub("", text[start:last]), name)):
        return None
    if is_prose(text[start:end], name):
        return None
    end = last
    return Span(start, end, f"[redacted:{name.kind}]")


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
        or (
            link["quote"] is not None
            and op == ":"
            and text[start : start + 1] in {"{", "[", "("}
            and not BYTES.match(text, start)
        )
        or NESTED.match(text, start) is not None
    )


def _bare(text: str, found: FoundName, link: re.Match[str]) -> Span | None:
    start, op = link.end(), link["op"] or ""
    if _holds_no_value(text, found, link):
        return None
    scheme = SCHEME.match(text, start) if found.row.kind == "authorization" else None
    start = scheme.end() if scheme is not None else start
    if call := CALL.match(text, start):
        return _literal_argument(text, call, found.row)
    if (last := _long_end(text, found, link)) > start:
        return Span(start, last, f"[redacted:{found.row.kind}]")
    match = BYTES.match(text, start) or _shape(text, found, op).match(text, start)
    if match is None:
        return None
    value = re.split(r"%2[0267]|%0[AaDd]", match.group(), maxsplit=1)[0] if op.startswith("%") else match.group()
    if is_harmless(value, found.row) or (scheme is None and _is_innocent(text, found, link, value)):
        return None
    marker = f"[redacted:{found.row.kind}]"
    if link["quote"] == '"' and op == ":":
        marker = f'"{marker}"'  # a number in JSON: the line stays JSON
    return Span(start, start + len(value), marker)


def _long_end(text: str, found: FoundName, link: re.Match[str]) -> int:
    """Return where a value ends that holds spaces or line ends, or where it begins when this one holds none."""
    if not link["op"] and found.row.kind != "passphrase":
        return link.end()
    return long_value_end(text, link.end(), phrase=found.row.kind == "passphrase", block=link["block"] is not None)


def _shape(text: str, found: FoundName, op: str) -> re.Pattern[str]:
    if found.row.kind == "cookie" and op == ":":
        return COOKIES
    dumped = op == "=" and found.row.shape is None and text[found.start : found.end].isupper()
    return ENV_WORD if dumped else WORD


def _is_innocent(text: str, found: FoundName, link: re.Match[str], value: str) -> bool:
    """Whether a bare value is prose, a variable, or too plain for a name that is weak."""
    row, op = found.row, link["op"]
    if row.kind == "cookie" and are_plain_cookies(value):
        return True
    if row.kind != "passphrase" and begins_prose(text, link.end()):
        return True
    if is_harmless(value.split(None, 1)[0] if value.strip() else "", row):
        return True
    if is_variable(value, text[found.start : found.end], row):
        return True
    doubtful = (
        link["verb"]
        or link["aside"]
        or link["cell"]
        or link["below"]
        or link["op"] in ARROWS
        or (row.weak and (op == ":" or (op == "=" and link["space"])))
    )
    if op == "::":
        return not looks_like_credential(value) or looks_like_variable(value.rstrip("0123456789"))
    return (
        bool(doubtful)
        and row.shape is None
        and not looks_like_credential(value)
        and not (link["cell"] and is_code(value, row))
    )


def _literal_argument(text: str, call: re.Match[str], name: TellingName) -> Span | None:
    """Replace the credential in `token = SecretStr("…")`; other calls are source code and stay."""
    opening = OPENING.match(text, call.end())
    value = _quoted(text, opening, name) if opening is not None else None
    if value is None:
        return None
    word = text[value.start : value.end]
    return value if looks_like_credential(word) or has_shape(name, word) else None
