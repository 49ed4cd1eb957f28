"""The settings of the intake: Sentry's, and the token by which drafts are opened."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from bot.setting_groups.group import SettingGroup
from bot.setting_values import Url, quoted


class IntakeSettings(SettingGroup):
    """What `python -m bot intake` reads, among the other settings."""

    sentry_auth_token: SecretStr | None = Field(
        None, description="Sentry's token for `intake sentry`, scopes `project:read` and `event:read`"
    )
    sentry_org: str | None = Field(None, description="the organisation's slug in Sentry")
    sentry_project: str | None = Field(None, description="the project's slug in Sentry")
    sentry_env: str = Field("production", description="the environment whose errors are taken in")
    sentry_url: Url = Field("https://sentry.io", description="Sentry's address; another for your own, or for GlitchTip")
    sentry_error_limit: int = Field(25, ge=1, le=10_000, description="how many issues `intake sentry` asks for")
    sentry_error_min_frequency: int = Field(
        2, ge=1, le=1_000_000, description="how often Sentry must have seen an error for it to become a task"
    )
    intake_rules: Path | None = Field(
        None, description="a TOML table of your own (severity, area, owner) that `intake` tries before its own"
    )
    github_token: SecretStr | None = Field(
        None, description="fine-grained token for `intake prs`: Contents write, Pull requests write"
    )

    @field_validator("sentry_org", "sentry_project")
    @classmethod
    def check_slug(cls, value: str | None) -> str | None:
        """A slug is a part of an address."""
        if value and not all(char.isascii() and (char.isalnum() or char in "-_.") for char in value):
            raise ValueError(f"{quoted(value)} is not a slug: copy it from the address in Sentry, for example my-team")
        return value

    @property
    def missing_for_sentry(self) -> list[str]:
        """The variables without which nothing can be asked of Sentry."""
        wanted = {
            "SENTRY_AUTH_TOKEN": self.sentry_auth_token,
            "SENTRY_ORG": self.sentry_org,
            "SENTRY_PROJECT": self.sentry_project,
        }
        return [name for name, value in wanted.items() if not value]
