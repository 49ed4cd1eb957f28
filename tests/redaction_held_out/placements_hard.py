"""Placements that need care: escapes, colours, other lines, very long lines, other languages' dumps."""

import html
import json
import random
from urllib.parse import quote, quote_plus

from tests.redaction_held_out.grammar import Credential
from tests.redaction_held_out.placement import Placement, Put, encoded, template

LONG = 64 * 1024
FILLER = (
    'shard ready; guild {} cached 212 members; GET /api/v10/channels/{} 200 in {} ms; "{}": true, ',
    "row {} kept; checksum ok; next page {}; waiting {} ms for the bucket; ({}) ",
)


def filler(length: int, rng: random.Random) -> str:
    """Harmless text of about this length."""
    text = ""
    while len(text) < length:
        chunk = "".join(rng.choice(FILLER).format(*(rng.randrange(10**4, 10**9) for _ in range(4))) for _ in range(64))
        text += chunk
    return text[:length]


def long_line(before: float, line: str) -> Put:
    """The line inside 64 KB, after this share of them."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        text, needle = template(line)(credential, rng)
        ahead = int(LONG * before)
        return f"{filler(ahead, rng)}{text}{filler(LONG - ahead, rng)}", needle

    return put


def json_in_json(depth: int) -> Put:
    """A JSON body as a string in another, so many times."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        text, needle = json.dumps({"id": rng.randrange(10**6), credential.name: credential.text}), credential.secret
        needle = json.dumps(needle)[1:-1]
        for _ in range(depth):
            text, needle = json.dumps({"status": 400, "body": text}), json.dumps(needle)[1:-1]
        return text, needle

    return put


def only_special(text: str) -> str:
    """JSON as careful writers write it: the signs that mean something to a web page as escapes."""
    text = json.dumps(text)[1:-1]
    return "".join(f"\\u{ord(each):04x}" if each in "<>&'=+" else each.replace("/", "\\/") for each in text)


def multipart(credential: Credential, rng: random.Random) -> tuple[str, str]:
    """A form upload's part."""
    edge = f"----WebKitFormBoundary{rng.randrange(10**9)}"
    return f'{edge}\r\nContent-Disposition: form-data; name="{credential.name}"\r\n\r\n{credential.text}\r\n{edge}--', (
        credential.secret
    )


NAMED = {
    "coloured value": "\x1b[32mINFO\x1b[0m settings \x1b[36m@NAME\x1b[0m=\x1b[35m@VALUE\x1b[0m",
    "coloured equals": "\x1b[1m@NAME\x1b[0m \x1b[2m=\x1b[0m \x1b[33m'@VALUE'\x1b[0m",
    "value on the next line": "@NAME:\n    @VALUE",
    "value on the next line after equals": '@NAME =\n  "@VALUE"',
    "yaml literal block": "stringData:\n  @NAME: |-\n    @VALUE\n  other: x",
    "yaml name and value": 'env:\n  - name: @NAME\n    value: "@VALUE"\n  - name: PORT\n    value: "80"',
    "json name and value": '{"env": [{"name": "@NAME", "value": "@VALUE"}, {"name": "PORT", "value": "80"}]}',
    "json key and value": '[{"key": "@NAME", "type": "text", "value": "@VALUE"}]',
    "docker inspect": '"Env": [\n    "PATH=/usr/bin",\n    "@NAME=@VALUE"\n]',
    "markdown table": "| setting | value |\n|---|---|\n| @NAME | @VALUE |",
    "csv with a head": "id,user,@NAME,created\n7,anna,@VALUE,2026-01-02",
    "sql insert": "INSERT INTO accounts (user_name, @NAME) VALUES ('anna', '@VALUE')",
    "sql update": "UPDATE accounts SET @NAME = '@VALUE' WHERE id = @MS",
    "ruby hash": '{:user=>"anna", :@NAME=>"@VALUE"}',
    "php dump": 'array(2) { ["user"]=> string(4) "anna" ["@NAME"]=> string(40) "@VALUE" }',
    "java map": "Config{user=anna, @NAME=@VALUE, retries=3}",
    "go struct": "&{Host:db Port:5432 @NAME:@VALUE Debug:false}",
    "rust struct": 'Config { host: "db", @NAME: Some("@VALUE"), retries: 3 }',
    "javascript object": "{ host: 'db', '@NAME': '@VALUE', retries: 3 }",
    "diff": "--- a/.env\n+++ b/.env\n@@ -1,2 +1,2 @@\n-@NAME=changeme\n+@NAME=@VALUE\n PORT=80",
    "curly quotes": "@NAME is set to “@VALUE”",
    "wide colon": "@NAME：@VALUE",
    "colon without a space": "@NAME:@VALUE",
    "hard spaces": "@NAME\u00a0=\u00a0@VALUE",
    "tab aligned": "@NAME\t\t@VALUE",
    "windows line ends": "PORT=80\r\n@NAME=@VALUE\r\nTZ=UTC\r\n",
    "prefixed name": "BOT__STAGING__@NAME=@VALUE",
    "config path": "settings.production['@NAME'] = '@VALUE'",
    "xml attribute": '<add name="@NAME" value="@VALUE" />',
    "spoiler of chat": "**@NAME** ||@VALUE||",
    "double colon": "@NAME::@VALUE",
    "is set to": "@NAME was set to @VALUE by anna",
    "padded table": "@NAME                       @VALUE     (from the environment)",
}
LONGS = {
    "beginning of 64 KB": (0.0, "@NAME=@VALUE "),
    "middle of 64 KB": (0.5, " @NAME='@VALUE' "),
    "end of 64 KB": (1.0, ' "@NAME": "@VALUE"'),
    "just before 64 KB": (0.97, " @NAME=@VALUE; "),
}

HARD = [
    *(Placement(name, "hard", True, template(line)) for name, line in NAMED.items()),
    *(Placement(name, "hard", True, long_line(*how)) for name, how in LONGS.items()),
    Placement("bare in the middle of 64 KB", "hard", False, long_line(0.4, " @VALUE ")),
    Placement("json in json", "hard", True, json_in_json(1)),
    Placement("json in json in json", "hard", True, json_in_json(2)),
    Placement("form body", "hard", True, encoded("body: user=anna&@NAME=@VALUE&x=1", quote_plus)),
    Placement(
        "query string",
        "hard",
        True,
        encoded("GET /v1/items?page=2&@NAME=@VALUE HTTP/1.1", lambda text: quote(text, safe="")),
    ),
    Placement(
        "url-encoded",
        "hard",
        False,
        encoded("callback=%7B%22detail%22%3A%22@VALUE%22%7D", lambda text: quote(text, safe="")),
    ),
    Placement("html-encoded", "hard", True, encoded("<td>@NAME</td> = &quot;@VALUE&quot;", html.escape)),
    Placement(
        "html attribute", "hard", True, encoded('<input type="hidden" name="@NAME" value="@VALUE">', html.escape)
    ),
    Placement(
        "html-encoded json",
        "hard",
        True,
        encoded("data-props=&quot;{&quot;@NAME&quot;:&quot;@VALUE&quot;}", html.escape),
    ),
    Placement("careful json", "hard", True, encoded('{"@NAME":"@VALUE"}', only_special)),
    Placement("bytes", "hard", True, encoded('sent b\'{"@NAME": "@VALUE"}\'', lambda text: repr(text.encode())[2:-1])),
    Placement("multipart form", "hard", True, multipart),
    Placement("coloured in the open", "hard", False, template("\x1b[31mfailed\x1b[0m with \x1b[1;33m@VALUE\x1b[0m!")),
]
