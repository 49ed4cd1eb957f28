"""Discord's limits on messages, with the errors it answers when a bot exceeds them.

The figures are from Discord's reference on messages and embeds.
"""

from typing import Any

from bot.sandbox.discord_components import check_rows
from bot.sandbox.discord_errors import ApiError, FormErrors
from bot.sandbox.discord_records import COMPONENTS_V2, JsonObject

MAX_CONTENT = 2_000
MAX_EMBEDS = 10
MAX_EMBED_CHARS = 6_000
MAX_FIELDS = 25
MAX_FILES = 10
MAX_FILE_DESCRIPTION = 1_024

Path = tuple[str | int, ...]


def check_message(payload: JsonObject, uploads: int, path: Path = ()) -> None:
    """Refuse a message body that Discord would refuse; `path` is where it lies in the request."""
    errors = FormErrors()
    if int(payload.get("flags") or 0) & COMPONENTS_V2:
        errors.add((*path, "flags"), "UNSUPPORTED", "Components V2 do not exist in the sandbox's Discord.")
    content = payload.get("content")
    if content is not None and not isinstance(content, str):
        errors.add((*path, "content"), "BASE_TYPE_INVALID", "This field must be a text.")
    else:
        errors.at_most((*path, "content"), content, MAX_CONTENT)
    _check_embeds(payload.get("embeds") or [], errors, (*path, "embeds"))
    check_rows(payload.get("components") or [], errors, (*path, "components"))
    _check_attachments(payload.get("attachments") or [], uploads, errors, (*path, "attachments"))
    errors.refuse_if_any()


def check_not_empty(content: str, *parts: object) -> None:
    """Refuse a message of which nothing would be seen: no content, and none of the other parts."""
    if not content.strip() and not any(parts):
        raise ApiError(400, 50006, "Cannot send an empty message")


def check_file_count(count: int) -> None:
    """Refuse more files than a message may have."""
    if count > MAX_FILES:
        raise ApiError(400, 30015, f"Maximum number of attachments in a message reached ({MAX_FILES})")


def _check_embeds(embeds: list[JsonObject], errors: FormErrors, path: Path) -> None:
    errors.at_most(path, embeds, MAX_EMBEDS)
    for index, embed in enumerate(embeds):
        _check_embed(embed, errors, (*path, index))
    if sum(_count_chars(embed) for embed in embeds) > MAX_EMBED_CHARS:
        errors.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_CHARS}")


def _check_embed(embed: JsonObject, errors: FormErrors, path: Path) -> None:
    errors.at_most((*path, "title"), embed.get("title"), 256)
    errors.at_most((*path, "description"), embed.get("description"), 4_096)
    errors.at_most((*path, "footer", "text"), (embed.get("footer") or {}).get("text"), 2_048)
    errors.at_most((*path, "author", "name"), (embed.get("author") or {}).get("name"), 256)
    fields = embed.get("fields") or []
    errors.at_most((*path, "fields"), fields, MAX_FIELDS)
    for index, entry in enumerate(fields):
        where = (*path, "fields", index)
        if errors.require((*where, "name"), entry.get("name")):
            errors.at_most((*where, "name"), entry["name"], 256)
        if errors.require((*where, "value"), entry.get("value")):
            errors.at_most((*where, "value"), entry["value"], 1_024)


def _count_chars(embed: JsonObject) -> int:
    texts: list[Any] = [
        embed.get("title"),
        embed.get("description"),
        (embed.get("footer") or {}).get("text"),
        (embed.get("author") or {}).get("name"),
    ]
    for entry in embed.get("fields") or []:
        texts += [entry.get("name"), entry.get("value")]
    return sum(len(text) for text in texts if text)


def _check_attachments(attachments: list[JsonObject], uploads: int, errors: FormErrors, path: Path) -> None:
    check_file_count(max(len(attachments), uploads))
    for index, file in enumerate(attachments):
        if errors.require((*path, index, "id"), file.get("id")):
            errors.at_most((*path, index, "description"), file.get("description"), MAX_FILE_DESCRIPTION)
