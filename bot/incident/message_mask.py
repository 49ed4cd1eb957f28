"""What varies within one fault is masked in its message: ids, numbers, times, data. Codes that name a fault stay."""

import re
from collections.abc import Callable

from bot.incident.spoken_data import without_data

MAX_MASKED = 500
MAX_READ = 2_000
"""Characters of a message that are looked at, and that are left of it."""

NAMES_CODE = frozenset({
    "AttributeError", "NameError", "UnboundLocalError", "TypeError", "ImportError", "ModuleNotFoundError",
    "SyntaxError", "IndentationError", "NotImplementedError", "AssertionError",
})  # fmt: skip
"""Errors whose quoted words are names in the code, not data."""
UNREADABLE = frozenset({"SyntaxError", "IndentationError", "TabError"})
"""Errors that every version of Python words anew; the file that cannot be read is their place."""
WORD = re.compile(r"[a-z_][a-z0-9_.]*", re.IGNORECASE)
"""A quoted text that can be a name in the code."""

Mask = str | Callable[[re.Match[str]], str]
TITLED = re.compile(r"(?:\w+\.)*([A-Z]\w+): ")
"""A title that begins with an error's type."""
KEPT = "\x00"
"""Stands around digits that stay, until all others are masked."""
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
NAME_ALONE = re.compile(r"(?:[^\Wa-z][\w'’-]*(?: |$)){1,4}")
"""What was not found, and nothing else."""
NAMES_FIELD = re.compile(r"In [\w.]+: |[\w.]+$|DETAIL: ")
"""Lines below the first that tell which field was wrong: Discord's, pydantic's, PostgreSQL's."""

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

REWORDED: tuple[tuple[re.Pattern[str], Mask], ...] = (
    (re.compile(r"local variable ('\w+') referenced before assignment"), r"\1 is unbound"),
    (re.compile(r"cannot access local variable ('\w+') where it is not associated with a value"), r"\1 is unbound"),
    (re.compile(r"(?<![\w.])(?:\w+\.)+(?:<locals>\.)?(?=\w+\(\) )"), ""),  # Python 3.10 and later tell the class, too
    (re.compile(r"\{'code': (\d+), 'message': (['\"])(.*?)\2(?:, .*)?\}"), r"[\1]: \3"),  # gspread before 6
    (re.compile(r"\bURL\(('[^']*')\)"), r"\1"),
    (re.compile(r"\b(I[dD]|id) None\b"), r"\1 0"),
    (re.compile(r"(\[\w{2,30}\]) [\w-]{6,20}: "), r"\1 <n>: "),  # what an extractor was at: [youtube] dQw4…:
    (re.compile(r"(codec can't (?:de|en)code (?:byte|character)s?).*"), r"\1"),
    (re.compile(r"((?:Error|\[Errno) \d+\]? connecting to [^\s]+?)\.? .*"), r"\1"),
)
"""What says the same in other words, by the version or the platform."""

STEPS: tuple[tuple[re.Pattern[str], Mask], ...] = (
    (re.compile(r"\[parameters: .*", re.DOTALL), "[parameters]"),
    (re.compile(r"input_value=.*?, input_type=", re.DOTALL), "input_value=<v>, input_type="),
    (re.compile(r"=\([^()]*\)"), "=(<v>)"),  # PostgreSQL's DETAIL: Key (id)=(5)
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? \d{1,2} \w{3,9} \d{4} [\d:]+(?: GMT| UTC)?"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+"), "<email>"),
    (re.compile(r"(\b\w+://[^\s/?#'\"<>][^\s?#'\"<>]*)(?:[?#][^\s'\"<>]*)?"), r"\1"),
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
COUNTED = re.compile(r"(<n>)(?: (?:milli)?seconds?\b| minutes?\b| hours?\b| days?\b|( [a-z]{2,20}?)s\b)")
RECURSION = re.compile(r"(maximum recursion depth exceeded).*", re.DOTALL)


def masked(text: str, kind: str = "") -> str:
    """The message of an error of this type (or of a line of this logger) without what varies within one fault."""
    text = plain(text[:MAX_READ]).replace(KEPT, "")
    if not kind and (titled := TITLED.match(text)):
        return f"{titled[1]}: {masked(text[titled.end() :], titled[1])}"
    if kind in UNREADABLE:
        return ""
    text = headline(text, kind) if kind[:1].isupper() else without_data(text)
    for pattern, mask in REWORDED:
        text = pattern.sub(mask, text)
    for pattern, mask in STEPS:
        text = pattern.sub(mask, text)
    text = QUOTED.sub(lambda found: unquoted(found, kind), text)
    text = NUMBER.sub(lambda found: found[0].strip(KEPT) if found[0][0] == KEPT else "<n>", text)
    text = RECURSION.sub(r"\1", COUNTED.sub(r"\1\2", RUNS.sub(r"\1", text)))
    return " ".join(text.split())[:MAX_MASKED]


def plain(text: str) -> str:
    """The text without a terminal's colours."""
    return ANSI.sub("", text) if "\x1b" in text else text


def headline(text: str, kind: str) -> str:
    """An error's first line and those that name a field: what is below may be notes, statements or data."""
    first, _, rest = text.removeprefix(f"{kind}: ").partition("\n")
    if kind.endswith("NotFound") and NAME_ALONE.fullmatch(first):
        return "<w>"
    return " ".join((first, *(line for line in rest.splitlines() if NAMES_FIELD.match(line))))


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
