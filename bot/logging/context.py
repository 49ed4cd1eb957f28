"""The request context that every log record carries: user, channel, intent, entities, incident id."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import wraps
from logging import LogRecord
from types import MappingProxyType
from typing import Final, ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")

RECORD_KEY: Final = "bound_context"
"""The record attribute that holds the context; one attribute, so that `extra={"user": …}` cannot collide with it."""

_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})
_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=_EMPTY)


def current() -> Mapping[str, object]:
    """Return the fields bound for the running task or thread; the mapping is read-only and never changes."""
    return _context.get()


def bind(**fields: object) -> None:
    """Add fields for the rest of the running task, and for tasks it starts from now on; None takes a field away."""
    merged = {**_context.get(), **fields}
    _context.set(MappingProxyType({name: value for name, value in merged.items() if value is not None}))


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields inside a `with` block and restore what was bound before it."""
    before = _context.get()
    bind(**fields)
    try:
        yield
    finally:
        _context.set(before)  # not a token's reset: a block may be left in another task than it was entered


def in_context(call: Callable[Params, Result]) -> Callable[Params, Result]:
    """Wrap a callable so that it runs with today's context in any thread; for executors and plain threads."""
    captured = copy_context()

    @wraps(call)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        return captured.copy().run(call, *args, **kwargs)  # a copy: one context cannot be entered twice at a time

    return run


def attach_context(record: LogRecord) -> None:
    """Note the current context on a record, unless it carries one already."""
    record.__dict__.setdefault(RECORD_KEY, _context.get())
