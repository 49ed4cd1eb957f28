"""Slash commands as Discord's own client fills them in: what it refuses, and the data it sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord_calls import Upload
from bot.sandbox.discord_permissions import ALL, guild_permissions
from bot.sandbox.discord_records import Channel, ChannelKind, Command, JsonObject, Role, User
from bot.sandbox.discord_world import DiscordWorld

SUB_COMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
MAX_STRING = 6_000
KIND_NAMES = {
    STRING: "a text",
    INTEGER: "a whole number",
    BOOLEAN: "true or false",
    USER: "a user",
    CHANNEL: "a channel",
    ROLE: "a role",
    MENTIONABLE: "a user or role",
    NUMBER: "a number",
    ATTACHMENT: "a file",
}
PYTHON_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    NUMBER: (int, float),
    ATTACHMENT: (Upload,),
}


class ClientRefused(Exception):
    """Discord's own client would not send this; the sentence says why."""


@dataclass
class SlashForm:
    """A command as a person filled it in: what to send, and the resolved things it names."""

    world: DiscordWorld
    invoker: User
    channel: Channel
    checked: bool = True
    resolved: dict[str, dict[str, JsonObject]] = field(default_factory=dict)

    def build(self, name: str, values: Mapping[str, Any], focused: str | None = None) -> JsonObject:
        """The interaction's data; ClientRefused when the client would not send it."""
        head, *path = name.split()
        command = self._find_command(head)
        if command is None:
            if self.checked:
                raise ClientRefused(f"There is no command /{head} here.")
            options = [_send_unknown(key, value) for key, value in values.items()]
            return {"id": str(self.world.state.new_id()), "name": head, "type": 1, "options": options}
        if self.checked:
            self._check_place(command)
        self._focused = focused
        data: JsonObject = {"id": str(command.id), "name": command.name, "type": command.kind}
        data["options"] = self._fill(name, command.body.get("options"), path, values)
        if command.guild_id is not None:
            data["guild_id"] = str(command.guild_id)
        if self.resolved:
            data["resolved"] = self.resolved
        return data

    def list_offered(self) -> list[Command]:
        """The commands that this person may use in this channel."""
        offered = []
        for command in self._list_registered():
            try:
                self._check_place(command)
            except ClientRefused:
                continue
            offered.append(command)
        return offered

    def _list_registered(self) -> list[Command]:
        state, guild_id = self.world.state, self.channel.guild_id
        of_guild = state.list_commands(guild_id) if guild_id else []
        if guild_id and not state.has_bot(guild_id):
            return []
        return [*of_guild, *state.list_commands(None)]

    def _find_command(self, name: str) -> Command | None:
        commands = self._list_registered()
        if not self.checked:
            commands += list(self.world.state.commands)  # a hostile client may name any command
        return next((command for command in commands if (command.kind, command.name) == (1, name)), None)

    def _check_place(self, command: Command) -> None:
        in_dm = self.channel.kind is ChannelKind.DM
        contexts: Any = command.body.get("contexts")
        context = 1 if in_dm else 0
        if contexts is not None and context not in contexts:
            raise ClientRefused(f"/{command.name} is not available here.")
        if in_dm and contexts is None and not command.body.get("dm_permission", True):
            raise ClientRefused(f"/{command.name} is not available in direct messages.")
        needed: Any = command.body.get("default_member_permissions")
        if needed is None or in_dm or self.channel.guild_id is None:
            return
        bits = guild_permissions(self.world.state, self.channel.guild_id, self.invoker.id)
        if bits != ALL and (int(needed) == 0 or bits & int(needed) != int(needed)):
            raise ClientRefused(f"{self.invoker.name} does not have the permissions that /{command.name} asks for.")

    def _fill(self, name: str, definitions: Any, path: list[str], values: Mapping[str, Any]) -> list[JsonObject]:
        options: list[JsonObject] = definitions or []
        nested = [option for option in options if option["type"] in (SUB_COMMAND, GROUP)]
        if nested:
            chosen = next((option for option in nested if path and option["name"] == path[0]), None)
            if chosen is None:
                raise ClientRefused(f"/{name} needs one of: {', '.join(option['name'] for option in nested)}.")
            inner = self._fill(name, chosen.get("options"), path[1:], values)
            return [{"name": chosen["name"], "type": chosen["type"], "options": inner}]
        known = {option["name"] for option in options}
        unknown = [key for key in values if key not in known]
        if unknown and self.checked:
            raise ClientRefused(f"/{name} has no option {unknown[0]}.")
        filled = [self._fill_option(name, option, values) for option in options]
        extra = [_send_unknown(key, values[key]) for key in unknown]
        return [option for option in filled if option is not None] + extra

    def _fill_option(self, name: str, option: JsonObject, values: Mapping[str, Any]) -> JsonObject | None:
        key, kind = option["name"], option["type"]
        value = values.get(key)
        if value is None:
            if option.get("required") and self.checked and self._focused is None:
                raise ClientRefused(f"/{name} needs the option {key}.")
            return None
        if key == self._focused:
            return {"name": key, "type": kind, "value": value, "focused": True}
        if self.checked:
            _check_value(name, option, value)
        return {"name": key, "type": kind, "value": self._send_value(value)}

    def _send_value(self, value: Any) -> Any:
        if isinstance(value, User):
            self._resolve_user(value)
        elif isinstance(value, Role):
            self.resolved.setdefault("roles", {})[str(value.id)] = self.world.wire.role(value)
        elif isinstance(value, Channel):
            body = self.world.wire.interaction_channel(value, self.invoker.id)
            self.resolved.setdefault("channels", {})[str(value.id)] = body
        elif isinstance(value, Upload):
            return self._resolve_file(value)
        else:
            return value
        return str(value.id)

    def _resolve_user(self, user: User) -> None:
        self.resolved.setdefault("users", {})[str(user.id)] = self.world.wire.user(user)
        member = self.world.state.members.get(self.channel.guild_id or 0, user.id)
        if member is not None:
            body = self.world.wire.resolved_member(member)
            self.resolved.setdefault("members", {})[str(user.id)] = body

    def _resolve_file(self, upload: Upload) -> str:
        saved = self.world.messages.save_file(upload)
        url = f"{self.world.wire.base_url}/attachments/{self.channel.id}/{saved.id}/{saved.filename}"
        body = {"id": str(saved.id), "filename": saved.filename, "size": saved.size, "url": url, "proxy_url": url}
        body |= {"content_type": saved.content_type, "ephemeral": True}
        self.resolved.setdefault("attachments", {})[str(saved.id)] = body
        return str(saved.id)


def _check_value(name: str, option: JsonObject, value: Any) -> None:
    key, kind = option["name"], option["type"]
    fits = isinstance(value, PYTHON_TYPES[kind]) and (kind == BOOLEAN or not isinstance(value, bool))
    if not fits:
        raise ClientRefused(f"/{name}: {key} must be {KIND_NAMES[kind]}, not {value!r}.")
    choices = option.get("choices") or []
    if choices and value not in [choice["value"] for choice in choices]:
        listed = ", ".join(str(choice["name"]) for choice in choices)
        raise ClientRefused(f"/{name}: {key} must be one of {listed}, not {value!r}.")
    size, low, high = value, option.get("min_value"), option.get("max_value")
    if kind == STRING:
        size, low, high = len(value), option.get("min_length"), option.get("max_length") or MAX_STRING
    if low is not None and size < low:
        raise ClientRefused(f"/{name}: {key} must be at least {low}, not {size}.")
    if high is not None and size > high:
        raise ClientRefused(f"/{name}: {key} must be at most {high}, not {size}.")


def _send_unknown(key: str, value: Any) -> JsonObject:
    for kind in (BOOLEAN, INTEGER, NUMBER):
        if isinstance(value, PYTHON_TYPES[kind]):
            return {"name": key, "type": kind, "value": value}
    return {"name": key, "type": STRING, "value": str(value)}
