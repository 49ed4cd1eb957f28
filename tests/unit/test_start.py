"""Promise: the bot starts with what every bot needs; what only some need is imported when it is needed."""

import subprocess
import sys

HEAVY = {
    "PIL",  # the chart of a status
    "bot.agents.github_dispatch",  # GitHub
    "bot.apis.llm",  # a model
    "bot.apis.railway",
    "bot.repair.proof",  # an agent on this machine
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
    "uvicorn",
    "yaml",  # workflows
}


def test_the_start_imports_nothing_that_only_some_bots_need():
    told = "import sys, bot.app; print(*sys.modules, sep=chr(10))"

    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)

    assert HEAVY & set(ran.stdout.split()) == set()
