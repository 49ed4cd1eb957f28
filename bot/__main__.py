"""`python -m bot`. Running the bot goes past the command line, whose library would take a tenth of the start."""

import sys
from importlib.util import find_spec

if find_spec("discord") is None:
    sys.exit(
        f"Suture's packages are not installed for {sys.executable}.\n"
        "Run `make run` once, which sets up .venv; then activate it (`source .venv/bin/activate`) and try again."
    )

if sys.argv[1:] == ["run"]:
    from bot.starting import run_from_environment

    sys.exit(run_from_environment())

from bot.cli import app

app(prog_name="python -m bot")
