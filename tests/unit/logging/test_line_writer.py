"""A slow, full or broken stream costs lines, which are counted, and never a log call."""

import errno
import io
import json
import logging
import os
import threading
from pathlib import Path

import pytest

from bot.logging import RingBufferHandler
from bot.logging.line_writer import MAX_WAITING, LineWriter, StreamSink


def a_record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "levelno": level, "levelname": logging.getLevelName(level)})


class BrokenStream(io.StringIO):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error

    def write(self, text: str) -> int:
        if self.error is not None:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize(
    "error",
    [
        BrokenPipeError(errno.EPIPE, "gone"),
        OSError(errno.ENOSPC, "disk full"),
        ValueError("I/O operation on closed file"),
    ],
    ids=["pipe", "disk", "closed"],
)
def test_a_broken_stream_is_counted_and_the_ring_goes_on(error):
    stream = BrokenStream(error)
    handler = RingBufferHandler(stream=stream)
    handler.handle(a_record("one"))
    handler.flush()

    assert handler.counts.unwritten == {type(error).__name__: 1}
    assert len(handler.lines()) == 1
    assert handler.counts.accepted == 1

    stream.error = None
    handler.handle(a_record("two"))
    handler.close()
    assert json.loads(stream.getvalue())["msg"] == "two"


def test_a_closed_stream_is_counted():
    stream = io.StringIO()
    handler = RingBufferHandler(stream=stream)
    stream.close()

    handler.handle(a_record("one"))
    handler.flush()

    assert handler.counts.unwritten == {"ValueError": 1}
    handler.close()


def test_a_pipe_whose_reader_left_is_counted():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        handler = RingBufferHandler(stream=stream)
        handler.handle(a_record("one"))
        handler.flush()

        assert handler.counts.unwritten == {"BrokenPipeError": 1}
        handler.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_counted():
    with Path("/dev/full").open("w") as stream:
        handler = RingBufferHandler(stream=stream)
        handler.handle(a_record("one"))
        handler.flush()

        assert handler.counts.unwritten == {"OSError": 1}
        handler.close()


class StuckStream(io.StringIO):
    """A stream whose reader does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        self.released.wait(30)
        return super().write(text)


def test_a_stuck_stream_holds_up_no_log_call_and_sheds_info_before_errors():
    stream = StuckStream()
    handler = RingBufferHandler(stream=stream)
    handler.handle(a_record("first"))
    assert stream.entered.wait(10)

    for number in range(MAX_WAITING):
        handler.handle(a_record(f"info {number}"))
    shed = handler.counts.unwritten["full"]
    handler.handle(a_record("error", logging.ERROR))

    assert shed == MAX_WAITING - MAX_WAITING * 3 // 4
    assert handler.counts.unwritten == {"full": shed}
    assert handler.counts.accepted == MAX_WAITING + 2
    stream.released.set()
    handler.close()
    written = [json.loads(line)["msg"] for line in stream.getvalue().splitlines()]
    assert (written[0], written[-1]) == ("first", "error")
    assert len(written) == MAX_WAITING + 2 - shed


def test_a_real_file_gets_utf8_whatever_its_encoding(tmp_path):
    with (tmp_path / "out.log").open("w", encoding="ascii") as stream:
        handler = RingBufferHandler(stream=stream)
        handler.handle(a_record("café 😀"))
        handler.close()

    line = (tmp_path / "out.log").read_text(encoding="utf-8")
    assert json.loads(line)["msg"] == "café 😀"


def test_a_pipe_that_does_not_block_still_gets_every_byte():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(writer, "w") as stream, os.fdopen(reader, "rb") as source:
        handler = RingBufferHandler(stream=stream)
        for number in range(200):
            handler.handle(a_record(f"{number} " + "x" * 4_000))
        read = [json.loads(source.readline())["msg"].partition(" ")[0] for _ in range(200)]
        handler.close()

    assert read == [str(number) for number in range(200)]
    assert handler.counts.unwritten == {}


def test_flushing_and_closing_without_a_line_does_nothing():
    writer = LineWriter(StreamSink(io.StringIO()))

    writer.flush()
    writer.close()

    assert writer.unwritten() == {}


def test_a_closed_handler_keeps_its_ring():
    stream = io.StringIO()
    handler = RingBufferHandler(stream=stream)
    handler.handle(a_record("one"))
    handler.close()
    handler.handle(a_record("two"))

    assert [json.loads(line)["msg"] for line in handler.lines()] == ["one", "two"]
    assert json.loads(stream.getvalue())["msg"] == "one"
