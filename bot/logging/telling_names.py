"""The names whose values are credentials, and the values that are none: the one table for `name=value` redaction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Final, NamedTuple

from bot.logging.anchored_rows import AnchoredRows
from bot.logging.forms_names import SECRET_ID_SHAPE, SEED_SHAPE, USUAL_LONG_ANCHORS, USUAL_NAMES, USUAL_SHORT_ANCHORS
from bot.logging.harmless_values import is_kept, is_method, is_placeholder, is_resource, unspaced
from bot.logging.seen_before import SeenBefore


@dataclass(frozen=True)
class TellingName:
    """A name whose value is a credential. A weak one also names harmless things, so its value must look the part."""

    kind: str
    anchors: tuple[str, ...]
    """Texts of which every match holds one, so that most texts skip the pattern."""
    expression: str
    weak: bool = False
    shape: re.Pattern[str] | None = None
    """What its values look like, when anything else under that name is none."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The name and what may end it; compiled when a text first holds an anchor, for a hundred take their time."""
        return re.compile(f"(?:{self.expression}){_END}", re.ASCII)


_END: Final = (
    r"(?:_?[0-9]{1,3}|[-_ .]?(?:previous|prev|old|new|current|next|backup|prod|production|dev|staging|test|live|primary"
    r"|secondary|value|private|b64|base64|hex|raw|plain|plaintext|text|env|main|default)|[-_]?(?:v[0-9]{1,2}|confirmation|confirm"
    r"|again|repeat(?:ed)?|verify|retyped?|encoded|enc|str(?:ing)?|bytes|pem|der|base32|admin|ro|rw|override|fallback|active"
    r"|te?mp|copy|alt|legacy|rotated|shared|internal|external|global|local))?(?![a-z0-9]|_(?!:)|-[a-z])"
)
"""Behind a name: `token` and `token_2` are telling, `token_count` is not."""


def _row(kind: str, anchors: str | tuple[str, ...], pattern: str, weak: bool = False, shape: str = "") -> TellingName:
    looks = re.compile(shape, re.ASCII) if shape else None
    anchors = tuple(anchors.split()) if isinstance(anchors, str) else anchors
    return TellingName(kind, anchors, pattern, weak, looks)


def _alone(word: str) -> str:
    """Return a pattern for a short word that must not end a longer one: `pass` is telling, `compass` is not."""
    return rf"{word}(?:(?<![a-z]{word})|(?<=\\[nrtbf]{word})|(?<=\\u[0-9a-f]{{4}}{word}))"


PLAIN_KEY: Final = "key"
"""The kind of `aes_key` and `stream_key`: any key, and only with a random value."""

_OWNERS: Final = (
    "root", "admin", "user", "bind", "db", "ftp", "smtp", "mail", "login", "sql", "key", "ssh", "http", "proxy", "wifi",
)  # fmt: skip
"""What stands in front of `pw`: looked for behind it, for the longer word would be looked for at every character."""

_NO_PUBLIC_KEY: Final = "".join(
    f"(?<!{owner}key)(?<!{owner}[-_. ]key)"
    for owner in (
        "public", "pub", "websocket", "cache", "partition", "object", "s3", "sort", "primary", "idempotency", "foreign",
    )
)  # fmt: skip
"""Keys that everybody may see."""

NAMES: Final = (
    _row("password", "pass", r"pass(?:words?|wd|phrase|code)"),
    _row("password", "pw", r"pwd(?<!oldpwd)(?<!chpwd)(?<!getpwd)"),
    _row(
        "password",
        "pass",
        r"pass(?!w)(?<!bypass)(?<!compass)(?<!trespass)(?<!surpass)(?<!overpass)(?<!underpass)",
        weak=True,
    ),
    _row("api-key", "key", r"api[-_ .]?keys?"),
    _row("private-key", "key", r"private[-_. ]?key(?:[-_. ]?id)?"),
    _row("access-key", "key", r"access[-_. ]?key"),
    _row("secret-id", "secret", r"secret[-_. ]?ids?", shape=SECRET_ID_SHAPE),
    _row(
        "password",
        "kennwort passwort passe senha contras wachtwoord paro senord haslo has\u0142o",
        r"(?:kennwort|passwort|senha|contrase(?:n|ñ)a|mot[-_ ]?de[-_ ]?passe"
        r"|wachtwoord|parola|l(?:o|\u00f6)senord|has(?:l|\u0142)o)",
    ),
    _row(
        "password",
        "\u0430\u0440\u043e\u043b\u044c \u5bc6\u7801 \u30d1\u30b9\u30ef\u30fc\u30c9 \ube44\ubc00\ubc88\ud638",
        r"(?:[\u043f\u041f]\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u30d1\u30b9\u30ef\u30fc\u30c9|\ube44\ubc00\ubc88\ud638)",
    ),
    _row(
        "password",
        "pw",
        "pw(?:" + "|".join(f"(?<={owner}pw)" for owner in _OWNERS) + r"|(?<=[a-z0-9][-_.]pw))",
    ),
    _row("password", "pw", _alone("pw"), weak=True),
    _row("pre-shared-key", "psk", r"psk(?<![a-z]{2}psk)(?<!-psk)", weak=True),
    _row("recovery-code", "recovery", r"recovery[-_ .]?(?:code|pin|key)s?", weak=True),
    _row(
        "password",
        "pass pasw p@ss pa$$",
        r"(?:passwrd|pasw+ord|passowrd|passwod|p@ss?w(?:or|0r)d|pa\$\$w(?:or|0r)d)",
    ),
    _row(
        "passphrase",
        "phrase mnemonic",
        r"(?:(?:recovery|seed|secret|backup|wallet|key)[-_ ]?phrase|mnemonic(?:[-_ ]?phrase)?)",
    ),
    _row("passphrase", "seed", r"seed(?:(?<![a-z]seed)|(?<=walletseed))", shape=SEED_SHAPE),
    _row(
        "session",
        "sess sid wordpress",
        r"(?:(?:php|j|asp)[a-z_.]{0,8}sess(?:ion)?(?:id)?|wordpress_(?:logged_in|sec)(?:_[0-9a-f]{32})?|sess(?:ion)?[-_]?id|connect\.sid)",
    ),
    _row("license-key", "key", r"licen[sc]e[-_ ]?keys?"),
    _row("app-id", "appid", _alone("appid"), weak=True),
    _row("login-token", "sonar", r"sonar[-_.]?login"),
    _row("jwt", "jwt", _alone("jwt"), weak=True),
    _row("credential", "cred otp", r"(?:" + _alone("creds") + r"|(?:totp|otp)[-_]?(?:secret|seed|code))", weak=True),
    _row(PLAIN_KEY, "key", rf"key(?:(?<=[a-z0-9][-_.]key)|(?<=[a-z0-9]key)){_NO_PUBLIC_KEY}", weak=True),
    _row("account-key", "key", r"account[-_]?key"),
    _row("auth-key", "auth", r"auth[-_]?key"),
    _row("signing-key", "key", r"(?:signing|encryption|master|ssh|deploy)[-_]?key"),
    _row(
        "secret",
        "secret",
        r"secret(?<!existingsecret)(?<!existing[-_]secret)(?<!pullsecret)(?<!pull[-_]secret)"
        r"(?:s|[-_. ]?key(?:[-_. ]?base)?)?",
    ),
    _row("credential", "cred", r"credentials?"),
    _row("credential", "string", r"connection[-_]?string"),
    _row("cookie", "cookie", r"cookies?", weak=True),
    _row("authorization", "auth", r"authorization", weak=True),
    _row("authorization", "auth", _alone("auth"), weak=True),
    _row("token", "token", r"token(?<!publickeytoken)(?<!public_token)", weak=True),
    _row("session", "sess", _alone("session") + r"(?:[-_]?(?:id|key))?", weak=True),
    _row("dsn", "dsn", _alone("dsn"), weak=True),
    _row("query-key", "key sig= ture= code", r"[?&](?:key|sig|signature|code)(?==)", weak=True),
    *(_row(*row) for row in USUAL_NAMES),
)

SHORT_VALUE_ANCHORS: Final = (
    "pass", "key", "token", "secret", "auth", "sess", "cookie", "cred", "phrase", "mnemonic", "seed", "otp",
    "kennwort", "senha", "contras", "pasw", "dsn", "pw", "psk", "recovery", "wachtwoord", "senord", "haslo",
    *USUAL_SHORT_ANCHORS,
)  # fmt: skip
"""Lower-case texts of which every telling name holds one whose value may be short."""

LONG_VALUE_ANCHORS: Final = (
    "string", "sig=", "ture=", "code=", "jwt", "appid", "sonar", "connect.sid", "wordpress", "p@ss", "pa$$",
    *USUAL_LONG_ANCHORS,
)  # fmt: skip
"""The same for the other names: without a long run of token characters in the text, they tell nothing."""

_ANCHORED: Final = AnchoredRows([row.anchors for row in NAMES])

MOST_NAMES: Final = 200
"""A text with more telling names is withheld behind so many of them: looking at each would take too long."""


class FoundName(NamedTuple):
    """A telling name in a text."""

    start: int
    end: int
    row: TellingName


def find_names(text: str) -> Iterator[FoundName]:
    """Yield the telling names in a text, in order, but not those of our markers; upper and lower case are the same."""
    lowered = lower_ascii(text)
    if "[redacted:" in lowered:
        for marker in set(_MARKER.findall(lowered)):
            lowered = lowered.replace(marker, f"[{'.' * (len(marker) - 2)}]")
    rows = _ANCHORED.in_text(lowered)
    found = [
        FoundName(*found.span(), row)
        for row in map(NAMES.__getitem__, rows)
        for found in islice(row.pattern.finditer(lowered), MOST_NAMES + 2)
    ]
    yield from sorted(found, key=itemgetter(0, 1))


_MARKER: Final = re.compile(r"\[redacted:[a-z-]+\]")


def lower_ascii(text: str) -> str:
    """Return the text with A to Z in lower case and every character in its place."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}

_RANDOM_VALUE: Final = re.compile(r"(?=[^0-9]{0,40}[0-9])(?:base64:)?[A-Za-z0-9+/_=-]{16,512}", re.ASCII)

_LONGEST_NUMBER: Final = 10
_LONGEST_LOOKED_AT: Final = 8_192
_COLOUR: Final = re.compile(r"\[[0-9;]{1,8}m")
"""A colour that has lost its escape."""

_SHORTEST_CREDENTIAL: Final = 6

_CREDENTIAL_LOOK: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{6,}|(?=.*[a-z])(?=.*[A-Z]).{12,}|.{16,}", re.DOTALL)
_VARIABLE: Final = re.compile(
    r"[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[a-z]{2,}(?:[A-Z][a-z]{2,})+|[A-Z][a-z]{2,}(?:[-_]?[A-Z][a-z]{2,})*",
    re.ASCII,
)


_TELLING_NOTHING: Final = SeenBefore()
"""Names of fields come again and again."""


def telling_name(name: str) -> TellingName | None:
    """Return the telling name that a mapping's key ends with, or None."""
    name = name[-100:]
    if name in _TELLING_NOTHING:
        return None
    row = next((found.row for found in find_names(name) if found.end == len(name)), None)
    if row is None:
        _TELLING_NOTHING.add(name)
    return row


_AROUND: Final = ",;“”„‘’‚«»[](){}<>`"
"""What stands around a value and does not belong to it."""

_NAMED_OBJECTS: Final = frozenset({"secret", "token", "credential", "authorization", "secret-id"})
"""Kinds whose names a cluster also gives to objects."""


def is_harmless(value: str, name: TellingName) -> bool:
    """Whether a value is no credential in any notation: empty, a marker, a placeholder, a word of prose, a count."""
    if is_kept(value) or is_placeholder(value) or _is_named_otherwise(value, name.kind):
        return True
    if name.shape is None and name.kind != PLAIN_KEY:
        return name.weak and len(value) < _SHORTEST_CREDENTIAL
    shape = name.shape or _RANDOM_VALUE
    if len(value) > _LONGEST_LOOKED_AT:
        return False
    return shape.fullmatch(unspaced(_COLOUR.sub("", value).strip(_AROUND))) is None


def _is_named_otherwise(value: str, kind: str) -> bool:
    """Whether a value under a name of this kind is a number of a session, a way to log in, or an object's name."""
    return (
        (kind == "session" and value.isdigit() and len(value) <= _LONGEST_NUMBER)
        or (kind == "authorization" and is_method(value))
        or (kind in _NAMED_OBJECTS and is_resource(value))
    )


def has_shape(name: TellingName, value: str) -> bool:
    """Whether a value with a digit looks as values of this name must: a short one that no other name tells."""
    return name.shape is not None and any(map(str.isdigit, value)) and name.shape.fullmatch(value) is not None


def is_prose(value: str, name: TellingName) -> bool:
    """Whether a quoted text is a sentence about a token or session, such as a parameter's description."""
    words = value[:200].split()
    return (
        name.kind in {"token", "session"}
        and len(words) > 2
        and not any(map(looks_like_credential, words))
        and unspaced(value) is value
    )


def looks_like_credential(value: str) -> bool:
    """Whether a word is more likely a credential than a word of prose or a variable."""
    return _CREDENTIAL_LOOK.match(value[:200]) is not None and not looks_like_variable(value)


def looks_like_variable(value: str) -> bool:
    """Whether a word is put together like a name in source code or a header: words, and no digit."""
    return len(value) <= 60 and _VARIABLE.fullmatch(value) is not None
