"""What Discord may do to something that we send: the errors by which it gets lost, and what each means in words."""

import aiohttp
import discord

LOST = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
"""All that sending to Discord raises; discord.py lets aiohttp's and the system's own errors through."""

GONE: dict[int, str] = {
    10008: "the message is gone",
    10015: "the interaction was never acknowledged, or its webhook is gone",
    10062: "the interaction ended before it was answered (Discord waits three seconds)",
    40060: "the interaction was answered already, maybe by another process of this bot",
    40333: "Discord's network protection refused the request",
    50027: "the interaction's fifteen minutes are over",
}
"""Discord's error code → why no answer can reach the person by this interaction any more."""

CLOSED_TO_US = {
    50001: "the bot cannot see the channel: give it View Channel there",
    50013: "the bot may not write in the channel: give it Send Messages and Embed Links there",
}
"""Discord's error code → what to give the bot, when it may not use a channel."""


def why_lost(error: Exception) -> str | None:
    """Why nothing more can be told by this interaction, in words; None when an answer may still arrive."""
    if isinstance(error, discord.HTTPException):
        if error.code in GONE:
            return f"{GONE[error.code]} ({error.code})"
        if error.status == 429 or error.status >= 500:
            return f"Discord answered {error.status}"
        return None
    if isinstance(error, aiohttp.ClientError):
        return f"the line to Discord broke ({type(error).__name__})"
    return None


def why_shut_out(error: Exception) -> str | None:
    """What to give the bot so that it may use the channel; None when it was not that."""
    return CLOSED_TO_US.get(error.code) if isinstance(error, discord.HTTPException) else None
