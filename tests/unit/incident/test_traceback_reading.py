"""What Python writes of an error is read back: its explicit causes down to the root, through groups, and no others."""

import traceback

import pytest

from bot.incident.traceback_reading import ToldError, read_traceback


def told_of(error: BaseException) -> list[ToldError]:
    return read_traceback("".join(traceback.format_exception(error)))


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def names(errors: list[ToldError]) -> list[str]:
    return [f"{error.type_name}: {error.message}" for error in errors]


def test_an_error_is_read_with_its_frames() -> None:
    (error,) = told_of(raised(ValueError("row 17\nis bad")))

    assert (error.type_name, error.message) == ("ValueError", "row 17\nis bad")
    assert error.frames[-1][0] == __file__
    assert error.frames[-1][2] == "raised"


def test_explicit_causes_are_followed_down_to_the_root() -> None:
    error = raised(RuntimeError("top"), raised(LookupError("middle"), raised(KeyError("root"))))

    assert names(told_of(error)) == ["RuntimeError: top", "LookupError: middle", "KeyError: 'root'"]


def test_what_was_only_being_handled_is_no_cause() -> None:
    def fail() -> None:
        try:
            raise KeyError("handled")
        except KeyError:
            raise ValueError("own")  # noqa: B904 - the implicit context is the point

    with pytest.raises(ValueError, match="own") as caught:
        fail()

    assert names(told_of(caught.value)) == ["ValueError: own"]


def test_a_group_is_its_first_member_however_deep() -> None:
    inner = ExceptionGroup("inner", [raised(OSError("wrapped"), raised(KeyError("root"))), ValueError("second")])
    error = raised(ExceptionGroup("outer", [inner, TypeError("third")]))

    assert names(told_of(error)) == [
        *("ExceptionGroup: outer (2 sub-exceptions)", "ExceptionGroup: inner (2 sub-exceptions)"),
        *("OSError: wrapped", "KeyError: 'root'"),
    ]


def test_what_an_error_was_raised_from_goes_before_what_it_groups() -> None:
    error = raised(RuntimeError("top"), raised(ExceptionGroup("group", [ValueError("member")])))

    assert names(told_of(error)) == [
        "RuntimeError: top",
        "ExceptionGroup: group (1 sub-exception)",
        "ValueError: member",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "  | ", "+-+---------------- 1 ----------------\n" * 50, "1 + 1"])
def test_a_text_that_is_no_traceback_is_no_error(text: str) -> None:
    assert read_traceback(text) == []
