"""What the doctor looks at: the settings as values, and what this build would register."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.agents.github_request import WORKFLOW, Trigger

if TYPE_CHECKING:
    from bot.settings import Settings

DISCORD_API = "https://discord.com/api/v10"


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One bot as it is set up; secrets are here only to be used."""

    discord_token: str = field(repr=False)
    discord_api_url: str = DISCORD_API
    guild_id: int | None = None
    admins: frozenset[int] = frozenset()
    debug_channel_id: int | None = None
    ledger_channel: int | str | None = None
    commands: Mapping[str, str] = field(default_factory=dict)
    """The slash commands of this build: each one's name and its shape as text."""

    github_token: str | None = field(default=None, repr=False)
    github_api_url: str = "https://api.github.com"
    repository: str | None = None
    workflow: str = WORKFLOW
    event_type: str = "codex_autofix"
    trigger: Trigger = "repository_dispatch"
    agent: str | None = None
    agent_endpoint: str | None = None

    state_dir: Path = Path("state")
    database_url: str | None = field(default=None, repr=False)
    build: str = "unknown"
    port: int | None = None
    hook_unheard: bool = False
    """Is there a secret for GitHub's webhooks, and nothing that listens?"""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The process's environment, for what a platform says about itself."""

    model_key: str | None = field(default=None, repr=False)
    model_url: str = "https://api.openai.com/v1"
    model: str = ""
    sheet_account: str | None = field(default=None, repr=False)
    sheet_id: str | None = None
    sheet_tab: str | None = None
    sheets_api_url: str = "https://sheets.googleapis.com"
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Webhook addresses by their variable's name."""
    hints: tuple[str, ...] = ()
    """Variables that look misspelt, a sentence each."""

    @property
    def chosen_agent(self) -> str:
        """The agent that is asked for, else the first whose settings are there; GitHub where there are none."""
        has_github = bool(self.github_token and self.repository)
        return self.agent or ("endpoint" if self.agent_endpoint and not has_github else "github")


def patient_of(settings: "Settings", environ: Mapping[str, str], commands: Mapping[str, str]) -> Patient:
    """The bot that these settings make."""
    webhooks = {
        "DISCORD_WEBHOOK_URL": opened(settings.discord_webhook_url),
        "SLACK_WEBHOOK_URL": opened(settings.slack_webhook_url),
    }
    return Patient(
        discord_token=opened(settings.discord_token) or "",
        discord_api_url=settings.discord_api_url or DISCORD_API,
        guild_id=settings.discord_guild_id,
        admins=settings.debug_admins,
        debug_channel_id=settings.debug_channel_id,
        ledger_channel=settings.channel_id or settings.channel_name,
        commands=commands,
        github_token=opened(settings.github_dispatch_token),
        github_api_url=settings.github_api_url,
        repository=settings.repository,
        event_type=settings.github_dispatch_event,
        trigger=settings.autofix_trigger,
        agent=settings.autofix_agent,
        agent_endpoint=settings.debug_agent_endpoint,
        state_dir=settings.state_dir,
        database_url=settings.store_url,
        build=settings.git_sha,
        port=settings.port,
        hook_unheard=settings.hook_unheard,
        environ=environ,
        model_key=opened(settings.openai_api_key),
        model_url=settings.openai_base_url,
        model=settings.openai_model,
        sheet_account=opened(settings.google_service_account_json),
        sheet_id=settings.google_sheet_id,
        sheet_tab=settings.google_sheet_tab,
        sheets_api_url=settings.google_sheets_api_url,
        webhooks={name: url for name, url in webhooks.items() if url},
    )


def opened(secret: SecretStr | None) -> str | None:
    """A secret's value."""
    return secret.get_secret_value() if secret else None
