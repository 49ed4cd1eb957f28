"""Permissions in the sandbox's Discord: who may do what in a channel, by roles and overwrites."""

from bot.sandbox.discord_errors import missing_access, missing_permissions
from bot.sandbox.discord_records import Channel, ChannelKind, Overwrite
from bot.sandbox.discord_state import State

ADMINISTRATOR = 1 << 3
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_APPLICATION_COMMANDS = 1 << 31
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
ALL = (1 << 53) - 1

# What a new guild gives to everybody; it includes @everyone mentions, as in Discord.
EVERYONE_DEFAULT = (
    VIEW_CHANNEL
    | MENTION_EVERYONE
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)


def guild_permissions(state: State, guild_id: int, user_id: int) -> int:
    """The bits a member has in the whole guild; 0 for somebody who is not in it."""
    guild = state.guilds.get(guild_id)
    member = state.members.get(guild_id, user_id)
    if guild is None or member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    bits = 0
    for role_id in (guild_id, *member.role_ids):
        role = state.roles.get(role_id)
        bits |= role.permissions if role else 0
    return ALL if bits & ADMINISTRATOR else bits


def channel_permissions(state: State, channel: Channel, user_id: int) -> int:
    """The bits a user has in a channel, its overwrites included; a thread has its parent's."""
    if channel.kind is ChannelKind.DM:
        return EVERYONE_DEFAULT if user_id in (channel.recipient_id, state.bot.id) else 0
    if channel.guild_id is None:
        return 0
    bits = guild_permissions(state, channel.guild_id, user_id)
    if bits == ALL or not bits:
        return bits
    parent = state.channels.get(channel.parent_id) if channel.parent_id else None
    member = state.members.get(channel.guild_id, user_id)
    role_ids = member.role_ids if member else ()
    return _apply_overwrites(bits, (parent or channel).overwrites, (channel.guild_id, role_ids, user_id))


def _apply_overwrites(bits: int, overwrites: tuple[Overwrite, ...], who: tuple[int, tuple[int, ...], int]) -> int:
    everyone_id, role_ids, user_id = who
    for overwrite in overwrites:
        if overwrite.id == everyone_id:
            bits = bits & ~overwrite.deny | overwrite.allow
    of_roles = [overwrite for overwrite in overwrites if overwrite.id in role_ids]
    for overwrite in of_roles:
        bits &= ~overwrite.deny
    for overwrite in of_roles:
        bits |= overwrite.allow
    for overwrite in overwrites:
        if overwrite.is_member and overwrite.id == user_id:
            bits = bits & ~overwrite.deny | overwrite.allow
    return bits


def may(state: State, channel: Channel, user_id: int, bits: int) -> bool:
    """Whether a user has all of these bits in a channel."""
    return channel_permissions(state, channel, user_id) & bits == bits


def require_of_bot(state: State, channel: Channel, bits: int = 0) -> None:
    """Refuse with 50001 when the bot does not see the channel, with 50013 when it lacks one of the bits."""
    if not may(state, channel, state.bot.id, VIEW_CHANNEL):
        raise missing_access()
    if not may(state, channel, state.bot.id, bits):
        raise missing_permissions()
