"""What was spooled is read back, whatever happened to the process, the file or the disk."""

import json
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logging import RingBufferHandler
from bot.logging.crash_report import LAST_LINES, crash_report, frames_of, mark_told, runs
from bot.logging.flight_recorder import is_durable, open_recorder
from bot.logging.spool import SEGMENT_BYTES, SEGMENTS, Spool
from bot.logging.spool_format import LINE, Frame, encoded, frames

KINDS = st.sampled_from([b"A", b"L", b"C", b"E"])
FRAMES = st.lists(st.tuples(KINDS, st.binary(max_size=200)), max_size=12)
EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "300"))
KILLS = int(os.environ.get("SOAK_KILLS", "10"))


def a_record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "levelno": level, "levelname": logging.getLevelName(level)})


def lines_of(folder: Path, run: str) -> list[bytes]:
    return [content for kind, content in frames_of(folder, run) if kind == LINE]


@settings(max_examples=EXAMPLES, deadline=None)
@given(FRAMES, st.data())
def test_a_torn_file_gives_the_frames_in_front_of_the_tear(given_frames, data):
    whole = b"".join(encoded(*frame) for frame in given_frames)
    at = data.draw(st.integers(0, len(whole)))

    read = list(frames(whole[:at]))

    assert read == [Frame(*frame) for frame in given_frames[: len(read)]]
    assert len(b"".join(encoded(*frame) for frame in given_frames[: len(read) + 1])) >= at or at == len(whole)


def test_a_write_torn_at_any_byte_costs_one_line_and_corrupts_none():
    lines = [f"line {number}".encode() for number in range(20)]
    whole = b"".join(encoded(LINE, line) for line in lines)

    for at in range(len(whole) + 1):
        read = [content for _, content in frames(whole[:at])]
        assert read == lines[: len(read)]
        assert len(b"".join(encoded(LINE, line) for line in read)) <= at


@settings(max_examples=EXAMPLES, deadline=None)
@given(FRAMES.filter(bool), st.data())
def test_damage_anywhere_ends_the_reading_and_invents_nothing(given_frames, data):
    whole = bytearray(b"".join(encoded(*frame) for frame in given_frames))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))

    read = list(frames(bytes(whole)))

    assert read == [Frame(*frame) for frame in given_frames[: len(read)]]
    assert len(read) < len(given_frames)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_can_be_read(data):
    assert all(encoded(*frame) in data for frame in frames(data))


def test_a_run_that_ended_in_order_is_no_crash(tmp_path):
    handler = RingBufferHandler()
    with open_recorder(tmp_path, handler, {"build": "abc"}) as recorder:
        handler.handle(a_record("hello"))
    with open_recorder(tmp_path, handler, {"build": "abc"}) as after:
        assert after.report is None

    assert [json.loads(line)["msg"] for line in lines_of(tmp_path, recorder.spool.run)] == ["hello"]


def test_only_the_owner_may_read_the_spool(tmp_path):
    handler = RingBufferHandler()
    with open_recorder(tmp_path / "spool", handler, {}):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "spool").iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


def test_a_secret_is_redacted_before_it_is_spooled(tmp_path):
    secret = "ghp_" + "a1" * 18
    handler = RingBufferHandler()
    with open_recorder(tmp_path, handler, {}):
        handler.handle(a_record(f"login with {secret}", logging.ERROR))

    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.iterdir())


class Broke(Exception):
    pass


def crashed_run(folder: Path, *messages: str, level: int = logging.INFO) -> str:
    """A run whose process ends by an error that nobody said; its lock goes as if the process had ended."""
    handler = RingBufferHandler()
    with suppress(Broke), open_recorder(folder, handler, {"build": "abc123"}) as recorder:
        for message in messages:
            handler.handle(a_record(message, level))
        raise Broke
    handler.close()
    recorder.spool.end(clean=False)
    return recorder.spool.run


def test_a_run_that_broke_off_is_reported_once_with_its_last_lines_and_error(tmp_path):
    run = crashed_run(tmp_path, *(f"line {number}" for number in range(LAST_LINES + 50)))
    handler = RingBufferHandler()
    with open_recorder(tmp_path, handler, {}) as recorder:
        report = recorder.report
        assert report is not None
        recorder.told()
    with open_recorder(tmp_path, handler, {}) as again:
        assert again.report is None

    assert (report.run, report.build, report.lost, report.last_error) == (run, "abc123", 0, None)
    assert len(report.lines) == LAST_LINES
    assert json.loads(report.lines[-1])["msg"] == f"line {LAST_LINES + 49}"
    assert report.started_at <= report.ended_at


def test_several_bad_ends_are_one_report_that_counts_them(tmp_path):
    crashed_run(tmp_path, "first")
    crashed_run(tmp_path, "second", level=logging.ERROR)

    report = crash_report(tmp_path, "own")

    assert report is not None
    assert (report.last_error, report.earlier) == ("second", 1)
    mark_told(tmp_path, "own")
    assert crash_report(tmp_path, "own") is None


def test_an_error_that_was_said_is_an_orderly_end(tmp_path):
    handler = RingBufferHandler()
    with pytest.raises(ExceptionGroup), open_recorder(tmp_path, handler, {}, said=(Broke,)):
        raise ExceptionGroup("ended", [Broke()])

    assert crash_report(tmp_path, "own") is None


def test_a_run_that_still_lives_is_not_reported(tmp_path):
    handler, other = RingBufferHandler(), RingBufferHandler()
    with open_recorder(tmp_path, handler, {}) as living, open_recorder(tmp_path, other, {}) as recorder:
        assert recorder.report is None
        assert living.spool.run != recorder.spool.run


def test_the_spool_is_bounded_and_keeps_the_newest(tmp_path):
    spool = Spool(tmp_path, {})
    for number in range(400):
        spool.write([f"{number} ".encode() + b"x" * 8_000] * 2, urgent=False)
    spool.end(clean=True)

    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= SEGMENTS * SEGMENT_BYTES
    assert lines_of(tmp_path, spool.run)[-1].startswith(b"399 ")


def test_old_runs_are_deleted(tmp_path):
    for number in range(8):
        crashed_run(tmp_path, str(number))
        crash_report(tmp_path, "own")
        mark_told(tmp_path, "own")

    assert len(runs(tmp_path)) <= 5


def test_a_damaged_segment_is_read_up_to_the_damage(tmp_path):
    run = crashed_run(tmp_path, *(f"line {number}" for number in range(100)))
    path = tmp_path / f"{run}.000000"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    report = crash_report(tmp_path, "own")

    assert report is not None
    assert 20 < len(report.lines) < 80
    assert [json.loads(line)["msg"] for line in report.lines] == [f"line {n}" for n in range(len(report.lines))]


def test_a_folder_that_goes_is_said_once_and_comes_back(tmp_path):
    folder, handler = tmp_path / "spool", RingBufferHandler()
    spool_log = logging.getLogger("bot.logging.spool")
    spool_log.addHandler(handler)
    spool_log.setLevel(logging.INFO)
    try:
        with open_recorder(folder, handler, {}) as recorder:
            shutil.rmtree(folder)
            folder.write_text("in the way")
            for number in range(3):
                handler.handle(a_record(f"lost {number}", logging.ERROR))
                handler.flush()
            assert "cannot be written" in recorder.state
            assert sum(handler.counts.unspooled.values()) >= 3

            folder.unlink()
            handler.handle(a_record("kept", logging.ERROR))
            handler.flush()
            assert recorder.state == "writing"
    finally:
        spool_log.removeHandler(handler)
        spool_log.setLevel(logging.NOTSET)

    told = [json.loads(line).get("action") for line in handler.lines()]
    assert (told.count("spool_failed"), told.count("spool_recovered")) == (1, 1)
    assert b'"kept"' in b"".join(lines_of(folder, recorder.spool.run))


FULL_DISK = """
import logging, pathlib, resource, sys
from bot.logging import setup_logging
from bot.logging.flight_recorder import open_recorder
folder = pathlib.Path(sys.argv[1])
handler = setup_logging("INFO", stream=open("/dev/null", "w"))
with open_recorder(folder, handler, {}) as recorder:
    log = logging.getLogger("x")
    log.error("before"); handler.flush()
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))
    for number in range(40):
        log.error("full %d " + "x" * 500, number); handler.flush()
    print(recorder.state); print(sum(handler.counts.unspooled.values()) >= 30)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    log.error("after"); handler.flush()
    print(recorder.state, recorder.spool.run)
"""


def test_a_full_disk_is_said_and_not_raised_and_written_again_when_there_is_room(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )

    full, counted, recovered = done.stdout.splitlines()
    state, _, run = recovered.rpartition(" ")
    assert full.startswith("the spool cannot be written")
    assert (counted, state) == ("True", "writing")
    messages = [json.loads(line)["msg"].split(" ")[0] for line in lines_of(tmp_path, run)]
    assert messages[0] == "before"
    assert "after" in messages
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("environment", "durable"),
    [
        ({}, True),
        ({"RAILWAY_ENVIRONMENT_NAME": "production"}, False),
        ({"RAILWAY_ENVIRONMENT_NAME": "production", "RAILWAY_VOLUME_MOUNT_PATH": "/data"}, True),
        ({"RAILWAY_ENVIRONMENT_NAME": "production", "RAILWAY_VOLUME_MOUNT_PATH": "/other"}, False),
        ({"RAILWAY_VOLUME_MOUNT_PATH": "/other"}, True),
    ],
)
def test_a_disk_that_a_redeploy_replaces_is_told_from_one_that_stays(environment, durable):
    assert is_durable(Path("/data/state"), environment) is durable


BUSY = """
import logging, pathlib, sys, time
from bot.logging import setup_logging
from bot.logging.flight_recorder import open_recorder
handler = setup_logging("INFO", stream=open("/dev/null", "w"))
with open_recorder(pathlib.Path(sys.argv[1]), handler, {"build": "killed"}):
    log = logging.getLogger("x")
    number = 0
    while True:
        log.info("%d %.6f %s", number, time.time(), "x" * (number % 300))
        print(number, time.time(), flush=True)
        number += 1
        time.sleep(0.001)
"""


def killed(folder: Path, after: int) -> list[tuple[int, float]]:
    """Kill a real process after so many lines; what it had logged, and when."""
    with subprocess.Popen([sys.executable, "-c", BUSY, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return [(int(a), float(b)) for a, _, b in (line.strip().partition(" ") for line in said if line.endswith("\n"))]


@pytest.mark.parametrize("seed", range(KILLS))
def test_sigkill_at_a_random_moment_loses_no_line_older_than_a_second(tmp_path, seed):
    logged = killed(tmp_path, Random(seed).randrange(200, 2_500))

    report = crash_report(tmp_path, "own")

    assert report is not None
    assert report.build == "killed"
    recovered = [int(json.loads(line)["msg"].split(" ")[0]) for line in lines_of(tmp_path, report.run)]
    assert recovered == list(range(len(recovered)))
    last = logged[-1][1]
    old = [number for number, at in logged if at < last - 1]
    assert len(set(old) & set(recovered)) >= 0.99 * len(old)
