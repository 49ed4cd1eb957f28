"""Secrets where Python itself writes them: representations, tracebacks, log records and their extra fields."""

import logging
import sys
import traceback
from collections import namedtuple
from collections.abc import Callable
from dataclasses import make_dataclass
from functools import cache
from time import gmtime
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, create_model

from tests.redaction_set.placement import (
    ANY,
    ONE_LINE,
    QUOTED,
    WORD,
    Grade,
    Json,
    Placement,
    Planted,
    spelled,
    written,
)
from tests.redaction_set.placements_wire import in_json
from tests.redaction_set.secret import Form


def in_repr(text: str) -> str:
    """As it reads inside a string's representation that has no single quote of its own."""
    shown = repr(text)[1:-1]
    return shown if repr(text)[0] == "'" else shown.replace('\\"', '"')


def identifier(planted: Planted) -> str:
    """The secret's name as a Python name."""
    name = "".join(each if each.isalnum() else "_" for each in planted.name).strip("_")
    return f"x_{name}" if name[:1].isdigit() else name


def repr_of_dict(planted: Planted) -> Json:
    return f"request failed: { ({'user': 'alice', planted.name: planted.secret.text, 'tries': 3})!r}"


def repr_of_nested(planted: Planted) -> Json:
    return f"{ ({'client': [{'auth': {planted.name: planted.secret.text}}]})!r}"


@cache
def login_dataclass(field: str) -> type:
    """A dataclass with a user and that field."""
    return make_dataclass("Login", ["user", field])


def repr_of_dataclass(planted: Planted) -> Json:
    made = login_dataclass(identifier(planted))
    return f"starting with {made('alice', planted.secret.text)!r}"


@cache
def login_tuple(field: str) -> Callable[[str, str], object]:
    """A named tuple's class with a user and that field."""
    return namedtuple("Login", ["user", field])


def repr_of_namedtuple(planted: Planted) -> Json:
    made = login_tuple(identifier(planted))
    return f"starting with {made('alice', planted.secret.text)!r}"


@cache
def model(field: str) -> type[BaseModel]:
    """A pydantic model with a user and that field."""
    fields: dict[str, Any] = {"user": (str, ...), field: (str, ...)}
    made: type[BaseModel] = create_model("Login", **fields)
    return made


def a_login(planted: Planted) -> BaseModel:
    """Such a model with the secret in its field."""
    return model(identifier(planted)).model_validate({"user": "alice", identifier(planted): planted.secret.text})


def repr_of_model(planted: Planted) -> Json:
    return repr(a_login(planted))


def str_of_model(planted: Planted) -> Json:
    return str(a_login(planted))


def repr_of_namespace(planted: Planted) -> Json:
    return repr(SimpleNamespace(user="alice", **{identifier(planted): planted.secret.text}))


def repr_of_environment(planted: Planted) -> Json:
    return f"environ({ ({'HOME': '/srv', spelled(planted.name, 'K'): planted.secret.text})!r})"


def repr_of_pairs(planted: Planted) -> Json:
    return repr([("user", "alice"), (planted.name, planted.secret.text)])


def repr_of_bytes(planted: Planted) -> Json:
    return f"body={planted.name}={planted.secret.text!r}".encode().__repr__()


def debug_f_string(planted: Planted) -> Json:
    return f"{identifier(planted)}={planted.secret.text!r} tries=3"


def key_error(planted: Planted) -> Json:
    return f"KeyError: {planted.secret.text!r}"


def value_error(planted: Planted) -> Json:
    return f"ValueError: invalid literal for int() with base 10: {planted.secret.text!r}"


def repr_of_exception(planted: Planted) -> Json:
    return repr(PermissionError(403, f"{planted.name}={planted.secret.text}"))


def traceback_source(planted: Planted) -> Json:
    line = f"client = connect('db', {identifier(planted)}={planted.secret.text!r})"
    return f'Traceback (most recent call last):\n  File "app.py", line 4, in <module>\n    {line}\nOSError: refused'


def traceback_locals(planted: Planted) -> Json:
    return f"  File app.py:4 in start\n    host = 'db'\n    {identifier(planted)} = {planted.secret.text!r}"


def printed(error: BaseException) -> str:
    """The error as the traceback module prints it."""
    return "".join(traceback.format_exception(error))


def raised(planted: Planted) -> Json:
    return printed(RuntimeError(f"refused: {planted.name}={planted.secret.text}"))


def raised_from(planted: Planted) -> Json:
    error = RuntimeError("could not start")
    error.__cause__ = ConnectionError(f"refused: {planted.name}={planted.secret.text}")
    return printed(error)


def raised_while(planted: Planted) -> Json:
    error = RuntimeError("could not start")
    error.__context__ = KeyError(f"{planted.name}={planted.secret.text}")
    return printed(error)


def in_note(planted: Planted) -> Json:
    error = RuntimeError("could not start")
    error.add_note(f"was sent with {planted.name}: {planted.secret.text}")
    return printed(error)


def in_group(planted: Planted) -> Json:
    inner = ExceptionGroup("two", [OSError("a"), ValueError(f"{planted.name}={planted.secret.text}")])
    return printed(ExceptionGroup("tasks", [inner, TimeoutError("late")]))


def formatted(record: logging.LogRecord) -> str:
    """The record as a plain formatter writes it."""
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    formatter.converter = gmtime
    return formatter.format(record)


def record(message: str, args: tuple[object, ...]) -> logging.LogRecord:
    """A record of the worker's logger, at a fixed time."""
    made = logging.LogRecord("bot.worker", logging.ERROR, "worker.py", 12, message, args, None)
    made.created, made.msecs = 1_790_000_000.0, 0.0
    return made


def in_args(planted: Planted) -> Json:
    return formatted(record(f"sent {planted.name}=%s to %s", (planted.secret.text, "upstream")))


def in_args_repr(planted: Planted) -> Json:
    return formatted(record("sent %r after %d tries", ({planted.name: planted.secret.text}, 3)))


def in_exc_info(planted: Planted) -> Json:
    made = record("task failed", ())
    try:
        raise LookupError(f"{planted.name}={planted.secret.text}")
    except LookupError:
        made.exc_info = sys.exc_info()
    return formatted(made)


def in_stack_info(planted: Planted) -> Json:
    made = record("slow", ())
    made.stack_info = (
        f'Stack (most recent call last):\n  File "a.py", line 3\n    go({planted.name}="{planted.secret.text}")'
    )
    return formatted(made)


def in_extra(depth: int, within_list: bool = False) -> Callable[[Planted], Json]:
    """A maker of `extra` whose secret stands under its own name, `depth` levels down."""

    def put(planted: Planted) -> Json:
        value: Json = {planted.name: planted.secret.text, "tries": 3}
        for level in range(depth - 1):
            value = {f"level{level}": [value] if within_list else value}
        return value

    return put


def as_extra_key(planted: Planted) -> Json:
    return {"seen": {planted.secret.text: 2}, "tries": 3}


def in_extra_text(planted: Planted) -> Json:
    return {"reply": {"body": written("the upstream said {k}={s}", planted), "status": 403}}


def in_extra_pairs(planted: Planted) -> Json:
    return {"headers": [["accept", "*/*"], [planted.name, planted.secret.text]]}


def in_extra_bare(planted: Planted) -> Json:
    return {"attempt": 2, "args": ["sync", planted.secret.text]}


def row(name: str, grade: Grade, put: Callable[[Planted], Json], takes: frozenset[Form] = QUOTED) -> Placement:
    """A placement beside the secret's name, as a representation."""
    return Placement(name, grade, "name", takes, put, in_repr)


def record_row(name: str, grade: Grade, put: Callable[[Planted], Json]) -> Placement:
    """A placement beside the secret's name, as it is."""
    return Placement(name, grade, "name", ONE_LINE, put)


def extra_row(name: str, grade: Grade, put: Callable[[Planted], Json]) -> Placement:
    """A placement in plain values under the secret's name."""
    return Placement(name, grade, "name", ANY, put, in_json)


PLACEMENTS = (
    row("repr-dict", "ordinary", repr_of_dict),
    row("repr-nested", "ordinary", repr_of_nested),
    row("repr-dataclass", "ordinary", repr_of_dataclass),
    row("repr-namedtuple", "ordinary", repr_of_namedtuple),
    row("repr-model", "ordinary", repr_of_model),
    row("str-model", "ordinary", str_of_model),
    row("repr-namespace", "ordinary", repr_of_namespace),
    row("repr-environment", "ordinary", repr_of_environment),
    row("repr-pairs", "hard", repr_of_pairs),
    row("repr-bytes", "extreme", repr_of_bytes, WORD),
    row("debug-f-string", "ordinary", debug_f_string),
    row("traceback-source", "ordinary", traceback_source),
    row("traceback-locals", "ordinary", traceback_locals),
    Placement("key-error", "hard", "nothing", WORD, key_error),
    Placement("value-error", "hard", "nothing", WORD, value_error),
    row("repr-exception", "hard", repr_of_exception, WORD),
    record_row("exception", "ordinary", raised),
    record_row("exception-cause", "ordinary", raised_from),
    record_row("exception-context", "hard", raised_while),
    record_row("exception-note", "ordinary", in_note),
    record_row("exception-group", "hard", in_group),
    record_row("log-args", "ordinary", in_args),
    row("log-args-repr", "ordinary", in_args_repr, WORD),
    record_row("log-exc-info", "ordinary", in_exc_info),
    record_row("log-stack-info", "hard", in_stack_info),
    extra_row("extra", "ordinary", in_extra(1)),
    extra_row("extra-depth-2", "ordinary", in_extra(2)),
    extra_row("extra-depth-3", "ordinary", in_extra(3)),
    extra_row("extra-depth-4", "hard", in_extra(4)),
    extra_row("extra-depth-5", "hard", in_extra(5, within_list=True)),
    extra_row("extra-depth-6", "hard", in_extra(6, within_list=True)),
    Placement("extra-text", "ordinary", "name", WORD, in_extra_text),
    Placement("extra-pairs", "extreme", "name", ANY, in_extra_pairs, in_json),
    Placement("extra-as-key", "extreme", "nothing", WORD, as_extra_key),
    Placement("extra-bare", "ordinary", "nothing", ANY, in_extra_bare, in_json),
)
