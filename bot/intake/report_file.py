"""Files that other tools wrote: read whole, but never larger than anybody writes them."""

import json

MAX_BYTES = 64 * 1024 * 1024


class ReportUnreadable(Exception):
    """The report cannot be read; the sentence says why."""


def read_json(data: bytes, name: str) -> object:
    """A JSON file's value. Raises ReportUnreadable."""
    if len(data) > MAX_BYTES:
        raise ReportUnreadable(f"{name} is larger than {MAX_BYTES >> 20} MiB: split the run, or leave attachments out.")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ReportUnreadable(f"{name} is not JSON: let the tool write it anew.") from error
