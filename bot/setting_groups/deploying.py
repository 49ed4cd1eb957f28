"""The settings of deploys, and of watching what was deployed."""

from pydantic import AliasChoices, Field, SecretStr

from bot.setting_groups.group import SettingGroup
from bot.setting_values import Url


class DeploySettings(SettingGroup):
    """Railway, and how much traffic tells that a fault stays away."""

    autofix_verify_requests: int = Field(
        20, ge=1, le=100_000, description="how many requests must come after a deploy before silence counts as verified"
    )
    railway_api_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("RAILWAY_API_TOKEN", "RAILWAY_TOKEN"),
        description="the token for `/deploy_latest`: a project's (it reaches one environment) or an account's; "
        "`RAILWAY_TOKEN` is read too",
    )
    railway_service_id: str | None = Field(
        None, description="the service that is deployed (Railway sets it where the bot runs there)"
    )
    railway_environment_id: str | None = Field(
        None, description="its environment (Railway sets it where the bot runs there)"
    )
    railway_api_url: Url = Field(
        "https://backboard.railway.com/graphql/v2", description="Railway's GraphQL API (the sandbox sets another)"
    )

    github_webhook_secret: SecretStr | None = Field(
        None,
        description="the secret of a GitHub webhook to `/hooks/github` on `PORT`: the bot then looks at once",
    )

    @property
    def missing_for_railway(self) -> list[str]:
        """The variables without which nothing can be deployed."""
        wanted = {
            "RAILWAY_API_TOKEN": self.railway_api_token,
            "RAILWAY_SERVICE_ID": self.railway_service_id,
            "RAILWAY_ENVIRONMENT_ID": self.railway_environment_id,
        }
        return [name for name, value in wanted.items() if not value]
