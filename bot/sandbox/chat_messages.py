"""Messages of the local Discord as the chat page's JSON."""

from typing import Any
from urllib.parse import quote

from bot.sandbox.chat_seat import Seat, place_name
from bot.sandbox.discord_records import JsonObject, StoredAttachment, StoredMessage, User
from bot.sandbox.discord_view import Button, Message, Modal, Select

EXCERPT = 120
IMAGE_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
"""What the page shows as an image, by the name's ending; nothing else is ever sent as one."""


def image_type(filename: str) -> str | None:
    """The image type that a name promises, or None."""
    return IMAGE_TYPES.get(filename.rpartition(".")[2].lower())


def show_user(user: User) -> JsonObject:
    """A user as the page names them."""
    return {"id": str(user.id), "name": user.name, "bot": user.bot}


def show_message(seat: Seat, message: Message) -> JsonObject:
    """A message with all that the page draws of it."""
    stored = seat.stored(message)
    links = {file.url: _address(seat, message, kept) for file, kept in _pair_files(message, stored)}
    abouts = {file.url: file.description or "" for file in message.attachments}
    embedded = {(embed.get(part) or {}).get("url") for embed in message.embeds for part in ("image", "thumbnail")}
    return {
        "id": str(message.id),
        "author": show_user(message.author),
        "content": message.content,
        "at": _ms(message.created_at),
        "edited": _ms(message.edited_at),
        "ephemeral": message.ephemeral,
        "thinking": message.thinking,
        "pings_me": seat.person.name in message.pinged or "@everyone" in message.pinged,
        "everyone": "@everyone" in message.pinged,
        "reply": _show_reply(seat, stored),
        "used": _show_use(seat, stored),
        "embeds": [_show_embed(embed, links, abouts) for embed in message.embeds],
        "files": [
            {
                "id": str(kept.id),
                "name": file.filename,
                "size": file.size,
                "about": file.description or "",
                "image": image_type(file.filename) is not None,
                "address": links[file.url],
            }
            for file, kept in _pair_files(message, stored)
            if file.url not in embedded  # Discord shows an image in its embed, and there alone
        ],
        "rows": _show_rows(message, stored),
    }


def show_modal(modal: Modal) -> JsonObject:
    """A form that the bot opened."""
    texts = [str(each["content"]) for each in modal.body["components"] if each.get("type") == 10]
    return {
        "interaction": str(modal.interaction_id),
        "title": modal.title,
        "texts": texts,
        "inputs": [
            {
                "id": field.custom_id,
                "label": field.label,
                "long": field.style == 2,
                "required": field.required,
                "value": field.value,
                "placeholder": field.placeholder,
                "min": field.min_length,
                "max": field.max_length or 4_000,
            }
            for field in modal.inputs
        ],
    }


def _pair_files(message: Message, stored: StoredMessage) -> list[tuple[Any, StoredAttachment]]:
    return list(zip(message.attachments, stored.attachments, strict=True))


def _address(seat: Seat, message: Message, file: StoredAttachment) -> str:
    place = quote(place_name(seat.channel), safe="")
    return f"file/{seat.person.name}/{place}/{message.id}/{file.id}"


def _show_reply(seat: Seat, stored: StoredMessage) -> JsonObject | None:
    if stored.replies_to is None:
        return None
    target = seat.discord.state.messages.get(stored.replies_to)
    author = seat.discord.state.users.get(target.author_id) if target else None
    if target is None or author is None:
        return {"id": str(stored.replies_to), "author": None, "excerpt": "Original message was deleted"}
    text = target.content or ("Click to see attachment" if target.attachments or target.embeds else "")
    return {"id": str(target.id), "author": show_user(author), "excerpt": text[:EXCERPT]}


def _show_use(seat: Seat, stored: StoredMessage) -> JsonObject | None:
    """Who used which command, for an answer to one."""
    if stored.origin is None or not stored.origin.name:
        return None
    user = seat.discord.state.users.get(stored.origin.user_id)
    return {"by": show_user(user), "command": stored.origin.name} if user else None


def _show_rows(message: Message, stored: StoredMessage) -> list[list[JsonObject]]:
    """The components row by row, as the bot laid them out."""
    rows: Any = stored.components
    shown = iter(message.components)
    return [[_show_component(next(shown)) for _ in row["components"]] for row in rows]


def _show_embed(embed: JsonObject, links: dict[str, str], abouts: dict[str, str]) -> JsonObject:
    shown = {name: embed[name] for name in ("title", "description", "url", "color") if embed.get(name) is not None}
    shown["fields"] = [
        {"name": field["name"], "value": field["value"], "inline": bool(field.get("inline"))}
        for field in embed.get("fields") or []
    ]
    for part in ("author", "footer"):
        told = embed.get(part) or {}
        shown[part] = str(told.get("name") or told.get("text") or "")
    shown["at"] = embed.get("timestamp")
    for part in ("image", "thumbnail"):
        url = (embed.get(part) or {}).get("url")
        shown[part] = {"address": links.get(url), "url": url, "about": abouts.get(url, "")} if url else None
    return shown


def _show_component(component: Button | Select) -> JsonObject:
    if isinstance(component, Button):
        return {
            "kind": "button",
            "id": component.custom_id,
            "label": component.label,
            "style": component.style,
            "disabled": component.disabled,
            "url": component.url,
        }
    return {
        "kind": "select",
        "id": component.custom_id,
        "placeholder": component.placeholder,
        "disabled": component.disabled,
        "chosen": component.chosen,
        "options": [{"value": value, "label": label} for value, label in component.options.items()],
    }


def _ms(moment: Any) -> int | None:
    """Milliseconds since 1970, as JavaScript counts."""
    return None if moment is None else int(moment.timestamp() * 1000)
