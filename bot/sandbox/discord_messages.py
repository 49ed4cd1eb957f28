"""Messages of the sandbox's Discord: written, edited and deleted, whoever does it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.discord_calls import Upload
from bot.sandbox.discord_errors import FormErrors
from bot.sandbox.discord_events import EventKind, Events, WorldEvent
from bot.sandbox.discord_gateway import Gateway
from bot.sandbox.discord_intents import DIRECT_MESSAGES, GUILD_MESSAGES
from bot.sandbox.discord_limits import check_file_count, check_message, check_not_empty
from bot.sandbox.discord_mentions import Author, Pings, find_pings
from bot.sandbox.discord_records import (
    EPHEMERAL,
    LOADING,
    Channel,
    JsonObject,
    Origin,
    StoredAttachment,
    StoredMessage,
)
from bot.sandbox.discord_state import State
from bot.sandbox.discord_wire import Wire

SLASH_COMMAND_REPLY, REPLY = 20, 19
KEPT_FLAGS = 1 << 2 | EPHEMERAL | 1 << 12  # suppress embeds, ephemeral, silent: what a sender may set


@dataclass(frozen=True)
class Sender:
    """Who sends, and for an interaction's answer: which one, and for whose eyes."""

    user_id: int
    origin: Origin | None = None
    path: tuple[str | int, ...] = ()  # where the message lies in the request body, for errors


class Messages:
    """The one place where messages change: limits, attachments, mentions, file, gateway, events."""

    def __init__(self, state: State, wire: Wire, gateway: Gateway, events: Events) -> None:
        self._state = state
        self._wire = wire
        self._gateway = gateway
        self._events = events

    def create(
        self, channel: Channel, sender: Sender, payload: JsonObject, uploads: tuple[Upload, ...] = ()
    ) -> StoredMessage:
        """Write a message; refuses what exceeds Discord's limits."""
        check_message(payload, len(uploads), sender.path)
        content = payload.get("content") or ""
        check_not_empty(content, payload.get("embeds"), payload.get("components"), uploads)
        if (known := self._find_by_nonce(channel, sender, payload)) is not None:
            return known
        replies_to = self._find_reply_target(channel, payload)
        flags = int(payload.get("flags") or 0) & KEPT_FLAGS
        draft = StoredMessage(
            id=self._state.new_id(),
            channel_id=channel.id,
            author_id=sender.user_id,
            kind=REPLY if replies_to else SLASH_COMMAND_REPLY if sender.origin and sender.origin.name else 0,
            content=content,
            embeds=payload.get("embeds") or (),
            components=payload.get("components") or (),
            attachments=self._save_files(payload.get("attachments") or [], uploads, ()),
            flags=flags if sender.origin else flags & ~EPHEMERAL,
            created_at=self._state.clock(),
            nonce=None if payload.get("nonce") is None else str(payload["nonce"]),
            replies_to=replies_to.id if replies_to else None,
            origin=sender.origin,
            only_for=sender.origin.user_id if sender.origin and flags & EPHEMERAL else None,
        )
        pings = self._find_pings(draft, channel, payload, replies_to)
        return self.publish(_with_pings(draft, pings))

    def create_loading(self, channel: Channel, origin: Origin, *, ephemeral: bool) -> StoredMessage:
        """Write the "is thinking…" message of a deferred answer."""
        return self.publish(
            StoredMessage(
                id=self._state.new_id(),
                channel_id=channel.id,
                author_id=self._state.bot.id,
                kind=SLASH_COMMAND_REPLY if origin.name else 0,
                flags=LOADING | (EPHEMERAL if ephemeral else 0),
                created_at=self._state.clock(),
                origin=origin,
                only_for=origin.user_id if ephemeral else None,
            )
        )

    def edit(
        self,
        message: StoredMessage,
        payload: JsonObject,
        uploads: tuple[Upload, ...] = (),
        sender: Sender | None = None,
    ) -> StoredMessage:
        """Change what the body names; filling a "thinking…" message is no edit."""
        check_message(payload, len(uploads), sender.path if sender else ())
        changes: dict[str, Any] = {
            name: tuple(payload[name] or ()) for name in ("embeds", "components") if name in payload
        }
        if "content" in payload:
            changes["content"] = payload["content"] or ""
        kept = _keep_files(message, payload)
        check_file_count(len(kept) + len(uploads))
        changes["attachments"] = self._save_files(payload.get("attachments") or [], uploads, kept)
        changes["flags"] = message.flags & ~LOADING
        if not message.is_loading:
            changes["edited_at"] = self._state.clock()
        changed = message.model_copy(update=changes)
        check_not_empty(changed.content, changed.embeds, changed.components, changed.attachments)
        if "content" in payload or message.is_loading:
            channel = self._state.read_channel(message.channel_id)
            changed = _with_pings(changed, self._find_pings(changed, channel, payload, None))
        self._state.write(changed)
        self._send("MESSAGE_UPDATE", "message_edited", changed)
        return changed

    def delete(self, message: StoredMessage) -> None:
        """Take a message away, with its files."""
        self._state.write(drop=(message,))
        for file in message.attachments:
            self.file_path(file.id).unlink(missing_ok=True)
        body = {"id": str(message.id), "channel_id": str(message.channel_id)}
        channel = self._state.channels.get(message.channel_id)
        if channel is not None and channel.guild_id is not None and not message.is_ephemeral:
            body["guild_id"] = str(channel.guild_id)
        self._gateway.dispatch("MESSAGE_DELETE", body, self._intent_for(message))
        self._tell("message_deleted", message)

    def publish(self, message: StoredMessage) -> StoredMessage:
        """Keep a new message and tell everybody."""
        self._state.write(message)
        self._send("MESSAGE_CREATE", "message_created", message)
        return message

    def update_flags(self, message: StoredMessage, flags: int) -> StoredMessage:
        """Change the flags alone; that is no edit."""
        changed = message.model_copy(update={"flags": flags})
        self._state.write(changed)
        self._send("MESSAGE_UPDATE", "message_edited", changed)
        return changed

    def render(self, message: StoredMessage) -> JsonObject:
        """The message as REST answers it."""
        return self._wire.message(message)

    def file_path(self, attachment_id: int) -> Path:
        """Where the bytes of an attachment lie."""
        return self._state.directory / "attachments" / str(attachment_id)

    def save_file(
        self, upload: Upload, description: str | None = None, filename: str | None = None
    ) -> StoredAttachment:
        """Write a file down under a new id."""
        attachment_id = self._state.new_id()
        self.file_path(attachment_id).write_bytes(upload.data)
        return StoredAttachment(
            id=attachment_id,
            filename=clean_filename(filename or upload.filename),
            size=len(upload.data),
            content_type=upload.content_type,
            description=description,
        )

    def _save_files(
        self, listed: list[JsonObject], uploads: tuple[Upload, ...], kept: tuple[StoredAttachment, ...]
    ) -> tuple[StoredAttachment, ...]:
        told = {str(entry.get("id")): entry for entry in listed}
        saved = []
        for upload in uploads:
            entry = told.get(str(upload.index), {})
            saved.append(self.save_file(upload, entry.get("description"), entry.get("filename")))
        return (*kept, *saved)

    def _find_by_nonce(self, channel: Channel, sender: Sender, payload: JsonObject) -> StoredMessage | None:
        if not payload.get("enforce_nonce") or payload.get("nonce") is None:
            return None
        recent = self._state.list_messages(channel.id)[-50:]
        nonce = str(payload["nonce"])
        return next((one for one in recent if one.nonce == nonce and one.author_id == sender.user_id), None)

    def _find_reply_target(self, channel: Channel, payload: JsonObject) -> StoredMessage | None:
        reference = payload.get("message_reference")
        if not reference:
            return None
        target = self._state.messages.get(int(reference.get("message_id") or 0))
        if target is not None and target.channel_id == channel.id and not target.is_ephemeral:
            return target
        if reference.get("fail_if_not_exists", True):
            errors = FormErrors()
            errors.add(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            errors.refuse_if_any()
        return None

    def _find_pings(
        self, message: StoredMessage, channel: Channel, payload: JsonObject, replies_to: StoredMessage | None
    ) -> Pings:
        author = Author(message.author_id, channel, replies_to.author_id if replies_to else None)
        return find_pings(self._state, author, message.content, payload.get("allowed_mentions"))

    def _intent_for(self, message: StoredMessage) -> int:
        # Discord sends ephemeral messages to the bot as if they were direct messages.
        channel = self._state.channels.get(message.channel_id)
        in_guild = channel is not None and channel.guild_id is not None and not message.is_ephemeral
        return GUILD_MESSAGES if in_guild else DIRECT_MESSAGES

    def _send(self, name: str, kind: EventKind, message: StoredMessage) -> None:
        self._gateway.dispatch(name, self._wire.gateway_message(message), self._intent_for(message))
        self._tell(kind, message)

    def _tell(self, kind: EventKind, message: StoredMessage) -> None:
        self._events.publish(
            WorldEvent(
                kind=kind,
                at=self._state.clock(),
                channel_id=message.channel_id,
                message_id=message.id,
                interaction_id=message.origin.id if message.origin else None,
                only_for=message.only_for,
            )
        )


def clean_filename(name: str) -> str:
    """The name as Discord keeps it: letters, digits, dot, dash and underscore."""
    return re.sub(r"[^\w.\-]", "_", name.rsplit("/", 1)[-1], flags=re.ASCII).strip(".") or "file"


def _keep_files(message: StoredMessage, payload: JsonObject) -> tuple[StoredAttachment, ...]:
    if "attachments" not in payload:
        return message.attachments
    named = {str(entry.get("id")) for entry in payload["attachments"] or []}
    return tuple(file for file in message.attachments if str(file.id) in named)


def _with_pings(message: StoredMessage, pings: Pings) -> StoredMessage:
    return message.model_copy(
        update={"pinged_users": pings.users, "pinged_roles": pings.roles, "pinged_everyone": pings.everyone}
    )
