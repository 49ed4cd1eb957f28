"""Promise: the bot starts with what every bot needs; what only some need is imported when it is needed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import bot

HEAVY = {
    "PIL",  # the chart of a status
    "bot.agents.github_dispatch",  # GitHub
    "bot.apis.llm",  # a model
    "bot.apis.railway",  # Railway
    "bot.repair.proof",
    "bot.repair.pr_text",
    "bot.repair.publication",
    "bot.web.desk",
    "doctest",
    "fastapi",  # the API and the panel
    "gspread",  # a Google sheet
    "httpx",  # any service but Discord
    "jinja2",
    "psycopg",  # a PostgreSQL
    "rich",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "tenacity",
    "typer",  # every other command
    "uvicorn",
    "yaml",  # workflows
}


def test_the_start_imports_nothing_that_only_some_bots_need(tmp_path):
    command = [sys.executable, "-X", "importtime", "-m", "bot", "run"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parent.parent)}

    ran = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    assert "DISCORD_TOKEN is missing" in ran.stderr
    assert {"bot.app", "discord", "pydantic", "sqlalchemy"} <= imported
    assert HEAVY & imported == set()


INTERRUPTED = """\
import os, signal, sys
from bot.starting import run_from_environment

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "bot.app":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
run_from_environment()
"""


def test_an_interrupt_while_nothing_has_begun_leaves_without_a_traceback(tmp_path):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parent.parent)}

    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], env=environment, cwd=tmp_path, capture_output=True, check=False, timeout=60
    )

    assert (ran.returncode, ran.stderr) == (-signal.SIGINT, b"")


def test_a_python_without_the_packages_is_told_where_they_are(tmp_path):
    command = [sys.executable, "-S", "-m", "bot", "doctor"]  # -S: as an interpreter that has nothing installed
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parent.parent)}

    ran = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode == 1
    assert sys.executable in ran.stderr
    assert "source .venv/bin/activate" in ran.stderr
    assert "Traceback" not in ran.stderr
