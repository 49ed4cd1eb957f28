"""Opens the spool for a run, and knows what the runs before it left behind."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.logging.crash_report import CrashReport, crash_report, mark_told
from bot.logging.line_writer import LineWriter
from bot.logging.ring_buffer import RingBufferHandler
from bot.logging.spool import Spool

DELAY: Final = 0.25
"""Seconds that a line below ERROR may wait for others before all are written."""

log = logging.getLogger(__name__)


@dataclass
class FlightRecorder:
    """This run's spool, and what is to be told of the last one."""

    spool: Spool
    report: CrashReport | None
    durable: bool
    """Whether the disk outlives the machine, as far as can be told."""

    @property
    def state(self) -> str:
        """How the recorder is, as a sentence for `/debug_status`."""
        if self.spool.trouble:
            return self.spool.trouble
        return "writing" if self.durable else "writing, to a disk that a redeploy replaces: add a volume at STATE_DIR"

    def told(self) -> None:
        """Note that the report reached somebody, so that it is not told again."""
        self.report = None
        with suppress(OSError):  # then it is told once more, which is better than never
            mark_told(self.spool.folder, self.spool.run)


@contextmanager
def open_recorder(
    folder: Path,
    handler: RingBufferHandler,
    about: Mapping[str, object],
    *,
    durable: bool = True,
    said: tuple[type[BaseException], ...] = (),
) -> Iterator[FlightRecorder]:
    """Record every line of the handler. The run ends well when the context does, or with an error in `said`."""
    spool = Spool(folder, about)
    recorder = FlightRecorder(spool, None, durable)
    if handler.spool is not None:  # another client of this process records already
        yield recorder
        return
    if not durable:
        log.warning("the spool does not outlive this deploy: %s", recorder.state, extra={"action": "spool_not_durable"})
    spool.begin()
    try:
        recorder.report = crash_report(folder, spool.run)
    except OSError as error:
        log.warning("what the last run left cannot be read: %s", error, extra={"action": "spool_unread"})
    writer = LineWriter(spool, name="log-spool", delay=DELAY)
    spool.lost = lambda: sum(writer.unwritten().values())
    handler.spool = writer

    def close(_: object, error: BaseException | None, *__: object) -> None:
        if _is_said(error, said):
            handler.spool = None
            writer.close()
            spool.end(clean=True)
        # otherwise it goes on recording: the last words of this process are still to come

    with ExitStack() as stack:
        stack.push(close)
        yield recorder


def _is_said(error: BaseException | None, said: tuple[type[BaseException], ...]) -> bool:
    if error is None:
        return True
    if isinstance(error, BaseExceptionGroup):
        return error.split(said)[1] is None
    return isinstance(error, said)


def is_durable(state_dir: Path, environment: Mapping[str, str]) -> bool:
    """Whether files in STATE_DIR outlive a deploy: on Railway only below a volume's mount path."""
    if not environment.get("RAILWAY_ENVIRONMENT_NAME"):
        return True
    mount = environment.get("RAILWAY_VOLUME_MOUNT_PATH") or None
    return mount is not None and state_dir.absolute().is_relative_to(mount)
