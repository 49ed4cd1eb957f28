"""The settings of the API and the panel."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.setting_groups.group import SettingGroup

SHORTEST_KEY = 24
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class WebSettings(SettingGroup):
    """Whether they are served, where, and to whom."""

    web_enabled: bool = Field(False, description="`true`: the API and the panel are served on `WEB_HOST` and `PORT`")
    web_host: str = Field(
        "127.0.0.1", description="the address that they are served on; another than loopback needs `WEB_ADMIN_KEY`"
    )
    web_admin_key: SecretStr | None = Field(
        None,
        validate_default=True,
        description="a key that may do everything there, 24 characters or more; `python -m bot keys` makes others",
    )

    @field_validator("web_admin_key")
    @classmethod
    def check_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Long enough not to be guessed, and there where the world can reach the panel."""
        if value is None and info.data.get("web_enabled") and info.data.get("web_host") not in LOOPBACK:
            raise ValueError("WEB_HOST is another address than loopback, so it is needed")
        if value and len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"it has fewer than {SHORTEST_KEY} characters: make one with `openssl rand -base64 32`")
        return value
