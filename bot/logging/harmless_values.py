"""Values that are no credentials though their name tells: placeholders, references, prose, plain cookies."""

import re
from typing import Final

_KEPT: Final = re.compile(
    r"""\[redacted:[a-z-]+\] | \[[A-Za-z _-]{1,20}\]? | \([a-z ]{1,20}\)? | \{\{[^}]{0,80}(?:\}\})? "
    r"| [a-z]+(?:\.\w+){1,8}@[0-9a-f]{1,16}
    | <[a-z_ ]{1,40}> | <[\w.]+(?:\ [\w.]+){0,4}\ at\ 0x[0-9a-f]+> | \*+ | \.+ | … | -+ | [^\w\s]{1,2}
    | \$[A-Z_][A-Z0-9_]* | \$\{\{?[\ \w.]*\}\}? | \{[a-z_.!:]{0,60}\} | %[sdr] | %\(\w+\)[sdr]
    | (?:inc|run)_[0-9A-Za-z]{6,32} | wo_[0-9]{8}_[0-9]{4}""",
    re.ASCII | re.VERBOSE,
)
"""Markers, placeholders, variables, and the ids of this project."""

_KEPT_WORD: Final = re.compile(
    r"""(?: none | null | nil | true | false | undefined | nan | missing | invalid | expired | required | wrong | unset
    | set | empty | unknown | failed | denied | refused | rejected | revoked | accepted | ok | yes | no | not | is
    | was | are | has | must | should | could | cannot | can | may | will | do | does | be | the | a | an | for | of
    | to | from | in | on | at | by | as | if | when | with | without | and | or | it | this | that | they | we | you
    | never | only | valid | include | omit | same-origin | shift | string | number | integer | boolean | array | provided
    | loaded | disabled | enabled | expected | got | found | bearer | basic | bot | token | str | bytes | int | bool | dict | list
    | tuple | optional | any | secretstr | object )[.,;:]?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
"""Words that stand after a telling name in prose, types and literals."""

_LONGEST_WORD: Final = 11
_LONGEST_PLACEHOLDER: Final = 200

_TELLING_END: Final = (
    r"(?:token|secret|key|password|passwd|passphrase|pass|pwd|pw|pin|credentials?|creds?|auth|cookie|dsn|webhook)s?"
)

_PLACEHOLDER: Final = re.compile(
    rf"""<[A-Za-z][A-Za-z _.,/'-]{{0,60}}> | ([x*\#.?0_\u2022-])\1{{3,}} | x{{3,}}(?:[-_.]x{{3,}})+
    | (?:replace|change|insert|fill|put|enter|paste|edit|add|set|use)[-_](?:me|this|here|it|in|with|your|the)(?:[-_][a-z]+){{0,6}}
    | replaceme | todo | tbd | fixme | placeholder | redacted | hidden | masked | filtered | scrubbed | omitted
    | (?:your|my|some|any|the|a|example|sample|dummy|fake|placeholder)(?:[-_][a-z]+){{0,4}}[-_]{_TELLING_END}(?:[-_](?:here|goes[-_]here|value))?
    | your(?:[-_][a-z]+){{1,4}}(?:[-_]here)?
    """,
    re.ASCII | re.VERBOSE | re.IGNORECASE,
)
"""What a person is to replace, or what somebody masked."""

_VARIABLE: Final = re.compile(
    r"""(?:[A-Z][A-Z0-9]*_){0,6}(?:TOKEN|SECRET|KEY|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PIN|CREDENTIALS?|CREDS|AUTH|COOKIE
    |DSN|STRING|VALUE|TEXT|FILE|FILENAME|PATH|NAME|ID|URL|CODE|DATA|HASH|ENV|VAR)S?""",
    re.ASCII | re.VERBOSE,
)
"""A variable of the environment, or a word that stands for a value in a command's help."""

_ROOTS: Final = (
    r"(?:run|var|etc|home|root|tmp|usr|opt|srv|mnt|app|dev|proc|sys|data|vault|secrets?|config|conf|certs?|keys|Users"
    r"|workspace|credentials|private|volumes?|media|bin|lib|code)"
)
_FILE_ENDS: Final = frozenset(
    [
        "pem",
        "key",
        "txt",
        "json",
        "yaml",
        "yml",
        "env",
        "crt",
        "cer",
        "p12",
        "pfx",
        "jks",
        "pub",
        "cfg",
        "conf",
        "ini",
        "toml",
        "enc",
        "age",
        "gpg",
        "asc",
        "der",
        "properties",
        "xml",
        "csv",
        "log",
        "py",
        "js",
        "ts",
        "go",
        "rs",
        "rb",
        "java",
        "php",
        "sh",
        "sql",
        "md",
        "htm",
        "html",
        "tf",
        "db",
        "sqlite",
        "lock",
        "bak",
        "dat",
        "kdbx",
        "keystore",
        "ppk",
        "secret",
        "token",
    ]
)
_FILE: Final = re.compile(r"(?:~|\.{0,2})/?[\w@-][\w./@-]*", re.ASCII)

_REFERENCE: Final = re.compile(
    rf"""\$\([\w./~ <-]* \)? | `[\w./~-]+`? | \$env:\w+ | \$\w{{0,30}}{_TELLING_END} | \$\{{[A-Za-z_][\w.]*(?::?[?][^}}]*)?\}}
    | %[A-Za-z_]{{3,40}}%
    | !(?:vault|secret|ref|getatt|sub|env|env_var|var|include|include_text|importvalue|join|reference|file|ssm|encrypted|lambda)(?:[ ./:][\w./:-]*)?
    | (?:(?:file|env|ssm|vault|secretsmanager|awssm|aws-sm|gcp-sm|gsm|akv|azkv|keyvault|keyring|keychain|ref\+[a-z]+|conjur
       |infisical|doppler|berglas|chamber|credstash|secretref|parameterstore):/{{0,3}}|(?:op|kv|sm|k8s|kms|bw)://)
      [A-Za-z_][\w./@\#-]*
    | \$\{{[a-z]{{2,12}}:[A-Za-z_/][\w./\#@:-]*\}}? | \$[0-9]{{1,2}} | [:@]\w{{0,30}}{_TELLING_END}
    | [a-z]+(?:-[a-z]+)+\([^()]*\)? | [A-Z][A-Za-z]{{2,40}}\([a-z_]\w{{0,40}}
    | arn:aws[a-z-]*:[\w:/+=,.@*-]+ | projects/[\w-]+/secrets/[\w./-]+ | @Microsoft\.KeyVault\(.* | \{{\{{?[\w .:|-]*(?:\}}\}}?)?
    | (?:~|\.{{1,2}}|[A-Za-z]:)?[/\\]+{_ROOTS}(?:[/\\]+[\w .@%-]+)*[/\\]*
    | ~/[\w./@-]+
    """,
    re.ASCII | re.VERBOSE | re.IGNORECASE,
)
"""Where a value is kept, rather than the value itself."""

_RESOURCE: Final = re.compile(
    r"[a-z][a-z]*(?:-(?:[a-z]+|[0-9]{1,2}|v[0-9]))*-(?:secrets?|tls|token|auth|creds?|credentials?|keys?|passwords?|certs?|regcred"
    r"|config|sa|pull|account|store|env)",
    re.ASCII,
)
"""The name that a cluster's object was given after its use."""

_STATE: Final = (
    r"(?:not|timed?|failed|expired|required|cannot|could|must|should|does|did|has|had|will|would|already|mismatch|unchanged"
    r"|updated|changed|rejected|accepted|denied|missing|invalid|requested|disabled|enabled|successfully|error|found)"
)
_PROSE: Final = re.compile(
    rf"""[A-Za-z]{{2,14}}[ ]{_STATE} | [a-z]{{2,14}}[ ]{{2,20}}[A-Z][a-z]\b
    | (?:prompt|user|users|account|password|permission|module|current|bad|[aA]uthentication|all|entry|check|login|update|change|reset|field|file|policy|no|new|old|this
      |that|your|their|each|every|some|any|please|using|see|use|try|must|only|same|more|one|two|too|very|wrong|both
      |more|less|here|there|supplied|provided|given|received|store|server|client|value|name|length|size|type|hash|string)[ ,]
      [ ]?[a-z(]{{2}}""",
    re.ASCII | re.VERBOSE,
)
"""A word of a sentence with the next one."""

_METHOD: Final = re.compile(
    r"""oauth-?[12]?(?:\.0a?)? | oidc | openid(?:[-_]?connect)? | saml2? | ldaps? | kerberos | krb5 | ntlm(?:v2)? | plain | login
    | scram(?:-sha-?(?:1|256|512))?(?:-plus)? | cram-?md5 | x?oauth2? | m?tls | md5 | trust | peer | ident | cert | gss(?:api)?
    | sspi | pam | radius | local | internal | external | anonymous | none | session | cookie | api[-_]?key | pub(?:lic)?[-_]?key
    | keyboard-interactive | digest | basic | bearer | password | token | jwt | hmac(?:-?sha-?(?:1|256|512))? | sigv4 | iam | sso
    | client[-_]secret[-_](?:basic|post|jwt) | required | optional | disabled | enabled | default | auto""",
    re.ASCII | re.VERBOSE | re.IGNORECASE,
)
"""How somebody proves who they are."""

_PLAIN_COOKIE: Final = re.compile(
    r"[A-Za-z]{0,12}(?:[-_/][A-Za-z]{2,12})?|[0-9]{1,6}|[A-Za-z]{1,4}[0-9]{1,2}|deleted", re.ASCII
)
_ATTRIBUTES: Final = frozenset(
    {"path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority", "partitioned", "version"}
)


def is_kept(value: str) -> bool:
    """Whether a value is empty, a marker, a variable, an id of this project, or a word of prose."""
    word = _KEPT_WORD.fullmatch(value) if len(value) <= _LONGEST_WORD else None
    return value == "" or (word or _KEPT.fullmatch(value)) is not None


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one, or says where it is kept."""
    if len(value) > _LONGEST_PLACEHOLDER:
        return False
    found = (
        _PLACEHOLDER.fullmatch(value)
        or (value.isupper() and _VARIABLE.fullmatch(value))
        or _REFERENCE.fullmatch(value)
        or (value[value.rfind(".") + 1 :].lower() in _FILE_ENDS and "." in value and _FILE.fullmatch(value))
    )
    return bool(found)


def is_resource(value: str) -> bool:
    """Whether a value is the name of a cluster's object."""
    return len(value) <= 80 and _RESOURCE.fullmatch(value) is not None


def is_method(value: str) -> bool:
    """Whether a value names a way to log in."""
    return len(value) <= 24 and _METHOD.fullmatch(value) is not None


def begins_prose(text: str, start: int) -> bool:
    """Whether a sentence goes on here rather than a value."""
    return _PROSE.match(text, start, start + 60) is not None


def are_plain_cookies(value: str) -> bool:
    """Whether no cookie of a header holds more than a choice: a language, a theme, a flag."""
    pairs = [pair.strip().partition("=") for pair in value.split(";")]
    return all(
        name.lower() in _ATTRIBUTES or (sign and _PLAIN_COOKIE.fullmatch(value) and _is_harmless_name(name))
        for name, sign, value in pairs
    )


def _is_harmless_name(name: str) -> bool:
    return not name or re.search(rf"(?i:sess|auth|sid|{_TELLING_END})", name) is None


_FEWEST_LETTERS: Final = 12


def unspaced(value: str) -> str:
    """Return a text that is written letter by letter, or as a dump of its bytes, without what stands between."""
    if _BETWEEN_LETTERS.isdisjoint(value[1:9]):
        return value
    letters = [word.strip("',\\") for word in value[:2_000].replace("\x00", " ").split()]
    if len(letters) > 2 and 3 < len(letters[0]) < 9 and len({len(word) for word in letters[:-1]}) == 1:
        return "".join(letters) if len(letters[-1]) <= len(letters[0]) and any(map(str.isdigit, value)) else value
    return "".join(letters) if len(letters) >= _FEWEST_LETTERS and max(map(len, letters)) < 3 else value


_BETWEEN_LETTERS: Final = frozenset(" ',\\\x00")
