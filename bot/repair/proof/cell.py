"""A cell for hostile code, as a script of its own: `python -I -S cell.py SPEC` runs one command and ends all it began.

What the machine allows is used (namespaces, a read-only view of the disk, another user, Landlock, limits); what held is
told on the report's pipe before the command starts, so that a proof can say how it was made.
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, TypedDict

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 1 << 17, 1 << 27, 1 << 28, 1 << 29, 1 << 30
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY, SYS_MOUNT_SETATTR = -100, 0x8000, 1, 442
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SYS_LANDLOCK = (444, 445, 446)  # create a ruleset, add a rule, restrict this process: the same on every architecture
READ = 0b1101
"""Landlock: execute, read a file, list a folder."""
HANDLED = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF}
"""Landlock: every access to files that a kernel of this ABI can handle."""
PRIVATE = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - each becomes an empty one of the cell's own


class Spec(TypedDict):
    """What the cell is to run, and within what."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    room: str
    """The one folder of the disk that may be written to."""
    hide: list[str]
    keep: list[str]
    """Folders that stay readable although they stand in a hidden one: the interpreter's."""
    uid: int
    """The user to become; 0 to stay who we are."""
    megabytes: int
    processes: int
    seconds: int
    parent: int
    """Whoever asked for the cell."""
    network: bool
    """May it use the machine's network?"""
    report: int
    facts: str
    """What the line that tells the facts begins with."""


def call(name: str, *args: int | bytes | None) -> None:
    """A function of the C library. Raises OSError."""
    if getattr(LIBC, name)(*args) == -1:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def syscall(number: int, *args: object) -> int:
    """A system call that the C library may not know. Raises OSError."""
    result = int(LIBC.syscall(number, *args))
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Raises OSError."""
    call("mount", source.encode(), target.encode(), kind.encode() if kind else None, flags, data.encode())


def make_writable(target: str, *, writable: bool, recursive: bool) -> None:
    """Let a mount (and those below it) be written to, or not. Raises OSError."""
    add, clear = (0, MOUNT_ATTR_RDONLY) if writable else (MOUNT_ATTR_RDONLY, 0)
    attributes = struct.pack("=QQQQ", add, clear, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    syscall(SYS_MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, attributes, len(attributes))


def leave_the_world(*, network: bool) -> list[str]:
    """Namespaces of our own, as many as the machine gives and are asked for. The names of those that held."""
    ours = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | (0 if network else CLONE_NEWNET)
    uid, gid = os.getuid(), os.getgid()
    try:
        call("unshare", ours | (CLONE_NEWUSER if uid else 0))
    except OSError:
        return []
    if uid != 0:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(line)
    return ["pid", "mount"] if network else ["pid", "net", "mount"]


def raise_loopback() -> None:
    """The cell's own loopback, without which no test's local server is reached."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lo:
        flags = struct.unpack("16sh14x", fcntl.ioctl(lo, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0)))[1]
        fcntl.ioctl(lo, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def wall_in(spec: Spec) -> None:
    """A view of the disk that can be read, written to in one folder, and holds no home. Raises OSError."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    room, kept = os.open(spec["room"], os.O_PATH), {path: os.open(path, os.O_PATH) for path in spec["keep"]}
    make_writable("/", writable=False, recursive=True)
    covered = []
    for path in dict.fromkeys((*PRIVATE, *spec["hide"])):
        if os.path.isdir(path):
            mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"size={spec['megabytes']}m,mode=1777")
            covered.append(path)
    for path, handle in {**kept, spec["room"]: room}.items():
        if any(inside(path, each) for each in covered):
            os.makedirs(path, exist_ok=True)
        if path == spec["room"] or any(inside(path, each) for each in covered):
            mount(f"/proc/self/fd/{handle}", path, None, MS_BIND | MS_REC)
        os.close(handle)
    for path in spec["hide"]:
        if path in covered:
            make_writable(path, writable=False, recursive=False)
    make_writable(spec["room"], writable=True, recursive=False)
    with suppress(OSError):
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)


def inside(path: str, folder: str) -> bool:
    """Does `path` stand in `folder`, or is it the folder?"""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def readable(spec: Spec) -> list[str]:
    """The folders that together are the disk without what is hidden."""
    found, open_folders = [*spec["keep"]], ["/"]
    while open_folders:
        folder = open_folders.pop()
        for entry in os.scandir(folder):
            if entry.path in spec["hide"]:
                continue
            if any(inside(hidden, entry.path) for hidden in spec["hide"]):
                open_folders.append(entry.path)
            else:
                found.append(entry.path)
    return found


def lock_land(spec: Spec, private: Sequence[str]) -> list[str]:
    """Landlock: the same view once more, where mounts could not make it; the name of what held. Raises OSError."""
    create, add, restrict = SYS_LANDLOCK
    abi = syscall(create, None, 0, 1)
    handled = HANDLED.get(abi, HANDLED[3])
    ruleset = syscall(create, struct.pack("=Q", handled), 8, 0)
    writable = [spec["room"], *private, "/dev/null", "/dev/zero", "/dev/tty", "/dev/full"]
    for rights, paths in ((READ, readable(spec)), (handled, writable)):
        for path in paths:
            with suppress(OSError):
                handle = os.open(path, os.O_PATH)
                here = rights if os.path.isdir(path) else rights & 0b111 | rights & 0x4000
                syscall(add, ruleset, 1, struct.pack("=Qi", here, handle), 0)
                os.close(handle)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    syscall(restrict, ruleset, 0)
    os.close(ruleset)
    return ["landlock"]


def limit(spec: Spec) -> None:
    """Memory, processor time, size of a file, processes and no core dump."""
    most = spec["megabytes"] << 20
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: most,
        resource.RLIMIT_CPU: spec["seconds"] + 5,
    }
    if hasattr(resource, "RLIMIT_DATA"):
        limits[resource.RLIMIT_DATA] = 4 * most
    if spec["uid"] and hasattr(resource, "RLIMIT_NPROC"):
        limits[resource.RLIMIT_NPROC] = spec["processes"]
    for which, size in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (size, size))


def may_be_run_by_others(spec: Spec) -> bool:
    """Does another user reach the interpreter on this disk as it is?"""
    path = os.path.dirname(os.path.realpath(spec["argv"][0]))
    while os.stat(path).st_mode & 1:
        if path == os.path.dirname(path):
            return True
        path = os.path.dirname(path)
    return False


def become(spec: Spec, *, walled: bool) -> list[str]:
    """Give up what we may; the names of what held."""
    held = []
    if spec["uid"]:
        os.setgroups([])
        os.setgid(spec["uid"])
        os.setuid(spec["uid"])
        held.append("user")
    try:
        if not (walled and spec["network"]):  # under Landlock a sandbox inside the cell could mount nothing
            held += lock_land(spec, PRIVATE if walled else ())
    except OSError:
        with suppress(OSError):
            call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limit(spec)
    return [*held, "limits"]


def run_command(spec: Spec, held: list[str]) -> NoReturn:
    """Become the command, in a session of its own."""
    os.setsid()
    held += become(spec, walled="mount" in held)
    os.write(spec["report"], f"{spec['facts']}{' '.join(held)}\n".encode())
    os.chdir(spec["cwd"])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(spec["argv"][0], spec["argv"], spec["env"])
    except OSError as error:
        os.write(2, f"{spec['argv'][0]}: {error.strerror}\n".encode())
        os._exit(127)


def end_early(number: int, _frame: object) -> NoReturn:
    """The end when whoever waits for us wants it: the rest is ended on the way out."""
    raise SystemExit(128 + number)


def watch_over(child: int) -> int:
    """The command's exit code, once it ended; what it left behind is reaped on the way."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def end_the_rest(spec: Spec) -> None:
    """Kill what the command left running, where no namespace's end does it."""
    if spec["uid"]:
        if (killer := os.fork()) == 0:
            os.setuid(spec["uid"])
            with suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            os._exit(0)
        os.waitpid(killer, 0)
    with suppress(OSError, ValueError):
        while children := open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii").read().split():  # noqa: SIM115 - read once, in a process that ends
            for child in children:
                os.kill(int(child), signal.SIGKILL)
                os.waitpid(int(child), 0)


def guard(spec: Spec, held: list[str]) -> int:
    """Run the command as a child, and end everything with it. Its exit code, negative for a signal."""
    if "mount" not in held and not may_be_run_by_others(spec):
        spec["uid"] = 0
    call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        run_command(spec, held)
    os.close(spec["report"])
    if "pid" in held:
        return watch_over(child)
    signal.signal(signal.SIGTERM, end_early)
    try:
        return watch_over(child)
    finally:
        end_the_rest(spec)


def main(spec: Spec) -> int:
    """Set up the cell and run the command in it. It ends when whoever asked for it does."""
    call("prctl", PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != spec["parent"]:  # it ended before the signal was asked for
        return 128 + signal.SIGTERM
    if "pid" not in (held := leave_the_world(network=spec["network"])):
        return guard(spec, held)
    if (first := os.fork()) == 0:
        call("prctl", PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if not spec["network"]:
            raise_loopback()
        try:
            wall_in(spec)
        except OSError:
            held.remove("mount")
        os._exit(guard(spec, held) & 0xFF)
    os.close(spec["report"])
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])) & 0xFF)
