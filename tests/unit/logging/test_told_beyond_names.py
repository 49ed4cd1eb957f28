"""Secrets told by a link, a command, an odd name or an odd way of writing, and what only looks like one."""

import secrets
from collections.abc import Callable

import pytest

from bot.logging import redact


def a_password() -> str:
    return f"Ot{secrets.randbelow(900) + 100}!{secrets.token_hex(4)}q"


def hex_digits() -> str:
    return secrets.token_hex(16)


def digits() -> str:
    return str(secrets.randbelow(900_000) + 100_000)


def words() -> str:
    return " ".join(secrets.choice(("river", "candle", "orbit", "velvet", "hammer", "tiger")) for _ in range(12))


def in_fours() -> str:
    return " ".join(f"{secrets.token_hex(1)}Q{digit}" for digit in secrets.token_hex(4) if digit)


NAMES = {
    "svcAccountPwd={}": a_password,
    "pass_word: {}": a_password,
    "storepass={}": a_password,
    "db_password_v2 = '{}'": a_password,
    "new_password_confirmation={}": a_password,
    "masterauth {}": a_password,
    "heslo: {}": a_password,
    "\u5bc6\u78bc\uff1a{}": a_password,
    '{{"user_pin":"{}","name":"anna"}}': digits,
    "sms_verification_code={}": digits,
    "Your login code is {}": digits,
    "{} is your verification code": digits,
    "sessionSid={}": hex_digits,
    "mjApikeyPrivate={}": hex_digits,
    "API_TOKEN_GITHUB={}": hex_digits,
    "MNEMONIC={}": words,
}

LINKS = {
    "https://ha.example.org/api/webhook/{}": hex_digits,
    "https://example.org/build_hooks/{}": hex_digits,
    "https://mainnet.infura.io/v3/{}": hex_digits,
    "https://calendar.example.org/ical/anna/private-{}/basic.ics": hex_digits,
    "GET /password/reset/{} HTTP/1.1": hex_digits,
    "wss://rpc.example.org/v2/{}": hex_digits,
}

COMMANDS = {
    "7z x -p{} backup.7z": a_password,
    "ipmitool -I lanplus -H 10.0.0.9 -U ADMIN -P {} power status": a_password,
    "mosquitto_pub -h broker -u anna -P {} -t a/b": a_password,
    "rcon -H 10.0.0.9 -p {} say": a_password,
    "net use Z: \\\\fs01\\share /user:ACME\\anna {}": a_password,
    "steamcmd +login anna {} +quit": a_password,
    "keytool -list -storepass {}": a_password,
    "snmp-server community {} RO": a_password,
    "username anna privilege 15 password 7 {}": hex_digits,
    'pppd: chap-secrets entry anna * "{}" *': a_password,
    "SET PASSWORD FOR 'anna'@'localhost' = '{}'": a_password,
    "> AUTH default {}": a_password,
}

WAYS = {
    'a:1:{{s:8:"password";s:12:"{}";}}': a_password,
    '"SET" "app:token" "{}"': hex_digits,
    '(connect (api-token "{}"))': hex_digits,
    '[{{password,"{}"}},{{port,5432}}]': a_password,
    '$password\n[1] "{}"': a_password,
    "<key>password</key>\n\t<string>{}</string>": a_password,
    '<property name="password"><value>{}</value></property>': a_password,
    '{{"value":"{}","name":"password"}}': a_password,
    "cs1={} cs1Label=api_key": hex_digits,
    "cs1Label=api_key cs1={}": hex_digits,
    "$ echo $DB_PASSWORD\n{}": a_password,
    "*API_KEY*: `{}`": hex_digits,
    "expected another password, got '{}'": a_password,
    '$.auth.password changed: null -> "{}"': a_password,
    "map[X-Stream-Key:[{}]]": hex_digits,
    "\u2502 api_key \u2502 {} \u2502": hex_digits,
    "password := {}": a_password,
    "password \u2192 {}": a_password,
    "api_key: >-\n    {}\n": hex_digits,
    'token="{}"': in_fours,
    "password=Some({})": a_password,
    "the key is {} is the password": a_password,
}


@pytest.mark.parametrize(("place", "draw"), [*NAMES.items(), *LINKS.items(), *COMMANDS.items(), *WAYS.items()])
def test_a_secret_is_told_wherever_people_write_one(place: str, draw: Callable[[], str]) -> None:
    secret = draw()

    redacted = redact(place.format(secret))

    assert secret not in redacted
    assert "[redacted:" in redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize("joint", ['" "', '" . "', '" + "', "\n    "])
def test_a_value_in_two_pieces_goes_as_one(joint: str) -> None:
    first, second = secrets.token_hex(10), secrets.token_hex(10)
    opening, closing = ("api_key: >-\n    ", "") if joint.startswith("\n") else ('api_key = "', '"')

    redacted = redact(f"{opening}{first}{joint}{second}{closing}")

    assert first not in redacted
    assert second not in redacted


PLACEHOLDERS = [
    "apikey: REPLACE_ME in app.toml",
    "token=xxxxxxxx user=anna",
    "api_key=<YOUR_API_KEY>",
    "  --api-key KEY   API key to use (default: None)",
    "  -p, --password string   Password for the registry",
    "config: token_env=BOT_TOKEN secret_backend=vault",
]
REFERENCES = [
    "DB_PASSWORD=$(cat /run/secrets/db_password)",
    "reading password from /run/secrets/db_password uid 1000",
    "secret: !vault # see group_vars/all",
    "token: env:GITHUB_TOKEN",
    "password: op://vault/item/password",
    "existingSecret=my-release-auth",
    'secret "app-tls-secret" not found',
    "imagePullSecrets: [{name: regcred}]",
    "secret_id: billing/prod version_stage=AWSCURRENT",
    "ssl_key=/etc/ssl/private/server.key",
]
PROSE = [
    "Password: prompt timed out after 90 s",
    "passwd: user not found: anna",
    '{"field":"api_key","error":"is required"}',
    "expected token, got identifier",
    '{"auth":{"method":"oauth2","mfa":true},"user":"anna"}',
    "Set-Cookie: lang=de; Path=/; Max-Age=31536000",
    "GPIO pin: 13 is high",
    "the login code is invalid",
    "exit code: 137",
    "community guidelines updated",
    "unzip -p archive.zip manifest.json",
    "docker run -p 8080:80 image",
    "AUTH mechanism SCRAM-SHA-256 chosen",
]


@pytest.mark.parametrize("line", [*PLACEHOLDERS, *REFERENCES, *PROSE])
def test_what_stands_for_a_secret_or_speaks_of_one_stays(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    ("line", "draw"),
    [
        ("collected 340 items; seed={}", digits),
        ("wwn-0x{} SMART ok", lambda: secrets.token_hex(8)),
        ("spotify:track:{}", lambda: secrets.token_urlsafe(16)[:22].replace("-", "a").replace("_", "b")),
        ("POST /deploy/{} 200", lambda: secrets.token_hex(20)),
        ("GET /v1/items/{} 200", hex_digits),
        ("Sec-WebSocket-Accept: {}", lambda: secrets.token_hex(14)),
        ("sid=S-1-5-21-{}-1013", digits),
        ("public_key={}", hex_digits),
    ],
)
def test_ids_that_debugging_needs_stay(line: str, draw: Callable[[], str]) -> None:
    text = line.format(draw())

    assert redact(text) == text


BEHIND = {
    "a table in a box": "+----+------+\n| id | password |\n+----+------+\n| 17 | @ |\n+----+------+",
    "a table of psql": " id | api_key\n----+------\n 17 | @\n(1 row)",
    "a form's part": '--b1\nContent-Disposition: form-data; name="client_secret"\n\n@\n--b1--',
    "a validation's input": "1 error for Settings\napi_key\n  Input should be a date [type=date, input_value='@']",
    "an option of its own": "aws ssm put-parameter --name /prod/api_key --type SecureString --value @",
    "a binary of Erlang": '[{host,"db1"},{api_key,<<"@">>}]',
    "codes for a rainy day": "backup_codes: aaa1-@ bbb2-@",
    "a temporary password": "A temporary password is generated for root@localhost: @",
}


@pytest.mark.parametrize("where", BEHIND)
def test_a_value_is_told_by_where_it_stands_behind_a_name(where: str) -> None:
    value = secrets.token_hex(5)

    redacted = redact(BEHIND[where].replace("@", value).replace(f"root{value}localhost", "root@localhost"))

    assert value not in redacted
    assert redact(redacted) == redacted
