"""Every environment variable, typed and told in one place; read once, then passed on."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic import model_validator as whole_model
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

EXIT_CONFIG = 78
"""Exit code for a configuration that cannot work: EX_CONFIG of sysexits.h."""

SNOWFLAKE = re.compile(r"\d{15,20}")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[\w.-]+")
LOG_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


class SettingsError(Exception):
    """The settings cannot work. `problems` holds one sentence per variable, each with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def without_slash(url: str) -> str:
    """The same address without a slash at its end; ValueError when it is not an http(s) or ws(s) address."""
    if not re.match(r"(https?|wss?)://[^\s/]+", url):
        raise ValueError("it must be an address such as https://api.github.com")
    return url.rstrip("/")


def checked_snowflake(value: str) -> int:
    """A Discord id as a number; ValueError when it is not one."""
    if not SNOWFLAKE.fullmatch(value.strip()):
        raise ValueError(
            f"{value.strip()!r} is not a Discord id (15 to 20 digits): "
            "turn on Developer Mode in Discord, right-click, choose Copy ID"
        )
    return int(value)


Url = Annotated[str, AfterValidator(without_slash)]


class Settings(BaseSettings):
    """What the environment (and a `.env` file in the working directory) says, checked."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    discord_token: SecretStr = Field(
        description="the bot's token: Discord developer portal, your application, Bot, Reset Token",
    )
    discord_guild_id: int | None = Field(
        None, description="the home guild; commands elsewhere are refused (default: the only guild the bot is in)"
    )
    debug_admins: Annotated[frozenset[int], NoDecode] = Field(
        frozenset(), description="user ids, comma-separated, who may use the debug commands; empty means nobody"
    )
    debug_channel_id: int | None = Field(
        None, description="where the incident cards go (default: the channel of the command)"
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
    state_dir: Path = Field(Path("state"), description="where the store lives; give it a volume on Railway")
    github_dispatch_token: SecretStr | None = Field(
        None, description="fine-grained token: Contents write, Actions read, Pull requests read"
    )
    github_repo: str | None = Field(None, description="`owner/repo` that is mended (or the bare name, with the owner)")
    github_owner: str | None = Field(None, description="the owner, when `GITHUB_REPO` is a bare name")
    github_dispatch_event: str = Field(
        "codex_autofix", min_length=1, max_length=100, description="event type; equal to `types` in the workflow file"
    )
    autofix_agent: Literal["github", "staged"] | None = Field(
        None, description="`github` or `staged` (default: github when its token and repository are set)"
    )
    autofix_poll_seconds: float = Field(5.0, ge=0.2, le=300, description="how often an open order is looked at")
    openai_api_key: SecretStr | None = Field(None, description="lets a model read the ledger's sentences")
    openai_model: str = Field("gpt-5-mini", description="the model for that")
    openai_base_url: Url = Field("https://api.openai.com/v1", description="any OpenAI-compatible server")
    github_api_url: Url = Field("https://api.github.com", description="GitHub's API; another for GitHub Enterprise")
    discord_api_url: Url | None = Field(None, description="another Discord REST address (the sandbox sets it)")
    discord_gateway_url: Url | None = Field(None, description="another Discord gateway (the sandbox sets it)")

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
            raise ValueError(f"{value!r} is not a level: use one of {', '.join(sorted(LOG_LEVELS))}")
        return level

    @field_validator("github_repo")
    @classmethod
    def read_repo(cls, value: str | None, info: ValidationInfo) -> str | None:
        """`owner/repo`; the owner may be completed later."""
        if value and "/" in value and not REPOSITORY.fullmatch(value):
            raise ValueError(f"{value!r} is not a repository: write owner/repo, for example octocat/my-bot")
        return value

    @whole_model(mode="after")
    def complete_agent(self) -> Self:
        """A bare repository name needs its owner; an agent asked for by name needs its settings."""
        if self.github_repo and not self.repository:
            raise ValueError("GITHUB_REPO is wrong: it has no owner: write owner/repo, or set GITHUB_OWNER.")
        if self.autofix_agent == "github" and self.missing_for_github:
            names = " and ".join(self.missing_for_github)
            raise ValueError(
                f"AUTOFIX_AGENT is wrong: github needs {names}: set what is missing, or AUTOFIX_AGENT=staged."
            )
        return self

    @property
    def repository(self) -> str | None:
        """`owner/repo`, or None when nothing usable is set."""
        repo = self.github_repo
        if repo and "/" not in repo and self.github_owner:
            repo = f"{self.github_owner}/{repo}"
        return repo if repo and REPOSITORY.fullmatch(repo) else None

    @property
    def missing_for_github(self) -> list[str]:
        """The variables without which no autofix can be dispatched."""
        wanted = {"GITHUB_DISPATCH_TOKEN": self.github_dispatch_token, "GITHUB_REPO": self.repository}
        return [name for name, value in wanted.items() if not value]

    @property
    def secrets(self) -> list[str]:
        """Every secret value, for the redactor."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def variables() -> dict[str, tuple[str, str]]:
    """Each variable's name → (meaning, default as the README shows it), in the order of the class."""
    table = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        key = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name.upper()
        default = "required" if field.is_required() else field.get_default(call_default_factory=True)
        shown = "" if default in (None, frozenset()) else f"`{default}`" if default != "required" else "required"
        table[key] = (field.description or "", shown)
    return table


def sentence(location: str, message: str, kind: str) -> str:
    """One problem as a sentence that names the variable and the remedy."""
    if not location:
        return message.removeprefix("Value error, ")
    name = location.upper()
    if kind == "missing":
        return f"{name} is missing: set it to {variables()[name][0]}."
    return f"{name} is wrong: {message.removeprefix('Value error, ')}. It is {variables()[name][0]}."


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings from the environment. Raises SettingsError with every problem at once."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        problems = [
            sentence(str(each["loc"][0]) if each["loc"] else "", each["msg"], each["type"]) for each in error.errors()
        ]
        raise SettingsError(problems) from error
