"""Discord: the token, the application behind it, its intents, and how it may be reached."""

from bot.apis.http import Http
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import Seen, look

MESSAGE_CONTENT, MESSAGE_CONTENT_LIMITED = 1 << 18, 1 << 19
"""Flags of an application: granted, or allowed below 100 servers. Source: Discord's documentation, Application."""
PORTAL = "https://discord.com/developers/applications"


async def check_account(http: Http, token: str) -> tuple[list[Finding], int | None]:
    """What is to be said of token and application, and the bot's own id when the token works. Raises Unreachable."""
    misread = misread_token(token)
    me = await look(http, "/users/@me")
    if me.status == 401:
        reset = f"open {PORTAL}, your application, Bot, Reset Token, and set DISCORD_TOKEN to it"
        return [wrong("discord-token", misread or "Discord does not accept DISCORD_TOKEN (401).", reset)], None
    if not me.is_there:
        return [unknown("discord-token", f"Discord answered {me.status} to the token.")], None
    if not me.flag("bot"):
        return [
            wrong("discord-token", "DISCORD_TOKEN is a person's token, not a bot's.", f"take the bot's token: {PORTAL}")
        ], None
    found = [well("discord-token", "The token is a bot's and works.")]
    application = await look(http, "/applications/@me")
    if application.is_there:
        found += check_application(application)
    else:
        found.append(unknown("discord-intents", f"The application cannot be read ({application.status})."))
    return found, me.number("id")


def misread_token(token: str) -> str | None:
    """What was pasted in place of a token, as far as its form tells."""
    if token.lower().startswith("bot "):
        return "DISCORD_TOKEN starts with `Bot `: only the token itself belongs there."
    if token.isdecimal():
        return "DISCORD_TOKEN is a number: that is the application's id, not the token."
    if token.count(".") != 2:
        return "DISCORD_TOKEN does not have the three parts of a bot token; a client secret or public key has none."
    return None


def check_application(application: Seen) -> list[Finding]:
    """Intents, and what keeps commands or strangers away."""
    found = []
    if application.number("flags") & (MESSAGE_CONTENT | MESSAGE_CONTENT_LIMITED):
        found.append(well("discord-intents", "The message content intent is on."))
    else:
        sentence = "The message content intent is off: login ends with 4014, and the ledger could read nothing."
        found.append(wrong("discord-intents", sentence, f"{PORTAL}, Bot, Privileged Gateway Intents, Message Content"))
    if application.text("interactions_endpoint_url"):
        sentence = "Interactions go to an Interactions Endpoint URL, so no slash command ever reaches this bot."
        found.append(wrong("discord-interactions", sentence, f"{PORTAL}, General Information: empty that field"))
    if application.flag("bot_public"):
        sentence = "Anybody may add this bot to their server."
        found.append(warning("discord-public", sentence, f"{PORTAL}, Bot, switch Public Bot off"))
    if application.flag("bot_require_code_grant"):
        sentence = "The bot requires an OAuth2 code grant, so the invite link alone does not add it."
        found.append(wrong("discord-code-grant", sentence, f"{PORTAL}, Bot, switch Requires OAuth2 Code Grant off"))
    return found
