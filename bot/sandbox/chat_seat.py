"""Who looks at the chat page, and where in the local Discord they are."""

from dataclasses import dataclass

from bot.sandbox.discord_permissions import ADMINISTRATOR, ALL, VIEW_CHANNEL, guild_permissions, may
from bot.sandbox.discord_person import Person
from bot.sandbox.discord_records import Channel, ChannelKind, StoredMessage
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_view import Message

DIRECT = "dm"


class NoSuchSeat(LookupError):
    """The page asked for a person, channel or message that is not there for it."""


@dataclass(frozen=True)
class Seat:
    """One person in one channel."""

    discord: DiscordServer
    person: Person
    channel: Channel

    def message(self, message_id: int) -> Message:
        """A message of the channel, when this person sees it."""
        for message in self.person.sees(self.channel):
            if message.id == message_id:
                return message
        raise NoSuchSeat(f"{self.person.name} sees no message {message_id} here.")

    def stored(self, message: Message) -> StoredMessage:
        """What Discord keeps of a message that was seen."""
        stored = self.discord.state.messages.get(message.id)
        if stored is None:
            raise NoSuchSeat(f"Message {message.id} is not there any more.")
        return stored


def take_seat(discord: DiscordServer, who: str, where: str) -> Seat:
    """The seat of a person (by name) in a channel (by `place_name`). Raises NoSuchSeat."""
    if who not in [person.name for person in list_people(discord)]:
        raise NoSuchSeat(f"Nobody here is called {who}.")
    person = discord.person(who)
    if where == DIRECT:
        return Seat(discord, person, person.dm)
    for channel in list_places(discord, person):
        if place_name(channel) == where:
            return Seat(discord, person, channel)
    raise NoSuchSeat(f"{who} sees no channel {where}.")


def place_name(channel: Channel) -> str:
    """How the page's addresses name a channel."""
    if channel.kind is ChannelKind.DM:
        return DIRECT
    return str(channel.id) if channel.kind is ChannelKind.THREAD or channel.name == DIRECT else channel.name


def list_people(discord: DiscordServer) -> list[Person]:
    """The people of the home guild, bots left out."""
    users = [discord.state.users.get(member.user_id) for member in discord.state.list_members(discord.guild().id)]
    return [discord.person(user.name) for user in users if user is not None and not user.bot]


def list_places(discord: DiscordServer, person: Person) -> list[Channel]:
    """The guild's channels and threads that this person may see."""
    home = discord.guild().id
    channels = discord.state.list_channels(home) + discord.state.list_channels(home, ChannelKind.THREAD)
    return [channel for channel in channels if may(discord.state, channel, person.id, VIEW_CHANNEL)]


def is_admin(discord: DiscordServer, person: Person) -> bool:
    """Whether Discord lets this person do everything in the home guild."""
    bits = guild_permissions(discord.state, discord.guild().id, person.id)
    return bits == ALL or bool(bits & ADMINISTRATOR)
