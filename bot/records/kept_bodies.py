"""Records as they were kept, also by another version: one that cannot be read must not hide the others."""

import logging
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Record = TypeVar("Record", bound=BaseModel)

log = logging.getLogger(__name__)


def readable(kind: type[Record], body: str) -> Record | None:
    """A record as it was kept, or None (and a log line) when this version cannot read it."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        words = error.errors()[0]["msg"]
        told = {"action": "record_unreadable"}
        log.warning("a stored %s cannot be read: %s (%s)", kind.__name__, body[:80], words, extra=told)
        return None
