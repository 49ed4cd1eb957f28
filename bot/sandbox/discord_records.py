"""Records of the sandbox's Discord: everything that a bot could meet again after a restart."""

from datetime import datetime
from enum import IntEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_THREAD = 1 << 5
COMPONENTS_V2 = 1 << 15

JsonObject = dict[str, Any]
Key = tuple[int, ...]


class ChannelKind(IntEnum):
    """Discord's channel types that exist here."""

    TEXT = 0
    DM = 1
    THREAD = 11


class Record(BaseModel):
    """One stored thing; `key` tells it from its kind."""

    model_config = ConfigDict(frozen=True)

    @property
    def key(self) -> Key:
        """The ids that identify the record within its kind."""
        raise NotImplementedError(f"{type(self).__name__} must say what its key is.")


class Entity(Record):
    """A record with a snowflake of its own."""

    id: int

    @property
    def key(self) -> Key:
        """The snowflake."""
        return (self.id,)


class User(Entity):
    """A person or a bot."""

    name: str
    bot: bool = False
    accepts_dms: bool = True  # false: a bot's direct message is refused with 50007

    @property
    def mention(self) -> str:
        """How a message pings this user."""
        return f"<@{self.id}>"


class Role(Entity):
    """A guild's role; the one whose id is the guild's id is @everyone."""

    guild_id: int
    name: str
    permissions: int = 0
    position: int = 1


class Overwrite(BaseModel):
    """What a channel allows or denies one role or one member beyond the roles' own permissions."""

    model_config = ConfigDict(frozen=True)

    id: int
    is_member: bool = False
    allow: int = 0
    deny: int = 0


class Guild(Entity):
    """A server of Discord."""

    name: str
    owner_id: int
    locale: str = "en-US"


class Channel(Entity):
    """A text channel, a thread in one, or a direct message with the bot."""

    kind: ChannelKind = ChannelKind.TEXT
    name: str = ""
    guild_id: int | None = None
    recipient_id: int | None = None  # the person of a direct message
    parent_id: int | None = None  # the channel of a thread
    owner_id: int | None = None  # who opened a thread
    position: int = 0
    overwrites: tuple[Overwrite, ...] = ()

    @property
    def mention(self) -> str:
        """How a message links this channel."""
        return f"<#{self.id}>"


class Member(Record):
    """A user's place in a guild."""

    guild_id: int
    user_id: int
    role_ids: tuple[int, ...] = ()
    joined_at: datetime
    timed_out_until: datetime | None = None

    @property
    def key(self) -> Key:
        """Guild and user."""
        return (self.guild_id, self.user_id)


class StoredAttachment(BaseModel):
    """A file of a message; its bytes lie under the attachment's id."""

    model_config = ConfigDict(frozen=True)

    id: int
    filename: str
    size: int
    content_type: str
    description: str | None = None


class Origin(BaseModel):
    """The interaction that a message answers."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: int
    user_id: int
    name: str = ""  # the command's name, for a slash command


class StoredMessage(Entity):
    """A message as Discord keeps it, ephemeral ones included."""

    channel_id: int
    author_id: int
    kind: int = 0
    content: str = ""
    embeds: tuple[dict[str, JsonValue], ...] = ()
    components: tuple[dict[str, JsonValue], ...] = ()
    attachments: tuple[StoredAttachment, ...] = ()
    flags: int = 0
    created_at: datetime
    edited_at: datetime | None = None
    nonce: str | None = None
    replies_to: int | None = None
    origin: Origin | None = None
    only_for: int | None = None  # the invoker, of an ephemeral message
    pinged_users: tuple[int, ...] = ()
    pinged_roles: tuple[int, ...] = ()
    pinged_everyone: bool = False

    @property
    def is_ephemeral(self) -> bool:
        """Whether only its invoker sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def is_loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return bool(self.flags & LOADING)


class Command(Entity):
    """A registered application command; `body` is its normalised definition."""

    guild_id: int | None
    kind: int
    name: str
    version: int
    body: dict[str, JsonValue]


KINDS: dict[str, type[Record]] = {
    kind.__name__: kind for kind in (User, Role, Guild, Channel, Member, StoredMessage, Command)
}
