"""The settings of the coding agent that is a command on the bot's own machine."""

import os
import re
import shlex
from pathlib import Path

from pydantic import Field, field_validator

from bot.setting_groups.env_file import read_env_file
from bot.setting_groups.group import SettingGroup

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parts_of(value: object) -> object:
    """The parts of a comma-separated text."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class LocalAgentSettings(SettingGroup):
    """What `AUTOFIX_AGENT=local` needs, and what bounds it."""

    autofix_local_command: tuple[str, ...] = Field(
        (),
        description="a command that writes patches on this machine, such as `codex exec --output-schema {schema} -`; "
        "read as words, never by a shell",
    )
    autofix_local_repo: Path | None = Field(
        None, description="a checkout of `GITHUB_REPO` on this machine, of which that command gets throw-away copies"
    )
    autofix_local_env: tuple[str, ...] = Field(
        (), description="names of variables, comma-separated, that the command gets beside PATH, HOME and LANG"
    )
    autofix_local_reads: tuple[Path, ...] = Field(
        (), description="folders, comma-separated, that the command may read though they stand in a home or in `/tmp`"
    )
    autofix_local_seconds: int = Field(1800, ge=1, le=7200, description="how long the command may take")
    autofix_test_command: str = Field(
        "python -m pytest -q", description="the tests that prove a local patch (the workflow has its own variable)"
    )
    autofix_test_seconds: int = Field(900, ge=1, le=7200, description="how long one run of those tests may take")
    autofix_guarded_paths: str = Field(
        "", description="globs, comma-separated, of your own guarded files (the workflow has its own variable)"
    )

    @field_validator("autofix_local_command", mode="before")
    @classmethod
    def split_command(cls, value: object) -> object:
        """`'codex exec -'` → its words."""
        try:
            return tuple(shlex.split(value)) if isinstance(value, str) else value
        except ValueError as error:
            raise ValueError(f"it cannot be split into words ({error}): close what is quoted") from error

    @field_validator("autofix_local_env", mode="before")
    @classmethod
    def split_names(cls, value: object) -> object:
        """The names; each must be one that a variable can have."""
        names = parts_of(value)
        if isinstance(names, tuple) and not all(NAME.fullmatch(str(name)) for name in names):
            raise ValueError("it holds a word that is no variable's name: write names only, such as OPENAI_API_KEY")
        return names

    @field_validator("autofix_local_reads", mode="before")
    @classmethod
    def split_folders(cls, value: object) -> object:
        """The folders."""
        return parts_of(value)

    @field_validator("autofix_test_command")
    @classmethod
    def check_tests(cls, value: str) -> str:
        """Words, as of a command."""
        try:
            shlex.split(value)
        except ValueError as error:
            raise ValueError(f"it cannot be split into words ({error}): close what is quoted") from error
        return value

    @property
    def local_environment(self) -> dict[str, str]:
        """The variables that the operator lets the command have, as the environment or `.env` holds them."""
        known = {**read_env_file(Path(".env"))[0], **os.environ}
        return {name: value for name in self.autofix_local_env if (value := known.get(name))}
