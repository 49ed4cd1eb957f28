"""GitHub's webhooks: only what is signed is heard, each delivery once, and only what names an incident."""

import hashlib
import hmac
import json

import httpx
import pytest

from bot.web.github_hook import MAX_BODY, REMEMBERED, GithubHook, HookRefused
from bot.web.health import open_health

SECRET = "hook-" + "s" * 24
INCIDENT = "inc_0123456789ab"
PULL = {"pull_request": {"head": {"ref": f"suture/{INCIDENT}-2"}}}


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def a_delivery(payload: object, event: str = "pull_request", number: int = 1) -> tuple[dict[str, str], bytes]:
    body = json.dumps(payload).encode()
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": f"{number:08}-d"}
    return headers | {"X-Hub-Signature-256": signed(body)}, body


class Ear:
    """Remembers what was heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def hear(self, incident_id: str) -> None:
        self.heard.append(incident_id)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", PULL),
        ("pull_request_review", PULL),
        ("workflow_run", {"workflow_run": {"display_title": f"suture {INCIDENT} propose 1", "head_branch": "main"}}),
        ("check_run", {"check_run": {"check_suite": {"head_branch": f"suture/{INCIDENT}"}}}),
        ("check_suite", {"check_suite": {"head_branch": f"suture/{INCIDENT}"}}),
    ],
)
async def test_what_names_an_incident_is_heard(ear, event, payload):
    assert await GithubHook(SECRET, ear.hear).take(*a_delivery(payload, event)) == "heard"
    assert ear.heard == [INCIDENT]


@pytest.mark.parametrize(
    ("event", "payload"),
    [("ping", {"zen": INCIDENT}), ("push", PULL), ("pull_request", {"pull_request": {"title": INCIDENT}}),
     ("pull_request", [PULL]), ("workflow_run", {"workflow_run": {"head_branch": f"x{INCIDENT}"}})],
)  # fmt: skip
async def test_everything_else_is_ignored(ear, event, payload):
    assert await GithubHook(SECRET, ear.hear).take(*a_delivery(payload, event)) == "ignored"
    assert ear.heard == []


async def test_the_same_delivery_a_hundred_times_has_one_effect_and_what_is_remembered_is_bounded(ear):
    hook = GithubHook(SECRET, ear.hear)

    told = [await hook.take(*a_delivery(PULL)) for _ in range(100)]

    assert (told[0], set(told[1:])) == ("heard", {"known"})
    assert ear.heard == [INCIDENT]
    for number in range(2, REMEMBERED + 3):
        await hook.take(*a_delivery({}, number=number))
    assert await hook.take(*a_delivery(PULL)) == "heard"


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", signed(b"other"), signed(json.dumps(PULL).encode(), "wrong"), "sha1=" + "a" * 40, "ä",
     signed(json.dumps(PULL).encode()).upper(), signed(json.dumps(PULL).encode())[:-1]],
)  # fmt: skip
async def test_a_wrong_signature_is_refused(ear, signature):
    headers, body = a_delivery(PULL)

    with pytest.raises(HookRefused, match="GITHUB_WEBHOOK_SECRET") as refused:
        await GithubHook(SECRET, ear.hear).take(headers | {"X-Hub-Signature-256": signature}, body)

    assert refused.value.status == 401
    assert ear.heard == []


async def test_a_body_that_was_encoded_anew_or_is_no_json_is_refused(ear):
    hook = GithubHook(SECRET, ear.hear)
    headers, body = a_delivery(PULL)
    with pytest.raises(HookRefused):
        await hook.take(headers, body.replace(b": ", b":"))
    with pytest.raises(HookRefused, match="not JSON"):
        await hook.take(headers | {"X-Hub-Signature-256": signed(b"[" * 9000)}, b"[" * 9000)
    with pytest.raises(HookRefused, match="delivery id"):
        await hook.take(headers | {"X-GitHub-Delivery": ""}, body)
    assert ear.heard == []


async def test_over_http_only_the_signed_and_small_is_taken_and_without_a_secret_there_is_no_route(
    ear, unused_tcp_port_factory, caplog
):
    async def ready() -> None:
        return None

    headers, body = a_delivery(PULL)
    port, bare = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with (
        open_health(port, ready, "1", GithubHook(SECRET, ear.hear)),
        open_health(bare, ready, "1"),
        httpx.AsyncClient() as client,
    ):
        address = f"http://127.0.0.1:{port}/hooks/github"
        taken = await client.post(address, content=body, headers=headers)
        unsigned = await client.post(address, content=body)
        large = await client.post(address, content=b" " * (MAX_BODY + 1), headers=headers)
        missing = await client.post(f"http://127.0.0.1:{bare}/hooks/github", content=body, headers=headers)

    assert [each.status_code for each in (taken, unsigned, large, missing)] == [202, 401, 413, 404]
    assert [record.getMessage() for record in caplog.records if "refused" in record.getMessage()] == [
        "a webhook was refused: the signature is not of GITHUB_WEBHOOK_SECRET"
    ]
    assert ear.heard == [INCIDENT]
