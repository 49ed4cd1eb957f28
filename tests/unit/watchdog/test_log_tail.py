"""Each line of a log once: over restarts, rotation, truncation, and files that are not there yet."""

from pathlib import Path

import pytest

from bot.watchdog.log_tail import MAX_READ, LogTail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "logs" / "perf").mkdir(parents=True)
    return tmp_path / "logs" / "perf" / "hourly.log"


def a_tail(log: Path, names: tuple[str, ...] = ("perf/hourly.log", "security/*.log")) -> LogTail:
    return LogTail(log.parent.parent, names, log.parent.parent.parent / "state" / "watchdog.json")


def add(log: Path, *lines: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def read(tail: LogTail) -> list[str]:
    return [line.text for line in tail.read()]


def test_what_stood_there_before_the_first_look_is_old(log: Path) -> None:
    add(log, "old")
    tail = a_tail(log)

    assert read(tail) == []
    add(log, "new", "newer")
    assert read(tail) == ["new", "newer"]
    assert read(tail) == []


def test_over_a_restart_no_line_is_lost_and_none_comes_twice(log: Path) -> None:
    add(log, "old")
    read(a_tail(log))
    add(log, "while nobody looked")
    tail = a_tail(log)

    assert read(tail) == ["while nobody looked"]
    assert read(a_tail(log)) == []


def test_a_file_that_comes_later_is_read_from_its_beginning(log: Path) -> None:
    tail = a_tail(log)
    assert read(tail) == []

    (log.parent.parent / "security").mkdir()
    add(log, "first")
    add(log.parent.parent / "security" / "hourly-fix.log", "other")

    assert read(tail) == ["first", "other"]


def test_rotation_loses_nothing(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    add(log, "one")
    read(tail)
    add(log, "just before")
    log.rename(log.with_name("hourly.log.1"))
    add(log, "just after")

    assert read(tail) == ["just before", "just after"]


def test_rotation_loses_nothing_of_a_log_that_is_far_behind_even_over_a_restart(log: Path) -> None:
    add(log, "known")
    read(a_tail(log))
    behind = [f"{number} {'x' * 1000}" for number in range(3 * MAX_READ // 1000)]
    add(log, *behind)
    log.rename(log.with_name("hourly.log.1"))
    add(log, "just after")

    looks = [read(a_tail(log)) for _ in range(5)]

    assert [line for look in looks for line in look] == [*behind, "just after"]


def test_truncation_begins_anew(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    add(log, "a long first line", "another")
    read(tail)
    log.write_text("short\n", encoding="utf-8")

    assert read(tail) == ["short"]


def test_a_file_that_was_cut_and_grew_beyond_the_old_place_is_known_as_another(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    add(log, "one")
    read(tail)
    with log.open("r+", encoding="utf-8") as file:
        file.truncate()
        file.write("two\nthree\nfour\n")

    assert read(tail) == ["two", "three", "four"]


def test_half_a_line_waits_for_its_end(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    log.write_text("hal", encoding="utf-8")
    assert read(tail) == []
    add(log, "f a line")

    assert read(tail) == ["half a line"]


def test_a_line_without_an_end_and_strange_bytes_are_survived(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    log.write_bytes(b"x" * (MAX_READ + 10) + b"\n\xff\xfe\x00\r\n")

    first, second = read(tail), read(tail)

    assert [len(line) for line in first] == [2_000]
    assert second == ["x" * 10, "\ufffd\ufffd\x00"]


def test_a_place_that_cannot_be_written_down_tells_the_lines_later(log: Path) -> None:
    tail = a_tail(log)
    read(tail)
    state = log.parent.parent.parent / "state"
    (state / "watchdog.new").mkdir()
    add(log, "one")

    with pytest.raises(OSError, match="directory"):
        tail.read()
    (state / "watchdog.new").rmdir()

    assert read(tail) == ["one"]


def test_a_disk_that_breaks_in_one_file_takes_no_line_of_another(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = a_tail(log, ("perf/hourly.log", "perf/other.log"))
    read(tail)
    add(log, "one")
    add(log.with_name("other.log"), "two")
    new_in, breaks = tail._new_in, [OSError(5, "Input/output error")]

    def sometimes(path: Path) -> list[str]:
        if path.name == "other.log" and breaks:
            raise breaks.pop()
        return new_in(path)

    monkeypatch.setattr(tail, "_new_in", sometimes)
    with pytest.raises(OSError, match="Input/output"):
        read(tail)

    assert read(tail) == ["one", "two"]


def test_a_broken_memory_is_none(log: Path) -> None:
    memory = log.parent.parent.parent / "state" / "watchdog.json"
    memory.parent.mkdir()
    memory.write_text('{"a": {"inode": "x"}}', encoding="utf-8")
    add(log, "old")

    assert read(a_tail(log)) == []
