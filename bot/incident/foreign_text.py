"""Text that others wrote, as it may stand in our own sentences: redacted, visible, on one line, not too long."""

from bot.logging import redact


def one_line(foreign: str) -> str:
    """The text, redacted, on one line; control, format and bidi characters become spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in redact(foreign)).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with a mark where something went."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
