"""What Discord and Slack get, over real sockets, and what becomes of their answers."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from markdown_it import MarkdownIt

from bot.notify.alert import Alert, ChannelBusy, ChannelGone
from bot.notify.webhook_channels import WebhookChannel, discord_body, open_webhook, slack_body
from tests.factories import NOW

HOSTILE = "@everyone <@1001> <!channel> [x](https://evil.test) `code` **bold** ``` # head"


def an_alert(**changes: Any) -> Alert:
    texts: dict[str, Any] = {
        name: f"{name} {HOSTILE}" for name in ("title", "reason", "action", "next_step", "excerpt")
    }
    return Alert(key="k", level="critical", at=NOW, incident_id="inc_0123456789ab", **(texts | changes))


@dataclass
class Hook:
    """A webhook's server: what it got, and what it answers."""

    answers: list[web.Response] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One post."""
        self.paths.append(request.path_qs)
        self.bodies.append(await request.json())
        return self.answers.pop(0) if self.answers else web.Response(status=204)


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Hook, WebhookChannel]]:
    hook, app = Hook(), web.Application()
    app.router.add_post("/{path:.*}", hook.take)
    async with TestServer(app) as server:
        url = str(server.make_url("/api/webhooks/1/x?thread_id=7"))
        async with open_webhook("DISCORD_WEBHOOK_URL", url, discord_body) as channel:
            yield hook, channel


async def test_an_alert_arrives_whole_and_mentions_nobody(hook: tuple[Hook, WebhookChannel]) -> None:
    server, channel = hook

    await channel.send(an_alert())

    (body,) = server.bodies
    assert server.paths == ["/api/webhooks/1/x?thread_id=7"]
    assert body["allowed_mentions"] == {"parse": []}
    text = json.dumps(body)
    for part in ("title", "reason", "action", "next\\\\_step", "excerpt", "inc\\\\_0123456789ab"):
        assert part in text


@pytest.mark.parametrize(
    ("status", "headers", "error", "words"),
    [
        (404, {}, ChannelGone, "make a new one|gone"),
        (401, {}, ChannelGone, "gone"),
        (400, {}, ChannelBusy, "400"),
        (429, {"Retry-After": "17"}, ChannelBusy, "429"),
        (500, {}, ChannelBusy, "500"),
        (302, {"Location": "http://127.0.0.1:1/"}, None, ""),
    ],
)
async def test_each_answer_of_a_webhook_has_its_consequence(
    hook: tuple[Hook, WebhookChannel], status: int, headers: dict[str, str], error: type[Exception] | None, words: str
) -> None:
    server, channel = hook
    server.answers = [web.Response(status=status, headers=headers)]

    if error is None:
        await channel.send(an_alert())
    else:
        with pytest.raises(error, match=words) as raised:
            await channel.send(an_alert())
        assert "/api/webhooks" not in str(raised.value)
        if isinstance(raised.value, ChannelBusy):
            assert raised.value.seconds == (17 if status == 429 else 30)

    assert len(server.bodies) == 1


async def test_a_server_that_is_not_there_is_busy() -> None:
    async with open_webhook("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/x", slack_body) as channel:
        with pytest.raises(ChannelBusy, match="SLACK_WEBHOOK_URL cannot be reached"):
            await channel.send(an_alert())


def test_hostile_words_stay_words_in_discord() -> None:
    embed = discord_body(an_alert())["embeds"][0]

    shown = [embed["title"], *(part["value"] for part in embed["fields"] if part["name"] != "Log")]
    for text in shown:
        rendered = MarkdownIt().render(text)
        assert not any(tag in rendered for tag in ("<a ", "<code", "<strong", "<h1", "<em"))
        assert "<@" not in text.replace("\\<", "").replace("\\@", "")
    (log,) = [part["value"] for part in embed["fields"] if part["name"] == "Log"]
    assert log.count("`") == 6


def test_hostile_words_stay_words_in_slack() -> None:
    body = slack_body(an_alert())

    texts = [str(body["text"])]
    for block in body["blocks"]:
        texts += [block["text"]["text"]] if block["text"]["type"] == "mrkdwn" else []
        assert block["text"].get("verbatim", block["text"]["type"] == "plain_text")
    assert len(texts) == 3
    for text in texts:
        assert "<!" not in text
        assert "<@" not in text


def test_a_secret_in_an_alert_is_redacted() -> None:
    secret = "ghp_" + "a1B2" * 9

    for body in (discord_body(an_alert(reason=f"token {secret}")), slack_body(an_alert(excerpt=f"token {secret}"))):
        assert secret not in json.dumps(body)


def test_a_message_fits_whatever_is_in_it() -> None:
    alert = an_alert(**dict.fromkeys(("title", "reason", "action", "next_step", "excerpt"), "x<" * 9000))
    alert = replace(alert, others=(alert,) * 50)

    embed = discord_body(alert)["embeds"][0]
    lengths = [len(embed["title"]), *(len(part["value"]) for part in embed["fields"])]

    assert lengths[0] <= 256
    assert max(lengths) <= 1024
    assert sum(lengths) <= 6000
    for block in slack_body(alert)["blocks"]:
        assert len(block["text"]["text"]) <= 3000
