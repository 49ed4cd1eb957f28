"""REST of the sandbox's Discord for users, guilds, channels and messages."""

from bot.sandbox.discord_calls import NO_CONTENT, Answer, Call, Route
from bot.sandbox.discord_errors import ApiError, FormErrors, unknown
from bot.sandbox.discord_intents import MESSAGE_CONTENT, hide_content
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_permissions import (
    ATTACH_FILES,
    CREATE_PUBLIC_THREADS,
    MANAGE_MESSAGES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    may,
    require_of_bot,
)
from bot.sandbox.discord_records import Channel, ChannelKind, Guild, JsonObject, StoredMessage
from bot.sandbox.discord_world import DiscordWorld

MAX_PAGE = 100


class ChannelRoutes:
    """Channels and their messages, as far as the bot may see and do."""

    def __init__(self, world: DiscordWorld) -> None:
        self._world = world
        self._state = world.state

    def routes(self) -> list[Route]:
        """Everything below /channels."""
        channel = "/channels/{channel_id}"
        message = channel + "/messages/{message_id}"
        return [
            Route("GET", channel, self._get_channel),
            Route("POST", channel + "/typing", self._type),
            Route("GET", channel + "/messages", self._list),
            Route("POST", channel + "/messages", self._send),
            Route("GET", message, self._get),
            Route("PATCH", message, self._edit),
            Route("DELETE", message, self._delete),
            Route("POST", message + "/threads", self._open_thread),
        ]

    def _get_channel(self, call: Call) -> Answer:
        return Answer(self._world.wire.channel(self._read_channel(call)))

    def _type(self, call: Call) -> Answer:
        channel = self._read_channel(call, SEND_MESSAGES)
        self._world.tell("typing", channel_id=channel.id)
        return NO_CONTENT

    def _list(self, call: Call) -> Answer:
        channel = self._read_channel(call)
        if not may(self._state, channel, self._state.bot.id, READ_MESSAGE_HISTORY):
            return Answer([])
        limit = call.number("limit", 50)
        if not 1 <= limit <= MAX_PAGE:
            errors = FormErrors()
            errors.add(("limit",), "NUMBER_TYPE_BETWEEN", f"int value should be between 1 and {MAX_PAGE}.")
            errors.refuse_if_any()
        found = [one for one in self._state.list_messages(channel.id) if not one.is_ephemeral]
        return Answer([self._render(message) for message in _cut_page(found, call, limit)])

    def _send(self, call: Call) -> Answer:
        channel = self._state.read_channel(call.snowflake("channel_id"))
        needed = SEND_MESSAGES_IN_THREADS if channel.kind is ChannelKind.THREAD else SEND_MESSAGES
        require_of_bot(self._state, channel, needed | (ATTACH_FILES if call.uploads else 0))
        person = self._state.users.get(channel.recipient_id or 0)
        if person is not None and not person.accepts_dms:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        sender = Sender(self._state.bot.id)
        message = self._world.messages.create(channel, sender, call.form, call.uploads)
        return Answer(self._world.wire.message(message))

    def _get(self, call: Call) -> Answer:
        return Answer(self._render(self._read_message(call, READ_MESSAGE_HISTORY)))

    def _edit(self, call: Call) -> Answer:
        message = self._read_message(call)
        if message.author_id != self._state.bot.id:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return Answer(self._world.wire.message(self._world.messages.edit(message, call.form, call.uploads)))

    def _delete(self, call: Call) -> Answer:
        message = self._read_message(call)
        channel = self._state.read_channel(message.channel_id)
        if message.author_id != self._state.bot.id:
            if channel.kind is ChannelKind.DM:
                raise ApiError(403, 50003, "Cannot execute action on a DM channel")
            require_of_bot(self._state, channel, MANAGE_MESSAGES)
        self._world.messages.delete(message)
        return NO_CONTENT

    def _open_thread(self, call: Call) -> Answer:
        message = self._read_message(call, CREATE_PUBLIC_THREADS)
        errors = FormErrors()
        errors.between(("name",), call.form.get("name"), (1, 100))
        errors.refuse_if_any()
        return Answer(self._world.wire.channel(self._world.open_thread(message, call.form["name"])), 201)

    def _read_channel(self, call: Call, bits: int = 0) -> Channel:
        channel = self._state.read_channel(call.snowflake("channel_id"))
        require_of_bot(self._state, channel, bits)
        return channel

    def _read_message(self, call: Call, bits: int = 0) -> StoredMessage:
        channel = self._read_channel(call, bits)
        message = self._state.messages.get(call.snowflake("message_id"))
        if message is None or message.channel_id != channel.id or message.is_ephemeral:
            raise unknown("Message")
        return message

    def _render(self, message: StoredMessage) -> JsonObject:
        body = self._world.wire.message(message)
        channel = self._state.channels.get(message.channel_id)
        if channel is None or channel.guild_id is None or self._world.gateway.allowed_intents & MESSAGE_CONTENT:
            return body
        return hide_content(body | {"guild_id": str(channel.guild_id)}, 0, self._state.bot.id)


class GuildRoutes:
    """The bot itself, its application, users, guilds and members."""

    def __init__(self, world: DiscordWorld) -> None:
        self._world = world
        self._state = world.state
        self._wire = world.wire

    def routes(self) -> list[Route]:
        """Everything below /users, /guilds, /oauth2 and /gateway."""
        guild = "/guilds/{guild_id}"
        return [
            Route("GET", "/users/@me", lambda _: Answer(self._wire.user(self._state.bot))),
            Route("POST", "/users/@me/channels", self._open_dm),
            Route("GET", "/users/@me/guilds", self._list_guilds),
            Route("GET", "/users/{user_id}", self._get_user),
            Route("GET", "/oauth2/applications/@me", self._get_application),
            Route("GET", "/applications/@me", self._get_application),
            Route("GET", "/gateway", lambda _: Answer({"url": self._world.gateway.url}), needs_token=False),
            Route("GET", "/gateway/bot", self._get_gateway),
            Route("GET", guild, lambda call: Answer(self._wire.guild(self._read_guild(call)))),
            Route("GET", guild + "/channels", self._list_channels),
            Route("GET", guild + "/roles", lambda call: Answer(self._wire.guild(self._read_guild(call))["roles"])),
            Route("GET", guild + "/members", self._list_members),
            Route("GET", guild + "/members/{user_id}", self._get_member),
        ]

    def _open_dm(self, call: Call) -> Answer:
        recipient = str(call.form.get("recipient_id") or "0")
        user = self._state.users.get(int(recipient)) if recipient.isdigit() else None
        if user is None or user.bot:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return Answer(self._wire.channel(self._world.open_dm(user)))

    def _list_guilds(self, _: Call) -> Answer:
        guilds = [guild for guild in self._state.guilds if self._state.has_bot(guild.id)]
        return Answer([{**self._wire.guild(guild), "owner": False, "permissions": "0"} for guild in guilds])

    def _get_user(self, call: Call) -> Answer:
        user = self._state.users.get(call.snowflake("user_id"))
        if user is None:
            raise unknown("User")
        return Answer(self._wire.user(user))

    def _get_application(self, _: Call) -> Answer:
        bot = self._state.bot
        owner = next(iter(self._state.guilds)).owner_id
        return Answer(
            {
                "id": str(bot.id),
                "name": bot.name,
                "icon": None,
                "description": "",
                "summary": "",
                "bot_public": False,
                "bot_require_code_grant": False,
                "owner": self._wire.user_by_id(owner),
                "team": None,
                "verify_key": "0" * 64,
                "flags": self._world.gateway.application_flags,
                "bot": self._wire.user(bot),
                "integration_types_config": {"0": {}},
            }
        )

    def _get_gateway(self, _: Call) -> Answer:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return Answer({"url": self._world.gateway.url, "shards": 1, "session_start_limit": limit})

    def _list_channels(self, call: Call) -> Answer:
        guild = self._read_guild(call)
        return Answer([self._wire.channel(channel) for channel in self._state.list_channels(guild.id)])

    def _list_members(self, call: Call) -> Answer:
        guild, after, limit = self._read_guild(call), call.number("after", 0), call.number("limit", 1)
        members = sorted(self._state.list_members(guild.id), key=lambda member: member.user_id)
        page = [member for member in members if member.user_id > after][:limit]
        return Answer([self._wire.member(member) for member in page])

    def _get_member(self, call: Call) -> Answer:
        guild, user_id = self._read_guild(call), call.snowflake("user_id")
        if self._state.users.get(user_id) is None:
            raise unknown("User")
        member = self._state.members.get(guild.id, user_id)
        if member is None:
            raise unknown("Member")
        return Answer(self._wire.member(member))

    def _read_guild(self, call: Call) -> Guild:
        guild = self._state.guilds.get(call.snowflake("guild_id"))
        if guild is None or not self._state.has_bot(guild.id):
            raise unknown("Guild")
        return guild


def _cut_page(messages: list[StoredMessage], call: Call, limit: int) -> list[StoredMessage]:
    """One page, newest first, by `before`, `after` or `around`."""
    if after := call.number("after", 0):
        newer = [message for message in messages if message.id > after]
        return newer[:limit][::-1]
    if around := call.number("around", 0):
        earlier = sum(message.id < around for message in messages)
        return messages[max(earlier - limit // 2, 0) :][:limit][::-1]
    before = call.number("before", 0)
    older = [message for message in messages if not before or message.id < before]
    return older[-limit:][::-1]
