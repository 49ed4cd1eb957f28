"""The body of an INTERACTION_CREATE in the sandbox's Discord."""

from bot.sandbox.discord_calls import MAX_FILE_BYTES
from bot.sandbox.discord_interactions import Interaction
from bot.sandbox.discord_permissions import channel_permissions
from bot.sandbox.discord_records import ChannelKind, JsonObject, Member
from bot.sandbox.discord_world import DiscordWorld


def build_payload(world: DiscordWorld, interaction: Interaction, data: JsonObject) -> JsonObject:
    """Everything Discord tells the bot about an interaction."""
    state, channel = world.state, interaction.channel
    in_dm = channel.kind is ChannelKind.DM
    payload: JsonObject = {
        "id": str(interaction.id),
        "application_id": str(state.bot.id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": world.wire.interaction_channel(channel, interaction.user_id),
        "data": data,
        "app_permissions": str(channel_permissions(state, channel, state.bot.id)),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": _find_owners(world, interaction),
        "context": 1 if in_dm else 0,
        "attachment_size_limit": MAX_FILE_BYTES,
    }
    source = state.messages.get(interaction.source_id or 0)
    if source is not None:
        payload["message"] = world.wire.message(source)
    if channel.guild_id is None:
        return payload | {"user": world.wire.user_by_id(interaction.user_id)}
    guild = state.guilds.get(channel.guild_id)
    locale = guild.locale if guild else "en-US"
    return payload | {
        "guild_id": str(channel.guild_id),
        "guild_locale": locale,
        "guild": {"id": str(channel.guild_id), "locale": locale, "features": []},
        "member": _describe_invoker(world, interaction, channel.guild_id),
    }


def _find_owners(world: DiscordWorld, interaction: Interaction) -> dict[str, str]:
    """Who installed the bot where this happens: the guild (0), or only the person for themselves (1)."""
    guild_id = interaction.channel.guild_id
    if guild_id is None:
        return {"0": "0"}
    return {"0": str(guild_id)} if world.state.has_bot(guild_id) else {"1": str(interaction.user_id)}


def _describe_invoker(world: DiscordWorld, interaction: Interaction, guild_id: int) -> JsonObject:
    member = world.state.members.get(guild_id, interaction.user_id)
    if member is None:  # a hostile client, or somebody who left a moment ago
        member = Member(guild_id=guild_id, user_id=interaction.user_id, joined_at=interaction.opened_at)
    bits = channel_permissions(world.state, interaction.channel, interaction.user_id)
    return world.wire.member(member) | {"permissions": str(bits)}
