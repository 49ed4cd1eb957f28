"""The settings as commands read them: without the bot's token, and with exit code 78 when they are wrong."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings import Settings


def settings_or_exit() -> "Settings":
    """The settings, their secrets known to the redactor; says what is wrong with them and exits with 78."""
    from bot.logging import set_known_secrets
    from bot.settings import EmbeddedSettings, SettingsError, load_settings

    try:
        settings = load_settings(kind=EmbeddedSettings)
    except SettingsError as error:
        raise refused(*error.problems) from None
    set_known_secrets(settings.secrets)
    return settings


def refused(*problems: str) -> typer.Exit:
    """The exit of a command that is not set up: each problem on standard error, and code 78."""
    from bot.settings import EXIT_CONFIG

    for problem in problems:
        typer.echo(problem, err=True)
    return typer.Exit(EXIT_CONFIG)
