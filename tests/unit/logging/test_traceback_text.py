"""A traceback's text is the standard library's, to the letter, however often its lines are known already."""

import linecache
import logging
import sys
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logging.traceback_text import TracebackTexts


def caught(raise_it: Callable[[], object]) -> BaseException:
    try:
        raise_it()
    except BaseException as error:  # noqa: BLE001 - whatever the case raises is the case
        return error
    raise AssertionError("it has to raise")


def info(error: BaseException) -> tuple[type[BaseException], BaseException, object]:
    return type(error), error, error.__traceback__


def raise_value_error() -> None:
    raise ValueError("no amount", 12)


def raise_with_notes() -> None:
    error = KeyError("row")
    error.add_note("while saving\nrow 4")
    error.add_note("for alice")
    raise error


def raise_from_cause() -> None:
    try:
        raise_value_error()
    except ValueError as error:
        raise RuntimeError("not saved") from error


def raise_in_context() -> None:
    try:
        raise_value_error()
    except ValueError:
        raise_with_notes()


def raise_suppressed() -> None:
    try:
        raise_value_error()
    except ValueError:
        raise RuntimeError("alone") from None


def raise_group() -> None:
    members = [caught(raise_from_cause), caught(raise_with_notes), caught(raise_in_context)]
    raise BaseExceptionGroup("several", [*members, BaseExceptionGroup("inner", [caught(raise_value_error)])])


def raise_group_from_cause() -> None:
    try:
        raise_in_context()
    except KeyError as error:
        raise caught(raise_group) from error


def raise_syntax_error() -> None:
    compile("x = (1,\ny = 2", "typed.py", "exec")


def raise_name_error() -> None:
    amount = 1
    print(amonut)  # type: ignore[name-defined]  # noqa: F821 - the suggestion is part of the text
    del amount


def raise_attribute_error() -> None:
    "text".uper()  # type: ignore[attr-defined]  # the suggestion is part of the text


def raise_import_error() -> None:
    from collections import ordereddict  # type: ignore[attr-defined]  # noqa: F401 - as above


def raise_long_expression() -> None:
    values = {"a": {"b": [1, 2, 3]}}
    (
        sum(values["a"]["b"])
        + values["a"]["c"][0]
        + len(
            values["a"]["b"],
        )
    )


def recurse(depth: int) -> None:
    if depth:
        recurse(depth - 1)
    raise_value_error()


def recurse_in_turns(depth: int) -> None:
    if depth % 5 == 0:
        recurse(3)
    recurse_in_turns(depth - 1)


def raise_cycle() -> None:
    first, second = caught(raise_value_error), caught(raise_with_notes)
    first.__cause__, second.__cause__ = second, first
    raise first


def raise_from_a_string() -> None:
    exec(compile("def f():\n    raise OSError(2, 'gone')\nf()", "<string>", "exec"))


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def raise_odd() -> None:
    raise Odd


CASES = [value for name, value in sorted(globals().items()) if name.startswith("raise_")] + [
    lambda: recurse(2),
    lambda: recurse(3),
    lambda: recurse(4),
    lambda: recurse(40),
    lambda: recurse_in_turns(12),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_text_is_the_standard_librarys_at_first_and_from_memory(case):
    texts, error = TracebackTexts(), caught(case)

    expected = logging.Formatter().formatException(info(error))  # type: ignore[arg-type]  # a plain tuple

    assert texts.format(info(error)) == expected  # type: ignore[arg-type]  # as above
    assert texts.format(info(error)) == expected  # type: ignore[arg-type]  # as above


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CASES), st.sampled_from(["cause", "context", "group", "notes"])), max_size=5))
def test_any_chain_of_exceptions_reads_as_the_standard_library_writes_it(links):
    error: BaseException = caught(raise_value_error)
    for case, how in links:
        inner, error = error, caught(case)
        if how == "cause":
            error.__cause__ = inner
        elif how == "context":
            error.__context__ = inner
        elif how == "notes":
            error.__notes__ = ["a note", "another"]
        else:
            error = BaseExceptionGroup("a group", [inner, error])

    expected = logging.Formatter().formatException(info(error))  # type: ignore[arg-type]  # a plain tuple

    assert SHARED.format(info(error)) == expected  # type: ignore[arg-type]  # as above


SHARED = TracebackTexts()


def test_an_exception_that_was_never_raised_has_no_frames():
    assert TracebackTexts().format((ValueError, ValueError("x"), None)) == "ValueError: x"


def compiled(source: str, name: str = "<made>") -> Callable[[], None]:
    space: dict[str, Callable[[], None]] = {}
    exec(compile(source, name, "exec"), space)
    return space["f"]


def test_code_that_looks_alike_in_another_file_has_its_own_text():
    texts = TracebackTexts()

    for name in ("one.py", "two.py"):
        error = caught(compiled("def f():\n    raise ValueError\n", name))
        assert f'"{name}"' in texts.format(info(error))  # type: ignore[arg-type]  # a plain tuple


def test_code_that_took_a_dead_ones_place_has_its_own_text():
    texts = TracebackTexts()

    for number in range(300):
        error = caught(compiled(f"def f():\n    raise ValueError({number})\n", f"made-{number}.py"))
        text = texts.format(info(error))  # type: ignore[arg-type]  # a plain tuple
        assert f'"made-{number}.py"' in text
        del error


def test_source_that_linecache_read_anew_is_shown_anew(tmp_path):
    path, texts = tmp_path / "module.py", TracebackTexts()
    path.write_text("def f():\n    raise ValueError  # old\n")
    error = caught(compiled(path.read_text(), str(path)))
    assert "# old" in texts.format(info(error))  # type: ignore[arg-type]  # a plain tuple

    path.write_text("def f():\n    raise ValueError  # newer\n")
    linecache.checkcache(str(path))

    assert texts.format(info(error)) == logging.Formatter().formatException(info(error))  # type: ignore[arg-type]  # as above
    assert "# newer" in texts.format(info(error))  # type: ignore[arg-type]  # as above


def test_the_memory_is_bounded():
    texts = TracebackTexts(max_places=10)

    for number in range(50):
        texts.format(info(caught(compiled(f"def f():\n    raise ValueError({number})\n", f"m{number}.py"))))  # type: ignore[arg-type]  # a plain tuple

    assert 0 < len(texts) <= 10


def test_a_traceback_limit_is_kept(monkeypatch):
    error, texts = caught(lambda: recurse(9)), TracebackTexts()
    monkeypatch.setattr(sys, "tracebacklimit", 2, raising=False)

    text = texts.format(info(error))  # type: ignore[arg-type]  # a plain tuple

    assert text == "".join(traceback.format_exception(error)).rstrip("\n")
    assert text.count("File ") == 2
