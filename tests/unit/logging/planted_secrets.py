"""Secrets of every kind, made at run time: how each is written in a text, and which part of it must never show."""

import base64
import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
URL_SAFE = ALNUM + "-_"
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True)
class Planted:
    """A secret as it is written, and the part that must never show."""

    text: str
    secret: str


def draw(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(length))


def whole(prefix: str, alphabet: str, length: int) -> Callable[[Random], Planted]:
    def plant(random: Random) -> Planted:
        text = prefix + draw(random, alphabet, length)
        return Planted(text, text)

    return plant


def inside(before: str, after: str = "", alphabet: str = ALNUM, length: int = 24) -> Callable[[Random], Planted]:
    def plant(random: Random) -> Planted:
        secret = draw(random, alphabet, length)
        return Planted(before + secret + after, secret)

    return plant


def bot_token(random: Random) -> Planted:
    snowflake = str(random.randrange(10**17, 10**19)).encode()
    head = base64.urlsafe_b64encode(snowflake).decode().rstrip("=")
    text = f"{head}.{draw(random, URL_SAFE, 6)}.{draw(random, URL_SAFE, 38)}"
    return Planted(text, text)


def jwt(random: Random) -> Planted:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    text = f"{part({'alg': 'HS256'})}.{part({'sub': draw(random, ALNUM, 8)})}.{draw(random, URL_SAFE, 43)}"
    return Planted(text, text)


def pem(line_end: str, label: str = "PRIVATE KEY") -> Callable[[Random], Planted]:
    def plant(random: Random) -> Planted:
        body = [draw(random, ALNUM + "+/", 64) for _ in range(4)]
        text = line_end.join([f"-----BEGIN {label}-----", *body, f"-----END {label}-----"])
        return Planted(text, body[1])

    return plant


def key_file(random: Random) -> Planted:
    body = draw(random, ALNUM + "+/", 64)
    text = json.dumps(
        {
            "type": "service_account",
            "private_key": f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n",
            "client_email": "bot@project.example",
        }
    )
    return Planted(text, body)


def nested_json(random: Random) -> Planted:
    secret = 'q"' + draw(random, ALNUM, 20)
    text = json.dumps({"body": json.dumps({"inner": json.dumps({"api_key": secret})})})
    return Planted(text, secret[2:])


def railway(random: Random) -> Planted:
    parts = "-".join(draw(random, HEX, length) for length in (8, 4, 4, 4, 12))
    return Planted(f"RAILWAY_TOKEN={parts}", parts)


FORMATS: dict[str, Callable[[Random], Planted]] = {
    "discord bot token": bot_token,
    "discord mfa token": whole("mfa.", URL_SAFE, 84),
    "discord webhook": inside("https://discord.com/api/webhooks/123456789012345678/", "/slack", URL_SAFE, 68),
    "discord webhook, encoded": inside("https%3A%2F%2Fdiscord.com%2Fapi%2Fwebhooks%2F12345678901234567%2F"),
    "interaction callback": inside("/interactions/123456789012345678/", "/callback", ALNUM, 120),
    "interaction follow-up": inside("/api/v10/webhooks/123456789012345678/", "/messages/@original", ALNUM, 120),
    "interaction token": whole("aW50ZXJhY3Rpb246", ALNUM, 100),
    "confirm token": whole("sut-", BASE32, 26),
    **{f"github {kind}": whole(f"gh{kind}_", ALNUM, 36) for kind in "pousr"},
    "github fine-grained": whole("github_pat_", ALNUM + "_", 82),
    "openai": whole("sk-", ALNUM, 48),
    "openai project": whole("sk-proj-", URL_SAFE, 120),
    "openai service account": whole("sk-svcacct-", URL_SAFE, 120),
    "anthropic": whole("sk-ant-" + "api03-", URL_SAFE, 93),
    "google api key": whole("AIza", URL_SAFE, 35),
    "google oauth": whole("ya29" + ".", URL_SAFE, 60),
    "google client secret": whole("GOCSPX-", URL_SAFE, 28),
    "google key file": key_file,
    "private key": pem("\n"),
    "private key, rsa": pem("\n", "RSA PRIVATE KEY"),
    "private key, openssh": pem("\n", "OPENSSH PRIVATE KEY"),
    "private key, escaped": pem("\\n"),
    "private key, escaped twice": pem("\\\\n"),
    "private key, on one line": pem(" "),
    "sentry org token": whole("sntrys_", ALNUM + "+/=_", 80),
    "sentry user token": whole("sntryu_", HEX, 64),
    "sentry dsn": inside("https://", "@o123.ingest.sentry.io/456", HEX, 32),
    "slack bot": whole("xoxb-" + "123456789012-", ALNUM, 24),
    "slack app": whole("xapp-" + "1-A0123-", ALNUM, 40),
    "slack webhook": inside("https://hooks.slack.com/services/", "", UPPER, 30),
    "aws key id": whole("AKIA", UPPER, 16),
    "stripe": whole("sk_live_", ALNUM, 24),
    "stripe restricted": whole("rk_test_", ALNUM, 24),
    "stripe webhook": whole("whsec_", ALNUM, 32),
    "npm": whole("npm_", ALNUM, 36),
    "pypi": whole("pypi-" + "AgEIcHlwaS5vcmc", URL_SAFE, 80),
    "jwt": jwt,
    "bearer": inside("Bearer ", "", ALNUM + "._~+/-", 40),
    "url password": inside("https://bob:", "@example.org/x"),
    "database url": inside("postgresql+psycopg://bob:", "@db.example:5432/app", ALNUM + "@/#!$^*", 24),
    "redis url": inside("redis://:", "@cache:6379/0"),
    "url user": inside("https://", "@git.example/o/r", ALNUM, 40),
}  # fmt: skip
"""Kinds that are told by their form alone."""

PAIRS: dict[str, Callable[[Random], Planted]] = {
    "railway token": railway,
    "aws secret": inside("aws_secret_access_key = ", "", ALNUM + "+/", 40),
    "key=value": inside("password=", " user=bob"),
    "key: value": inside("passwd: ", ", user: bob"),
    "colon without space": inside("secret:", ""),
    "json": inside('{"client_secret": "', '", "user": "bob"}'),
    "compact json": inside('{"token":"', '","user":"bob"}'),
    "json in json": nested_json,
    "escaped json": inside('{\\"password\\": \\"', '\\"}'),
    "repr": inside("{'api_key': '", "', 'user': 'bob'}"),
    "dataclass repr": inside("Config(user='bob', auth_token='", "')"),
    "query": inside("GET /callback?access_token=", "&user=bob"),
    "query key": inside("https://maps.example/api?key=", "&zoom=3"),
    "encoded query": inside("next=%2Fx%3Fpassword%3D", "%26user%3Dbob"),
    "option": inside("deploy --db-password ", " --fast"),
    "option with =": inside("deploy --api-key=", " --fast"),
    "argument list": inside("['deploy', '--password', '", "', '--fast']"),
    "environment": inside("HOME=/root\nDB_PASSWORD=", "\nPATH=/bin", ALNUM + "&;,)!", 24),
    "export": inside("export OPENAI_API_KEY=", ""),
    "quoted environment": inside("SECRET_KEY='", "'"),
    "numbered": inside("TOKEN_2=", ""),
    "camel case": inside('"clientSecret": "', '"'),
    "authorization header": inside("Authorization: Bearer ", "\r\nAccept: */*"),
    "basic header": inside("authorization: Basic ", "=="),
    "header of another scheme": inside("Authorization: Bot ", ""),
    "header pair": inside("[(b'authorization', b'Bearer ", "'), (b'accept', b'*/*')]"),
    "header in curl": inside("curl -H 'X-Api-Key: ", "' https://x.example"),
    "cookie header": inside("Cookie: theme=dark; sid=", "; lang=en\r\nAccept: */*"),
    "set-cookie header": inside("Set-Cookie: session=", "; Path=/; HttpOnly"),
    "quoted cookie": inside('Cookie: sid="', '"; lang=en'),
    "call with a literal": inside('token = SecretStr("', '")'),
    "apostrophe": inside("password='it's", "'"),
    "cookie in json": inside('"Cookie": "a=', '; b=2"'),
    "tag": inside("<password>", "</password>"),
    "annotation": inside('    token: str = "', '"'),
    "comparison": inside("    if token == '", "':"),
    "environ": inside("os.environ['DISCORD_TOKEN'] = '", "'"),
    "tuple": inside("requests.get(url, auth=('bob', '", "'))"),
    "list": inside('"secrets": ["', '", "b"]'),
    "dict": inside("cookies={'sid': '", "'}"),
    "named value": inside('{"name": "DB_PASSWORD", "value": "', '"}'),
    "prose": inside("the password is ", " now"),
    "quoted in prose": inside("login with password '", "' failed"),
    "unclosed quotes in two lines": inside('password="cut\n{"password": "', ""),
    "unclosed quote": inside('{"password": "', ""),
    "after an escaped line end": inside("a\\npwd=", "\\nuser=bob"),
    "with a marker in front": inside("password=[redacted:x]", ""),
    "with escaped quote": inside('{"password": "a\\"', '"}'),
    "with backslash": inside("password=a\\7", ""),
    "with comma": inside("token=abc123,", ""),
}
"""Kinds that are told by the name in front of them."""

KINDS = FORMATS | PAIRS


def shows(secret: str, text: str) -> bool:
    """Whether a telling part of the secret is in the text, in any form it may have there."""
    parts = [secret[start : start + 10] for start in range(0, max(len(secret) - 9, 1), 5)]
    forms = {form for part in parts for form in (part, quote(part, safe=""), json.dumps(part)[1:-1])}
    return any(form in text for form in forms if len(form) >= 8)
