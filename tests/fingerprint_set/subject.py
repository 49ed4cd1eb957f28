"""The function under test: the identity that the bot gives to an event."""

from bot.incident.fingerprint import fingerprint, fingerprint_of
from bot.incident.traceback_reading import read_traceback
from tests.fingerprint_set.model import Event


def identity(event: Event) -> str:
    """The fingerprint of a traceback's root cause, of a line's logger and template, of a title at its culprit."""
    if event.traceback:
        return fingerprint_of(read_traceback(event.traceback))
    if event.kind == "log":
        return fingerprint(event.logger or "", event.template or event.message)
    return fingerprint("", event.title or "", [(event.culprit or "", 0, "")])
