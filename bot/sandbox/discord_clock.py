"""A clock for the sandbox that can jump, so that no test waits out three seconds or fifteen minutes."""

from datetime import UTC, datetime, timedelta


class JumpingClock:
    """Real time plus a shift; call it for the time, `jump` to move it."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def __call__(self) -> datetime:
        """The shifted time, in UTC."""
        return datetime.now(UTC) + self._shift

    def jump(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Move the time by this much at once."""
        self._shift += timedelta(seconds=seconds, minutes=minutes)
