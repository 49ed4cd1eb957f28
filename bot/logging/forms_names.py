"""Telling names in the odd spellings, languages and trades in which they turn up: rows of the table of names."""

from typing import Final, NamedTuple


class UsualName(NamedTuple):
    """A row: what to call the value, texts of which each match holds one, the name, and what its values look like."""

    kind: str
    anchors: str | tuple[str, ...]
    pattern: str
    weak: bool = False
    shape: str = ""


LONG_RANDOM: Final = (
    r"(?=[^0-9]{0,60}[0-9])(?=[^A-Za-z]{0,60}[A-Za-z])(?:base64:)?[A-Za-z0-9+/_=.~%:-]{16,4000}|[0-9a-f]{24,4000}"
)
"""What nobody takes for a word or a count."""

_ID: Final = r"(?=[^0-9]{0,60}[0-9])[A-Za-z0-9+_=.~-]{20,512}"

_DIGITS: Final = r"[0-9]{4,12}|[0-9]{2,4}(?:[- ][0-9]{2,4}){1,3}"
_CODE: Final = rf"{_DIGITS}|(?=[^0-9]{{0,60}}[0-9])[A-Za-z0-9][A-Za-z0-9./_~+=-]{{4,400}}"

_SESSION: Final = r"(?!S-1-|(?:[A-Z]{2}|ocid)[0-9a-f.]{32})(?=[^0-9]{0,60}[0-9])(?=[^A-Za-z]{0,60}[A-Za-z])[A-Za-z0-9%:._+/=-]{16,400}"


def behind(word: str, owners: str, mark: str = "[-_ ]") -> str:
    """Return a pattern for a word that one of its owners stands in front of: looked for only where the word is."""
    apart = "|".join(f"(?<={owner}{mark}{word})" for owner in owners.split())
    joined = "|".join(f"(?<={owner}{word})" for owner in owners.split())
    return f"{word}(?:(?<={mark}{word})(?:{apart})|(?<!{mark}{word})(?:{joined}))"


_CODE_OWNERS: Final = (
    "sms mail otp mfa tfa 2fa totp verification confirm confirmation security login signin access activation time reset unlock"
    " pairing authentication authorization auth backup device user phone door alarm gate"
)
_PIN_OWNERS: Final = "user card door unlock sim wps device login account app bank"
_SID_OWNERS: Final = "session auth login user connect php web browser"
_KEY_OWNERS: Final = "app stream server consumer subscription function integration application"

_HARMLESS_TAIL: Final = (
    r"(?:ids?|names?|refs?|path|file|url|uri|types?|kind|counts?|len|length|size|ttl|exp[a-z]*|at|by|arn|versions?|hash|digest"
    r"|fingerprint|kid|prefix|hint|policy|bucket|limit|status|state|index|scopes?|issuer|audience|endpoint|source|provider"
    r"|class|mode|format|alg[a-z]*|salt|rotation|created|updated|checksum|etag|request|response|server|host|sha[0-9]+|uuid"
    r"|cache|engine|backend|manager|use[rd]?|in|is|for|from|of|to|and|or|with|was|has)"
)

USUAL_NAMES: Final = (
    UsualName("password", "pass", r"pass(?:[-_ ](?:word|phrase|code)|w(?!d|ord)(?:ort|rod|or)?|vord)s?"),
    UsualName("password", "pw psw", r"(?:pswd|pswrd|psw|pword)"),
    UsualName("pin", "pin", rf"(?:{behind('pin', _PIN_OWNERS)}|pin(?<![a-z]pin))(?:[-_ ]?(?:codes?|number|nr|no))?", shape=_DIGITS),
    UsualName("one-time-code", "code", rf"{behind('code', _CODE_OWNERS)}s?", shape=_CODE),
    UsualName("one-time-code", "otp", r"otp(?:(?<![a-z]otp)|(?<![a-z][th]otp)(?<=[th]otp))", shape=_DIGITS),
    UsualName("one-time-code", "mfa", r"mfa(?<![a-z]mfa)", shape=_DIGITS),
    UsualName("session", "sid", rf"(?:{behind('sid', _SID_OWNERS, '[-_ .]')}|sid(?<![a-z]sid)|sid(?<=psid))(?:ts|cc)?", shape=_SESSION),
    UsualName("key", ("app key", "stream key", "server key", "consumer key", "ion key"),
              "key(?:" + "|".join(f"(?<={owner} key)" for owner in _KEY_OWNERS.split()) + ")", weak=True),
    UsualName("macaroon", "macaroon", r"macaroon(?:[-_ ]?(?:hex|base64|path))?", shape=LONG_RANDOM),
    UsualName("auth-token", "auth", r"(?:authtok|master(?:user)?auth)"),
    UsualName("snmp-community", "commun", rf"{behind('community', 'snmp snmp-server snmp.server ro rw')}(?:[-_ ]?string)?",
              shape=r"(?!public|private|string)[^\s]{4,64}"),
    UsualName("csrf-token", "srf", r"[cx]srf", shape=LONG_RANDOM),
    UsualName("bearer", "earer", r"bearer", shape=LONG_RANDOM),
    UsualName("token", "pat", r"pat(?<=[a-z][-_]pat)", shape=LONG_RANDOM),
    UsualName("private-key", "key", r"api[-_]?key[-_]?private", shape=LONG_RANDOM),
    UsualName("secret", "token_ secret_ password_ passwd_", rf"(?:token|secret|passw(?:or)?d)_(?!{_HARMLESS_TAIL}(?![a-z]))[a-z0-9]{{2,16}}",
              shape=LONG_RANDOM),
    UsualName("password", "kode eslo elsz salasana sandi sifre mdp clave",
              r"(?:adgangskode|kodeord|heslo|geslo|jelszo|salasana|sandi|sifre|mdp(?<![a-z]mdp)|clave(?<![a-z]clave))"),
    UsualName("password", "passord passe paro",
              r"(?:passord|parool|parole|palavra[-_ ]?passe|parola[-_ ]?chiave)"),
    UsualName("password", "\u043b\u043e\u0437\u0438\u043d\u043a\u0430 \u0433\u0430\u0441\u043b\u043e \u043f\u0430\u0440\u043e\u043b\u0430"
              " \u5bc6\u78bc \u53e3\u4ee4 \uc554\ud638 \u6697\u8a3c\u756a\u53f7 \u5408\u8a00\u8449 \u015fifre \u0644\u0645\u0629"
              " \u05e1\u05d9\u05e1\u05de \u03ba\u03c9\u03b4\u03b9\u03ba jelsz\u00f3 m\u1eadt \u092a\u093e\u0938\u0935 \u0e23\u0e2b\u0e31\u0e2a",
              r"(?:[\u043b\u041b]\u043e\u0437\u0438\u043d\u043a\u0430|[\u0433\u0413]\u0430\u0441\u043b\u043e"
              r"|[\u043f\u041f]\u0430\u0440\u043e\u043b\u0430|\u5bc6\u78bc|\u53e3\u4ee4|\uc554\ud638|\u6697\u8a3c\u756a\u53f7"
              r"|\u5408\u8a00\u8449|[\u015f\u015e]ifre|\u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631"
              r"|\u05e1\u05d9\u05e1\u05de\u05d4|[\u03ba\u039a]\u03c9\u03b4\u03b9\u03ba[\u03cc\u03bf]\u03c2|jelsz\u00f3"
              r"|[mM]\u1eadt kh\u1ea9u|\u092a\u093e\u0938\u0935\u0930\u094d\u0921|\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19)"),
)  # fmt: skip

USUAL_SHORT_ANCHORS: Final = (
    "psw", "mfa", "eslo", "elsz", "salasana", "sandi", "sifre", "kode", "mdp", "clave", "commun", "paro",
)  # fmt: skip
"""Lower-case texts that tell of these names where the value may be short."""

USUAL_LONG_ANCHORS: Final = ("sid", "macaroon", "srf", "earer")
"""The same where it is long."""

DOUBTFUL: Final = (("pin", rb"[Pp][Ii][Nn](?:(?![a-z])|_?[Cc]ode)"), ("pat", rb"[-_][Pp][Aa][Tt][\"' \t]{0,3}[=:\"]"))
"""Short words that most lines hold inside others: a text that a line without signs holds, and what must be in the line."""

CODE_WORDS: Final = behind("code", f"{_CODE_OWNERS} fa your my", " ")
"""The same for codes, in a line without signs."""

SECRET_ID_SHAPE: Final = _ID
SEED_SHAPE: Final = (
    r"[A-Z2-7]{16,}=*|(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])\S{12,4000}|(?:[a-z]{3,8}[ ,\\n]{1,6}){5,}.*"
)
FOREIGN_ENDS: Final = (
    "\u043b\u043e\u0437\u0438\u043d\u043a|\u015eifre|\u0430\u0441\u043b\u043e|\u0430\u0440\u043e\u043b\u0430|\u5bc6\u78bc|\u53e3\u4ee4|\uc554\ud638"
    "|\u6697\u8a3c\u756a\u53f7|\u5408\u8a00\u8449|\u015fifre|\u0644\u0645\u0629|\u05e1\u05d9\u05e1\u05de|\u03ba\u03c9\u03b4\u03b9\u03ba"
    "|jelsz\u00f3|\u1eadt kh|\u092a\u093e\u0938\u0935|\u0e23\u0e2b\u0e31\u0e2a"
)
"""Parts of those words in scripts of their own."""
