"""How the bot is started: by the settings in the environment, and with nothing imported that it does without."""

import gc
import signal
import sys


def run_from_environment(*, exit_with_parent: bool = False) -> int:
    """Run the bot until it is stopped; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while nothing has begun needs no traceback
    gc.disable()  # all that is imported stays: looking for garbage in it costs a tenth of the start
    from bot.app import run_bot
    from bot.settings import EXIT_CONFIG, SettingsError, given_names, load_settings, suspicious

    try:
        settings = load_settings()
    except SettingsError as error:
        print("Suture cannot start:", *error.problems, sep="\n  - ", file=sys.stderr)
        print("Set them in the environment or in a .env file; .env.example lists all. ", end="", file=sys.stderr)
        print("To try it without any: python -m bot sandbox", file=sys.stderr)
        return EXIT_CONFIG
    for hint in suspicious(given_names()):
        print(f"Note: {hint}", file=sys.stderr)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run_bot(settings, exit_with_parent=exit_with_parent)
