"""Every environment variable, typed and told in one place; read once, then passed on."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic import model_validator as whole_model

from bot.setting_groups.alerts import AlertSettings
from bot.setting_groups.budget import BudgetSettings
from bot.setting_groups.deploying import DeploySettings
from bot.setting_groups.env_file import read_env_file
from bot.setting_groups.healing import HealingSettings
from bot.setting_groups.intake import IntakeSettings
from bot.setting_groups.local_agent import LocalAgentSettings
from bot.setting_groups.sheet import SheetSettings
from bot.setting_groups.watching import WatchSettings
from bot.setting_groups.web import WebSettings
from bot.setting_values import LOG_LEVELS, REPOSITORY, Url, checked_snowflake, quoted, web_address

EXIT_CONFIG = 78
"""Exit code for a configuration that cannot work: EX_CONFIG of sysexits.h."""

SIMILAR = 0.82
FOREIGN = re.compile(r"RAILWAY_.*|GITHUB_(REF|SHA)|GIT_SSH|VENV")
"""What platforms and git set themselves, though it looks like one of our names."""


class SettingsError(Exception):
    """The settings cannot work. `problems` holds one sentence per variable, each with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(
    WatchSettings,
    HealingSettings,
    LocalAgentSettings,
    AlertSettings,
    DeploySettings,
    WebSettings,
    IntakeSettings,
    BudgetSettings,
    SheetSettings,
):
    """What the environment (and a `.env` file in the working directory) says, checked."""

    discord_token: SecretStr = Field(
        description="the bot's token: Discord developer portal, your application, Bot, Reset Token",
    )
    discord_guild_id: int | None = Field(
        None, description="the home guild; commands elsewhere are refused (default: the only guild the bot is in)"
    )
    debug_admins: frozenset[int] = Field(
        frozenset(), description="user ids, comma-separated, who may use the debug commands; empty means nobody"
    )
    debug_channel_id: int | None = Field(
        None, description="where incident cards (default: the channel of the command) and crash reports go"
    )
    channel_id: int | None = Field(None, description="the ledger's channel, by id")
    channel_name: str | None = Field(None, description="the ledger's channel, by name (default: direct messages only)")
    bot_env: str = Field(
        "development",
        validation_alias=AliasChoices("BOT_ENV", "ENV"),
        description="the environment's name, shown in status; `ENV` is read too",
    )
    git_sha: str = Field(
        "unknown",
        validation_alias=AliasChoices("GIT_SHA", "RAILWAY_GIT_COMMIT_SHA"),
        description="the build's commit, shown in status; `RAILWAY_GIT_COMMIT_SHA` is read too",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL")
    port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="where `/healthz` and `/readyz` are answered, and the panel is served (8000 without it)",
    )
    state_dir: Path = Field(
        Path("state"), description="where the store and the flight recorder's spool live; give it a volume on Railway"
    )
    database_url: SecretStr | None = Field(
        None, description="a PostgreSQL for the store, `postgresql://user:password@host/name` (default: a SQLite file)"
    )
    github_dispatch_token: SecretStr | None = Field(
        None, description="fine-grained token: Contents write, Actions read, Pull requests read"
    )
    github_owner: str | None = Field(None, description="the owner, when `GITHUB_REPO` is a bare name")
    github_repo: str | None = Field(None, description="`owner/repo` that is mended (or the bare name, with the owner)")
    github_dispatch_event: str = Field(
        "codex_autofix", min_length=1, max_length=100, description="event type; equal to `types` in the workflow file"
    )
    autofix_trigger: Literal["repository_dispatch", "workflow_dispatch"] = Field(
        "repository_dispatch",
        description="how the workflow is started; `workflow_dispatch` tells the run's id, and needs Actions write",
    )
    debug_agent_endpoint: Annotated[str, AfterValidator(web_address)] | None = Field(
        None, description="the address of a coding agent that is asked over HTTP"
    )
    debug_agent_api_key: SecretStr | None = Field(None, description="that agent's key, sent as Bearer, if it wants one")
    autofix_agent: Literal["github", "endpoint", "local", "staged"] | None = Field(
        None, description="`github`, `endpoint`, `local` or `staged` (default: the first whose settings are there)"
    )
    autofix_poll_seconds: float = Field(5.0, ge=0.2, le=300, description="how often an open order is looked at")
    autofix_min_proof: int = Field(
        2, ge=0, le=4, description="proof level below which Approve stands only after an admin asked for it by name"
    )
    require_second_approver: bool = Field(
        False, description="`true`: whoever asked for a patch may not approve it themselves"
    )
    autofix_merge_days: int = Field(
        14, ge=1, le=365, description="how many days a pull request may wait for its merge, and a merge for its deploy"
    )
    autofix_verify_minutes: float = Field(
        60, ge=0.01, le=10_080, description="how long a fault must stay away after its fix is live"
    )
    openai_api_key: SecretStr | None = Field(
        None, description="the key of a model that reads the ledger's sentences and writes summaries"
    )
    openai_model: str = Field("gpt-5-mini", description="that model's name")
    openai_base_url: Url = Field("https://api.openai.com/v1", description="any OpenAI-compatible server")
    github_api_url: Url = Field("https://api.github.com", description="GitHub's API; another for GitHub Enterprise")
    discord_api_url: Url | None = Field(None, description="another Discord REST address (the sandbox sets it)")
    discord_gateway_url: Url | None = Field(None, description="another Discord gateway (the sandbox sets it)")

    @whole_model(mode="before")
    @classmethod
    def drop_blanks(cls, values: dict[str, object]) -> dict[str, object]:
        """A value of spaces is not set, and those around a value do not count."""
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator("debug_admins", mode="before")
    @classmethod
    def split_ids(cls, value: object) -> object:
        """`"1, 2"` → {1, 2}."""
        if not isinstance(value, str):
            return value
        return frozenset(checked_snowflake(part) for part in value.split(",") if part.strip())

    @field_validator("discord_guild_id", "debug_channel_id", "channel_id", mode="before")
    @classmethod
    def read_id(cls, value: object) -> object:
        """A Discord id from its digits."""
        return checked_snowflake(value) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def read_level(cls, value: object) -> object:
        """Any case, and WARN for WARNING."""
        level = str(value).strip().upper()
        level = "WARNING" if level == "WARN" else level
        if level not in LOG_LEVELS:
            raise ValueError(f"{quoted(value)} is not a level: use one of {', '.join(sorted(LOG_LEVELS))}")
        return level

    @field_validator("github_repo")
    @classmethod
    def read_repo(cls, value: str | None, info: ValidationInfo) -> str | None:
        """`owner/repo`, or a bare name whose owner is set."""
        if value and not REPOSITORY.fullmatch(value if "/" in value else f"owner/{value}"):
            raise ValueError(f"{quoted(value)} is not a repository: write owner/repo, for example octocat/my-bot")
        if value and "/" not in value and not info.data.get("github_owner"):
            raise ValueError("it has no owner: write owner/repo, or set GITHUB_OWNER")
        return value

    @field_validator("autofix_agent")
    @classmethod
    def check_agent(cls, value: str | None, info: ValidationInfo) -> str | None:
        """An agent asked for by name needs its settings; one that is set but wrong has its own sentence."""
        github, local = ("github_dispatch_token", "github_repo"), ("autofix_local_command", "autofix_local_repo")
        wanted = {"github": github, "endpoint": ("debug_agent_endpoint",), "local": (*local, *github)}
        needed = wanted.get(value or "", ())
        missing = [name.upper() for name in needed if name in info.data and not info.data[name]]
        if missing:
            raise ValueError(f"{value} needs {' and '.join(missing)}: set what is missing, or AUTOFIX_AGENT=staged")
        return value

    @field_validator("debug_agent_api_key")
    @classmethod
    def check_header(cls, value: SecretStr | None) -> SecretStr | None:
        """A key must fit into a header."""
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("it holds a space, a line break or a letter that no header can carry")
        return value

    @property
    def repository(self) -> str | None:
        """`owner/repo`, or None when nothing usable is set."""
        repo = self.github_repo
        if repo and "/" not in repo and self.github_owner:
            repo = f"{self.github_owner}/{repo}"
        return repo if repo and REPOSITORY.fullmatch(repo) else None

    @property
    def store_url(self) -> str | None:
        """`DATABASE_URL`; None: an SQLite file in `STATE_DIR`."""
        return self.database_url.get_secret_value() if self.database_url else None

    @property
    def missing_for_github(self) -> list[str]:
        """The variables without which no autofix can be dispatched."""
        wanted = {"GITHUB_DISPATCH_TOKEN": self.github_dispatch_token, "GITHUB_REPO": self.repository}
        return [name for name, value in wanted.items() if not value]

    @property
    def hook_unheard(self) -> bool:
        """Is there a secret for GitHub's webhooks, and nothing that listens?"""
        return self.github_webhook_secret is not None and self.port is None and not self.web_enabled

    @property
    def secrets(self) -> list[str]:
        """Every secret value, for the redactor."""
        values = (getattr(self, name) for name in type(self).model_fields)
        ours = [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
        return [*ours, *self.local_environment.values()]


class EmbeddedSettings(Settings):
    """The same inside another bot, which has logged in with a token of its own."""

    discord_token: SecretStr | None = None  # type: ignore[assignment] # the one field that embedding does not need


def variables() -> dict[str, tuple[str, str]]:
    """Each variable's name → (meaning, default as the README shows it), the class's own first."""
    table = {}
    own = Settings.__annotations__
    for name, field in sorted(Settings.model_fields.items(), key=lambda each: each[0] not in own):
        alias = field.validation_alias
        key = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name.upper()
        default = "required" if field.is_required() else field.get_default(call_default_factory=True)
        shown = (
            "" if default in (None, frozenset(), (), "") else f"`{default}`" if default != "required" else "required"
        )
        table[key] = (field.description or "", shown)
    return table


def sentence(location: str, message: str, kind: str) -> str:
    """One problem as a sentence that names the variable and the remedy."""
    name = location.upper()
    meaning, _ = variables()[name]
    if kind == "missing":
        return f"{name} is missing: set it to {meaning}."
    return f"{name} is wrong: {message.removeprefix('Value error, ')}. It is {meaning}."


def given(written: Mapping[str, str | None]) -> dict[str, str]:
    """Each variable that is set, by its name in capitals; the environment counts more than what a file says."""
    return {name.upper(): value for name, value in (*written.items(), *os.environ.items()) if value}


def given_names(env_file: Path | None = Path(".env")) -> set[str]:
    """The names of all variables that are set, in the environment or in the `.env` file."""
    return set(given(read_env_file(env_file)[0] if env_file else {}))


def suspicious(names: Iterable[str]) -> list[str]:
    """A sentence for each of these variables that nothing reads but that looks like one of ours, misspelt."""
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    known = set(variables()).union(*(map(str, each.choices) for each in aliases if isinstance(each, AliasChoices)))
    are_set = set(names)
    hints = []
    for name in sorted(are_set - known):
        close = difflib.get_close_matches(name, known - are_set, n=1, cutoff=SIMILAR)
        if close and not FOREIGN.fullmatch(name):
            hints.append(f"{name} is set, but nothing reads it: did you mean {close[0]}?")
    return hints


def load_settings(env_file: Path | None = Path(".env"), kind: type[Settings] = Settings) -> Settings:
    """The settings from the environment. Raises SettingsError with every problem at once."""
    try:
        written, problems = read_env_file(env_file) if env_file else ({}, [])
    except UnicodeDecodeError as error:
        raise SettingsError([f"{env_file} is not UTF-8 text: save it as UTF-8."]) from error
    except OSError as error:
        why = f"{env_file} cannot be read: {error.strerror}. It has to be a file that the bot's user may read."
        raise SettingsError([why]) from error
    variables_set = given(written)
    fields = {name.lower(): value for name, value in variables_set.items()}  # aliases are in capitals
    try:
        settings = kind.model_validate(fields | variables_set)
    except ValidationError as error:
        problems += [sentence(str(each["loc"][0]), each["msg"], each["type"]) for each in error.errors()]
        raise SettingsError(problems + suspicious(variables_set)) from error
    if problems:
        raise SettingsError(problems)
    return settings
