"""Which runs live: each holds a lock that the system takes from it when its process ends, however that happens."""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock


def hold(path: Path) -> int:
    """Make the lock file and hold it; return its descriptor. Raises OSError when it cannot be made."""
    lock = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        with suppress(OSError):  # a file system without locks: runs beside each other are not told apart
            flock(lock, LOCK_EX | LOCK_NB)
    return lock


def is_held(path: Path) -> bool:
    """Whether a living process holds it. (Windows has no such locks: there a run is over when another one starts.)"""
    if sys.platform == "win32":
        return False
    try:
        lock = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False


def take(path: Path) -> int | None:
    """The lock's descriptor, once it is ours; None while a living process has it. Raises OSError."""
    lock = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
    return lock
