"""People of the sandbox's Discord: the hands that tests, the prompt and the chat page act with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord_calls import MAX_FILE_BYTES, Upload
from bot.sandbox.discord_components import BUTTON
from bot.sandbox.discord_interactions import Interaction, InteractionKind
from bot.sandbox.discord_limits import MAX_CONTENT
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_payload import build_payload
from bot.sandbox.discord_permissions import SEND_MESSAGES, USE_APPLICATION_COMMANDS, VIEW_CHANNEL, may
from bot.sandbox.discord_records import Channel, ChannelKind, Command, Guild, JsonObject, Role, StoredMessage, User
from bot.sandbox.discord_reply import NoAnswerError, Reply
from bot.sandbox.discord_slash import ClientRefused, SlashForm
from bot.sandbox.discord_view import Choice, Message, Modal, TextInput, show_message

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer

Place = Channel | str


class Person:
    """One person, usually in one guild; refuses (ClientRefused) what Discord's own client would refuse."""

    def __init__(self, server: "DiscordServer", user: User, guild: Guild) -> None:
        self._server = server
        self._world = server.world
        self._state = server.state
        self.user = user
        self.guild = guild

    @property
    def id(self) -> int:
        """The snowflake."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user name."""
        return self.user.name

    @property
    def dm(self) -> Channel:
        """The direct messages with the bot."""
        return self._world.open_dm(self.user)

    async def say(self, channel: Place, text: str = "", attachments: Mapping[str, bytes] | None = None) -> Message:
        """Write a message, with files by name."""
        place = self._find(channel)
        if not may(self._state, place, self.id, VIEW_CHANNEL | SEND_MESSAGES):
            raise ClientRefused(f"{self.name} may not write in #{place.name}.")
        if len(text) > MAX_CONTENT:
            raise ClientRefused(f"A message has at most {MAX_CONTENT} characters, this one has {len(text)}.")
        uploads = _to_uploads(attachments or {})
        return self._show(self._world.messages.create(place, Sender(self.id), {"content": text}, uploads))

    async def slash(
        self,
        name: str,
        /,
        *,
        channel: Place | None = None,
        force: bool = False,
        options: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> Reply:
        """Use a slash command ("group sub" for a sub-command); `force` sends what the client would refuse."""
        place = self._find(channel)
        if not force:
            self._check_may_use(place)
        values = {key: _to_value(value) for key, value in {**(options or {}), **named}.items()}
        data = SlashForm(self._world, self.user, place, checked=not force).build(name, values)
        return self._open(InteractionKind.COMMAND, place, data, name=name)

    async def autocomplete(
        self, command: str, option: str, typed: str, channel: Place | None = None, **filled: Any
    ) -> list[Choice]:
        """What the bot suggests while `typed` is in the option; NoAnswerError when no suggestion comes."""
        reply = await self.start_autocomplete(command, option, typed, channel, **filled).first()
        if reply.choices is None:
            raise NoAnswerError("Loading options failed")
        return reply.choices

    def start_autocomplete(
        self, command: str, option: str, typed: str, channel: Place | None = None, **filled: Any
    ) -> Reply:
        """Ask for suggestions without waiting for them."""
        place = self._find(channel)
        self._check_may_use(place)
        values = {key: _to_value(value) for key, value in filled.items()} | {option: typed}
        data = SlashForm(self._world, self.user, place).build(command, values, focused=option)
        return self._open(InteractionKind.AUTOCOMPLETE, place, data, name=command)

    async def click(self, message: Message, button: str, *, force: bool = False) -> Reply:
        """Press a button by custom id or label; `force` also one that is not there, disabled or not theirs to see."""
        stored = self._read(message)
        found = self._show(stored).button(button)
        if not force:
            self._check_sees(stored)
            if found is None or found.custom_id is None:
                raise ClientRefused(f"There is no button {button} on this message.")
            if found.disabled:
                raise ClientRefused(f"The button {button} is disabled.")
        custom_id = found.custom_id if found and found.custom_id else button
        return self._use(stored, {"component_type": BUTTON, "custom_id": custom_id})

    async def select(self, message: Message, custom_id: str, *values: str) -> Reply:
        """Choose from a drop-down list."""
        stored = self._read(message)
        self._check_sees(stored)
        children = [child for row in self._world.wire.message(stored)["components"] for child in row["components"]]
        found = next((child for child in children if child.get("custom_id") == custom_id), None)
        if found is None or found.get("disabled"):
            raise ClientRefused(f"There is no list {custom_id} on this message.")
        known = {option["value"] for option in found.get("options") or []}
        if not set(values) <= known:
            raise ClientRefused(f"The list {custom_id} does not offer {', '.join(set(values) - known)}.")
        data = {"component_type": found["type"], "custom_id": custom_id, "values": list(values)}
        return self._use(stored, data)

    async def submit(self, modal: Modal, texts: Mapping[str, str]) -> Reply:
        """Send a modal, its inputs named by label or custom id; what is not named keeps its prefilled text."""
        opened = self._server.interactions.find(modal.interaction_id)
        unknown = set(texts) - {name for field in modal.inputs for name in (field.label, field.custom_id)}
        if unknown:
            raise ClientRefused(f"The form {modal.title} has no input {sorted(unknown)[0]}.")
        values = {field.custom_id: _fill_input(modal, field, texts) for field in modal.inputs}
        data = {"custom_id": modal.custom_id, "components": _submit_components(modal.body["components"], values)}
        source = self._state.messages.get(opened.source_id or 0)
        return self._open(InteractionKind.MODAL_SUBMIT, opened.channel, data, source=source)

    def commands(self, channel: Place | None = None) -> list[Command]:
        """The slash commands that Discord offers this person in a channel; the guild's own first."""
        return SlashForm(self._world, self.user, self._find(channel)).list_offered()

    def sees(self, channel: Place) -> list[Message]:
        """A channel's messages as this person sees them: public ones and their own ephemeral ones, in order."""
        place = self._find(channel)
        if not may(self._state, place, self.id, VIEW_CHANNEL):
            return []
        stored = self._state.list_messages(place.id)
        return [self._show(message) for message in stored if message.only_for in (None, self.id)]

    def dismiss(self, message: Message) -> None:
        """Take an ephemeral message out of sight; the bot does not hear of it."""
        stored = self._read(message)
        if stored.only_for != self.id:
            raise ClientRefused("Only one's own ephemeral messages can be dismissed.")
        self._state.write(drop=(stored,))

    def _use(self, stored: StoredMessage, data: JsonObject) -> Reply:
        channel = self._state.read_channel(stored.channel_id)
        return self._open(InteractionKind.COMPONENT, channel, data, source=stored)

    def _open(
        self,
        kind: InteractionKind,
        channel: Channel,
        data: JsonObject,
        *,
        name: str = "",
        source: StoredMessage | None = None,
    ) -> Reply:
        interaction = Interaction(
            id=self._state.new_id(),
            kind=kind,
            user_id=self.id,
            channel=channel,
            opened_at=self._state.clock(),
            name=name,
            source_id=source.id if source else None,
        )
        self._server.interactions.open(interaction, build_payload(self._world, interaction, data))
        return Reply(self._world, self._server.interactions, interaction)

    def _find(self, channel: Place | None) -> Channel:
        if isinstance(channel, Channel):
            return channel
        if channel is None:
            return self._state.list_channels(self.guild.id)[0]
        return self._server.channel(channel, self.guild)

    def _read(self, message: Message) -> StoredMessage:
        stored = self._state.messages.get(message.id)
        if stored is None:
            raise ClientRefused("The message is not there any more.")
        return stored

    def _show(self, stored: StoredMessage) -> Message:
        return show_message(self._world, stored)

    def _check_sees(self, stored: StoredMessage) -> None:
        channel = self._state.read_channel(stored.channel_id)
        if stored.only_for not in (None, self.id) or not may(self._state, channel, self.id, VIEW_CHANNEL):
            raise ClientRefused(f"{self.name} does not see this message.")

    def _check_may_use(self, channel: Channel) -> None:
        if channel.kind is ChannelKind.DM and channel.recipient_id != self.id:
            raise ClientRefused(f"{self.name} is not in these direct messages.")
        if not may(self._state, channel, self.id, VIEW_CHANNEL | USE_APPLICATION_COMMANDS):
            raise ClientRefused(f"{self.name} may not use commands in #{channel.name}.")
        member = self._state.members.get(channel.guild_id or 0, self.id)
        if member and member.timed_out_until and member.timed_out_until > self._state.clock():
            raise ClientRefused(f"{self.name} is timed out.")


def _to_uploads(files: Mapping[str, bytes]) -> tuple[Upload, ...]:
    uploads = tuple(Upload(n, name, "application/octet-stream", data) for n, (name, data) in enumerate(files.items()))
    for upload in uploads:
        if len(upload.data) > MAX_FILE_BYTES:
            raise ClientRefused(f"{upload.filename} is larger than 10 MiB.")
    return uploads


def _to_value(value: Any) -> Any:
    """Hands may name people as Person and files as (name, bytes)."""
    if isinstance(value, Person):
        return value.user
    if isinstance(value, tuple):
        return Upload(0, value[0], "application/octet-stream", value[1])
    if isinstance(value, str | int | float | bool | User | Channel | Role | None):
        return value
    raise ClientRefused(f"A command's option cannot be {value!r}.")


def _fill_input(modal: Modal, field: TextInput, texts: Mapping[str, str]) -> str:
    text = texts.get(field.custom_id, texts.get(field.label, field.value))
    if not text and field.required:
        raise ClientRefused(f"The form {modal.title} needs {field.label}.")
    if text and field.min_length is not None and len(text) < field.min_length:
        raise ClientRefused(f"{field.label} needs at least {field.min_length} characters.")
    if len(text) > (field.max_length or 4_000):
        raise ClientRefused(f"{field.label} takes at most {field.max_length or 4_000} characters.")
    return text


def _submit_components(components: list[JsonObject], values: Mapping[str, str]) -> list[JsonObject]:
    submitted = []
    for number, component in enumerate(components, start=1):
        told: JsonObject = {"type": component["type"], "id": number}
        if "components" in component:
            told["components"] = [_submit_item(item, values) for item in component["components"]]
        elif "component" in component:
            told["component"] = _submit_item(component["component"], values)
        submitted.append(told)
    return submitted


def _submit_item(item: JsonObject, values: Mapping[str, str]) -> JsonObject:
    told: JsonObject = {"type": item["type"], "custom_id": item["custom_id"], "id": 0}
    if item["custom_id"] in values:
        told["value"] = values[item["custom_id"]]
    else:
        told["values"] = [option["value"] for option in item.get("options") or [] if option.get("default")]
    return told
