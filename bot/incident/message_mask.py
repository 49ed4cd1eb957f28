"""What varies within one fault is masked in its message: ids, numbers, times, data. Codes that name a fault stay."""

import re
from collections.abc import Callable

MAX_MASKED = 500
MAX_READ = 4_000
"""Characters of a message that are looked at, and that are left of it."""

NAMES_CODE = frozenset({
    "AttributeError", "NameError", "UnboundLocalError", "TypeError", "ImportError", "ModuleNotFoundError",
    "SyntaxError", "IndentationError", "NotImplementedError", "AssertionError",
})  # fmt: skip
"""Errors whose quoted words are names in the code, not data."""
WORD = re.compile(r"[a-z_][a-z0-9_.]*", re.IGNORECASE)
"""A quoted text that can be a name in the code."""

Mask = str | Callable[[re.Match[str]], str]
TITLED = re.compile(r"(?:\w+\.)*([A-Z]\w+): ")
"""A title that begins with an error's type."""
KEPT = "\x00"
"""Stands around digits that stay, until all others are masked."""

STATUS = (
    r"(?:(?<=HTTP )|(?<=HTTP/1\.1 )|(?<=HTTP/2 )|(?<=[Ss]tatus )|(?<=[Ss]tatus: )|(?<=[Ss]tatus=)|(?<=[Aa]nswered )"
    r"|(?<=[Rr]eturned )|(?<=[Gg]ot )|(?<=[Rr]eceived )|(?<=[Ee]rror )|(?<=[Rr]esponse )|(?<=\[)|(?<=\()|^)"
    r"([1-5]\d\d)(?=[\])\s:,.;]|$)(?! ?(?:ms|s|of|rows?|items?|bytes?|lines?|seconds?|times?|records?|/)\b)"
)
CODE = (
    r"(?i:\b(?:code|closed with|errno|winerror|sqlstate|signal|exit status|returncode|subcode|opcode)"
    r"(?: is)?[\s:=\[(]*)(\d{1,6})\b"
)
PHRASE = (
    r"\b([1-5]\d\d)(?= (?:OK|Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Request Timeout|Conflict"
    r"|Gone|Payload Too Large|Unprocessable|Too Many Requests|Internal|Bad Gateway|Service Unavailable|Gateway))"
)
PREFIXED = r"\b((?:ORA-|SQLSTATE\s?|E|PGRST|AADSTS|MSB|TS)\d{3,6})\b"

STEPS: tuple[tuple[re.Pattern[str], Mask], ...] = (
    (re.compile(r"\[parameters: .*", re.DOTALL), "[parameters]"),
    (re.compile(r"input_value=.*?, input_type=", re.DOTALL), "input_value=<v>, input_type="),
    (re.compile(r"=\([^()]*\)"), "=(<v>)"),  # PostgreSQL's DETAIL: Key (id)=(5)
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? \d{1,2} \w{3,9} \d{4} [\d:]+(?: GMT| UTC)?"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+"), "<email>"),
    (re.compile(r"(\b\w+://[^\s/?#'\"<>]+[^\s?#'\"<>]*)[?#][^\s'\"<>]*"), r"\1"),
    (re.compile(r"\b(?:inc_[0-9a-z]{12}|(?:run|wo)_[0-9]\w*)\b"), "<n>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<n>"),
    (re.compile(r"0x[0-9a-fA-F]+"), "<n>"),
    (re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE), "<ip>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", re.IGNORECASE), "<n>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{20,}\b"), "<n>"),
    *((re.compile(pattern), rf"{KEPT}\1{KEPT}") for pattern in (PREFIXED, PHRASE, STATUS)),
    (re.compile(CODE), lambda found: found[0][: found.start(1) - found.start()] + KEPT + found[1] + KEPT),
)
NUMBER = re.compile(
    rf"{KEPT}[^{KEPT}]*{KEPT}"
    r"|(?<![\w.])[-+]?\d+(?:[.,:]\d+)*(?:e[+-]?\d+)?(?:\s?(?:[KMGT]i?B|[Bb]ytes|ms|µs|us|ns|s|min|h)\b)?"
    r"|\d+(?:[.,]\d+)*"
)
QUOTED = re.compile(r"'((?:[^'\\\n]|\\.){0,300})'|\"((?:[^\"\\\n]|\\.){0,300})\"")
NAMED_BEFORE = re.compile(
    r"(?:column|table|attribute|argument|parameter|module|field|constraint|relation|function|method|keyword|property"
    r"|option|setting|variable|command|cog|extension|intent|type|class|codec|index|database|schema|reading)s?:? $"
    r"|['\"](?:code|type|status|reason)['\"]: ?$",
    re.IGNORECASE,
)
RUNS = re.compile(r"(<[nqv]>)(?:(?:, ?| )\1)+")
RECURSION = re.compile(r"(maximum recursion depth exceeded).*", re.DOTALL)


def masked(text: str, kind: str = "") -> str:
    """The message of an error of this type (or of a line of this logger) without what varies within one fault."""
    text = text[:MAX_READ].replace(KEPT, "")
    kind = kind or (titled[1] if (titled := TITLED.match(text)) else "")
    for pattern, mask in STEPS:
        text = pattern.sub(mask, text)
    text = QUOTED.sub(lambda found: unquoted(found, kind), text)
    text = NUMBER.sub(lambda found: found[0].strip(KEPT) if found[0][0] == KEPT else "<n>", text)
    text = RECURSION.sub(r"\1", RUNS.sub(r"\1", text))
    return " ".join(text.split())[:MAX_MASKED]


def unquoted(found: re.Match[str], kind: str) -> str:
    """A quoted text, when it is a name in the code; else the mark for data."""
    inside = found[1] if found[1] is not None else found[2]
    before = found.string[max(found.start() - 20, 0) : found.start()]
    is_word = WORD.fullmatch(inside) is not None
    keeps = is_word and not before.endswith("=") and (kind in NAMES_CODE or NAMED_BEFORE.search(before))
    if KEPT in inside:
        return inside
    if keeps or (kind == "KeyError" and is_word):
        return found[0]
    return "<q>"
