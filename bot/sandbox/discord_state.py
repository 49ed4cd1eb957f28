"""The state of the sandbox's Discord: its records in memory, each change written down before it is answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar, cast

from bot.sandbox.discord_errors import unknown
from bot.sandbox.discord_log import RecordLog
from bot.sandbox.discord_records import (
    Channel,
    ChannelKind,
    Command,
    Guild,
    Key,
    Member,
    Record,
    Role,
    StoredMessage,
    User,
)

DISCORD_EPOCH_MS = 1_420_070_400_000  # 2015-01-01, from Discord's reference on snowflakes
Clock = Callable[[], datetime]
R = TypeVar("R", bound=Record)


def read_utc_clock() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


class Table(Generic[R]):
    """All records of one kind, by key, in the order of their first appearance."""

    def __init__(self) -> None:
        self._records: dict[Key, R] = {}

    def get(self, *key: int) -> R | None:
        """The record with this key, or None."""
        return self._records.get(key)

    def set(self, record: R) -> None:
        """Keep a record, in the place of an older version."""
        self._records[record.key] = record

    def discard(self, key: Key) -> R | None:
        """Forget a record; returns what was there."""
        return self._records.pop(key, None)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)


class State:
    """The records, their ids and the file they live in."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self.clock = clock
        self.users: Table[User] = Table()
        self.guilds: Table[Guild] = Table()
        self.channels: Table[Channel] = Table()
        self.roles: Table[Role] = Table()
        self.members: Table[Member] = Table()
        self.commands: Table[Command] = Table()
        self.messages: Table[StoredMessage] = Table()
        self._by_channel: dict[int, dict[int, StoredMessage]] = {}
        self._tables: dict[str, Table[Record]] = {
            kind.__name__: cast("Table[Record]", table)
            for kind, table in (
                (User, self.users),
                (Guild, self.guilds),
                (Channel, self.channels),
                (Role, self.roles),
                (Member, self.members),
                (Command, self.commands),
                (StoredMessage, self.messages),
            )
        }
        self._last_id = 0
        self._batch: list[Record] | None = None
        (directory / "attachments").mkdir(parents=True, exist_ok=True)
        self._log = RecordLog(directory / "records.jsonl")
        self._replay()

    def close(self) -> None:
        """Close the file."""
        self._log.close()

    def new_id(self) -> int:
        """A snowflake: later than all before it, also after a restart or a clock that went back."""
        now_ms = int(self.clock().timestamp() * 1000)
        self._last_id = max(self._last_id + 1, (now_ms - DISCORD_EPOCH_MS) << 22)
        return self._last_id

    def write(self, *put: Record, drop: tuple[Record, ...] = ()) -> None:
        """Apply one change, whole or not at all, once it is in the file."""
        if self._batch is None:
            self._log.append(put, drop)
        else:
            self._batch += put
        self._apply(list(put), [(type(record).__name__, record.key) for record in drop])

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """Make all records put inside one change of the file; nothing may be dropped inside."""
        batch: list[Record] = []
        self._batch = batch
        try:
            yield
            self._log.append({(type(record), record.key): record for record in batch}.values())
        finally:
            self._batch = None

    @property
    def bot(self) -> User:
        """The one bot; its application has the same id."""
        return next(user for user in self.users if user.bot)

    def find_dm(self, user_id: int) -> Channel | None:
        """The direct message channel of a person and the bot, if it was opened."""
        dms = (channel for channel in self.channels if channel.kind is ChannelKind.DM)
        return next((channel for channel in dms if channel.recipient_id == user_id), None)

    def read_channel(self, channel_id: int) -> Channel:
        """The channel, or 404/10003."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise unknown("Channel")
        return channel

    def list_messages(self, channel_id: int) -> list[StoredMessage]:
        """A channel's messages, oldest first, ephemeral ones included."""
        return list(self._by_channel.get(channel_id, {}).values())

    def list_members(self, guild_id: int) -> list[Member]:
        """A guild's members, the bot included when it is there."""
        return [member for member in self.members if member.guild_id == guild_id]

    def list_roles(self, guild_id: int) -> list[Role]:
        """A guild's roles, @everyone first."""
        return [role for role in self.roles if role.guild_id == guild_id]

    def list_channels(self, guild_id: int, kind: ChannelKind = ChannelKind.TEXT) -> list[Channel]:
        """A guild's channels of one kind."""
        return [channel for channel in self.channels if channel.guild_id == guild_id and channel.kind is kind]

    def list_commands(self, guild_id: int | None) -> list[Command]:
        """The commands registered for a guild, or the global ones."""
        return [command for command in self.commands if command.guild_id == guild_id]

    def has_bot(self, guild_id: int) -> bool:
        """Whether the bot was added to the guild."""
        return self.members.get(guild_id, self.bot.id) is not None

    def _replay(self) -> None:
        for put, drop in self._log.open():
            self._apply(put, drop)
        self._log.compact([record for table in self._tables.values() for record in table])

    def _apply(self, put: list[Record], drop: list[tuple[str, Key]]) -> None:
        for record in put:
            self._tables[type(record).__name__].set(record)
            self._last_id = max(self._last_id, *record.key)
            if isinstance(record, StoredMessage):
                self._by_channel.setdefault(record.channel_id, {})[record.id] = record
                self._last_id = max(self._last_id, *(file.id for file in record.attachments), 0)
        for kind, key in drop:
            gone = self._tables[kind].discard(key)
            if isinstance(gone, StoredMessage):
                self._by_channel[gone.channel_id].pop(gone.id, None)
