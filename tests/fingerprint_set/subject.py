"""The function under test: the identity that the bot gives to an event."""

from tests.fingerprint_set.model import Event


def identity(event: Event) -> str:
    """The fingerprint of what the record says last: a traceback's last line, else what the event is called."""
    from bot.incident.fingerprint import fingerprint

    if event.traceback:
        kind, _, message = event.traceback.rstrip().rpartition("\n")[2].partition(": ")
        return fingerprint(kind, message)
    if event.kind == "log":
        return fingerprint(event.logger or "", event.template or event.message)
    return fingerprint(event.title or "", event.culprit or "")
