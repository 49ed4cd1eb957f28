"""Discord's JSON for the records: what goes over the gateway and out of REST."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.sandbox.discord_permissions import channel_permissions, guild_permissions
from bot.sandbox.discord_plain import PLAIN_CHANNEL, PLAIN_GUILD, PLAIN_MEMBER, PLAIN_ROLE
from bot.sandbox.discord_records import (
    EPHEMERAL,
    Channel,
    ChannelKind,
    Command,
    Guild,
    JsonObject,
    Member,
    Role,
    StoredAttachment,
    StoredMessage,
    User,
)
from bot.sandbox.discord_state import State

IMAGES = ("image", "thumbnail")


class Wire:
    """Renders records; `base_url` is where the server listens."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.base_url = ""

    def user(self, user: User) -> JsonObject:
        """A user object."""
        return {
            "id": str(user.id),
            "username": user.name,
            "discriminator": "0000" if user.bot else "0",
            "global_name": None if user.bot else user.name.capitalize(),
            "avatar": None,
            "bot": user.bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
        }

    def user_by_id(self, user_id: int) -> JsonObject:
        """A user object, also for somebody who is not known any more."""
        return self.user(self._state.users.get(user_id) or User(id=user_id, name="deleted-user"))

    def member(self, member: Member) -> JsonObject:
        """A guild member object with its user."""
        return {"user": self.user_by_id(member.user_id), **self.bare_member(member)}

    def bare_member(self, member: Member) -> JsonObject:
        """A member object without its user, as inside a message."""
        return {
            **PLAIN_MEMBER,
            "roles": [str(role_id) for role_id in member.role_ids],
            "joined_at": _time(member.joined_at),
            "communication_disabled_until": _time(member.timed_out_until),
        }

    def role(self, role: Role) -> JsonObject:
        """A role object."""
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(role.permissions),
            "position": role.position,
            **PLAIN_ROLE,
        }

    def channel(self, channel: Channel) -> JsonObject:
        """A channel object: text, thread or direct message."""
        body: JsonObject = {
            "id": str(channel.id),
            "type": int(channel.kind),
            "last_message_id": self._last_message_id(channel.id),
            "flags": 0,
        }
        if channel.kind is ChannelKind.DM:
            body["recipients"] = [self.user_by_id(channel.recipient_id or 0)]
            return body
        body |= {"guild_id": str(channel.guild_id), "name": channel.name, "rate_limit_per_user": 0}
        if channel.kind is ChannelKind.THREAD:
            return body | self._thread_fields(channel)
        return body | {
            **PLAIN_CHANNEL,
            "position": channel.position,
            "permission_overwrites": [
                {"id": str(o.id), "type": int(o.is_member), "allow": str(o.allow), "deny": str(o.deny)}
                for o in channel.overwrites
            ],
        }

    def guild(self, guild: Guild) -> JsonObject:
        """A guild object, without members and channels."""
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            **PLAIN_GUILD,
            "preferred_locale": guild.locale,
            "roles": [self.role(role) for role in self._state.list_roles(guild.id)],
        }

    def guild_create(self, guild: Guild, *, all_members: bool) -> JsonObject:
        """A GUILD_CREATE body; without the presence intent it holds no member but the bot."""
        state = self._state
        members = state.list_members(guild.id)
        shown = [member for member in members if all_members or member.user_id == state.bot.id]
        bot = state.members.get(guild.id, state.bot.id)
        return self.guild(guild) | {
            "joined_at": _time(bot.joined_at if bot else None),
            "large": False,
            "member_count": len(members),
            "members": [self.member(member) for member in shown],
            "channels": [self.channel(channel) for channel in state.list_channels(guild.id)],
            "threads": [self.channel(thread) for thread in state.list_channels(guild.id, ChannelKind.THREAD)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def message(self, message: StoredMessage) -> JsonObject:
        """A message object, as REST answers it."""
        body: JsonObject = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": message.kind,
            "author": self.user_by_id(message.author_id),
            "content": message.content,
            "embeds": [self._embed(message, dict(embed)) for embed in message.embeds],
            "components": list(message.components),
            "attachments": [self.attachment(message, file) for file in message.attachments],
            "mentions": [self.user_by_id(user_id) for user_id in message.pinged_users],
            "mention_roles": [str(role_id) for role_id in message.pinged_roles],
            "mention_everyone": message.pinged_everyone,
            "timestamp": _time(message.created_at),
            "edited_timestamp": _time(message.edited_at),
            "flags": message.flags,
            "tts": False,
            "pinned": False,
        }
        if message.nonce is not None:
            body["nonce"] = message.nonce
        return body | self._reference(message) | self._origin(message)

    def gateway_message(self, message: StoredMessage) -> JsonObject:
        """A message object as the gateway sends it: with guild and member, except for ephemeral ones."""
        body = self.message(message)
        channel = self._state.channels.get(message.channel_id)
        guild_id = channel.guild_id if channel else None
        if guild_id is None or message.is_ephemeral:
            return body
        member = self._state.members.get(guild_id, message.author_id)
        body["guild_id"] = str(guild_id)
        if member is not None:
            body["member"] = self.bare_member(member)
        return body

    def attachment(self, message: StoredMessage, file: StoredAttachment) -> JsonObject:
        """An attachment object; its URL is served by the same server."""
        url = f"{self.base_url}/attachments/{message.channel_id}/{file.id}/{quote(file.filename)}"
        body: JsonObject = {
            "id": str(file.id),
            "filename": file.filename,
            "size": file.size,
            "url": url,
            "proxy_url": url,
            "content_type": file.content_type,
        }
        if file.description is not None:
            body["description"] = file.description
        if message.flags & EPHEMERAL:
            body["ephemeral"] = True
        return body

    def command(self, command: Command) -> JsonObject:
        """An application command object."""
        body: JsonObject = {
            **command.body,
            "id": str(command.id),
            "application_id": str(self._state.bot.id),
            "version": str(command.version),
        }
        if command.guild_id is not None:
            body["guild_id"] = str(command.guild_id)
        return body

    def interaction_channel(self, channel: Channel, user_id: int) -> JsonObject:
        """The channel inside an interaction: with the invoker's permissions in it."""
        return self.channel(channel) | {"permissions": str(channel_permissions(self._state, channel, user_id))}

    def resolved_member(self, member: Member) -> JsonObject:
        """A member in resolved data: with permissions, without user."""
        bits = guild_permissions(self._state, member.guild_id, member.user_id)
        return self.bare_member(member) | {"permissions": str(bits)}

    def _thread_fields(self, thread: Channel) -> JsonObject:
        created = datetime.fromtimestamp(0, tz=self._state.clock().tzinfo)
        return {
            "parent_id": str(thread.parent_id),
            "owner_id": str(thread.owner_id),
            "message_count": len(self._state.list_messages(thread.id)),
            "member_count": 1,
            "total_message_sent": len(self._state.list_messages(thread.id)),
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": _time(created),
                "locked": False,
            },
        }

    def _last_message_id(self, channel_id: int) -> str | None:
        messages = [message for message in self._state.list_messages(channel_id) if not message.is_ephemeral]
        return str(messages[-1].id) if messages else None

    def _embed(self, message: StoredMessage, embed: JsonObject) -> JsonObject:
        urls = {f"attachment://{file.filename}": self.attachment(message, file)["url"] for file in message.attachments}
        for part in IMAGES:
            image = embed.get(part)
            if isinstance(image, dict) and image.get("url") in urls:
                embed[part] = {**image, "url": urls[image["url"]]}
        return {"type": "rich", **embed}

    def _reference(self, message: StoredMessage) -> JsonObject:
        if message.replies_to is None:
            return {}
        target = self._state.messages.get(message.replies_to)
        return {
            "message_reference": {
                "type": 0,
                "message_id": str(message.replies_to),
                "channel_id": str(message.channel_id),
            },
            "referenced_message": self.message(target.model_copy(update={"replies_to": None})) if target else None,
        }

    def _origin(self, message: StoredMessage) -> JsonObject:
        origin = message.origin
        if origin is None:
            return {}
        application_id = str(self._state.bot.id)
        metadata: dict[str, Any] = {
            "id": str(origin.id),
            "type": origin.kind,
            "user": self.user_by_id(origin.user_id),
            "authorizing_integration_owners": {"0": "0"},
        }
        body: JsonObject = {
            "application_id": application_id,
            "webhook_id": application_id,
            "interaction_metadata": metadata,
        }
        if origin.name:
            metadata["name"] = origin.name
            body["interaction"] = {
                "id": str(origin.id),
                "type": origin.kind,
                "name": origin.name,
                "user": metadata["user"],
            }
        return body


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
