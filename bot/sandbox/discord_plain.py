"""What the objects of the sandbox's Discord hold when nobody set anything."""

from bot.sandbox.discord_records import JsonObject

NOT_SET = (
    "icon",
    "splash",
    "discovery_splash",
    "banner",
    "description",
    "afk_channel_id",
    "system_channel_id",
    "rules_channel_id",
    "public_updates_channel_id",
    "vanity_url_code",
)
PLAIN_GUILD: JsonObject = {
    **dict.fromkeys(NOT_SET),
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "system_channel_flags": 0,
    "afk_timeout": 300,
    "premium_progress_bar_enabled": False,
    "features": [],
    "emojis": [],
    "stickers": [],
}
PLAIN_ROLE: JsonObject = {
    "color": 0,
    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    "hoist": False,
    "managed": False,
    "mentionable": True,
    "icon": None,
    "unicode_emoji": None,
    "flags": 0,
}
PLAIN_MEMBER: JsonObject = {
    "nick": None,
    "avatar": None,
    "premium_since": None,
    "deaf": False,
    "mute": False,
    "pending": False,
    "flags": 0,
}
PLAIN_CHANNEL: JsonObject = {
    "parent_id": None,
    "topic": None,
    "nsfw": False,
}
