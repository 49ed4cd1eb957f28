"""Alerts through a Discord webhook, synchronously: for a thread that speaks while the event loop cannot."""

import httpx

from bot.apis.http import ApiError
from bot.logging import redact

TIMEOUT = 5.0
MAX_CONTENT = 2000
"""Characters of a Discord message."""


class WebhookFailed(ApiError):
    """The alert did not arrive; the sentence says why, without the webhook's address."""


def post_alert(url: str, sentence: str) -> None:
    """Say one sentence in the webhook's channel; nobody is mentioned, no redirect is followed. Raises WebhookFailed."""
    text = redact(sentence).replace("`", "'")[: MAX_CONTENT - 8]
    body = {"content": f"```\n{text}\n```", "allowed_mentions": {"parse": []}}
    try:
        answer = httpx.post(url, json=body, timeout=TIMEOUT, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WebhookFailed(f"DISCORD_WEBHOOK_URL does not answer ({type(error).__name__}).") from None
    if not answer.is_success:
        raise WebhookFailed(f"DISCORD_WEBHOOK_URL answered {answer.status_code}: make a new webhook when it is gone.")
