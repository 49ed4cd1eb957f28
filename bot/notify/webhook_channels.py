"""Discord's and Slack's webhooks: an alert as each of them shows it, with every foreign word as plain text."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.apis.http import Answered, ApiError, Http, open_http
from bot.incident.foreign_text import cut, one_line
from bot.logging import redact
from bot.notify.alert import Alert, ChannelBusy, ChannelGone, Level

SECONDS = 10.0
"""How long a webhook may be silent."""
WAIT = 30.0
"""Seconds until the next try when the service does not say."""
MAX_TITLE, MAX_TEXT, MAX_EXCERPT, MAX_OTHERS = 120, 450, 900, 10
COLOURS: dict[Level, int] = {"info": 0x5865F2, "recovered": 0x57F287, "warning": 0xFEE75C, "critical": 0xED4245}
MARKS: dict[Level, str] = {
    "info": ":information_source:",
    "recovered": ":white_check_mark:",
    "warning": ":warning:",
    "critical": ":rotating_light:",
}
GONE = {401, 403, 404, 410}
"""What a webhook answers that was deleted or revoked; asking again and again gets the whole address banned."""


@dataclass(frozen=True)
class WebhookChannel:
    """One webhook."""

    name: str
    http: Http
    path: str
    body: Callable[[Alert], dict[str, Any]]

    async def send(self, alert: Alert) -> None:
        """Post the alert. Raises ChannelGone, ChannelBusy."""
        content = json.dumps(self.body(alert)).encode()
        try:
            await self.http.send("POST", self.path, content=content, headers={"Content-Type": "application/json"})
        except Answered as error:
            if error.status in GONE:
                sentence = f"{self.name} answered {error.status}: the webhook is gone. Make a new one and restart."
                raise ChannelGone(sentence) from None
            raise ChannelBusy(f"{self.name} answered {error.status}.", error.retry_after or WAIT) from None
        except ApiError as error:
            raise ChannelBusy(f"{self.name} cannot be reached ({type(error).__name__}).", WAIT) from None


def discord_body(alert: Alert) -> dict[str, Any]:
    """The alert as Discord's message: one embed, nobody mentioned."""
    parts = [
        {"name": name, "value": value, "inline": False}
        for name, value in (
            ("Why", discord_text(alert.reason)),
            ("Done", discord_text(alert.action)),
            ("Next", discord_text(alert.next_step)),
            ("Log", fenced(alert.excerpt)),
            ("And", "\n".join(f"- {discord_text(one, 45)}" for one in others_of(alert))),
            ("Incident", discord_text(alert.incident_id or "")),
        )
        if value
    ]
    embed = {
        "title": discord_text(heading(alert), MAX_TITLE),
        "color": COLOURS[alert.level],
        "fields": parts,
        "timestamp": alert.at.isoformat(),
    }
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def slack_body(alert: Alert) -> dict[str, Any]:
    """The alert as Slack's message: a plain fallback, and blocks whose foreign words are plain text."""
    lines = [
        f"{name}: {shown(value)}"
        for name, value in (
            ("Why", alert.reason),
            ("Done", alert.action),
            ("Next", alert.next_step),
            ("Incident", alert.incident_id or ""),
        )
        if value
    ]
    title = slack_escaped(shown(heading(alert), MAX_TITLE))
    blocks = [marked_block(f"*{MARKS[alert.level]} {title}*")]
    told = [*lines, *(f"And: {one}" for one in others_of(alert))]
    if told:
        blocks.append(plain_block("\n".join(told)))
    if alert.excerpt:
        blocks.append(marked_block(fenced(slack_escaped(redact(alert.excerpt)))))
    return {"text": title, "blocks": blocks}


def plain_block(text: str) -> dict[str, Any]:
    """A Slack block in which nothing is a link, a mention or a format."""
    return {"type": "section", "text": {"type": "plain_text", "text": text[:2900], "emoji": False}}


def marked_block(text: str) -> dict[str, Any]:
    """A Slack block with our own formats; it makes no links of bare addresses and names."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def heading(alert: Alert) -> str:
    """The title, with how often."""
    return alert.title + (f" ({alert.count} times)" if alert.count > 1 else "")


def others_of(alert: Alert) -> list[str]:
    """What else came, a line each."""
    told = [heading(one) for one in alert.others[:MAX_OTHERS]]
    more = len(alert.others) - MAX_OTHERS
    return [*told, *([f"and {more} more"] if more > 0 else [])]


def shown(text: str, most: int = MAX_TEXT) -> str:
    """The text as it may be shown, no longer than this."""
    return cut(one_line(text), most)


def discord_text(text: str, most: int = MAX_TEXT) -> str:
    """Foreign words in Discord: every sign that could format, link or mention is escaped, within twice the length."""
    return re.sub(r"([\\`*_~|>\[\]()#@<:-])", r"\\\1", shown(text, most))


def slack_escaped(text: str) -> str:
    """Foreign words in Slack's mrkdwn: no link, no mention, no format."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`])", "\N{ZERO WIDTH SPACE}\\1", escaped)


def fenced(excerpt: str) -> str:
    """Log lines as a block that they cannot leave."""
    if not excerpt:
        return ""
    text = redact(excerpt).replace("`", "'")
    return f"```\n{text[-MAX_EXCERPT:]}\n```"


@asynccontextmanager
async def open_webhook(name: str, url: str, body: Callable[[Alert], dict[str, Any]]) -> AsyncIterator[WebhookChannel]:
    """The channel behind a webhook's address, which is the operator's own and a secret."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    async with open_http(f"{parts.scheme}://{parts.netloc}", name, seconds=SECONDS) as http:
        yield WebhookChannel(name, http, path, body)
