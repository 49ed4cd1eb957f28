"""The place itself: guilds, channels, roles and people of the sandbox's Discord, and the hands that change them."""

from datetime import datetime

from bot.sandbox.discord_errors import ApiError
from bot.sandbox.discord_events import EventKind, Events, WorldEvent
from bot.sandbox.discord_gateway import Gateway
from bot.sandbox.discord_intents import GUILD_MEMBERS, GUILDS
from bot.sandbox.discord_messages import Messages
from bot.sandbox.discord_permissions import ADMINISTRATOR, EVERYONE_DEFAULT
from bot.sandbox.discord_records import (
    HAS_THREAD,
    Channel,
    ChannelKind,
    Guild,
    Member,
    Overwrite,
    Record,
    Role,
    StoredMessage,
    User,
)
from bot.sandbox.discord_state import State
from bot.sandbox.discord_wire import Wire

BOT_NAME = "suture"
HOME_GUILD = "Suture Lab"
OTHER_GUILD = "Elsewhere"
HOME_CHANNELS = ("general", "ledger", "ops")


class DiscordWorld:
    """The state with everything that tells of its changes; makes and changes what is in it."""

    def __init__(self, state: State, token: str) -> None:
        self.state = state
        self.events = Events()
        self.wire = Wire(state)
        self.gateway = Gateway(state, self.wire, self.events, token)
        self.messages = Messages(state, self.wire, self.gateway, self.events)
        if not len(state.users):
            with state.one_change():
                self._make_default()

    def tell(self, kind: EventKind, *, channel_id: int | None = None, detail: str = "") -> None:
        """Publish an event that concerns no message."""
        self.events.publish(WorldEvent(kind=kind, at=self.state.clock(), channel_id=channel_id, detail=detail))

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Make a user who is in no guild yet."""
        user = User(id=self.state.new_id(), name=name, bot=bot)
        self.state.write(user)
        return user

    def add_guild(self, name: str, owner: User, channels: tuple[str, ...] = ("general",)) -> Guild:
        """Make a guild with its @everyone role, its owner and its channels; the bot is not in it."""
        guild = Guild(id=self.state.new_id(), name=name, owner_id=owner.id)
        everyone = Role(id=guild.id, guild_id=guild.id, name="@everyone", permissions=EVERYONE_DEFAULT, position=0)
        made: list[Record] = [
            guild,
            everyone,
            Member(guild_id=guild.id, user_id=owner.id, joined_at=self.state.clock()),
        ]
        made += [
            Channel(id=self.state.new_id(), name=channel, guild_id=guild.id, position=position)
            for position, channel in enumerate(channels)
        ]
        self.state.write(*made)
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """Make a text channel."""
        position = len(self.state.list_channels(guild.id))
        channel = Channel(id=self.state.new_id(), name=name, guild_id=guild.id, position=position)
        self.state.write(channel)
        self.gateway.dispatch("CHANNEL_CREATE", self.wire.channel(channel), GUILDS)
        return channel

    def set_overwrite(self, channel: Channel, overwrite: Overwrite) -> Channel:
        """Allow or deny something to a role or member in one channel."""
        current = self.state.read_channel(channel.id)
        others = tuple(one for one in current.overwrites if one.id != overwrite.id)
        changed = current.model_copy(update={"overwrites": (*others, overwrite)})
        self.state.write(changed)
        self.gateway.dispatch("CHANNEL_UPDATE", self.wire.channel(changed), GUILDS)
        return changed

    def add_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        """Make a role."""
        position = len(self.state.list_roles(guild.id))
        role = Role(id=self.state.new_id(), guild_id=guild.id, name=name, permissions=permissions, position=position)
        self.state.write(role)
        body = {"guild_id": str(guild.id), "role": self.wire.role(role)}
        self.gateway.dispatch("GUILD_ROLE_CREATE", body, GUILDS)
        return role

    def add_member(self, guild: Guild, user: User, roles: tuple[Role, ...] = ()) -> Member:
        """Let a user join a guild, with roles."""
        role_ids = tuple(role.id for role in roles)
        member = Member(guild_id=guild.id, user_id=user.id, role_ids=role_ids, joined_at=self.state.clock())
        self.state.write(member)
        if user.bot:
            self.gateway.dispatch_guild(guild.id)
        else:
            self._tell_member("GUILD_MEMBER_ADD", member)
        return member

    def remove_member(self, guild: Guild, user: User) -> None:
        """Let a user leave a guild; the bot too."""
        member = self.read_member(guild, user)
        self.state.write(drop=(member,))
        if user.bot:
            self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, GUILDS)
        else:
            body = {"guild_id": str(guild.id), "user": self.wire.user(user)}
            self.gateway.dispatch("GUILD_MEMBER_REMOVE", body, GUILD_MEMBERS)

    def set_roles(self, guild: Guild, user: User, roles: tuple[Role, ...]) -> Member:
        """Give a member exactly these roles."""
        return self._change_member(guild, user, role_ids=tuple(role.id for role in roles))

    def time_out(self, guild: Guild, user: User, until: datetime | None) -> Member:
        """Silence a member until then; None ends it."""
        return self._change_member(guild, user, timed_out_until=until)

    def read_member(self, guild: Guild, user: User) -> Member:
        """A user's membership, or a sentence."""
        member = self.state.members.get(guild.id, user.id)
        if member is None:
            raise LookupError(f"{user.name} is not a member of {guild.name}; add them with add_member.")
        return member

    def open_dm(self, user: User) -> Channel:
        """The direct messages of a person and the bot; opened at the first use."""
        known = self.state.find_dm(user.id)
        if known is not None:
            return known
        channel = Channel(id=self.state.new_id(), kind=ChannelKind.DM, recipient_id=user.id)
        self.state.write(channel)
        return channel

    def open_thread(self, message: StoredMessage, name: str) -> Channel:
        """Open a thread on a message; it has the message's id."""
        parent = self.state.read_channel(message.channel_id)
        if parent.kind is not ChannelKind.TEXT:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if self.state.channels.get(message.id) is not None:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        thread = Channel(
            id=message.id,
            kind=ChannelKind.THREAD,
            name=name,
            guild_id=parent.guild_id,
            parent_id=parent.id,
            owner_id=self.state.bot.id,
        )
        self.state.write(thread)
        self.gateway.dispatch("THREAD_CREATE", self.wire.channel(thread) | {"newly_created": True}, GUILDS)
        self.messages.update_flags(message, message.flags | HAS_THREAD)
        return thread

    def _make_default(self) -> None:
        bot = self.add_user(BOT_NAME, bot=True)
        ada, bob = self.add_user("ada"), self.add_user("bob")
        home = self.add_guild(HOME_GUILD, ada, HOME_CHANNELS)
        admin = self.add_role(home, "Admin", ADMINISTRATOR)
        self.set_roles(home, ada, (admin,))
        self.add_member(home, bob)
        self.add_member(home, bot)
        elsewhere = self.add_guild(OTHER_GUILD, ada)
        self.add_member(elsewhere, bob)

    def _change_member(self, guild: Guild, user: User, **changes: object) -> Member:
        changed = self.read_member(guild, user).model_copy(update=changes)
        self.state.write(changed)
        self._tell_member("GUILD_MEMBER_UPDATE", changed)
        return changed

    def _tell_member(self, name: str, member: Member) -> None:
        body = self.wire.member(member) | {"guild_id": str(member.guild_id)}
        own = member.user_id == self.state.bot.id
        self.gateway.dispatch(name, body, 0 if own else GUILD_MEMBERS)
