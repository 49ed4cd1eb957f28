"""`python -m bot`. Running the bot goes past the command line, whose library would take a tenth of the start."""

import sys

if sys.argv[1:] == ["run"]:
    from bot.starting import run_from_environment

    sys.exit(run_from_environment())

from bot.cli import app

app(prog_name="python -m bot")
