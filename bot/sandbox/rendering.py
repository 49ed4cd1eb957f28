"""Messages of the local Discord and events of the local GitHub as lines for a terminal."""

import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.sandbox.discord_view import Message
from bot.sandbox.github_records import GitHubEvent

ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~@<:])")
TIME = re.compile(r"<t:(\d+)(?::[a-zA-Z])?>")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MENTION = re.compile(r"<@!?(\d+)>")
WIDTH = 150
MAX_ROWS = 3


def visible(text: str) -> str:
    """The text with its control characters shown, not obeyed."""
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def plain(text: str) -> str:
    """Discord's Markdown as a terminal can show it."""
    text = visible(text)
    text = TIME.sub(lambda found: datetime.fromtimestamp(int(found[1]), UTC).astimezone().strftime("%H:%M:%S"), text)
    return ESCAPED.sub(r"\1", text).replace("**", "").removeprefix("-# ")


def embed_lines(embed: dict[str, object]) -> list[str]:
    """An embed's title, text and fields."""
    lines = [str(embed[name]) for name in ("title", "description") if embed.get(name)]
    fields = embed.get("fields")
    told = fields if isinstance(fields, list) else []
    return lines + [f"{field['name']}: {field['value']}" for field in told]


def named(line: str, names: Mapping[int, str]) -> str:
    """The line with people's names for their mentions."""
    return MENTION.sub(lambda found: "@" + names.get(int(found[1]), found[1]), line)


def rows_of(line: str) -> list[str]:
    """A line as the terminal shows it: wrapped, and cut after three rows."""
    rows = textwrap.wrap(line, WIDTH, drop_whitespace=False) or [""]
    return rows if len(rows) <= MAX_ROWS else [*rows[: MAX_ROWS - 1], rows[MAX_ROWS - 1][: WIDTH - 1] + "…"]


def message_lines(message: Message, place: str, names: Mapping[int, str]) -> list[str]:
    """A message with its embeds, files and buttons."""
    mark = " (only you see this)" if message.ephemeral else ""
    edited = " (edited)" if message.edited_at else ""
    head = f"[{place}] {message.author.name}{mark}{edited}: "
    body = [line for line in (message.content or "").splitlines() if line.strip() not in ("```json", "```", "```text")]
    body += [f"┃ {line}" for embed in message.embeds for line in "\n".join(embed_lines(embed)).splitlines() if line]
    body += [f"📎 {file.filename} ({file.size} bytes): type  show {file.filename}" for file in message.attachments]
    labels = [button.label for button in message.buttons if not button.disabled]
    buttons = "  ".join(f"[ {label} ]" for label in labels)
    body += [f"{buttons}   (type  click {labels[0]})"] if labels else []
    shown = [row for line in body for row in rows_of(named(plain(line), names))]
    return [head + (shown[0] if shown else ""), *("    " + line for line in shown[1:])]


def github_line(event: GitHubEvent) -> str | None:
    """An event of the local GitHub, or None when it is too small to tell."""
    if event.kind.startswith("step") and "finished" not in event.kind:
        return None
    parts = [event.kind.replace("_", " ")]
    if event.run_id is not None:
        parts.append(f"run {event.run_id}")
    parts += [part for part in (event.job, event.step, event.conclusion, event.detail) if part]
    return "[GitHub] " + plain(" · ".join(parts))[:WIDTH]
