"""What the redactor replaces, what it leaves, and that it is stable; `SOAK_EXAMPLES` says how many are tried."""

import base64
import json
import logging
import os
import re
from pathlib import Path
from random import Random
from secrets import token_hex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.logging import RingBufferHandler, redact, set_known_secrets
from bot.logging.json_line import to_json
from bot.logging.redaction import is_suspect
from tests.unit.logging.planted_secrets import KINDS, Planted, draw, shows

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "300"))
KIND = st.sampled_from(sorted(KINDS))
SEED = st.integers(0, 2**32)

CLEAN = [
    "max_tokens: 4096",
    "token_count=51",
    "tokens: 51",
    "token=51",
    "password reset requested",
    "api_key is None",
    "password is required",
    "Authorization failed for user 12",
    "the secretary of the author",
    "monkey: 5, compass: north, keyboard=de",
    "diff_sha256=" + "a1" * 32,
    "commit 3f2504e04f8941d39a0c0305e82c33013f2504e0",
    "id 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "user 123456789012345678 in guild 876543210987654321",
    "2025-11-13T12:47:12.542Z",
    'File "/app/bot/ledger/sheet.py", line 12, in append',
    "incident inc_0123456789ab opened as wo_20251113_0001",
    "confirm token wo_20251113_0001",
    "client.run(token=TOKEN)",
    "token = get_token()",
    "token = await self.fetch_token(session)",
    "connect(api_key=settings.api_key, password=new_password)",
    "def login(token: str, password: str | None = None) -> None:",
    "os.environ['DISCORD_TOKEN']",
    'TOKEN = os.environ["DISCORD_TOKEN"]',
    "token=None, password='', secret=\"\"",
    '{"token":null,"password":"","auth":true}',
    "session=<aiohttp.client.ClientSession object at 0x7f00aa>",
    "KeyError: 'token'",
    "token: expired",
    "session: closed",
    "DISCORD_TOKEN is missing: set it",
    "fields ['password', 'email', 'name']",
    "Unexpected token '<', \"<!DOCTYPE\" is not valid JSON",
    "Unexpected token 'foo_bar1'",
    "f'{scheme}://{user}:{password}@{host}' with token={token}",
    "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
    "token=%s, password=***, secret=<hidden>",
    "https://example.com:8080/x?mail=a@b.c",
    "https://github.com/o/r/pull/5 and ssh://git@github.com/o/r",
    "http://user:***@host/",
    "/api/webhooks/123456789012345678",
    "token=SecretStr('**********')",
    "task-force-alpha-team-number-one, sk-learn, sut-short, eyJ",
    "-----BEGIN PUBLIC KEY-----",
    "a PEM text begins with -----BEGIN PRIVATE KEY----- and a line end",
    "bearer authentication is not used",
    "Bearer authentication-is-not-used-by-any-of-these-endpoints",
    'WWW-Authenticate: Bearer realm="api", error="invalid_token1"',
    "12 passed, pass: 12",
    "    openai_api_key: SecretStr | None = Field(None, description='lets a model read')",
    "    discord_token: SecretStr = Field(",
    "facts = {'token': interaction.token, 'session': connection.session}",
    "self._grants[token] = grant",
    "user, _, password = decoded.partition(':')",
    "encoded = base64.b64encode(f'x-access-token:{self.token}'.encode())",
    "authorization = request.headers.get('Authorization', '')",
    "session = connection, cookies: LooseCookies | None = None",
    "needed = ('github_dispatch_token', 'github_repo')",
    "run `/debug_confirm_fix <token>` to publish",
    "The context without secrets: it may be what somebody typed",
]

WORDS = "password token api_key auth session secret Cookie Authorization pwd pass key user name value 51 is hunter2"
SIGNS = '= : " \' \\ \\" \\n , ; & ? ( ) [ ] { } < > -- :// @ / %3D %26 ` $ {x} *** _ - . => == é'
SECRETS = ["ghp_" + "a" * 36, "sk-" + "b1" * 20, "M" + "a" * 24 + "." + "b" * 6 + "." + "c" * 30, "abc123XY", "A" * 20]
PIECES = ["eyJ", "Bearer ", "/webhooks/123/", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----"]
MARKERS = ["[redacted:x]", "[redacted:token]", "[redacted:"]
ODD = [" ", "\n", "\u2028", "\x1b[31m", "\ud800"]
FRAGMENTS = [*WORDS.split(), *SIGNS.split(), *SECRETS, *PIECES, *MARKERS, *ODD]
MIXED = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


def plant(kind: str, seed: int) -> Planted:
    return KINDS[kind](Random(seed))


@pytest.fixture(autouse=True)
def _no_known_secrets():
    yield
    set_known_secrets(())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_secret_of_this_kind_is_replaced_and_its_surroundings_stay(kind):
    for seed in range(20):
        planted = plant(kind, seed)

        redacted = redact(f"before {planted.text} after")

        assert not shows(planted.secret, redacted)
        assert "[redacted:" in redacted
        assert redacted.startswith("before ")
        assert redact(redacted) == redacted


@settings(max_examples=EXAMPLES, deadline=None)
@given(KIND, SEED, st.text(max_size=12), st.sampled_from(["\n", " ", " (", "\t", "; "]))
def test_a_secret_never_shows_whatever_stands_around_it(kind, seed, around, separator):
    planted = plant(kind, seed)

    redacted = redact(f"{around}{separator}{planted.text}{separator}{around}")

    assert not shows(planted.secret, redacted)


@settings(max_examples=EXAMPLES, deadline=None)
@given(KIND, SEED)
def test_a_secret_never_shows_in_json_of_any_depth(kind, seed):
    planted = plant(kind, seed)
    once = json.dumps({"note": planted.text})
    twice = json.dumps([once])

    for document in (once, twice, to_json({"a": {"b": [planted.text]}})):
        redacted = redact(document)

        assert not shows(planted.secret, redacted)
        json.loads(redacted)


@settings(max_examples=EXAMPLES, deadline=None)
@given(MIXED)
@example("token://://@password")
@example(f"auth:{SECRETS[0]}(")
@example(f"password `name{SECRETS[0]}")
@example("api_key:{-----BEGIN PRIVATE KEY-----\n")
def test_redacting_twice_changes_nothing_more(text):
    redacted = redact(text)

    assert redact(redacted) == redacted


@settings(max_examples=25, deadline=None)
@given(st.lists(MIXED, min_size=1, max_size=4), st.integers(17_000, 30_000))
def test_redacting_a_long_text_twice_changes_nothing_more(texts, length):
    unit = "".join(texts) + "; "
    redacted = redact((unit * (length // len(unit) + 1))[:length])

    assert redact(redacted) == redacted


def test_nothing_begins_within_a_marker():
    text = "://[redacted:discord-token]d@password"

    assert redact(text) == text


@pytest.mark.parametrize("begun", ["[redacted:", "[redacted: ", "[redacted:\n", "[redacted:x ", "[redacted:x\n"])
def test_a_marker_that_never_ends_hides_nothing(begun):
    assert redact(f"{begun}password=hunter2x") == f"{begun}password=[redacted:password]"


def test_any_number_of_markers_withholds_nothing_behind_them():
    text = "[redacted:github-token], " * 400 + "the row was saved"

    assert redact(text) == text


@settings(max_examples=EXAMPLES, deadline=None)
@given(MIXED)
def test_the_cheap_gate_never_passes_a_text_that_holds_a_secret(text):
    if redact(text) != text:
        assert is_suspect(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(MIXED)
@example('&key="=password')
@example('password\npassword"password')
def test_a_log_line_shows_nothing_that_the_redactor_replaces(text):
    handler = RingBufferHandler()
    logger = logging.Logger("bot.mixed")
    logger.addHandler(handler)
    text = text.replace("\ud800", "?")

    logger.error("%s", text, extra={"deep": {"own": text}})
    logged = json.loads(handler.lines()[0])
    handler.close()

    assert (logged["msg"], logged["deep"]["own"]) == (redact(text), redact(text))


@pytest.mark.parametrize("text", ['password\npassword"password', "Bearer nameabc123XY="])
def test_the_cheap_gate_sees_through_the_escapes_of_json(text):
    assert is_suspect(to_json({"msg": text}))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(MIXED, MIXED | st.integers() | st.lists(MIXED, max_size=3), max_size=4))
def test_a_redacted_json_object_is_still_one(document):
    assert isinstance(json.loads(redact(to_json(document))), dict)


@pytest.mark.parametrize("seed", [874, 3883])
def test_a_bearer_token_without_a_digit_is_one_too(seed):
    planted = plant("bearer", seed)

    assert redact(f"a {planted.text} b") == "a Bearer [redacted:bearer] b"


@pytest.mark.parametrize("text", CLEAN)
def test_what_debugging_needs_is_kept(text):
    assert redact(text) == text
    assert json.loads(redact(json.dumps({"msg": text}))) == {"msg": text}


def test_source_code_is_left_as_it_is():
    """Tracebacks show it and patches are made of it: at most one line in a thousand of our own may be touched."""
    paths = [path for path in Path("bot").rglob("*.py") if not path.name.startswith("forms_")]  # tables of prefixes
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]

    touched = [line for line in lines if redact(line) != line]

    assert len(lines) > 1_000
    assert len(touched) * 1_000 <= len(lines), touched


def test_only_the_secret_is_replaced():
    token = "ghp_" + "a" * 36

    redacted = redact(f"git clone https://bob:{token}@github.com/o/r failed with 403, password='{token}'")

    assert redacted == (
        "git clone https://bob:[redacted:github-token]@github.com/o/r failed with 403, password='[redacted:password]'"
    )


def test_the_marker_names_the_kind():
    assert redact("sut-" + "a2" * 13) == "[redacted:confirm-token]"
    assert redact("it sent sut_" + "aB-" * 14 + "x, sadly") == "it sent [redacted:suture-key], sadly"
    assert redact("Authorization: Bearer " + "a1" * 10) == "Authorization: Bearer [redacted:authorization]"
    assert redact("/webhooks/123456789012345678/" + "x" * 30) == "/webhooks/123456789012345678/[redacted:webhook-token]"


def test_a_clean_text_is_returned_as_it_is():
    text = "row appended to sheet Expenses after 3 tries in 120 ms"

    assert redact(text) is text


KNOWN = 'Tr0ub4dor&3 "Ünïcode"/+=\\x'


@pytest.mark.parametrize(
    "form",
    [
        KNOWN,
        quote(KNOWN),
        quote(KNOWN, safe=""),
        quote_plus(KNOWN),
        re.sub("%..", lambda code: code[0].lower(), quote(KNOWN, safe="")),
        json.dumps(KNOWN),
        json.dumps(KNOWN, ensure_ascii=False),
        json.dumps({"a": json.dumps({"b": KNOWN})}),
        repr(KNOWN),
        base64.b64encode(KNOWN.encode()).decode(),
        base64.urlsafe_b64encode(KNOWN.encode()).decode(),
        base64.b64encode(b"u:" + KNOWN.encode()).decode(),
        base64.b64encode(b"us:" + KNOWN.encode() + b":x").decode(),
        base64.b64encode(b"use:" + KNOWN.encode() + b"::").decode(),
    ],
)
def test_a_known_secret_is_replaced_in_every_form(form):
    set_known_secrets([KNOWN])

    redacted = redact(f"see {form} here")

    assert "[redacted:known-secret]" in redacted
    assert not shows("Tr0ub4dor", redacted)
    assert form[8:-8] not in redacted


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=6, max_size=40).filter(lambda value: len(value.strip()) >= 6 and value.isprintable()))
def test_any_known_secret_is_replaced_in_a_log_line(value):
    secret = value.strip()
    set_known_secrets([secret])

    line = to_json({"msg": f"a{secret}b", "x": {"y": [secret]}})

    assert is_suspect(line)
    assert "[redacted:known-secret]" in redact(f"see {secret} here")


def test_short_known_values_are_ignored():
    set_known_secrets(["abc", "", "12345"])

    assert redact("abc 12345") == "abc 12345"


def test_new_known_secrets_replace_the_old_ones():
    set_known_secrets(["first-value"])
    set_known_secrets(["second-value"])

    assert redact("first-value second-value") == "first-value [redacted:known-secret]"


def test_the_password_of_a_known_url_is_known_by_itself():
    set_known_secrets(["postgresql://bob:" + "opensesame@db/app"])

    assert redact("tried opensesame") == "tried [redacted:known-secret]"


def test_the_private_key_of_a_known_key_file_is_known_by_itself():
    random = Random(1)
    body = draw(random, "abcdefXYZ123", 64)
    set_known_secrets([json.dumps({"type": "service_account", "private_key_id": "0f" * 20, "private_key": body})])

    assert not shows(body, redact(f"part {body} of it, id {'0f' * 20}"))


HOSTILE = [
    *("token=(", "password=", '"password":"', "\\", "M", ".aaaaaa", "://a:", "://a:b@", "eyJ", "a@", "password=a,"),
    *("('password', '", 'token=("a",', "token_", "<password>", "Authorization: Bearer ", "Cookie: a", "password=\\\\"),
    *("-----BEGIN PRIVATE KEY-----\nAAAA", "password={", "token:[", "--token ", "/webhooks/1/", "xox", "'", "sk-"),
    *("token: a.", "password", "key=&key=", "%3D", "password%3D", 'name","value":"', "Bearer a", 'password \\"', "{"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_take_steps_in_proportion_to_their_length(piece):
    """Without a clock: a text of 64 KB that took more than linear time would not end within the test's patience."""
    text = (piece * 65_536)[:65_536]

    assert len(redact(text)) < 20 * len(text)


def test_a_marker_in_an_address_is_no_password_of_it():
    key, password = token_hex(16), token_hex(16)

    assert redact(f"to https://{key}@errors.test/4") == "to https://[redacted:url-key]@errors.test/4"
    assert password not in redact(f"to https://ghp_{token_hex(18)}:{password}@errors.test/4")
