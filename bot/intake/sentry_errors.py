"""Sentry's issues as faults: fetched, cut down to what a patch needs, redacted, kept as `{issue, latestEvent?}`."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.apis.http import ApiError
from bot.apis.sentry import Sentry
from bot.incident.payload import plain
from bot.intake.fault import (
    Fault,
    Frame,
    is_library,
    items,
    mapping,
    moment,
    plain_text,
    quoted_incident,
    whole_number,
)
from bot.intake.patch_task import Request
from bot.logging.redaction import redact_plain

AT_ONCE = 4
"""How many events are asked for at a time."""
MAX_FRAMES = 50
MAX_CRUMBS = 20
KEPT_OF_ISSUE = (
    *("id", "shortId", "title", "culprit", "permalink", "level", "logger", "platform", "type", "status", "priority"),
    *("count", "userCount", "firstSeen", "lastSeen", "metadata", "isUnhandled"),
)
KEPT_OF_EVENT = ("eventID", "dateCreated", "message", "title", "culprit", "platform", "tags")
KEPT_OF_FRAME = ("filename", "absPath", "module", "function", "lineNo", "inApp")
PLAIN_MODULES = {"", "builtins", "__builtin__", "exceptions", "__main__", "None"}

Record = Mapping[str, object]


@dataclass
class Fetched:
    """What came of a fetch."""

    records: list[Record] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """A sentence for each issue that is not whole."""


async def fetch(sentry: Sentry, limit: int, environment: str | None, on_step: Callable[[], None]) -> Fetched:
    """At most `limit` open issues, with their latest events if there is an `environment` to look for them in.

    Raises ApiError when the issues cannot be listed; an event that cannot be had is a trouble, not an end.
    """
    fetched = Fetched()
    issues: list[Record] = []
    async for issue in sentry.issues(limit):
        if plain_text(mapping(issue).get("id")):
            issues.append(mapping(issue))
        else:
            fetched.troubles.append("Sentry sent something in its list that is no issue; it was left out.")
        if environment is None:
            on_step()
    if environment is None:
        fetched.records = [record_of(issue, None) for issue in issues]
        return fetched
    gate = asyncio.Semaphore(AT_ONCE)

    async def whole(issue: Record) -> Record:
        async with gate:
            event = await event_of(sentry, plain_text(issue["id"]), environment, fetched.troubles)
        on_step()
        return record_of(issue, event)

    fetched.records = list(await asyncio.gather(*(whole(issue) for issue in issues)))
    return fetched


async def event_of(sentry: Sentry, issue_id: str, environment: str, troubles: list[str]) -> Record | None:
    """The issue's latest event in the environment; without one, or with one from elsewhere, None."""
    try:
        event = await sentry.latest_event(issue_id)
    except ApiError as error:
        troubles.append(f"The latest event of issue {issue_id} could not be had: {error}")
        return None
    elsewhere = tags_of(event or {}).get("environment", environment) != environment
    return None if elsewhere else event


def record_of(issue: Record, event: Record | None) -> Record:
    """One entry of the file: what a patch needs, without variables, headers, cookies, people; redacted."""
    kept: dict[str, object] = {"issue": {name: issue[name] for name in KEPT_OF_ISSUE if name in issue}}
    if event is not None:
        told = {name: event[name] for name in KEPT_OF_EVENT if name in event}
        told["request"] = request_of(event)
        told["entries"] = list(kept_entries(event))
        kept["latestEvent"] = told
    safe = redact_plain(plain(kept))
    return mapping(safe)


def kept_entries(event: Record) -> Iterator[Record]:
    """The event's exceptions and breadcrumbs, cut down."""
    for entry in items(event.get("entries")):
        kind, data = mapping(entry).get("type"), mapping(mapping(entry).get("data"))
        if kind == "exception":
            values = [kept_exception(mapping(value)) for value in items(data.get("values"))[-10:]]
            yield {"type": kind, "data": {"values": values}}
        if kind == "breadcrumbs":
            crumbs = [mapping(crumb) for crumb in items(data.get("values"))[-MAX_CRUMBS:]]
            kept = [{name: plain_text(crumb.get(name), 300) for name in ("category", "message")} for crumb in crumbs]
            yield {"type": kind, "data": {"values": kept}}


def kept_exception(value: Record) -> Record:
    """One exception of a chain: type, message, how it hangs on the others, and its frames without variables."""
    frames = items(mapping(value.get("stacktrace")).get("frames"))[-MAX_FRAMES:]
    kept = [{name: mapping(frame).get(name) for name in KEPT_OF_FRAME} for frame in frames]
    told: dict[str, object] = {name: value.get(name) for name in ("type", "value", "module", "mechanism")}
    return {**told, "value": plain_text(value.get("value"), 4_000), "stacktrace": {"frames": kept}}


def request_of(event: Record) -> Record:
    """The request's method and address, without its query: that may hold what people typed."""
    entries = {mapping(each).get("type"): mapping(mapping(each).get("data")) for each in items(event.get("entries"))}
    told = mapping(event.get("request")) or entries.get("request", {})
    return {"url": without_query(plain_text(told.get("url"))), "method": plain_text(told.get("method"), 20)}


def without_query(url: str) -> str:
    """An address up to its path."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}" if parts.scheme and host else parts.path
    except ValueError:
        return ""


def tags_of(event: Record) -> dict[str, str]:
    """The event's tags: Sentry lists them as key and value, GlitchTip too, older ones as pairs."""
    tags: dict[str, str] = {}
    for tag in items(event.get("tags")):
        pair = (tag[0], tag[1]) if isinstance(tag, list) and len(tag) == 2 else (
            mapping(tag).get("key"), mapping(tag).get("value"))  # fmt: skip
        tags[plain_text(pair[0], 200)] = plain_text(pair[1], 200)
    return tags


def faults_of(records: Iterable[object]) -> tuple[list[Fault], int]:
    """The faults in a file's entries, and how many entries hold none."""
    faults, bad = [], 0
    for record in records:
        fault = fault_of(mapping(record))
        if fault is None:
            bad += 1
        else:
            faults.append(fault)
    return faults, bad


def fault_of(record: Record) -> Fault | None:
    """The fault of one entry; None when it is no issue that was seen at some time."""
    issue, event = mapping(record.get("issue")), mapping(record.get("latestEvent"))
    issue_id = plain_text(issue.get("id"), 100)
    last_seen = moment(issue.get("lastSeen")) or moment(event.get("dateCreated"))
    if not issue_id or last_seen is None:
        return None
    metadata = mapping(issue.get("metadata"))
    chain = [mapping(each) for each in items(exceptions_of(event))]
    root = root_of(chain)
    kind = kind_of(root) or plain_text(metadata.get("type"), 200) or plain_text(issue.get("logger"), 200) or "error"
    message = plain_text(root.get("value")) or plain_text(metadata.get("value")) or plain_text(event.get("message"))
    crumbs = crumbs_of(event)
    title = plain_text(issue.get("title"), 300) or f"{kind}: {message}"
    told = mapping(event.get("request"))
    request = Request(url=plain_text(told.get("url")) or None, method=plain_text(told.get("method"), 20) or None)
    tags = tags_of(event)
    return Fault(
        source="sentry",
        id=issue_id,
        title=title,
        kind=kind,
        message=message or title,
        culprit=plain_text(issue.get("culprit"), 300) or plain_text(event.get("culprit"), 300),
        frames=frames_of(root) or told_frames(metadata),
        level=plain_text(issue.get("level"), 20) or "error",
        handled=handled_in(issue, root),
        platform=plain_text(issue.get("platform"), 40) or plain_text(event.get("platform"), 40),
        count=max(whole_number(issue.get("count"), 1), 1),
        first_seen=moment(issue.get("firstSeen")),
        last_seen=last_seen,
        url=safe_link(issue.get("permalink")),
        breadcrumbs=crumbs,
        request=request if request.url or request.method else None,
        tags=tags,
        incident_id=quoted_incident(tags.get("incident_id", ""), title, message),
    )


def exceptions_of(event: Record) -> Sequence[object]:
    """The event's chain of exceptions, the one that was raised last at the end."""
    for entry in items(event.get("entries")):
        if mapping(entry).get("type") == "exception":
            return items(mapping(mapping(entry).get("data")).get("values"))
    return ()


def root_of(chain: Sequence[Record]) -> Record:
    """The exception at the root: down from the last along explicit causes, as the bot's own log goes."""
    if not chain:
        return {}
    at = chain[-1]
    for _ in chain:
        cause = next((each for each in chain if is_cause(each, at)), None)
        if cause is None:
            return at
        at = cause
    return at


def is_cause(each: Record, of: Record) -> bool:
    """Was `of` raised from `each`, or is it a group whose first member that is?"""
    link, parent = mapping(each.get("mechanism")), mapping(of.get("mechanism"))
    source = plain_text(link.get("source"), 40)
    explicit = source in {"__cause__", "exceptions[0]"}
    is_child = isinstance(link.get("parent_id"), int) and link.get("parent_id") == parent.get("exception_id")
    return each is not of and explicit and is_child


def kind_of(exception: Record) -> str:
    """An exception's type with its module, as Python writes it; builtin ones without."""
    name, module = plain_text(exception.get("type"), 200), plain_text(exception.get("module"), 200)
    return name if not name or module in PLAIN_MODULES or "." in name else f"{module}.{name}"


def frames_of(exception: Record) -> tuple[Frame, ...]:
    """An exception's frames, the crash frame last (Sentry's own order)."""
    frames = []
    for each in items(mapping(exception.get("stacktrace")).get("frames")):
        frame = mapping(each)
        names = (plain_text(frame.get(name), 300) for name in ("filename", "absPath", "module"))
        file = next((name for name in names if name), "")
        if file:
            own = frame.get("inApp") is not False and not is_library(plain_text(frame.get("absPath"), 300) or file)
            line, function = whole_number(frame.get("lineNo")), plain_text(frame.get("function"), 200)
            frames.append(Frame(file=file, line=line, function=function, own=own))
    return tuple(frames)


def told_frames(metadata: Record) -> tuple[Frame, ...]:
    """The one place that an issue without an event tells."""
    file = plain_text(metadata.get("filename"), 300)
    function = plain_text(metadata.get("function"), 200)
    return (Frame(file=file, function=function, own=not is_library(file)),) if file else ()


def handled_in(issue: Record, exception: Record) -> bool | None:
    """Was it caught and told, or did it end what was going on? None when nobody says."""
    if isinstance(unhandled := issue.get("isUnhandled"), bool):
        return not unhandled
    handled = mapping(exception.get("mechanism")).get("handled")
    return handled if isinstance(handled, bool) else None


def crumbs_of(event: Record) -> tuple[str, ...]:
    """The breadcrumbs, oldest first, a line each."""
    for entry in items(event.get("entries")):
        if mapping(entry).get("type") == "breadcrumbs":
            crumbs = [mapping(each) for each in items(mapping(mapping(entry).get("data")).get("values"))]
            told = [
                f"{plain_text(each.get('category'), 60)}: {plain_text(each.get('message'), 300)}" for each in crumbs
            ]
            return tuple(line for line in told if line != ": ")
    return ()


def safe_link(value: object) -> str | None:
    """A web address without anything that would end a link in Markdown; None for anything else."""
    url = plain_text(value, 500)
    parts = without_query(url)
    is_plain = all(char.isalnum() or char in ":/.-_~%" for char in parts)
    return parts if url.startswith(("https://", "http://")) and is_plain and parts.isascii() else None
