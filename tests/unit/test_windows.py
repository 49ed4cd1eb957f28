"""Promise: what only POSIX has is asked for where it is used, so that the bot starts on Windows, too."""

import signal
import subprocess
import sys

import pytest

from bot.agents.local_command import LocalCommand
from bot.agents.local_jobs import Jobs
from bot.repair.process_group import kill_group

SCRIPTS = ("__main__", "cell", "pytest_probe")
"""Modules that are started, never imported."""

AS_ON_WINDOWS = f"""
import importlib, os, pkgutil, signal, sys
import bot

def import_all():
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if found.name.rpartition(".")[2] not in {SCRIPTS}:
            importlib.import_module(found.name)

import_all()  # the libraries are loaded, and know where they are
for name in [name for name in sys.modules if name.partition(".")[0] == "bot"]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pwd", "resource", "syslog", "termios"):
    sys.modules[name] = None
for name in ("chown", "fork", "getegid", "geteuid", "getgid", "getuid", "getpgid", "killpg", "setsid", "sysconf",
             "statvfs", "uname", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_PATH", "WNOHANG"):
    delattr(os, name)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGUSR2", "setitimer"):
    delattr(signal, name)
sys.platform = "win32"
import bot
import_all()
print(len([name for name in sys.modules if name.partition(".")[0] == "bot"]))
"""


def test_every_module_is_imported_where_nothing_of_posix_is():
    ran = subprocess.run([sys.executable, "-c", AS_ON_WINDOWS], capture_output=True, text=True, check=False, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 300


def test_the_local_agent_says_that_it_needs_another_system(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")

    agent = LocalCommand(None, None, Jobs(tmp_path))  # type: ignore[arg-type] # neither is asked for anything

    assert agent.off == (
        "AUTOFIX_AGENT=local needs a cell for its command, which Windows has not: run the bot on Linux or in WSL"
    )


@pytest.mark.parametrize(("platform", "by"), [("linux", signal.SIGKILL), ("win32", signal.SIGTERM)])
def test_a_program_is_killed_as_the_platform_knows_it(monkeypatch, platform, by):
    program = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    monkeypatch.setattr(sys, "platform", platform)

    kill_group(program.pid)

    with program:
        assert program.wait(10) == -by
