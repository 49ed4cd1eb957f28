"""What a person sees in the sandbox's Discord: messages, buttons, attachments and modals."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.sandbox.discord_components import BUTTON, TEXT_INPUT, walk_modal_items
from bot.sandbox.discord_records import JsonObject, StoredMessage, User
from bot.sandbox.discord_world import DiscordWorld


@dataclass(frozen=True)
class Button:
    """A button of a message; a link has a URL and no custom id."""

    label: str
    custom_id: str | None
    style: int
    disabled: bool = False
    url: str | None = None


@dataclass(frozen=True)
class Select:
    """A drop-down list of a message: labels by value."""

    custom_id: str
    kind: int
    options: dict[str, str]
    placeholder: str = ""
    disabled: bool = False
    chosen: str | None = None
    """The value that the bot marked as the present one."""


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    filename: str
    size: int
    url: str
    description: str | None
    path: Path

    def read(self) -> bytes:
        """The file's bytes."""
        return self.path.read_bytes()


@dataclass(frozen=True)
class Message:
    """A message as it looked when it was asked for."""

    id: int
    channel_id: int
    author: User
    content: str
    embeds: tuple[JsonObject, ...]
    attachments: tuple[Attachment, ...]
    components: tuple[Button | Select, ...]
    ephemeral: bool
    thinking: bool
    created_at: datetime
    edited_at: datetime | None
    pinged: tuple[str, ...]  # names of people, "@role", "@everyone"

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons among the components."""
        return tuple(component for component in self.components if isinstance(component, Button))

    def button(self, name: str) -> Button | None:
        """The button with this custom id or label."""
        by_id = (button for button in self.buttons if button.custom_id == name)
        by_label = (button for button in self.buttons if button.label == name)
        return next(by_id, None) or next(by_label, None)


@dataclass(frozen=True)
class TextInput:
    """One input of a modal."""

    label: str
    custom_id: str
    style: int
    required: bool
    value: str
    placeholder: str
    min_length: int | None
    max_length: int | None


@dataclass(frozen=True)
class Modal:
    """An opened modal: a form that its person may submit once."""

    interaction_id: int
    custom_id: str
    title: str
    inputs: tuple[TextInput, ...]
    body: JsonObject


@dataclass(frozen=True)
class Choice:
    """A suggestion of an autocomplete."""

    name: str
    value: str | int | float


def show_message(world: DiscordWorld, stored: StoredMessage) -> Message:
    """A stored message as a person sees it."""
    body = world.wire.message(stored)
    return Message(
        id=stored.id,
        channel_id=stored.channel_id,
        author=world.state.users.get(stored.author_id) or User(id=stored.author_id, name="deleted-user"),
        content=stored.content,
        embeds=tuple(body["embeds"]),
        attachments=tuple(
            Attachment(
                filename=file.filename,
                size=file.size,
                url=world.wire.attachment(stored, file)["url"],
                description=file.description,
                path=world.messages.file_path(file.id),
            )
            for file in stored.attachments
        ),
        components=tuple(_show_component(child) for row in body["components"] for child in row["components"]),
        ephemeral=stored.is_ephemeral,
        thinking=stored.is_loading,
        created_at=stored.created_at,
        edited_at=stored.edited_at,
        pinged=_name_pinged(world, stored),
    )


def show_modal(interaction_id: int, body: JsonObject) -> Modal:
    """A modal's JSON as a person sees it."""
    return Modal(
        interaction_id=interaction_id,
        custom_id=body["custom_id"],
        title=body["title"],
        inputs=tuple(
            _show_input(item) for item in walk_modal_items(body["components"]) if item.get("type") == TEXT_INPUT
        ),
        body=body,
    )


def _show_component(component: dict[str, Any]) -> Button | Select:
    if component.get("type") != BUTTON:
        options = component.get("options") or []
        return Select(
            custom_id=component["custom_id"],
            kind=component["type"],
            options={option["value"]: option["label"] for option in options},
            chosen=next((option["value"] for option in options if option.get("default")), None),
            placeholder=component.get("placeholder") or "",
            disabled=bool(component.get("disabled")),
        )
    emoji = (component.get("emoji") or {}).get("name") or ""
    return Button(
        label=component.get("label") or emoji,
        custom_id=component.get("custom_id"),
        style=component["style"],
        disabled=bool(component.get("disabled")),
        url=component.get("url"),
    )


def _show_input(item: JsonObject) -> TextInput:
    return TextInput(
        label=item.get("label") or "",
        custom_id=item["custom_id"],
        style=item["style"],
        required=item.get("required", True),
        value=item.get("value") or "",
        placeholder=item.get("placeholder") or "",
        min_length=item.get("min_length"),
        max_length=item.get("max_length"),
    )


def _name_pinged(world: DiscordWorld, stored: StoredMessage) -> tuple[str, ...]:
    users = [world.state.users.get(user_id) for user_id in stored.pinged_users]
    roles = [world.state.roles.get(role_id) for role_id in stored.pinged_roles]
    names = [user.name for user in users if user] + [f"@{role.name}" for role in roles if role]
    return (*names, "@everyone") if stored.pinged_everyone else tuple(names)
