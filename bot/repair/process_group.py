"""Ending a program that was started in a session of its own, with whatever it started itself."""

import os
import signal
import sys
from contextlib import suppress


def kill_group(leader: int) -> None:
    """Kill the process and all of its group; Windows has no groups: there, it alone."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(leader, signal.SIGTERM)
        else:
            os.killpg(leader, signal.SIGKILL)
