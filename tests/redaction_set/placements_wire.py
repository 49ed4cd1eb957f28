"""Secrets in headers, URLs, bodies and documents, and in the encodings they travel in."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from tests.redaction_set.placement import (
    ANY,
    BLOCK,
    ONE_LINE,
    QUOTED,
    WORD,
    Json,
    Placement,
    Planted,
    Table,
    written,
)


def in_json(text: str) -> str:
    """As it reads inside a JSON string."""
    return json.dumps(text)[1:-1]


def in_json_twice(text: str) -> str:
    """As it reads in JSON within a JSON string."""
    return in_json(in_json(text))


def in_json_thrice(text: str) -> str:
    """As it reads two JSON strings deep."""
    return in_json(in_json_twice(text))


def in_url(text: str) -> str:
    """Percent-encoded."""
    return quote(text, safe="")


def in_url_twice(text: str) -> str:
    """Percent-encoded twice, as in a redirect's parameter."""
    return in_url(in_url(text))


def in_xml(text: str) -> str:
    """With entities."""
    return html.escape(text)


def in_numbered_entities(text: str) -> str:
    """Every character that is no letter or digit as a numbered entity."""
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"&#{ord(found[0])};", text)


def in_unicode_escapes(text: str) -> str:
    """Every character as a \\u escape."""
    return "".join(f"\\u{ord(each):04x}" for each in text)


def in_byte_escapes(text: str) -> str:
    """Every byte as a \\x escape."""
    return "".join(f"\\x{each:02x}" for each in text.encode())


def in_hex(text: str) -> str:
    """As hexadecimal digits."""
    return text.encode().hex()


def in_base64(text: str) -> str:
    """As base64."""
    return base64.b64encode(text.encode()).decode()


header = Table("ordinary", "token", WORD)
HEADERS = (
    header("bearer", "Authorization: Bearer {s}"),
    header("bearer-lower", "authorization: bearer {s}"),
    header("bot-scheme", "Authorization: Bot {s}"),
    header("token-scheme", "Authorization: token {s}"),
    header("apikey-scheme", "Authorization: ApiKey {s}"),
    header("no-scheme", "Authorization: {s}"),
    header("x-api-key", "X-Api-Key: {s}"),
    header("x-auth-token", "> X-Auth-Token: {s}"),
    header("curl-bearer", "curl -s -H 'Authorization: Bearer {s}' https://api.example.com/v1/me"),
    header("curl-api-key", 'curl --header "X-API-Key: {s}" https://api.example.com'),
    header("headers-dict", "headers={'Authorization': 'Bearer {s}', 'Accept': '*/*'}"),
    header("headers-json", '{"headers": {"authorization": "Bearer {s}", "accept": "*/*"}}'),
    header("headers-tuples", "[(b'authorization', b'Bearer {s}'), (b'accept', b'*/*')]"),
    header("headers-proxy", "<CIMultiDictProxy('Authorization': 'Bearer {s}', 'Host': 'a')>"),
    header("query-access-token", "GET /v1/me?access_token={s}&v=2 HTTP/1.1"),
)
login = Table("ordinary", "password", WORD)
LOGINS = (
    login("curl-user", "curl -u alice:{s} https://api.example.com/v1/me"),
    login("option-password", "mysql --user=app --password={s} orders"),
    login("option-password-space", "psql-wrapper --password {s} orders"),
    login("netrc", "machine api.example.com login alice password {s}"),
    login("netrc-lines", "machine api.example.com\n  login alice\n  password {s}"),
    login("sql-identified-by", "CREATE USER app IDENTIFIED BY '{s}'"),
    login("sql-password", "ALTER ROLE app WITH LOGIN PASSWORD '{s}'"),
    login("docker-login", "docker login -u robot --password {s} registry.example.com"),
    login("sshpass", "sshpass -p '{s}' ssh deploy@10.0.0.4"),
    login("redis-auth", '1700000000.123 [0 127.0.0.1:5000] "AUTH" "{s}"'),
)
short_login = Table("hard", "password", WORD)
SHORT_LOGINS = (
    short_login("short-option", "mysql -u root -p{s} orders"),
    short_login("redis-cli", "redis-cli -h cache -a {s} ping"),
    short_login("ldap-bind", "ldapsearch -D cn=admin -w {s} -b dc=example"),
    short_login("user-slash-password", "sqlplus app/{s}@ORCL"),
    short_login("pgpass", "db.internal:5432:orders:app:{s}"),
)
in_place_of_password = Table("ordinary", "password", WORD, in_url)
hard_url = Table("hard", "name", ONE_LINE, in_url)
URLS = (
    in_place_of_password("url-password", "cloning https://alice:{s}@git.example.com/a.git"),
    in_place_of_password("database-url", "connecting to postgresql://app:{s}@db.internal:5432/orders"),
    in_place_of_password("url-password-only", "redis://:{s}@cache:6379/0 unreachable"),
    Table("ordinary", "name", WORD, in_url)("query", "GET https://api.example.com/v1?{k}={s}&page=2"),
    Table("ordinary", "name", WORD, in_url)("access-log-query", '10.0.0.1 - - "GET /cb?a=1&{k}={s} HTTP/1.1" 200 12'),
    Table("ordinary", "name", WORD, in_url)("form", "grant_type=x&{k}={s}&scope=read"),
    hard_url("query-encoded", "GET /redirect?to=home&{k}={s} 302"),
    hard_url("fragment", "https://app.example.com/#{k}={s}"),
    Table("extreme", "name", ONE_LINE, in_url_twice)("encoded-twice", "/login?next=%2Fcb%3F{k}%3D{s}"),
    Table("extreme", "nothing", ONE_LINE, in_url)("encoded-bare", "next={s}"),
)
json_value = Table("ordinary", "name", ANY, in_json)
JSONS = (
    json_value("json", '{"user": "alice", "{k}": "{s}", "retries": 3}'),
    json_value("json-camel", '{"{c}":"{s}","ok":false}'),
    json_value("json-pretty", '{\n  "client": {\n    "{k}": "{s}",\n    "port": 5\n  }\n}'),
    json_value("json-log-line", '{"level": "error", "msg": "boot", "config": {"{d}": "{s}"}}'),
    json_value("json-array", '{"{k}": ["{s}"]}'),
    Table("hard", "name", ANY, in_json_twice)("json-in-json", '{"body": "{\\"{k}\\": \\"{s}\\"}", "n": 1}'),
    Table("extreme", "name", ANY, in_json_thrice)(
        "json-in-json-in-json", '{"a": "{\\"b\\": \\"{\\\\\\"{c}\\\\\\": \\\\\\"{s}\\\\\\"}\\"}"}'
    ),
    Table("hard", "nothing", ANY, in_json)("json-content", '{"content": "please try {s} again"}'),
)
xml = Table("ordinary", "name", ONE_LINE, in_xml)
DOCUMENTS = (
    xml("xml-element", "<client><{P}>{s}</{P}></client>"),
    xml("xml-attribute", '<client host="a" {c}="{s}"/>'),
    xml("xml-setting", '<add key="{P}" value="{s}" />'),
    Table("hard", "name", ONE_LINE, in_xml)("html-input", '<input type="hidden" name="{k}" value="{s}">'),
    Table("hard", "name", ONE_LINE, in_xml)("html-rows", "<tr><th>{W}</th><td>{s}</td></tr>"),
    Table("hard", "name", WORD)("multipart", '--b0\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{s}\r\n--b0--'),
    Table("ordinary", "name", WORD)("cookie", "Cookie: lang=en; {k}={s}; theme=dark"),
    Table("ordinary", "name", WORD)("set-cookie", "Set-Cookie: {k}={s}; Path=/; HttpOnly; Secure"),
    Table("hard", "name", QUOTED)("sql-insert", "INSERT INTO settings (id, {k}) VALUES (7, '{s}')"),
    Table("ordinary", "name", QUOTED)("sql-where", "SELECT id FROM users WHERE {k} = '{s}' LIMIT 1"),
    Table("ordinary", "name", QUOTED)("sql-update", "UPDATE users SET {k} = '{s}' WHERE id = 7"),
    Table("extreme", "name", ONE_LINE, in_numbered_entities)("numbered-entities", "&quot;{k}&quot;: &quot;{s}&quot;"),
    Table("hard", "nothing", BLOCK)("block-alone", "{s}"),
    Table("hard", "nothing", BLOCK)("block-in-text", "loaded key\n{s}\nfor deploy"),
    Table("hard", "nothing", BLOCK, lambda text: text.replace("\n", "\r\n"))("block-crlf", "{s}\r\n"),
    Table("extreme", "nothing", BLOCK, lambda text: text.replace("\n", "\n        "))("block-indented", "        {s}"),
)


def encoded(name: str, pattern: str, encode: Callable[[str], str], telling: bool = True) -> Placement:
    """An extreme placement whose secret stands encoded beside its name."""
    table = Table("extreme", "name" if telling else "nothing", WORD, encode)
    return table(name, pattern)


def whole_base64(name: str, inner: str, outer: str) -> Placement:
    """A line that is base64 as a whole; what stands before the secret is a multiple of three bytes long."""

    def put(planted: Planted) -> Json:
        return outer.replace("{b}", in_base64(written(inner, planted)))

    def encode_inside(text: str) -> str:
        return in_base64(text[: len(text) // 3 * 3])

    return Placement(name, "extreme", "token", WORD, put, encode_inside)


ENCODED = (
    encoded("kubernetes-secret", "kind: Secret\ndata:\n  {k}: {s}", in_base64),
    encoded("base64-value", "{k}={s}", in_base64),
    encoded("base64-bare", "payload {s}", in_base64, telling=False),
    encoded("hex-value", "{k}={s}", in_hex),
    encoded("unicode-escapes", '{"{k}": "{s}"}', in_unicode_escapes),
    encoded("byte-escapes", "{k}=b'{s}'", in_byte_escapes),
    encoded("reversed-name-hex", "0000  {s}  |{k}|", in_hex),
    encoded("literal-tab-json", '{\\"{k}\\":\\"{s}\\"}', in_json),
)
PLACEMENTS = (
    *(*HEADERS, *LOGINS, *SHORT_LOGINS, *URLS, *JSONS, *DOCUMENTS, *ENCODED),
    whole_base64("base64-of-three", "abc{s}", "Authorization-Copy: {b}"),
    whole_base64("base64-of-header", "> Authorization: Bearer {s}", "raw headers {b}"),
    whole_base64("base64-of-json", '{"id":12,"token":"{s}"}', "body={b}"),
)
