"""Gateway intents of the sandbox's Discord: what a session asked to hear, and what it may read."""

from bot.sandbox.discord_records import JsonObject

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
GUILD_MESSAGE_TYPING = 1 << 11
GUILD_MESSAGE_REACTIONS = 1 << 10
DIRECT_MESSAGE_REACTIONS = 1 << 13

PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
# The "limited" flags of an application below 100 guilds, from Discord's reference on applications.
APPLICATION_FLAGS = {GUILD_PRESENCES: 1 << 13, GUILD_MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}
BLANK: JsonObject = {"content": "", "embeds": [], "attachments": [], "components": []}


def read_application_flags(allowed_intents: int) -> int:
    """The application flags that tell which privileged intents are switched on in the portal."""
    return sum(flag for intent, flag in APPLICATION_FLAGS.items() if allowed_intents & intent)


def hide_content(message: JsonObject, intents: int, bot_id: int) -> JsonObject:
    """A message as a session without the message-content intent sees it; anything else as it is.

    Guild messages of others are blank unless they mention the bot; direct messages and the bot's own keep their text.
    """
    if "content" not in message or "guild_id" not in message or intents & MESSAGE_CONTENT:
        return message
    seen_by = {message["author"]["id"], *(user["id"] for user in message["mentions"])}
    if str(bot_id) in seen_by:
        return message
    hidden = message | BLANK
    if (quoted := message.get("referenced_message")) and str(bot_id) != quoted["author"]["id"]:
        hidden["referenced_message"] = quoted | BLANK
    return hidden
