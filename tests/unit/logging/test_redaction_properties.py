"""What holds for any secret wherever it stands; `SOAK_EXAMPLES` says how many examples are tried."""

import base64
import html
import json
import os
import re
import string
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logging import redact
from bot.logging.credential_formats import PREFIXED
from bot.logging.redaction import is_suspect, may_hold_secret, redact_plain
from tests.unit.logging.planted_secrets import draw

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "400"))
ALNUM = string.ascii_letters + string.digits

WRITTEN = {
    "as it is": lambda text: text,
    "percent codes": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent codes twice": lambda text: quote("".join(f"%{byte:02X}" for byte in text.encode())),
    "entities": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "named entities": html.escape,
    "unicode escapes": lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    "hex escapes": lambda text: "".join(f"\\x{ord(sign):02x}" for sign in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "zero width inside": lambda text: text[:12] + "\u200b" + text[12:],
    "coloured inside": lambda text: text[:12] + "\x1b[31m" + text[12:],
    "wrapped": lambda text: text[:20] + "\n    " + text[20:],
}
"""How a secret is written; each takes and gives a text."""

AROUND = [
    "{}",
    "got {} back",
    '{{"msg": "{}"}}',
    "a={}",
    "[{}]",
    "x\n{}\ny",
    "https://example.com/?v={}&a=1",
    "<b>{}</b>",
]
NAMES = ["password", "api_key", "clientSecret", "DB_PASSWD", "auth-token", "private key", "AWS_SECRET_ACCESS_KEY"]
PAIRS = ["{}={}", "{}: {}", '"{}": "{}"', "{} = '{}'", "--{} {}", "<{}>{}</{}>", "{} => {}", "{}:\n  {}", "| {} | {} |"]


def a_token(random: Random) -> str:
    """A GitHub token as its maker draws it."""
    return "gh" + random.choice("pousr") + "_" + draw(random, ALNUM, 36)


def plain(text: str) -> str:
    """The text without what stands between a secret's characters."""
    return re.sub(r"\[redacted:[a-z-]+\]|\x1b\[31m|\u200b|\n *", "", text)


def shows(secret: str, written: str, redacted: str) -> bool:
    """Whether ten characters of the secret are left, plain or as written."""
    shown = plain(redacted)
    forms = [secret, plain(written)]
    return any(form[at : at + 20] in shown for form in forms for at in range(max(len(form) - 19, 1)))


@pytest.mark.parametrize("way", sorted(WRITTEN))
@settings(max_examples=max(EXAMPLES // 13, 10), deadline=None)
@given(seed=st.integers(0, 2**32), around=st.sampled_from(AROUND))
def test_a_token_never_shows_however_it_is_written(way, seed, around):
    secret = a_token(Random(seed))
    written = WRITTEN[way](secret)

    redacted = redact(around.format(written))

    assert not shows(secret, written, redacted)
    assert redact(redacted) == redacted


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(PAIRS), st.integers(0, 2**32), st.integers(12, 60))
def test_what_a_telling_name_holds_never_shows(name, pair, seed, length):
    secret = "a1B" + draw(Random(seed), ALNUM, length)

    redacted = redact("before " + pair.format(name, secret, name) + " after")

    assert secret not in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert redact(redacted) == redacted


@pytest.mark.parametrize("alphabet", [ALNUM, ALNUM + "-_", string.ascii_lowercase + string.digits])
def test_of_a_hundred_random_runs_at_most_two_show_though_nothing_tells_what_they_are(alphabet):
    random = Random(alphabet)
    runs = [draw(random, alphabet, random.randint(24, 64)) for _ in range(max(EXAMPLES, 400))]

    shown = [run for run in runs if run in redact(f"got {run} back")]

    assert len(shown) * 50 <= len(runs)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**128), st.sampled_from(["{:032x}", "{:040x}", "{:064x}"]), st.sampled_from(AROUND))
def test_a_hash_is_kept_where_nothing_says_that_it_is_secret(number, form, around):
    text = around.format(form.format(number))

    assert redact(text) == text


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.uuids(), st.integers(10**16, 10**19), st.datetimes(), st.sampled_from(AROUND))
def test_ids_and_times_are_kept(uuid, snowflake, at, around):
    text = around.format(f"{uuid} {snowflake} {at.isoformat()}Z")

    assert redact(text) == text


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(AROUND), st.sampled_from(NAMES))
def test_what_the_gate_lets_pass_holds_no_secret(seed, around, name):
    random = Random(seed)
    text = around.format(random.choice([a_token(random), f"{name}={draw(random, ALNUM, 20)}", "nothing", name]))

    if not is_suspect(text):
        assert redact(text) == text
    assert may_hold_secret(text.encode()) == is_suspect(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(NAMES), st.recursive(st.text(max_size=8), st.lists, max_leaves=5))
def test_json_stays_json(seed, name, other):
    secret = draw(Random(seed), ALNUM, 24)
    document = {"other": other, name: secret, "deep": [{"name": name, "value": secret}]}

    redacted = redact(json.dumps(document))

    assert json.loads(redacted)["other"] == redact_plain(other)
    assert secret not in redacted


def test_at_least_a_hundred_and_fifty_kinds_are_told_by_their_form():
    assert len({row.kind for row in PREFIXED}) >= 150
